from __future__ import annotations

import io
import struct

import imagehash
import pytest
from PIL import Image, ImageDraw, ImageOps

from mediaparser_core import media
from mediaparser_core.records import Fingerprint, Note, Preview, Shape, Trouble
from mediaparser_plugins import pictures, small_pictures


@pytest.fixture(scope="module", autouse=True)
def more_formats():
    import pillow_heif
    import pillow_jxl  # noqa: F401  # registers itself with Pillow, so that tests can write JPEG XL

    pillow_heif.register_heif_opener()


@pytest.fixture
def look(entry_of):
    """``look(path)``: the facts of the probe about a file."""

    def run(path):
        entry = entry_of(path)
        with media.read(entry) as content:
            assert content.format is not None
            return pictures.look_at_picture(entry, content)

    return run


def one(facts, kind):
    (found,) = [fact for fact in facts if isinstance(fact, kind)]
    return found


def troubles(facts):
    return [fact.message for fact in facts if isinstance(fact, Trouble)]


def prints(facts):
    return {fact.kind: fact.value for fact in facts if isinstance(fact, Fingerprint)}


def distance(a, b):
    return (int(a, 16) ^ int(b, 16)).bit_count()


def encoded(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.fixture
def base(make_picture, tmp_path):
    return Image.open(make_picture(tmp_path / "base.png", seed=5, size=(900, 700))).convert("RGB")


WRITTEN = [
    ("a.jpg", "JPEG", {}),
    ("progressive.jpg", "JPEG", {"progressive": True}),
    ("a.png", "PNG", {}),
    ("a.heic", "HEIF", {}),
    ("a.avif", "AVIF", {}),
    ("a.webp", "WEBP", {}),
    ("a.tif", "TIFF", {}),
    ("lzw.tif", "TIFF", {"compression": "tiff_lzw"}),
    ("a.gif", "GIF", {}),
    ("a.bmp", "BMP", {}),
    ("a.jxl", "JXL", {}),
    ("a.jp2", "JPEG2000", {}),
]


@pytest.mark.parametrize(("name", "format", "options"), WRITTEN)
def test_every_format_looks_like_its_picture(look, tmp_path, base, name, format, options):
    path = tmp_path / name
    path.write_bytes(encoded(base, format, **options))
    facts = look(path)
    assert not troubles(facts)
    shape = one(facts, Shape)
    assert (shape.kind, shape.width, shape.height, shape.orientation) == ("image", 900, 700, None)
    assert distance(prints(facts)["phash"], str(imagehash.phash(base))) <= 4
    assert distance(prints(facts)["dhash"], str(imagehash.dhash(base))) <= 4
    assert {kind: len(value) for kind, value in prints(facts).items()} == {
        "phash": 16, "dhash": 16, "phash256": 64, "turns": 16, "parts": 80
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "PA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"])
def test_every_mode_of_pixels_is_shown(look, tmp_path, base, mode):
    grey = base.convert("L")
    if mode in ("I;16", "I", "F"):
        image = grey.convert("I").point(lambda value: value * 257).convert(mode)
    elif mode == "LAB":
        image = Image.merge("LAB", (grey, Image.new("L", grey.size, 128), Image.new("L", grey.size, 128)))
    elif mode == "PA":
        image = base.convert("P")
        image.info["transparency"] = 3
    else:
        image = base.convert(mode)
    path = tmp_path / ("a.png" if mode in ("P", "PA", "LA", "RGBA", "1") else "a.tif")
    image.save(path)
    facts = look(path)
    assert not troubles(facts)
    assert distance(prints(facts)["phash"], str(imagehash.phash(base))) <= (16 if mode == "1" else 8)


def test_what_is_transparent_is_white(look, tmp_path):
    image = Image.new("RGBA", (300, 300), (200, 0, 0, 0))
    image.save(tmp_path / "a.png")
    jpeg = one(look(tmp_path / "a.png"), Preview).jpeg
    assert Image.open(io.BytesIO(jpeg)).getpixel((150, 150)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1), (3, 2), (40, 20000), (20000, 300)])
