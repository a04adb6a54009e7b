from __future__ import annotations

import io
import struct

import av
import imagehash
import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.records import Fingerprint, Preview, Shape, Trouble
from mediaparser_plugins import videos

WRITTEN = [
    ("a.mp4", "mp4", "mpeg4", "mp4"),
    ("a.mov", "mov", "mpeg4", "mov"),
    ("a.3gp", "3gp", "mpeg4", "3gp"),
    ("a.avi", "avi", "mpeg4", "avi"),
    ("a.mkv", "matroska", "mpeg4", "mkv"),
    ("a.webm", "webm", "libvpx", "webm"),
    ("a.mts", "mpegts", "mpeg2video", "mts"),
    ("a.mpg", "mpeg", "mpeg2video", "mpg"),
    ("es.mpg", "mpeg2video", "mpeg2video", "mpg"),
    ("a.wmv", "asf", "wmv2", "wmv"),
    ("a.flv", "flv", "flv", "flv"),
]


def film(path, frames, container, codec, **options):
    """Write *frames* (PIL pictures) as a film of 25 frames a second, a key frame every fifth."""
    with av.open(str(path), "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 5
        stream.bit_rate = 2_000_000
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_image(frame)))
        output.mux(stream.encode(None))
    return path


@pytest.fixture
def scene(make_picture, tmp_path):
    return Image.open(make_picture(tmp_path / "scene.png", seed=4, size=(640, 352))).convert("RGB")


@pytest.fixture
def look(entry_of):
    def run(path):
        entry = entry_of(path)
        with media.read(entry) as content:
            assert content.format is not None and content.format.kind == "video"
            return videos.look_at_video(entry, content)

    return run


def troubles(facts):
    return [fact.message for fact in facts if isinstance(fact, Trouble)]


def shape(facts):
    (found,) = [fact for fact in facts if isinstance(fact, Shape)]
    return found


def preview(facts):
    (found,) = [fact for fact in facts if isinstance(fact, Preview)]
    return Image.open(io.BytesIO(found.jpeg))


def phash(facts):
    return next(fact.value for fact in facts if isinstance(fact, Fingerprint) and fact.kind == "phash")


def distance(a, b):
    return (int(a, 16) ^ int(b, 16)).bit_count()


@pytest.mark.parametrize(("name", "container", "codec", "format"), WRITTEN)
def test_every_container_shows_its_scene(look, tmp_path, scene, name, container, codec, format):
    facts = look(film(tmp_path / name, [scene] * 25, container, codec))
    assert not troubles(facts)
    found = shape(facts)
    assert (found.kind, found.format, found.width, found.height) == ("video", format, 640, 352)
    if name != "es.mpg":  # a bare stream of frames does not know
        assert found.duration == pytest.approx(1.0, abs=0.15)
    assert distance(phash(facts), str(imagehash.phash(scene))) <= 8
    assert preview(facts).size == (320, 176)


def test_a_film_that_begins_in_black_is_shown_by_a_later_frame(look, tmp_path, scene):
    black = Image.new("RGB", scene.size)
    facts = look(film(tmp_path / "a.mp4", [black] * 10 + [scene] * 40, "mp4", "mpeg4"))
    assert distance(phash(facts), str(imagehash.phash(scene))) <= 8


def test_a_film_of_the_night_is_shown_as_it_is(look, tmp_path):
    facts = look(film(tmp_path / "a.mp4", [Image.new("RGB", (320, 240), (4, 4, 6))] * 25, "mp4", "mpeg4"))
    assert not troubles(facts) and preview(facts).size == (320, 240)


