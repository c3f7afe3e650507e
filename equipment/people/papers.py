"""What a person carries: certificates (作业人员证) and work cards (工卡)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.codes import plain
from equipment.people.models import Card, Certificate, User
from equipment.people.rules import CardStatus, Viewer
from equipment.storage.db import session


def add_certificate(
    user: User, code: str, number: str, valid: tuple[date, date], *, by: Viewer
) -> Certificate:
    """A certificate with its days; a renewed one is a new row with a new number or days."""
    code, number = plain(code).strip().upper(), plain(number).strip().upper()
    if not code or not number:
        raise Invalid({"number": N_("This is needed.")})
    if valid[1] < valid[0]:
        raise Invalid({"valid_until": N_("It ends before it begins.")})
    earlier = session.scalar(
        select(Certificate).where(Certificate.number == number, Certificate.code == code)
    )
    if earlier is not None and earlier.user_id != user.id:
        raise Invalid({"number": N_("This certificate belongs to somebody else.")})
    before = earlier.valid_until if earlier else None
    certificate = earlier or Certificate(
        id=new_id(), organisation_id=user.organisation_id, user_id=user.id, code=code, number=number
    )
    certificate.valid_from, certificate.valid_until = valid
    certificate.organisation_id = user.organisation_id
    session.add(certificate)
    verb = "certificate.renewed" if earlier else "certificate.added"
    record(
        session(),
        f"user:{user.id}",
        verb,
        actor=by.actor,
        payload={"certificate": certificate.id, "code": code, "until": valid[1], "before": before},
        rows=[certificate],
    )
    return certificate


def issue_card(user: User, uid: str, expires_on: date | None = None, *, by: Viewer) -> Card:
    """Give a card to a person; a number is given once and never to two."""
    uid = plain(uid).strip().upper()
    if not uid:
        raise Invalid({"uid": N_("This is needed.")})
    if session.scalar(select(Card.id).where(Card.uid == uid)):
        raise Invalid({"uid": N_("This card was given out already.")})
    card = Card(
        id=new_id(),
        organisation_id=user.organisation_id,
        user_id=user.id,
        uid=uid,
        status=CardStatus.VALID,
        expires_on=expires_on,
    )
    session.add(card)
    record(
        session(), f"user:{user.id}", "card.issued", actor=by.actor, payload={"card": card.id}, rows=[card]
    )
    return card


def end_card(card: Card, status: CardStatus, *, by: Viewer) -> None:
    """Report a card lost, or take it back; it is never valid again."""
    if card.status is not CardStatus.VALID:
        raise Invalid({"": N_("This card has ended already.")})
    if status is CardStatus.VALID:
        raise Invalid({"": N_("A card ends as lost or as returned.")})
    card.status = status
    record(
        session(),
        f"user:{card.user_id}",
        f"card.{status}",
        actor=by.actor,
        payload={"card": card.id},
        rows=[card],
    )


def replace_card(card: Card, uid: str, *, by: Viewer) -> Card:
    """A new card for a lost one, to the same person."""
    if card.status is CardStatus.VALID:
        end_card(card, CardStatus.LOST, by=by)
    return issue_card(session.get_one(User, card.user_id), uid, card.expires_on, by=by)
