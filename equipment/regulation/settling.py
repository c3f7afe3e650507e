"""How what is due is settled (办结): by which evidence, and by whom of those around a piece. Every kind that a
category plans is named here by it. No text says who may keep which report: these are this product's ways."""

from __future__ import annotations

from dataclasses import dataclass

from equipment.core.words import N_, Labelled


class DueParty(Labelled):
    """The organisations around a piece: who uses (or owns), maintains, inspects it."""

    UNIT = "unit", N_("the use unit")
    FIRM = "firm", N_("the maintenance firm")
    BODY = "body", N_("the inspection body")


class Proof(Labelled):
    """What settles a due."""

    RESULT = "result", N_("its result, and its report in time")
    REPORT = "report", N_("its report: number, who issued it, day, file")
    CHECK = "check", N_("its report: who checked, who reviewed, the stamped file")
    VISIT = "visit", N_("its maintenance visit")
    END = "end", N_("scrapping it, or an approved delay")
    PAPER = "paper", N_("a new paper")

    @property
    def recorded(self) -> bool:
        """Whether it is a record of its own, with a conclusion (检验结果)."""
        return self in (Proof.RESULT, Proof.REPORT, Proof.CHECK)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The way one kind is settled: by this proof, entered by these."""

    proof: Proof
    by: frozenset[DueParty]


def settled_by(proof: Proof, *parties: DueParty) -> Settlement:
    return Settlement(proof, frozenset(parties))
