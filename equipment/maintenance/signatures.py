"""How a use unit stands for a visit (TSG T5002 Art. 8), the best first: by its own account, at any time;
drawn on the technician's phone by a safety manager of the unit who is chosen, not typed; by the photo of
a paper record. The last two may be objected to for some days, and only the first is ever called
signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import or_

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files.actions import About, StoredDocument, attach
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.maintenance.actions import VisitProgress, hold, is_mine, may_sign, must_become, progress_of
from equipment.maintenance.closing import note, piece_of, settle
from equipment.maintenance.duties import on_site_duty
from equipment.maintenance.links import digest_of, token_of
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.states import VISIT_CHANGES, OtherSignature, SignatureKind, VisitState
from equipment.people.models import User
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.regulation.elevator_numbers import objection_days
from equipment.regulation.queries import rules
from equipment.storage.db import session

SIGNATURES = Receipts("signature", "message_id")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature consists of: nothing but the account itself, or a drawing or photo and who was chosen.
    `name` is how phones of before named the signer."""

    kind: SignatureKind = SignatureKind.ACCOUNT
    signer_id: UUID | None = None
    name: str = ""
    image: StoredDocument | None = None


def signers_of(visit: Visit) -> list[User]:
    """The safety managers that the use unit has registered."""
    return people_with(visit.use_unit_id, Role.SAFETY_OFFICER) if visit.use_unit_id else []


def may_photograph(visit: Visit, by: Viewer) -> bool:
    """Whether the viewer's firm may bring a signature of this visit on paper."""
    manages = by.organisation_id == visit.organisation_id and may(by, Action.APPROVE, Thing.VISIT)
    return manages or is_mine(visit, by)


def sign(visit: Visit, signature: Signature, *, by: Viewer, message_id: UUID | None = None) -> VisitProgress:
    """Stand for a visit in the use unit's name. From then on its record never changes; the same signature
    again is there already."""
    hold(visit)
    _may_bring(visit, signature, by)
    drawn = signature.image.content.sha256 if signature.image is not None else None
    name = by.name if drawn is None else signature.name.strip() or str(signature.signer_id or "")
    content = content_of(visit_id=visit.id, signer_name=name, drawing=drawn)
    message = SIGNATURES.received(content, sender=by.organisation_id, key=message_id, about=visit.id)
    if message.answer is not None:
        return cast(VisitProgress, json.loads(message.answer))
    if drawn is not None and visit.signature_sha256 == drawn and visit.state != VisitState.TO_SIGN:
        return progress_of(visit)  # this very picture is there, under another id or before receipts were kept
    if signature.image is None:
        _sign_by_account(visit, by)
        progress = progress_of(visit)
        note(visit, "visit.signed", by=by, rows=[message.keep(json.dumps(progress))])
        return progress
    row = _sign_on_site(visit, signature, by)
    document = attach(
        About(visit.equipment_id, visit.area, visit.category, "visit", visit.id), signature.image, by=by
    )
    progress = progress_of(visit)
    receipt = message.keep(json.dumps(progress))
    verb = "visit.signed_on_site" if row.kind == SignatureKind.ON_SITE else "visit.signed_on_paper"
    note(visit, verb, by=by, rows=[row, document, receipt], signer=row.signer_id, until=row.until)
    if row.until is not None:
        urgent(on_site_duty(row, {visit.equipment_id: piece_of(visit)}, visit.use_unit_id))
    return progress


def _may_bring(visit: Visit, signature: Signature, by: Viewer) -> None:
    allowed = {
        SignatureKind.ACCOUNT: may_sign,
        SignatureKind.ON_SITE: is_mine,
        SignatureKind.PAPER: may_photograph,
    }
    if not allowed[signature.kind](visit, by):
        raise NotAllowed(N_("Only the use unit's safety officer signs a visit."))


def _sign_by_account(visit: Visit, by: Viewer) -> None:
    """已签字: also after a signature on site, whether or not its window has ended."""
    if not waits_for_account(visit):
        must_become(visit, VisitState.SIGNED)
    if visit.state == VisitState.TO_SIGN:
        settle(visit, by=by, final=True)
    visit.state, visit.signature_kind = VisitState.SIGNED, SignatureKind.ACCOUNT
    visit.signed_at, visit.signed_by, visit.signer_name = clock.now(), by.user_id, by.name[:60]
    visit.object_until = None


