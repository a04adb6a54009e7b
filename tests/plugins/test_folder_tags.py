"""Folder names that say what is in the pictures, and those that only sort them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.records import Entry, Tag
from mediaparser_core.settings import Settings
from mediaparser_plugins import folder_tags

TAGS = [
    ("Lisbon", "Lisbon"),
    ("2019-05-04 Lisbon trip", "Lisbon trip"),
    ("2019_05_04_Lisbon_trip", "Lisbon trip"),
    ("20190504 Lisbon", "Lisbon"),
    ("2019-05 Lisbon", "Lisbon"),
    ("2019 Lisbon", "Lisbon"),
    ("2019 - Lisbon", "Lisbon"),
    ("04.05.2019 Rom", "Rom"),
    ("04.05. Rom", "Rom"),
    ("2019-05-04 - 08 Lisbon", "Lisbon"),
    ("2019-05-04 - 2019-05-08 Lisbon", "Lisbon"),
    ("190504 Oma", "Oma"),
    ("01 - Ceremony", "Ceremony"),
    ("Lisbon 2019", "Lisbon 2019"),
    ("Urlaub (3)", "Urlaub"),
    ("Zoë & Max", "Zoë & Max"),
    ("東京", "東京"),
    ("80s party", "80s party"),
    ("3D prints", "3D prints"),
    ("42 Lisbon Street", "42 Lisbon Street"),
]
NO_TAGS = """
    DCIM
    Camera
    100CANON
    101_0504
    100_PANA
    202405__
    Pictures
    PHOTOS
    Fotos
    Google Photos
    Takeout
    Photos from 2019
    Fotos von 2019
    Fotos del 2019
    Foto's uit 2019
    Zdjęcia z 2019
    Фото за 2019
    2019年の写真
    Backup
    Backup (2)
    My_Pictures
    WhatsApp Images
    Screenshots
    iPhone
    tmp
    export
    inbox
    @eaDir
    #recycle
    .hidden
    _private
    2019
    2019-05
    2019-05-04
    20190504
    04.05.2019
    May 2019
    Mai
    05 - Mai
    Summer 1994
    1980s
    1994-07-23 - 1994-07-30
    A
    5
    12345
    ---
"""


@pytest.mark.parametrize(("folder", "tag"), TAGS)
def test_a_folder_name_is_a_tag_without_its_date(folder, tag):
    assert folder_tags.tag_of(folder) == tag


@pytest.mark.parametrize("folder", ["", " ", *(line.strip() for line in NO_TAGS.strip().splitlines())])
def test_a_folder_that_only_sorts_is_no_tag(folder):
    assert folder_tags.tag_of(folder) is None


def test_only_folders_below_the_input_are_tags():
    entry = Entry(b"/home/anna/Holiday", b"/home/anna/Holiday/2019/Lisbon/DCIM/lisbon/Beach/a.jpg")
    assert folder_tags.tags(entry) == [Tag("Lisbon", "folder"), Tag("Beach", "folder")]
    assert folder_tags.tags(Entry(b"/home/anna/Holiday", b"/home/anna/Holiday/a.jpg")) == []
    assert folder_tags.tags(Entry(b"/", b"/Lisbon/a.jpg")) == [Tag("Lisbon", "folder")]


def test_the_skip_list_is_a_setting(tmp_path):
    entry = Entry(b"/p", b"/p/Lisbon/Caf\xc3\xa9/Camera/a.jpg")
    (probe,) = folder_tags.register_probes(Settings(tmp_path, plugins={"folder_tags": {"skip": ["LISBON", "café"]}}))
    assert probe.run(entry) == [Tag("Camera", "folder")]
    (probe,) = folder_tags.register_probes(Settings(tmp_path))
    assert probe.run(entry) == [Tag("Lisbon", "folder"), Tag("Café", "folder")]


def test_a_deep_tree_gives_a_handful_of_short_tags():
    path = b"/p" + b"".join(b"/folder number %d" % n for n in range(500)) + b"/" + b"x" * 250 + b"/a.jpg"
    tags = folder_tags.tags(Entry(b"/p", path))
    assert len(tags) == folder_tags.MOST
    assert len(folder_tags.tag_of("x" * 5000)) == folder_tags.LONGEST


@given(st.binary(max_size=60))
def test_a_tag_is_always_clean_text(folder):
    path = b"/p/" + folder.replace(b"/", b"") + b"/a.jpg"
    for tag in folder_tags.tags(Entry(b"/p", path)):
        assert tag.name == tag.name.strip() and tag.name.encode() and "\0" not in tag.name and "\n" not in tag.name
