"""时间待核实: fills whose own time nobody vouches for, though nothing else speaks against them: the device's clock
was wrong, stood at 1970 or ran ahead. The device's word stands beside ours until the bureau decides.

An entry is the fill itself, by its flag; only the decision has a row. A live message counts by our own clock:
that its device's clock is off is a flag of the fill, and nothing to decide.
"""

from __future__ import annotations

from sqlalchemy import Select, String, cast, exists

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.fills.forbidden import REASON_LENGTH, may_rule
from equipment.fills.listing import FLAGGED
from equipment.fills.models import ClockDecision, Fill, ForbiddenFill
from equipment.fills.queries import fills_of
from equipment.fills.states import CLOCK_RULING_CHANGES, ClockRuling
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.intake.rules import DISPUTED
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.models import Equipment
from equipment.storage.db import session, walked


def doubted_fills(viewer: Viewer) -> Select[Fill]:
    """Fills that are doubted for their time alone, decided or not. One that was forbidden as well is decided
    as that."""
    forbidden = exists().where(
        ForbiddenFill.equipment_id == Fill.equipment_id, ForbiddenFill.scan_id == Fill.scan_id
    )
    flag = cast(Fill.flags, String).contains(f'"{DISPUTED}"')
    if not viewer.oversees:
        return fills_of(viewer).where(FLAGGED, flag, ~forbidden)
    # Few fills are flagged: their index serves, whatever an area holds.
    seen = walked(in_scope(viewer, Fill) & Fill.superseded.is_(False))
    return visible(SYSTEM, Fill).where(seen, FLAGGED, flag, ~forbidden)


def is_doubted(fill: Fill) -> bool:
    """Whether it is one of them."""
    return DISPUTED in fill.flags and not fill.superseded and session.get(ForbiddenFill, _key(fill)) is None


def clock_decision(fill: Fill) -> ClockDecision | None:
    return session.get(ClockDecision, _key(fill))


def rule_on_clock(fill: Fill, ruling: ClockRuling, reason: str, *, by: Viewer) -> ClockDecision:
    """The bureau decides, with a reason: the time is cleared up, or it was falsified: then the county has a
    finding to grade."""
    if not may_rule(by):
        raise NotAllowed(N_("The bureau decides whether it was a violation."))
    if ruling not in CLOCK_RULING_CHANGES[ClockRuling.PENDING]:
        raise Invalid({"ruling": N_("This decision does not exist.")})
    if not is_doubted(fill) or clock_decision(fill) is not None:
        raise Conflict({"ruling": Message(N_("This was decided already."))})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    decision = ClockDecision(
        equipment_id=fill.equipment_id,
        scan_id=fill.scan_id,
        organisation_id=fill.organisation_id,
        area=fill.area,
        category=fill.category,
        device_at=fill.happened_at,
        received_at=fill.received_at,
        ruling=ruling,
        reason=reason.strip()[:REASON_LENGTH],
        ruled_by=by.user_id,
        ruled_at=clock.now(),
    )
    if ruling is ClockRuling.VIOLATION:
        piece = session.get_one(Equipment, fill.equipment_id)
        description = f"充装时间不实：{_words(fill)}。{decision.reason}"
        finding = find(
            piece, source=FindingSource.FILL_CHECK, description=description, by=by, source_id=fill.id
        )
        decision.finding_id = finding.id
    session.add(decision)
    record(
        session(),
        subject_of("equipment", fill.equipment_id),
        f"fill.clock_{ruling}",
        actor=by.actor,
        payload={"scan": fill.scan_id, "reason": decision.reason},
        rows=[decision],
    )
    return decision


def _words(fill: Fill) -> str:
    times = (("设备时间", fill.happened_at), ("接收时间", fill.received_at))
    return "，".join(f"{name} {clock.site_time(at):%Y-%m-%d %H:%M:%S}" for name, at in times)


def _key(fill: Fill) -> tuple[object, object]:
    return fill.equipment_id, fill.scan_id
