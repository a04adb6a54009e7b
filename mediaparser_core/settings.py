"""One frozen :class:`Settings` out of defaults, ``mediaparser.toml``, the environment and options, in that order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mediaparser_core import names
from mediaparser_core.errors import SettingsError

PREFIX = "MEDIAPARSER_"
FILE_NAME = "mediaparser.toml"


def _system_timezone() -> str:
    """The IANA name of this machine's zone; ``UTC`` where it does not say."""
    if name := os.environ.get("TZ", "").lstrip(":"):
        return name
    try:
        target = os.readlink("/etc/localtime")
    except OSError:
        return "UTC"
    return target.partition("zoneinfo/")[2] or "UTC"


@dataclass(frozen=True, slots=True)
class ExportSettings:
    path: str = "export"
    name: str = "{year}/{date}_{time}{ext}"
    undated: str = "undated/{name}"
    metadata: str = "copy"  # copy | sidecar | none
    link: str = "copy"  # copy | reflink | hardlink


@dataclass(frozen=True, slots=True)
class WatchSettings:
    stable_seconds: float = 5.0
    rescan_seconds: float = 60.0
    folders: tuple[str, ...] = ()  # read in place as soon as something new in them holds still


@dataclass(frozen=True, slots=True)
class DateSettings:
    rule: str = "best_evidence"  # or "earliest_date", the origin's rule


@dataclass(frozen=True, slots=True)
class ExploreSettings:
    host: str = "127.0.0.1"
    port: int = 8001
    hosts: str = ""  # further names this machine is called by in browsers, with commas between them
    tiles: str = ""  # of the map: https://…/{z}/{x}/{y}.png of a tile server, or a folder of z/x/y.png; without, none
    tiles_credit: str = ""  # what the makers of the tiles want to be read on the map


@dataclass(frozen=True, slots=True)
class WebdavSettings:
    host: str = "127.0.0.1"
    port: int = 8002
    hosts: str = ""  # further names this machine is called by in addresses, with commas between them


@dataclass(frozen=True, slots=True)
class InboxSettings:
    enabled: bool = False
    path: str = "inbox"
    quota_gb: float = 100.0  # what may wait in the inbox at once
    free_gb: float = 1.0  # what must stay free on its disk
    originals: str = "originals"  # where what came in is kept, byte for byte


