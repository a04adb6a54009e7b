"""Pair pictures that are the same picture: resized, recompressed, converted, stripped, edited a little, cropped, captioned,
turned or mirrored; and videos that are the same video.

Hashes that are near make a pair worth a look (:mod:`candidates`), a comparison of sketches decides (:mod:`copies`). What
pixels cannot tell the clock does: two files that each name a camera and a second, and not the same one, are two pictures,
however alike; the same hundredth of a second of one camera is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_core.settings import Settings
from mediaparser_plugins import candidates, copies, films, look_tables
from mediaparser_plugins.look_tables import is_flat

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.look_tables import Flags

__all__ = ["is_flat", "match"]

_KINDS = {copies.MIRRORED: "mirrored"}  # mostly a copy, but two that face each other may be two pictures on purpose
Sketches = Callable[[Iterable[str]], Mapping[str, bytes]]


@hookimpl
def match(assets: Sequence[Look], settings: Settings, new: Set[str] | None, sketches: Sketches) -> Iterable[Match]:
    table = look_tables.tabulate(assets)
    if len(table.sha256) < 2:
        return []
    pairs = candidates.find(table, settings.similar_distance, _flags(table, new))
    verdicts = _listened(table, pairs, copies.judge(table, pairs, settings.similar_distance, sketches))
    rows = zip(
        *(column[verdicts.good].tolist() for column in (pairs.i, pairs.j, pairs.phash, *verdicts[1:])), strict=True
    )
    return [
        Match(
            a := table.sha256[i], b := table.sha256[j], _KINDS.get(word, "similar"), float(bits), round(sure, 3),
            copies.WORDS[word].format(share=share), None if lesser < 0 else (a, b)[lesser],
        )
        for i, j, bits, sure, word, share, lesser in rows
    ]  # fmt: skip


def _listened(table: look_tables.Table, pairs: candidates.Candidates, verdicts: copies.Verdicts) -> copies.Verdicts:
    """*verdicts* on videos, which were on one frame each, with what their other frames and their sound say."""
    import numpy as np

    for place in np.flatnonzero(verdicts.good & table.video[pairs.i]).tolist():
        agree, contradict = films.agreement(table.films[pairs.i[place]], table.films[pairs.j[place]])
        if contradict > agree:
            verdicts.good[place] = False
        elif verdicts.word[place] != copies.DATA:
            most = 0.80 if contradict else 0.98 if agree > 1 else 0.95 if agree else 0.90
            verdicts.sure[place] = min(float(verdicts.sure[place]), most)
    return verdicts


def _flags(table: look_tables.Table, new: Set[str] | None) -> Flags | None:
    import numpy as np

    return None if new is None else np.array([sha in new for sha in table.sha256], dtype=bool)
