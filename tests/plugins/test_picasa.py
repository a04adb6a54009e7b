"""What Picasa kept beside pictures becomes tags, notes and places; its folder dates are not believed."""

from __future__ import annotations

import pytest

from mediaparser_core import media
from mediaparser_core.records import Claim, Note, Place, Seen, Tag, Trouble
from mediaparser_plugins import picasa

INI = """\
[Picasa]
name=Sommer
date=40361.500000
[Contacts2]
d5a2d2f6f0d7ccbc=Oma Inge;;
[.album:4f2a]
name=Ostsee
token=4f2a
[IMG_0001.JPG]
star=yes
caption=Am Strand &#228;hnlich
keywords=sea, sand,
faces=rect64(3f845bcb59418507),d5a2d2f6f0d7ccbc;rect64(1),ffffffffffffffff
albums=4f2a,unknown
geotag=54.1,12.25
[IMG_0002.JPG]
hidden=yes
"""


@pytest.fixture
def facts_of(tmp_path, entry_of):
    def read(text: str | bytes) -> list:
        path = tmp_path / ".picasa.ini"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with media.read(entry_of(path)) as content:
            return picasa.read_ini(entry_of(path), content)

    return read


def test_what_picasa_knew(facts_of):
    one, two = "img_0001.jpg", "img_0002.jpg"
    (date, *facts) = facts_of(INI)
    assert (date.source, date.value, date.precision, date.accepted) == ("picasa:date", "2010-07-02", "day", False)
    assert "folder's date" in date.reason
    assert facts == [
        Note("spoken_of", one, one),
        *(Tag(name, "picasa", one) for name in ("sea", "sand", "Ostsee", "Oma Inge")),
        Note("description", "Am Strand ähnlich", one),
        Note("favorited", "1", one),
        Place(54.1, 12.25, "picasa", one),
        Note("spoken_of", two, two),
        Note("hidden", "1", two),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a.jpg]\nkeywords=" + ",".join(f"k{n}" for n in range(500)), picasa.MOST_TAGS),
        ("[a.jpg]\nkeywords=,, ,\x01\x02,", 0),
        ("[a.jpg]\nkeywords=&#9999999;&#55555;&#7;x", 1),
        ("[a.jpg]\nkeywords=x\n[A.JPG]\nkeywords=y", 1),
        ("keywords=nobody's", 0),
        ("[]\nkeywords=x", 0),
        ("[" * 100_000, 0),
        ("[.album:1]\nname=x\nkeywords=y", 0),
    ],
)
def test_odd_lists_are_read_as_far_as_they_make_sense(facts_of, text, expected):
    assert sum(isinstance(fact, Tag) for fact in facts_of(text)) == expected


@pytest.mark.parametrize("date", ["1e999", "nan", "-1e9", "yesterday", "99999999"])
def test_an_impossible_folder_date_is_a_rejected_claim(facts_of, date):
    (claim,) = facts_of(f"[Picasa]\ndate={date}")
    assert isinstance(claim, Claim)
    assert (claim.value, claim.accepted, claim.raw) == (None, False, date)


@pytest.mark.parametrize("geotag", ["0,0", "nan,1", "91,1", "1", "a,b", "1,2,3", "1e999,0"])
def test_a_place_that_is_none(facts_of, geotag):
    assert not [fact for fact in facts_of(f"[a.jpg]\ngeotag={geotag}") if isinstance(fact, Place)]


def test_old_lists_are_in_an_old_code_page(facts_of):
    assert Tag("Köln", "picasa", "a.jpg") in facts_of("[a.jpg]\nkeywords=Köln".encode("cp1252"))


def test_a_huge_list_is_not_read(facts_of, monkeypatch):
    monkeypatch.setattr(picasa, "LARGEST", 10)
    (trouble,) = facts_of(INI)
    assert isinstance(trouble, Trouble)


def test_it_speaks_of_the_pictures_beside_it():
    files = [
        Seen(1, b"/a/IMG_0001.JPG", "1", "image", "jpeg"),
        Seen(2, b"/a/IMG_0009.JPG", "2", "image", "jpeg"),
        Seen(3, b"/b/IMG_0001.JPG", "3", "image", "jpeg"),
        Seen(4, b"/a/.picasa.ini", "4", "sidecar", "picasa", about=("img_0001.jpg", "img_0007.jpg")),
    ]
    (bundle,) = picasa.bundle(files)
    assert [(member.sha256, member.role, member.about) for member in bundle.members] == [
        ("1", "primary", None),
        ("4", "sidecar", "img_0001.jpg"),
    ]
