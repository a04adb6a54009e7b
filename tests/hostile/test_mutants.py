"""A short run of the fuzzer in ``benchmarks/fuzz.py``: every changed file is a row, and its neighbours do not notice."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    assert spec and spec.loader
    found = sys.modules["fuzz"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_every_mutant_is_a_row_and_no_neighbour_is_lost(fuzzer, tmp_path, seed):
    outcome = fuzzer.fuzz(150, seed, tmp_path)
    assert outcome.mutants == 150 and outcome.neighbours == 6
    assert (outcome.lost, outcome.lost_neighbours, outcome.failures) == ([], [], [])
    assert len(outcome.states) > 1  # some mutants were still good, some were not


def test_a_seed_is_a_set_of_mutants(fuzzer):
    files = sorted(fuzzer.made().items())

    def some(seed: int) -> list[bytes]:
        rng = random.Random(seed)
        return [fuzzer.mutate(data, files[0][1], rng) for _, data in files]

    assert some(1) == some(1) != some(2)


def test_the_fuzzer_notices_what_is_lost(fuzzer, tmp_path, monkeypatch):
    """Told of files that are not there, it says that they were lost."""
    outcome = fuzzer.Outcome()
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(fuzzer.neighbour(1))
    wanted = {bytes(tmp_path / "in" / name): kind for name, kind in (("a.jpg", ""), ("b.jpg", ""), ("c.jpg", "a.jpg"))}
    assert not fuzzer._look(tmp_path / "in", tmp_path / "library", wanted, outcome)
    assert (len(outcome.lost), len(outcome.lost_neighbours), outcome.neighbours) == (1, 1, 2)
