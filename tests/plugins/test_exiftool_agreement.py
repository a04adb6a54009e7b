"""Over many real files: ExifTool says through our driver what it says alone, and we say the same where we are sure.

The truth was written down by ExifTool 12.57; other versions name and convert a few tags otherwise, and are not compared
with it. That our own readers make the same facts as the ExifTool that is installed holds for every version.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediaparser_core import exiftool
from mediaparser_core.errors import ToolError
from mediaparser_core.formats import Format
from mediaparser_core.media import Unreadable, read
from mediaparser_core.records import Entry, Fact
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.tag_facts import facts

EXECUTABLE = exiftool.find("exiftool") or ""
pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="ExifTool is not installed")

# Dates, offsets, sub-seconds, places, orientation, keywords, camera and identifiers: the tags that become facts.
_COMPARED = re.compile(
    r"(?!System|File:|ExifTool:).*:(.*Date.*|.*Time.*|SubSec.*|Orientation|Rotation|Make|Model|Keywords|Subject|TagsList|"
    r"HierarchicalSubject|XPKeywords|LastKeywordXMP|CatalogSets|ContentIdentifier|MediaGroupUUID|DocumentID|"
    r"OriginalDocumentID|Rating|Software|Title|Description|.*When)|Composite:GPSL(at|ong)itude"
)

_OTHER_LANGUAGES = "-und-US"  # the same value again under the name of a language: not asked for


@pytest.fixture(scope="module")
def corpus(shared) -> list[tuple[Path, Format, dict[str, object], bool]]:
    """Every file our formats cover, with what our own readers say of it."""
    return list(_read(sorted(shared.rglob("*/*"))))


def _read(paths: list[Path]) -> Iterator[tuple[Path, Format, dict[str, object], bool]]:
    for path in paths:
        if not path.is_file() or path.name in ("truth.json", "README.md") or path.suffix == ".py":
            continue
        status = path.lstat()
        entry = Entry(b"/", os.fsencode(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        try:
            with read(entry) as media:
                if media.format and media.format.kind != "sidecar":
                    yield path, media.format, *native_tags.read(media)
        except Unreadable:
            continue


@pytest.fixture(scope="module")
def answers(corpus) -> list[dict[str, object] | ToolError]:
    with exiftool.ExifTool(EXECUTABLE) as tool:
        return tool.read([os.fsencode(path) for path, *_ in corpus], WANTED)


def _same(ours: object, truth: object) -> bool:
    """Whether two values are one; coordinates to a tenth of a millimetre, everything else to the letter."""
    if isinstance(truth, list) and isinstance(ours, list):
        return len(truth) == len(ours) and all(map(_same, ours, truth))
    try:
        return math.isclose(float(str(ours)), float(str(truth)), rel_tol=0, abs_tol=1e-9)
    except ValueError:
        return str(ours) == str(truth)


def test_through_our_driver_exiftool_says_what_it_says_alone(shared, corpus, answers):
    if exiftool.version(EXECUTABLE) != "12.57":
        pytest.skip("the truth is that of ExifTool 12.57")
    truth = json.loads((shared / "corpus" / "truth.json").read_text("utf-8"))["files"]
    different, compared = [], 0
    for (path, *_), answer in zip(corpus, answers, strict=True):
        known = truth.get(str(path.relative_to(shared / "corpus"))) if path.is_relative_to(shared / "corpus") else None
        if known is None:
            continue
        assert not isinstance(answer, ToolError), (path, answer)
        compared += 1
        for key in known["tags"].keys() | answer.keys():
            if (
                _COMPARED.fullmatch(key)
                and not _same(answer.get(key), known["tags"].get(key))
                and not key.endswith(_OTHER_LANGUAGES)
            ):
                different.append((path.name, key, known["tags"].get(key), answer.get(key)))
    print(f"{compared} files as ExifTool alone reads them, {len(different)} tags differ")
    assert not different
    assert compared > 1000


def test_where_our_own_readers_are_sure_the_facts_are_exiftools(corpus, answers):
    different: list[tuple[str, set[Fact]]] = []
    total, sure = Counter[str](), Counter[str]()
    for (path, format, tags, certain), answer in zip(corpus, answers, strict=True):
        assert not isinstance(answer, ToolError), (path, answer)
        total[format.name] += 1
        if certain:
            sure[format.name] += 1
            assert "ExifTool:Error" not in answer, path
            if odd := set(facts(tags, format)) ^ set(facts(answer, format)):
                different.append((str(path), odd))
    print(", ".join(f"{name} {sure[name]}/{number}" for name, number in total.most_common(8)))
    assert not different
    assert sum(sure.values()) > 0.5 * sum(total.values())


def test_where_our_own_readers_are_sure_the_tags_are_the_truth(shared, corpus):
    truth = json.loads((shared / "corpus" / "truth.json").read_text("utf-8"))["files"]
    different, compared = [], 0
    for path, _, tags, certain in corpus:
        known = truth.get(str(path.relative_to(shared / "corpus"))) if path.is_relative_to(shared / "corpus") else None
        if not certain or known is None:
            continue
        for key, value in tags.items():
            if key in known["tags"] and _COMPARED.fullmatch(key):
                compared += 1
                if not _same_text(value, known["tags"][key]):
                    different.append((path.name, key, value, known["tags"][key]))
    print(f"{compared} tags of our own readers compared with the truth, {len(different)} differ")
    assert not different
    assert compared > 2000


def _same_text(ours: object, truth: object) -> bool:
    """As :func:`_same`; ExifTool's JSON keeps the spaces around a text and writes numbers without their zeros."""
    if isinstance(truth, str) and isinstance(ours, str):
        return ours.strip() == truth.strip()
    return _same(ours, truth)
