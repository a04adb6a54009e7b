"""Whatever somebody called a picture: its name in the export is clean, and nothing leads out of the export."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediaparser_core import names
from mediaparser_core.errors import ExportError, SettingsError
from mediaparser_core.export.destination import path_in

ODD = st.sampled_from(
    ["..", ".", "/", "\\", "~", "-", " ", "\0", "\n", "\x1b[31m", "\u202e", "\ud800", "CON", "nul.", "aux.jpg", "{name}",
     "{x.__class__}", "é", "e\u0301", "ß", "İ", "🏔", "%s", "$(x)", ".jpg", "a" * 300, "\u3000", "\ufeff", "\u200d"]
)  # fmt: skip
TEXT = st.lists(ODD | st.text(max_size=8), max_size=6).map("".join)
FIELD_VALUES = st.fixed_dictionaries(dict.fromkeys(names.FIELDS, TEXT))


@given(TEXT)
def test_a_clean_part_stays_as_it_is_and_is_one_part(text):
    part = names.clean_part(text)
    assert names.clean_part(part) == part
    assert "/" not in part and part not in ("", ".", "..") and len(part.encode()) <= 200


@given(TEXT, TEXT)
def test_names_that_fold_alike_are_those_a_disk_that_ignores_case_takes_for_one(one, other):
    first, second = names.clean_part(one), names.clean_part(other)
    assert names.fold(names.fold(first)) == names.fold(first)
    assert names.fold(first) == names.fold(unicodedata.normalize("NFD", first).upper().lower()) or "ß" in first.lower() or (
        # what has no single partner in the other case (ﬁ, İ, Σ) may fold more widely, never more narrowly
        any(char.upper().lower() != char.lower() for char in first)
    )  # fmt: skip
    if unicodedata.normalize("NFC", first).lower() == unicodedata.normalize("NFC", second).lower():
        assert names.fold(first) == names.fold(second)


@given(TEXT)
def test_a_terminal_gets_nothing_it_would_obey(text):
    shown = names.escape_for_terminal(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    shown.encode("utf-8")


@given(TEXT, st.integers(1, 60))
def test_a_cut_name_is_a_beginning_of_it_between_two_characters(text, size):
    text = names.clean_part(text)
    short = names.cut(text, size)
    assert text.startswith(short) and len(short.encode()) <= size


@given(
    st.lists(st.sampled_from([*(f"{{{field}}}" for field in names.FIELDS), "a", "-", " ", "/"]), min_size=1),
    FIELD_VALUES,
)
def test_only_a_template_makes_folders(parts, values):
    template = "".join(parts)
    try:
        names.check_template(template)
    except SettingsError:
        assume(False)
    made = names.fill(template, values)
    assert len(made.parts) == len([part for part in template.split("/") if part])
    assert not made.is_absolute() and ".." not in made.parts


@given(st.lists(ODD | st.sampled_from(["a", "b/", "/", "../"]), min_size=1, max_size=6).map("".join))
def test_a_target_is_in_the_export_or_is_refused(tmp_path_factory, target):
    root = _place(tmp_path_factory)
    try:
        path = path_in(root, target)
    except (ExportError, OSError, ValueError):
        return  # UnicodeEncodeError for half a character, too long a name
    assert os.path.realpath(path.parent).startswith(os.path.realpath(root))
    assert path != root


@pytest.fixture(autouse=True, scope="module")
def _links(tmp_path_factory):
    root = _place(tmp_path_factory)
    (root / "a").symlink_to("/etc")
    (root / "b").mkdir()
    (root / "b/a").symlink_to("..")


def _place(tmp_path_factory) -> Path:
    root = tmp_path_factory.getbasetemp() / "export of properties"
    root.mkdir(exist_ok=True)
    return root
