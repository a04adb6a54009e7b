"""In which live folders a picture lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mediaparser_core import plugins, settings
from mediaparser_core.dav.live_share import views_of
from mediaparser_core.errors import PluginError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View
from mediaparser_plugins import by_camera, by_date, by_level, by_place, by_tag, new_this_week, to_review

TODAY = date(2024, 5, 20)
PICTURE = Shown("0" * 64, "image", "jpeg", "20190504_120003.jpg", "2019-05-04T12:00:03", "second", "high", False)


@pytest.mark.parametrize(
    ("plugin", "changes", "folders"),
    [
        (by_date, {}, [("2019", "05")]),
        (by_date, {"taken_at": "2019-05"}, [("2019", "05")]),
        (by_date, {"taken_at": "2019"}, [("2019", "month unknown")]),
        (by_date, {"taken_at": None}, [("undated",)]),
        (by_camera, {}, [("unknown",)]),
        (by_camera, {"make": "Canon", "model": "Canon EOS 5D"}, [("Canon EOS 5D",)]),
        (by_camera, {"make": "NIKON CORPORATION", "model": "NIKON D100"}, [("NIKON D100",)]),
        (by_camera, {"make": "Apple", "model": "iPhone 6"}, [("Apple iPhone 6",)]),
        (by_camera, {"make": "Jolla", "model": "Jolla"}, [("Jolla",)]),
        (by_camera, {"make": "Apple"}, [("Apple",)]),
        (by_camera, {"model": "QV-10"}, [("QV-10",)]),
        (by_tag, {}, []),
        (by_tag, {"tags": ("Lisbon", "2019")}, [("Lisbon",), ("2019",)]),
        (by_place, {}, []),
        (by_place, {"latitude": 38.71, "longitude": -9.14}, [("38N 9W", "38.7N 9.1W")]),
        (by_place, {"latitude": -0.04, "longitude": 0.04}, [("0N 0E", "0.0N 0.0E")]),
        (by_place, {"latitude": -33.96, "longitude": 151.2}, [("34S 151E", "34.0S 151.2E")]),
        (by_place, {"latitude": 90.0, "longitude": -180.0}, [("90N 180W", "90.0N 180.0W")]),
        (by_level, {"level": "low"}, [("low",)]),
        (to_review, {}, []),
        (to_review, {"needs_review": True, "groups": (3, 7)},
         [("dates",), ("look-alikes", "group 3"), ("look-alikes", "group 7")]),
        (new_this_week, {"added": "2024-05-20"}, [()]),
        (new_this_week, {"added": "2024-05-14"}, [()]),
        (new_this_week, {"added": "2024-05-13"}, []),
        (new_this_week, {"added": None}, []),
        (new_this_week, {"added": "nonsense"}, []),
    ],
)  # fmt: skip
def test_a_picture_lies_in_its_folders(plugin, changes, folders):
    assert list(plugin.folders(replace(PICTURE, **changes), TODAY)) == folders


def test_every_bundled_view_is_registered_under_a_name_of_its_own(tmp_path):
    names = [view.name for view in views_of(plugins.load(), settings.load(tmp_path, environ={}))]
    assert {"by-camera", "by-date", "by-level", "by-place", "by-tag", "new-this-week", "to-review"} <= set(names)
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    "views", [[View("by-date", "Again", by_date.folders)], [View("a/b", "Bad", by_date.folders)], ["x"]]
)
def test_a_view_that_cannot_be_a_folder_is_refused(tmp_path, views):
    class Stranger:
        @hookimpl
        def register_views(self):
            return views

    manager = plugins.load(Stranger())
    with pytest.raises(PluginError):
        views_of(manager, settings.load(tmp_path, environ={}))
