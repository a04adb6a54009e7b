"""The frozen things that flow through the program.

Files are seen (:class:`Entry`), evidence is found (:class:`Report` and its facts), the rest is derived
(:class:`Bundle`, :class:`Resolution`, :class:`Group`), people decide (:class:`Decision`), copies are made
(:class:`PlanItem`, :class:`Receipt`). Nothing here does anything.

A *moment in text* is an ISO 8601 prefix in wall time that says no more than is known: ``1994``, ``1994-07``,
``1994-07-23``, ``1994-07-23T17:05`` or ``1994-07-23T17:05:09.250``. It sorts as text and survives any year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    pass

Precision = Literal["second", "minute", "day", "month", "year"]
Kind = Literal["image", "video"]
Level = Literal["high", "medium", "low", "none"]


# -- seen ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One name found while walking an input; bytes are the identity of a path, never text.

    ``root`` is the absolute path of the input, ``path`` the absolute path of the file (of a file in an archive: that of
    the archive, ``//`` and its name there). Sizes are in bytes, times in nanoseconds since 1970. ``problem`` says why
    the file must not be opened (a link, a FIFO, an unreadable folder); such an entry is recorded as *skipped* and never
    read. ``trouble`` says why it cannot be read although somebody may want it (encrypted, cut off): *troubled*.
    ``there`` is what ``path`` is called on the machine that reads it, where that is another one.
    """

    root: bytes
    path: bytes
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    device: int = 0
    problem: str | None = None
    trouble: str | None = None
    there: bytes | None = None

    @property
    def name(self) -> bytes:
        return self.path.rsplit(b"/", 1)[-1]

    @property
    def folder(self) -> bytes:
        return self.path.rsplit(b"/", 1)[0]


# -- found: the facts a probe may state ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word on when a picture was taken.

    ``source`` is ``"exif:DateTimeOriginal"``, ``"filename"``, ``"folder"``, ``"takeout:photoTakenTime"`` …;
    ``raw`` is what the source said, to the letter; ``value`` a moment in text (wall time where the picture was taken,
    or UTC when ``utc_offset`` is ``"+00:00"`` and the source counts in UTC), ``None`` when it cannot be read.
    ``utc_offset`` is ``"+02:00"`` only where the source itself says so. ``reason`` is set when the source already
    knows that its word must be rejected, or what it is worth ("received, not taken"). ``about`` is set where one
    sidecar speaks of many files: the name of the one that is meant, as ``names.fold`` gives it; also in the facts below.
    """

    source: str
    raw: str
    value: str | None
    utc_offset: str | None = None
    precision: Precision | None = None
    accepted: bool = True
    reason: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What the content is: kind, format name (see ``formats``), pixels as stored, EXIF orientation 1-8, seconds."""

    kind: Kind
    format: str
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A hash that is not the file's own: ``phash``, ``dhash``, ``phash256``, ``image_sha256`` … as hex text."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A keyword; ``source`` is ``"exif"``, ``"xmp"``, ``"folder"``, ``"filename"``, ``"takeout"``, ``"person"``."""

    name: str
    source: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees north and east, WGS 84."""

    latitude: float
    longitude: float
    source: str = "exif"
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """Maker, model and serial number as the file says them."""

    make: str | None = None
    model: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An identifier that ties files together: ``content_id`` (Live Photo), ``burst_id``, ``document_id``,
    ``motion_photo`` (key: offset of the trailer) …"""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A small upright JPEG of the picture, at most 320 pixels on the long side.

    ``sketch`` says in few bytes how bright it is where, for comparing two pictures; who made it knows how to read it.
    """

    jpeg: bytes
    sketch: bytes | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a probe could not do its work on this file; the run goes on."""

    probe: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth keeping that is none of the above, e.g. ``("forced", "1")`` or ``("metadata_reader", "native")``."""

    key: str
    value: str
    about: str | None = None


Fact = Claim | Shape | Fingerprint | Tag | Place | Camera | Link | Preview | Trouble | Note


@dataclass(frozen=True, slots=True)
class Probe:
    """Something that looks at a file and states facts.

    ``needs="name"``: ``run(entry)`` is called with the :class:`Entry` alone, no byte is read.
    ``needs="content"``: ``run(entry, media)`` is called in a worker with the file's :class:`~mediaparser_core.media.Media`
    when its format is in ``formats`` (names of formats or kinds: ``"jpeg"``, ``"image"``, ``"video"``, ``"sidecar"``;
    empty: every image and video). A new ``version`` makes every file due again.
    """

    name: str
    version: int
    needs: Literal["name", "content"]
    run: Callable[..., list[Fact]]
    formats: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker found in one file.

    ``state``: ``present`` (a picture, a video or a sidecar), ``skipped`` (something else, ``reason`` says what),
    ``troubled`` (unreadable, empty, broken …) or ``changed`` (was written to while it was read: try again later).
    """

    entry: Entry
    state: Literal["present", "skipped", "troubled", "changed"]
    reason: str | None = None
    sha256: str | None = None
    image_sha256: str | None = None
    format: str | None = None
    facts: tuple[Fact, ...] = ()
    name_facts: tuple[
        Fact, ...
    ] = ()  # of the probes that need only the name: they belong to the file, not to its bytes


