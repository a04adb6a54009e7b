"""XMP sidecars are read whatever wrote them, and go with the right picture; hostile ones harm nobody."""

from __future__ import annotations

import pytest

from mediaparser_core import media
from mediaparser_core.records import Claim, Note, Place, Seen, Tag, Trouble
from mediaparser_plugins import xmp_sidecars

NAMES = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
}


def xmp(attributes: str = "", elements: str = "", before: str = "") -> str:
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMES.items())
    return (
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces} {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )


def bag(name: str, *words: str) -> str:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


@pytest.fixture
def facts_of(tmp_path, entry_of):
    def read(document: str | bytes) -> list:
        path = tmp_path / "a.xmp"
        path.write_bytes(document if isinstance(document, bytes) else document.encode())
        with media.read(entry_of(path)) as content:
            return xmp_sidecars.read_sidecar(entry_of(path), content)

    return read


def claims(facts: list) -> list[tuple]:
    return [(c.source, c.value, c.utc_offset, c.precision, c.accepted) for c in facts if isinstance(c, Claim)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            xmp('exif:DateTimeOriginal="2018-08-11T17:38:25.120+02:00"'),
            ("sidecar:exif:DateTimeOriginal", "2018-08-11T17:38:25.120", "+02:00", "second", True),
        ),
        (
            xmp("", "<exif:DateTimeOriginal>2018-08-11T17:38:25Z</exif:DateTimeOriginal>"),
            ("sidecar:exif:DateTimeOriginal", "2018-08-11T17:38:25", "+00:00", "second", True),
        ),
        (xmp('photoshop:DateCreated="1994-07"'), ("sidecar:xmp:DateCreated", "1994-07", None, "month", True)),
        (xmp('photoshop:DateCreated="1994"'), ("sidecar:xmp:DateCreated", "1994", None, "year", True)),
        (xmp('xmp:CreateDate="1994-07-23"'), ("sidecar:xmp:CreateDate", "1994-07-23", None, "day", True)),
        (
            xmp('xmp:CreateDate="1994-07-23T17:05"'),
            ("sidecar:xmp:CreateDate", "1994-07-23T17:05", None, "minute", True),
        ),
        (
            xmp('xmp:ModifyDate="2020-01-01T00:00:01"'),
            ("sidecar:xmp:ModifyDate", "2020-01-01T00:00:01", None, "second", False),
        ),
        (
            xmp('xmp:MetadataDate="2020-01-01T00:00:01"'),
            ("sidecar:xmp:MetadataDate", "2020-01-01T00:00:01", None, "second", False),
        ),
        (
            xmp('exif:DateTimeOriginal="0000-00-00T00:00:00"'),
            ("sidecar:exif:DateTimeOriginal", None, None, None, False),
        ),
        (xmp('exif:DateTimeOriginal="last summer"'), ("sidecar:exif:DateTimeOriginal", None, None, None, False)),
    ],
)
def test_dates_keep_their_precision_and_their_name(facts_of, document, expected):
    assert claims(facts_of(document)) == [expected]


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        ('exif:GPSLatitude="48,24.5N"', 'exif:GPSLongitude="3,30.0W"', (48.40833333, -3.5)),
        ('exif:GPSLatitude="53,7,57.24S"', 'exif:GPSLongitude="8,43.2E"', (-53.1325667, 8.72)),
        (
            'exif:GPSLatitude="33.5" exif:GPSLatitudeRef="S"',
            'exif:GPSLongitude="70.5" exif:GPSLongitudeRef="W"',
            (-33.5, -70.5),
        ),
        ('exif:GPSLatitude="0,0.0N"', 'exif:GPSLongitude="0,0.0E"', None),
        ('exif:GPSLatitude="99,0.0N"', 'exif:GPSLongitude="0,0.0E"', None),
        ('exif:GPSLatitude="48,24.5N"', "", None),
    ],
)
def test_a_place_has_the_right_sign(facts_of, latitude, longitude, place):
    found = [fact for fact in facts_of(xmp(f"{latitude} {longitude}")) if isinstance(fact, Place)]
    assert [(fact.latitude, fact.longitude, fact.source) for fact in found] == (
        [(pytest.approx(place[0]), pytest.approx(place[1]), "sidecar")] if place else []
    )


def test_apples_hemispheres_may_be_elements(facts_of):
    parts = {"GPSLatitude": "44.5", "GPSLatitudeRef": "N", "GPSLongitude": "63.25", "GPSLongitudeRef": "W"}
    (place,) = facts_of(xmp("", "".join(f"<exif:{name}>{value}</exif:{name}>" for name, value in parts.items())))
    assert place == Place(44.5, -63.25, "sidecar")


