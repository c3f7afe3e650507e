"""The office of a maintenance firm: who is at work, what is void, whose signature is asked for, how long records stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.ids import new_id
from equipment.files import store
from equipment.files.models import Attachment
from equipment.ledger.models import Event
from equipment.maintenance import disputes, signatures, voiding
from equipment.maintenance.closing import close_forgotten
from equipment.maintenance.models import Visit, VisitCounter
from equipment.maintenance.record_facts import record_facts
from equipment.maintenance.reminding import ask_to_sign, remind_late
from equipment.maintenance.rules import OnSiteLight, VoidFacts, VoidRefusal, on_site_light, void_refusal
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import Direction, VisitState
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.reminders.actions import plan
from equipment.reminders.models import Notice
from equipment.reminders.states import NoticeState
from equipment.shell.orphans import unused_files
from equipment.storage import db
from tests import make
from tests.intake.at_once import twice_at_once
from tests.maintenance.place import Place, lift_of, place
from tests.maintenance.test_pages import opened, picture
from tests.maintenance.test_visits import NINE, act, card, open_visits, phone, whole_visit

Browser = Callable[[User], FlaskClient]
ENDED = NINE + timedelta(minutes=45)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def ask(at: Place, who: User, when: Any = None) -> int:
    return act(at, lambda visit, *, by: ask_to_sign([visit], by=by), who, when=when)  # type: ignore[no-any-return]


def hourly(when: Any) -> int:
    with time_machine.travel(when, tick=False), db.transaction():
        return remind_late(clock.now())


def notices(who: User) -> list[tuple[str, str]]:
    """(the duty's kind, its stage) of what this person heard, the oldest first."""
    db.session.rollback()
    rows = db.session.scalars(
        select(Notice).where(Notice.user_id == who.id).order_by(Notice.created_at, Notice.id)
    )
    return [(row.duty.partition(":")[0], row.stage) for row in rows]


def lines(at: Place, verb: str) -> int:
    db.session.rollback()
    rows = select(Event.seq).where(Event.subject == f"equipment:{at.lift.id}", Event.verb == verb)
    return len(db.session.execute(rows).all())


S, R = VisitState, VoidRefusal
WITHIN = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("state", "manages", "opened_it", "minutes", "refused"),
    [
        (S.OPEN, True, False, 600, None),
        (S.OPEN, False, True, 0, None),
        (S.OPEN, False, True, 15, None),
        (S.OPEN, False, True, 16, R.LATE),
        (S.OPEN, False, False, 1, R.STRANGER),
        (S.DISPUTED, True, False, 9999, None),
        (S.DISPUTED, False, True, 1, R.STRANGER),
        *[(state, True, True, 1, R.STATE) for state in VisitState if state not in (S.OPEN, S.DISPUTED)],
    ],
)
def test_who_may_void_a_visit(
    state: VisitState, manages: bool, opened_it: bool, minutes: int, refused: VoidRefusal | None
) -> None:
    facts = VoidFacts(
        state=state, manages=manages, opened_it=opened_it, since_arrival=timedelta(minutes=minutes)
    )
    assert void_refusal(facts, WITHIN) is refused


@pytest.mark.parametrize(
    ("hours", "light"),
    [
        (0, OnSiteLight.WORKING),
        (4, OnSiteLight.WORKING),
        (4.1, OnSiteLight.LONG),
        (12, OnSiteLight.LONG),
        (12.1, OnSiteLight.TOO_LONG),
    ],
)
def test_a_third_of_the_longest_visit_is_unusual(hours: float, light: OnSiteLight) -> None:
    assert on_site_light(timedelta(hours=hours), timedelta(hours=12)) is light


def test_a_void_visit_stays_with_its_swipes_and_the_reader_opens_another_at_once(at: Place) -> None:
    before = open_visits(at)
    card(at, at.anna_card.uid, NINE)
    act(at, voiding.take_back, at.anna, "走错电梯", when=NINE + timedelta(minutes=4))
    void = at.visit()
    assert (void.state, void.correction_reason, void.voided_by) == (S.VOID, "走错电梯", at.anna.id)
    assert (void.number, len(at.swipes()), open_visits(at), lines(at, "visit.void")) == ("", 1, before, 1)
    late = card(at, at.anna_card.uid, NINE + timedelta(minutes=3))
    assert (late["outcome"], late["reasons"][0]["code"]) == ("ignored", "left_already")
    assert card(at, at.anna_card.uid, NINE + timedelta(minutes=6))["outcome"] == "opened"


@pytest.mark.parametrize(("who", "minutes"), [("anna", 16), ("bo", 3), ("safe", 3)])
def test_who_is_late_or_only_joined_cannot_void(at: Place, who: str, minutes: int) -> None:
    phone(at, at.anna, NINE)
    phone(at, at.bo, NINE + timedelta(minutes=2))
    with pytest.raises(NotAllowed):
        act(at, voiding.take_back, getattr(at, who), "误开", when=NINE + timedelta(minutes=minutes))
    assert at.visit().state == S.OPEN


