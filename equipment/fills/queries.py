"""Fills a viewer may see: open ones, unfinished ones, the day's counts, and the names that outsiders rely
on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, cast, exists, func, or_, select, text
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.fills.models import Emptying, Fill, FillOverride, ForbiddenFill, Scan
from equipment.fills.states import FillState, Ruling, Treatment
from equipment.fills.station import pack_of
from equipment.instruments.models import Instrument
from equipment.instruments.rules import AT_BAYS, InstrumentKind
from equipment.people.duty import FLOOR_ROLES
from equipment.people.hooks import OpenWork
from equipment.people.models import Certificate, Device, User, UserRole
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.models import Equipment
from equipment.regulation.cylinder_numbers import (
    operator_certificate,
    post_fill_stated,
    pre_fill_stated,
    refusals_stated,
    unfinished_after,
)
from equipment.regulation.packs import Value
from equipment.storage.db import session

ON_SCALES = (FillState.OPEN, FillState.OVERFILLED)
EQUIPMENT = Equipment.__table__.c
# A scan to be filled that began no fill: its code is no bottle on file. Said as ix_scan_without_fill says it.
WITHOUT_FILL = text("scan.fill_id IS NULL AND scan.purpose = 'fill'")
MOST_WEIGHED = 60  # fills of a day among which the one with swapped weights is sought


class CylinderName(NamedTuple):
    """What a list says of the cylinder of a fill."""

    id: UUID
    label_code: str | None
    serial: str
    own_number: str
    medium: str
    details: dict[str, object]

    @property
    def name(self) -> str:
        """What people call it by: the unit's own number, else the maker's, else its label."""
        return self.own_number or self.serial or self.label_code or ""


def fill(viewer: Viewer, equipment_id: UUID, fill_id: UUID) -> Fill:
    fill = session.scalar(visible(viewer, Fill).where(Fill.equipment_id == equipment_id, Fill.id == fill_id))
    if fill is None:
        raise NotFound
    return fill


def fills_of(viewer: Viewer) -> Select[Fill]:
    """Every fill the viewer may see, superseded ones left out."""
    return visible(viewer, Fill).where(Fill.superseded.is_(False))


def at_station(viewer: Viewer) -> Select[Fill]:
    return fills_of(viewer).where(Fill.organisation_id == viewer.organisation_id)


def fills_on(viewer: Viewer, on: date, after: UUID | None, most: int) -> Sequence[Fill]:
    """The fills of a day at this station in the order of their ids, those behind `after`: for machines that
    compare their own list."""
    fills = at_station(viewer).where(Fill.on == on)
    if after is not None:
        fills = fills.where(Fill.id > after)
    return session.scalars(fills.order_by(Fill.id).limit(most)).all()


def finished_fills(viewer: Viewer) -> Select[Fill]:
    """Every fill the viewer may see that has come to its end, corrected ones and corrections among them."""
    return visible(viewer, Fill).where(Fill.closed_at.is_not(None))


def standing_fills(viewer: Viewer) -> Sequence[Fill]:
    """The bottles on the scales now, and those that wait to be drawn down; oldest first."""
    fills = at_station(viewer).where(Fill.state.in_(ON_SCALES), Fill.closed_at.is_(None))
    return session.scalars(fills.order_by(Fill.received_at)).all()


def open_work(device: Device) -> list[OpenWork]:
    """The bottles that were scanned at this device and wait for their result, or to be drawn down."""
    fills = visible(SYSTEM, Fill).where(
        Fill.organisation_id == device.organisation_id,
        Fill.device_id == device.id,
        Fill.superseded.is_(False),
        Fill.state.in_(ON_SCALES),
        Fill.closed_at.is_(None),
    )
    open_fills = session.scalars(fills.order_by(Fill.received_at)).all()
    names = cylinders_of(open_fills)
    return [OpenWork(fill.id, names[fill.equipment_id].name) for fill in open_fills]


def unfinished(viewer: Viewer, now: datetime) -> Select[Fill]:
    """未完成: open for longer than the bureau allows without a result."""
    today = clock.site_day(now)
    return fills_of(viewer).where(
        Fill.state == FillState.OPEN, Fill.received_at < now - unfinished_after(pack_of(today).rules, today)
    )


def wrong_files(viewer: Viewer) -> Select[Fill]:
    """信息有误: refused bottles whose record is said to be wrong, waiting for the bureau or the inspection
    body."""
    return fills_of(viewer).where(Fill.treatment == Treatment.WRONG_FILE, Fill.approved_by.is_(None))


def undecided(viewer: Viewer) -> Select[Fill]:
    """判禁后充装（待核实）: filled although forbidden, and the bureau has not decided yet."""
    pending = exists().where(
        ForbiddenFill.equipment_id == Fill.equipment_id,
        ForbiddenFill.scan_id == Fill.scan_id,
        ForbiddenFill.ruling == Ruling.PENDING,
    )
    return fills_of(viewer).where(pending)


def names_reason(code: str) -> ColumnElement[bool]:
    """The verdict of the fill names this reason."""
    return text_names_reason(cast(Fill.verdict, String), code)


def text_names_reason(stored: SQLCoreOperations[str], code: str) -> ColumnElement[bool]:
    """The text of a verdict or an answer names this reason; it is written with or without blanks."""
    return or_(*(stored.contains(f'"code":{blank}"{code}"', autoescape=True) for blank in ("", " ")))


def cylinders_of(fills: Iterable[Fill | ForbiddenFill | FillOverride | Emptying]) -> dict[UUID, CylinderName]:
    """The cylinders of fills that the viewer may see: whoever sees the record sees which bottle it was."""
    columns = (
        EQUIPMENT.id,
        EQUIPMENT.label_code,
        EQUIPMENT.serial,
        EQUIPMENT.own_number,
        EQUIPMENT.medium,
        EQUIPMENT.details,
    )
    rows = session.execute(select(*columns).where(EQUIPMENT.id.in_({fill.equipment_id for fill in fills})))
    return {row.id: CylinderName(*row) for row in rows}


def counts_of(viewer: Viewer, on: date) -> dict[str, int]:
    """Bottles of the day at this station by state, a bundle (集格) as one; late entries count as fills, never
    as scans."""
    states = select(Fill.state, func.count()).where(
        in_scope(viewer, Fill),
        Fill.organisation_id == viewer.organisation_id,
        Fill.on == on,
        Fill.superseded.is_(False),
        Fill.bundle_fill_id.is_(None),
    )
    counts = {str(state): number for state, number in session.execute(states.group_by(Fill.state))}
    scans = (
        select(func.count())
        .select_from(Scan)
        .where(
            in_scope(viewer, Scan),
            Scan.organisation_id == viewer.organisation_id,
            Scan.on == on,
            WITHOUT_FILL,
        )
    )
    return {state.value: counts.get(state.value, 0) for state in FillState} | {
        "no_code": session.scalar(scans) or 0
    }


def bays_of(viewer: Viewer) -> Sequence[Instrument]:
    """秤位: the scales and gauges of the station that have a place and a gas, in their order."""
    bays = visible(viewer, Instrument).where(
        Instrument.organisation_id == viewer.organisation_id,
        Instrument.active,
        Instrument.bay != "",
        Instrument.gas != "",
        Instrument.kind.in_(AT_BAYS),
    )
    return session.scalars(bays.order_by(Instrument.bay)).all()


def scales_of(viewer: Viewer) -> Sequence[Instrument]:
    """The scales of the station in service, also those that stand at no bay."""
    scales = visible(viewer, Instrument).where(
        Instrument.organisation_id == viewer.organisation_id,
        Instrument.active,
        Instrument.kind == InstrumentKind.SCALE,
    )
    return session.scalars(scales.order_by(Instrument.name, Instrument.number)).all()


def people_in_fill(fill: Fill) -> dict[UUID, str]:
    """The names of everybody who had to do with a fill, in one question."""
    keys = (
        fill.user_id,
        fill.checked_by,
        fill.rechecked_by,
        fill.approved_by,
        fill.treated_by,
        fill.treated_second,
    )
    rows = session.execute(select(User.id, User.name).where(User.id.in_({key for key in keys if key})))
    return {row.id: row.name for row in rows}


def witnesses(organisation_id: UUID | None, first: UUID | None) -> Sequence[Row[UUID, str]]:
    """Who may stand for a step as the second person, by id and name: whoever works on the floor of the
    station and has a PIN."""
    on_floor = exists().where(UserRole.user_id == User.id, UserRole.role.in_(FLOOR_ROLES))
    people = select(User.id, User.name).where(
        User.organisation_id == organisation_id, User.active, User.pin_hash.is_not(None), on_floor
    )
    return session.execute(people.where(User.id.is_distinct_from(first)).order_by(User.name)).all()


def fillers_of(viewer: Viewer) -> Sequence[tuple[UUID, str, str]]:
    """充装员 of the station: id, name and the certificate's number, whether it is in force or not: that is for
    the verdict to say."""
    today = clock.today()
    needed = operator_certificate(pack_of(today).rules, today)
    certificates = visible(viewer, Certificate).where(
        Certificate.organisation_id == viewer.organisation_id, Certificate.code == needed
    )
    fillers = (
        certificates.join(User, User.id == Certificate.user_id)
        .where(User.active)
        .with_only_columns(User.id, User.name, Certificate.number)
    )
    return [
        (row.id, row.name, row.number)
        for row in session.execute(fillers.order_by(User.name, Certificate.number))
    ]


def codes(on: date) -> dict[str, list[dict[str, object]]]:
    """Gases, refusal reasons, pre- and post-fill items of the rule pack, in both languages."""
    pack = pack_of(on)
    stated = {
        "refusal": refusals_stated(pack.rules, on),
        "pre_fill": pre_fill_stated(pack.rules, on),
        "post_fill": post_fill_stated(pack.rules, on),
    }
    return {
        "gases": [
            {
                "code": gas.code,
                "zh": gas.name.zh,
                "en": gas.name.en,
                "group": gas.group.value,
                "weighed": gas.group.weighed,
            }
            for gas in pack.gases.values()
        ],
        "reasons": [
            _worded(code, value) | {"effect": value.table["effect"]}
            for code, value in sorted(stated["refusal"].items())
        ],
        "pre_checks": [
            _worded(code, value)
            | {
                "groups": value.table["applies"],
                "asked": value.table.get("asked", True),
                "refusal": value.table.get("refusal"),
            }
            for code, value in stated["pre_fill"].items()
        ],
        "post_checks": [
            _worded(code, value) | {"groups": value.table["applies"]}
            for code, value in stated["post_fill"].items()
        ],
    }


def _worded(code: str, value: Value) -> dict[str, object]:
    return {
        "code": code,
        "zh": value.table["zh"],
        "en": value.table["en"],
        "citation": value.citation.as_json(),
    }


def today_of(viewer: Viewer) -> dict[str, int]:
    """已充, 拒充, 未完成 of today."""
    counts = counts_of(viewer, clock.today())
    waiting = unfinished(viewer, clock.now()).where(Fill.organisation_id == viewer.organisation_id).subquery()
    return {
        "filled": counts["filled"],
        "refused": counts["refused"] + counts["no_code"],
        "open": counts["open"],
        "void": counts["void"],
        "unfinished": session.scalar(select(func.count()).select_from(waiting)) or 0,
    }


def versions_of(viewer: Viewer, fill: Fill) -> Sequence[Fill]:
    """The other versions of a record: what it superseded, and what superseded it."""
    linked = Fill.supersedes_id == fill.id
    if fill.supersedes_id:
        linked = (Fill.supersedes_id == fill.id) | (Fill.id == fill.supersedes_id)
    versions = visible(viewer, Fill).where(Fill.equipment_id == fill.equipment_id, Fill.id != fill.id, linked)
    return session.scalars(versions.order_by(Fill.received_at, Fill.id)).all()


def weighed_on(viewer: Viewer, fill: Fill) -> Sequence[Fill]:
    """The other weighed fills of the same day and station: with one of them the weights may have been
    swapped."""
    others = at_station(viewer).where(Fill.on == fill.on, Fill.id != fill.id, Fill.gross_g.is_not(None))
    return session.scalars(others.order_by(Fill.received_at.desc()).limit(MOST_WEIGHED)).all()
