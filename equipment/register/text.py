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
TAILS = (4, 5, 6)  # people remember a stamped number by its last digits


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """What is kept of a text: every pair of neighbouring Chinese characters, the last character of each run,
    every other word.

    Makers, places and models repeat from piece to piece, so that an import asks for few texts anew.
    """
    cut: list[str] = []
    for run in runs(text):
        cut += [*pairs(run), run[-1]] if is_chinese(run) else [run]
    return tuple(cut)


def search_terms(text: str) -> tuple[tuple[str, bool], ...]:
    """What is looked for: (word, whether a longer word beginning with it is found too)."""
    terms: dict[str, bool] = {}
    for run in runs(text):
        if not is_chinese(run):
            terms[run] = True
        elif len(run) == 1:
            terms[run] = True  # it begins a pair, or it ends a run
        else:
            terms |= dict.fromkeys(pairs(run), False)
    return tuple(terms.items())


def tails(number: str) -> Iterator[str]:
    """The last characters of a long number."""
    joined = "".join(runs(number))
    return (joined[-length:] for length in TAILS if len(joined) > length)


def runs(text: str) -> list[str]:
    """Runs of Chinese characters and of other letters and digits, half width and lower case."""
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def is_chinese(run: str) -> bool:
    return ord(run[0]) >= 0x3400 and ("㐀" <= run[0] <= "鿿" or "豈" <= run[0] <= "﫿" or run[0] >= "𠀀")


def pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def all_words(texts: Iterable[str]) -> list[str]:
    """Every word of several texts, once, in order."""
    return list(dict.fromkeys(word for text in texts for word in words(text)))
