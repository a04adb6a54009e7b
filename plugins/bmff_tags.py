"""Walk the boxes of ISO media files, and read pictures kept in them: HEIC and AVIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from mediaparser_plugins import icc_tags, tiff_tags, xmp_tags
from mediaparser_plugins.reading import Reading, Source, from_bytes

MOST_BOXES = 20_000
LONGEST_BOX = 16 * 1024 * 1024  # bytes that are read of one box

Box = tuple[bytes, int, int]
"""Type, and where its content begins and ends."""


def boxes(source: Source, start: int, end: int, reading: Reading) -> Iterator[Box]:
    """The boxes between *start* and *end*; a broken one is the last, and a doubt."""
    for _ in range(MOST_BOXES):
        if end - start < 8:
            if any(source(start, end - start)):
                reading.doubt("something after the last box")
            return
        head = source(start, 16)
        if len(head) < 8:
            return reading.doubt("the file is cut")
        size, kind = struct.unpack(">I4s", head[:8])
        content = start + 8
        if size == 1 and len(head) == 16:
            size, content = struct.unpack(">Q", head[8:])[0], start + 16
        elif size == 0:
            size = end - start
            if kind != b"mdat":
                reading.doubt(f"the box {kind!r} says no length")
        if size < content - start or start + size > end:
            return reading.doubt(f"the box {kind!r} is cut")
        yield kind, content, start + size
        start += size
    return reading.doubt("too many boxes")


def content(source: Source, box: Box, reading: Reading) -> bytes:
    """The bytes of one box, as far as they are wanted."""
    if box[2] - box[1] > LONGEST_BOX:
        reading.doubt(f"the box {box[0]!r} is too long")
    return source(box[1], min(box[2] - box[1], LONGEST_BOX))


def read_picture(source: Source, size: int, reading: Reading) -> None:
    """HEIC and AVIF: EXIF and XMP are items, shape and colour are properties of the primary item."""
    found = False
    for box in boxes(source, 0, size, reading):
        if box[0] == b"meta" and not found:
            found = True
            _Items(source, size, reading).read(box)
        elif box[0] not in (b"ftyp", b"mdat", b"free", b"skip", b"wide", b"mdat"):
            reading.doubt(f"{box[0]!r} in a picture")
    if not found:
        reading.doubt("a picture without items")


class _Items:
    def __init__(self, source: Source, size: int, reading: Reading) -> None:
        self.source, self.size, self.reading = source, size, reading
        self.kinds: dict[int, bytes] = {}
        self.places: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        self.properties: list[Box] = []
        self.belong: dict[int, list[int]] = {}
        self.primary = 0
        self.data = 0

    def read(self, meta: Box) -> None:
        readers = {
            b"pitm": self.pitm, b"iinf": self.iinf, b"iloc": self.iloc, b"iprp": self.iprp, b"idat": self.idat
        }  # fmt: skip
        for box in boxes(self.source, meta[1] + 4, meta[2], self.reading):
            try:
                if box[0] in readers:
                    readers[box[0]](box)
                elif box[0] not in (b"hdlr", b"dinf", b"iref", b"free", b"grpl"):
                    self.reading.doubt(f"{box[0]!r} among the items")
            except (struct.error, IndexError):
                self.reading.doubt(f"{box[0]!r} is cut")
        self.shape()
        for item, kind in self.kinds.items():
            if kind in (b"Exif", b"mime") and self.reading.first("exif" if kind == b"Exif" else "xmp"):
                self.item(item, kind)

    def pitm(self, box: Box) -> None:
        raw = content(self.source, box, self.reading)
        self.primary = struct.unpack_from(">H" if raw[0] == 0 else ">I", raw, 4)[0]

    def idat(self, box: Box) -> None:
        self.data = box[1]

    def iinf(self, box: Box) -> None:
        version = self.source(box[1], 1)
        start = box[1] + (6 if version == b"\0" else 8)
        for inner in boxes(self.source, start, box[2], self.reading):
            raw = content(self.source, inner, self.reading)
            if inner[0] != b"infe" or raw[0] not in (2, 3):
                self.reading.doubt("an item of an old kind")
                continue
            number, protected, kind = struct.unpack_from(">HH4s" if raw[0] == 2 else ">IH4s", raw, 4)
            if kind == b"mime":
                content_type, _, encoding = raw[12 if raw[0] == 2 else 14 :].partition(b"\0")[2].partition(b"\0")
                if content_type != b"application/rdf+xml":
                    kind = b"other"
                elif encoding.strip(b"\0"):
                    self.reading.doubt("an item that is packed")
            if protected:
                self.reading.doubt("an item that is protected")
            self.kinds[number] = kind

    def iloc(self, box: Box) -> None:
        raw = content(self.source, box, self.reading)
        version, sizes = raw[0], struct.unpack_from(">H", raw, 4)[0]
        offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        at = 6
        count, at = _number(raw, at, 2 if version < 2 else 4)
        left = MOST_BOXES
        for _ in range(min(count, MOST_BOXES)):
            item, at = _number(raw, at, 2 if version < 2 else 4)
            method = 0
            if version in (1, 2):
                method, at = _number(raw, at, 2)
            reference, at = _number(raw, at, 2)
            if reference:
                self.reading.doubt("an item in another file")
            base, at = _number(raw, at, base_size)
            extents, at = _number(raw, at, 2)
            spans = []
            for _ in range(min(extents, MOST_BOXES)):
                if version in (1, 2):
                    at += index_size
                offset, at = _number(raw, at, offset_size)
                length, at = _number(raw, at, length_size)
                spans.append((base + offset, length))
                left -= 1
                if left < 0:
                    return self.reading.doubt("too many pieces")
            self.places[item] = (method & 15, spans)
            if any(offset + length > self.size for offset, length in spans):
                self.reading.doubt("an item outside the file")
        return None

    def iprp(self, box: Box) -> None:
        for inner in boxes(self.source, box[1], box[2], self.reading):
            if inner[0] == b"ipco":
                self.properties = list(boxes(self.source, inner[1], inner[2], self.reading))
            elif inner[0] == b"ipma":
                self.ipma(content(self.source, inner, self.reading))

    def ipma(self, raw: bytes) -> None:
        wide = raw[3] & 1
        count, at = _number(raw, 4, 4)
        for _ in range(min(count, MOST_BOXES)):
            item, at = _number(raw, at, 2 if raw[0] == 0 else 4)
            number, at = _number(raw, at, 1)
            for _ in range(number):
                index, at = _number(raw, at, 2 if wide else 1)
                self.belong.setdefault(item, []).append(index & (0x7FFF if wide else 0x7F))

    def shape(self) -> None:
        """Size and colour profile of the primary item."""
        known = len(self.properties)
        mine = [self.properties[index - 1] for index in self.belong.get(self.primary, ()) if 0 < index <= known]
        for box in mine:
            raw = content(self.source, box, self.reading)
            if box[0] == b"ispe" and raw[:4] != b"\0\0\0\0":
                self.reading.doubt("a shape of another version")
            elif box[0] == b"ispe" and len(raw) == 12:
                self.reading.put("Composite:ImageSize", "{} {}".format(*struct.unpack(">II", raw[4:12])))
        if "Composite:ImageSize" not in self.reading.tags:
            self.reading.doubt("a picture without a shape")
        for box in sorted(self.properties, key=lambda box: box not in mine):
            raw = content(self.source, box, self.reading) if box[0] == b"colr" else b""
            if raw[:4] in (b"prof", b"rICC"):
                icc_tags.read(raw[4:], self.reading, again=True)

    def item(self, item: int, kind: bytes) -> None:
        method, spans = self.places.get(item, (0, []))
        if len(spans) != 1 or method not in (0, 1):
            return self.reading.doubt(f"{kind!r} in pieces")
        offset, length = spans[0]
        data = self.source(offset + (self.data if method else 0), min(length, LONGEST_BOX))
        if len(data) < length or length < 8:
            return self.reading.doubt(f"{kind!r} is cut")
        if kind == b"mime":
            xmp_tags.read(data, self.reading)
        else:
            start = 4 + struct.unpack(">I", data[:4])[0]
            tiff_tags.read(from_bytes(data[start:]), self.reading)
        return None


def _number(raw: bytes, at: int, size: int) -> tuple[int, int]:
    """An integer of *size* bytes (0: none, the number is 0) and where the next begins."""
    if size and at + size > len(raw):
        raise IndexError("cut")
    return int.from_bytes(raw[at : at + size], "big"), at + size
