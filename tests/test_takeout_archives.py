"""A Google export straight from its ZIP parts: one set, read in place, explained, exported, and never lost."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

YEAR = "Takeout/Google Photos/Photos from 2019"
ALBUM = "Takeout/Google Photos/Lisbon"
FIRST, SECOND = "takeout-20230720T065335Z-001.zip", "takeout-20230720T065335Z-002.zip"


def sidecar(title: str, taken: int) -> str:
    return json.dumps({"title": title, "photoTakenTime": {"timestamp": str(taken)}})


@pytest.fixture
def jpeg(make_picture, tmp_path):
    """``jpeg(seed)`` is the bytes of a picture without metadata."""

    def make(seed: int) -> bytes:
        return make_picture(tmp_path / f"{seed}.jpg", seed, (320, 240)).read_bytes()

    return make


def archive(path: Path, files: dict[str, bytes | str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


@pytest.fixture
def parts(tmp_path, jpeg) -> Path:
    """Two parts: the sidecars of the pictures in the first are in the second."""
    folder = tmp_path / "downloads"
    archive(folder / FIRST, {f"{YEAR}/IMG_1.jpg": jpeg(1), f"{ALBUM}/IMG_2.jpg": jpeg(2)})
    archive(
        folder / SECOND,
        {
            f"{YEAR}/IMG_1.jpg.supplemental-metadata.json": sidecar("IMG_1.jpg", 1_560_000_000),
            f"{ALBUM}/IMG_2.jpg.json": sidecar("IMG_2.jpg", 1_560_086_400),
            f"{YEAR}/IMG_1.jpg": jpeg(1),
            "Takeout/archive_browser.html": "<!doctype html>",
        },
    )
    return folder


def test_the_parts_are_one_set_read_in_place_once(program, parts, monkeypatch):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in parts.iterdir()}
    summary = program.json("run", parts)
    assert (summary["seen"], summary["assets"], summary["copied"], summary["troubled"]) == (8, 2, 2, 0)
    dates = dict(program.rows("select first_path, substr(taken_utc, 1, 19) from library"))
    assert {path.rpartition("/")[2]: date for path, date in dates.items()} == {
        "IMG_1.jpg": "2019-06-08T13:20:00",
        "IMG_2.jpg": "2019-06-09T13:20:00",
    }
    assert program.rows("select count(*) from ledger where end_state = 'duplicate'") == [(1,)]
    assert program.rows("select end_state from ledger where path like '%archive_browser.html'") == [("skipped",)]
    tree = program.tree()
    assert "2019/20190608_142000.jpg" in tree

    summary = program.json("run", parts)
    assert (summary["unchanged"], summary["new"], summary["changed"], summary["missing"]) == (8, 0, 0, 0)
    assert program.tree() == tree
    program("verify", "--originals")

    monkeypatch.chdir(parts)  # a file in an archive is named by its path
    case = program.json("explain", f"{FIRST}//{ALBUM}/IMG_2.jpg")
    assert "takeout:photoTakenTime" in {claim["source"] for claim in case["claims"]}
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in parts.iterdir()} == before


def test_an_archive_that_moves_breaks_or_goes_away_loses_nothing(program, parts):
    program("run", parts)
    tree = program.tree()
    moved = parts / "takeout-20230720T065335Z-001 (1).zip"
    (parts / FIRST).rename(moved)
    summary = program.json("run", parts)  # only the archive itself is new: what is in it was recognised
    assert (summary["new"], summary["missing"], summary["copied"], summary["withdrawn"]) == (1, 1, 0, 0)
    assert program.rows("select count(*) from files where path like '%(1).zip//%' and state = 'present'") == [(2,)]

    moved.write_bytes(moved.read_bytes()[:-100])
    summary = program.json("run", parts, code=3)
    assert (summary["missing"], summary["troubled"], summary["withdrawn"]) == (0, 1, 0)
    assert program.json("report", code=None)["imbalance"] is None

    moved.unlink()
    summary = program.json("run", parts)
    assert (summary["missing"], summary["copied"], summary["withdrawn"]) == (3, 0, 0)
    assert program.tree() == tree


def test_the_archive_somebody_named_is_not_forgotten_when_its_folder_is_walked(program, tmp_path, jpeg):
    path = archive(tmp_path / "in" / "friends.zip", {"a.jpg": jpeg(1)})
    program("run", path)
    tree = program.tree()
    summary = program.json("run", path.parent)
    assert (summary["missing"], summary["withdrawn"]) == (0, 0)
    assert program.tree() == tree


def test_damaged_hostile_and_encrypted_members_are_rows_and_the_rest_is_kept(program, tmp_path, jpeg):
    pictures = {f"{YEAR}/IMG_{n}.jpg": jpeg(n) for n in range(1, 7)}
    path = archive(tmp_path / "in" / FIRST, {**pictures, "../out.jpg": jpeg(8), f"{YEAR}/bomb.bmp": bytes(1_000_000)})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        places = {info.filename: info.header_offset for info in file.infolist()}
    data[places[f"{YEAR}/IMG_1.jpg"] + 5000] ^= 0xFF
    entries = [at for at in range(len(data)) if data[at : at + 4] == b"PK\1\2"]
    data[entries[1] + 8] |= 1  # IMG_2 is encrypted
    data[entries[7] + 24 : entries[7] + 28] = (0xFFFFFF00).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    summary = program.json("run", path, code=3)
    assert (summary["assets"], summary["copied"], summary["troubled"]) == (4, 4, 4)
    reasons = dict(program.rows("select name, reason from files where state = 'troubled'"))
    words = {
        "IMG_1.jpg": "download the archive again",
        "IMG_2.jpg": "encrypted",
        "out.jpg": "leads out",
        "bomb.bmp": "bomb",
    }
    assert reasons.keys() == words.keys()
    assert all(word in reasons[name] for name, word in words.items())
    assert program.json("report", code=None)["imbalance"] is None
    assert not (tmp_path / "out.jpg").exists()


def test_a_film_too_large_for_the_memory_is_read_in_jumps(program, tmp_path, shared):
    source = next((shared / "corpus").rglob("*.mp4"))
    film = source.read_bytes()
    large = film + (70 * 1024 * 1024).to_bytes(4, "big") + b"free" + bytes(70 * 1024 * 1024 - 8)
    archive(tmp_path / "in" / FIRST, {f"{YEAR}/a.mp4": large})
    program("run", tmp_path / "in", code=None)
    ((kind, width),) = program.rows("select kind, width from assets")
    assert kind == "video" and width
    assert hashlib.sha256(large).hexdigest() in {sha for (sha,) in program.rows("select sha256 from assets")}


def test_an_archive_says_the_same_as_the_folder_it_was_made_of(program, tmp_path, shared):
    source = shared / "corpus" / "simulot__immich-go"
    files = {str(path.relative_to(source)): path.read_bytes() for path in sorted(source.rglob("*")) if path.is_file()}
    archive(tmp_path / "in" / FIRST, files)
    other = type(program)(tmp_path / "other")
    program("scan", tmp_path / "in", code=None)
    other("scan", source, code=None)
    for sql in (
        "select * from assets order by 1",
        "select sha256, source, raw, value, usable, remark from claims where origin = 'content' order by 1, 2, 3",
        "select * from fingerprints order by 1, 2",
        "select sha256, tag, source from found_tags where origin = 'content' order by 1, 2",
        "select count(*), role from bundles group by role",
    ):
        rows = program.rows(sql)
        assert rows
        assert rows == other.rows(sql)
