"""Shared devices: enrolled once, duty by card or PIN, no certificate no duty, revoked for good; phones of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.people import accounts, devices, papers
from equipment.people.credentials import Attempt, Lock, is_locked_somewhere, locked_until
from equipment.people.duty_views import IdentityShown, confirm_by_second
from equipment.people.models import Card, Device, OnDuty, User
from equipment.people.queries import device_of_token, forget_tokens, viewer_of
from equipment.people.rules import SYSTEM, CardStatus, DeviceKind, OrganisationKind, Role, SignInMeans
from equipment.rules import actions as rules
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
PIN, PASSWORD = "2468", "stove-1234"


@dataclass
class Floor:
    """A station with an owner, one who may fill, one whose certificate ran out, and an enrolled device."""

    owner: User
    operator: User
    expired: User
    card: str
    device: Device
    token: str
    browser: FlaskClient

    def send(self, **given: str) -> tuple[int, str | None]:
        answer = self.browser.post(
            "/api/v1/duty", json=given, headers={"Authorization": f"Bearer {self.token}"}
        )
        on_duty = (answer.get_json() or {}).get("on_duty")
        return answer.status_code, on_duty["name"] if on_duty else None


@pytest.fixture
def floor(app: Flask) -> Floor:
    station = make.station()
    with app.app_context():
        pin, password = hash_password(PIN), hash_password(PASSWORD)
    more = {"certificate": "P", "pin_hash": pin, "password": password}
    owner = make.user(station, Role.STATION_OWNER, name="赵站长", **more)
    operator, expired = (
        make.user(station, Role.OPERATOR, name="钱师傅", certificate="P", pin_hash=pin),
        make.user(station, Role.OPERATOR, name="孙师傅", pin_hash=pin),
    )
    with db.transaction():
        papers.add_certificate(
            db.session.get_one(User, expired.id), "P", "GONE", (make.days(-1400), make.days(-1)), by=SYSTEM
        )
    card, (device, token) = make.card(operator, "04A1B2C3"), make.device(station, DeviceKind.FLOOR)
    made = Floor(owner, operator, expired, card.uid, device, token, app.test_client())
    for each in (card, owner, operator, expired, device):
        db.session.refresh(each)
    db.session.expunge_all()
    return made


def duties() -> list[tuple[str, bool]]:
    db.session.rollback()
    found = db.session.execute(
        select(User.name, OnDuty.until)
        .join(User, User.id == OnDuty.user_id)
        .order_by(OnDuty.since, OnDuty.id)
    )
    return [(name, until is None) for name, until in found]


def test_a_card_or_a_pin_puts_a_person_on_duty_and_the_one_before_goes_off(floor: Floor) -> None:
    assert floor.send(card="04a1b2c3") == (200, "钱师傅")
    assert floor.send(user_id=str(floor.owner.id), pin=PIN) == (200, "赵站长")
    assert duties() == [("钱师傅", False), ("赵站长", True)]
    found = device_of_token(floor.token)
    assert found
    assert (found[0].user_id, Role.STATION_OWNER in found[0].roles, found[0].device_id) == (
        floor.owner.id,
        True,
        floor.device.id,
    )


def test_the_certificate_is_the_one_that_the_bureau_asks_for(floor: Floor) -> None:
    """The duty page reads the bureau's own value, as the filling station does."""
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    by = viewer_of(bureau)
    with db.transaction():
        rules.set_value(
            "cylinder", "operator_certificate", make.days(-1), "P9", cite="局发〔2026〕1号", by=by
        )
    answer = floor.browser.post(
        "/api/v1/duty",
        json={"card": floor.card},
        headers={"Authorization": f"Bearer {floor.token}", "Accept-Language": "zh-CN"},
    )
    assert (answer.status_code, answer.get_json()["title"], duties()) == (
        403,
        "无有效充装作业证（P9）不得上岗。",
        [],
    )
    with db.transaction():
        papers.add_certificate(
            db.session.get_one(User, floor.operator.id),
            "P9",
            "NEW",
            (make.days(-9), make.days(900)),
            by=SYSTEM,
        )
    assert floor.send(card=floor.card) == (200, "钱师傅")


def test_nobody_goes_on_duty_without_a_valid_certificate(floor: Floor) -> None:
    assert floor.send(user_id=str(floor.expired.id), pin=PIN)[0] == 403
    assert duties() == []


def test_five_wrong_pins_lock_the_person_and_the_right_one_no_longer_helps(floor: Floor) -> None:
    assert [floor.send(user_id=str(floor.operator.id), pin="9999")[0] for _ in range(5)] == [403] * 5
    assert floor.send(user_id=str(floor.operator.id), pin=PIN)[0] == 403
    lock = Lock(5, 15)
    assert is_locked_somewhere(floor.operator, lock)
    by_password = Attempt(SignInMeans.PASSWORD, "127.0.0.1")  # which has a count of its own
    assert locked_until(floor.operator.id, by_password, lock) is None


