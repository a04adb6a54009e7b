"""Thumbnails, previews and originals by SHA-256: in ranges, kept by browsers, harmless, calm when something is missing."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import zipfile
from contextlib import closing

import pytest
from PIL import Image

from mediaparser_core import disk
from mediaparser_core.web.handout import disposition

SAFE = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin", "x-frame-options": "DENY"}
KINDS = ("thumb", "preview", "original")


def size_of(answer) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


# -- one range, kept bytes ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(built):
    """The bytes of the best picture of a group."""
    return (built / "photos/Camera/DSC_0100.jpg").read_bytes()


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        (None, 200, 0, None), ("bytes=0-0", 206, 0, 1), ("bytes=10-19", 206, 10, 20), ("bytes=1000-", 206, 1000, None),
        ("bytes=-500", 206, -500, None), ("bytes=0-99999999999", 206, 0, None), ("bytes=-99999999999", 206, 0, None),
        ("bytes=0-10,20-30", 200, 0, None), ("bytes=", 200, 0, None), ("bytes=-", 200, 0, None), ("bytes=5-2", 200, 0, None),
        ("items=0-10", 200, 0, None), ("bytes=a-b", 200, 0, None), ("bytes=٣-٤", 200, 0, None), ("bytes=0x1-2", 200, 0, None),
        ("bytes=99999999-", 416, 0, 0), ("bytes=-0", 416, 0, 0), ("bytes=" + "9" * 400 + "-", 200, 0, None),
    ],
)  # fmt: skip
def test_a_range_is_exactly_what_was_asked_for(looking, name_of, whole, asked, status, start, stop):
    headers = {} if asked is None else {"range": asked.encode()}
    answer = looking.get(f"/-/media/original/{name_of('best of group')}", headers=headers)
    assert answer.status_code == status
    assert answer.content == whole[start:stop]
    assert answer.headers["accept-ranges"] == "bytes"
    begin = len(whole) + start if start < 0 else start
    if status == 206:
        end = len(whole) if stop is None else stop
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(whole)}"
    elif status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    else:
        assert "content-range" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("condition", "status"), [("SAME", 206), ('"other"', 200), ("Mon, 01 Jan 2024 00:00:00 GMT", 200)]
)
def test_a_range_of_something_else_is_all_of_it(looking, name_of, whole, condition, status):
    sha = name_of("best of group")
    headers = {"range": "bytes=5-9", "if-range": f'"{sha}"' if condition == "SAME" else condition}
    answer = looking.get(f"/-/media/original/{sha}", headers=headers)
    assert answer.status_code == status and answer.content == (whole[5:10] if status == 206 else whole)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_browser_has_is_not_sent_again(looking, name_of, kind):
    address = f"/-/media/{kind}/{name_of('best of group')}"
    first = looking.get(address)
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f-]+"', etag) and "max-age=" in first.headers["cache-control"]
    assert "private" in first.headers["cache-control"]  # for this person's browser, not for a proxy between
    for said in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = looking.get(address, headers={"if-none-match": said})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == etag
    assert looking.get(address, headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_head_says_what_get_would(looking, name_of, kind):
    address = f"/-/media/{kind}/{name_of('best of group')}"
    asked, told = looking.get(address), looking.request("HEAD", address)
    assert told.status_code == 200 and told.content == b""
    for name in ("content-length", "content-type", "etag", "content-security-policy"):
        assert told.headers[name] == asked.headers[name]


# -- harmless ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["plain", "film", "broken", "markup"])
def test_whatever_came_from_outside_is_sandboxed(looking, name_of, kind, which):
    answer = looking.get(f"/-/media/{kind}/{name_of(which)}")
    assert answer.status_code == 200
    assert SAFE.items() <= dict(answer.headers).items()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script" not in policy
    assert answer.headers["content-type"] in ("image/jpeg", "image/svg+xml", "video/mp4")
    if kind == "original":
        assert answer.headers["content-disposition"].startswith("attachment; ")
    else:
        assert "content-disposition" not in answer.headers and answer.headers["content-type"].startswith("image/")


@pytest.mark.parametrize(
    ("format", "kind"),
    [("jpeg", "image/jpeg"), ("png", "image/png"), ("gif", "image/gif"), ("webp", "image/webp"), ("mp4", "video/mp4"),
     ("mov", "video/quicktime"), ("tiff", "application/octet-stream"), ("svg", "application/octet-stream"),
     ("html", "application/octet-stream"), ("heic", "application/octet-stream"), ("", "application/octet-stream")],
)  # fmt: skip
def test_only_types_that_cannot_run_are_named(client, library, sha, format, kind):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("update assets set format = ? where sha256 = ?", (format, sha("plain")))
        conn.commit()
    answer = client.get(f"/-/media/original/{sha('plain')}")
    assert answer.headers["content-type"] == kind and answer.headers["content-disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    "name",
    [
        'a"b.jpg',
        "a\r\nSet-Cookie: x=1.jpg",
        "../../etc/passwd",
        "a;b.jpg",
        "Größe 🦊.jpg",
        "\u202egpj.exe",
        "x" * 2000,
        "",
        "a\\b.jpg",
    ],
)
def test_a_name_stays_a_name_in_a_header(name):
    header = disposition(name)
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9._ -]+\"; filename\*=UTF-8''[A-Za-z0-9._~%-]*", header), (
        header
    )
    assert len(header) < 2500


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fetc%2fpasswd",
        "a" * 63,
        "A" * 64,
        "g" * 64,
        f"{'a' * 64}/../x",
        "%00" + "a" * 63,
        f"{'a' * 64}.jpg",
        "",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_a_hash_is_an_address(looking, kind, path):
    assert looking.get(f"/-/media/{kind}/{path}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_hash_nobody_knows_is_a_calm_404(looking, kind):
    answer = looking.get(f"/-/media/{kind}/{'a' * 64}")
    assert answer.status_code == 404 and answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "not where it was" in answer.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_pictures_are_for_looking_at(looking, name_of, kind, method):
    answer = looking.request(method, f"/-/media/{kind}/{name_of('plain')}", headers={"origin": "http://localhost"})
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_see_no_picture(library, make_client, log_in, sha, kind):
    cookies, client = log_in(library, "guest", ("look",)), make_client(library)
    address = f"/-/media/{kind}/{sha('plain')}"
    assert client.get(address).status_code == 401
    assert client.get(address, cookies=cookies).status_code == 200
    only_drops = log_in(library, "phone", ("drop",))
    assert client.get(address, cookies=only_drops).status_code == 403


# -- something is missing or broken ------------------------------------------------------------------------------------


def test_an_original_that_is_gone_comes_from_the_export(photos, names, make_client, library, sha, whole):
    os.unlink(photos / names["best of group"])
    answer = make_client(library).get(f"/-/media/original/{sha('best of group')}")
    # the copy in the export is handed out only where it is the same to the byte
    same = answer.status_code == 200 and answer.content == whole
    assert same or answer.status_code == 404


def test_a_missing_original_is_a_calm_404_and_its_thumbnail_stays(photos, names, make_client, library, sha):
    shutil.rmtree(library / "export")
    os.unlink(photos / names["place"])
    client = make_client(library)
    answer = client.get(f"/-/media/original/{sha('place')}")
    assert answer.status_code == 404 and "connect it and try again" in answer.text
    for kind in ("thumb", "preview"):
        assert client.get(f"/-/media/{kind}/{sha('place')}").headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("how", ["longer", "touched", "link", "folder", "fifo", "other root"])
def test_other_bytes_are_never_handed_out_for_the_picture(photos, names, make_client, library, sha, how, tmp_path):
    shutil.rmtree(library / "export")
    path = photos / names["place"]
    secret = tmp_path / "secret.jpg"
    shutil.copy2(path, secret)
    if how == "longer":
        path.write_bytes(path.read_bytes() + b"more")
    elif how == "touched":
        os.utime(path, (1, 1))
    elif how == "link":
        path.unlink()
        path.symlink_to(secret)
    elif how == "folder":
        path.parent.rename(photos / "Elsewhere")
        path.parent.symlink_to(photos / "Elsewhere")
    elif how == "fifo":
        path.unlink()
        os.mkfifo(path)
    else:
        with closing(sqlite3.connect(library / "catalog.db")) as conn:
            conn.execute("update files set path_bytes = ? where sha256 = ?", (os.fsencode(secret), sha("place")))
            conn.commit()
    assert make_client(library).get(f"/-/media/original/{sha('place')}").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"<html>not a picture</html>" * 20, b"\xff\xd8\xff" + b"x" * 5000, None, "link", "folder"],
)
def test_a_broken_thumbnail_is_a_drawing(library, make_client, sha, content):
    path = disk.preview_path(library / "cache", sha("plain"))
    whole = path.read_bytes()
    path.unlink()
    if content == "link":
        (library / "elsewhere.jpg").write_bytes(whole)
        path.symlink_to(library / "elsewhere.jpg")
    elif content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    answer = make_client(library).get(f"/-/media/thumb/{sha('plain')}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"  # the next one may be whole
    assert b"<script" not in answer.content


def test_a_browser_that_leaves_stops_the_reading(explorer, sha):
    netloc = explorer.address.removeprefix("http://")
    host, port = netloc.split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as impatient:
            impatient.sendall(
                f"GET /-/media/original/{sha('best of group')} HTTP/1.1\r\nHost: {netloc}\r\n\r\n".encode()
            )
    with socket.create_connection((host, int(port)), timeout=30) as patient:
        patient.sendall(
            f"GET /-/media/thumb/{sha('plain')} HTTP/1.1\r\nHost: {netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        assert patient.recv(12) == b"HTTP/1.1 200"
    code, _ = explorer.stop()
    assert code == 0 and not [line for line in explorer.said if "Traceback" in line]


# -- larger previews, and what lies in archives ------------------------------------------------------------------------


def raw_file(picture: Image.Image) -> bytes:
    """As a Fujifilm camera writes it: a header, the camera's own JPEG, what its sensor saw."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0")
    spots = struct.pack(">6I", 148, buffer.tell(), 0, 0, 148 + buffer.tell(), 100)
    return head + spots + bytes(40) + buffer.getvalue() + b"R" * 100


