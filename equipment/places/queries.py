"""What is on record of where bottles were (scans, fills, lots and what people said), and where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, or_

from equipment.core import clock
from equipment.core.ids import NOBODY, id_in
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState, ScanPurpose
from equipment.lots.models import Lot, LotRow
from equipment.lots.states import Difference, LotRowState, LotState
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.places.models import Customer, DeliveryNote, NoteRow, PlaceReport, Whereabouts
from equipment.places.rules import PlaceFact, PlaceInterval, intervals
from equipment.places.states import NoteRowKind, PlaceEvent, PlaceReportKind, PlaceState
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.columns import Sorts
from equipment.storage.db import session

GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)
OUTSIDE = (PlaceState.ON_WAY, PlaceState.AT_USER)
HISTORY = 200  # intervals of one bottle on its page
MANY_DIGITS = 5  # of a number of days
SORTS: Sorts = {
    "seen": (Whereabouts.seen_at, Whereabouts.equipment_id),
    "since": (Whereabouts.from_at, Whereabouts.equipment_id),
}
GAS_IN = (FillState.FILLED, FillState.OVERFILLED, FillState.FAILED)
# Fills in force by which gas went in, and when it did.
GAS_WENT_IN = and_(
    Fill.superseded.is_(False),
    or_(Fill.state.in_(GAS_IN), and_(Fill.state == FillState.REFUSED, Fill.filled_at.is_not(None))),
)
WENT_IN_AT = func.coalesce(Fill.filled_at, Fill.result_at, Fill.happened_at)
Facts = Iterator[tuple[UUID, PlaceFact]]


def facts_of(pieces: Collection[UUID]) -> dict[UUID, list[PlaceFact]]:
    """Every record that says where these bottles were, by bottle."""
    facts: dict[UUID, list[PlaceFact]] = defaultdict(list)
    for source in (_scans, _fills, _lots, _notes, _reports):
        for bottle, fact in source(pieces):
            facts[bottle].append(fact)
    return facts


def interval_now(bottle: UUID) -> PlaceInterval | None:
    """Where a bottle is, by everything on record at this moment: the table follows minutes later."""
    line = intervals(facts_of([bottle]).get(bottle, ()))
    return line[-1] if line else None


def interval_at(bottle: UUID, at: datetime) -> PlaceInterval | None:
    """Where a bottle was at an instant, by everything on record at this moment."""
    line = intervals(facts_of([bottle]).get(bottle, ()))
    return next((one for one in reversed(line) if one.began_by.at <= at), None)


def whereabouts(viewer: Viewer, filters: Mapping[str, str]) -> Select[Whereabouts, Equipment]:
    """Where the bottles that the viewer may see are now, with these filters of the address bar. What is
    scrapped or cancelled is nowhere any more."""
    rows = (
        visible(viewer, Whereabouts)
        .join(Equipment, Equipment.id == Whereabouts.equipment_id)
        .where(Whereabouts.until_at.is_(None), Equipment.status.not_in(GONE))
        .add_columns(Equipment)
    )
    if viewer.organisation_kind is OrganisationKind.STATION:
        rows = rows.where(Equipment.owner_id == viewer.organisation_id)
    state, silent = filters.get("state", ""), filters.get("silent", "")
    if state in set(PlaceState):
        rows = rows.where(Whereabouts.state == state)
    elif state == "out":
        rows = rows.where(Whereabouts.state.in_(OUTSIDE))
    if silent.isdecimal() and len(silent) < MANY_DIGITS:
        rows = rows.where(Whereabouts.seen_at < clock.now() - timedelta(days=int(silent)))
    if key := filters.get("customer"):
        rows = rows.where(Whereabouts.customer_id == (id_in(key) or NOBODY))
    if variety := filters.get("variety"):
        rows = rows.where(Equipment.details["variety"].as_string() == variety)
    if key := filters.get("owner"):
        rows = rows.where(Equipment.owner_id == (id_in(key) or NOBODY))
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(Whereabouts.area, filters["area"]))
    if number := filters.get("number", "").strip().upper():
        ends = (Equipment.serial, Equipment.own_number, Equipment.label_code)
        rows = rows.where(or_(*(column.endswith(number, autoescape=True) for column in ends)))
    return rows


def counts_by_state(viewer: Viewer, filters: Mapping[str, str]) -> dict[PlaceState, int]:
    """How many bottles are where, of those behind the other filters."""
    rows = whereabouts(viewer, {**filters, "state": ""})
    counted = rows.with_only_columns(Whereabouts.state, func.count(), maintain_column_froms=True)
    numbers = {row[0]: row[1] for row in session.execute(counted.group_by(Whereabouts.state))}
    return {place: numbers.get(place, 0) for place in PlaceState}


def history(viewer: Viewer, bottle: UUID) -> Sequence[Whereabouts]:
    """Where a bottle was, the latest first."""
    rows = visible(viewer, Whereabouts).where(Whereabouts.equipment_id == bottle)
    return session.scalars(rows.order_by(Whereabouts.from_at.desc()).limit(HISTORY)).all()


def reports_of(viewer: Viewer, bottle: UUID) -> Sequence[PlaceReport]:
    rows = visible(viewer, PlaceReport).where(PlaceReport.equipment_id == bottle)
    return session.scalars(rows.order_by(PlaceReport.at.desc()).limit(HISTORY)).all()


def _scans(pieces: Collection[UUID]) -> Facts:
    """收瓶, and scans for filling, refused or not: the bottle stood there at that instant."""
    events = {ScanPurpose.RECEIVE: PlaceEvent.RECEIVED, ScanPurpose.FILL: PlaceEvent.SCANNED}
    scans = (
        visible(SYSTEM, Scan)
        .where(Scan.equipment_id.in_(pieces), Scan.purpose.in_(events))
        .with_only_columns(Scan.equipment_id, Scan.happened_at, Scan.purpose, Scan.organisation_id, Scan.id)
    )
    for bottle, at, purpose, station, key in session.execute(scans):
        if bottle is not None:
            event = events[ScanPurpose(purpose)]
            yield bottle, PlaceFact(at, event, station, station, None, "scan", key)


def _fills(pieces: Collection[UUID]) -> Facts:
    """Fills in force by which gas went in."""
    fills = (
        visible(SYSTEM, Fill)
        .where(Fill.equipment_id.in_(pieces), GAS_WENT_IN)
        .with_only_columns(Fill.equipment_id, WENT_IN_AT, Fill.organisation_id, Fill.id)
    )
    for bottle, at, station, key in session.execute(fills):
        yield bottle, PlaceFact(at, PlaceEvent.FILLED, station, station, None, "fill", key)


def _lots(pieces: Collection[UUID]) -> Facts:
    """送检: handed over, did not arrive, came back. A bottle that was taken out before the lot left never
    went."""
    rows = (
        visible(SYSTEM, Lot)
        .join(LotRow, and_(LotRow.organisation_id == Lot.organisation_id, LotRow.lot_id == Lot.id))
        .where(LotRow.equipment_id.in_(pieces))
        .add_columns(LotRow)
    )
    for lot, row in session.execute(rows):
        withdrawn = lot.state is LotState.WITHDRAWN and lot.handed_at is not None
        if row.equipment_id is None or (row.state is LotRowState.TAKEN_OUT and not withdrawn):
            continue
        sent_at = row.received_at if row.difference is Difference.EXTRA else lot.handed_at
        times = [(PlaceEvent.TO_BODY, sent_at, lot.body_id)]
        if withdrawn:
            times.append((PlaceEvent.FROM_BODY, lot.withdrawn_at, lot.organisation_id))
        elif row.state is LotRowState.LEFT:
            times.append((PlaceEvent.FROM_BODY, row.left_at, lot.organisation_id))
        elif row.state is LotRowState.RETURNED:
            times.append((PlaceEvent.FROM_BODY, row.received_at, lot.organisation_id))
        elif row.state is LotRowState.MISSING:
            times.append((PlaceEvent.NOT_ARRIVED, lot.received_at, lot.organisation_id))
        for event, at, holder in times:
            if at is not None:
                fact = PlaceFact(at, event, lot.organisation_id, holder, None, "lot", lot.id)
                yield row.equipment_id, fact


def _notes(pieces: Collection[UUID]) -> Facts:
    """配送单: out when it left, with the customer when it was handed over; what came back before was never
    his. Where the driver scanned at the customer's, what he scanned is there, and nothing else."""
    rows = (
        visible(SYSTEM, DeliveryNote)
        .join(
            NoteRow,
            and_(NoteRow.organisation_id == DeliveryNote.organisation_id, NoteRow.note_id == DeliveryNote.id),
        )
        .where(NoteRow.equipment_id.in_(pieces), NoteRow.kind != NoteRowKind.OFF)
        .add_columns(NoteRow)
    )
    found = session.execute(rows).all()
    back = {(note.id, row.equipment_id): row.at for note, row in found if row.kind is NoteRowKind.BACK}
    scanned = scanned_at_customers({note.id for note, _row in found})
    for note, row in found:
        station, customer, bottle = note.organisation_id, note.customer_id, row.equipment_id
        if bottle is None:
            continue
        if row.kind is NoteRowKind.BACK:
            yield bottle, PlaceFact(row.at, PlaceEvent.TAKEN_BACK, station, station, None, "note", note.id)
            continue
        if row.kind is NoteRowKind.HANDED:
            yield bottle, PlaceFact(row.at, PlaceEvent.DELIVERED, station, None, customer, "note", note.id)
            continue
        if note.left_at is not None:
            at = note.left_at
            yield bottle, PlaceFact(at, PlaceEvent.SENT_OUT, station, station, customer, "note", note.id)
        returned_at = back.get((note.id, bottle))
        is_whole = note.handed_at is not None and note.id not in scanned
        if is_whole and note.handed_at and (returned_at is None or returned_at > note.handed_at):
            at = note.handed_at
            yield bottle, PlaceFact(at, PlaceEvent.DELIVERED, station, None, customer, "note", note.id)


def scanned_at_customers(note_ids: Collection[UUID]) -> set[UUID]:
    """Of these delivery notes those whose bottles were scanned at the customer's."""
    rows = visible(SYSTEM, NoteRow).where(NoteRow.note_id.in_(note_ids), NoteRow.kind == NoteRowKind.HANDED)
    return set(session.scalars(rows.with_only_columns(NoteRow.note_id))) if note_ids else set()


def customers_named(viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Customers that the viewer may see, by id."""
    if not ids:
        return {}
    rows = visible(viewer, Customer).where(Customer.id.in_(set(ids)))
    return {row.id: row for row in session.scalars(rows)}


def _reports(pieces: Collection[UUID]) -> Facts:
    for report in session.scalars(visible(SYSTEM, PlaceReport).where(PlaceReport.equipment_id.in_(pieces))):
        event = PlaceEvent.LOST if report.kind is PlaceReportKind.LOST else PlaceEvent.FOUND
        station = report.organisation_id
        yield report.equipment_id, PlaceFact(report.at, event, station, station, None, "report", report.id)
