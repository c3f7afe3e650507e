"""当日记录: of which station, days, shift, bay and gas a paper is, and the records it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.fields import Fields
from equipment.core.ids import id_in
from equipment.core.verdict import ReasonJson
from equipment.core.words import N_, Message
from equipment.fills.listing import no_code_scans
from equipment.fills.models import Fill, Scan
from equipment.fills.shown import FillShown, people_named, shown
from equipment.fills.states import DayPaper
from equipment.instruments.models import Instrument
from equipment.instruments.rules import AT_BAYS
from equipment.intake.rules import DISPUTED, DRIFT
from equipment.people.models import Device, OnDuty, Organisation, Paper
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Role, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session

MOST_DAYS, MOST_ROWS = 31, 10_000
DOUBTED = frozenset({DRIFT, DISPUTED})  # flags of a record whose own time nobody vouches for


@dataclass(frozen=True, slots=True)
class Shift:
    """A duty at a shared device, with the names that a paper says."""

    duty: OnDuty
    person: str
    device: str

    @property
    def until(self) -> datetime:
        """Its end, or now."""
        return self.duty.until or clock.now()

    @property
    def hours(self) -> str:
        """From when until when, as the site's clock showed it."""
        ends = f"{clock.site_time(self.duty.until):%m-%d %H:%M}" if self.duty.until else ""
        return f"{clock.site_time(self.duty.since):%m-%d %H:%M} – {ends}"

    def holds(self, at: datetime, device_id: UUID | None, user_id: UUID | None) -> bool:
        """Whether something that happened then belongs to it: done at its device, or by its person at
        another."""
        by_it = device_id == self.duty.device_id or user_id == self.duty.user_id
        return by_it and self.duty.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWindow:
    """What a paper is of; no shift means all day."""

    station: Organisation
    since: date
    until: date
    shift: Shift | None = None
    bay: str = ""
    gas: str = ""

    @property
    def days(self) -> str:
        return f"{self.since}" if self.since == self.until else f"{self.since} – {self.until}"


class NoCode(NamedTuple):
    """A bottle that was scanned to be filled and that nothing on file belongs to (R01)."""

    at: datetime
    code: str
    gas: str
    bay: str
    person: str
    reasons: Sequence[ReasonJson]


@dataclass(frozen=True, slots=True)
class DayRecords:
    """The records of a window as they stood at `read_at`; `replaced` ones are left out, corrections stand for
    them."""

    window: PaperWindow
    licences: Sequence[Paper]
    fills: Sequence[FillShown]
    no_code: Sequence[NoCode]
    replaced: int
    read_at: datetime


def stations(viewer: Viewer) -> Select[Organisation]:
    """The stations whose papers the viewer may print."""
    return (
        visible(viewer, Organisation)
        .where(Organisation.kind == OrganisationKind.STATION)
        .order_by(Organisation.name)
    )


def shifts(viewer: Viewer, station_id: UUID, since: date, until: date) -> list[Shift]:
    """Who was on duty there on these days, in the order of their coming."""
    ends = clock.site_midnight(until + timedelta(days=1))
    duties = (
        visible(viewer, OnDuty)
        .where(OnDuty.organisation_id == station_id, OnDuty.since < ends)
        .where(OnDuty.until.is_(None) | (OnDuty.until > clock.site_midnight(since)))
        .order_by(OnDuty.since, OnDuty.id)
    )
    return shifts_named(session.scalars(duties).all())


def shifts_named(duties: Sequence[OnDuty]) -> list[Shift]:
    people = people_named(duty.user_id for duty in duties)
    named = visible(SYSTEM, Device).where(Device.id.in_({duty.device_id for duty in duties}))
    devices = {device.id: device.name for device in session.scalars(named)}
    return [Shift(duty, people.get(duty.user_id, ""), devices.get(duty.device_id, "")) for duty in duties]


def window_of(viewer: Viewer, wanted: Mapping[str, str]) -> PaperWindow:
    """The window behind what a page asked for: `station`, `on_from`, `on_until`, `duty`, `bay`, `gas`.
    NotFound for a station or shift of others, Invalid for days that are none or too many."""
    station = _station(viewer, wanted.get("station", ""))
    today = clock.today()
    since = _day(wanted, "on_from", today)
    until = _day(wanted, "on_until", since)
    if until < since:
        raise Invalid({"on_until": N_("The last day is before the first.")})
    if (until - since).days >= MOST_DAYS:
        raise Invalid({"on_until": Message(N_("At most %(days)d days on one paper."), {"days": MOST_DAYS})})
    shift = None
    if wanted.get("duty"):
        key = id_in(wanted["duty"])
        shift = next(
            (shift for shift in shifts(viewer, station.id, since, until) if shift.duty.id == key), None
        )
        if shift is None:
            raise NotFound
    return PaperWindow(
        station=station,
        since=since,
        until=until,
        shift=shift,
        bay=wanted.get("bay", ""),
        gas=wanted.get("gas", ""),
    )


