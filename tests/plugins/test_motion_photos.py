"""A motion photo stays one: whatever is written into its copy, the film in it is found again, byte for byte."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import av
import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.records import Entry, ExportItem
from mediaparser_core.settings import Settings
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import motion_photo
from mediaparser_plugins.metadata_writer import finish_copy

pytestmark = pytest.mark.skipif(not shutil.which("exiftool"), reason="ExifTool is not installed")

_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
    'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" {attributes}>{content}</rdf:Description></rdf:RDF>'
    "</x:xmpmeta>"
)
_DIRECTORY = (
    "<Container:Directory><rdf:Seq>"
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0" '
    'Item:Padding="0"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" '
    'Item:Length="{length}" Item:Padding="0"/></rdf:li>'
    "</rdf:Seq></Container:Directory>"
)


@pytest.fixture(scope="module")
def film() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 64, 48
        for shade in range(5):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (shade * 40, 0, 0)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def samsung(film: bytes) -> bytes:
    """The trailer of Samsung's cameras: blocks with a name, a list of where they are, the length of that list."""
    block = struct.pack("<HHL", 0, 0x0A30, 16) + b"MotionPhoto_Data" + film
    listed = struct.pack("<4sLL", b"SEFH", 106, 1) + struct.pack("<HHLL", 0, 0x0A30, len(block), len(block))
    return block + listed + struct.pack("<L4s", len(listed), b"SEFT")


def google_old(film: bytes) -> tuple[str, bytes]:
    attributes = f'GCamera:MicroVideo="1" GCamera:MicroVideoVersion="1" GCamera:MicroVideoOffset="{len(film)}"'
    return _PACKET.format(attributes=attributes, content=""), film


def google_new(film: bytes) -> tuple[str, bytes]:
    content = _DIRECTORY.format(length=len(film))
    return _PACKET.format(attributes='GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"', content=content), film


def samsung_only(film: bytes) -> tuple[str, bytes]:
    return "", samsung(film)


def both(film: bytes) -> tuple[str, bytes]:
    trailer = samsung(film)
    content = _DIRECTORY.format(length=len(trailer))
    return _PACKET.format(attributes='GCamera:MotionPhoto="1"', content=content), trailer


def found_film(path: Path, length: int) -> bytes | None:
    """The film that our reader finds in *path*."""
    with media.read(Entry(b"/", os.fsencode(path))) as opened:
        at = motion_photo(opened, native_tags.read(opened)[0])
        return opened.read_at(at, length) if at is not None else None


@pytest.mark.parametrize("kind", [google_old, google_new, samsung_only, both])
@pytest.mark.parametrize(
    ("date", "offset", "tags"),
    [
        ("2019-05-04T12:00:03.250", "+02:00", ("Größe <&>", "日本")),
        ("1994-07", None, ()),
        (None, None, tuple(f"keyword {number}" for number in range(300))),
    ],
    ids=["date and words", "a month", "many words"],
)
def test_the_film_in_a_motion_photo_is_the_same_after_every_write(
    tmp_path, make_picture, exif, film, kind, date, offset, tags
):
    packet, trailer = kind(film)
    save = {"xmp": packet.encode()} if packet else {}
    path = make_picture(tmp_path / "still.jpg", 3, exif=exif("2001:02:03 04:05:06"), **save)
    path.write_bytes(path.read_bytes() + trailer)
    assert found_film(path, len(film)) == film
    item = ExportItem(
        "a" * 64, "image", "jpeg", "x.jpg", ".jpg", date, None, offset, "high",
        write_date=date, write_offset=offset, write_tags=tags,
    )  # fmt: skip
    finished = finish_copy(copy=path, item=item, settings=Settings(library=Path("/l")))
    assert finished is not None and finished.data is None
    assert finished.how in ("embedded", "sidecar")
    assert path.read_bytes().endswith(trailer)
    assert hashlib.sha256(found_film(path, len(film)) or b"").digest() == hashlib.sha256(film).digest()


@pytest.mark.parametrize("kind", [google_old, google_new, samsung_only, both])
def test_exiftool_finds_the_film_in_the_written_copy(tmp_path, make_picture, film, kind):
    packet, trailer = kind(film)
    path = make_picture(tmp_path / "still.jpg", 3, **({"xmp": packet.encode()} if packet else {}))
    path.write_bytes(path.read_bytes() + trailer)
    item = ExportItem(
        "a" * 64, "image", "jpeg", "x.jpg", ".jpg", "2019-05-04T12:00:03", None, "+02:00", "high",
        write_date="2019-05-04T12:00:03", write_offset="+02:00",
    )  # fmt: skip
    finished = finish_copy(copy=path, item=item, settings=Settings(library=Path("/l")))
    assert finished is not None and finished.how == "embedded" and finished.data is None
    command = ["exiftool", "-j", "-G1", "-a", "-DateTimeOriginal", "-MicroVideoOffset", "-DirectoryItemLength",
               "-EmbeddedVideoType", "-Warning", path]  # fmt: skip
    (said,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert said["ExifIFD:DateTimeOriginal"] == "2019:05:04 12:00:03"
    assert not [key for key in said if "Warning" in key]
    if kind is google_old:
        assert said["XMP-GCamera:MicroVideoOffset"] == len(film)
    if trailer is not film:
        assert said["Samsung:EmbeddedVideoType"] == "MotionPhoto_Data"


def test_a_wrong_length_in_the_words_does_not_hide_the_trailer(tmp_path, make_picture, film):
    packet = google_new(film)[0].replace(str(len(film)), str(len(film) - 7))
    path = make_picture(tmp_path / "still.jpg", 3, xmp=packet.encode())
    path.write_bytes(path.read_bytes() + samsung(film))
    assert found_film(path, len(film)) == film
