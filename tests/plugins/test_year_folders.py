"""The name that the settings ask for, and nothing of what a camera or a file name would like."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaparser_core.errors import SettingsError
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import ExportSettings, Settings
from mediaparser_plugins.year_folders import name_export


def name(template: str = "{year}/{date}_{time}{ext}", undated: str = "undated/{name}", **more) -> str:
    values = {
        "sha256": "ab" * 32, "kind": "image", "format": "jpeg", "name": "IMG_1.JPEG", "ext": ".jpg",
        "taken_at": "2019-05-04T12:00:03.25", "precision": "second", "utc_offset": None, "level": "high",
    }  # fmt: skip
    settings = Settings(library=Path("/l"), export=ExportSettings(name=template, undated=undated))
    return name_export(item=ExportItem(**(values | more)), settings=settings).as_posix()


def test_a_dated_picture_goes_into_its_year_by_wall_time():
    assert name() == "2019/20190504_120003.jpg"


def test_an_undated_picture_keeps_its_own_name_in_a_visible_place():
    assert name(taken_at=None) == "undated/IMG_1.jpg"
    assert name(taken_at=None, name="Holiday 12.05.") == "undated/Holiday 12.05.jpg"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{year}/{month}/{day}/{time}{ext}", "2019/05/04/120003.jpg"),
        ("{make}/{model}/{stem}{ext}", "unknown/unknown/IMG_1.jpg"),
        ("{kind}/{sha}{ext}", "image/abababababababab.jpg"),
    ],
)
def test_templates_are_made_of_fields(template, expected):
    assert name(template) == expected


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("../../", "_.._"),
        ("/abs", "_abs"),
        ("..", "_"),
        ("CON", "_CON"),
        ("é" * 300, "é" * 30),
        ("{model.__class__}", "{model.__class__}"),
        ("a\nb\x00c\u202ed", "a bcd"),
        ("   ", "_"),
    ],
)
def test_a_hostile_camera_stays_in_its_folder(model, folder):
    assert name("{model}/{date}{ext}", model=model) == f"{folder}/20190504.jpg"


def test_an_impossible_template_names_its_setting():
    with pytest.raises(SettingsError, match=r"export\.undated"):
        name(undated="{model.__class__}", taken_at=None)
