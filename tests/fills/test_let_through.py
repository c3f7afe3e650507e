"""First fills, emptied bottles (倒残), and refusals that two people set aside (人工放行)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Emptying, Fill, FillOverride
from equipment.fills.rules import FillFacts
from equipment.ledger.models import Event
from equipment.people.models import Card
from equipment.people.queries import viewer_of
from equipment.people.rules import CardStatus, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.rules.actions import choose, set_value
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago
from tests.fills.test_people_and_scales import colleague
from tests.fills.test_results import ALL_CHECKS, FINE, the_fill

# last inspected, last filled (days ago) -> whether vacuum or purge is asked
FIRST = [
    (None, None, True),  # new
    (100, None, True),
    (100, 200, True),  # the first after its inspection
    (100, 100, True),  # on the same day: which came first, nobody knows
    (200, 100, False),
    (None, 100, False),
]


@pytest.mark.parametrize(("inspected", "filled", "first"), FIRST)
def test_which_fill_is_a_first_one(inspected: int | None, filled: int | None, first: bool) -> None:
    def day(ago_days: int | None) -> Any:
        return None if ago_days is None else clock.today() - timedelta(days=ago_days)

    assert FillFacts(inspected_on=day(inspected), filled_on=day(filled)).first is first


def test_vacuum_is_asked_at_the_first_fill_and_not_at_the_second(hall: Hall) -> None:
    bottle = hall.bottle()
    first = hall.scan(bottle.label_code or "").get_json()
    hall.result(first["fill_id"], gross_g=31000, checks=ALL_CHECKS, post_checks=FINE)
    second = hall.scan(bottle.label_code or "", reason="客户退回重充").get_json()
    asked = [["P11" in [item["code"] for item in scan["checks"]]] for scan in (first, second)]
    assert asked == [[True], [False]]
    answers = {item: fine for item, fine in ALL_CHECKS.items() if item != "P11"}
    told = hall.result(second["fill_id"], gross_g=31000, checks=answers, post_checks=FINE).get_json()
    assert told["flags"] == []  # nothing was left unasked


def test_an_unpurged_first_fill_is_refused(hall: Hall) -> None:
    answer = hall.scan(hall.bottle().label_code or "", checks={"P11": False}).get_json()
    assert (answer["allowed"], [reason["code"] for reason in answer["reasons"]]) == (False, ["R19"])


# Emptying


def empty(hall: Hall, bottle: Equipment | str, **more: Any) -> Any:
    code = bottle if isinstance(bottle, str) else bottle.label_code
    body = {"emptying_id": str(new_id()), "code": code, "happened_at": ago(), **more}
    return hall.send("POST", "/emptyings", body)


def test_what_was_recovered_is_a_record_and_no_fill(hall: Hall) -> None:
    bottle = hall.bottle()
    same = {"emptying_id": str(new_id()), "happened_at": ago(), "before_g": 19_400, "after_g": 16_600}
    answers = [empty(hall, bottle, **same) for _ in range(2)]
    assert [(answer.status_code, answer.get_json()["recovered_g"]) for answer in answers] == [
        (201, 2_800)
    ] * 2
    assert (
        len(db.session.scalars(select(Emptying.id)).all()),
        db.session.scalars(select(Fill.id)).all(),
    ) == (1, [])
    assert empty(hall, bottle, **{**same, "after_g": 16_700}).status_code == 409
    verbs = db.session.scalars(select(Event.verb).where(Event.subject == f"equipment:{bottle.id}")).all()
    assert verbs[-1] == "cylinder.emptied"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "before_g"),
        ({"before_g": 19_000}, "after_g"),
        ({"after_kpa": 100}, "before_kpa"),
        ({"before_g": 17_000, "after_g": 19_000}, "after_g"),
        ({"before_g": 17_000, "after_g": 1_650}, "after_g"),  # below its tare
        ({"before_g": -1, "after_g": -2}, "before_g"),
        ({"before_g": 19.4, "after_g": 16.6}, "before_g"),  # kg for grams
    ],
)
def test_an_emptying_that_cannot_be_is_refused(hall: Hall, more: dict[str, Any], field: str) -> None:
    response = empty(hall, hall.bottle(), **more)
    assert (response.status_code, field in response.get_json()["fields"]) == (422, True)
    assert db.session.scalars(select(Emptying.id)).all() == []


def test_only_an_own_bottle_that_is_not_being_filled_is_emptied(hall: Hall, other: Hall) -> None:
    amounts = {"before_g": 19_000, "after_g": 17_000}
    assert empty(hall, other.bottle(), **amounts).status_code == 422
    assert empty(hall, "NOT-ON-FILE", **amounts).status_code == 422
    bottle = hall.bottle()
    hall.scan(bottle.label_code or "")
    assert empty(hall, bottle, **amounts).status_code == 409


def test_emptying_at_the_floor_and_who_sees_it(hall: Hall, other: Hall, signed_in: Any) -> None:
    bottle = hall.bottle(own_number="自-8")
    filler: FlaskClient = signed_in(make.user(hall.station, Role.OPERATOR))
    typed = {
        "id": str(new_id()),
        "at": ago(),
        "code": bottle.label_code or "",
        "before": "1.2",
        "after": "0.1",
        "unit": "MPa",
    }
    wrong = filler.post("/floor/emptying", data={**typed, "after": "x"})
    assert (wrong.status_code, 'id="after-error"' in wrong.get_data(as_text=True)) == (422, True)
    assert [filler.post("/floor/emptying", data=typed).status_code for _ in range(2)] == [302, 302]
    rows = db.session.execute(select(Emptying.equipment_id, Emptying.before_kpa, Emptying.recovered_g)).all()
    assert [tuple(row) for row in rows] == [(bottle.id, 1_200, None)]
    strange = signed_in(make.user(other.station, Role.STATION_OWNER))
    assert "自-8" in filler.get("/fills/emptyings").get_data(as_text=True)
    assert "自-8" not in strange.get("/fills/emptyings").get_data(as_text=True)


# Let through by two people


def opened(*, override: bool = True) -> None:
    """The bureau opens it; the transition of R05 is over."""
    office = viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )
    with make.writing():
        if override:
            set_value("cylinder", "override_allowed", make.days(-9), True, cite="局发〔2026〕8号", by=office)
        over = {code: make.days(-5).isoformat() for code in ("R02", "R05", "R06")}
        choose("fill_transition", make.days(-9), over, by=office)
    forget_all()


def refused(hall: Hall, checks: dict[str, Any] | None = None, **more: Any) -> str:
    bottle = hall.bottle(**more)
    answer = hall.scan(
        bottle.label_code or "", checks={**ALL_CHECKS, **(checks or {"P03": False})}
    ).get_json()
    assert answer["allowed"] is False
    return str(answer["fill_id"])


def let_through(hall: Hall, fill_id: str, **more: Any) -> Any:
    body = {"reason": "已与档案核对", "second": {"card": "04A1B2C3D4"}, "happened_at": ago(), **more}
    return hall.send("POST", f"/fills/{fill_id}/override", body)


def test_as_shipped_nobody_lets_a_refused_bottle_through(hall: Hall) -> None:
    opened(override=False)
    colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall)
    response = let_through(hall, fill_id)
    assert (response.status_code, response.get_json()["fields"]) == (422, {"codes": "下列情形不得放行：R05"})
    assert (the_fill().state, db.session.scalars(select(FillOverride.scan_id)).all()) == ("refused", [])


def test_opened_by_the_bureau_two_people_let_it_through_and_it_is_filled(hall: Hall) -> None:
    opened()
    second = colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall)
    answers = [let_through(hall, fill_id) for _ in range(2)]
    assert [(each.status_code, each.get_json()["state"], each.get_json()["allowed"]) for each in answers] == [
        (200, "open", True)
    ] * 2
    [row] = db.session.scalars(select(FillOverride)).all()
    assert (row.codes, row.user_id, row.second_id) == (["R05"], hall.person.id, second.id)
    told = hall.result(fill_id, gross_g=31000, post_checks=FINE).get_json()
    assert (told["state"], told["flags"]) == ("filled", [])
    assert [(reason["code"], reason["effect"]) for reason in told["reasons"]] == [("R05", "warn")]
    verbs = db.session.scalars(select(Event.verb).order_by(Event.at)).all()
    assert verbs.count("fill.overridden") == 1


def test_the_next_scan_of_the_bottle_in_its_fill_does_not_refuse_it_again(hall: Hall) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall)
    let_through(hall, fill_id)
    bottle = db.session.get_one(Equipment, the_fill().equipment_id)
    again = hall.scan(bottle.label_code or "").get_json()
    assert (again["allowed"], again["fill_id"], the_fill().state) == (True, fill_id, "open")


@pytest.mark.parametrize(
    ("checks", "more", "closed"),
    [
        ({"P08": False}, {}, "R16"),
        ({"P03": False, "P08": "R17"}, {}, "R17"),
        ({"P03": False}, {"inspection_due_on": make.days(-3)}, "R07"),
    ],
)
def test_no_other_reason_is_ever_set_aside(
    hall: Hall, checks: dict[str, Any], more: dict[str, Any], closed: str
) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    response = let_through(hall, refused(hall, checks, **more))
    assert (response.status_code, response.get_json()["fields"]["codes"]) == (
        422,
        f"下列情形不得放行：{closed}",
    )
    assert the_fill().state == "refused"


def test_what_is_locked_after_it_was_let_through_is_refused(hall: Hall) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall)
    let_through(hall, fill_id)
    bottle = db.session.get_one(Equipment, the_fill().equipment_id)
    code = bottle.label_code or ""
    with make.writing():
        bottle = db.session.get_one(Equipment, bottle.id)
        bottle.status, bottle.block_reason = "locked", "挂失"  # type: ignore[assignment]
    again = hall.scan(code).get_json()
    assert (again["allowed"], "R28" in [reason["code"] for reason in again["reasons"]]) == (False, True)


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ({"card": "04C0"}, 422),  # his own
        ({"card": "04FFFFFFFF"}, 403),  # nobody's
        ({}, 403),
    ],
)
def test_one_person_alone_lets_nothing_through(hall: Hall, second: dict[str, str], status: int) -> None:
    opened()
    with make.writing():
        own = {"organisation_id": hall.station.id, "user_id": hall.person.id, "uid": "04C0", "number": "04C0"}
        db.session.add(Card(id=new_id(), status=CardStatus.VALID, doubled=False, **own))
    fill_id = refused(hall)
    assert (let_through(hall, fill_id, second=second).status_code, the_fill().state) == (status, "refused")


@pytest.mark.parametrize("more", [{"reason": ""}, {"reason": "  "}, {"second": "04A1B2C3D4"}])
def test_a_reason_and_a_person_are_needed(hall: Hall, more: dict[str, Any]) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    assert let_through(hall, refused(hall), **more).status_code == 422


def test_a_bottle_that_was_set_aside_or_filled_is_not_let_through(hall: Hall) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall)
    hall.send("POST", f"/fills/{fill_id}/treatment", {"treatment": "inspect", "happened_at": ago()})
    assert let_through(hall, fill_id).status_code == 409
    open_id = hall.scan(hall.bottle(details=OXYGEN).label_code or "", gas="O2").get_json()["fill_id"]
    assert let_through(hall, open_id).status_code == 409


def test_the_bureau_reads_every_one_and_another_station_none(hall: Hall, other: Hall, signed_in: Any) -> None:
    opened()
    colleague(hall, card="04A1B2C3D4")
    fill_id = refused(hall, own_number="自-9")
    let_through(hall, fill_id)
    office = make.organisation(OrganisationKind.REGULATOR, area=make.COUNTY)
    bureau = signed_in(make.user(office, Role.SUPERVISOR)).get("/fills/overrides").get_data(as_text=True)
    owner = make.user(other.station, Role.STATION_OWNER)
    strange = signed_in(owner).get("/fills/overrides").get_data(as_text=True)
    assert ("自-9" in bureau, "R05" in bureau, "监管部门已开放" in bureau, "自-9" in strange) == (
        True,
        True,
        True,
        False,
    )
    assert let_through(other, fill_id).status_code == 404


def test_machines_hear_what_is_open(hall: Hall) -> None:
    def told() -> list[str]:
        return hall.client().get("/api/v1/codes").get_json()["overridable"]  # type: ignore[no-any-return]

    assert told() == []
    opened()
    assert told() == ["R05", "R06"]
