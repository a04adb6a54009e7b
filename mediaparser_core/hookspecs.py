"""The hooks, their contracts, and who answers.

A plugin implements any of these functions with :data:`hookimpl`. Arguments are passed by name: a plugin lists only the
ones it needs. Where the first answer wins, ``None`` passes the question on to the next plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pluggy

from mediaparser_core.records import (
    Bundle,
    Entry,
    Evidence,
    ExportItem,
    Location,
    Look,
    Match,
    Probe,
    Resolution,
    Seen,
    View,
)

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import click

    from mediaparser_core.media import Media
    from mediaparser_core.settings import Settings

hookspec = pluggy.HookspecMarker("mediaparser")
hookimpl = pluggy.HookimplMarker("mediaparser")


@dataclass(frozen=True, slots=True)
class Finished:
    """What ``finish_copy`` did: ``how`` is ``"embedded"``, ``"sidecar"`` or ``"untouched"``; ``sidecar`` is the XMP
    document to publish beside the copy; ``detail`` one line for the receipt; ``data`` the whole copy as it has to be, for
    the caller to write and to find again on the disk, where the plugin has not written into it itself."""

    how: str
    sidecar: bytes | None = None
    detail: str = ""
    data: bytes | None = None


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to *cli*. Every plugin is asked."""


@hookspec
def register_probes(settings: Settings) -> Iterable[Probe]:  # type: ignore[empty-body]
    """Probes to run on every file. Every plugin is asked, once at the start; a probe that raises spoils only itself."""


@hookspec
def register_views(settings: Settings) -> Iterable[View]:  # type: ignore[empty-body]
    """Folders computed from the catalog for the drive. Every plugin is asked, once at the start."""


@hookspec(firstresult=True)
def show(media: Media, side: int) -> bytes | None:
    """A JPEG of the picture in *media*: upright, in sRGB, without metadata, at most *side* pixels on its long side.

    Asked in a worker process when somebody wants to see more than the thumbnail. The first plugin with an answer
    decides; ``None`` means "not a picture I can show".
    """


@hookspec(firstresult=True)
def scan(location: Location) -> Iterator[Entry] | None:
    """Walk *location* and yield what is there, special files with their ``problem`` included.

    The first plugin with an answer decides; ``None`` passes the question on.
    """


@hookspec(firstresult=True)
def executor(settings: Settings) -> AbstractContextManager[Executor] | None:
    """The :class:`concurrent.futures.Executor` in which files are probed, as a context manager.

    The first plugin with an answer decides; ``settings.executor`` says which one is wanted. A task that kills its
    worker must fail with ``BrokenExecutor``. Where the executor has an attribute ``width``, the number of workers it has
    now, three tasks for each are in flight; else three for each of ``settings.workers``. A command asks first of all,
    while the program has one thread and no file is open; it enters the context when there is something to read.
    """


@hookspec
def bundle(files: Sequence[Seen]) -> Iterable[Bundle]:  # type: ignore[empty-body]
    """Say which of *files* are one thing. Every plugin is asked; bundles that share a picture or video are joined.

    A plugin with ``STAYS_NEAR = True`` promises that what it says of a file depends only on the files of its folder (or of
    the same folder in another part of one export), of equal content, of equal picture data and of one ``content_id``:
    after a few new files it is shown those only.
    """


@hookspec(firstresult=True)
def resolve_date(evidence: Evidence, settings: Settings, today: date) -> Resolution | None:
    """Choose one date from *evidence* and say why.

    The first plugin with an answer decides. Must depend on nothing but its arguments: replaying the claims must give
    the same date.
    """


@hookspec(firstresult=True)
def zone_at(latitude: float, longitude: float) -> str | None:
    """The IANA name of the time zone at a position (degrees north and east), ``None`` where nobody keeps one.

    The first plugin with an answer decides. Must depend on nothing but its arguments.
    """


@hookspec
def match(  # type: ignore[empty-body]
    assets: Sequence[Look],
    settings: Settings,
    new: Set[str] | None,
    sketches: Callable[[Iterable[str]], Mapping[str, bytes]],
) -> Iterable[Match]:
    """Pairs among *assets* that show the same thing. Every plugin is asked.

    Matches of one kind become groups of that kind; only a ``scene`` (one thing shot by two devices at about one time)
    makes no group: it is a witness for the clocks of the two.

    A plugin that takes *new* promises that whether two assets match depends on these two alone. It is asked once about
    all of them (*new* is ``None``), later only for pairs with at least one asset in *new* (by SHA-256); what it said of
    the others is remembered. Plugins that do not take it are asked about everything each time. *sketches* gives what
    ``Preview.sketch`` had, of those of some SHA-256s that have one.
    """


@hookspec
def protect(members: Sequence[Look], settings: Settings) -> Iterable[str]:  # type: ignore[empty-body]
    """The SHA-256s of those *members* of groups that nobody should be asked to discard. Every plugin is asked."""


@hookspec(firstresult=True)
def choose_keeper(members: Sequence[Look], settings: Settings) -> tuple[str, str] | None:
    """The SHA-256 of the best of *members*, and the reason in words. The first plugin with an answer decides."""


@hookspec(firstresult=True)
def name_export(item: ExportItem, settings: Settings) -> PurePosixPath | None:
    """Choose the path of *item* inside the export, without collisions in mind.

    The first plugin with an answer decides; every part is cleaned afterwards.
    """


@hookspec(firstresult=True)
def finish_copy(copy: Path, item: ExportItem, settings: Settings) -> Finished | None:
    """Make *copy* (private, not yet published) carry ``item.write_date`` and ``item.write_tags``, and read them back.

    The first plugin with an answer decides; ``None`` means "not a format I can write". Raises ``ExportError`` when what
    was read back is not what was asked for. Several copies are made at once: it is called from several threads.
    """


@hookspec
def export_extras(exports: Sequence[Mapping[str, object]], settings: Settings) -> Mapping[str, bytes]:  # type: ignore[empty-body]
    """Further files for the export folder, by relative path: an index, a playlist, a page.

    Every plugin is asked after the tree agrees with the catalog. *exports* has one row per published copy, as in
    the ``library`` view: ``export_path``, ``taken_at``, ``tags`` (JSON) …. Plugins return bytes; only the core writes.
    """
