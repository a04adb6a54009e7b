"""How facts become rows of the compact tables: what is inserted, and where it stands among the rows of its content."""

from __future__ import annotations

from mediaparser_core.shorter import OFTEN
from mediaparser_core.smaller_tables import KINDS

ID, WORD = "(select id from contents where sha256 = ?)", "(select id from words where word = ?)"


def word_id(word: str) -> str:
    return f"(select id from words where word = '{word}')"


def next_place(table: str, content: str) -> str:
    """Which row of its content the next one is."""
    return f"(select coalesce(max(place), 0) + 1 from _{table} where content = {content})"


def of_origin(table: str, origin: str) -> str:
    if table == "claims":
        return f"exists (select 1 from _sayings s where s.id = saying and s.origin = {word_id(origin)})"
    return f"origin = {word_id(origin)}"


def _insert_into(table: str, columns: str, values: str) -> str:
    place = next_place(table, "(select id from contents where sha256 = ?1)")
    return f"insert into _{table} (content, place, {columns}) values ((select id from contents where sha256 = ?1), {place}, {values})"


def _words(*places: int) -> str:
    return ", ".join(f"(select id from words where word = ?{place})" for place in places)


_SAYING = "source, utc_offset, precision, origin, usable, remark, written"
_SAYS = "(select id from words where word = ?{})", "coalesce((select id from words where word = ?{}), 0)", "?{}"
_SAID = [_SAYS[kind] for kind in (0, 1, 1, 0, 2, 1, 2)]
INSERTS = {
    "sayings": f"insert or ignore into _sayings ({_SAYING}) "
    f"values ({', '.join(said.format(place) for place, said in enumerate(_SAID, 1))})",
    "claims": _insert_into(
        "claims",
        "file_id, saying, verdict, value, raw, about",
        "?9, (select id from _sayings where "
        + " and ".join(
            f"{name} = {said.format(place)}"
            for place, (name, said) in enumerate(zip(_SAYING.split(", "), _SAID, strict=True), 2)
        )
        + f"), {_SAYS[1].format(7)} * 2 + ?6, ?10, case ?8 when {OFTEN} then (select id from words where word = ?11) "
        "else ?11 end, ?12",
    ),
    "fingerprints": f"insert or replace into _fingerprints (content, {', '.join(KINDS)}, image_sha256) "
    f"values ({ID}{', ?' * (len(KINDS) + 1)})",
    "other_fingerprints": f"insert or replace into _other_fingerprints (content, kind, value) values ({ID}, {WORD}, ?)",
    "found_tags": _insert_into(
        "found_tags", "tag, source, file_id, origin, about", f"{_words(2, 3)}, ?4, {_words(5)}, ?6"
    ),
    "places": _insert_into("places", "latitude, longitude, source, origin, about", f"?2, ?3, {_words(4, 5)}, ?6"),
    "links": _insert_into("links", "kind, key", f"{_words(2)}, ?3"),
    "notes": _insert_into("notes", "key, value, file_id, origin, about", f"{_words(2)}, ?3, ?4, {_words(5)}, ?6"),
}
