"""Sidecars that every other program reads, whatever the keywords are."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.names import clean_text
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import ExportSettings, Settings
from mediaparser_plugins.xmp_writer import document, finish_copy

NAMES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


def item(date: str | None = None, offset: str | None = None, tags: tuple[str, ...] = ()) -> ExportItem:
    return ExportItem(
        "a" * 64, "image", "cr2", "x.CR2", ".cr2", date, None, offset, "high",
        write_date=date, write_offset=offset, write_tags=tags,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("date", "offset", "said"),
    [
        ("2019-05-04T12:00:03.25", "+02:00", "2019-05-04T12:00:03.25+02:00"),
        ("2019-05-04T12:00:03", None, "2019-05-04T12:00:03"),
        ("2019-05-04T12:00", "-03:30", "2019-05-04T12:00-03:30"),
        ("2019-05-04", "+02:00", "2019-05-04"),
        ("1994-07", None, "1994-07"),
        ("1994", None, "1994"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(date, offset, said):
    root = fromstring(document(item(date, offset)))
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        assert [element.text for element in root.iterfind(f".//{name}", NAMES)] == [said]


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=4))
def test_any_keyword_is_well_formed(tags):
    root = fromstring(document(item(tags=tuple(tags))))
    words = [element.text or "" for element in root.iterfind(".//dc:subject/rdf:Bag/rdf:li", NAMES)]
    assert words == [clean_text(tag) for tag in tags]


@pytest.mark.skipif(not shutil.which("exiftool"), reason="ExifTool is not installed")
def test_exiftool_reads_it(tmp_path):
    path = tmp_path / "x.cr2.xmp"
    path.write_bytes(document(item("2019-05-04T12:00:03.25", "+02:00", ("Größe <&> \"'", "日本"))))
    read = subprocess.run(["exiftool", "-j", "-G1", "-validate", "-all", path], capture_output=True, check=True)
    tags = json.loads(read.stdout)[0]
    assert tags["XMP-exif:DateTimeOriginal"] == tags["XMP-photoshop:DateCreated"] == "2019:05:04 12:00:03.25+02:00"
    assert tags["XMP-dc:Subject"] == ["Größe <&> \"'", "日本"]
    assert tags["ExifTool:Validate"] == "OK"


@pytest.mark.parametrize(
    ("metadata", "asked", "how"),
    [("copy", True, "sidecar"), ("sidecar", True, "sidecar"), ("none", True, None), ("copy", False, None)],
)
def test_it_answers_when_something_must_be_said(metadata, asked, how):
    settings = Settings(library=Path("/l"), export=ExportSettings(metadata=metadata))
    finished = finish_copy(item=item("1994" if asked else None), settings=settings)
    assert (finished.how if finished else None) == how
