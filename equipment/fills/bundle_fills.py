"""集格: the filling of a bundle is the filling of each cylinder in it: every one has a fill record of its own,
with the pressure and the people of the bundle's. They begin with its result: before that, it is the bundle
that is being filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from equipment.core.ids import new_id
from equipment.fills.bundles import is_bundle, mates_of
from equipment.fills.hindsight import PastFill, scan_at
from equipment.fills.models import Fill
from equipment.fills.record import fill_row
from equipment.fills.results import FillResult, record_result
from equipment.fills.scan import CYLINDERS, Cylinder, judge
from equipment.fills.states import FillState
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.rules import Outcome
from equipment.storage.db import session


def record_with_members(fill: Fill, result: FillResult, *, by: Viewer, device: Device | None = None) -> Fill:
    """The result of a fill; of a bundle each cylinder in it has it too. The same again changes nothing."""
    record_result(fill, result, by=by, device=device)
    for member in _waiting_members(fill, by):
        record_result(member, replace(result, result_id=None, checks={}), by=by, device=device)
    return fill


def _waiting_members(fill: Fill, by: Viewer) -> Sequence[Fill]:
    """The records of the cylinders in this bundle that still wait for a result, begun where there are none
    yet; nothing of a bottle that is no bundle, or of one that is weighed as a whole."""
    connection = session.connection()
    bundle = next(iter(CYLINDERS(connection, [fill.equipment_id])))
    if not is_bundle(bundle.details) or fill.gross_g is not None:
        return []
    begun = {one.equipment_id: one for one in fills_in(fill)}
    for member in CYLINDERS(connection, mates_of(connection, bundle)):
        if member.id not in begun:
            begun[member.id] = _begun(fill, member, by)
    return [one for one in begun.values() if one.result_at is None or one.state == FillState.OVERFILLED]


def _begun(fill: Fill, member: Cylinder, by: Viewer) -> Fill:
    """The record of one cylinder as the bundle's began. One that is in a fill of its own all the same goes on
    with that, where it is this station's; another station's stands beside this one, which is refused."""
    going_on = session.get(Fill, (member.id, member.open_id)) if member.open_id else None
    if going_on is not None and going_on.organisation_id == fill.organisation_id:
        going_on.bundle_id, going_on.bundle_fill_id = fill.equipment_id, fill.id
        going_on.manifold_id = fill.manifold_id
        return going_on
    past = PastFill(new_id(), fill.gas, fill.happened_at, fill.organisation_id, fill.bay)
    scan = scan_at(past, by=replace(by, user_id=fill.user_id, device_id=fill.device_id))
    row = fill_row(scan, member, judge(scan, Outcome.FOUND, member, open_elsewhere=going_on is not None))
    if going_on is None:  # whether it was forbidden to go on is asked when the result is recorded
        row["state"], row["allowed"], row["closed_at"] = FillState.OPEN, True, None
        row["verdict"] = [reason for reason in row["verdict"] if reason["effect"] == "warn"]
    row["manifold_id"], row["started_at"] = fill.manifold_id, fill.started_at
    row["bundle_id"], row["bundle_fill_id"] = fill.equipment_id, fill.id
    row["checks"], row["checked_by"], row["on"] = fill.checks, fill.checked_by, fill.on
    row["flags"] = [flag for flag in fill.flags if flag == "by_list"]
    one = Fill(**row)
    session.add(one)
    return one


def fills_in(fill: Fill) -> Sequence[Fill]:
    """The records of the cylinders of a bundle's fill."""
    inside = visible(SYSTEM, Fill).where(Fill.bundle_fill_id == fill.id, Fill.superseded.is_(False))
    return session.scalars(inside.order_by(Fill.id)).all()


def bundle_of(fill: Fill) -> Fill | None:
    """The fill of the bundle in which this one was made."""
    return session.get(Fill, (fill.bundle_id, fill.bundle_fill_id)) if fill.bundle_id else None


def numbers_in(fill_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many cylinders stand behind these fills of bundles; single bottles are left out."""
    inside = select(Fill.bundle_fill_id, func.count()).where(
        Fill.bundle_fill_id.in_(fill_ids), Fill.superseded.is_(False)
    )
    rows = session.execute(inside.group_by(Fill.bundle_fill_id))
    return {key: number for key, number in rows if key is not None}
