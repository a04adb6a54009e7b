"""Whatever text comes in, what comes out is one safe name inside the export."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.errors import SettingsError
from mediaparser_core.names import (
    FIELDS,
    check_template,
    clean_part,
    clean_text,
    escape_for_terminal,
    fill,
    fold,
    split_name,
)

ANY = st.text(st.characters(exclude_categories=()), max_size=400)  # lone surrogates and controls included
NASTY = st.one_of(
    ANY,
    st.sampled_from(
        ["../../etc/passwd", "/abs", "..", ".", "", "CON", "con.jpg", "NUL .txt", "COM¹.a", "lpt9", "-rf", "~root",
         "a. ", " .a", "{model.__class__}", "{0}", "\u202egpj.exe", "a\nb", "\x1b[2J", "x" * 300 + ".jpg", "é" * 150,
         "\ud800", "nul:\\a|b?*"]
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  a \n\t b  ", "a b"),
        ("a\0b\x1b[0m\x85c\x9f", "ab[0m c"),
        ("e\u0301", "é"),
        ("\u202eabc\u2066", "abc"),
        ("a\ud800b\udcff", "ab"),
        (b"Caf\xc3\xa9 \xff", "Café \ufffd"),
        (memoryview(b"ab"), "ab"),
        (12, "12"),
        (None, "None"),
        ("x" * 900, "x" * 500),
        ("👩\u200d🚀", "👩\u200d🚀"),  # a joiner is part of the character
    ],
)
def test_text_from_outside_becomes_clean(value, text):
    assert clean_text(value) == text


def test_what_python_refuses_to_print_is_no_text():
    assert clean_text(10**6000) == ""
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    assert clean_text(nested) == ""


@given(ANY, st.integers(1, 600))
def test_clean_text_stays_as_it_is_when_cleaned_again(text, limit):
    clean = clean_text(text, limit)
    assert clean == clean_text(clean, limit)
    assert len(clean) <= limit
    assert clean.encode().decode() == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(c) == "Cc" for c in clean)


def test_a_megabyte_of_accents_is_cut_before_it_is_normalized():
    assert len(clean_text("a" + "\u0301\u0300" * 1_000_000, 50)) <= 50


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("IMG_0001.JPG", "IMG_0001.JPG"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("", "_"),
        (".hidden.jpg", "hidden.jpg"),
        ("-rf", "_-rf"),
        ("CON", "_CON"),
        ("con.jpg", "_con.jpg"),
        ("Console", "Console"),
        ("aux .txt", "_aux .txt"),
        ("name. . ", "name"),
        ("caf\udce9.jpg", "caf_.jpg"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("é" * 300 + ".jpg", "é" * 98 + ".jpg"),
    ],
)
def test_a_name_is_made_for_every_system(text, part):
    assert clean_part(text) == part


@given(NASTY)
def test_every_name_is_valid_everywhere(text):
    part = clean_part(text)
    assert part == clean_part(part)
    assert 1 <= len(part.encode()) <= 200
    assert not set(part) & set('<>:"/\\|?*')
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in part)
    assert part[0] not in ".-~ " and part[-1] not in ". "
    assert part.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "CONIN$"}
    assert PureWindowsPath("C:/export", part).is_relative_to("C:/export") and len(PureWindowsPath(part).parts) == 1
    assert len(PurePosixPath(part).parts) == 1


@given(
    st.sampled_from(
        ["{year}/{date}_{time}{ext}", "{make}/{model}/{name}", "{model}", "a/{model}{model}/{sha}-{kind}.jpg"]
    ),
    st.dictionaries(st.sampled_from(FIELDS), NASTY),
)
def test_a_template_stays_inside_the_export_whatever_the_values(template, values):
    path = fill(template, values)
    root = Path("/library/export")
    assert (root / path).is_relative_to(root) and ".." not in path.parts
    assert len(path.parts) == template.count("/") + 1, "only the template makes folders"
    assert all(part == clean_part(part) for part in path.parts)


def test_a_value_is_text_and_nothing_in_it_is_read():
    values = {"model": "{model.__class__} {0} {year!r} %s", "year": "2019"}
    assert str(fill("{year}/{model}", values)) == "2019/{model.__class__} {0} {year!r} %s"


@pytest.mark.parametrize(
    "template",
    ["", "{model.__class__}", "{0}", "{}", "{year:>4}", "{year!r}", "{secret}", "{year", "year}", "/abs/{year}",
     "../{year}", "{year}/../{name}", "{year}//{name}", "{year}/", "./{name}"],
)  # fmt: skip
def test_a_template_that_could_reach_further_is_refused(template):
    with pytest.raises(SettingsError, match=r"export\.name"):
        check_template(template)
    with pytest.raises(SettingsError):
        fill(template, {})


def test_the_terminal_never_gets_a_control_character():
    assert escape_for_terminal("a\x1b[2J\u202eb\udcff\n ü") == "a\\x1b[2J\\u202eb\\udcff\\n ü"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("IMG.JPG", ("IMG", ".JPG")),
        ("Holiday 12.05.2013", ("Holiday 12.05.2013", "")),
        ("clip.3gp", ("clip", ".3gp")),
        ("a.b.heic", ("a.b", ".heic")),
        ("2019/05/a.mp4", ("2019/05/a", ".mp4")),
        (".jpg", (".jpg", "")),
        ("noext", ("noext", "")),
        ("end.", ("end.", "")),
    ],
)
def test_a_name_is_split_where_its_extension_begins(name, parts):
    assert split_name(name) == parts


def test_names_that_some_disk_holds_for_one_are_equal_when_folded():
    assert fold("Straße/É.JPG") == fold("STRASSE/E\u0301.jpg")
