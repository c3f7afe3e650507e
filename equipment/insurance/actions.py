"""Policies are entered, corrected, cancelled, renewed by others or let lapse; each change has its line in
the chain of the policy, and the lifts it concerns are looked at anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.insurance.hooks import cover_changed
from equipment.insurance.models import Policy, PolicyLift
from equipment.insurance.queries import covered_ids, unit_of
from equipment.insurance.rules import LARGEST_FEN, Cover, Payer, PolicyKind, number_key
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.storage.db import Base, session

MOST_LIFTS = 2000
MOST_YEARS = 10  # a longer period is taken for a slip of the keyboard
HOLDERS = (OrganisationKind.USE_UNIT, OrganisationKind.FIRM, OrganisationKind.STATION, OrganisationKind.BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """What is typed of a policy."""

    holder_id: UUID | None
    number: str
    insurer: str
    kind: PolicyKind
    payer: Payer
    sum_fen: int | None
    from_on: date
    until_on: date
    cover: Cover
    lifts: Sequence[UUID] = field(default_factory=tuple)
    iot: bool = False
    service: str = ""
    visits_promised: int | None = None
    inspections_promised: int | None = None
    paper: StoredDocument | None = None


def enter(draft: PolicyDraft, *, by: Viewer) -> Policy:
    """A new policy; the same number twice is refused, and the first one named."""
    holder = _checked(draft, by)
    lifts = _listed(draft, holder, by)
    return _put_in(draft, holder, lifts, by)


def correct(policy: Policy, draft: PolicyDraft, *, by: Viewer) -> Policy:
    """A corrected policy takes the place of what was entered; both stay on file."""
    _hold(policy, by)
    holder = _checked(draft, by)
    lifts = _listed(draft, holder, by)
    concerned = covered_ids(policy)
    policy.superseded = True
    session.flush()
    corrected = _put_in(draft, holder, lifts, by, corrects=policy)
    before = visible(SYSTEM, Policy).where(
        Policy.organisation_id == policy.organisation_id, Policy.renewed_by_id == policy.id
    )
    renewed = list(session.scalars(before))
    for earlier in renewed:
        earlier.renewed_by_id = corrected.id
    _record(policy, "policy.corrected", by, renewed, by_policy=corrected.id)
    cover_changed(concerned, by)
    return corrected


def cancel(policy: Policy, on: date, reason: str, *, by: Viewer) -> Policy:
    """退保: from that day on it covers nothing. Said again it is as it was."""
    _hold(policy, by)
    reason = _reason(reason)
    if policy.cancelled_on is not None:
        if policy.cancelled_on == on:
            return policy
        raise Conflict({"": N_("This policy has been cancelled already.")})
    if not policy.from_on < on <= policy.until_on:
        raise Invalid({"on": N_("The day must lie within the period of the policy, after its first day.")})
    concerned = covered_ids(policy)
    policy.cancelled_on, policy.cancel_reason, policy.cancelled_by = on, reason, by.user_id
    _record(policy, "policy.cancelled", by, on=on, reason=reason)
    cover_changed(concerned, by)
    return policy


def let_lapse(policy: Policy, reason: str, *, by: Viewer) -> Policy:
    """It will not be renewed: nobody is reminded of it any more, and the reason stays."""
    _hold(policy, by)
    if policy.renewed_by_id is not None:
        raise Conflict({"": N_("This policy has been renewed already.")})
    policy.lapse_reason = _reason(reason)
    _record(policy, "policy.lapse", by, reason=policy.lapse_reason)
    return policy


def may_change(policy: Policy, by: Viewer) -> bool:
    """Its holder, whoever entered it, and the bureau of the holder's area."""
    if by.oversees:
        return session.get_one(Organisation, policy.organisation_id).area.startswith(by.area)
    entered = session.get(User, policy.entered_by) if policy.entered_by else None
    own = (policy.organisation_id, policy.payer_id, entered.organisation_id if entered else None)
    return by.organisation_id is not None and by.organisation_id in own


