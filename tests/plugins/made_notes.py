"""Notes of camera makers, put together byte by byte, and the small JPEGs they lie in."""

from __future__ import annotations

import importlib.util
import struct
import sys
from pathlib import Path
from types import ModuleType

MAKE, MODEL, POINTER, NOTE = 0x010F, 0x0110, 0x8769, 0x927C
AT = 8 + (2 + 3 * 12 + 4) + 32 + 32 + (2 + 12 + 4)  # where a note begins in the TIFF

QUALITY = (0x9999, 3, 1, b"\1\0")  # a tag that nobody asks for
SERIAL = b"ABCDEF0123456\0\0\0"

Entry = tuple[int, int, int, bytes]


def mutated_heads() -> ModuleType:
    """The benchmark of that name, whose mutants and comparison the tests use."""
    if "mutated_heads" not in sys.modules:
        script = Path(__file__).parents[2] / "benchmarks" / "mutated_heads.py"
        spec = importlib.util.spec_from_file_location("mutated_heads", script)
        assert spec and spec.loader
        found = sys.modules["mutated_heads"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
    return sys.modules["mutated_heads"]


def directory(*entries: Entry, at: int, order: str = "<") -> bytes:
    """A directory whose values lie behind it, and that begins at *at* of whatever its offsets count from."""
    table, values, behind = b"", b"", at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", behind + len(values))
        values += value if len(value) > 4 else b""
        table += struct.pack(order + "HHI", tag, kind, count) + field
    return struct.pack(order + "H", len(entries)) + table + bytes(4) + values


def behind(head: bytes, *entries: Entry, base: int = AT, order: str = "<") -> bytes:
    """*head* and a directory whose offsets count from *base* bytes before it: by default from the TIFF."""
    return head + directory(*entries, at=base + len(head), order=order)


def block(kind: int, value: bytes, tag: int) -> Entry:
    return tag, kind, len(value), value


def at(length: int, *parts: tuple[int, bytes]) -> bytes:
    """*length* bytes, zero but for the *parts* at their places."""
    made = bytearray(length)
    for place, value in parts:
        made[place : place + len(value)] = value
    return bytes(made)


def secret(plain: bytes) -> bytes:
    """As Sony enciphers it."""
    return bytes(byte**3 % 249 if byte < 249 else byte for byte in plain)


def tree(head: bytes, base: int) -> bytes:
    """Olympus: a directory that points to another one with the numbers."""
    inner_at = base + len(head) + 2 + 2 * 12 + 4
    inner = directory((0x0101, 2, 10, b"F7050174\0\0"), (0x0102, 2, 16, SERIAL), at=inner_at)
    return behind(head, (0x2010, 13, 1, struct.pack("<I", inner_at)), QUALITY, base=base) + inner


def nested(head: bytes, base: int) -> bytes:
    """Olympus: the main notes once more, one directory deeper."""
    inner_at = base + len(head) + 2 + 2 * 12 + 4
    inner = directory((0x0404, 2, 16, SERIAL), QUALITY, at=inner_at)
    return behind(head, QUALITY, (0x4000, 13, 1, struct.pack("<I", inner_at)), base=base) + inner


def kodak_directories() -> bytes:
    """A value that begins with its byte order, counts from there, and has the number of the camera."""
    inner = b"MM" + directory((0xFA19, 2, 16, SERIAL), (0x9999, 3, 1, b"\0\1"), at=2, order=">")
    return b"II*\0\x08\0\0\0" + directory(QUALITY, block(7, inner, 0xFC00), at=8)


def settings(day: tuple[int, int, int], moment: tuple[int, int, int]) -> bytes:
    """Minolta's numbers, of which the 22nd and the 23rd are a date."""
    return at(100, (84, struct.pack(">HBB", *day) + struct.pack(">HBB", *moment)))


MINOLTA = settings((2003, 9, 13), (16, 10, 42))
RICOH_DATE = at(20, (6, bytes.fromhex("20060526114848")))
SHOT = at(64, (6, b"2014:05:06 07:08:09\0"))
MOMENT = struct.pack("<H5B", 2013, 4, 5, 6, 7, 8)
HYPERFIRE = at(
    100, (0, b"\x01\xf1\3\0"), (0x16, struct.pack("<6H", 31, 8, 8, 5, 7, 2015)), (0x2A, "H500DE01".encode("utf-16-le"))
)
ULTRAFIRE = at(120, (0, b"RECONYXUF\0"), (0x3B, struct.pack("<5BH", 31, 8, 8, 7, 5, 2016)), (0x4B, b"UX1234567"))
HYPERFIRE_2 = at(
    180, (0, b"RECONYXH2\0"), (0x3E, struct.pack("<6H", 12, 4, 10, 4, 4, 2019)), (0x7E, "HLPXEL09".encode("utf-16-le"))
)
KODAK_INFO = struct.pack(">8s8xHBB4B", b"KDK INFO", 0, 0, 0, 0, 0, 0, 0)[:8] + at(
    64, (0x10, struct.pack(">HBB4B", 2003, 5, 26, 11, 14, 47, 71))
)
PENTAX = (
    (6, 7, 4, struct.pack(">HBB", 2008, 3, 2)), (7, 7, 3, bytes((12, 1, 23))),
    block(7, at(20, (16, struct.pack("<I", 4711))), 0x0215), (0x0229, 2, 8, b"6188094\0"),
)  # fmt: skip

# name: make, model, note, and the serial number that is found
NOTES: dict[str, tuple[str, str, bytes, str | None]] = {
    "Apple": ("Apple", "", b"Apple iOS\0\0\1MM" + directory((0x11, 2, 16, SERIAL), at=14, order=">"), None),
    "Canon, moved": ("Canon", "", behind(b"", (0x0C, 4, 1, b"\7\0\0\0"), (6, 2, 8, b"IMG:a b\0"), base=AT + 100), "7"),
    "Canon that says so": (
        "Canon", "",
        behind(b"", (0x0C, 4, 1, b"\7\0\0\0"), (0x96, 2, 8, b"A000001\0"), QUALITY, base=AT + 100)
        + b"more" + b"II*\0" + struct.pack("<I", AT + 100), "7",
    ),
    "Canon, padded": ("Canon", "", behind(b"", (0x96, 2, 12, b"A0001\xff\xff\xff\0\0\0\0")), "A0001"),
    "Casio": ("CASIO COMPUTER CO.,LTD.", "", behind(b"QVC\0\0\0", QUALITY), None),
    "older Casio": ("CASIO", "", behind(b"", QUALITY), None),
    "Epson": ("SEIKO EPSON CORP.", "", behind(b"EPSON\0\1\0", QUALITY), None),
    "Fujifilm": (
        "FUJIFILM", "", b"FUJIFILM\x0c\0\0\0" + directory((0x10, 2, 16, SERIAL), QUALITY, at=12), "ABCDEF0123456",
    ),
    "General Electric": ("General Imaging Co.", "", behind(b"GE\0\0".ljust(18, b"\0"), QUALITY), None),
    "HP in words": ("Hewlett-Packard", "", b"610\1\0Lens Shading: 3\0Serial Number: CN5AB1234\0", "CN5AB1234"),
    "HP M627": ("Hewlett-Packard", "", at(140, (0, b"IIII\4\0"), (0x5C, b"SERIAL NUMBER:CN62")), "CN62"),
    "HP M525": ("Hewlett-Packard", "", at(140, (0, b"IIII\6\0"), (0x58, b"SERIAL NUMBER:CN52")), "CN52"),
    "HP of no kind": ("Hewlett-Packard", "", b"\0a0er Notes" + bytes(20), None),
    "JVC": ("JVC", "", behind(b"JVC ", QUALITY), None),
    "JVC in words": ("JVC", "", b"VER:0100QTY:FINE", None),
    "Kodak": ("EASTMAN KODAK COMPANY", "DX4330", KODAK_INFO, None),
    "Kodak DC240": (
        "EASTMAN KODAK COMPANY", "DC240", at(100, (0x0C, struct.pack(">HBB4B", 1999, 5, 25, 9, 0, 9, 62))), None,
    ),
    "Kodak C340": ("EASTMAN KODAK COMPANY", "C340", b"KCFGR52312345 \0\0" + bytes(40), "KCFGR52312345"),
    "Kodak C140": (
        "Eastman Kodak Company", "C140", at(240, (0, b"IIII\2\0"), (0x14, b"2010/05/06 07:08:09\0")), None,
    ),
    "Kodak Z1012": ("EASTMAN KODAK COMPANY", "Z1012", kodak_directories(), "ABCDEF0123456"),
    "Kodak, a directory": ("EASTMAN KODAK COMPANY", "Z712", behind(b"", (1, 3, 1, b"\1\0"), QUALITY), None),
    "Minolta": ("Minolta Co., Ltd.", "", behind(b"", (0, 7, 4, b"MLT0"), QUALITY), None),
    "Minolta with a date": ("Minolta Co., Ltd.", "DiMAGE A1", behind(b"", block(7, MINOLTA, 3)), None),
    "older Minolta with a date": ("Minolta Co., Ltd.", "DiMAGE 5", behind(b"", block(7, MINOLTA, 1)), None),
    "Minolta E500": ("Minolta Co., Ltd.", "DiMAGE E500", behind(b"CAMER\0\0\0", (0x0404, 2, 16, SERIAL)), SERIAL[:13].decode()),
    "Motorola": ("Motorola", "", behind(b"MOT\0\1\1\1\1", (0x5501, 2, 11, b"NX0A3S0075\0"), QUALITY, base=0), "NX0A3S0075"),
    "Nikon": (
        "NIKON CORPORATION", "D90",
        b"Nikon\0\2\x10\0\0" + b"II*\0\x08\0\0\0" + directory((0x1D, 2, 9, b"30012345\0"), QUALITY, at=8), "30012345",
    ),
    "Nikon without a head": ("NIKON", "", behind(b"", (0x1D, 2, 9, b"30012345\0"), QUALITY), "30012345"),
    "Nikon of the first kind": ("NIKON", "", behind(b"Nikon\0\1\0", QUALITY), None),
    "Nintendo": (
        "Nintendo", "", behind(b"", block(7, at(52, (0, b"3DS1"), (8, b"\x12\x34\x56\x1a"), (24, b"W[\xbd\xf3")), 0x1101)),
        "0x575bbdf3",
    ),
    "old Olympus": ("OLYMPUS OPTICAL CO.,LTD", "", behind(b"OLYMP\0\1\0", (0x0404, 2, 16, SERIAL), QUALITY), SERIAL[:13].decode()),
    "old Olympus with a date": ("OLYMPUS OPTICAL CO.,LTD", "", behind(b"OLYMP\0\1\0", block(7, MINOLTA, 3)), None),
    "new Olympus": ("OLYMPUS IMAGING CORP.", "", tree(b"OLYMPUS\0II\3\0", 0), "F7050174"),
    "Olympus within Olympus": ("OLYMPUS IMAGING CORP.", "", nested(b"OLYMPUS\0II\3\0", 0), SERIAL[:13].decode()),
    "OM System": ("OM Digital Solutions", "", tree(b"OM SYSTEM\0\0\0II\4\0", 0), "F7050174"),
    "Panasonic": ("Panasonic", "", behind(b"Panasonic\0\0\0", (0x25, 7, 16, SERIAL), QUALITY), SERIAL[:13].decode()),
    "Panasonic with bytes": ("Panasonic", "", behind(b"Panasonic\0\0\0", (0x25, 7, 16, b"F1\0\xff\xdd" + SERIAL[:11])), "F1??ABCDEF01234"),
    "older Panasonic": ("Panasonic", "", b"MKED\4\0" + bytes(20), None),
    "Leica of Panasonic": ("LEICA", "", behind(b"LEICA\0\0\0", (0x25, 7, 16, SERIAL), QUALITY), SERIAL[:13].decode()),
    "Pentax": ("PENTAX Corporation", "K10D", behind(b"AOC\0MM", *PENTAX, order=">"), "6188094"),
    "Pentax, moved": ("PENTAX Corporation", "K10D", behind(b"AOC\0II", *PENTAX, base=AT + 64), "6188094"),
    "new Pentax": ("PENTAX", "Q", behind(b"PENTAX \0II", *PENTAX, base=0), "6188094"),
    "Pentax 430": ("Asahi Optical Co.,Ltd", "Optio 430", behind(b"", QUALITY), None),
    "Ricoh as Pentax": ("RICOH IMAGING COMPANY, LTD.", "GR III", behind(b"RICOH\0II", *PENTAX, base=0), "6188094"),
    "Reconyx HyperFire": ("RECONYX", "HC500", HYPERFIRE, "H500DE01"),
    "Reconyx UltraFire": ("RECONYX", "UltraFire", ULTRAFIRE, "UX1234567"),
    "Reconyx HyperFire 2": ("RECONYX", "HF2 PRO", HYPERFIRE_2, "HLPXEL09"),
    "Ricoh": (
        "RICOH", "Caplio",
        behind(b"Ricoh\0\0\0", (5, 7, 16, b"SID0012345678901"), block(7, RICOH_DATE, 0x1001)), "SID0012345678901",
    ),
    "Ricoh, a number of bytes": ("RICOH", "Caplio", behind(b"Ricoh\0\0\0", (5, 7, 16, bytes(range(16)))), "000102030405060708090a0b0c0d0e0f"),
    "Ricoh in words": ("RICOH", "RDC-5300", b"Rev0113;Rg0100;", None),
    "Samsung": (
        "SAMSUNG", "NX10",
        behind(b"", (1, 7, 4, b"0100"), (0xA002, 2, 16, SERIAL), QUALITY), SERIAL[:13].decode(),
    ),
    "Samsung of no kind": ("SAMSUNG", "GT-I9000", b"\x02\0\x30\x31" + bytes(90), None),
    "Sanyo": ("SANYO Electric Co.,Ltd.", "", behind(b"SANYO\0\1\0", QUALITY), None),
    "Sigma": ("SIGMA", "SD10", behind(b"SIGMA\0\0\0\1\0", (2, 2, 9, b"02000019\0"), QUALITY), "02000019"),
    "Sony": ("SONY", "DSC-W55", behind(b"SONY DSC \0\0\0", (0x0102, 4, 1, b"\2\0\0\0"), QUALITY), None),
    "Sony with a date": ("SONY", "DSC-HX9V", behind(b"SONY DSC \0\0\0", block(7, SHOT, 0x3000)), None),
    "Sony without a head": ("SONY", "DSLR-A700", behind(b"", block(7, SHOT, 0x3000), QUALITY), None),
    "Sony, a secret date": ("SONY", "NEX-6", behind(b"SONY DSC \0\0\0", block(7, secret(at(1000, (0x22C, MOMENT))), 0x2010)), None),
    "Sony, a secret number": (
        "SONY", "ILCE-6000", behind(b"SONY DSC \0\0\0", block(7, secret(at(900, (0x7C, b"\1\2\3\4"))), 0x9050)), "1 2 3 4",
    ),
    "Sony, a longer number": ("SONY", "SLT-A99V", behind(b"SONY DSC \0\0\0", block(7, secret(at(900, (0xF0, b"\1\2\3\4\5"))), 0x9050)), "1 2 3 4 5"),
    "Sony, a number of six": ("SONY", "ILCE-7M3", behind(b"SONY DSC \0\0\0", block(7, secret(at(900, (0x88, b"\xf9\2\3\4\5\6"))), 0x9050)), "249 2 3 4 5 6"),
    "Sony ILCE-1": ("SONY", "ILCE-1", behind(b"SONY DSC \0\0\0", block(7, secret(at(900, (0x8A, bytes(range(6))))), 0x9050)), "0 1 2 3 4 5"),
    "Sony ILCE-7M4": ("SONY", "ILCE-7M4", behind(b"SONY DSC \0\0\0", block(7, secret(at(900, (0x88, bytes(range(6))))), 0x9050)), "0 1 2 3 4 5"),
    "Sony, pairs turned round": ("SONY", "ILCE-9", behind(b"SONY DSC \0\0\0", (0x2031, 2, 9, b"78563402\0")), "2345678"),
    "Sony without numbers": ("SONY", "DSC-RX100M4", behind(b"SONY DSC \0\0\0", block(7, bytes(900), 0x2010), block(7, bytes(900), 0x9050)), None),
    "Sony by Olympus": ("SONY", "DSC-S650", behind(b"SONY PI\0\0\0\0\0", (0x0404, 2, 16, SERIAL), QUALITY), SERIAL[:13].decode()),
    "Sony Ericsson": ("Sony Ericsson", "C905", b"SEMC MS\0\0\0" + bytes(60), None),
    "somebody": ("Somebody", "", b"whatever it is", None),
    "a directory that is cut": ("Somebody", "", b"\x10\0\1\0\3\0", None),
}  # fmt: skip

# make, model, note
DOUBTED = {
    "Nikon Capture": ("NIKON", "", behind(b"", block(7, bytes(40), 0x0E01))),
    "Canon 5D": ("Canon", "Canon EOS 5D", behind(b"", (0x96, 2, 8, b"A000001\0"))),
    "a number of another type": ("Canon", "", behind(b"", (0x0C, 3, 1, b"\1\0"))),
    "a number twice": ("NIKON", "", behind(b"", (0x1D, 2, 9, b"30012345\0"), (0xA0, 2, 9, b"30012346\0"))),
    "a directory that is cut": ("NIKON", "", b"\x10\0\1\0\3\0"),
    "offsets that count from each entry": (
        "NIKON", "",
        struct.pack("<HHHIIHHII", 2, 0x1D, 2, 9, 24, 0x99, 2, 9, 21) + b"30012345\0" + b"30012345\0" + bytes(8),
    ),
    "Pentax with a date of other bytes": ("PENTAX", "K10D", behind(b"AOC\0II", (6, 1, 4, b"\7\xd8\3\2"))),
    "Kodak, nowhere": ("EASTMAN KODAK COMPANY", "Z712", b"\x20\0\1\0\3\0\1\0\0\0" + b"\xff" * 30),
    "Sony that is newer": ("SONY", "ILCE-7CM2", behind(b"SONY DSC \0\0\0", block(7, bytes(900), 0x9050))),
    "Sony, a panorama": ("SONY", "DSC-HX10V", behind(b"SONY DSC \0\0\0", block(7, b"\1\1" + bytes(70), 0x1003))),
    "a Leica": ("Leica Camera AG", "M8", behind(b"LEICA\0\0\0", QUALITY)),
    "Phase One": ("Phase One", "P25", b"IIIITwaR" + bytes(40)),
    "HP, a number that is cut": ("Hewlett-Packard", "", at(0x60, (0, b"IIII\4\0"))),
}  # fmt: skip


def jpeg(make: str, model: str, note: bytes) -> bytes:
    """A JPEG of a head only, with *note* at ``AT`` of its EXIF."""
    words = make.encode().ljust(32, b"\0"), model.encode().ljust(32, b"\0")
    values_at = 8 + 2 + 3 * 12 + 4
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 3)
    tiff += struct.pack("<HHII", MAKE, 2, 32, values_at) + struct.pack("<HHII", MODEL, 2, 32, values_at + 32)
    tiff += struct.pack("<HHII", POINTER, 4, 1, values_at + 64) + bytes(4) + b"".join(words)
    tiff += struct.pack("<HHHII", 1, NOTE, 7, len(note), AT) + bytes(4) + note + b"and what lies behind the note"
    exif = b"Exif\0\0" + tiff
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, 48, 64, 3) + bytes(9)
    head = b"\xff\xd8" + struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif + frame
    return head + b"\xff\xda\0\x02" + bytes(100) + b"\xff\xd9"
