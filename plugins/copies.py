"""Say of pairs with like hashes whether they are one picture, how sure that is, and what was changed.

The numbers were chosen on one half of the photographs of ``benchmarks/duplicates.py``, and are reported on the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_plugins import candidates, second_look, sketches
from mediaparser_plugins.candidates import Candidates
from mediaparser_plugins.look_tables import Table, clock_says
from mediaparser_plugins.side_by_side import WORKERS

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.look_tables import Flags, Indices
    from mediaparser_plugins.sketches import Numbers

SURE = 4.8  # bits of 256 for each bit of ``similar_distance``: 48 where that is 10
STRICT = 3.2  # 32 of 256: no two pages of text are that near, letters with little on them come to 40
MOST = 80  # bits of 256 above which unrelated pictures meet, whatever the setting says
SAME_SHAPE = 0.02  # width : height may differ that much by rounding
SMALL_CROP = 0.10  # … and that much by cropping, for a picture that is otherwise strictly the same

ALONG = 0.02  # of a side: what shows the same but for that is not cropped
BEYOND = 0.005  # of a side: a copy shows nothing that the original does not; the next frame of a burst does
CROPPED, TORN = 0.16, 0.35  # of a side that may be missing, and where the clock says it is one shot
STRETCHED = 0.03  # width : height of a part, as it is and as it should be
PROMISING = 0.85  # correlation of the broadest waves of a part and a whole from which a second look is worth its time
TURNED = 0.90  # … of a picture and one that is turned
IDENTICAL, CLEARLY = 0.998, 0.002  # … of two that are surely not turned; by how much more a turned one must be alike
CLOSE = 0.97  # … of two that need no search for where they lie
PAPER, WHITE, BLACK = 0.55, 200.0, 40.0  # share of a page that is its ground, and how bright grounds are
GREY, OTHER = 3.0, 20.0  # colour: less is none; more than that apart is another one
EVEN = 12.0  # grey levels of standard deviation: a frame has less, few waves make it ripple
_HEM = 0.01  # of a side: what lies so near the edge of the part is blurred
_PLACES = 48
AT_ONCE = 64  # pairs: what is laid out for them takes a quarter of a megabyte each


class Verdicts(NamedTuple):
    """For each pair: whether it is one picture, how sure (0-1), and what was changed, as a place in ``WORDS``."""

    good: Flags
    sure: Numbers
    word: Indices
    share: Numbers  # of the one that the other shows
    lesser: Indices  # which one was made of the other: the first (0), the second (1); -1 where that cannot be told


PLAIN, MARKED, CUT, MIRRORED, UPSIDE, QUARTER, RECOLOURED, GREYED, DATA, UNSEEN, FRAMED = range(11)
WORDS = (
    "", "one carries a caption or a stamp", "one shows {share:.0%} of the other", "mirrored", "one is upside down",
    "one is turned on its side", "the colours differ", "one is black and white", "the same picture data, other metadata",
    "", "one has a frame around it",
)  # fmt: skip


def judge(
    table: Table, pairs: Candidates, radius: int, sketched: Callable[[Iterable[str]], Mapping[str, bytes]]
) -> Verdicts:
    """Look at every pair of *pairs* a second time, by the sketches that *sketched* gives for SHA-256s.

    Where there is no sketch, the large hash alone decides, and is believed less.
    """
    import numpy as np

    parts: list[Verdicts] = []
    waiting: deque[Future[Verdicts]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:  # most of it is work that NumPy does without Python's lock
        for at in range(0, len(pairs.i), AT_ONCE):
            batch = Candidates(*(column[at : at + AT_ONCE] for column in pairs))
            places = np.union1d(batch.i, batch.j).tolist()
            waiting.append(pool.submit(_judge, table, batch, radius, sketched([table.sha256[each] for each in places])))
            if len(waiting) > WORKERS:
                parts.append(waiting.popleft().result())
        parts += [each.result() for each in waiting]
    if not parts:
        whole = np.empty(0, np.int64)
        return Verdicts(np.empty(0, bool), np.empty(0), whole, np.empty(0), whole)
    return Verdicts(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _judge(table: Table, pairs: Candidates, radius: int, known: Mapping[str, bytes]) -> Verdicts:
    import numpy as np

    by_hash = _by_hash(table, pairs, radius)
    drawn = [
        (known.get(table.sha256[i]), known.get(table.sha256[j]))
        for i, j in zip(pairs.i.tolist(), pairs.j.tolist(), strict=True)
    ]
    seen = np.array([sketches.is_sketch(one) and sketches.is_sketch(other) for one, other in drawn], dtype=bool)
    found = Verdicts(*(column.copy() for column in by_hash))  # type: ignore[arg-type]
    if seen.any():
        both = [pair for pair, there in zip(drawn, seen.tolist(), strict=True) if there]
        ours, theirs = [one or b"" for one, _ in both], [other or b"" for _, other in both]
        some = Candidates(*(column[seen] for column in pairs))
        for column, values in zip(found, _by_eye(table, some, radius, ours, theirs), strict=True):
            column[seen] = values
    data = (table.data[pairs.i] == table.data[pairs.j]) & (table.data[pairs.i] >= 0)
    return Verdicts(
        good=found.good | data, sure=np.where(data, 0.999, found.sure), word=np.where(data, DATA, found.word),
        share=found.share, lesser=np.where(data, -1, found.lesser),
    )  # fmt: skip


def _by_hash(table: Table, pairs: Candidates, radius: int) -> Verdicts:
    """What the hashes alone say: without sketches nobody can look."""
    import numpy as np

    i, j = pairs.i, pairs.j
    one_shot = clock_says(table, i, j)[0]
    wide = np.where(one_shot, pairs.wide // 2, pairs.wide)  # a crop or a caption then: what differs counts half
    stretch = _stretch(table.shape[i], table.shape[j])
    # without a camera on either side it may be two pages: they are all alike to the small hashes
    strict = table.page[i] | table.page[j] | ((table.camera[i] < 0) & (table.camera[j] < 0))
    strict |= ~((stretch <= SAME_SHAPE) | one_shot)
    good = wide <= np.minimum(MOST, np.floor(np.where(strict, STRICT, SURE) * radius))
    good &= ~(stretch > SMALL_CROP) & ((pairs.ways & (candidates.UPRIGHT | candidates.SAME)) > 0)
    sure = np.round(0.90 - 0.3 * wide / SURE / 10, 3)
    return Verdicts(good, np.maximum(sure, 0.3), np.full(len(i), UNSEEN), np.ones(len(i)), np.full(len(i), -1))


def _by_eye(table: Table, pairs: Candidates, radius: int, ours: list[bytes], theirs: list[bytes]) -> Verdicts:
    import numpy as np

    one, other = sketches.numbers(ours), sketches.numbers(theirs)
    turn, near = _how_turned(pairs, one, other)
    for number, (mirrored, quarters) in enumerate(second_look.TURNS):
        if number and (chosen := turn == number).any():
            other[chosen] = second_look.turned(other[chosen], mirrored, quarters)
    none = np.full(len(one), -1)
    found = Verdicts(np.zeros(len(one), dtype=bool), np.zeros(len(one)), np.zeros_like(none), np.ones(len(one)), none)
    worth = np.flatnonzero(turn >= 0)
    if not len(worth):
        return found
    seen = second_look.look(one[worth], other[worth], near[worth] >= CLOSE)
    few = Candidates(*(column[worth] for column in pairs))
    answer = _decide(table, few, radius, turn[worth], seen, one[worth], other[worth])
    colour = _colours([ours[at] for at in worth], [theirs[at] for at in worth], turn[worth])
    for column, values in zip(found, _tinted(answer, *colour), strict=True):
        column[worth] = values
    return found


def _how_turned(pairs: Candidates, one: Numbers, other: Numbers) -> tuple[Indices, Numbers]:
    """Which of ``TURNS`` lays the second of each pair on the first (-1: none does), and how alike they are then."""
    import numpy as np

    alike = second_look.resemblance(one, other)
    turn = np.where((pairs.ways & (candidates.UPRIGHT | candidates.SAME)) > 0, 0, -1)
    part = np.flatnonzero((turn < 0) & (pairs.ways & candidates.PART > 0))
    if len(part):
        turn[part] = np.where(_part_of(one[part], other[part]) >= PROMISING, 0, -1)
    # what is all but the same is upright; a picture with two like halves may be alike enough, and yet mirrored
    asked = np.flatnonzero((pairs.ways & candidates.TURNED > 0) & (alike < IDENTICAL))
    if len(asked):
        each = np.array(
            [second_look.resemblance(one[asked], second_look.turned(other[asked], *how)) for how in second_look.TURNS]
        )
        best = np.argmax(each, axis=0)
        most = each.max(axis=0)
        best = np.where(each[0] >= most - CLEARLY, 0, best)
        turn[asked] = np.where(most >= TURNED, best, turn[asked])
        alike[asked] = each[best, np.arange(len(asked))]
    turn = np.where((turn < 0) & (pairs.ways & candidates.TURNED > 0) & (alike >= TURNED), 0, turn)
    return turn, alike


def _part_of(one: Numbers, other: Numbers) -> Numbers:
    """The best correlation of a part of the one with the other, or the other way round."""
    import numpy as np

    found = []
    for whole, piece in ((one, other), (other, one)):
        small = piece[:, :8, :8].reshape(len(piece), -1)[:, 1:]
        for left, top, share in sketches.PARTS:
            cut = second_look.part(whole, left, top, share).reshape(len(whole), -1)[:, 1:]
            lengths = (cut * cut).sum(axis=1) * (small * small).sum(axis=1)
            found.append((cut * small).sum(axis=1) / np.sqrt(lengths + 1e-9))
    return np.asarray(np.max(found, axis=0))


def _decide(
    table: Table, pairs: Candidates, radius: int, turn: Indices, seen: second_look.Verdict, one: Numbers, other: Numbers
) -> Verdicts:
    import numpy as np

    i, j = pairs.i, pairs.j
    one_shot = clock_says(table, i, j)[0]
    page = ~one_shot & (table.page[i] | table.page[j] | _is_page(one) | _is_page(other))
    quarter = np.isin(turn, [n for n, (_, quarters) in enumerate(second_look.TURNS) if quarters % 2])
    theirs = np.where(quarter, 1 / table.shape[j], table.shape[j])
    with np.errstate(invalid="ignore", divide="ignore"):
        stretch = _stretch(table.shape[i] * seen.width / seen.height, theirs)
    shaped = ~(stretch > STRETCHED)
    whole = (seen.off <= ALONG) & (seen.beyond <= BEYOND) & shaped
    limit = np.minimum(MOST, np.floor(np.where(page, STRICT, SURE) * radius))
    near = (pairs.wide <= limit) | (turn > 0)
    plain = whole & near & (seen.alike >= 0.985) & (seen.edges >= 0.95) & (seen.cover >= 0.7)
    marked = whole & (turn == 0) & ~page & (seen.alike >= 0.985) & (seen.edges >= 0.78) & (seen.cover >= 0.77) & ~plain
    lost = np.where(one_shot, TORN, CROPPED)
    cut = (seen.off > ALONG) & (seen.off <= lost) & (seen.beyond <= np.where(one_shot, 2 * BEYOND, BEYOND)) & shaped
    cut &= (turn == 0) & ~page & (seen.alike >= 0.975) & (seen.edges >= 0.84) & (seen.cover >= 0.65)
    # what the clock says is one shot needs only to look like it
    shot = one_shot & (seen.off <= TORN) & (seen.beyond <= 4 * BEYOND) & (seen.alike >= 0.9) & (seen.edges >= 0.6)
    shot &= ~(stretch > 2 * STRETCHED) & (seen.cover >= 0.6) & (turn == 0) & ~plain & ~marked & ~cut
    marked, cut = marked | (shot & (seen.off <= ALONG)), cut | (shot & (seen.off > ALONG))
    area = seen.width * seen.height
    share = np.minimum(area, 1 / area)
    # without a new size nothing moves; a little off may be the next frame of a steady hand
    still = np.where(table.pixels[i] == table.pixels[j], 0.0015, 0.004)
    first = plain & (pairs.wide <= 16) & (seen.edges >= 0.99) & (seen.off <= still)
    second = plain & (pairs.wide <= 32) & (seen.edges >= 0.97) & (seen.off <= 2 * still)
    sure = np.select([first, second, plain, marked], [0.99, 0.98, 0.94, 0.90], 0.85)
    sure = np.where(turn > 0, np.where(seen.edges >= 0.98, 0.94, 0.90), sure)
    sure = np.where(one_shot & ~plain, 0.95, sure)
    words = np.array([PLAIN, QUARTER, UPSIDE, QUARTER, *[MIRRORED] * 4])
    word = np.where(turn > 0, words[np.maximum(turn, 0)], np.select([plain, marked], [PLAIN, MARKED], CUT))
    # the part was cut out of the whole, unless what it lacks is only a frame around it
    part = np.where(area < 1, 1, 0)
    framed = cut & _is_framed(np.where((part == 1)[:, None, None], one, other), seen, part == 1)
    # a camera writes pictures the right way round; who turned or mirrored one often lost what the camera wrote
    bare = np.where(table.camera[i] < 0, 0, 1)
    lesser = np.where((turn > 0) & ((table.camera[i] < 0) != (table.camera[j] < 0)), bare, -1)
    lesser = np.where(cut, np.where(framed, 1 - part, part), lesser)
    return Verdicts(plain | marked | cut, sure, np.where(framed, FRAMED, word), share, lesser)


def _is_framed(whole: Numbers, seen: second_look.Verdict, first: Flags) -> Flags:
    """Whether all that *whole* shows around the part is of one brightness. *first*: it is the first of the pair."""
    import numpy as np

    places = (np.arange(_PLACES) + 0.5) / _PLACES
    waves = sketches.waves_at(places[None, :], sketches.WAVES)[0][0]
    bright = waves.T @ whole @ waves
    left = np.where(first, seen.left, -seen.left / seen.width)
    top = np.where(first, seen.top, -seen.top / seen.height)
    wide, high = (np.where(first, size, 1 / size) for size in (seen.width, seen.height))
    across = (places < left[:, None] - _HEM) | (places > (left + wide)[:, None] + _HEM)
    down = (places < top[:, None] - _HEM) | (places > (top + high)[:, None] + _HEM)
    around = across[:, None, :] | down[:, :, None]
    count = np.maximum(around.sum(axis=(1, 2)), 1)
    mean = (bright * around).sum(axis=(1, 2)) / count
    spread = np.sqrt((((bright - mean[:, None, None]) ** 2) * around).sum(axis=(1, 2)) / count)
    all_sides = (left > _HEM) & (left + wide < 1 - _HEM) & (top > _HEM) & (top + high < 1 - _HEM)
    extreme = (mean <= 15) | (mean >= 240)  # black or white: the picture beside it may have blurred it more
    return np.asarray(all_sides & (spread <= np.where(extreme, 3 * EVEN, EVEN)))


def _stretch(one: Numbers, other: Numbers) -> Numbers:
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.abs(np.log(one / other)))


def _is_page(found: Numbers) -> Flags:
    """Whether most of a picture is a ground of one brightness, white or black: paper, a screen."""
    import numpy as np

    grid = ((np.arange(24) + 0.5) / 24)[None, :]
    waves = sketches.waves_at(grid, sketches.WAVES)[0][0]
    bright = (waves.T @ found @ waves).reshape(len(found), -1)
    middle = np.median(bright, axis=1)
    ground = (np.abs(bright - middle[:, None]) <= 14).mean(axis=1)
    return np.asarray((ground >= PAPER) & ((middle >= WHITE) | (middle <= BLACK)))


def _colours(ours: list[bytes], theirs: list[bytes], turn: Indices) -> tuple[Flags, Flags, Flags]:
    """Where one of two has no colours, and whether that is the first; where both have, and they are others."""
    import numpy as np

    one, other = sketches.colours(ours), sketches.colours(theirs)
    strong = np.abs(one).mean(axis=(1, 2, 3)), np.abs(other).mean(axis=(1, 2, 3))
    greyed = (np.minimum(*strong) < GREY) & (np.maximum(*strong) >= 2 * GREY)
    # turned or cropped, the cells are others; what is in them all together is not
    apart = np.abs(one - other).mean(axis=(1, 2, 3))
    together = np.abs(one.mean(axis=(2, 3)) - other.mean(axis=(2, 3))).mean(axis=1)
    apart = np.where(turn > 0, together, apart)
    return greyed, strong[0] < strong[1], ~greyed & (apart > OTHER)


def _tinted(answer: Verdicts, greyed: Flags, first: Flags, other: Flags) -> Verdicts:
    import numpy as np

    sure = np.where(greyed, np.minimum(answer.sure, 0.97), answer.sure)
    sure = np.where(other, np.minimum(sure, 0.70), sure)
    word = np.where((answer.word == PLAIN) & greyed, GREYED, answer.word)
    lesser = np.where((answer.lesser < 0) & greyed, np.where(first, 0, 1), answer.lesser)
    return Verdicts(answer.good, sure, np.where((word == PLAIN) & other, RECOLOURED, word), answer.share, lesser)
