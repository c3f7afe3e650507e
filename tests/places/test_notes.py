"""配送单: what goes out and what does not, the customer's bottles, empties back, nobody's name in the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import new_id
from equipment.fills.states import FillState
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role, Viewer
from equipment.places import notes
from equipment.places.customers import add_customer
from equipment.places.models import DeliveryNote
from equipment.places.note_printing import note_paper
from equipment.places.note_rules import Leaving, is_elsewhere, leaving_problem
from equipment.places.notes import Asked, note_of
from equipment.places.states import Discrepancy, NoteRowKind, NoteState, PlaceState
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall
from tests.places.test_following import line

P, F, E = PlaceState, FillState, EquipmentStatus
Sign = Callable[[User], FlaskClient]


@pytest.mark.parametrize(
    ("bottle", "problem", "elsewhere"),
    [
        (Leaving(True, E.IN_USE, F.FILLED, True, P.FULL, True), "", False),
        (Leaving(False, E.IN_USE, F.FILLED, True, P.FULL, True), "another station's", False),
        (Leaving(True, E.LOCKED, F.FILLED, True, P.FULL, True), "Locked", False),
        (Leaving(True, E.IN_USE, None, None, None, False), "No fill", True),
        (Leaving(True, E.IN_USE, F.OVERFILLED, False, P.FULL, True), "Overfilled", False),
        (Leaving(True, E.IN_USE, F.REFUSED, None, P.FULL, True), "Refused", False),
        (Leaving(True, E.IN_USE, F.OPEN, None, P.EMPTY, True), "Filling", True),
        (Leaving(True, E.IN_USE, F.FILLED, None, P.FULL, True), "not on record", False),
        (Leaving(True, E.IN_USE, F.FILLED, False, P.FULL, True), "did not pass", False),
        (Leaving(True, E.IN_USE, F.FILLED, True, P.EMPTY, True), "as empty", True),
        (Leaving(True, E.IN_USE, F.FILLED, True, P.AT_USER, False), "", True),
        (Leaving(True, E.IN_USE, F.FILLED, True, P.FULL, False), "", True),
        (Leaving(True, E.IN_USE, F.FILLED, True, P.FULL, True, "PS1"), "PS1", False),
    ],
)
def test_only_a_full_checked_bottle_of_this_station_goes_out(
    bottle: Leaving, problem: str, elsewhere: bool
) -> None:
    said = str(leaving_problem(bottle) or "")
    assert bool(said) == bool(problem)
    assert problem in said
    assert is_elsewhere(bottle) is elsewhere


@pytest.fixture
def owner(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="孙站"))


def full_bottle(hall: Hall, **more: str) -> Equipment:
    bottle = hall.bottle(**more)
    opened = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    answer = hall.result(opened, empty_g=16600, gross_g=31000, post_checks={"Q01": True, "Q02": True})
    assert answer.status_code == 200, answer.get_json()
    return bottle


def opened(by: Viewer) -> DeliveryNote:
    with db.transaction():
        customer = add_customer("王麻子面馆", "人民路9号", "13900001111", by=by)
        return notes.open_note(new_id(), customer.id, "甘d12345", "老赵", by=by)


def load(note: DeliveryNote, bottle: Equipment, by: Viewer, *, sure: bool = False) -> notes.NoteRow | Asked:
    with db.transaction():
        return notes.load(note_of(note.id, by=by), bottle.label_code or "", sure=sure, by=by)


def test_out_to_the_customer_and_the_empty_comes_back(hall: Hall, owner: Viewer) -> None:
    bottle, note = full_bottle(hall), opened(owner)
    for _again in range(2):
        row = load(note, bottle, owner)
        assert isinstance(row, notes.NoteRow)
        assert (row.row_no, row.discrepancy) == (1, None)
    for _again in range(2):
        with db.transaction():
            notes.leave(note_of(note.id, by=owner), by=owner)
        assert line(bottle.id)[-1] == (P.ON_WAY, True)
    for _again in range(2):
        with db.transaction():
            notes.hand_over(note_of(note.id, by=owner), by=owner)
        assert line(bottle.id)[-1] == (P.AT_USER, True)
    with db.transaction():
        notes.take_back(note_of(note.id, by=owner), bottle.label_code or "", by=owner)
    assert [state for state, _now in line(bottle.id)][-4:] == [P.FULL, P.ON_WAY, P.AT_USER, P.EMPTY]
    with pytest.raises(Conflict), db.transaction():
        notes.cancel_note(note_of(note.id, by=owner), "错了", by=owner)


def test_one_that_comes_back_undelivered_is_still_full(hall: Hall, owner: Viewer) -> None:
    bottle, note = full_bottle(hall), opened(owner)
    load(note, bottle, owner)
    with db.transaction():
        notes.leave(note_of(note.id, by=owner), by=owner)
        notes.take_back(note_of(note.id, by=owner), bottle.label_code or "", by=owner)
    with db.transaction():
        notes.hand_over(note_of(note.id, by=owner), by=owner)
    assert line(bottle.id)[-1] == (P.FULL, True)


def test_a_bottle_that_is_elsewhere_is_asked_and_the_discrepancy_stays(hall: Hall, owner: Viewer) -> None:
    bottle, first, second = full_bottle(hall), opened(owner), opened(owner)
    load(first, bottle, owner)
    with pytest.raises(Invalid, match="already"):
        load(second, bottle, owner)
    with db.transaction():
        notes.hand_over(notes.leave(note_of(first.id, by=owner), by=owner), by=owner)
    asked = load(second, bottle, owner)
    assert asked == Asked(P.AT_USER)
    row = load(second, bottle, owner, sure=True)
    assert isinstance(row, notes.NoteRow)
    assert (row.discrepancy, row.was) == (Discrepancy.ELSEWHERE, P.AT_USER)


def test_unloaded_or_cancelled_a_bottle_stays_in_stock(hall: Hall, owner: Viewer) -> None:
    bottle, note = full_bottle(hall), opened(owner)
    load(note, bottle, owner)
    with db.transaction():
        row = notes.unload(note_of(note.id, by=owner), 1, by=owner)
    assert row.kind is NoteRowKind.OFF
    with pytest.raises(Invalid, match="no bottle"), db.transaction():
        notes.leave(note_of(note.id, by=owner), by=owner)
    load(note, bottle, owner)
    with db.transaction():
        assert (
            notes.cancel_note(note_of(note.id, by=owner), "客户退订", by=owner).state is NoteState.CANCELLED
        )
    assert P.ON_WAY not in [state for state, _now in line(bottle.id)]


def test_no_name_of_a_customer_reaches_the_ledger(hall: Hall, owner: Viewer) -> None:
    bottle, note = full_bottle(hall), opened(owner)
    load(note, bottle, owner)
    with db.transaction():
        notes.hand_over(notes.leave(note_of(note.id, by=owner), by=owner), by=owner)
    lines = db.session.scalars(select(Event.payload)).all()
    assert any(str(note.customer_id) in payload for payload in lines)
    for secret in ("王麻子", "人民路", "13900001111", "老赵"):
        assert not [payload for payload in lines if secret in payload]


def test_a_stranger_sees_no_note_and_another_stations_bottle_stays(hall: Hall, owner: Viewer) -> None:
    note, other = opened(owner), make.station("别站")
    stranger = viewer_of(make.user(other, Role.STATION_OWNER))
    with pytest.raises(NotFound):
        note_of(note.id, by=stranger)
    foreign = hall.bottle(owner_id=other.id)
    with pytest.raises(Invalid, match="another station"):
        load(note, foreign, owner)


def test_the_paper_names_the_customer_and_every_bottle(hall: Hall, owner: Viewer) -> None:
    bottle, note = full_bottle(hall, serial="99001"), opened(owner)
    load(note, bottle, owner)
    paper = note_paper(note_of(note.id, by=owner), lambda text: text)
    assert "王麻子面馆" in paper.about[0]
    assert "甘D12345" in paper.about[1]
    assert [row.cells[2] for row in paper.tables[0].rows] == ["99001"]


def test_the_pages_of_a_note(hall: Hall, signed_in: Sign) -> None:
    bottle = full_bottle(hall)
    client = signed_in(make.user(hall.station, Role.OPERATOR, name="周操"))
    sent = {"note_id": str(new_id()), "customer": "", "name": "李记", "plate": "甘D00001"}
    assert client.post("/places/notes/new", data={**sent, "name": ""}).status_code == 422
    to = client.post("/places/notes/new", data=sent).headers["Location"]
    assert "装车" in client.get(to).get_data(as_text=True)
    assert client.post(to, data={"code": bottle.label_code}).status_code == 200
    assert client.post(to, data={"code": "没有的码"}).status_code == 422
    note = to.removesuffix("/scan")
    assert client.post(f"{note}/leave").status_code == 302
    assert client.post(f"{note}/deliver").status_code == 302
    page = client.get(note).get_data(as_text=True)
    assert "李记" in page
    way = client.get(f"/places/{bottle.id}").get_data(as_text=True)
    assert "在用户" in way
    assert "李记" in way
    assert "李记" in client.get("/places").get_data(as_text=True)
    assert client.get("/places/notes").status_code == 200
    assert client.post(f"{note}/print").status_code == 302
