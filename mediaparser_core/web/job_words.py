"""Jobs in words: what they do, how far they are, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mediaparser_core.service.pace import Pace
from mediaparser_core.web import words

COMMANDS: Final = {
    "run": "Taking in pictures",
    "scan": "Reading pictures",
    "inbox": "Taking in what arrived",
    "export": "Making the tidy copy",
    "plan": "Planning the tidy copy",
    "verify": "Reading every file again",
    "backup": "Copying the databases",
    "tidy": "Tidying up",
}
STATES: Final = {
    "waiting": ("waits", ""), "running": ("runs", "info"), "paused": ("paused", "doubt"), "done": ("done", "good"),
    "failed": ("failed", "bad"), "cancelled": ("cancelled", ""), "interrupted": ("interrupted", "doubt"),
}  # fmt: skip
_COUNTS: Final = (
    ("new", "new"), ("changed", "changed"), ("missing", "missing"), ("troubled", "in trouble"), ("copied", "copied"),
    ("moved", "moved"), ("withdrawn", "taken back"), ("checked", "read again"), ("problems", "not what they were"),
)  # fmt: skip


def title(job: Mapping[str, Any]) -> str:
    """What the job does, as a heading."""
    return COMMANDS.get(job["command"], str(job["command"]).capitalize())


def about(job: Mapping[str, Any]) -> str:
    """The folders it is about."""
    return ", ".join(str(each) for each in job["arguments"] or () if str(each).startswith("/"))


def live(job: Mapping[str, Any], pace: Pace) -> dict[str, Any]:
    """A job that runs or waits, for the page: everything in it is text or a number to be shown as it is."""
    state, chip = STATES.get(job["state"], (job["state"], ""))
    wanted = job["wanted"]
    if job["state"] == "running" and wanted == "pause":
        state = "is about to pause"
    elif job["state"] in ("running", "paused", "waiting") and wanted == "cancel":
        state = "is being cancelled"
    done, total = int(job["done"]), job["total"]
    counted = f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""
    cancelled, pausing = wanted == "cancel", wanted == "pause"
    going, runs = job["state"] in ("running", "paused") and not cancelled, job["state"] == "running"
    return {
        "id": job["id"], "title": title(job), "about": about(job), "state": state, "chip": chip,
        "doing": job["doing"] or "", "done": done, "total": total, "counted": counted,
        "failed": words.number(int(job["failed"]), "error") if job["failed"] else "",
        "rate": _rate(pace) if runs else "", "left": _left(pace) if runs else "",
        "message": job["message"] or "", "by": job["asked_by"] or "the command line",
        "pause": going and not pausing, "resume": going and pausing, "cancel": not cancelled,
        "bar": job["state"] != "waiting",
    }  # fmt: skip


def ended(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job that is over: how it ended and what it did."""
    state, chip = STATES.get(job["state"], (job["state"], ""))
    summary = job["summary"] or {}
    did = [f"{summary[key]:,} {what}" for key, what in _COUNTS if isinstance(summary.get(key), int) and summary[key]]
    return {
        "id": job["id"], "title": title(job), "about": about(job), "state": state, "chip": chip,
        "did": ", ".join(did) or ("nothing new" if job["state"] == "done" and "seen" in summary else ""),
        "message": job["message"] or "", "ended_at": job["ended_at"], "seconds": summary.get("seconds"),
        "by": job["asked_by"] or "the command line",
    }  # fmt: skip


def _rate(pace: Pace) -> str:
    if pace.rate is None:
        return ""
    if pace.rate >= 1:
        return f"{pace.rate:,.0f} a second"
    return f"{pace.rate * 60:,.0f} a minute" if pace.rate * 60 >= 1 else f"{pace.rate * 3600:,.0f} an hour"


def _left(pace: Pace) -> str:
    """Roughly how long it still takes: nobody believes seconds."""
    left = pace.left
    if left is None or left > 30 * 86400:
        return ""
    if left < 10:
        return "a few seconds left"
    if left < 90:
        return f"about {round(left, -1):.0f} seconds left"
    if left < 5400:
        return f"about {words.number(round(left / 60), 'minute')} left"
    return f"about {words.number(round(left / 3600), 'hour')} left"
