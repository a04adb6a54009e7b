"""What plugins say about pictures becomes bundles that share none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.bundle import LARGEST, far_apart, folders, join, name_of, primary, say
from mediaparser_core.records import Bundle, Member, Seen


def number(name: str) -> int:
    """``"A"`` and ``"A1"`` are the first file of content A."""
    return ord(name[0]) * 10 + int(name[1:] or 1)


def member(text: str) -> Member:
    """``"A"`` is the primary with content A, ``"raw:B"`` a part; ``"B2"`` is another file of content B."""
    role, _, name = text.rpartition(":")
    return Member(number(name), name[0], role or "primary")


def said(*bundles: str) -> list[Bundle]:
    """``"rule: A raw:B sidecar:C"`` …"""
    return [Bundle(text.split(": ")[0], tuple(map(member, text.split(": ")[1].split()))) for text in bundles]


def shown(bundles: list[Bundle]) -> list[str]:
    """The bundles again, with contents only: ``"A raw:B sidecar:C"``."""
    return sorted(
        " ".join(f"{'' if m.role == 'primary' else m.role + ':'}{m.sha256}" for m in bundle.members)
        for bundle in bundles
    )


@pytest.mark.parametrize(
    ("bundles", "joined"),
    [
        ([], []),
        (["raw: A raw:B"], ["A raw:B"]),
        # one picture in two bundles joins them; the one that all is made of is the primary
        (["raw: A raw:B", "edit: A edited:C"], ["A raw:B edited:C"]),
        (["raw: A raw:B", "xmp: B sidecar:X"], ["A raw:B sidecar:X"]),
        (["live: A live_video:V", "takeout: V sidecar:J", "takeout: A sidecar:J"], ["A live_video:V sidecar:J"]),
        (
            ["edit: A edited:E", "live: E live_video:M", "live: A live_video:V"],
            ["A live_video:M live_video:V edited:E"],
        ),
        # a file that is two things has the truer role
        (
            ["live: E live_video:M", "edit: A edited:E", "edit: V edited:M", "live: A live_video:V"],
            ["A live_video:V edited:E edited:M"],
        ),
        # equal bytes in two folders are one asset
        (["raw: A raw:B", "raw: A2 raw:B2"], ["A raw:B"]),
        (["raw: A raw:B", "edit: A2 edited:C"], ["A raw:B edited:C"]),
        (["live: A live_video:V", "takeout: V2 sidecar:J"], ["A live_video:V sidecar:J"]),
        (["version: A version:B", "raw: B raw:R"], ["A raw:R version:B"]),
        # a part of two different things does not join them
        (["scan: A back:Z", "scan: B back:Z2"], ["A back:Z"]),
        (["scan: A back:Y", "scan: B back:Z", "version: Y version:Z"], ["A back:Y", "B back:Z"]),
        (["live: A live_video:V", "live: B live_video:V2", "raw: B raw:R"], ["A live_video:V", "B raw:R"]),
        # a sidecar never joins, and is in each bundle
        (["xmp: A sidecar:X", "xmp: B sidecar:X"], ["A sidecar:X", "B sidecar:X"]),
        (["xmp: A sidecar:X", "xmp: A2 sidecar:X2"], ["A sidecar:X"]),
        # what contradicts itself is still one bundle with one primary
        (["edit: A edited:B", "edit: B2 edited:A2"], ["A edited:B"]),
        (["twice: A B raw:C"], ["A raw:C alternate:B"]),
        (["none: raw:A edited:B"], ["A edited:B"]),
        # alone
        (["x: A"], []),
        (["x: sidecar:A"], []),
        (["copy: A edited:A2"], []),
    ],
)
def test_bundles_are_joined(bundles, joined):
    assert shown(join(said(*bundles))) == joined
    assert shown(join(said(*reversed(bundles)))) == joined


def test_a_joined_bundle_says_all_its_rules_and_names_the_first_file():
    (bundle,) = join(said("xmp: B sidecar:X", "raw: A raw:B", "raw: A9 raw:B9"))
    assert bundle.rule == "raw+xmp"
    assert [m.file_id for m in bundle.members] == [number("A"), number("B"), number("X")]
    assert primary(bundle) == bundle.members[0] == Member(number("A"), "A", "primary")


def test_a_chain_of_edits_ends_somewhere():
    def link(at: int) -> Bundle:
        return Bundle("edit", (Member(at, f"{at:04}", "primary"), Member(at + 1, f"{at + 1:04}", "edited")))

    joined = join([link(at) for at in range(1000)])
    assert sum(len(bundle.members) for bundle in joined) == 1001
    assert max(len(bundle.members) for bundle in joined) == LARGEST


def test_what_one_plugin_calls_one_thing_is_believed_at_any_size():
    versions = [Member(at, f"{at:04}", "version") for at in range(1, 500)]
    (bundle,) = join([Bundle("versions", (Member(0, "0000", "primary"), *versions))])
    assert len(bundle.members) == 500


ROLES = st.sampled_from(["primary", "raw", "live_video", "edited", "back", "version", "sidecar", "odd"])
MEMBERS = st.builds(lambda content, copy, role: Member(ord(content) * 10 + copy, content, role),
                    st.sampled_from("ABCDEFGH"), st.integers(0, 2), ROLES)  # fmt: skip
BUNDLES = st.lists(
    st.builds(Bundle, st.sampled_from(["one", "two"]), st.lists(MEMBERS, min_size=1, max_size=4).map(tuple))
)


@given(BUNDLES, st.randoms(use_true_random=False))
def test_the_order_of_what_was_said_does_not_matter(bundles, rng):
    joined = join(bundles)
    again = list(bundles)
    rng.shuffle(again)
    assert join([*again, *again]) == joined
    media = [m.sha256 for bundle in joined for m in bundle.members if m.role != "sidecar"]
    assert len(media) == len(set(media))
    for bundle in joined:
        assert [m.role for m in bundle.members].count("primary") == 1
        assert bundle.members[0].role == "primary"
        assert len(bundle.members) > 1
        assert bundle.rule


@pytest.mark.parametrize(
    ("name", "stem", "ext"),
    [
        ("IMG_1.JPG", "img_1", ".jpg"),
        ("PXL_1.MP.jpg", "pxl_1.mp", ".jpg"),
        ("e\u0301.jpg", "é", ".jpg"),
        (".jpg", ".jpg", ""),
        ("noext", "noext", ""),
    ],
)
def test_a_name_is_taken_apart(name, stem, ext):
    named = name_of(Seen(1, f"/a/{name}".encode(), "1", "image", "jpeg"))
    assert (named.stem, named.ext, named.name) == (stem, ext, stem + ext)


def test_folders_come_in_order_whatever_the_order_of_the_files():
    files = [
        Seen(at, path, str(at), "image", "jpeg") for at, path in enumerate([b"/b/2", b"/a/x", b"/b/1", b"/b\xff/1"])
    ]
    assert [[seen.path for seen in folder] for folder in folders(files)] == [
        [b"/a/x"],
        [b"/b/1", b"/b/2"],
        [b"/b\xff/1"],
    ]


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        (None, "2020-01-01T12:00:00", False),
        ("2020-01-01", "2022-01-01", False),
        ("2020-01-01T12:00:00", "2020-01-02T13:59:59", False),
        ("2020-01-01T12:00:00", "2020-01-02T14:00:01", True),
        ("2022-01-01T12:00", "2020-01-02T14:00:01", True),
    ],
)
def test_two_days_are_far_apart(one, other, far):
    first, second = (Seen(1, b"/a", "1", "image", "jpeg", taken_at=at) for at in (one, other))
    assert far_apart(first, second) is far
    assert far_apart(second, first) is far


def test_say_puts_the_primary_first():
    files = [Seen(at, b"/a/%d" % at, str(at), "image", "jpeg") for at in (1, 2)]
    assert say("rule", files[1], ("raw", files[0])) == Bundle(
        "rule", (Member(2, "2", "primary"), Member(1, "1", "raw"))
    )


def test_a_folder_in_pieces_is_one_folder_and_what_is_in_it_twice_is_there_once():
    def seen(number: int, path: str, sha256: str) -> Seen:
        return Seen(number, path.encode(), sha256, "image", "jpeg")

    stamp, inside = "takeout-20230720T065335Z", "Takeout/Google Photos/Lisbon"
    first = seen(1, f"/a/{stamp}-001.zip//{inside}/IMG_1.jpg", "A")
    again = seen(2, f"/a/{stamp}-001 (1).zip//{inside}/IMG_1.jpg", "A")
    other = seen(3, f"/b/{stamp}-002/{inside}/IMG_1-edited.jpg", "B")
    elsewhere = seen(4, "/a/Lisbon/IMG_1.jpg", "A")
    assert list(folders([first, again, other, elsewhere])) == [[elsewhere], [again, other]]
    assert list(folders([elsewhere, seen(5, "/a/Lisbon/IMG_2.jpg", "A")])) == [
        [elsewhere, seen(5, "/a/Lisbon/IMG_2.jpg", "A")]
    ]
