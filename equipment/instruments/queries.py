"""Reading instruments: the list with its filters, those at a station, those due for verification, and the
share that is verified (受检率)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.instruments.models import (
    Instrument,
    OwnCheck,
    Verification,
    VerificationList,
    VerificationListRow,
)
from equipment.instruments.rules import SOON_DAYS, InstrumentKind, InstrumentState, VerificationStanding
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible, within
from equipment.storage.columns import Sorts
from equipment.storage.db import session

SORTS: Sorts = {
    "until": (Instrument.verified_until, Instrument.id),
    "number": (Instrument.number, Instrument.id),
    "kind": (Instrument.kind, Instrument.number, Instrument.id),
    "check": (Instrument.check_due_on, Instrument.id),
}
LIST_SORTS: Sorts = {"drawn": (VerificationList.drawn_at, VerificationList.id)}
ROW_SORTS: Sorts = {"row": (VerificationListRow.row_no,)}
COUNTY = 6  # digits of a county's code
NOT_VALID = "not_valid"  # the filter that takes every standing which is none of a valid verification


class Verified(NamedTuple):
    """Of the instruments in use that are subject to verification, how many have a valid one."""

    valid: int = 0
    subject: int = 0


def in_all(parts: Iterable[Verified]) -> Verified:
    """Numerators and denominators each added up."""
    parts = tuple(parts)
    return Verified(sum(part.valid for part in parts), sum(part.subject for part in parts))


def instruments(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Instrument]:
    """The instruments that the viewer may see, with the filters of the address bar; without a state all that
    are not scrapped."""
    rows = visible(viewer, Instrument).where(in_state(filters.get("state", "")))
    if (kind := filters.get("kind", "")) in set(InstrumentKind):
        rows = rows.where(Instrument.kind == kind)
    if unit := id_in(filters.get("unit", "")):
        rows = rows.where(Instrument.organisation_id == unit)
    if piece := id_in(filters.get("piece", "")):
        rows = rows.where(Instrument.equipment_id == piece)
    if filters.get("area", "").isdecimal():
        rows = rows.where(_of_area(filters["area"]))
    if filters.get("statutory") in ("yes", "no"):
        rows = rows.where(Instrument.statutory.is_(filters["statutory"] == "yes"))
    if verified := filters.get("verified", ""):
        rows = rows.where(_verified(verified, on))
    if filters.get("check") == "due":
        rows = rows.where(Instrument.active, Instrument.check_due_on <= on + timedelta(days=SOON_DAYS))
    if typed := filters.get("q", ""):
        parts = (Instrument.name, Instrument.number, Instrument.maker, Instrument.place, Instrument.bay)
        rows = rows.where(or_(*(part.contains(typed, autoescape=True) for part in parts)))
    return rows


def in_state(state: str) -> ColumnElement[bool]:
    match state:
        case InstrumentState.IN_USE:
            return Instrument.active.is_(True)
        case InstrumentState.STOPPED:
            return and_(Instrument.active.is_(False), Instrument.scrapped_on.is_(None))
        case InstrumentState.SCRAPPED:
            return Instrument.scrapped_on.is_not(None)
    return Instrument.scrapped_on.is_(None)


def _verified(wanted: str, on: date) -> ColumnElement[bool]:
    soon = on + timedelta(days=SOON_DAYS)
    stands = Instrument.failed.is_(False)
    match wanted:
        case VerificationStanding.VALID:  # whatever holds today, soon to end or not
            return is_valid(on)
        case VerificationStanding.SOON:
            return and_(is_valid(on), Instrument.verified_until <= soon)
        case VerificationStanding.EXPIRED:
            return and_(stands, Instrument.verified_until < on)
        case VerificationStanding.FAILED:
            return Instrument.failed.is_(True)
        case VerificationStanding.UNKNOWN:
            return and_(stands, Instrument.verified_until.is_(None))
        case "due":
            return is_due(soon)
    return ~is_valid(on) if wanted == NOT_VALID else false()


def is_valid(on: date) -> ColumnElement[bool]:
    """A verification that holds on that day; one that nobody recorded holds never."""
    return and_(
        Instrument.failed.is_(False), func.coalesce(Instrument.verified_until, date(1900, 1, 1)) >= on
    )


def is_due(until: date) -> ColumnElement[bool]:
    """What has to go to a verification body by that day: run out by then, failed, or never verified."""
    return or_(
        Instrument.failed.is_(True), Instrument.verified_until.is_(None), Instrument.verified_until <= until
    )


def _of_area(area: str) -> ColumnElement[bool]:
    return Instrument.organisation_id.in_(select(Organisation.id).where(within(Organisation.area, area)))


def instrument_of(viewer: Viewer, key: UUID) -> Instrument:
    row = session.scalar(visible(viewer, Instrument).where(Instrument.id == key))
    if row is None:
        raise NotFound
    return row


def verifications_of(instrument: Instrument) -> Sequence[Verification]:
    """The latest first, those taken back among them."""
    wanted = visible(SYSTEM, Verification).where(
        Verification.organisation_id == instrument.organisation_id,
        Verification.instrument_id == instrument.id,
    )
    return session.scalars(wanted.order_by(Verification.verified_on.desc(), Verification.id.desc())).all()


def verification_of(instrument: Instrument, key: UUID) -> Verification:
    row = session.get(Verification, (instrument.organisation_id, key))
    if row is None or row.instrument_id != instrument.id:
        raise NotFound
    return row


def checks_of(instrument: Instrument, limit: int = 50) -> Sequence[OwnCheck]:
    wanted = visible(SYSTEM, OwnCheck).where(
        OwnCheck.organisation_id == instrument.organisation_id, OwnCheck.instrument_id == instrument.id
    )
    return session.scalars(wanted.order_by(OwnCheck.checked_on.desc(), OwnCheck.id.desc()).limit(limit)).all()


def check_of(instrument: Instrument, key: UUID) -> OwnCheck:
    row = session.get(OwnCheck, (instrument.organisation_id, key))
    if row is None or row.instrument_id != instrument.id:
        raise NotFound
    return row


def lists_naming(viewer: Viewer, instrument: Instrument) -> Sequence[VerificationList]:
    """The lists on which an instrument stands and waits."""
    waits = (
        select(VerificationListRow.list_id)
        .where(
            in_scope(viewer, VerificationListRow),
            VerificationListRow.instrument_id == instrument.id,
            VerificationListRow.verification_id.is_(None),
        )
        .scalar_subquery()
    )
    rows = visible(viewer, VerificationList).where(VerificationList.id.in_(waits))
    return session.scalars(rows.order_by(VerificationList.drawn_at.desc())).all()


def list_of(viewer: Viewer, organisation_id: UUID, list_id: UUID) -> VerificationList:
    wanted = visible(viewer, VerificationList).where(
        VerificationList.organisation_id == organisation_id, VerificationList.id == list_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def rows_of(drawn: VerificationList) -> Select[VerificationListRow]:
    return visible(SYSTEM, VerificationListRow).where(
        VerificationListRow.organisation_id == drawn.organisation_id, VerificationListRow.list_id == drawn.id
    )


def waiting_counts(lists: Iterable[VerificationList]) -> dict[UUID, tuple[int, int]]:
    """By list: (rows that wait for a result, rows)."""
    keys = [row.id for row in lists]
    columns = (
        VerificationListRow.list_id,
        func.count().filter(VerificationListRow.verification_id.is_(None)),
        func.count(),
    )
    counted = visible(SYSTEM, VerificationListRow).where(VerificationListRow.list_id.in_(keys))
    grouped = counted.with_only_columns(*columns).group_by(VerificationListRow.list_id)
    return {key: (waiting, whole) for key, waiting, whole in session.execute(grouped)}


def by_county(grouped: Mapping[tuple[str, InstrumentKind], Verified]) -> dict[str, Verified]:
    """By county, all kinds together, in the order of their codes."""
    codes = sorted({county for county, _kind in grouped})
    return {code: in_all(one for (county, _kind), one in grouped.items() if county == code) for code in codes}


def by_ids(ids: Iterable[UUID]) -> dict[UUID, Instrument]:
    rows = session.scalars(visible(SYSTEM, Instrument).where(Instrument.id.in_(set(ids))))
    return {row.id: row for row in rows}


def verifications_by_id(ids: Iterable[UUID | None]) -> dict[UUID, Verification]:
    wanted = {key for key in ids if key is not None}
    rows = session.scalars(visible(SYSTEM, Verification).where(Verification.id.in_(wanted)))
    return {row.id: row for row in rows}


def verified_by(
    viewer: Viewer, on: date, filters: Mapping[str, str]
) -> dict[tuple[str, InstrumentKind], Verified]:
    """By county and kind: of the instruments in use that are subject to statutory verification, those whose
    verification holds that day. A unit whose area is shorter than a county's stands under its own code."""
    county = func.substr(Organisation.area, 1, COUNTY)
    columns = (county, Instrument.kind, func.count().filter(is_valid(on)), func.count())
    subject = (
        instruments(viewer, {**filters, "state": InstrumentState.IN_USE, "statutory": "yes"}, on)
        .join(Organisation, Organisation.id == Instrument.organisation_id)
        .with_only_columns(*columns)
        .group_by(county, Instrument.kind)
    )
    return {
        (area, InstrumentKind(kind)): Verified(valid, whole)
        for area, kind, valid, whole in session.execute(subject)
    }
