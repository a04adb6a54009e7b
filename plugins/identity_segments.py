"""Which bytes of JPEG, PNG, GIF, WebP, AVI, PSD and BMP files are the picture, and not words about it.

Every function gives the pieces in order: absolute ``(offset, length)`` in the file, or bytes to take as they are.
Raises ValueError where the structure is broken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mediaparser_core.media import Media

Piece = tuple[int, int] | bytes
_BLOCK = 1024 * 1024
_NEAR = 4096  # bytes in which a stray marker or the end of a tiny picture is found without more ado
_MOST = 1_000_000  # segments, chunks or blocks; a GIF of 200 MB has about as many
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM"}


@dataclass(frozen=True, slots=True)
class JpegParts:
    """The first image of a JPEG: its kept header segments, its data from the first SOS on, whether it has an end."""

    headers: tuple[tuple[int, int], ...]
    data: tuple[int, int]
    ended: bool


def jpeg_parts(media: Media) -> JpegParts:
    """SOFn, DHT, DAC, DQT, DNL and DRI segments, and all from the first SOS to EOI (or to the end of the file)."""
    headers: list[tuple[int, int]] = []
    at = 2
    for _ in range(_MOST):
        head = media.read_at(at, 4)
        if len(head) < 4:
            raise ValueError("the file ends before the picture")
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if head[0] != 0xFF or marker == 0xFF:  # padding, or the stray bytes some cameras leave between segments
            at = _find(media, b"\xff", at + 1)
            if at < 0:
                raise ValueError("no marker")
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 2
        elif marker == 0xDA:
            # within entropy-coded data FF is always followed by 00 or a restart marker, so the first FFD9 is the end
            end = _find(media, b"\xff\xd9", at)
            return JpegParts(tuple(headers), (at, (media.size if end < 0 else end + 2) - at), end >= 0)
        elif marker == 0xD9 or length < 2:
            raise ValueError("an end before the picture")
        else:
            if 0xC0 <= marker <= 0xCF or marker in (0xDB, 0xDC, 0xDD):
                headers.append((at, 2 + length))
            at += 2 + length
    raise ValueError("too many segments")


def jpeg(media: Media) -> Iterator[Piece]:
    parts = jpeg_parts(media)
    yield from parts.headers
    yield parts.data


def _find(media: Media, mark: bytes, start: int) -> int:
    """Where *mark*, of one byte or two, comes next; -1 for nowhere."""
    if media.data is not None:
        at = media.data.find(mark, start, start + _NEAR)
        return at if at >= 0 else _find_far(media.data, mark, start)
    while start < media.size:
        at = media.read_at(start, _BLOCK).find(mark)
        if at >= 0:
            return start + at
        start += _BLOCK - len(mark) + 1
    return -1


def _find_far(data: bytes, mark: bytes, start: int) -> int:
    """As ``bytes.find``, which is seven times slower where every hundredth byte is the first one of *mark*."""
    import numpy as np

    values = np.frombuffer(data, dtype=np.uint8)
    for begin in range(start, len(data), _BLOCK // 4):
        some = values[begin : begin + _BLOCK // 4 + len(mark) - 1]
        hits = some[: len(some) - len(mark) + 1] == mark[0]
        for place, byte in enumerate(mark[1:], 1):
            hits &= some[place : len(some) - len(mark) + 1 + place] == byte
        if hits.any():
            return begin + int(hits.argmax())
    return -1


def png(media: Media) -> Iterator[Piece]:
    """IDAT without its division into chunks, the others with their names; text, times, profiles and Exif are words."""
    at = 8
    for _ in range(_MOST):
        head = media.read_at(at, 8)
        if len(head) < 8:
            raise ValueError("no IEND")
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind == b"IDAT":
            yield at + 8, length
        elif kind in _PNG_KEPT:
            yield at + 4, 4 + length
        at += 12 + length
    raise ValueError("too many chunks")


def gif(media: Media) -> Iterator[Piece]:
    """All but comments and applications' blocks (the number of loops is kept); 87a or 89a is the writer's business."""

    def table(flags: int) -> int:
        return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0

    def after_blocks(at: int) -> int:
        for _ in range(_MOST):
            size = media.read_at(at, 1)
            if size in (b"", b"\0"):
                break
            at += 1 + size[0]
        return at + 1

    at = 13 + table(media.read_at(10, 1)[0])
    yield 6, at - 6
    for _ in range(_MOST):
        head = media.read_at(at, 14)
        if head[:1] == b";":
            return
        if head[:1] == b"," and len(head) >= 10:
            end = after_blocks(at + 10 + table(head[9]) + 1)
            yield at, end - at
        elif head[:1] == b"!":
            end = after_blocks(at + 2)
            if head[1:2] in (b"\xf9", b"\x01") or head[3:11] in (b"NETSCAPE", b"ANIMEXTS"):
                yield at, end - at
        else:
            raise ValueError("an unknown block")
        at = end
    raise ValueError("too many blocks")


def _chunks(media: Media, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of the RIFF chunks between two places."""
    for _ in range(_MOST):
        head = media.read_at(start, 8)
        if len(head) < 8 or start + 8 > end:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, start + 8, length
        start += 8 + length + length % 2
    raise ValueError("too many chunks")


def webp(media: Media) -> Iterator[Piece]:
    """Picture, transparency and animation; a frame (ANMF) has sixteen bytes of its own and chunks like the file's."""
    for kind, start, length in _chunks(media, 12, media.size):
        if kind in _WEBP_KEPT:
            yield kind
            yield start, length
        elif kind == b"ANMF":
            yield start, 16
            for inner, inner_start, inner_length in _chunks(media, start + 16, start + length):
                if inner in _WEBP_KEPT:
                    yield inner
                    yield inner_start, inner_length


def avi(media: Media) -> Iterator[Piece]:
    """The ``movi`` lists of all its RIFFs; one that a camera never finished ends with the file."""
    for riff, start, length in _chunks(media, 0, media.size):
        if riff == b"RIFF":
            for kind, inner, inner_length in _chunks(media, start + 4, min(start + length, media.size)):
                if kind == b"LIST" and media.read_at(inner, 4) == b"movi":
                    yield inner + 4, min(inner_length - 4, media.size - inner - 4)


def psd(media: Media) -> Iterator[Piece]:
    """Header, colour table, layers and picture; the image resources between them are words."""
    width = 8 if media.head[4:6] == b"\0\2" else 4
    colours = 26
    resources = colours + 4 + int.from_bytes(media.read_at(colours, 4), "big")
    layers = resources + 4 + int.from_bytes(media.read_at(resources, 4), "big")
    if layers + width > media.size:
        raise ValueError("the file ends inside its resources")
    yield 0, resources
    yield layers, media.size - layers


def bmp(media: Media) -> Iterator[Piece]:
    """Everything behind the file header: sizes, palette, pixels."""
    yield 14, media.size - 14
