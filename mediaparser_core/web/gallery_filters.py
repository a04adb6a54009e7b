"""What the gallery is filtered by: as an address, as words, as a question to the catalog, as a Datasette table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from mediaparser_core.catalog.search import match
from mediaparser_core.catalog.squares import Square, is_place, read_square
from mediaparser_core.catalog.summary import SHOWN
from mediaparser_core.catalog.wanted import Wanted
from mediaparser_core.names import clean_text
from mediaparser_core.web import words

KINDS: Final = {"image": "photos", "video": "films"}
PLACES: Final = {"yes": "with a place", "no": "without a place"}
STATES: Final = {
    "exported": "in the export", "waiting": "not exported yet", "discarded": "left out", "duplicate": "other versions",
    "sidecar": "thumbnails", "missing": "files that are gone", "all": "everything",
}  # fmt: skip
_MOST_TAGS = 5
_LONGEST = 300  # characters; a tag has at most 200


class Arguments(Protocol):
    """The query of a request."""

    def get(self, name: str, default: str | None = None) -> str | None: ...
    def getlist(self, name: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one gallery page; empty where nothing is chosen. ``make`` and ``model`` are ``None`` for any camera."""

    kind: str = ""
    make: str | None = None
    model: str | None = None
    level: str = ""
    place: str = ""
    state: str = ""
    tags: tuple[str, ...] = ()
    square: Square | None = None
    q: str = ""

    @classmethod
    def read(cls, args: Arguments) -> Filters:
        """The filters in an address; what makes no sense is as if it were not there."""

        def one_of(name: str, known: Mapping[str, str]) -> str:
            value = args.get(name) or ""
            return value if value in known else ""

        make, model = args.get("make"), args.get("model")
        if make is not None or model is not None:
            make, model = _text(make), _text(model)
        tags = tuple(dict.fromkeys(_text(tag) for tag in args.getlist("tag") if tag.strip()))[:_MOST_TAGS]
        return cls(
            one_of("kind", KINDS), make, model, one_of("level", words.LEVELS), one_of("place", PLACES),
            one_of("state", STATES), tags, read_square(args.get("in")), _text(args.get("q")),
        )  # fmt: skip

    def but(self, name: str, value: Any) -> Filters:
        """The same with another *value* of the field *name*."""
        changes: dict[str, Any] = {name: value}
        return replace(self, **changes)

    @property
    def chosen(self) -> bool:
        return self != Filters()

    @property
    def unanswerable(self) -> bool:
        """Whether there are words to look for, but none that could be found."""
        return bool(self.q) and match(self.q) is None

    def wanted(self) -> Wanted:
        """As the catalog is asked."""
        return Wanted(
            kind=self.kind or None,
            level=self.level or None,
            placed={"yes": True, "no": False}.get(self.place),
            state=self.state or None,
            camera=None if self.make is None else (self.make, self.model or ""),
            tags=self.tags,
            square=self.square,
            words=match(self.q) if self.q else None,
        )

    def query(self, **more: str) -> str:
        """The address's query, *more* at its end; empty without filters."""
        pairs = [(name, value) for name in ("kind", "level", "place", "state", "q") if (value := getattr(self, name))]
        if self.make is not None:
            pairs += [("make", self.make), ("model", self.model or "")]
        pairs += [("tag", tag) for tag in self.tags]
        if self.square is not None:
            pairs.append(("in", str(self.square)))
        return urlencode([*pairs, *((name, value) for name, value in more.items() if value)])

    def chips(self) -> list[tuple[str, str]]:
        """Every filter in words, with the query without it."""
        found = []
        for name, known in (("kind", KINDS), ("level", LEVEL_WORDS), ("place", PLACES), ("state", STATES)):
            if value := getattr(self, name):
                found.append((known[value], self.but(name, "").query()))
        if self.make is not None:
            found.append((camera_name(self.make, self.model), replace(self, make=None, model=None).query()))
        for tag in self.tags:
            found.append((f"# {tag}", replace(self, tags=tuple(other for other in self.tags if other != tag)).query()))
        if self.square is not None:
            found.append(("around " + place_name(*self.square.middle), replace(self, square=None).query()))
        if self.q:
            found.append((f"“{self.q}”", replace(self, q="").query()))
        return found

    def table(self) -> str:
        """The query of Datasette's table ``library`` that shows the same, as far as a table can."""
        pairs = [(name, value) for name in ("kind", "level") if (value := getattr(self, name))]
        pairs += [("state", self.state)] if self.state not in ("", "all") else []
        for name, value in (("make", self.make), ("model", self.model)):
            if value is not None:
                pairs.append((name, value) if value else (f"{name}__isnull", "1"))
        if self.place:
            pairs.append(("latitude__notnull" if self.place == "yes" else "latitude__isnull", "1"))
        pairs += [("tags__arraycontains", tag) for tag in self.tags]
        return urlencode([*pairs, ("_sort_desc", "taken_at")])

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of ``library``, with what was decided since, belongs here; the words are not looked at."""
        placed = is_place(row["latitude"], row["longitude"])
        return (
            self.kind in ("", row["kind"])
            and self.level in ("", row["level"])
            and (self.make is None or (self.make, self.model) == (row["make"] or "", row["model"] or ""))
            and (not self.place or (self.place == "yes") == placed)
            and (self.state == "all" or row["state"] in ((self.state,) if self.state else SHOWN))
            and set(self.tags) <= set(row["tags"])
            and (self.square is None or self.square.holds(row["latitude"], row["longitude"]))
        )


LEVEL_WORDS: Final = {level: f"{word} date" for level, word in words.LEVELS.items()}


def camera_name(make: str | None, model: str | None) -> str:
    """*Canon EOS 450D*, not *Canon Canon EOS 450D*."""
    make, model = make or "", model or ""
    first = make.split(" ")[0].lower()
    if not model:
        return make or "unknown camera"
    return model if first and model.lower().startswith(first) else f"{make} {model}".strip()


def place_name(latitude: float, longitude: float) -> str:
    """*47.4° N, 8.5° E*."""
    return (
        f"{abs(latitude):.1f}° {'N' if latitude >= 0 else 'S'}, {abs(longitude):.1f}° {'E' if longitude >= 0 else 'W'}"
    )


def _text(value: str | None) -> str:
    return clean_text(value or "", limit=_LONGEST)
