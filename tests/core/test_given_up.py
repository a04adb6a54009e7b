"""A file that no worker survived is left alone until somebody asks, or until another version of the program comes."""

from __future__ import annotations

import sys

import pytest

from mediaparser_core import jobs, probe, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import scan

_MODULE = '''
"""A probe that dies of one file while another one says so."""
import os
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Probe

def run(entry, media):
    if b"deadly" in entry.name and os.path.exists(os.path.join(entry.root, b"..", b"armed")):
        os.abort()
    return []

@hookimpl
def register_probes():
    return [Probe("deadly", 1, "content", run)]
'''


@pytest.fixture
def read(tmp_path, monkeypatch, make_picture):
    """``read(**options)`` scans two pictures, one of them deadly while ``armed``: its state, and how many were read."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "deadly_probe.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(modules)
    for number, name in enumerate(("deadly.jpg", "mild.jpg")):
        make_picture(tmp_path / "in" / name, number)
    (tmp_path / "armed").touch()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "mediaparser.toml").write_text(
        'workers = 1\nerror_limit = 1.0\n[plugins.load]\nmodules = ["deadly_probe"]\n'
    )

    def run(**options: bool) -> tuple[str, int]:
        known = settings.load(tmp_path / "library")
        with Catalog(tmp_path / "library") as catalog:
            manager = probe.configure(known)[0]
            with jobs.run(catalog, "scan", [], progress=jobs.Silent()) as job:
                scan.Scan(catalog, manager, known, job, **options).run(scan.as_inputs([tmp_path / "in"]))
            file = catalog.seen.at(bytes(tmp_path / "in" / "deadly.jpg"))
            assert file is not None
            return file.state, job.done

    yield run
    probe._configured.cache_clear()
    sys.modules.pop("deadly_probe", None)


def test_it_is_asked_once_more_only_when_somebody_wants_that(read, tmp_path):
    assert read() == ("troubled", 2)
    assert read() == ("troubled", 0)
    assert read(retry=True) == ("troubled", 1)
    (tmp_path / "armed").unlink()
    assert read() == ("troubled", 0)
    assert read(retry=True) == ("present", 1)
    assert read(retry=True) == ("present", 0)


def test_another_version_of_the_program_asks_it_once(read, tmp_path, monkeypatch):
    assert read()[0] == "troubled"
    monkeypatch.setattr(scan, "__version__", "0.1.1")
    assert read() == ("troubled", 1)
    assert read() == ("troubled", 0)
