"""汇流排: a manifold is opened at a bay with a gauge, bottles are scanned in one after another, gas flows only
when every one of them is green and looked over, and one pressure ends them all.

Scans go the way of every scan (record.py) and name the manifold. Its steps are told in a chain of its own;
scans that name it are judged again when that chain moves, so that none slips in behind its start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Select, and_, func, or_, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.verdict import Verdict
from equipment.core.words import N_, Message
from equipment.fills.actions import move, not_filled, note, void
from equipment.fills.bundle_fills import record_with_members
from equipment.fills.hindsight import verdict_on
from equipment.fills.instruments import instrument_of
from equipment.fills.manifold_rules import AGAINST_START, MOST_BOTTLES, HookedBottle, hook_of
from equipment.fills.models import Fill, Manifold, Scan
from equipment.fills.queries import CylinderName, cylinders_of
from equipment.fills.reason_rules import unanswered
from equipment.fills.results import FillResult
from equipment.fills.rules import FillFacts
from equipment.fills.scan import MemberJson, StoredAnswer
from equipment.fills.states import MANIFOLD_CHANGES, FillState, Hook, ManifoldState
from equipment.fills.station import pack_of
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.intake.actions import Receipts, last_contact
from equipment.intake.rules import arrival, content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import Base, session

BEGINNINGS = Receipts("manifold", "manifold_id")
ENDS = Receipts("manifold_end", "result_id")
RUNNING = (ManifoldState.OPEN, ManifoldState.FILLING)


class ManifoldBottle(NamedTuple):
    """A bottle, or a bundle (集格) with its `members`, as it stands on its manifold. `id` is that of its fill,
    or of the scan behind which no fill of this manifold stands."""

    id: UUID
    hook: Hook
    code: str
    fill: Fill | None
    cylinder: CylinderName | None
    verdict: Verdict
    members: Sequence[MemberJson] = ()

    @property
    def records(self) -> int:
        """How many fill records its end makes."""
        return 1 + len(self.members)


def open_manifold(
    key: UUID, bay: str, gas: str, happened_at: datetime, *, by: Viewer, opened_at: datetime | None = None
) -> Manifold:
    """A manifold begins at a bay whose gauge measures that gas; now, unless we heard of it later. The same
    message again is the one that is there; two at one bay there are not."""
    assert by.organisation_id is not None
    locked_heads(session.connection(), [subject_of("organisation", by.organisation_id)])
    content = content_of(bay=bay, gas=gas, happened_at=happened_at)
    message = BEGINNINGS.received(content, sender=by.organisation_id, key=key, about=key)
    if message.answer is not None:
        return manifold_of(key, by=by)
    if gas not in pack_of(clock.today()).gases or pack_of(clock.today()).is_weighed(gas):
        raise Invalid(
            {"gas": N_("A manifold fills by pressure: bottles of this gas are weighed one by one.")}
        )
    gauges = visible(by, Instrument).where(
        Instrument.organisation_id == by.organisation_id,
        Instrument.active,
        Instrument.kind == InstrumentKind.GAUGE,
        Instrument.bay == bay,
        Instrument.gas == gas,
    )
    if session.scalar(gauges.limit(1)) is None:
        text = N_("No gauge for %(gas)s stands at bay %(bay)s.")
        raise Invalid({"bay": Message(text, {"gas": gas, "bay": bay})})
    if running_at(bay, by=by) is not None:
        raise Conflict({"bay": Message(N_("A manifold is running at bay %(bay)s already."), {"bay": bay})})
    manifold = Manifold(
        organisation_id=by.organisation_id,
        id=key,
        bay=bay,
        gas=gas,
        device_id=by.device_id,
        user_id=by.user_id,
        state=ManifoldState.OPEN,
        opened_at=opened_at or clock.now(),
        taken_off=[],
    )
    session.add(manifold)
    _tell(manifold, "manifold.opened", by, {"bay": bay, "gas": gas}, message.keep(str(key)))
    return manifold


def manifold_of(key: UUID, *, by: Viewer, locked: bool = False) -> Manifold:
    """One manifold that the viewer may see; NotFound otherwise. Locked, nothing is scanned into it before the
    change that follows is on record."""
    manifold = session.scalar(visible(by, Manifold).where(Manifold.id == key))
    if manifold is None:
        raise NotFound
    if locked:
        if manifold.organisation_id != by.organisation_id:
            raise NotFound
        pieces = select(Scan.equipment_id).where(Scan.manifold_id == key, Scan.equipment_id.is_not(None))
        chains = [subject_of("equipment", piece) for piece in session.scalars(pieces.distinct()) if piece]
        locked_heads(session.connection(), [subject_of("manifold", key), *chains])
        session.refresh(manifold)
    return manifold


def bay_of(key: UUID, gas: str, *, by: Viewer) -> str:
    """The bay of the manifold that a scan names, where it is one of this station and for this gas. Whether it
    still takes bottles is decided when the scan is judged (record.py)."""
    manifold = session.scalar(
        visible(by, Manifold).where(Manifold.id == key, Manifold.organisation_id == by.organisation_id)
    )
    if manifold is None:
        raise Invalid({"manifold_id": N_("No such manifold here: open it first.")})
    if manifold.gas != gas:
        text = N_("This manifold is for %(gas)s.")
        raise Invalid({"gas": Message(text, {"gas": manifold.gas})})
    return manifold.bay


def manifolds(viewer: Viewer) -> Select[Manifold]:
    """Every manifold the viewer may see."""
    return visible(viewer, Manifold)


def counts_of(ids: Collection[UUID]) -> dict[UUID, dict[FillState, int]]:
    """Of each of these manifolds, which the viewer may see: how many places in which state; a bundle is
    one."""
    fills = select(Fill.manifold_id, Fill.state, func.count()).where(
        Fill.manifold_id.in_(ids), Fill.superseded.is_(False), Fill.bundle_fill_id.is_(None)
    )
    counts: dict[UUID, dict[FillState, int]] = {key: {} for key in ids}
    for key, state, number in session.execute(fills.group_by(Fill.manifold_id, Fill.state)):
        if key is not None:
            counts[key][FillState(state)] = number
    return counts


def running_at(bay: str, *, by: Viewer) -> Manifold | None:
    """The manifold that is running at this bay of the viewer's station."""
    running = manifolds(by).where(Manifold.organisation_id == by.organisation_id, Manifold.bay == bay)
    return session.scalar(running.where(Manifold.state.in_(RUNNING)))


