"""判禁后充装: gas went in while filling was forbidden. The result is kept, the bottle is set apart, the county is
told; whether it was a violation, only the bureau says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.verdict import Reason, Verdict
from equipment.core.words import N_, Message
from equipment.fills.hindsight import first_refusal, status_at, status_since, verdict_on
from equipment.fills.models import Fill, ForbiddenFill
from equipment.fills.states import RULING_CHANGES, FillState, Ruling
from equipment.fills.station import pack_of
from equipment.hazards.findings import dismiss, find
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource, FindingState
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session

REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Prohibition:
    """Why filling was forbidden when gas went in; when the register said so, when the station was told."""

    reasons: tuple[Reason, ...]
    forbidden_at: datetime | None
    refused_at: datetime | None


def prohibition(fill: Fill, happened_at: datetime, filled_at: datetime, *, by: Viewer) -> Prohibition | None:
    """What forbade going on with this fill at `filled_at` (`happened_at` by the device's clock); None where
    nothing did, whatever came later."""
    then = verdict_on(fill, filled_at, by=by)
    refused_at = None
    if fill.state == FillState.REFUSED:
        scan = first_refusal(fill)
        heard_at = scan.happened_at if scan is not None else filled_at
        if (fill.closed_at is not None and fill.closed_at <= filled_at) or heard_at <= happened_at:
            refused_at = scan.received_at if scan is not None else fill.closed_at
            then = Verdict.from_json(fill.verdict).asked_again(then)
    if then.allowed:
        return None
    is_stopped = status_at(session.get_one(Equipment, fill.equipment_id), filled_at) != EquipmentStatus.IN_USE
    forbidden_at = status_since(fill.equipment_id, filled_at) if is_stopped else None
    return Prohibition(then.refusals, forbidden_at, refused_at)


def record_forbidden(fill: Fill, why: Prohibition, filled_at: datetime, *, by: Viewer) -> ForbiddenFill:
    """The record of it, and the finding by which the county hears of it."""
    piece, stated = session.get_one(Equipment, fill.equipment_id), pack_of(clock.today()).refusals
    reasons = "、".join(f"{reason.code} {stated[reason.code].text.zh}" for reason in why.reasons)
    times = [("判定", why.refused_at), ("禁充起", why.forbidden_at), ("充装", filled_at)]
    instants = "，".join(f"{name} {clock.site_time(at):%Y-%m-%d %H:%M:%S}" for name, at in times if at)
    finding = find(
        piece,
        source=FindingSource.FILL_CHECK,
        description=f"判禁后充装（待核实）：{reasons}。{instants}",
        by=by,
        source_id=fill.id,
    )
    forbidden = ForbiddenFill(
        equipment_id=fill.equipment_id,
        scan_id=fill.scan_id,
        organisation_id=fill.organisation_id,
        area=fill.area,
        category=fill.category,
        reasons=[reason.as_json() for reason in why.reasons],
        forbidden_at=why.forbidden_at,
        refused_at=why.refused_at,
        filled_at=filled_at,
        received_at=clock.now(),
        finding_id=finding.id,
        ruling=Ruling.PENDING,
    )
    session.add(forbidden)
    return forbidden


def may_rule(viewer: Viewer) -> bool:
    """Only the bureau."""
    return viewer.oversees and may(viewer, Action.APPROVE, Thing.FINDING)


def rule_on(forbidden: ForbiddenFill, ruling: Ruling, reason: str, *, by: Viewer) -> None:
    """The bureau decides, with a reason: 违规, then the finding waits to be graded; or 不违规, then it is
    dismissed. Either way the bottle is free of this record."""
    if not may_rule(by):
        raise NotAllowed(N_("The bureau decides whether it was a violation."))
    if ruling not in RULING_CHANGES[Ruling(forbidden.ruling)]:
        raise Conflict({"ruling": Message(N_("This was decided already."))})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    forbidden.ruling, forbidden.ruling_reason = ruling, reason.strip()[:REASON_LENGTH]
    forbidden.ruled_by, forbidden.ruled_at = by.user_id, clock.now()
    record(
        session(),
        subject_of("equipment", forbidden.equipment_id),
        f"fill.{ruling}",
        actor=by.actor,
        payload={"scan": forbidden.scan_id, "reason": forbidden.ruling_reason},
        rows=[forbidden],
    )
    finding = session.get_one(Finding, (forbidden.equipment_id, forbidden.finding_id))
    if ruling is Ruling.NO_VIOLATION and finding.state == FindingState.OPEN:
        dismiss(finding, forbidden.ruling_reason, by=by)


def ruling_on(fill: Fill) -> ForbiddenFill | None:
    """The record of a fill that went against a prohibition."""
    key: tuple[UUID, UUID] = (fill.equipment_id, fill.scan_id)
    return session.get(ForbiddenFill, key)