def _put_in(
    draft: PolicyDraft,
    holder: Organisation,
    lifts: Sequence[Equipment],
    by: Viewer,
    corrects: Policy | None = None,
) -> Policy:
    key = number_key(draft.number)
    ledger.locked_heads(session.connection(), [ledger.subject_of("policy_number", key)])
    _not_twice(key)
    paper = draft.paper
    stored = store.name(paper.content) if paper else None
    policy = Policy(
        organisation_id=holder.id,
        id=new_id(),
        number=draft.number.strip(),
        number_key=key,
        insurer=draft.insurer.strip(),
        kind=draft.kind,
        payer=draft.payer,
        payer_id=_payer_id(draft, holder, lifts, by),
        sum_fen=draft.sum_fen,
        from_on=draft.from_on,
        until_on=draft.until_on,
        cover=draft.cover,
        iot=draft.iot,
        service=draft.service.strip(),
        visits_promised=draft.visits_promised,
        inspections_promised=draft.inspections_promised,
        sha256=paper.content.sha256 if paper else corrects.sha256 if corrects else None,
        file_name=paper.name if paper else corrects.file_name if corrects else "",
        media_type=paper.content.media_type if paper else corrects.media_type if corrects else "",
        entered_by=by.user_id,
        entered_at=clock.now(),
        corrects_id=corrects.id if corrects else None,
        renewed_by_id=corrects.renewed_by_id if corrects else None,
        superseded=False,
        cancel_reason="",
        lapse_reason="",
    )
    rows = [
        PolicyLift(organisation_id=holder.id, policy_id=policy.id, equipment_id=lift.id) for lift in lifts
    ]
    session.add_all([policy, *rows])
    beside: list[Base] = [*rows, *([stored] if stored else [])]
    _record(policy, "policy.entered", by, beside, lifts=len(rows), number=policy.number)
    _renew(policy, by)
    cover_changed(covered_ids(policy), by)
    return policy


def _renew(policy: Policy, by: Viewer) -> None:
    """Earlier policies of the holder whose every lift this one covers longer are renewed by it."""
    earlier = visible(SYSTEM, Policy).where(
        Policy.organisation_id == policy.organisation_id,
        Policy.id != policy.id,
        Policy.superseded.is_(False),
        Policy.cancelled_on.is_(None),
        Policy.renewed_by_id.is_(None),
        Policy.until_on < policy.until_on,
    )
    covered = covered_ids(policy)
    renewed = [former for former in session.scalars(earlier) if covered_ids(former) <= covered]
    for former in renewed:
        former.renewed_by_id = policy.id
        _record(former, "policy.renewed", by, by_policy=policy.id)


def _checked(draft: PolicyDraft, by: Viewer) -> Organisation:
    """The holder, when what was typed can be a policy of its; Invalid with every field that cannot."""
    wrong: dict[str, Message | str] = {}
    if not number_key(draft.number):
        wrong["number"] = N_("Give the number of the policy.")
    if not draft.insurer.strip():
        wrong["insurer"] = N_("Give the insurer.")
    if draft.sum_fen is None or not 0 < draft.sum_fen <= LARGEST_FEN:
        wrong["sum"] = N_("Give the sum insured in yuan, such as 2,000,000 or 200万.")
    if draft.until_on < draft.from_on:
        wrong["until_on"] = N_("The last day lies before the first.")
    elif draft.until_on.year - draft.from_on.year > MOST_YEARS:
        wrong["until_on"] = Message(N_("More than %(years)s years: check the days."), {"years": MOST_YEARS})
    holder = session.get(Organisation, draft.holder_id) if draft.holder_id else None
    if holder is None or holder.kind not in HOLDERS:
        wrong["holder"] = N_("Choose whose lifts are insured: a use unit or a firm on file.")
    elif (draft.cover is Cover.FIRM) != (
        holder.kind == OrganisationKind.FIRM
    ) and draft.cover is not Cover.LISTED:
        wrong["cover"] = N_(
            "All lifts of a use unit, or all that a firm maintains: this does not fit the holder."
        )
    if wrong:
        raise Invalid(wrong)
    assert holder is not None
    _may_enter(holder, draft.cover, by)
    return holder


