"""What sets the pictures of a group apart, in words: resolution, size, format, time, camera, metadata, place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mediaparser_core import dates
from mediaparser_core.web import words

Row = Mapping[str, Any]
Note = tuple[str, str]  # words, and the kind of chip: "good", "doubt", "info" or ""
Look = Callable[[Row, Sequence[Row]], Note | None]

_YEAR = 31_556_952  # seconds
_SAME = 0.05  # seconds: less is the rounding of a camera that writes hundredths
_SHARES = (
    (0.0, 0.04, "hardly any"),
    (0.22, 0.28, "a quarter"),
    (0.3, 0.37, "a third"),
    (0.45, 0.55, "half"),
    (0.72, 0.78, "three quarters"),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """``shared`` is true of all (about what, ``same`` says), ``notes`` has what is true of one, by SHA-256."""

    shared: list[str]
    same: frozenset[str]
    notes: dict[str, list[Note]]


def compare(rows: Sequence[Row], about: Mapping[str, Row], keeper: str) -> Compared:
    """Compare the pictures of a group; *about* has how much each says of itself, times are told from the *keeper*'s."""
    shared: dict[str, str] = {}
    notes: dict[str, list[Note]] = {row["sha256"]: [] for row in rows}
    looks: dict[str, Look] = {
        "pixels": _pixels,
        "bytes": _bytes,
        "format": _format,
        "date": _when(rows, keeper),
        "camera": _camera,
        "metadata": _metadata(about),
        "place": _place,
    }
    for name, of in looks.items():
        found = {row["sha256"]: of(row, rows) for row in rows}
        said = set(found.values())
        if len(said) == 1 and (one := said.pop()) is not None:
            shared[name] = one[0]
        elif len(said) > 0:
            for sha, note in found.items():
                if note is not None and note[0]:
                    notes[sha].append(note)
    return Compared([said for said in shared.values() if said], frozenset(shared), notes)


def size_in_words(row: Row) -> str:
    return f"{row['width']} × {row['height']}" if row["width"] and row["height"] else ""


def camera_in_words(row: Row) -> str:
    make, model = row["make"] or "", row["model"] or ""
    return model if model.lower().startswith(make.lower().split(" ")[0] or "\0") else f"{make} {model}".strip()


def _area(row: Row) -> int:
    return (row["width"] or 0) * (row["height"] or 0)


def _pixels(row: Row, rows: Sequence[Row]) -> Note | None:
    areas = [_area(each) for each in rows]
    if len(set(areas)) == 1:
        return (size_in_words(row), "") if areas[0] else None
    if _area(row) == max(areas):
        return "most pixels", "good"
    return f"{_share(_area(row) / max(areas))} of the pixels", "doubt"


def _bytes(row: Row, rows: Sequence[Row]) -> Note | None:
    sizes = [each["size"] for each in rows]
    if len(set(sizes)) == 1:
        return words.size(sizes[0]), ""
    if row["size"] == max(sizes):
        return "largest file", "good"
    less = round(100 * (1 - row["size"] / max(sizes)))
    return (f"{less} % smaller file", "") if less else ("a little smaller", "")


def _format(row: Row, rows: Sequence[Row]) -> Note | None:
    return str(row["format"]).upper(), "info"


def _when(rows: Sequence[Row], keeper: str) -> Look:
    first = next((row["taken_at"] for row in rows if row["sha256"] == keeper), None)
    same = len({(row["taken_at"] or "")[:19] for row in rows}) == 1

    def of(row: Row, rows: Sequence[Row]) -> Note | None:
        if same:
            return (f"taken {words.when(row['taken_at'], seconds=True)}", "") if row["taken_at"] else None
        if not row["taken_at"]:
            return "no date", "doubt"
        if row["sha256"] == keeper or not first:
            return "", ""
        apart = dates.difference(row["taken_at"], first)
        if apart is None:
            return f"dated {words.when(row['taken_at'])}", "info"
        if abs(apart) < _SAME:
            return "", ""
        return f"{lasts(abs(apart))} {'later' if apart > 0 else 'earlier'}", "info"

    return of


def _camera(row: Row, rows: Sequence[Row]) -> Note | None:
    named = camera_in_words(row)
    if named:
        return named, "info"
    return ("no camera named", "doubt") if any(camera_in_words(each) for each in rows) else None


def _metadata(about: Mapping[str, Row]) -> Look:
    def of(row: Row, rows: Sequence[Row]) -> Note | None:
        counts = [about.get(each["sha256"], {}).get("claims", 0) for each in rows]
        mine = about.get(row["sha256"], {}).get("claims", 0)
        if len(set(counts)) == 1:
            return None
        if not mine:
            return "no dates inside", "doubt"
        return ("most complete metadata", "good") if mine == max(counts) else ("", "")

    return of


def _place(row: Row, rows: Sequence[Row]) -> Note | None:
    placed = [each["latitude"] is not None for each in rows]
    if len(set(placed)) == 1:
        return None
    return ("knows the place", "good") if row["latitude"] is not None else ("no place", "")


def _share(part: float) -> str:
    return next((said for least, most, said in _SHARES if least <= part <= most), f"{round(100 * part)} %")


def lasts(seconds: float) -> str:
    """A length of time as people say it: 0.4 seconds, 3 minutes, 2 days."""
    if seconds < 2:
        said = f"{seconds:.1f}".removesuffix(".0")
        return f"{said} second" if said == "1" else f"{said} seconds"
    for unit, length, most in (
        ("second", 1, 60),
        ("minute", 60, 3600),
        ("hour", 3600, 86400),
        ("day", 86400, 60 * 86400),
    ):
        if seconds < most:
            return words.number(round(seconds / length), unit)
    years = round(seconds / _YEAR)
    if seconds < 2 * _YEAR and abs(seconds - years * _YEAR) > 4 * 86400:
        return words.number(round(seconds / (30.44 * 86400)), "month")
    return words.number(years, "year")
