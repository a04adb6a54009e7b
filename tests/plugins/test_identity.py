from __future__ import annotations

import hashlib
import io
import random
import shutil
import struct
import subprocess

import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.records import Fingerprint
from mediaparser_plugins import identity

WRITE = [
    "-DateTimeOriginal=2020:01:02 03:04:05", "-CreateDate=2020:01:02 03:04:05", "-Keywords=family",
    "-XMP:Subject=family", "-XMP:DateTimeOriginal=2020:01:02 03:04:05", "-Keys:CreationDate=2020:01:02 03:04:05+01:00",
    "-Artist=Anna", "-Comment=a comment",
]  # fmt: skip
STRIP = ["-all="]

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")


@pytest.fixture(scope="module", autouse=True)
def more_formats():
    import pillow_heif
    import pillow_jxl  # noqa: F401  # registers itself with Pillow

    pillow_heif.register_heif_opener()


@pytest.fixture
def of(entry_of):
    """``of(path)``: its identity and the SHA-256 of all its bytes."""

    def run(path):
        entry = entry_of(path)
        with media.read(entry) as content:
            (fact,) = identity.identify(entry, content)
            assert isinstance(fact, Fingerprint) and fact.kind == "image_sha256" and len(fact.value) == 64
            return fact.value, content.sha256

    return run


def exiftool(arguments, *paths):
    subprocess.run(
        ["exiftool", "-config", "", "-q", "-q", "-m", "-overwrite_original", *arguments, *map(str, paths)],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def picture(seed, size=(300, 200)):
    return Image.frombytes("RGB", (6, 4), random.Random(seed).randbytes(72)).resize(size, Image.Resampling.BICUBIC)


def write_film(path, container, codec, seed=1):
    import av

    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for n in range(5):
            output.mux(stream.encode(av.VideoFrame.from_image(picture(seed + n, (320, 240)))))
        output.mux(stream.encode(None))


def write_psd(path, image):
    planes = b"".join(band.tobytes() for band in image.split())
    header = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, image.height, image.width, 8, 3)
    path.write_bytes(header + bytes(12) + b"\0\0" + planes)


PICTURES = {
    "a.jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "a.png": ("PNG", {}),
    "palette.png": ("PNG", {}),
    "a.webp": ("WEBP", {}),
    "lossless.webp": ("WEBP", {"lossless": True}),
    "a.gif": ("GIF", {}),
    "a.tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "jpeg.tif": ("TIFF", {"compression": "jpeg"}),
    "a.heic": ("HEIF", {}),
    "a.avif": ("AVIF", {}),
    "a.jxl": ("JXL", {"use_container": True}),
    "bare.jxl": ("JXL", {"use_container": False}),
    "a.jp2": ("JPEG2000", {}),
}
FILMS = {"a.mp4": ("mp4", "mpeg4"), "a.mov": ("mov", "mpeg4"), "a.3gp": ("3gp", "mpeg4")}


def write(path, seed=1):
    """A file of the kind that *path* says, with the picture of *seed* in it."""
    if path.name in FILMS:
        write_film(path, *FILMS[path.name], seed=seed)
    elif path.name == "a.psd":
        write_psd(path, picture(seed))
    else:
        format, options = PICTURES[path.name]
        image = picture(seed).quantize(16) if path.name == "palette.png" else picture(seed)
        image.save(path, format, **options)
    return path


ALL = [*PICTURES, *FILMS, "a.psd"]


@needs_exiftool
def test_writing_and_stripping_metadata_changes_no_identity(of, tmp_path):
    paths = [write(tmp_path / name) for name in ALL]
    before = {path.name: of(path) for path in paths}
    for arguments in (WRITE, ["-Artist=", "-DateTimeOriginal=2001:01:01 00:00:00"], STRIP):
        exiftool(arguments, *paths)
        after = {path.name: of(path) for path in paths}
        if arguments is WRITE:
            unwritten = [name for name in after if after[name][1] == before[name][1]]
            assert not unwritten, "ExifTool wrote nothing, so this would prove nothing"
        assert {name: pair[0] for name, pair in after.items()} == {name: pair[0] for name, pair in before.items()}
    assert all(pair[0] != pair[1] for pair in before.values())


@needs_exiftool
def test_real_files_of_every_kind_keep_their_identity(of, tmp_path, shared):
    """Every format that ExifTool can write, above all RAW, of which no library can make one."""
    wanted = {".cr2", ".cr3", ".crw", ".dng", ".iiq", ".mrw", ".nef", ".raf", ".rw2", ".x3f", ".heic", ".jp2", ".jxl",
              ".psd", ".mov", ".mp4", ".3gp", ".mpo", ".webp", ".avif"}  # fmt: skip
    paths = []
    for number, path in enumerate(sorted((shared / "corpus").rglob("*"))):
        if path.suffix.lower() in wanted and "strukturag" not in str(path):  # those are broken on purpose
            paths.append(tmp_path / f"{number}{path.suffix.lower()}")
            shutil.copyfile(path, paths[-1])
    before = {path: of(path) for path in paths}
    exiftool(WRITE, *paths)
    after = {path: of(path) for path in paths}
    written = [path for path in paths if after[path][1] != before[path][1]]
    whole = [path for path in written if before[path][0] == before[path][1]]
    assert {path.suffix for path in written} >= wanted - {".mpo"}
    assert len(whole) <= 1  # the one MOV that keeps its film in another file
    assert [path for path in written if after[path][0] != before[path][0] and path not in whole] == []


