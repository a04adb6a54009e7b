"""Which files are one thing: join what the plugins said into bundles that share no picture.

A plugin looks at names, times and identifiers and says "these files are one thing" (:func:`say`): this one is what
people look at, the others are its RAW, its video, its edited copy, its back. Several plugins may speak of one picture;
:func:`join` follows each to the picture that all is made of, and that one is the primary: the JPEG before its RAW, a
still before its video, the original before its edited copy. What only seems to touch stays apart:

- a sidecar joins nothing: the same XMP bytes may lie beside a thousand pictures;
- equal bytes in two folders are one asset, and bring its parts together; but a part of two different things (the empty
  back of two scans, the video of a HEIC and of the JPEG made of it) goes with the nearer one and does not join them;
- what is made of something that is made of something is no longer believed beyond :data:`LARGEST` pictures.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

from mediaparser_core.dates import difference
from mediaparser_core.names import fold
from mediaparser_core.part_names import set_of
from mediaparser_core.records import Bundle, Member, Seen

LARGEST = 64  # pictures and videos; a RAW, its JPEG, a video and a dozen edited copies are twenty at most

SIDECAR = "sidecar"
ROLES = ("primary", "raw", "live_video", "enhanced", "edited", "back", "version", "thumbnail")
"""What a file may be to its primary; of a file that is two things at once, the later role is the truer one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A file with its name taken apart, in the form in which names are compared (NFC, no case)."""

    seen: Seen
    stem: str
    ext: str  # with its dot; "" where there is none

    @property
    def name(self) -> str:
        return self.stem + self.ext


def name_of(seen: Seen) -> Named:
    """*seen* with its folded name; a leading dot begins no extension."""
    name = fold(seen.name)
    stem, dot, ext = name.rpartition(".")
    return Named(seen, stem, dot + ext) if stem else Named(seen, name, "")


@runtime_checkable
class Laid(Protocol):
    """All files of a library, which need not be in memory to be asked for."""

    def in_folders(self, having: Set[str]) -> Iterator[list[Seen]]: ...
    def of_kind(self, having: Set[str]) -> Iterator[Seen]: ...


def of_kind(files: Iterable[Seen], having: Set[str]) -> Iterator[Seen]:
    """Those of *files* whose kind or format is one of *having*, in their order."""
    if isinstance(files, Laid):
        return files.of_kind(having)
    return (seen for seen in files if seen.kind in having or seen.format in having)


def in_folders(files: Iterable[Seen], having: Set[str] = frozenset()) -> Iterator[list[Seen]]:
    """The files of each folder, by their paths; only of folders *having* a file of one of these kinds or formats.

    A folder that lies in several pieces of one export is one folder.
    """
    if isinstance(files, Laid):
        yield from files.in_folders(having)
        return
    found: dict[bytes, list[Seen]] = defaultdict(list)
    in_set = cache(set_of)
    for seen in files:
        found[in_set(seen.folder)].append(seen)
    for folder in sorted(found):
        if not having or any(seen.kind in having or seen.format in having for seen in found[folder]):
            yield sorted(found[folder], key=lambda seen: (seen.path, seen.file_id))


def folders(
    files: Iterable[Seen], having: Set[str] = frozenset(), without: Set[int] = frozenset()
) -> Iterator[list[Seen]]:
    """The files of each folder, in the order of their names, so that every answer is the same in every run.

    Only of folders *having* a file of one of these kinds or formats, and *without* the files of these numbers. What is
    in a folder twice (a piece of an export was downloaded twice, or copied elsewhere) is there once.
    """
    for together in in_folders(files, having):
        if without:
            together = [seen for seen in together if seen.file_id not in without]
        if len({seen.folder for seen in together}) > 1:
            once = {(seen.name, seen.sha256): seen for seen in reversed(together)}
            together = [seen for seen in together if once[seen.name, seen.sha256] is seen]
        if together:
            yield together


def say(
    rule: str, primary: Seen, *parts: tuple[str, Seen], about: str | None = None, doubt: str | None = None
) -> Bundle:
    """*primary* and its *parts* (role, file) are one thing, by *rule*.

    Where the parts are sidecars: *about* is what one that speaks of many files calls the *primary*, *doubt* why their
    words must not count.
    """
    members = [Member(primary.file_id, primary.sha256, "primary")]
    members += [Member(seen.file_id, seen.sha256, role, about, doubt) for role, seen in parts]
    return Bundle(rule, tuple(members))


def far_apart(one: Seen, other: Seen) -> bool:
    """Whether both say when they were taken, and it is not the same day: a camera's counter that went round.

    A day and the widest difference of two time zones are granted, for one of them may have been put right.
    """
    apart = difference(one.taken_at, other.taken_at) if one.taken_at and other.taken_at else None
    return apart is not None and abs(apart) > 26 * 3600


def rank(role: str) -> int:
    """The place of *role* in :data:`ROLES`; roles that others invented come last."""
    return ROLES.index(role) if role in ROLES else len(ROLES)


def primary(bundle: Bundle) -> Member:
    """The one member of *bundle* that people look at."""
    return next(member for member in bundle.members if member.role == "primary")


def join(bundles: Iterable[Bundle]) -> list[Bundle]:
    """One :class:`Bundle` for each thing, whatever the order of *bundles*; in the order of their primaries' files.

    Every picture or video (by content) is in at most one of them; a sidecar is in each that it was said to belong to.
    Each has exactly one primary, which comes first, and one member per content, the file with the lowest number. A
    picture that shares nothing and has no sidecar is in no bundle.
    """
    web = _Web()
    for bundle in bundles:
        web.take_in(bundle)
    web.find_roots()
    return sorted(web.bundles(), key=lambda bundle: (bundle.members[0].file_id, bundle.members[0].sha256))


def _order(role: str) -> tuple[int, str]:
    return (rank(role), role)


class _Web:
    """What was said of each picture or video, by content: what it is made of, and which sidecars it has."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}  # content → its first file
        self.parents: dict[str, set[tuple[str, str, str]]] = {}  # content → (what it is made of, its role, rule)
        self.children: dict[str, set[str]] = {}
        self.sidecars: dict[str, set[tuple[int, str, str]]] = {}  # content → (file, sidecar, rule)
        self.roots: dict[str, str] = {}

    def take_in(self, bundle: Bundle) -> None:
        media = [member for member in bundle.members if member.role != SIDECAR]
        if not media:
            return
        main = min(media, key=lambda member: (rank(member.role), member.sha256)) if len(media) > 1 else media[0]
        for member in media:
            self.files[member.sha256] = min(member.file_id, self.files.get(member.sha256, member.file_id))
            if member.sha256 != main.sha256:
                role = "alternate" if member.role == "primary" else member.role
                self.parents.setdefault(member.sha256, set()).add((main.sha256, role, bundle.rule))
                self.children.setdefault(main.sha256, set()).add(member.sha256)
        for member in bundle.members:
            if member.role == SIDECAR:
                self.sidecars.setdefault(main.sha256, set()).add((member.file_id, member.sha256, bundle.rule))

    def find_roots(self) -> None:
        """Let each content go with the nearest one that is made of nothing; where all are (a ring), with the truest."""
        self._spread(sorted(sha256 for sha256 in self.files if sha256 not in self.parents))
        truest = {sha256: max(_order(role) for _, role, _ in said) for sha256, said in self.parents.items()}
        for sha256 in sorted(self.parents, key=lambda sha256: (truest[sha256], sha256)):
            if sha256 not in self.roots:  # in a ring, or too far from its root
                self._spread([sha256])

    def _spread(self, roots: list[str]) -> None:
        """From all *roots* at once, a step at a time, to what is made of them."""
        self.roots.update((root, root) for root in roots)
        sizes: dict[str, int] = defaultdict(lambda: 1)
        waiting = deque((root, 0) for root in roots if root in self.children)
        while waiting:
            above, depth = waiting.popleft()
            root = self.roots[above]
            for below in sorted(self.children[above]):
                if below not in self.roots and (depth == 0 or sizes[root] < LARGEST):
                    self.roots[below] = root
                    sizes[root] += 1
                    if below in self.children:
                        waiting.append((below, depth + 1))

    def bundles(self) -> Iterator[Bundle]:
        things: dict[str, list[str]] = defaultdict(list)
        for sha256, root in self.roots.items():
            things[root].append(sha256)
        for root, contents in things.items():
            if len(contents) > 1 or root in self.sidecars:
                yield self._bundle(root, contents)

    def _bundle(self, root: str, contents: list[str]) -> Bundle:
        rules: set[str] = set()
        members = [Member(self.files[root], root, "primary")]
        beside: dict[str, int] = {}
        for sha256 in contents:
            said = [link for link in self.parents.get(sha256, ()) if self.roots[link[0]] == root]
            rules.update(rule for _, _, rule in said)
            if sha256 != root:
                members.append(Member(self.files[sha256], sha256, max((role for _, role, _ in said), key=_order)))
            for file_id, sidecar, rule in self.sidecars.get(sha256, ()):
                beside[sidecar] = min(file_id, beside.get(sidecar, file_id))
                rules.add(rule)
        members[1:] = sorted(members[1:], key=lambda member: (*_order(member.role), member.file_id, member.sha256))
        members += (Member(file_id, sidecar, SIDECAR) for file_id, sidecar in sorted((f, s) for s, f in beside.items()))
        return Bundle("+".join(sorted(rules)), tuple(members))
