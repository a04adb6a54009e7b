from __future__ import annotations

import pytest

from mediaparser_core.records import Claim, Evidence
from mediaparser_core.resolve.evidence import from_phone, looks_scanned
from mediaparser_core.resolve.kinds import KINDS, classify


@pytest.mark.parametrize(
    ("source", "offset", "timed", "kind", "family", "utc"),
    [
        ("exif:DateTimeOriginal", "+00:00", True, "capture", "embedded", False),  # London in winter, not "in UTC"
        ("exif:CreateDate", None, True, "digitized", "embedded", False),
        ("exif:ModifyDate", None, True, "modified", "embedded", False),
        ("keys:CreationDate", "+02:00", True, "capture", "embedded", False),
        ("xmp:CreateDate", None, True, "digitized", "embedded", False),
        ("iptc:DateCreated", None, False, "capture", "embedded", False),
        ("iptc:DigitalCreationDate", None, False, "digitized", "embedded", False),
        ("quicktime:MediaCreateDate", "+00:00", True, "container", "embedded", True),
        ("quicktime:ModifyDate", "+00:00", True, "modified", "embedded", True),
        ("asf:CreationDate", "+00:00", True, "container", "embedded", True),
        ("png:CreationTime", None, True, "digitized", "embedded", False),
        ("png:ModifyDate", "+00:00", True, "modified", "embedded", False),
        ("gps:DateTime", None, True, "gps", "gps", True),
        ("takeout:photoTakenTime", "+00:00", True, "takeout", "takeout", True),
        ("sidecar:exif:DateTimeOriginal", None, True, "capture", "sidecar", False),
        ("icloud:originalCreationDate", "+00:00", True, "icloud", "icloud", True),
        ("filename", None, True, "name time", "name", False),
        ("filename", "+00:00", True, "name time", "name", True),
        ("filename", None, False, "name day", "name", False),
        ("folder", None, False, "folder", "folder", False),
        ("file:mtime", "+00:00", True, "disk", "disk", True),
        ("xmp:DateTimeDigitized", None, True, "digitized", "embedded", False),
        ("xmp:GPSDateTime", None, True, "gps", "gps", True),
        ("maker:SonyDateTime", None, True, "digitized", "embedded", False),
        ("h264:DateTimeOriginal", "+02:00", True, "capture", "embedded", False),
        ("itemlist:ContentCreateDate", None, False, "digitized", "embedded", False),
        ("userdata:ContentCreateDate", "+02:00", True, "capture", "embedded", False),
        ("matroska:DateTimeOriginal", "+00:00", True, "container", "embedded", True),
        ("notebook:page 3", None, False, "plugin", "plugin:notebook", False),
        ("", None, False, "plugin", "plugin:", False),
    ],
)
def test_a_source_has_a_class_a_clock_and_a_family(source, offset, timed, kind, family, utc):
    assert classify(Claim(source, "", None, offset), timed) == (kind, family, utc)
    assert kind in KINDS


@pytest.mark.parametrize(
    ("reason", "timed", "kind"),
    [
        (None, True, "name time"),
        (None, False, "name day"),
        ("the century is its folder's", False, "name day"),
        ("received, not taken", True, "received"),
        ("saved, not taken", False, "received"),
        ("scanned, not taken", True, "scanned"),
    ],
)
def test_what_a_name_is_worth_is_heard(reason, timed, kind):
    assert classify(Claim("filename", "", None, reason=reason), timed) == (kind, "name", False)


@pytest.mark.parametrize(
    ("paths", "make", "model", "scan"),
    [
        (("/in/Scans/1985/a.jpg",), None, None, True),
        (("/in/1985/scan0004.jpg",), None, None, True),
        (("/in/Old slides (box 2)/7.jpg",), None, None, True),
        (("/in/Dias_1985/7.jpg",), None, None, True),
        (("/in/Scandinavia/scandinavia.jpg",), None, None, False),
        (("/in/Cascans/landslides.jpg",), None, None, False),
        (("/in/a.jpg",), "EPSON", "Perfection V600", True),
        (("/in/a.jpg",), "Canon", "CanoScan 9000F", True),
        (("/in/a.jpg",), "Canon", "Canon EOS 450D", False),
    ],
)
def test_scans_are_known_by_folder_name_or_device(paths, make, model, scan):
    assert looks_scanned(Evidence("0" * 64, "image", (), make=make, model=model, paths=paths)) is scan


@pytest.mark.parametrize(
    ("make", "model", "phone"),
    [
        ("Apple", "iPhone 12", True),
        ("samsung", "SM-G973F", True),
        ("SAMSUNG", "NX300", False),  # a camera: nobody sets its clock
        ("Canon", "Canon EOS 450D", False),
        (None, None, False),
    ],
)
def test_a_network_sets_the_clocks_of_phones(make, model, phone):
    assert from_phone(Evidence("0" * 64, "image", (), make=make, model=model)) is phone
