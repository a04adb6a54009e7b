"""The optional native scanner gives Pillow's pixels, or no answer; a catalog is the same with and without it."""

from __future__ import annotations

import hashlib
import io
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from mediaparser_core.pipeline import checkup
from mediaparser_core.settings import Settings
from mediaparser_plugins import native_jpeg
from mediaparser_plugins.small_pictures import Undecodable, small_copy

from ..conftest import Program, picture

try:
    import mediaparser_jpeg
except ImportError:
    mediaparser_jpeg = None

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "native_jpeg.py"
built = pytest.mark.skipif(
    mediaparser_jpeg is None, reason="the native scanner is not installed: cargo, then pip install ./native/jpeg_eighth"
)


@pytest.fixture(autouse=True)
def large_buffer(monkeypatch):
    """Pillow makes its best tables in one buffer, which noise would not fit into."""
    monkeypatch.setattr(ImageFile, "MAXBLOCK", 1 << 22)


def jpeg(size: tuple[int, int], mode: str = "RGB", seed: int = 1, **save: object) -> bytes:
    """A picture of shapes and noise, so that smooth and busy blocks are in it."""
    rng = random.Random(seed)
    image = picture(seed, (max(size[0], 64), max(size[1], 64))).resize(size)
    noise = Image.frombytes("RGB", size, rng.randbytes(size[0] * size[1] * 3))
    image = Image.blend(image, noise, rng.choice((0.0, 0.05, 0.4)))
    image.convert(mode).save(buffer := io.BytesIO(), "JPEG", **save)
    return buffer.getvalue()


def by_pillow(data: bytes) -> Image.Image | None:
    """What Pillow decodes at an eighth; ``None`` where it would not take that scale."""
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.draft(image.mode, (1, 1))
    if image.decoderconfig != (8, 0):
        return None
    image.load()
    return image


def by_scanner(data: bytes, size: tuple[int, int], mode: str) -> bytes | int:
    found = mediaparser_jpeg.eighth(data, size, mode)
    if isinstance(found, int):
        return found
    return Image.frombytes(mode, size, found, "raw", "L" if mode == "L" else "RGBX").tobytes()


def same(data: bytes) -> bool:
    image = by_pillow(data)
    return by_scanner(data, image.size, image.mode) == image.tobytes()


def reshaped(data: bytes, factors: int, size: tuple[int, int]) -> bytes:
    """*data* with other sampling factors for the luma, and a size that has as many MCUs."""
    frame = data.index(b"\xff\xc0")
    changed = bytearray(data)
    changed[frame + 5 : frame + 9] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
    changed[frame + 11] = factors
    return bytes(changed)


SIZES = [(8, 8), (9, 17), (16, 16), (33, 31), (64, 48), (127, 95), (255, 9), (9, 300), (400, 250)]


@built
@pytest.mark.parametrize("size", SIZES)
def test_pixels_are_pillows_for_every_sampling_quality_and_table(size):
    for number, quality in enumerate((1, 25, 75, 90, 95, 100)):
        for subsampling in (0, 1, 2):
            save = {"quality": quality, "subsampling": subsampling, "optimize": bool(number % 2)}
            assert same(jpeg(size, seed=number, **save)), save
        assert same(jpeg(size, "L", seed=number, quality=quality))


@built
@pytest.mark.parametrize(("factors", "wide", "high"), [(0x12, 1, 2), (0x21, 2, 1)])
def test_so_they_are_for_samplings_that_pillow_does_not_write(factors, wide, high):
    for size in ((32, 16), (160, 72), (400, 248)):
        data = jpeg(size, subsampling=1, quality=85)
        across, down = size[0] // 16, size[1] // 8
        for less in (0, 1, 5, 7):  # not a multiple of the block
            assert same(reshaped(data, factors, (across * 8 * wide - less, down * 8 * high - less)))


@built
def test_so_they_are_for_chroma_at_a_quarter_of_the_width():
    data = jpeg((160, 128), subsampling=2, quality=85)
    assert same(reshaped(data, 0x41, (10 * 32 - 3, 8 * 8)))


@built
@pytest.mark.parametrize("interval", [1, 2, 3, 7, 16])
def test_so_they_are_with_restart_markers(interval):
    for subsampling in (0, 1, 2):
        assert same(jpeg((333, 131), subsampling=subsampling, restart_marker_blocks=interval))
    assert same(jpeg((333, 131), "L", restart_marker_rows=interval))