def only_own_handover(viewer: Viewer, window: PaperWindow, papers: Iterable[DayPaper]) -> None:
    """An operator hands over his own shift; the owner and the bureau print every one."""
    if viewer.oversees or Role.STATION_OWNER in viewer.roles or DayPaper.HANDOVER not in papers:
        return
    if window.shift is None or window.shift.duty.user_id != viewer.user_id:
        raise NotAllowed(
            N_("You print the handover sheet of your own shift; the station owner prints the others.")
        )


def records_in(viewer: Viewer, window: PaperWindow) -> DayRecords:
    """Everything that a window's papers say, in the order in which it happened."""
    read_at = clock.now()
    wanted = (
        visible(viewer, Fill)
        .where(Fill.organisation_id == window.station.id, Fill.on.between(window.since, window.until))
        .order_by(Fill.happened_at, Fill.id)
    )
    if window.bay:
        wanted = wanted.where(Fill.bay == window.bay)
    if window.gas:
        wanted = wanted.where(Fill.gas == window.gas)
    fills = session.scalars(wanted.limit(MOST_ROWS + 1)).all()
    if len(fills) > MOST_ROWS:
        text = N_("More than %(rows)d records: choose fewer days, a shift or a bay.")
        raise Invalid({"on_until": Message(text, {"rows": MOST_ROWS})})
    fills = [fill for fill in fills if in_shift(window, fill)]
    licences = visible(SYSTEM, Paper).where(
        Paper.organisation_id == window.station.id,
        Paper.kind == PaperKind.FILLING_LICENCE,
        Paper.valid_from <= window.until,
        Paper.valid_until >= window.since,
    )
    return DayRecords(
        window=window,
        licences=session.scalars(licences.order_by(Paper.valid_until)).all(),
        fills=shown([fill for fill in fills if not fill.superseded]),
        no_code=_no_code(viewer, window),
        replaced=sum(fill.superseded for fill in fills),
        read_at=read_at,
    )


def is_of(window: PaperWindow, bay: str, gas: str) -> bool:
    """Whether something at this bay, with this gas, belongs to a window."""
    return window.bay in ("", bay) and window.gas in ("", gas)


def in_shift(window: PaperWindow, fill: Fill) -> bool:
    """Whether a record belongs to the shift of a window: by its own time, where somebody vouches for it."""
    if window.shift is None:
        return True
    at = fill.received_at if DOUBTED & set(fill.flags) else fill.happened_at
    return window.shift.holds(at, fill.device_id, fill.user_id)


def instruments_of(station_id: UUID) -> Sequence[Instrument]:
    """The scales and gauges in service, by their place."""
    own = visible(SYSTEM, Instrument).where(
        Instrument.organisation_id == station_id, Instrument.active, Instrument.kind.in_(AT_BAYS)
    )
    return session.scalars(own.order_by(Instrument.bay, Instrument.number)).all()


def no_code_shown(scans: Sequence[Scan]) -> list[NoCode]:
    """Such scans with what their messages said: gas and bay."""
    people = people_named(scan.user_id for scan in scans)
    rows = []
    for scan in scans:
        message = message_of(scan)
        reasons: list[ReasonJson] = orjson.loads(scan.answer)["reasons"]
        rows.append(
            NoCode(
                clock.site_time(scan.happened_at),
                scan.code,
                message.text("gas", ""),
                message.text("bay", ""),
                people.get(scan.user_id, ""),
                reasons,
            )
        )
    return rows


def message_of(scan: Scan) -> Fields:
    """What the device sent with a scan."""
    content = json.loads(scan.content) if scan.content.startswith("{") else {}
    return Fields(content if isinstance(content, dict) else {})


def _no_code(viewer: Viewer, window: PaperWindow) -> list[NoCode]:
    wanted = no_code_scans(viewer).where(
        Scan.organisation_id == window.station.id, Scan.on.between(window.since, window.until)
    )
    scans = session.scalars(wanted.order_by(Scan.happened_at, Scan.id).limit(MOST_ROWS)).all()
    shift = window.shift
    rows = no_code_shown(
        [
            scan
            for scan in scans
            if shift is None or shift.holds(scan.happened_at, scan.device_id, scan.user_id)
        ]
    )
    return [row for row in rows if is_of(window, row.bay, row.gas)]


def _station(viewer: Viewer, key: str) -> Organisation:
    """The viewer's own station, or the one of his area that is named."""
    wanted = stations(viewer)
    if key:
        wanted = wanted.where(Organisation.id == id_in(key))
    elif not viewer.oversees:
        wanted = wanted.where(Organisation.id == viewer.organisation_id)
    station = session.scalar(wanted.limit(1)) if key or not viewer.oversees else None
    if station is None:
        raise NotFound
    return station


def _day(wanted: Mapping[str, str], name: str, otherwise: date) -> date:
    text = wanted.get(name, "")
    day = day_in(text) if text else otherwise
    if day is None:
        raise Invalid({name: N_("This is no day.")})
    return day
