"""Rescue calls as a viewer may see them, their log, and the numbers that hold for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select

from equipment.calls.models import CallNote, Dispatch, RescueCall
from equipment.calls.rules import ArrivalVerdict, arrival_limit
from equipment.calls.states import COUNTED, FAILED_RESULTS, INSIDE, UNDER_WAY, CallFlag, CallKind
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.core.verdict import Citation
from equipment.maintenance.queries import VISITED
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import list_conditions, visible, within
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.regulation import call_numbers as numbers
from equipment.regulation.call_numbers import CallCause
from equipment.regulation.packs import Regulation
from equipment.regulation.queries import rescue_in_counties, rules
from equipment.storage.db import session

ARRIVALS: Mapping[str, bool | None] = {
    ArrivalVerdict.ON_TIME: True,
    ArrivalVerdict.LATE: False,
    ArrivalVerdict.NOT_KNOWN: None,
}
LIFTS = tuple(VISITED)  # the categories whose pieces people can be trapped in
PACK = LIFTS[0]  # whose pack has the numbers of a call


def pack_of_calls() -> Regulation:
    return rules(PACK)


def limit_of(area: str, on: date) -> int:
    """Minutes within which the rescue has to arrive in an area."""
    pack = pack_of_calls()
    in_city, elsewhere = numbers.arrival_in_city(pack, on), numbers.arrival_elsewhere(pack, on)
    return arrival_limit(area, in_city.integer, elsewhere.integer, counties_differ=rescue_in_counties(on))


def limit_citation(on: date) -> Citation:
    return numbers.arrival_in_city(pack_of_calls(), on).citation


def causes_on(on: date) -> tuple[CallCause, ...]:
    """The table of causes as it is in force."""
    return numbers.call_causes(pack_of_calls(), on)


def steps_of(on: date) -> tuple[int, ...]:
    """Minutes after which the desk urges, asks for level 2 and for level 3."""
    return numbers.escalate_after(pack_of_calls(), on).integers


def current(viewer: Viewer) -> Select[RescueCall]:
    """The calls that count: what a correction superseded does not."""
    return visible(viewer, RescueCall).where(RescueCall.superseded.is_(False))


def call_of(viewer: Viewer, call_id: UUID) -> RescueCall:
    """The call, if the viewer may see it; NotFound otherwise, so that nothing leaks."""
    call = session.scalar(visible(viewer, RescueCall).where(RescueCall.id == call_id))
    if call is None:
        raise NotFound
    return call


def under_way(viewer: Viewer) -> Select[RescueCall]:
    """The calls that are not closed yet, the oldest first."""
    return (
        current(viewer).where(RescueCall.state.in_(UNDER_WAY)).order_by(RescueCall.called_at, RescueCall.id)
    )


def filtered_calls(viewer: Viewer, filters: Mapping[str, str]) -> Select[RescueCall]:
    """The list of calls as its filters ask for it."""
    calls = current(viewer)
    calls = calls.where(
        *list_conditions(
            RescueCall.organisation_id, RescueCall.area, RescueCall.called_at, filters, days="called"
        )
    )
    if filters.get("state") == "under_way":
        calls = calls.where(RescueCall.state.in_(UNDER_WAY))
    elif filters.get("state"):
        calls = calls.where(RescueCall.state == filters["state"])
    for name, column in (("kind", RescueCall.kind), ("cause", RescueCall.cause)):
        if filters.get(name):
            calls = calls.where(column == filters[name])
    for name, key in (("firm", RescueCall.firm_id), ("unit", RescueCall.use_unit_id)):
        if filters.get(name):
            nobody = filters[name] == "none"
            calls = calls.where(key.is_(None) if nobody else key == (id_in(filters[name]) or NOBODY))
    if filters.get("lift"):
        calls = calls.where(RescueCall.equipment_id == (id_in(filters["lift"]) or NOBODY))
    if filters.get("arrival") in ARRIVALS:
        calls = calls.where(RescueCall.in_time.is_(ARRIVALS[filters["arrival"]]))
    if filters.get("people"):
        calls = calls.where(RescueCall.people > 0)
    if filters.get("counted"):
        calls = calls.where(RescueCall.state.in_(COUNTED), RescueCall.kind != CallKind.FAULT)
    if filters.get("flag") == CallFlag.UNKNOWN_LIFT:
        calls = calls.where(RescueCall.equipment_id.is_(None))
    if filters.get("q"):
        text = filters["q"]
        lifts = visible(viewer, Equipment).where(matching(viewer, text)).with_only_columns(Equipment.id)
        calls = calls.where(
            or_(
                RescueCall.number == text,
                RescueCall.address.contains(text, autoescape=True),
                RescueCall.equipment_id.in_(lifts),
            )
        )
    return calls


# Made once: every swipe at a lift asks it.
_waiting_at = (
    visible(SYSTEM, RescueCall)
    .where(
        RescueCall.equipment_id == bindparam("lift"),
        RescueCall.state.in_(INSIDE),
        RescueCall.arrived_at.is_(None),
        RescueCall.superseded.is_(False),
    )
    .order_by(RescueCall.called_at.desc())
    .limit(1)
)


def open_call_at(equipment_id: UUID) -> RescueCall | None:
    """The call from this lift at which nobody has arrived and people may still be inside; the newest. What a
    swipe at the lift asks."""
    return session.scalar(_waiting_at, {"lift": equipment_id})


def call_at(viewer: Viewer, equipment_id: UUID) -> RescueCall | None:
    """The call from this lift that is under way, as the viewer may see it: what his page of the lift says
    first."""
    calls = under_way(viewer).where(RescueCall.equipment_id == equipment_id, RescueCall.state.in_(INSIDE))
    return session.scalar(calls.limit(1))


def dispatches_of(call_ids: Iterable[UUID]) -> dict[UUID, list[Dispatch]]:
    """Whom the desk sent to these calls, which the viewer sees, in their order."""
    rows = visible(SYSTEM, Dispatch).where(Dispatch.call_id.in_(set(call_ids)))
    by_call: dict[UUID, list[Dispatch]] = {}
    for row in session.scalars(rows.order_by(Dispatch.at, Dispatch.id)):
        by_call.setdefault(row.call_id, []).append(row)
    return by_call


def firms_at(call: RescueCall) -> set[UUID]:
    """The firms whose technicians are the rescue at this call: the lift's own, and those that were sent and
    did not decline."""
    dispatched = {
        row.firm_id
        for row in dispatches_of([call.id]).get(call.id, [])
        if row.firm_id is not None and row.result not in FAILED_RESULTS
    }
    return dispatched | ({call.firm_id} if call.firm_id else set())


def notes_of(call_id: UUID) -> Sequence[CallNote]:
    """The log of a call that the viewer sees, in the order in which it happened."""
    rows = visible(SYSTEM, CallNote).where(CallNote.call_id == call_id)
    return session.scalars(rows.order_by(CallNote.at, CallNote.recorded_at, CallNote.id)).all()


def earlier_versions(viewer: Viewer, call: RescueCall) -> list[RescueCall]:
    """What a corrected record said before, the newest first."""
    versions: list[RescueCall] = []
    key = call.supersedes_id
    while key is not None:
        row = session.scalar(visible(viewer, RescueCall).where(RescueCall.id == key))
        if row is None:
            break
        versions.append(row)
        key = row.supersedes_id
    return versions


def lifts_named(ids: Iterable[UUID | None]) -> dict[UUID, Equipment]:
    """The lifts of calls that the viewer sees: a firm that was sent to help sees which lift it is."""
    wanted = {key for key in ids if key is not None}
    rows = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(wanted))) if wanted else ()
    return {lift.id: lift for lift in rows}


class NamedParty(NamedTuple):
    name: str
    phone: str


def parties_named(ids: Iterable[UUID | None]) -> dict[UUID, NamedParty]:
    """Names and rescue phones of organisations; both are public."""
    wanted = {key for key in ids if key is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.rescue_phone, Organisation.phone).where(
            Organisation.id.in_(wanted)
        )
    )
    return {row.id: NamedParty(row.name, row.rescue_phone or row.phone) for row in rows}


def people_named(ids: Collection[UUID | None]) -> dict[UUID, str]:
    wanted = {key for key in ids if key is not None}
    if not wanted:
        return {}
    return {
        row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    }


def lifts_matching(viewer: Viewer, text: str, most: int) -> list[Equipment]:
    """The lifts of the viewer's area that a code, an address or a name leads to."""
    lifts = visible(viewer, Equipment).where(matching(viewer, text), Equipment.category.in_(LIFTS))
    return list(session.scalars(lifts.order_by(Equipment.name, Equipment.id).limit(most)))


def in_area(viewer: Viewer, equipment_id: UUID) -> Equipment | None:
    """A lift within the area that a centre serves, whoever of it asks."""
    lift = visible(SYSTEM, Equipment).where(
        Equipment.id == equipment_id, Equipment.category.in_(LIFTS), within(Equipment.area, viewer.area)
    )
    return session.scalar(lift)


def sees_caller(viewer: Viewer, call: RescueCall) -> bool:
    """Who called is nobody's business but the centre's and the supervisors'."""
    return viewer.oversees or viewer.organisation_id == call.organisation_id
