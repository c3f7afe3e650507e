"""Where a lift stands: stated, proposed, decided on; what was in force before stays on file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.geo import Datum, GeoPoint, distance_m
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.actions import change, register
from equipment.register.coordinates import coordinates_of, point_of
from equipment.register.models import Equipment
from equipment.register.rules import CoordinatesSource
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, place

Sign = Callable[[User], FlaskClient]
GCJ = {"latitude": "36.5447", "longitude": "104.1389", "datum": "gcj02"}


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def stated(at: Place) -> list[tuple[str, str, str]]:
    db.session.rollback()
    return [(row.state, row.source, row.datum) for row in coordinates_of(SYSTEM, at.lift.id)]


def send(signed_in: Sign, who: User, at: Place, path: str = "", **form: Any) -> int:
    return signed_in(who).post(f"/equipment/{at.lift.id}/position{path}", data=form).status_code


def test_the_manager_states_it_and_a_technician_proposes(at: Place, signed_in: Sign) -> None:
    assert send(signed_in, at.boss, at, **GCJ) == 302
    assert stated(at) == [("in_force", "office", "gcj02")]
    point = point_of(at.lift.id)
    assert point is not None
    assert 240 < distance_m(point, GeoPoint(36.5447, 104.1389)) < 260
    phone = {"latitude": "36.5450", "longitude": "104.1390", "datum": "wgs84", "measured": "1"}
    assert send(signed_in, at.anna, at, **phone, accuracy_m="12.3") == 302
    assert stated(at) == [("proposed", "site", "wgs84"), ("in_force", "office", "gcj02")]
    row = coordinates_of(SYSTEM, at.lift.id)[0]
    assert row.accuracy_m == 13
    assert send(signed_in, at.anna, at, f"/{row.id}/accept") == 403
    assert send(signed_in, at.boss, at, f"/{row.id}/accept") == 302
    assert stated(at) == [("in_force", "site", "wgs84"), ("superseded", "office", "gcj02")]
    assert send(signed_in, at.boss, at, f"/{row.id}/decline") == 409
    details = db.session.get_one(Equipment, at.lift.id).details
    assert (details["latitude"], details["longitude"], details["datum"]) == ("36.545", "104.139", "wgs84")
    assert "36.545000, 104.139000" in signed_in(at.anna).get(f"/equipment/{at.lift.id}").text


@pytest.mark.parametrize(
    "wrong",
    [{"latitude": "91"}, {"latitude": "nan"}, {"longitude": ""}, {"longitude": "东经104"}, {"datum": "moon"}],
)
def test_what_is_no_place_is_said_and_nothing_is_lost(
    at: Place, signed_in: Sign, wrong: dict[str, str]
) -> None:
    assert send(signed_in, at.boss, at, **{**GCJ, **wrong}) == 422
    assert stated(at) == []


def test_strangers_state_nothing(at: Place, signed_in: Sign) -> None:
    other = make.user(make.organisation(OrganisationKind.FIRM, "别的维保公司"), Role.FIRM_MANAGER)
    assert send(signed_in, other, at, **GCJ) == 404
    assert stated(at) == []


def test_the_details_of_a_piece_are_its_position(at: Place) -> None:
    with db.transaction():
        lift = db.session.get_one(Equipment, at.lift.id)
        change(lift, {"details": GCJ}, by=SYSTEM, source=CoordinatesSource.IMPORT)
    assert stated(at) == [("in_force", "import", "gcj02")]
    with db.transaction():
        change(db.session.get_one(Equipment, at.lift.id), {"name": "新名字"}, by=SYSTEM)
    assert stated(at) == [("in_force", "import", "gcj02")]
    with db.transaction():
        nothing = dict.fromkeys(GCJ)
        change(db.session.get_one(Equipment, at.lift.id), {"details": nothing}, by=SYSTEM)
    assert stated(at) == [("superseded", "import", "gcj02")]
    assert point_of(at.lift.id) is None


def test_a_piece_is_put_on_file_with_its_position(app: Flask) -> None:
    values = {
        "category": "elevator",
        "serial": "E1",
        "area": make.TOWNSHIP,
        "details": {"catalogue": "3110", "latitude": "36.5447", "longitude": "104.1389"},
    }
    with db.transaction():
        lift = register(values, by=SYSTEM)
    row = coordinates_of(SYSTEM, lift.id)[0]
    assert (row.state, row.source, row.datum, row.point) == (
        "in_force",
        "office",
        Datum.WGS84,
        GeoPoint(36.5447, 104.1389),
    )


def test_lifts_without_one_stand_in_a_list(at: Place, signed_in: Sign) -> None:
    browser = signed_in(at.boss)
    assert "/equipment?unplaced=1" in browser.get("/").text
    listed = browser.get("/equipment?unplaced=1").text
    assert f"/equipment/{at.lift.id}" in listed
    send(signed_in, at.boss, at, **GCJ)
    assert f"/equipment/{at.lift.id}" not in browser.get("/equipment?unplaced=1").text
