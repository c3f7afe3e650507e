"""What a person carries: certificates (作业人员证) and work cards (工卡)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import locked_heads, record
from equipment.people.codes import card_fault, card_number, card_tail, plain
from equipment.people.models import Card, Certificate, User
from equipment.people.rules import CardState, CardStatus, Viewer
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
    """Give a card to a person: a number is given once, however it is spelt, and nobody has two that are in
    force."""
    number = card_number(uid)
    if fault := card_fault(number) if number else Message(N_("This is needed.")):
        raise Invalid({"uid": fault})
    if expires_on is not None and expires_on < clock.today():
        raise Invalid({"expires_on": N_("This day is past: the card would be of no use.")})
    locked_heads(session.connection(), [f"user:{user.id}"])  # two cards at once are not both the first
    if fault := _against_number(number, user) or _against_second(user):
        raise Invalid({"uid": fault})
    card = Card(
        id=new_id(),
        organisation_id=user.organisation_id,
        user_id=user.id,
        uid=number,
        number=number,
        status=CardStatus.VALID,
        expires_on=expires_on,
        doubled=False,
    )
    try:
        with session.begin_nested():
            session.add(card)
    except IntegrityError:  # somebody else gave it out a moment ago
        raise Invalid({"uid": N_("This card is in use already.")}) from None
    record(
        session(), f"user:{user.id}", "card.issued", actor=by.actor, payload={"card": card.id}, rows=[card]
    )
    return card


def _against_number(number: str, user: User) -> Message | None:
    """Why this number cannot be given to this person; whose it is stays within the organisation."""
    earlier = session.execute(
        select(Card, User).join(User, User.id == Card.user_id).where(Card.number == number).order_by(Card.id)
    ).first()
    if earlier is None:
        return None
    card, holder = earlier
    if card.organisation_id != user.organisation_id:
        return Message(N_("This card is in use already."))
    if card.status is CardStatus.VALID:
        return Message(N_("This card is in use already: it is that of %(person)s."), {"person": holder.name})
    return Message(
        N_("This card was that of %(person)s and has ended: its number is not given again."),
        {"person": holder.name},
    )


def _against_second(user: User) -> Message | None:
    """A person has one card at a time; one that has run out is none."""
    held = session.scalars(select(Card).where(Card.user_id == user.id, Card.status == CardStatus.VALID))
    in_force = next((card for card in held if card.state is CardState.VALID), None)
    if in_force is None:
        return None
    return Message(
        N_("%(person)s has a card already (%(tail)s): report it lost or take it back first."),
        {"person": user.name, "tail": card_tail(in_force.number)},
    )


def end_card(card: Card, status: CardStatus, *, by: Viewer) -> None:
    """Report a card lost, or take it back; it is never valid again. Where another person was given the same
    number, that card is his alone from now on; one reported lost is lost to both."""
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
    if status is CardStatus.LOST or card.doubled:
        return
    twins = select(Card).where(Card.number == card.number, Card.status == CardStatus.VALID, Card.doubled)
    for twin in session.scalars(twins.order_by(Card.id).limit(1)):
        twin.doubled = False
        record(
            session(),
            f"user:{twin.user_id}",
            "card.cleared",
            actor=by.actor,
            payload={"card": twin.id, "after": card.id},
            rows=[twin],
        )


def replace_card(card: Card, uid: str, expires_on: date | None, *, by: Viewer) -> Card:
    """A new card for a lost one, to the same person."""
    if card.status is CardStatus.VALID:
        end_card(card, CardStatus.LOST, by=by)
    return issue_card(session.get_one(User, card.user_id), uid, expires_on, by=by)
