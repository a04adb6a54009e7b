"""Hostile names, nodes and contents: every one ends as one report with a reason, and the others do not notice."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import socket
import struct
import sys
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from mediaparser_core.records import Preview, Trouble

from ..conftest import patience

NAMES = [
    b"plain.jpg", b"new\nline.jpg", b'c\n-if\nsystem("touch PWNED")\nvictim.jpg', b"\r\n-execute\r\n.jpg", b"-if.jpg",
    b"-stay_open", b"--", b"#[CSTR]a.jpg", b"$(touch PWNED).jpg", b"`touch PWNED`.jpg", b";touch PWNED;.jpg", b"|.jpg",
    b"'\".jpg", b"\\x41.jpg", b"${filename;system('touch PWNED')}.jpg", b"%s%n{0.__class__}.jpg", b"@argfile.jpg",
    b"*?[.jpg", b" leading and trailing .jpg ", b"...jpg", b"\x1b[31mred.jpg", b"\x7f\x01\x02.jpg", b"CON.jpg",
    b"a" * 251 + b".jpg", b"img%03d.jpg", b"pipe:0.jpg", b"http:..jpg",
    *(
        name.encode()
        for name in ("RTL \u202egpj.exe", "zero\u200bwidth\ufeff.jpg", "e\u0301.jpg", "\u00e9.jpg", "🏔️.jpg", "٢٠.jpg")
    ),
]  # fmt: skip
NOT_UTF8 = [b"\xff\xfe.jpg", b"caf\xe9.jpg", b"\xed\xa0\x80.jpg", b"\xc0\xaf.jpg", b"20190504_120003\xff.jpg"]


@pytest.fixture
def jpeg(make_picture, tmp_path) -> bytes:
    return make_picture(tmp_path / "made.jpg", size=(320, 240)).read_bytes()


def put(folder: Path, name: bytes | str, data: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_a_name_is_only_a_name(ingest, inbox, jpeg, snapshot):
    names = NAMES + ([] if sys.platform == "darwin" else NOT_UTF8)
    for number, name in enumerate(names):
        put(inbox, name, jpeg + bytes([number]))  # different files, so that none can be taken for another
    for folder in (b"-rf", b"$(touch PWNED)", b"a\nb", b"{tag1,tag2}"):
        put(inbox, folder + b"/in.jpg", jpeg)
    before = snapshot(inbox)
    reports = ingest(inbox)
    assert snapshot(inbox) == before
    for number, name in enumerate(names):
        report = reports[name]
        assert (report.state, report.format) == ("present", "jpeg"), name
        assert report.sha256 == hashlib.sha256(jpeg + bytes([number])).hexdigest()
        assert not [f for f in report.facts if isinstance(f, Trouble)], name
    assert len(reports) == len(names) + 4
    assert {report.state for report in reports.values()} == {"present"}
    assert not list(inbox.parent.rglob("PWNED"))


def test_nodes_that_are_no_files_are_skipped_and_nothing_waits_for_them(ingest, inbox, jpeg, monkeypatch):
    put(inbox, "good.jpg", jpeg)
    os.mkfifo(inbox / "fifo.jpg")
    monkeypatch.chdir(inbox)  # the name of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
    (inbox / "zero.jpg").symlink_to("/dev/zero")
    (inbox / "loop").symlink_to(".")
    (inbox / "self.jpg").symlink_to("self.jpg")
    (inbox / "good link.jpg").symlink_to("good.jpg")
    (inbox / "outside").symlink_to("/etc")
    start = time.monotonic()
    reports = ingest(inbox)
    assert time.monotonic() - start < patience(10)
    assert {name: (r.state, r.reason) for name, r in reports.items()} == {
        b"good.jpg": ("present", None),
        b"fifo.jpg": ("skipped", "a pipe (FIFO)"),
        b"socket.jpg": ("skipped", "a socket"),
        **dict.fromkeys((b"zero.jpg", b"loop", b"self.jpg", b"good link.jpg", b"outside"), ("skipped", "a link")),
    }


def png_bomb() -> bytes:
    """A few hundred bytes that claim 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("../../../evil.jpg", b"x")
    return buffer.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (str(n - 1).encode() if n > 1 else b"") * 20) for n in range(1, 12)
    )
    + b']><x:xmpmeta xmlns:x="adobe:ns:meta/">&a11;</x:xmpmeta>'
)
TIFF_LOOP = b"II*\0\x08\0\0\0" + b"\1\0" + struct.pack("<HHII", 0x014A, 4, 1, 8) + struct.pack("<I", 8)


