"""Who may come under a contract, how many technicians a visit needs, and who goes, as tables of cases."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from equipment.contracts.rules import (
    CandidateLift,
    CoveredDays,
    TechnicianFacts,
    gap_of,
    lift_problem,
    on_duty,
    people_needed,
    people_problem,
    period_problems,
    technician_problem,
)
from equipment.contracts.states import ContractGap
from equipment.register.rules import EquipmentStatus

A, B = UUID(int=1), UUID(int=2)
FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
S = EquipmentStatus


def other(firm: UUID, since: date, until: date) -> CoveredDays:
    return CoveredDays(firm, "甲公司", "A-1", since, until)


def lift(**more: object) -> CandidateLift:
    return CandidateLift(**{"is_lift": True, "is_of_unit": True, "status": S.IN_USE, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "begins"),
    [
        (lift(), None),
        (lift(status=S.LOCKED), None),
        (lift(is_lift=False), "It is no lift"),
        (lift(status=S.STOPPED), "It is"),
        (lift(status=S.SCRAPPED), "It is"),
        (lift(status=S.CANCELLED), "It is"),
        (lift(is_of_unit=False), "It is on file with another use unit"),
        (lift(covered=[other(B, date(2025, 1, 1), date(2025, 12, 31))]), None),  # ends the day before
        (lift(covered=[other(B, date(2025, 1, 1), date(2026, 1, 1))]), "It is under contract"),
        (lift(covered=[other(B, date(2026, 12, 31), date(2027, 12, 30))]), "It is under contract"),
        (lift(covered=[other(B, date(2027, 1, 1), date(2027, 12, 31))]), None),
        (lift(covered=[other(A, date(2026, 6, 1), date(2026, 6, 1))]), "It is under your contract"),
    ],
)
def test_what_stands_against_a_lift(candidate: CandidateLift, begins: str | None) -> None:
    problem = lift_problem(candidate, A, FROM, UNTIL)
    assert (problem is None) if begins is None else str(problem).startswith(begins)


def test_a_refusal_names_the_other_firm_its_number_and_its_days() -> None:
    running = lift(covered=[other(B, date(2025, 7, 1), date(2026, 6, 30))])
    assert str(lift_problem(running, A, FROM, UNTIL)) == (
        "It is under contract A-1 of 甲公司 from 2025-07-01 to 2026-06-30: that one has to end before yours begins."
    )


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        (FROM, UNTIL, []),
        (FROM, FROM, []),
        (UNTIL, FROM, ["until_on"]),
        (FROM, date(2062, 1, 1), ["until_on"]),
    ],
)
def test_the_days_of_a_contract(since: date, until: date, wrong: list[str]) -> None:
    assert list(period_problems(since, until)) == wrong


@pytest.mark.parametrize(
    ("pack", "contracted", "allowed", "needed"),
    [
        (2, None, False, 2),  # no contract: the pack alone
        (2, 2, False, 2),
        (2, 1, True, 1),
        (2, 1, False, 2),  # the bureau took its word back: what is on file counts as two
        (1, 2, False, 2),  # the contract asks for more than the pack
        (1, 1, False, 1),
    ],
)
def test_how_many_technicians_a_visit_needs(
    pack: int, contracted: int | None, allowed: bool, needed: int
) -> None:
    assert people_needed(pack, contracted, one_allowed=allowed) == needed


@pytest.mark.parametrize(
    ("people", "pack", "allowed", "refused"),
    [(2, 2, False, False), (1, 2, False, True), (1, 2, True, False), (1, 1, False, False)],
)
def test_one_technician_is_entered_only_where_the_bureau_allows_it(
    people: int, pack: int, allowed: bool, refused: bool
) -> None:
    assert (people_problem(people, pack, one_allowed=allowed) is not None) == refused


PERSON = {"name": "安师傅", "is_of_firm": True, "works": True, "is_technician": True, "is_certified": True}


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, None),
        ({"is_of_firm": False}, "安师傅 does not work for your firm."),
        ({"works": False}, "安师傅's account is closed."),
        ({"is_technician": False}, "安师傅 is no technician."),
        ({"is_certified": False}, "安师傅 has no valid certificate T on file."),
    ],
)
def test_who_can_be_sent(facts: dict[str, object], text: str | None) -> None:
    problem = technician_problem(TechnicianFacts(**(PERSON | facts)))  # type: ignore[arg-type]
    assert (None if problem is None else str(problem)) == text


@pytest.mark.parametrize(
    ("assigned", "absences", "going"),
    [
        ([A], [], {A}),
        ([A], [(A, B)], {B}),
        ([A, B], [(A, B)], {B}),
        ([B], [(A, B)], {B}),
        ([A], [(A, B), (A, UUID(int=3))], {B, UUID(int=3)}),
        ([], [(A, B)], set()),
    ],
)
def test_who_goes_on_a_day(assigned: list[UUID], absences: list[tuple[UUID, UUID]], going: set[UUID]) -> None:
    assert on_duty(assigned, absences) == going


@pytest.mark.parametrize(
    ("firm", "last", "gap"),
    [
        (None, None, ContractGap.NO_FIRM),
        (A, None, ContractGap.NO_CONTRACT),
        (None, date(2025, 12, 31), ContractGap.ENDED),
        (A, date(2025, 12, 31), ContractGap.ENDED),
        (A, date(2026, 12, 31), ContractGap.NO_CONTRACT),  # that one has not begun
    ],
)
def test_why_a_lift_has_no_contract(firm: UUID | None, last: date | None, gap: ContractGap) -> None:
    assert gap_of(firm, last, FROM) is gap
