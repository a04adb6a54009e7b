"""Names without collisions, stable between runs, and rows that can be carried out one after the other."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.errors import PluginError
from mediaparser_core.export import targets
from mediaparser_core.export.plan import plan
from mediaparser_core.export.targets import fields_of, is_dated
from mediaparser_core.export.wishes import signature, time_of
from mediaparser_core.names import fill, fold, split_name
from mediaparser_core.records import ExportItem, PlanItem, Receipt
from mediaparser_core.settings import ExportSettings, Settings

SETTINGS = Settings(library=Path("/library"), timezone="Europe/Lisbon")


def sha(number: int) -> str:
    return f"{number:064x}"


def item(number: int, taken_at: str | None = "2019-05-04T12:00:03", **more) -> ExportItem:
    values = {
        "sha256": sha(number), "kind": "image", "format": "jpeg", "name": f"IMG_{number}.JPG", "ext": ".jpg",
        "taken_at": taken_at, "precision": None, "utc_offset": None, "level": "high", "write_date": taken_at,
    }  # fmt: skip
    return ExportItem(**(values | more))


def name_of(item: ExportItem) -> PurePosixPath:
    template = SETTINGS.export.name if is_dated(item) else SETTINGS.export.undated
    return fill(template, fields_of(item))


class Tree:
    """What the export and the catalog would hold after some rows were carried out."""

    def __init__(self) -> None:
        self.live: dict[str, Receipt] = {}
        self.withdrawn: list[Receipt] = []
        self.clock = 0

    def plan(self, items, **more) -> list[PlanItem]:
        live = list(self.live.values())
        random.shuffle(live)
        return list(plan(items, live, name_of, settings=SETTINGS, withdrawn=self.withdrawn, **more))

    def carry_out(self, rows) -> None:
        for row in rows:
            self.clock += 1
            if row.action == "keep":
                continue
            if row.previous and row.previous in self.live:
                self.withdrawn.append(self.live.pop(row.previous))
            if row.action != "withdraw":
                taken = {fold(target) for target in self.live}
                assert fold(row.target) not in taken, f"{row.target} is not free yet"
                receipt = Receipt(row.sha256, row.target, "written", f"{self.clock:09d}", row.signature)
                self.live[row.target] = receipt

    def names(self) -> dict[str, str]:
        return {receipt.sha256: target for target, receipt in self.live.items()}


@st.composite
def libraries(draw, most: int = 14) -> list[ExportItem]:
    """Pictures of a few seconds, days and years, alone and in bundles, so that many want the same name."""
    items: dict[str, ExportItem] = {}
    for number in draw(st.lists(st.integers(1, 40), max_size=most, unique=True)):
        moment = draw(
            st.sampled_from(
                [None, "1994", "1994-07", "1994-07-23", "2019-05-04T12:00", "2019-05-04T12:00:03",
                 "2019-05-04T12:00:03.25", "2019-05-04T12:00:04", "garbage"]
            )
        )  # fmt: skip
        name = draw(st.sampled_from(["a.jpg", "A.JPG", "a_2.jpg", "b.jpeg", "é.jpg", "120003.jpg"]))
        one = item(number, moment, name=name, write_date=None, ext=draw(st.sampled_from([".jpg", ".heic"])))
        items[one.sha256] = one
        others = st.sampled_from([("raw", ".cr2"), ("live_video", ".mov"), ("edited", ".jpg"), ("edited", ".heic")])
        for role, ext in draw(st.lists(others, max_size=2)):
            member = item(
                number * 100 + len(items), moment, name=name, write_date=None, ext=ext, role=role, stem_of=one.sha256
            )
            items[one.sha256] = replace(one, stem_of=one.sha256)
            items[member.sha256] = member
    return list(items.values())


@given(libraries(), st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order_of_things(items, rng):
    first, second = Tree(), Tree()
    first.carry_out(first.plan(items))
    rng.shuffle(items)
    second.carry_out(second.plan(items))
    assert first.names() == second.names()
    assert len({fold(target) for target in first.live}) == len(items)
    units: dict[str, set[str]] = {}
    for each in items:
        units.setdefault(fold(split_name(first.names()[each.sha256])[0]), set()).add(each.stem_of or each.sha256)
    assert all(len(leaders) == 1 for leaders in units.values()), "two pictures must not look like a pair"


@given(libraries())
def test_a_second_run_has_nothing_to_do(items):
    tree = Tree()
    tree.carry_out(tree.plan(items))
    assert {row.action for row in tree.plan(items)} <= {"keep"}


@given(libraries(), libraries(), st.randoms(use_true_random=False))
def test_what_has_a_name_keeps_it_when_others_come(first, second, rng):
    tree = Tree()
    tree.carry_out(tree.plan(first))
    before = tree.names()
    known = {each.sha256 for each in first}
    leaders = {each.stem_of or each.sha256 for each in first}
    others = [each for each in second if each.sha256 not in known and (each.stem_of or each.sha256) not in leaders]
    rows = tree.plan([*others, *first])
    assert {row.action for row in rows if row.sha256 in before} <= {"keep"}
    tree.carry_out(rows)
    assert {key: value for key, value in tree.names().items() if key in before} == before


@given(libraries(), libraries(), st.randoms(use_true_random=False))
def test_half_an_export_and_the_rest_is_the_whole_export(first, second, rng):
    """From any state to any other, interrupted after any row, also when some rows failed."""
    whole, halves = Tree(), Tree()
    for tree in (whole, halves):
        tree.carry_out(tree.plan(first))
    rows = whole.plan(second)
    halves.carry_out(row for row in halves.plan(second)[: rng.randint(0, len(rows))])
    whole.carry_out(rows)
    halves.carry_out(halves.plan(second))
    assert halves.names() == whole.names()
    assert {row.action for row in halves.plan(second)} <= {"keep"}


@given(libraries(), st.randoms(use_true_random=False))
def test_rows_that_failed_are_tried_again_under_the_same_names(items, rng):
    whole, holed = Tree(), Tree()
    rows = whole.plan(items)
    whole.carry_out(rows)
    holed.carry_out(row for row in rows if rng.random() < 0.5)
    holed.carry_out(holed.plan(items))
    assert holed.names() == whole.names()


@given(libraries(), st.randoms(use_true_random=False))
def test_taking_a_decision_back_restores_the_tree(items, rng):
    tree = Tree()
    tree.carry_out(tree.plan(items))
    before = tree.names()
    gone = {each.stem_of or each.sha256 for each in items if rng.random() < 0.3}
    tree.carry_out(tree.plan([each for each in items if (each.stem_of or each.sha256) not in gone]))
    tree.carry_out(tree.plan(items))
    assert tree.names() == before


def test_a_clock_that_was_off_moves_every_picture_to_the_name_of_the_next():
    tree = Tree()
    tree.carry_out(tree.plan([item(n, f"2019-05-04T12:{n // 60:02}:{n % 60:02}") for n in range(900)]))
    later = [item(n, f"2019-05-04T12:{(n + 1) // 60:02}:{(n + 1) % 60:02}") for n in range(900)]
    tree.carry_out(tree.plan(later))
    assert set(tree.names().values()) == {name_of(each).as_posix() for each in later}, (
        "no suffix where nothing collides"
    )


def test_names_that_go_round_in_a_circle_are_exchanged():
    tree = Tree()
    tree.carry_out(tree.plan([item(n, f"2019-05-04T12:00:0{n}") for n in range(3)]))
    turned = [item(n, f"2019-05-04T12:00:0{(n + 1) % 3}") for n in range(3)]
    rows = tree.plan(turned)
    tree.carry_out(rows)
    assert tree.names() == {each.sha256: name_of(each).as_posix() for each in turned}
    assert [row.action for row in rows] == ["withdraw", "rewrite", "rewrite", "copy"]


def test_members_of_a_bundle_share_the_stem_of_their_primary():
    items = [
        item(1, "2019-05-04T12:00:03", ext=".heic", stem_of=sha(1)),
        item(2, "2019-05-04T12:00:05", ext=".mov", role="live_video", stem_of=sha(1)),
        item(3, "2019-05-04T12:00:03", ext=".dng", role="raw", stem_of=sha(1)),
        item(4, "2021-01-01T00:00:00", ext=".jpg", role="edited", stem_of=sha(1)),
        item(5, "2021-01-01T00:00:00", ext=".heic", role="edited", stem_of=sha(1)),
        item(6, "2021-01-01T00:00:00", ext=".heic", role="edited", stem_of=sha(1)),
        item(7, "2019-05-04T12:00:03", ext=".jpg"),
    ]
    tree = Tree()
    tree.carry_out(tree.plan(items))
    assert tree.names() == {
        sha(1): "2019/20190504_120003.heic",
        sha(2): "2019/20190504_120003.mov",
        sha(3): "2019/20190504_120003.dng",
        sha(4): "2019/20190504_120003.jpg",
        sha(5): "2019/20190504_120003_edited.heic",
        sha(6): "2019/20190504_120003_edited_2.heic",
        sha(7): "2019/20190504_120003_2.jpg",
    }


@pytest.mark.parametrize(
    ("taken_at", "name", "target"),
    [
        ("2019-05-04T12:00:03.250", "x.jpg", "2019/20190504_120003.jpg"),
        ("2019-05-04T12:00", "x.jpg", "2019/20190504_1200.jpg"),
        ("2019-05-04", "IMG-20190504-WA0001.jpg", "2019/20190504_IMG-20190504-WA0001.jpg"),
        ("1994-07", "scan 12.jpg", "1994/199407XX_scan 12.jpg"),
        ("1994", "0012.jpg", "1994/1994XXXX_n0012.jpg"),
        ("1994-07-23", "170509.jpg", "1994/19940723_n170509.jpg"),  # not five past five
        (None, "IMG_1.jpeg", "undated/IMG_1.jpg"),
        ("1994-13-77", "IMG_1.jpeg", "undated/IMG_1.jpg"),
        (None, "../../etc/passwd", "undated/_.._etc_passwd.jpg"),
        (None, "CON.jpg", "undated/_CON.jpg"),
    ],
)
def test_a_name_says_no_more_than_is_known(taken_at, name, target):
    tree = Tree()
    tree.carry_out(tree.plan([item(1, taken_at, name=name)]))
    assert tree.names() == {sha(1): target}


def test_what_is_less_known_sorts_behind_what_is_known_better():
    names = [
        fields_of(item(1, moment))["date"] for moment in ("1994-07-31", "1994-07", "1994-08-01", "1994", "1995-01-01")
    ]
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("change", "actions"),
    [
        ({}, ["keep"]),
        ({"taken_at": "2019-05-04T12:00:04"}, ["move"]),
        ({"write_tags": ("a",)}, ["rewrite"]),
        ({"write_date": "2019-05-04T12:00:04"}, ["rewrite"]),
        ({"write_offset": "+02:00"}, ["rewrite"]),
        ({"name": "other.jpg", "source": b"/elsewhere", "tags": ("b",)}, ["keep"]),
    ],
)
def test_only_what_must_be_different_is_done_again(change, actions):
    tree = Tree()
    tree.carry_out(tree.plan([item(1)]))
    assert [row.action for row in tree.plan([replace(item(1), **change)])] == actions


def test_what_nobody_wants_any_more_is_withdrawn():
    tree = Tree()
    tree.carry_out(tree.plan([item(1), item(2)]))
    rows = tree.plan([item(2)])
    assert [(row.action, row.sha256) for row in rows] == [("withdraw", sha(1)), ("keep", sha(2))]


def test_of_two_copies_one_is_withdrawn():
    live = [Receipt(sha(1), f"2019/20190504_120003{x}.jpg", "w", "1", signature(item(1), SETTINGS)) for x in ("", "_2")]
    rows = list(plan([item(1)], live, name_of, settings=SETTINGS))
    assert [(row.action, row.target) for row in rows] == [
        ("withdraw", "2019/20190504_120003_2.jpg"),
        ("keep", "2019/20190504_120003.jpg"),
    ]


def test_a_copy_that_is_gone_is_made_again():
    tree = Tree()
    tree.carry_out(tree.plan([item(1)]))
    rows = tree.plan([item(1)], lost=["2019/20190504_120003.jpg"])
    assert [(row.action, row.reason) for row in rows] == [("copy", "was missing from the export")]


def test_a_name_that_belongs_to_somebody_else_is_not_given():
    tree = Tree()
    tree.carry_out(tree.plan([item(1)], taken=["2019/20190504_120003.HEIC", "2019/20190504_120003_2.jpg"]))
    assert list(tree.live) == ["2019/20190504_120003_3.jpg"]


def test_the_answer_of_a_plugin_is_made_safe_and_gets_the_right_extension():
    for answer, target in (
        ("/etc/../../passwd", "etc/_/_/passwd.jpg"),
        ("a/b.JPG", "a/b.jpg"),
        ("a/b.png", "a/b.png.jpg"),
        ("CON/" + "x" * 300, "_CON/" + "x" * 172 + ".jpg"),
    ):
        rows = list(plan([item(1)], [], lambda item, answer=answer: PurePosixPath(answer), settings=SETTINGS))
        assert [row.target for row in rows] == [target]


def test_no_answer_is_the_plugins_fault():
    with pytest.raises(PluginError, match="name_export"):
        list(plan([item(1)], [], lambda item: None, settings=SETTINGS))


def test_a_thousand_pictures_of_one_name_are_named_in_a_moment():
    items = [item(n, None, name="image.jpg") for n in range(5000)]
    named = targets.give(items, name_of, {}, {}, ())
    assert len(set(named.values())) == 5000 and "undated/image_5000.jpg" in named.values()


def test_the_signature_is_about_what_the_copy_says():
    def with_export(**values) -> Settings:
        return replace(SETTINGS, export=ExportSettings(**values))

    plain, film = item(1, write_tags=("a", "b")), item(1, kind="video")
    assert signature(plain, SETTINGS) == signature(replace(plain, write_tags=("b", "a", "a")), SETTINGS)
    assert signature(plain, SETTINGS) != signature(plain, with_export(metadata="sidecar"))
    assert signature(plain, with_export(metadata="none")) == signature(item(2), with_export(metadata="none"))
    assert signature(plain, SETTINGS) == signature(plain, replace(SETTINGS, timezone="Asia/Tokyo"))
    assert signature(film, SETTINGS) != signature(film, replace(SETTINGS, timezone="Asia/Tokyo")), "films count in UTC"


@pytest.mark.parametrize(
    ("taken_at", "offset", "seconds"),
    [
        ("1970-01-01T02:00:01.5", "+02:00", 1.5),
        ("2019-07-01T13:00:00", None, 1561982400),  # Lisbon in summer
        ("2019-07-01", "+00:00", 1561982400),  # noon
        ("1850-01-01T00:00:00", "+00:00", -3786825600),
        ("2019-07", "+00:00", 7),
        (None, None, 7),
        ("garbage", None, 7),
    ],
)
def test_a_copy_is_as_old_as_its_picture(taken_at, offset, seconds):
    assert time_of(item(1, taken_at, utc_offset=offset, mtime_ns=7_000_000_000), SETTINGS) == seconds * 1_000_000_000