@dataclass(frozen=True, slots=True)
class ServeSettings:
    roots: tuple[str, ...] = ()  # folders that may be scanned from the explorer, besides those scanned before


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    redis: str = ""  # redis://… where workers run on several machines; else a file in the library
    night: int = 3  # the hour in which nightly work begins
    verify_gb: float = 50.0  # read again each night, what was not looked at for longest first
    backups: int = 7  # days of which both databases are kept; besides, 4 weeks and 6 months


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; ``origins`` says where each came from (``default``, ``file``, ``environment``,
    ``option``). ``plugins`` holds the tables under ``[plugins.NAME]``, for plugins to read."""

    library: Path
    timezone: str = "UTC"
    earliest_year: int = 1826
    similar_distance: int = 10  # bits of 64 between two perceptual hashes
    workers: int = 1
    executor: str = "local"  # where files are read: processes of this machine, or what a plugin offers ("dask")
    scheduler: str = ""  # tcp://host:8786 of the executors that have one
    error_limit: float = 0.10  # share of files in trouble, after ten files, at which a run halts; 1 never halts
    exiftool: str = "exiftool"
    export: ExportSettings = field(default_factory=ExportSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    dates: DateSettings = field(default_factory=DateSettings)
    explore: ExploreSettings = field(default_factory=ExploreSettings)
    webdav: WebdavSettings = field(default_factory=WebdavSettings)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def catalog_path(self) -> Path:
        return self.library / "catalog.db"

    @property
    def decisions_path(self) -> Path:
        return self.library / "decisions.db"

    @property
    def export_path(self) -> Path:
        return self.library / self.export.path  # an absolute setting wins over the library

    @property
    def inbox_path(self) -> Path:
        return self.library / self.inbox.path  # an absolute setting wins over the library

    @property
    def originals_path(self) -> Path:
        return self.library / self.inbox.originals  # an absolute setting wins over the library

    @property
    def originals_root(self) -> Path:
        """``originals_path`` as a scan names it: links in the setting are followed."""
        return Path(os.path.realpath(self.originals_path))

    @property
    def cache_path(self) -> Path:
        return self.library / "cache"

    def for_plugin(self, name: str) -> Mapping[str, Any]:
        """What ``[plugins.NAME]`` says; empty where nobody said anything."""
        return self.plugins.get(name, {})


_SECTIONS = {
    "export": ExportSettings,
    "watch": WatchSettings,
    "dates": DateSettings,
    "explore": ExploreSettings,
    "webdav": WebdavSettings,
    "inbox": InboxSettings,
    "serve": ServeSettings,
    "worker": WorkerSettings,
}
_SWITCH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_CHOICES = {
    "export.metadata": ("copy", "sidecar", "none"),
    "export.link": ("copy", "reflink", "hardlink"),
    "dates.rule": ("best_evidence", "earliest_date"),
}


def _defaults() -> dict[str, Any]:
    values: dict[str, Any] = {
        f.name: f.default for f in fields(Settings) if f.name not in {"library", "plugins", "origins", *_SECTIONS}
    }
    values |= {f"{name}.{f.name}": f.default for name, section in _SECTIONS.items() for f in fields(section)}
    return values | {"timezone": _system_timezone(), "workers": os.cpu_count() or 1}


def _convert(key: str, value: Any, default: Any, where: str) -> Any:
    """*value* as the type of *default*, or a SettingsError that says what was expected."""
    kind, result = type(default), default
    try:
        if kind is bool:
            result = value if isinstance(value, bool) else _SWITCH[str(value).strip().lower()]
        elif kind is tuple:  # a list in the file; in the environment with colons between them, as in PATH
            several = value if isinstance(value, list) else str(value).split(os.pathsep)
            if not all(isinstance(each, str) for each in several):
                raise ValueError
            result = tuple(each for each in several if each)
        elif isinstance(value, (bool, list, dict)):
            raise ValueError
        else:
            result = kind(value)
    except (TypeError, ValueError, KeyError):
        raise SettingsError(f"{where}: '{key}' must be {kind.__name__}, not {value!r}") from None
    if key in _CHOICES and result not in _CHOICES[key]:
        raise SettingsError(f"{where}: '{key}' must be one of {', '.join(_CHOICES[key])}, not {value!r}")
    return result


def _check(values: Mapping[str, Any]) -> None:
    try:
        ZoneInfo(values["timezone"])
    except (ValueError, OSError, LookupError):
        raise SettingsError(f"'timezone' is not a known zone: {values['timezone']!r} (try 'Europe/Lisbon')") from None
    for key in ("export.name", "export.undated"):
        names.check_template(values[key], key)
    if values["workers"] < 1:
        raise SettingsError("'workers' must be at least 1")
    if not 0 <= values["error_limit"] <= 1:
        raise SettingsError("'error_limit' must be between 0 and 1")
    if not 0 <= values["worker.night"] <= 23:
        raise SettingsError("'worker.night' must be an hour from 0 to 23")
    for key in ("explore.port", "webdav.port"):
        if not 0 <= values[key] <= 65535:
            raise SettingsError(f"'{key}' must be a port from 0 to 65535")
    for key in ("watch.stable_seconds", "watch.rescan_seconds", "inbox.quota_gb", "inbox.free_gb", "worker.verify_gb"):
        if not values[key] >= 0:
            raise SettingsError(f"'{key}' must not be below 0")
    if not 1 <= values["earliest_year"] <= datetime.now(UTC).year:
        raise SettingsError("'earliest_year' must be a year that has begun")
    if not 0 <= values["similar_distance"] <= 32:
        raise SettingsError("'similar_distance' must be between 0 and 32 bits")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


def load(
    library: Path, *, environ: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of *library*: defaults, then its ``mediaparser.toml``, then ``MEDIAPARSER_…``, then *options*.

    Keys are dotted (``export.name``); in the environment the dot is an underscore (``MEDIAPARSER_EXPORT_NAME``).
    Raises :class:`SettingsError` for unknown keys and impossible values.
    """
    environ = os.environ if environ is None else environ
    library = library.expanduser().absolute()
    defaults = _defaults()
    values, origins = dict(defaults), dict.fromkeys(defaults, "default")
    document = _read_file(library / FILE_NAME)
    plugins = document.pop("plugins", {})
    if not isinstance(plugins, dict) or not all(isinstance(table, dict) for table in plugins.values()):
        raise SettingsError(f"{library / FILE_NAME}: 'plugins' has tables only, as in [plugins.metadata]")
    flat = {
        (f"{key}.{name}" if isinstance(value, dict) else key): inner
        for key, value in document.items()
        for name, inner in (value.items() if isinstance(value, dict) else [(key, value)])
    }
    from_environ = {
        key: environ[name] for key in defaults if (name := PREFIX + key.replace(".", "_").upper()) in environ
    }
    given = {key: value for key, value in (options or {}).items() if value is not None}
    for origin, where, layer in (
        ("file", str(library / FILE_NAME), flat),
        ("environment", "environment", from_environ),
        ("option", "command line", given),
    ):
        for key, value in layer.items():
            if key not in defaults:
                raise SettingsError(f"{where}: there is no setting '{key}'")
            values[key] = _convert(key, value, defaults[key], where)
            origins[key] = origin
    _check(values)
    sections = {
        name: section(**{f.name: values.pop(f"{name}.{f.name}") for f in fields(section)})
        for name, section in _SECTIONS.items()
    }
    return Settings(library=library, plugins=plugins, origins=origins, **sections, **values)


def as_rows(settings: Settings) -> list[dict[str, Any]]:
    """One row per setting for ``mediaparser settings``: key, value, origin."""
    rows = []
    for key, origin in sorted(settings.origins.items()):
        holder: Any = settings
        for part in key.split("."):
            holder = getattr(holder, part)
        rows.append({"key": key, "value": holder, "origin": origin})
    return rows