def running_here(by: Viewer) -> Sequence[Manifold]:
    """Every manifold that is running at the viewer's station, by its bay."""
    running = manifolds(by).where(Manifold.organisation_id == by.organisation_id, Manifold.state.in_(RUNNING))
    return session.scalars(running.order_by(Manifold.bay)).all()


def bottles_of(manifold: Manifold) -> list[ManifoldBottle]:
    """The bottles that were scanned in, each once, in the order in which they were hooked on, as the last
    scan of each left it."""
    return bottles_on([manifold])[manifold.id]


def bottles_on(some: Sequence[Manifold]) -> dict[UUID, list[ManifoldBottle]]:
    """The bottles of each of these manifolds, which the viewer may see."""
    taken_off = {manifold.id: set(manifold.taken_off) for manifold in some}
    scans = session.execute(
        select(Scan.manifold_id, Scan.id, Scan.code, Scan.equipment_id, Scan.fill_id, Scan.answer)
        .where(Scan.manifold_id.in_(taken_off))
        .order_by(Scan.received_at, Scan.id)
    ).all()
    theirs = visible(SYSTEM, Fill).where(Fill.manifold_id.in_(taken_off), Fill.superseded.is_(False))
    fills: dict[tuple[UUID | None, UUID | None], Fill] = {
        (fill.manifold_id, fill.scan_id): fill for fill in session.scalars(theirs)
    }
    cylinders = cylinders_of(fills.values())
    bottles: dict[UUID | None, dict[str, ManifoldBottle]] = {manifold.id: {} for manifold in some}
    for manifold_id, scan_id, code, equipment_id, fill_id, answer in scans:
        fill = fills.get((manifold_id, fill_id))
        key = fill.id if fill is not None else scan_id
        hooked = HookedBottle(
            FillState(fill.state) if fill is not None else None,
            checked=fill is not None and _is_looked_over(fill, cylinders[fill.equipment_id]),
            treated=fill is not None and fill.treatment != "",
            taken_off=manifold_id is not None and str(key) in taken_off[manifold_id],
        )
        answered: StoredAnswer = orjson.loads(answer)
        verdict = Verdict.from_json(answered["reasons"] if fill is None else fill.verdict)
        cylinder = cylinders[fill.equipment_id] if fill is not None else None
        members = answered.get("members", [])
        bottle = ManifoldBottle(key, hook_of(hooked), code, fill, cylinder, verdict, members)
        bottles[manifold_id][str(equipment_id or code)] = bottle
    return {manifold.id: list(bottles[manifold.id].values()) for manifold in some}


