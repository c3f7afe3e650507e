"""溶解乙炔: filled in steps, with rest behind closed valve after each; what it weighed is told step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_, Message
from equipment.fills.actions import note, rules_behind
from equipment.fills.models import Fill, Json
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import Weights, pressure_problem
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.people.rules import Viewer
from equipment.regulation.gases import FillGroup

ACETYLENE = "C2H2"
REST_TOO_SHORT = "rest_too_short"
STEPS = Receipts("fill_step", "step_id")


class AcetyleneStep(NamedTuple):
    """What scale and gauge showed when the valve was closed; acetone that was topped up before it."""

    key: UUID
    happened_at: datetime
    gross_g: int
    pressure_kpa: int | None = None
    solvent_g: int | None = None


def not_released_before(fill: Fill) -> datetime | None:
    """Until when a bottle rests with closed valve after its last step: before that it is not 合格."""
    return fill.resting_since + pack_of(fill.on).acetylene_rest if fill.resting_since else None


def only_after_rest(fill: Fill, ended_at: datetime) -> None:
    """A result that would release the bottle at `ended_at` is not taken while it rests. What was found wrong
    with it is taken at any time."""
    until = not_released_before(fill)
    if until is not None and ended_at < until:
        text = N_("Acetylene rests %(hours)d h after a step: not released before %(at)s.")
        hours = pack_of(fill.on).acetylene_rest // timedelta(hours=1)
        params = {"hours": hours, "at": f"{clock.site_time(until):%m-%d %H:%M}"}
        raise Invalid({"happened_at": Message(text, params)})


def end_step(fill: Fill, step: AcetyleneStep, *, by: Viewer) -> Fill:
    """A step of the filling is over and the bottle rests. The same message again changes nothing; a step that
    began before the rest was over is kept and says so."""
    content = content_of(**{name: value for name, value in step._asdict().items() if name != "key"})
    message = STEPS.received(content, sender=by.organisation_id, key=step.key, about=fill.id)
    if message.answer is not None:
        return fill
    _piece, make, _book = rules_behind(fill)
    if make is None or make.group != FillGroup.ACETYLENE:
        raise Invalid({"": N_("Only acetylene is filled in steps.")})
    if fill.state != FillState.OPEN:
        text = N_("This fill is %(state)s already.")
        raise Conflict({"state": Message(text, {"state": FillState(fill.state).label})})
    if problem := Weights(fill.tare_g, step.gross_g, make.charge_g).problem:
        raise Invalid({"gross_g": problem})
    if problem := pressure_problem(make, step.pressure_kpa):
        raise Invalid({"pressure_kpa": problem})
    now = clock.now()
    if (until := not_released_before(fill)) and now < until:
        fill.flags = sorted({*fill.flags, REST_TOO_SHORT})
    row: Json = {"at": now.isoformat(), "gross_g": step.gross_g, "pressure_kpa": step.pressure_kpa}
    fill.steps, fill.resting_since = [*fill.steps, row], now
    fill.solvent_g = step.solvent_g if step.solvent_g is not None else fill.solvent_g
    note(fill, "fill.step", by, row, message.keep(str(len(fill.steps))))
    return fill
