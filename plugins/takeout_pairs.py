"""Find the Takeout sidecars of the pictures in one folder; every step gives less weight to weaker signs.

1. By the full name, as it is, then as a numbered copy; then the same without regard to case.
2. By a clipped name or one without extension, but a sidecar has only one such picture. Its title, the picture's name
   at home, decides: first the claims that the title confirms, then the title alone, then what nobody else claims.
3. Edited copies and the videos of Live Photos have no sidecar: they share that of their original.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from mediaparser_core.bundle import name_of
from mediaparser_core.names import fold
from mediaparser_core.records import Seen
from mediaparser_plugins import takeout_names as names
from mediaparser_plugins.live_photos import LONGEST, contradicts
from mediaparser_plugins.live_photos import STILLS as LIVE

STILLS = (".heic", ".jpg", ".jpeg", ".heif", ".png", ".dng")  # what an edited copy or a video may be made of
MOST = 8  # candidates that are looked at; with more, nothing is certain anyway
CROWD = 100  # sidecars of one name: old and new form, 22 ways to cut the suffix, .json and .JSON


@dataclass(slots=True)
class Found:
    """The *sidecars* of *picture*; *still* is the photo of which *picture* is the moving part.

    *doubted* are sidecars that are called like those of *picture*, and say that they are another's.
    """

    picture: Seen
    sidecars: list[Seen]
    still: Seen | None = None
    doubted: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wish:
    """*picture* might have *sidecar*, by *kept* characters of its name."""

    picture: Seen
    sidecar: Seen
    clipped: bool
    kept: int


class _Shelf:
    """The sidecars of a folder, by every key under which they may be asked for."""

    def __init__(self) -> None:
        self.exact: dict[names.Key, list[Seen]] = defaultdict(list)
        self.any_case: dict[names.Key, list[Seen]] = defaultdict(list)
        self.given: set[int] = set()  # file_id of sidecars that have their picture
        self.doubted: set[int] = set()  # … and of those that are nobody's

    def add(self, sidecar: Seen) -> None:
        for name, number in names.readings(sidecar.name):
            self.exact[name, number].append(sidecar)
            self.any_case[fold(name), number].append(sidecar)

    def get(self, key: names.Key, *, any_case: bool = False) -> list[Seen]:
        """The sidecars under *key*; none where a crowd differs only in case."""
        found = self.any_case.get((fold(key[0]), key[1]), []) if any_case else self.exact.get(key, [])
        return [seen for seen in found if seen.file_id not in self.doubted] if len(found) <= CROWD else []

    def first(self, keys: Iterable[names.Key], fits: Callable[[Seen], bool] = lambda sidecar: True) -> list[Seen]:
        """The sidecars of the first of *keys* that has any."""
        for key in keys:
            for any_case in (False, True):
                found = [sidecar for sidecar in self.get(key, any_case=any_case) if fits(sidecar)]
                if found:
                    return found
        return []

    def of(self, name: str) -> list[Seen]:
        """The sidecars of a picture that would be called *name*, of whatever strength."""
        return (
            self.first(names.exact_keys(name))
            or self.first(names.clipped_keys(name))
            or self.first(names.bare_keys(name), lambda sidecar: _may_lack_extension(sidecar, name))
        )


def _may_lack_extension(sidecar: Seen, name: str) -> bool:
    """Whether *sidecar*, called like the stem of *name*, is a picture's at all, and not that of a PNG beside a JPEG."""
    # without title: an album's metadata.json beside a metadata.jpg, or somebody else's JSON
    return sidecar.title is not None and not names.another_format(sidecar.title, name)


def match(files: Iterable[Seen]) -> list[Found]:
    """What belongs together among the files of one folder; a picture without sidecars is left out."""
    shelf, pictures = _Shelf(), []
    for seen in files:
        if seen.kind != "sidecar":
            pictures.append(seen)
        elif seen.format == "json":
            shelf.add(seen)
    found: dict[int, Found] = {}
    if not shelf.exact:
        return []

    def give(pairs: Iterable[tuple[Seen, list[Seen]]]) -> None:
        for picture, sidecars in pairs:
            if sidecars:
                found.setdefault(picture.file_id, Found(picture, [])).sidecars.extend(sidecars)
                shelf.given.update(sidecar.file_id for sidecar in sidecars)

    def waiting() -> list[Seen]:
        return [picture for picture in pictures if picture.file_id not in found]

    there = {names.loose(picture.name) for picture in pictures}
    for picture in pictures:
        by_name = _by_full_name(shelf, picture)
        doubted = [sidecar for sidecar in by_name if names.speaks_of_another(sidecar.title, picture.name, there)]
        if by_name:
            found[picture.file_id] = Found(picture, [s for s in by_name if s not in doubted], doubted=doubted)
            shelf.given.update(sidecar.file_id for sidecar in by_name)
            shelf.doubted.update(sidecar.file_id for sidecar in doubted)
    give(_granted([w for picture in waiting() for w in _any_case(shelf, picture)]))
    wishes = [wish for picture in waiting() for wish in _weak(shelf, picture)]
    give(_granted([wish for wish in wishes if names.speaks_of(wish.sidecar.title, wish.picture.name)]))
    give(_by_title(shelf, waiting()))
    free = [wish for wish in wishes if wish.picture.file_id not in found and wish.sidecar.file_id not in shelf.given]
    give(_granted([wish for wish in free if _may_be(wish)]))
    _share(shelf, waiting(), found)
    return [found[picture.file_id] for picture in pictures if picture.file_id in found]


def _by_full_name(shelf: _Shelf, picture: Seen) -> list[Seen]:
    for key in names.exact_keys(picture.name):
        if there := shelf.get(key):
            return there
    return []


