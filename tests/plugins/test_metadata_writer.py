"""What is written into a copy is what was asked for, and nothing else changes: checked by readers that are not ours."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import exiftool
import pytest
from PIL import Image

from mediaparser_core import formats
from mediaparser_core.hookspecs import Finished
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import ExportSettings, Settings
from mediaparser_plugins import metadata_writer
from mediaparser_plugins.metadata_writer import finish_copy

pytestmark = pytest.mark.skipif(not shutil.which("exiftool"), reason="ExifTool is not installed")

SETTINGS = Settings(library=Path("/l"), timezone="Europe/Lisbon")
STILLS = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "tiff": ".tif",
    "jp2": ".jp2",
    "heic": ".heic",
    "avif": ".avif",
}
FILMS = {"mp4": ".mp4", "mov": ".mov", "3gp": ".3gp"}
FULL = "2019-05-04T12:00:03.25"


def item(format: str, date: str | None = None, offset: str | None = None, tags: tuple[str, ...] = ()) -> ExportItem:
    known = formats.FORMATS[format]
    return ExportItem(
        "a" * 64, "video" if format in FILMS else "image", format, "x", known.extension, date, None, offset, "high",
        write_date=date, write_offset=offset, write_tags=tags,
    )  # fmt: skip


def finish(path: Path, *asked, settings: Settings = SETTINGS) -> Finished | None:
    known = formats.sniff(path.read_bytes(), os.fsencode(path.name))
    assert known is not None
    finished = finish_copy(copy=path, item=item(known.name, *asked), settings=settings)
    if finished and finished.data is not None:
        path.write_bytes(finished.data)
    return finished


def tags_of(path: Path) -> dict[str, object]:
    """By ExifTool itself, one process for one file."""
    command = ["exiftool", "-j", "-G1", "-a", "-api", "QuickTimeUTC=1", path]
    read = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "TZ": "UTC"})
    return json.loads(read.stdout)[0]


def say(path: Path, *assignments: str) -> None:
    subprocess.run(["exiftool", "-q", "-overwrite_original", *assignments, path], check=True)


@pytest.fixture
def still(tmp_path, make_picture):
    def make(format: str = "jpeg", **save) -> Path:
        if format in ("heic", "avif"):
            import pillow_heif

            pillow_heif.register_heif_opener()
        try:
            path = make_picture(tmp_path / f"still{STILLS.get(format, '.' + format)}", size=(96, 64), **save)
        except (OSError, KeyError, ValueError):
            pytest.skip(f"this Pillow writes no {format}")
        return path

    return make


@pytest.fixture
def film(tmp_path):
    def make(format: str = "mp4") -> Path:
        import av

        path = tmp_path / f"film{FILMS[format]}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=5)
            stream.width, stream.height = 64, 48
            for shade in range(5):
                frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (shade * 40, 0, 0)))
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make


# -- pictures


@pytest.mark.parametrize("format", STILLS)
def test_date_offset_and_keywords_arrive_and_the_picture_stays(still, format):
    path = still(format)
    with Image.open(path) as image:
        pixels = image.convert("RGB").tobytes()
    finished = finish(path, FULL, "+02:00", ("Größe <&>", "日本", "plain"))
    assert finished is not None and finished.how == "embedded", finished
    with exiftool.ExifToolHelper() as helper:
        tags = helper.get_metadata(str(path))[0]
    for name, value in {
        "EXIF:DateTimeOriginal": "2019:05:04 12:00:03",
        "EXIF:CreateDate": "2019:05:04 12:00:03",
        "EXIF:OffsetTimeOriginal": "+02:00",
        "EXIF:OffsetTimeDigitized": "+02:00",
        "XMP:DateCreated": "2019:05:04 12:00:03.25+02:00",
        "XMP:Subject": ["Größe <&>", "日本", "plain"],
    }.items():
        assert tags[name] == value
    assert str(tags["EXIF:SubSecTimeOriginal"]) == str(tags["EXIF:SubSecTimeDigitized"]) == "25"
    if format in ("jpeg", "tiff"):
        assert tags["IPTC:Keywords"] == ["Größe <&>", "日本", "plain"]
    with Image.open(path) as image:
        assert image.convert("RGB").tobytes() == pixels
    before = path.read_bytes()
    assert finish(path, FULL, "+02:00", ("plain", "日本")).how == "untouched"
    assert path.read_bytes() == before


def test_the_usual_jpeg_is_dated_without_exiftool(still):
    path = still()
    say(path, "-DateTimeOriginal=2002:12:08 12:00:00", "-SubSecTimeOriginal=99", "-Make=Canon")
    for executable in ("exiftool", "/nowhere/exiftool"):
        finished = finish(path, FULL, "+02:00", settings=Settings(library=Path("/l"), exiftool=executable))
        if executable == "exiftool":
            assert finished.how == "embedded" and finished.data is not None
        else:
            assert finished.how == "untouched", "it says it by now"
    tags = tags_of(path)
    assert tags["ExifIFD:DateTimeOriginal"] == "2019:05:04 12:00:03" and tags["IFD0:Make"] == "Canon"
    assert str(tags["ExifIFD:SubSecTimeOriginal"]) == "25" and tags["ExifIFD:OffsetTimeOriginal"] == "+02:00"


def test_a_gif_is_dated_in_xmp(still):
    path = still("gif")
    assert finish(path, FULL, "+02:00", ("a",)).how == "embedded"
    tags = tags_of(path)
    assert tags["XMP-photoshop:DateCreated"] == "2019:05:04 12:00:03.25+02:00" and tags["XMP-dc:Subject"] == "a"
    assert finish(path, FULL, "+02:00", ("a",)).how == "untouched"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (["-DateTimeOriginal=2019:05:04 12:00:03"], ("2019-05-04T12:00:03",)),
        (["-DateTimeOriginal=2019:05:04 12:00:03"], ("2019-05-04T12:00",)),
        (["-DateTimeOriginal=2019:05:04 12:00:03"], ("2019-05-04",)),
        (["-DateTimeOriginal=2019:05:04 12:00:03"], ("2019",)),
        (["-DateTimeOriginal=2019:05:04 12:00:03", "-SubSecTimeOriginal=250"], ("2019-05-04T12:00:03.25",)),
        (["-DateTimeOriginal=2019:05:04 12:00:03", "-OffsetTimeOriginal=+02:00"], ("2019-05-04T12:00:03", "+02:00")),
        (["-DateTimeOriginal=2019:05:04 12:00:03", "-OffsetTimeOriginal=+02:00"], ("2019-05-04T12:00:03", None)),
        (["-XMP-photoshop:DateCreated=1994:07"], ("1994-07",)),
        (["-XMP-dc:Subject=a", "-IPTC:Keywords=b", "-XPKeywords=c;d"], (None, None, ("A", "b", "c", "d"))),
        (["-XMP-digiKam:TagsList=People/Anna"], (None, None, ("Anna",))),
    ],
)
def test_what_says_it_already_stays_byte_for_byte(still, said, asked):
    path = still()
    say(path, *said)
    before = path.read_bytes()
    for executable in ("exiftool", "/nowhere/exiftool"):
        assert finish(path, *asked, settings=Settings(library=Path("/l"), exiftool=executable)).how == "untouched"
    assert path.read_bytes() == before


def test_every_other_word_on_the_taking_is_put_right_too(still):
    path = still()
    say(
        path, "-DateTimeOriginal=2002:12:08 12:00:00", "-SubSecTimeOriginal=99", "-OffsetTimeOriginal=-08:00",
        "-ModifyDate=2020:01:01 00:00:00", "-XMP-exif:DateTimeOriginal=2002:12:08 12:00:00",
        "-XMP-xmp:CreateDate=2002:12:08 12:00:00", "-XMP-xmp:ModifyDate=2020:01:01 00:00:00",
        "-IPTC:DateCreated=2002:12:08", "-IPTC:TimeCreated=12:00:00-08:00",
    )  # fmt: skip
    assert finish(path, "2019-05-04T12:00:03", "+05:30").how == "embedded"
    tags = tags_of(path)
    assert tags["ExifIFD:DateTimeOriginal"] == tags["ExifIFD:CreateDate"] == "2019:05:04 12:00:03"
    assert "ExifIFD:SubSecTimeOriginal" not in tags, "a fraction of the old date"
    assert tags["ExifIFD:OffsetTimeOriginal"] == "+05:30"
    assert tags["XMP-exif:DateTimeOriginal"] == tags["XMP-xmp:CreateDate"] == "2019:05:04 12:00:03+05:30"
    assert (tags["IPTC:DateCreated"], tags["IPTC:TimeCreated"]) == ("2019:05:04", "12:00:03+05:30")
    assert tags["IFD0:ModifyDate"] == tags["XMP-xmp:ModifyDate"] == "2020:01:01 00:00:00", (
        "that is not about the taking"
    )


def test_an_offset_nobody_knows_is_not_written(still):
    path = still()
    say(path, "-DateTimeOriginal=2002:12:08 12:00:00", "-OffsetTimeOriginal=-08:00", "-IPTC:DateCreated=2002:12:08",
        "-IPTC:TimeCreated=12:00:00-08:00")  # fmt: skip
    assert finish(path, "2019-05-04T12:00:03").how == "embedded"
    tags = tags_of(path)
    assert not {"ExifIFD:OffsetTimeOriginal", "ExifIFD:OffsetTime", "IPTC:TimeCreated"} & set(tags)
    assert tags["XMP-photoshop:DateCreated"] == "2019:05:04 12:00:03"


@pytest.mark.parametrize(("date", "said"), [("1994", 1994), ("1994-07", "1994:07"), ("1994-07-23", "1994:07:23")])
def test_a_coarse_date_invents_nothing_and_is_contradicted_by_nothing(still, date, said):
    path = still()
    say(path, "-DateTimeOriginal=2012:01:01 10:00:00", "-OffsetTimeOriginal=+01:00", "-CreateDate=2012:01:01 10:00:00")
    assert finish(path, date).how == "embedded"
    tags = tags_of(path)
    assert tags["XMP-photoshop:DateCreated"] == said
    assert not {"ExifIFD:DateTimeOriginal", "ExifIFD:OffsetTimeOriginal"} & set(tags)
    assert tags["ExifIFD:CreateDate"] == "2012:01:01 10:00:00", "the scan was made then"
    assert finish(path, date).how == "untouched"


def test_what_agrees_with_a_coarse_date_is_left(still):
    path = still()
    say(path, "-DateTimeOriginal=1994:07:23 17:05:09", "-XMP-photoshop:DateCreated=2012:01:01 10:00:00")
    assert finish(path, "1994-07").how == "embedded"
    tags = tags_of(path)
    assert (tags["ExifIFD:DateTimeOriginal"], tags["XMP-photoshop:DateCreated"]) == ("1994:07:23 17:05:09", "1994:07")


def test_keywords_are_added_and_never_removed(still):
    path = still()
    say(path, "-XMP-dc:Subject=old", "-XMP-dc:Subject=both", "-IPTC:Keywords=old", "-IPTC:Keywords=only iptc")
    long = "x" * 80  # IPTC takes 64 bytes
    assert finish(path, None, None, ("both", "new", long)).how == "embedded"
    tags = tags_of(path)
    assert tags["XMP-dc:Subject"] == ["old", "both", "new", long]
    assert tags["IPTC:Keywords"] == ["old", "only iptc", "new"]
    assert not any("DateTimeOriginal" in key for key in tags), "nobody asked for a date"


def test_old_iptc_of_another_alphabet_stays_readable(still):
    path = still()
    say(path, "-charset", "iptc=Latin", "-IPTC:Keywords=Größe", "-IPTC:CodedCharacterSet=")
    assert finish(path, None, None, ("日本", "Öl")).how == "embedded"
    tags = tags_of(path)
    assert tags["IPTC:Keywords"] == ["Größe", "Öl"] and tags["XMP-dc:Subject"] == ["日本", "Öl"]


@pytest.mark.parametrize(
    "tag",
    [
        "-if",
        "<x",
        "#x",
        " x ",
        "a=b",
        "$x",
        "@x",
        "a\n-execute\nb",
        "&#65;",
        "{x}",
        "[x]",
        "a|b, c",
        "'\"\\",
        "=",
        "{a=b,c=[d]}",
    ],
)
def test_a_keyword_is_never_anything_but_a_keyword(still, tag):
    path = still()
    assert finish(path, None, None, (tag,)).how == "embedded"
    with Image.open(path) as image:
        assert " ".join(tag.split()) == image.getxmp()["xmpmeta"]["RDF"]["Description"]["subject"]["Bag"]["li"].strip()
    assert not os.path.exists(f"{path}_original")


def test_orientation_place_and_maker_are_left_alone(still):
    path = still()
    say(
        path,
        "-Orientation#=6",
        "-GPSLatitude=38.7",
        "-GPSLatitudeRef=N",
        "-Make=Maker",
        "-UserComment=hello",
        "-Rating=4",
    )
    before = tags_of(path)
    assert finish(path, FULL, "+02:00", ("a",)).how == "embedded"
    after = tags_of(path)
    ours = ("System:", "ExifIFD:DateTime", "ExifIFD:CreateDate", "ExifIFD:SubSec", "ExifIFD:OffsetTime", "Composite:",
            "XMP-photoshop:", "XMP-dc:", "IPTC:", "File:")  # fmt: skip
    assert {k: v for k, v in after.items() if not k.startswith(ours)} == {
        k: v for k, v in before.items() if not k.startswith(ours)
    }


def test_the_film_behind_a_motion_photo_stays_intact(still, film):
    path, moving = still(), film().read_bytes()
    path.write_bytes(path.read_bytes() + moving)
    assert finish(path, FULL, "+02:00", ("a",)).how == "embedded"
    assert path.read_bytes().endswith(moving)
    assert tags_of(path)["ExifIFD:DateTimeOriginal"] == "2019:05:04 12:00:03"


def test_what_would_change_more_than_words_is_not_taken(still, monkeypatch):
    hashes = iter("ab")
    monkeypatch.setattr(metadata_writer, "_unchanging", lambda opened: next(hashes))
    finished = finish(still(), FULL, None, ("a",))
    assert finished.how == "sidecar" and "more than the metadata" in finished.detail


@pytest.mark.parametrize("kept", [100, 300])
def test_a_damaged_picture_gets_a_sidecar(still, kept):
    path = still()
    path.write_bytes(path.read_bytes()[:kept])
    before = path.read_bytes()
    finished = finish(path, FULL)
    assert finished.how == "sidecar" and b"2019-05-04T12:00:03.25" in finished.sidecar
    assert finished.detail.startswith("ExifTool: ") and path.read_bytes() == before


def test_without_exiftool_there_is_a_sidecar(still):
    path = still()
    before = path.read_bytes()
    finished = finish(path, FULL, None, ("a",), settings=Settings(library=Path("/l"), exiftool="/nowhere/exiftool"))
    assert (finished.how, finished.detail) == ("sidecar", "ExifTool is not installed")
    assert path.read_bytes() == before


@pytest.mark.parametrize("metadata", ["sidecar", "none"])
def test_it_leaves_the_answer_to_others_when_copies_must_stay_as_they_are(still, metadata):
    settings = Settings(library=Path("/l"), export=ExportSettings(metadata=metadata))
    assert finish(still(), FULL, settings=settings) is None


@pytest.mark.parametrize("format", ["bmp", "dng"])
def test_what_should_not_be_written_into_is_left_to_the_xmp_writer(still, format):
    path = still("tiff" if format == "dng" else format)
    assert finish_copy(copy=path, item=item(format, FULL), settings=SETTINGS) is None


def test_a_raw_picture_that_says_it_already_needs_no_sidecar(still):
    path = still("tiff")
    say(path, "-DateTimeOriginal=2019:05:04 12:00:03")
    assert finish_copy(copy=path, item=item("nef", "2019-05-04T12:00:03"), settings=SETTINGS).how == "untouched"


# -- films


def test_the_same_wish_makes_the_same_bytes(still, tmp_path):
    """Else a run that was killed before it could record its copy would not know it again."""
    path = still()
    twin = shutil.copyfile(path, tmp_path / "twin.jpg")
    for each in (path, twin):
        assert finish(each, FULL, "+02:00", ("b", "a")).how == "embedded"
    assert path.read_bytes() == twin.read_bytes()


@pytest.mark.parametrize("format", FILMS)
def test_a_film_counts_in_utc_and_says_its_wall_time(film, format):
    path = film(format)
    finished = finish(path, FULL, "+02:00", ("日本",))
    assert finished.how == "embedded", finished
    tags = tags_of(path)
    for name in ("QuickTime:CreateDate", "QuickTime:ModifyDate", "Track1:TrackCreateDate", "Track1:MediaCreateDate"):
        assert tags[name] == "2019:05:04 10:00:03+00:00"
    assert tags["Keys:CreationDate"] == "2019:05:04 12:00:03+02:00" and tags["XMP-dc:Subject"] == "日本"
    assert finish(path, FULL, "+02:00", ("日本",)).how == "untouched"


def test_a_film_without_offset_was_taken_at_home(film):
    path = film()
    assert finish(path, "2019-05-04T12:00:03").how == "embedded"
    tags = tags_of(path)
    assert tags["QuickTime:CreateDate"] == "2019:05:04 11:00:03+00:00"  # Lisbon in summer
    assert tags["Keys:CreationDate"] == "2019:05:04 12:00:03", "no offset is made up"


def test_a_film_of_the_right_instant_stays_byte_for_byte(film):
    path = film()
    say(path, "-QuickTime:CreateDate=2019:05:04 10:00:03")
    before = path.read_bytes()
    assert finish(path, "2019-05-04T12:00:03", "+02:00").how == "untouched"
    assert finish(path, "2019-05-04T11:00:03").how == "untouched"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("asked", "seconds", "created"),
    [
        ("2019-05-04", "2019:05:03 23:30:00", "2019:05:03 23:30:00+00:00"),  # half past midnight in Lisbon
        ("2019-05-04", "2022:01:01 10:00:00", "0000:00:00 00:00:00"),
        ("1994", "2022:01:01 10:00:00", "0000:00:00 00:00:00"),
        ("1950-01-01T10:00:00", "2022:01:01 10:00:00", "0000:00:00 00:00:00"),  # readers would take it for 2016
    ],
)
def test_a_film_says_nothing_that_it_cannot_say(film, asked, seconds, created):
    path = film()
    say(path, f"-QuickTime:CreateDate={seconds}", "-Keys:CreationDate=2022:01:01 10:00:00+01:00")
    assert finish(path, asked).how == "embedded"
    tags = tags_of(path)
    assert tags["QuickTime:CreateDate"] == created
    assert tags.get("Keys:CreationDate") == ("1950:01:01 10:00:00" if "T" in asked else None)
    assert finish(path, asked).how == "untouched"


# -- real files


def test_real_photographs_are_dated_or_get_a_sidecar(shared, tmp_path):
    embedded = 0
    for number, source in enumerate(sorted((shared / "photos").glob("*.jpg"))[::3]):
        path = tmp_path / f"{number}.jpg"
        shutil.copyfile(source, path)
        finished = finish(path, FULL, "+05:30", ("Größe",))
        if finished.how == "sidecar":
            assert finished.detail.startswith("ExifTool: ")
            path.unlink()
            continue
        embedded += 1
        with Image.open(source) as before, Image.open(path) as after:
            assert hashlib.sha256(before.tobytes()).digest() == hashlib.sha256(after.tobytes()).digest()
    assert embedded >= 45
    read = subprocess.run(["exiftool", "-j", "-n", "-DateTimeOriginal", "-OffsetTimeOriginal", "-Subject", tmp_path],
                          capture_output=True, check=True)  # fmt: skip
    rows = json.loads(read.stdout)
    assert len(rows) == embedded
    for row in rows:
        assert (row["DateTimeOriginal"], row["OffsetTimeOriginal"]) == ("2019:05:04 12:00:03", "+05:30")
        assert "Größe" in row["Subject"]


def test_an_exiftool_that_is_killed_while_it_writes_is_asked_again(tmp_path, make_picture):
    """Whoever killed it, the copy gets its date, once; what dies every time leaves the copy as it was."""
    for kind in ("once", "always"):
        mark = tmp_path / f"{kind} killed"
        script = tmp_path / kind
        script.write_text(
            f"#!{sys.executable}\n"
            "import os, subprocess, sys\n"
            f"real = subprocess.Popen([{shutil.which('exiftool')!r}, *sys.argv[1:]], stdin=subprocess.PIPE)\n"
            "for line in sys.stdin.buffer:\n"
            f"    if line == b'-overwrite_original\\n' and ({kind == 'always'} or not os.path.isdir({str(mark)!r})):\n"
            f"        os.makedirs({str(mark)!r}, exist_ok=True)\n"
            "        os.killpg(0, 9)\n"
            "    real.stdin.write(line)\n"
            "    real.stdin.flush()\n"
            "real.stdin.close()\n"
        )
        script.chmod(0o755)
        copy = make_picture(tmp_path / f"{kind}.png")
        before = copy.read_bytes()
        settings = replace(SETTINGS, exiftool=str(script))
        done = finish(copy, "2019-05-04T12:00:03", None, ("snow",), settings=settings)
        assert done is not None and mark.is_dir()
        if kind == "once":
            assert done.how == "embedded", done
            assert tags_of(copy)["XMP-dc:Subject"] == "snow"
        else:
            assert done.how == "sidecar" and "SIGKILL" in done.detail
            assert copy.read_bytes() == before
