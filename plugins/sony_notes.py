"""Read dates and serial numbers in the notes of Sony, some of them enciphered.

Tags and places are those of ExifTool's tables for Sony: 0x3000 (shot information), 0x2031, and the enciphered 0x2010
(SLT-A37 to A99, NEX-3N to NEX-7, DSC-RX1, RX100, HX and WX of 2012 and 2013, and later ones, of which no date is known)
and 0x9050 (SLT, ILCA, NEX and ILCE up to 2022). A byte below 249 is enciphered as its cube modulo 249. Cameras that no
list names are left to ExifTool, whose newer versions may know more.
"""

from __future__ import annotations

import re
import struct

from mediaparser_plugins.maker_directories import ASCII, Takes, Value, nothing
from mediaparser_plugins.maker_records import moment, part
from mediaparser_plugins.reading import Reading, shown

_PLAIN = bytes.maketrans(bytes(byte**3 % 249 for byte in range(249)), bytes(range(249)))

# Where the moment lies in 0x2010; 0: nowhere.
_MOMENTS = (
    (0x1B6, "SLT-A(65|77)V?|NEX-(7|VG20E)|Lunar"),
    (0x210, "SLT-A(37|57)|NEX-F3"),
    (0x1FE, "DSC-(HX10V|HX20V|HX30V|HX200V|TX66|TX200V|TX300V|WX50|WX70|WX100|WX150)"),
    (0x22C, "SLT-A99V?|HV|SLT-A58|ILCE-(3000|3500)|NEX-(3N|5R|5T|6|VG900|VG30E)|DSC-(RX100|RX1|RX1R)|Stellar"),
    (0x22C, "DSC-(HX300|HX50|HX50V|TX30|WX60|WX80|WX200|WX300)"),
    (0, "NEX-5N|DSC-(RX100M2|QX10|QX100)"),
    (0, "DSC-(QX30|RX10|RX100M3|HX60V|HX350|HX400V|WX220|WX350)|ILCE-(7(R|S|M2)?|[56]000|5100|QX1)|ILCA-(68|77M2)"),
    (0, "DSC-(RX0|RX1RM2|RX10M2|RX10M3|RX100M4|RX100M5|HX80|HX90V?|WX500)|ILCE-(6300|6500|7RM2|7SM2)|ILCA-99M2"),
    (0, "ILCE-(6100|6400|6600|7C|7M3|7RM3A?|7RM4A?|9|9M2)|DSC-(RX10M4|RX100M6|RX100M5A|RX100M7|HX99|RX0M2)|ZV-(1|E10)"),
)
_WITHOUT_PANORAMA = re.compile(f"{_MOMENTS[2][1]}|{_MOMENTS[4][1]}")  # whose moment is elsewhere in panoramas

# Where the number lies in 0x9050, and how many bytes it has; 0: it has none.
_NUMBERS = (
    (0, 0, "DSC-[A-Z0-9]+|Stellar|Lunar|NEX-(5N|7|VG20E)"),
    (0xF0, 5, "SLT-A[0-9]+V?|HV|ILCA-(68|77M2)"),
    (0x7C, 4, "NEX-(3N|5R|5T|6|F3|VG900|VG30E)|ILCE-(3000|3500|5000|5100|6000|7|7R|7S|7M2|QX1)"),
    (0x88, 6, "ILCE-(6100|6300|6400|6500|6600|7C|7M3|7RM2|7RM3A?|7RM4A?|7SM2|9|9M2)|ILCA-99M2|ZV-E10"),
    (0x88, 6, "ILCE-(7M4|7RM5|7SM3)|ILME-FX3"),
    (0x8A, 6, "ILCE-1"),
)


def shot(value: Value, reading: Reading) -> None:
    if len(value.data) > 6:
        reading.say("Sony:SonyDateTime", shown(part(value.data, 6, 20, reading).split(b"\0", 1)[0]))


def _panorama(value: Value, reading: Reading) -> None:
    if _WITHOUT_PANORAMA.fullmatch(value.note.model) and re.match(rb"(\0\0)?\x01\x01", value.data):
        reading.doubt("a panorama of Sony")


def _moment(value: Value, reading: Reading) -> None:
    place = next((at for at, models in _MOMENTS if re.fullmatch(models, value.note.model)), None)
    if place is None:
        return reading.doubt("a Sony of which nobody knows where the date is")
    if place and (raw := part(value.data.translate(_PLAIN), place, 7, reading)):
        reading.put("Sony:SonyDateTime", moment(*struct.unpack("<H5B", raw)))
    return None


def _number(value: Value, reading: Reading) -> None:
    place = next(((at, length) for at, length, models in _NUMBERS if re.fullmatch(models, value.note.model)), None)
    if place is None:
        return reading.doubt("a Sony of which nobody knows where the number is")
    if place[1] and (raw := part(value.data.translate(_PLAIN), *place, reading)):
        reading.put("Sony:InternalSerialNumber", " ".join(map(str, raw)))
    return None


def _turned(value: Value, reading: Reading) -> None:
    """Eight digits, whose pairs are read from the last to the first."""
    digits = re.fullmatch(rb"(\d\d)(\d\d)(\d\d)(\d\d)\0*", value.data)
    if value.kind != ASCII or not digits:
        return reading.doubt("a number of Sony in another form")
    return reading.say("Sony:SerialNumber", b"".join(digits.groups()[::-1]).decode().removeprefix("0"))


def _twice(value: Value, reading: Reading) -> None:
    if value.data[:1] in (b"\x5e", b"\xe7", b"\x04"):
        reading.doubt("notes of Sony that were enciphered twice")


TAKES: Takes = {
    0x1003: _panorama, 0x2010: _moment, 0x2031: _turned, 0x3000: shot, 0x9050: _number, 0x9400: _twice,
    0xB028: nothing("notes of Minolta in those of Sony"),
}  # fmt: skip
