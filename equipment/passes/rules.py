"""离线可充清单: the text of a station's list, what differs between two of them, and its digest. Pure.

A list is lines in the order of their text, each a bottle that may be filled without asking the server until a
day. A phone that holds one of its lists and the difference to a newer one makes the newer one by itself, and
knows by the digest that it is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

FIRST_DAY = date(2020, 1, 1)  # days are counted from here: three characters until 2147
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BETWEEN, OTHERS = "\t", " "


class Pass(NamedTuple):
    """One bottle: its label, gas, the last day on which it may be filled (None where neither inspection nor
    life sets one), tare and highest gross in g where its gas is weighed, the numbers people read on it, and
    every other number a scanner may give."""

    code: str
    gas: str
    until: date | None
    tare_g: int | None
    max_gross_g: int | None
    own_number: str
    serial: str
    others: tuple[str, ...] = ()

    def line(self) -> str:
        """As the list has it; short, for a phone takes fifty thousand of them."""
        weights = (self.tare_g, self.max_gross_g)
        tare, gross = ("" if weight is None else base36(weight) for weight in weights)
        texts = (
            self.code,
            self.gas,
            base36((self.until - FIRST_DAY).days) if self.until else "",
            tare,
            gross,
            _plain(self.own_number),
            _plain(self.serial),
            OTHERS.join(self.others),
        )
        return BETWEEN.join(texts).rstrip(BETWEEN)


class ListChange(NamedTuple):
    """How a newer list comes from an older one: the places of lines that are gone, and the lines that
    came."""

    gone: list[int]
    came: list[str]


def base36(number: int) -> str:
    """A whole number that is not negative."""
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def listed(passes: Iterable[Pass]) -> str:
    """The list itself: every line once, in order."""
    return "\n".join(sorted({one.line() for one in passes}))


def digest(text: str) -> str:
    """By which a list is known, and proved to be whole."""
    return sha256(text.encode()).hexdigest()


def difference(older: str, newer: str) -> ListChange:
    """What a phone that has the older list needs for the newer one."""
    before, after = _lines(older), _lines(newer)
    stays, had = set(after), set(before)
    gone = [place for place, line in enumerate(before) if line not in stays]
    return ListChange(gone, [line for line in after if line not in had])


def applied(older: str, change: ListChange) -> str:
    """The newer list, as a phone makes it (static/js/pass-rules.js does the same)."""
    gone = set(change.gone)
    return "\n".join(
        sorted([line for place, line in enumerate(_lines(older)) if place not in gone] + change.came)
    )


def line_of(text: str, code: str) -> str | None:
    """The line of the list that carries this label or number: what a phone said of it can be looked up."""
    for line in _lines(text):
        parts = line.split(BETWEEN)
        if code == parts[0] or code in parts[5:7] or (len(parts) > 7 and code in parts[7].split(OTHERS)):
            return line
    return None


def until_of(line: str) -> date | None:
    """The last day that a line gives."""
    parts = line.split(BETWEEN)
    return (
        date.fromordinal(FIRST_DAY.toordinal() + int(parts[2], 36)) if len(parts) > 2 and parts[2] else None
    )


def _lines(text: str) -> Sequence[str]:
    return text.split("\n") if text else []


def _plain(number: str) -> str:
    return number.translate(str.maketrans("\t\n\r", "   "))
