"""Duty phones: entered, confirmed by whoever may, run out, ended; and what of them is told to strangers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.people.models import User
from equipment.register.actions import change
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.rescue import phones
from equipment.rescue.contacts import contacts_of, plate_phones
from equipment.rescue.duties import DUTIES
from equipment.rescue.phones import PhoneDraft
from equipment.rescue.rules import ConfirmedHow, PhoneState, RescueLevel
from equipment.storage import db
from tests.rescue.town import (
    RescueTown,
    confirmed,
    labelled_lift,
    lift,
    phone,
    rescue_town,
    set_platform,
    viewer,
)

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def at(app: Flask) -> RescueTown:
    return rescue_town()


def plate(piece: Equipment) -> str:
    return plate_phones([db.session.get_one(Equipment, piece.id)], clock.today()).get(piece.id, "")


def confirm(at: RescueTown, key: object, who: User, how: ConfirmedHow, **more: object) -> None:
    with db.transaction():
        kept = phones.phone_of(key, by=viewer(who))  # type: ignore[arg-type]
        day = more.get("on", clock.today())
        phones.confirm(kept, how, str(more.get("answered", "王值班")), day, by=viewer(who))  # type: ignore[arg-type]


def test_only_a_confirmed_phone_stands_on_the_plate(at: RescueTown) -> None:
    piece = lift(at)
    made = phone(at)
    assert plate(piece) == ""
    confirm(at, made.id, at.county, ConfirmedHow.CALLED_BACK)
    assert plate(piece) == "0943-8220000"


def test_after_half_a_year_it_is_to_be_confirmed_again(at: RescueTown) -> None:
    piece, made = lift(at), confirmed(at)
    until = phones.phone_of(made.id, by=viewer(at.city)).confirm_by
    for days, state, shown in (
        (-15, PhoneState.CONFIRMED, True),
        (-14, PhoneState.SOON, True),
        (0, PhoneState.SOON, True),
        (1, PhoneState.EXPIRED, False),
    ):
        day = until + timedelta(days=days)
        kept = phones.phones_of(at.firm.id)
        assert phones.states_of(kept, day)[made.id] is state
        assert bool(plate_phones([db.session.get_one(Equipment, piece.id)], day)) is shown


def test_the_firm_states_its_own_number_and_nobody_else_does(at: RescueTown) -> None:
    lift(at)
    made = phone(at)
    with pytest.raises(NotFound):
        confirm(at, made.id, at.other_manager, ConfirmedHow.OWN)
    with pytest.raises(NotAllowed, match="Only the organisation itself"):
        confirm(at, made.id, at.officer, ConfirmedHow.OWN)
    with pytest.raises(Invalid, match="states its own number"):
        confirm(at, made.id, at.manager, ConfirmedHow.CALLED_BACK)
    with pytest.raises(Invalid, match="calls back"):
        confirm(at, made.id, at.city, ConfirmedHow.OWN)
    with pytest.raises(Invalid, match="Say who answered"):
        confirm(at, made.id, at.city, ConfirmedHow.CALLED_BACK, answered="")
    confirm(at, made.id, at.manager, ConfirmedHow.OWN, answered="")
    assert phones.phones_of(at.firm.id)[0].confirmed_how is ConfirmedHow.OWN


@pytest.mark.parametrize(("days", "says"), [(1, "not come yet"), (-1, "was entered on")])
def test_a_confirmation_is_of_a_day_on_which_the_number_was_there(
    at: RescueTown, days: int, says: str
) -> None:
    made = phone(at)
    with pytest.raises(Invalid, match=says):
        confirm(at, made.id, at.city, ConfirmedHow.CALLED_BACK, on=clock.today() + timedelta(days=days))


def test_another_number_is_confirmed_anew(at: RescueTown) -> None:
    piece, made = lift(at), confirmed(at)
    with db.transaction():
        phones.end_phone(phones.phone_of(made.id, by=viewer(at.manager)), by=viewer(at.manager))
    phone(at, "0943-8220001")
    assert plate(piece) == ""
    with pytest.raises(Conflict, match="in use no more"):
        confirm(at, made.id, at.city, ConfirmedHow.CALLED_BACK)


def test_with_another_firm_the_former_phone_counts_no_more(at: RescueTown) -> None:
    piece, night = lift(at), confirmed(at, "0943-8220002")
    confirmed(at, "0943-8220003")
    with db.transaction():
        kept = db.session.get_one(Equipment, piece.id)
        phones.name_contact(kept, at.firm.id, night.id, by=viewer(at.manager))
    assert plate(piece) == "0943-8220002"
    with db.transaction():
        change(
            db.session.get_one(Equipment, piece.id),
            {"maintenance_firm_id": at.other_firm.id},
            by=viewer(at.city),
        )
    assert plate(piece) == ""
    confirmed(at, "13909430001", of=at.other_firm)
    assert plate(piece) == "13909430001"


def test_a_lift_may_name_another_phone_until_that_one_ends(at: RescueTown) -> None:
    piece = lift(at)
    confirmed(at, "0943-8220003")
    night = confirmed(at, "0943-8220002")
    assert plate(piece) == "0943-8220003"
    with db.transaction():
        kept = db.session.get_one(Equipment, piece.id)
        phones.name_contact(kept, at.firm.id, night.id, by=viewer(at.manager))
    assert plate(piece) == "0943-8220002"
    kept = db.session.get_one(Equipment, piece.id)
    with pytest.raises(NotAllowed):
        phones.name_contact(kept, at.firm.id, None, by=viewer(at.officer))
    with db.transaction():
        phones.end_phone(phones.phone_of(night.id, by=viewer(at.manager)), by=viewer(at.manager))
    assert plate(piece) == "0943-8220003"


def test_the_same_number_twice_and_what_is_no_number_are_refused(at: RescueTown) -> None:
    phone(at)
    for number, error, says in (
        ("0943 8220000", Conflict, "on the list already"),
        ("8220000", Invalid, "area code"),
        ("值班室", Invalid, "digits only"),
    ):
        with pytest.raises(error, match=says):
            phone(at, number)
    with pytest.raises(NotAllowed), db.transaction():
        phones.add_phone(db.session.merge(at.firm), PhoneDraft(number="119"), by=viewer(at.officer))


def test_one_phone_is_the_first_whatever_happens(at: RescueTown) -> None:
    one, two = phone(at, "0943-8220001"), phone(at, "0943-8220002", first=True)

    def first() -> list[str]:
        return [kept.digits for kept in phones.phones_of(at.firm.id) if kept.first]

    assert first() == ["09438220002"]
    with db.transaction():
        phones.end_phone(phones.phone_of(two.id, by=viewer(at.manager)), by=viewer(at.manager))
    assert first() == ["09438220001"]
    with db.transaction():
        phones.end_phone(phones.phone_of(one.id, by=viewer(at.manager)), by=viewer(at.manager))
    assert first() == []


def test_everybody_is_called_level_by_level(at: RescueTown) -> None:
    piece = lift(at)
    confirmed(at)
    levels = [(one.level, one.name, one.number) for one in contacts_of(piece, clock.today())]
    assert levels == [
        (RescueLevel.FIRST, "丙物业", ""),
        (RescueLevel.FIRST, "甲电梯维保", "0943-8220000"),
        (RescueLevel.THIRD, "", "119"),
    ]


def test_the_firm_is_reminded_before_and_the_bureau_after(at: RescueTown) -> None:
    made = confirmed(at)
    until = phones.phone_of(made.id, by=viewer(at.city)).confirm_by
    (source,) = DUTIES

    def told(days: int) -> int:
        return sum(len(part) for part in source.duties(until - timedelta(days=days), 14))

    assert (told(15), told(14)) == (0, 1)
    ((duty,),) = list(source.duties(until, 14))
    assert (duty.due_on, duty.organisation_id, [stage.days for stage in duty.stages]) == (
        until,
        at.firm.id,
        [14, 0, -7],
    )


def test_pages_of_phones(at: RescueTown, signed_in: Sign) -> None:
    manager, city = signed_in(at.manager), signed_in(at.city)
    key = at.firm.id
    wrong = manager.post(f"/rescue/organisations/{key}", data={"number": "8220000"})
    assert (wrong.status_code, "请在号码前加区号" in wrong.text, "8220000" in wrong.text) == (422, True, True)
    manager.post(f"/rescue/organisations/{key}", data={"number": "0943-8220000", "person": "张机密"})
    made = phones.phones_of(key)[0].id
    ahead = {"how": "called_back", "answered_by": "王", "on": (clock.today() + timedelta(days=1)).isoformat()}
    refused = city.post(f"/rescue/phones/{made}/confirm", data=ahead, follow_redirects=True)
    assert ("日期不能晚于今天" in refused.text, "未核实" in refused.text) == (True, True)
    done = {**ahead, "on": clock.today().isoformat()}
    assert (
        "监管局回拨核实" in city.post(f"/rescue/phones/{made}/confirm", data=done, follow_redirects=True).text
    )
    assert "已核实" in manager.get("/rescue/phones").text
    assert "0943-8220000" not in manager.get("/rescue/phones?state=open").text
    other = signed_in(at.other_manager)
    assert other.get(f"/rescue/organisations/{key}").status_code == 404
    assert other.post(f"/rescue/phones/{made}/end").status_code == 404
    assert "0943-8220000" not in other.get("/rescue/phones").text


def test_the_public_page_has_platform_code_and_a_confirmed_phone(at: RescueTown, client: FlaskClient) -> None:
    made = labelled_lift(at, "620001", make_code(keys()))
    phone(at, person="张机密")
    bare = client.get(f"/T/{made.label_code}").text
    assert ("620001" in bare, "96333" in bare, "0943-8220000" in bare) == (True, False, False)
    set_platform(at)
    confirm(at, phones.phones_of(at.firm.id)[0].id, at.city, ConfirmedHow.CALLED_BACK)
    whole = client.get(f"/T/{made.label_code}").text
    assert ("tel:96333" in whole, "tel:0943-8220000" in whole, "张机密" in whole) == (True, True, False)
    with time_machine.travel(clock.now() + timedelta(days=200), tick=False):
        assert "0943-8220000" not in client.get(f"/T/{made.label_code}").text
