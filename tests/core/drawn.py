"""Pictures that differ: rectangles of any colour, the same for the same seed."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw


def drawn(seed: int) -> Image.Image:
    """640 by 480."""
    rng = random.Random(seed)
    image = Image.new("RGB", (640, 480), tuple(rng.randrange(256) for _ in range(3)))
    for _ in range(30):
        x, y = rng.randrange(500), rng.randrange(400)
        box = (x, y, x + rng.randrange(20, 200), y + rng.randrange(20, 200))
        ImageDraw.Draw(image).rectangle(box, fill=tuple(rng.randrange(256) for _ in range(3)))
    return image
