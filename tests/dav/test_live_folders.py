"""No live folder is larger than Windows can list, whatever is in the library."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator

import pytest

from mediaparser_core.catalog.shelf import Item, Shelf
from mediaparser_core.dav.live_folders import LARGEST, Folder


def item(number: int, taken: str, name: str | None = None) -> Item:
    return Item(name or f"{number:07}.jpg", hashlib.sha256(b"%d" % number).hexdigest(), None, 1, 0, number, 0, taken)


def walk(folder: Folder, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Folder]]:
    yield path, folder
    for name in folder.folders():
        below = folder.into(name)
        assert below is not None, (path, name)
        yield from walk(below, (*path, name))


def check(shelf: Shelf, root: tuple[str, ...], total: int) -> dict[tuple[str, ...], list[str]]:
    """Every folder is small enough, every file is in exactly one, and each is found where it is listed."""
    found: dict[tuple[str, ...], list[str]] = {}
    for path, folder in walk(Folder(shelf, root)):
        files = folder.files()
        assert len(files) + len(folder.folders()) <= LARGEST, path
        for each in (*files[:3], *files[-3:]):
            assert folder.file(each.name) == each
        assert folder.file("nothing.jpg") is None
        if files:
            found[path] = [each.name for each in files]
    assert sum(map(len, found.values())) == total
    return found


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def test_a_small_folder_stays_whole(shelf):
    shelf.put([(item(n, "2019-05-04T12:00:00"), [("all",)]) for n in range(LARGEST)])
    assert set(check(shelf, ("all",), LARGEST)) == {()}


def test_a_large_one_is_split_by_year_then_month_then_day(shelf):
    moments = [f"{2015 + n % 3}-{n % 12 + 1:02}-{n % 28 + 1:02}T12:00:00" for n in range(20_000)]
    shelf.put([(item(n, taken), [("all",)]) for n, taken in enumerate(moments)])
    found = check(shelf, ("all",), 20_000)
    assert set(found) == {(str(year), f"{month:02}") for year in (2015, 2016, 2017) for month in range(1, 13) if
                          any(taken.startswith(f"{year}-{month:02}") for taken in moments)}  # fmt: skip


def test_what_is_not_known_has_a_place_too(shelf):
    moments = ["2019", "2019-05", "2019-05-04", "2019-05-05T10:00:00", "2020-01-01T00:00:00", ""]
    shelf.put([(item(n, moments[n % 6]), [("all",)]) for n in range(18_000)])
    found = check(shelf, ("all",), 18_000)
    assert set(found) == {
        ("undated", "part 1"), ("undated", "part 2"), ("2020", "part 1"), ("2020", "part 2"),
        ("2019", "month unknown", "part 1"), ("2019", "month unknown", "part 2"),
        ("2019", "05", "day unknown", "part 1"), ("2019", "05", "day unknown", "part 2"),
        ("2019", "05", "04", "part 1"), ("2019", "05", "04", "part 2"),
        ("2019", "05", "05", "part 1"), ("2019", "05", "05", "part 2"),
    }  # fmt: skip


def test_a_month_of_by_date_is_split_into_days(shelf):
    shelf.put([(item(n, f"2019-05-{n % 31 + 1:02}T12:00:00"), [("by-date", "2019", "05")]) for n in range(5_000)])
    found = check(shelf, ("by-date",), 5_000)
    assert ("2019", "05", "31") in found


def test_ten_thousand_pictures_of_one_moment_lie_in_numbered_parts(shelf):
    shelf.put([(item(n, "2019-05-04T12:00:00"), [("all",)]) for n in range(10_000)])
    assert set(check(shelf, ("all",), 10_000)) == {(f"part {number}",) for number in range(1, 6)}


def test_too_many_folders_are_split_by_letter(shelf):
    tags = [f"{first}{second}{number:03}" for first in "abcdefgh" for second in "xyz" for number in range(300)]
    shelf.put([(item(n, ""), [("by-tag", tag)]) for n, tag in enumerate(tags)])
    found = check(shelf, ("by-tag",), len(tags))
    assert ("A", "ax000") in found
    same = [(item(10_000 + n, ""), [("by-same", f"holiday {n:05}")]) for n in range(5_000)]
    shelf.put(same)
    check(shelf, ("by-same",), 5_000)


def test_files_and_folders_together_are_few_enough(shelf):
    shelf.put([(item(n, f"20{n % 20 + 1:02}-01-01"), [("mixed",)]) for n in range(3_000)])
    shelf.put([(item(10_000 + n, ""), [("mixed", f"folder {n}")]) for n in range(1_500)])
    check(shelf, ("mixed",), 4_500)


def test_two_files_of_one_name_in_one_folder_are_told_apart(shelf):
    shelf.put([(item(n, "", "IMG_0001.JPG"), [("all",)]) for n in range(1, 4)])
    names = [each.name for each in Folder(shelf, ("all",)).files()]
    assert len(set(names)) == 3
    assert "IMG_0001.JPG" in names
    assert all(name.endswith(".JPG") for name in names)


def test_names_that_differ_in_case_alone_are_one_folder_and_two_files(shelf):
    shelf.put([(item(1, "", "a.jpg"), [("by-tag", "Lisbon")]), (item(2, "", "A.jpg"), [("by-tag", "lisbon")])])
    root = Folder(shelf, ("by-tag",))
    assert list(root.folders()) == ["Lisbon"]
    names = [each.name for each in root.into("Lisbon").files()]
    assert len({name.lower() for name in names}) == 2
    assert root.into("Lisbon").file("A.JPG") is None


def test_a_folder_is_found_whichever_way_its_letters_are_composed(shelf):
    shelf.put([(item(1, "", "Ä.jpg"), [("by-tag", "Grüße")])])
    folder = Folder(shelf, ("by-tag",)).into(unicodedata.normalize("NFD", "Grüße"))
    assert folder is not None
    assert folder.file(unicodedata.normalize("NFD", "Ä.jpg")) is not None


def test_a_folder_that_has_become_empty_is_gone_and_comes_back(shelf):
    one = item(1, "2019")
    shelf.put([(one, [("by-tag", "Lisbon"), ("by-date", "2019")])])
    shelf.put([(one, [("by-date", "2019")])], instead_of=[one.sha256])
    assert Folder(shelf, ("by-tag",)).folders() == {}
    assert [each.sha256 for each in Folder(shelf, ("by-date", "2019")).files()] == [one.sha256]
    shelf.put([(one, [("by-tag", "Lisbon")])], instead_of=[one.sha256, "unknown"])
    assert list(Folder(shelf, ("by-tag",)).folders()) == ["Lisbon"]
    assert Folder(shelf, ("by-date",)).folders() == {}
