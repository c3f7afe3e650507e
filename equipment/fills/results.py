"""What came out of a fill: 充后总重 or pressure, 充装后检查, and the state they lead to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.verdict import Reason
from equipment.core.words import N_, Message
from equipment.fills.actions import move, note, rules_behind
from equipment.fills.checks import (
    answer_marks,
    answers_marked,
    keep_with_cylinder,
    only_asked_items,
    only_known_items,
)
from equipment.fills.models import Fill
from equipment.fills.rules import OVERFILL, Answers, Make, Rulebook, failed_after, failed_checks, unanswered
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import Weights, off_target
from equipment.intake.actions import Receipts
from equipment.people.rules import Viewer

NO_PRE_CHECK = "no_pre_check"  # 未做充装前检查
WITHOUT_REFUSAL = "result_despite_check"
DRAWN_DOWN = "drawn_down"
RESULTS = Receipts("fill_result", "result_id")
AMOUNTS = ("empty_g", "gross_g", "pressure_kpa", "temperature_dc")


@dataclass(frozen=True, slots=True, kw_only=True)
class FillResult:
    """What came out of a fill. `content` is its canonical text: the same again is a replay."""

    happened_at: datetime
    content: str
    empty_g: int | None = None
    gross_g: int | None = None
    pressure_kpa: int | None = None
    temperature_dc: int | None = None
    checks: Answers = field(default_factory=dict)
    post_checks: Mapping[str, bool] = field(default_factory=dict)
    result_id: UUID | None = None


def record_result(fill: Fill, result: FillResult, *, by: Viewer) -> Fill:
    """充后总重 or pressure and 充装后检查 of a fill that is locked. The same result again changes nothing."""
    message = RESULTS.received(result.content, sender=by.organisation_id, key=result.result_id, about=fill.id)
    if message.answer is not None:
        return fill
    if fill.state not in (FillState.OPEN, FillState.OVERFILLED):
        raise Conflict(_differing(fill, result))
    piece, make, book = rules_behind(fill)
    only_asked_items(make, fill, result.checks)
    only_known_items(pack_of(fill.on), result.post_checks)
    _measure(fill, make, result, by)
    reasons, state = _outcome(make, fill, book)
    codes = {reason["code"] for reason in fill.verdict}
    fill.verdict = [*fill.verdict, *(reason.as_json() for reason in reasons if reason.code not in codes)]
    drawn = {DRAWN_DOWN} if (fill.state, state) == (FillState.OVERFILLED, FillState.FILLED) else set()
    fill.flags = sorted({*fill.flags, *_flags(make, fill, reasons), *drawn})
    fill.result_at = clock.now()
    fill.closed_at = None if state == FillState.OVERFILLED else fill.result_at
    if fill.state != state:  # drawn down too little, it is overfilled still
        move(fill, state)
    keep_with_cylinder(piece, fill, reasons, by)
    message.keep(state)
    payload = {
        "happened_at": result.happened_at,
        "net_g": fill.net_g,
        "reasons": [reason.code for reason in reasons],
    }
    note(fill, f"fill.{state}", by, payload, piece)
    return fill


def _measure(fill: Fill, make: Make, result: FillResult, by: Viewer) -> None:
    """A fill without its amount proves nothing: weight where gas is weighed, pressure elsewhere."""
    if make.weighed and result.gross_g is None:
        raise Invalid({"gross_g": N_("Enter the gross weight after filling.")})
    if not make.weighed and result.pressure_kpa is None:
        raise Invalid({"pressure_kpa": N_("Enter the pressure after filling.")})
    weights = Weights(fill.tare_g, result.gross_g, make.charge_g)
    if problem := weights.problem:
        raise Invalid({"gross_g": problem})
    fill.empty_g = result.empty_g if result.empty_g is not None else fill.empty_g
    fill.gross_g, fill.pressure_kpa = result.gross_g, result.pressure_kpa
    fill.temperature_dc = result.temperature_dc
    fill.net_g = weights.net_g
    fill.checks = fill.checks | answer_marks(result.checks, by.actor)
    fill.post_checks = answer_marks(result.post_checks, by.actor)


def _outcome(make: Make, fill: Fill, book: Rulebook) -> tuple[tuple[Reason, ...], FillState]:
    """What stands against the fill as it came out, and the state it leads to: over the limit goes before any
    other fault."""
    over = Weights(fill.tare_g, fill.gross_g, make.charge_g).overfilled
    before = tuple(failed_checks(book, make.pre, answers_marked(fill.checks)))
    after = failed_after(make.post, answers_marked(fill.post_checks), over)
    if {reason.code for reason in after} == {OVERFILL}:
        return (*before, *after), FillState.OVERFILLED
    refused = any(reason.effect.refuses for reason in (*before, *after))
    return (*before, *after), FillState.FAILED if refused else FillState.FILLED


def _flags(make: Make, fill: Fill, reasons: tuple[Reason, ...]) -> set[str]:
    flags = {NO_PRE_CHECK} if unanswered(make, fill.checks) else set()
    flags |= {off} if (off := off_target(make, fill.net_g)) else set()
    despite = any(reason.code.startswith("R") and reason.effect.refuses for reason in reasons)
    return flags | ({WITHOUT_REFUSAL} if despite else set())


def _differing(fill: Fill, result: FillResult) -> dict[str, Message | str]:
    """In which fields a second result says something else than what is on record."""
    message = json.loads(result.content)
    fields: dict[str, Message | str] = {}
    for name in AMOUNTS:
        recorded = getattr(fill, name)
        if name in message and message[name] != recorded:
            fields[name] = Message(
                N_("recorded: %(value)s"), {"value": "—" if recorded is None else recorded}
            )
    return fields or {
        "state": Message(N_("This fill is %(state)s already."), {"state": FillState(fill.state).label})
    }
