"""What every command shares: settings, the open library, how to print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pluggy

if TYPE_CHECKING:
    from mediaparser_core.catalog import Catalog
    from mediaparser_core.jobs import Progress
    from mediaparser_core.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def escape(text: object) -> str:
    """*text* for a terminal: nothing in a file name may move the cursor or turn the line around."""
    from mediaparser_core.names import escape_for_terminal

    return escape_for_terminal(str(text))


class Session:
    """One call of the program."""

    def __init__(self, library: Path, *, quiet: bool, verbose: bool) -> None:
        self._library, self.quiet, self.verbose = library, quiet, verbose
        self.options: dict[str, Any] = {}

    @cached_property
    def settings(self) -> Settings:
        from mediaparser_core import settings

        return settings.load(self._library, options=self.options)

    @cached_property
    def manager(self) -> pluggy.PluginManager:
        """The plugins, those that the settings name included."""
        from mediaparser_core import plugins, probe

        manager = probe.configure(self.settings)[0]
        plugins.check_tables(manager, self.settings)
        return manager

    @contextmanager
    def catalog(self, *, writable: bool = False) -> Iterator[Catalog]:
        """The library, open; made when it is not there and *writable*."""
        from mediaparser_core.catalog import Catalog

        with Catalog(self.settings.library, writable=writable) as catalog:
            yield catalog

    @contextmanager
    def fresh_catalog(self) -> Iterator[Catalog]:
        """The library for looking, what is derived brought up to date first when nobody else is writing."""
        from mediaparser_core.catalog import Catalog
        from mediaparser_core.errors import CatalogError, CatalogTooNew, LibraryBusy, MediaParserError
        from mediaparser_core.pipeline import derive

        try:
            with Catalog(self.settings.library, writable=False) as catalog:
                fresh = derive.is_fresh(catalog, self.manager, self.settings)
        except CatalogTooNew:
            raise
        except CatalogError:
            if not self.settings.catalog_path.exists():
                raise
            fresh = False  # from an older version
        if not fresh:
            try:
                with Catalog(self.settings.library) as catalog, catalog.lock():
                    derive.refresh(catalog, self.manager, self.settings)
            except LibraryBusy:
                self.say("a job is running; this is how things stood before it")
            except MediaParserError as error:
                self.say(f"showing the last known state: {error}")
        with Catalog(self.settings.library, writable=False) as catalog:
            yield catalog

    @cached_property
    def progress(self) -> Progress:
        """A bar with rate and remaining time on a terminal, a line now and then otherwise, nothing when quiet."""
        from mediaparser_core.cli.bars import progress

        return progress(quiet=self.quiet)

    def say(self, message: str) -> None:
        """A remark for the person, not part of the result."""
        if not self.quiet:
            click.echo(escape(message), err=True)

    def print(self, text: str = "") -> None:
        """A line of the result; hostile characters in it are shown, not obeyed."""
        click.echo("\n".join(escape(line) for line in text.split("\n")))

    def print_json(self, document: object) -> None:
        click.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))

    def table(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """*rows* with these *columns*, aligned; a pipe gets tab-separated values."""
        import sys

        cells = [[("" if row.get(c) is None else escape(row[c])) for c in columns] for row in rows]
        if not sys.stdout.isatty():
            for line in cells:
                click.echo("\t".join(line))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*(c.replace("_", " ") for c in columns), box=None, pad_edge=False)
        for line in cells:
            table.add_row(*(Text(cell, overflow="fold") for cell in line))
        Console().print(table)