def test_a_visit_is_void_once_and_what_has_ended_stands(at: Place) -> None:
    phone(at, at.anna, NINE)
    act(at, voiding.take_back, at.boss, "误开", when=NINE + timedelta(hours=3))
    with pytest.raises(Conflict):
        act(at, voiding.take_back, at.boss, "再来一次", when=NINE + timedelta(hours=3))
    phone(at, at.anna, NINE + timedelta(hours=3, minutes=1), direction=Direction.IN)
    phone(at, at.anna, NINE + timedelta(hours=4))
    with pytest.raises(Conflict):
        act(at, voiding.take_back, at.boss, "误开", when=NINE + timedelta(hours=4))
    assert [visit.state for visit in at.visits()] == [S.VOID, S.TO_SIGN]


def test_a_technician_no_longer_takes_back_what_the_unit_disputes(at: Place) -> None:
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "没来")
    with pytest.raises(NotAllowed):
        act(at, voiding.take_back, at.anna, "算了", when=NINE + timedelta(minutes=1))
    assert at.visit().state == S.DISPUTED


def test_the_page_of_those_at_work_says_since_when_and_leads_to_void(at: Place, signed_in: Browser) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=5), tick=False):
        url = opened(at, signed_in(at.anna))
    page = signed_in(at.boss).get("/visits/on-site").text
    assert ("300 分钟" in page, "时间过长" in page, f"{url}?view=record#void" in page) == (True, True, True)
    own = signed_in(at.anna).get("/visits/on-site").text
    assert "#void" not in own  # too late for himself
    home = signed_in(at.boss).get("/").text
    assert "安师傅 · 已300分钟 · 时间过长" in home
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER)
    assert "安师傅" not in signed_in(stranger).get("/visits/on-site").text
    assert signed_in(stranger).post(f"{url}/void", data={"reason": "误开"}).status_code == 404


def test_records_are_numbered_by_firm_and_month_without_a_gap(at: Place) -> None:
    month = f"{clock.site_day(NINE):%Y%m}"
    phone(at, at.anna, NINE)
    act(at, voiding.take_back, at.boss, "误开", when=NINE + timedelta(minutes=1))
    phone(at, at.anna, NINE + timedelta(minutes=2), direction=Direction.IN)
    assert at.visit().number == ""
    phone(at, at.anna, NINE + timedelta(minutes=40))
    first = at.visit()
    phone(at, at.bo, NINE + timedelta(minutes=50))
    with time_machine.travel(NINE + timedelta(hours=14), tick=False), db.transaction():
        assert close_forgotten(clock.now()) == 1
    assert [first.number, at.visit().number] == [f"WB-{month}-00001", f"WB-{month}-00002"]
    counters = db.session.execute(
        select(VisitCounter.organisation_id, VisitCounter.month, VisitCounter.latest)
    )
    assert [tuple(row) for row in counters] == [(at.firm.id, month, 2)]


def test_a_late_signature_is_told_once_in_the_hour_and_again_after_three_and_seven_days(at: Place) -> None:
    whole_visit(at)
    assert (hourly(ENDED + timedelta(hours=23)), notices(at.safe)) == (0, [])
    assert (hourly(ENDED + timedelta(hours=24)), hourly(ENDED + timedelta(hours=25))) == (1, 0)
    assert notices(at.safe) == [("sign", "now")]
    visit = at.visit()
    assert (visit.reminded_by, visit.reminded_at) == (None, ENDED + timedelta(hours=24))
    told = {}
    for days in range(1, 12):
        night = clock.site_day(NINE) + timedelta(days=days)
        with time_machine.travel(clock.site_midnight(night) + timedelta(minutes=30), tick=False):
            plan(night)
        told[days] = [stage for kind, stage in notices(at.safe) if kind == "sign"]
    assert {days: stages[-1] for days, stages in told.items()} == {
        1: "now",
        2: "now",
        3: "overdue_3",
        4: "overdue_3",
        5: "overdue_3",
        6: "overdue_3",
        7: "overdue_7",
        8: "overdue_7",
        9: "overdue_7",
        10: "overdue_7",
        11: "overdue_7",
    }
    assert told[11] == ["now", "overdue_3", "overdue_7"]


def test_what_is_signed_in_time_reminds_nobody(at: Place) -> None:
    whole_visit(at)
    act(at, signatures.sign, at.safe, Signature())
    assert (hourly(ENDED + timedelta(hours=30)), notices(at.safe)) == (0, [])


