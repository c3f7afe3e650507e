"""What a swipe does: open, join, close, nothing, refused; when it counts; what is remarkable about a closed visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from equipment.core.verdict import Effect
from equipment.intake.rules import arrival
from equipment.maintenance.rules import (
    CardFacts,
    CloseFacts,
    SwipeFacts,
    SwipeStep,
    VisitFacts,
    VisitLimits,
    close_flags,
    counts,
    is_forgotten,
    next_step,
    reason,
    refusals,
)
from equipment.maintenance.states import Direction, Flag, SwipeOutcome, SwipeReason
from equipment.people.rules import CardStatus
from equipment.regulation.elevator import ELEVATOR

DAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FIRM, OTHER = UUID(int=1), UUID(int=2)
ANNA, BO, CAI = UUID(int=11), UUID(int=12), UUID(int=13)
LIMITS = VisitLimits.of(ELEVATOR.regulation, DAY)
R, DID = SwipeReason, SwipeOutcome


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def swiped(minutes: int = 0, person: UUID | None = ANNA, **more: Any) -> SwipeFacts:
    facts = {
        "at": at(minutes),
        "days": (DAY,),
        "contracted": FIRM,
        "person": person,
        "firm": FIRM,
        "card": CardFacts(CardStatus.VALID),
    }
    return SwipeFacts(**{**facts, **more})


OPEN = VisitFacts(FIRM, NINE, (ANNA,))
TWO = VisitFacts(FIRM, NINE, (ANNA, BO))
CLOSED = VisitFacts(FIRM, NINE, (ANNA, BO), at(45))


@pytest.mark.parametrize(
    ("visit", "swipe", "step"),
    [
        (None, swiped(), SwipeStep(DID.OPENED)),
        (None, swiped(direction=Direction.IN), SwipeStep(DID.OPENED)),
        (None, swiped(direction=Direction.OUT), SwipeStep(DID.IGNORED, (R.NO_SIGN_IN,))),
        (OPEN, swiped(1), SwipeStep(DID.IGNORED, (R.AGAIN,))),
        (OPEN, swiped(3), SwipeStep(DID.IGNORED, (R.AGAIN,))),
        (OPEN, swiped(4), SwipeStep(DID.CLOSED, opened_at=NINE, closed_at=at(4))),
        (OPEN, swiped(1, direction=Direction.OUT), SwipeStep(DID.CLOSED, opened_at=NINE, closed_at=at(1))),
        (OPEN, swiped(40, direction=Direction.IN), SwipeStep(DID.IGNORED, (R.AGAIN,))),
        (OPEN, swiped(45), SwipeStep(DID.CLOSED, opened_at=NINE, closed_at=at(45))),
        (
            OPEN,
            swiped(-50),
            SwipeStep(DID.CLOSED, opened_at=at(-50), closed_at=NINE),
        ),  # the sign-in was queued and arrives after the sign-out
        (OPEN, swiped(-50, direction=Direction.IN), SwipeStep(DID.CLOSED, opened_at=at(-50), closed_at=NINE)),
        (OPEN, swiped(10, BO), SwipeStep(DID.JOINED)),
        (OPEN, swiped(30, BO), SwipeStep(DID.JOINED)),
        (OPEN, swiped(31, BO), SwipeStep(DID.REFUSED, (R.SECOND_TOO_LATE,))),
        (OPEN, swiped(20, BO, direction=Direction.OUT), SwipeStep(DID.IGNORED, (R.NO_SIGN_IN,))),
        (OPEN, swiped(5, CAI, firm=OTHER, contracted=OTHER), SwipeStep(DID.REFUSED, (R.OTHER_VISIT,))),
        (TWO, swiped(50, BO), SwipeStep(DID.CLOSED, opened_at=NINE, closed_at=at(50))),
        (TWO, swiped(10, CAI), SwipeStep(DID.JOINED)),
        (CLOSED, swiped(46, BO), SwipeStep(DID.IGNORED, (R.LEFT_ALREADY,))),
        (CLOSED, swiped(75, BO), SwipeStep(DID.IGNORED, (R.LEFT_ALREADY,))),
        (CLOSED, swiped(76, BO), SwipeStep(DID.OPENED)),
        (CLOSED, swiped(46, BO, direction=Direction.IN), SwipeStep(DID.OPENED)),
        (CLOSED, swiped(46, CAI), SwipeStep(DID.OPENED)),
    ],
)
def test_a_swipe_does_what_the_visit_at_the_lift_asks_for(
    visit: VisitFacts | None, swipe: SwipeFacts, step: SwipeStep
) -> None:
    assert next_step(visit, swipe, LIMITS) == step


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"card": None}, (R.CARD_UNKNOWN,)),
        ({"card": None, "by_card": False}, ()),
        ({"card": CardFacts(CardStatus.LOST)}, (R.CARD_LOST,)),
        ({"card": CardFacts(CardStatus.RETURNED)}, (R.CARD_RETURNED,)),
        ({"card": CardFacts(CardStatus.VALID, DAY)}, ()),
        ({"card": CardFacts(CardStatus.VALID, DAY - timedelta(days=1))}, (R.CARD_EXPIRED,)),
        ({"card": CardFacts(CardStatus.LOST, DAY - timedelta(days=1))}, (R.CARD_LOST, R.CARD_EXPIRED)),
        ({"person": None, "by_card": False, "firm": None}, (R.NOBODY,)),
        ({"active": False}, (R.PERSON_INACTIVE,)),
        ({"technician": False}, (R.NOT_TECHNICIAN,)),
        ({"certified": False}, (R.NO_CERTIFICATE,)),
        ({"certified": False, "card": CardFacts(CardStatus.LOST)}, (R.CARD_LOST, R.NO_CERTIFICATE)),
        ({"firm": OTHER}, (R.OTHER_FIRM,)),
        ({"contracted": None}, (R.NO_FIRM,)),
        ({"in_use": False}, (R.NOT_IN_USE,)),
        ({"in_use": False, "firm": OTHER}, (R.NOT_IN_USE, R.OTHER_FIRM)),
        ({"against_lift": R.LIFT_FORGED, "contracted": None}, (R.LIFT_FORGED,)),
        ({"against_lift": R.NO_VISITS}, (R.NO_VISITS,)),
    ],
)
def test_every_reason_against_a_swipe_is_named(
    more: dict[str, Any], reasons: tuple[SwipeReason, ...]
) -> None:
    step = next_step(None, swiped(**more), LIMITS)
    assert (step.outcome, step.reasons) == (DID.REFUSED if reasons else DID.OPENED, reasons)


@pytest.mark.parametrize(
    ("happened", "contact", "found"),
    [
        (0, -600, (at(0), False)),
        (-9, -600, (at(0), False)),
        (9, -600, (at(0), False)),  # live: when it was received
        (-120, -600, (at(-120), False)),  # queued while the reader had no network
        (-120, -60, (at(0), True)),
        (300, -600, (at(0), True)),
        (-601 - 10, -600, (at(0), True)),  # a clock that is hours off
    ],
)
def test_a_swipe_counts_when_it_can_have_happened(
    happened: int, contact: int, found: tuple[datetime, bool]
) -> None:
    arrived = arrival(
        at(happened), at(0), LIMITS.clock, queued=None, last_contact=at(contact) - LIMITS.clock.drift
    )
    assert (arrived.at, arrived.doubted) == found


def test_a_swipe_of_a_doubted_time_is_judged_on_both_days_and_the_stricter_answer_counts() -> None:
    card = CardFacts(CardStatus.VALID, DAY)
    days = {"days": (DAY - timedelta(days=3), DAY + timedelta(days=1)), "card": card}
    assert refusals(swiped(**days)) == (R.CARD_EXPIRED,)
    assert refusals(swiped(card=card)) == ()


@pytest.mark.parametrize(
    ("hours", "closed", "forgotten"), [(12, False, False), (13, False, True), (13, True, False)]
)
def test_a_visit_open_beyond_a_working_day_is_forgotten(hours: int, closed: bool, forgotten: bool) -> None:
    visit = VisitFacts(FIRM, NINE, (ANNA,), at(60) if closed else None)
    assert is_forgotten(visit, NINE + timedelta(hours=hours), LIMITS) is forgotten


GOOD = CloseFacts(
    opened_at=NINE,
    closed_at=at(45),
    technicians=(ANNA, BO),
    confirmed=(ANNA, BO),
    certified=frozenset({ANNA, BO}),
    missing=0,
)


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ({}, ()),
        ({"closed_at": at(30)}, ()),
        ({"closed_at": at(29)}, (Flag.SHORT,)),
        ({"closed_at": at(0), "no_sign_out": True}, (Flag.NO_SIGN_OUT,)),
        ({"technicians": (ANNA,), "confirmed": (ANNA,)}, (Flag.ONE_TECHNICIAN,)),
        ({"confirmed": (ANNA,)}, (Flag.ONE_TECHNICIAN, Flag.CARD_UNCONFIRMED)),
        ({"confirmed": (), "waiting": True}, ()),
        ({"confirmed": (), "late_entry": True}, ()),
        ({"certified": frozenset({ANNA})}, (Flag.NO_CERTIFICATE,)),
        ({"missing": 1}, (Flag.INCOMPLETE,)),
        ({"photos_missing": 2}, (Flag.NO_PHOTO,)),
        ({"drift": True}, (Flag.DRIFT,)),
        ({"late_entry": True, "lone_sign_out": True}, (Flag.NO_SIGN_IN,)),
        ({"answered_later": True}, (Flag.ANSWERED_LATER,)),
        (
            {"closed_at": at(5), "missing": 3, "certified": frozenset()},
            (Flag.SHORT, Flag.NO_CERTIFICATE, Flag.INCOMPLETE),
        ),
    ],
)
def test_a_closed_visit_is_judged_by_time_people_papers_and_completeness(
    more: dict[str, Any], flags: tuple[Flag, ...]
) -> None:
    assert close_flags(replace(GOOD, **more), LIMITS) == flags


@pytest.mark.parametrize(
    ("flags", "unconfirmed", "counted"),
    [
        ((), False, True),
        ((Flag.SHORT, Flag.ONE_TECHNICIAN, Flag.NO_PHOTO), False, True),
        ((Flag.INCOMPLETE,), False, False),
        ((), True, False),
    ],
)
def test_only_a_complete_and_confirmed_visit_counts(
    flags: tuple[Flag, ...], unconfirmed: bool, counted: bool
) -> None:
    assert counts(flags, unconfirmed) is counted


@pytest.mark.parametrize("code", list(SwipeReason))
def test_every_reason_cites_its_value(code: SwipeReason) -> None:
    found = reason(code, ELEVATOR.regulation, DAY)
    assert (bool(found.citation.document), found.effect) == (
        True,
        Effect.NOTE
        if code in (R.NO_SIGN_IN, R.AGAIN, R.LEFT_ALREADY, R.RESCUE, R.NO_RESCUE)
        else Effect.BLOCK,
    )
    assert found.citation.confidence.verified is (code is R.NO_CERTIFICATE)
