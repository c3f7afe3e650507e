"""离线可充清单: what is in a station's list is what the server would let it fill, and nobody can change a line."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.ledger.models import Event
from equipment.passes.actions import RENEWED_AFTER, issue_list, renew_lists
from equipment.passes.models import PassList
from equipment.passes.queries import newest_list, text_of
from equipment.passes.rules import ListChange, applied, digest, line_of, until_of
from equipment.people.models import Paper
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import IdentifierKind
from equipment.regulation.models import Choice
from equipment.storage import db
from equipment.storage.db import session
from tests import make
from tests.fills.conftest import LPG, OXYGEN, Hall, hall_of


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)


def asked(hall: Hall, **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {hall.token}", **more.pop("headers", {})}
    return hall.client().get("/api/v1/fills/passes", query_string=more, headers=headers)


def lines(hall: Hall) -> list[str]:
    issue_list(hall.station.id)
    return str(asked(hall).get_json()["came"]).split("\n")


def in_list(hall: Hall, bottle: Equipment) -> str | None:
    issue_list(hall.station.id)
    return line_of(str(asked(hall).get_json()["came"]), bottle.label_code or "")


@pytest.mark.parametrize(
    ("more", "until"),
    [
        pytest.param({}, make.days(300), id="inspected for a while"),
        pytest.param({"inspection_due_on": make.days(0)}, make.days(0), id="its last day is today"),
        pytest.param({"inspection_due_on": make.days(2)}, make.days(2), id="ends while the list holds"),
        pytest.param({"inspection_due_on": make.days(-1)}, None, id="overdue"),
        pytest.param({"inspection_due_on": None}, None, id="nobody knows the day"),
        pytest.param({"end_of_life_on": make.days(5)}, make.days(5), id="its life ends sooner"),
        pytest.param({"end_of_life_on": make.days(-1)}, None, id="past its life"),
        pytest.param({"status": "locked", "block_reason": "涉事故"}, None, id="locked"),
        pytest.param({"status": "scrapped"}, None, id="scrapped"),
        pytest.param({"treat_code": "R16"}, None, id="a fault stands"),
        pytest.param({"details": LPG | {"screw_guard": True}}, None, id="a screwed guard"),
        pytest.param({"registered_on": None}, make.days(300), id="not registered: R02 only warns as yet"),
    ],
)
def test_the_list_holds_what_a_scan_would_allow_until_the_same_day(
    hall: Hall, more: dict[str, Any], until: date | None
) -> None:
    bottle = hall.bottle(**more)
    line = in_list(hall, bottle)
    answer = hall.scan(bottle.label_code or "").get_json()
    assert answer["allowed"] is (line is not None)
    assert (until_of(line) if line else None) == until
    if line is not None:
        assert answer["equipment"]["fill_until"] == str(until)


def test_another_stations_bottle_is_in_its_own_list_only(hall: Hall, app: Flask) -> None:
    bottle = hall_of(app, "别家充装站").bottle()
    assert in_list(hall, bottle) is None


def test_a_transition_that_ends_while_the_list_holds_ends_the_line(hall: Hall) -> None:
    with make.writing():
        db.session.add(
            Choice(
                id=new_id(),
                key="fill_transition",
                subject="",
                since=make.days(-1),
                value={"value": {"R02": make.days(3).isoformat()}},
                chosen_at=clock.now(),
            )
        )
    line = in_list(hall, hall.bottle(registered_on=None))
    assert line is not None
    assert until_of(line) == make.days(3)


def test_a_bottle_filled_a_moment_ago_stays_in_the_list(hall: Hall) -> None:
    """Else every list would differ from the one before; the phone knows what it filled itself."""
    bottle = hall.bottle()
    before = in_list(hall, bottle)
    fill = hall.scan(bottle.label_code or "").get_json()
    assert hall.result(fill["fill_id"], gross_g=31_000).status_code == 200
    assert in_list(hall, bottle) == before


def test_every_number_that_one_bottle_alone_carries_leads_to_it(hall: Hall) -> None:
    bottle = hall.bottle(own_number="01-1960")
    with make.writing():
        for kind, value in (
            (IdentifierKind.RFID, "E280116060000209"),
            (IdentifierKind.CERTIFICATE_NO, "瓶32甘D00015"),
            (IdentifierKind.MAKER_QR, "HTTPS//QR.EXAMPLE.CN/77"),
        ):
            db.session.add(
                Identifier(value=value, kind=kind, equipment_id=bottle.id, shown=value, issued_at=clock.now())
            )
    issue_list(hall.station.id)
    text = str(asked(hall).get_json()["came"])
    for number in ("01-1960", bottle.serial, "E280116060000209", "HTTPS//QR.EXAMPLE.CN/77"):
        assert line_of(text, number), number
    assert line_of(text, "瓶32甘D00015") is None  # a certificate covers many


def verify(head: str, signature: dict[str, str], key: dict[str, str]) -> None:
    x, y = (int.from_bytes(base64.urlsafe_b64decode(key[name] + "=="), "big") for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    raw = base64.b64decode(signature["sig"])
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, head.encode(), ec.ECDSA(hashes.SHA256()))


def test_the_head_is_signed_and_names_device_papers_people_and_scales(hall: Hall) -> None:
    hall.bottle()
    issue_list(hall.station.id)
    answer = asked(hall).get_json()
    headers = {"Authorization": f"Bearer {hall.token}"}
    (key,) = hall.client().get("/api/v1/fills/passes/keys", headers=headers).get_json()["keys"]
    verify(answer["head"], answer["signatures"][0], key)
    with pytest.raises(InvalidSignature):
        verify(answer["head"].replace('"bottles":1', '"bottles":2'), answer["signatures"][0], key)
    head = json.loads(answer["head"])
    assert head["digest"] == digest(answer["came"])
    assert head["device"] == str(hall.device.id)
    assert head["station"]["id"] == str(hall.station.id)
    assert (head["sequence"], head["bottles"], head["keys"]) == (1, 1, [key])
    assert head["refill_minutes"] == 30
    assert "LPG" in head["licences"]
    assert list(head["people"]) == [str(hall.person.id)]
    as_of, expires = (clock.datetime.fromisoformat(head[name]) for name in ("as_of", "expires_at"))
    assert expires - as_of == timedelta(hours=72)


def test_the_bureau_sets_how_long_a_list_holds(hall: Hall) -> None:
    with make.writing():
        db.session.add(
            Choice(
                id=new_id(),
                key="pass_hours",
                subject="",
                since=make.days(-1),
                value={"value": 12},
                chosen_at=clock.now(),
            )
        )
    issue_list(hall.station.id)
    head = json.loads(asked(hall).get_json()["head"])
    as_of, expires = (clock.datetime.fromisoformat(head[name]) for name in ("as_of", "expires_at"))
    assert expires - as_of == timedelta(hours=12)


def test_a_licence_that_ran_out_is_in_no_head(hall: Hall) -> None:
    with make.writing():
        session.execute(
            update(Paper)
            .where(Paper.organisation_id == hall.station.id)
            .values(valid_from=make.days(-30), valid_until=make.days(-1))
        )
    hall.bottle()
    issue_list(hall.station.id)
    assert json.loads(asked(hall).get_json()["head"])["licences"] == {}


def test_a_newer_list_comes_as_the_difference(hall: Hall) -> None:
    first, second = hall.bottle(), hall.bottle()
    issue_list(hall.station.id)
    whole = asked(hall).get_json()
    with make.writing():
        session.execute(
            update(Equipment).where(Equipment.id == second.id).values(inspection_due_on=make.days(-1))
        )
    third = hall.bottle(details=OXYGEN, medium="O2")
    issue_list(hall.station.id)
    base = json.loads(whole["head"])["digest"]
    change = asked(hall, base=base).get_json()
    assert change["base"] == base
    newer = applied(whole["came"], ListChange(change["gone"], change["came"].split("\n")))
    assert digest(newer) == json.loads(change["head"])["digest"]
    assert [bool(line_of(newer, str(bottle.label_code))) for bottle in (first, second, third)] == [
        True,
        False,
        True,
    ]
    unknown = asked(hall, base="0" * 64).get_json()
    assert unknown["base"] is None
    assert digest(unknown["came"]) == json.loads(unknown["head"])["digest"]


def test_nothing_new_is_304_and_the_list_gets_a_younger_date(hall: Hall, trace: Any) -> None:
    hall.bottle()
    issue_list(hall.station.id)
    first = asked(hall)
    again = asked(hall, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    issue_list(hall.station.id)
    third = asked(hall, headers={"If-None-Match": first.headers["ETag"]})
    assert third.status_code == 200
    before, after = (json.loads(answer.get_json()["head"]) for answer in (first, third))
    assert (after["sequence"], after["digest"]) == (before["sequence"], before["digest"])
    assert after["as_of"] > before["as_of"]
    assert list(session.scalars(visible(SYSTEM, PassList).with_only_columns(PassList.sequence))) == [1]


def test_it_is_compressed_for_whoever_takes_it(hall: Hall) -> None:
    for _ in range(80):
        hall.bottle()
    issue_list(hall.station.id)
    packed = asked(hall, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"


def test_before_the_first_list_a_device_is_told_when_to_come_again(hall: Hall) -> None:
    answer = asked(hall)
    assert (answer.status_code, answer.headers["Retry-After"]) == (404, "60")
    assert renew_lists() == 1
    assert asked(hall).status_code == 200
    assert renew_lists() == 0  # young enough


def test_lists_are_renewed_after_half_an_hour_and_each_new_one_has_its_line(hall: Hall) -> None:
    renew_lists()
    with make.writing():
        session.execute(update(PassList).values(as_of=clock.now() - RENEWED_AFTER))
    hall.bottle()
    assert renew_lists() == 1
    newest = newest_list(hall.station.id)
    assert newest is not None
    assert (newest.sequence, newest.bottles) == (2, 1)
    issued = select(Event.seq).where(Event.verb == "passes.issued")
    assert len(session.scalars(issued).all()) == 2


def test_who_is_no_station_has_no_list(app: Flask, hall: Hall) -> None:
    lift, token = make.device(hall.station, DeviceKind.READER)
    answer = app.test_client().get("/api/v1/fills/passes", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert app.test_client().get("/api/v1/fills/passes").status_code == 401
    assert UUID(str(lift.id))


def test_the_text_goes_when_no_phone_can_hold_it(hall: Hall) -> None:
    hall.bottle()
    old = issue_list(hall.station.id)
    assert text_of(old)
    with make.writing():
        session.execute(update(PassList).values(as_of=clock.now() - timedelta(days=30)))
    hall.bottle()
    issue_list(hall.station.id)
    session.expire_all()
    first = session.get(PassList, (hall.station.id, 1))
    assert first is not None
    assert (first.content, len(first.digest)) == (None, 64)
