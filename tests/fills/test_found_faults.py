"""Damage, fire and leaks seen before a fill become findings, by whichever way they were told, once each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from equipment.core.ids import new_id
from equipment.hazards.models import Finding
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.register.models import Equipment
from equipment.shell import tables
from equipment.storage import db
from tests.fills.conftest import Hall, ago

DENTED, BURNT = {"P08": False}, {"P08": "R17"}


def findings() -> list[Finding]:
    db.session.rollback()
    return list(db.session.scalars(select(Finding).execution_options(populate_existing=True)))


def standing(bottle: Equipment) -> str:
    db.session.rollback()
    return db.session.get_one(Equipment, bottle.id, populate_existing=True).treat_code


@pytest.mark.parametrize(
    ("checks", "count"),
    [
        ({}, 0),
        ({"P08": True}, 0),
        ({"P07": False}, 0),
        (DENTED, 1),
        (BURNT, 1),
        ({**DENTED, "P07": False}, 1),
    ],
)
def test_what_is_told_with_the_scan_is_found(
    hall: Hall, checks: dict[str, Any], count: int, tmp_path: Path
) -> None:
    bottle = hall.bottle()
    answer = hall.scan(bottle.label_code or "", checks=checks).get_json()
    found = findings()
    assert [
        (each.equipment_id, str(each.source), str(each.source_id), each.organisation_id) for each in found
    ] == [(bottle.id, "fill_check", answer["fill_id"], hall.station.id)] * count
    report = verify(db.engine, tmp_path, tables.models().values())
    assert set(report.faults) <= {LedgerFault.RECORD_EXTRA}, (
        "the factories enter pieces past the ledger; nothing else is wrong"
    )


def test_the_same_words_come_of_the_scan_and_of_the_checks_after_it(hall: Hall) -> None:
    one, other = hall.bottle(), hall.bottle()
    hall.scan(one.label_code or "", checks=DENTED)
    fill_id = hall.scan(other.label_code or "").get_json()["fill_id"]
    hall.send("PUT", f"/fills/{fill_id}/checks", {"checks": DENTED, "happened_at": ago()})
    assert len({(each.description, each.clause, each.found_on, each.state) for each in findings()}) == 1
    assert len(findings()) == 2


def test_a_fill_that_was_open_already_is_what_it_was_found_at(hall: Hall) -> None:
    bottle = hall.bottle()
    opened = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.scan(bottle.label_code or "", checks=BURNT)
    assert [str(each.source_id) for each in findings()] == [opened]


def test_replays_and_repeated_scans_find_nothing_twice(hall: Hall) -> None:
    bottle = hall.bottle()
    said = {
        "scan_id": str(new_id()),
        "code": bottle.label_code,
        "gas": "LPG",
        "happened_at": ago(),
        "checks": DENTED,
    }
    for _ in range(2):
        assert hall.send("POST", "/fills", said).status_code in (200, 201)
    hall.scan(bottle.label_code or "", checks=DENTED)
    again = [{**said, "scan_id": str(new_id())} for _ in range(2)]
    hall.send("POST", "/fills/batch", {"scans": again})
    assert len(findings()) == 1


def test_a_fault_holds_for_the_rest_of_its_batch(hall: Hall) -> None:
    bottle = hall.bottle()
    said = [
        {
            "scan_id": str(new_id()),
            "code": bottle.label_code,
            "gas": "LPG",
            "happened_at": ago(),
            "checks": checks,
        }
        for checks in (BURNT, {"P08": True})
    ]
    answers = hall.send("POST", "/fills/batch", {"scans": said}).get_json()["answers"]
    assert [(each["allowed"], each["reasons"]) for each in answers] == [(False, ["R17"]), (False, ["R17"])]


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ({"P07": False}, BURNT, "R17"),
        (BURNT, DENTED, "R17"),
        (DENTED, {"P07": False}, "R16"),
        ({"P07": False}, {"P07": True}, "R14"),
    ],
)
def test_what_cannot_be_treated_here_is_not_covered_by_what_can(
    hall: Hall, first: dict[str, Any], then: dict[str, Any], stands: str
) -> None:
    bottle = hall.bottle()
    for checks in (first, then):
        hall.scan(bottle.label_code or "", checks=checks)
    assert standing(bottle) == stands


def test_an_overfilled_bottle_that_is_damaged_too_is_drawn_down_and_stays_refused(hall: Hall) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.result(fill_id, gross_g=31500)
    answer = hall.scan(bottle.label_code or "", checks=DENTED)
    told = answer.get_json()
    assert (
        answer.status_code,
        told["allowed"],
        told["fill_id"],
        {each["code"] for each in told["reasons"]},
    ) == (201, False, fill_id, {"Q10", "R16"})
    assert (hall.result(fill_id, gross_g=31300).get_json()["state"], len(findings()), standing(bottle)) == (
        "failed",
        1,
        "R16",
    )
