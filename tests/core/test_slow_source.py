"""A disk that gives its bytes slowly: the workers stay busy with it, and nothing piles up."""

from __future__ import annotations

import os
import textwrap
from functools import partial
from itertools import pairwise

import numpy as np
from PIL import Image

from mediaparser_core import pool, probe
from mediaparser_core.records import Entry, Note, Report
from mediaparser_core.settings import Settings
from mediaparser_plugins import local_pool

FILES, SIDE, SECONDS = 24, 300, 0.08  # a file is one piece, and a look behind its end

# In the worker: every piece of a file takes SECONDS, as over a network, and its report says who read it, when, in how much memory.
SLOW_DISK = f"""
    import os, time
    from mediaparser_core import media
    from mediaparser_core.hookspecs import hookimpl
    from mediaparser_core.records import Note, Probe

    began = 0.0
    quick = media.open_source

    class Slow:
        def __init__(self, source):
            self.source = source

        def __getattr__(self, name):
            return getattr(self.source, name)

        def read(self, length):
            time.sleep({SECONDS})
            return self.source.read(length)

    def slow(path):
        global began
        began = time.monotonic()
        return Slow(quick(path))

    media.open_source = slow

    def tell(entry, media):
        # not getrusage: a new program begins with the peak of the one that started it
        with open("/proc/self/status") as status:
            peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        return [Note("slow", f"{{os.getpid()}} {{began}} {{time.monotonic()}} {{peak}}")]

    @hookimpl
    def register_probes(settings):
        return [Probe("zz_slow", 1, "content", tell, frozenset({{"image"}}))]
"""


def test_a_slow_disk_keeps_every_worker_busy_and_fills_no_memory(tmp_path, monkeypatch):
    (tmp_path / "slow_disk_for_a_test.py").write_text(textwrap.dedent(SLOW_DISK))
    monkeypatch.syspath_prepend(tmp_path)
    dice = np.random.default_rng(1)
    entries = []
    for number in range(FILES):
        path = tmp_path / f"{number}.jpg"
        Image.fromarray(dice.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)).save(path)
        entries.append(Entry(os.fsencode(tmp_path), os.fsencode(path), path.stat().st_size))
    settings = Settings(
        library=tmp_path / "library", workers=2, exiftool="",
        plugins={"load": {"modules": ["slow_disk_for_a_test"]}},
    )  # fmt: skip
    taken: list[Entry] = []
    ahead = []

    def tasks():
        for entry in entries:
            taken.append(entry)
            yield entry

    reports = []
    with local_pool.make(settings, 2) as workers:
        for _, report in pool.run(
            workers, partial(probe.examine, settings=settings), tasks(), in_flight=pool.enough(workers, 2)
        ):
            assert isinstance(report, Report), report
            reports.append(report)
            ahead.append(len(taken) - len(reports))
    assert len(reports) == FILES and max(ahead) <= 2 * 3  # what waits is names, and few of them
    told = [
        fact.value.split()
        for report in reports
        for fact in report.facts
        if isinstance(fact, Note) and fact.key == "slow"
    ]
    assert max(int(peak) for *_, peak in told) < 400 * 1024
    by_worker: dict[str, list[tuple[float, float]]] = {}
    for who, began, ended, _ in told:
        by_worker.setdefault(who, []).append((float(began), float(ended)))
    assert len(by_worker) == 2
    for work in by_worker.values():
        work.sort()
        idle = sum(after[0] - before[1] for before, after in pairwise(work))
        assert idle < 0.5 * (work[-1][1] - work[0][0])  # the next file is there when one is done