def _may_enter(holder: Organisation, cover: Cover, by: Viewer) -> None:
    if by is SYSTEM or by.organisation_id == holder.id:
        return
    if by.oversees:
        if not holder.area.startswith(by.area):
            raise NotAllowed(N_("This unit belongs to another area."))
        return
    if by.organisation_kind == OrganisationKind.FIRM and holder.kind != OrganisationKind.FIRM:
        if cover is not Cover.LISTED:
            raise Invalid(
                {
                    "cover": N_(
                        "A firm names the lifts it maintains; the use unit enters a policy for all of its."
                    )
                }
            )
        return
    raise NotAllowed(N_("The use unit, its maintenance firm or the bureau enters a policy."))


def _listed(draft: PolicyDraft, holder: Organisation, by: Viewer) -> Sequence[Equipment]:
    """The lifts on the list, each the holder's and in the viewer's sight."""
    if draft.cover is not Cover.LISTED:
        return ()
    wanted = list(dict.fromkeys(draft.lifts))
    if not wanted:
        raise Invalid({"lifts": N_("Choose at least one lift.")})
    if len(wanted) > MOST_LIFTS:
        raise Invalid({"lifts": Message(N_("At most %(most)s lifts on one list."), {"most": MOST_LIFTS})})
    lifts = pieces(by, wanted)
    if len(lifts) < len(wanted):
        raise Invalid({"lifts": N_("One of these lifts is not on file for you.")})
    for lift in lifts:
        if lift.category != "elevator":
            raise Invalid({"lifts": Message(N_("%(lift)s is no lift."), {"lift": called(lift)})})
        if holder.id not in (unit_of(lift), lift.owner_id, lift.maintenance_firm_id):
            text = N_("%(lift)s is not a lift of %(holder)s.")
            raise Invalid({"lifts": Message(text, {"lift": called(lift), "holder": holder.name})})
    return lifts


def _payer_id(
    draft: PolicyDraft, holder: Organisation, lifts: Sequence[Equipment], by: Viewer
) -> UUID | None:
    """The payer where he is on file: the holder itself, or the firm that maintains the lifts."""
    if draft.payer is Payer.USE_UNIT or (draft.payer is Payer.FIRM and holder.kind == OrganisationKind.FIRM):
        return holder.id
    if draft.payer is not Payer.FIRM:
        return None
    if by.organisation_kind == OrganisationKind.FIRM:
        return by.organisation_id
    firms = {lift.maintenance_firm_id for lift in lifts}
    return firms.pop() if len(firms) == 1 else None


def _not_twice(key: str) -> None:
    there = session.scalar(
        visible(SYSTEM, Policy).where(Policy.number_key == key, Policy.superseded.is_(False))
    )
    if there is None:
        return
    text = N_(
        "This number is on file already: %(number)s of %(insurer)s for %(holder)s, %(from)s to %(until)s."
    )
    named = {
        "number": there.number,
        "insurer": there.insurer,
        "holder": session.get_one(Organisation, there.organisation_id).name,
        "from": there.from_on.isoformat(),
        "until": there.until_on.isoformat(),
    }
    raise Conflict({"number": Message(text, named)})


def _hold(policy: Policy, by: Viewer) -> None:
    """In line with whoever else changes it."""
    if by is not SYSTEM and not may_change(policy, by):
        text = N_("The holder, the payer, whoever entered it or the bureau of the area changes a policy.")
        raise NotAllowed(text)
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("policy", policy.id)])
    session.refresh(policy)
    if policy.superseded:
        raise Conflict({"": N_("This policy has been replaced by a correction.")})


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return text.strip()[:300]


def _record(policy: Policy, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object) -> None:
    subject = ledger.subject_of("policy", policy.id)
    ledger.record(
        session(),
        subject,
        verb,
        actor=by.actor,
        payload={"policy": policy.id, **payload},
        rows=[policy, *beside],
    )
