"""Tables that hold a number where people read a SHA-256 or a word that is said often, and the views that show the words.

``contents`` numbers every SHA-256, ``words`` every text that comes again and again. A compact table ``_claims`` keeps
those numbers; the view ``claims`` over it has the public columns and values, and its triggers take rows with them, too.
The migrations use this module: what it makes for a text must not change after a release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from mediaparser_core.shorter import moment_shown

NUMBERED = """
create table contents (id integer primary key, sha256 text unique)
--
insert into contents values (0, null)
--
create table words (id integer primary key, word text not null unique)
"""
_KINDS = {
    "content": "integer", "word": "integer", "named": "integer", "hex": "blob", "path": "text", "tail": "", "moment": "",
    "place": "integer", "again": "",
}  # fmt: skip
_NUMBERED = {"content": ("contents", "sha256"), "word": ("words", "word"), "named": ("words", "word")}
_PATH = "coalesce({0}.path, cast({0}.path_bytes as text))"
_DEFAULT = re.compile(r"\bdefault ('[^']*'|\S+)")


@dataclass(frozen=True)
class Column:
    """One line of a table: ``name kind rest``. *kind* is a type of SQLite's or one of these:

    ``content`` is the number of a SHA-256, ``word`` that of a text, ``named`` that of a text which rows are looked for by,
    ``hex`` hexadecimal text as bytes. ``path`` is kept where it is not ``path_bytes`` as text, ``tail`` is the length of
    the name at the end of the path. ``moment`` is a time as a number, ``place`` the row's number among those of one
    SHA-256, which nobody is shown: rows that lie together by SHA-256 need no index to be found. ``again`` is a SHA-256 as
    bytes, and nothing where it is the row's own.
    """

    name: str
    kind: str
    rest: str

    @property
    def base(self) -> str:
        """Its name in the compact table."""
        return "content" if self.name == "sha256" else self.name

    @property
    def joined(self) -> bool:
        """Whether the view finds its text by a join, so that one may look for it by the index of all numbered ones."""
        return self.kind == "named" or (self.kind == "content" and (self.anyhow or self.required))

    @property
    def anyhow(self) -> bool:
        """Whether a row without a SHA-256 has the number 0: a left join would keep SQLite from the index of ``contents``."""
        return self.name == "sha256" and not self.required

    @property
    def required(self) -> bool:
        return "not null" in self.rest or "primary key" in self.rest

    @property
    def definition(self) -> str:
        rest = _DEFAULT.sub("", self.rest) if self.kind in _NUMBERED else self.rest
        rest = "not null" if self.kind == "content" and self.anyhow else rest
        return " ".join(f"{self.base} {_KINDS.get(self.kind, self.kind)} {rest}".split())

    def shown(self, table: str) -> str:
        """What the view over the compact *table* shows."""
        column, path = f"{table}.{self.base}", _PATH.format(table)
        if self.kind in _NUMBERED:
            source, text = _NUMBERED[self.kind]
            if self.joined:
                return f"n_{self.name}.{text} as {self.name}"
            return f"(select {text} from {source} where id = {column}) as {self.name}"
        if self.kind == "again":
            return f"coalesce({hex_shown(column)}, n_sha256.sha256) as {self.name}"
        if self.kind == "hex":  # what was no hexadecimal text was stored as it is
            return f"{hex_shown(column)} as {self.name}"
        if self.kind == "path":
            return f"{path} as path"
        if self.kind == "moment":
            return f"{moment_shown(column)} as {self.name}"
        if self.kind == "tail":
            return (
                f"case typeof({column}) when 'integer' then substr({path}, -{column}) else {column} end as {self.name}"
            )
        return column

    def kept(self, row: str) -> str:
        """What the compact table holds for the column of the view's *row*, ``new`` or ``old``."""
        value = self.value(row)
        if self.kind in _NUMBERED:
            table, text = _NUMBERED[self.kind]
            number = f"(select id from {table} where {text} = {value})"
            return f"coalesce({number}, 0)" if self.anyhow else number
        if self.kind == "again":
            return f"nullif({value}, {row}.sha256)"
        if self.kind == "path":
            return f"nullif({value}, cast({row}.path_bytes as text))"
        if self.kind == "tail":
            end = f"substr({row}.path, -length({value}))"
            return f"case when {value} = {end} then length({value}) else {value} end"
        return value

    def value(self, row: str) -> str:
        default = _DEFAULT.search(self.rest)
        return f"coalesce({row}.{self.name}, {default[1]})" if default and row == "new" else f"{row}.{self.name}"


