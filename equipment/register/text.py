"""Cutting text into what full-text search can find: Chinese into pairs of characters, the rest
into whole words. Pure.

No engine here finds 电梯 inside a Chinese name by itself, so both engines are fed and asked with
the words made here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

_RUN = re.compile(r"[㐀-鿿豈-﫿𠀀-𲎯]+|[^\W_㐀-鿿豈-﫿𠀀-𲎯]+")
# Letters and digits that hyphens and the like hold together: 01-20, GeN2-MR.
_JOINED = re.compile(r"[^\W_㐀-鿿豈-﫿𠀀-𲎯]+(?:[-./_][^\W_㐀-鿿豈-﫿𠀀-𲎯]+)+")
FEWEST = 4  # so many characters of a number, from anywhere in it, find it
LONGEST = 24  # no number is longer; what is has its parts from the last of these on


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """What is kept of a text: every pair of neighbouring Chinese characters, the last character of each run,
    every other word, and what hyphens hold together as one.

    Makers, places and models repeat from piece to piece, so that an import asks for few texts anew.
    """
    cut: list[str] = []
    for run in runs(text):
        cut += [*pairs(run), run[-1]] if is_chinese(run) else [run]
    return (*cut, *map(_without_signs, _JOINED.findall(_plain(text))))


def search_terms(text: str) -> tuple[tuple[str, bool], ...]:
    """What is looked for: (word, whether a longer word beginning with it is found too). What hyphens hold
    together is one word: 01-20 is no 01 and no 20."""
    terms = {_without_signs(joined): True for joined in _JOINED.findall(_plain(text))}
    for run in runs(_JOINED.sub(" ", _plain(text))):
        if not is_chinese(run):
            terms[run] = True
        elif len(run) == 1:
            terms[run] = True  # it begins a pair, or it ends a run
        else:
            terms |= dict.fromkeys(pairs(run), False)
    return tuple(terms.items())


def tails(number: str) -> Iterator[str]:
    """The ends of a number, each FEWEST characters or longer: any part of it begins one of them."""
    joined = "".join(run for run in runs(number) if not is_chinese(run))[-LONGEST:]
    return (joined[start:] for start in range(1, len(joined) - FEWEST + 1))


def runs(text: str) -> list[str]:
    """Runs of Chinese characters and of other letters and digits, half width and lower case."""
    return _RUN.findall(_plain(text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _without_signs(joined: str) -> str:
    return "".join(_RUN.findall(joined))


def is_chinese(run: str) -> bool:
    return ord(run[0]) >= 0x3400 and ("㐀" <= run[0] <= "鿿" or "豈" <= run[0] <= "﫿" or run[0] >= "𠀀")


def pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def all_words(texts: Iterable[str]) -> list[str]:
    """Every word of several texts, once, in order."""
    return list(dict.fromkeys(word for text in texts for word in words(text)))
