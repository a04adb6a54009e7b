"""Tell whose notes a note is, by how it begins and by who made the camera.

The order counts: what is nobody's on top may be somebody's below. Beginnings and makers are those by which ExifTool
tells notes apart (``exiftool -v3`` names the kind); ``None`` stands for kinds whose tables hold no serial number, no date
and no identifier that becomes a fact.
"""

from __future__ import annotations

import re

_Row = tuple[str | None, tuple[str, ...], tuple[bytes, ...], bytes, str]

# A make begins so; after "=" it is just so. In capitals or not: after "~" it begins so, after "!" it is so, after "*"
# it contains this.
_MINOLTA = ("~konica minolta", "~minolta")
_RICOH = ("RICOH", "PENTAX RICOH")

KINDS: tuple[_Row, ...] = (
    # kind, makes, beginnings, what the rest of the beginning looks like, model
    ("apple", (), (b"Apple iOS\0",), b"", ""),
    ("nikon", (), (b"Nikon\0\2",), b"", ""),
    ("canon with numbers of its own", ("Canon",), (), b"", "EOS 5D"),
    ("canon", ("Canon",), (), b"", ""),
    (None, ("CASIO",), (), rb"(?!(QVC|DCI)\0)", ""),
    (None, (), (b"QVC\0", b"DCI\0"), b"", ""),
    ("DJI in words", (), (b"[ae_dbg_info:",), b"", ""),
    (None, ("=DJI",), (), rb"(?!...@AMBA)", ""),
    (None, ("FLIR Systems",), (), b"", ""),
    ("fujifilm", (), (b"FUJIFILM", b"GENERALE"), b"", ""),
    (None, (), (b"GE\0\0", b"GENIC\0"), b"", ""),
    ("GE, the second kind", (), (b"GE\x0c\0\0\0\x16\0\0\0",), b"", ""),
    (None, ("=Hasselblad",), (), b"", ""),
    (None, (), (b"Hewlett-Packard", b"Vivitar"), b"", ""),
    ("hp text", (), (b"610",), rb"...[\x00-\x04]", ""),
    ("hp number", (), (b"IIII\4\0", b"IIII\6\0"), b"", ""),
    (None, (), (b"ISLMAKERNOTE000\0",), b"", ""),
    (None, (), (b"JVC ",), b"", ""),
    (None, ("JVC", "Victor"), (b"VER:",), b"", ""),
    ("kodak info", ("EASTMAN KODAK",), (b"KDK",), b"", ""),
    (None, (), (), rb".{8}Eastman Kodak", ""),
    (None, (), (b"\1\0\0\0\0\0\4\0", b"\1\0\1\0\0\0\4\0"), rb".{8}[a-zA-Z]{4}", ""),
    ("kodak dc", ("EASTMAN KODAK",), (), rb"(?!MM|II|AOC).{12}\x07", ""),
    (None, ("Eastman Kodak",), (), rb"(?!MM|II|AOC).{41}JPG", ""),
    (None, ("EASTMAN KODAK",), (), b"", "CX(4200|4230|4300|4310|6200|6230)|DX3215|DX3700"),
    (None, ("EASTMAN KODAK",), (), rb"\x00(\x1a\x18|\x3a\x08|\x59\xf8|\x14\x80)\x00", ""),
    ("kodak number", ("*kodak",), (b"C", b"K"), rb".[A-Z\d]{3} ?[A-Z\d]{1,2}\d{2}[A-Z\d]\d{4}[ \x00]", ""),
    ("kodak directory", ("*kodak",), (), rb"\x00[\x02-\x7f]..\x00[\x01-\x0c]\x00\x00", ""),
    ("kodak directory", ("*kodak",), (), rb"[\x02-\x7f]\x00..[\x01-\x0c]\x00..\x00\x00", ""),
    ("Kodak with two bytes too many", ("*kodak",), (b"MM\0*\0\0\0\x08",), rb".{8}\x00.\x00\x00", ""),
    ("kodak tiff", ("*kodak",), (b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0"), b"", ""),
    ("kodak dated", (), (b"IIII\2\0", b"IIII\3\0"), rb".{20}\d{4}/\d\d/\d\d ", ""),
    (None, ("*kodak",), (b"MM\0", b"II"), rb"MM\x00[\x02-\x7f]|II[\x02-\x7f]\x00", ""),
    (None, (), (b"II*\0\x08\0\0\0",), rb".{9}\x00\x00\x00", "(?i)kodak|pixpro"),
    (None, (), (b"MM\0*\0\0\0\x08\0\0\0",), rb".{8}\x00\x00\x00.", "(?i)kodak|pixpro"),
    (None, ("*kodak",), (), rb"(?!AOC\x00)", ""),
    (None, (), (b"KYOCERA",), b"", ""),
    ("minolta", _MINOLTA, (), rb"(?!MINOL|CAMER|MLY0|KC|\+M\+M|\xd7)", ""),
    ("old olympus", (), (b"MINOL\0", b"CAMER\0"), b"", ""),
    (None, _MINOLTA, (), b"", ""),
    ("motorola", (), (b"MOT\0",), b"", ""),
    (None, (), (b"Nikon\0\1",), b"", ""),
    ("old nikon", ("~nikon",), (), b"", ""),
    ("nintendo", ("=Nintendo",), (), b"", ""),
    ("old olympus", (), (b"OLYMP\0", b"EPSON\0"), b"", ""),
    ("olympus", (), (b"OLYMPUS\0",), b"", ""),
    ("om system", (), (b"OM SYSTEM\0",), b"", ""),
    ("leica of panasonic", ("=LEICA",), (), b"", ""),
    ("a Leica", ("Leica Camera AG",), (), b"", ""),
    ("a Leica", (), (b"LEICA\0", b"LEICA CAMERA AG\0"), b"", ""),
    ("panasonic", (), (b"Panasonic",), b"", "^(?!DC-FT7$)"),
    (None, ("Panasonic",), (b"MKE",), b"", ""),
    ("panasonic DC-FT7", (), (b"Panasonic",), b"", ""),
    ("pentax", (), (b"AOC\0",), b"", r"^(?!PENTAX Optio ?[34]30RS\s*$)"),
    (None, ("Asahi",), (), b"", ""),
    (None, ("PENTAX",), (), rb"\d{3}", ""),
    ("new pentax", (), (b"PENTAX \0",), b"", ""),
    (None, (), (b"S1\0\0\0\0\0\0\x0c\0\0\0",), b"", ""),
    ("phase one", (), (b"IIII", b"MMMMRaw"), rb"IIII.waR|MMMMRaw.", ""),
    ("hyperfire", (), (b"\1\xf1\2\0", b"\1\xf1\3\0"), b"", ""),
    ("hyperfire", ("=RECONYX",), (b"\1\xf1",), b"", ""),
    ("ultrafire", (), (b"RECONYXUF\0",), b"", ""),
    ("hyperfire 2", (), (b"RECONYXH2\0",), b"", ""),
    ("ricoh of pentax", (), (b"RICOH\0II", b"RICOH\0MM"), b"", ""),
    (None, _RICOH, (), b"", "^RICOH WG-M1$"),
    (None, _RICOH, (b"MM\0*\0\0\0\x08",), rb".{8}\x00.\x00\x00", ""),
    (None, _RICOH, (b"II*\0\x08\0\0\0",), rb".{9}\x00\x00\x00", ""),
    ("ricoh", _RICOH, (), rb"(?i:Ricoh|      |MM\x00\*|II\*\x00)", ""),
    (None, ("RICOH",), (), b"", ""),
    (None, (), (b"STMN",), rb"....\d{3}", ""),
    ("samsung", ("!samsung",), (), rb"(\x00.\x00\x01\x00\x07\x00{3}\x04|.\x00\x01\x00\x07\x00\x04\x00{3})0100", ""),
    (None, ("SANYO",), (), b"", ""),
    ("sigma", ("SIGMA", "FOVEON"), (b"SIGMA", b"FOVEON"), b"", ""),
    (None, ("SIGMA", "FOVEON"), (), b"", ""),
    ("sony", (), (b"SONY DSC", b"SONY CAM", b"SONY MOBILE", b"\0\0SONY PIC\0", b"VHAB     \0"), b"", ""),
    ("sony of olympus", (), (b"SONY PI\0",), b"", ""),
    ("old olympus", (), (b"PREMI\0",), b"", ""),
    ("sony DSC-H200 and others", (), (b"SONY PIC\0",), b"", ""),
    ("sony without a head", ("SONY",), (), rb"(?!\x01\x00)", ""),
    ("sony without a head", ("HASSELBLAD",), (), rb"(?!\x01\x00)", "^(HV|Stellar|Lusso|Lunar)"),
    (None, (), (b"SEMC MS\0",), b"", ""),
    ("sony SRF", ("SONY",), (), b"", ""),
)


def kind_of(note: bytes, make: str, model: str) -> str | None:
    """The kind of *note* in a picture of *make* and *model*; ``None`` when it holds nothing for us, or is nobody's."""
    lower = make.lower()
    for kind, makes, begins, pattern, models in KINDS:
        if (
            (not begins or note.startswith(begins))
            and (not makes or any(_is(make, lower, wanted) for wanted in makes))
            and (not pattern or re.match(pattern, note, re.DOTALL))
            and (not models or re.search(models, model))
        ):
            return kind
    return None


def _is(make: str, lower: str, wanted: str) -> bool:
    mark, rest = wanted[0], wanted[1:]
    if mark == "=":
        return make == rest
    if mark == "~":
        return lower.startswith(rest)
    if mark == "!":
        return lower == rest
    return rest in lower if mark == "*" else make.startswith(wanted)
