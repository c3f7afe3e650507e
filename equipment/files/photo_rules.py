"""感知哈希: what a photo looks like, in bits, so that one that is used again is found although it was scaled, cut
at its edges, stamped or written again. Pure.

Each bit says whether one field of a coarse picture is brighter than its neighbour (dHash), of the middle of
the photo: stamps and cuts are at its edges. 64 bits find what may be the same, 256 bits of the same middle
tell it from a room that was only photographed again (measured by tests/files/test_photo_marks.py).
"""

from __future__ import annotations

from collections.abc import Sequence

BANDS, BAND_BITS = 4, 16
COARSE, FINE = (8, 8), (16, 16)  # fields across and down
# Grey values between the brightest and darkest tenth of the fields: less is a covered lens, or the dark.
PLAIN = 24


def difference_bits(fields: Sequence[int], across: int, down: int) -> str:
    """The bits of `down` rows of `across` + 1 grey fields, as hex."""
    bits = 0
    for row in range(down):
        begins = row * (across + 1)
        for place in range(begins, begins + across):
            bits = bits << 1 | (fields[place] > fields[place + 1])
    return f"{bits:0{across * down // 4}x}"


def is_plain(fields: Sequence[int]) -> bool:
    """Whether there is too little in a picture for it to be known again."""
    ordered = sorted(fields)
    tenth = len(ordered) // 10
    return ordered[-1 - tenth] - ordered[tenth] < PLAIN


def bits_apart(one: str, other: str) -> int:
    """By how many bits two marks of one length differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands_of(mark: str) -> tuple[int, ...]:
    """The quarters of a mark of 64 bits. Two marks that differ by at most 7 bits have one quarter that
    differs by one bit at most."""
    digits = len(mark) // BANDS
    return tuple(int(mark[place * digits : (place + 1) * digits], 16) for place in range(BANDS))


def near_bands(band: int) -> list[int]:
    """A quarter and all that differ from it by one bit."""
    return [band, *(band ^ 1 << bit for bit in range(BAND_BITS))]