def test_contents_that_lie_spoil_nothing_but_themselves(ingest, inbox, jpeg, snapshot):
    contents = {
        "empty.jpg": (b"", "troubled", "empty file"),
        "zeros.jpg": (bytes(1_000_000), "troubled", "contains only zeros"),
        "text.jpg": (b"I am no picture.\n" * 50, "troubled", "a text file, not the JPEG its name promises"),
        "page.mp4": (b"<!DOCTYPE html><html>", "troubled", "a web page, not the MP4 its name promises"),
        "zip.jpg": (archive(), "troubled", "an archive (ZIP), not the JPEG its name promises"),
        "list.mov": (b"#EXTM3U\nfile:///etc/passwd\n", "troubled", "a playlist, not the MOV its name promises"),
        "script.jpg": (b"%!PS\nquit", "troubled", "a PostScript document, not the JPEG its name promises"),
        "noise.png": (bytes(range(1, 256)) * 40, "troubled", "unknown content, not the PNG its name promises"),
        "notes.txt": (b"shopping", "skipped", "a text file"),
        "jpeg.heic": (jpeg, "present", None),
        "cut.jpg": (jpeg[: len(jpeg) // 3], "present", None),
        "head.jpg": (jpeg[:30], "present", None),
        "bomb.png": (png_bomb(), "present", None),
        "loop.tif": (TIFF_LOOP, "present", None),
        "laughs.xmp": (LAUGHS, "present", None),
        "deep.jpg.json": (b"[" * 100_000, "present", None),
        "number.jpg.json": (b'{"photoTakenTime": {"timestamp": "' + b"9" * 5000 + b'"}}', "present", None),
        "infinite.jpg.json": (json.dumps({"geoData": {"latitude": float("inf")}}).encode(), "present", None),
        "film.mp4": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08free" * 20_000, "present", None),
    }  # fmt: skip
    for name, (data, _, _) in contents.items():
        put(inbox, name, data)
    put(inbox, "good.jpg", jpeg)
    before = snapshot(inbox)
    reports = ingest(inbox)
    assert snapshot(inbox) == before
    assert {n.decode(): (r.state, r.reason) for n, r in reports.items() if n != b"good.jpg"} == {
        name: (state, reason) for name, (_, state, reason) in contents.items()
    }
    assert any(isinstance(f, Preview) for f in reports[b"good.jpg"].facts)
    for name in (b"cut.jpg", b"head.jpg", b"bomb.png"):  # kept, and what is wrong with it is told
        assert any(isinstance(f, Trouble) for f in reports[name].facts), name
    for report in reports.values():
        assert report.sha256


def test_a_huge_file_with_a_hole_is_read_in_seconds_and_little_memory(ingest, inbox, jpeg):
    for name in ("huge.jpg", "huge.mp4"):
        start = jpeg if name.endswith("jpg") else b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08free"
        put(inbox, name, start)
        os.truncate(inbox / name, 300 << 20)
    started = time.monotonic()
    reports = ingest(inbox)
    assert {name: report.state for name, report in reports.items()} == {b"huge.jpg": "present", b"huge.mp4": "present"}
    assert time.monotonic() - started < patience(30)


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_run(ingest, inbox, jpeg):
    put(inbox, "slow growing.jpg", jpeg)
    put(inbox, "good.jpg", jpeg)
    over = threading.Event()

    def grow() -> None:
        with (inbox / "slow growing.jpg").open("ab", buffering=0) as file:
            while not over.wait(0.01):
                file.write(b"more")

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        reports = ingest(inbox)
    finally:
        over.set()
        thread.join()
    assert reports[b"slow growing.jpg"].state == "changed"
    assert not reports[b"slow growing.jpg"].facts
    assert reports[b"good.jpg"].state == "present"


def test_a_file_that_kills_its_worker_is_found_among_the_others(ingest, inbox, jpeg, snapshot):
    poison = {
        b"abort.jpg": "crashed on this file (SIGABRT)",
        b"exit.jpg": "ended on this file by SystemExit(9)",
    }
    for name in poison:
        put(inbox, name, jpeg)
    put(inbox, "memory.jpg", jpeg)
    for number in range(20):
        put(inbox, f"good {number}.jpg", jpeg)
    before = snapshot(inbox)
    reports = ingest(inbox)
    assert snapshot(inbox) == before
    assert len(reports) == 23
    for name, words in poison.items():
        assert reports[name].state == "troubled"
        assert words in reports[name].reason
    memory = reports[b"memory.jpg"]
    assert memory.state == "present"
    if sys.platform == "linux":
        assert Trouble("hostile", "MemoryError") in memory.facts
    assert all(report.state == "present" for name, report in reports.items() if name.startswith(b"good"))


def test_a_file_that_hangs_is_given_up_and_the_run_goes_on(ingest, inbox, jpeg):
    put(inbox, "a.jpg", jpeg)
    put(inbox, "hang.jpg", jpeg)
    reports = ingest(inbox, seconds=1)
    assert reports[b"hang.jpg"].state == "troubled"
    assert re.fullmatch(r"the worker was stopped after [16] seconds on this file", reports[b"hang.jpg"].reason)
    assert reports[b"a.jpg"].state == "present"


def test_permissions_and_vanishing_files_are_reasons(ingest, inbox, jpeg):
    put(inbox, "closed.jpg", jpeg)
    put(inbox, "closed/in.jpg", jpeg)
    put(inbox, "good.jpg", jpeg)
    (inbox / "closed.jpg").chmod(0)
    (inbox / "closed").chmod(0)
    try:
        if os.access(inbox / "closed.jpg", os.R_OK):
            pytest.skip("root reads everything")
        reports = ingest(inbox)
    finally:
        (inbox / "closed").chmod(0o700)
    assert {name: (r.state, r.reason) for name, r in reports.items()} == {
        b"closed": ("skipped", "folder cannot be read: Permission denied"),
        b"closed.jpg": ("troubled", "cannot be opened: Permission denied"),
        b"good.jpg": ("present", None),
    }
