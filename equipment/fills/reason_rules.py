"""What follows from the reasons of a verdict: on which pile a bottle goes (收瓶), what stays with it until it
was treated, what becomes a finding, and which reasons a check after the fill gives. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from equipment.core.verdict import Effect, Reason
from equipment.fills.build_rules import Make
from equipment.fills.rules import RING_NOT_READ
from equipment.fills.states import Pile
from equipment.register.rules import Outcome
from equipment.regulation.fill_checks import CheckItem

TRANSIENT = frozenset({"R25"})  # gone once the people have left the vehicle: nothing stays with the cylinder
# damage, fire, leaks: somebody must look at them
FINDINGS = frozenset({"R16", "R17", "Q01", "Q02", "Q03", "Q11"})
OVERFILL, OVERPRESSURE = "Q10", "Q09"  # the post-fill items about weight and pressure
OVERFILLS = frozenset({OVERFILL, OVERPRESSURE})  # too much is in it: let down, and measured again

# 收瓶: which reason puts a bottle on which pile, the gravest first; any other one is looked into.
PILE_OF = {
    "R08": Pile.SCRAP,
    "R09": Pile.SCRAP,
    "R28": Pile.ASIDE,
    "R30": Pile.ASIDE,
    "R01": Pile.NO_CODE,
    "R03": Pile.FOREIGN,
}
# what speaks of the station and of the last minutes, not of the bottle that was brought
NOT_OF_THE_BOTTLE = frozenset({"R29", "R31", "R32"})


def pile_of(reasons: Iterable[Reason], *, is_gone: bool = False) -> Pile:
    """Where a bottle goes that was brought in; `is_gone`: its label is void because its life has ended."""
    codes = {reason.code for reason in reasons if reason.effect.refuses} - NOT_OF_THE_BOTTLE
    if is_gone:
        return Pile.SCRAP
    return next(
        (pile for code, pile in PILE_OF.items() if code in codes), Pile.INSPECT if codes else Pile.GOOD
    )


def takes_label(reasons: Iterable[Reason]) -> bool:
    """Whether a label put on the bottle helps: not where its own is void, its life has ended."""
    ended = {("R01", Outcome.VOID), ("R09", "scrapped"), ("R09", "cancelled")}
    return not any((reason.code, reason.params.get("why")) in ended for reason in reasons)


def asks_for_ring(reasons: Iterable[Reason]) -> bool:
    """Whether reading the inspection ring and recording its month (`dues.decisions.note_ring`) is the way out
    of a refusal."""
    return any(reason.code == "R07" and reason.params.get("why") == RING_NOT_READ for reason in reasons)


def standing_code(reasons: Iterable[Reason]) -> str:
    """The reason that stays with the cylinder until it was treated and checked again, one that cannot be
    treated here before all others."""
    staying = [reason for reason in reasons if reason.effect.refuses and reason.code not in TRANSIENT]
    return max(staying, key=lambda reason: reason.effect is Effect.BLOCK).code if staying else ""


def to_be_looked_at(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Those that become findings."""
    return (reason for reason in reasons if reason.code in FINDINGS and reason.effect.refuses)


def asked_of(make: Make, *, first: bool) -> tuple[str, ...]:
    """The items a person looks at before filling; some of a new or just inspected bottle (`first`) only."""
    return tuple(item.code for item in make.pre if item.by_person and (first or not item.first))


def unanswered(make: Make, answers: Mapping[str, object], *, first: bool = True) -> tuple[str, ...]:
    """The items a person should have looked at and nobody answered: 未做充装前检查."""
    return tuple(code for code in asked_of(make, first=first) if code not in answers)


def failed_after(
    items: tuple[CheckItem, ...], answers: Mapping[str, bool | str], over: Mapping[str, Mapping[str, object]]
) -> tuple[Reason, ...]:
    """Reasons that stop a filled cylinder from leaving: failed post-fill items, and those of weight or
    pressure over the limit (`over`: what is to be said of it, by item)."""
    codes = {code for code, answer in answers.items() if answer is not True} | over.keys()
    return tuple(
        Reason(item.code, Effect.TREAT, item.citation, {"item": item.code, **over.get(item.code, {})})
        for item in items
        if item.code in codes
    )
