"""What is missing or too old on this machine, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import math
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

from mediaparser_core import exiftool, sandbox
from mediaparser_core.errors import ToolError
from mediaparser_core.settings import Settings

# the oldest versions without known holes in what meets hostile files or strangers (docs/threat-model.md says which)
FLOORS = {
    "pillow": "13.0", "pillow-heif": "1.8", "av": "18.1", "defusedxml": "0.7.1", "datasette": "1.0a41", "wsgidav": "4.3.5",
    "sqlite-utils": "4.2", "click": "8.2", "pluggy": "1.5",
}  # fmt: skip
LIBHEIF_FLOOR = "1.23"  # inside pillow-heif; CVE-2026-32740, -32741 and -47254
FFMPEG_FLOOR = "8.1.2"  # inside PyAV; CVE-2026-8461. What 8.1.3 closes is in playlists, which we never open
EXIFTOOL_FLOOR = "12.38"  # CVE-2022-23935
INSTALL_EXIFTOOL = {
    "linux": "apt install libimage-exiftool-perl (Debian, Ubuntu), dnf install perl-Image-ExifTool (Fedora)",
    "darwin": "brew install exiftool",
}
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})


def checkup(settings: Settings) -> list[dict[str, Any]]:
    """One row per part: ``name``, ``state`` (``ok``, ``note`` or ``bad``), what was ``found``, and the ``advice``."""
    rows = [_row("python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer")]
    rows.append(_exiftool(settings))
    for name, floor in FLOORS.items():
        try:
            found: str | None = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        fine = found is not None and _number(found) >= _number(floor)
        rows.append(_row(name, fine, found, f"pip install '{name}>={floor}'"))
    rows.append(_inside("libheif", _libheif, LIBHEIF_FLOOR, "pillow-heif"))
    rows.append(_inside("ffmpeg", _ffmpeg, FFMPEG_FLOOR, "av"))
    rows.append(_jxl())
    rows.append(_scanner())
    refused = sandbox.trial()
    rows.append(
        _row(
            "sandbox",
            not refused,
            "; ".join(refused) or "complete",
            "workers run with the remaining limits",
            bad="note",
        )
    )
    rows.append(_row("sqlite", sqlite3.sqlite_version_info >= (3, 35), sqlite3.sqlite_version, "needs SQLite 3.35"))
    rows += _library(settings)
    return rows


def _row(name: str, fine: bool, found: str | None, advice: str, bad: str = "bad") -> dict[str, Any]:
    return {"name": name, "state": "ok" if fine else bad, "found": found, "advice": None if fine else advice}


def _exiftool(settings: Settings) -> dict[str, Any]:
    executable = exiftool.find(settings.exiftool) if settings.exiftool else None
    if executable is None:
        advice = (
            "metadata of rare formats is read in part and written to sidecars only; install it: "
            + INSTALL_EXIFTOOL.get(sys.platform, "https://exiftool.org")
        )
        return _row("exiftool", False, None, advice, bad="note")
    try:
        found = exiftool.version(executable)
    except ToolError as error:
        return _row("exiftool", False, executable, str(error))
    return _row("exiftool", _number(found) >= _number(EXIFTOOL_FLOOR), found, f"needs {EXIFTOOL_FLOOR} or newer")


def _inside(name: str, ask: Callable[[], str], floor: str, package: str) -> dict[str, Any]:
    """A library in C that came inside *package*."""
    try:
        found: str | None = ask()
    except (ImportError, AttributeError, OSError):
        found = None
    fine = found is not None and _number(found) >= _number(floor)
    return _row(name, fine, found, f"{package} must bring {floor} or newer: pip install --upgrade {package}")


def _libheif() -> str:
    import pillow_heif

    return str(pillow_heif.libheif_version())


def _ffmpeg() -> str:
    import av

    return str(av.ffmpeg_version_info)


def _jxl() -> dict[str, Any]:
    try:
        found: str | None = importlib.metadata.version("pillow-jxl-plugin")
    except importlib.metadata.PackageNotFoundError:
        found = None
    return _row(
        "pillow-jxl-plugin", found is not None, found, "JPEG XL pictures are kept, but not looked at", bad="note"
    )


def _scanner() -> dict[str, Any]:
    """The optional native decoder of small JPEGs; with a fault it is not used, so nothing is bad."""
    name = "mediaparser-jpeg"
    try:
        import mediaparser_jpeg
    except ImportError:
        advice = "optional: camera JPEGs are read faster with it; from a checkout: pip install ./native/jpeg_eighth"
        return _row(name, False, None, advice, bad="note")
    fault = mediaparser_jpeg.fault()
    advice = f"not used: {fault}; from a checkout: pip install --force-reinstall ./native/jpeg_eighth"
    return _row(name, not fault, mediaparser_jpeg.__version__, advice, bad="note")


def _library(settings: Settings) -> list[dict[str, Any]]:
    place = settings.library
    while not place.exists() and place != place.parent:
        place = place.parent
    rows = [_row("library", os.access(place, os.W_OK), str(settings.library), "this folder cannot be written to")]
    free = shutil.disk_usage(place).free
    rows.append(_row("disk space", free > 1 << 30, f"{free >> 20} MiB free", "less than 1 GiB is free", bad="note"))
    kind = _file_system(str(place))
    rows.append(
        _row(
            "file system",
            kind not in NETWORK,
            kind,
            "the catalog wants a local disk: SQLite's WAL does not work on network drives",
        )
    )
    return rows


def _file_system(path: str) -> str | None:
    """The type of the file system *path* is on, where the system tells."""
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as mounts:
            found = [line.split()[1:3] for line in mounts]
    except OSError:
        return None
    path = os.path.realpath(path)
    inside = [(where, kind) for where, kind in found if path == where or path.startswith(where.rstrip("/") + "/")]
    return max(inside, key=lambda mount: len(mount[0]))[1] if inside else None


def _number(version: str) -> tuple[tuple[int, ...], float]:
    """*version* for comparing: 1.0a41 comes before 1.0, 13.0.0 is 13.0, and what follows (+local, .post1) says nothing."""
    found = re.match(r"\D*(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?", version)
    if found is None:
        return (), 0.0
    parts = [int(part) for part in found[1].split(".")[:4]]
    before = ("a", "b", "rc").index(found[2]) * 1000.0 + int(found[3]) if found[2] else math.inf
    return (*parts, *[0] * (4 - len(parts))), before
