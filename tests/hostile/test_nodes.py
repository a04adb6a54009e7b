"""What is not a regular file with one name: nothing waits for it, nothing follows it, nothing is read twice or for ever."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable

import pytest


def fifo(path: bytes, good: bytes) -> None:
    os.mkfifo(path)


def listening(path: bytes, good: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(os.path.dirname(path), os.O_RDONLY)
        made.bind(f"/proc/self/fd/{here}/{os.fsdecode(os.path.basename(path))}")  # a socket's name may have 107 bytes
        os.close(here)


def device(major: int, minor: int, kind: int = stat.S_IFCHR) -> Callable[[bytes, bytes], None]:
    def make(path: bytes, good: bytes) -> None:
        try:
            os.mknod(path, 0o666 | kind, os.makedev(major, minor))
        except PermissionError:
            os.symlink(b"/dev/zero", path)  # only root may make devices; a link is the next worse

    return make


def link(to: bytes) -> Callable[[bytes, bytes], None]:
    return lambda path, good: os.symlink(to, path)


def second_name(of: bytes) -> Callable[[bytes, bytes], None]:
    return lambda path, good: os.link(os.path.dirname(path) + b"/" + of, path)


def hole(size: int) -> Callable[[bytes, bytes], None]:
    def make(path: bytes, good: bytes) -> None:
        with open(path, "xb") as file:
            file.write(good)
            file.truncate(size)

    return make


def mode(bits: int) -> Callable[[bytes, bytes], None]:
    def make(path: bytes, good: bytes) -> None:
        with open(path, "xb") as file:
            file.write(good)
        os.chmod(path, bits)

    return make


def chain(path: bytes, good: bytes) -> None:
    """Forty links, one to the next."""
    os.symlink(b"000 good.jpg", path + b"0")
    for number in range(40):
        os.symlink(os.path.basename(path) + str(number).encode(), path + str(number + 1).encode())
    os.symlink(os.path.basename(path) + b"40", path)


def too_deep(path: bytes, good: bytes) -> None:
    """A file whose path no call of the system takes."""
    here = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        for _ in range(20):
            os.mkdir(b"d" * 250, dir_fd=here)
            below = os.open(b"d" * 250, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open(b"deep.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    os.symlink(b"nowhere", path)


READ_ALL = os.geteuid() == 0
CASES = {
    b"fifo.jpg": (fifo, "skipped", "a pipe"),
    b"fifo.mov": (fifo, "skipped", "a pipe"),
    b"000 good.jpg.json": (fifo, "skipped", "a pipe"),  # where a sidecar is looked for
    b"000 good.xmp": (fifo, "skipped", "a pipe"),
    b".picasa.ini": (fifo, "skipped", "a pipe"),
    b"part.zip": (fifo, "skipped", "a pipe"),
    b"socket.jpg": (listening, "skipped", "a socket"),
    b"m good.jpg.xmp": (listening, "skipped", "a socket"),
    b"zero.jpg": (device(1, 5), "skipped", "a character device|a link"),
    b"null.mp4": (device(1, 3), "skipped", "a character device|a link"),
    b"tty.png": (device(5, 0), "skipped", "a character device|a link"),
    b"block.jpg": (device(7, 99, stat.S_IFBLK), "skipped", "a block device|a link"),
    b"m good.jpg.json": (link(b"/dev/zero"), "skipped", "a link"),
    b"link to zero.jpg": (link(b"/dev/zero"), "skipped", "a link"),
    b"link to random.mov": (link(b"/dev/urandom"), "skipped", "a link"),
    b"link to passwd.jpg": (link(b"/etc/passwd"), "skipped", "a link"),
    b"link to mem.jpg": (link(b"/proc/self/mem"), "skipped", "a link"),
    b"link to good.jpg": (link(b"000 good.jpg"), "skipped", "a link"),
    b"link to nothing.jpg": (link(b"nowhere"), "skipped", "a link"),
    b"link to itself.jpg": (link(b"link to itself.jpg"), "skipped", "a link"),
    b"link to here": (link(b"."), "skipped", "a link"),
    b"link up": (link(b".."), "skipped", "a link"),
    b"link to root": (link(b"/"), "skipped", "a link"),
    b"link to proc": (link(b"/proc"), "skipped", "a link"),
    b"link with words.jpg": (link(b"\n\x1b[31m-if\n"), "skipped", "a link"),
    b"chain.jpg": (chain, "skipped", "a link"),
    b"loop/a/b": (link(b"../.."), "skipped", "a link"),
    b"parts.zip": (link(b"/dev/zero"), "skipped", "a link"),
    b"deep": (too_deep, "skipped", "a link"),
    b"one.jpg": (lambda path, good: good, "present", None),
    b"two.jpg": (second_name(b"one.jpg"), "present", None),
    b"three.png": (second_name(b"one.jpg"), "present", None),
    b"hole.jpg": (hole(200 << 20), "present", ...),
    b"only a hole.jpg": (lambda path, good: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 99 << 20), "troubled", "zeros"),
    b"setuid.jpg": (mode(0o6755), "present", None),
    b"sticky.jpg": (mode(0o1777), "present", None),
    b"nobody.jpg": (mode(0), "present" if READ_ALL else "troubled", None if READ_ALL else "Permission denied"),
    b"write only.jpg": (mode(0o222), "present" if READ_ALL else "troubled", None if READ_ALL else "Permission denied"),
    b"folder.jpg/in.jpg": (lambda path, good: good, "present", None),
    b"folder.mov/in.jpg": (lambda path, good: good, "present", None),
    b"folder.zip/in.jpg": (lambda path, good: good, "present", None),
    b"folder.json/in.jpg": (lambda path, good: good, "present", None),
    b"/".join([b"n"] * 300) + b"/in.jpg": (lambda path, good: good, "present", None),
    b"/".join([b"w" * 240] * 10) + b"/in.jpg": (lambda path, good: good, "present", None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_node_is_what_it_is(family, name):
    family.check(name)


def test_what_no_call_can_open_is_in_the_ledger_too(family):
    ((state, reason, *_),) = [found for name, found in family.rows.items() if name.endswith(b"/deep.jpg")]
    assert state == "skipped" and "more than the system can open" in reason


def test_modes_that_give_rights_are_not_copied(family):
    for name in (b"setuid.jpg", b"sticky.jpg"):
        made = family.library / "export" / family.exports[family.rows[name][3]]
        assert made.stat().st_mode & 0o7133 == 0
