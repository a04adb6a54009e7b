"""From an Entry to a Report: which probes are asked, and what becomes of those that fail."""

from __future__ import annotations

import os
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from mediaparser_core import media, plugins, probe
from mediaparser_core.errors import PluginError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Claim, Entry, Fingerprint, Note, Preview, Probe, Shape, Tag, Trouble
from mediaparser_core.settings import Settings

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200) + b"x"
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"x" * 200
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'


def said(*names: str):
    """Facts by which a test sees who was asked."""
    return [Note(name, "asked") for name in names]


def content_probe(name: str, *formats: str, run=None) -> Probe:
    return Probe(name, 1, "content", run or (lambda entry, content: said(name)), frozenset(formats))


def name_probe(name: str, *formats: str, run=None) -> Probe:
    return Probe(name, 1, "name", run or (lambda entry: said(name)), frozenset(formats))


@pytest.fixture
def examine(tmp_path, entry_of, monkeypatch):
    """``examine(data, *probes, name=…)`` writes a file and examines it with these probes alone."""

    def run(data: bytes | Path, *probes: Probe, name: str = "IMG_1.jpg"):
        class Plugin:
            @hookimpl
            def register_probes(self):
                return probes

        def load(*extra):
            manager = plugins.pluggy.PluginManager("mediaparser")
            manager.add_hookspecs(plugins.hookspecs)
            manager.register(Plugin())
            return manager

        monkeypatch.setattr(plugins, "load", load)
        probe._configured.cache_clear()
        path = data
        if isinstance(data, bytes):
            path = tmp_path / name
            path.write_bytes(data)
        return probe.examine(entry_of(path), Settings(library=tmp_path))

    yield run
    probe._configured.cache_clear()


EVERYBODY = (
    content_probe("any"), content_probe("images", "image"), content_probe("jpegs", "jpeg"),
    content_probe("videos", "video"), content_probe("mp4s", "mp4"), content_probe("sidecars", "sidecar"),
    content_probe("xmps", "xmp"), name_probe("names"), name_probe("video names", "video"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "content_asked", "names_asked"),
    [
        (JPEG, "a.jpg", ["any", "images", "jpegs"], ["names"]),
        (JPEG, "a.mp4", ["any", "images", "jpegs"], ["names"]),  # the content decides
        (MP4, "a.mp4", ["any", "mp4s", "videos"], ["names", "video names"]),
        (XMP, "a.jpg.xmp", ["sidecars", "xmps"], []),
        (b"hello", "a.txt", [], []),
        (b"", "a.jpg", [], []),
    ],
)
def test_who_is_asked(examine, data, name, content_asked, names_asked):
    report = examine(data, *EVERYBODY, name=name)
    assert [f.key for f in report.facts if isinstance(f, Note)] == content_asked
    assert [f.key for f in report.name_facts if isinstance(f, Note)] == names_asked


@pytest.mark.parametrize(
    ("data", "name", "state", "reason"),
    [
        (JPEG, "a.jpg", "present", None),
        (XMP, "a.xmp", "present", None),
        (b"", "a.jpg", "troubled", "empty file"),
        (b"", "a.xmp", "troubled", "empty file"),
        (b"", ".gitkeep", "skipped", "an empty file"),
        (b"", "notes.txt", "skipped", "an empty file"),
        (bytes(100_000), "a.jpg", "troubled", "contains only zeros"),
        (b"hello\n", "notes.txt", "skipped", "a text file"),
        (b"%PDF-1.7", "a.pdf", "skipped", "a PDF document"),
        (b"hello\n", "a.jpg", "troubled", "a text file, not the JPEG its name promises"),
        (b"<html>404</html>", "a.HEIC", "troubled", "a web page, not the HEIC its name promises"),
        (b"\x01\x02\x03\x04", "a.jpg", "troubled", "unknown content, not the JPEG its name promises"),
        (b"const a: number = 1\n", "a.ts", "skipped", "a text file"),
        (b"not json", "a.json", "skipped", "a text file"),
    ],
)
def test_end_states(examine, data, name, state, reason):
    report = examine(data, name=name)
    assert (report.state, report.reason) == (state, reason)
    assert report.sha256 and len(report.sha256) == 64
    troubles = [f for f in report.facts if isinstance(f, Trouble)]
    assert troubles == ([Trouble("content", reason)] if state == "troubled" else [])


def test_a_file_that_cannot_be_read_is_troubled_and_one_that_must_not_be_is_skipped(tmp_path):
    link = tmp_path / "a.jpg"
    link.symlink_to("/dev/zero")
    entry = Entry(os.fsencode(tmp_path), os.fsencode(link))
    settings = Settings(library=tmp_path)
    report = probe.examine(entry, settings)
    assert (report.state, report.reason) == ("troubled", "not a regular file (a link)")
    assert report.facts == (Trouble("read", "not a regular file (a link)"),)
    skipped = replace(entry, problem="a link")
    assert probe.examine(skipped, settings) == probe.Report(skipped, "skipped", "a link")


def test_a_file_that_is_written_to_meanwhile_has_changed_and_its_facts_are_not_used(examine):
    def touch(entry, content):
        os.utime(entry.path, ns=(1, 1))
        return [Tag("half read", "exif")]

    report = examine(JPEG, content_probe("touch", run=touch))
    assert (report.state, report.facts) == ("changed", ())


def test_the_report_has_the_times_of_what_was_read(examine, tmp_path, entry_of):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    assert examine(path).entry == entry_of(path)


