"""Each line of Apple's lists speaks of one picture, to the minute in GMT; what is no list harms nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaparser_core import media
from mediaparser_core.guard import clean_facts
from mediaparser_core.records import Claim, Note, Seen, Tag, Trouble
from mediaparser_plugins import icloud_details

HEADER = "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate\n"
LINE = 'IMG_7938.HEIC,AfQj57ORF2,no,no,no,"Saturday June 4,2022 12:11 PM GMT",10,"Sunday June 5,2022 9:03 AM GMT"\n'


@pytest.fixture
def facts_of(tmp_path, entry_of):
    """``facts_of(text)``: the facts of a list with these lines."""

    def read(text: str | bytes, name: str = "Photo Details.csv") -> list:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        with media.read(entry_of(path)) as content:
            return icloud_details.read_list(entry_of(path), content)

    return read


def taken(date: str) -> str:
    return f'{HEADER}IMG_1.JPG,x,no,no,no,"{date}",1,\n'


def test_a_line_says_when_a_picture_was_taken_and_what_became_of_it(facts_of):
    line = LINE.replace("no,no,no", "yes,no,yes")
    assert facts_of(HEADER + line) == [
        Note("spoken_of", "IMG_7938.HEIC", "img_7938.heic"),
        Claim(
            "icloud:originalCreationDate", "Saturday June 4,2022 12:11 PM GMT", "2022-06-04T12:11", "+00:00", "minute",
            about="img_7938.heic",
        ),
        Claim(
            "icloud:importDate", "Sunday June 5,2022 9:03 AM GMT", "2022-06-05T09:03", "+00:00", "minute", False,
            "time of import, not of capture", "img_7938.heic",
        ),
        Note("favorited", "1", "img_7938.heic"),
        Note("trashed", "1", "img_7938.heic"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("date", "value"),
    [
        ("Saturday June 4,2022 12:11 PM GMT", "2022-06-04T12:11"),
        ("Saturday June 4,2022 12:11 AM GMT", "2022-06-04T00:11"),
        ("Monday January 15,2024 09:30 AM GMT", "2024-01-15T09:30"),
        ("Tuesday June 18, 2022 14:00 PM GMT", "2022-06-18T14:00"),
        ("Friday October 06,2023 12:11\u202fPM GMT", "2023-10-06T12:11"),
        ("samedi juin 4,2022 14:11 GMT", "2022-06-04T14:11"),
        ("Saturday June ٤,٢٠٢٢ ١٢:١١ PM GMT", "2022-06-04T12:11"),  # a phone set to Arabic
        ("Saturday June 31,2022 12:11 PM GMT", None),
        ("Saturday June 4,0000 12:11 PM GMT", None),
        ("Saturday June 4,9999 11:59 PM GMT", "9999-06-04T23:59"),  # whoever judges will say that it is in the future
        ("Saturday June 4,2022 25:11 GMT", None),
        ("Saturday June 4,2022 12:11 PM PST", None),
        ("2022-06-04", None),
        ("yesterday", None),
    ],
)
def test_dates_as_apple_writes_them(facts_of, date, value):
    (claim,) = (fact for fact in facts_of(taken(date)) if isinstance(fact, Claim))
    assert (claim.value, claim.accepted) == (value, value is not None)
    assert claim.raw
    assert bool(claim.reason) == (value is None)


def test_two_lines_of_one_name_contradict_each_other(facts_of):
    claims = [fact for fact in facts_of(HEADER + LINE + LINE.replace("June 4", "June 9")) if isinstance(fact, Claim)]
    assert not any(claim.accepted for claim in claims)
    assert {claim.reason for claim in claims} == {
        "the list names two pictures so", "time of import, not of capture"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", HEADER, HEADER + "\n\n", HEADER + ",,,\n", "imgName\nIMG_1.JPG\n", HEADER.replace(",", ";"), "\0\0\n\0"],
)
def test_a_list_without_lines_says_nothing(facts_of, text):
    assert [fact for fact in facts_of(text) if isinstance(fact, (Claim, Trouble))] == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_every_encoding_is_read(facts_of, encoding):
    facts = facts_of((HEADER + LINE).encode(encoding))
    assert [fact.value for fact in facts if isinstance(fact, Claim)] == ["2022-06-04T12:11", "2022-06-05T09:03"]


@pytest.mark.parametrize(
    "text",
    [
        HEADER + LINE + '"never closed ' + "x" * 200_000,
        HEADER + LINE * 20_001,
        HEADER.encode() + LINE.encode() + b'"' + bytes(range(128, 256)) * 2000,
    ],
    ids=["an open quote", "too long", "not a text"],
)
def test_a_list_that_cannot_be_read_to_its_end_says_so_and_what_it_has(facts_of, text):
    facts = facts_of(text)
    assert isinstance(facts[-1], Trouble)
    assert any(isinstance(fact, Claim) for fact in facts)


def test_a_huge_list_is_not_read(facts_of, monkeypatch):
    monkeypatch.setattr(icloud_details, "LARGEST", 100)
    (trouble,) = facts_of(HEADER + LINE)
    assert isinstance(trouble, Trouble)


def test_long_lists_reach_the_catalog_whole(facts_of):
    lines = "".join(LINE.replace("7938", str(number)) for number in range(5000))
    facts = clean_facts(facts_of(HEADER + lines))
    assert sum(isinstance(fact, Claim) and fact.accepted for fact in facts) == 5000
    assert not [fact for fact in facts if isinstance(fact, Trouble)]


# -- whose line it is


def seen(number: int, path: str, *about: str) -> Seen:
    kind = "sidecar" if about else "image"
    return Seen(number, path.encode(), str(number), kind, "csv" if about else "jpeg", about=about)


def album(number: int, path: str, *about: str) -> Seen:
    return replace(seen(number, path, *about), album="Lisbon")


def pairs(*files: Seen) -> list[tuple[str, int, str | None]]:
    return [
        (bundle.members[0].sha256, bundle.members[1].file_id, bundle.members[1].about)
        for bundle in icloud_details.bundle(files)
    ]


def test_a_line_belongs_to_the_picture_beside_the_list():
    files = (
        seen(1, "/Part 1/Photos/IMG_1.JPG"),
        seen(2, "/Part 1/Photos/Photo Details.csv", "img_1.jpg", "img_2.jpg"),
        seen(3, "/Part 2/Photos/IMG_1.JPG"),
        seen(4, "/Part 2/Photos/Photo Details.csv", "img_1.jpg"),
    )
    assert pairs(*files) == [("1", 2, "img_1.jpg"), ("3", 4, "img_1.jpg")]


def test_a_list_above_its_pictures_means_the_only_one_of_a_name():
    below = seen(1, "/P/Photos/a/IMG_1.JPG")
    assert pairs(below, seen(2, "/P/Photos/Photo Details.csv", "img_1.jpg")) == [("1", 2, "img_1.jpg")]
    other = seen(3, "/P/Photos/b/IMG_1.JPG")
    assert pairs(below, other, seen(2, "/P/Photos/Photo Details.csv", "img_1.jpg")) == []
    own = seen(4, "/P/Photos/a/Photo Details.csv", "img_1.jpg")
    assert pairs(below, own, seen(2, "/P/Photos/Photo Details.csv", "img_1.jpg")) == [("1", 4, "img_1.jpg")]
    assert pairs(seen(1, "/P/IMG_1.JPG"), seen(2, "/P/Photos/Photo Details.csv", "img_1.jpg")) == []


@pytest.mark.parametrize("header", ["imgName", "imageName", '"Images"'])
def test_an_album_is_a_tag_of_what_it_names(facts_of, header):
    assert facts_of(f"{header}\nIMG_1.JPG\n", "Albums/Spécial album 2.csv") == [
        Note("spoken_of", "IMG_1.JPG", "img_1.jpg"),
        Tag("Spécial album 2", "icloud", "img_1.jpg"),
        Note("takeout_album", "Spécial album 2"),
    ]


def test_what_a_machine_put_together_is_no_album(facts_of):
    assert facts_of("imageName\nIMG_1.JPG\n", "Memories/Summer 2017.csv") == [
        Note("spoken_of", "IMG_1.JPG", "img_1.jpg")
    ]


def test_an_album_means_the_only_picture_of_a_name_in_all_parts():
    files = (
        seen(1, "/in/iCloud Photos Part 1 of 2/Photos/IMG_1.JPG"),
        seen(2, "/in/iCloud Photos Part 2 of 2/Photos/IMG_2.JPG"),
        seen(3, "/in/iCloud Photos Part 2 of 2/Photos/IMG_1.JPG"),
        seen(4, "/elsewhere/IMG_2.JPG"),
        album(5, "/in/iCloud Photos Part 1 of 2/Albums/Lisbon.csv", "img_1.jpg", "img_2.jpg", "img_3.jpg"),
    )
    assert pairs(*files) == [("2", 5, "img_2.jpg")]
    assert pairs(seen(1, "/P/Photos/IMG_1.JPG"), album(2, "/P/Albums/Lisbon.csv", "img_1.jpg")) == [
        ("1", 2, "img_1.jpg")
    ]
