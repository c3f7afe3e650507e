"""What happens to a fill after its scan: pre-check answers, result, 误扫, 未充装, and what is done with a refused bottle.

Each step is one event of the cylinder's chain. Scans themselves go through scanning.py, corrections through corrections.py.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from equipment import clock
from equipment.db import session
from equipment.errors import Conflict, Invalid, NotFound
from equipment.fills.judging import details_of
from equipment.fills.makes import Sheet
from equipment.fills.models import Fill, Scan
from equipment.fills.rows import answered, given
from equipment.fills.rules import (
    OVERFILL,
    Make,
    Rulebook,
    Weights,
    failed_after,
    failed_checks,
    off_target,
    standing_code,
    to_be_looked_at,
    unanswered,
)
from equipment.fills.states import FILL_CHANGES, FillState, Treatment
from equipment.fills.station import sheet_of, station_of
from equipment.hazards.actions import find
from equipment.hazards.rows import is_known
from equipment.hazards.rules import FindingSource
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Receipt
from equipment.verdict import Effect, Reason, Verdict
from equipment.words import N_, Message

NO_PRE_CHECK = "no_pre_check"  # 未做充装前检查
WITHOUT_REFUSAL = "result_despite_check"
DRAWN_DOWN = "drawn_down"


class UnknownFill(NotFound):
    """A result came before its scan, or belongs to another station: the same answer, so that nothing leaks."""


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


def fill_of(fill_id: UUID, *, by: Viewer) -> Fill:
    """The fill a scan of this station opened or went on with, locked for the change that follows."""
    scan = session.scalar(visible(by, Scan).where(Scan.id == fill_id, Scan.organisation_id == by.organisation_id))
    if scan is None or scan.equipment_id is None or scan.fill_id is None:
        raise UnknownFill
    return session.get_one(Fill, (scan.equipment_id, scan.fill_id), with_for_update=True)


def answer_checks(fill: Fill, checks: Mapping[str, bool | str], *, by: Viewer) -> Fill:
    """充装前检查: answers for an open fill; one that fails refuses it and stays with the cylinder."""
    if fill.state != FillState.OPEN:
        if {item: answer is True for item, answer in checks.items()} == {item: told["ok"] for item, told in fill.checks.items() if item in checks}:
            return fill
        raise Conflict({"checks": Message(N_("This fill is %(state)s already."), {"state": FillState(fill.state).label})})
    piece, make, book = _sheet(fill)
    _only_asked(make, fill, checks)
    fill.checks = fill.checks | answered(checks, by.actor)
    reasons = tuple(failed_checks(book, make.pre, checks))
    fill.verdict = [*fill.verdict, *(reason.as_json() for reason in reasons)]
    if Verdict(reasons).allowed:
        _record(fill, "fill.checked", by, {"checks": dict(checks)})
        return fill
    fill.allowed = False
    fill.closed_at = clock.now()
    _move(fill, FillState.REFUSED)
    _stand(piece, fill, reasons, by)
    _record(fill, "fill.refused", by, {"reasons": [reason.code for reason in reasons]})
    return fill


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
    piece, make, book = _sheet(fill)
    _only_asked(make, fill, result.checks)
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
        _move(fill, state)
    _stand(piece, fill, reasons, by)
    session.add(Receipt(id=key, kind="fill_result", organisation_id=by.organisation_id, content=result.content, answer=state, at=fill.result_at))
    _record(fill, f"fill.{state}", by, {"happened_at": result.happened_at, "net_g": fill.net_g, "reasons": [reason.code for reason in reasons]})
    return fill, False


def void(fill: Fill, *, by: Viewer) -> Fill:
    """误扫: the wrong bottle was scanned; possible until a result is entered."""
    if fill.state == FillState.VOID:
        return fill
    _move(fill, FillState.VOID)
    fill.closed_at = clock.now()
    _record(fill, "fill.void", by, {})
    return fill


def not_filled(fill: Fill, *, by: Viewer, why: str = "settled") -> Fill:
    """未充装: an open fill that came to nothing, settled at the end of a shift or closed at midnight."""
    if fill.state == FillState.NOT_FILLED:
        return fill
    _move(fill, FillState.NOT_FILLED)
    fill.closed_at = clock.now()
    _record(fill, "fill.not_filled", by, {"why": why})
    return fill


def close_unfinished(on: date, *, most: int = 200) -> int:
    """At midnight: fills of the days before `on` that never got a result close as 未充装. Returns how many; call again until none."""
    left = session.scalars(visible(SYSTEM, Fill).where(Fill.state == FillState.OPEN, Fill.on < on).limit(most).with_for_update()).all()
    for fill in left:
        not_filled(fill, by=SYSTEM, why="midnight")
    return len(left)


def treat(fill: Fill, treatment: Treatment, *, by: Viewer) -> Fill:
    """What was done with a refused or failed bottle. 已处置 lifts what a person found, so that it can be checked again."""
    if fill.state not in (FillState.REFUSED, FillState.FAILED, FillState.OVERFILLED):
        raise Invalid({"treatment": N_("Only a refused bottle is set aside.")})
    if fill.treatment == treatment:
        return fill
    if treatment == Treatment.TREATED:
        piece = session.get_one(Equipment, fill.equipment_id)
        stated = sheet_of(clock.today()).refusals.get(piece.treat_code)
        if stated is not None and stated.effect is not Effect.TREAT:
            raise Invalid({"treatment": N_("This cannot be treated here: the inspection body decides.")})
        piece.treat_code = ""
    fill.treatment = treatment
    _record(fill, "fill.treated" if treatment == Treatment.TREATED else "fill.set_aside", by, {"treatment": treatment})
    return fill


def _sheet(fill: Fill) -> tuple[Equipment, Make, Rulebook]:
    piece = session.get_one(Equipment, fill.equipment_id)
    details = details_of(piece)
    make = sheet_of(fill.on).make_of(details) if details else None
    if make is None:
        raise Invalid({"": N_("The record of this cylinder is incomplete: its medium is not known.")})
    return piece, make, station_of(fill.organisation_id, fill.on).book(fill.on)


def only_known(sheet: Sheet, answers: Mapping[str, bool | str]) -> None:
    """An answer to an item, or with a reason, that nobody ever stated would count for nothing: it is not taken at all."""
    if unknown := sheet.unknown(answers):
        raise Invalid({"checks": Message(N_("No such check item or reason: %(items)s. GET /api/v1/codes lists them."), {"items": ", ".join(unknown)})})


def _only_asked(make: Make, fill: Fill, checks: Mapping[str, bool | str]) -> None:
    only_known(sheet_of(fill.on), checks)
    if unknown := sorted(checks.keys() - {item.code for item in make.pre}):
        raise Invalid({"checks": Message(N_("No such check item for this gas: %(items)s"), {"items": ", ".join(unknown)})})


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


def _stand(piece: Equipment, fill: Fill, reasons: tuple[Reason, ...], by: Viewer) -> None:
    """What was found stays with the cylinder; damage, fire and leaks become findings; a good re-weighing lifts 超装."""
    code = standing_code(reasons)
    if code:
        piece.treat_code = code
    elif fill.state == FillState.FILLED and piece.treat_code.startswith("Q"):
        piece.treat_code = ""
    refusals = sheet_of(fill.on).refusals
    for reason in to_be_looked_at(reasons):
        text = refusals[reason.code].text.zh
        if not is_known(session.connection(), piece.id, FindingSource.FILL_CHECK, text):
            find(piece, source=FindingSource.FILL_CHECK, description=text, by=by, source_id=fill.id)


def _move(fill: Fill, to: FillState) -> None:
    now = FillState(fill.state)
    if to not in FILL_CHANGES[now]:
        raise Conflict({"state": Message(N_("This fill is %(state)s already."), {"state": now.label})})
    fill.state = to


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


def _record(fill: Fill, verb: str, by: Viewer, payload: dict[str, Any]) -> None:
    record(session(), subject_of("equipment", fill.equipment_id), verb, actor=by.actor, payload={"fill": fill.id, **payload}, rows=[fill], pack=fill.pack)
