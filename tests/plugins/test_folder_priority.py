"""What lies in a master folder is kept, whatever its quality."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaparser_core import plugins
from mediaparser_core.errors import SettingsError
from mediaparser_core.records import Look
from mediaparser_core.settings import Settings
from mediaparser_plugins import best_quality, folder_priority


def look(name: str, *paths: str, width: int = 4000) -> Look:
    return Look(name, "image", "jpeg", width, 3000, 100, paths=paths)


def settings(*master: str) -> Settings:
    return Settings(library=Path("/library"), plugins={"folder_priority": {"master": list(master)}})


LARGE, SMALL = look("large", "/phone/1.jpg"), look("small", "/sorted/rome/1.jpg", width=800)


@pytest.mark.parametrize(
    ("master", "keeper"),
    [
        (["/sorted"], "small"),
        (["/sorted/"], "small"),
        (["/sorted/rome"], "small"),
        (["/sort"], None),  # a folder, not the beginning of a name
        (["/elsewhere"], None),
        (["/elsewhere", "/phone", "/sorted"], "large"),  # the first master counts most
        ([], None),
    ],
)
def test_a_member_under_a_master_folder_wins(master, keeper):
    answer = folder_priority.choose_keeper([LARGE, SMALL], settings(*master))
    assert (answer and answer[0]) == keeper


def test_the_reason_names_the_folder():
    assert folder_priority.choose_keeper([LARGE, SMALL], settings("/sorted")) == (
        "small",
        "in the master folder /sorted",
    )


def test_a_copy_in_a_master_folder_is_enough():
    spread = look("spread", "/phone/2.jpg", "/sorted/2.jpg", width=100)
    assert folder_priority.choose_keeper([LARGE, spread], settings("/sorted"))[0] == "spread"


def test_quality_decides_inside_a_master_folder():
    better = look("better", "/sorted/rome/2.jpg", width=1600)
    sha256, reason = folder_priority.choose_keeper([LARGE, SMALL, better], settings("/sorted"))
    assert (sha256, reason) == ("better", "in the master folder /sorted; most pixels (1600 × 3000)")


@pytest.mark.parametrize("master", [7, ["sorted"], [7], {"a": 1}])
def test_a_setting_that_names_no_folder_is_refused(master):
    broken = Settings(library=Path("/library"), plugins={"folder_priority": {"master": master}})
    with pytest.raises(SettingsError, match="absolute folders"):
        folder_priority.choose_keeper([LARGE, SMALL], broken)


def test_it_is_asked_before_quality():
    manager = plugins.pluggy.PluginManager("mediaparser")
    manager.add_hookspecs(plugins.hookspecs)
    manager.register(folder_priority)
    manager.register(best_quality)
    ask = manager.hook.choose_keeper
    assert ask(members=[LARGE, SMALL], settings=settings("/sorted"))[0] == "small"
    assert ask(members=[LARGE, SMALL], settings=settings())[0] == "large"
