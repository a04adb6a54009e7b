"""The probe asks its own readers first, ExifTool when they are not sure, and says who answered."""

from __future__ import annotations

import os
import pickle
import struct
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from mediaparser_core import exiftool
from mediaparser_core.media import Media, read
from mediaparser_core.records import Claim, Entry, Fact, Link, Note, Shape, Trouble
from mediaparser_core.settings import Settings
from mediaparser_plugins import metadata

EXECUTABLE = exiftool.find("exiftool")
needs_exiftool = pytest.mark.skipif(not EXECUTABLE, reason="ExifTool is not installed")


def picture(path: Path, trailer: bytes = b"") -> Path:
    """A JPEG with a date, and something behind it."""
    image = Image.new("RGB", (64, 48))
    exif = image.getexif()
    exif[0x0132] = "2019:05:04 12:00:03"
    image.save(path, exif=exif)
    path.write_bytes(path.read_bytes() + trailer)
    return path


UNKNOWN = b"cbipcbbl"  # the end of another program's trailer: enough to make our own reader ask


def probe(path: Path, entry_of, **options) -> list[Fact]:
    entry = entry_of(path)
    with read(entry) as media:
        return metadata.run(entry, media, **{"executable": EXECUTABLE, **options})


def reader(facts: list[Fact]) -> str:
    (note,) = [fact for fact in facts if isinstance(fact, Note) and fact.key == "metadata_reader"]
    return note.value


def test_an_ordinary_picture_needs_no_exiftool(tmp_path, entry_of):
    facts = probe(picture(tmp_path / "a.jpg"), entry_of, executable="/nonexistent/exiftool")
    assert reader(facts) == "native"
    assert Shape("image", "jpeg", 64, 48) in facts
    assert [fact.value for fact in facts if isinstance(fact, Claim)] == ["2019-05-04T12:00:03"]
    assert not [fact for fact in facts if isinstance(fact, Trouble)]


@needs_exiftool
def test_exiftool_is_asked_when_we_are_not_sure_and_always_when_told_to(tmp_path, entry_of):
    doubtful, plain = picture(tmp_path / "\u00fc\n-if.jpg", UNKNOWN), picture(tmp_path / "b.jpg")
    assert reader(probe(doubtful, entry_of)) == "exiftool"
    first = metadata.running(os.getpid(), EXECUTABLE).pid
    assert reader(probe(plain, entry_of)) == "native"
    assert reader(probe(plain, entry_of, always=True)) == "exiftool"
    assert metadata.running(os.getpid(), EXECUTABLE).pid == first
    assert set(probe(plain, entry_of)) ^ set(probe(plain, entry_of, always=True)) == {
        Note("metadata_reader", "native"),
        Note("metadata_reader", "exiftool"),
    }


def test_without_exiftool_the_best_we_have_is_given_and_called_so(tmp_path, entry_of):
    facts = probe(picture(tmp_path / "a.jpg", UNKNOWN), entry_of, executable=None)
    assert reader(facts) == "native, unsure"
    assert [fact.value for fact in facts if isinstance(fact, Claim)] == ["2019-05-04T12:00:03"]


def test_an_exiftool_that_does_not_work_is_a_trouble_and_loses_nothing(tmp_path, entry_of):
    for executable in ("/nonexistent/exiftool", "/bin/false"):
        facts = probe(picture(tmp_path / "a.jpg", UNKNOWN), entry_of, executable=executable, always=True)
        assert reader(facts) == "native, unsure"
        assert [fact.probe for fact in facts if isinstance(fact, Trouble)] == ["metadata"]
        assert [fact.value for fact in facts if isinstance(fact, Claim)] == ["2019-05-04T12:00:03"]


@needs_exiftool
def test_what_exiftool_calls_an_error_is_a_trouble(tmp_path, entry_of):
    path = tmp_path / "a.psd"
    path.write_bytes(b"8BPS\0\1")
    facts = probe(path, entry_of)
    assert [fact.message for fact in facts if isinstance(fact, Trouble)] == ["ExifTool says: File format error"]


def test_the_probe_can_be_sent_to_a_worker_and_asks_whom_the_settings_name(tmp_path):
    def executable(name: str, **own: str) -> object:
        settings = Settings(library=tmp_path, exiftool=name, plugins={"metadata": own})
        (found,) = metadata.register_probes(settings)
        assert pickle.loads(pickle.dumps(found)).name == "metadata"
        assert isinstance(found.run, partial)
        return found.run.keywords["executable"]

    assert executable("exiftool") == EXECUTABLE
    assert executable("") is None
    assert executable("no-such-exiftool") is None
    assert executable("exiftool", reader="native") is None


def in_memory(data: bytes, name: bytes = b"a.jpg") -> Media:
    return Media(Entry(b"/", b"/" + name), -1, len(data), "", data[: 256 * 1024], data, False)


VIDEO = struct.pack(">I4s4s", 16, b"ftyp", b"mp42") + bytes(88)
STILL = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(200) + b"\xff\xd9"


@pytest.mark.parametrize(
    ("tail", "tags", "expected"),
    [
        (VIDEO, {"XMP-GCamera:MicroVideoOffset": 100}, len(STILL)),
        (VIDEO, {"XMP-Container:DirectoryItemLength": ["0", "100"]}, len(STILL)),
        (VIDEO, {"XMP-GContainer:ContainerDirectoryItemLength": 100}, len(STILL)),
        (VIDEO, {"XMP-GCamera:MicroVideoOffset": 99}, None),  # an edited picture: the number is of another file
        (VIDEO, {"XMP-GCamera:MicroVideoOffset": 10**30}, None),
        (VIDEO, {}, None),
        (b"MotionPhoto_Data" + VIDEO + b"SEFT", {}, len(STILL) + 16),
        (b"MotionPhoto_Data" + bytes(100) + b"SEFT", {}, None),
        (b"", {"XMP-GCamera:MicroVideoOffset": 100}, None),
    ],
    ids=range(9),
)
def test_a_motion_photo_is_one_only_with_its_video(tail, tags, expected):
    assert metadata.motion_photo(in_memory(STILL + tail), tags) == expected


def test_a_motion_photo_is_a_link_to_its_video(tmp_path, entry_of):
    size = picture(tmp_path / "a.jpg").stat().st_size
    path = picture(tmp_path / "a.jpg", b"MotionPhoto_Data" + VIDEO + b"SEFT")
    assert Link("motion_photo", str(size + 16)) in probe(path, entry_of, executable=None)