def test_the_manager_asks_once_a_day_and_both_see_when(at: Place, signed_in: Browser) -> None:
    visit = whole_visit(at)
    url = f"/visits/{at.lift.id}/{visit.id}"
    boss = signed_in(at.boss)
    assert "催签" in boss.get(f"{url}?view=record").text
    assert boss.post(f"{url}/ask").status_code == 302
    assert notices(at.safe) == [("sign_asked", "now")]
    again = boss.post(f"{url}/ask", follow_redirects=True).text
    assert ("明天可以再催" in again, len(notices(at.safe)), lines(at, "visit.signature_asked")) == (
        True,
        1,
        1,
    )
    at_clock = f"{clock.site_time(at.visit().reminded_at or NINE):%Y-%m-%d %H:%M}"
    for who, address in ((at.boss, f"{url}?view=record"), (at.safe, url), (at.safe, "/visits/to-sign")):
        assert at_clock in signed_in(who).get(address).text, address
    assert ask(at, at.boss, clock.now() + timedelta(days=1)) == 1
    assert notices(at.safe) == [("sign_asked", "now"), ("sign_asked", "now")]


def test_all_of_a_unit_is_one_message_and_grouped_by_unit(at: Place, signed_in: Browser) -> None:
    whole_visit(at)
    second = lift_of(at.firm, at.unit, code="7QK2M8D4XRWP3HV", name="测试小区2号梯")
    with make.writing():
        row = {column.key: getattr(at.visit(), column.key) for column in Visit.__table__.columns}
        db.session.add(Visit(**row | {"equipment_id": second.id, "id": new_id(), "number": "WB-1"}))
    boss = signed_in(at.boss)
    page = boss.get("/visits/unsigned").text
    assert ("测试物业" in page, ">2</td>" in page) == (True, True)
    answer = boss.post("/visits/unsigned/units", data={"id": [str(at.unit.id)]}, follow_redirects=True).text
    assert ("已催使用单位签字：2份" in answer, notices(at.safe)) == (True, [("sign_asked", "now")])
    assert (
        "明天可以再催"
        in boss.post("/visits/unsigned/units", data={"id": [str(at.unit.id)]}, follow_redirects=True).text
    )
    assert len(notices(at.safe)) == 1


def test_two_managers_at_once_ask_once(at: Place, app: Flask) -> None:
    visit, boss = whole_visit(at), at.viewer(at.boss)

    def press() -> str:
        try:
            with db.transaction():
                ask_to_sign([db.session.get_one(Visit, (at.lift.id, visit.id))], by=boss)
        except Conflict:
            return "today already"
        return "asked"

    assert sorted(twice_at_once(app, press)) == ["asked", "today already"]
    assert (notices(at.safe), lines(at, "visit.signature_asked")) == ([("sign_asked", "now")], 1)


@pytest.mark.parametrize("who", ["anna", "safe"])
def test_nobody_but_the_firms_manager_asks(at: Place, who: str) -> None:
    whole_visit(at)
    with pytest.raises(NotAllowed):
        ask(at, getattr(at, who))


def test_a_unit_without_a_safety_manager_is_not_asked_and_the_manager_hears_why(
    at: Place, signed_in: Browser
) -> None:
    whole_visit(at)
    with make.writing():
        db.session.get_one(User, at.safe.id).active = False
    answer = signed_in(at.boss).post(f"/visits/{at.lift.id}/{at.visit().id}/ask", follow_redirects=True).text
    assert ("没有登记安全管理人员" in answer, at.visit().reminded_at) == (True, None)


def test_what_was_asked_for_is_over_once_it_is_signed(at: Place) -> None:
    whole_visit(at)
    ask(at, at.boss)
    act(at, signatures.sign, at.safe, Signature())
    plan(clock.today())
    rows = db.session.scalars(select(Notice).where(Notice.user_id == at.safe.id))
    assert {row.state for row in rows} == {NoticeState.OBSOLETE}


def test_records_say_until_when_they_are_kept_and_no_clean_up_takes_their_files(
    at: Place, signed_in: Browser
) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        url = opened(at, signed_in(at.anna))
        signed_in(at.anna).post(f"{url}/photo", data={"code": "A-1-01", "photo": (picture(), "a.jpg")})
    phone(at, at.anna, clock.now())
    boss = signed_in(at.boss)
    boss.post(
        f"{url}/paper", data={"photo": (picture(colour="blue"), "paper.jpg"), "signer_id": str(at.safe.id)}
    )
    facts = record_facts([at.visit()])[0]
    on = at.visit().on
    assert facts.kept_until == on.replace(year=on.year + 4)
    assert f"{facts.kept_until}" in boss.get(f"{url}?view=record").text
    kept = {file.sha256 for file in db.session.scalars(select(Attachment))}
    stray = store.keep(b"nobody names this", "text/plain")
    old = (clock.now() - timedelta(days=365 * 5)).timestamp()
    for path in store.stored():
        os.utime(path, (old, old))
    assert unused_files() == 1
    assert ({path.name for path in store.stored()}, len(kept)) == (kept, 2)
    assert stray.sha256 not in kept
