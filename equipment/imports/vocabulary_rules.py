"""Words of workbooks: what headings, statuses and kinds are called besides their own names, and which cells
say that there is nothing to say. Shipped as vocabulary.toml; the bureau's own words lie over it. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from equipment.core.fields import Fields
from equipment.imports.table_rules import heading_key, name_key

HEADING, STATUS, NO_NUMBER, OWN = "heading", "status", "no_number", "own"
Meanings = Mapping[tuple[str, str], str]  # (what the word is for, the word as compared) -> meaning


class OwnWord(NamedTuple):
    """A word of the bureau: for a heading, a status, a choice of a field ("variety"), no number, one's own;
    an empty meaning takes a shipped word back."""

    about: str
    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one category, compared as `word_key` makes them."""

    meanings: Meanings = field(default_factory=dict)
    unsure: frozenset[tuple[str, str]] = frozenset()

    def of(self, about: str) -> dict[str, str]:
        """Every word for one purpose with its meaning."""
        return {word: meaning for (purpose, word), meaning in self.meanings.items() if purpose == about}

    def laid_over(self, words: Iterable[OwnWord]) -> Vocabulary:
        """With the bureau's words, the later over the earlier: a word of its own is sure."""
        meanings, unsure = dict(self.meanings), set(self.unsure)
        for about, word, meaning in words:
            key = (about, word_key(about, word))
            unsure.discard(key)
            meanings.pop(key, None)
            if meaning:
                meanings[key] = meaning
        return replace(self, meanings=meanings, unsure=frozenset(unsure))


def word_key(about: str, word: str) -> str:
    """A word as it is compared; what stands in brackets counts, except in headings: 在用（停用） is neither."""
    return heading_key(word) if about == HEADING else name_key(word)


def shipped(category_key: str) -> Vocabulary:
    """The words that come with the project."""
    meanings: dict[tuple[str, str], str] = {}
    unsure: set[tuple[str, str]] = set()
    for about in (NO_NUMBER, OWN):
        for word in SHIPPED.listed(about):
            meanings[about, word_key(about, str(word))] = about
    for certain in (True, False):
        part = SHIPPED.table("sure" if certain else "unsure")
        for about, table in _tables(part, category_key):
            for meaning in table:
                for word in table.listed(meaning):
                    key = (about, word_key(about, str(word)))
                    if key not in meanings:
                        meanings[key] = meaning
                        unsure |= set() if certain else {key}
    return Vocabulary(meanings, frozenset(unsure))


def _tables(part: Fields, category_key: str) -> Iterable[tuple[str, Fields]]:
    """(what its words are for, the words by meaning), the category's own first."""
    headings, own = part.table("headings"), part.table(category_key)
    yield HEADING, headings.table(category_key)
    yield HEADING, headings.table("common")
    yield STATUS, part.table(STATUS)
    yield from ((name, own.table(name)) for name in own)


SHIPPED = Fields(tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text("utf-8")))
