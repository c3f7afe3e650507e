"""Visits that wait for somebody (a use unit's signature, whoever's card was shown), and lost cards in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import and_, exists

from equipment.core.clock import site_day
from equipment.core.words import N_, Message
from equipment.maintenance.links import token_of
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.states import SwipeReason, VisitState
from equipment.people.models import Card, User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import DutySource, about_piece, duty_key, one_list, piece_name, record_duty
from equipment.register.duty_rules import ALWAYS, NOW, Audience, Duty, DutyKind, Stage, at_once
from equipment.register.models import Equipment
from equipment.storage.db import session


def signature_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("The maintenance visit at %(piece)s on %(day)s waits for your signature"),
        row,
        pieces,
        day=row.on.isoformat(),
    )
    return record_duty("sign", DutyKind.SIGN, text, row, row.on, organisation_id=row.use_unit_id)


def late_signature_duty(visit: Visit, lift: Equipment | None) -> Duty:
    """The same, told in the hour in which the signature became late."""
    pieces = {lift.id: lift} if lift else {}
    return replace(signature_duty(visit, pieces), stages=at_once(Audience.RESPONSIBLE))


def asked_duty(visits: Sequence[Visit], lift: Equipment | None) -> Duty:
    """催签: the firm asks one use unit to sign these visits, the oldest first; told in the minute."""
    first, number = visits[0], len(visits)
    params = {"piece": piece_name(lift), "day": first.on.isoformat(), "num": number}
    one = N_("The maintenance firm asks you to sign the visit of %(day)s at %(piece)s")
    many = N_("The maintenance firm asks you to sign %(num)d visits, the oldest of %(day)s at %(piece)s")
    link = f"/visits/{first.equipment_id}/{first.id}" if number == 1 else "/visits/to-sign"
    return _sign_reminder(first, Message(one if number == 1 else many, params), link)


def _sign_reminder(visit: Visit, text: Message, link: str, stages: Sequence[Stage] = ()) -> Duty:
    day = site_day(visit.reminded_at) if visit.reminded_at else visit.on
    return record_duty(
        "sign_asked",
        DutyKind.SIGN,
        text,
        visit,
        day,
        organisation_id=visit.use_unit_id,
        link=link,
        stages=tuple(stages) or at_once(Audience.RESPONSIBLE),
    )


def still_asked_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    """What was asked for and is not signed yet: told in the minute, never by the digest."""
    return _sign_reminder(row, about_piece(N_("The maintenance visit at %(piece)s"), row, pieces), "", NEVER)


def card_duty(visit: Visit, lift: Equipment | None, person: UUID) -> Duty:
    """Whose card was shown at a colleague's visit is asked whether it was him."""
    text = Message(
        N_("Your work card was shown at %(piece)s on %(day)s. Was that you? Confirm it, or say no."),
        {"piece": piece_name(lift), "day": visit.on.isoformat()},
    )
    return record_duty(
        "was_me",
        DutyKind.VISIT,
        text,
        visit,
        visit.on,
        firm_id=visit.organisation_id,
        holder_id=person,
        link="/visits/today",
        stages=at_once(Audience.HOLDER),
    )


def waiting_card_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    """The first of those who have not said yet; in the minute all of them were asked."""
    people = [person for person in row.technicians if person not in {*row.confirmed, *row.denied}]
    return card_duty(row, pieces.get(row.equipment_id), UUID((people or row.technicians)[0]))


def lost_card_duty(card: Card, holder: User, lift: Equipment, swipe_id: UUID, on: date) -> Duty:
    """A card that was reported lost is in somebody's hand: its firm hears of it in the minute, once a day."""
    text = Message(
        N_("A card reported lost was used at %(piece)s: that of %(person)s"),
        {"piece": piece_name(lift), "person": holder.name},
    )
    return Duty(
        key=duty_key("card", card, on),
        kind=DutyKind.VISIT,
        due_on=on,
        area=lift.area,
        text=text,
        link=f"/swipes?reason={SwipeReason.CARD_LOST}#swipe-{swipe_id}",
        equipment_id=lift.id,
        category=lift.category,
        firm_id=card.organisation_id,
        stages=at_once(Audience.FIRM),
    )