@pytest.mark.parametrize("wrong", ["lost", "expired", "unknown", "foreign"])
def test_a_card_that_is_not_good_puts_nobody_on_duty(floor: Floor, wrong: str) -> None:
    uid = floor.card
    with db.transaction():
        card = db.session.scalars(select(Card).where(Card.uid == uid)).one()
        if wrong == "lost":
            papers.end_card(card, CardStatus.LOST, by=SYSTEM)
        if wrong == "expired":
            card.expires_on = make.days(-1)
    if wrong == "unknown":
        uid = "NOBODY"
    if wrong == "foreign":
        uid = make.card(make.user(make.station("别的站"), Role.OPERATOR, certificate="P"), "FOREIGN1").uid
    assert floor.send(card=uid)[0] == 403
    assert duties() == []


def test_the_manager_enrols_a_device_in_its_browser_and_is_signed_out(
    app: Flask, floor: Floor, signed_in: Sign
) -> None:
    browser = signed_in(db.session.get_one(User, floor.owner.id))
    typed = {"name": "2号秤平板", "bay": "2", "password": PASSWORD}
    page = browser.post("/floor/enrol", data=typed)
    assert page.status_code == 201
    cookie = browser.get_cookie("floor_device")
    assert cookie
    assert (cookie.http_only, cookie.same_site) == (True, "Strict")
    assert f'data-device-token="{cookie.value}"' in page.text
    assert browser.get("/me").location == "/floor/duty"
    duty = browser.get("/floor/duty").text
    assert ("钱师傅" in duty, "无有效 P 证" in duty) == (True, True)
    assert browser.post("/floor/duty", data={"user_id": str(floor.operator.id), "pin": PIN}).location == "/"
    assert duties() == [("钱师傅", True)]
    assert browser.get("/people").status_code == 403


def test_only_the_manager_of_a_station_enrols(app: Flask, floor: Floor, signed_in: Sign) -> None:
    admin = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    assert signed_in(admin).get("/floor/enrol").status_code == 403
    assert signed_in(db.session.get_one(User, floor.operator.id)).get("/floor/enrol").status_code == 403
    assert app.test_client().get("/floor/enrol").status_code == 302


def test_a_revoked_device_ends_its_duty_its_cookie_and_its_token_at_once(
    app: Flask, floor: Floor, signed_in: Sign
) -> None:
    floor.send(card=floor.card)
    floor.browser.set_cookie("floor_device", floor.token)
    assert floor.browser.get("/floor/duty").status_code == 200
    assert (
        signed_in(db.session.get_one(User, floor.owner.id))
        .post(f"/devices/{floor.device.id}/revoke")
        .status_code
        == 302
    )
    assert duties() == [("钱师傅", False)]
    assert floor.send(card=floor.card)[0] == 401
    assert floor.browser.get("/floor/duty").location.startswith("/sign-in")


def test_a_token_of_another_kind_opens_no_pages_and_no_duty(app: Flask, floor: Floor) -> None:
    _device, token = make.device(db.session.get_one(User, floor.owner.id).organisation, DeviceKind.CONTROLLER)
    assert floor.browser.get("/api/v1/duty", headers={"Authorization": f"Bearer {token}"}).status_code == 403
    floor.browser.set_cookie("floor_device", token)
    assert floor.browser.get("/floor/duty").status_code == 302


def test_a_device_token_is_shown_once_and_kept_as_a_hash(app: Flask, floor: Floor, signed_in: Sign) -> None:
    owner = signed_in(db.session.get_one(User, floor.owner.id))
    page = owner.post(
        f"/organisations/{floor.owner.organisation_id}/devices/new",
        data={"kind": "controller", "name": "1号秤", "person": "", "password": PASSWORD},
    )
    token = page.text.split('data-copy="')[1].split('"')[0]
    assert page.status_code == 201
    assert device_of_token(token) is not None
    assert token not in owner.get(f"/organisations/{floor.owner.organisation_id}").text
    assert token not in [each.token_hash for each in db.session.scalars(select(Device))]


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/floor/enrol", {"name": "2号秤平板", "bay": "2"}),
        ("/organisations/{of}/devices/new", {"kind": "controller", "name": "1号秤", "person": ""}),
    ],
)
def test_nothing_is_enrolled_at_a_desk_that_somebody_left_open(
    floor: Floor, signed_in: Sign, path: str, typed: dict[str, str]
) -> None:
    browser = signed_in(db.session.get_one(User, floor.owner.id))
    address = path.format(of=floor.owner.organisation_id)
    before = len(db.session.scalars(select(Device)).all())
    for password in ("", "wrong-1234"):
        page = browser.post(address, data={**typed, "password": password})
        assert (page.status_code, typed["name"] in page.text) == (422, True)
    assert "当前密码不正确" in page.text
    assert len(db.session.scalars(select(Device)).all()) == before


