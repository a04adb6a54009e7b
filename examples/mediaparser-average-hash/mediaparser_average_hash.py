"""State the average hash of every picture that Pillow can open, for comparisons of your own."""

import imagehash
from PIL import Image, ImageOps

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Fingerprint, Probe

FORMATS = frozenset({"jpeg", "png", "webp", "tiff", "gif", "bmp"})


@hookimpl
def register_probes(settings):
    return [Probe("average_hash", version=1, needs="content", run=fingerprints, formats=FORMATS)]


def fingerprints(entry, media):
    with Image.open(media.cursor()) as image:
        image.draft("L", (256, 256))  # a JPEG is decoded no larger than needed
        upright = ImageOps.exif_transpose(image)
        return [Fingerprint("ahash", str(imagehash.average_hash(upright)))]
