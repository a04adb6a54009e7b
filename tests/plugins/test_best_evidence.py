from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mediaparser_core import plugins, resolve
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Claim, Evidence
from mediaparser_core.settings import DateSettings, Settings

TODAY = date(2024, 6, 1)
SETTINGS = Settings(library=Path("/library"))
EVIDENCE = Evidence("0" * 64, "image", (Claim("exif:DateTimeOriginal", "", "2019-05-04T12:00:03", None, "second"),))


class Calendar:
    """Somebody's plugin that knows better."""

    @hookimpl
    def resolve_date(self, evidence):
        if evidence.format != "calendar":
            return None
        return replace(resolve.resolve(evidence, SETTINGS, TODAY), rule="calendar")


@pytest.fixture(scope="module")
def hook():
    return plugins.load(Calendar()).hook


def test_it_answers_what_the_core_resolves(hook):
    found = hook.resolve_date(evidence=EVIDENCE, settings=SETTINGS, today=TODAY)
    assert found == resolve.resolve(EVIDENCE, SETTINGS, TODAY)


def test_it_steps_back_for_anybody_else(hook):
    evidence = replace(EVIDENCE, format="calendar")
    assert hook.resolve_date(evidence=evidence, settings=SETTINGS, today=TODAY).rule == "calendar"


def test_the_setting_brings_the_earliest_date_before_it(hook):
    settings = replace(SETTINGS, dates=DateSettings(rule="earliest_date"))
    assert hook.resolve_date(evidence=EVIDENCE, settings=settings, today=TODAY).rule == "earliest"