# -- derived ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as the catalog knows it: what ``bundle`` plugins get. ``kind`` is image, video or sidecar."""

    file_id: int
    path: bytes
    sha256: str
    kind: Literal["image", "video", "sidecar"]
    format: str
    size: int = 0
    duration: float | None = None
    content_id: str | None = None
    taken_at: str | None = None  # the best embedded claim, a moment in text
    title: str | None = None  # what a sidecar says its picture is called
    image_sha256: str | None = None
    width: int | None = None
    height: int | None = None
    make: str | None = None
    model: str | None = None
    claims: int = 0  # embedded ones that are not junk: how much the file's metadata still says
    captured: str | None = None  # the embedded capture dates, all of them, for comparing two files
    about: tuple[str, ...] = ()  # the files that a sidecar of many speaks of, as it calls them
    album: str | None = None  # the title of the album that a sidecar describes

    @property
    def folder(self) -> bytes:
        return self.path.rsplit(b"/", 1)[0]

    @property
    def name(self) -> str:
        return self.path.rsplit(b"/", 1)[-1].decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Member:
    """One file's part in a bundle: ``primary``, ``live_video``, ``raw``, ``edited``, ``sidecar``, ``back`` …

    ``about`` says what a sidecar of many files calls the others of this bundle; ``doubt`` why a sidecar's words must not
    count for them (it may be of another picture): they become claims that are rejected with this reason.
    """

    file_id: int
    sha256: str
    role: str
    about: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that are one thing; exactly one member is ``primary``. ``rule`` says how we know."""

    rule: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """What comparing with other files and with maps says about one asset; derived, so never older than its sources.

    ``zone``: ``detail`` is the IANA zone kept at its position. ``trip``: ``detail`` is the zone (or ``utc_offset`` the
    offset) of what the same device took within hours. ``lookalike``: ``value`` is when the same picture was taken.
    ``between``: it was taken from ``value`` until ``until``. ``clock``: ``detail`` is ``right``, ``off`` (by
    ``seconds``, to be added) or ``unchecked``. ``of`` is the asset that says so, ``confidence`` (0-1) how sure that is.
    """

    kind: str
    value: str | None = None
    until: str | None = None
    utc_offset: str | None = None
    detail: str = ""
    seconds: float = 0.0
    of: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a date rule may look at for one asset.

    ``claims`` are in catalog order (they include those of sidecars); ``forced`` is the claim of a ``[FORCE]`` name.
    ``decided`` is the moment a person set (with offset), ``shift`` the seconds a person accepted for its camera.
    ``witnesses`` are what comparing it with other files and with maps brought up.
    """

    sha256: str
    kind: Kind
    claims: tuple[Claim, ...]
    format: str = ""
    make: str | None = None
    model: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    duration: float | None = None
    paths: tuple[str, ...] = ()
    forced: bool = False
    decided: str | None = None
    decided_offset: str | None = None
    shift: float = 0.0
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one claim: taken as evidence, or rejected, and why."""

    claim: Claim
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """One date for one asset, and why. ``taken_at`` and ``taken_utc`` are moments in text; ``confidence`` is 0-1.

    ``rule`` is a short stable name (``"embedded"``, ``"filename"`` …), ``reason`` the sentence for people; ``verdicts``
    has one entry per claim, in order. ``suggestion`` is a moment too weak to use, offered to a person.
    """

    taken_at: str | None
    utc_offset: str | None
    taken_utc: str | None
    precision: Precision | None
    source: str | None
    rule: str
    confidence: float
    level: Level
    needs_review: bool
    reason: str
    verdicts: tuple[Verdict, ...] = ()
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One asset as ``match`` and ``choose_keeper`` see it. Fingerprints are ints; ``None`` where there is none."""

    sha256: str
    kind: Kind
    format: str
    width: int | None
    height: int | None
    size: int
    duration: float | None = None
    orientation: int | None = None
    make: str | None = None
    model: str | None = None
    taken_at: str | None = None
    precision: str | None = None
    claims: int = 0
    paths: tuple[str, ...] = ()
    phash: int | None = None
    dhash: int | None = None
    phash256: int | None = None
    burst_id: str | None = None
    bundle_id: int | None = None
    flat: bool = False  # too little texture for its hashes to mean anything
    turns: int | None = None  # a hash of 64 bits that stays when a picture is turned or mirrored
    parts: int | None = None  # the pHashes of five parts of it, one behind the other: 320 bits
    image_sha256: str | None = None
    film: str | None = None  # what its frames and its sound are like where it moves, as its probe writes it
    captured: str | None = None  # what the camera's own clock showed, as the file itself says, right or wrong


