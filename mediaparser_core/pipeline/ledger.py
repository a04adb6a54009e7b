"""The ledger: every input file in one end state, and the sums that prove it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mediaparser_core.catalog import Catalog

END_STATES = ("exported", "duplicate", "sidecar", "discarded", "waiting", "skipped", "troubled", "missing")


def totals(catalog: Catalog) -> dict[str, dict[str, int]]:
    """``{end state: {"files": n, "bytes": n}}``."""
    files: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for row in catalog.asked.ledger():
        files[row["end_state"]] += 1
        size[row["end_state"]] += row["size"]
    return {state: {"files": files[state], "bytes": size[state]} for state in sorted(files, key=_order)}


def _order(state: str) -> int:
    return END_STATES.index(state) if state in END_STATES else len(END_STATES)


def imbalance(catalog: Catalog) -> str | None:
    """What does not add up, or ``None``.

    Every file has exactly one known end state with a reason, and what the last walk of each input met is what the
    ledger holds of it, in files and bytes.
    """
    for row in catalog.asked.ledger():
        if row["end_state"] not in END_STATES or not row["reason"]:
            return f"{row['path']} has no end state"
    for root, files, size in catalog.seen.roots():
        found_files, found_size = catalog.seen.count_below(root)
        if (found_files, found_size) != (files, size):
            text = root.decode("utf-8", "backslashreplace")
            return f"{text}: the walk met {files} files of {size} bytes, the ledger has {found_files} of {found_size}"
    return None


def report(catalog: Catalog) -> dict[str, Any]:
    """Rows, totals and whether they balance, for ``mediaparser report``."""
    return {
        "files": list(catalog.asked.ledger()),
        "totals": totals(catalog),
        "imbalance": imbalance(catalog),
        "export": [
            {"target": receipt.target, "sha256": receipt.sha256, "written_sha256": receipt.written_sha256}
            for receipt in catalog.done.receipts()
        ],
    }
