"""What came out of a fill: 充后总重 or pressure, 充装后检查, and the state they lead to."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.verdict import Reason
from equipment.core.words import N_, Message
from equipment.fills.actions import let_stand, move, note, only_asked, only_known, sheet_behind
from equipment.fills.models import Fill
from equipment.fills.rows import answered, given
from equipment.fills.rules import OVERFILL, Make, Rulebook, failed_after, failed_checks, unanswered
from equipment.fills.states import FillState
from equipment.fills.station import sheet_of
from equipment.fills.weight_rules import Weights, off_target
from equipment.intake.models import Receipt
from equipment.people.rules import Viewer
from equipment.storage.db import session

NO_PRE_CHECK = "no_pre_check"  # 未做充装前检查
WITHOUT_REFUSAL = "result_despite_check"
DRAWN_DOWN = "drawn_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out of a fill. `content` is its canonical text: the same again is a replay."""

    happened_at: datetime
    content: str
    empty_g: int | None = None
    gross_g: int | None = None
    pressure_kpa: int | None = None
    temperature_dc: int | None = None
    checks: Mapping[str, bool | str] = field(default_factory=dict)
    post_checks: Mapping[str, bool | str] = field(default_factory=dict)
    result_id: UUID | None = None


def record_result(fill: Fill, result: Result, *, by: Viewer) -> tuple[Fill, bool]:
    """充后总重 or pressure and 充装后检查. Returns the fill, and whether this result was told before."""
    key = result.result_id or uuid5(fill.id, result.content)
    receipt = session.get(Receipt, key)
    if receipt is not None:
        if receipt.organisation_id != by.organisation_id or receipt.content != result.content:
            raise Conflict({"result_id": N_("This id was used for another result.")})
        return fill, True
    if fill.state not in (FillState.OPEN, FillState.OVERFILLED):
        raise Conflict(_differing(fill, result))
    piece, make, book = sheet_behind(fill)
    only_asked(make, fill, result.checks)
    only_known(sheet_of(fill.on), result.post_checks)
    _needs_amount(make, fill, result)
    _measure(fill, result, by)
    reasons, state = _outcome(make, fill, book)
    told = {reason["code"] for reason in fill.verdict}
    fill.verdict = [*fill.verdict, *(reason.as_json() for reason in reasons if reason.code not in told)]
    drawn = {DRAWN_DOWN} if (fill.state, state) == (FillState.OVERFILLED, FillState.FILLED) else set()
    fill.flags = sorted({*fill.flags, *_flags(make, fill, reasons), *drawn})
    fill.result_at = clock.now()
    fill.closed_at = None if state == FillState.OVERFILLED else fill.result_at
    if fill.state != state:  # drawn down too little, it is overfilled still
        move(fill, state)
    let_stand(piece, fill, reasons, by)
    session.add(Receipt(id=key, kind="fill_result", organisation_id=by.organisation_id, content=result.content, answer=state, at=fill.result_at))
    note(fill, f"fill.{state}", by, {"happened_at": result.happened_at, "net_g": fill.net_g, "reasons": [reason.code for reason in reasons]})
    return fill, False


def _needs_amount(make: Make, fill: Fill, result: Result) -> None:
    """A fill without its amount proves nothing: weight where gas is weighed, pressure elsewhere."""
    if make.weighed and result.gross_g is None:
        raise Invalid({"gross_g": N_("Enter the gross weight after filling.")})
    if not make.weighed and result.pressure_kpa is None:
        raise Invalid({"pressure_kpa": N_("Enter the pressure after filling.")})
    if problem := Weights(fill.tare_g, result.gross_g, make.charge_g).problem:
        raise Invalid({"gross_g": problem})


def _measure(fill: Fill, result: Result, by: Viewer) -> None:
    fill.empty_g = result.empty_g if result.empty_g is not None else fill.empty_g
    fill.gross_g, fill.pressure_kpa, fill.temperature_dc = result.gross_g, result.pressure_kpa, result.temperature_dc
    fill.net_g = Weights(fill.tare_g, fill.gross_g, None).net_g
    fill.checks = fill.checks | answered(result.checks, by.actor)
    fill.post_checks = answered(result.post_checks, by.actor)


def _outcome(make: Make, fill: Fill, book: Rulebook) -> tuple[tuple[Reason, ...], FillState]:
    """What was found with the result, and the state it leads to: over the limit goes before any other fault."""
    over = Weights(fill.tare_g, fill.gross_g, make.charge_g).overfilled
    before = tuple(failed_checks(book, make.pre, given(fill.checks)))
    after = failed_after(make.post, given(fill.post_checks), over)
    codes = {reason.code for reason in after}
    if codes == {OVERFILL}:
        return (*before, *after), FillState.OVERFILLED
    refused = any(reason.effect.refuses for reason in (*before, *after))
    return (*before, *after), FillState.FAILED if refused else FillState.FILLED


def _flags(make: Make, fill: Fill, reasons: tuple[Reason, ...]) -> set[str]:
    found = {NO_PRE_CHECK} if unanswered(make, fill.checks) else set()
    found |= {off} if (off := off_target(make, fill.net_g)) else set()
    return found | ({WITHOUT_REFUSAL} if any(reason.code.startswith("R") and reason.effect.refuses for reason in reasons) else set())


def _differing(fill: Fill, result: Result) -> dict[str, Message | str]:
    """In which fields a second result says something else than the first."""
    told = json.loads(result.content)
    fields = ("empty_g", "gross_g", "pressure_kpa", "temperature_dc")
    found: dict[str, Message | str] = {}
    for name in fields:
        recorded = getattr(fill, name)
        if name in told and told[name] != recorded:
            found[name] = Message(N_("recorded: %(value)s"), {"value": "—" if recorded is None else recorded})
    return found or {"state": Message(N_("This fill is %(state)s already."), {"state": FillState(fill.state).label})}
