"""ExifTool does what it is asked to do to the files it is given, whatever they are called and whatever is in them."""

from __future__ import annotations

import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from mediaparser_core import exiftool
from mediaparser_core.errors import ToolError
from mediaparser_core.exiftool import ExifTool, ExifToolDied, ExifToolTimeout

from ..conftest import patience

EXECUTABLE = exiftool.find("exiftool") or ""
pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="ExifTool is not installed")

HOSTILE_NAMES = (
    b"plain.jpg",
    b'c\n-if\nsystem("touch PWNED")\nvictim.jpg',
    b"-execute\n-if\n1.jpg",
    b"-FileName=gone.jpg",
    b"${filename;system('touch PWNED')}.jpg",
    b"a\r\nb.jpg",
    b"#[CSTR]x.jpg",
    b" leading and trailing .jpg",
    b"\xff\xfe not utf-8 \xe4.jpg",
    "Gr\u00fc\u00dfe \U0001f600 \u202egpj.exe.jpg".encode(),
    b"x|",
    b"*?.jpg",
    b"%d%f.jpg",
    b"@",
    b"n" * 251 + b".jpg",
)
HOSTILE_VALUES = (
    "plain", " leading", "trailing ", "two\nlines", "cr\r\nlf", "\ttab", "-if", "--", "=", "#comment", "#[CSTR]x",
    "$model", "@x", "<x", "<=/etc/passwd", "a<b>c=d", "&amp; &lt;", "x&#10;y", "'quoted\" \\n \\", "a,b;c|d",
    "{tag}", "%f", "~",
    "1.10", "007",
    "${filename;system('touch PWNED')}", "\u65e5\u672c \u00e9 e\u0301 \U0001f600", "a\u2028b", "x" * 400,
)  # fmt: skip


@pytest.fixture
def tool():
    with ExifTool(EXECUTABLE) as tool:
        yield tool


@pytest.fixture
def writer():
    with ExifTool(EXECUTABLE, writing=True) as tool:
        yield tool


def titled(path: bytes, title: str) -> bytes:
    """A picture at *path* with *title* in it."""
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif[0x010E] = title
    with open(path, "wb") as file:
        image.save(file, "JPEG", exif=exif)
    return path


