"""Read the lists of an iCloud export (``Photo Details.csv``, ``Albums/Lisbon.csv`` …), and say whose each line is.

Apple writes when each picture was taken to the minute, in GMT, and what became of it on the phone. Names are not unique
in an export: two parts may both have an ``IMG_0100.MOV``. So a line belongs to the picture in the folder of the list;
only where that has none of the name, to the one below it.

The list of an album only has names. The album becomes a tag of each picture of that name, in whatever part of the
export it lies; of several that have the name, of none. ``Memories`` are collections that a machine made: no tags.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mediaparser_core.bundle import of_kind, say
from mediaparser_core.dates import Moment
from mediaparser_core.dates.moments import build
from mediaparser_core.dates.words import months, plain
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text, fold
from mediaparser_core.part_names import is_part, without_zip
from mediaparser_core.records import Bundle, Claim, Entry, Fact, Note, Probe, Seen, Tag, Trouble

STAYS_NEAR = True  # where there is a list, it may speak of any folder below, and all files are shown to us
LARGEST = 16 * 1024 * 1024  # bytes; a line has about 150
MOST_LINES = 20_000
_DATE = re.compile(
    r"(?:[^\W\d]+,?\s+)?(?P<month>[^\W\d]+)\.?\s+(?P<day>\d\d?),\s?(?P<year>\d{4})\s+"
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?:\s?(?P<half>[ap])\.?m\.?)?\s+(?:gmt|utc)",
)
_DATES = (("originalcreationdate", None), ("importdate", "time of import, not of capture"))
_NAME = ("imgname", "imagename", "images")  # what the column of names is called
_FLAGS = (("favorite", "favorited"), ("hidden", "hidden"), ("deleted", "trashed"))


@hookimpl
def register_probes() -> list[Probe]:
    return [Probe("icloud_details", 2, "content", read_list, frozenset({"csv"}))]


def read_list(entry: Entry, media: Media) -> list[Fact]:
    """What each line says, about the file it names; a list that cannot be read to its end says so."""
    if media.size > LARGEST or media.data is None:
        return [Trouble("icloud_details", f"a list of {media.size:,} bytes is not read")]
    text = media.data.decode("utf-16" if media.data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    facts: list[Fact] = []
    lines, trouble = _lines(text)
    album = _album(entry, text)
    times = Counter(fold(line["imgname"]) for line in lines)
    for line in lines:
        about = fold(line["imgname"])
        facts.append(Note("spoken_of", clean_text(line["imgname"]), about))
        facts += _claims(line, about, alone=times[about] == 1)
        facts += [Tag(album, "icloud", about)] if album else []
        facts += (Note(flag, "1", about) for column, flag in _FLAGS if line.get(column, "").lower() in ("yes", "true"))
    if lines and album:
        facts.append(Note("takeout_album", album))
    return [*facts, Trouble("icloud_details", trouble)] if trouble else facts


def _album(entry: Entry, text: str) -> str:
    """The title of the album that this is the list of: the name of the file; empty for other lists."""
    columns = text[:400].partition("\n")[0].replace('"', "").strip().lower()
    folder = entry.path.split(b"/")[-2:-1]
    if columns not in _NAME or folder == [b"Memories"]:
        return ""
    return clean_text(entry.name.decode("utf-8", "replace").rpartition(".")[0], 200)


def _lines(text: str) -> tuple[list[dict[str, str]], str | None]:
    """The lines as columns, and why the rest of them cannot be read."""
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    lines: list[dict[str, str]] = []
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        for values in reader:
            line = dict(zip(columns, (value.strip() for value in values), strict=False))
            if name := next((line[column] for column in _NAME if line.get(column)), ""):
                lines.append(line | {"imgname": name})
            if len(lines) >= MOST_LINES:
                return lines, f"a list of more than {MOST_LINES:,} lines is not read to its end"
    except csv.Error as error:
        return lines, f"not a list that can be read to its end: {clean_text(error, 200)}"
    return lines, None


def _claims(line: dict[str, str], about: str, *, alone: bool) -> Iterator[Claim]:
    for column, reason in _DATES:
        if not (raw := clean_text(line.get(column, ""), 100)):
            continue
        if not alone:
            reason = reason or "the list names two pictures so"
        source = "icloud:" + {"originalcreationdate": "originalCreationDate"}.get(column, "importDate")
        moment = _moment(raw)
        if moment is None:
            yield Claim(source, raw, None, None, None, False, reason or "not a moment that exists", about)
        else:
            yield Claim(source, raw, moment.value, "+00:00", moment.precision, reason is None, reason, about)


def _moment(text: str) -> Moment | None:
    """ "Saturday June 4,2022 12:11 PM GMT"; a clock of 24 hours has been met as well."""
    found = _DATE.fullmatch(plain(text))
    month = months().get(found["month"]) if found else None
    if not found or month is None:
        return None
    hour = int(found["hour"])
    if found["half"] and hour <= 12:
        hour = hour % 12 + 12 * (found["half"] == "p")
    return build(found["year"], month, found["day"], hour, found["minute"], pattern="icloud")


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    lists = [seen for seen in of_kind(files, {"csv"}) if seen.format == "csv" and seen.about]
    if not lists:
        return []
    wanted = {name for seen in lists for name in seen.about}
    by_name: dict[str, list[Seen]] = defaultdict(list)
    for seen in files:
        if seen.kind != "sidecar" and (name := fold(seen.name)) in wanted:
            by_name[name].append(seen)
    own = {(seen.folder, name) for seen in lists if not seen.album for name in seen.about}
    return [
        say("icloud_details", picture, ("sidecar", seen), about=name)
        for seen in lists
        for name in seen.about
        for picture in _meant(seen, name, by_name[name], own)
    ]


def _meant(seen: Seen, name: str, pictures: Iterable[Seen], own: set[tuple[bytes, str]]) -> list[Seen]:
    """The pictures that the list *seen* calls *name*: none, where it may mean one of several."""
    pictures = list(pictures)
    if seen.album:
        export = _export(seen.folder)
        inside = [each for each in pictures if each.folder.startswith(export + b"/")]
        return inside if len(inside) == 1 else []
    if beside := [picture for picture in pictures if picture.folder == seen.folder]:
        return beside
    below = [picture for picture in pictures if picture.folder.startswith(seen.folder + b"/")]
    return below if len(below) == 1 and (below[0].folder, name) not in own else []


def _export(folder: bytes) -> bytes:
    """Where all parts of the export lie of which *folder*, ``Albums``, is in one."""
    above = folder.split(b"/")[:-1]
    for at, name in enumerate(above):
        if is_part(without_zip(name).decode("utf-8", "replace")):
            return b"/".join(above[:at])
    return b"/".join(above)
