"""A photo that is used again is found although it was scaled, stamped or written again; a room photographed again and its
sister are not. The shares on a hundred rooms (16 bits of 256): sent again and stamped 100 %, also cut at its edges 58 %,
the same room from nearly the same place, and sister rooms, none of 654."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from equipment.files.marks import PhotoLook, mark_of, marks_of
from equipment.files.photo_rules import bands_of, bits_apart, difference_bits, is_plain, near_bands
from tests.files.pictures import rewritten, scene, stamp, taken

COARSE, FINE = 7, 16


def is_alike(one: PhotoLook, other: PhotoLook) -> bool:
    return bits_apart(one.coarse, other.coarse) <= COARSE and bits_apart(one.fine, other.fine) <= FINE


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_sent_again_is_found_and_a_room_photographed_again_is_not(seed: int) -> None:
    dice = random.Random(seed)
    room = scene(seed)
    first = taken(room, dice)
    again = first.resize((600, 450))
    stamp(again, at_foot=seed % 2 == 0, dice=dice)
    assert is_alike(mark_of(first), mark_of(rewritten(again, 70)))
    assert not is_alike(mark_of(first), mark_of(taken(room, dice)))
    assert not is_alike(mark_of(first), mark_of(taken(scene(seed, sister=1), dice)))
    assert not is_alike(mark_of(first), mark_of(taken(scene(seed + 50), dice)))


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(Image.new("RGB", (640, 480), (9, 9, 9)), id="the dark"),
        pytest.param(Image.effect_noise((640, 480), 12), id="noise of a covered lens"),
        pytest.param(Image.new("RGB", (15, 15), (200, 0, 0)), id="a speck"),
    ],
)
def test_where_nothing_can_be_known_again_there_is_no_mark(picture: Image.Image) -> None:
    assert mark_of(picture) == PhotoLook()


def test_a_picture_that_is_gone_or_cannot_be_read_has_no_mark(tmp_path: Path) -> None:
    broken, sound = tmp_path / "broken", tmp_path / "sound.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    picture = Image.new("RGB", (200, 200), (240, 240, 240))
    ImageDraw.Draw(picture).rectangle((30, 30, 120, 160), fill=(10, 10, 10))
    picture.save(sound)
    marks = marks_of([str(tmp_path / "gone"), str(broken), str(sound)])
    assert [bool(mark.coarse) for mark in marks] == [False, False, True]
    assert (len(marks[2].coarse), len(marks[2].fine)) == (16, 64)


def test_bits_say_whether_a_field_is_brighter_than_its_neighbour() -> None:
    assert difference_bits([9, 5, 7, 1, 2, 3, 3, 0, 0, 0], 4, 2) == "a4"
    assert bits_apart("a4", "a5") == 1
    assert is_plain([100] * 90 + [110] * 10)
    assert not is_plain([10] * 50 + [110] * 50)


def test_up_to_seven_bits_one_quarter_is_near() -> None:
    dice = random.Random(3)
    for _ in range(200):
        bits = dice.getrandbits(64)
        other = bits
        for place in dice.sample(range(64), 7):
            other ^= 1 << place
        one, two = bands_of(f"{bits:016x}"), bands_of(f"{other:016x}")
        assert any(near in near_bands(band) for band, near in zip(one, two, strict=True))
