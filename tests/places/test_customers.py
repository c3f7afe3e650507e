"""客户: the station's own data, their bottles and days, nobody's name in the ledger. 周转: what each number is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import new_id
from equipment.fills.models import Fill
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.places import notes
from equipment.places.customers import (
    add_customer,
    bottles_and_holders,
    change_customer,
    customer_of,
    customer_rows,
    customer_table,
    customers,
)
from equipment.places.models import Whereabouts
from equipment.places.rotation import Rotation, rotation, rotation_bottles, rotation_rows
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.places.test_notes import full_bottle

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def owner(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="孙站"))


def customer(owner: Viewer, name: str, *bottles: Equipment) -> UUID:
    """A customer who has these full bottles."""
    with db.transaction():
        key = add_customer(name, "人民路9号", "13900001111", by=owner).id
    if bottles:
        with db.transaction():
            note = notes.open_note(new_id(), key, "", "", by=owner)
            for bottle in bottles:
                notes.load(note, bottle.label_code or "", sure=True, by=owner)
            notes.hand_over(notes.leave(note, by=owner), by=owner)
    return key


def aged(bottle: Equipment, days: int) -> None:
    """It came where it is, and was last heard of, so many days ago."""
    with make.writing():
        now = visible(SYSTEM, Whereabouts).where(
            Whereabouts.equipment_id == bottle.id, Whereabouts.until_at.is_(None)
        )
        row = db.session.scalars(now).one()
        row.from_at = row.seen_at = clock.now() - timedelta(days=days)


def shown(owner: Viewer, **filters: str) -> list[tuple[str, int, int | None]]:
    records = db.session.scalars(customers(owner, filters)).all()
    return sorted((row.record.name, row.bottles, row.days_out) for row in customer_rows(owner, records))


def test_each_customer_with_his_bottles_and_how_long_they_are_out(hall: Hall, owner: Viewer) -> None:
    old, new, only = (full_bottle(hall, serial=f"6600{number}") for number in range(3))
    customer(owner, "王记面馆", old, new)
    customer(owner, "李记", only)
    customer(owner, "新客户")
    aged(old, 40)
    assert shown(owner) == [("新客户", 0, None), ("李记", 1, 0), ("王记面馆", 2, 40)]
    assert shown(owner, q="王记") == [("王记面馆", 2, 40)]
    assert shown(owner, q="没有") == []
    assert shown(owner, silent="30") == [("王记面馆", 2, 40)]
    assert shown(owner, holding="1") == [("李记", 1, 0), ("王记面馆", 2, 40)]
    assert shown(owner, off="1") == []
    assert bottles_and_holders(owner, {}) == (3, 2)
    table = customer_table(owner, {"q": "王记"}, lambda text: text)
    (row,) = table.rows
    assert row[:6] == ["王记面馆", "人民路9号", "13900001111", 2, 40, 40]


def test_a_customer_is_of_his_station_alone(hall: Hall, owner: Viewer) -> None:
    key = customer(owner, "王记面馆")
    bureau = viewer_of(make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR))
    for who in (viewer_of(make.user(make.station("别站"), Role.STATION_OWNER)), bureau):
        with pytest.raises(NotFound):
            customer_of(key, by=who)
        assert shown(who) == []


def test_no_name_reaches_the_ledger_when_a_customer_is_changed(hall: Hall, owner: Viewer) -> None:
    key = customer(owner, "王麻子")
    with db.transaction():
        row = customer_of(key, by=owner)
        change_customer(row, "张屠户", "民主路1号", "13811112222", active=False, by=owner)
        change_customer(row, "张屠户", "民主路1号", "13811112222", active=False, by=owner)
        with pytest.raises(Invalid):
            change_customer(row, " ", "", "", active=True, by=owner)
    lines = select(Event.payload).where(Event.verb.startswith("customer."))
    payloads = db.session.scalars(lines.order_by(Event.seq)).all()
    assert len(payloads) == 2
    assert '"fields":["name","address","phone","active"]' in payloads[1]
    everything = "\n".join(db.session.scalars(select(Event.payload)).all())
    names = ("王麻子", "张屠户", "人民路", "民主路", "13900001111", "13811112222")
    assert [name for name in names if name in everything] == []


def test_the_pages_of_customers(hall: Hall, owner: Viewer, signed_in: Sign) -> None:
    bottle = full_bottle(hall, serial="66010")
    key = customer(owner, "王记面馆", bottle)
    client = signed_in(make.user(hall.station, Role.OPERATOR, name="周操"))
    page = client.get("/customers").get_data(as_text=True)
    assert "王记面馆" in page
    assert "押金" in page
    page = client.get(f"/customers/{key}").get_data(as_text=True)
    assert "66010" in page
    assert "66010" in client.get(f"/customers/{key}?tab=all").get_data(as_text=True)
    made = client.post("/customers/new", data={"name": "李记", "address": "", "phone": "", "active": "y"})
    assert client.post("/customers/new", data={"name": " "}).status_code == 422
    path = made.headers["Location"]
    assert client.post(f"{path}/edit", data={"name": "李记二店"}).status_code == 302
    assert "李记二店" in client.get("/customers?off=1").get_data(as_text=True)
    assert client.post("/customers?format=xlsx").status_code == 302
    stranger = signed_in(make.user(make.station("别站"), Role.STATION_OWNER))
    assert stranger.get(f"/customers/{key}").status_code == 404
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    assert signed_in(bureau).get("/customers").status_code == 403


def refilled(bottle: Equipment, *days_ago: int) -> None:
    """Its fills lie so many days back, the latest the one on record."""
    with make.writing():
        there = db.session.scalars(visible(SYSTEM, Fill).where(Fill.equipment_id == bottle.id)).one()
        values = {column.name: getattr(there, column.name) for column in Fill.__table__.columns}
        for days in days_ago[1:]:
            at = clock.now() - timedelta(days=days)
            more = {"id": new_id(), "scan_id": new_id(), "happened_at": at, "result_at": at, "filled_at": at}
            db.session.add(Fill(**{**values, **more}))
        at = clock.now() - timedelta(days=days_ago[0])
        there.happened_at = there.result_at = there.filled_at = at


def test_rotation_by_hand(hall: Hall, owner: Viewer) -> None:
    often, once, at_user = (full_bottle(hall, serial=f"6700{number}") for number in range(3))
    never = hall.bottle()
    hall.bottle(details=OXYGEN)
    hall.bottle(owner_id=make.station("别站").id)
    refilled(often, 10, 40, 100)  # 30 and 60 days between
    refilled(once, 200)
    refilled(at_user, 364, 380)  # the earlier one lies before the year
    customer(owner, "王记面馆", at_user)
    aged(at_user, 12)
    lpg, oxygen, every = rotation(owner, 180)
    assert lpg == Rotation("lpg", 4, 5, 45.0, 1, 12.0, 3)
    assert lpg.per_year == 1.25
    assert oxygen == Rotation("seamless", 1, 0, None, 0, None, 1)
    assert every == Rotation(None, 5, 5, 45.0, 1, 12.0, 4)
    idle = db.session.scalars(rotation_bottles(owner, {"variety": "lpg", "idle": "180"})).all()
    assert {bottle.id for bottle in idle} == {once.id, at_user.id, never.id}
    rows = rotation_rows(db.session.scalars(rotation_bottles(owner, {"variety": "lpg"})).all())
    assert sum(row.fills for row in rows) == lpg.fills  # the list behind the number says the same
    assert len(rows) == lpg.bottles


def test_the_pages_of_the_rotation(hall: Hall, signed_in: Sign) -> None:
    full_bottle(hall, serial="68000")
    client = signed_in(make.user(hall.station, Role.STATION_OWNER, name="孙站"))
    page = client.get("/places/rotation").get_data(as_text=True)
    assert "周转" in page
    assert "未核实" in page
    assert client.get("/places/rotation?idle=x").status_code == 200
    assert "68000" in client.get("/places/rotation/bottles?variety=lpg").get_data(as_text=True)
    assert "68000" not in client.get("/places/rotation/bottles?idle=1").get_data(as_text=True)
    operator = signed_in(make.user(hall.station, Role.OPERATOR))
    assert operator.get("/places/rotation").status_code == 403