def test_odd_shapes_are_shown(look, tmp_path, make_picture, size):
    Image.linear_gradient("L").resize(size).save(tmp_path / "a.png")
    facts = look(tmp_path / "a.png")
    assert (one(facts, Shape).width, one(facts, Shape).height) == size
    preview = Image.open(io.BytesIO(one(facts, Preview).jpeg))
    assert max(preview.size) <= 320 and min(preview.size) >= 1


def test_hashes_are_imagehash_bit_for_bit(tmp_path, make_picture):
    path = make_picture(tmp_path / "a.jpg", size=(400, 300))  # too small to be decoded at a smaller scale
    with path.open("rb") as file:
        image, size = small_pictures.small_copy(file, "jpeg")
    found = prints(pictures.looks.facts(image))
    full = Image.open(path)
    assert size == (400, 300)
    assert found["phash"] == str(imagehash.phash(full))
    assert found["dhash"] == str(imagehash.dhash(full))
    assert found["phash256"] == str(imagehash.phash(full, hash_size=16))


def test_a_small_decode_hashes_like_a_full_one(look, tmp_path, make_picture):
    for seed in range(12):
        path = make_picture(tmp_path / f"{seed}.jpg", seed=seed, size=(2400, 1600), quality=88)
        found, full = prints(look(path)), Image.open(path)
        assert distance(found["phash"], str(imagehash.phash(full))) <= 2
        assert distance(found["dhash"], str(imagehash.dhash(full))) <= 2


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_all_eight_orientations_look_alike(look, tmp_path, base, format):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # PIL.Image.Transpose values that store the picture turned
    found = {}
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = base if orientation == 1 else base.transpose(Image.Transpose(undo[orientation]))
        path = tmp_path / f"{orientation}.{format.lower()}"
        path.write_bytes(encoded(stored, format, exif=exif.tobytes()))
        facts = look(path)
        found[orientation] = prints(facts)
        assert (one(facts, Shape).width, one(facts, Shape).height) == stored.size
        preview = Image.open(io.BytesIO(one(facts, Preview).jpeg))
        assert preview.width > preview.height
    for hashes in found.values():
        assert distance(hashes["phash"], found[1]["phash"]) <= 2
        assert distance(hashes["dhash"], found[1]["dhash"]) <= 2


def test_a_preview_is_small_and_says_nothing_but_the_picture(look, tmp_path, make_picture):
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    path = make_picture(tmp_path / "a.jpg", size=(1600, 1200), exif=exif, comment=b"another secret")
    jpeg = one(look(path), Preview).jpeg
    preview = Image.open(io.BytesIO(jpeg))
    assert (preview.format, preview.mode, preview.size) == ("JPEG", "RGB", (320, 240))
    assert b"secret" not in jpeg and not preview.getexif()


@pytest.mark.parametrize(("name", "format", "options"), WRITTEN)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_was_cut_off_is_noticed(look, tmp_path, base, name, format, options, share):
    whole = encoded(base, format, **options)
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * share)])
    facts = look(path)
    assert len(troubles(facts)) == 1
    assert "cut off" in troubles(facts)[0] or name in ("lzw.tif", "a.jxl")  # these cannot be told from broken ones
    if name != "lzw.tif":  # its directory is at its end
        assert (one(facts, Shape).width, one(facts, Shape).height) == (900, 700)
    assert not prints(facts)


def test_a_copy_that_ends_in_zeros_is_noticed(look, tmp_path, make_picture):
    path = make_picture(tmp_path / "a.jpg", size=(1600, 1200))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    assert troubles(look(path)) == ["the picture is cut off before its end"]


def test_an_honest_hundred_megapixels_pass(look, tmp_path):
    path = tmp_path / "a.png"
    Image.new("1", (10000, 10000)).save(path)
    facts = look(path)
    assert not troubles(facts)
    assert one(facts, Note) == Note("texture", "flat")


def png_of(width, height):
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(20000, 30000), (2**31 - 1, 2**31 - 1)])
def test_more_pixels_than_anybody_has_are_refused(look, tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(*size))
    (trouble,) = troubles(look(path))
    assert "400 million" in trouble


def test_postscript_is_never_given_to_a_decoder(tmp_path):
    """Pillow would start Ghostscript for it, if it were asked to guess."""
    with pytest.raises(small_pictures.Undecodable):
        small_pictures.small_copy(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "jpeg")


