"""Made-up photos of machine rooms: scenes that can be taken again by another hand, sister rooms that look alike, and what
a copied photo goes through."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (960, 720)
Point = tuple[float, float]


def scene(seed: int, sister: int = 0) -> Image.Image:
    """A room with a floor, a wall, a machine, cabinets, pipes and signs; a `sister` room has the same builder and machine,
    and other small things."""
    dice, own = random.Random(seed), random.Random(seed * 1000 + sister)
    width, height = 1300, 1000
    base = dice.randrange(90, 200)
    picture = Image.new("RGB", (width, height), (base, base, min(255, base + dice.randrange(-20, 20))))
    draw = ImageDraw.Draw(picture)
    floor = dice.randrange(height // 2, height - 150)
    draw.rectangle((0, floor, width, height), fill=_grey(dice, 40, 150))
    for _ in range(dice.randrange(5, 10)):  # cabinets, motor, sheave
        left, top = dice.randrange(0, width - 200), dice.randrange(0, height - 200)
        box = (left, top, left + dice.randrange(80, 480), top + dice.randrange(80, 420))
        shape = draw.ellipse if dice.random() < 0.3 else draw.rectangle
        shape(box, fill=_colour(dice), outline=_grey(dice, 0, 60), width=4)
    for _ in range(dice.randrange(3, 9)):  # ropes, pipes
        draw.line(
            [(dice.randrange(width), 0), (dice.randrange(width), height)],
            fill=_grey(dice, 10, 220),
            width=dice.randrange(6, 30),
        )
    for _ in range(own.randrange(8, 16)):  # labels, tools, stains
        left, top = own.randrange(width), own.randrange(height)
        draw.rectangle(
            (left, top, left + own.randrange(15, 110), top + own.randrange(10, 90)), fill=_colour(own)
        )
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def taken(room: Image.Image, dice: random.Random, steady: float = 1.0) -> Image.Image:
    """A photo of it by somebody who stands about there; `steady` below 1 is a steadier hand."""
    turned = room.rotate(dice.uniform(-4, 4) * steady, resample=Image.Resampling.BILINEAR, expand=False)
    zoom = 1 + dice.uniform(-0.12, 0.12) * steady
    wide, high = 1000 * zoom, 750 * zoom
    left = 150 + dice.uniform(-70, 70) * steady
    top = 125 + dice.uniform(-55, 55) * steady
    picture = turned.crop((int(left), int(top), int(left + wide), int(top + high))).resize(SIZE)
    picture = ImageEnhance.Brightness(picture).enhance(dice.uniform(0.75, 1.25))
    picture = _lit(picture, dice)
    noise = Image.effect_noise(SIZE, dice.uniform(6, 22)).convert("RGB")
    return Image.blend(picture, noise, 0.06)


def copied(photo: Image.Image, dice: random.Random) -> Image.Image:
    """The same photo on its way round: scaled, cut a little at its edges, written again, stamped at the foot or head."""
    picture = photo
    if dice.random() < 0.5:
        cut = [dice.uniform(0, 0.025) for _ in range(4)]
        wide, high = picture.size
        picture = picture.crop(
            (int(cut[0] * wide), int(cut[1] * high), int(wide - cut[2] * wide), int(high - cut[3] * high))
        )
    scale = dice.uniform(0.35, 1.0)
    picture = picture.resize((int(picture.width * scale), int(picture.height * scale)))
    if dice.random() < 0.6:
        stamp(picture, dice.random() < 0.8, dice)
    return rewritten(picture, dice.randrange(45, 92))


def stamp(picture: Image.Image, at_foot: bool, dice: random.Random) -> None:
    """A strip with time and place along an edge."""
    high = int(picture.height * dice.uniform(0.05, 0.11))
    top = picture.height - high if at_foot else 0
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, top, picture.width, top + high), fill=(20, 20, 20))
    for place in range(12):
        left = 10 + place * picture.width // 14
        draw.rectangle(
            (left, top + high // 4, left + picture.width // 20, top + 3 * high // 4), fill=(240, 240, 240)
        )


def rewritten(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


def _lit(picture: Image.Image, dice: random.Random) -> Image.Image:
    """A lamp or a flash from one side."""
    shade = (
        Image.linear_gradient("L").resize(picture.size).rotate(dice.choice((0, 90, 180, 270)), expand=False)
    )
    dark = ImageEnhance.Brightness(picture).enhance(dice.uniform(0.7, 1.0))
    return Image.composite(picture, dark, shade.resize(picture.size))


def _grey(dice: random.Random, least: int, most: int) -> tuple[int, int, int]:
    value = dice.randrange(least, most)
    return (value, value, value)


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return (dice.randrange(256), dice.randrange(256), dice.randrange(256))