@pytest.mark.parametrize(
    ("matrix", "turned", "size"),
    [
        ((0, 1, -1, 0), Image.Transpose.ROTATE_270, (176, 320)),  # a phone held upright
        ((0, -1, 1, 0), Image.Transpose.ROTATE_90, (176, 320)),
        ((-1, 0, 0, -1), Image.Transpose.ROTATE_180, (320, 176)),
    ],
)
def test_the_display_matrix_turns_the_preview_and_not_the_size(look, tmp_path, scene, matrix, turned, size):
    path = film(tmp_path / "a.mp4", [scene] * 5, "mp4", "mpeg4")
    a, b, c, d = (value << 16 & 0xFFFFFFFF for value in matrix)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    data[at : at + 36] = struct.pack(">9I", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    path.write_bytes(data)
    facts = look(path)
    assert (shape(facts).width, shape(facts).height) == (640, 352)
    assert preview(facts).size == size
    assert distance(phash(facts), str(imagehash.phash(scene.transpose(turned)))) <= 8


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    ("name", "container", "options"),
    [
        ("a.mp4", "mp4", {}),
        ("fast.mp4", "mp4", {"movflags": "faststart"}),
        ("a.avi", "avi", {}),
        ("a.mkv", "matroska", {}),
    ],
)
def test_a_film_that_was_cut_off_is_noticed(look, tmp_path, make_picture, name, container, options, share):
    scenes = [Image.open(make_picture(tmp_path / f"{n}.png", seed=n, size=(640, 352))) for n in range(10)]
    path = film(tmp_path / name, scenes * 3, container, "mpeg4", **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert troubles(look(path)) == ["the film is cut off before its end"]


def test_sound_alone_has_nothing_to_show(look, tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        stream = output.add_stream("aac", rate=44100)
        for n in range(10):
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            frame.planes[0].update(bytes(4096))
            frame.sample_rate, frame.pts = 44100, 1024 * n
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert troubles(look(tmp_path / "a.mp4")) == ["there is no picture track in it"]


def test_rubbish_behind_a_true_beginning_is_a_trouble(look, tmp_path):
    for name, head in (
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
        ("a.avi", b"RIFF\xff\xff\0\0AVI LIST"),
        ("a.mkv", b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"),
        ("a.mpg", b"\0\0\1\xba"),
        ("a.flv", b"FLV\1\5\0\0\0\x09"),
        ("a.mts", (b"G" + bytes(187)) * 8),
    ):
        (tmp_path / name).write_bytes(head + b"rubbish " * 500)
        assert len(troubles(look(tmp_path / name))) == 1


def alias(path: bytes) -> bytes:
    """QuickTime's record of another file, with the path to it and both levels of folders known."""
    record = bytes(10) + b"\x04disk".ljust(28, b"\0") + bytes(12) + b"\x09other.mov".ljust(64, b"\0") + bytes(16)
    record += struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(path)) + path.ljust(len(path) + len(path) % 2, b"\0") + b"\xff\xff\0\0"
    return struct.pack(">I", 12 + len(record)) + b"alis" + bytes(4) + record


def test_a_film_never_opens_another_file(look, tmp_path, scene):
    data = film(tmp_path / "other.mov", [scene] * 5, "mov", "mpeg4").read_bytes()
    index = data[data.index(b"moov") - 4 :]
    reference = alias(str(tmp_path / "other.mov").encode())
    at = index.index(b"dref")
    old = int.from_bytes(index[at + 12 : at + 16], "big")
    grown = len(reference) - old
    patched = bytearray(index[: at + 12] + reference + index[at + 12 + old :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = patched.index(name) - 4
        patched[place : place + 4] = struct.pack(">I", int.from_bytes(patched[place : place + 4], "big") + grown)
    (tmp_path / "a.mov").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(patched))
    assert troubles(look(tmp_path / "a.mov")) == ["not one frame of it can be decoded"]


def test_nothing_in_the_corpus_is_too_much(shared, entry_of):
    seen = 0
    for path in sorted((shared / "corpus").rglob("*")):
        if path.is_file():
            entry = entry_of(path)
            with media.read(entry) as content:
                if content.format is not None and content.format.kind == "video":
                    facts = videos.look_at_video(entry, content)
                    assert [fact for fact in facts if isinstance(fact, (Preview, Trouble))], path
                    seen += 1
    assert seen > 15
