"""Make text from outside safe to show, to store and to use as a file name.

Names are made, not copied: what a camera, a phone or a stranger wrote is a *value*, and a value can never become a
folder, a command, a hidden file, a reserved word of Windows or an escape sequence of a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from mediaparser_core.errors import SettingsError

LONGEST_PART = 200  # bytes; the usual limit is 255, and a suffix, ".xmp" or a sync program's ".tmp" must still fit

FIELDS = ("year", "month", "day", "date", "time", "name", "stem", "ext", "make", "model", "kind", "sha")
"""What may stand between braces in ``export.name`` and ``export.undated``."""

# C0, DEL and C1; bidi marks and overrides; byte order mark; what XML cannot carry. Joiners stay: scripts need them.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
_UNWANTED = re.compile(rf"[{_CONTROLS}\ud800-\udfff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]+")
_SHOWN_ESCAPED = re.compile(rf"[{_CONTROLS}\ud800-\udfff\u2028\u2029]")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)
_ORDINARY = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.()-]{0,198}[A-Za-z0-9_()-])?")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_OWN_EXTENSION = re.compile(r"(?<=[^/])\.([A-Za-z][A-Za-z0-9]{1,4}|3g[p2]|3fr)\Z", re.IGNORECASE)
_FIELD = re.compile(r"\{([a-z]+)\}")


def clean_text(value: object, limit: int = 500) -> str:
    """*value* as text that can be stored, shown and searched: NFC, one line, no control characters, *limit* characters.

    Bytes are read as UTF-8 with replacement characters; lone surrogates, C0, C1 and bidi controls are removed, runs of
    white space become one space. Never raises, whatever *value* is.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = bytes(value[: 8 * limit + 64]).decode("utf-8", "replace")
    elif isinstance(value, str):
        text = value
    else:
        try:
            text = str(value)
        except (ValueError, RecursionError):  # an int of 5,000 digits, a list a hundred thousand levels deep
            return ""
    # Long combining sequences make normalizing slow: cut generously first, exactly afterwards.
    text = text.lstrip()[: 8 * limit + 64]
    text = " ".join(text.split())
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    return " ".join(text.split())[:limit].rstrip()


def escape_for_terminal(text: str) -> str:
    """*text* with every control character, bidi mark and undecodable byte written out as ``\\x1b`` or ``\\u202e``."""
    return _SHOWN_ESCAPED.sub(lambda found: ascii(found[0])[1:-1], text)


def _clean_value(text: str) -> str:
    """*text* as part of a name: no control characters and nothing that separates or means something in a path."""
    if _ORDINARY.fullmatch(text):
        return text
    text = _SURROGATES.sub("_", text[: 8 * LONGEST_PART])  # a byte that is not UTF-8 was a letter somewhere
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", " ".join(text.split())))
    return " ".join(_FORBIDDEN.sub("_", text).split())


def clean_part(text: str) -> str:
    """*text* as the name of one file or folder, valid on Linux, macOS and Windows; the same again when cleaned twice.

    At most 200 bytes of NFC UTF-8, the extension kept when the name is cut; without control characters,
    ``<>:"/\\|?*`` or lone surrogates; not empty, not beginning with a dot (hidden), a dash (an option) or a tilde
    (home), not ending in a dot or space, and no reserved word of Windows.
    """
    if _ORDINARY.fullmatch(text) and not _RESERVED.match(text):
        return text  # nearly every name there is
    text = _clean_value(text).lstrip(". ").rstrip(". ")
    if not text or text[0] in "-~" or _RESERVED.match(text):
        text = "_" + text
    if len(text.encode()) > LONGEST_PART:
        found = _EXTENSION.search(text)
        extension = found[0] if found else ""
        text = cut(text.removesuffix(extension), LONGEST_PART - len(extension)) + extension
    return text


def cut(text: str, size: int) -> str:
    """*text* cut to *size* bytes of UTF-8 between characters, without a dot or space at its end."""
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(". ")


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension of *name*; what begins with a digit (``Holiday 12.05.2013``) is no extension, but 3GP is."""
    found = _OWN_EXTENSION.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def fold(path: str) -> str:
    """*path* as a file system that ignores case compares it: equal folds must not be used for two files."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@lru_cache(maxsize=64)
def check_template(template: str, key: str = "export.name") -> None:
    """Raise :class:`SettingsError` unless *template* is a relative path of plain words and known ``{fields}``."""
    rest = _FIELD.sub(lambda found: "x" if found[1] in FIELDS else found[0], template)
    if "{" in rest or "}" in rest:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise SettingsError(f"'{key}': {template!r} may use only {known}, without formats, dots or indexes")
    parts = rest.split("/")
    if not template or any(part.strip(". ") == "" for part in parts):
        raise SettingsError(f"'{key}' must be a path inside the export such as '{{year}}/{{name}}', not {template!r}")


def fill(template: str, values: Mapping[str, str], *, key: str = "export.name") -> PurePosixPath:
    """The relative path that *template* makes of *values*; every part is clean, and only the template makes folders.

    Each value is cleaned before it is joined, so ``../../`` or ``/abs`` in a camera's name stays inside its part. A
    field is a word between braces and nothing else: there is no formatting, indexing or attribute to reach through.
    *key* is the setting that *template* comes from. Raises :class:`SettingsError` when :func:`check_template` does.
    """
    check_template(template, key)
    parts = (_FIELD.sub(lambda found: _clean_value(values.get(found[1], "")), part) for part in template.split("/"))
    return PurePosixPath(*(clean_part(part) for part in parts))
