"""Whoever's card was shown at a colleague's visit is asked, has his hours whatever is signed meanwhile, and may say
that it was not him."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from equipment.core.errors import Conflict, NotAllowed
from equipment.core.ids import new_id
from equipment.ledger.models import Event
from equipment.maintenance import actions, signatures
from equipment.maintenance.closing import expire_unconfirmed
from equipment.maintenance.duties import DUTIES
from equipment.maintenance.indicators import indicators
from equipment.maintenance.queries import unconfirmed_of
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import Direction, VisitState
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.reminders.models import Notice
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, place
from tests.maintenance.test_pages import Browser, opened
from tests.maintenance.test_visits import NINE, act, card, everything, phone

OUT = NINE + timedelta(minutes=45)
DAY = timedelta(hours=24)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def joins_by_card(at: Place, uid: str) -> dict[str, Any]:
    """The second card, shown at the first one's phone."""
    when = NINE + timedelta(minutes=2)
    message = SwipeMessage(new_id(), when, card=uid, direction=Direction.IN, at_lift=at.lift.id)
    viewer = at.viewer(at.anna)
    with time_machine.travel(when, tick=False), db.transaction():
        return dict(swipe(message, by=viewer)[0])


def with_card(at: Place) -> Any:
    """Anna with her phone, Bo by his card; all answered, signed out."""
    phone(at, at.anna, NINE)
    joins_by_card(at, at.bo_card.uid)
    act(at, actions.answer, at.anna, everything(), when=NINE + timedelta(minutes=40))
    phone(at, at.anna, OUT)
    return at.visit()


def waits_for(at: Place, who: User, when: datetime) -> int:
    db.session.rollback()
    with time_machine.travel(when, tick=False):
        return len(unconfirmed_of(at.viewer(who)))


def run_out(when: datetime) -> int:
    with db.transaction():
        return expire_unconfirmed(when)


def notices(who: User) -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Notice.duty).where(Notice.user_id == who.id)))


def lines(at: Place, verb: str) -> int:
    db.session.rollback()
    subject = f"equipment:{at.lift.id}"
    return len(
        db.session.scalars(select(Event.seq).where(Event.subject == subject, Event.verb == verb)).all()
    )


def rate(at: Place) -> tuple[int, int]:
    """(swiped at both ends, counted); phones that say no position are swipes that are not proved."""
    figures = indicators(make.CITY, at.visit().on, at.visit().on)
    return figures.swiped + figures.unproved, figures.counted


def test_he_is_asked_on_his_own_phone_while_the_visit_goes_on(at: Place) -> None:
    phone(at, at.anna, NINE)
    joins_by_card(at, at.bo_card.uid)
    assert waits_for(at, at.bo, NINE + timedelta(minutes=3)) == 1
    assert (waits_for(at, at.anna, NINE + timedelta(minutes=3)), notices(at.anna)) == (0, [])
    assert notices(at.bo) == [f"was_me:{at.visit().id}:{at.visit().on}"]
    act(at, actions.confirm, at.bo, when=NINE + timedelta(minutes=4))
    assert (waits_for(at, at.bo, NINE + timedelta(minutes=5)), at.visit().state) == (0, VisitState.OPEN)
    act(at, actions.answer, at.anna, everything(), when=NINE + timedelta(minutes=40))
    phone(at, at.anna, OUT)
    assert (at.visit().flags, at.visit().cards_until) == ([], None)


def test_his_hours_run_whatever_is_signed_and_the_rate_loses_nothing_meanwhile(at: Place) -> None:
    visit = with_card(at)
    assert (visit.state, visit.flags, visit.cards_until) == (VisitState.TO_SIGN, [], OUT + DAY)
    act(at, signatures.sign, at.safe, Signature(), when=OUT + timedelta(minutes=1))
    assert (at.visit().state, at.visit().flags, rate(at)) == (VisitState.SIGNED, [], (1, 1))
    assert waits_for(at, at.bo, OUT + timedelta(hours=23)) == 1
    act(at, actions.confirm, at.bo, when=OUT + DAY)
    assert (at.visit().state, at.visit().flags, at.visit().cards_until) == (VisitState.SIGNED, [], None)
    assert (run_out(OUT + DAY + timedelta(hours=1)), at.visit().flags, rate(at)) == (0, [], (1, 1))


def test_once_they_ran_out_the_signed_record_is_marked_with_a_line(at: Place) -> None:
    with_card(at)
    act(at, signatures.sign, at.safe, Signature(), when=OUT + timedelta(minutes=1))
    before, signed_at = lines(at, "visit.judged"), at.visit().signed_at
    assert [run_out(OUT + DAY), run_out(OUT + DAY + timedelta(seconds=1)), run_out(OUT + 2 * DAY)] == [
        0,
        1,
        0,
    ]
    visit = at.visit()
    assert (visit.state, visit.signed_at) == (VisitState.SIGNED, signed_at)
    assert (visit.flags, visit.counted) == (["one_technician", "card_unconfirmed"], True)
    assert (lines(at, "visit.judged") - before, lines(at, "visit.cards_expired"), rate(at)) == (1, 1, (0, 1))
    with pytest.raises(Conflict):
        act(at, actions.confirm, at.bo, when=OUT + DAY + timedelta(hours=1))


