"""The possible answers to a question about dates: every date somebody claims, who says so, and what it would mean.

An answer is a rule for all pictures of the question ("the date in the folder's name"), so it has a moment for each of
them. Claims that say the same are one answer with several witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from mediaparser_core import dates, zones
from mediaparser_core.records import Evidence
from mediaparser_core.resolve.evidence import Word, preference, read
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.resolve.wall import place
from mediaparser_core.settings import Settings
from mediaparser_core.web import words

SUGGESTED = "suggested"
MOST = 8  # answers beside the typed one: the keys 1 to 9
_WHOLE_SECONDS = 19  # characters of a moment without its fraction

Moment = tuple[str, str | None]  # in text, and its offset


@dataclass(slots=True)
class Option:
    """One possible answer. ``moments`` has what it means for each picture that it can date."""

    key: str  # "suggested", or the source of the claim that makes it
    moments: dict[str, Moment]
    witnesses: list[str] = field(default_factory=list)  # who says so, in words
    sources: list[str] = field(default_factory=list)  # the same as the catalog calls them
    doubt: str = ""  # why it was not believed
    rank: int = 0  # of the best witness: the best has the lowest

    @property
    def uniform(self) -> Moment | None:
        """The one moment that it gives to every picture, or ``None``."""
        different = set(self.moments.values())
        return next(iter(different)) if len(different) == 1 else None

    @property
    def label(self) -> str:
        """The moments in words: "16 June 2012", "3 May 2011, 10:00 – 4 May 2011, 18:30"."""
        values = sorted(value for value, _ in self.moments.values())
        return span(values[0], values[-1])


def span(first: str, last: str) -> str:
    """Two moments as words, without saying twice what they have in common."""
    if words.when(first) == words.when(last):
        return words.when(first)
    if first[:10] == last[:10] and len(first) > 10 and len(last) > 10:
        return f"{words.when(first)} – {last[11:16]}"
    return f"{words.when(first)} – {words.when(last)}"


def options(
    found: Iterable[tuple[Evidence, Mapping[tuple[str, str], str]]],
    suggested: Mapping[str, Moment],
    settings: Settings,
    today: date,
) -> list[Option]:
    """The answers for the pictures in *found* (evidence, verdicts): what is *suggested* first, then by worth."""
    merged = [Option(SUGGESTED, dict(suggested))] if suggested else []
    by_source = heard(found, settings, today)
    for option in sorted(by_source.values(), key=lambda option: (option.rank, -len(option.moments), option.key)):
        _add(merged, option)
    return merged[:MOST]


def heard(
    found: Iterable[tuple[Evidence, Mapping[tuple[str, str], str]]], settings: Settings, today: date
) -> dict[str, Option]:
    """What each source of claims says about all pictures in *found*, by source; junk is left out."""
    by_source: dict[str, Option] = {}
    for evidence, verdicts in found:
        said = read(evidence, settings, today)
        usable = sorted((word for word in said if not word.problem), key=preference)
        for word in [*usable, *(word for word in said if word.kind == "disk" and word.value)]:
            source, kind = word.claim.source, KINDS[word.kind]
            option = by_source.setdefault(source, Option(source, {}, [kind.says], [source], rank=kind.rank))
            option.rank = min(kind.rank, option.rank)
            option.moments.setdefault(evidence.sha256, _moment(word, usable, evidence, settings))
            option.doubt = option.doubt or verdicts.get((source, word.claim.raw), "")
    return by_source


def _moment(word: Word, usable: list[Word], evidence: Evidence, settings: Settings) -> Moment:
    """What *word* says as wall time where the picture was taken."""
    if word.kind == "disk":
        home = zones.at_home(settings.timezone, word.value)
        return ((dates.to_local(word.value, home) if home else None) or word.value), None
    answer = place(word, usable, evidence, settings)
    return answer.value, answer.offset


def _add(options: list[Option], new: Option) -> None:
    """Put *new* to the option that says the same of all its pictures, or behind the others."""
    for option in options:
        if all(_same(option.moments.get(sha), moment) for sha, moment in new.moments.items()):
            option.witnesses += [witness for witness in new.witnesses if witness not in option.witnesses]
            option.sources += new.sources
            option.doubt = option.doubt if option.key == SUGGESTED else option.doubt or new.doubt
            return
    options.append(new)


def _same(one: Moment | None, other: Moment) -> bool:
    return one is not None and one[0][:_WHOLE_SECONDS] == other[0][:_WHOLE_SECONDS]
