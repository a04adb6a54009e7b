"""The two things a person can write into a file name for us: ``[FORCE]`` and ``{tag, another tag}``."""

from __future__ import annotations

import re

MOST_TAGS, LONGEST_TAG = 32, 100  # a name has 255 bytes; anything beyond this was not typed by a person

_FORCE = re.compile(r"\[force\]", re.IGNORECASE)
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # {3F2504E0-…}: how Windows names what has no name
_BRACES = re.compile(rf"\{{(?!{_GUID}\}})([^{{}}]*)\}}", re.IGNORECASE)


def is_forced(name: str) -> bool:
    """Whether *name* says that its date overrides everything: ``[FORCE]``, in any case, anywhere."""
    return _FORCE.search(name) is not None


def name_tags(name: str) -> list[str]:
    """The words between braces in *name*, in order, each once: ``"{oma, garden}"``. At most 32 of 100 characters."""
    tags: dict[str, str] = {}
    for inside in _BRACES.findall(name):
        for word in re.split(r"[,;]", inside):
            tag = " ".join(word.split())[:LONGEST_TAG].strip()
            if tag:
                tags.setdefault(tag.casefold(), tag)
    return list(tags.values())[:MOST_TAGS]


def strip_name_syntax(stem: str) -> str:
    """*stem* (or a whole name) without ``[FORCE]`` and ``{tags}``, which are for us and not for the exported name.

    What stood between two blanks leaves one blank, and none before the extension; ``"unnamed"`` where nothing is left.
    """
    stripped = stem
    while (shorter := _BRACES.sub("", _FORCE.sub("", stripped))) != stripped:
        stripped = shorter  # what was removed may have hidden another pair of braces
    if stripped == stem:
        return stem
    stripped = re.sub(r"\s{2,}", " ", stripped)
    stripped = re.sub(r"[\s_-]+(?=\.[^.\s]{1,10}$|$)", "", stripped).lstrip(" _-")
    return f"unnamed{stripped}" if not stripped or (stripped[0] == "." and stem[0] != ".") else stripped
