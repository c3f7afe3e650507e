"""Rescue codes: of the city's length, of one lift, found by, allotted; and the setting of the platform."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.people.models import User
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.rescue import lift_codes as codes
from equipment.rescue import platform
from equipment.rescue.work import allot_codes
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from tests import make
from tests.rescue.town import RescueTown, lift, rescue_town, set_platform, viewer

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def at(app: Flask) -> RescueTown:
    return rescue_town()


def give(at: RescueTown, piece: Equipment, code: str, reason: str = "核对标牌") -> None:
    with db.transaction():
        codes.give_code(db.session.get_one(Equipment, piece.id), code, reason, by=viewer(at.city))


def stated(piece: Equipment) -> str:
    return codes.stated_code(db.session.get_one(Equipment, piece.id))


def found(at: RescueTown, code: str) -> list[object]:
    return [one.id for one in codes.lift_of_code(viewer(at.city), code)]


@pytest.mark.parametrize(
    ("code", "says"),
    [("62000", "6 digits; this one has 5"), ("62000A", "digits only"), ("6200011", "this one has 7")],
)
def test_a_code_of_another_length_is_refused_with_the_change(at: RescueTown, code: str, says: str) -> None:
    set_platform(at)
    piece = lift(at)
    with pytest.raises(Invalid, match=says):
        give(at, piece, code)
    db.session.rollback()
    assert stated(piece) == ""


def test_another_city_has_five(at: RescueTown) -> None:
    set_platform(at, digits=5)
    piece = lift(at)
    give(at, piece, "62001")
    assert found(at, "62001") == [piece.id]
    with pytest.raises(Invalid, match="5 digits"):
        give(at, piece, "620001")


def test_a_taken_code_is_refused_and_free_again_with_its_lift(at: RescueTown) -> None:
    set_platform(at)
    one, two = lift(at, "620001"), lift(at)
    with pytest.raises(Conflict, match="620001 is that of another lift"):
        give(at, two, "620001")
    db.session.rollback()
    with db.transaction():
        change_status(
            db.session.get_one(Equipment, one.id), EquipmentStatus.SCRAPPED, reason="报废", by=viewer(at.city)
        )
    give(at, two, "620001")
    assert found(at, "620001") == [two.id]


def test_whoever_changes_a_lift_by_its_form_meets_the_same_rule(at: RescueTown) -> None:
    set_platform(at)
    lift(at, "620001")
    two = lift(at)
    with pytest.raises(Conflict, match="another lift"), db.transaction():
        change(
            db.session.get_one(Equipment, two.id),
            {"details": {"rescue_code": "620001"}},
            by=viewer(at.officer),
        )
    db.session.rollback()
    with pytest.raises(NotAllowed), db.transaction():
        codes.give_code(db.session.get_one(Equipment, two.id), "620002", "x", by=viewer(at.manager))


def test_a_code_on_two_lifts_is_listed_until_somebody_decides(at: RescueTown, signed_in: Sign) -> None:
    set_platform(at)
    one, two = lift(at, "620001", name="东梯"), lift(at, "620001", name="西梯")
    city = signed_in(at.city)
    shown = city.get("/rescue?lacking=shared_code").text
    assert ("东梯" in shown, "西梯" in shown) == (True, True)
    assert "东梯" in city.get(f"/rescue/lifts/{two.id}").text
    typed = {"code": "62000", "reason": "判定归东梯"}
    wrong = city.post(f"/rescue/lifts/{two.id}/code", data=typed)
    assert (wrong.status_code, "本市救援识别码为 6 位" in wrong.text) == (422, True)
    assert city.post(f"/rescue/lifts/{two.id}/code", data={**typed, "code": "620002"}).status_code == 302
    assert (found(at, "620001"), found(at, "620002")) == ([one.id], [two.id])
    assert "东梯" not in city.get("/rescue?lacking=shared_code").text
    assert signed_in(at.manager).post(f"/rescue/lifts/{two.id}/code", data=typed).status_code == 403


def test_the_search_finds_a_lift_by_its_code(at: RescueTown, signed_in: Sign) -> None:
    piece = lift(at, name="东梯")
    give(at, piece, "620123")
    city = signed_in(at.city)
    assert piece.serial in city.get("/equipment?q=620123").text
    assert piece.serial not in city.get("/equipment?q=620124").text
    assert "东梯" in city.get("/rescue?q=620123").text
    assert "东梯" not in city.get("/rescue?q=620124").text


def test_only_the_office_of_the_city_sets_the_platform(at: RescueTown) -> None:
    draft = platform.PlatformDraft(name="平台", phone="96333", from_on=clock.today(), digits=6)
    for who in (at.county, at.manager, at.officer):
        with pytest.raises(NotAllowed, match="office of the city"), db.transaction():
            platform.set_platform(draft, by=viewer(who))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"phone": "8220000"}, "phone"),
        ({"name": " "}, "name"),
        ({"digits": 9}, "digits"),
        ({"own": True, "first_code": "62000", "last_code": "629999"}, "first_code"),
        ({"own": True, "first_code": "629999", "last_code": "620000"}, "last_code"),
    ],
)
def test_what_is_wrong_with_a_platform_stands_at_its_field(
    at: RescueTown, more: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        set_platform(at, **more)
    assert list(refused.value.fields) == [field]


def test_values_of_the_platform_are_dated(at: RescueTown) -> None:
    set_platform(at, phone="96333")
    set_platform(at, phone="0943-12345678", from_on=clock.today() + timedelta(days=10))
    numbers = [
        platform.platform_of(make.TOWNSHIP, clock.today() + timedelta(days=days)) for days in (-5, 0, 10)
    ]
    assert [row.phone if row else None for row in numbers] == [None, "96333", "094312345678"]


def allot(at: RescueTown) -> dict[str, object]:
    with db.transaction():
        task = enqueue("rescue.allot", {}, by=viewer(at.city), title="分配")
        key = (task.organisation_id, task.id)
    outcome = allot_codes(db.session.get_one(Task, key), Progress())
    return {"given": outcome.summary["rows"], "problems": len(outcome.errors)}


def test_codes_are_allotted_to_lifts_without_and_go_on_where_they_stopped(at: RescueTown) -> None:
    with pytest.raises(NotAllowed, match="runs the platform itself"), db.transaction():
        codes.allot(5, by=viewer(at.city))
    set_platform(at, own=True, first_code="620000", last_code="620003")
    lift(at, "620001")
    lifts = [lift(at, address=f"甲路{number}号") for number in range(3)]
    escalator, stopped = lift(at, kind="3310"), lift(at, status=EquipmentStatus.STOPPED)
    with db.transaction():
        step = codes.allot(1, by=viewer(at.city))
    assert (step.count, step.left, stated(lifts[0])) == (1, 2, "620000")
    assert allot(at) == {"given": 2, "problems": 0}
    assert [stated(one) for one in lifts] == ["620000", "620002", "620003"]
    assert [stated(one) for one in (escalator, stopped)] == ["", ""]
    lift(at)
    assert allot(at) == {"given": 0, "problems": 1}  # the range is used up, and says so


def test_a_code_of_a_scrapped_lift_is_not_allotted_again(at: RescueTown) -> None:
    set_platform(at, own=True, first_code="620000", last_code="620009")
    gone = lift(at, "620000")
    with db.transaction():
        change_status(
            db.session.get_one(Equipment, gone.id),
            EquipmentStatus.SCRAPPED,
            reason="报废",
            by=viewer(at.city),
        )
    piece = lift(at)
    assert allot(at) == {"given": 1, "problems": 0}
    assert stated(piece) == "620001"


def test_pages_of_the_platform(at: RescueTown, signed_in: Sign) -> None:
    city = signed_in(at.city)
    assert "尚未设置" in city.get("/rescue/platform").text
    typed = {"name": "示例中心", "phone": "96333", "digits": "6", "from_on": clock.today().isoformat()}
    wrong = city.post("/rescue/platform", data={**typed, "phone": "8220000"})
    assert (wrong.status_code, "请在号码前加区号" in wrong.text) == (422, True)
    assert city.post("/rescue/platform", data=typed).status_code == 302
    assert "示例中心" in city.get("/rescue/platform").text
    station = {"station-area": make.COUNTY, "station-name": "一站", "station-phone": "0943-8119001"}
    assert city.post("/rescue/stations", data=station).status_code == 302
    assert "一站" in city.get(f"/rescue/lifts/{lift(at).id}").text
    county = signed_in(at.county)
    assert county.post("/rescue/platform", data=typed).status_code == 403
    assert signed_in(at.manager).get("/rescue/platform").status_code == 403
