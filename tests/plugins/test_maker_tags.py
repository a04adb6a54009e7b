"""Notes of camera makers: what makes a fact is read as ExifTool reads it, or left to it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from mediaparser_core import exiftool
from mediaparser_core.records import Camera

from .made_notes import AT, DOUBTED, NOTES, jpeg, mutated_heads

EXECUTABLE = exiftool.find("exiftool") or ""
HEADS = mutated_heads()


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Callable[[dict[str, bytes]], tuple[int, list]]:
    """``compared(files)``: of how many of them we are sure, and which ones ExifTool reads otherwise."""
    if not EXECUTABLE:
        pytest.skip("ExifTool is not installed")

    def compare(files: dict[str, bytes]) -> tuple[int, list]:
        outcome = HEADS.Outcome()
        HEADS.compare(files, tool, tmp_path_factory.mktemp("heads"), outcome)
        return outcome.sure, outcome.different

    with exiftool.ExifTool(EXECUTABLE) as tool:
        yield compare


def test_notes_that_are_known_make_the_facts_that_exiftool_makes(compared):
    files = {name: jpeg(make, model, note) for name, (make, model, note, _) in NOTES.items()}
    assert compared(files) == (len(NOTES), [])


@pytest.mark.parametrize("name", NOTES)
def test_the_number_of_the_camera_is_found(name):
    make, model, note, serial = NOTES[name]
    why, found = HEADS.look(jpeg(make, model, note))
    assert (why, [fact.serial for fact in found if isinstance(fact, Camera)]) == (None, [serial])


@pytest.mark.parametrize("name", DOUBTED)
def test_what_is_unusual_is_left_to_exiftool(name):
    why, _ = HEADS.look(jpeg(*DOUBTED[name]))
    assert why is not None


def test_mutants_of_notes_are_read_as_exiftool_reads_them_or_left_to_it(compared):
    rng = random.Random(7)
    files = {}
    for number in range(12):
        for name, (make, model, note, _) in NOTES.items():
            data = jpeg(make, model, note)
            begin = rng.choice((30, AT + 12))
            files[f"{name}, mutant {number}"] = HEADS.mutant(data, begin, data.index(b"and what lies behind"), rng)
    sure, different = compared(files)
    assert different == []
    assert sure > 0.4 * len(files)


def test_notes_under_the_name_of_another_maker_are_read_as_exiftool_reads_them_or_left_to_it(compared):
    rng = random.Random(6)
    cameras = [(make, model) for make, model, *_ in (*NOTES.values(), *DOUBTED.values())]
    notes = [note for _, _, note, *_ in (*NOTES.values(), *DOUBTED.values())]
    files = {str(number): jpeg(*rng.choice(cameras), rng.choice(notes)) for number in range(500)}
    sure, different = compared(files)
    assert different == []
    assert sure > 0.5 * len(files)


def test_mutants_of_real_heads_are_read_as_exiftool_reads_them_or_left_to_it(shared):
    if not EXECUTABLE:
        pytest.skip("ExifTool is not installed")
    outcome = HEADS.run(shared, 1500, 8, EXECUTABLE)
    assert outcome.different == []
    assert outcome.sure > 0.4 * outcome.mutants


def test_the_comparison_notices_another_answer(compared, monkeypatch):
    """Told of other facts than ExifTool finds, it says so."""
    look = HEADS.look
    monkeypatch.setattr(HEADS, "look", lambda data: (None, {*look(data)[1], Camera("Nobody", None, None)}))
    assert [name for name, _ in compared({"one": jpeg(*NOTES["Kodak"][:3])})[1]] == ["one"]
