"""How what was seen of a file becomes a row of the compact table."""

from __future__ import annotations

from mediaparser_core.smaller_tables import kind_number, state_number

# what _files keeps: a number where a text is said often, of the path and the name only what the bytes do not tell
WORDS = ("root", "reason", "probed", "named")
CODED = {"kind": "kind_number", "state": "state_number"}
KEPT = {name: f"(select id from words where word = :{name})" for name in WORDS} | {
    "sha256": "coalesce((select id from contents where sha256 = :sha256), 0)",
    "folder": "(select _folders.id from _folders where _folders.path = :folder)",
    "kind_number": kind_number(":kind_number"),
    "state_number": state_number(":state_number"),
    "path": "nullif(:path, cast(:folder || :base as text))",
    "name": "case when :name = substr(:path, -length(:name)) then length(:name) else :name end",
}
