"""The answer of a rule: allowed or not, with every reason, each with its effect and its citation (依据).
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled


class Confidence(Labelled):
    """How sure the rule pack is of a number; only SEEN and CONFIRMED count as verified on screen."""

    CONFIRMED = "confirmed", N_("Confirmed by the bureau"), "green"
    SEEN = "seen", N_("Seen in a public source"), "green"
    KNOWN = "known", N_("Unverified (domain knowledge)"), "amber"
    UNSURE = "unsure", N_("Unverified (uncertain)"), "amber"

    @property
    def verified(self) -> bool:
        return self in (Confidence.CONFIRMED, Confidence.SEEN)


class Effect(Labelled):
    """What a reason does to the thing asked for."""

    BLOCK = "block", N_("Blocked"), "red"
    TREAT = "treat", N_("Blocked until treated and checked again"), "red"
    WARN = "warn", N_("Warning"), "amber"
    NOTE = "note", N_("Note"), "blue"

    @property
    def refuses(self) -> bool:
        return self in (Effect.BLOCK, Effect.TREAT)


@dataclass(frozen=True, slots=True)
class Citation:
    """The clause, document, day in force and confidence behind a rule or number."""

    document: str
    clause: str = ""
    since: date | None = None
    confidence: Confidence = Confidence.UNSURE
    pack: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "document": self.document,
            "clause": self.clause,
            "since": self.since.isoformat() if self.since else None,
            "confidence": str(self.confidence),
            "verified": self.confidence.verified,
            "pack": self.pack,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Citation:
        fields = Fields(stored)
        return cls(
            fields.text("document"),
            fields.text("clause", ""),
            fields.day("since") if fields.get("since") else None,
            Confidence(fields.text("confidence", "unsure")),
            fields.text("pack", ""),
        )


class ReasonJson(TypedDict):
    """A reason as it is stored."""

    code: str
    effect: str
    params: dict[str, object]
    citation: dict[str, object]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict, as code and parameters:
    its text is made when read, in the reader's language."""

    code: str
    effect: Effect
    citation: Citation
    params: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> ReasonJson:
        return {
            "code": self.code,
            "effect": str(self.effect),
            "params": dict(self.params),
            "citation": self.citation.as_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Reason:
        fields = Fields(stored)
        return cls(
            fields.text("code"),
            Effect(fields.text("effect")),
            Citation.from_json(fields.table("citation")),
            fields.table("params"),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """All reasons that were found, not only the first."""

    reasons: tuple[Reason, ...] = ()
    allowed: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "allowed", not any(reason.effect.refuses for reason in self.reasons))

    @property
    def refusals(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.effect.refuses)

    def __add__(self, more: Iterable[Reason]) -> Verdict:
        return Verdict((*self.reasons, *more))

    def asked_again(self, now: Verdict) -> Verdict:
        """What stood stays, what is new is added, and a refusal takes the place of a warning of its code, but
        not of one that two people have set aside (人工放行)."""
        aside = {reason.code for reason in self.reasons if reason.params.get("overridden")}
        harder = {reason.code for reason in now.refusals} - aside
        before = [reason for reason in self.reasons if reason.effect.refuses or reason.code not in harder]
        codes = {reason.code for reason in before}
        return Verdict((*before, *(reason for reason in now.reasons if reason.code not in codes)))

    def as_json(self) -> list[ReasonJson]:
        return [reason.as_json() for reason in self.reasons]

    @classmethod
    def from_json(cls, stored: Iterable[Mapping[str, object]]) -> Verdict:
        return cls(tuple(Reason.from_json(reason) for reason in stored))


CLEAN = Verdict()  # nothing stands against it: what nearly every scan is answered
