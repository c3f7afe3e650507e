"""States of the label ledger (docs/states.md), and what a loss rate is. Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from equipment.core.fields import Fields
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Labelled, Message


class LedgerState(Labelled):
    """标签台账: where a label is, each in one of these, so that the counts add up to what was issued."""

    BLANK = "blank", N_("Blank, in stock"), "grey"
    HANDED_OUT = "handed_out", N_("Blank, handed out"), "blue"
    BOUND = "bound", N_("Bound"), "green"
    LOST = "lost", N_("Fallen off"), "amber"
    DAMAGED = "damaged", N_("Damaged"), "amber"
    REPLACED = "replaced", N_("Replaced"), "grey"
    VOID = "void", N_("Void"), "red"


class ClaimState(Labelled):
    """一码两瓶: what became of a second claim to a label."""

    OPEN = "open", N_("To be looked at"), "amber"
    STAYS = "stays", N_("Stays where it was bound"), "green"
    VOIDED = "voided", N_("Code made void, both get new labels"), "red"


CLAIM_CHANGES: dict[ClaimState, set[ClaimState]] = {
    ClaimState.OPEN: {ClaimState.STAYS, ClaimState.VOIDED},
    ClaimState.STAYS: set(),
    ClaimState.VOIDED: set(),
}


class PrintWord(Labelled):
    """What somebody says of labels that are in a file."""

    WELL = "well", N_("All came out well"), "green"
    STOPPED = "stopped", N_("It stopped: go on from there"), "amber"
    SPOILT = "spoilt", N_("Some are spoilt: new codes in their place"), "red"
    AGAIN = "again", N_("Some are to be printed again with the same codes"), "amber"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of labels in a batch, as people write them on a note: 17-24, 30."""

    runs: tuple[tuple[int, int], ...]

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.runs)

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(number for first, last in self.runs for number in range(first, last + 1))


NO_NUMBERS = N_("Write numbers like 17-24, 30.")
_RUN = re.compile(r"(\d{1,5})(?:(?:-|~|至|到)(\d{1,5}))?")


def numbers_in(text: str, most: int) -> Numbers | Message:
    """The numbers that a text names, in a batch of so many; what is wrong with it otherwise."""
    plain = unicodedata.normalize("NFKC", text).translate(str.maketrans("–—−、;", "---,,"))
    parts = [part.replace(" ", "") for part in plain.split(",") if part.strip()]
    matches = [_RUN.fullmatch(part) for part in parts]
    runs = tuple((int(match[1]), int(match[2] or match[1])) for match in matches if match)
    if not runs or len(runs) != len(parts):
        return Message(NO_NUMBERS)
    if any(not 1 <= first <= last <= most for first, last in runs):
        return Message(N_("The batch has numbers 1 to %(most)s."), {"most": most})
    return Numbers(runs)


class LossDefinition(NamedTuple):
    """What a loss rate counts, from a day on."""

    version: int
    since: date
    formula_zh: str
    formula_en: str
    cite: str
    confidence: Confidence

    def formula(self, locale: str) -> str:
        return self.formula_en if locale.startswith("en") else self.formula_zh

    @property
    def citation(self) -> Citation:
        return Citation(self.cite, since=self.since, confidence=self.confidence, pack=PACK)


class Loss(NamedTuple):
    """The labels of an organisation in a month."""

    bound: int  # at the start of its first day
    lost: int
    damaged: int

    @property
    def off(self) -> int:
        return self.lost + self.damaged

    @property
    def rate(self) -> float | None:
        """None where nothing was bound: a share of nothing is none."""
        return self.off / self.bound if self.bound else None


def loss_definition(month: date) -> LossDefinition:
    """The one in force on the first day of that month."""
    begun = (one for one in DEFINITIONS if one.since <= month)
    return max(begun, key=lambda one: (one.since, one.version))


def _definitions(pack: Fields) -> tuple[LossDefinition, ...]:
    return tuple(
        LossDefinition(
            row.integer("version"),
            row.day("since"),
            row.text("formula_zh"),
            row.text("formula_en"),
            row.text("cite"),
            Confidence(row.text("confidence")),
        )
        for row in pack.tables("definition")
    )


_FILE = Fields(tomllib.loads((Path(__file__).parent / "definitions.toml").read_text("utf-8")))
PACK = "-".join(_FILE.table("pack").text(name) for name in ("name", "version"))
DEFINITIONS = _definitions(_FILE)