def on_site_duty(row: VisitSignature, pieces: dict[UUID, Equipment], unit: UUID | None = None) -> Duty:
    """The use unit hears of a signature on its behalf at once: it may sign or object."""
    text = about_piece(
        N_("A visit at %(piece)s was signed on site for you on %(day)s. Not so? Object by %(until)s."),
        row,
        pieces,
        day=row.on.isoformat(),
        until=row.until.isoformat() if row.until else "",
    )
    piece = pieces.get(row.equipment_id)
    return record_duty(
        "on_site",
        DutyKind.SIGN,
        text,
        row,
        row.on,
        organisation_id=unit or (piece.use_unit_id if piece else None),
        link=f"/visits/{row.equipment_id}/{row.visit_id}",
        stages=at_once(Audience.RESPONSIBLE),
    )


def own_link(signature_id: UUID, user_id: UUID) -> str:
    """The path of the signer's own link, for a message to him; nobody else gets it."""
    row = session.scalar(visible(SYSTEM, VisitSignature).where(VisitSignature.id == signature_id))
    if row is None or row.signer_id != user_id or not row.link_sha256:
        return ""
    return f"/sign/{token_of(row.id)}"


def dispute_duty(prefix: str, visit: Visit, lift: Equipment | None, msgid: str, reason: str) -> Duty:
    """One step of a dispute, told to the firm, the use unit and the county office in the minute."""
    params = {"day": visit.on.isoformat(), "piece": piece_name(lift), "reason": reason}
    return record_duty(
        prefix,
        DutyKind.SIGN,
        Message(msgid, params),
        visit,
        visit.decide_until or visit.on,
        firm_id=visit.organisation_id,
        organisation_id=visit.use_unit_id,
        link=f"/visits/{visit.equipment_id}/{visit.id}",
        stages=at_once(Audience.FIRM, Audience.RESPONSIBLE, Audience.COUNTY),
    )


def open_dispute(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    return dispute_duty("dispute", row, pieces.get(row.equipment_id), DISPUTED, row.dispute_reason)


def undecided_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    """Past its day nothing is decided by time: the county hears it at once, a week later the city too."""
    day = row.decide_until or row.on
    text = about_piece(
        N_("The disputed visit at %(piece)s had to be decided by %(day)s"), row, pieces, day=day.isoformat()
    )
    link = f"/visits/{row.equipment_id}/{row.id}"
    return record_duty("undecided", DutyKind.SIGN, text, row, day, link=link, stages=CLIMBS)


DISPUTED = N_("The use unit disputes the visit of %(day)s at %(piece)s: %(reason)s")
CLIMBS = (Stage(NOW, -7, (Audience.COUNTY, Audience.CITY)), Stage(NOW, -1, (Audience.COUNTY,)))
NEVER = (Stage("never", -ALWAYS, ()),)
TO_SIGN = Visit.state == VisitState.TO_SIGN
DISPUTED_NOW = Visit.state == VisitState.DISPUTED
SIGNED_ON_SITE = (
    exists()
    .where(
        Visit.equipment_id == VisitSignature.equipment_id,
        Visit.id == VisitSignature.visit_id,
        Visit.state == VisitState.ON_SITE,
    )
    .correlate(VisitSignature)
)
DUTIES = (
    DutySource("on_site", VisitSignature, SIGNED_ON_SITE, on_site_duty, own_link=own_link),
    DutySource("dispute", Visit, DISPUTED_NOW, open_dispute),
    DutySource(
        "undecided",
        Visit,
        DISPUTED_NOW,
        undecided_duty,
        topic=one_list(N_("Disputed visits"), "/visits/disputes"),
    ),
    DutySource(
        "sign", Visit, TO_SIGN, signature_duty, topic=one_list(N_("Visits to sign"), "/visits/to-sign")
    ),
    DutySource("sign_asked", Visit, and_(TO_SIGN, Visit.reminded_by.is_not(None)), still_asked_duty),
    DutySource("was_me", Visit, Visit.cards_until.is_not(None), waiting_card_duty),
)
