"""What is not finished, has a strange time or is another of the same: nothing half is taken for whole, no time is a date."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

UNFINISHED = "unfinished"


def jpeg(path: bytes, good: bytes) -> bytes:
    return good


def at(seconds: int, nanoseconds: int = 0) -> Callable[[bytes, bytes], None]:
    """A good picture that was last changed then, as far as the file system can say it."""

    def make(path: bytes, good: bytes) -> None:
        with open(path, "xb") as file:
            file.write(good)
        os.utime(path, ns=(seconds * 10**9 + nanoseconds,) * 2)

    return make


def tail(share: float) -> Callable[[bytes, bytes], bytes]:
    """What a program leaves that makes room first and writes afterwards."""
    return lambda path, good: good[: int(len(good) * share)] + bytes(9000 + int(share * 100))


PARTS = [
    b"a.jpg.part", b"b.jpg.partial", b"c.jpg.crdownload", b"d.jpg.download", b"e.jpg.opdownload", b"f.jpg.filepart",
    b"g.jpg.aria2", b"h.jpg.!ut", b"i.jpg.!qB", b"j.jpg.tmp", b"K.JPG.TMP", b".syncthing.l.jpg.tmp", b"~syncthing~m.jpg.tmp",
    b".pending-1699999999-n.jpg", b".nfs0000000012345678", b".fuse_hidden0000001200000001", b".goutputstream-ABC123",
    b"o.jpg_exiftool_tmp", b".p.jpg.Xa93kQ",
]  # fmt: skip
KEPT_BY_OTHERS = {
    b"._a.jpg": "system file", b".trashed-1699999999-b.jpg": "deleted", b"SYNOFILE_THUMB_M.jpg": "Synology", b"c.jpg~": "backup",
    b"Thumbs.db": "system file", b"desktop.ini": "system file", b".DS_Store": "system file", b"@eaDir/d.jpg": "Synology",
    b".thumbnails/e.jpg": "thumbnail", b"#recycle/f.jpg": "deleted", b"$RECYCLE.BIN/g.jpg": "deleted", b".Trash-1000/h.jpg": "deleted",
    b".stversions/i.jpg": "Syncthing", b"__MACOSX/j.jpg": "system file", b"Recently Deleted/k.jpg": "deleted",
    b"x.lrdata/l.jpg": "Lightroom", b".dtrash/m.jpg": "digiKam",
}  # fmt: skip
TIMES = {
    b"at zero.jpg": at(0), b"one before.jpg": at(-1), b"first the disk can say.jpg": at(-(1 << 31)), b"before that.jpg": at(-(1 << 32)),
    b"last of a phone.jpg": at((1 << 31) - 1), b"after the phone.jpg": at(1 << 31), b"last the disk can say.jpg": at(15032385535), b"after that.jpg": at(1 << 34),
    b"end of the calendar.jpg": at(253402300799), b"almost a second.jpg": at(1_500_000_000, 999_999_999), b"tomorrow.jpg": at(4_000_000_000),
    b"DOS.jpg": at(315532800),
}  # fmt: skip
SAME_NAMES = [
    b"same.jpg", b"SAME.JPG", b"Same.jpeg", b"same.jpg.jpg", b"1/same.jpg", b"2/same.jpg", b"3/SAME.jpg", b"4/same .jpg",
    b"same_1.jpg", b"same_2.jpg", b"same-1.jpg", b"same (1).jpg", "e\u0301.jpg".encode(), "\u00e9.jpg".encode(), "\u00c9.jpg".encode(),
    "ß.jpg".encode(), b"ss.jpg", "ẞ.jpg".encode(), "ﬁ.jpg".encode(), b"fi.jpg", "İ.jpg".encode(), b"i.jpg", b"I.jpg", "ı.jpg".encode(),
    b"a\x01b.jpg", b"ab.jpg", b"a:b.jpg", b"a_b.jpg", b"a?b.jpg", b"a" * 240 + b"1.jpg", b"a" * 240 + b"2.jpg",
    *(b"many/%d/x.jpg" % n for n in range(30)),
]  # fmt: skip
CASES = (
    dict.fromkeys(PARTS, (jpeg, "skipped", UNFINISHED))
    | {name: (jpeg, "skipped", words) for name, words in KEPT_BY_OTHERS.items()}
    | {name: (make, "present", None) for name, make in TIMES.items()}
    | dict.fromkeys(SAME_NAMES, (jpeg, "present", None))
    | {f"zeros from {share}.jpg".encode(): (tail(share), "present", ".") for share in (0.1, 0.5, 0.9)}
    | {b"only zeros.jpg": (bytes(9000), "troubled", "zeros"), b"one byte.jpg": (b"\xff", "troubled", "."), b"nothing.mp4": (b"", "troubled", "empty")}
    | {b"two bytes.jpg": (b"\xff\xd8", "troubled", "."), b"one block.mov": (b"\0\0\0\x14ftypqt  " + bytes(4084), "present", ".")}
)  # fmt: skip
OPTIONS = {"MEDIAPARSER_EXPORT_UNDATED": "{name}{ext}"}


@pytest.mark.parametrize("name", CASES)
def test_it_is_taken_for_what_it_is(family, name):
    family.check(name)


def test_no_time_of_the_file_system_became_a_date(family):
    assert family.dates == []


def test_each_of_many_names_has_one_of_its_own_in_the_export(family):
    paths = [family.exports[family.rows[name][3]] for name in (*SAME_NAMES, *TIMES)]
    assert None not in paths
    assert len({path.casefold() for path in paths}) == len(paths)


def test_the_second_run_reads_nothing_again(family):
    """Whatever the file system made of the times."""
    code, summary, errors = family.run(os.fsdecode(family.folder), family.options)
    assert (summary["new"], summary["changed"], summary["copied"]) == (0, 0, 0)
    assert summary["unchanged"] == len(family.rows)
