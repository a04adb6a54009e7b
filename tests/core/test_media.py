"""Reading one input: once, without following, waiting or being fooled."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mediaparser_core import media
from mediaparser_core.media import ChangedWhileRead, Unreadable
from mediaparser_core.records import Entry

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def test_the_bytes_the_digest_and_the_format_come_from_one_reading(tmp_path, entry_of):
    path = tmp_path / "photo.heic"  # the content decides
    path.write_bytes(JPEG)
    with media.read(entry_of(path)) as content:
        assert (content.data, content.head, content.size) == (JPEG, JPEG, len(JPEG))
        assert content.sha256 == hashlib.sha256(JPEG).hexdigest()
        assert content.format and content.format.name == "jpeg"
        assert not content.all_zeros


@pytest.mark.parametrize("whole", [media.WHOLE, 100], ids=["in memory", "through the descriptor"])
def test_cursors_are_independent_and_read_what_is_there(tmp_path, entry_of, monkeypatch, whole):
    monkeypatch.setattr(media, "WHOLE", whole)
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    with media.read(entry_of(path)) as content:
        assert (content.data is None) == (whole == 100)
        first, second = content.cursor(), content.cursor()
        assert first.read(4) == JPEG[:4]
        assert second.read() == JPEG
        assert first.seek(-3, os.SEEK_END) == len(JPEG) - 3
        assert first.read(10) == JPEG[-3:]
        assert first.seek(0) == 0
        assert first.read(4) == JPEG[:4]
        assert content.read_at(10, 5) == JPEG[10:15]
        assert content.read_at(len(JPEG) - 2, 100) == JPEG[-2:]
        assert [content.read_at(*beyond) for beyond in ((len(JPEG), 1), (-1, 5), (0, 0), (2**70, 1))] == [b""] * 4
        with pytest.raises(ValueError, match="seek"):
            first.seek(-1)


def test_a_cursor_kept_too_long_reads_nothing_rather_than_another_file(tmp_path, entry_of, monkeypatch):
    monkeypatch.setattr(media, "WHOLE", 100)
    path, other = tmp_path / "a.jpg", tmp_path / "other"
    path.write_bytes(JPEG)
    other.write_bytes(b"secret" * 1000)
    with media.read(entry_of(path)) as content:
        cursor = content.cursor()
    with other.open("rb"), pytest.raises(OSError, match="descriptor"):  # most likely under the same number
        cursor.read()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(path.parent)  # the name of a socket may have 107 bytes
        listening.bind(path.name)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes device nodes")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_fifo, "a pipe"),
        (_socket, "a socket"),
        (_endless, "a link"),
        (_device, "a character device"),
        (Path.mkdir, "a folder"),
        (lambda path: None, "No such file"),
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, make, words):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "photo.jpg"
    make(path)
    with pytest.raises(Unreadable, match=words), media.read(Entry(b"/", os.fsencode(path))):
        pass


def test_a_file_without_read_permission_is_unreadable(tmp_path, entry_of):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(Unreadable, match="Permission denied"), media.read(entry_of(path)):
        pass


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.truncate(path, len(JPEG) + 1),
        lambda path: os.truncate(path, 5),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: path.write_bytes(JPEG[::-1]),
    ],
    ids=["grows", "shrinks", "touched", "rewritten"],
)
def test_a_file_that_does_not_hold_still_has_changed(tmp_path, entry_of, change):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    os.utime(path, ns=(10**18, 10**18))
    with pytest.raises(ChangedWhileRead), media.read(entry_of(path)):
        change(path)


@pytest.mark.parametrize(("size", "claimed"), [(1000, 900), (900, 1000)], ids=["grows", "shrinks"])
def test_a_file_with_more_or_fewer_bytes_than_its_size_has_changed(tmp_path, size, claimed):
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    fd = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(ChangedWhileRead):
            media._take_in(partial(os.read, fd), claimed)
    finally:
        os.close(fd)


def test_the_entry_tells_what_was_read_not_what_was_once_seen(tmp_path, entry_of):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    stale = replace(entry_of(path), size=3, mtime_ns=3)
    with media.read(stale) as content:
        assert content.entry == entry_of(path)


@pytest.mark.parametrize(
    ("data", "zeros"), [(b"", True), (bytes(3 * media.BLOCK), True), (bytes(media.BLOCK) + b"\1", False)]
)
def test_nothing_but_zeros_is_noticed(tmp_path, entry_of, monkeypatch, data, zeros):
    path = tmp_path / "a"
    path.write_bytes(data)
    for whole in (media.WHOLE, 10):
        monkeypatch.setattr(media, "WHOLE", whole)
        with media.read(entry_of(path)) as content:
            assert content.all_zeros == zeros


def test_an_error_inside_the_block_comes_out_and_the_descriptor_is_closed(tmp_path, entry_of):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    before = len(os.listdir("/dev/fd"))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), media.read(entry_of(path)):
            raise ZeroDivisionError
    assert len(os.listdir("/dev/fd")) <= before
