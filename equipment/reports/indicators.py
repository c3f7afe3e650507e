"""The plan's indicators beside the rate: inspections, codes, scans, silent stations, refusals; through scope,
each with the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from equipment.core.words import N_, Message
from equipment.dues.applications import PENDING
from equipment.dues.models import Application, Due
from equipment.dues.queries import overdue, unknown
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.maintenance import queries as maintenance
from equipment.people.models import Area, Organisation, Paper
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.planning import DueKind
from equipment.reports.rules import SIGNALS, Share, Signal, Signals, StationActivity, signals_of
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

LAST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Indicator:
    """A share with what it says and where the list behind it is; `better` tells which way it should move."""

    key: str
    label: str
    share: Share
    url: str
    definition: str
    better: str = "high"


@dataclass(frozen=True, slots=True)
class Overdue:
    """Pieces overdue for inspection: whose fault depends on whether the inspection was applied
    for (已报检 / 未报检)."""

    applied: int
    not_applied: int

    @property
    def all(self) -> int:
        return self.applied + self.not_applied


@dataclass(frozen=True, slots=True)
class Licensed:
    """A station with a licence in force, in plain values: a row of the session would outlive it in memory."""

    id: UUID
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class StationSignal:
    """A licensed station and what is remarkable about it."""

    organisation: Licensed
    facts: StationActivity
    signals: tuple[Signal, ...]
    responsible: str = ""

    @property
    def note(self) -> Message:
        """The figures behind the first signal."""
        if self.facts.silent_for is None:
            return Message(N_("no scan ever"))
        if Signal.SILENT in self.signals:
            return Message(N_("no scan for %(days)d days"), {"days": self.facts.silent_for})
        if Signal.DOWN in self.signals:
            return Message(
                N_("%(scans)d scans in %(days)d days, usually %(usual)d"),
                {
                    "scans": self.facts.scans,
                    "days": SIGNALS.silent_days,
                    "usual": self.facts.usual_scans * SIGNALS.silent_days // SIGNALS.usual_days,
                },
            )
        return Message(
            N_("%(scans)d scans and none refused"), {"scans": self.facts.scans + self.facts.usual_scans}
        )


# They move slowly, and some read every piece.
_indicators: Remembered[tuple[object, ...], list[Indicator]] = Remembered(300, together=True)
_stations: Remembered[tuple[object, ...], list[StationSignal]] = Remembered(300, together=True)


def in_use(viewer: Viewer, area: str, category: str) -> Select[Equipment]:
    """The pieces of a category in use now, within an area of the viewer's."""
    pieces = visible(viewer, Equipment).where(
        Equipment.category == category, Equipment.status == EquipmentStatus.IN_USE
    )
    return pieces.where(within(Equipment.area, area))


def how_many(query: Select[Equipment]) -> int:
    return (
        session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    )


def overdue_inspections(viewer: Viewer, area: str, on: date, category: str = "") -> Overdue:
    """The pieces that the list of overdue inspections has; self-tests are nobody's 报检 and no part of 定检率."""
    keys = [category] if category else [kind.key for kind in CATEGORIES]
    late = overdue(viewer, on, kinds=(DueKind.INSPECTION,)).where(
        within(Due.area, area), Due.category.in_(keys)
    )
    applied_for = exists().where(Application.equipment_id == Due.equipment_id, Application.state.in_(PENDING))
    pieces = func.count(Due.equipment_id.distinct())
    applied = session.scalar(late.where(applied_for).with_only_columns(pieces)) or 0
    return Overdue(applied, (session.scalar(late.with_only_columns(pieces)) or 0) - applied)


