"""Whether a file that holds still is whole: what a worker found in it, and what that means."""

from __future__ import annotations

from mediaparser_core.records import Report, Trouble

MINOR = frozenset({"metadata", "facts"})
"""Probes whose troubles are no sign of a copy that is not finished: the picture itself was looked at by others."""

Verdict = tuple[str, str]


def why_not(report: Report) -> Verdict | None:
    """``(state, reason)`` why the file of *report* is not taken (yet), ``None`` when it is whole.

    ``arriving``: it changed while it was read. ``unfinished``: it is empty, nothing but zeros, or ends before its end.
    ``unknown``: no picture, video or sidecar. ``stuck``: it cannot be read.
    """
    if report.state == "changed":
        return "arriving", "still being written"
    if report.state == "skipped":
        return "unknown", f"{report.reason or 'unknown content'}; not a picture or a video"
    troubles = [fact for fact in report.facts if isinstance(fact, Trouble) and fact.probe not in MINOR]
    if report.state == "troubled":
        unreadable = any(trouble.probe in ("read", "worker") for trouble in troubles)
        return "stuck" if unreadable else "unfinished", report.reason or "cannot be read"
    return ("unfinished", troubles[0].message) if troubles else None