@pytest.mark.parametrize("name", ALL)
def test_another_picture_is_another_identity(of, tmp_path, name):
    one = of(write(tmp_path / name))
    assert one == of(write(tmp_path / name))
    assert one[0] != of(write(tmp_path / name, seed=2))[0]


def test_every_byte_of_the_picture_counts(of, tmp_path):
    for name in ("a.jpg", "a.png", "a.webp", "a.gif", "a.tif", "a.mp4"):
        path = write(tmp_path / name)
        before, data = of(path)[0], bytearray(path.read_bytes())
        data[len(data) * 2 // 3 if name != "a.mp4" else data.index(b"mdat") + 100] ^= 1
        path.write_bytes(data)
        assert of(path)[0] != before, name


def test_the_name_of_the_family_begins_what_is_hashed(of, tmp_path):
    picture(1).save(tmp_path / "a.jxl", "JXL", use_container=False)
    assert of(tmp_path / "a.jxl")[0] == hashlib.sha256(b"jxl\0" + (tmp_path / "a.jxl").read_bytes()).hexdigest()


def test_a_jpeg_keeps_its_identity_with_a_trailer_or_stray_bytes(of, tmp_path):
    path = write(tmp_path / "a.jpg")
    before, data = of(path)[0], path.read_bytes()
    path.write_bytes(data + b"a film, as motion photos have it")
    assert of(path)[0] == before
    at = data.index(b"\xff\xdb")
    path.write_bytes(data[:at] + b"stray bytes" + data[at:])
    assert of(path)[0] == before
    path.write_bytes(data[:at] + b"\xff\xe1\0\x08Exif\0\0" + data[at:])
    assert of(path)[0] == before


def test_comments_of_a_gif_are_words_and_its_loop_is_not(of, tmp_path):
    frames = [Image.new("P", (20, 20), n) for n in range(3)]

    def gif(**options):
        frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=[50, 60, 70], **options)
        return of(tmp_path / "a.gif")[0]

    assert gif(loop=0) == gif(loop=0, comment=b"holiday" * 100)
    assert gif(loop=0) != gif(loop=7)


def test_an_animated_webp_and_png_are_known_by_all_their_frames(of, tmp_path):
    for name in ("a.webp", "a.png"):
        identities = set()
        for last in (50, 60):
            frames = [Image.new("RGB", (20, 20), (value, 0, 0)) for value in (10, 30, last)]
            for exif in (b"", b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"):
                frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], exif=exif, lossless=True)
                identities.add(of(tmp_path / name)[0])
        assert len(identities) == 2, name


def test_a_film_larger_than_memory_is_read_in_pieces(of, tmp_path, monkeypatch):
    path = write(tmp_path / "a.mp4")
    still = write(tmp_path / "a.jpg")
    before = of(path)[0], of(still)[0]
    monkeypatch.setattr(media, "WHOLE", 1000)
    assert (of(path)[0], of(still)[0]) == before


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_broken_files_have_an_identity_too(of, tmp_path, name, share):
    path = write(tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert of(path)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\xff" * 1000,
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffIDAT" * 5,
        b"GIF89a" + b"\xff" * 300,
        b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff",
        b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x014A, 4, 1, 8),
        b"MM\0\x2b\0\x08\0\0" + b"\xff" * 100,
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\xff\xff\xff\xffmeta" + b"\xff" * 50,
        b"\0\0\0\x14ftypmp42\0\0\0\0mp42\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff",
        b"8BPS\0\1" + b"\xff" * 100,
        b"FUJIFILMCCD-RAW " + b"\xff" * 200,
        b"FOVb" + b"\xff" * 100,
    ],
)
def test_a_structure_that_makes_no_sense_gives_the_hash_of_the_file(of, tmp_path, data):
    (tmp_path / "a.bin").write_bytes(data)
    found, whole = of(tmp_path / "a.bin")
    assert found == whole


def test_a_format_without_a_reader_is_known_by_all_its_bytes(of, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    found, whole = of(tmp_path / "a.mkv")
    assert found == whole


def test_one_picture_coded_twice_is_two_pictures(of, tmp_path):
    image = Image.open(io.BytesIO(write(tmp_path / "a.jpg").read_bytes()))
    image.save(tmp_path / "b.jpg", quality=70)
    assert of(tmp_path / "a.jpg")[0] != of(tmp_path / "b.jpg")[0]