def _is_looked_over(fill: Fill, cylinder: CylinderName) -> bool:
    """Whether every item that a person looks at before filling was answered."""
    build, _tare_g = pack_of(fill.on).build_of(cylinder.details)
    first = FillFacts.from_json(fill.facts).first
    make = build.make if build is not None else None
    return make is not None and not unanswered(make, fill.checks, first=first)


def take_off(manifold: Manifold, bottle_id: UUID, *, by: Viewer) -> Manifold:
    """已取下: a bottle is unhooked before gas flows. The same again changes nothing."""
    bottle = next((one for one in bottles_of(manifold) if one.id == bottle_id), None)
    if bottle is None:
        raise Invalid({"bottle": N_("This bottle does not hang on this manifold.")})
    if bottle.hook is Hook.OFF:
        return manifold
    if manifold.state != ManifoldState.OPEN:
        raise Conflict({"state": _is_already(manifold)})
    if bottle.fill is not None and bottle.fill.state == FillState.OPEN:
        void(bottle.fill, by=by)
        return manifold
    manifold.taken_off = [*manifold.taken_off, str(bottle_id)]
    _tell(manifold, "manifold.taken_off", by, {"bottle": bottle_id})
    return manifold


def began_without_us(happened_at: datetime, device: Device | None) -> datetime:
    """When a manifold, or its gas, began of which we heard later: the device's word where it may be
    believed."""
    now, limits = clock.now(), pack_of(clock.today()).limits
    return arrival(happened_at, now, limits, queued=True, last_contact=last_contact(device)).at


def start(manifold: Manifold, *, by: Viewer, began_at: datetime | None = None) -> list[ManifoldBottle]:
    """开始充装, where nothing stands against it any more; answers the bottles that keep the others waiting. The
    register is asked again for each: one that is refused by now closes as refused and stays red. With
    `began_at` gas flows since then already: nothing is held up, refused bottles take part, and their result
    says that it went in although forbidden."""
    if manifold.state == ManifoldState.FILLING:
        return []
    if manifold.state != ManifoldState.OPEN:
        raise Conflict({"state": _is_already(manifold)})
    bottles = [bottle for bottle in bottles_of(manifold) if bottle.hook is not Hook.OFF]
    if not bottles:
        raise Invalid({"bottles": N_("No bottle hangs on this manifold.")})
    if sum(bottle.records for bottle in bottles) > MOST_BOTTLES:
        text = N_("More than %(most)d bottles hang on no manifold.")
        raise Invalid({"bottles": Message(text, {"most": MOST_BOTTLES})})
    taking_part = (FillState.OPEN,) if began_at is None else (FillState.OPEN, FillState.REFUSED)
    filling = [bottle.fill for bottle in bottles if bottle.fill and bottle.fill.state in taking_part]
    if began_at is None:
        for fill in filling:
            _refuse_what_is_forbidden_now(fill, by)
        if waiting := [bottle for bottle in bottles_of(manifold) if bottle.hook in AGAINST_START]:
            return waiting
    at = began_at or clock.now()
    for fill in filling:
        fill.started_at = at
        note(fill, "fill.started", by, {"manifold": manifold.id})
    manifold.state, manifold.started_at, manifold.started_by = ManifoldState.FILLING, at, by.user_id
    payload: dict[str, object] = {"bottles": [fill.id for fill in filling]}
    _tell(manifold, "manifold.started", by, payload | ({"queued": True} if began_at else {}))
    return []


def _refuse_what_is_forbidden_now(fill: Fill, by: Viewer) -> None:
    verdict = Verdict.from_json(fill.verdict).asked_again(verdict_on(fill, by=by))
    if verdict.allowed:
        return
    fill.verdict, fill.allowed, fill.closed_at = verdict.as_json(), False, clock.now()
    move(fill, FillState.REFUSED)
    note(fill, "fill.refused", by, {"reasons": [reason.code for reason in verdict.refusals]})


