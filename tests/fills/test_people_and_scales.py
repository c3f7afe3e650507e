"""Who looked a bottle over, who checked it after filling, and which scale or gauge gave the amount."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.intake.models import Receipt
from equipment.people.credentials import hashed_pin, set_pin
from equipment.people.models import Card, User
from equipment.people.queries import viewer_of
from equipment.people.rules import CardStatus, DeviceKind, OrganisationKind, Role
from equipment.rules.actions import set_value
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago
from tests.fills.test_results import ALL_CHECKS, FINE, the_fill


def stand(
    hall: Hall,
    number: str,
    *,
    bay: str = "1",
    kind: str = "scale",
    gas: str = "LPG",
    days: int = 90,
    **more: Any,
) -> Instrument:
    with make.writing():
        instrument = Instrument(
            organisation_id=hall.station.id,
            kind=InstrumentKind(kind),
            name="秤",
            number=number,
            bay=bay,
            gas=gas,
            verified_until=clock.today() + timedelta(days=days),
            **more,
        )
        db.session.add(instrument)
        db.session.flush()
    db.session.expunge(instrument)
    return instrument


def colleague(hall: Hall, card: str = "") -> User:
    """Somebody else of the station, with the PIN 271828, and a work card where a number is named."""
    user = make.user(hall.station, Role.OPERATOR, certificate="P")
    with hall.app.app_context(), make.writing():
        set_pin(db.session.get_one(User, user.id), hashed_pin("271828"), by=viewer_of(user))
        if card:
            values = {"organisation_id": hall.station.id, "user_id": user.id, "uid": card, "number": card}
            db.session.add(Card(id=new_id(), status=CardStatus.VALID, doubled=False, **values))
    forget_all()
    db.session.expunge_all()
    return user


def want_another(key: str, group: str = "lpg") -> None:
    """The bureau says that somebody else than the filler checks bottles of these gases."""
    with make.writing():
        office = viewer_of(
            make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
        )
        since = clock.today() - timedelta(days=1)  # an hour ago may have been yesterday
        set_value("cylinder", f"{key}.{group}", since, True, cite="局发〔2026〕7号", by=office)
    forget_all()


def bottle_in(hall: Hall, **more: Any) -> str:
    return str(hall.scan(hall.bottle().label_code or "", bay="1", **more).get_json()["fill_id"])


@pytest.mark.parametrize(
    ("instruments", "by_bay"),
    [
        ((), None),
        (({"number": "S1"},), "S1"),
        (({"number": "S1"}, {"number": "S2", "bay": "2"}), "S1"),
        (({"number": "S1"}, {"number": "S2"}), None),  # which of two, nobody guesses
        (({"number": "G1", "kind": "gauge"}, {"number": "S1"}), "S1"),
        (({"number": "S1", "active": False}, {"number": "S2"}), "S2"),
        (({"number": "S1", "gas": "C3H8"},), None),
    ],
)
def test_the_scale_at_the_bay_gave_the_weight(
    hall: Hall, instruments: tuple[dict[str, Any], ...], by_bay: str | None
) -> None:
    ids = {stood.number: stood.id for stood in [stand(hall, **each) for each in instruments]}
    hall.result(bottle_in(hall), gross_g=31000)
    assert the_fill().instrument_id == (ids[by_bay] if by_bay else None)


def test_a_result_names_another_scale_by_its_number(hall: Hall) -> None:
    stand(hall, "S1")
    other = stand(hall, "S9", bay="9")
    hall.result(bottle_in(hall), gross_g=31000, instrument="S9")
    assert the_fill().instrument_id == other.id


@pytest.mark.parametrize("number", ["S7", "G1", "OLD", "THEIRS"])
def test_a_scale_that_cannot_have_weighed_it_is_refused_and_the_fill_stays_open(
    hall: Hall, other: Hall, number: str
) -> None:
    stand(hall, "G1", kind="gauge")
    stand(hall, "OLD", active=False)
    stand(other, "THEIRS")
    response = hall.result(bottle_in(hall), gross_g=31000, instrument=number)
    assert (response.status_code, list(response.get_json()["fields"])) == (422, ["instrument"])
    assert (the_fill().state, the_fill().instrument_id) == ("open", None)


@pytest.mark.parametrize(("days", "flags"), [(0, []), (-1, ["instrument_overdue"])])
def test_a_scale_past_its_verification_day_flags_the_fill(hall: Hall, days: int, flags: list[str]) -> None:
    stand(hall, "S1", days=days)
    told = hall.result(bottle_in(hall), gross_g=31000, checks=ALL_CHECKS, post_checks=FINE).get_json()
    assert (told["state"], told["flags"]) == ("filled", flags)


STOPPED = {"active": False, "stopped_on": clock.today()}


@pytest.mark.parametrize(
    ("instruments", "weighed_by", "flags"),
    [
        (({"number": "S1", **STOPPED},), "S1", ["instrument_stopped"]),
        (
            ({"number": "S1", "failed": True, "verified_on": clock.today(), **STOPPED},),
            "S1",
            ["instrument_failed"],
        ),
        (({"number": "S1", **STOPPED}, {"number": "S2"}), "S2", []),  # the one in service gave the weight
        (({"number": "S1", **STOPPED}, {"number": "S2", **STOPPED}), None, []),  # which, nobody guesses
        (({"number": "S1", "scrapped_on": clock.today(), **STOPPED},), None, []),
    ],
)
def test_a_scale_out_of_order_flags_the_fill(
    hall: Hall, instruments: tuple[dict[str, Any], ...], weighed_by: str | None, flags: list[str]
) -> None:
    ids = {stood.number: stood.id for stood in [stand(hall, **each) for each in instruments]}
    told = hall.result(bottle_in(hall), gross_g=31000, checks=ALL_CHECKS, post_checks=FINE).get_json()
    assert (told["state"], told["flags"]) == ("filled", flags)
    assert the_fill().instrument_id == (ids[weighed_by] if weighed_by else None)


def test_oxygen_is_measured_by_the_gauge(hall: Hall) -> None:
    stand(hall, "S1", gas="O2")
    gauge = stand(hall, "G1", gas="O2", kind="gauge")
    bottle = hall.bottle(details=OXYGEN)
    fill_id = hall.scan(bottle.label_code or "", gas="O2", bay="1").get_json()["fill_id"]
    hall.result(fill_id, pressure_kpa=14000)
    assert the_fill().instrument_id == gauge.id


def people(fill: Fill) -> tuple[Any, Any]:
    return fill.checked_by, fill.rechecked_by


def test_who_sends_the_answers_is_who_looked(hall: Hall) -> None:
    fill_id = bottle_in(hall)
    assert people(the_fill()) == (None, None)
    hall.send("PUT", f"/fills/{fill_id}/checks", {"checks": ALL_CHECKS, "happened_at": ago()})
    assert people(the_fill()) == (hall.person.id, None)
    hall.result(fill_id, gross_g=31000, post_checks=FINE)
    assert people(the_fill()) == (hall.person.id, hall.person.id)


def test_a_result_without_answers_names_nobody(hall: Hall) -> None:
    hall.result(bottle_in(hall), gross_g=31000)
    assert people(the_fill()) == (None, None)


def test_a_scan_names_its_checker_by_card(hall: Hall) -> None:
    other = colleague(hall, card="04A1B2C3D4")
    bottle_in(hall, checks=ALL_CHECKS, checker="04a1b2c3d4")
    fill = the_fill()
    assert (fill.user_id, fill.checked_by, {mark["by"] for mark in fill.checks.values()}) == (
        hall.person.id,
        other.id,
        {f"user:{other.id}"},
    )


def test_a_checker_nobody_knows_is_flagged_and_the_scan_is_kept(hall: Hall) -> None:
    answer = hall.scan(hall.bottle().label_code or "", checks=ALL_CHECKS, checker="04FFFFFFFF").get_json()
    assert (answer["allowed"], answer["flags"], the_fill().flags) == (
        True,
        ["unknown_checker"],
        ["unknown_checker"],
    )


def test_answers_of_a_second_scan_name_who_looked_then(hall: Hall) -> None:
    other, bottle = colleague(hall, card="04A1B2C3D4"), hall.bottle()
    hall.scan(bottle.label_code or "")
    hall.scan(bottle.label_code or "", checks=ALL_CHECKS, checker="04A1B2C3D4")
    assert (the_fill().checked_by, the_fill().checks["P03"]["by"]) == (other.id, f"user:{other.id}")


@pytest.mark.parametrize(
    ("checker", "status", "checked"),
    [
        (None, 422, False),
        ("own card", 422, False),
        ("colleague's card", 200, True),
        ("colleague's PIN", 200, True),
        ("wrong PIN", 422, False),
        ("a number", 200, True),
    ],
)
def test_where_the_rules_want_somebody_else_the_filler_alone_does_not_do(
    hall: Hall, checker: str | None, status: int, checked: bool
) -> None:
    want_another("checked_by_another")
    other = colleague(hall, card="04A1B2C3D4")
    with make.writing():
        own = {"organisation_id": hall.station.id, "user_id": hall.person.id, "uid": "04C0", "number": "04C0"}
        db.session.add(Card(id=new_id(), status=CardStatus.VALID, doubled=False, **own))
    shown: dict[str | None, Any] = {
        "own card": {"card": "04C0"},
        "colleague's card": {"card": "04A1B2C3D4"},
        "colleague's PIN": {"user_id": str(other.id), "pin": "271828"},
        "wrong PIN": {"user_id": str(other.id), "pin": "314159"},
        "a number": "04A1B2C3D4",
    }
    fill_id = bottle_in(hall)
    body = {"checks": ALL_CHECKS, "happened_at": ago()} | ({"checker": shown[checker]} if checker else {})
    response = hall.send("PUT", f"/fills/{fill_id}/checks", body)
    assert (response.status_code, bool(the_fill().checks)) == (status, checked)
    assert list(response.get_json().get("fields", {})) == ([] if checked else ["checker"])
    assert the_fill().checked_by == (other.id if checked else None)


def test_a_number_alone_proves_nobody_at_a_shared_device(hall: Hall) -> None:
    colleague(hall, card="04A1B2C3D4")
    fill_id = bottle_in(hall)
    _device, hall.token = make.device(hall.station, DeviceKind.FLOOR)
    body = {"checks": ALL_CHECKS, "happened_at": ago(), "checker": "04A1B2C3D4"}
    response = hall.send("PUT", f"/fills/{fill_id}/checks", body)
    assert (response.status_code, list(response.get_json()["fields"])) == (422, ["checker"])


def test_gas_that_went_in_is_recorded_and_says_who_lacked(hall: Hall) -> None:
    want_another("checked_by_another")
    want_another("rechecked_by_another")
    told = hall.result(bottle_in(hall), gross_g=31000, checks=ALL_CHECKS, post_checks=FINE).get_json()
    assert (told["state"], told["flags"]) == ("filled", ["same_checker", "same_rechecker"])


def test_with_two_people_nothing_is_remarkable(hall: Hall) -> None:
    want_another("checked_by_another")
    want_another("rechecked_by_another")
    other = colleague(hall, card="04A1B2C3D4")
    fill_id = bottle_in(hall, checks=ALL_CHECKS, checker="04A1B2C3D4")
    told = hall.result(fill_id, gross_g=31000, post_checks=FINE, rechecker={"card": "04A1B2C3D4"}).get_json()
    assert (told["flags"], people(the_fill())) == ([], (other.id, other.id))


def test_no_pin_is_kept_and_the_same_result_again_is_the_same(hall: Hall) -> None:
    other, fill_id, key, at = colleague(hall), bottle_in(hall), str(new_id()), ago()
    body = {"gross_g": 31000, "result_id": key, "happened_at": at, "post_checks": FINE}
    shown = {"user_id": str(other.id), "pin": "271828"}
    answers = [hall.result(fill_id, **body, rechecker=shown).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert hall.result(fill_id, **body).status_code == 409  # nobody is shown now
    assert [text for text in db.session.scalars(select(Receipt.content)) if "271828" in text] == []
    assert str(other.id) in db.session.scalars(select(Receipt.content)).one()
