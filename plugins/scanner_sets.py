"""Keep the scans of one paper photo together: ``name``, ``name_a`` (enhanced) and ``name_b`` (its back).

Epson's FastFoto names them so, in lower case and in one format.
"""

from __future__ import annotations

from collections.abc import Sequence

from mediaparser_core.bundle import folders, say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Bundle, Seen

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
ROLES = {"_a": "enhanced", "_b": "back"}


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found = []
    for folder in folders(files):
        images = {seen.name: seen for seen in folder if seen.kind == "image"}
        for name, front in images.items():
            stem, dot, ext = name.rpartition(".")
            parts = [(role, images.get(stem + ending + dot + ext)) for ending, role in ROLES.items()]
            there = [(role, scan) for role, scan in parts if scan is not None and scan.format == front.format]
            if stem and there:
                found.append(say("scanner_set", front, *there))
    return found
