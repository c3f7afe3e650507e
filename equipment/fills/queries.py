"""Fills a viewer may see: open ones, unfinished ones, the day's counts, and the names that outsiders rely on."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState, ScanPurpose, Treatment
from equipment.fills.station import CYLINDER
from equipment.people.duty import certificate_needed
from equipment.people.models import Certificate, Instrument, User
from equipment.people.rules import InstrumentKind, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.models import Equipment
from equipment.regulation.gases import gases
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.storage.db import session

UNFINISHED_AFTER = timedelta(hours=2)
STANDING = (FillState.OPEN, FillState.OVERFILLED)


def fill(viewer: Viewer, equipment_id: UUID, fill_id: UUID) -> Fill:
    found = session.scalar(visible(viewer, Fill).where(Fill.equipment_id == equipment_id, Fill.id == fill_id))
    if found is None:
        raise NotFound
    return found


def fills_of(viewer: Viewer) -> Select[Any]:
    """Every fill the viewer may see, superseded ones left out."""
    return visible(viewer, Fill).where(Fill.superseded.is_(False))


def at_station(viewer: Viewer) -> Select[Any]:
    return fills_of(viewer).where(Fill.organisation_id == viewer.organisation_id)


def standing_fills(viewer: Viewer) -> Sequence[Fill]:
    """The bottles on the scales now, and those that wait to be drawn down; oldest first."""
    return session.scalars(at_station(viewer).where(Fill.state.in_(STANDING), Fill.closed_at.is_(None)).order_by(Fill.received_at)).all()


def unfinished(viewer: Viewer, now: datetime) -> Select[Any]:
    """未完成: open for more than two hours without a result."""
    return fills_of(viewer).where(Fill.state == FillState.OPEN, Fill.received_at < now - UNFINISHED_AFTER)


def not_set_aside(viewer: Viewer, on: date) -> Select[Any]:
    """Refused bottles of a day with which nothing was done yet."""
    return at_station(viewer).where(Fill.on == on, Fill.state.in_((FillState.REFUSED, FillState.FAILED)), Fill.treatment == "")


def wrong_files(viewer: Viewer) -> Select[Any]:
    """信息有误: refused bottles whose record is said to be wrong, waiting for the bureau or the inspection body."""
    return fills_of(viewer).where(Fill.treatment == Treatment.WRONG_FILE, Fill.approved_by.is_(None))


def pieces_of(fills: Sequence[Fill]) -> dict[UUID, Equipment]:
    """The cylinders of fills that the viewer may see: whoever sees the record sees which bottle it was."""
    ids = {each.equipment_id for each in fills}
    table = Equipment.__table__
    rows = session.execute(select(table.c.id, table.c.label_code, table.c.serial, table.c.own_number, table.c.medium, table.c.details).where(table.c.id.in_(ids)))
    return {row.id: row for row in rows}  # type: ignore[misc]


def counts_of(viewer: Viewer, on: date) -> dict[str, int]:
    """Bottles of the day at this station by state; late entries count as fills, never as scans."""
    states = select(Fill.state, func.count()).where(in_scope(viewer, Fill), Fill.organisation_id == viewer.organisation_id, Fill.on == on, Fill.superseded.is_(False))
    found = {str(state): number for state, number in session.execute(states.group_by(Fill.state))}
    scans = select(func.count()).select_from(Scan).where(in_scope(viewer, Scan), Scan.organisation_id == viewer.organisation_id, Scan.on == on,
                                                         Scan.purpose == ScanPurpose.FILL, Scan.equipment_id.is_(None))
    return {state.value: found.get(state.value, 0) for state in FillState} | {"no_code": session.scalar(scans) or 0}


def net_of_day(viewer: Viewer, on: date) -> int:
    """Grams filled on that day."""
    total = select(func.sum(Fill.net_g)).where(in_scope(viewer, Fill), Fill.organisation_id == viewer.organisation_id, Fill.on == on,
                                               Fill.state == FillState.FILLED, Fill.superseded.is_(False))
    return int(session.scalar(total) or 0)


def bays_of(viewer: Viewer) -> Sequence[Instrument]:
    """秤位: the scales and gauges of the station that have a place and a gas, in their order."""
    found = visible(viewer, Instrument).where(Instrument.organisation_id == viewer.organisation_id, Instrument.active, Instrument.bay != "", Instrument.gas != "")
    return session.scalars(found.where(Instrument.kind.in_(list(InstrumentKind))).order_by(Instrument.bay)).all()


def fillers_of(viewer: Viewer) -> Sequence[tuple[UUID, str, str]]:
    """充装员 of the station: id, name and the certificate's number, whether it is in force or not: that is for the verdict to say."""
    held = visible(viewer, Certificate).where(Certificate.organisation_id == viewer.organisation_id, Certificate.code == certificate_needed(clock.today()))
    found = held.join(User, User.id == Certificate.user_id).where(User.active).with_only_columns(User.id, User.name, Certificate.number)
    return [(row.id, row.name, row.number) for row in session.execute(found.order_by(User.name, Certificate.number))]


def codes(on: date) -> dict[str, list[dict[str, Any]]]:
    """Gases, refusal reasons, pre- and post-fill items of the rule pack, in both languages."""
    pack = rules(CYLINDER)
    stated = {section: pack.under(section, on) for section in ("refusal", "pre_fill", "post_fill")}
    return {
        "gases": [{"code": gas.code, "zh": gas.name.zh, "en": gas.name.en, "group": gas.group.value, "weighed": gas.group.weighed} for gas in gases(pack, on)],
        "reasons": [_worded(code, value) | {"effect": value.table["effect"]} for code, value in sorted(stated["refusal"].items())],
        "pre_checks": [_worded(code, value) | {"groups": value.table["applies"], "asked": value.table.get("asked", True),
                                               "refusal": value.table.get("refusal")} for code, value in stated["pre_fill"].items()],
        "post_checks": [_worded(code, value) | {"groups": value.table["applies"]} for code, value in stated["post_fill"].items()],
    }


def _worded(code: str, value: Value) -> dict[str, Any]:
    return {"code": code, "zh": value.table["zh"], "en": value.table["en"], "citation": value.citation.as_json()}


def today_of(viewer: Viewer) -> dict[str, int]:
    """已充, 拒充, 未完成 of today."""
    counted = counts_of(viewer, clock.today())
    late = session.scalar(select(func.count()).select_from(unfinished(viewer, clock.now()).where(Fill.organisation_id == viewer.organisation_id).subquery()))
    return {"filled": counted["filled"], "refused": counted["refused"] + counted["no_code"], "open": counted["open"], "void": counted["void"], "unfinished": late or 0}


def versions_of(viewer: Viewer, shown: Fill) -> Sequence[Fill]:
    """The other versions of a record: what it superseded, and what superseded it."""
    key = (Fill.equipment_id == shown.equipment_id, Fill.id != shown.id)
    linked = (Fill.supersedes_id == shown.id) | (Fill.id == shown.supersedes_id) if shown.supersedes_id else Fill.supersedes_id == shown.id
    return session.scalars(visible(viewer, Fill).where(*key, linked).order_by(Fill.received_at, Fill.id)).all()


def weighed_on(viewer: Viewer, shown: Fill) -> Sequence[Fill]:
    """The other weighed fills of the same day and station: with one of them the weights may have been swapped."""
    found = at_station(viewer).where(Fill.on == shown.on, Fill.id != shown.id, Fill.gross_g.is_not(None))
    return session.scalars(found.order_by(Fill.received_at.desc()).limit(60)).all()
