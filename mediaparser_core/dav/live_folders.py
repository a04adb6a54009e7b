"""Folders made of a shelf, none with more entries than Windows can list: large ones are split by date or by letter."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from mediaparser_core.catalog.shelf import Item, Path, Shelf, Span
from mediaparser_core.names import clean_part, fold

LARGEST = 2000  # entries: Windows takes a megabyte of listing
_REMEMBERED = 5_000  # folders whose contents are known by heart
_LEVELS = ((4, "undated"), (7, "month unknown"), (10, "day unknown"))  # characters of a moment: year, month, day


class Folder(NamedTuple):
    """A folder at *path* of the shelf, or a part of one. ``names`` are the folders in it (``None``: all there are),
    ``span`` are the pictures in it."""

    shelf: Shelf
    path: Path
    names: tuple[str, ...] | None = None
    span: Span | None = Span()

    def folders(self) -> dict[str, Folder]:
        """What is in it, by name, without the pictures."""
        remembered = self.shelf.remembered
        known: dict[str, Folder] | None = remembered.get(self[1:])
        if known is None:
            if len(remembered) > _REMEMBERED:
                remembered.clear()
            known = remembered[self[1:]] = self._folders()
        return known

    def _folders(self) -> dict[str, Folder]:
        names = self.shelf.below(self.path) if self.names is None else list(self.names)
        files = self._count()
        most = LARGEST if not files else LARGEST // 2
        below = (
            {name: Folder(self.shelf, (*self.path, name)) for name in names}
            if len(names) <= most
            else {label: self._replace(names=tuple(some), span=None) for label, some in _by_letter(names).items()}
        )
        if self.span is not None and files > LARGEST - len(below):
            for label, span in self._split(self.span).items():
                below.setdefault(label, self._replace(names=(), span=span))
        return below

    def files(self) -> list[Item]:
        """The pictures in it, by name; none when there are so many that they lie in folders of their own."""
        if self.span is None or self._count() > LARGEST - len(self.folders()):
            return []
        return self.shelf.files(self.path, self.span)

    def into(self, name: str) -> Folder | None:
        """The folder *name* in it, whichever way its letters are composed."""
        found = self.folders()
        return found.get(name) or found.get(unicodedata.normalize("NFC", name))

    def file(self, name: str) -> Item | None:
        """The picture *name* in it."""
        if self.span is None:
            return None
        found = self.shelf.find(self.path, self.span, name)
        if found is None or unicodedata.normalize("NFC", found.name) != unicodedata.normalize("NFC", name):
            return None
        return found if self._count() <= LARGEST - len(self.folders()) else None

    def _count(self) -> int:
        if self.span is None:
            return 0
        if self.span == Span():
            return self.shelf.count(self.path)
        return sum(count for _, count in self.shelf.parts(self.path, self.span, 0))

    def _split(self, span: Span) -> dict[str, Span]:
        """*span* by year, month or day, whichever tells something; else cut into pieces by name."""
        for length, unknown in _LEVELS:
            if length > span.length:
                parts = self.shelf.parts(self.path, span, length)
                if len(parts) > 1:
                    return {
                        _label(text, length) or unknown: span._replace(length=length, text=text) for text, _ in parts
                    }
                span = span._replace(length=length, text=parts[0][0]) if parts else span
        cuts = self.shelf.keys(self.path, span, LARGEST)
        return {f"part {number}": span._replace(first=first, last=last) for number, (first, last) in enumerate(cuts, 1)}


def _label(text: str, length: int) -> str:
    if len(text) < length:
        return ""
    return text if length == 4 else text[-2:]


def _by_letter(names: list[str]) -> dict[str, list[str]]:
    """Too many folders, by as few first letters as tell them apart."""
    for letters in range(1, 40):
        found: dict[str, list[str]] = {}
        for name in names:
            found.setdefault(clean_part(fold(name)[:letters].upper()), []).append(name)
        if 1 < len(found) <= LARGEST // 2:
            return found
    return {f"part {start // LARGEST + 1}": names[start : start + LARGEST] for start in range(0, len(names), LARGEST)}
