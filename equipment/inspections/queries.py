"""Reading results: those that count, and the corrections that wait for a second person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, or_

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.dues.models import Due, DueListRow
from equipment.dues.rules import NOT_RETURNED, DueState
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource
from equipment.inspections.models import Inspection, Opinion
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.inspections.states import RUNNING
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.regulation.planning import DueKind
from equipment.storage.columns import Sorts
from equipment.storage.db import session

COUNTS = and_(
    Inspection.superseded.is_(False),
    or_(Inspection.supersedes_id.is_(None), Inspection.approved_by.is_not(None)),
)
WAITS = and_(
    Inspection.superseded.is_(False), Inspection.supersedes_id.is_not(None), Inspection.approved_by.is_(None)
)
SORTS: Sorts = {
    "on": (Inspection.on, Inspection.id),
    "next": (Inspection.next_due_on, Inspection.id),
    "received": (Inspection.received_at, Inspection.id),
    "report": (Inspection.report_due_on, Inspection.id),
}


def inspections(viewer: Viewer, filters: Mapping[str, str]) -> Select[Inspection]:
    """Results with these filters of the address bar; corrected ones only where asked for."""
    results = visible(viewer, Inspection).where(WAITS if filters.get("state") == "waiting" else COUNTS)
    if filters.get("state") == "no_report":
        results = results.where(Inspection.report_due_on.is_not(None))
    if filters.get("state") == "open_items":
        results = results.where(_waits_for_unit())
    if filters.get("category"):
        results = results.where(Inspection.category == filters["category"])
    if filters.get("kind") in set(InspectionKind):
        results = results.where(Inspection.kind == filters["kind"])
    if filters.get("conclusion") in set(Conclusion):
        results = results.where(Inspection.conclusion == filters["conclusion"])
    if filters.get("area", "").isdecimal():
        results = results.where(within(Inspection.area, filters["area"]))
    if filters.get("equipment"):
        results = results.where(Inspection.equipment_id == (id_in(filters["equipment"]) or NOBODY))
    if received := day_in(filters.get("received_from", "")):
        results = results.where(Inspection.received_at >= clock.site_midnight(received))
    if filters.get("late"):  # 超期消除: the inspection was overdue when it was made
        overdue = exists().where(
            Due.equipment_id == Inspection.equipment_id,
            Due.state == DueState.DONE,
            Due.kind == cast(Inspection.kind, String),
            Due.done_on == Inspection.on,
            Due.due_on < Due.done_on,
        )
        results = results.where(overdue)
    since, until = day_in(filters.get("on_from", "")), day_in(filters.get("on_until", ""))
    if since:
        results = results.where(Inspection.on >= since)
    return results.where(Inspection.on <= until) if until else results


def _waits_for_unit() -> ColumnElement[bool]:
    """A notice that runs; of results from before notices were kept, one whose correction nobody has told."""
    opinion = exists().where(
        Opinion.equipment_id == Inspection.equipment_id, Opinion.inspection_id == Inspection.id
    )
    before = and_(Inspection.feedback_on.is_not(None), Inspection.feedback == "", ~opinion)
    return or_(before, opinion.where(Opinion.state.in_(RUNNING)))


def inspection(viewer: Viewer, equipment_id: UUID, inspection_id: UUID) -> Inspection:
    record = session.scalar(
        visible(viewer, Inspection).where(
            Inspection.equipment_id == equipment_id, Inspection.id == inspection_id
        )
    )
    if record is None:
        raise NotFound
    return record


def history(viewer: Viewer, equipment_id: UUID) -> Sequence[Inspection]:
    """Every result of one piece, corrected ones included, the latest first."""
    results = visible(viewer, Inspection).where(Inspection.equipment_id == equipment_id)
    return session.scalars(results.order_by(Inspection.on.desc(), Inspection.received_at.desc())).all()


def corrections_of(viewer: Viewer, inspection: Inspection) -> Sequence[Inspection]:
    """The results that took the place of this one, or would once approved."""
    corrections = visible(viewer, Inspection).where(
        Inspection.equipment_id == inspection.equipment_id, Inspection.supersedes_id == inspection.id
    )
    return session.scalars(corrections.order_by(Inspection.received_at)).all()


def following_one(viewer: Viewer, inspection: Inspection) -> Sequence[Inspection]:
    """The re-inspections (复检) that name this one as the first."""
    results = visible(viewer, Inspection).where(
        Inspection.equipment_id == inspection.equipment_id, Inspection.repeats_id == inspection.id, COUNTS
    )
    return session.scalars(results.order_by(Inspection.on)).all()


def yearly_visits(viewer: Viewer, equipment_id: UUID) -> list[tuple[str, date]]:
    """(id, day) of the latest yearly maintenance visits that counted, the newest first."""
    visits = (
        visible(viewer, Due)
        .where(Due.equipment_id == equipment_id, Due.state == DueState.DONE, Due.kind == DueKind.VISIT_YEAR)
        .order_by(Due.done_on.desc())
        .limit(5)
    )
    return [
        (due.done_by.removeprefix("visit:"), due.done_on)
        for due in session.scalars(visits)
        if due.done_by.startswith("visit:") and due.done_on is not None
    ]


def findings_of(viewer: Viewer, inspection: Inspection) -> Sequence[Finding]:
    """What it found; the finding says what became of that."""
    findings = visible(viewer, Finding).where(
        Finding.equipment_id == inspection.equipment_id,
        Finding.source == FindingSource.INSPECTION,
        Finding.source_id == inspection.id,
    )
    return session.scalars(findings).all()


def rows_out(
    organisations: Collection[UUID | None], equipment_id: UUID, due_kind: str
) -> Sequence[DueListRow]:
    """Rows of these organisations' lists on which this piece still stands as not returned."""
    rows = visible(SYSTEM, DueListRow).where(
        DueListRow.organisation_id.in_(organisations),
        DueListRow.equipment_id == equipment_id,
        DueListRow.state.in_(NOT_RETURNED),
    )
    return [
        row
        for row in session.scalars(rows.execution_options(populate_existing=True))
        if row.snapshot.get("kind") == due_kind
    ]
