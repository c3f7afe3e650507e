"""标签发放: blank labels leave the stock, number from to, for an organisation, a person or a post that signs for
them; what is left comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.labels.models import LabelBatch, LabelHandout
from equipment.labels.rules import Numbers
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import Organisation, User
from equipment.people.rules import Viewer
from equipment.people.scope import in_scope, within
from equipment.register.models import Label
from equipment.register.rules import LabelStatus
from equipment.storage.db import session

TO_SIGN, DIFFERING = "to_sign", "differing"  # what the list may be asked for
MOST = 1_000  # labels of one receipt: all change hands in one transaction


class Receiver(NamedTuple):
    """Who takes the labels: an organisation, within it a person or a post."""

    organisation_id: UUID
    user_id: UUID | None = None
    post: str = ""


def hand_out(batch: LabelBatch, first: int, last: int, to: Receiver, *, by: Viewer) -> LabelHandout:
    """Give away the blank labels of a batch with these numbers; bound and void ones stay out of it. Labels
    for another organisation are its own from then on."""
    _check(batch, first, last, to, by)
    subject = subject_of("label_batch", batch.id)
    # The organisation's too: its receipts are numbered one after the other.
    locked_heads(session.connection(), [subject, subject_of("organisation", batch.organisation_id)])
    labels = _blank(batch, first, last)
    if not labels:
        raise Conflict({"last_no": N_("None of these labels is blank.")})
    if away := [label.number for label in labels if label.handout_id is not None]:
        raise Conflict(
            {"first_no": Message(N_("Number %(number)s was handed out already."), {"number": away[0]})}
        )
    at = clock.now()
    handout = LabelHandout(
        organisation_id=batch.organisation_id,
        id=new_id(),
        batch_id=batch.id,
        first_no=first,
        last_no=last,
        labels=len(labels),
        to_organisation_id=to.organisation_id,
        to_user_id=to.user_id,
        post=to.post.strip(),
        receipt_no=_receipt_no(batch.organisation_id),
        user_id=by.user_id,
        at=at,
        on=clock.today(),
        received_by=None,
        received_at=None,
        returned_labels=0,
        returned_by=None,
        returned_at=None,
    )
    session.add(handout)
    for label in labels:
        label.handout_id, label.organisation_id = handout.id, to.organisation_id
    record(
        session(),
        subject,
        "labels.handed_out",
        actor=by.actor,
        rows=[handout, *labels],
        payload={"handout": handout.id, "first": first, "last": last, "labels": len(labels)},
    )
    return handout


def _check(batch: LabelBatch, first: int, last: int, to: Receiver, by: Viewer) -> None:
    if not 1 <= first <= batch.count:
        raise Invalid(
            {"first_no": Message(N_("The batch has numbers 1 to %(most)s."), {"most": batch.count})}
        )
    if not first <= last <= batch.count:
        raise Invalid(
            {"last_no": Message(N_("Between %(least)s and %(most)s."), {"least": first, "most": batch.count})}
        )
    if last - first >= MOST:
        raise Invalid({"last_no": Message(N_("At most %(most)s labels on one receipt."), {"most": MOST})})
    if to.user_id is None and not to.post.strip() and to.organisation_id == by.organisation_id:
        raise Invalid({"post": N_("Say who takes them: a person or a post.")})
    person = session.get(User, to.user_id) if to.user_id else None
    if to.user_id and (person is None or person.organisation_id != to.organisation_id):
        raise Invalid({"person": N_("This person does not work there.")})


def _blank(batch: LabelBatch, first: int, last: int) -> Sequence[Label]:
    chosen = select(Label).where(
        Label.batch_id == batch.id, Label.number.between(first, last), Label.status == LabelStatus.ISSUED
    )
    return session.scalars(chosen.order_by(Label.number, Label.code)).all()


def _receipt_no(organisation_id: UUID) -> str:
    """The number people write on the receipt: its day and its place in the organisation's day."""
    today = clock.today()
    earlier = select(func.count()).where(
        LabelHandout.organisation_id == organisation_id, LabelHandout.on == today
    )
    return f"FF{today:%Y%m%d}-{(session.scalar(earlier) or 0) + 1:03}"


class NotThere(NamedTuple):
    """差异: the numbers that were not among the labels when they were signed for, and what is said of it."""

    numbers: Numbers
    remark: str


