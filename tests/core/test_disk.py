"""What is written is whole, private until it is right, and never in the place of anything else."""

from __future__ import annotations

import ast
import errno
import hashlib
import os
import resource
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

import mediaparser_core
from mediaparser_core import disk
from mediaparser_core.errors import ExportError, SourceChanged, StorageError
from mediaparser_core.export.destination import STAGING, Destination, lost, path_in
from mediaparser_core.media import Unreadable
from mediaparser_core.refusals import NameTaken, storing

DATA = os.urandom(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def original(tmp_path) -> Path:
    path = tmp_path / "in" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(DATA)
    path.chmod(0o400)
    os.utime(path, ns=(1, 1_500_000_000_123_456_789))
    return path


@contextmanager
def small_disk(folder: Path, size: str = "2m"):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_only_one_module_writes_files():
    """Everything else asks it; the sandbox, the settings and the tools keep to reading."""
    writers = {
        "link",
        "unlink",
        "remove",
        "rename",
        "replace",
        "utime",
        "truncate",
        "chmod",
        "fchmod",
        "mkdir",
        "rmdir",
    }
    folder = Path(mediaparser_core.__file__).parent
    ours = [folder / "names.py", folder / "refusals.py", *(folder / "export").glob("*.py")]
    assert len(ours) > 6
    for path in ours:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "os":
                assert called.attr not in writers, f"{path.name}:{node.lineno}"
            if isinstance(called, ast.Name):
                assert called.id != "open", f"{path.name}:{node.lineno}"


# -- single files


def test_bytes_take_the_place_of_what_was_there(tmp_path):
    path = tmp_path / "a" / "b.json"
    disk.write_bytes_atomically(path, b"one")
    disk.write_bytes_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert everything(tmp_path) == {"a", "a/b.json"}


def test_a_preview_is_kept_by_its_hash(tmp_path):
    assert disk.write_preview(tmp_path, SHA, b"jpeg") == tmp_path / "preview" / SHA[:2] / f"{SHA}.jpg"
    assert disk.preview_path(tmp_path, SHA).read_bytes() == b"jpeg"


@pytest.mark.parametrize("sha256", ["", "../../x", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_names_a_preview(tmp_path, sha256):
    with pytest.raises(ValueError, match="SHA-256"):
        disk.write_preview(tmp_path, sha256, b"jpeg")


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        disk.write_bytes_atomically(folder / "a", b"old")
        with pytest.raises(StorageError, match="the disk is full; make room"):
            disk.write_bytes_atomically(folder / "a", DATA)
        assert (folder / "a").read_bytes() == b"old"
        assert everything(folder) == {"a"}


@pytest.mark.parametrize(
    ("number", "one_file", "error", "words"),
    [
        (errno.ENOSPC, True, StorageError, "full"),
        (errno.EDQUOT, True, StorageError, "quota"),
        (errno.EROFS, True, StorageError, "only be read"),
        (errno.EIO, True, StorageError, "reports an error"),
        (errno.EXDEV, True, StorageError, "another disk"),
        (errno.EACCES, True, StorageError, "not permitted"),
        (errno.ENOENT, True, StorageError, "mounted"),
        (errno.ESTALE, True, StorageError, "[Ss]tale"),
        (errno.EFBIG, True, ExportError, "too large"),
        (errno.ENAMETOOLONG, True, ExportError, "too long"),
        (errno.ENAMETOOLONG, False, StorageError, "too long"),
    ],
)
def test_what_a_disk_refuses_is_said_in_one_line(number, one_file, error, words):
    with pytest.raises(error, match=words) as caught, storing(Path("/x/\x1b[2J"), one_file=one_file):
        raise OSError(number, os.strerror(number))
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


# -- copies


@pytest.mark.parametrize("link", ["copy", "reflink"])
def test_a_copy_is_private_hashed_and_its_original_untouched(tmp_path, original, link):
    before = original.stat()
    with Destination(tmp_path / "export") as to:
        staged = to.copy_in(os.fsencode(original), "x.jpg", link)
        assert staged.path.parent == tmp_path / "export" / STAGING
        assert stat.S_IMODE(staged.path.parent.stat().st_mode) == 0o700
        assert staged.sha256 == SHA == disk.seal(staged, 5_000_000_000)
        assert staged.path.stat().st_mtime_ns == 5_000_000_000
        assert stat.S_IMODE(staged.path.stat().st_mode) == 0o644 & ~_umask()
    after = original.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns, before.st_nlink) == (after.st_mtime_ns, after.st_ctime_ns, 1)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_hard_link_keeps_the_time_and_the_permissions_of_its_original(tmp_path, original):
    with Destination(tmp_path / "export") as to:
        staged = to.copy_in(os.fsencode(original), "x.jpg", "hardlink")
        assert disk.seal(staged, 5) == SHA
        to.publish(staged, "2019/a.jpg", sha256=SHA)
        to.move("2019/a.jpg", "2020/a.jpg", sha256=SHA, mtime_ns=7)
    assert (tmp_path / "export/2020/a.jpg").samefile(original)
    assert original.stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert stat.S_IMODE(original.stat().st_mode) == 0o400


def test_a_hard_link_to_another_disk_becomes_a_copy(tmp_path, original):
    with small_disk(tmp_path / "disk", "8m") as folder, Destination(folder) as to:
        staged = to.copy_in(os.fsencode(original), "x.jpg", "hardlink")
        assert staged.sha256 == SHA and staged.path.stat().st_nlink == 1


@pytest.mark.parametrize(("link", "hashed"), [("copy", True), ("copy", False), ("hardlink", True)])
def test_an_original_that_is_written_to_meanwhile_is_not_taken(tmp_path, original, link, hashed, monkeypatch):
    digest = disk._digest

    def slow(*given, **more):
        original.chmod(0o600)
        original.write_bytes(b"other")
        return digest(*given, **more)

    monkeypatch.setattr(disk, "_digest", slow)
    with Destination(tmp_path / "export") as to, pytest.raises(SourceChanged, match=r"has changed.*scan"):
        to.copy_in(os.fsencode(original), "x.jpg", link, hashed=hashed)


def test_only_what_was_given_is_read_back(tmp_path, original):
    with Destination(tmp_path / "export") as to:
        staged = to.copy_in(os.fsencode(original), "x.jpg", hashed=False)
        assert staged.sha256 == "" and disk.seal(staged, 5, DATA) == SHA
        for other in (DATA[:-1], DATA + b"x", b"", b"x" + DATA[1:], DATA[:-1] + bytes([DATA[-1] ^ 1])):
            assert disk.seal(staged, 5, other) == ""
        for again in (b"shorter", b"", DATA + b"longer"):
            disk.write_again(staged.path, again)
            assert disk.seal(staged, 5, again) == hashlib.sha256(again).hexdigest()


def test_what_is_no_file_is_not_copied(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with Destination(tmp_path / "export") as to:
        for name, words in (("pipe", "FIFO"), ("link", "a link"), ("gone", "cannot be opened")):
            with pytest.raises(ExportError, match=words):
                to.copy_in(os.fsencode(tmp_path / name), "x.jpg")


def test_a_file_too_large_for_the_disk_concerns_only_itself(tmp_path, original):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Destination(tmp_path / "export") as to:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            with pytest.raises(ExportError, match="too large") as caught:
                to.copy_in(os.fsencode(original), "x.jpg")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not isinstance(caught.value, StorageError)
    assert everything(tmp_path / "export") == set()


# -- names


def test_a_name_is_never_taken_from_another(tmp_path):
    with Destination(tmp_path) as to:
        (tmp_path / "2019").mkdir()
        (tmp_path / "2019/a.jpg").write_bytes(b"theirs")
        staged = to.add("x", b"ours")
        with pytest.raises(NameTaken, match="already there and not ours; move it away"):
            to.publish(staged, "2019/a.jpg", sha256=staged.sha256)
        assert (tmp_path / "2019/a.jpg").read_bytes() == b"theirs"
        with pytest.raises(NameTaken):
            disk.rename_new(staged.path, tmp_path / "2019/a.jpg")
        assert staged.path.exists()


def test_without_hard_links_a_name_is_still_not_taken(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    with Destination(tmp_path) as to:
        to.publish(to.add("x", b"one"), "a.jpg", sha256="1")
        with pytest.raises(NameTaken):
            to.publish(to.add("y", b"two"), "a.jpg", sha256="2")
    assert (tmp_path / "a.jpg").read_bytes() == b"one"


def test_the_same_bytes_under_the_name_are_ours(tmp_path):
    with Destination(tmp_path) as to:
        for _ in range(2):
            staged = to.add("x", b"ours")
            to.publish(staged, "a.jpg", sha256=staged.sha256)
    assert everything(tmp_path) == {"a.jpg"}


def test_our_former_copy_gives_way_but_a_changed_one_does_not(tmp_path):
    with Destination(tmp_path) as to:
        old, new = to.add("x", b"old"), to.add("y", b"new")
        to.publish(old, "a.jpg", sha256=old.sha256)
        to.publish(new, "a.jpg", sha256=new.sha256, instead_of=old.sha256)
        assert (tmp_path / "a.jpg").read_bytes() == b"new"
        (tmp_path / "a.jpg").write_bytes(b"somebody's work")
        again = to.add("z", b"newer")
        with pytest.raises(ExportError, match="was changed since it was exported"):
            to.publish(again, "a.jpg", sha256=again.sha256, instead_of=new.sha256)
        with pytest.raises(ExportError, match="was changed since it was exported"):
            to.withdraw("a.jpg", new.sha256)
        with pytest.raises(ExportError, match="was changed since it was exported"):
            to.move("a.jpg", "b.jpg", sha256=new.sha256, mtime_ns=0)
    assert (tmp_path / "a.jpg").read_bytes() == b"somebody's work"


def test_folders_come_and_go_with_what_is_in_them(tmp_path):
    with Destination(tmp_path / "export") as to:
        staged = to.add("x", b"ours")
        to.publish(staged, "2019/may/a.jpg", sha256=staged.sha256)
        assert to.move("2019/may/a.jpg", "2020/a.jpg", sha256=staged.sha256, mtime_ns=9_000_000_000)
        assert not to.move("2019/may/a.jpg", "2021/a.jpg", sha256=staged.sha256, mtime_ns=0)
    assert everything(tmp_path / "export") == {"2020", "2020/a.jpg"}
    assert (tmp_path / "export/2020/a.jpg").stat().st_mtime_ns == 9_000_000_000
    with Destination(tmp_path / "export") as to:
        (tmp_path / "export/2020/notes.txt").write_text("mine")
        to.withdraw("2020/a.jpg", staged.sha256)
        to.withdraw("2020/a.jpg", staged.sha256)
    assert everything(tmp_path / "export") == {"2020", "2020/notes.txt"}


@pytest.mark.parametrize("target", ["", "/etc/passwd", "../a", "a/../../b", f"{STAGING}/x", "a\0b"])
def test_no_target_leaves_the_export(tmp_path, target):
    with pytest.raises(ExportError, match="not a place in the export"):
        path_in(tmp_path, target)


def test_nothing_goes_through_a_link_inside_the_export(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "export/2019").symlink_to(tmp_path / "elsewhere")
    with Destination(tmp_path / "export") as to:
        staged = to.add("x", b"ours")
        with pytest.raises(ExportError, match="a link in the way"):
            to.publish(staged, "2019/a.jpg", sha256=staged.sha256)
    assert everything(tmp_path / "elsewhere") == set()


def test_the_export_itself_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "nas").mkdir()
    (tmp_path / "export").symlink_to(tmp_path / "nas")
    with Destination(tmp_path / "export") as to:
        staged = to.add("x", b"ours")
        to.publish(staged, "2019/a.jpg", sha256=staged.sha256)
    assert everything(tmp_path / "nas") == {"2019", "2019/a.jpg"}


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    left = Destination(tmp_path).__enter__()
    left.add("x", b"half")
    os.close(left._held)  # as the kernel does
    with Destination(tmp_path) as to:
        assert everything(tmp_path) == {STAGING}
        assert to.free_bytes() > 0
    assert everything(tmp_path) == set()


def test_two_runs_do_not_write_to_one_export(tmp_path):
    with Destination(tmp_path) as first:
        first.add("x", b"one")
        with pytest.raises(StorageError, match="another run"), Destination(tmp_path):
            pass
        assert (first.staging / "x").exists()


def test_an_export_that_cannot_be_written_is_said_at_once(tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StorageError, match="can only be read"), Destination(folder / "export"):
            pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="a file where a folder should be"), Destination(tmp_path / "file"):
        pass


def test_what_is_no_longer_there_is_found(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    assert lost(tmp_path, ["a.jpg", "2019/b.jpg"]) == {"2019/b.jpg"}
    with pytest.raises(StorageError, match="mount its disk"):
        lost(tmp_path / "away", ["a.jpg"])


def test_a_hash_is_of_a_file_and_of_nothing_else(tmp_path, original):
    assert disk.hash_of(original) == SHA
    assert disk.hash_of(tmp_path / "gone") is None
    with pytest.raises(Unreadable, match="a folder"):
        disk.hash_of(tmp_path)
