"""The bench and the end of the line: verdicts, scrap reasons, valves, stamps, one report for the lot, and what a
filling station is told by a scan before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import new_id
from equipment.dues.queries import open_due
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion
from equipment.lots import bench, leaving
from equipment.lots.bench_rules import BenchResult, bench_problems, far_off
from equipment.lots.leaving import LotReport
from equipment.lots.models import Lot, LotRow
from equipment.lots.states import BenchVerdict, LotRowState, LotState
from equipment.people.rules import DeviceKind, Role
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import EquipmentStatus, Outcome
from equipment.regulation.categories import category
from equipment.regulation.cylinder_numbers import scrap_reasons_stated
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make
from tests.dues.town import Town, fresh
from tests.fills.conftest import LPG
from tests.inspections.recording import record, result
from tests.lots.town import bottle, fresh_lot, on_way, received, rows

V, R = BenchVerdict, LotRowState
TODAY = date(2025, 3, 10)
PASS = BenchResult(verdict=V.PASSED)
SCRAP = BenchResult(verdict=V.SCRAP, reasons=("l4",))


def judge(at: Town, lot: Lot, row_no: int, result: BenchResult, **more: Any) -> LotRow:
    with db.transaction():
        return bench.judge(fresh_lot(lot), row_no, result, by=at.viewer("inspector"), **more)


def report(at: Town, lot: Lot, **more: Any) -> None:
    with db.transaction():
        stated = {"on": TODAY, "reviewed_by": "周审", "number": "PJ-2025-01", **more}
        leaving.state_report(fresh_lot(lot), LotReport(**stated), by=at.viewer("inspector"))


def leave(at: Town, lot: Lot, most: int = 99) -> leaving.Left:
    db.session.rollback()
    return leaving.leave(lot.id, by=at.viewer("inspector"), most=most)


def results(piece: Equipment) -> list[Inspection]:
    return list(db.session.query(Inspection).where(Inspection.equipment_id == piece.id))


LACKING: list[tuple[str, BenchResult, list[str]]] = [
    ("a pass", PASS, []),
    ("a scrap without a reason", BenchResult(verdict=V.SCRAP), ["reasons"]),
    ("a scrap with one", BenchResult(verdict=V.SCRAP, reasons=("k1",)), []),
    ("a reason of another variety", BenchResult(verdict=V.SCRAP, reasons=("zz",)), ["reasons"]),
    ("a pass with a scrap reason", BenchResult(verdict=V.PASSED, reasons=("k1",)), ["reasons"]),
    ("a new valve without its day", BenchResult(verdict=V.NEW_VALVE), ["valve_until"]),
    (
        "a new valve of yesterday",
        BenchResult(verdict=V.NEW_VALVE, valve_until=date(2025, 3, 9)),
        ["valve_until"],
    ),
    (
        "a pass with the day of a valve",
        BenchResult(verdict=V.PASSED, valve_until=date(2033, 1, 1)),
        ["valve_until"],
    ),
]


@pytest.mark.parametrize(("case", "result", "fields"), LACKING, ids=[case[0] for case in LACKING])
def test_what_a_verdict_must_bring(case: str, result: BenchResult, fields: list[str]) -> None:
    stated = scrap_reasons_stated(category("cylinder").regulation, "lpg", TODAY)
    reason = bench.ScrapReason.of("k1", next(iter(stated.values())))
    assert sorted(bench_problems(result, {"k1": reason}, TODAY)) == fields


@pytest.mark.parametrize(
    ("on_file", "read", "percent", "asked"),
    [
        (16500, 16500, 5, False),
        (16500, 17325, 5, False),  # five per cent to the gram
        (16500, 17326, 5, True),
        (16500, 15600, 5, True),
        (16500, 16, 5, True),  # kg for g
        (None, 16500, 5, False),  # nothing on file to compare with
        (16500, 1, None, False),
    ],
)
def test_how_far_a_stamp_may_be_off(on_file: int | None, read: int, percent: int | None, asked: bool) -> None:
    assert far_off(on_file, read, percent) is asked


@pytest.mark.parametrize(
    ("variety", "count", "codes"),
    [
        (
            "seamless",
            23,
            {"1.1", "1.5", "1.6–1.12", "1.17", "2.1", "3.1–3.2", "4.1", "5.2", "6.3", "7.1–7.2"},
        ),
        ("lpg", 9, {"L1", "L9"}),
        ("wound", 10, {"G1", "G10"}),
    ],
)
def test_every_variety_has_its_reasons(variety: str, count: int, codes: set[str]) -> None:
    stated = scrap_reasons_stated(category("cylinder").regulation, variety, TODAY)
    assert len(stated) == count
    assert codes <= {value.table.text("code") for value in stated.values()}
    assert {value.confidence.verified for value in stated.values()} == {variety == "seamless"}


def test_nothing_is_a_result_before_it_leaves_the_line(at: Town) -> None:
    one = bottle(at)
    lot = received(at, one)
    row = judge(at, lot, 1, PASS)
    assert (row.state, results(one), fresh(one.id).inspection_due_on) == (R.JUDGED, [], date(2025, 3, 31))
    report(at, lot)
    assert leave(at, lot).count == 1
    (result,) = results(one)
    assert (result.conclusion, result.report_no, result.on) == (Conclusion.PASSED, "PJ-2025-01", TODAY)
    assert (result.checked_by, result.reviewed_by) == ("李检", "周审")
    assert fresh(one.id).inspection_due_on == result.next_due_on == date(2029, 3, 31)
    assert (fresh_lot(lot).state, rows(lot)[0].inspection_id) == (LotState.FINISHED, result.id)


def test_leaving_again_changes_nothing(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot = received(at, one, two)
    judge(at, lot, 1, PASS)
    judge(at, lot, 2, SCRAP)
    report(at, lot)
    assert (leave(at, lot, most=1).to_go, leave(at, lot).count, leave(at, lot).count) == (1, 1, 0)
    with db.transaction():
        assert leaving.leave_row(fresh_lot(lot), 1, by=at.viewer("inspector")) is None
    assert [len(results(piece)) for piece in (one, two)] == [1, 1]


def test_a_scrapped_bottle_is_scrapped_with_its_reasons_and_its_code_void_for_ever(at: Town) -> None:
    one = bottle(at)
    lot = received(at, one)
    judge(at, lot, 1, BenchResult(verdict=V.SCRAP, reasons=("l4", "l6"), remark="底部穿孔"))
    report(at, lot)
    leave(at, lot)
    (result,) = results(one)
    assert result.remark == "L4 壁厚不合格；L6 水压试验不合格；底部穿孔"
    assert (fresh(one.id).status, resolve(one.label_code or "").outcome) == (
        EquipmentStatus.SCRAPPED,
        Outcome.VOID,
    )


def test_the_whole_lot_passes_but_for_the_rejects(at: Town) -> None:
    four = [bottle(at) for _ in range(4)]
    lot = received(at, *four)
    judge(at, lot, 2, SCRAP)
    with pytest.raises(Conflict, match="3"), db.transaction():
        bench.pass_rest(fresh_lot(lot), 4, by=at.viewer("inspector"))
    with db.transaction():
        passed = bench.pass_rest(fresh_lot(lot), 3, by=at.viewer("inspector"))
    assert (passed.count, passed.left) == (3, [])
    report(at, lot)
    assert leave(at, lot).count == 4
    assert [fresh(piece.id).status for piece in four].count(EquipmentStatus.SCRAPPED) == 1


def test_a_valve_that_does_not_last_is_replaced(at: Town) -> None:
    """The next inspection would be 2029-03-31."""
    details = {"variety": "lpg", "medium": "LPG"}
    short = bottle(at, details={**details, "valve_until": "2029-03-30"})
    counted = bottle(at, details={**details, "valve_made_on": "2019-01-05", "valve_life_years": 8})
    lasting = bottle(at, details={**details, "valve_until": "2029-03-31"})
    lot = received(at, short, counted, lasting)
    for row_no in (1, 2):
        with pytest.raises(Invalid, match="fit a new one"):
            judge(at, lot, row_no, PASS)
    with pytest.raises(Invalid, match="2029-03-31"):
        judge(at, lot, 1, BenchResult(verdict=V.NEW_VALVE, valve_until=date(2028, 1, 1)))
    with db.transaction():
        passed = bench.pass_rest(fresh_lot(lot), 3, by=at.viewer("inspector"))
    assert (passed.count, [row.row_no for row, _why in passed.left]) == (1, [1, 2])
    judge(at, lot, 1, BenchResult(verdict=V.NEW_VALVE, valve_until=date(2033, 3, 1)))
    judge(at, lot, 2, SCRAP)  # or it is scrapped
    report(at, lot)
    assert leave(at, lot).problems == []
    assert fresh(short.id).details["valve_until"] == "2033-03-01"
    assert results(short)[0].valve_until == date(2033, 3, 1)


def test_a_result_entered_by_hand_asks_for_the_valve_too(at: Town) -> None:
    one = bottle(at, details={"variety": "lpg", "medium": "LPG", "valve_until": "2027-01-01"})
    with pytest.raises(Invalid, match="fit a new one"):
        record(at, one, result())
    assert (results(one), fresh(one.id).inspection_due_on) == ([], date(2025, 3, 31))
    assert record(at, one, result(valve_until=date(2033, 1, 1))).valve_until == date(2033, 1, 1)
    assert fresh(one.id).details["valve_until"] == "2033-01-01"


def test_stamps_read_at_the_bench_go_on_file_and_are_asked_about_when_far_off(at: Town) -> None:
    one = bottle(at, details=LPG, medium="LPG", maker="旧名")
    lot = received(at, one)
    with pytest.raises(Invalid) as refusal:
        judge(at, lot, 1, BenchResult(verdict=V.PASSED, stamps={"tare_g": 19000}))
    assert sorted(refusal.value.fields) == ["sure", "tare_g"]
    row = judge(at, lot, 1, BenchResult(verdict=V.PASSED, stamps={"tare_g": 16700, "maker": "新名"}))
    assert row.corrected == {"tare_g": [16500, 16700], "maker": ["旧名", "新名"]}
    judge(at, lot, 1, BenchResult(verdict=V.PASSED, stamps={"tare_g": 18900}, sure=True))
    assert (fresh(one.id).details["tare_g"], fresh(one.id).maker) == (18900, "新名")


def test_a_verdict_is_taken_back_until_the_bottle_has_left(at: Town) -> None:
    one = bottle(at)
    lot = received(at, one)
    judge(at, lot, 1, SCRAP)
    with db.transaction():
        row = bench.take_back(fresh_lot(lot), 1, by=at.viewer("inspector"))
    assert (row.state, row.verdict, row.reasons) == (R.RECEIVED, None, [])
    judge(at, lot, 1, PASS)
    report(at, lot)
    leave(at, lot)
    with pytest.raises(Conflict), db.transaction():
        bench.take_back(fresh_lot(lot), 1, by=at.viewer("inspector"))
    with pytest.raises(Conflict):
        judge(at, lot, 1, SCRAP)


def test_a_bottle_goes_back_uninspected_with_its_reason(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot = received(at, one, two)
    with pytest.raises(Invalid), db.transaction():
        bench.send_back(fresh_lot(lot), 1, "  ", by=at.viewer("inspector"))
    with db.transaction():
        bench.send_back(fresh_lot(lot), 1, "残液未处理", by=at.viewer("inspector"))
        bench.send_back(fresh_lot(lot), 1, "残液未处理", by=at.viewer("inspector"))
    due = open_due(one.id, DueKind.INSPECTION)
    assert due is not None
    assert (rows(lot)[0].state, due.due_on) == (R.RETURNED, date(2025, 3, 31))


def test_the_report_number_may_follow(at: Town) -> None:
    one = bottle(at)
    lot = received(at, one)
    judge(at, lot, 1, PASS)
    report(at, lot, number="")
    leave(at, lot)
    assert results(one)[0].awaits_report
    assert fresh(one.id).inspection_due_on == date(2029, 3, 31)
    db.session.rollback()
    assert leaving.add_number(lot.id, "PJ-9", by=at.viewer("inspector"), most=99) == 0
    assert leaving.add_number(lot.id, "PJ-9", by=at.viewer("inspector"), most=99) == 0
    db.session.rollback()
    assert (results(one)[0].report_no, results(one)[0].awaits_report) == ("PJ-9", False)
    with pytest.raises(Invalid, match="PJ-9"):
        leaving.add_number(lot.id, "PJ-10", by=at.viewer("inspector"), most=99)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"reviewed_by": ""}, "reviewed_by"),
        ({"reviewed_by": "李检"}, "reviewed_by"),  # who stood at the bench
        ({"on": date(2025, 3, 11)}, "on"),
        ({"on": date(2025, 3, 9)}, "on"),  # before the lot came
    ],
)
def test_what_is_wrong_with_a_report(at: Town, stated: dict[str, Any], field: str) -> None:
    lot = received(at, bottle(at))
    judge(at, lot, 1, PASS)
    with pytest.raises(Invalid) as refusal:
        report(at, lot, **stated)
    assert list(refusal.value.fields) == [field]


def test_only_the_body_of_the_lot_stands_at_its_bench(at: Town) -> None:
    one = bottle(at)
    lot = received(at, one)
    with pytest.raises(NotFound), db.transaction():
        bench.judge(fresh_lot(lot), 1, PASS, by=at.viewer("owner"))
    waiting = on_way(at, bottle(at))
    with pytest.raises(Conflict):
        judge(at, waiting, 1, PASS)


def test_the_same_verdict_twice_is_one_and_the_same_id_with_another_is_refused(at: Town) -> None:
    lot, key = received(at, bottle(at)), new_id()
    judge(at, lot, 1, PASS, key=key)
    judge(at, lot, 1, PASS, key=key)
    with pytest.raises(Conflict):
        judge(at, lot, 1, SCRAP, key=key)
    assert rows(lot)[0].verdict is V.PASSED


def test_a_bottle_back_with_its_ring_is_green_at_the_station(app: Flask, at: Town) -> None:
    """Overdue: refused R07 in the morning. Off the line in the afternoon: fillable, with the scan itself."""
    one = bottle(
        at,
        details=LPG,
        medium="LPG",
        made_on=date(2021, 1, 5),
        verified=True,
        end_of_life_on=date(2029, 1, 5),
    )
    filler = make.user(at.station, Role.OPERATOR, certificate="P")
    token = make.device(at.station, DeviceKind.CONTROLLER, person=filler)[1]
    db.session.expunge_all()

    def scanned() -> tuple[bool, list[str]]:
        answer = app.test_client().post(
            "/api/v1/fills",
            json={
                "scan_id": str(new_id()),
                "code": one.label_code,
                "gas": "LPG",
                "happened_at": clock.now().isoformat(),
            },
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.json is not None
        return answer.json["allowed"], [reason["code"] for reason in answer.json["reasons"]]

    allowed, reasons = scanned()
    assert (allowed, "R07" in reasons) == (False, True)
    lot = received(at, one)
    judge(at, lot, 1, PASS)
    assert scanned()[0] is False  # judged, but its ring is not on yet
    report(at, lot, number="")
    leave(at, lot)
    allowed, reasons = scanned()
    assert (allowed, "R07" in reasons) == (True, False)


def test_a_scrapped_bottle_is_refused_for_ever(app: Flask, at: Town) -> None:
    one = bottle(at, details=LPG, medium="LPG")
    lot = received(at, one)
    judge(at, lot, 1, SCRAP)
    report(at, lot)
    leave(at, lot)
    other = make.station("别家站")
    token = make.device(
        other, DeviceKind.CONTROLLER, person=make.user(other, Role.OPERATOR, certificate="P")
    )[1]
    db.session.expunge_all()
    answer = app.test_client().post(
        "/api/v1/fills",
        json={
            "scan_id": str(new_id()),
            "code": one.label_code,
            "gas": "LPG",
            "happened_at": clock.now().isoformat(),
        },
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json is not None
    assert (answer.json["allowed"], [reason["code"] for reason in answer.json["reasons"]]) == (False, ["R09"])
    assert answer.json["takes_label"] is False
