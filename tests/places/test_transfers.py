"""过户: nothing changes before the other side says yes; what may not be handed over; whose they are afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.fills.models import ForbiddenFill
from equipment.ledger.models import Event
from equipment.lots import packing
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.places import notes, transfers
from equipment.places.customers import add_customer
from equipment.places.duties import DUTIES
from equipment.places.home import transfer_cards
from equipment.places.models import Transfer
from equipment.places.moments import transfers_of
from equipment.places.states import TransferState
from equipment.places.transfer_queries import rows_of, transfer_of
from equipment.places.transfer_rules import OwnedBottle, transfer_problem
from equipment.register.actions import change_status
from equipment.register.models import Equipment, Label
from equipment.register.queries import piece, pieces
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall
from tests.places.test_notes import full_bottle

Sign = Callable[[User], FlaskClient]
E, T = EquipmentStatus, TransferState


@pytest.mark.parametrize(
    ("bottle", "problem"),
    [
        (OwnedBottle(True, True, E.IN_USE), ""),
        (OwnedBottle(True, True, E.STOPPED), ""),
        (OwnedBottle(True, True, E.LOCKED), ""),
        (OwnedBottle(True, False, E.IN_USE), "It is no gas cylinder."),
        (OwnedBottle(False, True, E.IN_USE), "It is not in the name of whoever hands over."),
        (OwnedBottle(True, True, E.SCRAPPED), "It is Scrapped on file."),
        (OwnedBottle(True, True, E.CANCELLED), "It is Deregistered on file."),
        (OwnedBottle(True, True, E.MOVED_OUT), "It is Moved out on file."),
        (OwnedBottle(True, True, E.IN_USE, lot="2026-0001"), "It is in inspection lot 2026-0001."),
        (OwnedBottle(True, True, E.IN_USE, note="PS1"), "It is on delivery note PS1 already."),
        (OwnedBottle(True, True, E.IN_USE, transfer="GH1"), "It is in transfer GH1."),
        (OwnedBottle(True, True, E.IN_USE, is_filling=True), "It is being filled."),
        (
            OwnedBottle(True, True, E.IN_USE, is_disputed=True),
            "A fill or a label of it is disputed, and not decided yet.",
        ),
    ],
)
def test_what_may_be_handed_over(bottle: OwnedBottle, problem: str) -> None:
    assert str(transfer_problem(bottle) or "") == problem


@pytest.fixture
def owner(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="孙站"))


@pytest.fixture
def other(hall: Hall) -> Organisation:
    made = make.station("城南气站")
    db.session.refresh(made)
    db.session.expunge(made)  # requests end the session; what tests hold stays readable
    return made


@pytest.fixture
def taker(other: Organisation) -> Viewer:
    return viewer_of(make.user(other, Role.STATION_OWNER, name="钱站"))


def drafted(owner: Viewer, other: Organisation, *bottles: Equipment) -> Transfer:
    with db.transaction():
        transfer = transfers.open_transfer(new_id(), other.id, "", by=owner)
        transfers.add_bottles(transfer, pieces(SYSTEM, [bottle.id for bottle in bottles]), by=owner)
    return transfer


def proposed(owner: Viewer, other: Organisation, *bottles: Equipment) -> Transfer:
    transfer = drafted(owner, other, *bottles)
    with db.transaction():
        transfers.propose(transfer_of(transfer.id, by=owner), by=owner)
    return transfer


def holder(bottle: Equipment) -> object:
    found = piece(SYSTEM, bottle.id)
    db.session.refresh(found)
    return found.owner_id


def test_nothing_changes_before_the_other_side_accepts(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    bottle = hall.bottle(use_unit_id=hall.station.id)
    transfer = drafted(owner, other, bottle)
    with pytest.raises(NotFound):  # a draft is nobody else's
        transfer_of(transfer.id, by=taker)
    with db.transaction():
        transfers.propose(transfer_of(transfer.id, by=owner), by=owner)
    assert holder(bottle) == hall.station.id
    with pytest.raises(NotAllowed), db.transaction():  # nobody accepts for the other side
        transfers.accept(transfer_of(transfer.id, by=owner), by=owner)
    with db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)  # said again it is as it was
    there = piece(taker, bottle.id)
    assert (there.owner_id, there.use_unit_id) == (other.id, other.id)
    subject = f"equipment:{bottle.id}"
    lines = select(Event.actor).where(Event.subject == subject, Event.verb == "changed")
    assert db.session.scalars(lines).all() == [f"user:{taker.user_id}"]
    label = db.session.get_one(Label, bottle.label_code)
    assert (label.status, label.equipment_id) == (LabelStatus.BOUND, bottle.id)
    with pytest.raises(NotFound):
        piece(owner, bottle.id)


def test_both_sides_and_the_bureau_see_the_history_and_a_stranger_none(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    transfer = proposed(owner, other, hall.bottle())
    with db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)
    bureau = viewer_of(make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR))
    for who in (owner, taker, bureau):
        assert transfer_of(transfer.id, by=who).state is T.ACCEPTED
    stranger = viewer_of(make.user(make.station("别站"), Role.STATION_OWNER))
    far = make.organisation(OrganisationKind.REGULATOR, area=make.ELSEWHERE)
    for who in (stranger, viewer_of(make.user(far, Role.SUPERVISOR))):
        with pytest.raises(NotFound):
            transfer_of(transfer.id, by=who)


def test_the_life_of_a_bottle_tells_from_whom_to_whom(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    bottle = hall.bottle()
    transfer = proposed(owner, other, bottle)
    with db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)
    (moment,) = transfers_of(taker, piece(taker, bottle.id), 10)
    assert [str(line) for line in moment.lines] == ["From 测试充装站 to 城南气站"]


def test_the_change_of_registration_is_due_until_it_is_done(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    transfer = proposed(owner, other, hall.bottle())
    answer, registration = DUTIES
    today = clock.today()
    assert [duty.due_on for part in answer.duties(today, 99) for duty in part] == [make.days(15)]
    with db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)
    (duty,) = (duty for part in registration.duties(today, 99) for duty in part)
    assert (duty.organisation_id, duty.due_on) == (other.id, make.days(30))
    assert list(answer.duties(today, 99)) == []
    with hall.app.test_request_context():
        (card,) = transfer_cards(taker)
        assert transfer_cards(owner) == []
    assert (card.key, card.figure, card.rows[0].on) == ("transfers.accepted", 1, make.days(30))
    with db.transaction():
        row = transfer_of(transfer.id, by=taker)
        for day in (make.days(1), make.days(-1)):
            with pytest.raises(Invalid):
                transfers.register_change(row, day, by=taker)
        transfers.register_change(row, today, by=taker)
    assert list(registration.duties(today, 99)) == []
    with hall.app.test_request_context():
        assert transfer_cards(taker) == []


def test_declined_withdrawn_and_expired_leave_the_bottle_where_it_is(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    bottle = hall.bottle()
    transfer = proposed(owner, other, bottle)
    with pytest.raises(Invalid, match="reason"), db.transaction():
        transfers.decline(transfer_of(transfer.id, by=taker), " ", by=taker)
    with db.transaction():
        transfers.decline(transfer_of(transfer.id, by=taker), "瓶太旧", by=taker)
    with pytest.raises(Conflict, match="Not taken"), db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)
    transfer = proposed(owner, other, bottle)
    with pytest.raises(NotAllowed), db.transaction():
        transfers.withdraw(transfer_of(transfer.id, by=taker), "不给", by=taker)
    with db.transaction():
        transfers.withdraw(transfer_of(transfer.id, by=owner), "价格没谈拢", by=owner)
    transfer = proposed(owner, other, bottle)
    last = clock.today() + timedelta(days=15)
    with db.transaction():
        assert [transfers.expire(day) for day in (last, last + timedelta(days=1))] == [0, 1]
        assert transfers.expire(last + timedelta(days=1)) == 0  # twice does no harm
    assert transfer_of(transfer.id, by=owner).state is T.EXPIRED
    assert holder(bottle) == hall.station.id


def test_past_its_day_a_proposal_is_not_accepted_though_no_night_has_passed(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    transfer = proposed(owner, other, hall.bottle())
    with make.writing():
        transfer_of(transfer.id, by=owner).expires_on = make.days(-1)
    with pytest.raises(Conflict, match="expired"), db.transaction():
        transfers.accept(transfer_of(transfer.id, by=taker), by=taker)


def test_what_a_bottle_is_in_the_middle_of_is_said(hall: Hall, owner: Viewer, other: Organisation) -> None:
    body_id = make.organisation(OrganisationKind.BODY, "检验所").id
    in_lot, on_note, filling, disputed, ended, fine = (
        hall.bottle(serial="5500"),
        full_bottle(hall),
        hall.bottle(),
        hall.bottle(),
        hall.bottle(),
        hall.bottle(),
    )
    hall.scan(filling.label_code or "")
    with db.transaction():
        packing.pack(packing.open_lot(new_id(), body_id, by=owner), in_lot.label_code or "", by=owner)
        customer = add_customer("面馆", "", "", by=owner)
        note = notes.open_note(new_id(), customer.id, "", "", by=owner)
        notes.load(note, on_note.label_code or "", sure=True, by=owner)
        change_status(db.session.get_one(Equipment, ended.id), E.SCRAPPED, reason="到期", by=SYSTEM)
        db.session.add(
            ForbiddenFill(
                equipment_id=disputed.id,
                scan_id=new_id(),
                organisation_id=hall.station.id,
                area=make.COUNTY,
                category="cylinder",
                reasons=[],
                filled_at=clock.now(),
                received_at=clock.now(),
                finding_id=new_id(),
            )
        )
    chosen = pieces(SYSTEM, [bottle.id for bottle in (in_lot, on_note, filling, disputed, ended, fine)])
    with db.transaction():
        transfer = transfers.open_transfer(new_id(), other.id, "", by=owner)
        added = transfers.add_bottles(transfer, chosen, by=owner)
        again = transfers.add_bottles(
            transfers.open_transfer(new_id(), other.id, "", by=owner), pieces(SYSTEM, [fine.id]), by=owner
        )
    assert added.count == 1
    assert sorted(str(text).split(" ")[2] for text, _number in added.skipped) == sorted(
        ["in", "on", "being", "or", "Scrapped"]
    )
    assert [str(text) for text, _number in again.skipped if "transfer" in str(text)] != []


def test_what_begins_meanwhile_stops_the_acceptance_and_is_named(
    hall: Hall, owner: Viewer, other: Organisation, taker: Viewer
) -> None:
    bottle, beside = hall.bottle(serial="4401"), hall.bottle()
    key = proposed(owner, other, bottle, beside).id
    hall.scan(bottle.label_code or "")
    with pytest.raises(Conflict, match=r"1 of the bottles .* 4401: It is being filled"), db.transaction():
        transfers.accept(transfer_of(key, by=taker), by=taker)
    assert (holder(bottle), holder(beside)) == (hall.station.id, hall.station.id)


def test_the_pages_of_a_transfer_from_the_register_to_the_new_owner(
    hall: Hall, other: Organisation, signed_in: Sign
) -> None:
    ticked, scanned, typed = (hall.bottle(serial=f"3300{number}") for number in range(3))
    client = signed_in(make.user(hall.station, Role.STATION_OWNER, name="孙站"))
    assert "过户" in client.get("/equipment").get_data(as_text=True)
    page = client.post("/transfers/ticked", data={"id": str(ticked.id)}).get_data(as_text=True)
    assert str(ticked.id) in page
    sent = {"transfer_id": str(new_id()), "id": str(ticked.id), "note": "整站转让"}
    assert client.post("/transfers/new", data={**sent, "to": "没有的站"}).status_code == 422
    path = client.post("/transfers/new", data={**sent, "to": "城南气站"}).headers["Location"]
    assert client.post(f"{path}/scan", data={"code": scanned.label_code}).status_code == 200
    assert client.post(f"{path}/scan", data={"code": "没有的码"}).status_code == 422
    column = f"{typed.label_code}\n没有的码\n{typed.label_code}\n"
    page = client.post(f"{path}/codes", data={"codes": column}, follow_redirects=True).get_data(as_text=True)
    assert "没有的码: " in page
    assert client.post(f"{path}/rows/1/out").status_code == 302
    transfer = db.session.scalars(visible(SYSTEM, Transfer)).one()
    rows = rows_of(transfer).order_by(None).with_only_columns(func.count())
    assert db.session.scalar(rows) == 2
    assert client.post(f"{path}/propose").status_code == 302
    assert client.post(f"{path}/accept").status_code == 403
    taker = signed_in(make.user(other, Role.STATION_OWNER, name="钱站"))
    page = taker.get(path).get_data(as_text=True)
    assert "接收" in page
    assert taker.post(f"{path}/decline", data={"reason": ""}).status_code == 422
    assert taker.post(f"{path}/accept").status_code == 302
    page = taker.get(path).get_data(as_text=True)
    assert "变更登记" in page
    assert taker.post(f"{path}/registered", data={"on": clock.today().isoformat()}).status_code == 302
    assert "已办" in taker.get(path).get_data(as_text=True)
    assert {bottle.owner_id for bottle in pieces(SYSTEM, [scanned.id, typed.id])} == {other.id}
    assert piece(SYSTEM, ticked.id).owner_id == hall.station.id


def test_what_the_filters_of_the_register_show_goes_in_whole(
    hall: Hall, other: Organisation, signed_in: Sign
) -> None:
    for number in range(3):
        hall.bottle(maker="兰州厂" if number else "别厂", serial=f"2200{number}")
    client = signed_in(make.user(hall.station, Role.STATION_OWNER, name="孙站"))
    sent = {"transfer_id": str(new_id()), "to": "城南气站"}
    path = client.post("/transfers/new?status=in_use&category=cylinder", data=sent).headers["Location"]
    page = client.get(path).get_data(as_text=True)
    assert [f"2200{number}" in page for number in range(3)] == [True, True, True]
