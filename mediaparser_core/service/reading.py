"""Read copies and originals again, what was not looked at for longest first, and notice what has changed."""

from __future__ import annotations

import os
import time

from mediaparser_core import jobs
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Checks
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.export import verify
from mediaparser_core.settings import Settings

_LOOK = 2.0  # seconds between two looks whether something more urgent waits
_ROWS = 50  # checks stored at once


class Aside(Exception):
    """Something more urgent waits; what was read is recorded, and the rest is read afterwards."""


def read_again(catalog: Catalog, settings: Settings, job: jobs.Job, queue: Queue, *, most: int | None = None) -> None:
    """Everything that was not read since the job was asked for, or about *most* bytes of it.

    Counts ``checked`` and ``problems`` in ``job.summary``. Raises :class:`Aside`, ``Interrupted``.
    """
    checks, row = Checks(catalog), queue.job(job.number) or {}
    checks.forget_gone()
    due = checks.due(row.get("asked_at") or jobs.now())
    if most is not None:
        due = _first(due, most)
    roots = [path for path, _, _ in catalog.seen.roots()]
    receipts = {receipt.target: receipt for receipt in catalog.done.receipts()}
    job.summary |= {"checked": 0, "problems": 0}
    job.stage("Reading again", len(due))
    found: list[tuple[str, str, str, str | None]] = []
    looked = time.monotonic()
    try:
        for kind, key, _ in due:
            if kind == "export":
                problems = list(verify.verify([receipts[key]] if key in receipts else [], settings.export_path))
            else:
                original = checks.original(key)
                problems = list(verify.verify_originals([original] if original else []))
                if original and problems and problems[0].what == "missing" and _is_away(original[0], roots):
                    job.step()
                    continue  # its disk is not there: that says nothing about the file
            said = "; ".join(f"{problem.path}: {problem.what}, {problem.detail}" for problem in problems) or None
            found.append((kind, key, jobs.now(), said))
            job.summary["checked"] += 1
            job.summary["problems"] += bool(problems)
            job.step(failed=bool(problems))
            if len(found) >= _ROWS:
                found = _store(checks, found)
            job.check()
            if time.monotonic() - looked > _LOOK:
                looked = time.monotonic()
                if queue.is_more_urgent_waiting(job.number, jobs.now()):
                    raise Aside
    finally:
        _store(checks, found)
    job.finish_stage()


def _is_away(path: bytes, roots: list[bytes]) -> bool:
    """Whether the input that *path* belongs to is not there, or an empty mount point."""
    home = max(
        (root for root in roots if path == root or path.startswith(root.rstrip(b"/") + b"/")), key=len, default=None
    )
    if home is None or home == path:
        return home is None
    try:
        return not os.listdir(home)
    except OSError:
        return True


def _store(checks: Checks, found: list[tuple[str, str, str, str | None]]) -> list[tuple[str, str, str, str | None]]:
    if found:
        checks.record(found)
    return []


def _first(due: list[tuple[str, str, int]], most: int) -> list[tuple[str, str, int]]:
    """As many of them as *most* bytes allow, at least one."""
    total = 0
    chosen: list[tuple[str, str, int]] = []
    for row in due:
        if chosen and total + row[2] > most:
            break
        chosen.append(row)
        total += row[2]
    return chosen