def indicators(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """The plan's indicators of an area, at most some minutes old."""
    question = (viewer.area, viewer.categories, area, on)
    return _indicators.get(question, lambda: [*inspection_rates(viewer, area, on), *_other(viewer, area, on)])


def _other(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    since = _since(on)
    lifts = maintenance.indicators(area, since, on)
    swipes = Share(lifts.swiped, lifts.expected)
    return [
        Indicator(
            "plates",
            N_("Lifts with a plate"),
            Share(lifts.plates, lifts.in_use),
            f"/equipment?category=elevator&status={EquipmentStatus.IN_USE}&area={area}",
            maintenance.PLATE_DEFINITION.msgid,
        ),
        Indicator(
            "swipes",
            N_("Maintenance by swipe"),
            swipes,
            f"/visits?on_from={since}&on_until={on}&area={area}",
            maintenance.SWIPE_DEFINITION.msgid,
        ),
        Indicator(
            "coded",
            N_("Cylinders with a code"),
            coded_cylinders(viewer, area),
            f"/equipment?category=cylinder&status={EquipmentStatus.IN_USE}&area={area}",
            N_("Cylinders in use with a label of ours or a readable foreign code ÷ cylinders in use"),
        ),
        Indicator(
            "scanned",
            N_("Fills by scan"),
            scanned_fills(viewer, area, on),
            f"/fills?on_from={since}&on_until={on}&area={area}",
            N_("Fills of the last 30 days recorded by a live scan ÷ all fills; late entries are not scans"),
        ),
        Indicator(
            "refused",
            N_("Refused scans"),
            refusals(viewer, area, on),
            f"/fills?state=refused&on_from={since}&on_until={on}&area={area}",
            N_("Scans of the last 30 days that were refused ÷ all scans before filling"),
            better="",
        ),
    ]


def inspection_rates(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """定检率 of every category: pieces in use that are not overdue for inspection, of all in use."""
    labels = {"cylinder": N_("Cylinders inspected in time"), "elevator": N_("Lifts inspected in time")}
    dark, rates = not_known(viewer, area), []
    for kind in CATEGORIES:
        whole = max(0, how_many(in_use(viewer, area, kind.key)) - dark.get(kind.key, 0))
        late = overdue_inspections(viewer, area, on, kind.key).all
        rates.append(
            Indicator(
                f"inspected_{kind.key}",
                labels.get(kind.key, kind.label),
                Share(max(0, whole - late), whole),
                f"/dues?window=overdue&category={kind.key}&area={area}",
                N_(
                    "Pieces in use that are not overdue for inspection ÷ "
                    "pieces in use whose inspection state is known"
                ),
            )
        )
    return rates


def not_known(viewer: Viewer, area: str) -> dict[str, int]:
    """检验情况不明 by category: pieces nobody can tell the inspection of; beside the rate, never in it."""
    dark = unknown(viewer, kinds=(DueKind.INSPECTION,)).where(within(Due.area, area))
    counted = dark.with_only_columns(Due.category, func.count(), maintain_column_froms=True)
    rows = session.execute(counted.group_by(Due.category))
    return {str(key): number for key, number in rows}


def coded_cylinders(viewer: Viewer, area: str) -> Share:
    """赋码率: cylinders in use with a label of ours or a foreign code of their own."""
    every = in_use(viewer, area, "cylinder")
    identifier = Equipment.metadata.tables["identifier"]
    foreign = exists().where(
        identifier.c.equipment_id == Equipment.id,
        identifier.c.voided_at.is_(None),
        identifier.c.kind.in_(("maker_qr", "rfid", "platform_no", "unique_no", "prepay_code")),
    )
    return Share(how_many(every.where(or_(Equipment.label_code.is_not(None), foreign))), how_many(every))


def _since(on: date) -> date:
    """The first of the last days; the last one is `on`."""
    return on - timedelta(days=LAST_DAYS - 1)


def _fills(viewer: Viewer, area: str, since: date) -> Select[Fill]:
    return visible(viewer, Fill).where(Fill.on >= since, within(Fill.area, area), Fill.superseded.is_(False))


def scanned_fills(viewer: Viewer, area: str, on: date) -> Share:
    """扫码充装率: fills recorded by a live scan, of all fills of the last days; late entries are
    never counted as scans."""
    fills = _fills(viewer, area, _since(on)).where(Fill.state.not_in((FillState.REFUSED, FillState.VOID)))
    part, whole = session.execute(
        fills.with_only_columns(func.count().filter(Fill.late_entry.is_(False)), func.count())
    ).one()
    return Share(part, whole)


def refusals(viewer: Viewer, area: str, on: date) -> Share:
    """拒充: refused scans of the last days, of all that named a bottle."""
    fills = _fills(viewer, area, _since(on)).where(Fill.state != FillState.VOID)
    part, whole = session.execute(
        fills.with_only_columns(func.count().filter(Fill.state == FillState.REFUSED), func.count())
    ).one()
    return Share(part, whole)


def licensed_stations(viewer: Viewer, area: str, on: date) -> Select[Organisation]:
    licence = exists().where(
        Paper.organisation_id == Organisation.id,
        Paper.kind == PaperKind.FILLING_LICENCE,
        Paper.valid_from <= on,
        Paper.valid_until >= on,
    )
    stations = visible(viewer, Organisation).where(
        Organisation.kind == OrganisationKind.STATION, Organisation.active, licence
    )
    return stations.where(within(Organisation.area, area)).order_by(Organisation.area, Organisation.name)


def station_signals(viewer: Viewer, area: str, on: date, limits: Signals = SIGNALS) -> list[StationSignal]:
    """Licensed stations that are silent, far below their usual, or never refuse; the silent ones first."""
    return _stations.get((viewer.area, area, on, limits), lambda: _signals(viewer, area, on, limits))


def _signals(viewer: Viewer, area: str, on: date, limits: Signals) -> list[StationSignal]:
    columns = (Organisation.id, Organisation.name, Organisation.area)
    stations = [
        Licensed(*row)
        for row in session.execute(licensed_stations(viewer, area, on).with_only_columns(*columns))
    ]
    facts = _facts([station.id for station in stations], on, limits)
    names = {area.code: area.responsible for area in session.scalars(select(Area))}
    signals = [
        StationSignal(
            station, facts[station.id], signals_of(facts[station.id], limits), answerable(names, station.area)
        )
        for station in stations
    ]
    return sorted(
        (station for station in signals if station.signals),
        key=lambda station: station.signals[0] != Signal.SILENT,
    )


def answerable(names: dict[str, str], area: str) -> str:
    """The responsible person of an area, or of the nearest one above it that has one."""
    return next((names[area[:length]] for length in range(len(area), 0, -1) if names.get(area[:length])), "")


def _facts(ids: list[UUID], on: date, limits: Signals) -> dict[UUID, StationActivity]:
    window, usual = (
        on - timedelta(days=limits.silent_days),
        on - timedelta(days=limits.silent_days + limits.usual_days),
    )
    scans = visible(SYSTEM, Scan).where(Scan.organisation_id.in_(ids))
    numbers = (
        Scan.organisation_id,
        func.count().filter(Scan.on > window),
        func.count().filter(Scan.on <= window),
    )
    seen = {
        key: (new, old)
        for key, new, old in session.execute(
            scans.where(Scan.on > usual).with_only_columns(*numbers).group_by(Scan.organisation_id)
        )
    }
    refused = visible(SYSTEM, Fill).where(
        Fill.organisation_id.in_(ids), Fill.on > usual, Fill.state == FillState.REFUSED
    )
    turned_away = {
        row.organisation_id: row.number
        for row in session.execute(
            refused.with_only_columns(Fill.organisation_id, func.count().label("number")).group_by(
                Fill.organisation_id
            )
        )
    }
    # One look into the index for each.
    newest = (
        visible(SYSTEM, Scan)
        .where(Scan.organisation_id == Organisation.id)
        .with_only_columns(func.max(Scan.on))
        .scalar_subquery()
    )
    last = {
        row[0]: row[1]
        for row in session.execute(select(Organisation.id, newest).where(Organisation.id.in_(ids)))
    }
    return {
        key: StationActivity(
            (on - day).days if (day := last[key]) else None, *seen.get(key, (0, 0)), turned_away.get(key, 0)
        )
        for key in ids
    }
