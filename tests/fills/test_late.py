"""补录: a line of paper is judged like a scan of its moment, by what was known of the bottle then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.models import Fill, Scan
from equipment.fills.queries import standing_fills
from equipment.people.models import Certificate, User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago

PAPER = 3  # days ago, at this hour
Story = Callable[[Hall, Equipment], None]


def enter(hall: Hall, bottle: Equipment, **more: Any) -> Fill:
    by = viewer_of(db.session.merge(hall.person))
    with db.transaction():
        line = {
            "gas": bottle.medium,
            "happened_at": clock.now() - timedelta(days=PAPER),
            "gross_g": 31000,
            **more,
        }
        made = enter_late(PaperFill(piece=db.session.get_one(Equipment, bottle.id), **line), by=by)
    db.session.expunge(made)
    return made


def inspected(days: int, conclusion: str = "passed", due: int = 300) -> Story:
    """An inspection on that day, when the bottle was due on another."""

    def story(_hall: Hall, bottle: Equipment) -> None:
        with make.writing():
            db.session.add(
                Due(
                    equipment_id=bottle.id,
                    id=new_id(),
                    kind=DueKind.INSPECTION,
                    state=DueState.DONE,
                    due_on=make.days(due),
                    earliest_on=None,
                    citation={},
                    explanation={},
                    area=bottle.area,
                    category="cylinder",
                    planned_at=clock.now(),
                    done_on=make.days(days),
                    conclusion=conclusion,
                )
            )

    return story


def filled(days: int) -> Story:
    """A fill by scan that many days ago."""

    def story(hall: Hall, bottle: Equipment) -> None:
        fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
        hall.result(fill_id, gross_g=31000)
        moved(bottle, fill_id, clock.now() + timedelta(days=days))

    return story


def fault(days: int) -> Story:
    """No residual pressure, seen that many days ago."""

    def story(hall: Hall, bottle: Equipment) -> None:
        moved(
            bottle,
            hall.scan(bottle.label_code or "", checks={"P07": False}).get_json()["fill_id"],
            clock.now() + timedelta(days=days),
        )

    return story


def moved(bottle: Equipment, fill_id: str, at: datetime) -> None:
    with make.writing():
        fill = db.session.get_one(Fill, (bottle.id, UUID(fill_id)))
        fill.happened_at = fill.received_at = at
        fill.on = clock.site_day(at)
        fill.result_at = fill.filled_at = at if fill.result_at else None


def status(changed: int, before: EquipmentStatus, now: EquipmentStatus) -> Story:
    def story(_hall: Hall, bottle: Equipment) -> None:
        with make.writing():
            first = db.session.scalars(select(Standing).where(Standing.equipment_id == bottle.id)).one()
            first.status, first.until_on = before, make.days(changed)
            db.session.add(
                Standing(
                    equipment_id=bottle.id,
                    id=new_id(),
                    status=now,
                    area=bottle.area,
                    category="cylinder",
                    from_on=make.days(changed),
                )
            )
            piece = db.session.get_one(Equipment, bottle.id)
            piece.status, piece.block_reason = now, "挂失" if now == LOCKED else ""

    return story


LOCKED, IN_USE = EquipmentStatus.LOCKED, EquipmentStatus.IN_USE
CASES: tuple[tuple[str, dict[str, Any], tuple[Story, ...], list[str]], ...] = (
    # what is said of it, the bottle, what happened, the reasons a scan of three days ago would have met
    ("a good bottle", {}, (), []),
    ("the inspection ran out after the paper", {"inspection_due_on": make.Days(-1)}, (), []),
    ("the last valid day was the paper's", {"inspection_due_on": make.Days(-PAPER)}, (), []),
    ("the inspection ran out before the paper", {"inspection_due_on": make.Days(-9)}, (), ["R07"]),
    ("overdue then, inspected only since", {}, (inspected(-1, due=-9),), ["R07"]),
    ("due later then, inspected early since", {}, (inspected(-1, due=60),), []),
    ("inspected in time on the very day", {}, (inspected(-PAPER, due=-9),), []),
    ("failed its last inspection", {}, (inspected(-100, "failed"),), ["R09"]),
    ("failed since, passed before", {}, (inspected(-100), inspected(-1, "failed")), []),
    ("failed before, passed since", {}, (inspected(-100, "failed"), inspected(-1)), ["R09"]),
    ("idle for five years, LPG is inspected every four", {}, (filled(-5 * 365),), ["R27"]),
    ("idle for five years, inspected last month", {}, (filled(-5 * 365), inspected(-30)), []),
    (
        "idle for five years then, inspected only since",
        {},
        (filled(-5 * 365), inspected(-1, due=60)),
        ["R27"],
    ),
    ("idle for five years then, filled since", {}, (filled(-5 * 365), filled(-1)), ["R27"]),
    ("filled last year", {}, (filled(-365),), []),
    (
        "a screwed guard",
        {
            "details": {
                "variety": "lpg",
                "medium": "LPG",
                "model": "YSP35.5",
                "volume_ml": 35500,
                "tare_g": 16500,
                "max_charge_g": 14900,
                "edition": "gb5842_2006",
                "screw_guard": True,
            }
        },
        (),
        ["R11"],
    ),
    ("registered before", {"registered_on": make.Days(-PAPER)}, (), []),
    ("registered only since, in transition", {"registered_on": make.Days(-1)}, (), ["R02"]),
    ("locked since", {}, (status(-1, IN_USE, LOCKED),), []),
    ("locked then, free since", {}, (status(-1, LOCKED, IN_USE),), ["R28"]),
    ("a fault seen before stands", {}, (fault(-5),), ["R14"]),
    ("a fault seen since stood not yet", {}, (fault(-1),), []),
    ("a fault nobody saw with a scan stands", {"treat_code": "R22"}, (), ["R22"]),
)


@pytest.mark.parametrize(("said", "bottle", "stories", "reasons"), CASES, ids=[case[0] for case in CASES])
def test_a_paper_of_three_days_ago(
    hall: Hall, said: str, bottle: dict[str, Any], stories: tuple[Story, ...], reasons: list[str]
) -> None:
    made = hall.bottle(**bottle)
    for story in stories:
        story(hall, made)
    fill = enter(hall, made)
    refused = bool(reasons) and reasons != ["R02"]
    assert [reason["code"] for reason in fill.verdict] == reasons
    assert (fill.state, fill.allowed, fill.flags) == (
        ("refused", False, ["filled_anyway"]) if refused else ("filled", True, [])
    )


def test_facts_and_marks_are_those_of_a_scan(hall: Hall) -> None:
    bottle = hall.bottle()
    fill = enter(hall, bottle)
    live = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    scanned = db.session.get_one(Fill, (bottle.id, UUID(live)))
    assert (
        {**fill.facts, "filled_on": fill.on.isoformat()},
        fill.tare_g,
        fill.max_gross_g,
        fill.pack_digest,
        fill.area,
    ) == (scanned.facts, scanned.tare_g, scanned.max_gross_g, scanned.pack_digest, scanned.area)
    assert (
        fill.late_entry,
        fill.net_g,
        fill.on,
        fill.scan_id == fill.id,
        db.session.scalar(select(func.count()).select_from(Scan)),
    ) == (True, 14500, make.days(-PAPER), True, 1)


def test_another_station_was_filling_it_then(hall: Hall, other: Hall) -> None:
    bottle = hall.bottle(use_unit_id=other.station.id)
    fill_id = other.scan(bottle.label_code or "").get_json()["fill_id"]
    moved(bottle, fill_id, clock.now() - timedelta(days=PAPER, hours=1))
    during = [reason["code"] for reason in enter(hall, bottle).verdict]
    other.send("POST", f"/fills/{fill_id}/void", {"happened_at": ago()})
    still, before = (
        enter(hall, bottle),
        enter(hall, bottle, happened_at=clock.now() - timedelta(days=PAPER, hours=2)),
    )
    assert (during, [reason["code"] for reason in still.verdict], before.verdict) == (
        ["R03"],
        ["R03", "R31"],
        [],
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"happened_at": clock.now() - timedelta(days=40)}, "happened_at"),
        ({"happened_at": clock.now() + timedelta(days=1)}, "happened_at"),
        ({"gross_g": None}, "gross_g"),
        ({"gross_g": 16000}, "gross_g"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_nothing_kept(
    hall: Hall, more: dict[str, Any], field: str
) -> None:
    bottle = hall.bottle()
    with pytest.raises(Invalid) as refused:
        enter(hall, bottle, **more)
    assert (list(refused.value.fields), db.session.scalar(select(func.count()).select_from(Fill))) == (
        [field],
        0,
    )


def test_oxygen_is_entered_by_its_pressure(hall: Hall) -> None:
    bottle = hall.bottle(details=OXYGEN)
    with pytest.raises(Invalid):
        enter(hall, bottle)
    fill = enter(hall, bottle, gross_g=None, pressure_kpa=14700)
    assert (fill.state, fill.pressure_kpa, fill.net_g) == ("filled", 14700, None)


def test_more_than_the_charge_is_overfilled(hall: Hall) -> None:
    fill = enter(hall, hall.bottle(), gross_g=31500)
    assert (fill.state, fill.allowed, [reason["code"] for reason in fill.verdict]) == (
        "overfilled",
        True,
        ["Q10"],
    )


@pytest.mark.parametrize(
    ("since", "treat_code"),
    [((), "Q10"), ((filled(-1),), ""), ((fault(-1),), "R14")],
    ids=["nothing", "filled", "kept from it"],
)
def test_what_was_overfilled_on_paper_keeps_the_bottle_from_its_next_fill_unless_it_had_one(
    hall: Hall, since: tuple[Story, ...], treat_code: str
) -> None:
    bottle = hall.bottle()
    for story in since:
        story(hall, bottle)
    fill = enter(hall, bottle, gross_g=31500)
    by = viewer_of(db.session.merge(hall.person))
    db.session.rollback()
    standing = standing_fills(by)
    assert (fill.state, db.session.get_one(Equipment, bottle.id).treat_code, standing) == (
        "overfilled",
        treat_code,
        [],
    )


def test_a_bottle_overfilled_on_paper_is_filled_again_once_it_was_treated(hall: Hall) -> None:
    bottle = hall.bottle()
    enter(hall, bottle, gross_g=31500)
    scanned = hall.scan(bottle.label_code or "").get_json()
    assert (scanned["allowed"], [(reason["code"], reason["effect"]) for reason in scanned["reasons"]]) == (
        False,
        [("Q10", "treat")],
    )
    hall.send(
        "POST", f"/fills/{scanned['fill_id']}/treatment", {"treatment": "treated", "happened_at": ago()}
    )
    assert hall.scan(bottle.label_code or "").get_json()["allowed"] is True


def test_the_same_line_again_is_the_same_line(hall: Hall) -> None:
    bottle, at = hall.bottle(), clock.now() - timedelta(days=PAPER)
    enter(hall, bottle, happened_at=at)
    with pytest.raises(Invalid) as refused:
        enter(hall, bottle, happened_at=at)
    assert (list(refused.value.fields), db.session.scalar(select(func.count()).select_from(Fill))) == (
        ["code"],
        1,
    )


def paper(bottle: Equipment, **more: str) -> dict[str, str]:
    """The first line of the form, as typed."""
    line = {
        "code": bottle.label_code or "",
        "gas": "LPG",
        "day": make.days(-PAPER).isoformat(),
        "time": "08:00",
        "amount": "31",
        **more,
    }
    return {f"{name}-0": value for name, value in line.items()}


@pytest.mark.parametrize("amount", ["inf", "1e400", "1e30", "nan", "-31", "0", "310", "99999999", "三十一"])
def test_what_no_scale_shows_is_not_entered(
    hall: Hall, signed_in: Callable[[User], FlaskClient], amount: str
) -> None:
    sent = signed_in(hall.person).post("/floor/late", data=paper(hall.bottle(), amount=amount))
    assert (
        sent.status_code,
        sent.text.count("field-error"),
        db.session.scalar(select(func.count()).select_from(Fill)),
    ) == (422, 1, 0)


@pytest.mark.parametrize("amount", ["31.0", "31,0", "３１．０"])
def test_a_number_is_read_as_phones_type_it(
    hall: Hall, signed_in: Callable[[User], FlaskClient], amount: str
) -> None:
    assert (
        signed_in(hall.person).post("/floor/late", data=paper(hall.bottle(), amount=amount)).status_code
        == 302
    )
    assert db.session.scalars(select(Fill)).one().net_g == 14500


def test_a_bottle_that_should_not_have_been_filled_says_so_at_once(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    overdue = hall.bottle(inspection_due_on=make.days(-30))
    browser = signed_in(hall.person)
    browser.post("/floor/late", data=paper(overdue))
    page = browser.get("/floor/late").text
    assert f"当时不得充装：{overdue.label_code}，超期未检" in page


def test_whoever_types_the_paper_says_who_filled(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    owner, bottle = signed_in(make.user(hall.station, Role.STATION_OWNER)), hall.bottle()
    number = db.session.scalars(select(Certificate.number).where(Certificate.user_id == hall.person.id)).one()
    assert f'value="{number}"' in owner.get("/floor/late").text
    assert owner.post("/floor/late", data=paper(bottle)).status_code == 422
    owner.post("/floor/late", data=paper(bottle, operator=number))
    fill = db.session.scalars(select(Fill)).one()
    assert (fill.state, fill.user_id, fill.verdict) == ("filled", hall.person.id, [])


def test_a_paper_stands_in_the_bottles_life_where_it_happened(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    bottle = hall.bottle()
    hall.result(hall.scan(bottle.label_code or "").get_json()["fill_id"], gross_g=31000)
    enter(hall, bottle)
    public = hall.client().get(f"/T/{bottle.label_code}").text
    life = signed_in(hall.person).get(f"/equipment/{bottle.id}").text
    on = make.days(-PAPER).isoformat()
    assert (make.days(0).isoformat() in public, on in public, f"{on} " in life, life.count("补录")) == (
        True,
        False,
        True,
        1,
    )


def test_a_lift_is_no_bottle(hall: Hall) -> None:
    lift = make.equipment("elevator")
    with pytest.raises(Invalid):
        enter(hall, lift, gas="LPG")
