"""What a picture's record says about the shot behind it: camera, moment, and whether there was a camera at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mediaparser_core.records import Look

_BEGINNING = datetime(1, 1, 1)
_SECOND = 1_000_000  # microseconds
_SCREENSHOT = re.compile(r"screen[ _-]?shot|screen[ _-]?capture|bildschirmfoto|capture d.?écran", re.IGNORECASE)
_DRAWN = frozenset({"png", "gif", "bmp"})  # what screens are saved as and cameras never write


@dataclass(frozen=True, slots=True)
class Moment:
    """Wall time in microseconds since the year 1; ``fraction``: the source counted parts of a second."""

    microseconds: int
    fraction: bool

    @property
    def second(self) -> int:
        return self.microseconds // _SECOND


def camera(look: Look) -> tuple[str, str] | None:
    """Maker and model, when the file names both."""
    return (look.make, look.model) if look.make and look.model else None


def moment(look: Look) -> Moment | None:
    """When it was taken, when that is known to the second."""
    if look.precision != "second" or not look.taken_at:
        return None
    try:
        since = datetime.fromisoformat(look.taken_at).replace(tzinfo=None) - _BEGINNING
    except ValueError:
        return None
    microseconds = (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds
    return Moment(microseconds, "." in look.taken_at)


def seconds_apart(one: Moment, other: Moment) -> float:
    """Seconds between two moments, in whole seconds unless both count parts of one: a copy often loses them."""
    if one.fraction and other.fraction:
        return abs(one.microseconds - other.microseconds) / _SECOND
    return float(abs(one.second - other.second))


def are_two_shots(one: Moment, other: Moment) -> bool:
    """Whether one camera cannot have taken both in one shot. A copy that lost its sub-seconds may have been rounded."""
    return seconds_apart(one, other) > (0 if one.fraction == other.fraction else 1)


def is_screenshot(look: Look) -> bool:
    """Whether a screen, not a camera, made it: pages and dialogs look alike to every hash."""
    if look.make or look.model:
        return False
    return look.format in _DRAWN or any(_SCREENSHOT.search(path.rsplit("/", 1)[-1]) for path in look.paths)
