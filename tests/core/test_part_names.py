"""The pieces of an export are known by their names, and those of one export are one tree."""

from __future__ import annotations

import pytest

from mediaparser_core.part_names import is_part, set_of, without_zip


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("takeout-20230720T065335Z-001", True),
        ("takeout-20230720T065335Z-1-001", True),
        ("takeout-20230720T065335Z-001 (1)", True),
        ("takeout-20230720T065335Z (2)-003", True),
        ("takeout-20230720T065335Z-001 copy 2", True),
        ("takeout-001", True),
        ("takeout-20260930-002", True),
        ("Takeout", True),
        ("Takeout (2)", True),
        ("iCloud Photos Part 1 of 9", True),
        ("iCloud-bilder Del 1 av 6", True),
        ("iCloud-Fotos Teil 10 von 12", True),
        ("iCloud Photos", True),
        ("takeout menu", False),
        ("Takeout 2019 Lisbon", False),
        ("takeaway-001", False),
        ("Lisbon 1 to 9", False),
        ("icloud", False),
        ("takeout-" + "1" * 300, False),
        ("", False),
    ],
)
def test_a_piece_of_an_export_is_known_by_its_name(name, part):
    assert is_part(name) == part


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/a/takeout-20230720T065335Z-001.zip//Takeout/Google Photos/X", "20230720t065335z/Takeout/Google Photos/X"),
        ("/b/takeout-20230720T065335Z-002/Takeout/Google Photos/X", "20230720t065335z/Takeout/Google Photos/X"),
        ("/a/takeout-001.zip//Takeout/X", "/a/Takeout/X"),
        ("/a/takeout-001.zip///2/Takeout/X", "/a/Takeout/X"),
        ("/a/TAKEOUT-002.ZIP//Takeout/X", "/a/Takeout/X"),
        ("/a/takeout-003/Takeout/X", "/a/Takeout/X"),
        ("/a/Takeout/X", "/a/Takeout/X"),
        ("/a/photos.zip//Takeout/X", "/a/photos.zip//Takeout/X"),
        ("/a/b", "/a/b"),
        ("", ""),
    ],
)
def test_the_pieces_of_one_export_are_one_tree(folder, expected):
    assert set_of(folder.encode()) == expected.encode()


def test_only_an_extension_is_taken_off():
    assert [without_zip(name) for name in (b"a.zip", b"a.ZIP", b"zip", b"a.zip.part")] == [
        b"a", b"a", b"zip", b"a.zip.part"
    ]  # fmt: skip
