"""Archives that lead out, burst, contradict themselves or are no archives; nothing is unpacked to a name of theirs."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

PART = "takeout-20230720T065335Z-"


def packed(*members: tuple[str, bytes], mode: int = 0, comment: bytes = b"", method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, data)
        archive.comment = comment
    return buffer.getvalue()


def one(name: str, **more: int) -> Callable[[bytes, bytes], bytes]:
    return lambda path, good: packed((name, good), **more)


def changed(change: Callable[[bytes], bytes], name: str = "a.jpg", method: int = zipfile.ZIP_DEFLATED):
    return lambda path, good: change(packed((name, good), ("b.txt", b"x" * 99), method=method))


def encrypted(data: bytes) -> bytes:
    """The bit that says so, in both places."""
    data = bytearray(data)
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def in_directory(offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """*value* at *offset* of the first entry of the list of files."""

    def change(data: bytes) -> bytes:
        at = data.index(b"PK\1\2") + offset
        return data[:at] + value + data[at + len(value) :]

    return change


def at_end(offset: int, value: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        at = data.rindex(b"PK\5\6") + offset
        return data[:at] + value + data[at + len(value) :]

    return change


def overlapping(path: bytes, good: bytes) -> bytes:
    """Two entries that share their bytes: how a small archive becomes a large one."""
    data = packed(("a.jpg", good), ("b.jpg", good))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    return data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]


# name of the archive → (its bytes, its own state, words on it, its members' states: name → (state, words))
ARCHIVES: dict[str, tuple] = {
    "good": (one("a.jpg"), "skipped", "one by one: 1", {"a.jpg": ("present", None)}),
    "up": (one("../../../PWNED.jpg"), "skipped", ".", {".": ("troubled", "leads out")}),
    "up below": (one("a/../../PWNED.jpg"), "skipped", ".", {".": ("troubled", "leads out")}),
    "absolute": (one("/etc/PWNED.jpg"), "skipped", ".", {".": ("troubled", "absolute")}),
    "drive": (one("C:\\PWNED.jpg"), "skipped", ".", {}),
    "backslashes": (one("..\\..\\PWNED.jpg"), "skipped", ".", {}),
    "link": (one("link.jpg", mode=0o120777), "skipped", ".", {"link.jpg": ("skipped", "link")}),
    "pipe": (one("pipe.jpg", mode=0o010666), "skipped", ".", {"pipe.jpg": ("skipped", "pipe")}),
    "device": (one("zero.jpg", mode=0o020666), "skipped", ".", {"zero.jpg": ("skipped", "device")}),
    "encrypted": (changed(encrypted), "skipped", ".", {"a.jpg": ("troubled", "encrypted")}),
    "bomb": (lambda path, good: packed(("bomb.jpg", bytes(200 << 20)), method=zipfile.ZIP_DEFLATED), "skipped", ".", {"bomb.jpg": ("troubled", "bomb|zeros")}),
    "said to be small": (changed(in_directory(24, struct.pack("<I", 10))), "skipped", ".", {"a.jpg": ("troubled", ".")}),
    "said to be large": (changed(in_directory(24, struct.pack("<I", 0x7FFFFFFF))), "skipped", ".", {"a.jpg": ("troubled", "bomb|grow|size|contradicts")}),
    "wrong sum": (changed(in_directory(16, b"abcd")), "skipped", ".", {"a.jpg": ("troubled", "contradicts|checksum")}),
    "unknown method": (changed(in_directory(10, struct.pack("<H", 99))), "skipped", ".", {"a.jpg": ("troubled", "method|contradicts")}),
    "elsewhere": (changed(in_directory(42, struct.pack("<I", 50))), "skipped", ".", {"a.jpg": ("troubled", ".")}),
    "beyond": (changed(in_directory(42, struct.pack("<I", 0x7FFFFFFF))), "skipped", ".", {"a.jpg": ("troubled", "beyond")}),
    "overlapping": (overlapping, "skipped", ".", {"a.jpg": ("troubled", "shares"), "b.jpg": ("troubled", "shares")}),
    "same name twice": (lambda path, good: packed(("a.jpg", good), ("A.jpg", good + b"1"), ("./a.jpg", good + b"2")), "skipped", ".", {}),
    "two thousand": (lambda path, good: packed(*[(f"{n}.txt", b"x") for n in range(2000)]), "skipped", "2,000", {}),
    "in an archive": (lambda path, good: packed(("inner.zip", packed(("../PWNED.jpg", good)))), "skipped", ".", {"inner.zip": ("skipped", "archive")}),
    "mask": (lambda path, good: packed(("a.jpg", packed(("../PWNED.jpg", good)))), "skipped", ".", {"a.jpg": ("troubled", "an archive")}),
    "damaged picture": (lambda path, good: packed(("a.jpg", good[:200])), "skipped", ".", {"a.jpg": ("present", ".")}),
    "damaged stream": (changed(lambda data: data[:60] + b"\xff" * 40 + data[100:]), "skipped", ".", {"a.jpg": ("troubled", ".")}),
    "nobody": (packed(), "skipped", ".", {}),
    "remark": (lambda path, good: packed(("a.jpg", good), comment=b"PK\5\6" * 999), "skipped", ".", {}),
    "behind a program": (lambda path, good: b"MZ" + bytes(998) + packed(("a.jpg", good)), ..., ..., {}),
    "cut": (changed(lambda data: data[: len(data) // 2]), "troubled", "cut off", {}),
    "only the end": (b"PK\5\6" + bytes(18), "skipped", ".", {}),
    "only the beginning": (b"PK\3\4" + bytes(40), "troubled", "cut off", {}),
    "list too long": (changed(at_end(12, b"\xff\xff\xff\x7f")), "troubled", ".", {}),
    "list elsewhere": (changed(at_end(16, b"\xff\xff\xff\x7f")), "troubled", ".", {}),
    "count": (changed(at_end(8, b"\xfe\xff\xfe\xff")), ..., ..., {}),
    "one of many": (changed(at_end(4, b"\1\0\1\0")), "troubled", ".", {}),
    "list of rubbish": (changed(in_directory(0, b"XXXX")), "troubled", "damaged", {}),
    "names": (lambda path, good: packed(("\x1b[31m\n-if\n.jpg", good), ("CON", good + b"1"), ("x" * 300 + ".jpg", good + b"2")), "skipped", ".", {}),
    "not UTF-8": (lambda path, good: packed(("caf?.jpg", good)).replace(b"caf?", b"caf\xe9"), "skipped", ".", {}),
    "NUL": (lambda path, good: packed(("a#b.jpg", good)).replace(b"a#b", b"a\0b"), "skipped", ".", {}),
    "sidecar bomb": (lambda path, good: packed(("a.jpg", good), ("a.jpg.json", b"[" * 3_000_000), method=zipfile.ZIP_DEFLATED), "skipped", ".", {"a.jpg": ("present", ...)}),
    "zeros": (bytes(5000), "troubled", "zeros", {}),
    "page": (b"<!DOCTYPE html><html>Sign in</html>", ..., ..., {}),
    "wrong tape": (zlib.compress(b"no archive"), ..., ..., {}),
}  # fmt: skip
CASES: dict[bytes, tuple] = {}
for _number, (_words, (_content, _state, _said, _)) in enumerate(ARCHIVES.items()):
    CASES[f"{_words}/{PART}{_number:03d}.zip".encode()] = (_content, _state, _said)
_WHERE = {name.split(b"/")[0].decode(): name for name in CASES}


@pytest.mark.parametrize("words", ARCHIVES)
def test_the_archive_and_what_is_in_it_have_their_end_states(family, words):
    _, state, said, members = ARCHIVES[words]
    name = _WHERE[words]
    if state is not ...:
        family.check(name)
    assert family.rows[name][1]
    inside = {
        path.removeprefix(name + b"//").decode("utf-8", "replace"): row
        for path, row in family.rows.items()
        if path.startswith(name + b"//")
    }
    for member, (wanted, reason) in members.items():
        found = list(inside.values())[:1] if member == "." else [inside[member]]
        assert found and found[0][0] == wanted, (words, inside)
        told = [found[0][1], *family.troubles.get(found[0][2], [])]
        assert (
            reason is ... or (reason is None and not found[0][1]) or any(re.search(reason, each or "") for each in told)
        ), (words, told)
    for _, _, file_id, _ in inside.values():
        assert all(family.ledger[file_id])


def test_no_name_of_theirs_is_in_the_export(family):
    root = (family.library / "export").resolve()
    assert all((root / path).resolve().is_relative_to(root) for path in family.exports.values() if path)
