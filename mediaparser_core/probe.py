"""The function that runs in a worker: an Entry goes in, a Report of everything the probes found comes out.

Settings under ``[plugins.load]``: ``modules``, a list of dotted names of installed modules that are plugins without an
entry point of their own.
"""

from __future__ import annotations

import functools
import importlib
import re
import types
from dataclasses import dataclass

import pluggy

from mediaparser_core import formats, media, plugins
from mediaparser_core.errors import PluginError
from mediaparser_core.formats import Format
from mediaparser_core.guard import clean_facts
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Entry, Fact, Fingerprint, Probe, Report, Shape, Trouble
from mediaparser_core.settings import Settings

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_UNSURE_EXTENSIONS = frozenset({".ts", ".raw"})  # also of programs in TypeScript and of anything at all


# -- what this process works with


@dataclass(frozen=True, eq=False)
class _Key:
    """Settings as a key of a cache; a Settings holds dicts and has no hash."""

    settings: Settings

    def __hash__(self) -> int:
        return hash(self.settings.library)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.settings == other.settings


def configure(settings: Settings) -> tuple[pluggy.PluginManager, tuple[Probe, ...]]:
    """The plugins and the probes of *settings*, loaded once in a process. Raises :class:`PluginError`."""
    return _configured(_Key(settings))


@functools.lru_cache(maxsize=1)
def _configured(key: _Key) -> tuple[pluggy.PluginManager, tuple[Probe, ...]]:
    manager = plugins.load(*extra_modules(key.settings))
    return manager, plugins.probes(manager, key.settings)


def extra_modules(settings: Settings) -> list[types.ModuleType]:
    """The modules of the setting ``plugins.load.modules``, imported. Raises :class:`PluginError`."""
    names = settings.for_plugin("load").get("modules", [])
    if not isinstance(names, list) or not all(isinstance(n, str) and _MODULE.fullmatch(n) for n in names):
        raise PluginError(f"'plugins.load.modules' must be a list of dotted names of modules, not {names!r}")
    modules = []
    for name in names:
        try:
            modules.append(importlib.import_module(name))
        except Exception as error:  # a stranger's module may raise anything at import
            raise PluginError(f"'plugins.load.modules': {name} cannot be imported: {error}") from error
    return modules


# -- one file


def examine(entry: Entry, settings: Settings) -> Report:
    """Read *entry* once and ask every probe about it. Never raises for what is in the file.

    ``present`` is every picture, video and sidecar by its first bytes, even where no probe could make anything of the
    rest: it is kept, with its troubles. ``troubled`` is what cannot be read, or is empty or not at all what its
    name promises; ``skipped`` is everything else. The report's entry has the size and times of what was read.
    """
    if entry.problem is not None:
        return Report(entry, "skipped", entry.problem)
    if entry.trouble is not None:
        return Report(entry, "troubled", entry.trouble, facts=(Trouble("archive", entry.trouble),))
    probes = configure(settings)[1]
    try:
        with media.read(entry) as content:
            return _look_at(content, probes)
    except media.ChangedWhileRead as error:
        return Report(entry, "changed", f"{error}; it is read again next time")
    except media.Unreadable as error:
        return Report(entry, "troubled", str(error), facts=(Trouble(error.probe, str(error)),))


def show(entry: Entry, settings: Settings, side: int, sha256: str) -> bytes | None:
    """A JPEG of the picture *entry*, at most *side* pixels on its long side, when its bytes are those of *sha256*.

    Raises what reading and decoding raise; ``None`` when no plugin can show it, or when it is another picture by now.
    """
    manager = configure(settings)[0]
    with media.read(entry) as content:
        shown = manager.hook.show(media=content, side=side) if content.sha256 == sha256 else None
    return bytes(shown) if shown is not None else None


def name_facts(entry: Entry, settings: Settings, kind: str | None = None) -> tuple[Fact, ...]:
    """What the name alone says: for a file that was moved or renamed. No byte is read.

    *kind* is ``image``, ``video`` or ``sidecar``; without it the extension tells sidecars from the rest. A sidecar's
    name says nothing of its own: it is its picture's.
    """
    if kind is None:
        promised = _promised(entry.name)
        kind = promised.kind if promised else "image"
    wanted = [p for p in configure(settings)[1] if p.needs == "name" and _is_for(p, kind, kind)]
    return clean_facts(fact for probe in wanted for fact in _ask(probe, entry))


def _look_at(content: Media, probes: tuple[Probe, ...]) -> Report:
    entry, format = content.entry, content.format
    if not content.size and _promised(entry.name) is None:
        return _something_else(content)  # nothing was lost: a mark that some program left, like .gitkeep
    if not content.size or content.all_zeros:
        return _troubled(content, "contains only zeros" if content.size else "empty file")
    if format is None:
        return _something_else(content)
    wanted = [probe for probe in probes if _is_for(probe, format.kind, format.name)]
    facts = clean_facts(f for p in wanted if p.needs == "content" for f in _ask(p, entry, content))
    named = clean_facts(f for p in wanted if p.needs == "name" for f in _ask(p, entry))
    if format.kind != "sidecar" and not any(isinstance(fact, Shape) for fact in facts):
        facts = (Shape(format.kind, format.name), *facts)  # nobody could look inside, but we know what it is
    identity = next((f.value for f in facts if isinstance(f, Fingerprint) and f.kind == "image_sha256"), content.sha256)
    return Report(entry, "present", None, content.sha256, identity, format.name, facts, named)


def _something_else(content: Media) -> Report:
    reason = formats.describe_other(content.head, content.entry.name)
    promised = _promised(content.entry.name)
    if promised is None or promised.kind == "sidecar":
        return Report(content.entry, "skipped", reason, content.sha256)
    promise = f"not the {promised.name.upper()} its name promises"
    return _troubled(content, reason if promise in reason else f"{reason}, {promise}")


def _troubled(content: Media, reason: str) -> Report:
    return Report(content.entry, "troubled", reason, content.sha256, facts=(Trouble("content", reason),))


def _promised(name: bytes) -> Format | None:
    ending = formats.extension(name)
    if not ending or ending in _UNSURE_EXTENSIONS:
        return None
    return next((f for f in formats.FORMATS.values() if ending in (f.extension, *f.variants)), None)


def _is_for(probe: Probe, kind: str, format: str) -> bool:
    return bool(probe.formats & {kind, format}) or (not probe.formats and kind != "sidecar")


def _ask(probe: Probe, *about: object) -> list[Fact]:
    """What one probe says; where it fails, that, and the others are asked all the same."""
    try:
        return list(probe.run(*about))
    except Exception as error:  # the one place where a probe's failure becomes a Trouble, MemoryError included
        words = clean_text(error, 400)
        return [Trouble(probe.name, f"{type(error).__name__}: {words}" if words else type(error).__name__)]