def boom(error: BaseException):
    def run(*about):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("cannot\nread\x00 \ud800this"), "ValueError: cannot readthis"),
        (MemoryError(), "MemoryError"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (OSError(5, "Input/output error"), "OSError: [Errno 5] Input/output error"),
        (KeyError("x" * 9000), "KeyError: '" + "x" * 399),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_probe_that_fails_spoils_only_itself(examine, error, message):
    for kind in (content_probe, name_probe):
        report = examine(JPEG, content_probe("a"), kind("bad", run=boom(error)), content_probe("z"), name_probe("n"))
        assert report.state == "present"
        said_all = (*report.facts, *report.name_facts)
        (trouble,) = [f for f in said_all if isinstance(f, Trouble)]
        assert trouble.probe == "bad"
        assert trouble.message.replace(" ", "") == message.replace(" ", "")
        assert [f.key for f in said_all if isinstance(f, Note)] == ["a", "z", "n"]


def test_a_generator_that_fails_in_the_middle_is_a_failure_too(examine):
    def half(entry, content):
        yield Tag("first", "exif")
        raise ValueError("then not")

    report = examine(JPEG, content_probe("half", run=half))
    assert [f for f in report.facts if not isinstance(f, Shape)] == [Trouble("half", "ValueError: then not")]


@pytest.mark.parametrize("answer", [None, 5, "text", [3.5], [("tag", "x")]], ids=repr)
def test_an_answer_that_is_no_list_of_facts_is_a_trouble(examine, answer):
    report = examine(JPEG, content_probe("odd", run=lambda entry, content: answer))
    assert any(isinstance(f, Trouble) for f in report.facts)
    assert report.state == "present"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_a_process_is_not_held_back(examine, error):
    with pytest.raises(type(error)):
        examine(JPEG, content_probe("end", run=boom(error)))


def test_a_picture_that_nobody_can_decode_is_kept_and_still_has_a_kind(examine):
    report = examine(JPEG, content_probe("pictures", run=boom(OSError("broken"))))
    assert (report.state, report.format) == ("present", "jpeg")
    assert report.facts == (Shape("image", "jpeg"), Trouble("pictures", "OSError: broken"))
    assert report.image_sha256 == report.sha256


def test_a_sidecar_has_no_shape(examine):
    assert examine(XMP, name="a.xmp").facts == ()


def test_the_identity_is_what_a_probe_says_or_the_bytes(examine):
    identify = content_probe("identity", run=lambda entry, content: [Fingerprint("image_sha256", "ab" * 32)])
    assert examine(JPEG, identify).image_sha256 == "ab" * 32
    report = examine(JPEG)
    assert report.image_sha256 == report.sha256


def test_facts_of_a_hostile_probe_are_cleaned(examine):
    def hostile(entry, content):
        return [Tag("a\ud800b\0", "exif"), Preview(bytes(300_000)), Claim("exif", "x", "2020-13")]

    report = examine(JPEG, content_probe("hostile", run=hostile))
    assert Tag("ab", "exif") in report.facts
    assert not any(isinstance(f, Preview) for f in report.facts)
    assert any(isinstance(f, Trouble) and f.probe == "facts" for f in report.facts)


def test_name_facts_ask_only_for_names_and_read_nothing(examine, tmp_path, monkeypatch):
    examine(JPEG, *EVERYBODY)

    def refuse(*about):
        raise AssertionError("a byte was read")

    monkeypatch.setattr(media, "read", refuse)
    settings = Settings(library=tmp_path)
    for name, kind, asked in (
        (b"a.jpg", None, ["names"]),
        (b"a.mp4", None, ["names", "video names"]),
        (b"a.jpg.xmp", None, []),
        (b"a", "video", ["names", "video names"]),
        (b"\xff", None, ["names"]),
    ):
        facts = probe.name_facts(Entry(b"/", b"/" + name), settings, kind)
        assert [fact.key for fact in facts] == asked


# -- modules named in the settings


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes an importable module that registers one probe."""

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.syspath_prepend(tmp_path)

    yield write
    probe._configured.cache_clear()
    for name in [name for name in sys.modules if name.startswith("extra_")]:
        del sys.modules[name]


def loading(tmp_path: Path, *modules: object) -> Settings:
    return Settings(library=tmp_path, plugins={"load": {"modules": list(modules)}})


def test_a_module_named_in_the_settings_is_a_plugin(module, tmp_path, entry_of, make_picture):
    module(
        "extra_probe",
        """
        from mediaparser_core.hookspecs import hookimpl
        from mediaparser_core.records import Note, Probe

        @hookimpl
        def register_probes():
            return [Probe("extra", 1, "content", lambda entry, content: [Note("extra", str(content.size))])]
        """,
    )
    path = make_picture(tmp_path / "photo.jpg")
    report = probe.examine(entry_of(path), loading(tmp_path, "extra_probe"))
    assert Note("extra", str(path.stat().st_size)) in report.facts


@pytest.mark.parametrize("names", [["no_such_module_anywhere"], ["../evil"], [5], ["a b"], ["extra_broken"]], ids=str)
def test_a_module_that_cannot_be_imported_is_one_clear_error(module, tmp_path, names):
    module("extra_broken", "1 / 0")
    with pytest.raises(PluginError, match=r"plugins\.load\.modules"):
        probe.configure(loading(tmp_path, *names))


def test_plugins_are_loaded_once_for_the_same_settings(tmp_path, monkeypatch):
    probe._configured.cache_clear()
    calls = []
    real = plugins.load
    monkeypatch.setattr(plugins, "load", lambda *extra: calls.append(1) or real(*extra))
    first = probe.configure(Settings(library=tmp_path))
    assert probe.configure(Settings(library=tmp_path)) is first
    assert len(calls) == 1
    assert probe.configure(Settings(library=tmp_path, workers=7)) is not first
    probe._configured.cache_clear()
