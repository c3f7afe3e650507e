"""A value with a future day: what it moves is told before it is set, those concerned are told ahead, and no bottle turns overdue overnight."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.dues.actions import plan_all, plan_piece
from equipment.dues.queries import open_due
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.regulation.models import RuleOverride
from equipment.regulation.packs import Applies
from equipment.regulation.planning import DueKind
from equipment.reminders import actions as reminders
from equipment.reminders.models import Notice
from equipment.rules import actions, work
from equipment.rules.commands import reschedule
from equipment.rules.models import Announcement
from equipment.rules.preview import FOLLOW, PREVIEW, ImpactCounts, announce, moves
from equipment.rules.proposals import Proposal
from equipment.storage import db
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from tests import make
from tests.imports.conftest import at_work

Sign = Callable[[User], FlaskClient]
KEY = "inspection_months.seamless.other"
TODAY, FROM = date(2026, 11, 28), date(2026, 12, 28)
FORM = {"value": "12", "since": "2026-12-28", "cite": "市局〔2026〕1号"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-28 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def administrator(app: Flask) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)


@pytest.fixture
def station(app: Flask) -> Organisation:
    return make.station("城区气体站")


@pytest.fixture
def worker(app: Flask) -> Iterator[None]:
    """Runs every task until the test ends."""
    with at_work(app, {PREVIEW: work.preview, FOLLOW: work.follow}):
        yield


def oxygen(of: Organisation, made_on: date = date(2024, 12, 1)) -> Equipment:
    """A planned oxygen cylinder: made 2024-12, due 2027-12-31."""
    piece = make.equipment(
        "cylinder",
        details={"variety": "seamless", "medium": "O2"},
        made_on=made_on,
        registered_on=made_on,
        in_use_since=made_on,
        owner_id=of.id,
    )
    with db.transaction():
        plan_piece(db.session.get_one(Equipment, piece.id), by_actor="system")
    return piece


def due(piece: Equipment) -> date:
    db.session.rollback()
    found = open_due(piece.id, DueKind.INSPECTION)
    assert found is not None
    return found.due_on


def set_value(
    by: User, applies: Applies = Applies.AT_ONCE, months: int = 12, since: date = FROM
) -> RuleOverride:
    with db.transaction():
        return actions.set_value(
            "cylinder", KEY, since, months, cite="市局〔2026〕1号", by=viewer_of(by), applies=applies
        )


def settle() -> None:
    for _ in range(600):
        db.session.rollback()
        if (
            db.session.scalar(
                select(Task.id).where(Task.state.in_((TaskState.WAITING, TaskState.RUNNING))).limit(1)
            )
            is None
        ):
            return
        time.sleep(0.05)
    raise AssertionError("the work did not end")


# The fault that was found: an interval set for next month made a bottle a year overdue and unfillable overnight.
@pytest.mark.parametrize(
    ("applies", "on_its_day"), [(Applies.AT_ONCE, FROM), (Applies.FROM_NEXT, date(2027, 12, 31))]
)
def test_a_bottle_is_never_overdue_by_a_rule_of_today(
    administrator: User, station: Organisation, applies: Applies, on_its_day: date
) -> None:
    piece = oxygen(station)
    set_value(administrator, applies)
    plan_all(TODAY)
    assert due(piece) == date(2027, 12, 31), "before its day nothing changes"
    with time_machine.travel("2026-12-28 09:00:00+08:00", tick=True):
        plan_all(FROM)
        assert due(piece) == on_its_day
        found = db.session.get_one(Equipment, piece.id, populate_existing=True)
        assert found.inspection_due_on == on_its_day


def told(
    applies: Applies, months: int = 12, since: date = FROM
) -> tuple[ImpactCounts, list[tuple[str, date, date, bool, bool]]]:
    tally = ImpactCounts()
    proposal = Proposal(category="cylinder", key=KEY, since=since, value=months, applies=applies)
    rows = [
        (move.number, move.before, move.after, move.following, move.blocked)
        for chunk in moves(proposal, tally)
        for move in chunk
    ]
    return tally, sorted(rows)


def test_what_moves_is_told_piece_by_piece_with_whose_it_is_and_what_is_blocked(
    administrator: User, station: Organisation
) -> None:
    old, young, soon = oxygen(station), oxygen(station, date(2026, 6, 1)), oxygen(station, date(2023, 12, 5))
    other = make.equipment("cylinder", details={"variety": "seamless", "medium": "N2"}, owner_id=station.id)
    tally, rows = told(Applies.AT_ONCE)
    assert rows == sorted(
        [
            (old.serial, date(2027, 12, 31), FROM, False, True),
            (young.serial, date(2029, 6, 30), date(2027, 6, 30), False, False),
            (soon.serial, date(2026, 12, 31), FROM, False, True),
        ]
    )
    assert (tally.pieces, len(tally.moved), len(tally.following), len(tally.blocked)) == (4, 3, 0, 2)
    assert {party: dict(counter) for party, counter in tally.by_holder.items()} == {
        station.id: {"moved": 3, "blocked": 2}
    }
    assert other.id not in tally.moved


def test_from_the_next_inspection_only_the_day_after_it_moves(
    administrator: User, station: Organisation
) -> None:
    piece = oxygen(station)
    tally, rows = told(Applies.FROM_NEXT)
    assert rows == [(piece.serial, date(2030, 12, 31), date(2028, 12, 31), True, False)]
    assert (len(tally.moved), len(tally.following), len(tally.blocked)) == (0, 1, 0)


def test_a_value_that_moves_nothing_says_so(administrator: User, station: Organisation) -> None:
    oxygen(station)
    assert told(Applies.AT_ONCE, months=36)[1] == []


def test_the_page_lists_it_before_the_button_and_the_file_has_it_all(
    administrator: User, station: Organisation, signed_in: Sign, worker: None
) -> None:
    piece = oxygen(station)
    browser = signed_in(administrator)
    answer = browser.post(f"/rules/cylinder/{KEY}/preview", data={**FORM, "applies": "at_once"})
    assert answer.status_code == 302
    settle()
    page = browser.get(answer.location).get_data(as_text=True)
    assert [
        text in page for text in ("城区气体站", piece.serial, "2027-12-31", "2026-12-28", "设定此值")
    ] == [True] * 5
    assert db.session.scalars(select(RuleOverride)).all() == [], "nothing is set by looking"
    task = db.session.scalars(select(Task)).one()
    with browser.get(f"/tasks/{task.id}/file") as file:
        lines = file.get_data(as_text=True).splitlines()
    assert (len(lines), piece.serial in lines[1], "2027-12-31" in lines[1]) == (2, True, True)
    answer = browser.post(f"/rules/cylinder/{KEY}/set", data={**FORM, "applies": "from_next_inspection"})
    assert answer.status_code == 302
    row = db.session.scalars(select(RuleOverride)).one()
    assert row.value == {"value": 12, "applies": "from_next_inspection"}
    event = db.session.scalars(select(Event).where(Event.verb == "rule.set")).one()
    assert "from_next_inspection" in event.payload


def test_what_is_wrong_is_said_before_anything_is_counted(administrator: User, signed_in: Sign) -> None:
    browser = signed_in(administrator)
    for wrong in ({"value": "x"}, {"since": "soon"}, {"cite": " "}, {"applies": "tomorrow"}):
        assert (
            browser.post(
                f"/rules/cylinder/{KEY}/preview", data={**FORM, "applies": "at_once", **wrong}
            ).status_code
            == 422
        )
    assert db.session.scalars(select(Task)).all() == []


def test_a_preview_is_shown_to_those_who_decide_alone(
    administrator: User, station: Organisation, signed_in: Sign
) -> None:
    task_page = (
        signed_in(administrator)
        .post(f"/rules/cylinder/{KEY}/preview", data={**FORM, "applies": "at_once"})
        .location
    )
    owner = make.user(station, Role.STATION_OWNER)
    assert signed_in(owner).post(f"/rules/cylinder/{KEY}/preview", data=FORM).status_code == 403
    assert signed_in(owner).get(task_page).status_code in (403, 404)


def test_a_value_that_holds_already_replans_at_once_and_one_ahead_is_announced(
    administrator: User, station: Organisation, signed_in: Sign, worker: None
) -> None:
    piece, browser = oxygen(station), signed_in(administrator)
    owner, held = make.user(station, Role.STATION_OWNER).id, station.id
    browser.post(f"/rules/cylinder/{KEY}/set", data={**FORM, "applies": "at_once"})
    settle()
    announced = db.session.scalars(select(Announcement)).one()
    assert (announced.organisation_id, announced.since, announced.moved, announced.blocked) == (
        held,
        FROM,
        1,
        1,
    )
    assert due(piece) == date(2027, 12, 31)
    with time_machine.travel("2026-12-22 09:00:00+08:00", tick=True):
        reminders.plan(clock.today())
    notices = {
        (notice.user_id, notice.stage)
        for notice in db.session.scalars(select(Notice).where(Notice.duty.like("rule:%")))
    }
    assert notices == {(owner, "ahead_7")}
    browser.post(f"/rules/cylinder/{KEY}/set", data={**FORM, "since": "2026-11-28", "applies": "at_once"})
    settle()
    assert due(piece) == TODAY


def test_another_value_for_the_same_day_takes_the_place_of_the_announcement(
    administrator: User, station: Organisation
) -> None:
    oxygen(station)
    for months, expected in ((12, [(1, 1)]), (60, [(1, 0)]), (36, [])):
        set_value(administrator, months=months)
        announce(Proposal(category="cylinder", key=KEY, since=FROM, value=months), Progress())
        assert [(each.moved, each.blocked) for each in db.session.scalars(select(Announcement))] == expected
        db.session.rollback()


def run(app: Flask, *arguments: str) -> Result:
    found: Result = app.test_cli_runner().invoke(reschedule, list(arguments), catch_exceptions=False)
    return found


def test_the_command_says_the_same_and_plans_anew(
    app: Flask, administrator: User, station: Organisation, tmp_path: Path
) -> None:
    piece, target = oxygen(station), tmp_path / "moves.csv"
    key, serial, by = piece.id, piece.serial, administrator.id
    tried = (
        "--dry-run",
        "--category",
        "cylinder",
        "--key",
        KEY,
        "--value",
        "12",
        "--since",
        "2026-12-28",
        "--file",
        str(target),
    )
    answer = run(app, *tried)
    assert "1 of 1 pieces move, 0 after their next inspection, 1 cannot be filled" in answer.output
    assert "城区气体站 (unit): 1 pieces, 1 not to be filled" in answer.output
    assert serial in target.read_text("utf-8-sig")
    assert open_due(key, DueKind.INSPECTION).due_on == date(2027, 12, 31)  # type: ignore[union-attr]
    assert "No value is announced" in run(app, "--dry-run").output
    set_value(db.session.get_one(User, by), Applies.FROM_NEXT)
    assert "0 of 1 pieces move, 1 after their next inspection" in run(app, "--dry-run").output
    assert run(app).output == "1 pieces planned, 1 changed, 0 cannot be planned\n", (
        "the due cites the pack with the bureau's row now"
    )
    assert run(app).output == "1 pieces planned, 0 changed, 0 cannot be planned\n"
    assert run(app, "--key", KEY).exit_code != 0
