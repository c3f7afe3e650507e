"""A driver's phone: what he saw is kept once, however late and however often it is told; where the records doubt it,
that stands with the row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.ledger.models import Event
from equipment.people.models import Device
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, DeviceKind, Role, Viewer
from equipment.people.scope import visible
from equipment.places import notes
from equipment.places.customers import add_customer
from equipment.places.models import DeliveryNote, NoteRow
from equipment.places.note_printing import note_paper
from equipment.places.note_rules import DriverScan, driver_discrepancy
from equipment.places.notes import note_of
from equipment.places.states import Discrepancy, NoteRowKind, NoteState, PlaceState
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, hall_of
from tests.places.test_following import fill, follow_all, line
from tests.places.test_notes import full_bottle

K, D, P = NoteRowKind, Discrepancy, PlaceState


@pytest.mark.parametrize(
    ("scan", "discrepancy"),
    [
        (DriverScan(K.HANDED), None),
        (DriverScan(K.HANDED, is_with_him=False), None),
        (DriverScan(K.HANDED, is_on_note=False), D.NOT_LOADED),
        (DriverScan(K.BACK), None),
        (DriverScan(K.BACK, is_on_note=False), None),
        (DriverScan(K.BACK, is_with_him=False), D.NOT_OUT),
        (DriverScan(K.BACK, is_known=False, is_own=False), D.UNKNOWN),
        (DriverScan(K.BACK, is_own=False, is_with_him=False), D.FOREIGN),
        (DriverScan(K.HANDED, is_cancelled=True, is_on_note=False), D.CANCELLED),
    ],
)
def test_what_is_not_as_the_records_say(scan: DriverScan, discrepancy: Discrepancy | None) -> None:
    assert driver_discrepancy(scan) == discrepancy


class Driver:
    """A driver of the station with his phone and a note on the way."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        person = make.user(hall.station, Role.OPERATOR, name="老赵")
        self.by: Viewer = viewer_of(person)
        _device, self.token = make.device(hall.station, DeviceKind.PHONE, person=person)

    def note(self, *bottles: Equipment, leaves: bool = True) -> UUID:
        with db.transaction():
            customer = add_customer("王记面馆", "", "", by=self.by)
            note = notes.open_note(new_id(), customer.id, "", "", by=self.by)
            for bottle in bottles:
                notes.load(note, bottle.label_code or "", sure=True, by=self.by)
            if leaves:
                notes.leave(note, by=self.by)
            return note.id

    def send(self, method: str, path: str, body: dict[str, Any]) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "zh-CN"}
        return self.hall.client().open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def scan(self, note: UUID, code: str, kind: NoteRowKind, **more: Any) -> TestResponse:
        body = {"scan_id": str(new_id()), "code": code, "kind": kind, "happened_at": clock.now().isoformat()}
        return self.send("POST", f"/notes/{note}/bottles", {**body, **more})

    def done(self, note: UUID) -> TestResponse:
        return self.send("PUT", f"/notes/{note}/delivered", {"happened_at": clock.now().isoformat()})


@pytest.fixture
def other(hall: Hall) -> Hall:
    """Another station of the same city."""
    return hall_of(hall.app, "别家充装站")


@pytest.fixture
def driver(hall: Hall) -> Driver:
    return Driver(hall)


def rows(note: UUID) -> list[tuple[NoteRowKind, Discrepancy | None]]:
    found = db.session.scalars(
        visible(SYSTEM, NoteRow).where(NoteRow.note_id == note).order_by(NoteRow.row_no)
    )
    shown = [(row.kind, row.discrepancy) for row in found]
    db.session.rollback()
    return shown


def test_handed_over_bottle_by_bottle_each_is_with_the_customer(hall: Hall, driver: Driver) -> None:
    there, stays = full_bottle(hall), full_bottle(hall)
    note = driver.note(there, stays)
    answer = driver.scan(note, there.label_code or "", K.HANDED)
    assert (answer.status_code, answer.get_json()["row"]["discrepancy"]) == (201, None)
    assert line(there.id)[-1] == (P.AT_USER, True)
    assert driver.done(note).get_json()["state"] == "delivered"
    assert driver.done(note).status_code == 200  # sent again it is as it was
    assert line(there.id)[-1] == (P.AT_USER, True)
    assert line(stays.id)[-1] == (P.ON_WAY, True)  # nobody scanned it at the customer's


def test_a_driver_who_scans_nothing_hands_over_the_whole_note(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle)
    assert driver.done(note).status_code == 200
    assert line(bottle.id)[-1] == (P.AT_USER, True)


