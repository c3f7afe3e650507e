"""Where duties come from: one entry per table, each with its open rows and what a notice says of one."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.models import Application, Due, PaperDue
from equipment.dues.rules import ApplicationState, DueState, PaperDueKind
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, HazardState
from equipment.life.models import PublicReport
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.people.models import Card, Certificate, Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.reminders.rules import Duty, DutyKind, duty_kind, horizon
from equipment.storage.db import session

CHUNK = 500


@dataclass(frozen=True)
class Source:
    """One table of duties: which rows are open, by which day, and the duty a row makes."""

    prefix: str
    model: Any
    open: ColumnElement[bool]
    duty: Callable[[Any, dict[UUID, Equipment]], Duty]
    until: Any = None  # the column of the day, where far days need not be read

    def rows(self, on: date) -> Select[Any]:
        found = visible(SYSTEM, self.model).where(self.open)
        return found if self.until is None else found.where(self.until <= on + timedelta(days=horizon()))

    def duties(self, on: date) -> Iterator[list[Duty]]:
        """All open duties that may have a stage by `on`, in chunks; a read transaction never lasts longer than one."""
        keys = tuple(self.model.__table__.primary_key)
        last: tuple[Any, ...] | None = None
        while True:
            session.rollback()
            found = self.rows(on).order_by(*keys).limit(CHUNK)
            rows = session.scalars(found if last is None else found.where(tuple_(*keys) > last)).all()
            if not rows:
                return
            pieces = _pieces(row.equipment_id for row in rows if getattr(row, "equipment_id", None))
            yield [self.duty(row, pieces) for row in rows]
            last = tuple(getattr(rows[-1], key.name) for key in keys)

    def open_keys(self, ids: Sequence[UUID]) -> set[str]:
        """The keys of those of these duties that are still open, for the day they are due now."""
        rows = session.scalars(visible(SYSTEM, self.model).where(self.open, self.model.id.in_(ids))).all()
        pieces = _pieces(row.equipment_id for row in rows if getattr(row, "equipment_id", None))
        return {self.duty(row, pieces).key for row in rows}


def _pieces(ids: Iterable[UUID]) -> dict[UUID, Equipment]:
    found = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(set(ids)))).all()
    return {piece.id: piece for piece in found}


def named(piece: Equipment | None) -> str:
    """How people call a piece: its number in the house or its serial, and where it stands."""
    if piece is None:
        return "?"
    return " ".join(part for part in (piece.own_number or piece.serial, piece.name, piece.position or piece.address) if part)[:80]


def _key(prefix: str, row: Any, day: date) -> str:
    return f"{prefix}:{row.id}:{day.isoformat()}"


def _of_due(row: Due, pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(N_("%(what)s of %(piece)s by %(day)s"), {"what": DueKind(row.kind).label, "piece": named(pieces.get(row.equipment_id)),
                                                            "day": row.due_on.isoformat()})
    return Duty(
        key=_key("due", row, row.due_on), kind=duty_kind(row.kind), due_on=row.due_on, area=row.area, text=text, link=f"/equipment/{row.equipment_id}",
        equipment_id=row.equipment_id, category=row.category, organisation_id=row.organisation_id, firm_id=row.firm_id, body_id=row.body_id)


def _of_paper(row: PaperDue, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(N_("%(what)s: %(title)s, %(day)s"), {"what": PaperDueKind(row.kind).label, "title": row.title, "day": row.due_on.isoformat()})
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(key=_key("paper", row, row.due_on), kind=DutyKind.PAPER, due_on=row.due_on, area=owner.area, text=text,
                link=f"/organisations/{row.organisation_id}", organisation_id=row.organisation_id, holder_id=_holder(row))


def _holder(row: PaperDue) -> UUID | None:
    held: Any = {PaperDueKind.CERTIFICATE: Certificate, PaperDueKind.CARD: Card}.get(row.kind)
    return session.scalar(visible(SYSTEM, held).where(held.id == row.subject_id).with_only_columns(held.user_id)) if held else None


def _of_record(prefix: str, kind: DutyKind, text: Message, row: Any, day: date, **parties: Any) -> Duty:
    return Duty(key=_key(prefix, row, day), kind=kind, due_on=day, area=row.area, text=text, equipment_id=row.equipment_id, category=row.category,
                **{"link": f"/equipment/{row.equipment_id}", **parties})


def _about(msgid: str, row: Any, pieces: dict[UUID, Equipment], **more: Any) -> Message:
    return Message(msgid, {"piece": named(pieces.get(row.equipment_id)), **more})


def _of_application(row: Application, pieces: dict[UUID, Equipment]) -> Duty:
    text = _about(N_("%(piece)s was applied for inspection; accept it or say why not"), row, pieces)
    return _of_record("application", DutyKind.APPLICATION, text, row, clock.site_day(row.applied_at), body_id=row.body_id)


def _of_visit(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    text = _about(N_("The maintenance visit at %(piece)s on %(day)s waits for your signature"), row, pieces, day=row.on.isoformat())
    return _of_record("sign", DutyKind.SIGN, text, row, row.on, organisation_id=row.use_unit_id)


def _of_finding(row: Finding, pieces: dict[UUID, Equipment]) -> Duty:
    text = _about(N_("A finding at %(piece)s waits for your decision until %(day)s; then it is a hazard by itself"), row, pieces,
                  day=row.confirm_by.isoformat())
    return _of_record("finding", DutyKind.FINDING, text, row, row.confirm_by, link=f"/hazards/findings/{row.equipment_id}/{row.id}")


def _of_hazard(row: Hazard, pieces: dict[UUID, Equipment]) -> Duty:
    text = _about(N_("Hazard at %(piece)s: put it right by %(day)s"), row, pieces, day=row.due_on.isoformat())
    return _of_record("hazard", DutyKind.HAZARD, text, row, row.due_on, organisation_id=row.responsible_id, link=f"/hazards/{row.equipment_id}/{row.id}")


def _of_recheck(row: Hazard, pieces: dict[UUID, Equipment]) -> Duty:
    assert row.rectified_at is not None  # the table's check constraint
    text = _about(N_("The hazard at %(piece)s was put right; re-check it"), row, pieces)
    return _of_record("recheck", DutyKind.RECHECK, text, row, clock.site_day(row.rectified_at), link=f"/hazards/{row.equipment_id}/{row.id}")


def _of_report(row: PublicReport, pieces: dict[UUID, Equipment]) -> Duty:
    text = _about(N_("Public report %(number)s about %(piece)s: answer by %(day)s"), row, pieces, number=row.number, day=row.due_on.isoformat())
    return _of_record("report", DutyKind.REPORT, text, row, row.due_on)


SOURCES: tuple[Source, ...] = (
    Source("due", Due, Due.state == DueState.OPEN, _of_due, Due.due_on),
    Source("paper", PaperDue, PaperDue.state == DueState.OPEN, _of_paper, PaperDue.due_on),
    Source("application", Application, Application.state == ApplicationState.APPLIED, _of_application),
    Source("sign", Visit, Visit.state == VisitState.TO_SIGN, _of_visit),
    Source("finding", Finding, Finding.state == FindingState.OPEN, _of_finding),
    Source("hazard", Hazard, Hazard.state == HazardState.OPEN, _of_hazard),
    Source("recheck", Hazard, Hazard.state == HazardState.RECTIFIED, _of_recheck),
    Source("report", PublicReport, PublicReport.answered_at.is_(None), _of_report),
)
BY_PREFIX = {source.prefix: source for source in SOURCES}
