"""A canvas with the brushes of a household painter: skies, water, boats, trees, people; Pillow only."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageOps

Colour = tuple[int, int, int]
SKIES = {  # top, horizon
    "day": ("#3f8fd6", "#d5ecf8"),
    "dawn": ("#6a7fb5", "#ffd9b8"),
    "dusk": ("#3c3a78", "#ff9a5c"),
    "grey": ("#8b98a6", "#dfe3e6"),
    "night": ("#070b1f", "#2c3563"),
}


def rgb(colour: str | Colour) -> Colour:
    return ImageColor.getrgb(colour)[:3] if isinstance(colour, str) else colour  # type: ignore[return-value]


def mix(one: str | Colour, other: str | Colour, share: float) -> Colour:
    a, b = rgb(one), rgb(other)
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


class Canvas:
    """A picture in the making. Places and sizes are shares of its width and height, so every size looks the same."""

    def __init__(self, width: int, height: int, seed: str, hour: str = "day") -> None:
        self.rng = random.Random(seed)
        self.hour, self.width, self.height = hour, width, height
        self.image = Image.new("RGB", (width, height))
        self.draw = ImageDraw.Draw(self.image)
        self.gradient(0, 1, *SKIES[hour])

    def shade(self, colour: str | Colour) -> Colour:
        """*colour* in the light of the hour."""
        tints = {
            "dusk": ("#5b2a4a", 0.35),
            "night": ("#050918", 0.7),
            "dawn": ("#ffc9a0", 0.18),
            "grey": ("#8a9096", 0.35),
        }
        return mix(colour, *tints[self.hour]) if self.hour in tints else rgb(colour)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.width, y * self.height

    def gradient(self, top: float, bottom: float, upper: str | Colour, lower: str | Colour) -> None:
        high = max(1, round((bottom - top) * self.height))
        ramp = ImageOps.colorize(Image.linear_gradient("L").resize((1, high)), rgb(upper), rgb(lower))
        self.image.paste(ramp.resize((self.width, high), Image.Resampling.NEAREST), (0, round(top * self.height)))

    def glow(self, x: float, y: float, radius: float, colour: str | Colour, strength: float = 1.0) -> None:
        side = round(2 * radius * self.width)
        light = Image.radial_gradient("L").point(lambda v: round(max(0, 180 - v) * 1.4 * strength))
        light = light.resize((side, side), Image.Resampling.BILINEAR)
        corner = (round(x * self.width - side / 2), round(y * self.height - side / 2))
        self.image.paste(Image.new("RGB", (side, side), rgb(colour)), corner, light)

    def disc(self, x: float, y: float, radius: float, colour: str | Colour, squeeze: float = 1.0) -> None:
        cx, cy, r = x * self.width, y * self.height, radius * self.width
        self.draw.ellipse((cx - r, cy - r * squeeze, cx + r, cy + r * squeeze), fill=rgb(colour))

    def shape(self, points: list[tuple[float, float]], colour: str | Colour) -> None:
        self.draw.polygon([self.at(*point) for point in points], fill=rgb(colour))

    def box(self, left: float, top: float, right: float, bottom: float, colour: str | Colour) -> None:
        self.draw.rectangle((*self.at(left, top), *self.at(right, bottom)), fill=rgb(colour))

    def line(self, points: list[tuple[float, float]], colour: str | Colour, width: float = 0.004) -> None:
        self.draw.line(
            [self.at(*p) for p in points], fill=rgb(colour), width=max(1, round(width * self.width)), joint="curve"
        )

    def ridge(
        self, base: float, rise: float, colour: str | Colour, rough: float = 0.5, peaks: int = 3
    ) -> list[tuple[float, float]]:
        """A line of hills or mountains down to the lower edge; returns its line."""
        waves = [(self.rng.uniform(0, math.tau), self.rng.uniform(0.6, 1.4) * peaks * 2**k, rough**k) for k in range(6)]
        total = sum(weight for _, _, weight in waves)
        line = []
        for step in range(161):
            x = step / 160
            high = sum(weight * math.sin(phase + x * turns * math.pi) for phase, turns, weight in waves) / total
            line.append((x, base - rise * (0.5 + 0.5 * high)))
        self.shape([(0, 1), *line, (1, 1)], colour)
        return line

    def sun(self, x: float, y: float, radius: float = 0.035) -> None:
        colour = {"dusk": "#ffe08a", "dawn": "#fff0cf", "night": "#f2f0df"}.get(self.hour, "#fffbe0")
        self.glow(x, y, radius * (4 if self.hour == "night" else 7), colour, 0.5 if self.hour == "night" else 0.8)
        self.disc(x, y, radius, colour)

    def clouds(self, number: int, low: float = 0.35) -> None:
        for _ in range(number):
            x, y, size = self.rng.random(), self.rng.uniform(0.05, low), self.rng.uniform(0.02, 0.05)
            tone = mix("#ffffff", SKIES[self.hour][0], self.rng.uniform(0.05, 0.3))
            for _ in range(7):
                self.disc(
                    x + self.rng.gauss(0, size * 1.3),
                    y + self.rng.gauss(0, size * 0.25),
                    size * self.rng.uniform(0.5, 1),
                    tone,
                    0.62,
                )

    def stars(self, number: int = 220, low: float = 0.6) -> None:
        for _ in range(number):
            self.disc(self.rng.random(), self.rng.random() * low, self.rng.choice([0.0008, 0.0012, 0.002]), "#f4f1ff")

    def water(self, horizon: float, colour: str | Colour, sun: float | None = None) -> None:
        self.gradient(
            horizon, 1, mix(self.shade(colour), SKIES[self.hour][1], 0.35), self.shade(mix(colour, "#001028", 0.35))
        )
        for _ in range(150):
            depth = self.rng.random() ** 1.6
            x, y, long = self.rng.random(), horizon + (1 - horizon) * depth, 0.01 + 0.06 * depth
            self.line(
                [(x, y), (x + long, y)],
                mix(self.shade(colour), "#ffffff", self.rng.uniform(0.1, 0.45)),
                0.001 + 0.002 * depth,
            )
        if sun is not None:
            for _ in range(120):
                depth = self.rng.random()
                x, y = sun + self.rng.gauss(0, 0.01 + 0.05 * depth), horizon + (1 - horizon) * depth
                self.line([(x - 0.02 * depth, y), (x + 0.02 * depth, y)], "#fff2c4", 0.002)

    def boat(self, x: float, y: float, size: float, hull: str, sail: str = "#fbfaf5") -> None:
        self.line([(x, y - size * 1.5), (x, y)], self.shade("#5c4632"), 0.005)
        self.shape(
            [(x + 0.006, y - size * 1.5), (x + 0.006, y - size * 0.2), (x + size * 0.62, y - size * 0.2)],
            self.shade(sail),
        )
        self.shape(
            [(x - 0.006, y - size * 1.2), (x - 0.006, y - size * 0.2), (x - size * 0.42, y - size * 0.2)],
            self.shade(mix(sail, "#888888", 0.15)),
        )
        self.shape(
            [
                (x - size * 0.6, y - size * 0.1),
                (x + size * 0.75, y - size * 0.1),
                (x + size * 0.5, y + size * 0.2),
                (x - size * 0.45, y + size * 0.2),
            ],
            self.shade(hull),
        )

    def house(self, x: float, y: float, wide: float, wall: str, roof: str) -> None:
        high = wide * 0.85
        self.box(x, y - high, x + wide, y, self.shade(wall))
        self.box(x + wide * 0.72, y - high * 1.75, x + wide * 0.84, y - high, self.shade("#8d5b46"))
        self.shape(
            [(x - wide * 0.1, y - high), (x + wide * 1.1, y - high), (x + wide / 2, y - high * 1.75)], self.shade(roof)
        )
        lit = "#ffdf80" if self.hour in ("night", "dusk") else self.shade("#a9d3e8")
        for place in (0.12, 0.66):
            self.box(x + wide * place, y - high * 0.75, x + wide * (place + 0.22), y - high * 0.4, lit)
        self.box(x + wide * 0.41, y - high * 0.55, x + wide * 0.59, y, self.shade("#6b4a36"))

    def fir(self, x: float, y: float, size: float, colour: str = "#235a3c") -> None:
        self.box(x - size * 0.05, y - size * 0.2, x + size * 0.05, y, self.shade("#5a4330"))
        for level in range(4):
            top, half = y - size * (1.75 - level * 0.33), size * (0.2 + 0.1 * level)
            self.shape(
                [(x, top), (x - half, top + size * 0.55), (x + half, top + size * 0.55)],
                self.shade(mix(colour, "#000000", 0.07 * level)),
            )

    def tree(self, x: float, y: float, size: float, leaves: str) -> None:
        self.box(x - size * 0.06, y - size * 0.9, x + size * 0.06, y, self.shade("#664a33"))
        for _ in range(26):
            dx, dy = self.rng.gauss(0, size * 0.24), self.rng.gauss(0, size * 0.22)
            tone = mix(leaves, self.rng.choice(["#ffffff", "#000000"]), self.rng.uniform(0, 0.2))
            self.disc(x + dx, y - size * 1.2 + dy, size * self.rng.uniform(0.1, 0.22), self.shade(tone), 1.3)

    def person(self, x: float, y: float, size: float, coat: str, skin: str = "#eab890", hair: str = "#4a3222") -> None:
        wide = size * 0.2
        self.shape(
            [
                (x - wide * 0.5, y - size * 0.5),
                (x + wide * 0.5, y - size * 0.5),
                (x + wide * 0.4, y),
                (x - wide * 0.4, y),
            ],
            self.shade("#3a4660"),
        )
        self.draw.rounded_rectangle(
            (*self.at(x - wide * 0.65, y - size * 0.86), *self.at(x + wide * 0.65, y - size * 0.38)),
            wide * 0.5 * self.width,
            fill=self.shade(coat),
        )
        self.disc(x, y - size * 1.02, wide * 0.5, self.shade(skin), 1.1)
        self.draw.pieslice(
            (*self.at(x - wide * 0.54, y - size * 1.2), *self.at(x + wide * 0.54, y - size * 0.92)),
            170,
            370,
            fill=self.shade(hair),
        )

    def dog(self, x: float, y: float, size: float, fur: str = "#b07a45") -> None:
        tone = self.shade(fur)
        for leg in (-0.4, -0.25, 0.25, 0.4):
            self.box(x + size * (leg - 0.05), y - size * 0.4, x + size * (leg + 0.05), y, tone)
        self.disc(x, y - size * 0.55, size * 0.5, tone, 0.55)
        self.disc(x + size * 0.58, y - size * 0.95, size * 0.24, tone)
        self.disc(x + size * 0.45, y - size * 0.95, size * 0.12, self.shade(mix(fur, "#000000", 0.4)), 1.8)
        self.disc(x + size * 0.8, y - size * 0.9, size * 0.06, "#221a16")
        self.line([(x - size * 0.45, y - size * 0.7), (x - size * 0.75, y - size * 1.15)], tone, size * 0.1)

    def finish(self, size: tuple[int, int], grain: float = 0.03) -> Image.Image:
        """The picture as a lens sees it, in *size* pixels: soft edges, darker corners, a little grain."""
        image = self.image.resize(size, Image.Resampling.BOX)
        light = Image.radial_gradient("L").point(lambda v: round((255 - v * 0.25) * 1.04 if v > 30 else 255))
        image = ImageChops.multiply(image, Image.merge("RGB", (light.resize(size, Image.Resampling.BILINEAR),) * 3))
        coarse = (size[0] // 2, size[1] // 2)
        noise = Image.frombytes("L", coarse, self.rng.randbytes(coarse[0] * coarse[1]))
        noise = noise.resize(size, Image.Resampling.NEAREST)
        return Image.blend(image, Image.merge("RGB", (noise,) * 3), grain)
