"""补录 and 更正: what was kept on paper, what was entered wrong. Nothing is overwritten: a new row supersedes the old, both visible."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import inspect

from equipment import clock
from equipment.db import session
from equipment.errors import Invalid, NotAllowed
from equipment.fills.judging import details_of
from equipment.fills.models import Fill
from equipment.fills.pieces import highest_gross
from equipment.fills.rows import NOTHING_YET, answered
from equipment.fills.rules import FillFacts, Weights, failed_after, may_fill
from equipment.fills.states import FillState, Sanction, Treatment
from equipment.fills.station import CYLINDER, sheet_of, station_of
from equipment.ids import new_id
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.verdict import Verdict
from equipment.words import N_

LATE_DAYS = 31  # a paper older than a month is no record of a power cut any more
ANYWAY = "filled_anyway"
CLOSED = (FillState.FILLED, FillState.OVERFILLED, FillState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One line of a paper record kept while nothing could be scanned."""

    piece: Equipment
    gas: str
    happened_at: datetime
    gross_g: int | None = None
    pressure_kpa: int | None = None
    operator: str = ""
    bay: str = ""
    checks: Mapping[str, bool | str] = field(default_factory=dict)


def enter_late(paper: Paper, *, by: Viewer) -> Fill:
    """补录: judged by the rules of its day, marked, never counted as a scan. What should have been refused says so."""
    now = clock.now()
    if not clock.site_midnight(clock.today()).timestamp() - LATE_DAYS * 86400 <= paper.happened_at.timestamp() <= now.timestamp():
        raise Invalid({"happened_at": N_("Late entries reach back 31 days and never into the future.")})
    if paper.piece.category != CYLINDER or by.organisation_id is None:
        raise Invalid({"code": N_("this label is not on a gas cylinder")})
    on = clock.site_day(paper.happened_at)
    station, sheet, details = station_of(by.organisation_id, on), sheet_of(on), details_of(paper.piece)
    make = sheet.make_of(details) if details else None
    if details is None or make is None:
        raise Invalid({"code": N_("The record of this cylinder is incomplete: its medium is not known.")})
    amount, problem = (paper.gross_g, "gross_g") if make.weighed else (paper.pressure_kpa, "pressure_kpa")
    if amount is None:
        raise Invalid({problem: N_("Enter what the scale or gauge showed.")})
    user_id, operator = station.operator(paper.operator, by.user_id, on)
    weights = Weights(details.tare_g, paper.gross_g, make.charge_g)
    if weights.net_g is not None and weights.net_g < 0:
        raise Invalid({"gross_g": N_("Below the tare: wrong bottle or wrong number.")})
    facts = _facts(paper, by, details.tare_g is not None, station.licence_for(paper.gas, on), operator)
    verdict = may_fill(station.book(on), make, facts, paper.checks) + failed_after(make.post, {}, weights.overfilled)
    allowed = Verdict(tuple(reason for reason in verdict.reasons if reason.code.startswith("R"))).allowed
    fill_id = new_id()
    fill = Fill(**NOTHING_YET | {
        "equipment_id": paper.piece.id, "id": fill_id, "scan_id": fill_id, "organisation_id": by.organisation_id, "device_id": by.device_id,
        "user_id": user_id, "area": station.area, "category": paper.piece.category, "gas": paper.gas, "bay": paper.bay,
        "state": (FillState.OVERFILLED if weights.overfilled else FillState.FILLED) if allowed else FillState.REFUSED, "allowed": allowed,
        "verdict": verdict.as_json(), "facts": facts.as_json(), "checks": answered(paper.checks, by.actor), "flags": [] if allowed else [ANYWAY],
        "happened_at": paper.happened_at, "received_at": now, "on": on, "tare_g": details.tare_g,
        "max_gross_g": highest_gross(details.tare_g, make.charge_g), "gross_g": paper.gross_g, "net_g": weights.net_g,
        "pressure_kpa": paper.pressure_kpa, "result_at": now, "closed_at": now, "late_entry": True,
        "pack": sheet.rules.pack, "pack_digest": sheet.rules.digest,
    })
    session.add(fill)
    _record(fill, "fill.late_entry", by, {"happened_at": paper.happened_at, "net_g": fill.net_g})
    return fill