def end(
    manifold: Manifold,
    result: FillResult,
    failed: Mapping[UUID, Collection[str]],
    *,
    by: Viewer,
    device: Device | None = None,
) -> Manifold:
    """One pressure for all that hang on it; a bottle with a fault after filling fails alone. The same end
    again changes nothing."""
    key, content = result.result_id, result.content
    message = ENDS.received(content, sender=by.organisation_id, key=key, about=manifold.id)
    if message.answer is not None:
        return manifold
    if manifold.state != ManifoldState.FILLING:
        not_yet = N_("The filling of this manifold has not begun: start it first.")
        is_open = manifold.state == ManifoldState.OPEN
        raise Conflict({"state": Message(not_yet) if is_open else _is_already(manifold)})
    fills = [bottle.fill for bottle in bottles_of(manifold) if bottle.fill and bottle.fill.started_at]
    if unknown := failed.keys() - {fill.id for fill in fills}:
        text = N_("These bottles do not hang on this manifold: %(bottles)s")
        raise Invalid({"failed": Message(text, {"bottles": ", ".join(sorted(map(str, unknown)))})})
    instrument = instrument_of(fills[0], result.instrument, weighed=False)
    for fill in fills:
        record_with_members(fill, result.for_bottle(failed.get(fill.id, ())), by=by, device=device)
    manifold.state, manifold.ended_at, manifold.ended_by = ManifoldState.ENDED, clock.now(), by.user_id
    manifold.pressure_kpa, manifold.temperature_dc = result.pressure_kpa, result.temperature_dc
    manifold.instrument_id = instrument.id if instrument else None
    outcome = {str(fill.id): str(fill.state) for fill in fills}
    payload = {"pressure_kpa": result.pressure_kpa, "bottles": outcome}
    _tell(manifold, "manifold.ended", by, payload, message.keep(str(manifold.id)))
    return manifold


def break_off(manifold: Manifold, *, by: Viewer, why: str = "settled") -> Manifold:
    """Nothing came of it: opened by mistake, or nothing went in. Its open bottles are void, or not filled
    where gas was to flow already. The same again changes nothing."""
    if manifold.state == ManifoldState.CANCELLED:
        return manifold
    if ManifoldState.CANCELLED not in MANIFOLD_CHANGES[ManifoldState(manifold.state)]:
        raise Conflict({"state": _is_already(manifold)})
    for bottle in bottles_of(manifold):
        if bottle.fill is None or bottle.fill.state != FillState.OPEN:
            continue
        if manifold.state == ManifoldState.OPEN:
            void(bottle.fill, by=by)
        else:
            not_filled(bottle.fill, by=by, why="manifold")
    manifold.state, manifold.ended_at, manifold.ended_by = ManifoldState.CANCELLED, clock.now(), by.user_id
    _tell(manifold, "manifold.cancelled", by, {"why": why})
    return manifold


def close_manifolds(on: date, *, most: int = 50) -> int:
    """At midnight: manifolds of the days before `on` that never began are broken off, and those that began
    more than a day ago and never ended. Returns how many; call again until none."""
    began, midnight = Manifold.started_at, clock.site_midnight(on)
    left = visible(SYSTEM, Manifold).where(
        or_(
            and_(Manifold.state == ManifoldState.OPEN, Manifold.opened_at < midnight),
            and_(Manifold.state == ManifoldState.FILLING, began < midnight - timedelta(days=1)),
        )
    )
    closed = session.scalars(left.limit(most)).all()
    for manifold in closed:
        break_off(manifold, by=SYSTEM, why="midnight")
    return len(closed)


def _is_already(manifold: Manifold) -> Message:
    label = ManifoldState(manifold.state).label
    return Message(N_("This manifold is %(state)s already."), {"state": label})


def _tell(manifold: Manifold, verb: str, by: Viewer, payload: Mapping[str, object], *beside: Base) -> None:
    record(
        session(),
        subject_of("manifold", manifold.id),
        verb,
        actor=by.actor,
        payload={"station": manifold.organisation_id, **payload},
        rows=[manifold, *beside],
    )
