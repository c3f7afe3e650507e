"""补录: a fill kept on paper while nothing could be scanned, judged like a scan of its moment. Marked, and never counted as a scan."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.fills.judging import Asked, Judged, judge
from equipment.fills.models import Fill
from equipment.fills.past import as_it_stood
from equipment.fills.rows import fill_row
from equipment.fills.rules import OVERFILL, Make, failed_after
from equipment.fills.states import FillState
from equipment.fills.station import CYLINDER, station_of
from equipment.fills.weight_rules import Weights
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import Outcome
from equipment.storage.db import session

LATE_DAYS = 31  # a paper older than a month is no record of a power cut any more
ANYWAY = "filled_anyway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One line of a paper record."""

    piece: Equipment
    gas: str
    happened_at: datetime
    gross_g: int | None = None
    pressure_kpa: int | None = None
    operator: str = ""
    bay: str = ""
    checks: Mapping[str, bool | str] = field(default_factory=dict)


def enter_late(paper: Paper, *, by: Viewer) -> Fill:
    """Enter one line. What a scan would have refused then was filled anyway, and says so."""
    asked = _asked(paper, by)
    then = as_it_stood(paper.piece, paper.happened_at, asked.organisation_id)
    judged = judge(asked, Outcome.FOUND, then.piece, then.inspected, then.elsewhere)
    if judged.details is None or judged.make is None:
        raise Invalid({"code": N_("The record of this cylinder is incomplete: its medium is not known.")})
    weights = _weighed(paper, judged.make, judged.details.tare_g)
    _not_twice(paper, asked.organisation_id)
    fill = Fill(**fill_row(asked, then.piece, judged) | _outcome(judged, judged.make, weights) | {
        "gross_g": paper.gross_g, "net_g": weights.net_g, "pressure_kpa": paper.pressure_kpa, "result_at": asked.received_at,
        "closed_at": asked.received_at, "late_entry": True,
    })
    session.add(fill)
    if fill.state == FillState.OVERFILLED and _stands(paper):
        paper.piece.treat_code = OVERFILL
    record(session(), subject_of("equipment", fill.equipment_id), "fill.late_entry", actor=by.actor, rows=[fill], pack=fill.pack,
           payload={"fill": fill.id, "happened_at": paper.happened_at, "net_g": fill.net_g})
    return fill


def _asked(paper: Paper, by: Viewer) -> Asked:
    """The line as the scan it stands for."""
    now = clock.now()
    if not clock.site_midnight(clock.today()).timestamp() - LATE_DAYS * 86400 <= paper.happened_at.timestamp() <= now.timestamp():
        raise Invalid({"happened_at": N_("Late entries reach back 31 days and never into the future.")})
    if paper.piece.category != CYLINDER or by.organisation_id is None:
        raise Invalid({"code": N_("this label is not on a gas cylinder")})
    on = clock.site_day(paper.happened_at)
    return Asked(
        scan_id=new_id(), code=paper.piece.label_code or "", gas=paper.gas, content="", happened_at=paper.happened_at, received_at=now, on=on,
        days=(on,), station=station_of(by.organisation_id, on), actor=by.actor, device_id=by.device_id, person=by.user_id,
        operator=paper.operator, bay=paper.bay, checks=paper.checks,
    )


def _weighed(paper: Paper, make: Make, tare_g: int | None) -> Weights:
    amount, field_name = (paper.gross_g, "gross_g") if make.weighed else (paper.pressure_kpa, "pressure_kpa")
    if amount is None:
        raise Invalid({field_name: N_("Enter what the scale or gauge showed.")})
    weights = Weights(tare_g, paper.gross_g, make.charge_g)
    if problem := weights.problem:
        raise Invalid({"gross_g": problem})
    return weights


def _not_twice(paper: Paper, station_id: UUID) -> None:
    """A paper has no number of its own: the same bottle at the same minute is the same line, sent again."""
    told = _records(paper).where(Fill.organisation_id == station_id, Fill.happened_at == paper.happened_at, Fill.late_entry)
    if session.scalar(told.limit(1)) is not None:
        raise Invalid({"code": N_("This line has been entered already.")})


def _stands(paper: Paper) -> bool:
    """Whether an overfilled bottle still has to be drawn down: not when it was filled since, or is kept from it for another reason."""
    since = _records(paper).where(Fill.state == FillState.FILLED, Fill.happened_at > paper.happened_at)
    return not paper.piece.treat_code and session.scalar(since.limit(1)) is None


def _records(paper: Paper) -> Select[Any]:
    """All that is on record of the bottle, whoever filled it."""
    return visible(SYSTEM, Fill).where(Fill.equipment_id == paper.piece.id)


def _outcome(judged: Judged, make: Make, weights: Weights) -> dict[str, Any]:
    """Refused where a scan would have been; else what came out of it."""
    allowed = judged.verdict.allowed
    state = FillState.REFUSED if not allowed else FillState.OVERFILLED if weights.overfilled else FillState.FILLED
    verdict = judged.verdict + failed_after(make.post, {}, weights.overfilled)
    return {"state": state, "verdict": verdict.as_json(), "flags": [] if allowed else [ANYWAY]}
