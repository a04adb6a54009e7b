#!/usr/bin/env python3
"""Measure the explorer's looking pages on a library, beside the SQL they ask, in one run.

    python benchmarks/synthetic_catalog.py /tmp/million --thumbnails 3000
    python benchmarks/explorer.py /tmp/million [--rounds 40]

The explorer runs in a process of its own and is asked over one connection; after each page the same questions are asked of
the catalog directly, so that a busy machine slows both down. Prints p50 and p95 in milliseconds, the p50 of the questions
alone, and how many thumbnails a second come out of the cache over four connections. What is measured while a scan runs is
in explorer_decisions.py.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from mediaparser_core import settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.facets import counted
from mediaparser_core.catalog.gallery import Gallery
from mediaparser_core.catalog.narrowing import Narrowing
from mediaparser_core.catalog.places import Places
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.catalog.search import Search
from mediaparser_core.catalog.squares import degrees
from mediaparser_core.web import date_questions, doubts
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.gallery_filters import Filters
from mediaparser_core.web.gallery_page import page_of, start_of
from mediaparser_core.web.map_view import MOST, read_window
from mediaparser_core.web.picture_story import story

SECONDS = 4.0  # of handing out thumbnails
Question = Callable[[Catalog], object]
SERVER = """
import sys, uvicorn
from pathlib import Path
from mediaparser_core.web import serving
listening = serving.listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
application = serving.build(Path(sys.argv[1])).app()
uvicorn.Server(uvicorn.Config(application, log_level="error", access_log=False)).run(sockets=[listening])
"""


class Arguments(dict[str, list[str]]):
    """A query as the pages read it."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self[name][0] if self.getlist(name) else default

    def getlist(self, name: str) -> list[str]:
        return super().get(name, [])


class Pages:
    """Makes an address and the questions behind it, each time other ones."""

    def __init__(self, library: Path, seed: int) -> None:
        self.random, self.settings = random.Random(seed), settings.load(library)
        with Catalog(library, writable=False) as catalog:
            self.total = Gallery(catalog).months(Filters().wanted())
            self.count = sum(month.total for month in self.total)
            self.cells = Places(catalog).cells(12, read_window("-180,-85,180,85") or Places(catalog).extent(), 300)  # type: ignore[arg-type]
            overview = Gallery(catalog).overview(Filters().wanted())[1]
            self.cameras = [camera for camera, _ in overview["camera"] if camera[1]]
            self.tags = [tag for tag, _ in Gallery(catalog).tags(60)]
            self.book = doubts.write(catalog)

    def gallery(self, **query: str | list[str]) -> tuple[str, Question]:
        arguments = Arguments({name: [value] if isinstance(value, str) else value for name, value in query.items()})
        filters = Filters.read(arguments)

        def ask(catalog: Catalog) -> object:
            gallery, wanted = Gallery(catalog), filters.wanted()
            months = gallery.months(wanted) if "part" in query else gallery.overview(wanted)[0]
            gallery.tags(60)
            return page_of(catalog, Fresh.of((), (0, 0)), filters, months, start_of(catalog, arguments))

        return "/-/media/gallery?" + urlencode(query, doseq=True), ask

    def newest(self) -> tuple[str, Question]:
        return self.gallery()

    def some_month(self) -> tuple[str, Question]:
        return self.gallery(at=self.random.choice(self.total).month or "none")

    def scrolled(self) -> tuple[str, Question]:
        return self.gallery(at=self.random.choice(self.total).month or "none", part="1")

    def three_facets(self) -> tuple[str, Question]:
        make, model = self.random.choice(self.cameras)
        return self.gallery(make=make, model=model, kind="image", level=self.random.choice(("high", "medium", "low")))

    def tag(self) -> tuple[str, Question]:
        return self.gallery(tag=self.random.choice(self.tags))

    def square(self) -> tuple[str, Question]:
        cell = self.random.choice(self.cells)
        return self.gallery(**{"in": f"{cell.level}/{cell.x}/{cell.y}"})

    def words(self) -> tuple[str, Question]:
        return self.gallery(
            q=f"{self.random.choice(self.tags).split()[0]} {self.random.choice(self.total[-200:]).month[:4]}"
        )

    def table_search(self) -> tuple[str, Question]:
        text = f"{self.random.choice(self.tags).split()[0]} {self.random.choice(self.total[-200:]).month[:4]}"
        return "/catalog/search?" + urlencode({"_search": text}), lambda catalog: Search(catalog).find(text, 50)

    def table(self, **query: str) -> tuple[str, Question]:
        wheres = " and ".join(f"{name} = :{name}" for name in query) or "true"

        def ask(catalog: Catalog) -> object:
            conn = catalog.db.conn
            facets = [
                conn.execute(*counted(name, query.items(), 21)).fetchall()
                for name in ("kind", "level", "state", "model")
            ]  # type: ignore[misc]
            few, values = Narrowing(catalog).conditions(list(query.items()), None, complete=True)
            wanted = " and ".join([wheres, *few])
            return facets, conn.execute(
                f"select * from library where {wanted} limit 51", {**query, **values}
            ).fetchall()

        return "/catalog/library?" + urlencode(query), ask

    def table_chosen(self) -> tuple[str, Question]:
        _, model = self.random.choice(self.cameras)
        return self.table(model=model or "", kind="image", level=self.random.choice(("high", "medium", "low")))

    def dates(self) -> tuple[str, Question]:
        cause = self.random.choice(self.book.causes)
        fresh = Fresh.of((), (0, 0))

        def ask(catalog: Catalog) -> object:
            question = date_questions.of_cause(cause, fresh)
            shown = question.members[: date_questions.SHOWN]
            rows = ReviewPages(catalog).rows(shown)
            return rows, date_questions.answers(catalog, question, shown, self.settings, fresh)

        return f"/-/review/dates?question={cause.key}", ask

    def picture(self) -> tuple[str, Question]:
        number = self.random.randrange(1, self.count)
        found: list[str] = []

        def ask(catalog: Catalog) -> object:
            return story(catalog, Fresh.of((), (0, 0)), self.settings, found[0], Filters())

        with Catalog(self.settings.library, writable=False) as catalog:
            found += catalog.db.conn.execute("select sha256 from timeline where id = ?", (number,)).fetchone()
        return f"/-/media/picture/{found[0]}", ask

    def map(self) -> tuple[str, Question]:
        return "/-/media/map", lambda catalog: (Places(catalog).total(), Places(catalog).extent())

    def squares(self, level: int, around: float) -> tuple[str, Question]:
        cell = self.random.choice(self.cells[:20] if level > 8 else self.cells)
        latitude, longitude = degrees(cell.mid_x, cell.mid_y)
        south, north = max(-84, latitude - around), min(84, latitude + around)
        bounds = f"{longitude - around},{south},{longitude + around},{north}"
        window = read_window(bounds)
        assert window is not None
        query = urlencode({"level": level, "bounds": bounds})
        return f"/-/media/map.json?{query}", lambda catalog: Places(catalog).cells(level, window, MOST)


