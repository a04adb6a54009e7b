"""Write the reference pages that follow from the code: docs/cli.md and docs/schema.md.

python scripts/reference.py           write them
python scripts/reference.py --check   exit 1 when they are not what the code says
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pluggy
from sqlite_utils import Database

from mediaparser_core import hookspecs, plugins, schema
from mediaparser_core.cli import build

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- made by scripts/reference.py: change the code, not this page -->"
ABOUT = {
    "files": "Every file that was ever met, pictures and all others (seen).",
    "roots": "The inputs, and what the last walk of each met (seen).",
    "assets": "Every distinct picture and video, by the SHA-256 of its bytes (found).",
    "sidecars": "Every distinct sidecar: XMP, Takeout JSON, AAE (found).",
    "claims": "Every source's word on when a picture was taken, with what became of it (found).",
    "fingerprints": "Perceptual hashes, as hex text (found).",
    "found_tags": "Keywords as files, names, folders and sidecars say them (found).",
    "places": "Positions in degrees, WGS 84 (found).",
    "links": "Identifiers that tie files together: Live Photos, bursts (found).",
    "notes": "Everything else a probe thought worth keeping (found).",
    "troubles": "Why a probe could not do its work on a file (found).",
    "stages": "What the derived tables were made from (derived).",
    "touched": "Files that changed since everything derived was made (derived).",
    "dates": "One date for each asset, and why (derived).",
    "bundles": "Which files are one thing (derived).",
    "groups": "Assets that show the same thing (derived).",
    "members": "Who is in which group (derived).",
    "tags": "The keywords that hold: found, plus added, minus removed ones (derived).",
    "standings": "Whether an asset is kept, and whether the export wants it (derived).",
    "plan_items": "What the last plan wanted to do (done).",
    "receipts": "Every copy we published, and when we took it back (done).",
    "extras": "Further files that plugins put into the export (done).",
    "jobs": "Runs: progress, errors, how they ended (done).",
    "heartbeats": "Signs of life of the services (done).",
    "decisions": "What people said; nothing can be changed or removed (decided).",
    "library": "One row per asset: what people look at.",
    "ledger": "One row per file: where it ended and why.",
    "own_copies": "The hashes of copies we wrote into: what comes back with one of them is ours.",
    "search": "The words of every asset, for looking it up (derived).",
    "search_fts": "The full-text index over `search` (derived).",
    "witnesses": "What comparing with other files and with maps says about an asset (derived).",
    "readings": "What the cameras' own clocks showed, and by how much they were off where another clock tells (derived).",
    "arrivals": "What came in through the inbox, and how far it is (done).",
    "carried": "What a settled group's keeper takes over from the others (derived).",
    "checks": "The last reading of each export and original, for the nightly check (done).",
    "choices": "The values the gallery can be narrowed to, with their counts (derived).",
    "compared": "Which pictures have been compared with all others (derived).",
    "map_cells": "How many pictures lie in each square of the map (derived).",
    "map_spots": "Where each picture lies on the map (derived).",
    "own_dates": "What its own evidence gave, where others had a say in the date (derived).",
    "matches": "Pairs of pictures that look alike (derived).",
    "requests": "Jobs that somebody, the watcher or the night asked for, and who carries them out (done).",
    "tag_counts": "How many pictures have each tag (derived).",
    "tallies": "Pictures that are alike in all that the gallery filters by, counted (derived).",
    "timeline": "Every picture in order of time, the undated first (derived).",
    "timeline_tags": "The tags of each picture, by its place in that order (derived).",
    "waiting": "What lies in the inbox and is not taken yet, and why (done).",
    "clock_offers": "Pieces of a camera's time line that should be moved (derived).",
    "contents": "A number for each SHA-256: what the compact tables hold instead.",
    "words": "A number for each text that is said often: what the compact tables hold instead.",
    "live_receipts": "The copies that are in the export now.",
}
# what a view does not tell of a column that it works out
TYPES = dict.fromkeys(("id", "accepted", "kept", "copies"), "integer") | dict.fromkeys(("path_bytes", "hash"), "blob")
TYPES |= dict.fromkeys(("latitude", "longitude"), "real")


def cli_page() -> str:
    """Every command with its help, as the terminal shows it."""
    manager = plugins.load()
    root = build(manager)
    parts = [MADE, "# Commands", "The words of `mediaparser COMMAND --help`."]
    for path, command in _commands(root, ("mediaparser",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100)
        parts += [f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}", f"```text\n{command.get_help(context)}\n```"]
    return "\n\n".join(parts) + "\n"


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _commands(inner, (*path, name))


def schema_page() -> str:
    """Every table and view of both databases."""
    parts = [MADE, "# Tables and views"]
    for title, migrations in (("catalog.db", schema.catalog), ("decisions.db", schema.decisions)):
        db = Database(memory=True)
        migrations.apply(db)
        parts.append(f"## {title}")
        for name in sorted({*db.table_names(), *db.view_names()}):
            if name.startswith(("_", "sqlite_")) or name.endswith(("_data", "_idx", "_config", "_docsize")):
                continue
            rows = db.query(f"select name, type, pk from pragma_table_xinfo('{name}') where hidden <> 1")
            kinds = db.view_names()
            lines = [f"| `{r['name']}` | {_type(r, name in kinds)} | {'key' if r['pk'] else ''} |" for r in rows]
            parts += [
                f"### {name}",
                ABOUT[name],
                "\n".join(["| column | type | |", "|---|---|---|", *lines]),
            ]
    return "\n\n".join(parts) + "\n"


def _type(column: dict[str, str], of_view: bool) -> str:
    if column["type"] or not (of_view or column["name"] in TYPES):
        return column["type"].lower().removesuffix(" generated always")
    return TYPES.get(column["name"], "text")


def hooks() -> list[str]:
    """The names of the hooks there are."""
    manager = pluggy.PluginManager("mediaparser")
    manager.add_hookspecs(hookspecs)
    return sorted(name for name in vars(manager.hook) if not name.startswith("_"))


def pages() -> dict[Path, str]:
    return {DOCS / "cli.md": cli_page(), DOCS / "schema.md": schema_page()}


def main() -> int:
    check, stale = "--check" in sys.argv[1:], []
    for path, text in pages().items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.write_text(text, "utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run python scripts/reference.py")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