@dataclass(frozen=True)
class Compact:
    """The table *name*: a column each line, then perhaps a line ``primary key (…)`` and ``without rowid``."""

    name: str
    text: str
    hashes: str = "sha256"  # the column of ``contents`` that takes a SHA-256

    @cached_property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.text.strip().splitlines()]

    @cached_property
    def columns(self) -> list[Column]:
        rows = [line for line in self.lines if not line.startswith(("primary key", "without"))]
        return [Column(*[*row.split(" ", 2), "", ""][:3]) for row in rows]

    @cached_property
    def key(self) -> list[Column]:
        """The columns by which a row is found: those of the primary key, else all."""
        table = next((line for line in self.lines if line.startswith("primary key")), "")
        names = re.findall(r"\w+", table.removeprefix("primary key"))
        found = [column for column in self.columns if column.name in names or "primary key" in column.rest]
        return self.public if any(column.kind == "place" for column in found) else found or self.columns

    @cached_property
    def public(self) -> list[Column]:
        """The columns of the view."""
        return [column for column in self.columns if column.kind != "place"]

    @property
    def table(self) -> str:
        """``create table`` of the compact one."""
        parts = [column.definition for column in self.columns]
        parts += [re.sub(r"\bsha256\b", "content", line) for line in self.lines if line.startswith("primary key")]
        return (
            f"create table _{self.name} ({', '.join(parts)}){' without rowid' if 'without rowid' in self.lines else ''}"
        )

    @property
    def view(self) -> str:
        joins = [
            f" join {_NUMBERED[c.kind][0]} n_{c.name} on n_{c.name}.id = _{self.name}.{c.base}"
            for c in self.columns
            if c.joined
        ]
        shown = ", ".join(column.shown(f"_{self.name}") for column in self.public)
        return f"create view {self.name} as select {shown} from _{self.name}{''.join(joins)}"

    @property
    def copy(self) -> str:
        """Fill the compact table from the table *name*, whose words are numbered."""
        values = [f"packed({c.kept('o')})" if c.kind == "hex" else c.kept("o") for c in self.columns]
        names = ", ".join(column.base for column in self.columns)
        return f"insert into _{self.name} ({names}) select {', '.join(values)} from {self.name} o"

    def numbering(self) -> Iterator[str]:
        """Number what the columns of the table *name* say."""
        for column in self.columns:
            if column.kind in _NUMBERED:
                table, text = _NUMBERED[column.kind]
                yield (
                    f"insert or ignore into {table} ({text}) select distinct {column.name} from {self.name} "
                    f"where {column.name} is not null order by 1"
                )

    def triggers(self) -> Iterator[str]:
        """Rows that are given to the view go to the compact table.

        No ``or ignore`` inside: the ``or replace`` of a statement would take its place, and change the numbers.
        """
        same = " and ".join(f"{c.base} is {c.kept('old')}" for c in self.key)
        names = [column.base for column in self.public]
        numbers = [column.kept("new") for column in self.public]
        number = "".join(self._numbered())
        changes = ", ".join(f"{name} = {value}" for name, value in zip(names, numbers, strict=True))
        if len(names) < len(self.columns):
            next_place = f"(select coalesce(max(place), 0) + 1 from _{self.name} where content = {numbers[0]})"
            names, numbers = ["place", *names], [next_place, *numbers]
        yield (
            f"create trigger {self.name}_insert instead of insert on {self.name} begin {number}"
            f"insert into _{self.name} ({', '.join(names)}) values ({', '.join(numbers)}); end"
        )
        yield (
            f"create trigger {self.name}_update instead of update on {self.name} begin {number}"
            f"update _{self.name} set {changes} where {same}; end"
        )
        yield (
            f"create trigger {self.name}_delete instead of delete on {self.name} begin "
            f"delete from _{self.name} where {same}; end"
        )

    def _numbered(self) -> Iterator[str]:
        for table, name in (("contents", "sha256"), ("words", "word")):
            numbered = [column for column in self.columns if _NUMBERED.get(column.kind, ("",))[0] == table]
            if numbered:
                taking = self.hashes if table == "contents" else name
                yield numbering(table, name, taking, [column.value("new") for column in numbered])


def numbering(table: str, name: str, taking: str, said: Iterable[str]) -> str:
    """The statement of a trigger that gives texts a number in *table*; *taking* is the column that is written to."""
    texts = " union ".join(f"select {text} as said" for text in said)
    return (
        f"insert into {table} ({taking}) select said from ({texts}) where said is not null "
        f"and not exists (select 1 from {table} where {name} = said); "
    )


def hex_shown(column: str) -> str:
    """SQL for the text of what is :func:`packed` in *column*."""
    return f"case typeof({column}) when 'blob' then lower(hex({column})) else {column} end"


def packed(text: str | None) -> str | bytes | None:
    """Hexadecimal text as bytes, which take half the room; any other text as it is."""
    if text is None or not re.fullmatch(r"(?:[0-9a-f]{2})+", text):
        return text
    return bytes.fromhex(text)
