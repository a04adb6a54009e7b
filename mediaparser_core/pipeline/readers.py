"""Count who read the metadata of each file: our own readers, ExifTool, or our own only in part."""

from __future__ import annotations

from typing import Any

from mediaparser_core.records import Note, Report

COUNTS = {"native": "read_natively", "exiftool": "read_by_exiftool", "native, unsure": "read_in_part"}


def count(report: Report, summary: dict[str, Any]) -> None:
    """Add the files of *report* to *summary*, under the values of :data:`COUNTS`."""
    for fact in report.facts:
        if isinstance(fact, Note) and fact.key == "metadata_reader" and fact.value in COUNTS:
            summary[COUNTS[fact.value]] += 1
