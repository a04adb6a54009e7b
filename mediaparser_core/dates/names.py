"""Read dates out of file names: what phones, cameras, messengers, screenshots and people write into them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mediaparser_core.dates.moments import Moment, build, from_epoch
from mediaparser_core.dates.texts import Found, in_digits, in_words, lone_year, with_time
from mediaparser_core.dates.words import plain
from mediaparser_core.name_syntax import is_forced, strip_name_syntax

_LONGEST = 300  # characters: file systems stop at 255 bytes
_EXTENSION = re.compile(r"\.(?:[a-z][a-z0-9]{0,4}|3gpp?|3g2|7z)$")
_HASHES = re.compile(
    r"(?<![^\W_])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{16,}|[0-9a-f]{24,})(?![^\W_])"
)
_FACEBOOK_NUMBERS = re.compile(r"^\d{5,}_\d{9,}_\d{9,}_[a-z]\b|^\d{5,}_\d{14,}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A program that is known by the names it writes."""

    pattern: str
    names: re.Pattern[str]
    offset: str | None = None  # of the clock it writes
    dash_fraction: bool = False


def _kind(pattern: str, names: str, offset: str | None = None, *, dash_fraction: bool = False) -> _Kind:
    return _Kind(pattern, re.compile(names), offset, dash_fraction)


_KINDS = (
    _kind("pxl", r"^(?:original[_-])?pxl_\d{8}_\d{6}", "+00:00"),
    _kind("onedrive", r"^\d{8}_\d{9}_ios(?![^\W_])", "+00:00"),
    _kind("instaloader", r"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_utc(?![^\W_])", "+00:00"),
    _kind("zoom", r"^gmt\d{8}-\d{6}", "+00:00"),
    _kind("whatsapp", r"(?<![^\W_])(?:img|vid|aud|ptt|stk|gif|doc|pic)-\d{8}-wa\d*(?![^\W\d_])"),
    _kind("whatsapp_desktop", r"whatsapp.{1,40}\d{4}-\d\d-\d\d"),
    _kind(
        "whatsapp_export",
        r"^\d{8}-(?:photo|video|audio|gif|sticker)-|^photo-\d{4}(?:-\d\d){5}|^video-\d{4}(?:-\d\d){5}",
    ),
    _kind("signal", r"^signal-", dash_fraction=True),
    _kind(
        "telegram", r"^(?:photo|video|audio|file|document|sticker|animation)_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d|^telegram"
    ),
    _kind("threema", r"^threema-"),
    _kind("viber", r"^viber", dash_fraction=True),
    _kind("kakaotalk", r"kakaotalk"),
    _kind("wechat", r"^(?:wechat|weixin|微信|qq图片)"),
    _kind("line", r"^line[_ -]"),
    _kind("messenger", r"^(?:messenger|skype|discord|slack|inbound|received)[_ -]"),
    _kind(
        "scan", r"(?<![^\W_])(?:scan|scanned|camscanner|adobe scan|office lens|numeriser|escanear|escaneo)(?![^\W_])"
    ),
    _kind(
        "screenshot",
        r"screen[ _-]?(?:shot|record|cap|-\d)|^screen_|bildschirm|capture d.ecran|captura|schermata|schermafbeelding"
        r"|skarmavbild|skarmbild|skjermbilde|skaermbillede|skærmbillede|nayttokuva|zrzut|snimek|снимок|знимок|kepernyokep"
        r"|ekran|スクリーンショット|截屏|截图|截圖|屏幕|螢幕|스크린샷|화면|^svid_|^record_",
        dash_fraction=True,
    ),
    _kind("burst", r"burst\d{13,17}"),
    _kind("dji", r"^dji[_-]"),
)
RECEIVED_PATTERNS: frozenset[str] = frozenset(
    {
        "whatsapp",
        "whatsapp_desktop",
        "whatsapp_export",
        "signal",
        "telegram",
        "threema",
        "viber",
        "kakaotalk",
        "wechat",
        "line",
        "messenger",
        "facebook",
        "instaloader",
    }
)
"""Patterns whose date says when a picture was sent, received or saved: never before it was taken."""

