"""Describe what else is in a film than its first frame: some later frames and a few seconds of its sound.

Two films that begin alike (a title, a stage before the play) are told apart by what comes later; a film and its copy
agree there, also when every key frame of the copy lies elsewhere. A few frames are decoded and a few seconds heard,
never the film.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from mediaparser_plugins.picture_hashes import phash

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PLACES = (
    0.7,
    2.3,
    8.3,
    30.3,
    120.3,
)  # seconds from the beginning, no round ones, at which films are cut: those of a copy lie where those of the original do
_FRAMES = 3  # of these places are looked at, the last ones before the end
_END = 0.2  # seconds before the end where nothing is asked any more
_PIXELS = 24_000_000  # decoded at one place at most, for decoders go on from the last key frame
_PACKETS = 600  # read at one place at most
_DARK, _EVEN = 20.0, 8.0  # grey levels: mean and standard deviation below which a frame says nothing

_RATE = 8000  # samples a second
_HEARD = 2.5  # seconds at one place
_SLICE, _STEP = 4000, 1000  # samples: half a second, an eighth of a second on
_BANDS = (200, 400, 700, 1200, 2000, 3400)  # Hz
_SILENCE = 0.002  # of full scale
_DULL = 0.1  # in natural logarithms: what changes less, like a tone, is told by the encoder's noise

_SAME_TIME, _ABOUT = 0.1, 1.0  # seconds between two frames that must be the same, that may be
_LIKE, _UNLIKE = 12, 24  # bits of a frame's 64
_SOUNDS_LIKE, _SOUNDS_UNLIKE = 16, 25  # … of a sound's 64


class _Film(NamedTuple):
    """What a note says: frames as seconds and hash, sounds as place and hash."""

    frames: list[tuple[float, int]]
    sounds: dict[float, int]


def describe(container: InputContainer) -> str | None:
    """What a film looks and sounds like later on, as the text of a ``film`` note; ``None`` where nothing can be told.

    Decoders leave the container anywhere. Whatever is broken later in a film is only not told.
    """
    from av.error import FFmpegError

    broken = (FFmpegError, ValueError, OSError, ArithmeticError, MemoryError)
    length = (container.duration or 0) / 1_000_000
    places = [place for place in PLACES if place < length - _END][-_FRAMES:]
    told = []
    for place in places:
        with suppress(*broken):
            if seen := _frame_at(container, place):
                told.append(seen)
    for place in places:
        with suppress(*broken):
            if (heard := _sound_at(container, place)) is not None:
                told.append(heard)
    return " ".join(dict.fromkeys(told)) or None


def agreement(a: str | None, b: str | None) -> tuple[int, int]:
    """On how many frames and sounds two notes agree, and on how many they contradict each other."""
    one, other = _read(a), _read(b)
    agree = contradict = 0
    for second, bits in one.frames:
        near = [(abs(second - when), (bits ^ their).bit_count()) for when, their in other.frames]
        near = [(apart, differ) for apart, differ in near if apart <= _ABOUT]
        if any(differ <= _LIKE for _, differ in near):
            agree += 1
        elif any(apart <= _SAME_TIME and differ >= _UNLIKE for apart, differ in near):
            contradict += 1
    for place in one.sounds.keys() & other.sounds.keys():
        differ = (one.sounds[place] ^ other.sounds[place]).bit_count()
        agree += differ <= _SOUNDS_LIKE
        contradict += differ >= _SOUNDS_UNLIKE
    return agree, contradict


def _read(note: str | None) -> _Film:
    film = _Film([], {})
    for word in (note or "").split():
        kind, _, rest = word.partition(":")
        place, _, bits = rest.partition("=")
        with suppress(ValueError):
            if kind == "frame":
                film.frames.append((float(place), int(bits, 16)))
            elif kind == "sound":
                film.sounds[float(place)] = int(bits, 16)
    return film


# -- frames ------------------------------------------------------------------------------------------------------------


def _frame_at(container: InputContainer, place: float) -> str | None:
    """The frame at *place* seconds, or the last one before it that can be had cheaply."""
    from PIL.ImageStat import Stat

    stream = next(iter(container.streams.video), None)
    if stream is None:
        return None
    stream.codec_context.skip_frame = "DEFAULT"
    best: Any = None
    decoded = 0
    for frame in _decoded(container, stream, place):
        when = _when(container, frame)
        if when is None or (best is not None and when > place + _SAME_TIME / 2):
            break
        best = frame
        decoded += frame.width * frame.height
        if when >= place - _SAME_TIME / 2 or decoded >= _PIXELS:
            break
    if best is None:
        return None
    grey = best.reformat(256, 256, "gray", interpolation="AREA").to_image().convert("L")
    grey = grey.rotate(best.rotation % 360, expand=True) if best.rotation % 360 else grey
    mean, spread = Stat(grey).mean[0], Stat(grey).stddev[0]
    if mean < _DARK or spread < _EVEN:
        return None
    return f"frame:{_when(container, best):.2f}={phash(grey)}"


def _decoded(container: InputContainer, stream: Any, place: float) -> Iterator[Any]:
    start = (container.start_time or 0) / 1_000_000
    container.seek(int((start + place) * 1_000_000))
    for count, packet in enumerate(container.demux(stream)):
        yield from packet.decode()
        if count > _PACKETS:
            return


def _when(container: InputContainer, frame: Any) -> float | None:
    return None if frame.time is None else float(frame.time) - (container.start_time or 0) / 1_000_000


# -- sound -------------------------------------------------------------------------------------------------------------


def _sound_at(container: InputContainer, place: float) -> str | None:
    import numpy as np
    from av import AudioResampler

    stream = next(iter(container.streams.audio), None)
    if stream is None:
        return None
    resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
    wanted = int(_HEARD * _RATE)
    parts: list[Numbers] = []
    skip, have = None, 0
    for frame in _decoded(container, stream, place):
        if skip is None:
            when = _when(container, frame)
            if when is None or when > place + _SAME_TIME:
                return None
            skip = int((place - when) * _RATE)
        for small in resampler.resample(frame):
            parts.append(small.to_ndarray().reshape(-1).astype(np.float64))
            have += len(parts[-1])
        if have >= skip + wanted:
            break
    if skip is None or have < skip + wanted:
        return None
    heard = np.concatenate(parts)[max(0, skip) :][:wanted]
    bits = _hash(heard) if len(heard) == wanted else None
    return None if bits is None else f"sound:{place:g}={bits:016x}"


def _hash(heard: Numbers) -> int | None:
    """64 bits: whether the share of each band grows or falls, from each eighth of a second to the next."""
    import numpy as np

    if not np.isfinite(heard).all() or float(np.sqrt((heard**2).mean())) < _SILENCE:
        return None
    starts = range(0, len(heard) - _SLICE + 1, _STEP)
    slices = np.stack([heard[at : at + _SLICE] for at in starts]) * np.hanning(_SLICE)
    power = np.abs(np.fft.rfft(slices, axis=1)) ** 2
    edges = [round(hertz * _SLICE / _RATE) for hertz in _BANDS]
    bands = np.log(np.stack([power[:, a:b].sum(axis=1) for a, b in pairwise(edges)], axis=1) + 1e-9)
    change = np.diff(np.diff(bands, axis=1), axis=0)
    if float(np.abs(change).mean()) < _DULL:
        return None
    return int.from_bytes(np.packbits(change.ravel() > 0).tobytes(), "big")