def _any_case(shelf: _Shelf, picture: Seen) -> list[_Wish]:
    for key in names.exact_keys(picture.name):
        there = [sidecar for sidecar in shelf.get(key, any_case=True) if sidecar.file_id not in shelf.given]
        if there:
            return [_Wish(picture, sidecar, True, len(key[0])) for sidecar in there]
    return []


def _weak(shelf: _Shelf, picture: Seen) -> list[_Wish]:
    """The best of a clipped name and of a name without extension, among the sidecars that are still free."""
    for clipped, keys in ((True, names.clipped_keys(picture.name)), (False, names.bare_keys(picture.name))):
        wishes = [
            _Wish(picture, sidecar, clipped, len(key[0]))
            for key in keys
            for sidecar in shelf.get(key, any_case=True)
            if sidecar.file_id not in shelf.given
        ]
        if wishes:
            return wishes
    return []


def _may_be(wish: _Wish) -> bool:
    return wish.clipped or _may_lack_extension(wish.sidecar, wish.picture.name)


def _granted(wishes: Sequence[_Wish]) -> list[tuple[Seen, list[Seen]]]:
    """Each sidecar for the picture that keeps most of its name; for none when two pictures keep as much."""
    best: dict[int, int] = defaultdict(int)
    wanted_by: dict[tuple[int, int], set[str]] = defaultdict(set)
    for wish in wishes:
        best[wish.sidecar.file_id] = max(best[wish.sidecar.file_id], wish.kept)
        wanted_by[wish.sidecar.file_id, wish.kept].add(wish.picture.name)  # equal names: two parts of one export
    granted: dict[int, tuple[Seen, list[Seen]]] = {}
    for wish in wishes:
        key = (wish.sidecar.file_id, wish.kept)
        if wish.kept == best[wish.sidecar.file_id] and len(wanted_by[key]) == 1:
            sidecars = granted.setdefault(wish.picture.file_id, (wish.picture, []))[1]
            if wish.sidecar not in sidecars:
                sidecars.append(wish.sidecar)
    return list(granted.values())


def _by_title(shelf: _Shelf, pictures: Iterable[Seen]) -> list[tuple[Seen, list[Seen]]]:
    """Pictures and free sidecars that only the title brings together, one to one."""
    free = {s.file_id: s for there in shelf.exact.values() for s in there if s.title and s.file_id not in shelf.given}
    titles = sorted((names.loose(sidecar.title or ""), file_id) for file_id, sidecar in free.items())
    wishes = []
    for picture in pictures:
        spoken: set[int] = set()
        for begin, whole in names.titles_of(picture.name):
            at = bisect_left(titles, (begin, -1))
            near = [(title, file_id) for title, file_id in titles[at : at + MOST] if title.startswith(begin)]
            spoken |= {file_id for title, file_id in near if not whole or title == begin}
        fitting = [free[at] for at in spoken if _fits_title(free[at], picture)] if len(spoken) < MOST else []
        wishes += [_Wish(picture, fitting[0], True, 0)] if len(fitting) == 1 else []
    return _granted(wishes)


def _fits_title(sidecar: Seen, picture: Seen) -> bool:
    """Whether title and number of *sidecar* are those of *picture*; clipped names are numbered each on their own."""
    first, number = names.exact_keys(picture.name)[-1]
    clipped = names.length(sidecar.title or "") > names.KEPT and names.length(first) > names.KEPT
    return names.speaks_of(sidecar.title, picture.name) and (clipped or names.number_of(sidecar.name) == number)


def _share(shelf: _Shelf, pictures: Iterable[Seen], found: dict[int, Found]) -> None:
    """Give edited copies and moving parts the sidecars of their originals."""
    stills: dict[str, list[Found]] = defaultdict(list)
    for had in found.values():
        if had.picture.kind == "image":
            stills[name_of(had.picture).stem].append(had)
    shared = []
    for picture in pictures:
        have = _edited(shelf, picture) or (_moving(shelf, picture, stills) if picture.kind == "video" else None)
        if have is not None:
            shared.append(have)
    found.update((have.picture.file_id, have) for have in shared)


def _edited(shelf: _Shelf, picture: Seen) -> Found | None:
    of = names.original(picture.name)
    if of is not None:
        sidecars = shelf.of(of)
        if not sidecars and picture.kind == "image":
            sidecars = _only(shelf.of(names.split_extension(of)[0] + ext) for ext in STILLS)
        return Found(picture, sidecars) if sidecars else None
    of = names.full_copy(picture.name)
    sidecars = shelf.of(of) if of is not None else []
    return Found(picture, sidecars) if sidecars else None


def _moving(shelf: _Shelf, video: Seen, stills: dict[str, list[Found]]) -> Found | None:
    named = name_of(video)
    beside = [had for name in (named.name, named.stem) for had in stills.get(name, [])[:MOST]]
    beside = [had for had in beside if had.picture.format in LIVE]
    if beside:
        fitting = [had for had in beside if not contradicts(had.picture, video)]
        return Found(video, fitting[0].sidecars, fitting[0].picture) if len(fitting) == 1 else None
    if video.duration is not None and video.duration > LONGEST:
        return None
    stem = names.split_extension(video.name)[0]
    sidecars = _only(shelf.of(name + ext) for name in (video.name, stem) for ext in STILLS)
    return Found(video, sidecars) if sidecars else None


def _only(answers: Iterable[list[Seen]]) -> list[Seen]:
    """The sidecars that all *answers* agree on; none when two answers differ."""
    distinct = {tuple(sidecar.file_id for sidecar in answer): answer for answer in answers if answer}
    return next(iter(distinct.values())) if len(distinct) == 1 else []
