"""[FORCE] and {tags}: what a person writes into a name for us, and what the exported name keeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.name_syntax import is_forced, name_tags, strip_name_syntax

GUID = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("beach {lisbon,family}.jpg", ["lisbon", "family"]),
        ("{ Zoë ; São Paulo , }beach{two}.jpg", ["Zoë", "São Paulo", "two"]),
        ("{a,A,a}.jpg", ["a"]),
        ("{}.jpg", []),
        ("{,;, }.jpg", []),
        ("no braces.jpg", []),
        ("open {only.jpg", []),
        (GUID + ".jpg", []),
        ("x {" + ",".join(map(str, range(100))) + "}.jpg", [str(n) for n in range(32)]),
        ("{" + "x" * 500 + "}", ["x" * 100]),
    ],
)
def test_tags_are_the_words_between_braces(name, tags):
    assert name_tags(name) == tags


@pytest.mark.parametrize("name", ["[FORCE] 1994.jpg", "1994[force].jpg", "a [Force]"])
def test_force_is_found_in_any_case(name):
    assert is_forced(name)
    assert not is_forced(name.replace("[", "("))


@pytest.mark.parametrize(
    ("name", "stripped"),
    [
        ("1987-06-05 [FORCE].jpg", "1987-06-05.jpg"),
        ("[FORCE] 1987-06-05 {oma, opa}.jpg", "1987-06-05.jpg"),
        ("[FORCE]_1987_{a}_beach.jpg", "1987__beach.jpg"),
        ("beach {a} at night.jpg", "beach at night.jpg"),
        ("beach  at night.jpg", "beach  at night.jpg"),  # nothing of ours in it: as it was
        ("{a{b}c}.jpg", "unnamed.jpg"),
        ("{a}", "unnamed"),
        ("{a}.jpg", "unnamed.jpg"),
        (".hidden {a}", ".hidden"),
        ("IMG_1234 {dog}", "IMG_1234"),
        (GUID + ".jpg", GUID + ".jpg"),
        ("", ""),
    ],
)
def test_our_syntax_is_not_in_the_exported_name(name, stripped):
    assert strip_name_syntax(name) == stripped


@given(st.text(alphabet="{}[]forceFORCE., ab", max_size=40))
def test_stripping_is_done_once_and_for_all(name):
    stripped = strip_name_syntax(name)
    assert not is_forced(stripped) and not name_tags(stripped)
    assert strip_name_syntax(stripped) == stripped
    assert stripped or not name