@built
def test_so_they_are_in_the_middle_of_much_data():
    data = jpeg((1500, 1100), seed=3, quality=99, subsampling=2)
    assert same(data + b"\0" * 1000) and same(data[:20] + b"\xff\xfe\0\x08junk\xff\xff" + data[20:])


@built
@pytest.mark.parametrize(
    ("mode", "save", "refusal"),
    [
        ("RGB", {"progressive": True}, 2),
        ("CMYK", {}, 2),
        ("RGB", {"keep_rgb": True}, 2),
    ],
)
def test_other_kinds_are_refused(mode, save, refusal):
    data = jpeg((64, 64), mode, **save)
    assert by_scanner(data, (8, 8), "RGB") == refusal


@built
def test_another_size_or_mode_than_the_files_is_refused():
    data = jpeg((64, 64))
    assert [by_scanner(data, size, mode) for size, mode in (((8, 9), "RGB"), ((8, 8), "L"), ((0, 0), "L"))] == [1, 1, 1]
    assert [by_scanner(short, (8, 8), "RGB") for short in (b"", b"\xff", b"\xff\xd8", b"GIF89a")] == [3] * 4


@built
def test_a_file_without_its_end_is_refused():
    data = jpeg((200, 200))
    lengths = [*range(0, len(data), 97), len(data) - 2, len(data) - 1]
    assert all(isinstance(by_scanner(data[:length], (25, 25), "RGB"), int) for length in lengths)


