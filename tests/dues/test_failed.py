"""检验不合格 is a state of its own: never an overdue inspection, until one is passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.errors import Invalid
from equipment.dues import actions, queries
from equipment.dues.duties import due_duty
from equipment.dues.filters import Filters, due_rows, wanted
from equipment.dues.listing import due_table
from equipment.dues.lists import snapshot, surroundings
from equipment.dues.models import Due
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.planning import Conclusion, DueKind, Origin
from equipment.storage import db
from equipment.web.language import translate
from tests.dues.town import Town, bottle, fresh, lift, town

SignIn = Callable[[User], FlaskClient]
TODAY = date(2025, 3, 10)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-03-10 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def done(piece: Equipment, kind: DueKind, on: date, conclusion: Conclusion, by: str) -> None:
    with db.transaction():
        actions.done(fresh(piece.id), kind, on=on, by=by, conclusion=conclusion)


def failed(piece: Equipment, on: date = TODAY, kind: DueKind = DueKind.INSPECTION) -> Equipment:
    done(piece, kind, on, Conclusion.FAILED, "inspection:one")
    return fresh(piece.id)


def due_of(piece: Equipment, kind: DueKind = DueKind.INSPECTION) -> Due:
    due = queries.open_due(piece.id, kind)
    assert due is not None
    return due


@pytest.mark.parametrize("made", [lift, bottle])
def test_a_failed_piece_is_failed_and_not_overdue(at: Town, made: Callable[[Town], Equipment]) -> None:
    piece = failed(made(at), TODAY - timedelta(days=3))
    due, kinds = due_of(piece), (DueKind.INSPECTION,)
    assert (piece.inspection_failed_on, due.due_on, due.origin) == (
        due.due_on,
        date(2025, 3, 7),
        Origin.FAILED,
    )
    assert list(db.session.scalars(queries.overdue(SYSTEM, TODAY, kinds=kinds))) == []
    assert [each.id for each in db.session.scalars(queries.failed(SYSTEM, kinds=kinds))] == [due.id]
    [row] = due_rows(db.session.execute(wanted(SYSTEM, Filters(window="failed"), TODAY)).all())
    assert snapshot(row, surroundings([row]))["failed"]
    # a list of what comes next has it too
    assert len(db.session.execute(wanted(SYSTEM, Filters(window="30"), TODAY)).all()) == 1


@pytest.mark.parametrize("made", [lift, bottle])
def test_passing_one_ends_it_and_so_does_a_correction(at: Town, made: Callable[[Town], Equipment]) -> None:
    piece = failed(made(at))
    done(piece, DueKind.INSPECTION, TODAY, Conclusion.PASSED, "inspection:two")
    assert (fresh(piece.id).inspection_failed_on, due_of(piece).origin) == (None, Origin.RULE)
    other = failed(made(at))
    with db.transaction():
        actions.undone(fresh(other.id), by="inspection:one", actor="system")
    assert fresh(other.id).inspection_failed_on is None


def test_a_stop_does_not_hide_it_and_the_inspection_that_is_passed_meanwhile_ends_it(at: Town) -> None:
    piece = failed(lift(at))
    with db.transaction():
        change_status(
            fresh(piece.id), EquipmentStatus.STOPPED, reason="检修", on=TODAY, by=at.viewer("supervisor")
        )
    assert fresh(piece.id).inspection_failed_on == TODAY
    done(piece, DueKind.INSPECTION, TODAY, Conclusion.PASSED, "inspection:two")
    assert fresh(piece.id).inspection_failed_on is None


def test_a_failed_self_test_is_no_failed_inspection(at: Town) -> None:
    piece = lift(at)
    done(piece, DueKind.INSPECTION, date(2024, 5, 2), Conclusion.PASSED, "inspection:first")
    piece = failed(piece, kind=DueKind.SELF_TEST)
    assert (piece.inspection_failed_on, due_of(piece, DueKind.SELF_TEST).origin) == (None, Origin.FAILED)


def test_what_failed_is_not_put_off(at: Town) -> None:
    piece = failed(lift(at))
    with pytest.raises(Invalid), db.transaction():
        actions.extend(piece, DueKind.INSPECTION, TODAY + timedelta(days=30), "理由", by=SYSTEM)


def test_every_page_and_notice_says_so_and_nothing_says_overdue(at: Town, signed_in: SignIn) -> None:
    piece = failed(lift(at, serial="E77"), TODAY - timedelta(days=2))
    browser = signed_in(at.supervisor)
    for path in (
        f"/equipment/{piece.id}",
        "/dues?window=failed",
        "/dues",
        "/equipment?failed=1",
        "/equipment",
        "/?",
    ):
        page = browser.get(path, headers={"Accept-Language": "zh-CN"}).text
        assert "检验不合格" in page, path
        assert "超期2天" not in page, path
    assert "E77" not in browser.get("/equipment?overdue=1").text
    duty = due_duty(due_of(piece), {piece.id: piece})
    assert translate(duty.text, "zh_Hans_CN").endswith("定期检验不合格：复检合格前不得使用")
    table = due_table(
        SYSTEM,
        {"filters": {"window": "failed"}, "sort": "due_on"},
        lambda text: translate(text, "zh_Hans_CN"),
    )
    assert "检验不合格" in list(next(iter(table.rows)))
