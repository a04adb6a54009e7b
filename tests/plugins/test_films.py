"""A film and its copy agree on what comes later; two films that begin alike do not."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.records import Look, Note
from mediaparser_core.settings import Settings
from mediaparser_plugins import films, lookalikes, videos

np = pytest.importorskip("numpy")

SECONDS, RATE = 5, 10
FRAME, SOUND = "frame:2.00=00000000ffffffff", "sound:2=00000000ffffffff"


def sound(seed: int) -> np.ndarray:
    """Five seconds of something like speech: noise whose colour and loudness change a few times a second."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(SECONDS * 6):
        spectrum = np.fft.rfft(rng.standard_normal(44100 // 6))
        hertz = np.fft.rfftfreq(44100 // 6, 1 / 44100)
        spectrum *= np.exp(-(((hertz - rng.uniform(200, 3000)) / 500) ** 2)) * rng.uniform(0.2, 1)
        parts.append(np.fft.irfft(spectrum))
    heard = np.concatenate(parts)
    return (heard / np.abs(heard).max() * 0.8).astype(np.float32)


def write(path: Path, scenes, heard=None, container="mp4", codec="mpeg4", audio="aac", gop=5, size=(320, 240), bits=1):
    """A film of *scenes*, one a second, with *heard* as its sound."""
    with av.open(str(path), "w", format=container) as output:
        video = output.add_stream(codec, rate=RATE)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.codec_context.gop_size, video.bit_rate = gop, 1_000_000 * bits
        track = None
        if heard is not None:
            track = output.add_stream(audio, rate=44100)
            track.layout = "mono"
        for scene in scenes:
            for _ in range(RATE):
                output.mux(video.encode(av.VideoFrame.from_image(scene.resize(size))))
        output.mux(video.encode(None))
        if track is not None:
            for at in range(0, len(heard), 1024):
                frame = av.AudioFrame.from_ndarray(heard[None, at : at + 1024], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 44100, at
                output.mux(track.encode(frame))
            output.mux(track.encode(None))
    return path


@pytest.fixture
def scenes(make_picture, tmp_path):
    return [Image.open(make_picture(tmp_path / f"{n}.png", seed=n + 20)).convert("RGB") for n in range(SECONDS)]


@pytest.fixture
def told(entry_of):
    """What the probe notes of a film's later frames and of its sound."""

    def look(path: Path) -> str | None:
        with media.read(entry_of(path)) as content:
            facts = videos.look_at_video(entry_of(path), content)
        return next((fact.value for fact in facts if isinstance(fact, Note) and fact.key == "film"), None)

    return look


COPIES = [
    {"gop": 12, "bits": 0.3},
    {"container": "avi", "audio": "mp3", "gop": 40},
    {"container": "matroska", "size": (160, 120), "gop": 3},
    {"container": "mpegts", "codec": "mpeg2video", "audio": "mp2", "gop": 10},
]


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_agrees_however_it_was_encoded(told, tmp_path, scenes, change):
    heard = sound(1)
    original, copy = (
        told(write(tmp_path / "a.mp4", scenes, heard)),
        told(write(tmp_path / "b", scenes, heard, **change)),
    )
    agree, contradict = films.agreement(original, copy)
    assert agree >= 2 and contradict == 0, (original, copy)


def test_a_film_that_only_begins_alike_contradicts(told, tmp_path, scenes):
    one = told(write(tmp_path / "a.mp4", scenes, sound(1)))
    other = told(write(tmp_path / "b.mp4", [scenes[0], *scenes[:0:-1]], sound(2)))
    agree, contradict = films.agreement(one, other)
    assert contradict > agree, (one, other)


def test_a_fixed_camera_is_told_apart_by_its_sound(told, tmp_path, scenes):
    still = [scenes[0]] * SECONDS
    one, other = (told(write(tmp_path / f"{n}.mp4", still, sound(n))) for n in (1, 2))
    assert films.agreement(one, other)[1] == 2


@pytest.mark.parametrize("heard", [None, np.zeros(SECONDS * 44100, np.float32)])
def test_silence_and_darkness_say_nothing(told, tmp_path, heard):
    dark = [Image.new("RGB", (320, 240), (3, 3, 3))] * SECONDS
    assert told(write(tmp_path / "a.mp4", dark, heard)) is None


def test_a_moment_is_too_short_to_have_a_later(told, tmp_path, scenes):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=RATE)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        output.mux(video.encode(av.VideoFrame.from_image(scenes[0].resize((320, 240)))))
        output.mux(video.encode(None))
    assert told(path) is None


def test_a_film_that_is_broken_later_tells_what_comes_before(told, tmp_path, scenes):
    data = bytearray(write(tmp_path / "a.avi", scenes, container="avi").read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path = tmp_path / "b.avi"
    path.write_bytes(data)
    assert (told(path) or "frame:").startswith("frame:")
    with av.open(io.BytesIO(data)) as container:
        films.describe(container)  # nothing is raised


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, None, (0, 0)),
        (FRAME, FRAME, (1, 0)),
        (FRAME, "frame:2.80=00000000ffffffff", (1, 0)),  # near enough, and the same
        (FRAME, "frame:2.05=ffffffff00000000", (0, 1)),
        (FRAME, "frame:2.80=ffffffff00000000", (0, 0)),  # another moment may look otherwise
        (FRAME, "frame:2.05=00000000ffff0000", (0, 0)),
        (SOUND, "sound:2=00000000fffffff0", (1, 0)),
        (SOUND, "sound:2=ffffffff00000000", (0, 1)),
        (SOUND, "sound:8=ffffffff00000000", (0, 0)),
        (f"{FRAME} {SOUND}", f"{FRAME} {SOUND}", (2, 0)),
        (FRAME, "12 frames", (0, 0)),
        (FRAME, "frame:x=y sound:=: frame:nan=zz", (0, 0)),  # whatever somebody wrote
    ],
)
def test_notes_are_compared_where_they_speak_of_the_same(one, other, expected):
    assert films.agreement(one, other) == films.agreement(other, one) == expected


BASE = Look(
    hashlib.sha256(b"film").hexdigest(), "video", "mp4", 1920, 1080, 1000, duration=60.0, make="Apple", model="iPhone",
    phash=0x0F0F0F0F0F0F0F0F, dhash=0x00FF00FF00FF00FF, phash256=int("0F" * 32, 16),
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "sure"),
    [
        (f"{FRAME} {SOUND}", 0.90),
        ("frame:2.00=ffffffff00000000", None),
        (f"frame:2.00=ffffffff00000000 {SOUND}", 0.80),  # another frame, but the same sound: worth a look
        (None, 0.90),
    ],
)
def test_what_comes_later_decides_about_videos(other, sure):
    looks = [replace(BASE, film=f"{FRAME} {SOUND}"), replace(BASE, sha256="f" * 64, film=other)]
    found = list(lookalikes.match(looks, Settings(library=Path("/library")), None, lambda names: {}))
    assert [match.confidence for match in found] == ([] if sure is None else [sure])
