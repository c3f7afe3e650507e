"""What the system prepares of a week or month: its figures, and the problems that are new or open in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_

from equipment.controls.models import ControlFinding, ControlReport, DailyControl, WeekProblem
from equipment.controls.queries import days_between, own_pieces
from equipment.controls.rules import ControlGrade, ControlReportKind, day_count, shown_state
from equipment.controls.states import ControlReportState
from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import piece_name
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.planning import INSPECTIONS
from equipment.storage.db import session
from equipment.supervision.queries import whose

MOST = 200  # problems of one report
# The figures in the order of the papers, with what each is called.
FIGURES = {
    "pieces": N_("Pieces in use"),
    "normal": N_("Pieces without an open hazard"),
    "with_hazards": N_("Pieces with an open hazard"),
    "pieces_stopped": N_("Pieces stopped"),
    "on_time": N_("Daily controls on time"),
    "late": N_("Daily controls entered late"),
    "missing": N_("Days without a control"),
    "stopped": N_("Stopped days"),
    "nothing_found": N_("Controls with nothing found (zero risk)"),
    "problems": N_("Problems found in controls"),
    "serious": N_("Serious problems found in controls"),
    "hazards_new": N_("Hazards, new"),
    "hazards_closed": N_("Hazards closed"),
    "hazards_open": N_("Hazards open at the end"),
    "hazards_major": N_("Serious and major hazards open at the end"),
    "hazards_overdue": N_("Hazards open past their day"),
    "inspections_overdue": N_("Inspections overdue"),
    "visits": N_("Maintenance visits"),
    "visits_signed": N_("Maintenance visits signed by the unit"),
    "weeks_signed": N_("Weekly reports signed"),
}
SIGNED = (VisitState.SIGNED, VisitState.UNOBJECTED, VisitState.DECIDED)


def figures_of(report: ControlReport) -> dict[str, int]:
    """The figures of a report: as they were signed, else as they stand."""
    if report.figures:
        return dict(report.figures)
    unit, key, since, until = report.organisation_id, report.category, report.begins_on, report.ends_on
    now = clock.now()
    days = day_count(shown_state(row.state, row.due_at, now) for row in days_between(unit, key, since, until))
    stated = {"on_time": days.on_time, "late": days.late, "missing": days.missing, "stopped": days.stopped}
    stated |= _pieces(unit, key) | _controls(unit, key, since, until) | _hazards(unit, key, since, until)
    stated["inspections_overdue"] = _overdue(unit, key, until)
    if category(key).visit_kinds:
        stated |= _visits(unit, key, since, until)
    if report.kind is ControlReportKind.MONTH:
        stated["weeks_signed"] = _weeks(unit, key, since, until)
    return {name: stated[name] for name in FIGURES if name in stated}


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(and_(*conditions))


def _pieces(unit: UUID, key: str) -> dict[str, int]:
    pieces = visible(SYSTEM, Equipment).where(whose == unit, Equipment.category == key)
    in_use = Equipment.status == EquipmentStatus.IN_USE
    open_hazard = (
        visible(SYSTEM, Hazard)
        .where(Hazard.equipment_id == Equipment.id, Hazard.closed_on.is_(None))
        .exists()
    )
    halted = or_(
        Equipment.status == EquipmentStatus.STOPPED, and_(in_use, Equipment.stop_use_since.is_not(None))
    )
    row = session.execute(
        pieces.with_only_columns(_count(in_use), _count(in_use, open_hazard), _count(halted))
    ).one()
    return {"pieces": row[0], "normal": row[0] - row[1], "with_hazards": row[1], "pieces_stopped": row[2]}


def _controls(unit: UUID, key: str, since: date, until: date) -> dict[str, int]:
    controls = visible(SYSTEM, DailyControl).where(
        DailyControl.organisation_id == unit,
        DailyControl.category == key,
        DailyControl.on.between(since, until),
        DailyControl.superseded_by.is_(None),
    )
    row = session.execute(
        controls.with_only_columns(
            _count(DailyControl.nothing_found.is_(True)), func.coalesce(func.sum(DailyControl.problems), 0)
        )
    ).one()
    serious = (
        visible(SYSTEM, ControlFinding)
        .where(ControlFinding.organisation_id == unit, ControlFinding.grade == ControlGrade.SERIOUS)
        .where(ControlFinding.control_id.in_(controls.with_only_columns(DailyControl.id)))
    )
    number = session.scalar(serious.with_only_columns(func.count())) or 0
    return {"nothing_found": row[0], "problems": int(row[1]), "serious": number}


def _hazards(unit: UUID, key: str, since: date, until: date) -> dict[str, int]:
    hazards = visible(SYSTEM, Hazard).where(Hazard.responsible_id == unit, Hazard.category == key)
    is_open = and_(Hazard.found_on <= until, or_(Hazard.closed_on.is_(None), Hazard.closed_on > until))
    grave = Hazard.grade.in_(("serious", "major"))
    row = session.execute(
        hazards.with_only_columns(
            _count(Hazard.found_on.between(since, until)),
            _count(Hazard.closed_on.between(since, until)),
            _count(is_open),
            _count(is_open, grave),
            _count(is_open, Hazard.due_on < until),
        )
    ).one()
    names = ("hazards_new", "hazards_closed", "hazards_open", "hazards_major", "hazards_overdue")
    return dict(zip(names, row, strict=True))


def _overdue(unit: UUID, key: str, until: date) -> int:
    dues = visible(SYSTEM, Due).where(
        Due.organisation_id == unit,
        Due.category == key,
        Due.kind.in_([str(kind) for kind in INSPECTIONS]),
        Due.state == DueState.OPEN,
        Due.due_on < until,
    )
    return session.scalar(dues.with_only_columns(func.count(func.distinct(Due.equipment_id)))) or 0


def _visits(unit: UUID, key: str, since: date, until: date) -> dict[str, int]:
    visits = visible(SYSTEM, Visit).where(
        Visit.use_unit_id == unit,
        Visit.category == key,
        Visit.on.between(since, until),
        Visit.superseded.is_(False),
        Visit.state.not_in((VisitState.OPEN, VisitState.VOID, VisitState.EXPIRED)),
    )
    row = session.execute(visits.with_only_columns(func.count(), _count(Visit.state.in_(SIGNED)))).one()
    return {"visits": row[0], "visits_signed": row[1]}


def _weeks(unit: UUID, key: str, since: date, until: date) -> int:
    weeks = visible(SYSTEM, ControlReport).where(
        ControlReport.organisation_id == unit,
        ControlReport.category == key,
        ControlReport.kind == ControlReportKind.WEEK,
        ControlReport.ends_on.between(since, until),
        ControlReport.state == ControlReportState.COMPLETE,
        ControlReport.superseded_by.is_(None),
    )
    return session.scalar(weeks.with_only_columns(func.count())) or 0


def problems_in(report: ControlReport) -> list[WeekProblem]:
    """What was found in the span or is still open: hazards and findings of the unit, and what its controls
    found at no piece. As it was signed, once it is."""
    if report.figures:
        return list(report.problems)
    rows = [*_of_hazards(report), *_of_findings(report), *_of_no_piece(report)]
    return rows[:MOST]


def _pieces_by_id(ids: Sequence[UUID]) -> dict[UUID, Equipment]:
    rows = visible(SYSTEM, Equipment).where(Equipment.id.in_(set(ids)))
    return {piece.id: piece for piece in session.scalars(rows)}


def _of_hazards(report: ControlReport) -> Iterator[WeekProblem]:
    hazards = visible(SYSTEM, Hazard).where(
        Hazard.responsible_id == report.organisation_id,
        Hazard.category == report.category,
        Hazard.found_on <= report.ends_on,
        or_(Hazard.closed_on.is_(None), Hazard.closed_on >= report.begins_on),
    )
    rows = session.scalars(hazards.order_by(Hazard.due_on, Hazard.id).limit(MOST)).all()
    pieces = _pieces_by_id([row.equipment_id for row in rows])
    unit = session.get_one(Organisation, report.organisation_id).name
    for row in rows:
        yield WeekProblem(
            place=piece_name(pieces.get(row.equipment_id)),
            grade=row.grade.label,
            text=row.description,
            who=unit,
            due_on=row.due_on.isoformat(),
            state=row.state.label,
        )


def _of_findings(report: ControlReport) -> Iterator[WeekProblem]:
    findings = (
        visible(SYSTEM, Finding)
        .join(Equipment, Equipment.id == Finding.equipment_id)
        .where(
            whose == report.organisation_id,
            Finding.category == report.category,
            Finding.found_on <= report.ends_on,
            or_(
                Finding.state == FindingState.OPEN,
                and_(Finding.state == FindingState.PUT_RIGHT, Finding.found_on >= report.begins_on),
            ),
        )
    )
    rows = session.scalars(findings.order_by(Finding.found_on, Finding.id).limit(MOST)).all()
    pieces = _pieces_by_id([row.equipment_id for row in rows])
    for row in rows:
        yield WeekProblem(
            place=piece_name(pieces.get(row.equipment_id)),
            grade="",
            text=row.description,
            who="",
            due_on="",
            state=row.state.label,
        )


def _of_no_piece(report: ControlReport) -> Iterator[WeekProblem]:
    rows = (
        visible(SYSTEM, ControlFinding)
        .join(DailyControl, DailyControl.id == ControlFinding.control_id)
        .where(
            DailyControl.organisation_id == report.organisation_id,
            DailyControl.category == report.category,
            DailyControl.on.between(report.begins_on, report.ends_on),
            DailyControl.superseded_by.is_(None),
            ControlFinding.finding_id.is_(None),
        )
    )
    for row in session.scalars(rows.order_by(DailyControl.on, ControlFinding.no).limit(MOST)):
        yield WeekProblem(
            place="",
            grade=row.grade.label,
            text=row.text,
            who="",
            due_on="",
            state=FindingState.PUT_RIGHT.label if row.put_right else FindingState.OPEN.label,
        )


def own_open_findings(unit: UUID, category_key: str, limit: int) -> Sequence[Finding]:
    """What is open at the pieces of a unit, so that nobody writes the same down every day."""
    pieces = own_pieces(SYSTEM, unit, category_key).with_only_columns(Equipment.id)
    rows = visible(SYSTEM, Finding).where(
        Finding.equipment_id.in_(pieces), Finding.state == FindingState.OPEN
    )
    return session.scalars(rows.order_by(Finding.found_on.desc(), Finding.id).limit(limit)).all()