def test_keywords_rating_and_description(facts_of):
    elements = (
        bag("dc:subject", "snow", "Zoë")
        + bag("digiKam:TagsList", "People/Zoë", "snow")
        + bag("lr:hierarchicalSubject", "Places|Alps")
        + '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Above</rdf:li></rdf:Alt></dc:description>'
        + '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">no file name</rdf:li></rdf:Alt></dc:title>'
    )
    facts = facts_of(xmp('xmp:Rating="4"', elements))
    assert {fact.name for fact in facts if isinstance(fact, Tag)} == {"snow", "Zoë", "People", "Places", "Alps"}
    assert [fact for fact in facts if isinstance(fact, Note)] == [Note("rating", "4"), Note("description", "Above")]


@pytest.mark.parametrize(
    "document",
    [
        xmp('xmp:CreateDate="2010-09-27"').encode("utf-16"),
        xmp('xmp:CreateDate="2010-09-27"', before='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
        xmp('xmp:CreateDate="2010-09-27"', before='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"),
        xmp('xmp:CreateDate="2010-09-27"', before='<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>').encode(),
        xmp('xmp:CreateDate="2010-09-27" dc:source="caf\ufffe"').replace("\ufffe", "~").encode().replace(b"~", b"\xe9"),
        xmp('xmp:CreateDate="2010-09-27" dc:source="a\x1ab"').encode(),
        xmp('xmp:CreateDate="2010-09-27"').encode() + b" " * 4000 + b"\0\0",
    ],
    ids=["utf-16", "utf-16 declared", "latin-1", "packet", "broken letter", "control", "padding"],
)
def test_every_form_of_a_document_is_read(facts_of, document):
    assert claims(facts_of(document)) == [("sidecar:xmp:CreateDate", "2010-09-27", None, "day", True)]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (xmp(before='<!DOCTYPE x [<!ENTITY a "b">]>'), "document type"),
        (xmp(before='<!DOCTYPE x [<!ENTITY a "bbbb"><!ENTITY c "&a;&a;">]>', elements="&c;"), "document type"),
        (xmp(before='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "document type"),
        (xmp(elements="<a>" * 100_000 + "</a>" * 100_000), "deep"),
        (xmp(elements="<a/>" * 250_000), "elements"),
        (xmp()[:-5], "not valid XML"),
        ("<x:xmpmeta", "not valid XML"),
        (xmp(elements="<b></a>"), "not valid XML"),
        (xmp(before='<?xml version="1.0" encoding="klingon"?>'), "not valid XML"),
        (xmp(elements=" " * xmp_sidecars.LARGEST), "bytes"),
    ],
    ids=["entity", "laughs", "external", "deep", "many", "cut", "shorter", "crossed", "encoding", "large"],
)
def test_a_hostile_document_is_a_trouble_and_no_more(facts_of, document, says):
    (trouble,) = facts_of(document)
    assert isinstance(trouble, Trouble)
    assert says in trouble.message
    assert len(trouble.message) < 250


def test_a_crowd_of_keywords_is_bounded(facts_of):
    facts = facts_of(xmp("", bag("dc:subject", *(f"word {number}" for number in range(5000)), "x" * 5000)))
    assert len(facts) <= 300


# -- pairing -----------------------------------------------------------------------------------------------------------


def seen(number: int, path: str, **more) -> Seen:
    ext = path.rpartition(".")[2].lower()
    format = {"jpg": "jpeg", "thm": "jpeg", "tif": "tiff"}.get(ext, ext)
    kind = "sidecar" if ext in ("xmp", "aae", "json") else "video" if ext in ("mov", "mp4", "avi") else "image"
    return Seen(number, f"/{path}".encode(), str(number), kind, format, **more)


def said(*paths: str) -> list[str]:
    files = [seen(number, path) for number, path in enumerate(paths)]
    said = [b.members for b in xmp_sidecars.bundle(files) if not b.members[1].doubt]
    return [f"{paths[picture.file_id]} < {paths[sidecar.file_id]}" for picture, sidecar in said]


@pytest.mark.parametrize(
    ("paths", "pairs"),
    [
        (["a/x.jpg", "a/x.jpg.xmp"], ["a/x.jpg < a/x.jpg.xmp"]),
        (["a/X.JPG", "a/x.jpg.XMP"], ["a/X.JPG < a/x.jpg.XMP"]),
        (["a/x.jpg", "a/x.xmp"], ["a/x.jpg < a/x.xmp"]),
        (["a/x.jpg", "a/x.jpg.xmp", "a/x.xmp"], ["a/x.jpg < a/x.jpg.xmp", "a/x.jpg < a/x.xmp"]),
        (["a/x.mov", "a/x.mov.xmp"], ["a/x.mov < a/x.mov.xmp"]),
        (["a/x.cr2", "a/x.xmp"], ["a/x.cr2 < a/x.xmp"]),
        (["a/x.cr2", "a/x.jpg", "a/x.xmp"], ["a/x.cr2 < a/x.xmp"]),
        (["a/x.cr2", "a/x.jpg", "a/x.mov", "a/x.xmp"], ["a/x.cr2 < a/x.xmp"]),
        (["a/x.cr2", "a/x.jpg", "a/x.jpg.xmp"], ["a/x.jpg < a/x.jpg.xmp"]),
        (["a/x.crw", "a/x.thm", "a/x.xmp"], ["a/x.crw < a/x.xmp"]),
        (["a/x.jpg", "a/x.heic", "a/x.xmp"], []),
        (["a/x.cr2", "a/x.dng", "a/x.xmp"], []),
        (["a/x.jpg", "a/x.mov", "a/x.xmp"], []),  # nothing says that they are one Live Photo
        (["a/x.jpg", "b/x.jpg.xmp"], []),
        (["a/y.jpg", "a/x.xmp"], []),
        (["a/x.xmp"], []),
        (["a/x.jpg", "a/x.json"], []),
        (["a/IMG_1.HEIC", "a/IMG_1.AAE"], ["a/IMG_1.HEIC < a/IMG_1.AAE"]),
        (["a/IMG_1.HEIC", "a/IMG_1.MOV", "a/IMG_1.AAE"], ["a/IMG_1.HEIC < a/IMG_1.AAE"]),
        (["a/IMG_1.MOV", "a/IMG_1.AAE"], ["a/IMG_1.MOV < a/IMG_1.AAE"]),
        (["a/IMG_1.DNG", "a/IMG_1.JPG", "a/IMG_1.AAE"], ["a/IMG_1.JPG < a/IMG_1.AAE"]),
        (["a/IMG_1.DNG", "a/IMG_1.AAE"], ["a/IMG_1.DNG < a/IMG_1.AAE"]),
        (["a/IMG_1.JPG", "a/IMG_1.PNG", "a/IMG_1.AAE"], []),
        (["a/IMG_2.JPG", "a/IMG_1.AAE"], []),
    ],
)
def test_a_sidecar_finds_its_picture(paths, pairs):
    assert said(*paths) == pairs
    assert sorted(said(*reversed(paths))) == sorted(pairs)


@pytest.mark.parametrize(
    "paths", [["a/x.jpg", "a/x.heic", "a/x.xmp"], ["a/x.cr2", "a/x.dng", "a/x.xmp"], ["a/x.jpg", "a/x.mov", "a/x.xmp"]]
)
def test_a_sidecar_that_two_files_share_counts_for_neither_and_says_so(paths):
    bundles = xmp_sidecars.bundle([seen(number, path) for number, path in enumerate(paths)])
    assert sorted(bundle.members[0].file_id for bundle in bundles) == [0, 1]
    assert all("any of 2 files" in (bundle.members[1].doubt or "") for bundle in bundles)


@pytest.mark.parametrize(
    "sign",
    [{"content_id": "X"}, {"taken_at": "2022-05-01T12:00:03", "duration": 2.5}],
)
def test_the_xmp_of_a_live_photo_is_its_stills(sign):
    files = [seen(1, "a/x.heic", **sign), seen(2, "a/x.mov", **sign), seen(3, "a/x.xmp")]
    (bundle,) = xmp_sidecars.bundle(files)
    assert [m.file_id for m in bundle.members] == [1, 3]


def test_the_naming_forms_of_the_corpus(shared):
    folder = shared / "corpus" / "ivandokov__phockup" / "tests" / "input"
    paths = sorted(path.name for path in folder.iterdir() if path.name.startswith("xmp"))
    assert said(*paths) == [
        "xmp.jpg < xmp.jpg.xmp",
        "xmp_ext.jpg < xmp_ext.jpg.xmp",
        "xmp_ext.jpg < xmp_ext.xmp",
        "xmp_noext.jpg < xmp_noext.xmp",
    ]


def test_every_xmp_of_the_corpus_is_read(shared, entry_of):
    dated, troubled = set(), set()
    for path in sorted((shared / "corpus").rglob("*")):
        if path.suffix.lower() == ".xmp" and path.stat().st_size:
            with media.read(entry_of(path)) as content:
                facts = xmp_sidecars.read_sidecar(entry_of(path), content)
            dated |= {path.name for fact in facts if isinstance(fact, Claim) and fact.accepted}
            troubled |= {path.name for fact in facts if isinstance(fact, Trouble)}
    assert troubled == set()
    assert {"2000.xmp", "2010.xmp", "2020.xmp", "digikam-example.xmp", "iphone-export-1.xmp", "XMP.xmp"} <= dated
