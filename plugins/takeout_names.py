"""How Google Takeout names the sidecar of a picture: numbered, clipped and localised, differently every few years.

Only the way from the picture to its sidecar is certain: many pictures would clip to one sidecar's name. So a sidecar's
name is taken apart into every :func:`readings` it allows, and a picture asks for its :func:`keys` in order of strength.

==================================================  ===============================================================
picture                                             sidecar
==================================================  ===============================================================
``IMG_1.JPG``                                       ``IMG_1.JPG.json``, ``IMG_1.JPG.supplemental-metadata.json``
``Screenshot_20231027_123303_Facebook.jpg``         ``Screenshot_20231027_123303_Facebook.jpg.supple.json``
``IMG_1(2).JPG``                                    ``IMG_1.JPG(2).json``, ``IMG_1.JPG.supplemental-metadata(2).json``,
                                                    ``IMG_1.JPG(2).supplemental-metadata.json``
``05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg``  ``05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json``
``IMG_1.JPG``, its title being ``IMG_1``            ``IMG_1.json``, ``IMG_1.supplemental-metadata.json``
``IMG_1-edited.JPG``, ``IMG_1-bearbeitet.JPG``      those of ``IMG_1.JPG``
==================================================  ===============================================================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from mediaparser_core.formats import FORMATS
from mediaparser_core.names import fold

LONGEST = 51  # characters of a whole name, picture or sidecar, a copy's number not counted
KEPT = LONGEST - len(".json")
SUFFIX = "supplemental-metadata"  # since autumn 2024, any beginning of it

EDITED = (
    "edited", "effects", "smile", "mix",  # English; the last three in every language
    "bearbeitet", "bewerkt", "edytowane", "modificato", "modifié", "ha editado", "editado", "editada", "editat",
    "編集済み", "编辑", "已编辑", "已修改", "已編輯", "편집됨", "수정됨", "redigeret", "redigert", "redigerad",
    "muokattu", "upravené", "upraveno", "szerkesztve", "düzenlendi", "отредактировано", "изменено", "відредаговано",
    "змінено", "επεξεργασμένο", "uređeno", "diedit",
)  # fmt: skip
_EDITED = tuple(fold(word) for word in EDITED)

_KNOWN = {extension for known in FORMATS.values() for extension in (known.extension, *known.variants)}
_NUMBERED = re.compile(r"(.+)\((\d{1,9})\)", re.ASCII | re.DOTALL)

Key = tuple[str, str]
"""The name of a picture and the number of the copy, ``""`` for the first."""


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def split_number(stem: str) -> Key:
    """``"IMG_1(2)"`` → ``("IMG_1", "2")``."""
    found = _NUMBERED.fullmatch(stem)
    return (found[1], found[2]) if found else (stem, "")


def split_extension(name: str) -> tuple[str, str]:
    """``"IMG_1.JPG"`` → ``("IMG_1", ".JPG")``; a leading dot begins no extension."""
    stem, dot, ext = name.rpartition(".")
    return (stem, dot + ext) if stem else (name, "")


def _without_suffix(name: str) -> str | None:
    """*name* without ``.supplemental-metadata`` or a beginning of that, a bare dot included."""
    stem, dot, last = name.rpartition(".")
    return stem if dot and stem and SUFFIX.startswith(last.lower()) else None


def readings(sidecar: str) -> list[Key]:
    """Every key under which the sidecar file called *sidecar* may be asked for, the most literal first."""
    name = _nfc(sidecar)[: -len(".json")]
    found = [(name, "")]
    stem, number = split_number(name)
    if number:
        found.append((stem, number))
    for stem, number in list(found):
        shorter = _without_suffix(stem)
        if shorter is not None:
            found.append((shorter, number))
            inner, inner_number = split_number(shorter)
            if inner_number and not number:
                found.append((inner, inner_number))
    return [key for key in dict.fromkeys(found) if key[0]]


def number_of(sidecar: str) -> str:
    """The number of the copy that the sidecar file called *sidecar* belongs to, ``""`` for the first."""
    return max(number for _, number in readings(sidecar)) if sidecar[: -len(".json")] else ""


def clips(name: str) -> list[str]:
    """*name* cut to the 46 characters that a sidecar's name keeps of it; nothing when it is not longer.

    Google counts characters; which ones depends on the year: whole ones, UTF-16 units (an emoji is two), or those of
    the decomposed form in which a Mac uploaded the name (an é is two).
    """
    found = [name[:KEPT]]
    if not name.isascii():
        units = name.encode("utf-16-le", "surrogatepass")
        found.append(units[: 2 * KEPT].decode("utf-16-le", "ignore"))
        found.append(_nfc(unicodedata.normalize("NFD", name)[:KEPT]))
    return [clip for clip in dict.fromkeys(found) if clip != name]


def exact_keys(name: str) -> list[Key]:
    """What the sidecar of the picture *name* is called when nothing was cut: full name first, then as a copy."""
    name = _nfc(name)
    stem, ext = split_extension(name)
    first, number = split_number(stem)
    return [(name, ""), (first + ext, number)] if number else [(name, "")]


def clipped_keys(name: str) -> list[Key]:
    """… when the name was cut to 46 characters."""
    return [(clip, number) for whole, number in reversed(exact_keys(name)) for clip in clips(whole)]


def bare_keys(name: str) -> list[Key]:
    """… when the extension was cut, or was never there: ``.jp``, ``.j``, ``.``, nothing; the longest first."""
    return [
        (stem + ext[:length], number)
        for whole, number in exact_keys(name)
        for stem, ext in [split_extension(whole)]
        for length in range(len(ext) - 1, -1, -1)
    ]


def length(name: str) -> int:
    """How long Google thinks *name* is, at most."""
    return len(name) if name.isascii() else len(name.encode("utf-16-le", "surrogatepass")) // 2


def original(name: str) -> str | None:
    """The name of the picture of which *name* is the edited copy, the extension kept; ``None`` when it is none.

    The suffix may be clipped (``-ed``, ``-``), but only where the name is so long that it had to be.
    """
    stem, ext = split_extension(_nfc(name))
    first, number = split_number(stem)
    dash = first.rfind("-")
    if dash <= 0:
        return None
    word = fold(first[dash + 1 :])
    cut = length(first + ext) >= LONGEST - 1 and any(edited.startswith(word) for edited in _EDITED)
    if word not in _EDITED and not cut:
        return None
    return f"{first[:dash]}({number}){ext}" if number else first[:dash] + ext


def full_copy(name: str) -> str | None:
    """Of a numbered picture whose name fills all 51 characters, the first picture of that name, else ``None``.

    Where ``-edited`` found no room at all, the edited copy is called like its original, and numbered.
    """
    stem, ext = split_extension(_nfc(name))
    first, number = split_number(stem)
    return first + ext if number and length(first + ext) >= LONGEST - 1 else None


def loose(text: str) -> str:
    """*text* for comparing a title with a file name: Google writes ``_`` for what a file name may not have."""
    return re.sub(r"[\W_]+", "_", fold(text))


def another_format(title: str, name: str) -> bool:
    """Whether *title* ends in a picture's or video's extension, and not in that of *name*."""
    said, has = (fold(split_extension(text)[1]) for text in (title, name))
    return said in _KNOWN and said != has and not {said, has} <= {".jpg", ".jpeg"}


def titles_of(name: str) -> list[tuple[str, bool]]:
    """What the title of the picture *name* begins with, loosely, and whether that is the whole of it."""
    stem, ext = split_extension(_nfc(name))
    first, _ = split_number(stem)
    found = [(loose(part + end), True) for part in dict.fromkeys((stem, first)) for end in (ext, "")]
    return [*found, (loose(first), False)] if length(first + ext) >= LONGEST - 1 else found


def speaks_of_another(title: str | None, name: str, there: Collection[str]) -> bool:
    """Whether a sidecar called like that of the picture *name* has the *title* of another of those *there* (loosely).

    A picture keeps its stem whatever else is done to its name: it is numbered, clipped, edited, converted.
    """
    if not title or loose(title) not in there or loose(title) == loose(name) or speaks_of(title, name):
        return False
    said = loose(split_extension(title)[0])
    stems = (loose(split_extension(each)[0]) for each in (name, original(name), full_copy(name)) if each)
    return not any(said == stem or (length(name) >= LONGEST - 1 and said.startswith(stem)) for stem in stems)


def speaks_of(title: str | None, name: str) -> bool:
    """Whether a sidecar with this *title* is about the picture *name*, as far as clipping lets us see."""
    if not title:
        return False
    said = loose(title)
    return any(
        said == begin if whole else said.startswith(begin) and not another_format(title, name)
        for begin, whole in titles_of(name)
    )