def _facts(paper: Paper, by: Viewer, tare_known: bool, licence: Sanction, operator: Sanction) -> FillFacts:
    piece = paper.piece
    return FillFacts(
        own=by.organisation_id in (piece.owner_id, piece.use_unit_id), gas=paper.gas, medium=piece.medium, status=str(piece.status),
        registered=piece.registered_on is not None, verified=piece.verified, inspection_due_on=piece.inspection_due_on,
        end_of_life_on=piece.end_of_life_on, made_on=piece.made_on, tare_known=tare_known, block_reason=piece.block_reason,
        treat_code=piece.treat_code, licence=licence, operator=operator,
    )


def swap_weights(one: Fill, other: Fill, reason: str, *, by: Viewer) -> tuple[Fill, Fill]:
    """Two bottles' weights were entered crosswise: both records are superseded as a pair, with reason and approver."""
    _may_approve(by)
    if not reason.strip():
        raise Invalid({"reason": N_("Say why the weights are swapped.")})
    for fill in (one, other):
        if fill.state not in CLOSED or fill.superseded or fill.gross_g is None or fill.organisation_id != by.organisation_id:
            raise Invalid({"": N_("Only two weighed fills of your own station can be swapped.")})
    if one.id == other.id:
        raise Invalid({"": N_("Choose two different fills.")})
    grosses = (other.gross_g, one.gross_g)
    first, second = (_superseding(fill, {"gross_g": gross}, reason, by) for fill, gross in zip((one, other), grosses, strict=True))
    for fill in sorted((first, second), key=lambda each: str(each.equipment_id)):
        _weigh_again(fill)
        _record(fill, "fill.corrected", by, {"supersedes": fill.supersedes_id, "pair": [first.id, second.id], "reason": reason})
    return first, second


def settle_wrong_file(fill: Fill, reason: str, *, by: Viewer) -> Fill:
    """信息有误: the office has put the cylinder's record right; the refusal stays, superseded, and the bottle may be scanned again."""
    if not may(by, Action.APPROVE, Thing.EQUIPMENT) and Role.INSPECTOR not in by.roles:
        raise NotAllowed(N_("The inspection body or the bureau decides about records."))
    if fill.treatment != Treatment.WRONG_FILE or fill.superseded:
        raise Invalid({"": N_("This bottle does not wait for its record.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Say what was put right.")})
    settled = _superseding(fill, {}, reason, by)
    _record(settled, "fill.record_settled", by, {"supersedes": fill.id, "reason": reason})
    return settled


def _may_approve(by: Viewer) -> None:
    if Role.STATION_OWNER not in by.roles:
        raise NotAllowed(N_("The station owner approves corrections."))


def _superseding(fill: Fill, changes: Mapping[str, Any], reason: str, by: Viewer) -> Fill:
    """A copy of the record with the changes, standing for it from now on."""
    kept = {column.key: getattr(fill, column.key) for column in inspect(Fill).column_attrs}
    fill.superseded = True
    made = Fill(**kept | dict(changes) | {
        "id": new_id(), "supersedes_id": fill.id, "superseded": False, "correction_reason": reason.strip()[:300], "approved_by": by.user_id,
    })
    session.add(made)
    return made


def _weigh_again(fill: Fill) -> None:
    """Net, state and block follow from the right weight."""
    piece = session.get_one(Equipment, fill.equipment_id)
    details = details_of(piece)
    make = sheet_of(fill.on).make_of(details) if details else None
    weights = Weights(fill.tare_g, fill.gross_g, make.charge_g if make else None)
    if weights.net_g is not None and weights.net_g < 0:
        raise Invalid({"": N_("Swapped, one of them would weigh less than its tare.")})
    fill.net_g = weights.net_g
    if fill.state == FillState.FAILED or make is None:
        return
    others = [reason for reason in fill.verdict if not reason["code"].startswith("Q")]
    over = failed_after(make.post, {}, weights.overfilled)
    fill.verdict = [*others, *(reason.as_json() for reason in over)]
    fill.state = FillState.OVERFILLED if over else FillState.FILLED
    piece.treat_code = over[0].code if over else "" if piece.treat_code.startswith("Q") else piece.treat_code


def _record(fill: Fill, verb: str, by: Viewer, payload: dict[str, Any]) -> None:
    rows = [fill] + ([session.get_one(Fill, (fill.equipment_id, fill.supersedes_id))] if fill.supersedes_id else [])
    record(session(), subject_of("equipment", fill.equipment_id), verb, actor=by.actor, payload={"fill": fill.id, **payload}, rows=rows, pack=fill.pack)