@built
def test_whatever_is_changed_an_answer_is_pillows_picture_without_a_fault():
    """Of 12,000 mutants: the scanner never fails; where it answers, Pillow decodes the same, and without a complaint."""
    command = [sys.executable, str(BENCHMARK), "fuzz", "--mutants", "12000", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = [(int(count), what) for count, what in re.findall(r"^ *(\d+)  (\w+)", done.stdout, re.MULTILINE)]
    assert min(sum(count for count, what in seen if what == kind) for kind in ("answered", "refused")) > 1000, seen


@built
def test_real_files_are_answered_for_with_pillows_pixels(shared):
    seen: Counter[str] = Counter()
    for folder in ("corpus", "photos"):
        for name in sorted((shared / folder).rglob("*")):
            if name.is_dir() or name.read_bytes()[:3] != b"\xff\xd8\xff":
                continue
            data = name.read_bytes()
            try:
                image, fault = Image.open(io.BytesIO(data), formats=["JPEG"]), None
                image.draft(image.mode, (1, 1))
            except Exception:  # what Pillow does not open, nobody asks the scanner for
                continue
            if image.decoderconfig != (8, 0) or image.mode not in ("L", "RGB"):
                continue
            found = by_scanner(data, image.size, image.mode)
            try:
                image.load()
            except OSError as error:
                fault = error
            plain = fault is None and not image.info.get("progressive")
            seen["answered" if isinstance(found, bytes) else "plain, but refused" if plain else "refused"] += 1
            if isinstance(found, bytes):
                assert fault is None and found == image.tobytes(), name
    assert seen["answered"] > 300 and seen["plain, but refused"] < 0.03 * seen["answered"], seen


# -- in the program ----------------------------------------------------------------------------------------------------


@built
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_small_copy_is_the_same_with_everything_that_hangs_on_it(exif, mode, orientation):
    data = jpeg((2300, 2052), mode, exif=exif("2019:05:04 12:00:03", orientation=orientation), icc_profile=b"made up")
    copies = [small_copy(io.BytesIO(data), "jpeg", native=native) for native in (True, False)]
    assert [(copy.tobytes(), copy.mode, copy.size, copy.info, size) for copy, size in copies[:1]] == [
        (copy.tobytes(), copy.mode, copy.size, copy.info, size) for copy, size in copies[1:]
    ]


@built
@pytest.mark.parametrize(
    ("size", "save", "asks"),
    [((2048, 2048), {}, True), ((2400, 2047), {}, False), ((2048, 2048), {"progressive": True}, True)],
)
def test_it_is_asked_at_an_eighth_of_the_size_only(monkeypatch, size, save, asks):
    asked = []
    real = native_jpeg.scanner()
    monkeypatch.setattr(native_jpeg, "scanner", lambda: lambda *words: asked.append(words) or real(*words))
    data = jpeg(size, **save)
    assert small_copy(io.BytesIO(data), "jpeg")[0].size[0] >= 256
    assert bool(asked) == asks
    small_copy(io.BytesIO(data), "jpeg", native=False)
    assert len(asked) == asks


@built
def test_a_cut_off_picture_is_undecodable_as_ever():
    data = jpeg((2100, 2100))[:-5000]
    words = []
    for native in (True, False):
        with pytest.raises(Undecodable) as raised:
            small_copy(io.BytesIO(data), "jpeg", native=native)
        words.append(str(raised.value))
    assert words[0] == words[1]


@built
def test_a_scanner_with_other_pixels_than_pillow_is_not_used(monkeypatch):
    real = mediaparser_jpeg.eighth

    def wrong(*words):
        pixels = real(*words)
        pixels[5] ^= 1
        return pixels

    assert mediaparser_jpeg.fault() == ""
    monkeypatch.setattr(mediaparser_jpeg, "eighth", wrong)
    native_jpeg.scanner.cache_clear()
    try:
        assert "other pixels" in mediaparser_jpeg.fault() and native_jpeg.scanner() is None
        assert small_copy(io.BytesIO(jpeg((2048, 2048))), "jpeg")[0].size == (256, 256)
    finally:
        native_jpeg.scanner.cache_clear()


def test_without_it_pillow_decodes(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediaparser_jpeg", None)
    native_jpeg.scanner.cache_clear()
    try:
        assert native_jpeg.scanner() is None
        assert small_copy(io.BytesIO(jpeg((2048, 2100))), "jpeg")[0].size == (256, 263)
    finally:
        native_jpeg.scanner.cache_clear()


def test_doctor_says_whether_it_is_there(monkeypatch, tmp_path):
    def row() -> dict:
        return next(row for row in checkup.checkup(Settings(library=tmp_path)) if row["name"] == "mediaparser-jpeg")

    if mediaparser_jpeg is not None:
        assert row() == {
            "name": "mediaparser-jpeg",
            "state": "ok",
            "found": mediaparser_jpeg.__version__,
            "advice": None,
        }
        monkeypatch.setattr(mediaparser_jpeg, "fault", lambda: "it is broken")
        assert row()["state"] == "note" and "it is broken" in row()["advice"]
    monkeypatch.setitem(sys.modules, "mediaparser_jpeg", None)
    assert row()["state"] == "note" and "pip install ./native/jpeg_eighth" in row()["advice"]


def everything(program: Program, table: str) -> list[str]:
    """The rows of *table*, without times, and numbers that depend on whose turn it was."""
    columns = [
        name for _, name, *_ in program.rows(f"pragma table_info({table})") if name not in ("id", "file_id", "at")
    ]
    return sorted(map(repr, program.rows(f"select {', '.join(columns)} from {table}")))


@built
def test_the_catalog_is_the_same_with_and_without_it(tmp_path: Path, exif):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, save in enumerate(
        (
            {},
            {"subsampling": 0},
            {"subsampling": 1, "exif": exif(orientation=8)},
            {"progressive": True},
            {"quality": 99},
        )
    ):
        (folder / f"{number}.jpg").write_bytes(jpeg((2560, 2048), seed=number, **save))
    (folder / "grey.jpg").write_bytes(jpeg((2048, 2048), "L"))
    (folder / "cut.jpg").write_bytes(jpeg((2048, 2048))[:-9000])
    found = []
    for native in ("true", "false"):
        program = Program(tmp_path / native)
        program.library.mkdir()
        (program.library / "mediaparser.toml").write_text(f"[plugins.pictures]\nnative = {native}\n")
        program("scan", folder, code=None)
        tables = {table: everything(program, table) for table in ("assets", "fingerprints", "notes", "troubles")}
        sketches = program.rows("select * from sketches order by 1", database="cache/sketches.db")
        previews = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (program.library / "cache" / "preview").rglob("*")
            if path.is_file()
        }
        found.append((tables, sketches, previews))
    assert found[0] == found[1]
    assert len(found[0][0]["fingerprints"]) >= 6 * 5 and found[0][0]["troubles"] and len(found[0][2]) >= 6