def test_told_twice_it_is_one_row_and_one_line(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note, key, at = driver.note(bottle), str(new_id()), clock.now().isoformat()
    first = driver.scan(note, bottle.label_code or "", K.HANDED, scan_id=key, happened_at=at)
    again = driver.scan(note, bottle.label_code or "", K.HANDED, scan_id=key, happened_at=at)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == {**first.get_json(), "again": True}
    other = driver.scan(note, bottle.label_code or "", K.HANDED)  # scanned a second time at the door
    assert (other.status_code, other.get_json()["row"]["row"]) == (200, first.get_json()["row"]["row"])
    assert driver.scan(note, "别的", K.HANDED, scan_id=key, happened_at=at).status_code == 409
    verbs = select(Event.verb).where(Event.subject == f"delivery_note:{note}").order_by(Event.seq)
    assert list(db.session.scalars(verbs)) == ["note.opened", "note.loaded", "note.left", "note.handed"]


def test_what_is_elsewhere_is_kept_with_what_the_records_say(hall: Hall, other: Hall, driver: Driver) -> None:
    loaded, beside, empty = full_bottle(hall), full_bottle(hall), hall.bottle()
    foreign = other.bottle()
    fill(hall, empty.label_code or "")
    follow_all()
    note = driver.note(loaded)
    told = driver.scan(note, beside.label_code or "", K.HANDED).get_json()["row"]
    assert (told["discrepancy"], told["was"]) == ("not_loaded", "full")
    assert told["text"] == "不在本配送单，在库重瓶"
    told = driver.scan(note, empty.label_code or "", K.BACK).get_json()["row"]
    assert (told["discrepancy"], told["was"]) == ("not_out", "full")
    told = driver.scan(note, foreign.label_code or "", K.BACK).get_json()["row"]
    assert (told["discrepancy"], told["name"]) == ("foreign", foreign.label_code)
    told = driver.scan(note, "谁也不认识", K.BACK).get_json()["row"]
    assert (told["discrepancy"], told["code"]) == ("unknown", "谁也不认识")
    assert driver.scan(note, "谁也不认识", K.BACK).status_code == 200
    assert rows(note) == [
        (K.OUT, None),
        (K.HANDED, D.NOT_LOADED),
        (K.BACK, D.NOT_OUT),
        (K.BACK, D.FOREIGN),
        (K.BACK, D.UNKNOWN),
    ]
    assert line(beside.id)[-1] == (P.AT_USER, True)  # what the driver saw wins


def test_an_empty_that_was_with_the_customer_comes_back_without_a_word(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle)
    driver.scan(note, bottle.label_code or "", K.HANDED)
    told = driver.scan(note, bottle.label_code or "", K.BACK).get_json()["row"]
    assert (told["discrepancy"], told["was"], told["text"]) == (None, "at_user", "")
    assert line(bottle.id)[-1] == (P.EMPTY, True)


def test_told_hours_later_it_counts_when_it_happened(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle)
    with make.writing():
        for row in db.session.scalars(visible(SYSTEM, DeliveryNote)):
            row.opened_at = row.left_at = clock.now() - timedelta(hours=9)
    at = clock.now() - timedelta(hours=5)
    told = driver.scan(note, bottle.label_code or "", K.HANDED, happened_at=at.isoformat()).get_json()["row"]
    assert datetime.fromisoformat(told["at"]) == at
    for wrong in ("1970-01-01T00:00:00+00:00", (clock.now() + timedelta(days=2)).isoformat()):
        told = driver.scan(note, f"X{wrong}", K.BACK, happened_at=wrong).get_json()["row"]
        assert clock.now() - datetime.fromisoformat(told["at"]) < timedelta(minutes=5)


def test_a_note_that_nobody_let_leave_left_with_its_driver(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle, leaves=False)
    driver.scan(note, bottle.label_code or "", K.HANDED)
    assert note_of(note, by=driver.by).state is NoteState.ON_WAY
    assert [state for state, _now in line(bottle.id)][-1] == P.AT_USER


def test_on_a_cancelled_note_it_is_kept_too(hall: Hall, driver: Driver) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle, leaves=False)
    with db.transaction():
        notes.cancel_note(note_of(note, by=driver.by), "客户不要", by=driver.by)
    told = driver.scan(note, bottle.label_code or "", K.HANDED)
    assert (told.status_code, told.get_json()["row"]["discrepancy"]) == (201, "cancelled")
    assert rows(note)[-1] == (K.HANDED, D.CANCELLED)


def test_a_stranger_tells_nothing_of_a_note(hall: Hall, other: Hall, driver: Driver) -> None:
    note = driver.note(full_bottle(hall))
    stranger = Driver(other)
    assert stranger.scan(note, "1", K.BACK).status_code == 404
    assert stranger.done(note).status_code == 404
    assert driver.send("GET", f"/notes/{note}", {}).status_code == 200
    headers = {"Authorization": f"Bearer {stranger.token}"}
    assert hall.client().get(f"/api/v1/notes/{note}", headers=headers).status_code == 404


def test_rows_of_drivers_stand_on_note_and_paper(hall: Hall, driver: Driver, signed_in: Any) -> None:
    bottle = full_bottle(hall)
    note = driver.note(bottle)
    driver.scan(note, "谁也不认识", K.BACK)
    driver.scan(note, bottle.label_code or "", K.HANDED)
    page = signed_in(make.user(hall.station, Role.STATION_OWNER))
    text = page.get(f"/places/notes/{note}").get_data(as_text=True)
    assert "谁也不认识" in text
    assert "未建档" in text
    text = page.get(f"/places/run/{note}").get_data(as_text=True)
    assert "王记面馆" in text
    assert "王记面馆" in page.get("/places/run").get_data(as_text=True)
    paper = note_paper(note_of(note, by=driver.by), lambda text: text)
    assert [row.cells[1] for row in paper.tables[1].rows] == ["谁也不认识"]


def test_a_phone_gets_a_token_of_its_person(hall: Hall, signed_in: Any) -> None:
    client = signed_in(make.user(hall.station, Role.OPERATOR, name="老赵"))
    token = client.post("/places/run/phone").get_json()
    assert set(token) == {"token", "person"}
    device = db.session.scalars(select(Device).where(Device.kind == DeviceKind.PHONE)).one()
    assert str(device.user_id) == token["person"]
    bureau = signed_in(make.user(make.station("别站"), Role.SAFETY_OFFICER))
    assert bureau.post("/places/run/phone").status_code == 403
