"""What a picture's record says about the shot behind it: camera, moment, and whether there was a camera at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mediaparser_core.records import Look

_BEGINNING = datetime(1, 1, 1)
_SECOND = 1_000_000  # microseconds
_TO_THE_SECOND = len("2019-05-04T12:00:03")
_SCREENSHOT = re.compile(r"screen[ _-]?shot|screen[ _-]?capture|bildschirmfoto|capture d.?écran", re.IGNORECASE)
_COUNTER = re.compile(r"[A-Z_]{1,4}[A-Z_](\d{4,5})(?: ?\(\d{1,3}\))?\.[A-Za-z0-9]{3,4}\Z", re.ASCII)
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
    """When it was taken, when that is known to the second: by the camera's clock, which may be wrong but counts for
    every copy alike, else by what is believed."""
    text = look.captured
    if not text or len(text) < _TO_THE_SECOND:
        text = look.taken_at if look.precision == "second" else None
    if not text:
        return None
    try:
        since = datetime.fromisoformat(text).replace(tzinfo=None) - _BEGINNING
    except ValueError:
        return None
    microseconds = (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds
    return Moment(microseconds, "." in text)


def number(look: Look) -> int | None:
    """What the camera counted into the name, when all its files are called so, as cameras call them: 456 of
    ``DSCF0456.JPG``."""
    found = {match[1] for path in look.paths if (match := _COUNTER.match(path.rsplit("/", 1)[-1]))}
    return int(found.pop()) if len(found) == 1 else None


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
