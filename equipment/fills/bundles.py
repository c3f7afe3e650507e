"""集格: cylinders in one frame, filled through one valve. A scan of the bundle is judged by its worst cylinder,
and a cylinder in it is not filled by itself while its bundle is.

Only pieces of one owner belong together: two owners may have bundles of the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection

from equipment.core.verdict import Reason, Verdict
from equipment.fills.scan import EQUIPMENT, Cylinder, IncomingScan, MemberVerdict, ScanVerdict, judge
from equipment.register.models import Facet
from equipment.register.rules import Outcome
from equipment.regulation.cylinder_words import Mount

FACETS = Facet.__table__.c
APART = "R32"  # a bundle and a cylinder in it, both being filled
OF_THE_STATION = frozenset({"R29"})  # said once, not of every cylinder


def is_bundle(details: Mapping[str, object]) -> bool:
    """Whether a piece with these details is the frame with all that is in it."""
    return details.get("mount") == Mount.BUNDLE and bool(details.get("bundle_no"))


def mates_of(connection: Connection, piece: Cylinder) -> tuple[UUID, ...]:
    """Of a bundle its cylinders, of a cylinder in one the bundle; nothing of a single bottle."""
    number = piece.details.get("bundle_no")
    if not number:
        return ()
    carrying = select(FACETS.equipment_id).where(FACETS.field == "bundle_no", FACETS.value == number)
    rows = connection.execute(
        select(EQUIPMENT.id, EQUIPMENT.details)
        .where(EQUIPMENT.id.in_(carrying), EQUIPMENT.id != piece.id, EQUIPMENT.owner_id == piece.owner_id)
        .order_by(EQUIPMENT.own_number, EQUIPMENT.serial, EQUIPMENT.id)
    )
    wanted = not is_bundle(piece.details)
    return tuple(row.id for row in rows if is_bundle(row.details) is wanted)


def is_filled_with_its_bundle(cylinder: Cylinder, mates: Sequence[Cylinder]) -> bool:
    """Whether this cylinder's bundle is in the middle of its fill: then it has no fill of its own."""
    is_inside = cylinder.open_id is None and not is_bundle(cylinder.details)
    return is_inside and any(mate.open_id is not None for mate in mates)


def judge_with_mates(
    scan: IncomingScan,
    outcome: Outcome,
    cylinder: Cylinder,
    mates: Sequence[Cylinder],
    *,
    open_elsewhere: bool,
) -> ScanVerdict:
    """The verdict on a piece with what belongs together with it: a bundle has every reason of every cylinder
    in it, and says whose it is."""
    judged = judge(scan, outcome, cylinder, open_elsewhere=open_elsewhere)
    if not is_bundle(cylinder.details):
        if not is_filled_with_its_bundle(cylinder, mates):
            return judged
        return judged._replace(verdict=judged.verdict + _apart(scan, {"bundle": _name(mates[0])}))
    members = [_member_verdict(scan, mate) for mate in mates]
    return judged._replace(verdict=_with_members(judged.verdict, members), members=members)


def _member_verdict(scan: IncomingScan, member: Cylinder) -> MemberVerdict:
    """What stands against one cylinder, as a scan of it would say; nobody answered for it alone."""
    verdict = judge(scan._replace(checks={}), Outcome.FOUND, member, open_elsewhere=False).verdict
    if member.open_id is not None:
        verdict += _apart(scan, {})
    reasons = tuple(reason for reason in verdict.reasons if reason.code not in OF_THE_STATION)
    return MemberVerdict(_name(member), member.label_code or "", Verdict(reasons))


def _with_members(own: Verdict, members: Sequence[MemberVerdict]) -> Verdict:
    """The bundle's own reasons and those of its cylinders, each code once, the hardest of it, with the
    cylinders that have it."""
    reasons = {reason.code: reason for reason in own.reasons}
    for member in members:
        for reason in member.verdict.reasons:
            before = reasons.get(reason.code)
            if before is None or (reason.effect.refuses and not before.effect.refuses):
                reasons[reason.code] = _of_members(reason, member.name)
            elif before.effect is reason.effect and "members" in before.params:
                reasons[reason.code] = _of_members(before, f"{before.params['members']}、{member.name}")
    return Verdict(tuple(reasons[code] for code in sorted(reasons)))


def _of_members(reason: Reason, names: str) -> Reason:
    return Reason(reason.code, reason.effect, reason.citation, {**reason.params, "members": names})


def _apart(scan: IncomingScan, params: Mapping[str, object]) -> list[Reason]:
    reason = scan.days[-1].book.reason(APART, params)
    return [reason] if reason is not None else []


def _name(piece: Cylinder) -> str:
    return piece.own_number or piece.serial or piece.label_code or ""
