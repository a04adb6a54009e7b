"""A library may have any size: what a run keeps of each picture in memory is little, and the same for all."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import pytest

from mediaparser_core import plugins, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.laid_plan import LaidPlan
from mediaparser_core.catalog.looks import Laid, Looks
from mediaparser_core.pipeline import derive
from mediaparser_core.pipeline.waiting import Waiting
from mediaparser_core.records import Entry, ExportItem, PlanItem, Receipt

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
A_PICTURE, ALL = 1000, 40_000_000  # bytes; 350 and 22 million when this was written


@pytest.fixture
def household(tmp_path):
    """A library with so many made-up pictures."""
    from synthetic_catalog import Household, fill

    def make(assets):
        library = tmp_path / str(assets)
        with Catalog(library) as catalog:
            conn = catalog.db.conn
            conn.execute("pragma foreign_keys = off")
            conn.execute("pragma synchronous = off")
            fill(conn, Household(assets, 1))
        return library

    return make


def peak_of(library):
    """The most memory that deriving everything needs, in bytes."""
    known, manager = settings.load(library, environ={}), plugins.load()
    with Catalog(library) as catalog, catalog.lock():
        derive.refresh(catalog, manager, known, force=True)  # what is loaded once is no memory of a picture
        catalog.db.conn.execute("delete from compared")  # and all is compared again
        tracemalloc.start(1)
        try:
            derive.refresh(catalog, manager, known, force=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_deriving_keeps_little_of_each_picture(household):
    few, many = 400, 1600
    some, most = peak_of(household(few)), peak_of(household(many))
    assert (most - some) / (many - few) < A_PICTURE, f"{some} and {most} bytes"
    assert most < ALL, f"{most} bytes"


def test_looks_wait_on_the_disk_and_are_the_same(household):
    with Catalog(household(60)) as catalog, Laid(catalog) as laid:
        looks = list(Looks(catalog))
        assert list(laid) == looks == list(laid)
        assert (len(laid), laid[3], laid[-1], laid[2:9:3]) == (len(looks), looks[3], looks[-1], looks[2:9:3])
        with pytest.raises(IndexError):
            laid[len(looks)]


def test_what_was_compared_is_not_new_until_it_changes(household):
    with Catalog(household(60)) as catalog:
        conn = catalog.db.conn
        with Laid(catalog) as laid:
            assert laid.changed() == len(laid) == len(laid.changes())
            laid.note_compared()
            assert (laid.changed(), laid.changes(), laid.gone()) == (0, set(), [])
        first, second = (sha for (sha,) in conn.execute("select sha256 from compared order by sha256 limit 2"))
        conn.execute("update assets set width = 1 where sha256 = ?", (first,))
        conn.execute("insert into compared (sha256, mark) values ('gone', 'x')")
        conn.execute("delete from compared where sha256 = ?", (second,))
        with Laid(catalog) as laid:
            assert (laid.changed(), laid.changes(), laid.gone()) == (2, {first, second}, [first, "gone"])


def test_a_plan_comes_back_row_for_row(tmp_path):
    item = ExportItem(
        "a" * 64, "image", "jpeg", "x\udce9.jpg", ".jpg", "2019-05", "month", None, "low", tags=("a", "b")
    )
    receipt = Receipt("b" * 64, "2019/y.jpg", "c" * 64, "2020-01-01T00:00:00.000Z")
    rows = [
        PlanItem("copy", "a" * 64, f"2019/{number}.jpg", item=item, signature="s", reason="new")
        for number in range(500)
    ]
    rows += [PlanItem("withdraw", "b" * 64, "2019/y.jpg", "2019/y.jpg", "no longer wanted", receipt=receipt)]
    with Catalog(tmp_path / "library") as catalog, LaidPlan(catalog, rows) as laid:
        assert (len(laid), list(laid), laid[-1], laid[3:5]) == (501, rows, rows[-1], rows[3:5])
        with catalog.transaction():  # others write while it is read
            assert list(laid) == rows


def test_files_that_wait_come_back_as_they_came():
    entries = [
        Entry(b"/in", b"/in/\xff\xfe.jpg", 5, 1, 2, 2**64 - 1, 3),
        Entry(b"/in", b"/in/a.zip//b.jpg", problem="a link", trouble=None, there=b"/else"),
    ]
    waiting = Waiting()
    assert (len(waiting), list(waiting)) == (0, [])
    waiting.add(entries)
    assert (len(waiting), list(waiting), list(waiting)) == (2, entries, entries)
