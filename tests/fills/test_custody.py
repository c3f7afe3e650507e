"""托管: off as shipped; allowed by a dated choice of the bureau, a station fills bottles it keeps for their owner,
and refuses them again from the day on which choice or agreement ends. Offline lists follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.fills import custody
from equipment.fills.custody import custody_of, kept_owners
from equipment.fills.models import Custody, Fill
from equipment.fills.states import CustodyState
from equipment.passes.actions import issue_list
from equipment.passes.queries import text_of
from equipment.passes.rules import until_of
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.rules.actions import choose
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import Hall

Sign = Callable[[User], FlaskClient]
S = CustodyState


def bureau() -> Viewer:
    return viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )


def allow(value: str = "allowed", on: date | None = None) -> None:
    with db.transaction():
        choose("custody", on or make.days(0), {"value": value}, cite="会议纪要", by=bureau())
    forget_all()


@pytest.fixture
def owner(other: Hall) -> Viewer:
    return viewer_of(make.user(other.station, Role.STATION_OWNER, name="钱站"))


@pytest.fixture
def keeper(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="孙站"))


def agreed(owner: Viewer, keeper: Viewer, first: int = 0, last: int = 30) -> Custody:
    with db.transaction():
        days = (make.days(first), make.days(last))
        row = custody.offer(new_id(), keeper.organisation_id, days, by=owner)
        custody.answer(row, S.AGREED, by=keeper)
    forget_all()
    return row


def codes(hall: Hall, bottle: Equipment) -> list[str]:
    """The refusals that a scan of it gets; what was opened is closed again."""
    forget_all()
    answer = hall.scan(bottle.label_code or "").get_json()
    if answer["fill_id"]:
        hall.send("POST", f"/fills/{answer['fill_id']}/void", {"happened_at": clock.now().isoformat()})
    return [reason["code"] for reason in answer["reasons"]]


def test_as_shipped_nothing_is_kept_for_anybody(hall: Hall, other: Hall, owner: Viewer) -> None:
    days = (make.days(0), make.days(30))
    with pytest.raises(Conflict, match="does not allow"), db.transaction():
        custody.offer(new_id(), hall.station.id, days, by=owner)
    assert codes(hall, other.bottle()) == ["R03"]


def test_an_agreement_lets_the_station_fill_and_the_record_says_so(
    hall: Hall, other: Hall, owner: Viewer, keeper: Viewer
) -> None:
    allow()
    agreed(owner, keeper)
    bottle = other.bottle()
    answer = hall.scan(bottle.label_code or "").get_json()
    assert (answer["allowed"], answer["reasons"]) == (True, [])
    assert answer["equipment"]["tare_g"] == 16500  # all that a filler needs of his own
    fill = db.session.scalars(visible(SYSTEM, Fill)).one()
    assert fill.facts["in_custody"] is True
    stranger = other.bottle(owner_id=make.station("第三家").id)
    assert codes(hall, stranger) == ["R03"]
    own = hall.bottle()
    assert codes(other, own) == ["R03"]  # it holds one way


def test_the_page_of_the_fill_and_of_the_bottle_say_that_it_is_kept(
    hall: Hall, other: Hall, owner: Viewer, keeper: Viewer, signed_in: Sign
) -> None:
    allow()
    agreed(owner, keeper)
    bottle = other.bottle()
    opened = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    page = signed_in(make.user(hall.station, Role.STATION_OWNER)).get(f"/fills/{bottle.id}/{opened}")
    assert "托管" in page.get_data(as_text=True)
    page = signed_in(make.user(other.station, Role.STATION_OWNER)).get(f"/equipment/{bottle.id}")
    assert f"托管至 {make.days(30)}" in page.get_data(as_text=True)


def test_switched_off_it_is_refused_again_from_that_day_on(
    hall: Hall, other: Hall, owner: Viewer, keeper: Viewer
) -> None:
    allow()
    agreed(owner, keeper)
    bottle = other.bottle()
    assert codes(hall, bottle) == []
    allow("", make.days(3))
    assert codes(hall, bottle) == []
    assert [kept_owners(hall.station.id, make.days(day)) for day in (2, 3)] == [
        {other.station.id},
        frozenset(),
    ]
    allow("")
    assert codes(hall, bottle) == ["R03"]


@pytest.mark.parametrize(("first", "last", "kept"), [(0, 0, True), (1, 9, False), (-9, -1, False)])
def test_an_agreement_holds_from_its_first_day_to_its_last(
    hall: Hall, other: Hall, owner: Viewer, keeper: Viewer, first: int, last: int, kept: bool
) -> None:
    allow()
    row = agreed(owner, keeper)
    with make.writing():
        row = custody_of(row.id, by=owner)
        row.from_on, row.until_on = make.days(first), make.days(last)
    assert codes(hall, other.bottle()) == ([] if kept else ["R03"])


def test_ended_by_either_side_it_is_refused_the_same_day(
    hall: Hall, other: Hall, owner: Viewer, keeper: Viewer
) -> None:
    allow()
    for side in (owner, keeper):
        row = agreed(owner, keeper)
        with pytest.raises(Invalid), db.transaction():
            custody.answer(custody_of(row.id, by=side), S.ENDED, "", by=side)
        with db.transaction():
            custody.answer(custody_of(row.id, by=side), S.ENDED, "不再合作", by=side)
        assert codes(hall, other.bottle()) == ["R03"]


def test_offline_lists_follow(hall: Hall, other: Hall, owner: Viewer, keeper: Viewer) -> None:
    bottle = other.bottle()
    assert issue_list(hall.station.id).bottles == 0
    allow()
    agreed(owner, keeper, last=2)
    (line,) = text_of(issue_list(hall.station.id)).splitlines()
    assert line.split("\t")[0] == bottle.label_code
    assert until_of(line) == make.days(2)  # not beyond the agreement, though the bottle is good for 300 days
    allow("")
    assert issue_list(hall.station.id).bottles == 0


def test_who_answers_and_who_sees_it(hall: Hall, other: Hall, owner: Viewer, keeper: Viewer) -> None:
    allow()
    days = (make.days(0), make.days(30))
    with pytest.raises(Invalid), db.transaction():  # not to oneself
        custody.offer(new_id(), other.station.id, days, by=owner)
    with pytest.raises(Invalid), db.transaction():
        custody.offer(new_id(), hall.station.id, (make.days(9), make.days(1)), by=owner)
    with db.transaction():
        key = custody.offer(new_id(), hall.station.id, days, by=owner).id
        assert custody.offer(key, hall.station.id, days, by=owner).id == key
    with pytest.raises(NotAllowed), db.transaction():
        custody.answer(custody_of(key, by=owner), S.AGREED, by=owner)
    assert codes(hall, other.bottle()) == ["R03"]  # offered is not agreed
    stranger = viewer_of(make.user(make.station("第三家"), Role.STATION_OWNER))
    with pytest.raises(NotFound):
        custody_of(key, by=stranger)
    with db.transaction():
        custody.answer(custody_of(key, by=keeper), S.DECLINED, "地方不够", by=keeper)
    with pytest.raises(Conflict, match="Not taken"), db.transaction():
        custody.answer(custody_of(key, by=keeper), S.AGREED, by=keeper)


def test_the_pages_of_custody(hall: Hall, other: Hall, signed_in: Sign) -> None:
    owner = signed_in(make.user(other.station, Role.STATION_OWNER, name="钱站"))
    keeper = signed_in(make.user(hall.station, Role.STATION_OWNER, name="孙站"))
    assert "市局未允许托管" in owner.get("/custody").get_data(as_text=True)
    allow()
    sent = {"custody_id": str(new_id()), "to": "测试充装站", "from_on": str(make.days(0))}
    assert owner.post("/custody/new", data=sent).status_code == 422
    assert owner.post("/custody/new", data={**sent, "until_on": str(make.days(9))}).status_code == 302
    path = f"/custody/{sent['custody_id']}"
    assert owner.post(f"{path}/agree").status_code == 403
    assert keeper.post(f"{path}/agree").status_code == 302
    page = keeper.get("/custody").get_data(as_text=True)
    assert "今日有效" in page
    assert keeper.post(f"{path}/end", data={"reason": "到此为止"}).status_code == 302
    assert "到此为止" in owner.get("/custody").get_data(as_text=True)
