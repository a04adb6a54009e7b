"""Own names in folders for months, when somebody chose so."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaparser_core.records import ExportItem
from mediaparser_core.settings import Settings
from mediaparser_plugins.original_names import name_export


@pytest.mark.parametrize(
    ("enabled", "taken_at", "expected"),
    [
        (True, "2019-05-04T12:00:03", "2019/05/My picture.jpg"),
        (True, "2019-05", "2019/05/My picture.jpg"),
        (True, "2019", "2019/My picture.jpg"),
        (True, None, None),
        (False, "2019-05-04T12:00:03", None),
        ("true", "2019-05-04T12:00:03", None),
        (None, "2019-05-04T12:00:03", None),
    ],
)
def test_it_answers_only_when_enabled_and_dated(enabled, taken_at, expected):
    plugins = {} if enabled is None else {"original_names": {"enabled": enabled}}
    settings = Settings(library=Path("/l"), plugins=plugins)
    item = ExportItem("a" * 64, "image", "jpeg", "My picture.JPEG", ".jpg", taken_at, None, None, "high")
    answer = name_export(item=item, settings=settings)
    assert answer == expected if answer is None else answer.as_posix() == expected
