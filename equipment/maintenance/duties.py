"""Visits that wait for somebody: for the use unit's signature, for whoever's card was shown."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.register.duties import DutySource, about_piece, one_list, piece_name, record_duty
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.models import Equipment


def signature_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("The maintenance visit at %(piece)s on %(day)s waits for your signature"),
        row,
        pieces,
        day=row.on.isoformat(),
    )
    return record_duty("sign", DutyKind.SIGN, text, row, row.on, organisation_id=row.use_unit_id)


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


DUTIES = (
    DutySource(
        "sign",
        Visit,
        Visit.state == VisitState.TO_SIGN,
        signature_duty,
        topic=one_list(N_("Visits to sign"), "/visits/to-sign"),
    ),
    DutySource("was_me", Visit, Visit.cards_until.is_not(None), waiting_card_duty),
)
