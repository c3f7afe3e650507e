"""What must hold for maintenance on demand, one condition at a time, as an inspector would go through them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from equipment.on_demand.rules import (
    ConditionKind,
    ContractFacts,
    ContractKnown,
    Eligibility,
    FilingCover,
    FilingTerms,
    LiftFacts,
    OnDemandNumbers,
    PilotLift,
    RemoteLook,
    missed_on,
    names_lift,
    qualifies,
)
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.elevator_numbers import heartbeat_hours, on_demand_conditions, remote_check_days

ON = date(2026, 6, 1)
FIRM = uuid4()
K = ConditionKind


def numbers() -> OnDemandNumbers:
    pack = ELEVATOR.regulation
    values = on_demand_conditions(pack, ON), remote_check_days(pack, ON), heartbeat_hours(pack, ON)
    conditions, check_days, heartbeat = values
    assert conditions
    assert check_days
    assert heartbeat
    return OnDemandNumbers(conditions, check_days, heartbeat)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def filing(basis: OnDemandBasis = OnDemandBasis.REMOTE_CHECK, **more: object) -> FilingTerms:
    stated = {
        "from_on": day("01-01"),
        "until_on": day("12-31"),
        "contract": ContractKnown.FULL,
        "contract_until": day("11-30"),
    } | more
    return FilingTerms(FIRM, basis, 2, **stated)  # type: ignore[arg-type]


GOOD = LiftFacts(
    pilot="市监特设〔2026〕7号",
    filing=filing(),
    firm_id=FIRM,
    inspection_due_on=day("10-31"),
    insured_until=day("09-30"),
    licence_until=date(2028, 1, 1),
    looks=(RemoteLook(day("05-25"), True),),
)


def judged(**changes: object) -> Eligibility:
    return qualifies(replace(GOOD, **changes), ON, numbers())  # type: ignore[arg-type]


def test_a_lift_that_has_everything_qualifies() -> None:
    found = judged()
    assert found.met
    assert [each.kind for each in found.conditions if each.met is None] == [K.GRADE]
    # the next remote check must come within 15 days of the last
    assert (found.ends_on, found.ends_with) == (day("06-10"), K.BASIS)


def test_the_first_condition_known_to_end_is_named() -> None:
    monitored = replace(GOOD, filing=filing(OnDemandBasis.IOT), silent_hours=1)
    found = qualifies(monitored, ON, numbers())
    assert (found.met, found.ends_on, found.ends_with) == (True, day("10-01"), K.INSURANCE)


@pytest.mark.parametrize(
    ("changes", "lost", "since"),
    [
        pytest.param({"pilot": None}, K.PILOT, None, id="no pilot here"),
        pytest.param(
            {"filing": filing(until_on=day("05-31"))}, K.FILING, "06-01", id="the filing ended yesterday"
        ),
        pytest.param(
            {"filing": filing(from_on=day("06-02"))}, K.FILING, None, id="the filing begins tomorrow"
        ),
        pytest.param({"filing": filing(withdrawn_on=ON)}, K.FILING, "06-01", id="withdrawn today"),
        pytest.param({"firm_id": uuid4()}, K.FILING, None, id="another firm maintains it now"),
        pytest.param({"looks": ()}, K.BASIS, None, id="no remote check"),
        pytest.param(
            {"looks": (RemoteLook(day("05-16"), True),)},
            K.BASIS,
            "06-01",
            id="the last remote check is 16 days ago",
        ),
        pytest.param(
            {"looks": (RemoteLook(day("05-30"), False),)},
            K.BASIS,
            "05-30",
            id="the remote check found something",
        ),
        pytest.param(
            {
                "looks": (RemoteLook(day("04-01"), True), RemoteLook(day("05-25"), True)),
                "counted_from": day("04-01"),
            },
            K.BASIS,
            "04-17",
            id="a check was missed although another came later",
        ),
        pytest.param(
            {"filing": filing(OnDemandBasis.IOT)}, K.BASIS, None, id="nobody knows whether it reports"
        ),
        pytest.param(
            {"filing": filing(OnDemandBasis.IOT), "silent_hours": 25}, K.BASIS, None, id="silent for 25 hours"
        ),
        pytest.param(
            {"inspection_due_on": day("05-31")}, K.INSPECTION, "06-01", id="inspection overdue since today"
        ),
        pytest.param(
            {"inspection_due_on": None}, K.INSPECTION, None, id="nobody knows when it was inspected"
        ),
        pytest.param(
            {"inspection_failed_on": day("05-20")}, K.INSPECTION, "05-20", id="inspection not passed"
        ),
        pytest.param({"in_use": False}, K.IN_USE, None, id="stopped or locked"),
        pytest.param({"stop_use_since": day("05-28")}, K.IN_USE, "05-28", id="use stopped by a hazard"),
        pytest.param(
            {"insured_until": None, "insured_before": day("05-31")},
            K.INSURANCE,
            "06-01",
            id="insurance ended yesterday",
        ),
        pytest.param({"insured_until": None}, K.INSURANCE, None, id="never insured"),
        pytest.param(
            {"filing": filing(contract_until=day("05-31"))}, K.CONTRACT, "06-01", id="contract ended"
        ),
        pytest.param({"filing": filing(contract=None)}, K.CONTRACT, None, id="no contract declared"),
        pytest.param(
            {"contract": ContractFacts(ContractKnown.PARTIAL, None)},
            K.CONTRACT,
            None,
            id="the contract on file is not all-inclusive, whatever was declared",
        ),
        pytest.param({"licence_until": day("05-31")}, K.LICENCE, "06-01", id="the firm's licence expired"),
        pytest.param({"licence_until": None}, K.LICENCE, None, id="no licence on file"),
        pytest.param({"hazard_since": day("05-29")}, K.HAZARD, "05-29", id="a serious hazard is open"),
    ],
)
def test_one_condition_that_does_not_hold_ends_it(
    changes: dict[str, object], lost: K, since: str | None
) -> None:
    found = judged(**changes)
    assert not found.met
    assert [(each.kind, each.since) for each in found.lost] == [(lost, day(since) if since else None)]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"looks": (RemoteLook(day("05-17"), True),)}, id="the last remote check is 15 days ago"),
        pytest.param(
            {"looks": (RemoteLook(day("05-20"), False), RemoteLook(day("05-21"), True))},
            id="what was found is gone",
        ),
        pytest.param({"filing": filing(OnDemandBasis.IOT), "silent_hours": 24}, id="reported 24 hours ago"),
        pytest.param(
            {"filing": filing(OnDemandBasis.IOT, contract=ContractKnown.LABOUR), "silent_hours": 0},
            id="monitoring asks for no all-inclusive contract",
        ),
        pytest.param({"filing": filing(OnDemandBasis.OTHER), "looks": ()}, id="another arrangement"),
        pytest.param({"insured_until": ON}, id="insured until today"),
        pytest.param({"inspection_due_on": ON}, id="to be inspected by today"),
        pytest.param({"filing": filing(until_on=ON)}, id="filed until today"),
        pytest.param({"contract": ContractFacts(ContractKnown.FULL, None)}, id="a contract without an end"),
    ],
)
def test_what_is_just_enough(changes: dict[str, object]) -> None:
    assert judged(**changes).lost == ()


def test_what_the_bureau_does_not_ask_for_is_shown_and_does_not_count() -> None:
    asked = numbers()
    without = replace(asked.conditions, value=["inspection", "in_use"])
    found = qualifies(replace(GOOD, insured_until=None), ON, replace(asked, conditions=without))
    assert found.met
    (insurance,) = [each for each in found.conditions if each.kind is K.INSURANCE]
    assert (insurance.met, str(insurance.text)) == (None, "No policy covers it")


def test_every_condition_has_its_source_and_none_is_verified() -> None:
    found = judged()
    assert all(each.citation.document for each in found.conditions)
    assert not any(each.citation.confidence.verified for each in found.conditions)


@pytest.mark.parametrize(
    ("days", "since", "missed"),
    [
        ((), "06-01", "06-17"),
        (("05-25",), "06-01", "06-10"),
        (("05-25", "06-09"), "06-01", "06-25"),
        (("05-25", "06-10"), "06-01", "06-10"),
        (("06-03", "06-18", "07-03"), "06-01", "07-19"),
    ],
)
def test_the_first_day_without_a_remote_check(days: tuple[str, ...], since: str, missed: str) -> None:
    assert missed_on(map(day, days), day(since), 15) == day(missed)


@pytest.mark.parametrize(
    ("cover", "lift", "names"),
    [
        (FilingCover.LISTED, PilotLift(FIRM, None, "620402001"), True),
        (FilingCover.LISTED, PilotLift(uuid4(), None, "620402001"), False),
        (FilingCover.AREA, PilotLift(FIRM, None, "620402001"), True),
        (FilingCover.AREA, PilotLift(FIRM, None, "620421001"), False),
        (FilingCover.UNIT, PilotLift(FIRM, None, "620402001"), False),
        (FilingCover.UNIT, PilotLift(FIRM, FIRM, "620402001"), True),
    ],
)
def test_which_lifts_a_filing_names(cover: FilingCover, lift: PilotLift, names: bool) -> None:
    area = "620402" if cover is FilingCover.AREA else ""
    unit = FIRM if cover is FilingCover.UNIT else None
    assert names_lift(cover, FIRM, unit, area, is_listed=True, lift=lift) is names


def test_yesterday_and_tomorrow_are_days() -> None:
    assert judged(insured_until=ON - timedelta(days=1), insured_before=None).lost[0].since == ON
