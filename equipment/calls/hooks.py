"""What a call asks of others: the phones on duty for a lift, the rescue code on its plate, and the lift
behind a code. The slice answers by itself from the register (`on_file.py`) until a slice that keeps them
does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from equipment.core.followers import Provider


class DutyPhones(NamedTuple):
    """Whom to ring about a lift now: a name and a number each, empty where nobody has given one. `is_duty`:
    somebody is on duty by name; else it is the number that the organisation has on file. `person_id` is the
    duty person's account, who is told on his phone too."""

    firm_name: str = ""
    firm_phone: str = ""
    unit_name: str = ""
    unit_phone: str = ""
    is_duty: bool = False
    person_id: UUID | None = None


# (lifts, day) -> the phones of those that have any
duty_phones = Provider[[Collection[UUID], date], Mapping[UUID, DutyPhones]]()
# (lifts) -> the rescue code (救援识别码) of those that have one
rescue_codes = Provider[[Collection[UUID]], Mapping[UUID, str]]()
# (a code as read on the plate in the car) -> the lift, where one alone carries it
lift_of_code = Provider[[str], UUID | None]()