@pytest.fixture(scope="module")
def formats(tmp_path_factory):
    """A library of pictures no browser shows, and of one in an archive: name → SHA-256, and the library."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    folder = tmp_path_factory.mktemp("formats")
    (folder / "photos").mkdir()
    noise = Image.effect_noise((2400, 1800), 60).convert("RGB")
    noise.rotate(90).save(folder / "photos/IMG_20200101_100000.heic", quality=60)
    noise.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(folder / "photos/scan.tif")
    (folder / "photos/DSCF0001.RAF").write_bytes(raw_file(noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    buffer = io.BytesIO()
    noise.resize((2000, 1500)).save(buffer, "JPEG", quality=85)
    with zipfile.ZipFile(folder / "photos/takeout-20230720T065335Z-001.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Takeout/Google Photos/Photos from 2020/IMG_20200202_100000.jpg", buffer.getvalue())
    done = subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(folder / "library"), "run", "--no-export", str(folder / "photos")],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    named = {
        path.suffix.lower()[1:]: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "photos").iterdir()
    }
    return folder / "library", named | {"zip": hashlib.sha256(buffer.getvalue()).hexdigest()}, buffer.getvalue()


@pytest.mark.parametrize("format", ["heic", "tif", "raf", "zip"])
def test_a_picture_no_browser_shows_has_a_large_preview(formats, make_client, format):
    library, named, _ = formats
    client = make_client(library)
    small, large = (client.get(f"/-/media/{kind}/{named[format]}") for kind in ("thumb", "preview"))
    assert small.headers["content-type"] == large.headers["content-type"] == "image/jpeg"
    assert max(size_of(small)) <= 320 and max(size_of(large)) == 1600
    assert disk.preview_path(library / "cache" / "large", named[format]).exists()
    assert client.get(f"/-/media/preview/{named[format]}").headers["etag"] == large.headers["etag"]


def test_many_who_ask_at_once_get_the_one_preview(formats, make_client, monkeypatch):
    from mediaparser_core.web.previews import Previews

    library, named, _ = formats
    disk.preview_path(library / "cache" / "large", named["tif"]).unlink(missing_ok=True)
    made, submit = [], Previews._submit
    monkeypatch.setattr(Previews, "_submit", lambda self, *about: made.append(about) or submit(self, *about))
    client, answers = make_client(library), []
    threads = [
        threading.Thread(target=lambda: answers.append(client.get(f"/-/media/preview/{named['tif']}")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {size_of(answer) for answer in answers} == {(1600, 1200)} and len(made) == 1


def test_what_lies_in_an_archive_is_handed_out_from_there(formats, make_client):
    library, named, data = formats
    client, address = make_client(library), f"/-/media/original/{named['zip']}"
    answer = client.get(address)
    assert answer.status_code == 200 and answer.content == data
    assert "IMG_20200202_100000.jpg" in answer.headers["content-disposition"]
    assert client.get(address, headers={"range": "bytes=100-199"}).content == data[100:200]
    assert client.get(address, headers={"range": "bytes=-50"}).content == data[-50:]


def test_an_archive_that_was_replaced_is_not_believed(formats, make_client, tmp_path):
    library, named, data = formats
    (archive,) = (library.parent / "photos").glob("*.zip")
    kept, times = archive.read_bytes(), archive.stat()
    try:
        with zipfile.ZipFile(archive, "w") as other:
            other.writestr(
                "Takeout/Google Photos/Photos from 2020/IMG_20200202_100000.jpg",
                b"\xff\xd8\xff" + b"x" * (len(data) - 3),
            )
        assert make_client(library).get(f"/-/media/original/{named['zip']}").status_code == 404
    finally:
        archive.write_bytes(kept)
        os.utime(archive, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_picture_that_cannot_be_decoded_shows_its_thumbnail(looking, name_of):
    answer = looking.get(f"/-/media/preview/{name_of('broken')}")
    assert answer.status_code == 200 and answer.headers["content-type"] in ("image/jpeg", "image/svg+xml")
