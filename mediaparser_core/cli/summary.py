"""How a run ended, in words."""

from __future__ import annotations

from typing import Any

from mediaparser_core.cli.session import Session
from mediaparser_core.pipeline.main_job import Outcome

TROUBLES = 3  # exit code: done, but some files ended in trouble or the ledger does not balance
ACTIONS = {"copy": "copy", "move": "move", "rewrite": "write again", "withdraw": "take back"}


def exit_code(outcome: Outcome) -> int:
    summary = outcome.summary
    return TROUBLES if summary.get("troubled") or summary.get("failed") or outcome.imbalance else 0


def print_plan(session: Session, rows: list[dict[str, Any]]) -> None:
    """The dry run: one line per thing that would be done."""
    for row in rows:
        before = f"  (now {row['previous']})" if row["previous"] else ""
        session.print(f"{ACTIONS[row['action']]:>11}  {row['target']}{before}")
    if not rows:
        session.print("Nothing to do: the export agrees with the catalog and the decisions.")


def print_summary(session: Session, outcome: Outcome) -> None:
    """What was done, what is in trouble, and what to do next."""
    s = outcome.summary
    if "seen" in s:
        session.print(
            f"Seen {s['seen']} files: {s['new']} new, {s['changed']} changed, {s['unchanged']} unchanged, "
            f"{s['missing']} missing, {s['skipped']} skipped, {s['troubled']} in trouble."
        )
    if read := s.get("read_natively", 0) + s.get("read_by_exiftool", 0) + s.get("read_in_part", 0):
        by_it, in_part = s["read_by_exiftool"], s["read_in_part"]
        session.print(
            f"Metadata of {read} files: {s['read_natively']} by our own readers, {by_it} ({by_it / read:.1%}) by ExifTool"
            + (f", {in_part} only in part." if in_part else ".")
        )
    if "copied" in s:
        session.print(
            f"Export: {s['copied']} copied, {s['moved']} moved, {s['withdrawn']} taken back, "
            f"{s['unchanged_exports']} unchanged, {s['failed']} failed — in {session.settings.export_path}"
        )
    for line in outcome.failures[:10]:
        session.print(f"  {line}")
    if len(outcome.failures) > 10:
        session.print(f"  … and {len(outcome.failures) - 10} more: mediaparser report")
    if outcome.imbalance:
        session.print(f"The ledger does not balance: {outcome.imbalance}")
    if "assets" in s:
        levels = outcome.levels
        session.print(
            f"{s['assets']} pictures and videos; dates: {levels.get('high', 0)} sure, "
            f"{levels.get('medium', 0)} likely, {levels.get('low', 0)} doubtful, {levels.get('none', 0)} unknown. Took {s['seconds']:.1f} s."
        )
    hints = []
    if s.get("troubled"):
        hints.append("see the troubles: mediaparser review --kind trouble")
    if s.get("to_review"):
        waits = "1 question waits" if s["to_review"] == 1 else f"{s['to_review']} questions wait"
        hints.append(f"{waits} for you: mediaparser review")
    for note in outcome.notes:
        session.say(note)
    if hints:
        session.print("Next: " + "; ".join(hints))
