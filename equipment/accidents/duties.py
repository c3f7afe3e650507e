"""Who hears of an accident: the bureau in the minute it is reported, the unit when its piece is stopped, both
before the days of follow-up reports end, and the county when somebody asks that a piece may be used again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from equipment.accidents.models import Accident, AccidentClearance
from equipment.accidents.queries import stopping
from equipment.accidents.rules import COUNTS
from equipment.accidents.states import AccidentState, ClearanceState
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, about_piece, one_list, piece_name, record_duty
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage, at_once
from equipment.register.models import Equipment

# House values: no text says when people are reminded.
DECIDE = (
    Stage("new", ALWAYS, (Audience.COUNTY, Audience.CITY)),
    Stage("overdue_1", -1, (Audience.COUNTY, Audience.CITY)),
)
STOPPED = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE, Audience.FIRM)),
    Stage("overdue_7", -7, (Audience.RESPONSIBLE, Audience.FIRM, Audience.COUNTY)),
)
FOLLOW_UP = (
    Stage("ahead_7", 7, (Audience.RESPONSIBLE, Audience.COUNTY)),
    Stage("today", 0, (Audience.RESPONSIBLE, Audience.COUNTY)),
)
CLEAR = (Stage("new", ALWAYS, (Audience.COUNTY,)), Stage("overdue_3", -3, (Audience.COUNTY, Audience.CITY)))
REPORTED = N_(
    "Accident reported at %(place)s, %(at)s: %(dead)s dead, %(serious)s seriously injured, "
    "%(injured)s injured, %(trapped)s trapped"
)


def accident_name(row: Accident, piece: Equipment | None) -> str:
    """What people call the place of an accident: its piece, else what was said of it."""
    return piece_name(piece) if piece is not None else row.place[:80]


def _duty(prefix: str, row: Accident, text: Message, day: date, stages: tuple[Stage, ...]) -> Duty:
    return record_duty(
        prefix,
        prefix,
        text,
        row,  # type: ignore[arg-type]
        day,
        organisation_id=row.unit_id,
        firm_id=row.firm_id,
        link=f"/accidents/{row.id}",
        stages=stages,
    )


def decision_duty(row: Accident, pieces: dict[UUID, Equipment]) -> Duty:
    piece = pieces.get(row.equipment_id) if row.equipment_id else None
    return _to_confirm(row, piece, DECIDE)


def told_at_once(row: Accident, piece: Equipment | None) -> Duty:
    """In the minute: every level of the bureau above the place, and the unit and firm of the piece."""
    heard_by = at_once(
        Audience.SUPERVISORS, Audience.COUNTY, Audience.CITY, Audience.RESPONSIBLE, Audience.FIRM
    )
    return _to_confirm(row, piece, heard_by)


def _to_confirm(row: Accident, piece: Equipment | None, stages: tuple[Stage, ...]) -> Duty:
    at = f"{clock.site_time(row.happened_at):%Y-%m-%d %H:%M}"
    numbers = {name: getattr(row, name) for name in COUNTS}
    text = Message(REPORTED, {"place": accident_name(row, piece), "at": at, **numbers})
    return _duty("accident", row, text, clock.site_day(row.received_at), stages)


def stopped_duty(row: Accident, pieces: dict[UUID, Equipment]) -> Duty:
    text = N_("Not to be used after its accident: %(piece)s. Have it fully checked and ask for clearance.")
    return _stopped(row, about_piece(text, row, pieces), STOPPED)  # type: ignore[arg-type]


def stopped_at_once(row: Accident, piece: Equipment) -> Duty:
    return _stopped(
        row,
        Message(
            N_("Not to be used after its accident: %(piece)s. Have it fully checked and ask for clearance."),
            {"piece": piece_name(piece)},
        ),
        at_once(Audience.RESPONSIBLE, Audience.FIRM, Audience.SUPERVISORS),
    )


def _stopped(row: Accident, text: Message, stages: tuple[Stage, ...]) -> Duty:
    day = clock.site_day(row.confirmed_at or row.received_at)
    return _duty("accident_stop", row, text, day, stages)


def follow_up_duty(row: Accident, pieces: dict[UUID, Equipment]) -> Duty:
    piece = pieces.get(row.equipment_id) if row.equipment_id else None
    text = Message(
        N_("Accident at %(place)s: until %(day)s, report what has changed"),
        {"place": accident_name(row, piece), "day": row.follow_up_until.isoformat()},
    )
    return _duty("accident_follow_up", row, text, row.follow_up_until, FOLLOW_UP)


def clearance_duty(row: AccidentClearance, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(N_("Decide whether %(piece)s may be used again after its accident"), row, pieces)
    return record_duty(
        "accident_clearance",
        "accident_clearance",
        text,
        row,
        clock.site_day(row.asked_at),
        link=f"/accidents/{row.accident_id}",
        stages=CLEAR,
    )


DUTIES = (
    DutySource(
        "accident",
        Accident,
        Accident.state == AccidentState.REPORTED,
        decision_duty,
        topic=one_list(N_("Accidents to confirm"), "/accidents?state=reported"),
    ),
    DutySource(
        "accident_stop",
        Accident,
        stopping(),
        stopped_duty,
        topic=one_list(N_("Stopped after an accident"), "/accidents?state=stops"),
    ),
    DutySource(
        "accident_follow_up",
        Accident,
        Accident.follow_up_ended_at.is_(None)
        & Accident.state.in_((AccidentState.CONFIRMED, AccidentState.INVESTIGATED)),
        follow_up_duty,
        Accident.follow_up_until,
        one_list(N_("Accidents: report what has changed"), "/accidents?state=open", by_day=True),
    ),
    DutySource(
        "accident_clearance",
        AccidentClearance,
        AccidentClearance.state == ClearanceState.ASKED,
        clearance_duty,
        topic=one_list(N_("Pieces to clear after an accident"), "/accidents?state=stops"),
    ),
)