@dataclass(frozen=True, slots=True)
class Match:
    """Two assets that may be the same picture (``similar``) or the same moment (``burst``). ``a < b`` always.

    ``reason`` is what sets them apart, in words: ``"mirrored"``; empty where there is nothing to say. ``lesser`` is the
    SHA-256 of the one that was made of the other (cropped, framed), where that can be told: it is not the one to keep.
    """

    a: str
    b: str
    kind: str
    distance: float
    confidence: float = 1.0
    reason: str = ""
    lesser: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Assets that show the same thing; ``keeper`` is only suggested.

    ``distances`` and ``notes`` are parallel to ``members``; a note says what sets a member apart from the keeper.
    """

    kind: str
    members: tuple[str, ...]
    distances: tuple[float, ...]
    keeper: str
    confidence: float
    reason: str
    notes: tuple[str, ...] = ()


# -- decided ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said, by content and never by row number. ``subject`` is a tuple of SHA-256 (or, for ``shift``,
    of camera keys ``"make|model|serial"``); ``value`` is text; ``undoes`` is the ``request_id`` taken back."""

    request_id: str
    verb: str
    subject: tuple[str, ...]
    value: str | None
    actor: str
    at: str
    undoes: str | None = None


# -- made ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportItem:
    """One asset on its way out: what it is, when it was taken, what must be in the copy.

    ``name`` is the original file's name (text, cleaned by nobody yet), ``ext`` the extension by content with its dot,
    lower case. ``write_date`` is the moment to be found in the copy (``None``: leave what is there), ``write_tags``
    the keywords to be found in it.
    """

    sha256: str
    kind: Kind
    format: str
    name: str
    ext: str
    taken_at: str | None
    precision: str | None
    utc_offset: str | None
    level: str
    make: str | None = None
    model: str | None = None
    tags: tuple[str, ...] = ()
    role: str = "primary"
    bundle_id: int | None = None
    stem_of: str | None = None  # the primary's sha256: members of a bundle share its name stem
    size: int = 0
    source: bytes = b""  # the original to copy from
    write_date: str | None = None
    write_offset: str | None = None
    write_tags: tuple[str, ...] = ()
    mtime_ns: int = 0  # of the original


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One row of the plan: ``action`` is ``copy``, ``move``, ``rewrite``, ``withdraw`` or ``keep``."""

    action: Literal["copy", "move", "rewrite", "withdraw", "keep"]
    sha256: str
    target: str  # relative to the export folder, NFC
    previous: str | None = None  # where our copy is now
    reason: str = ""
    item: ExportItem | None = None
    signature: str = ""  # of the dates and tags that are asked for
    receipt: Receipt | None = None  # of our copy at ``previous``


@dataclass(frozen=True, slots=True)
class Receipt:
    """A published copy: what was written, where, and the hash that was read back."""

    sha256: str
    target: str
    written_sha256: str
    at: str
    signature: str = ""  # of the dates and tags that were asked for
    sidecar: str | None = None  # target of the XMP written beside it
    sidecar_sha256: str | None = None


Status = tuple[bytes, int, int, int, int, int]  # of a regular file: name, size, mtime_ns, ctime_ns, inode, device


@dataclass(frozen=True, slots=True)
class Location:
    """Something to scan: an absolute path, and what the walk leaves out.

    ``due(folder, folders, files)``, where it is given, says which *files* of a folder must be told: the caller knows the
    others as they are, and nobody hears of them again. A walk that uses it asks once for each folder, with the folder's
    path, the names of the folders in it that it goes into, and every regular file by name; of a folder that it named
    and then leaves out without a word it asks with nothing in it. *folders* is complete once all *files* were taken,
    which may be done in pieces.
    """

    path: bytes
    skip: tuple[bytes, ...] = field(default=())
    due: Callable[[bytes, Sequence[bytes], Iterable[Status]], list[Status]] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture or video as the live folders of the drive see it; people's decisions are folded in.

    ``name`` is its file name in the export, now or after the next one. ``groups`` are the open groups it is in, by
    number, as ``review`` shows them. ``added`` is the day (ISO 8601, UTC) on which it came into the library.
    """

    sha256: str
    kind: Kind
    format: str
    name: str
    taken_at: str | None  # a moment in text
    precision: Precision | None
    level: Level
    needs_review: bool
    make: str | None = None
    model: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    tags: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    role: str = "primary"
    added: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A folder of the drive computed from the catalog (``register_views``).

    ``folders(shown, today)`` says in which folders below it a picture lies: a tuple of folder names for each, ``()`` for
    the view itself, and nothing at all when it is not part of the view. It depends on its arguments alone. Names need
    not be clean, and folders with thousands of entries are split by date on their own.
    """

    name: str
    title: str
    folders: Callable[[Shown, date], Iterable[tuple[str, ...]]]


ExportName = PurePosixPath
