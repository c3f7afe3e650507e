"""Reading accidents: who sees which, what stops a piece, how far the reports have come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_

from equipment.accidents.models import (
    Accident,
    AccidentClearance,
    AccidentFile,
    AccidentRelay,
    AccidentStatement,
    AccidentStep,
    Expert,
)
from equipment.accidents.rules import ReportClock, next_office, report_clock
from equipment.accidents.states import (
    OPEN,
    STOPS,
    AccidentLevel,
    AccidentState,
    ClearanceState,
    Office,
    RelayHow,
    ReportVerdict,
)
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import seen, visible, within
from equipment.register.models import Equipment
from equipment.regulation.accident_numbers import relayed_within
from equipment.regulation.categories import CATEGORIES
from equipment.storage.columns import Sorts
from equipment.storage.db import session

SORTS: Sorts = {
    "happened": (Accident.happened_at, Accident.id),
    "reported": (Accident.reported_at, Accident.id),
}
EXPERT_SORTS: Sorts = {"name": (Expert.name, Expert.id), "until": (Expert.valid_until, Expert.id)}
OPEN_FILTER = "open"
IN_TIME: Mapping[str, ColumnElement[bool]] = {
    ReportVerdict.ON_TIME: Accident.in_time.is_(True),
    ReportVerdict.LATE: Accident.in_time.is_(False),
    ReportVerdict.NOT_KNOWN: Accident.in_time.is_(None),
}
MOST_OFFERED = 500


class OfficeClock(NamedTuple):
    """One step of the chain upward: which level tells which, how it stands, and what was recorded of it."""

    from_office: Office
    to_office: Office
    clock: ReportClock
    relay: AccidentRelay | None


def stopping() -> ColumnElement[bool]:
    """A condition on `Accident`: its piece is not to be used because of it."""
    return and_(Accident.equipment_id.is_not(None), Accident.state.in_(STOPS), Accident.cleared_at.is_(None))


def stops_piece(equipment_id: UUID) -> bool:
    """Whether an accident keeps this piece stopped, for whoever puts the mark on it or lifts it."""
    rows = visible(SYSTEM, Accident).where(Accident.equipment_id == equipment_id, stopping())
    return session.scalar(rows.limit(1)) is not None


def accidents_at(viewer: Viewer, equipment_id: UUID) -> Sequence[Accident]:
    """Those of a piece that are not over: open ones, and closed ones after which nobody cleared it."""
    rows = visible(viewer, Accident).where(
        Accident.equipment_id == equipment_id, or_(Accident.state.in_(OPEN), stopping())
    )
    return session.scalars(rows.order_by(Accident.happened_at)).all()


def accidents_like(
    *,
    equipment_id: UUID | None = None,
    call_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Accident]:
    """Accidents of this piece between two instants, or of this rescue call; what was none counts too."""
    rows = visible(SYSTEM, Accident)
    if call_id is not None:
        rows = rows.where(Accident.call_id == call_id)
    else:
        rows = rows.where(Accident.equipment_id == equipment_id, Accident.happened_at.between(since, until))
    return session.scalars(rows.order_by(Accident.happened_at)).all()


def accident_of_call(viewer: Viewer, call_id: UUID) -> Accident | None:
    """What was reported from a rescue call, if the viewer may see it."""
    rows = visible(viewer, Accident).where(Accident.call_id == call_id)
    return session.scalars(rows.order_by(Accident.received_at).limit(1)).first()


def accident_of(viewer: Viewer, accident_id: UUID) -> Accident:
    """The accident, if the viewer may see it."""
    return seen(viewer, Accident, accident_id)


def last_number(accident_id: UUID) -> int:
    """How many statements there are."""
    stated = visible(SYSTEM, AccidentStatement).where(AccidentStatement.accident_id == accident_id)
    return session.scalar(stated.with_only_columns(func.max(AccidentStatement.number))) or 0


def statements_of(accident: Accident) -> Sequence[AccidentStatement]:
    stated = visible(SYSTEM, AccidentStatement).where(AccidentStatement.accident_id == accident.id)
    return session.scalars(stated.order_by(AccidentStatement.number)).all()


def steps_of(accident: Accident) -> Sequence[AccidentStep]:
    rows = visible(SYSTEM, AccidentStep).where(AccidentStep.accident_id == accident.id)
    return session.scalars(rows.order_by(AccidentStep.at, AccidentStep.id)).all()


def clearances_of(accident: Accident) -> Sequence[AccidentClearance]:
    rows = visible(SYSTEM, AccidentClearance).where(AccidentClearance.accident_id == accident.id)
    return session.scalars(rows.order_by(AccidentClearance.asked_at, AccidentClearance.id)).all()


def asked_clearance(accident: Accident) -> AccidentClearance | None:
    """The one that waits for somebody to decide."""
    return next((one for one in clearances_of(accident) if one.state is ClearanceState.ASKED), None)


def files_of(accident: Accident) -> Sequence[AccidentFile]:
    rows = visible(SYSTEM, AccidentFile).where(AccidentFile.accident_id == accident.id)
    return session.scalars(rows.order_by(AccidentFile.at, AccidentFile.id)).all()


def relays_of(ids: Iterable[UUID]) -> dict[tuple[UUID, Office], AccidentRelay]:
    """What was reported upward of these accidents, by who told."""
    rows = visible(SYSTEM, AccidentRelay).where(AccidentRelay.accident_id.in_(list(ids)))
    return {(row.accident_id, row.from_office): row for row in session.scalars(rows)}


def hour_of(accident: Accident) -> ReportClock:
    """The hour of the unit, from the moment its head knew to the report."""
    return report_clock(accident.known_at, accident.limit_min, accident.reported_at, clock.now())


def chain_up(
    accident: Accident, relays: Mapping[tuple[UUID, Office], AccidentRelay]
) -> tuple[OfficeClock, ...]:
    """The steps upward from the office that was told first; each clock begins when the step before it ended.
    What was no accident needs none, nor does what lies above a level that did not report further."""
    steps: list[OfficeClock] = []
    office, since, over = Office(accident.office), accident.reported_at, False
    minutes = relayed_within(accident.on).integer
    while office is not Office.PROVINCE:
        relay = relays.get((accident.id, office))
        over = over or (relay is None and accident.state is AccidentState.EXCLUDED)
        if relay is None and over:
            break
        if relay is not None and relay.how is RelayHow.NOT_NEEDED:
            over = True
            shown = ReportClock(relay.since, None, relay.sent_at, ReportVerdict.NOT_NEEDED)
        elif relay is not None:
            shown = report_clock(relay.since, relay.limit_min, relay.sent_at, clock.now())
        else:
            shown = report_clock(since, minutes, None, clock.now())
        steps.append(OfficeClock(office, next_office(office), shown, relay))
        if relay is None:
            break
        office, since = next_office(office), relay.sent_at
    return tuple(steps)


def running_step(
    accident: Accident, relays: Mapping[tuple[UUID, Office], AccidentRelay]
) -> OfficeClock | None:
    """The step that waits to be taken."""
    return next((step for step in chain_up(accident, relays) if step.relay is None), None)


def listed(viewer: Viewer, filters: Mapping[str, str]) -> Select[Accident]:
    """The list with its filters."""
    rows = visible(viewer, Accident)
    state = filters.get("state", "")
    if state == OPEN_FILTER:
        rows = rows.where(Accident.state.in_(OPEN))
    elif state == "stops":
        rows = rows.where(stopping())
    elif state == "counted":
        rows = rows.where(Accident.state.in_(STOPS))
    elif state in set(AccidentState):
        rows = rows.where(Accident.state == state)
    if (level := filters.get("level", "")) in set(AccidentLevel):
        rows = rows.where(Accident.level == level)
    if (category := filters.get("category", "")) in {one.key for one in CATEGORIES}:
        rows = rows.where(Accident.category == category)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(Accident.area, filters["area"]))
    if (told := IN_TIME.get(filters.get("hour", ""))) is not None:
        rows = rows.where(told)
    if key := id_in(filters.get("piece", "")):
        rows = rows.where(Accident.equipment_id == key)
    if filters.get("hurt"):
        rows = rows.where(Accident.dead + Accident.serious + Accident.injured > 0)
    if reported := day_in(filters.get("reported_from", "")):
        rows = rows.where(Accident.reported_at >= clock.site_midnight(reported))
    if since := day_in(filters.get("on_from", "")):
        rows = rows.where(Accident.on >= since)
    if until := day_in(filters.get("on_until", "")):
        rows = rows.where(Accident.on <= until)
    if typed := filters.get("q"):
        named = (Accident.place, Accident.what, Accident.unit_name)
        rows = rows.where(or_(*(column.contains(typed, autoescape=True) for column in named)))
    return rows


def open_accidents(viewer: Viewer) -> Select[Accident]:
    """Reported and not closed, the newest first."""
    rows = visible(viewer, Accident).where(Accident.state.in_(OPEN))
    return rows.order_by(Accident.happened_at.desc(), Accident.id.desc())


def experts(viewer: Viewer, filters: Mapping[str, str]) -> Select[Expert]:
    """The list of experts with its filters; without a state those whose term has not ended."""
    rows, today = visible(viewer, Expert), clock.today()
    state = filters.get("state", "valid")
    if state == "valid":
        rows = rows.where(Expert.valid_until >= today)
    elif state == "ended":
        rows = rows.where(Expert.valid_until < today)
    if typed := filters.get("q"):
        named = (Expert.name, Expert.field, Expert.employer)
        rows = rows.where(or_(*(column.contains(typed, autoescape=True) for column in named)))
    if (category := filters.get("category", "")) in {one.key for one in CATEGORIES}:
        rows = rows.where(cast(Expert.categories, String).contains(f'"{category}"'))
    return rows


def team_of(accident: Accident) -> Sequence[Expert]:
    """The experts that its investigation names, whatever has become of them."""
    keys = [key for text in accident.team if (key := id_in(text))]
    return session.scalars(visible(SYSTEM, Expert).where(Expert.id.in_(keys)).order_by(Expert.name)).all()


def experts_for(viewer: Viewer, category: str) -> Sequence[Expert]:
    """Whom the viewer can name: in their term, those of the category first."""
    rows = session.scalars(experts(viewer, {}).order_by(Expert.name, Expert.id).limit(MOST_OFFERED)).all()
    return sorted(rows, key=lambda one: category not in one.categories)


def passed_since(accident: Accident) -> Sequence[Inspection]:
    """Inspections of the piece that were passed on the day of the accident or later, the newest first."""
    rows = visible(SYSTEM, Inspection).where(
        Inspection.equipment_id == accident.equipment_id,
        Inspection.conclusion == Conclusion.PASSED,
        Inspection.superseded.is_(False),
        Inspection.on >= accident.on,
    )
    return session.scalars(rows.order_by(Inspection.on.desc(), Inspection.id.desc())).all()


def people_named(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Who did the steps of an accident, by name, for whoever sees it."""
    keys = {key for key in ids if key is not None}
    if not keys:
        return {}
    named = visible(SYSTEM, User).where(User.id.in_(keys)).with_only_columns(User.id, User.name)
    return {row.id: row.name for row in session.execute(named)}


def pieces_of(viewer: Viewer, accidents: Iterable[Accident]) -> dict[UUID, Equipment]:
    """The pieces of these accidents that the viewer may see."""
    ids = {accident.equipment_id for accident in accidents if accident.equipment_id is not None}
    if not ids:
        return {}
    rows = session.scalars(visible(viewer, Equipment).where(Equipment.id.in_(ids)))
    return {piece.id: piece for piece in rows}
