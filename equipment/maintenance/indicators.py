"""贴牌率 and 刷卡维保率: what the two indicators count, and their definitions as they are shown beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, and_, func, or_

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import VISITED
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible, within
from equipment.register.models import Standing
from equipment.register.plate_conditions import is_plated
from equipment.register.rules import EquipmentStatus
from equipment.regulation.planning import VISITS
from equipment.regulation.queries import counted_grades
from equipment.storage.db import session

PLATE_DEFINITION = Message(
    N_(
        "Lifts in use at the end of the period whose plate can be read ÷ all lifts in use then. A plate "
        "is the "
        "one that was there (its NFC number, its number or its code is on file) or one of ours that was "
        "scanned at the lift; one that is reported lost or unreadable is none."
    )
)
SWIPE_DEFINITION = Message(
    N_(
        "Visits of the period proved by a swipe at both ends, each by a proof of presence that the bureau "
        "counts, and complete ÷ all visits made and counted in the period plus visits due in it that were "
        "not made. "
        "Late entries, visits nobody signed out of and cards nobody confirmed are not swipes. "
        "Which proofs count is the bureau's choice; no regulation gives it."
    )
)


# What frozen months say, in the words of their time: still to be read in every language.
EARLIER_DEFINITIONS = (
    N_(
        "Lifts in use at the end of the period that carry a plate with an NFC number ÷ all lifts in use then."
    ),
    N_(
        "Lifts in use at the end of the period that carry a plate (its NFC number, or the number or code of "
        "the plate that is there, is on file) ÷ all lifts in use then."
    ),
    N_(
        "Visits of the period proved by a swipe at both ends and complete ÷ all visits made and counted in "
        "the period plus visits due in it that were not made. "
        "Late entries, visits nobody signed out of and cards nobody confirmed are not swipes."
    ),
)
UNPROVED_DEFINITION = Message(
    N_(
        "Visits of the period swiped at both ends by another proof of presence ÷ the same visits as above: "
        "made, but not proved."
    )
)


@dataclass(frozen=True, slots=True)
class Indicators:
    """贴牌率 and 刷卡维保率 as their numerators and denominators, so that areas add up before they are divided."""

    plates: int
    in_use: int
    swiped: int
    counted: int
    missed: int
    unproved: int = 0  # swiped at both ends, by a proof that the bureau does not count

    @property
    def plate_rate(self) -> float | None:
        return self.plates / self.in_use if self.in_use else None

    @property
    def expected(self) -> int:
        """The visits the swipe rate is about: made and counted, or due and not made."""
        return self.counted + self.missed

    @property
    def swipe_rate(self) -> float | None:
        return self.swiped / self.expected if self.expected else None

    def __add__(self, other: Indicators) -> Indicators:
        return Indicators(
            self.plates + other.plates,
            self.in_use + other.in_use,
            self.swiped + other.swiped,
            self.counted + other.counted,
            self.missed + other.missed,
            self.unproved + other.unproved,
        )


def indicators(area: str, since: date, until: date) -> Indicators:
    """Both indicators of an area over a period, both days included; the definitions stand beside them as
    `PLATE_DEFINITION`, `SWIPE_DEFINITION`."""
    plates, in_use = _plated(area, until)
    counted = visible(SYSTEM, Visit).where(
        within(Visit.area, area),
        Visit.on >= since,
        Visit.on <= until,
        Visit.counted,
        Visit.superseded.is_(False),
    )
    missed = visible(SYSTEM, Due).where(
        within(Due.area, area),
        Due.kind.in_(VISITS),
        # not done by the end of the period, whatever became of it since
        or_(Due.state == DueState.OPEN, and_(Due.state == DueState.DONE, Due.done_on > until)),
        Due.due_on >= since,
        Due.due_on <= min(until, clock.today() - timedelta(days=1)),
    )
    by_swipe = counted.where(Visit.swiped, Visit.late_entry.is_(False))
    grades = counted_grades(until)
    shown = [
        grade in grades
        for flags, grade in session.execute(by_swipe.with_only_columns(Visit.flags, Visit.grade))
        if not {"no_sign_out", "card_unconfirmed", "card_denied"} & set(flags)
    ]
    unproved = len(shown) - sum(shown)
    return Indicators(plates, in_use, sum(shown), _how_many(counted), _how_many(missed), unproved)


def _plated(area: str, on: date) -> tuple[int, int]:
    """(lifts in use with a plate, lifts in use) on a day, from what stood then."""
    in_use = visible(SYSTEM, Standing).where(
        within(Standing.area, area),
        Standing.category.in_(VISITED),
        Standing.status == EquipmentStatus.IN_USE,
        Standing.from_on <= on,
        (Standing.until_on.is_(None)) | (Standing.until_on > on),
    )
    end = clock.site_midnight(on + timedelta(days=1))
    return _how_many(in_use.where(is_plated(Standing.equipment_id, end))), _how_many(in_use)


def _how_many(rows: Select[Visit] | Select[Due] | Select[Standing]) -> int:
    return session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0
