"""Day one on the desk: paper or rule, decided in bulk with a reason; 检验情况不明 listed, counted beside the rate, settled by a ring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.dues import actions, decisions
from equipment.dues.models import Due
from equipment.dues.queries import open_due
from equipment.dues.rules import FactKind
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role
from equipment.register.actions import change
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.regulation.planning import DueKind, Origin
from equipment.reports import counts, indicators
from equipment.reports.rules import Share, definition, period
from equipment.storage import db
from tests import make
from tests.dues.town import Town, bottle, lift, town

Sign = Callable[[User], FlaskClient]
TODAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel("2026-11-28 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def new(**more: object) -> dict[str, object]:
    """Put on file today, as an import does."""
    return {"created_at": clock.now(), **more}


def differing(at: Town, **more: object) -> Equipment:
    """Registered 2009-09, inspected 2026-05, next by paper 2027-05, by the rule 2026-09."""
    base = {
        "base_on": None,
        "registered_on": date(2009, 9, 15),
        "in_use_since": date(2009, 9, 15),
        "made_on": date(2009, 1, 1),
    }
    return lift(
        at, **new(**base, last_inspected_on=date(2026, 5, 10), next_inspection_on=date(2027, 5, 31)), **more
    )


def inspection(piece: Equipment) -> tuple[date, str, date | None]:
    db.session.rollback()
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    return due.due_on, str(due.origin), due.rule_on


def verbs(piece: Equipment) -> list[str]:
    return list(
        db.session.scalars(
            select(Event.verb).where(Event.subject == f"equipment:{piece.id}").order_by(Event.seq)
        )
    )


@pytest.mark.parametrize(
    ("stands", "expected"),
    [("paper", (date(2027, 5, 31), "paper", None)), ("rule", (date(2026, 9, 30), "rule", None))],
)
def test_an_inspector_decides_in_bulk_and_the_reason_is_in_the_ledger(
    at: Town, signed_in: Sign, stands: str, expected: object
) -> None:
    browser = signed_in(at.inspector)
    ticked, left = [differing(at), differing(at)], differing(at)
    assert [inspection(piece) for piece in ticked] == [(date(2027, 5, 31), "paper", date(2026, 9, 30))] * 2
    page = browser.get("/dues/papers").get_data(as_text=True)
    assert ("2027-05-31" in page, "2026-09-30" in page) == (True, True)
    form = {"id": [str(piece.id) for piece in ticked], "stands": stands, "reason": "已核对检验报告"}
    assert browser.post("/dues/papers", data=form).status_code == 302
    assert [inspection(piece) for piece in ticked] == [expected] * 2
    assert inspection(left)[2] == date(2026, 9, 30)
    event = db.session.scalars(
        select(Event).where(Event.subject == f"equipment:{ticked[0].id}", Event.verb == "due.decided")
    ).one()
    assert "已核对检验报告" in event.payload
    assert actions.plan_all(TODAY)["changed"] == 0, "the decision holds in every later plan"


def test_a_decision_lapses_when_the_paper_is_corrected(at: Town) -> None:
    piece = differing(at)
    with db.transaction():
        decisions.decide(
            [db.session.get_one(Equipment, piece.id)], FactKind.BY_RULE, "核对", by=at.viewer("inspector")
        )
    with db.transaction():
        change(db.session.get_one(Equipment, piece.id), {"next_inspection_on": date(2027, 4, 30)}, by=SYSTEM)
    assert inspection(piece) == (date(2027, 4, 30), "paper", date(2026, 9, 30))


def test_nothing_is_decided_without_a_reason_or_by_others(at: Town, signed_in: Sign) -> None:
    piece = differing(at)
    browser = signed_in(at.inspector)
    for form in ({"id": str(piece.id), "stands": "rule", "reason": " "}, {"stands": "rule", "reason": "x"}):
        assert browser.post("/dues/papers", data=form).status_code == 422
    for name in ("officer", "owner"):
        assert (
            signed_in(getattr(at, name))
            .post("/dues/papers", data={"id": str(piece.id), "reason": "x"})
            .status_code
            == 403
        )
    with pytest.raises(NotAllowed), db.transaction():
        decisions.decide(
            [db.session.get_one(Equipment, piece.id)], FactKind.BY_RULE, "x", by=at.viewer("officer")
        )
    assert inspection(piece)[2] == date(2026, 9, 30)


def test_a_recorded_result_ends_the_papers_day(at: Town) -> None:
    piece = differing(at)
    with db.transaction():
        actions.done(
            db.session.get_one(Equipment, piece.id),
            DueKind.INSPECTION,
            on=TODAY,
            by="inspection:1",
            conclusion="passed",
        )
    assert inspection(piece) == (date(2027, 5, 31), "rule", None), (
        "half a year too early: it counts, and the month stays that of the papers"
    )


def unread(at: Town, **more: object) -> Equipment:
    """A bottle of 2020 whose ring nobody read."""
    return bottle(at, **new(made_on=date(2020, 3, 1), **more))


def test_what_nobody_knows_is_listed_and_no_overdue_piece(at: Town, signed_in: Sign) -> None:
    who, browser, piece = at.supervisor.id, signed_in(at.supervisor), unread(at)
    assert inspection(piece) == (date(2027, 2, 26), "unknown", None)
    page = browser.get("/dues?window=unknown").get_data(as_text=True)
    assert (piece.serial in page, "检验情况不明" in page, "2027-02-26" in page) == (True, True, True)
    with time_machine.travel("2027-03-10 09:00:00+08:00", tick=True):
        browser = signed_in(db.session.get_one(User, who))
        assert piece.serial not in browser.get("/dues?window=overdue").get_data(as_text=True)
        assert piece.serial in browser.get("/dues?window=unknown").get_data(as_text=True)


def test_it_stands_beside_the_rates_and_not_in_them(at: Town) -> None:
    unread(at)
    bottle(at, made_on=date(2024, 3, 1))
    bottle(at)
    rate = {each.key: each.share for each in indicators.inspection_rates(SYSTEM, make.CITY, TODAY)}
    assert rate["inspected_cylinder"] == Share(1, 2)
    assert indicators.not_known(SYSTEM, make.CITY, TODAY) == {"cylinder": 1}
    with time_machine.travel("2027-06-10 09:00:00+08:00", tick=True):
        h5 = counts.counted(definition("H5", clock.today()), period(2027, clock.today()), ["cylinder"])
        assert sum(share.part for share in h5.values()) == 1


def test_the_public_page_of_it_is_not_green_until_its_ring_was_read(at: Town, client: FlaskClient) -> None:
    code = make_code(keys())
    piece = unread(at, code=code)
    assert "检验情况不明" in client.get(f"/T/{code}").text
    with db.transaction():
        decisions.note_ring(db.session.get_one(Equipment, piece.id), date(2024, 3, 1), by=at.viewer("owner"))
    assert "检验有效期内" in client.get(f"/T/{code}").text


def test_reading_the_ring_settles_it(at: Town, signed_in: Sign) -> None:
    piece = unread(at)
    browser = signed_in(at.owner)
    url = f"/dues/{piece.id}/ring"
    assert url in browser.get(f"/equipment/{piece.id}").get_data(as_text=True)
    for wrong in ("", "2024", "2019-01", "2027-03"):
        assert browser.post(url, data={"inspected_on": wrong}).status_code == 422
    assert browser.post(url, data={"inspected_on": "2024-03"}).status_code == 302
    assert inspection(piece) == (date(2028, 3, 31), "rule", None)
    assert db.session.get_one(Equipment, piece.id, populate_existing=True).inspection_due_on == date(
        2028, 3, 31
    )
    assert verbs(piece)[-2:] == ["changed", "due.planned"]
    assert browser.post(url, data={"inspected_on": "2026-03"}).status_code == 422, (
        "what is on record is changed by a result alone"
    )


def test_a_ring_is_read_by_those_who_hold_the_bottle(at: Town, signed_in: Sign) -> None:
    piece = unread(at)
    operator = make.user(at.station, Role.OPERATOR)
    assert (
        signed_in(operator).post(f"/dues/{piece.id}/ring", data={"inspected_on": "2024-03"}).status_code
        == 302
    )
    assert signed_in(at.stranger).get(f"/dues/{piece.id}/ring").status_code in (403, 404)
    known = lift(at)
    with pytest.raises(Invalid), db.transaction():
        decisions.note_ring(
            db.session.get_one(Equipment, known.id), date(2024, 3, 1), by=at.viewer("inspector")
        )


def test_a_piece_that_was_on_file_before_is_not_known_either(at: Town) -> None:
    """The rows of an older version: no inspection on record, its first one counted from the day of manufacture, years overdue."""
    piece = unread(at)
    with db.transaction():
        due = open_due(piece.id, DueKind.INSPECTION)
        assert due is not None
        due.origin, due.due_on = Origin.RULE, date(2024, 3, 31)
        db.session.get_one(Equipment, piece.id).inspection_due_on = date(2024, 3, 31)
    actions.plan_all(TODAY)
    assert inspection(piece) == (date(2027, 2, 26), "unknown", None)
    assert (
        len(
            db.session.scalars(
                select(Due).where(Due.equipment_id == piece.id, Due.kind == "inspection")
            ).all()
        )
        == 2
    )