_PREFIXES = (
    "img|image|vid|video|photo|pic|picture|jpeg|line|faceapp|temp|tmp|cropped|dsc|camera|photogrid|file|media|mov"
)
_EPOCHS = (
    ("facebook", re.compile(r"^fb_(?:img|vid)_(?P<ms>\d{13})(?!\d)")),
    ("wechat", re.compile(r"^(?:mmexport|microm(?:sg|essage)[.-]?)(?P<ms>\d{13})(?!\d)")),
    ("messenger", re.compile(r"^messenger_creation_(?:[0-9a-f-]{1,40}_)?(?P<ms>\d{13})(?!\d)")),
    ("line", re.compile(r"^line_(?P<ms>\d{13})(?!\d)")),
    ("wechat_camera", re.compile(r"^wx_camera_(?P<ms>\d{13})(?!\d)")),
    ("burst", re.compile(r"burst(?P<ms>\d{13})(?!\d)")),
    ("screenshot", re.compile(r"^(?:rpreplay_final|screenshot[_-])(?:(?P<ms>\d{13})|(?P<s>\d{10}))(?!\d)")),
    ("epoch", re.compile(rf"^(?:{_PREFIXES})?[-_ .]?(?P<ms>\d{{13}})(?![\d-])")),
    ("epoch", re.compile(r"^(?:(?P<ms>\d{13})|(?P<s>\d{10}))(?:[-_ (~].{0,12})?$")),
)
_SOONEST, _LATEST = 1_000_000_000, 2_050_000_000  # 2001-09-09 (ten digits begin) to 2034: bar codes start above