def wait(port: int) -> None:
    """Until the server answers."""
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=60).connect()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return


def cpu(process: subprocess.Popen[str]) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(
    port: int, catalog: Catalog, make: Callable[[], tuple[str, Question]], rounds: int
) -> list[tuple[float, float]]:
    """Milliseconds of the page and of its questions, round by round; the first two rounds only warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for _ in range(rounds + 2):
        address, question = make()
        begin = time.perf_counter()
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
        page = time.perf_counter()
        if response.status != 200:
            return []
        question(catalog)
        times.append(((page - begin) * 1000, (time.perf_counter() - page) * 1000))
    return times[2:]


def thumbnails(port: int, library: Path, connections: int) -> float:
    """Thumbnails a second out of the cache."""
    hashes = [path.stem for path in (library / "cache" / "preview").rglob("*.jpg")][:5000]
    if not hashes:
        return 0.0
    counts, end = [0] * connections, time.perf_counter() + SECONDS

    def fetch(which: int) -> None:
        connection, at = http.client.HTTPConnection("127.0.0.1", port, timeout=60), which
        while time.perf_counter() < end:
            connection.request("GET", f"/-/media/thumb/{hashes[at % len(hashes)]}")
            connection.getresponse().read()
            counts[which] += 1
            at += connections

    threads = [threading.Thread(target=fetch, args=(which,)) for which in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("library", type=Path)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    pages = Pages(chosen.library, chosen.seed)
    tables: list[tuple[str, Callable[[], tuple[str, Question]]]] = [
        ("gallery, the newest", pages.newest), ("gallery, some month", pages.some_month),
        ("gallery, more while scrolling", pages.scrolled), ("gallery, three facets chosen", pages.three_facets),
        ("gallery, a tag", pages.tag), ("gallery, a square of the map", pages.square), ("gallery, a search", pages.words),
        ("date review, a question", pages.dates), ("picture page", pages.picture), ("map page", pages.map),
        ("table of the library, four facets", pages.table), ("the same, three facets chosen", pages.table_chosen),
        ("table of words, a search", pages.table_search),
        ("map, squares of a continent", lambda: pages.squares(6, 40)), ("map, squares of a city", lambda: pages.squares(13, 0.3)),
        ("map, squares of a quarter", lambda: pages.squares(16, 0.05)),
    ]  # fmt: skip
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(chosen.library)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        wait(port)
        print(f"{pages.count:,} assets, {chosen.rounds} rounds, {date.today()}, load {os.getloadavg()[0]:.1f}\n")
        print(
            "| page | p50 ms | p95 ms | processor ms | its questions alone, p50 ms | ratio |\n|---|---|---|---|---|---|"
        )
        with Catalog(chosen.library, writable=False) as catalog:
            for name, make in tables:
                before = cpu(server)
                times = measure(port, catalog, make, chosen.rounds)
                busy = (cpu(server) - before) * 1000 / (chosen.rounds + 2)
                if not times:
                    print(f"| {name} | – | – | – | – | not there |")
                    continue
                page, alone = ([each[which] for each in times] for which in (0, 1))
                p50, sql = statistics.median(page), statistics.median(alone)
                p95 = statistics.quantiles(page, n=20)[-1]
                print(f"| {name} | {p50:.0f} | {p95:.0f} | {busy:.0f} | {sql:.1f} | {p50 / sql:.1f}x |", flush=True)
        print(f"\nthumbnails from the cache: {thumbnails(port, chosen.library, 4):.0f} a second over 4 connections")
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
