"""The messages of firms' systems as people look through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for
from sqlalchemy import Select, func, or_, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.maintenance.listing import lift_name
from equipment.people.models import Device, Organisation
from equipment.people.rules import DeviceKind, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.queries import pieces
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts
from equipment.uploads.models import UploadAttempt, UploadedRecord
from equipment.uploads.states import UploadKind, UploadOutcome, UploadStep

WINDOW_DAYS = 30
OF_VISITS = frozenset(
    {
        UploadStep.VISIT,
        UploadStep.ANSWERS,
        UploadStep.PHOTO,
        UploadStep.SIGNATURE,
        UploadStep.CORRECTION,
        UploadStep.WITHDRAWAL,
    }
)
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Received"), 18),
    (N_("Firm"), 28),
    (N_("System"), 20),
    (N_("What"), 16),
    (N_("Its own number"), 22),
    (N_("Lift"), 22),
    (N_("Result"), 14),
    (N_("What it was told"), 60),
    (N_("Request"), 20),
)


@dataclass(frozen=True, slots=True)
class ListedAttempt:
    """One message with the names of its firm and system; `url` leads to what it put on record, `lift` is the
    lift of that, else what the message called it."""

    record: UploadAttempt
    firm: str
    system: str
    url: str
    lift: str

    @property
    def told(self) -> list[str]:
        """What it was told, as it was told: the title, then each field."""
        named = [f"{name}：{text}" if name else text for name, text in self.record.fields.items()]
        return [*([self.record.title] if self.record.title else []), *named]


@dataclass(frozen=True, slots=True)
class ConnectedSystem:
    """A connected system: who answers for it, and when it last sent something."""

    device: Device
    firm: str
    last_at: datetime | None


def filtered_attempts(viewer: Viewer, filters: Mapping[str, str]) -> Select[UploadAttempt]:
    """The messages behind the filters of the list; only the refused ones unless others are asked for."""
    attempts, outcome = visible(viewer, UploadAttempt), filters.get("outcome", UploadOutcome.REFUSED)
    if outcome in set(UploadOutcome):
        attempts = attempts.where(UploadAttempt.outcome == outcome)
    if filters.get("step") in set(UploadStep):
        attempts = attempts.where(UploadAttempt.step == filters["step"])
    if filters.get("q"):
        text = filters["q"].strip()
        attempts = attempts.where(
            or_(UploadAttempt.record_id == text, UploadAttempt.lift == text, UploadAttempt.request_id == text)
        )
    if filters.get("firm"):
        attempts = attempts.where(UploadAttempt.organisation_id == id_in(filters["firm"]))
    if since := day_in(filters.get("at_from", "")):
        attempts = attempts.where(UploadAttempt.at >= clock.site_midnight(since))
    if until := day_in(filters.get("at_until", "")):
        attempts = attempts.where(UploadAttempt.at < clock.site_midnight(until + timedelta(days=1)))
    return attempts


def listed_attempts(viewer: Viewer, records: Sequence[UploadAttempt]) -> list[ListedAttempt]:
    """Messages as rows of a list, in four queries."""
    firms = _names({row.organisation_id for row in records})
    devices = select(Device.id, Device.name).where(Device.id.in_({row.device_id for row in records}))
    systems = {row.id: row.name for row in session.execute(devices)}
    visits = _visits(records)
    lifts = {row.equipment_id for row in visits.values() if row.equipment_id}
    lifts |= {key for row in records if (key := id_in(row.lift))}  # it may name a lift by our id of it
    names = {piece.id: lift_name(piece) for piece in pieces(viewer, lifts)}
    rows = []
    for row in records:
        visit = visits.get((row.organisation_id, row.record_id)) if row.step in OF_VISITS else None
        named = id_in(row.lift)
        url, lift = "", names.get(named, row.lift) if named else row.lift
        if visit is not None and visit.equipment_id in names:  # not a lift of another county
            url = url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.target_id)
            lift = names[visit.equipment_id]
        firm, system = firms.get(row.organisation_id, ""), systems.get(row.device_id, "")
        rows.append(ListedAttempt(row, firm, system, url, lift))
    return rows


def _visits(records: Sequence[UploadAttempt]) -> dict[tuple[UUID, str], UploadedRecord]:
    """The visits that these messages speak of; a refused one may be there by a later message."""
    rows = select(UploadedRecord).where(
        UploadedRecord.organisation_id.in_({row.organisation_id for row in records}),
        UploadedRecord.kind == UploadKind.VISIT,
        UploadedRecord.record_id.in_({row.record_id for row in records if row.step in OF_VISITS}),
    )
    return {(row.organisation_id, row.record_id): row for row in session.scalars(rows)}


def _names(ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def systems_of(viewer: Viewer) -> list[ConnectedSystem]:
    """The connected systems that the viewer may see, those that nobody answers for first."""
    devices = session.scalars(
        visible(viewer, Device)
        .where(Device.kind == DeviceKind.FIRM_SYSTEM, Device.revoked_at.is_(None))
        .order_by(Device.user_id.is_not(None), Device.created_at)
    ).all()
    latest = select(UploadAttempt.device_id, func.max(UploadAttempt.at).label("at")).where(
        UploadAttempt.device_id.in_([device.id for device in devices])
    )
    last_at = {row.device_id: row.at for row in session.execute(latest.group_by(UploadAttempt.device_id))}
    firms = _names({device.organisation_id for device in devices})
    return [
        ConnectedSystem(device, firms.get(device.organisation_id, ""), last_at.get(device.id))
        for device in devices
    ]


def counts_of(viewer: Viewer, firm: UUID | None = None) -> dict[UploadOutcome, int]:
    """How many messages of the last 30 days came to what."""
    since = clock.now() - timedelta(days=WINDOW_DAYS)
    counted = select(UploadAttempt.outcome, func.count()).where(
        in_scope(viewer, UploadAttempt), UploadAttempt.at >= since
    )
    if firm is not None:
        counted = counted.where(UploadAttempt.organisation_id == firm)
    rows = session.execute(counted.group_by(UploadAttempt.outcome)).all()
    found = {UploadOutcome(outcome): number for outcome, number in rows}
    return {outcome: found.get(outcome, 0) for outcome in UploadOutcome}


def firms_with_systems(viewer: Viewer) -> list[tuple[str, str]]:
    """The firms whose systems are connected, for the filter of the bureau."""
    if not viewer.oversees:
        return []
    names = {str(one.device.organisation_id): one.firm for one in systems_of(viewer)}
    return sorted(names.items(), key=lambda pair: pair[1])


def attempt_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of the list, as people read them."""
    parts = in_parts(filtered_attempts(viewer, filters), UploadAttempt.at.desc(), UploadAttempt.id)
    cells = (
        [
            clock.site_time(row.record.at).strftime("%Y-%m-%d %H:%M:%S"),
            row.firm,
            row.system,
            say(UploadStep(row.record.step).label),
            row.record.record_id,
            row.lift,
            say(UploadOutcome(row.record.outcome).label),
            "；".join(row.told),
            row.record.request_id,
        ]
        for part in parts
        for row in listed_attempts(viewer, part)
    )
    return Table(say(N_("Uploads")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)