def test_that_was_not_me_is_a_mark_and_the_manager_hears_of_it(at: Place) -> None:
    with_card(at)
    act(at, actions.deny, at.bo, when=OUT + timedelta(hours=1))
    visit = at.visit()
    assert (visit.flags, visit.denied, visit.counted) == (
        ["one_technician", "card_denied"],
        [str(at.bo.id)],
        True,
    )
    assert notices(at.boss) == [f"not_me:{visit.id}:{visit.on}"]
    assert waits_for(at, at.bo, OUT + timedelta(hours=2)) == 0
    assert rate(at) == (0, 1)
    with pytest.raises(NotAllowed):
        act(
            at,
            actions.answer,
            at.bo,
            everything(when=NINE + timedelta(minutes=41)),
            when=OUT + timedelta(hours=2),
        )
    act(at, actions.confirm, at.bo, when=OUT + timedelta(hours=3))  # the wrong button
    assert (at.visit().flags, at.visit().denied) == ([], [])


def test_a_visit_of_cards_that_all_deny_does_not_count(at: Place) -> None:
    card(at, at.anna_card.uid, NINE)
    card(at, at.anna_card.uid, OUT)
    act(at, actions.deny, at.anna, when=OUT + timedelta(hours=1))
    visit = at.visit()
    assert (visit.state, visit.counted, "card_denied" in visit.flags) == (VisitState.EXPIRED, False, True)
    assert notices(at.anna) == [f"was_me:{visit.id}:{visit.on}"]


def test_only_whoever_held_the_card_speaks_and_not_against_his_own_sign_in(at: Place) -> None:
    with_card(at)
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.TECHNICIAN, certificate="T")
    for who in (at.boss, at.safe, stranger):
        for action in (actions.confirm, actions.deny):
            with pytest.raises(NotAllowed):
                act(at, action, who, when=OUT + timedelta(hours=1))
    with pytest.raises(Conflict):
        act(at, actions.deny, at.anna, when=OUT + timedelta(hours=1))
    with pytest.raises(Conflict):
        act(at, actions.deny, at.bo, when=OUT + DAY + timedelta(seconds=1))


def test_a_sign_out_that_arrives_late_takes_nobodys_hours(at: Place) -> None:
    phone(at, at.anna, NINE)
    joins_by_card(at, at.bo_card.uid)
    act(at, actions.answer, at.anna, everything(), when=NINE + timedelta(minutes=40))
    arrives = OUT + timedelta(hours=2)
    message = SwipeMessage(new_id(), OUT, code="7QK2M8D4XRWP3HT", direction=Direction.OUT)
    viewer = at.viewer(at.anna)
    with time_machine.travel(arrives, tick=False), db.transaction():
        swipe(message, by=viewer)
    assert (at.visit().closed_at, at.visit().cards_until) == (OUT, arrives + DAY)


def test_the_nightly_plan_asks_nobody_twice_and_the_notice_ends_with_the_answer(at: Place) -> None:
    with_card(at)
    source = next(one for one in DUTIES if one.prefix == "was_me")
    duties = [duty for chunk in source.duties(at.visit().on, 60) for duty in chunk]
    assert [(duty.key, duty.holder_id) for duty in duties] == [(notices(at.bo)[0], at.bo.id)]
    assert source.open_keys([at.visit().id]) == {notices(at.bo)[0]}
    act(at, actions.confirm, at.bo, when=OUT + timedelta(hours=1))
    assert source.open_keys([at.visit().id]) == set()


def test_today_asks_and_both_answers_have_their_button(at: Place, signed_in: Browser) -> None:
    url = opened(at, signed_in(at.anna))
    signed_in(at.anna).post(f"{url}/join", data={"card": at.bo_card.uid})
    bo = signed_in(at.bo)
    today = bo.get("/visits/today").text
    assert (f'action="{url}/confirm"' in today, f'action="{url}/deny"' in today) == (True, True)
    assert bo.post(f"{url}/deny", follow_redirects=True).status_code == 200
    assert ("卜师傅 · 本人否认" in signed_in(at.anna).get(url).text, at.visit().denied) == (
        True,
        [str(at.bo.id)],
    )
    assert f'action="{url}/confirm"' in bo.get(f"{url}?view=record").text
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.TECHNICIAN, certificate="T")
    assert [signed_in(stranger).post(f"{url}/{step}").status_code for step in ("confirm", "deny")] == [
        404,
        404,
    ]
