"""Presence has a grade, one person is at one lift; both are written with their evidence and refuse nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.geo import Datum, GeoPoint, GeoPosition
from equipment.core.ids import new_id
from equipment.maintenance.actions import deny
from equipment.maintenance.closing import close_forgotten
from equipment.maintenance.models import Visit
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.register.coordinates import accept, coordinates_of, locate, point_of
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import CoordinatesSource, IdentifierKind
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, lift_of, loosen, place
from tests.maintenance.test_swipes import NINE, send

CODES = ("JJPF5RTPMVDE1BQ", "7QK2M8D4XRWP3HA", "7QK2M8D4XRWP3HB", "7QK2M8D4XRWP3HC")
LIFT = GeoPoint(36.5447, 104.1389)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


@pytest.fixture
def phone(at: Place) -> str:
    return make.device(at.firm, DeviceKind.PHONE, person=at.anna)[1]


def stands(lift: Equipment, metres_north: float = 0) -> None:
    point = GeoPoint(LIFT.latitude + metres_north / 111_195, LIFT.longitude)
    with db.transaction():
        locate(
            db.session.get_one(Equipment, lift.id),
            GeoPosition(point),
            source=CoordinatesSource.OFFICE,
            by=SYSTEM,
        )


def another(at: Place, code: str, name: str) -> Equipment:
    return loosen(lift_of(at.firm, at.unit, code=code, name=name))


def here(metres_north: float = 0, accuracy_m: float = 15, **more: Any) -> dict[str, Any]:
    return {
        "latitude": LIFT.latitude + metres_north / 111_195,
        "longitude": LIFT.longitude,
        "accuracy_m": accuracy_m,
        **more,
    }


def visit_of(lift: Equipment) -> Visit:
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(Visit).filter(Visit.equipment_id == lift.id).one()


def others_of(visit: Visit, flag: str) -> list[str]:
    return [fact["visit"] for fact in visit.flag_facts if fact["flag"] == flag]


def test_a_scan_at_the_lift_is_proved_by_its_position(client: FlaskClient, at: Place, phone: str) -> None:
    stands(at.lift)
    answer = send(client, phone, code=CODE, how="camera", position=here(40))[1]
    assert (answer["grade"], answer["fence"], answer["distance_m"]) == ("scan_in_fence", "inside", 40)
    assert (answer["grade_text"], answer["fence_text"]) == (
        "Scan, position inside the fence",
        "Inside the fence",
    )
    swipe = at.swipes()[0]
    assert (swipe.grade, swipe.how, swipe.datum, swipe.accuracy_m, swipe.distance_m, swipe.fence) == (
        "scan_in_fence",
        "camera",
        "wgs84",
        15,
        40,
        "inside",
    )
    assert (swipe.latitude, swipe.longitude) == (365450597, 1041389000)
    assert (at.visit().grade, at.visit().flags) == ("scan_in_fence", [])


def test_a_scan_far_from_the_lift_opens_the_visit_and_is_flagged_with_its_evidence(
    client: FlaskClient, at: Place, phone: str
) -> None:
    stands(at.lift)
    answer = send(client, phone, code=CODE, how="camera", position=here(5_000, 12.4))[1]
    assert (answer["outcome"], answer["grade"], answer["flags"]) == ("opened", "scan", ["place"])
    assert at.visit().flag_facts == [
        {"flag": "place", "swipe": answer["swipe_id"], "metres": 5000, "fence_m": 200, "accuracy_m": 13}
    ]


def test_a_visit_is_worth_its_worse_end(client: FlaskClient, at: Place, phone: str) -> None:
    stands(at.lift)
    with time_machine.travel(NINE, tick=False) as now:
        send(client, phone, code=CODE, how="camera", position=here(10))
        now.shift(timedelta(minutes=40))
        answer = send(client, phone, code=CODE, direction="out")[1]
    assert (answer["outcome"], answer["grade"]) == ("closed", "typed")
    assert at.visit().grade == "typed"


def test_a_colleague_who_shows_his_card_changes_no_grade(client: FlaskClient, at: Place) -> None:
    token = at.reader[1]
    send(client, token, card=at.anna_card.uid)
    send(client, token, card=at.bo_card.uid)
    assert (at.visit().grade, len(at.visit().technicians)) == ("reader", 2)


def test_the_number_of_a_plate_is_a_plate_only_where_the_phone_read_it_by_nfc(
    client: FlaskClient, at: Place, phone: str
) -> None:
    with db.transaction():
        db.session.add(
            Identifier(
                value="04AABBCC11",
                kind=IdentifierKind.RFID,
                equipment_id=at.lift.id,
                shown="04AABBCC11",
                issued_at=clock.now(),
            )
        )
    grades = [
        send(client, phone, code="04:aa:bb:cc:11", **how)[1]["grade"]
        for how in ({"how": "nfc"}, {"how": "typed"}, {}, {"how": "camera"})
    ]
    assert grades == ["plate", "typed", "typed", "scan"]


@pytest.mark.parametrize(
    ("position", "fence"),
    [
        (here(0, latitude=91), "unreadable"),
        (here(0, latitude="north"), "unreadable"),
        (here(0, longitude=None), "unreadable"),
        (here(0, -1), "unreadable"),
        (here(0, 201), "coarse"),
        ({}, ""),
    ],
)
def test_a_position_that_says_nothing_loses_no_swipe_and_flags_nobody(
    client: FlaskClient, at: Place, phone: str, position: dict[str, Any], fence: str
) -> None:
    stands(at.lift)
    status, answer = send(client, phone, code=CODE, how="camera", position=position)
    assert (status, answer["outcome"], answer["grade"], answer["fence"]) == (201, "opened", "scan", fence)
    swipe = at.swipes()[0]
    assert (swipe.latitude is None) == (fence in ("unreadable", ""))
    assert at.visit().flags == []


def test_nan_in_the_body_is_no_position_and_no_error(client: FlaskClient, at: Place, phone: str) -> None:
    stands(at.lift)
    body = (
        f'{{"swipe_id": "{new_id()}", "happened_at": "{clock.now().isoformat()}", "code": "{CODE}", '
        '"how": "camera", "position": {"latitude": NaN, "longitude": 104.1}}'
    )
    answer = client.post(
        "/api/v1/swipes",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {phone}"},
    )
    assert (answer.status_code, answer.get_json()["fence"]) == (201, "unreadable")


def test_an_unknown_datum_or_way_of_reading_is_a_clear_error(
    client: FlaskClient, at: Place, phone: str
) -> None:
    status, answer = send(client, phone, code=CODE, how="telepathy")
    assert (status, sorted(answer["fields"])) == (422, ["how"])
    status, answer = send(client, phone, code=CODE, position=here(datum="moon"))
    assert (status, sorted(answer["fields"])) == (422, ["position.datum"])


def test_the_datum_of_the_sender_is_converted(client: FlaskClient, at: Place, phone: str) -> None:
    """The same degrees in another datum lie 250 m farther on."""
    stands(at.lift)
    assert send(client, phone, code=CODE, how="camera", position=here(datum="gcj02"))[1]["distance_m"] == 252
    assert [(swipe.datum, swipe.fence) for swipe in at.swipes()] == [(Datum.GCJ02, "outside")]


def test_the_same_swipe_twice_is_one_and_another_position_is_another_message(
    client: FlaskClient, at: Place, phone: str
) -> None:
    body = {"swipe_id": str(new_id()), "happened_at": clock.now().isoformat(), "code": CODE, "how": "camera"}
    first = send(client, phone, **body, position=here(10))
    again = send(client, phone, **body, position=here(10))
    other = send(client, phone, **body, position=here(900))
    assert (first[0], again[0], other[0]) == (201, 200, 409)
    assert again[1] == first[1]
    assert len(at.swipes()) == 1


def test_at_four_lifts_in_twelve_seconds_one_technician_is_flagged_at_every_one(
    client: FlaskClient, at: Place, phone: str
) -> None:
    """Typed at home: four lifts at four addresses within 12 s, then a fifth by its reader."""
    lifts = [another(at, code, f"{code[-2:]}梯") for code in CODES]
    with time_machine.travel(NINE, tick=False) as now:
        for lift_code in CODES:
            status, answer = send(client, phone, code=lift_code)
            assert (status, answer["outcome"], answer["grade"]) == (201, "opened", "typed")
            now.shift(timedelta(seconds=4))
        assert answer["flags"] == ["overlap"]
        fifth = send(client, at.reader[1], card=at.anna_card.uid)[1]
    assert (fifth["outcome"], fifth["flags"]) == ("opened", ["overlap"])
    visits = [visit_of(lift) for lift in (*lifts, at.lift)]
    assert [visit.flags for visit in visits] == [["overlap"]] * 5
    for visit in visits:
        assert sorted(others_of(visit, "overlap")) == sorted(
            str(other.id) for other in visits if other.id != visit.id
        )
        assert {fact["person"] for fact in visit.flag_facts} == {str(at.anna.id)}
    assert [visit.counted for visit in visits] == [False] * 5


def test_who_travels_faster_than_anybody_is_flagged_on_both_visits(
    client: FlaskClient, at: Place, phone: str
) -> None:
    far = another(at, CODES[0], "远处电梯")
    stands(at.lift)
    stands(far, 40_000)
    with time_machine.travel(NINE, tick=False) as now:
        send(client, phone, code=CODE, how="camera")
        now.shift(timedelta(minutes=40))
        send(client, phone, code=CODE, how="camera")
        now.shift(timedelta(minutes=10))
        answer = send(client, phone, code=CODES[0], how="camera")[1]
    assert answer["flags"] == ["travel"]
    for visit, other in ((at.visit(), visit_of(far)), (visit_of(far), at.visit())):
        assert visit.flag_facts == [
            {
                "flag": "travel",
                "visit": str(other.id),
                "lift": str(other.equipment_id),
                "person": str(at.anna.id),
                "metres": 40_000,
                "seconds": 600,
                "kmh": 240,
            }
        ]
    assert "travel" in at.visit().flags


def test_one_lift_after_the_other_is_work_as_it_should_be(client: FlaskClient, at: Place, phone: str) -> None:
    near = another(at, CODES[0], "同院电梯")
    stands(at.lift)
    stands(near, 90)
    with time_machine.travel(NINE, tick=False) as now:
        for code in (CODE, CODE, CODES[0], CODES[0]):
            send(client, phone, code=code, how="camera", position=here(30))
            now.shift(timedelta(minutes=35))
    assert [set(visit.flags) & {"place", "overlap", "travel"} for visit in (at.visit(), visit_of(near))] == [
        set(),
        set(),
    ]


def test_a_colleague_is_there_from_his_own_swipe_on(client: FlaskClient, at: Place) -> None:
    """He comes 20 minutes after the first, straight from another lift."""
    other = another(at, CODES[0], "前一台")
    reader = make.device(
        at.unit, DeviceKind.READER, equipment_id=other.id, created_at=clock.now() - timedelta(days=30)
    )[1]
    with time_machine.travel(NINE, tick=False) as now:
        send(client, reader, card=at.bo_card.uid)
        now.shift(timedelta(minutes=30))
        send(client, at.reader[1], card=at.anna_card.uid)
        now.shift(timedelta(minutes=10))
        send(client, reader, card=at.bo_card.uid)
        now.shift(timedelta(minutes=10))
        joined = send(client, at.reader[1], card=at.bo_card.uid)[1]
    assert (joined["outcome"], joined["flags"], visit_of(other).flag_facts) == ("joined", [], [])


def test_a_late_sign_out_that_came_before_takes_the_flag_back(
    client: FlaskClient, at: Place, phone: str
) -> None:
    """His sign-out waited in the phone without a signal: until it came he stood at both lifts."""
    other = another(at, CODES[0], "下一台")
    with time_machine.travel(NINE, tick=False) as now:
        send(client, phone, code=CODE)
        now.shift(timedelta(minutes=60))
        assert send(client, at.reader[1], card=at.bo_card.uid)[1]["outcome"] == "refused"
        colleague = make.device(
            at.unit, DeviceKind.READER, equipment_id=other.id, created_at=clock.now() - timedelta(days=30)
        )[1]
        assert send(client, colleague, card=at.anna_card.uid)[1]["flags"] == ["overlap"]
        assert at.visit().flags == ["overlap"]
        now.shift(timedelta(minutes=30))
        left = clock.now() - timedelta(minutes=50)
        answer = send(client, phone, code=CODE, direction="out", happened_at=left.isoformat())[1]
    assert answer["outcome"] == "closed"
    assert "overlap" not in answer["flags"]
    assert (visit_of(other).flags, visit_of(other).flag_facts, at.visit().flag_facts) == ([], [], [])


def test_a_visit_nobody_signed_out_of_is_judged_by_its_last_sign_of_life(
    client: FlaskClient, at: Place, phone: str
) -> None:
    other = another(at, CODES[0], "下一台")
    with time_machine.travel(NINE - timedelta(days=1), tick=False) as now:
        send(client, phone, code=CODE)
        now.shift(timedelta(hours=2))
        assert send(client, phone, code=CODES[0])[1]["flags"] == ["overlap"]
        now.shift(timedelta(minutes=40))
        send(client, phone, code=CODES[0])
        now.shift(timedelta(hours=13))
        with db.transaction():
            assert close_forgotten(clock.now()) == 1
    assert ("no_sign_out" in at.visit().flags, at.visit().flag_facts) == (True, [])
    assert ("overlap" in visit_of(other).flags, visit_of(other).flag_facts) == (False, [])


def test_who_denies_that_it_was_him_was_at_no_second_lift(client: FlaskClient, at: Place) -> None:
    """His card was shown at a lift while he worked at another: the flag falls with his word."""
    other = another(at, CODES[0], "别处电梯")
    token = make.device(at.firm, DeviceKind.PHONE, person=at.bo)[1]
    with time_machine.travel(NINE, tick=False) as now:
        send(client, token, code=CODES[0])
        send(client, at.reader[1], card=at.anna_card.uid)
        now.shift(timedelta(minutes=5))
        assert send(client, at.reader[1], card=at.bo_card.uid)[1]["flags"] == ["overlap"]
        now.shift(timedelta(minutes=40))
        send(client, at.reader[1], card=at.anna_card.uid)
        assert "overlap" in at.visit().flags
        with db.transaction():
            deny(db.session.merge(at.visit()), by=at.viewer(at.bo))
    assert [visit.flag_facts for visit in (at.visit(), visit_of(other))] == [[], []]
    assert "overlap" not in (*at.visit().flags, *visit_of(other).flags)


def test_a_reader_that_tells_its_position_proposes_where_the_lift_stands(
    client: FlaskClient, at: Place
) -> None:
    """Three that agree; a proposal is nobody's position until it is accepted."""
    for number, metres in enumerate((0, 30, 60), 1):
        answer = send(client, at.reader[1], card="DEADBEEF", position=here(metres))[1]
        assert (answer["fence"], answer["distance_m"]) == ("unplaced", None)
        db.session.rollback()
        rows = coordinates_of(SYSTEM, at.lift.id)
        assert [(row.state, row.source, row.readings) for row in rows] == (
            [("proposed", "reader", 3)] if number == 3 else []
        )
    assert point_of(at.lift.id) is None
    send(client, at.reader[1], card="DEADBEEF", position=here(0))
    assert len(coordinates_of(SYSTEM, at.lift.id)) == 1
    with db.transaction():
        lift = db.session.get_one(Equipment, at.lift.id)
        accept(coordinates_of(SYSTEM, lift.id)[0], lift, by=at.viewer(at.boss))
    assert send(client, at.reader[1], card="DEADBEEF", position=here(30))[1]["distance_m"] == 0
    assert db.session.get_one(Equipment, at.lift.id).details["latitude"] == "36.5449698"


def test_readings_that_do_not_agree_propose_nothing(client: FlaskClient, at: Place) -> None:
    for metres in (0, 30, 9_000):
        send(client, at.reader[1], card="DEADBEEF", position=here(metres))
    assert coordinates_of(SYSTEM, at.lift.id) == []
