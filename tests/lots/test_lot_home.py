"""Lots on first pages, and lots that stand too long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.figures import HomeCard
from equipment.lots import receiving
from equipment.lots.destroying import waiting
from equipment.lots.duties import DUTIES
from equipment.lots.home import home_cards
from equipment.lots.models import Lot
from equipment.lots.queries import OPEN_STATES, lot_of, lots
from equipment.lots.states import LotState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.regulation.cylinder_numbers import lot_stands_days
from equipment.regulation.queries import rules
from equipment.storage import db
from tests import make
from tests.dues.town import Town
from tests.lots.test_bench import PASS, judge
from tests.lots.test_destructions import scrapped
from tests.lots.town import bottle, on_way, open_lot, received

Sign = Callable[[User], FlaskClient]


def cards(app: Flask, viewer: Viewer) -> dict[str, int | str]:
    with app.test_request_context("/"):
        shown = home_cards(viewer)
    assert [counted(viewer, card) for card in shown] == [card.figure for card in shown]
    return {card.key.removeprefix("lots."): card.figure for card in shown}


def counted(viewer: Viewer, card: HomeCard) -> int:
    """How many rows the list behind a card has."""
    address = urlsplit(card.url)
    rows = waiting(viewer, {}) if address.path == "/destructions/waiting" else None
    listed = rows if rows is not None else lots(viewer, dict(parse_qsl(address.query)))
    return db.session.scalar(select(func.count()).select_from(listed.order_by(None).subquery())) or 0


def test_each_side_sees_what_waits_for_it(app: Flask, at: Town) -> None:
    assert (cards(app, at.viewer("owner")), cards(app, at.viewer("inspector"))) == ({}, {})
    open_lot(at, bottle(at))
    on_way(at, bottle(at))
    at_body = received(at, bottle(at), bottle(at))
    judge(at, at_body, 1, PASS)
    scrapped(at, 2)
    here_one = bottle(at)
    first, short = here_one.label_code or "", on_way(at, here_one, bottle(at))
    with db.transaction():
        here, inspector = lot_of(short.id, by=SYSTEM), at.viewer("inspector")
        receiving.receive(here, first, by=inspector)
        receiving.sign_receipt(here, "", by=inspector)
    assert cards(app, at.viewer("owner")) == {"packing": 1, "away": 3, "differing": 1}
    assert cards(app, at.viewer("inspector")) == {"incoming": 1, "unjudged": 2, "judged": 1, "to_destroy": 2}
    assert (cards(app, at.viewer("supervisor")), cards(app, at.viewer("stranger"))) == ({}, {})


@pytest.mark.parametrize(
    ("state", "moment", "days", "hears"),
    [
        (LotState.PACKING, "opened_at", 7, "station"),
        (LotState.ON_WAY, "handed_at", 3, "body"),
        (LotState.ARRIVING, "handed_at", 1, "body"),
        (LotState.RECEIVED, "received_at", 15, "body"),
    ],
)
def test_a_lot_that_stands_is_a_duty_of_whoever_takes_the_next_step(
    at: Town, state: LotState, moment: str, days: int, hears: str
) -> None:
    lot = received(at, bottle(at))
    since = clock.now() - timedelta(days=40)
    with make.writing():
        row = db.session.get_one(Lot, (lot.organisation_id, lot.id))
        row.state = state
        setattr(row, moment, since)
    (source,) = DUTIES
    (duty,) = [duty for chunk in source.duties(clock.today(), 0) for duty in chunk]
    parties = {"station": (at.station.id, None), "body": (None, at.body.id)}
    assert duty.due_on == clock.site_day(since) + timedelta(days=days)
    assert (duty.organisation_id, duty.body_id) == parties[hears]
    assert lot_stands_days(rules("cylinder"), state, date(2025, 3, 10)) == days
    assert source.open_keys([lot.id]) == {duty.key}


def test_a_lot_that_is_done_is_no_duty(at: Town) -> None:
    lot = received(at, bottle(at))
    for state in set(LotState) - set(OPEN_STATES):
        with make.writing():
            db.session.get_one(Lot, (lot.organisation_id, lot.id)).state = state
        assert [duty for chunk in DUTIES[0].duties(clock.today(), 0) for duty in chunk] == []


def test_the_bench_says_which_colour_mark_the_year_has(at: Town, signed_in: Sign) -> None:
    one = bottle(at)
    lot = received(at, one)
    judge(at, lot, 1, PASS)
    inspector = signed_in(at.inspector)
    leave = inspector.get(f"/lots/{lot.id}/leave").text
    assert "检验色标" in leave
    assert "2025 · 粉红 椭圆" in leave  # docs/facts/cylinders.md: 2025 pink, ellipse
    assert "GB/T 7144-2016" in leave
