"""Read the ``.AAE`` beside a picture from an Apple device: the recipe of its edit, and when that was made.

It is no date of the picture; it stands in the case of the picture, so that nobody takes it for one.
"""

from __future__ import annotations

from datetime import datetime

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Entry, Fact, Note, Probe, Trouble

LARGEST = 1024 * 1024  # bytes; drawings on a picture are a part of it
_EDITED = "time of editing, not of capture"


@hookimpl
def register_probes() -> list[Probe]:
    return [Probe("apple_edits", 1, "content", read_recipe, frozenset({"aae"}))]


def read_recipe(entry: Entry, media: Media) -> list[Fact]:
    """When it was edited and by what. A broken recipe is a :class:`Trouble`, and no more than that."""
    import plistlib

    if media.size > LARGEST or media.data is None:
        return [Trouble("apple_edits", f"a recipe of {media.size:,} bytes is not read")]
    try:
        document = plistlib.loads(media.data)
    except Exception as error:  # plistlib lets whatever its parsers meet in a broken file come through
        return [Trouble("apple_edits", f"not a property list: {clean_text(error, 200) or type(error).__name__}")]
    if not isinstance(document, dict):
        return []
    facts: list[Fact] = []
    edited = document.get("adjustmentTimestamp")
    if isinstance(edited, datetime):
        value = edited.replace(microsecond=0, tzinfo=None).isoformat()
        facts.append(Claim("aae:adjustmentTimestamp", f"{value}Z", value, "+00:00", "second", False, _EDITED))
    elif isinstance(edited, str):
        facts.append(Claim("aae:adjustmentTimestamp", clean_text(edited, 100), None, None, None, False, _EDITED))
    editor = document.get("adjustmentEditorBundleID")
    if isinstance(editor, str) and (name := clean_text(editor, 200)):
        facts.append(Note("edited_with", name))
    return facts
