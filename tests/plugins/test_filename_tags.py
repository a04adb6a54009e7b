"""The probe of tags between braces in a file's name."""

from __future__ import annotations

import pytest

from mediaparser_core.records import Entry, Tag
from mediaparser_core.settings import Settings
from mediaparser_plugins import filename_tags


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (b"beach {lisbon, family}.jpg", ["lisbon", "family"]),
        ("Zoe\u0308 {Zoe\u0308,ZOË}.jpg".encode(), ["Zoë"]),  # NFD and NFC are one word
        (b"a {b\x00c\x1b[31m,\xff}.jpg", ["bc[31m", "\ufffd"]),
        (b"a {b\nc}.jpg", ["b c"]),
        (b"{, ,}.jpg", []),
        (b"plain.jpg", []),
        (b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}.jpg", []),
    ],
)
def test_words_between_braces_are_tags(name, tags):
    assert filename_tags.tags(Entry(b"/p", b"/p/{not this}/" + name)) == [Tag(tag, "filename") for tag in tags]


def test_the_probe_needs_no_byte(tmp_path):
    (probe,) = filename_tags.register_probes(Settings(tmp_path))
    assert (probe.name, probe.needs) == ("filename_tags", "name")
