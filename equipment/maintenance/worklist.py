"""What a technician does today and what his office watches: tasks in visiting order, who is on site, what
waits for a signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import url_for
from sqlalchemy import func

from equipment.core import clock
from equipment.core.words import N_, Labelled
from equipment.dues.models import Due
from equipment.dues.queries import due_between
from equipment.maintenance.listing import lift_name
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import names_of, on_site
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.planning import VISITS, DueKind
from equipment.storage.db import session

AHEAD = 3  # days: what reaches its last day that soon is on today's list
MOST = 500


class Light(Labelled):
    """The traffic light of a task."""

    OVERDUE = "overdue", N_("Overdue"), "red"
    TODAY = "today", N_("Due today"), "amber"
    SOON = "soon", N_("Due in the next days"), "green"


@dataclass(frozen=True, slots=True)
class Job:
    """One visit that is due, with who usually goes there and who is there now."""

    piece: Equipment
    duty: DueKind
    due_on: date
    light: Light
    last: Visit | None
    going_on: Visit | None
    technicians: tuple[str, ...]

    @property
    def lift_name(self) -> str:
        return lift_name(self.piece)

    @property
    def url(self) -> str:
        """The visit that is going on, or the lift before signing in."""
        if self.going_on is not None:
            return url_for("visits.page", equipment_id=self.piece.id, visit_id=self.going_on.id)
        return url_for("visits.start", equipment_id=self.piece.id)

    @property
    def phone_pages(self) -> list[str]:
        """What a phone keeps to work here without a signal: the visit, or what comes before one."""
        blank = [] if self.going_on else [url_for("visits.blank", equipment_id=self.piece.id)]
        return [self.url, *blank]

    def is_for(self, viewer: Viewer) -> bool:
        """A technician's own lifts are those he went to last; where nobody has been yet, everybody's."""
        return (
            self.last is None
            or str(viewer.user_id) in self.last.technicians
            or (self.going_on is not None and str(viewer.user_id) in self.going_on.technicians)
        )


def jobs(viewer: Viewer, *, ahead: int = AHEAD) -> list[Job]:
    """The visits due until `ahead` days from now, overdue first, then in visiting order: by area, address and
    position."""
    today = clock.today()
    due_visits = due_between(viewer, None, today + timedelta(days=ahead), kinds=VISITS).where(
        Due.firm_id == viewer.organisation_id
    )
    dues = session.scalars(due_visits.order_by(Due.due_on).limit(MOST)).all()
    lifts = {piece.id: piece for piece in pieces(viewer, [due.equipment_id for due in dues])}
    last, going_on = (
        _last_visits(viewer, lifts),
        {visit.equipment_id: visit for visit in session.scalars(on_site(viewer))},
    )
    names = names_of(person for visit in (*last.values(), *going_on.values()) for person in visit.technicians)
    unsorted = [
        _job(lifts[due.equipment_id], due, last.get(due.equipment_id), going_on.get(due.equipment_id), names)
        for due in dues
        if due.equipment_id in lifts
    ]
    return sorted(
        unsorted,
        key=lambda job: (
            job.light is not Light.OVERDUE,
            job.piece.area,
            job.piece.address,
            job.piece.position,
            job.piece.name,
            job.due_on,
        ),
    )


def _job(
    piece: Equipment, due: Due, last: Visit | None, going_on: Visit | None, names: Mapping[UUID, str]
) -> Job:
    today = clock.today()
    light = Light.OVERDUE if due.due_on < today else Light.TODAY if due.due_on == today else Light.SOON
    shown = going_on or last
    return Job(
        piece,
        DueKind(due.kind),
        due.due_on,
        light,
        last,
        going_on,
        tuple(names.get(UUID(person), "") for person in shown.technicians) if shown else (),
    )


def _last_visits(viewer: Viewer, lifts: Iterable[UUID]) -> dict[UUID, Visit]:
    """The last counted visit of each lift."""
    wanted = list(lifts)
    newest = (
        visible(viewer, Visit)
        .where(Visit.equipment_id.in_(wanted), Visit.counted, Visit.superseded.is_(False))
        .with_only_columns(Visit.equipment_id, func.max(Visit.opened_at).label("at"))
        .group_by(Visit.equipment_id)
        .subquery()
    )
    visits = (
        visible(viewer, Visit)
        .join(newest, (Visit.equipment_id == newest.c.equipment_id) & (Visit.opened_at == newest.c.at))
        .where(Visit.counted)
    )
    return {visit.equipment_id: visit for visit in session.scalars(visits)}


def done_today(viewer: Viewer) -> Sequence[Visit]:
    """The visits this technician was at today, whatever became of them."""
    visits = visible(viewer, Visit).where(
        Visit.organisation_id == viewer.organisation_id,
        Visit.on == clock.today(),
        Visit.superseded.is_(False),
    )
    return [
        visit
        for visit in session.scalars(visits.order_by(Visit.opened_at.desc()))
        if str(viewer.user_id) in visit.technicians
    ]