def endless_tiff(path: Path, times: int = 45) -> bytes:
    """A TIFF of some 200 bytes whose directory contains itself *times* over: ExifTool follows each of them."""
    head = struct.pack("<4sIH", b"II*\0", 8, 1)
    path.write_bytes(head + struct.pack("<HHII", 0x014A, 4, times, 26) + bytes(4) + struct.pack("<I", 8) * times)
    return os.fsencode(path)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def until(condition, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_it_is_found_and_says_its_version():
    assert os.path.isabs(EXECUTABLE)
    assert float(exiftool.version(EXECUTABLE)) >= 12
    assert exiftool.find("") is None
    assert exiftool.find("no-such-exiftool") is None


@pytest.mark.parametrize("executable", ["/bin/true", "/nonexistent/exiftool"])
def test_what_is_no_exiftool_is_told_apart(executable):
    with pytest.raises(ToolError):
        exiftool.version(executable)
    with ExifTool(executable) as tool:
        assert isinstance(tool.read([b"/nonexistent.jpg"], ["Title"])[0], ToolError)


def test_a_file_name_never_reaches_the_arguments(tool, tmp_path):
    folder = os.fsencode(tmp_path) + b"/in"
    os.mkdir(folder)
    paths = [titled(folder + b"/" + name, f"title {index}") for index, name in enumerate(HOSTILE_NAMES)]
    names = sorted(os.listdir(folder))
    together = tool.read(paths, ["ImageDescription"])
    assert [answer["IFD0:ImageDescription"] for answer in together] == [f"title {i}" for i in range(len(paths))]
    assert [tool.read([path], ["ImageDescription"])[0] for path in paths] == together
    assert sorted(os.listdir(folder)) == names
    assert not [*tmp_path.rglob("PWNED"), *Path().glob("PWNED")]


def test_numbers_keep_their_digits(writer, tmp_path):
    path = titled(os.fsencode(tmp_path) + b"/a.jpg", "x")
    writer.write(path, [("XMP-dc:Subject+", word) for word in ("1.10", "007", "2020", "-0.50")])
    (tags,) = writer.read([path], ["Subject", "Error"])
    assert [str(word) for word in tags["XMP-dc:Subject"]] == ["1.10", "007", "2020", "-0.50"]


def test_a_missing_file_is_an_error_of_its_own(tool, tmp_path):
    here = titled(os.fsencode(tmp_path) + b"/here.jpg", "here")
    answers = tool.read([b"/nonexistent/a.jpg", here, b"/nonexistent/b.jpg"], ["ImageDescription"])
    assert [isinstance(answer, ToolError) for answer in answers] == [True, False, True]
    assert "not found" in str(answers[0])


def test_two_thousand_missing_files_are_two_thousand_errors(tool):
    answers = tool.read([b"/nonexistent/%d.jpg" % number for number in range(2000)], ["Title"])
    assert len(answers) == 2000
    assert all(isinstance(answer, ToolError) for answer in answers)


def test_a_file_that_kills_exiftool_spoils_only_itself(tmp_path):
    before = titled(os.fsencode(tmp_path) + b"/a.jpg", "before")
    after = titled(os.fsencode(tmp_path) + b"/c.jpg", "after")
    with ExifTool(EXECUTABLE, memory=128 << 20) as tool:  # less than usual: it is sooner used up
        bomb = endless_tiff(tmp_path / "b.tif")
        answers = tool.read([before, bomb, after], ["ImageDescription"])
    assert [answers[0], answers[2]] == [{"IFD0:ImageDescription": "before"}, {"IFD0:ImageDescription": "after"}]
    assert isinstance(answers[1], ExifToolDied)


def test_a_file_that_takes_too_long_is_given_up(tool, tmp_path):
    good = titled(os.fsencode(tmp_path) + b"/good.jpg", "good")
    tool.read([good], ["ImageDescription"])
    first, started = tool.pid, time.monotonic()
    (answer,) = tool.read([endless_tiff(tmp_path / "b.tif", 60)], ["time:all"], seconds=0.3)
    assert isinstance(answer, (ExifToolTimeout, ExifToolDied))
    assert time.monotonic() - started < patience(3)
    assert gone(first)
    assert tool.read([good], ["ImageDescription"])[0] == {"IFD0:ImageDescription": "good"}


def test_killed_in_the_middle_it_starts_again_and_nothing_is_lost(tool, tmp_path):
    paths = [titled(os.fsencode(tmp_path) + b"/%d.jpg" % number, str(number)) for number in range(90)]
    tool.read(paths[:1], ["ImageDescription"])
    killer = threading.Timer(0.05, os.kill, (tool.pid, signal.SIGKILL))
    killer.start()
    answers = tool.read(paths * 3, ["ImageDescription", "time:all"])
    killer.join()
    assert [str(answer["IFD0:ImageDescription"]) for answer in answers] == [str(number) for number in range(90)] * 3


def test_an_argument_with_a_line_break_is_refused(tool, tmp_path):
    path = titled(os.fsencode(tmp_path) + b"/a.jpg", "a")
    (answer,) = tool.read([path], ["Title\n-FileName=x.jpg"])
    assert isinstance(answer, ToolError)
    assert "refused" in str(answer)
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_it_ends_with_its_parent_however_that_ends(tmp_path):
    script = (
        "import sys, time\nfrom mediaparser_core.exiftool import ExifTool\n"
        f"tool = ExifTool({EXECUTABLE!r})\ntool.read([b'/nonexistent.jpg'], ['Title'])\n"
        "print(tool.pid, tool._process.folder, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        pid, folder = parent.stdout.readline().split()
        assert os.path.isdir(folder)
        parent.kill()
    assert until(lambda: gone(int(pid)))
    assert until(lambda: not os.path.exists(folder))


def test_closing_it_leaves_nothing(tool):
    tool.read([b"/nonexistent.jpg"], ["Title"])
    pid, folder = tool.pid, tool._process.folder
    assert os.stat(folder).st_mode & 0o777 == 0o700
    tool.close()
    assert gone(pid)
    assert not os.path.exists(folder)
    assert tool.pid is None


def test_a_configuration_lying_around_is_not_run(tool, tmp_path, monkeypatch):
    proof = tmp_path / "PWNED"
    (tmp_path / ".ExifTool_config").write_text(f"open(my $f, '>', '{proof}'); 1;")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EXIFTOOL_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tool.read([titled(os.fsencode(tmp_path) + b"/a.jpg", "a")], ["Title"])
    exiftool.version(EXECUTABLE)
    assert not proof.exists()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits are set where the system can")
def test_a_reader_has_limits(tool, tmp_path):
    tool.read([b"/nonexistent.jpg"], ["Title"])
    assert resource.prlimit(tool.pid, resource.RLIMIT_AS) == (exiftool.MEMORY, exiftool.MEMORY)
    assert resource.prlimit(tool.pid, resource.RLIMIT_FSIZE) == (0, 0)
    with pytest.raises(ToolError):
        tool.write(titled(os.fsencode(tmp_path) + b"/a.jpg", "a"), [("XMP-dc:Title", "b")])


def test_a_value_arrives_as_it_is(writer, tmp_path):
    folder = os.fsencode(tmp_path) + 'Fotos "\u00fc" $x\n-if'.encode()
    os.mkdir(folder)
    for number, value in enumerate(HOSTILE_VALUES):
        path = titled(folder + b"/%d.jpg" % number, "x")
        wanted = [("XMP-dc:Subject+", value), ("XMP-dc:Subject+", "second"), ("IPTC:CodedCharacterSet", "UTF8")]
        writer.write(path, [*wanted, ("XMP-dc:Title", value), ("IPTC:Keywords", value[:60])])
        (tags,) = writer.read([path], ["Subject", "Title", "Keywords"])
        assert [str(word) for word in tags["XMP-dc:Subject"]] == [value, "second"]
        assert str(tags["XMP-dc:Title"]) == value
        assert str(tags["IPTC:Keywords"]) == value[:60]
    assert len(os.listdir(folder)) == len(HOSTILE_VALUES)
    assert not [*tmp_path.rglob("PWNED"), *Path().glob("PWNED")]


@pytest.mark.parametrize("tag", ["Title\n-x", "-execute", "Title<x", "Title=x", "", "all#x"])
def test_a_tag_that_is_no_tag_is_refused(writer, tmp_path, tag):
    with pytest.raises(ToolError):
        writer.write(titled(os.fsencode(tmp_path) + b"/a.jpg", "a"), [(tag, "x")])


@pytest.mark.parametrize("name", [b"-x.jpg", b"a b.jpg", b"a\nb.jpg", b"", b".", b"\xfc.jpg"])
def test_only_a_made_up_name_is_written_to(writer, tmp_path, name):
    with pytest.raises(ToolError, match="may write to"):
        writer.write(os.fsencode(tmp_path) + b"/" + name, [("XMP-dc:Title", "x")])
    with pytest.raises(ToolError, match="may write to"):
        writer.write(b"relative.jpg", [("XMP-dc:Title", "x")])


def test_what_cannot_be_written_stays_what_it_was(writer, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    with pytest.raises(ToolError, match="Corrupted"):
        writer.write(os.fsencode(path), [("XMP-dc:Title", "x")])
    assert path.read_bytes() == b"\xff\xd8\xff\xe0 no picture"
    with pytest.raises(ToolError, match="not found"):
        writer.write(os.fsencode(tmp_path / "missing.jpg"), [("XMP-dc:Title", "x")])
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_one_that_was_killed_from_outside_is_asked_again_but_not_for_ever(tmp_path, make_picture, exif):
    """A system without memory kills what it likes; that says nothing about the file."""
    real = exiftool.find("exiftool")
    if real is None:
        pytest.skip("ExifTool is not installed")
    path = bytes(make_picture(tmp_path / "a.jpg", exif=exif("2019:05:04 12:00:03")))
    for kind, line in (("once", f"mkdir {tmp_path}/killed 2>/dev/null && kill -9 $$"), ("always", "kill -9 $$")):
        script = tmp_path / kind
        script.write_text(f'#!/bin/sh\n{line}\nexec {real} "$@"\n')
        script.chmod(0o755)
        with exiftool.ExifTool(str(script)) as tool:
            (answer,) = tool.read([path], ["ExifIFD:DateTimeOriginal"])
        if kind == "once":
            assert answer == {"ExifIFD:DateTimeOriginal": "2019:05:04 12:00:03"}
        else:
            assert "SIGKILL" in str(answer)
