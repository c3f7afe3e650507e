"""What a technician does today and what his office watches: the visits that are due, whose they are, and the
orders in which a list of them is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import url_for
from sqlalchemy import func

from equipment.contracts.assigning import technicians_on
from equipment.core import clock
from equipment.core.geo import Datum, GeoPoint, GeoPosition
from equipment.core.ids import NOBODY
from equipment.core.words import N_, Labelled
from equipment.dues.models import Due
from equipment.dues.queries import due_between
from equipment.maintenance.listing import lift_name, organisation_names
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.queries import names_of, on_site
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import point_of, points_of
from equipment.register.lists import area_names
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
    """One visit that is due, with who goes there and who is there now. `going` are the technicians it is
    given
    out to, or who stand in for them today; empty where it is nobody's."""

    piece: Equipment
    duty: DueKind
    due_on: date
    light: Light
    last: Visit | None
    going_on: Visit | None
    technicians: tuple[str, ...]
    going: frozenset[UUID] = frozenset()

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
        """A technician's own lifts are those given out to him, or to whom he stands in for. One that is
        nobody's
        is whose who went there last; where nobody has been yet, everybody's."""
        if self.going_on is not None and str(viewer.user_id) in self.going_on.technicians:
            return True
        if self.going:
            return viewer.user_id in self.going
        return self.last is None or str(viewer.user_id) in self.last.technicians


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
    firm_id = viewer.organisation_id
    going = technicians_on(firm_id, list(lifts), today) if firm_id and lifts else {}
    present = {person for visit in (*last.values(), *going_on.values()) for person in visit.technicians}
    names = names_of([*present, *{person for people in going.values() for person in people}])
    unsorted = [
        _job(
            lifts[due.equipment_id],
            due,
            last.get(due.equipment_id),
            going_on.get(due.equipment_id),
            going.get(due.equipment_id, frozenset()),
            names,
        )
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
    piece: Equipment,
    due: Due,
    last: Visit | None,
    going_on: Visit | None,
    going: frozenset[UUID],
    names: Mapping[UUID, str],
) -> Job:
    today = clock.today()
    light = Light.OVERDUE if due.due_on < today else Light.TODAY if due.due_on == today else Light.SOON
    shown = going_on or last
    people = [UUID(person) for person in shown.technicians] if shown else []
    if going and going_on is None:
        people = sorted(going, key=lambda person: names.get(person, ""))
    return Job(
        piece,
        DueKind(due.kind),
        due.due_on,
        light,
        last,
        going_on,
        tuple(names.get(person, "") for person in people),
        going,
    )


@dataclass(frozen=True, slots=True)
class PlacedJob:
    """A job with what lists order it by: the name of its district, its site, where it stands (WGS-84)."""

    job: Job
    district: str
    site: str
    point: GeoPoint | None

    @property
    def at(self) -> str:
        """The point as a page's script reads it."""
        return f"{self.point.latitude:.6f},{self.point.longitude:.6f}" if self.point else ""


def placed(due: Sequence[Job]) -> list[PlacedJob]:
    """Jobs with where they are, in three queries."""
    districts = area_names(job.piece.area for job in due)
    units = organisation_names(job.piece.use_unit_id for job in due)
    points = points_of(job.piece.id for job in due)
    return [
        PlacedJob(
            job,
            districts.get(job.piece.area, job.piece.area),
            " · ".join(filter(None, (units.get(job.piece.use_unit_id or NOBODY), job.piece.address))),
            points.get(job.piece.id),
        )
        for job in due
    ]


def last_place(viewer: Viewer) -> GeoPoint | None:
    """Where this technician was seen last today: where his phone was when he swiped, else the lift."""
    swipes = visible(viewer, Swipe).where(Swipe.user_id == viewer.user_id, Swipe.on == clock.today())
    swipe = session.scalar(swipes.order_by(Swipe.received_at.desc()).limit(1))
    if swipe is None:
        return None
    if swipe.latitude is not None and swipe.longitude is not None:
        datum = Datum(swipe.datum) if swipe.datum else Datum.WGS84
        return GeoPosition.of(swipe.latitude, swipe.longitude, datum).wgs84
    return point_of(swipe.equipment_id) if swipe.equipment_id else None


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
