"""How visits read in lists, records and exports: what the lift is called, who was there, which filters a list
has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import Select, String, cast, select

from equipment.core import clock
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import names_of
from equipment.maintenance.states import Flag, VisitState
from equipment.people.models import Organisation
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Day"), 12),
    (N_("Lift"), 34),
    (N_("Area"), 16),
    (N_("Class"), 12),
    (N_("Technicians"), 18),
    (N_("Signed in"), 17),
    (N_("Signed out"), 17),
    (N_("Minutes"), 9),
    (N_("State"), 14),
    (N_("Counts"), 8),
    (N_("Remarkable"), 30),
    (N_("Signed by"), 12),
    (N_("Maintenance firm"), 28),
)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit with what people call its lift, its people and its firm."""

    record: Visit
    piece: Equipment | None
    technicians: tuple[str, ...]
    firm: str

    @property
    def id(self) -> str:
        """What a bulk action posts."""
        return f"{self.record.equipment_id}/{self.record.id}"

    @property
    def called(self) -> str:
        return called(self.piece)

    @property
    def url(self) -> str:
        return url_for("visits.page", equipment_id=self.record.equipment_id, visit_id=self.record.id)

    @property
    def minutes(self) -> int | None:
        closed = self.record.closed_at
        return None if closed is None else round((closed - self.record.opened_at).total_seconds() / 60)

    @property
    def duty(self) -> DueKind:
        return DueKind(self.record.duty)

    @property
    def flags(self) -> list[Flag]:
        return [Flag(each) for each in self.record.flags]


def called(piece: Equipment | None, say: Say = gettext) -> str:
    """The lift's name or number, and where it stands."""
    if piece is None:
        return say(N_("Lift"))
    number = piece.name or piece.own_number or piece.serial or piece.label_code or say(N_("no number"))
    return " ".join(part for part in (number, piece.address, piece.position) if part)


def lines(viewer: Viewer, records: Sequence[Visit]) -> list[VisitLine]:
    """Visits as lines of a list, in three queries."""
    seen = {piece.id: piece for piece in pieces(viewer, {visit.equipment_id for visit in records})}
    names = names_of(person for visit in records for person in visit.technicians)
    firms = organisation_names(visit.organisation_id for visit in records)
    return [
        VisitLine(
            visit,
            seen.get(visit.equipment_id),
            tuple(names.get(UUID(each), "") for each in visit.technicians),
            firms.get(visit.organisation_id, ""),
        )
        for visit in records
    ]


def organisation_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of organisations are public; rows are not."""
    found = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids))))
    return {row.id: row.name for row in found}


def wanted(viewer: Viewer, asked: Mapping[str, str]) -> Select[Visit]:
    """The visits behind the filters of a list; superseded records only when asked for."""
    found = visible(viewer, Visit)
    if asked.get("superseded") != "1":
        found = found.where(Visit.superseded.is_(False))
    if asked.get("state") in {str(state) for state in VisitState}:
        found = found.where(Visit.state == asked["state"])
    if asked.get("flag") in {str(flag) for flag in Flag}:
        found = found.where(cast(Visit.flags, String).contains(f'"{asked["flag"]}"', autoescape=True))
    if asked.get("firm"):
        found = found.where(Visit.organisation_id == id_in(asked["firm"]))
    if asked.get("lift"):
        found = found.where(Visit.equipment_id == id_in(asked["lift"]))
    if asked.get("area", "").isdecimal():
        found = found.where(within(Visit.area, asked["area"]))
    if asked.get("proof") in ("swipe", "late"):
        found = found.where(Visit.late_entry.is_(asked["proof"] == "late"))
    return _between(found, _day(asked.get("on_from")), _day(asked.get("on_until")))


def _between(found: Select[Visit], since: date | None, until: date | None) -> Select[Visit]:
    if since is not None:
        found = found.where(Visit.on >= since)
    return found if until is None else found.where(Visit.on <= until)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def sheet(viewer: Viewer, asked: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    found = in_parts(wanted(viewer, asked), Visit.opened_at.desc(), Visit.id)
    areas = {area.code: area.name for area in areas_below("")}
    cells = (_cells(line, areas, say) for part in found for line in lines(viewer, part))
    return Table(
        say(N_("Maintenance records")), [TableColumn(say(name), width) for name, width in COLUMNS], cells
    )


def _cells(line: VisitLine, areas: Mapping[str, str], say: Say) -> list[object]:
    visit = line.record
    return [
        visit.on,
        called(line.piece, say),
        areas.get(visit.area, visit.area),
        say(line.duty.label),
        "、".join(line.technicians),
        _time(visit.opened_at),
        _time(visit.closed_at) if visit.closed_at else "",
        line.minutes,
        say(VisitState(visit.state).label),
        say(N_("Yes") if visit.counted else N_("No")),
        "；".join(say(flag.label) for flag in line.flags),
        visit.signer_name,
        line.firm,
    ]


def _time(at: datetime) -> str:
    return clock.site_time(at).strftime("%Y-%m-%d %H:%M")
