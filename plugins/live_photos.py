"""Pair the still and the video of a Live Photo or motion photo.

By the identifier that Apple writes into both files, wherever they lie. Without one (exports lose it), by name in one
folder, and then only when nothing speaks against it: a photo and a video called IMG_1234 are often two shots of a
counter that went round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mediaparser_core.bundle import Named, folders, name_of, say
from mediaparser_core.dates import difference
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import fold
from mediaparser_core.records import Bundle, Seen

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
LONGEST = 4.0  # seconds: Apple, Samsung and Google record about three
APART = 5.0  # seconds between the still and the start (or the end) of its video
STILLS = ("heic", "jpeg")  # what phones take Live Photos in, the better one first; never a PNG
VIDEOS = (".mov", ".mp4")
MOST = 8  # stills of one stem that are looked at: IMG_1234 may be .heic, .jpg, .png …, not a thousand things

_ODD_OFFSETS = (-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825)
_OFFSETS = (*range(-12 * 60, 14 * 60 + 1, 60), *_ODD_OFFSETS)
"""Minutes by which some place's clock differs from UTC: QuickTime counts in UTC, EXIF in wall time."""


def same_moment(still: Seen, video: Seen) -> bool | None:
    """Whether both were taken within seconds of each other; ``None`` when a time is missing or too coarse.

    The still's wall time may be ahead of the video's time by a whole UTC offset that exists on Earth, and never by
    another difference: three hours and ten minutes are two moments.
    """
    if not still.taken_at or not video.taken_at:
        return None
    ahead = difference(still.taken_at, video.taken_at)
    if ahead is None:
        return None
    seconds_known = len(still.taken_at) >= 19 and len(video.taken_at) >= 19
    tolerance = APART if seconds_known else APART + 60
    return any(abs(ahead - 60 * offset) <= tolerance for offset in _OFFSETS)


def contradicts(still: Seen, video: Seen) -> bool:
    """Whether something says that these two are not one Live Photo: length, time, or two different identifiers."""
    return (
        (video.duration is not None and video.duration > LONGEST)
        or same_moment(still, video) is False
        or bool(still.content_id and video.content_id and fold(still.content_id) != fold(video.content_id))
    )


def is_live(still: Named, video: Named) -> bool:
    """Whether names, times and length together say that *video* is the moving part of *still*, both of one folder."""
    if still.seen.kind != "image" or video.seen.kind != "video" or contradicts(still.seen, video.seen):
        return False
    if still.stem == video.name:  # PXL_20231118_035751175.MP.jpg and its PXL_20231118_035751175.MP
        return True
    return (
        still.seen.format in STILLS
        and video.ext in VIDEOS
        and still.stem in (video.stem, _still_stem(video))
        and video.seen.duration is not None
        and same_moment(still.seen, video.seen) is True
    )


def _still_stem(video: Named) -> str:
    return video.stem.removesuffix("_hevc")  # icloudpd keeps IMG_1234.MOV free for another video


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    by_identifier = list(_by_identifier(files))
    paired = {seen.file_id for pair in by_identifier for seen in pair}
    by_name = [pair for folder in folders(files, {"video"}, without=paired) for pair in _by_stem(folder, is_live)]
    return [
        *(say("live_photo_identifier", still, ("live_video", video)) for still, video in by_identifier),
        *(say("live_photo_name", still, ("live_video", video)) for still, video in by_name),
    ]


def _by_identifier(files: Sequence[Seen]) -> Iterable[tuple[Seen, Seen]]:
    places: dict[str, list[int]] = defaultdict(list)
    kinds: dict[str, set[str]] = defaultdict(set)
    for place, seen in enumerate(files):
        if seen.content_id and seen.kind != "sidecar":
            identifier = fold(seen.content_id)
            places[identifier].append(place)
            kinds[identifier].add(seen.kind)
    for identifier in sorted(name for name, both in kinds.items() if len(both) > 1):
        group = [files[place] for place in places[identifier]]
        found = [pair for folder in folders(group) for pair in _within(folder)]
        yield from found
        paired = {seen.sha256 for pair in found for seen in pair}
        stills = {s.sha256: s for s in sorted(group, key=_order) if s.kind == "image" and s.sha256 not in paired}
        videos = {s.sha256: s for s in sorted(group, key=_order) if s.kind == "video" and s.sha256 not in paired}
        if len(stills) == len(videos) == 1:  # photos in one folder, videos in another
            yield stills.popitem()[1], videos.popitem()[1]


def _order(seen: Seen) -> tuple[bytes, int]:
    return (seen.path, seen.file_id)


def _within(folder: Sequence[Seen]) -> list[tuple[Seen, Seen]]:
    """Pairs among files of one folder and one identifier: an edited Live Photo has two of each, told apart by name."""
    pairs = _by_stem(folder, lambda still, video: True)
    paired = {seen.file_id for pair in pairs for seen in pair}
    stills = [seen for seen in folder if seen.kind == "image" and seen.file_id not in paired]
    videos = [seen for seen in folder if seen.kind == "video" and seen.file_id not in paired]
    return [*pairs, (stills[0], videos[0])] if len(stills) == len(videos) == 1 else pairs


def _by_stem(files: Iterable[Seen], fits: Callable[[Named, Named], bool]) -> list[tuple[Seen, Seen]]:
    """Each video of one folder with the best still that has its stem and *fits*; no still twice."""
    stills: dict[str, list[Named]] = defaultdict(list)
    videos = []
    for named in map(name_of, files):
        if named.seen.kind == "image":
            stills[named.stem].append(named)
        elif named.seen.kind == "video":
            videos.append(named)
    for same_stem in stills.values():
        same_stem.sort(key=_preferred)
        del same_stem[MOST:]
    pairs = []
    for video in sorted(videos, key=lambda v: (not v.stem.endswith("_hevc"), v.name, v.seen.file_id)):
        for stem in dict.fromkeys((video.name, video.stem, _still_stem(video))):
            still = next((still for still in stills.get(stem, ()) if fits(still, video)), None)
            if still is not None:
                stills[stem].remove(still)
                pairs.append((still.seen, video.seen))
                break
    return pairs


def _preferred(still: Named) -> tuple[int, str, int]:
    """The camera's own HEIC before a JPEG that was made of it."""
    return (STILLS.index(still.seen.format) if still.seen.format in STILLS else 9, still.name, still.seen.file_id)
