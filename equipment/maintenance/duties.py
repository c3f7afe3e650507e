"""Visits that wait for the use unit's signature."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.register.duties import DutySource, about_piece, one_list, record_duty
from equipment.register.duty_rules import Duty, DutyKind
from equipment.register.models import Equipment


def signature_duty(row: Visit, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("The maintenance visit at %(piece)s on %(day)s waits for your signature"),
        row,
        pieces,
        day=row.on.isoformat(),
    )
    return record_duty("sign", DutyKind.SIGN, text, row, row.on, organisation_id=row.use_unit_id)


DUTIES = (
    DutySource(
        "sign",
        Visit,
        Visit.state == VisitState.TO_SIGN,
        signature_duty,
        topic=one_list(N_("Visits to sign"), "/visits/to-sign"),
    ),
)