def test_a_jpeg_that_calls_itself_heic_is_shown(look, tmp_path, make_picture):
    path = make_picture(tmp_path / "a.jpg").rename(tmp_path / "IMG_1.HEIC")
    facts = look(path)
    assert one(facts, Shape).format == "jpeg" and not troubles(facts)


def test_a_picture_without_contrast_says_so(look, tmp_path, make_picture):
    Image.new("RGB", (500, 500), (90, 120, 200)).save(tmp_path / "sky.jpg")
    assert Note("texture", "flat") in look(tmp_path / "sky.jpg")
    assert Note("texture", "flat") not in look(make_picture(tmp_path / "a.jpg"))


def test_only_the_first_frame_counts(look, tmp_path, base):
    other = Image.new("RGB", base.size)
    base.save(tmp_path / "a.gif", save_all=True, append_images=[other] * 50)
    base.save(tmp_path / "b.gif")
    assert prints(look(tmp_path / "a.gif")) == prints(look(tmp_path / "b.gif"))


def test_a_profile_changes_the_preview_and_not_the_hashes(look, tmp_path, base):
    from PIL import ImageCms

    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"s\0R\0G\0B", b"x" * 7)
    )
    profile = bytes(profile).replace(b"sRGB", b"mine")
    red, blue = profile.find(b"rXYZ"), profile.find(b"bXYZ")  # swap two colorants: red is blue in this profile
    swapped = bytearray(profile)
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    image = Image.new("RGB", (300, 300), (220, 20, 20))
    ImageDraw.Draw(image).rectangle((0, 0, 100, 300), fill=(20, 200, 20))
    image.save(tmp_path / "plain.png")
    image.save(tmp_path / "profiled.png", icc_profile=bytes(swapped))
    plain, profiled = look(tmp_path / "plain.png"), look(tmp_path / "profiled.png")
    assert prints(plain) == prints(profiled)
    red, _, blue = Image.open(io.BytesIO(one(profiled, Preview).jpeg)).getpixel((200, 200))
    assert blue > red


def test_a_nonsensical_profile_is_ignored(look, tmp_path, base):
    base.save(tmp_path / "a.jpg", icc_profile=b"nonsense" * 40)
    assert not troubles(look(tmp_path / "a.jpg"))


def test_without_jpeg_xl_the_sentence_says_what_to_install(look, tmp_path, base, monkeypatch):
    import sys

    (tmp_path / "a.jxl").write_bytes(encoded(base, "JXL"))
    monkeypatch.setitem(sys.modules, "pillow_jxl.JpegXLImagePlugin", None)
    facts = look(tmp_path / "a.jxl")
    assert "JPEG XL support is not installed" in troubles(facts)[0]
    assert (one(facts, Shape).width, one(facts, Shape).height) == (900, 700)


def test_the_real_photographs_hash_like_full_decodes(shared, look):
    close = total = 0
    for path in sorted((shared / "photos").glob("*.jpg")):
        facts = look(path)
        if not prints(facts):
            continue
        full = ImageOps.exif_transpose(Image.open(path))
        total += 1
        close += all(
            distance(prints(facts)[kind], str(hashed(full))) <= 2
            for kind, hashed in (("phash", imagehash.phash), ("dhash", imagehash.dhash))
        )
    assert total > 100 and close / total >= 0.99


def test_one_landscape_in_eight_orientations_is_one_landscape(shared, look):
    folder = shared / "corpus" / "recurser__exif-orientation-examples"
    found = [prints(look(path))["phash"] for path in sorted(folder.rglob("Landscape*.jpg"))]
    assert len(found) >= 8
    assert all(distance(value, found[0]) <= 10 for value in found)  # each has its own number printed on it


def test_nothing_in_the_corpus_is_too_much(shared, entry_of):
    for path in sorted((shared / "corpus").rglob("*")):
        if path.is_file():
            entry = entry_of(path)
            with media.read(entry) as content:
                if content.format is not None and content.format.kind == "image":
                    facts = pictures.look_at_picture(entry, content)
                    assert prints(facts) or troubles(facts), path