def test_a_reader_needs_its_lift_and_finds_only_lifts_of_its_firm(app: Flask, signed_in: Sign) -> None:
    firm, other = make.organisation(OrganisationKind.FIRM), make.organisation(OrganisationKind.FIRM)
    key, theirs = firm.id, make.equipment("elevator", maintenance_firm_id=other.id)
    mine = make.equipment("elevator", maintenance_firm_id=key, code="0123456789AB012")
    foreign = make.equipment(
        "elevator", maintenance_firm_id=theirs.maintenance_firm_id, code="0123456789CD012"
    )
    with app.app_context():
        password = hash_password(PASSWORD)
    manager = signed_in(make.user(firm, Role.FIRM_MANAGER, password=password))
    mine_id, codes = mine.id, {"none": "", "foreign": foreign.label_code, "mine": mine.label_code}
    answers = [
        manager.post(
            f"/organisations/{key}/devices/new",
            data={"kind": "reader", "name": name, "equipment": code, "person": "", "password": PASSWORD},
        ).status_code
        for name, code in codes.items()
    ]
    assert answers == [422, 422, 201]
    assert db.session.scalars(select(Device.equipment_id).where(Device.kind == DeviceKind.READER)).all() == [
        mine_id
    ]


def test_the_second_person_is_somebody_else_of_the_same_station(app: Flask, floor: Floor) -> None:
    organisation, first = floor.owner.organisation_id, floor.owner.id
    with app.test_request_context():
        assert (
            confirm_by_second(IdentityShown(card=floor.card), first=first, organisation_id=organisation).id
            == floor.operator.id
        )
        assert (
            confirm_by_second(
                IdentityShown(user_id=floor.operator.id, pin=PIN), first=first, organisation_id=organisation
            ).id
            == floor.operator.id
        )
        with pytest.raises(Invalid):
            confirm_by_second(
                IdentityShown(user_id=first, pin=PIN), first=first, organisation_id=organisation
            )
        with pytest.raises(NotAllowed):
            confirm_by_second(
                IdentityShown(user_id=floor.operator.id, pin="0000"),
                first=first,
                organisation_id=organisation,
            )


def test_a_technicians_phone_gets_a_token_of_his_own_and_the_fourth_ends_the_first(
    app: Flask, signed_in: Sign
) -> None:
    technician = make.user(make.organisation(OrganisationKind.FIRM), Role.TECHNICIAN)
    key, browser = technician.id, signed_in(technician)
    tokens = [
        browser.post("/devices/phone", data={"name": f"手机{number}"}).get_json()["token"]
        for number in range(4)
    ]
    forget_tokens()
    known = [device_of_token(token) for token in tokens]
    assert [found is not None for found in known] == [False, True, True, True]
    assert known[3]
    assert (known[3][0].user_id, known[3][1].kind) == (key, DeviceKind.PHONE)


def test_closing_an_account_ends_phones_duty_and_the_name_on_machines(app: Flask, floor: Floor) -> None:
    floor.send(card=floor.card)
    with db.transaction():
        operator = db.session.get_one(User, floor.operator.id)
        phone, token = devices.enrol_phone(operator, "", by=SYSTEM)
        machine, _token = devices.enrol(
            operator.organisation,
            devices.NewDevice(DeviceKind.CONTROLLER, "秤", user_id=operator.id),
            by=SYSTEM,
        )
    with db.transaction():
        accounts.close_account(db.session.get_one(User, floor.operator.id), by=SYSTEM)
    assert device_of_token(token) is None
    assert duties() == [("钱师傅", False)]
    again = db.session.get_one(Device, machine.id, populate_existing=True)
    assert (again.user_id, again.revoked_at) == (None, None)
    assert db.session.get_one(Device, phone.id, populate_existing=True).revoked_at is not None


def taken_over_elsewhere(floor: Floor, person: User) -> None:
    """Another process put somebody else on duty: this one has heard nothing of it."""
    with make.writing():
        for duty in db.session.scalars(select(OnDuty).where(OnDuty.until.is_(None))):
            duty.until = clock.now()
        db.session.add(
            OnDuty(
                organisation_id=person.organisation_id,
                id=new_id(),
                device_id=floor.device.id,
                user_id=person.id,
                since=clock.now(),
            )
        )


def test_no_worker_takes_who_left_for_who_is_on_duty(floor: Floor) -> None:
    floor.send(card=floor.card)
    before = device_of_token(floor.token)
    taken_over_elsewhere(floor, floor.owner)
    now = device_of_token(floor.token)
    assert before
    assert now
    assert (before[0].user_id, now[0].user_id) == (floor.operator.id, floor.owner.id)