_TELEGRAM_EXPORT = re.compile(r"^[a-z]+_\d+@(\d\d)-(\d\d)-(\d{4})_(\d\d)-(\d\d)-(\d\d)")
_IOS_RECORDING = re.compile(r"^screenrecording_(\d\d)-(\d\d)-(\d{4})[ _](\d\d)-(\d\d)-(\d\d)")
_XRECORDER = re.compile(r"^xrecorder_(\d\d)(\d\d)(\d{4})_(\d\d)(\d\d)(\d\d)")
_LINE_ALBUM = re.compile(r"^line_album_.*_(\d\d)(\d\d)(\d\d)_\d+(?:_\d+)?$")
_PICSART = re.compile(r"^picsart_(\d\d)-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)(?:-(\d{3}))?(?!\d)")
_WHOLE_DAY_FIRST = re.compile(r"^(\d\d)(\d\d)((?:19|20)\d\d)(?:\s?\(\d+\))?$")
_TWO_DIGITS = re.compile(r"(?<!\d)(\d\d)([-_. ]?)(\d\d)\2(\d\d)(?=\D|$)")
_MONTH = re.compile(r"(?<![\d])(?<!\d[-_.])(?P<y>(?:18|19|20)\d\d)[-_.](?P<m>0[1-9]|1[0-2])(?![-_.]?\d|[^\W_])")
_SERIAL = re.compile(r"^_*[a-z]{1,5}[_-]?\d{4}(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NOBODYS_WORDS = """
    img dsc dscn dscf pict pic image images photo photos foto fotos bild picture scan scanned page file video clip mov
    movie copy kopie copia copie edited edit final the and with screenshot new neu number version ver rev pixel
"""
_EMPTY_WORDS = frozenset(_NOBODYS_WORDS.split())


def from_name(name: str, folder_year: int | None = None) -> Moment | None:
    """When the file called *name* (with or without extension) was made, as far as its name says.

    Wall time, except for programs known to write UTC (``utc_offset`` is then ``"+00:00"``). *folder_year* is the year
    its folder is about: with it, and only when they agree, a year of two digits is read. ``[FORCE]`` in the name lets a
    year count that stands alone. Never raises.
    """
    stem = plain(strip_name_syntax(name[-_LONGEST:])).strip()
    while (shorter := _EXTENSION.sub("", stem)) != stem and shorter:
        stem = shorter
    stem = _HASHES.sub("#", stem)
    if _FACEBOOK_NUMBERS.match(stem):
        return None
    moment = _special(stem) or _epoch(stem) or _written(stem) or _short(stem, folder_year) or _vague(stem)
    if moment is None and is_forced(name) and (year := lone_year(stem)):
        return year.moment
    return moment


def _special(stem: str) -> Moment | None:
    """Names whose order of day, month and year only their program knows."""
    if found := _TELEGRAM_EXPORT.match(stem):
        day, month, year, *time = found.groups()
        return build(year, month, day, *time, pattern="telegram")
    if found := _XRECORDER.match(stem):
        day, month, year, *time = found.groups()
        return build(year, month, day, *time, pattern="screenshot")
    if found := _IOS_RECORDING.match(stem):
        month, day, year, *time = found.groups()
        return build(year, month, day, *time, pattern="screenshot")
    if found := _LINE_ALBUM.match(stem):
        return build("20" + found[1], found[2], found[3], pattern="line")
    if found := _PICSART.match(stem):
        year, *rest, fraction = found.groups()
        return build("20" + year, *rest, fraction=fraction, pattern="picsart")
    if found := _WHOLE_DAY_FIRST.match(stem):
        return build(found[3], found[2], found[1], pattern="day_first") if int(found[1]) > 12 else None
    return None


def _epoch(stem: str) -> Moment | None:
    for pattern, expression in _EPOCHS:
        if found := expression.search(stem):
            part = found.groupdict()
            digits = part["ms"] or part.get("s") or ""
            if digits.startswith(("19", "20")) and build(digits[:4], digits[4:6], digits[6:8]):
                continue  # 2019050412: a day with its hour, rather than a second of 2033
            seconds = int(digits) / (1000 if part["ms"] else 1)
            if _SOONEST <= seconds <= _LATEST:
                return from_epoch(seconds, pattern, digits=3 if part["ms"] else 0)
    return None


def _written(stem: str) -> Moment | None:
    """A whole date, by whoever wrote it."""
    kind = next((kind for kind in _KINDS if kind.names.search(stem)), None)
    found = in_digits(stem)
    if found is None or found.moment.pattern == "ambiguous":
        moment = in_words(stem)
        if moment is None or moment.precision != "day":
            return found.moment if found else None
    else:
        moment = with_time(found, stem, dash_fraction=kind is not None and kind.dash_fraction)
    if kind is None:
        return moment
    offset = moment.utc_offset or (kind.offset if moment.precision == "second" else None)
    return replace(moment, pattern=kind.pattern, utc_offset=offset)


def _short(stem: str, folder_year: int | None) -> Moment | None:
    """190504 or 04.05.19, when exactly one reading is of the folder's year; with the time behind it."""
    if folder_year is None:
        return None
    for found in _TWO_DIGITS.finditer(stem):
        a, separator, b, c = found.groups()
        readings = [(a, b, c), (c, b, a)] + ([(c, a, b)] if separator != "." else [])
        moments = {
            moment
            for year, month, day in readings
            if int(year) == folder_year % 100 and (moment := build(folder_year, month, day, pattern="two_digit_year"))
        }
        if len(moments) == 1:
            return with_time(Found(moments.pop(), found.start(), found.end()), stem)
    return None


def _vague(stem: str) -> Moment | None:
    """A month or a year, where words around it show that a person wrote it and no camera counted it."""
    if (moment := in_words(stem)) is not None:
        return moment
    if _SERIAL.match(stem):
        return None
    if found := _MONTH.search(stem):
        return build(found["y"], found["m"], pattern="month")
    words = [word for word in _WORD.findall(stem) if word not in _EMPTY_WORDS]
    if not words or len(re.findall(r"\d{3,}", stem)) != 1:
        return None
    year = lone_year(stem)
    return year.moment if year else None