def sign_for(handout: LabelHandout, *, by: Viewer, not_there: NotThere | None = None) -> LabelHandout:
    """签收 by somebody of the organisation that the labels went to; once, and never by whoever gave them,
    unless he is the one who took them. What did not come stands in the giver's stock again, for him to find
    or to void."""
    if by.organisation_id != handout.to_organisation_id or handout.to_user_id not in (None, by.user_id):
        raise NotAllowed(N_("Only the receiver signs for labels."))
    if handout.to_user_id is None and by.user_id == handout.user_id:
        raise NotAllowed(N_("Whoever handed the labels out does not sign for them."))
    if handout.returned_at is not None:
        raise Conflict({"": N_("These labels were taken back.")})
    if handout.received_at is not None:
        return handout
    gone = _not_there(handout, not_there) if not_there is not None else []
    handout.received_by, handout.received_at = by.user_id, clock.now()
    handout.missing = sorted(label.number for label in gone if label.number is not None)
    handout.difference = not_there.remark.strip()[:200] if not_there is not None else ""
    for label in gone:
        label.handout_id, label.organisation_id = None, handout.organisation_id
    _tell(handout, "labels.signed_for", list(gone), by)
    return handout


def _not_there(handout: LabelHandout, not_there: NotThere) -> Sequence[Label]:
    """The blank labels of the handout with these numbers."""
    blank = select(Label).where(Label.handout_id == handout.id, Label.status == LabelStatus.ISSUED)
    by_number = {label.number: label for label in session.scalars(blank)}
    numbers = not_there.numbers.all
    if unknown := [number for number in numbers if number not in by_number]:
        text = N_("Number %(number)s is not among these labels, or not blank any more.")
        raise Invalid({"missing": Message(text, {"number": unknown[0]})})
    if not not_there.remark.strip():
        raise Invalid({"remark": N_("Say what was found.")})
    return [by_number[number] for number in dict.fromkeys(numbers)]


def take_back(handout: LabelHandout, *, by: Viewer) -> LabelHandout:
    """What is still blank of these labels comes back into the stock of whoever handed them out."""
    if not by.oversees and by.organisation_id != handout.organisation_id:
        raise NotAllowed(N_("Only whoever handed the labels out takes them back."))
    if handout.returned_at is not None:
        raise Conflict({"": N_("These labels were taken back.")})
    left = session.scalars(
        select(Label).where(Label.handout_id == handout.id, Label.status == LabelStatus.ISSUED)
    ).all()
    for label in left:
        label.handout_id, label.organisation_id = None, handout.organisation_id
    handout.returned_labels, handout.returned_by, handout.returned_at = len(left), by.user_id, clock.now()
    _tell(handout, "labels.taken_back", list(left), by)
    return handout


def handout_of(key: UUID, *, by: Viewer) -> LabelHandout | None:
    """A handout by its giver, its receiver or who oversees either."""
    return session.scalar(handouts(by).where(LabelHandout.id == key))


def handouts(by: Viewer) -> Select[LabelHandout]:
    """Every handout that the viewer's organisation gave or received, or that he oversees."""
    receiver: ColumnElement[bool]
    if by.oversees:
        receiver = exists().where(
            Organisation.id == LabelHandout.to_organisation_id, within(Organisation.area, by.area)
        )
    else:
        receiver = LabelHandout.to_organisation_id == by.organisation_id
    return select(LabelHandout).where(in_scope(by, LabelHandout) | receiver)


def handouts_in(by: Viewer, state: str) -> Select[LabelHandout]:
    """Those that wait for the viewer's signature, or whose differences he, who gave them out, has not seen to
    by taking them back; all of them for any other word."""
    rows = handouts(by)
    if state == TO_SIGN:
        mine = or_(LabelHandout.to_user_id.is_(None), LabelHandout.to_user_id == by.user_id)
        not_mine = or_(
            LabelHandout.to_user_id.is_not(None), LabelHandout.user_id.is_distinct_from(by.user_id)
        )
        own = LabelHandout.to_organisation_id == by.organisation_id
        open_ones = (LabelHandout.received_at.is_(None), LabelHandout.returned_at.is_(None))
        return rows.where(own, mine, not_mine, *open_ones)
    if state == DIFFERING:
        of_giver = true() if by.oversees else LabelHandout.organisation_id == by.organisation_id
        return rows.where(of_giver, LabelHandout.difference != "", LabelHandout.returned_at.is_(None))
    return rows


def _tell(handout: LabelHandout, verb: str, labels: list[Label], by: Viewer) -> None:
    record(
        session(),
        subject_of("label_batch", handout.batch_id),
        verb,
        actor=by.actor,
        rows=[handout, *labels],
        payload={"handout": handout.id, "labels": len(labels) or handout.labels},
    )
