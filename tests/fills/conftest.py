"""A station with a certified filler, a controller's token, and bottles on file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.test import TestResponse

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.intake.actions import forget_contacts
from equipment.people.models import Device, OnDuty, Organisation, User
from equipment.people.rules import DeviceKind, Role
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.storage import db
from tests import make
from tests.fills.floor_page import COUNT_TAPS

LPG = {
    "variety": "lpg",
    "medium": "LPG",
    "model": "YSP35.5",
    "volume_ml": 35500,
    "tare_g": 16500,
    "max_charge_g": 14900,
    "edition": "gb5842_2006",
}
OXYGEN = {"variety": "seamless", "medium": "O2", "volume_ml": 40000, "working_pressure_kpa": 15000}


@dataclass
class Hall:
    """One station as its devices see it."""

    app: Flask
    station: Organisation
    person: User
    device: Device
    token: str

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def send(self, method: str, path: str, body: dict[str, Any], language: str = "zh-CN") -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": language}
        return self.client().open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def scan(self, code: str, **more: Any) -> TestResponse:
        language = more.pop("language", "zh-CN")
        body = {
            "scan_id": str(new_id()),
            "code": code,
            "gas": "LPG",
            "happened_at": clock.now().isoformat(),
            **more,
        }
        return self.send("POST", "/fills", body, language)

    def result(self, fill_id: str, **more: Any) -> TestResponse:
        return self.send("PUT", f"/fills/{fill_id}/result", {"happened_at": clock.now().isoformat(), **more})

    def bottle(self, **more: Any) -> Equipment:
        """A good LPG bottle of this station, with a genuine code."""
        details = more.pop("details", LPG)
        made = make.equipment(
            "cylinder",
            **{
                "code": make_code(keys()),
                "owner_id": self.station.id,
                "medium": details["medium"],
                "details": details,
                "inspection_due_on": make.days(300),
                "end_of_life_on": make.days(900),
                **more,
            },
        )
        db.session.expunge(made)
        return made


def hall_of(app: Flask, name: str = "测试充装站", **more: Any) -> Hall:
    of = make.station(name, **more)
    person = make.user(of, Role.OPERATOR, certificate="P")
    device, token = make.device(of, DeviceKind.CONTROLLER, person=person)
    db.session.expunge_all()  # requests end the session; what tests hold stays readable
    return Hall(app, of, person, device, token)


@pytest.fixture
def hall(app: Flask) -> Hall:
    forget_contacts()
    return hall_of(app)


@pytest.fixture
def other(app: Flask, hall: Hall) -> Hall:
    """Another station of the same city."""
    return hall_of(app, "别家充装站")


def ago(**delta: float) -> str:
    return (clock.now() - timedelta(**delta)).isoformat()


def uuid_of(text: str) -> UUID:
    return UUID(text)


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


def put_on_duty(hall: Hall, device: Device) -> None:
    """The hall's filler stands at this device."""
    with make.writing():
        db.session.add(
            OnDuty(
                organisation_id=hall.station.id,
                id=new_id(),
                device_id=device.id,
                user_id=hall.person.id,
                since=clock.now(),
            )
        )


@pytest.fixture
def floor(hall: Hall, address: str, context: BrowserContext) -> Page:
    """A tablet enrolled at the station, somebody on duty, four LPG scales."""
    device, token = make.device(hall.station, DeviceKind.FLOOR)
    with make.writing():
        put_on_duty(hall, device)
        for number in range(1, 5):
            db.session.add(
                Instrument(
                    organisation_id=hall.station.id,
                    kind=InstrumentKind.SCALE,
                    name=f"{number}号秤",
                    number=f"S{number}",
                    bay=f"{number}号秤",
                    gas="LPG",
                    verified_until=clock.today() + timedelta(days=99),
                )
            )
    context.add_cookies([{"name": "floor_device", "value": token, "url": address}])
    context.add_init_script(f"localStorage.setItem('device_token', '{token}'); {COUNT_TAPS}")
    page = context.new_page()
    page.set_viewport_size({"width": 800, "height": 1280})
    page.on("dialog", lambda dialog: page.evaluate("window.dialogs += 1"))
    page.set_default_navigation_timeout(60_000)  # first pages are slow on two busy cores
    page.goto(f"{address}/floor")
    expect(page.locator("[data-bay]")).to_have_count(4)
    return page
