"""Figures kept as records arrive: whatever writes a record moves them in its transaction, and a night's
comparison finds and mends what somebody wrote past them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.counting.actions import check_all, fold, fold_all
from equipment.counting.models import RunningCount
from equipment.counting.queries import counts_by_area, counts_by_day, differences
from equipment.counting.rules import DUES_UNKNOWN, PIECES_IN_USE, STATION_SCANS, SUBJECTS, CountedSubject
from equipment.counting.troubles import troubles
from equipment.dues.models import Due
from equipment.fills.models import Scan
from equipment.register.models import Standing
from equipment.shell import schema
from equipment.storage import db
from equipment.tasks.models import JobRun
from tests import make
from tests.everything import Everything

DAY = date(2026, 11, 20)
AT = clock.now()


def lines(subject: CountedSubject) -> int:
    counted = select(func.count()).select_from(RunningCount).where(RunningCount.subject == subject.name)
    return db.session.scalar(counted) or 0


def stand(**more: object) -> dict[str, object]:
    common = {"equipment_id": new_id(), "id": new_id(), "status": "in_use", "area": make.COUNTY}
    return common | {"category": "elevator", "from_on": DAY} | more


def due(**more: object) -> dict[str, object]:
    common = {"equipment_id": new_id(), "id": new_id(), "kind": "inspection", "state": "open", "due_on": DAY}
    also = {"citation": {}, "explanation": {}, "area": make.COUNTY, "category": "elevator", "planned_at": AT}
    return common | also | {"origin": "unknown"} | more


PIECES: list[tuple[str, dict[str, object], dict[str, object], dict[tuple[str, str], int]]] = [
    ("one stands in use", {}, {}, {("elevator", make.COUNTY): 1}),
    ("one stands stopped", {"status": "stopped"}, {}, {}),
    ("it is taken out of use", {}, {"until_on": DAY}, {}),
    ("it comes into use", {"status": "stopped"}, {"status": "in_use"}, {("elevator", make.COUNTY): 1}),
    ("it moves", {}, {"area": make.ELSEWHERE}, {("elevator", make.ELSEWHERE): 1}),
    ("another column changes", {}, {"use_unit_id": new_id()}, {("elevator", make.COUNTY): 1}),
]


@pytest.mark.parametrize(("what", "values", "change", "expected"), PIECES, ids=[row[0] for row in PIECES])
def test_pieces_in_use_follow_their_standing(
    app: Flask,
    what: str,
    values: dict[str, object],
    change: dict[str, object],
    expected: dict[tuple[str, str], int],
) -> None:
    with make.writing():
        row = stand(**values)
        db.session.execute(insert(Standing), [row])
        if change:
            db.session.execute(update(Standing).where(Standing.id == row["id"]).values(**change))
    assert counts_by_area(PIECES_IN_USE) == expected
    assert differences(PIECES_IN_USE) == []


DUES: list[tuple[str, dict[str, object], dict[str, object], int]] = [
    ("nobody knows it", {}, {}, 1),
    ("the rule has a day", {"origin": "rule"}, {}, 0),
    ("a visit is no inspection", {"kind": "visit_year"}, {}, 0),
    ("it becomes known", {}, {"origin": "rule"}, 0),
    ("it is done", {}, {"state": "done", "done_on": DAY}, 0),
    ("it becomes unknown", {"origin": "rule"}, {"origin": "unknown"}, 1),
]


@pytest.mark.parametrize(("what", "values", "change", "expected"), DUES, ids=[row[0] for row in DUES])
def test_unknown_inspections_follow_their_duties(
    app: Flask, what: str, values: dict[str, object], change: dict[str, object], expected: int
) -> None:
    with make.writing():
        row = due(**values)
        db.session.execute(insert(Due), [row])
        if change:
            db.session.execute(update(Due).where(Due.id == row["id"]).values(**change))
    assert sum(counts_by_area(DUES_UNKNOWN).values()) == expected
    assert differences(DUES_UNKNOWN) == []


def test_what_is_rolled_back_is_not_counted(app: Flask) -> None:
    def begin_and_fail() -> None:
        with db.transaction():
            db.session.execute(insert(Standing), [stand()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin_and_fail()
    assert counts_by_area(PIECES_IN_USE) == {}


def test_an_area_sees_its_own_and_what_is_below_it(app: Flask) -> None:
    with make.writing():
        places = (make.TOWNSHIP, make.COUNTY, make.ELSEWHERE)
        db.session.execute(insert(Standing), [stand(area=area) for area in places])
    assert counts_by_area(PIECES_IN_USE, make.COUNTY) == {
        ("elevator", make.TOWNSHIP): 1,
        ("elevator", make.COUNTY): 1,
    }


def test_folding_changes_no_sum(app: Flask) -> None:
    with make.writing():
        rows = [stand() for _ in range(5)]
        db.session.execute(insert(Standing), rows)
        db.session.execute(delete(Standing).where(Standing.id == rows[0]["id"]))
        db.session.execute(insert(Standing), [stand(area=make.ELSEWHERE)])
    before = counts_by_area(PIECES_IN_USE)
    assert (lines(PIECES_IN_USE), before) == (
        7,
        {("elevator", make.COUNTY): 4, ("elevator", make.ELSEWHERE): 1},
    )
    assert fold_all() == 7
    assert (lines(PIECES_IN_USE), counts_by_area(PIECES_IN_USE)) == (2, before)
    assert fold_all() == 0


def test_folding_goes_on_in_small_parts(app: Flask) -> None:
    with make.writing():
        db.session.execute(insert(Standing), [stand() for _ in range(5)])
    with db.transaction():
        assert fold(PIECES_IN_USE, most=3) == 3
    assert (lines(PIECES_IN_USE), sum(counts_by_area(PIECES_IN_USE).values())) == (3, 5)


def test_opposite_changes_leave_no_line(app: Flask) -> None:
    with make.writing():
        row = stand()
        db.session.execute(insert(Standing), [row])
        db.session.execute(delete(Standing).where(Standing.id == row["id"]))
    fold_all()
    assert lines(PIECES_IN_USE) == 0


def break_by_a_line() -> None:
    values = {"subject": "pieces_in_use", "place": make.COUNTY, "kind": "elevator", "number": 7}
    db.session.execute(insert(RunningCount), [values])


def break_by_a_lost_trigger() -> None:
    on_table = "" if db.engine_name() == "sqlite" else " ON standing"
    db.session.execute(text(f"DROP TRIGGER counted_pieces_in_use_added{on_table}"))
    db.session.execute(insert(Standing), [stand(), stand(category="crane")])


@pytest.mark.parametrize(
    ("break_it", "wrong"),
    [
        (break_by_a_line, [(make.COUNTY, "elevator", 8, 1)]),
        (break_by_a_lost_trigger, [(make.COUNTY, "crane", 0, 1), (make.COUNTY, "elevator", 1, 2)]),
    ],
)
def test_a_broken_figure_is_seen_mended_and_told(
    app: Flask, break_it: Callable[[], None], wrong: list[tuple[str, str, int, int]]
) -> None:
    with make.writing():
        db.session.execute(insert(Standing), [stand()])
        break_it()
    assert [(one.place, one.kind, one.sum, one.counted) for one in differences(PIECES_IN_USE)] == wrong
    outcome = check_all()
    assert outcome == dict.fromkeys((subject.name for subject in SUBJECTS), 0) | {"pieces_in_use": len(wrong)}
    assert differences(PIECES_IN_USE) == []
    said = db.session.execute(
        text("SELECT verb, payload FROM event WHERE subject = 'count:pieces_in_use'")
    ).one()
    assert (said.verb, f'"differences":{len(wrong)}' in said.payload) == ("count.mended", True)
    assert check_all()["pieces_in_use"] == 0

    now = clock.now()
    with make.writing():
        db.session.add(
            JobRun(
                name="check_counts",
                period="2026-11-20",
                attempt=1,
                state="done",
                claimed_by="test",
                started_at=now,
                lease_until=now,
                finished_at=now,
                outcome=outcome,
            )
        )
    assert [trouble.code for trouble in troubles(now)] == ["counts:pieces_in_use:2026-11-20"]
    assert troubles(now + timedelta(days=3)) == []
    schema.upgrade(db.engine)  # a lost trigger is put back for the tests that follow


def test_a_lost_trigger_comes_back_with_the_next_start(app: Flask) -> None:
    with make.writing():
        break_by_a_lost_trigger()
    assert (schema.upgrade(db.engine), schema.upgrade(db.engine)) == (True, False)
    assert differences(PIECES_IN_USE) == []
    with make.writing():
        db.session.execute(insert(Standing), [stand()])
    assert counts_by_area(PIECES_IN_USE) == {("elevator", make.COUNTY): 2, ("crane", make.COUNTY): 1}


def test_a_city_written_by_every_path_is_counted_right(app: Flask) -> None:
    """Actions, compiled statements of fills, late entries and what was taken back (tests/everything.py)."""
    town = Everything()
    town.add()
    town.add()
    assert {subject.name: differences(subject) for subject in SUBJECTS} == {
        subject.name: [] for subject in SUBJECTS
    }
    stood = (
        select(func.count())
        .select_from(Standing)
        .where(Standing.status == "in_use", Standing.until_on.is_(None))
    )
    scans = select(func.count()).select_from(Scan)
    ages = (date(2000, 1, 1), clock.today())
    numbers = (sum(counts_by_area(PIECES_IN_USE).values()), sum(counts_by_day(STATION_SCANS, *ages).values()))
    assert numbers == (db.session.scalar(stood), db.session.scalar(scans))
    assert min(numbers) > 0