def _sign_on_site(visit: Visit, signature: Signature, by: Viewer) -> VisitSignature:
    must_become(visit, VisitState.ON_SITE)
    assert signature.image is not None
    people = signers_of(visit)
    signer = _chosen(signature, people)
    settle(visit, by=by, final=True)
    now = clock.now()
    visit.state, visit.signature_kind = VisitState.ON_SITE, signature.kind
    visit.signed_at, visit.signed_by = now, None
    visit.signer_id, visit.signer_name = (signer.id, signer.name[:60]) if signer else (None, "")
    visit.signature_sha256 = signature.image.content.sha256
    visit.object_until = last_day_to_object(visit, clock.site_day(now)) if people else None
    row = VisitSignature(
        id=new_id(),
        visit_id=visit.id,
        equipment_id=visit.equipment_id,
        organisation_id=visit.organisation_id,
        area=visit.area,
        category=visit.category,
        kind=signature.kind,
        signer_id=visit.signer_id,
        signer_name=visit.signer_name,
        taken_by=by.user_id,
        at=now,
        on=clock.site_day(now),
        until=visit.object_until,
        sha256=visit.signature_sha256,
    )
    row.link_sha256 = digest_of(token_of(row.id)) if signer else ""
    session.add(row)
    return row


def _chosen(signature: Signature, people: Sequence[User]) -> User | None:
    """Whom the phone names, among the unit's safety managers; a paper record may name nobody."""
    named = [
        person
        for person in people
        if person.id == signature.signer_id
        or (signature.signer_id is None and signature.name.strip() == person.name)
    ]
    if len(named) == 1:
        return named[0]
    if signature.kind is SignatureKind.PAPER and not signature.signer_id:
        return None
    if not people:
        raise Invalid({"signer_id": NO_SIGNER})
    raise Invalid({"signer_id": N_("Choose who signs, from the safety managers of the use unit.")})


NO_SIGNER = N_(
    "The use unit has registered no safety manager. It registers one, or you photograph the paper record; "
    "until then the visit waits for the unit."
)


def last_day_to_object(visit: Visit, on: date) -> date:
    return on + timedelta(days=objection_days(rules(visit.category), on).integer)


def waits_for_account(visit: Visit) -> bool:
    """Whether the unit's own account may still sign it."""
    can = VisitState.SIGNED in VISIT_CHANGES[VisitState(visit.state)]
    return (can or visit.shown is OtherSignature.DRAWN_BEFORE) and not visit.superseded


def may_object(visit: Visit) -> bool:
    """Whether the use unit may still say that it was not so."""
    if visit.state == VisitState.ON_SITE:
        return visit.object_until is None or clock.today() <= visit.object_until
    return visit.state == VisitState.TO_SIGN and not visit.superseded


def signatures_of(visit: Visit) -> Sequence[VisitSignature]:
    """What technicians' phones brought, the newest first."""
    rows = visible(SYSTEM, VisitSignature).where(
        VisitSignature.equipment_id == visit.equipment_id, VisitSignature.visit_id == visit.id
    )
    return session.scalars(rows.order_by(VisitSignature.at.desc())).all()


def signature_by_token(token: str) -> tuple[VisitSignature, Visit] | None:
    """What a one-time link leads to; None when it is false or its days are over."""
    rows = visible(SYSTEM, VisitSignature).where(VisitSignature.link_sha256 == digest_of(token))
    row = session.scalar(rows)
    if row is None or row.until is None or clock.today() > row.until:
        return None
    return row, session.get_one(Visit, (row.equipment_id, row.visit_id))


def leave_unobjected(on: date, *, most: int = 200) -> int:
    """What nobody objected to within its days reads 无异议; a unit that has people by now is told of what waited
    for that. Days that were missed are caught up; repeated until 0."""
    waiting = visible(SYSTEM, Visit).where(
        Visit.state == VisitState.ON_SITE, or_(Visit.object_until < on, Visit.object_until.is_(None))
    )
    ended = 0
    for visit in session.scalars(waiting.order_by(Visit.object_until.is_(None), Visit.on).limit(most)).all():
        if visit.object_until is not None:
            visit.state = VisitState.UNOBJECTED
            note(visit, "visit.unobjected", by=SYSTEM, until=visit.object_until)
            ended += 1
        elif signers_of(visit):
            visit.object_until = last_day_to_object(visit, on)
            row = signatures_of(visit)[0]
            row.until = visit.object_until
            note(visit, "visit.told", by=SYSTEM, rows=[row], until=row.until)
            urgent(on_site_duty(row, {visit.equipment_id: piece_of(visit)}, visit.use_unit_id))
            ended += 1
    return ended
