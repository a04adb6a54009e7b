"""Sidecars that lie, burst or make no sense cost their picture nothing but their own words."""

from __future__ import annotations

import io
import json
import plistlib
import zipfile
from pathlib import Path

import pytest

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&c;</x:xmpmeta>'
)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="{date}"/></rdf:RDF></x:xmpmeta>'
)
DETAILS = "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate\n"


def takeout(title: object = "x", timestamp: object = "1560000000") -> bytes:
    return json.dumps({"title": title, "photoTakenTime": {"timestamp": timestamp}}).encode()


# name of the picture → its sidecar's name and bytes, and what must be found of it: a trouble, a rejected claim, nothing
CASES: dict[str, tuple[str, bytes, str]] = {
    "huge.jpg": (
        "huge.jpg.json",
        b'{"photoTakenTime": {"timestamp": "1"}, "x": "' + b"y" * 2_100_000 + b'"}',
        "trouble",
    ),
    "nested.jpg": ("nested.jpg.json", b'{"a":' * 100_000, "trouble"),
    "latin.jpg": ("latin.jpg.json", '{"title": "é"}'.encode("latin-1"), "trouble"),
    "cut.jpg": ("cut.jpg.json", takeout()[:30], "trouble"),
    "digits.jpg": ("digits.jpg.json", takeout(timestamp="9" * 5000), "rejected"),
    "arabic.jpg": ("arabic.jpg.json", takeout(timestamp="١٥٦٠٠٠٠٠٠٠"), "rejected"),
    "list.jpg": ("list.jpg.json", takeout(timestamp=[1, 2]), "nothing"),
    "zero.jpg": ("zero.jpg.json", takeout(timestamp="0"), "rejected"),
    "future.jpg": ("future.jpg.json", takeout(timestamp="253402300799"), "rejected"),
    "beyond.jpg": ("beyond.jpg.json", takeout(timestamp="999999999999"), "rejected"),
    "controls.jpg": ("controls.jpg.json", takeout(title="a\0\x1b[31m\u202e.jpg", timestamp="-99999999999"), "rejected"),
    "lying.jpg": ("lying.jpg.json", takeout(title="truthful.jpg"), "rejected"),
    "entities.jpg": ("entities.jpg.xmp", ENTITIES.encode(), "trouble"),
    "deep.jpg": ("deep.jpg.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 100_000, "trouble"),
    "open.jpg": ("open.jpg.xmp", XMP.format(date="2019").encode()[:-20], "trouble"),
    "year0.jpg": ("year0.jpg.xmp", XMP.format(date="0000-00-00T00:00:00").encode(), "rejected"),
    "year1.jpg": ("year1.jpg.xmp", XMP.format(date="0001-01-01T00:00:00+14:00").encode(), "rejected"),
    "year9999.jpg": ("year9999.jpg.xmp", XMP.format(date="9999-12-31T23:59:59-14:00").encode(), "rejected"),
    "february.jpg": ("february.jpg.xmp", XMP.format(date="2019-02-30T12:00:00").encode(), "rejected"),
    "devanagari.jpg": ("devanagari.jpg.xmp", XMP.format(date="२०१९-०५-०४T१२:००:०३").encode(), "rejected"),
    "bplist.jpg": ("bplist.aae", b"bplist00" + b"\xff" * 40, "trouble"),
    "edit.jpg": ("edit.aae", plistlib.dumps({"adjustmentTimestamp": "٢٠٢١"}), "rejected"),
}


@pytest.fixture
def folder(tmp_path, make_picture) -> Path:
    path = tmp_path / "in"
    for number, (picture, (sidecar, data, _)) in enumerate(CASES.items()):
        make_picture(path / picture, number, (96, 64))
        (path / sidecar).write_bytes(data)
    make_picture(path / "truthful.jpg", 90, (96, 64))
    for number, name in enumerate(("shared.jpg", "shared.png")):
        make_picture(path / name, 91 + number, (96, 64))
    (path / "shared.xmp").write_text(XMP.format(date="2019-05-04T12:00:03"))
    make_picture(path / "IMG_1.JPG", 95, (96, 64))
    (path / "Photo Details.csv").write_text(DETAILS + 'IMG_1.JPG,x,no,no,no,"Saturday June 31,2022 1:00 PM GMT",1,\n"')
    make_picture(path / "Old" / "a.jpg", 96, (96, 64))
    (path / "Old" / ".picasa.ini").write_bytes(
        b"[Picasa]\ndate=1e999\n[a.jpg]\nkeywords=\xff\xfe\x00,x\n" + b"[" * 9999
    )
    return path


def test_no_picture_is_lost_by_its_sidecar_and_no_bad_word_dates_one(program, folder):
    pictures = sorted(path.name for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    summary = program.json("run", folder, code=3)
    assert summary["assets"] == len(pictures) == len(CASES) + 5
    assert summary["failed"] == 0
    exported = {Path(path).name for (path,) in program.rows("select first_path from library where export_path <> ''")}
    assert exported == set(pictures)
    assert program.json("report", code=None)["imbalance"] is None
    troubled = {
        Path(path).name for (path,) in program.rows("select path from troubles t join files f on f.id = t.file_id")
    }
    assert troubled == {sidecar for sidecar, _, found in CASES.values() if found == "trouble"}
    said = program.rows(
        "select f.name, c.source, c.accepted, c.reason from claims c join files f on f.sha256 = c.sha256 "
        "where c.origin = 'sidecar' and c.source not like '%creationTime'"
    )
    assert not [row for row in said if row[2] or not row[3]]  # nothing counts, and everything says why
    rejected = {picture for picture, (_, _, found) in CASES.items() if found == "rejected"}
    assert {name for name, *_ in said} == rejected | {"shared.jpg", "shared.png", "IMG_1.JPG", "a.jpg"}
    reasons = {name: reason for name, _, _, reason in said}
    assert "title of another picture" in reasons["lying.jpg"]
    assert "any of 2 files" in reasons["shared.png"]
    assert program.rows("select count(*) from dates where taken_at is not null") == [(0,)]


def test_the_same_from_an_archive(program, folder, tmp_path):
    """A part of an export with all of them in it, and members that lead elsewhere, are encrypted, cut and bombs."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"Takeout/Google Photos/x/{path.relative_to(folder)}")
        archive.writestr("Takeout/../../out.jpg", b"\xff\xd8\xff")
    part = tmp_path / "parts" / "takeout-20230720T065335Z-001.zip"
    part.parent.mkdir()
    part.write_bytes(data.getvalue())
    (part.parent / "takeout-20230720T065335Z-002.zip").write_bytes(data.getvalue()[:9999])
    summary = program.json("run", part.parent, code=3)
    assert (summary["assets"], summary["failed"]) == (len(CASES) + 5, 0)
    assert program.rows("select count(*) from library where export_path is null") == [(0,)]
    reasons = dict(program.rows("select name, reason from files where state = 'troubled'"))
    assert "leads out" in reasons["out.jpg"]
    assert "cut off" in reasons["takeout-20230720T065335Z-002.zip"]
    assert program.rows("select count(*) from dates where taken_at is not null") == [(0,)]
