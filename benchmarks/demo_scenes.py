"""Paint little pictures of a household's life: seas, gardens, cakes; Pillow only, and the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable

from demo_canvas import SKIES, Canvas, mix
from PIL import Image


def sea(c: Canvas) -> None:
    sun, horizon = c.rng.uniform(0.15, 0.85), c.rng.uniform(0.38, 0.58)
    if c.hour == "night":
        c.stars()
    c.sun(sun, c.rng.uniform(0.12, horizon - 0.06), c.rng.uniform(0.03, 0.05))
    c.clouds(c.rng.randint(1, 5), horizon - 0.1)
    if c.rng.random() < 0.6:
        c.ridge(horizon + 0.01, c.rng.uniform(0.05, 0.15), c.shade("#5c7a8f"), 0.5, 2)
    c.water(horizon, c.rng.choice(["#1f6f9a", "#2a8c96", "#2b5f8c"]), sun)
    for _ in range(c.rng.randint(1, 3)):
        size = c.rng.uniform(0.07, 0.22)
        c.boat(
            c.rng.uniform(0.15, 0.85),
            horizon + 0.03 + size * 0.9,
            size,
            c.rng.choice(["#b3402e", "#274b7a", "#e8e2d0", "#31705a"]),
            c.rng.choice(["#fbfaf5", "#f3c54a", "#d9534a"]),
        )


def beach(c: Canvas) -> None:
    sun = c.rng.uniform(0.1, 0.9)
    c.sun(sun, c.rng.uniform(0.1, 0.22))
    c.clouds(3, 0.25)
    horizon, sand = c.rng.uniform(0.3, 0.4), c.rng.uniform(0.52, 0.66)
    c.water(horizon, "#2493a8", sun)
    c.gradient(sand, 1, c.shade("#f0dcae"), c.shade("#d3b174"))
    x = c.rng.uniform(0.25, 0.75)
    for part in range(8):  # the umbrella
        angle = math.pi * (1 + part / 8), math.pi * (1 + (part + 1) / 8)
        rim = [(x + 0.19 * math.cos(a), sand + 0.06 + 0.2 * math.sin(a)) for a in angle]
        c.shape([(x, sand + 0.06), *rim], c.shade("#d8443c" if part % 2 else "#fdf6e6"))
    c.line([(x, sand - 0.12), (x + 0.02, sand + 0.32)], c.shade("#8a6b48"), 0.008)
    for n in range(c.rng.randint(1, 4)):
        c.person(
            x + c.rng.choice([-1, 1]) * (0.14 + 0.1 * n),
            c.rng.uniform(0.8, 0.95),
            c.rng.uniform(0.2, 0.38),
            c.rng.choice(["#f2b134", "#3a86c8", "#e4572e", "#7a4fa0"]),
        )
    for _ in range(60):
        c.disc(c.rng.random(), c.rng.uniform(sand + 0.05, 1), 0.002, c.shade("#b9975c"))


def mountains(c: Canvas) -> None:
    if c.hour == "night":
        c.stars()
    c.sun(c.rng.uniform(0.1, 0.9), c.rng.uniform(0.08, 0.25))
    c.clouds(c.rng.randint(0, 4), 0.3)
    far = c.ridge(c.rng.uniform(0.5, 0.62), c.rng.uniform(0.2, 0.42), c.shade("#8ea3ba"), 0.55, c.rng.choice([2, 3]))
    snow_line = min(y for _, y in far) + 0.1
    cap: list[tuple[float, float]] = []
    for x, y in [*far, (1, 1)]:
        if y < snow_line:
            cap.append((x, y))
        elif cap:
            c.shape(
                [*cap, *[(x, min(y + 0.05, snow_line) + 0.012 * math.sin(x * 300)) for x, y in reversed(cap)]],
                c.shade("#fbfdff"),
            )
            cap = []
    c.ridge(0.68, c.rng.uniform(0.14, 0.3), c.shade("#5d7a78"), 0.5, 3)
    c.ridge(0.82, c.rng.uniform(0.08, 0.2), c.shade("#3f6a4a"), 0.4, 2)
    if c.rng.random() < 0.5:
        c.water(0.8, "#3a7f9c")
    else:
        c.house(c.rng.uniform(0.1, 0.7), 0.88, c.rng.uniform(0.1, 0.16), "#8a5a38", "#5b3524")
    for _ in range(c.rng.randint(4, 12)):
        c.fir(c.rng.random(), c.rng.uniform(0.86, 1.04), c.rng.uniform(0.06, 0.17))


def garden(c: Canvas) -> None:
    c.sun(c.rng.uniform(0.1, 0.9), 0.12)
    c.clouds(4, 0.3)
    c.ridge(0.6, 0.1, c.shade("#7fae63"), 0.3, 2)
    c.gradient(0.62, 1, c.shade("#8cc152"), c.shade("#4d8b31"))
    left = c.rng.random() < 0.5
    c.house(
        0.08 if left else 0.55,
        0.7,
        c.rng.uniform(0.26, 0.38),
        c.rng.choice(["#f6e9cf", "#e6b8a2", "#cfe0e8"]),
        c.rng.choice(["#a4452c", "#4c566a", "#7a3b2e"]),
    )
    c.tree(
        c.rng.uniform(0.62, 0.9) if left else c.rng.uniform(0.1, 0.4),
        0.8,
        c.rng.uniform(0.24, 0.36),
        c.rng.choice(["#4f9a3c", "#d98e2b", "#e8a7b8", "#7bb04a"]),
    )
    for _ in range(90):
        c.disc(
            c.rng.random(),
            c.rng.uniform(0.78, 1),
            c.rng.uniform(0.004, 0.01),
            c.shade(c.rng.choice(["#f25c54", "#f7b267", "#ffffff", "#b56bd6", "#f4d35e"])),
        )
    if c.rng.random() < 0.7:
        c.dog(c.rng.uniform(0.3, 0.7), 0.93, c.rng.uniform(0.08, 0.15), c.rng.choice(["#b07a45", "#3b3330", "#e9dcc6"]))
    if c.rng.random() < 0.6:
        c.person(
            c.rng.uniform(0.2, 0.8), 0.92, c.rng.uniform(0.25, 0.4), c.rng.choice(["#d1495b", "#30638e", "#edae49"])
        )


def forest(c: Canvas) -> None:
    c.gradient(0, 1, c.shade("#dfe8c8"), c.shade("#a9b58a"))
    c.glow(c.rng.uniform(0.2, 0.8), 0.25, 0.45, "#fff6d8", 0.9)
    autumn = c.rng.random() < 0.5
    leaves = ["#d9822b", "#c4472b", "#e6b93e"] if autumn else ["#3f8a3d", "#5fa84a", "#2f6e3a"]
    for depth in range(3):
        for _ in range(7):
            x, wide = c.rng.random(), (0.008, 0.018, 0.035)[depth]
            c.box(x, 0, x + wide, 0.7 + depth * 0.12, c.shade(mix("#4b3a2c", "#c8cfae", 0.6 - depth * 0.3)))
        for _ in range(45):
            tone = mix(c.rng.choice(leaves), "#eef2d8", 0.55 - depth * 0.25)
            c.disc(c.rng.random(), c.rng.uniform(-0.05, 0.28 + 0.06 * depth), c.rng.uniform(0.02, 0.07), c.shade(tone))
    c.gradient(0.84, 1, c.shade("#a8743a" if autumn else "#5d8044"), c.shade("#6d4a26" if autumn else "#3d5a30"))
    path = c.rng.uniform(0.35, 0.65)
    c.shape([(path - 0.02, 0.84), (path + 0.03, 0.84), (path + 0.25, 1), (path - 0.2, 1)], c.shade("#cdb28a"))
    for n in range(c.rng.randint(1, 3)):
        c.person(
            path - 0.03 + 0.09 * n,
            0.9 + 0.03 * n,
            c.rng.uniform(0.18, 0.32),
            c.rng.choice(["#d1495b", "#e9c46a", "#264653"]),
        )


def city(c: Canvas) -> None:
    if c.hour == "night":
        c.stars(120, 0.4)
    c.sun(c.rng.uniform(0.1, 0.9), c.rng.uniform(0.1, 0.3))
    ground = c.rng.uniform(0.72, 0.86)
    for depth in range(2):
        x = -0.05
        while x < 1:
            wide, high = c.rng.uniform(0.06, 0.16), c.rng.uniform(0.15, 0.55) * (1 - 0.35 * depth)
            wall = c.shade(
                mix(
                    c.rng.choice(["#71808f", "#9c8577", "#5f6b7a", "#b5a48f", "#8a6a5c"]),
                    SKIES[c.hour][1],
                    0.5 - depth * 0.4,
                )
            )
            c.box(x, ground - high, x + wide, ground, wall)
            for row in range(int(high / 0.035)):
                for column in range(int(wide / 0.02) - 1):
                    lit = c.hour in ("night", "dusk") and c.rng.random() < 0.5
                    pane = "#ffd878" if lit else mix(wall, "#101828", 0.3)
                    left, top = x + 0.012 + column * 0.02, ground - high + 0.015 + row * 0.035
                    c.box(left, top, left + 0.01, top + 0.018, pane)
            x += wide + c.rng.uniform(0, 0.02)
    if c.rng.random() < 0.5:
        c.water(ground, "#2c5a78")
    else:
        c.gradient(ground, 1, c.shade("#6b6f76"), c.shade("#3c4047"))
        for n in range(5):
            c.box(0.05 + n * 0.22, 0.93, 0.15 + n * 0.22, 0.94, "#e8e6df")
        for n in range(c.rng.randint(2, 4)):
            c.person(
                0.15 + 0.22 * n + c.rng.uniform(-0.05, 0.05),
                c.rng.uniform(0.9, 0.99),
                0.22,
                c.rng.choice(["#d1495b", "#e9c46a", "#3a86c8", "#555b6e"]),
            )


def birthday(c: Canvas) -> None:
    wall = c.rng.choice(["#f3d9c0", "#cfe3dc", "#e7d3ea", "#f6e7a9"])
    c.gradient(0, 1, wall, mix(wall, "#7a5a48", 0.35))
    for _ in range(c.rng.randint(4, 8)):
        x, y, size = c.rng.uniform(0.05, 0.95), c.rng.uniform(0.1, 0.4), c.rng.uniform(0.035, 0.07)
        tone = c.rng.choice(["#e63946", "#f4a261", "#2a9d8f", "#457b9d", "#b5179e", "#ffd166"])
        c.line([(x, y + size), (x + c.rng.uniform(-0.03, 0.03), y + 0.3)], "#8b7b70", 0.002)
        c.disc(x, y, size, tone, 1.2)
        c.disc(x - size * 0.3, y - size * 0.5, size * 0.2, mix(tone, "#ffffff", 0.6))
    table = c.rng.uniform(0.68, 0.76)
    for _ in range(c.rng.randint(1, 4)):
        c.person(
            c.rng.choice([0.12, 0.24, 0.76, 0.88]) + c.rng.uniform(-0.03, 0.03),
            table + 0.12,
            c.rng.uniform(0.38, 0.52),
            c.rng.choice(["#d1495b", "#30638e", "#edae49", "#5b8e7d"]),
            hair=c.rng.choice(["#4a3222", "#d8b365", "#2b2b2b"]),
        )
    c.gradient(table, 1, "#fdfaf3", "#d9cfc0")
    x, wide = c.rng.uniform(0.4, 0.6), c.rng.uniform(0.13, 0.18)
    icing = c.rng.choice(["#f7a1b5", "#7b4a2e", "#fff3d6", "#a7d3e8"])
    for tier in range(c.rng.choice([1, 2])):
        half, base = wide * (1 - 0.35 * tier), table + 0.12 - 0.16 * tier
        c.box(x - half, base - 0.16, x + half, base, "#c98f5a")
        c.box(x - half, base - 0.16, x + half, base - 0.09, icing)
        for drop in range(7):
            c.disc(x - half + half * (drop + 0.5) * 2 / 7, base - 0.09, half / 8, icing, 1.6)
        top = base - 0.16
    candles = c.rng.randint(3, 9)
    for n in range(candles):
        at = x - wide * 0.6 + wide * 1.2 * n / (candles - 1)
        c.box(at - 0.004, top - 0.09, at + 0.004, top, c.rng.choice(["#457b9d", "#e63946", "#ffffff"]))
        c.glow(at, top - 0.11, 0.035, "#ffdf8a", 0.9)
        c.disc(at, top - 0.105, 0.006, "#ffb930", 1.9)


def christmas(c: Canvas) -> None:
    wall = c.rng.choice(["#5a3f36", "#3c4f5c", "#7a4a3c", "#4a4a38"])
    c.gradient(0, 1, wall, mix(wall, "#000000", 0.5))
    left = c.rng.random() < 0.5
    pane = c.rng.uniform(0.03, 0.1) if left else c.rng.uniform(0.66, 0.72)
    c.box(pane, 0.1, pane + 0.25, 0.52, "#1b2747")  # the window, and snow behind it
    for _ in range(60):
        c.disc(pane + c.rng.uniform(0.01, 0.24), c.rng.uniform(0.11, 0.5), 0.003, "#e8eefc")
    c.box(pane + 0.12, 0.1, pane + 0.13, 0.52, "#d8cbb8")
    c.box(pane, 0.305, pane + 0.25, 0.315, "#d8cbb8")
    floor = c.rng.uniform(0.78, 0.86)
    c.gradient(floor, 1, "#7b5136", "#54341f")
    x, size, foot = (
        c.rng.uniform(0.5, 0.78) if left else c.rng.uniform(0.2, 0.48),
        c.rng.uniform(0.34, 0.5),
        floor + 0.07,
    )
    c.glow(x, 0.5, 0.4, "#ffcf7a", 0.45)
    c.fir(x, foot, size, "#1f6b3f")
    for _ in range(70):
        height = c.rng.uniform(0.15, 0.95) * size * 1.6
        half = (size * 1.7 - height) * 0.24
        at, y = x + c.rng.uniform(-half, half), foot - height
        tone = c.rng.choice(["#ffd45e", "#e63946", "#ffffff", "#5cc8ff"])
        c.glow(at, y, 0.018, tone, 0.7)
        c.disc(at, y, 0.006, tone)
    c.disc(x, foot - size * 1.75, 0.02, "#ffe27a")
    for _ in range(c.rng.randint(2, 6)):
        at, wide, high = c.rng.uniform(0.1, 0.85), c.rng.uniform(0.06, 0.12), c.rng.uniform(0.07, 0.16)
        tone = c.rng.choice(["#c1121f", "#2a6f97", "#588157", "#e9c46a"])
        c.box(at, floor + 0.1 - high, at + wide, floor + 0.1, tone)
        c.box(at + wide * 0.44, floor + 0.1 - high, at + wide * 0.56, floor + 0.1, mix(tone, "#ffffff", 0.7))
    for _ in range(c.rng.randint(0, 2)):
        c.person(
            c.rng.uniform(0.1, 0.9), 0.98, c.rng.uniform(0.35, 0.5), c.rng.choice(["#d1495b", "#5b8e7d", "#edae49"])
        )


def snow(c: Canvas) -> None:
    c.ridge(0.62, c.rng.uniform(0.15, 0.35), c.shade("#c9d6e6"), 0.5, 2)
    c.ridge(0.72, 0.12, c.shade("#e3ebf4"), 0.4, 2)
    for _ in range(c.rng.randint(5, 14)):
        x, y, size = c.rng.random(), c.rng.uniform(0.66, 0.8), c.rng.uniform(0.06, 0.16)
        c.fir(x, y, size, "#3d6b5c")
    c.gradient(0.78, 1, c.shade("#f2f6fb"), c.shade("#cfdbe8"))
    x = c.rng.uniform(0.25, 0.75)
    for y, radius in ((0.86, 0.1), (0.68, 0.07), (0.555, 0.048)):  # the snowman
        c.disc(x, y, radius, c.shade("#fdfeff"), 1.15)
    for dx in (-0.016, 0.016):
        c.disc(x + dx, 0.545, 0.006, "#222222")
    c.shape([(x, 0.56), (x, 0.575), (x + 0.06, 0.575)], "#f08a24")
    c.box(x - 0.05, 0.5, x + 0.05, 0.51, "#2b2b33")
    c.box(x - 0.032, 0.43, x + 0.032, 0.5, "#2b2b33")
    c.person(
        x + c.rng.choice([-0.22, 0.22]),
        0.94,
        c.rng.uniform(0.28, 0.38),
        c.rng.choice(["#d1495b", "#edae49", "#30638e"]),
    )
    for _ in range(140):
        c.disc(c.rng.random(), c.rng.random(), c.rng.uniform(0.001, 0.004), "#ffffff")


SCENES: dict[str, Callable[[Canvas], None]] = {
    painter.__name__: painter for painter in (sea, beach, mountains, garden, forest, city, birthday, christmas, snow)
}


def paint(scene: str, seed: str, hour: str = "day", size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """The picture of *scene* (a key of ``SCENES``) at *hour* (a key of ``SKIES``) in *size* pixels, drawn larger and
    scaled down so that edges are soft."""
    canvas = Canvas(size[0] * 4 // 3, size[1] * 4 // 3, seed, hour)
    SCENES[scene](canvas)
    return canvas.finish(size)
