"""流转状态 on screen: who sees what, filters, lost and found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.places.actions import report_place
from equipment.places.home import home_cards
from equipment.places.listing import place_table
from equipment.places.models import Whereabouts
from equipment.places.queries import whereabouts
from equipment.places.states import PlaceReportKind, PlaceState
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall
from tests.places.test_following import fill, follow_all, line

Sign = Callable[[User], FlaskClient]
LOST, FOUND = PlaceReportKind.LOST, PlaceReportKind.FOUND


@pytest.fixture
def owner(hall: Hall) -> User:
    who = make.user(hall.station, Role.STATION_OWNER, name="孙站")
    db.session.refresh(who)
    viewer_of(who)
    db.session.expunge(who)  # requests end the session; what tests hold stays readable
    return who


def seeing(who: User) -> Viewer:
    return viewer_of(db.session.get_one(User, who.id))


def listed(who: User, **filters: str) -> list[str]:
    rows = db.session.execute(whereabouts(seeing(who), filters)).all()
    return sorted(bottle.serial for _record, bottle in rows)


def test_a_lost_bottle_is_lost_at_once_and_found_with_its_reason(
    hall: Hall, owner: User, signed_in: Sign
) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    follow_all()
    client = signed_in(owner)
    page = client.get(f"/places/{bottle.id}").get_data(as_text=True)
    assert "在库重瓶" in page
    assert "报失" in page
    sent = {"kind": "lost", "reason": "用户搬走"}
    assert client.post(f"/places/{bottle.id}/report", data=sent).status_code == 302
    assert line(bottle.id)[-1] == (PlaceState.LOST, True)
    page = client.get(f"/places/{bottle.id}").get_data(as_text=True)
    assert "用户搬走" in page
    assert "登记找回" in page
    assert (
        client.post(f"/places/{bottle.id}/report", data={"kind": "lost", "reason": "又"}).status_code == 409
    )
    assert client.post(f"/places/{bottle.id}/report", data={"kind": "found", "reason": ""}).status_code == 422
    client.post(f"/places/{bottle.id}/report", data={"kind": "found", "reason": "邻居送回"})
    assert line(bottle.id)[-1] == (PlaceState.EMPTY, True)
    lines = select(Event.verb).where(Event.subject == f"equipment:{bottle.id}").order_by(Event.seq)
    assert list(db.session.scalars(lines))[-2:] == ["place.lost", "place.found"]


def test_only_its_own_station_says_that_a_bottle_is_lost(hall: Hall) -> None:
    bottle = hall.bottle()
    supervisor = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    other = make.user(make.station("别站"), Role.STATION_OWNER)
    for who in (supervisor, other):
        with pytest.raises(NotAllowed), db.transaction():
            report_place(piece(SYSTEM, bottle.id), LOST, "没有了", by=viewer_of(who))
    owner = viewer_of(make.user(hall.station, Role.STATION_OWNER))
    with pytest.raises(Conflict, match="not reported lost"), db.transaction():
        report_place(piece(SYSTEM, bottle.id), FOUND, "在这里", by=owner)


def test_the_list_is_of_ones_own_bottles_by_state_days_and_number(
    hall: Hall, owner: User, signed_in: Sign
) -> None:
    old, new, gone = (hall.bottle(serial=f"7700{number}") for number in range(3))
    for bottle in (old, new, gone):
        fill(hall, bottle.label_code or "")
    with db.transaction():
        report_place(
            piece(SYSTEM, old.id), LOST, "丢", by=seeing(owner), at=clock.now() + timedelta(seconds=1)
        )
        change_status(
            db.session.get_one(Equipment, gone.id), EquipmentStatus.SCRAPPED, reason="到期", by=SYSTEM
        )
    follow_all()
    assert listed(owner) == ["77000", "77001"]
    assert listed(owner, state="lost") == ["77000"]
    assert listed(owner, number="7001") == ["77001"]
    assert listed(owner, silent="1") == []
    assert listed(owner, silent="0") == ["77000", "77001"]
    assert listed(owner, silent="x", area="62", customer="nobody") == []
    assert listed(make.user(make.station("别站"), Role.STATION_OWNER)) == []
    page = signed_in(owner).get("/places?silent=0").get_data(as_text=True)
    assert "77001" in page
    table = place_table(seeing(owner), {}, lambda text: text)
    assert sorted(row[1] for row in table.rows) == ["77000", "77001"]


def test_a_stranger_finds_no_way_of_a_bottle(hall: Hall, signed_in: Sign) -> None:
    bottle = hall.bottle()
    stranger = signed_in(make.user(make.station("别站"), Role.STATION_OWNER))
    assert stranger.get(f"/places/{bottle.id}").status_code == 404
    sent = {"kind": "lost", "reason": "没有了"}
    assert stranger.post(f"/places/{bottle.id}/report", data=sent).status_code == 404


def test_the_first_page_counts_what_nobody_heard_of_for_half_a_year(hall: Hall, owner: User) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    follow_all()
    with hall.app.test_request_context():
        assert home_cards(seeing(owner)) == []
    with make.writing():
        db.session.scalars(
            visible(SYSTEM, Whereabouts).where(Whereabouts.until_at.is_(None))
        ).one().seen_at = clock.now() - timedelta(days=181)
    with hall.app.test_request_context():
        (card,) = home_cards(seeing(owner))
    assert (card.figure, card.url) == (1, "/places?silent=180")
    assert len(listed(owner, silent="180")) == 1
