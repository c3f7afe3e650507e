"""Which lifts a policy covers on a day, and how people write numbers and amounts."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from equipment.insurance.rules import (
    Cover,
    InsuredLift,
    PolicyState,
    PolicyTerms,
    covered_before,
    covered_until,
    covers,
    fen,
    number_key,
    policy_state,
    yuan,
)

UNIT, OTHER, FIRM = uuid4(), uuid4(), uuid4()
LIFT = InsuredLift(uuid4(), UNIT, FIRM)
MOVED = InsuredLift(LIFT.id, OTHER, FIRM)


def policy(
    since: str, until: str, cover: Cover = Cover.UNIT, holder: UUID = UNIT, **more: object
) -> PolicyTerms:
    days = {name: date.fromisoformat(str(value)) for name, value in more.items()}
    listed = frozenset({LIFT.id}) if cover is Cover.LISTED else frozenset()
    return PolicyTerms(
        holder, cover, date.fromisoformat(since), date.fromisoformat(until), days.get("cancelled_on"), listed
    )


@pytest.mark.parametrize(
    ("terms", "lift", "on", "covered"),
    [
        pytest.param(policy("2026-01-01", "2026-12-31"), LIFT, "2026-01-01", True, id="on the first day"),
        pytest.param(policy("2026-01-01", "2026-12-31"), LIFT, "2026-12-31", True, id="on the last day"),
        pytest.param(policy("2026-01-01", "2026-12-31"), LIFT, "2027-01-01", False, id="the day after"),
        pytest.param(policy("2026-01-01", "2026-12-31"), LIFT, "2025-12-31", False, id="the day before"),
        pytest.param(
            policy("2026-01-01", "2026-12-31"),
            MOVED,
            "2026-06-01",
            False,
            id="a lift that left the unit leaves its fleet",
        ),
        pytest.param(
            policy("2026-01-01", "2026-12-31", Cover.LISTED),
            MOVED,
            "2026-06-01",
            True,
            id="one on the list stays on it",
        ),
        pytest.param(
            policy("2026-01-01", "2026-12-31", Cover.FIRM, FIRM),
            MOVED,
            "2026-06-01",
            True,
            id="the fleet of its firm",
        ),
        pytest.param(
            policy("2026-01-01", "2026-12-31", Cover.FIRM, OTHER),
            LIFT,
            "2026-06-01",
            False,
            id="the fleet of another firm",
        ),
        pytest.param(
            policy("2026-01-01", "2026-12-31", cancelled_on="2026-06-01"),
            LIFT,
            "2026-05-31",
            True,
            id="the day before it was cancelled",
        ),
        pytest.param(
            policy("2026-01-01", "2026-12-31", cancelled_on="2026-06-01"),
            LIFT,
            "2026-06-01",
            False,
            id="cancelled from that day on",
        ),
    ],
)
def test_a_policy_covers(terms: PolicyTerms, lift: InsuredLift, on: str, covered: bool) -> None:
    assert covers(terms, lift, date.fromisoformat(on)) is covered


@pytest.mark.parametrize(
    ("policies", "until", "before"),
    [
        pytest.param([], None, None, id="never insured"),
        pytest.param([policy("2026-01-01", "2026-12-31")], "2026-12-31", "2026-06-01", id="one policy"),
        pytest.param(
            [policy("2026-01-01", "2026-12-31"), policy("2027-01-01", "2027-12-31")],
            "2027-12-31",
            "2026-06-01",
            id="renewed without a gap",
        ),
        pytest.param(
            [policy("2026-01-01", "2026-12-31"), policy("2027-01-02", "2027-12-31")],
            "2026-12-31",
            "2026-06-01",
            id="a gap of one day ends it",
        ),
        pytest.param(
            [policy("2026-01-01", "2026-08-31"), policy("2026-05-01", "2026-10-31", Cover.LISTED)],
            "2026-10-31",
            "2026-06-01",
            id="two overlap: the longer counts",
        ),
        pytest.param([policy("2025-01-01", "2026-05-20")], None, "2026-05-20", id="ended before"),
        pytest.param([policy("2026-07-01", "2027-06-30")], None, None, id="not begun yet"),
        pytest.param(
            [policy("2026-01-01", "2026-12-31", cancelled_on="2026-07-01")],
            "2026-06-30",
            "2026-06-01",
            id="to be cancelled: until the day before",
        ),
    ],
)
def test_how_long_a_lift_is_covered(
    policies: list[PolicyTerms], until: str | None, before: str | None
) -> None:
    on = date(2026, 6, 1)
    last, earlier = covered_until(policies, LIFT, on), covered_before(policies, LIFT, on)
    assert (last and last.isoformat(), earlier and earlier.isoformat()) == (until, before)


@pytest.mark.parametrize(
    ("terms", "superseded", "renewed", "state"),
    [
        (policy("2026-07-01", "2027-06-30"), False, False, PolicyState.COMING),
        (policy("2026-01-01", "2026-12-31"), False, False, PolicyState.IN_FORCE),
        (policy("2026-01-01", "2026-07-31"), False, False, PolicyState.EXPIRING),
        (policy("2026-01-01", "2026-07-31"), False, True, PolicyState.RENEWED),
        (policy("2025-06-01", "2026-05-31"), False, False, PolicyState.EXPIRED),
        (policy("2026-01-01", "2026-12-31", cancelled_on="2026-06-01"), False, False, PolicyState.CANCELLED),
        (policy("2026-01-01", "2026-12-31", cancelled_on="2026-06-02"), False, False, PolicyState.IN_FORCE),
        (policy("2026-01-01", "2026-12-31"), True, False, PolicyState.CORRECTED),
    ],
)
def test_what_a_policy_is_worth(
    terms: PolicyTerms, superseded: bool, renewed: bool, state: PolicyState
) -> None:
    assert policy_state(terms, date(2026, 6, 1), superseded=superseded, renewed=renewed) is state


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("2,000,000", 200_000_000),
        ("200万", 200_000_000),
        ("０.５万", 500_000),
        ("￥50.5", 5_050),
        ("300元", 30_000),
        ("1.005", None),
        ("-5", None),
        ("abc", None),
        ("9" * 30, None),
    ],
)
def test_amounts_as_people_write_them(typed: str, amount: int | None) -> None:
    assert fen(typed) == amount


def test_amounts_are_read_in_yuan() -> None:
    assert (yuan(200_000_000), yuan(5_050), yuan(None)) == ("2,000,000", "50.50", "")


def test_numbers_are_compared_without_what_people_leave_out() -> None:
    assert number_key(" pzdt-2026 0001 ") == number_key("ＰＺＤＴ２０２６０００１") == "PZDT20260001"
