"""Dates written by ourselves are those that ExifTool would have written, and nothing else has changed."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import exiftool
import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.errors import ToolError
from mediaparser_core.records import Entry, ExportItem
from mediaparser_core.settings import Settings
from mediaparser_plugins import exif_writer, jpeg_writer, metadata_writer, native_tags, xmp_dates

SETTINGS = Settings(library=Path("/l"))
MOMENT = "2019-05-04T12:00:03"
# what names the writer, the file or a place in it: these differ between any two programs
OTHERS = ("SourceFile", "ExifTool:", "System:", "File:", "Composite:", "XMP-x:XMPToolkit", "IFD1:ThumbnailOffset")

pytestmark = pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")


@pytest.fixture(scope="module", autouse=True)
def helper():
    with exiftool.ExifToolHelper(common_args=["-G1", "-a", "-u", "-b"]) as running:
        Said.helper = running
        yield


class Said:
    helper: exiftool.ExifToolHelper


def tags(path: Path) -> dict[str, object]:
    return all_tags([path])[0]


def all_tags(paths: list[Path]) -> list[dict[str, object]]:
    found = Said.helper.get_metadata([str(path) for path in paths])
    return [{key: value for key, value in each.items() if not key.startswith(OTHERS)} for each in found]


def item(moment: str, offset: str | None) -> ExportItem:
    return ExportItem(
        sha256="0" * 64, kind="image", name="a.jpg", ext=".jpg", format="jpeg", taken_at=moment, precision="second",
        utc_offset=offset, level="high", source=b"/a", size=1, mtime_ns=1, write_date=moment, write_offset=offset,
    )  # fmt: skip


def ourselves(path: Path, moment: str, offset: str | None) -> bytes | None:
    """As the export asks for it: where our own reader is sure of what the file says."""
    with media.read(Entry(os.fsencode(path.parent), os.fsencode(path))) as opened:
        read, sure = native_tags.read(opened)
        return metadata_writer._made_ourselves(opened, read, item(moment, offset), SETTINGS) if sure else None


def with_exiftool(path: Path, moment: str, offset: str | None) -> None:
    with media.read(Entry(os.fsencode(path.parent), os.fsencode(path))) as opened:
        wanted = metadata_writer._dates(native_tags.read(opened)[0], item(moment, offset), SETTINGS)
    with metadata_writer._tool(shutil.which("exiftool") or "") as tool:
        tool.write(os.fsencode(path), wanted)


@pytest.fixture
def camera(tmp_path):
    """A JPEG as cameras make them; each call another order of bytes, or with more said in it."""

    def make(name: str = "a.jpg", *said: str, order: str = "II", thumbnail: bool = True) -> Path:
        path = tmp_path / name
        image = Image.effect_noise((160, 120), 60).convert("RGB")
        image.save(path, "JPEG", quality=80)
        image.resize((40, 30)).save(tmp_path / "small.jpg")
        words = [f"-ExifByteOrder={order}", "-Make=Canon", "-Model=EOS 5D", "-Orientation#=6", "-UserComment=word",
                 "-GPSLatitude=38.7", "-GPSLatitudeRef=N", "-Artist=Anna", *said]  # fmt: skip
        if thumbnail:
            words.append(f"-ThumbnailImage<={tmp_path / 'small.jpg'}")
        subprocess.run(["exiftool", "-q", "-overwrite_original", *words, str(path)], check=True)
        return path

    return make


DATED = ("-DateTimeOriginal=2002:12:08 12:00:00", "-CreateDate=2002:12:08 12:00:01", "-ModifyDate=2003:01:01 00:00:00")
ZONED = (*DATED, "-OffsetTimeOriginal=-08:00", "-OffsetTimeDigitized=-08:00")


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize(
    ("said", "moment", "offset"),
    [
        (DATED, MOMENT, None),
        (DATED, MOMENT, "+05:30"),  # a directory of its own
        (DATED, f"{MOMENT}.25", "+02:00"),
        (ZONED, MOMENT, "+02:00"),  # in place
        ((), MOMENT, "+02:00"),
        ((*DATED, "-SubSecTimeOriginal=25", "-SubSecTimeDigitized=25"), f"{MOMENT}.75", None),
        ((*DATED, "-Software=a word"), "2019-05-04T12:00", None),
        ((*ZONED, "-SubSecTimeOriginal=9", "-SubSecTimeDigitized=123456"), MOMENT, "+02:00"),  # taken away
        ((*ZONED, "-SubSecTimeOriginal=9", "-SubSecTimeDigitized=123456"), MOMENT, None),
        ((*DATED, "-SubSecTimeOriginal=9"), f"{MOMENT}.123", None),  # longer
        ((*ZONED, "-XMP-dc:Title=word"), MOMENT, "+02:00"),  # a packet of somebody else's
        ((*DATED, "-XMP-dc:Subject=a", "-XMP-xmp:CreateDate=2002:12:08 12:00:01"), MOMENT, "+02:00"),
        ((*DATED, "-XMP-photoshop:DateCreated=2002:12:08", "-XMP-exif:DateTimeOriginal=2002:12:08"), MOMENT, None),
        ((*DATED, "-XMP-dc:Description-de=Wörter <&>", "-XMP-xmp:Rating=5"), f"{MOMENT}.25", "-03:30"),
    ],
)
def test_it_reads_back_as_what_exiftool_writes(camera, order, said, moment, offset):
    path = camera("ours.jpg", *said, order=order)
    theirs = Path(shutil.copy(path, path.with_name("theirs.jpg")))
    before = tags(path)
    made = ourselves(path, moment, offset)
    assert made is not None
    path.write_bytes(made)
    with_exiftool(theirs, moment, offset)
    assert tags(path) == tags(theirs)
    assert {key for key in before if before[key] != tags(path).get(key)} <= {
        "XMP-exif:DateTimeOriginal", "XMP-photoshop:DateCreated", "XMP-xmp:CreateDate", "ExifIFD:DateTimeOriginal", "ExifIFD:CreateDate", "ExifIFD:OffsetTimeOriginal", "ExifIFD:OffsetTimeDigitized",
        "ExifIFD:SubSecTimeOriginal", "ExifIFD:SubSecTimeDigitized",
    }  # fmt: skip
    with Image.open(path) as ours, Image.open(theirs) as other:
        assert ours.tobytes() == other.tobytes()


@pytest.mark.parametrize("resolution", [None, (72, 72), (300, 200)])
@pytest.mark.parametrize("said", [(), ("-XMP-dc:Title=word",), ("-IPTC:Keywords=word",), ("-JFIF:ResolutionUnit=cm",)])
@pytest.mark.parametrize("offset", [None, "+02:00"])
def test_a_picture_without_exif_gets_what_exiftool_gives_it(tmp_path, resolution, said, offset):
    path = tmp_path / "ours.jpg"
    Image.effect_noise((160, 120), 60).save(path, **({"dpi": resolution} if resolution else {}))
    if said:
        subprocess.run(["exiftool", "-q", "-overwrite_original", *said, str(path)], check=True)
    theirs = Path(shutil.copy(path, path.with_name("theirs.jpg")))
    made = ourselves(path, MOMENT, offset)
    assert made is not None
    path.write_bytes(made)
    with_exiftool(theirs, MOMENT, offset)
    assert tags(path) == tags(theirs)


@pytest.mark.parametrize(
    ("place", "many", "is_made"), [(8, 20, True), (100, 2000, False), (500, 20, False), (90_000, 20, True)]
)
def test_nothing_is_put_where_makers_notes_say_that_something_is(place, many, is_made):
    """Notes that reach behind the end would take in what is put there."""

    def directory(*rows: tuple[int, int, int, int]) -> bytes:
        return struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", *row) for row in rows) + bytes(4)

    notes = b"SANYO\0\1\0" + directory((0x0100, 7, many, place), (0x0200, 3, 1, 1))
    date = b"2002:12:08 12:00:00\0"
    behind = 26 + 6 + 2 * 12
    tiff = b"II*\0\x08\0\0\0" + directory((0x8769, 4, 1, 26))
    tiff += directory((0x9003, 2, 20, behind), (0x927C, 7, len(notes), behind + 20)) + date + notes
    assert exif_writer.dated(tiff, {0x9003: b"2019:05:04 12:00:03"}) == tiff.replace(date, b"2019:05:04 12:00:03\0")
    made = exif_writer.dated(tiff, {0x9011: b"+02:00"})
    assert (made is not None) == is_made
    assert made is None or (made.startswith(tiff[:10]) and made[26 : len(tiff)] == tiff[26:])


RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
SHOP = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'


def packet(inside: str, *, document: str = RDF, end: str = '<?xpacket end="w"?>') -> bytes:
    text = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {document}>{inside}</rdf:RDF></x:xmpmeta>{end}'
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{text}'.encode()


@pytest.mark.parametrize(
    ("inside", "document", "becomes"),
    [
        ('<rdf:Description rdf:about=""/>', RDF, f'<rdf:Description rdf:about="" {SHOP} photoshop:DateCreated="2019"/>'),
        ("<rdf:Description/>", f"{RDF} {SHOP}", '<rdf:Description photoshop:DateCreated="2019"/>'),
        (f"<rdf:Description {SHOP} photoshop:DateCreated='1'></rdf:Description>", RDF,
         f"<rdf:Description {SHOP} photoshop:DateCreated='2019'></rdf:Description>"),
        (f"<rdf:Description/><rdf:Description {SHOP}><photoshop:DateCreated>1</photoshop:DateCreated></rdf:Description>",
         RDF, f"<rdf:Description/><rdf:Description {SHOP}><photoshop:DateCreated>2019</photoshop:DateCreated>"
         "</rdf:Description>"),
    ],
)  # fmt: skip
def test_a_date_in_a_packet_takes_its_place_and_nothing_else_moves(inside, document, becomes):
    made = xmp_dates.dated(packet(inside, document=document), {"photoshop:DateCreated": "2019"})
    assert made == packet(becomes, document=document)


def test_a_packet_grows_into_the_room_at_its_end():
    before = packet("<rdf:Description/>", end=" " * 200 + '\n<?xpacket end="w"?>')
    made = xmp_dates.dated(before, {"photoshop:DateCreated": "2019-05-04"})
    assert len(made) == len(before) and b'photoshop:DateCreated="2019-05-04"/>' in made
    assert len(xmp_dates.dated(made, {"photoshop:DateCreated": "2019"})) == len(before)


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff\xfe<\0", b"", b"<a>", packet(""), packet("<rdf:Seq/>"),
        packet("<rdf:Description><!-- a word --></rdf:Description>"),
        packet("<rdf:Description/>", document=RDF.replace("rdf=", "r=")),
        packet("<rdf:Description/>", document=f'{RDF} {SHOP.replace("photoshop=", "p=")}'),
        packet("<rdf:Description/>", document=f'{RDF} xmlns:photoshop="http://other/"'),
        packet(f'<rdf:Description {SHOP} photoshop:DateCreated="1"><photoshop:DateCreated>2</photoshop:DateCreated>'
               "</rdf:Description>", document=RDF),
        packet(f"<rdf:Description {SHOP}><photoshop:DateCreated><rdf:Seq/></photoshop:DateCreated></rdf:Description>"),
        packet(f'<rdf:Description {SHOP}><a b="1"><photoshop:DateCreated>2</photoshop:DateCreated></a></rdf:Description>'),
        packet("<rdf:Description/></rdf:RDF><rdf:RDF>"), packet("<rdf:Description><![CDATA[x]]></rdf:Description>"),
    ],
)  # fmt: skip
def test_a_packet_out_of_the_ordinary_is_refused(odd):
    with pytest.raises(ValueError):
        xmp_dates.dated(odd, {"photoshop:DateCreated": "2019"})


@pytest.mark.parametrize("said", [(*DATED, "-IPTC:DateCreated=2002:12:08")])
def test_the_rest_is_left_to_exiftool(camera, said):
    assert ourselves(camera("a.jpg", *said), MOMENT, "+02:00") is None


@pytest.mark.parametrize("behind", [b"more", b"\xff\xd8\xff\xd9"])
def test_what_lies_behind_the_picture_stays_where_it_is(camera, behind):
    path = camera("a.jpg", *DATED)
    path.write_bytes(path.read_bytes() + behind)
    assert ourselves(path, MOMENT, None) is None


def test_no_cut_or_flipped_file_makes_it_fail(camera):
    path = camera("a.jpg", *DATED)
    whole = path.read_bytes()
    end = whole.rindex(b"\xff\xda")  # a thumbnail has one, too
    for at in range(2, end):
        for broken in (
            (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]) if at % 3 == 0 or at < 300 else ()
        ):
            path.write_bytes(broken)
            with media.read(Entry(os.fsencode(path.parent), os.fsencode(path))) as opened:
                asked = [("ExifIFD:DateTimeOriginal", "2019:05:04 12:00:03"), ("ExifIFD:OffsetTimeOriginal", "+02:00")]
                made = jpeg_writer.rewritten(opened, asked, MOMENT)
            assert made is None or made.endswith(whole[end + 300 :]) or len(broken) < len(whole)


def test_real_photographs_read_back_as_what_exiftool_writes(shared, tmp_path):
    """Every photograph that we write ourselves; at least half of those of cameras."""
    sources = sorted((shared / "photos").rglob("*.jp*g"))
    said = dict(zip(sources, all_tags(sources), strict=True))
    cameras = [source for source in sources if "ExifIFD:DateTimeOriginal" in said[source]]
    triples: list[tuple[Path, Path, Path]] = []
    for number, source in enumerate(cameras):
        path = Path(shutil.copy(source, tmp_path / f"{number}.jpg"))
        made = ourselves(path, MOMENT, "+02:00")
        if made is not None:
            theirs = Path(shutil.copy(path, tmp_path / f"{number}-theirs.jpg"))
            path.write_bytes(made)
            with suppress(ToolError):  # it moves maker notes, and does not touch those that it cannot move
                with_exiftool(theirs, MOMENT, "+02:00")
                triples.append((source, path, theirs))
    for before, ours, theirs in zip(*(all_tags([row[column] for row in triples]) for column in range(3)), strict=True):
        about = {key for key in before.keys() | ours.keys() | theirs.keys() if re.search("Date|OffsetTime|SubSec", key)}
        assert {key: ours.get(key) for key in about} == {key: theirs.get(key) for key in about}
        # of the rest nothing changes, while ExifTool rebuilds some makers' notes
        assert {key: value for key, value in ours.items() if key not in about} == {
            key: value for key, value in before.items() if key not in about
        }
    assert len(triples) * 3 >= len(cameras) > 10, (len(triples), len(cameras))
