"""What a Takeout sidecar says becomes facts; what is no sidecar or no JSON harms nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mediaparser_core import media
from mediaparser_core.records import Claim, Note, Place, Seen, Tag, Trouble
from mediaparser_plugins import takeout

TAKEN = {"photoTakenTime": {"timestamp": "1696573800", "formatted": "6 oct. 2023, 06:30:00 UTC"}}


@pytest.fixture
def facts_of(tmp_path, entry_of):
    """``facts_of(document)``: the facts of a JSON file with this content, given as text, bytes or data."""

    def read(document: object) -> list:
        path = tmp_path / "a.jpg.json"
        text = document if isinstance(document, (str, bytes)) else json.dumps(document)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        entry = entry_of(path)
        with media.read(entry) as content:
            return takeout.read_sidecar(entry, content)

    return read


def test_a_whole_sidecar(facts_of):
    document = {
        "title": "DSC_0238.JPG",
        "description": "Tour\nEiffel",
        "imageViews": "2",
        "creationTime": {"timestamp": "1697872351"},
        **TAKEN,
        "geoData": {"latitude": 48.8583736, "longitude": 2.291901, "altitude": 82.09},
        "geoDataExif": {"latitude": 1.0, "longitude": 1.0},
        "people": [{"name": "Zoë"}, {"name": " "}, {}, "nobody", {"name": 3}],
        "favorited": True,
        "archived": False,
        "trashed": True,
        "googlePhotosOrigin": {"fromPartnerSharing": {}},
    }
    assert facts_of(document) == [
        Note("title", "DSC_0238.JPG"),
        Claim("takeout:photoTakenTime", "1696573800", "2023-10-06T06:30:00", "+00:00", "second"),
        Claim(
            "takeout:creationTime", "1697872351", "2023-10-21T07:12:31", "+00:00", "second",
            False, "time of upload, not of capture",
        ),
        Place(48.8583736, 2.291901, "takeout"),
        Tag("Zoë", "takeout"),
        Note("description", "Tour Eiffel"),
        Note("favorited", "1"),
        Note("trashed", "1"),
        Note("partner_share", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stamp", "value", "accepted"),
    [
        ("1696573800", "2023-10-06T06:30:00", True),
        (1696573800, "2023-10-06T06:30:00", True),
        ("-320000000", "1959-11-11T07:06:40", True),  # a scan, dated by its owner
        ("0", "1970-01-01T00:00:00", False),
        ("", None, False),
        ("yesterday", None, False),
        ("９９", None, False),  # digits of another script
        ("999999999999", None, False),  # year 33658
        (10**30, None, False),
    ],
)
def test_the_time_of_capture_counts_in_utc(facts_of, stamp, value, accepted):
    found = [fact for fact in facts_of({"photoTakenTime": {"timestamp": stamp}}) if isinstance(fact, Claim)]
    if isinstance(stamp, int) and stamp > 10**20:
        assert found == []
    else:
        assert [(claim.value, claim.accepted, claim.raw) for claim in found] == [(value, accepted, str(stamp))]


@pytest.mark.parametrize(
    ("geo", "exif", "place"),
    [
        ({"latitude": 48.5, "longitude": 2}, None, Place(48.5, 2.0, "takeout")),
        ({"latitude": 0, "longitude": 0.0}, {"latitude": -1.5, "longitude": 2}, Place(-1.5, 2.0, "takeout")),
        ({"latitude": 0.0, "longitude": 9.5}, None, Place(0.0, 9.5, "takeout")),
        ({"latitude": 0.0, "longitude": 0.0}, {"latitude": 0.0, "longitude": 0.0}, None),
        ({"latitude": 91, "longitude": 0.0}, None, None),
        ({"latitude": "48", "longitude": "2"}, None, None),
        ({"latitude": True, "longitude": 2}, None, None),
        (["48", "2"], 7, None),
    ],
)
def test_a_place_of_zeros_is_no_place(facts_of, geo, exif, place):
    found = [fact for fact in facts_of({**TAKEN, "geoData": geo, "geoDataExif": exif}) if isinstance(fact, Place)]
    assert found == ([place] if place else [])


@pytest.mark.parametrize(
    ("document", "facts"),
    [
        (
            {"title": "Ferien", "description": "", "access": "protected", "date": {"timestamp": "0"}},
            [Note("takeout_album", "Ferien"), Tag("Ferien", "takeout")],
        ),
        (
            {"title": "Gopher's gallery"},
            [Note("takeout_album", "Gopher's gallery"), Tag("Gopher's gallery", "takeout")],
        ),
        ({"albumData": {"title": "Alt", "date": {}}}, [Note("takeout_album", "Alt"), Tag("Alt", "takeout")]),
        ({"title": "Photos from 2019", "access": "protected"}, [Note("takeout_album", "Photos from 2019")]),
        ({"title": "Fotos von 2019"}, [Note("takeout_album", "Fotos von 2019")]),
        ({"title": "Untitled(2)"}, [Note("takeout_album", "Untitled(2)")]),
        ({"title": "package", "version": "1.0"}, []),
        ({"photoTakenTime": "1696573800"}, []),
        ([1, 2, 3], []),
        ({}, []),
    ],
)
def test_a_json_that_is_no_sidecar(facts_of, document, facts):
    assert facts_of(document) == facts


def test_a_sidecar_without_title_is_marked_as_one_all_the_same(facts_of):
    assert Note("title", "") in facts_of(TAKEN)
    assert Note("title", "") in facts_of({**TAKEN, "title": ["a", 1]})


@pytest.mark.parametrize(
    "document",
    [
        "{",
        '{"photoTakenTime": {"timestamp": "16',
        b'{"title": "\xff\xfe\xfa"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "{'title': 1}",
    ],
)
def test_a_broken_json_is_a_trouble(facts_of, document):
    (trouble,) = facts_of(document)
    assert isinstance(trouble, Trouble)
    assert trouble.probe == "takeout"
    assert len(trouble.message) < 250


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ('"title": "a\\ud800b.jpg"', "ab.jpg"),
        ('"title": "a\\u0000\\u001b[31mb.jpg"', "a[31mb.jpg"),
        ('"title": "a.jpg", "geoData": {"latitude": NaN, "longitude": Infinity}', "a.jpg"),
        ('"title": "a.jpg", "geoData": {"latitude": 1e999, "longitude": 1}', "a.jpg"),
        ('"title": "a.jpg", "imageViews": ' + "9" * 5000, "a.jpg"),
        ('"title": "' + "x" * 10_000 + '"', "x" * 500),
        ('"title": "a.jpg", "people": [' + ",".join(['{"name": "n"}'] * 5000) + "]", "a.jpg"),
    ],
)
def test_hostile_values_are_left_out_or_made_harmless(facts_of, part, title):
    facts = facts_of('{"photoTakenTime": {"timestamp": "1696573800"}, ' + part + "}")
    assert facts[0] == Note("title", title)
    assert [fact.value for fact in facts if isinstance(fact, Claim)] == ["2023-10-06T06:30:00"]
    assert not [fact for fact in facts if isinstance(fact, (Place, Trouble))]
    assert len(facts) < 110


def test_a_document_of_another_size_is_not_read(facts_of):
    assert isinstance(facts_of({**TAKEN, "x": "y" * takeout.LARGEST})[0], Trouble)
    assert facts_of({"locations": "y" * takeout.LARGEST}) == [Note("unread", "a JSON document too large for a sidecar")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_json_is_read(facts_of, encoding):
    assert facts_of(json.dumps({**TAKEN, "title": "é.jpg"}, ensure_ascii=False).encode(encoding))[0] == Note(
        "title", "é.jpg"
    )


def test_a_photo_taken_in_the_second_of_its_upload_is_said_to_be_so(facts_of):
    stamp = {"timestamp": "1741885510"}
    taken = facts_of({"photoTakenTime": stamp, "creationTime": stamp})[1]
    assert (taken.source, taken.accepted) == ("takeout:photoTakenTime", True)
    assert "upload" in taken.reason


@pytest.fixture
def corpus(shared, entry_of):
    """Every file of the real export trees with its facts, as plugins see them."""
    root = shared / "corpus" / "simulot__immich-go"
    files, facts = [], {}
    for number, path in enumerate(sorted(p for p in root.rglob("*") if p.is_file() and p.stat().st_size), 1):
        with media.read(entry_of(path)) as content:
            if content.format is None:
                continue
            found = takeout.read_sidecar(entry_of(path), content) if content.format.name == "json" else []
            title = next((fact.value for fact in found if isinstance(fact, Note) and fact.key == "title"), None)
            files.append(
                Seen(number, bytes(path), content.sha256, content.format.kind, content.format.name, title=title)
            )
            facts[str(path.relative_to(root))] = found
    return root, files, facts


def test_the_sidecars_of_the_corpus(corpus):
    facts = corpus[2]
    notes = {path: {note.key: note.value for note in found if isinstance(note, Note)} for path, found in facts.items()}
    albums = {path.rpartition("/")[2]: said["takeout_album"] for path, said in notes.items() if "takeout_album" in said}
    assert albums == {"métadonnées.json": "Album test 6/10/23", "metadata.json": "Gopher's gallery"}
    assert sum(any(isinstance(f, Claim) and f.accepted for f in found) for found in facts.values()) == 24
    assert not [path for path, found in facts.items() if any(isinstance(f, Trouble) for f in found)]


def test_the_exports_of_the_corpus_are_paired_completely(corpus):
    root, files, _ = corpus
    names = {seen.file_id: str(Path(seen.path.decode()).relative_to(root)) for seen in files}
    pairs = {
        names[bundle.members[0].file_id]: [names[m.file_id].rpartition("/")[2] for m in bundle.members[1:]]
        for bundle in takeout.bundle(files)
    }
    exported = [
        seen for seen in files if seen.kind == "image" and re.search(rb"/(Takeout\d|fromGooglePhotos)/", seen.path)
    ]
    unpaired = {names[seen.file_id].rpartition("/")[2] for seen in exported} - {
        path.rpartition("/")[2] for path in pairs
    }
    assert unpaired == set()
    for picture, sidecars in pairs.items():
        name = picture.rpartition("/")[2].replace("DSC_0238(1).JPG", "DSC_0238.JPG(1)")
        assert sidecars in ([f"{name}.json"], [f"{name}.supplemental-metadata.json"])
    assert len(pairs) == len(exported) == 20


def test_the_title_of_an_album_is_a_tag_of_each_picture_in_it_and_that_of_a_year_is_none():
    def seen(number, name, folder, **more):
        kind, format = ("sidecar", "json") if name.endswith("json") else ("image", "jpeg")
        return Seen(number, f"/T/{folder}/{name}".encode(), str(number), kind, format, **more)

    files = [
        seen(1, "a.jpg", "Lisbon"),
        seen(2, "b.jpg", "Lisbon"),
        seen(3, "metadata.json", "Lisbon", album="Lisbon & sea"),
        seen(4, "a.jpg", "Photos from 2019"),
        seen(5, "metadata.json", "Photos from 2019", album="Photos from 2019"),
        seen(6, "c.jpg", "elsewhere"),
    ]
    said = [(bundle.rule, [member.sha256 for member in bundle.members]) for bundle in takeout.bundle(files)]
    assert said == [("takeout_album", ["1", "3"]), ("takeout_album", ["2", "3"])]


def test_an_album_in_one_part_names_its_pictures_in_another():
    folder = "Takeout/Google Photos/Lisbon"
    files = [
        Seen(1, f"/d/takeout-20230720T065335Z-001.zip//{folder}/a.jpg".encode(), "1", "image", "jpeg"),
        Seen(2, f"/d/takeout-20230720T065335Z-002.zip//{folder}/metadata.json".encode(), "2", "sidecar", "json",
             album="Lisbon"),
    ]  # fmt: skip
    (bundle,) = takeout.bundle(files)
    assert [member.sha256 for member in bundle.members] == ["1", "2"]
