"""应急演练: recorded, corrected, printed; and due for each kind of lift that a firm maintains."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.months import add_months
from equipment.dues import organisations
from equipment.dues.duties import DUTIES
from equipment.dues.models import OrganisationDue
from equipment.dues.rules import DueState
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.rescue import drills
from equipment.rescue.drills import DrillDraft
from equipment.rescue.models import Drill
from equipment.rescue.printing import drill_paper
from equipment.rescue.rules import DrillClock, Scenario
from equipment.storage import db
from equipment.tasks.ruled_printing import ruled_pdf
from tests.rescue.town import RescueTown, lift, rescue_town, viewer

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def at(app: Flask) -> RescueTown:
    return rescue_town()


def draft(piece: Equipment, **more: Any) -> DrillDraft:
    return DrillDraft(
        **{
            "equipment_id": piece.id,
            "on": clock.today(),
            "place": "人民路1号",
            "scenario": Scenario.TRAPPED,
            "classes": ["31"],
            "people": "张三、李四",
            "people_count": 2,
            "moments": DrillClock(),
            "unit_took_part": False,
            **more,
        }
    )


def held(at: RescueTown, piece: Equipment, key: Any = None, **more: Any) -> Drill:
    with db.transaction():
        return drills.record(key or new_id(), draft(piece, **more), [], by=viewer(at.manager))


def plan() -> None:
    organisations.plan_organisations(clock.today())


def due(state: DueState = DueState.OPEN) -> dict[str, date]:
    rows = visible(SYSTEM, OrganisationDue).where(OrganisationDue.state == state)
    return {row.subject: row.due_on for row in db.session.scalars(rows.order_by(OrganisationDue.due_on))}


def test_two_kinds_of_lift_are_two_duties_and_nobody_begins_overdue(at: RescueTown) -> None:
    lift(at, made_on=date(2005, 6, 1), base_on=date(2005, 6, 1))
    lift(at, kind="3310")
    plan()
    today = clock.today()
    assert due() == {"31": add_months(today, 6), "33": add_months(today, 6)}
    with time_machine.travel(clock.now() + timedelta(days=100)):
        plan()  # planned again it counts from the same day
        assert due() == {"31": add_months(today, 6), "33": add_months(today, 6)}


def test_a_drill_settles_its_kinds_and_the_next_counts_from_it(at: RescueTown) -> None:
    piece = lift(at)
    lift(at, kind="3310")
    plan()
    first = due()
    with time_machine.travel(clock.now() + timedelta(days=30)):
        today = clock.today()
        made = held(at, piece, classes=["31"])
        assert due() == {"31": add_months(today, 6), "33": first["33"]}
        assert due(DueState.DONE) == {"31": first["31"]}
        done = db.session.scalars(visible(SYSTEM, OrganisationDue).where(OrganisationDue.done_by != "")).one()
        assert (done.done_on, done.done_by) == (today, f"drill:{made.id}")
        held(at, piece, classes=["31", "33"])
        assert due() == {"31": add_months(today, 6), "33": add_months(today, 6)}


def test_a_kind_that_is_maintained_no_more_is_drilled_no_more(at: RescueTown) -> None:
    lift(at)
    stepped = lift(at, kind="3310")
    plan()
    with db.transaction():
        change(
            db.session.get_one(Equipment, stepped.id),
            {"maintenance_firm_id": at.other_firm.id},
            by=viewer(at.city),
        )
    plan()
    rows = db.session.scalars(visible(SYSTEM, OrganisationDue).order_by(OrganisationDue.id)).all()
    assert sorted((row.organisation_id == at.firm.id, row.subject, str(row.state)) for row in rows) == [
        (False, "33", "open"),
        (True, "31", "open"),
        (True, "33", "superseded"),
    ]


def test_planning_twice_changes_nothing(at: RescueTown) -> None:
    lift(at)
    assert organisations.plan_organisations(clock.today()) == 1
    assert organisations.plan_organisations(clock.today()) == 0


@pytest.mark.parametrize(
    ("more", "field", "says"),
    [
        ({"on": 1}, "on", "not come yet"),
        ({"classes": []}, "classes", "at least one kind"),
        ({"classes": ["99"]}, "classes", "at least one kind"),
        ({"people": " "}, "people", "Name who took part"),
        ({"people_count": 0}, "people_count", "At least one person"),
        ({"unit_took_part": True}, "unit_people", "Name who of the use unit"),
        ({"shortcomings": "对讲不清"}, "improvements", "what is done about"),
    ],
)
def test_what_is_wrong_with_a_drill_stands_at_its_field(
    at: RescueTown, more: dict[str, Any], field: str, says: str
) -> None:
    if "on" in more:
        more = {"on": clock.today() + timedelta(days=1)}
    with pytest.raises(Invalid, match=says) as refused:
        held(at, lift(at), **more)
    assert list(refused.value.fields) == [field]


def test_times_out_of_order_and_a_lift_of_another_firm_are_refused(at: RescueTown) -> None:
    noon = clock.site_midnight(clock.today() - timedelta(days=1))
    with pytest.raises(Invalid, match="follow one another"):
        held(at, lift(at), moments=DrillClock(noon, noon - timedelta(minutes=1)))
    db.session.rollback()
    with pytest.raises(NotFound):
        held(at, lift(at, maintenance_firm_id=at.other_firm.id, use_unit_id=None))
    db.session.rollback()
    stated = draft(lift(at))
    for who in (at.officer, at.technician, at.city):
        with pytest.raises(NotAllowed), db.transaction():
            drills.record(new_id(), stated, [], by=viewer(who))


def test_the_same_form_sent_twice_is_one_record(at: RescueTown) -> None:
    piece, key = lift(at), new_id()
    assert held(at, piece, key).number == held(at, piece, key).number
    assert len(db.session.scalars(visible(SYSTEM, Drill)).all()) == 1


def test_a_correction_replaces_the_record_and_both_stay(at: RescueTown) -> None:
    piece = lift(at)
    plan()
    early = clock.today() - timedelta(days=40)
    made = held(at, piece, on=early)
    with pytest.raises(Invalid, match="reason"):
        held(at, piece, replaces=made.id)
    db.session.rollback()
    right = held(at, piece, on=early + timedelta(days=10), replaces=made.id, reason="日期写错")
    assert (right.number, db.session.get_one(Drill, (at.firm.id, made.id)).superseded) == (
        f"{clock.today().year}-0002",
        True,
    )
    assert due() == {"31": add_months(early + timedelta(days=10), 6)}
    with pytest.raises(Conflict, match="corrected already"):
        held(at, piece, replaces=made.id, reason="再改")


def test_the_firm_hears_before_and_the_bureau_after(at: RescueTown) -> None:
    lift(at)
    plan()
    ((day),) = due().values()
    source = next(one for one in DUTIES if one.prefix == "organisation_due")
    ((duty,),) = list(source.duties(day, 30))
    assert (duty.organisation_id, duty.due_on, duty.area) == (at.firm.id, day, at.firm.area)
    assert [(stage.days, len(stage.heard_by)) for stage in duty.stages] == [
        (30, 1),
        (7, 1),
        (-1, 2),
        (-30, 2),
    ]
    assert list(source.duties(day - timedelta(days=31), 30)) == []


def test_pages_of_drills(at: RescueTown, signed_in: Sign) -> None:
    piece = lift(at, name="东梯")
    lift(at, kind="3310")
    plan()
    manager = signed_in(at.manager)
    assert "自动扶梯与自动人行道" in manager.get("/dues/organisations").text
    form = manager.get("/drills/new?of=31")
    assert ("东梯" in form.text, "每半年" in form.text or "第五条" in form.text) == (True, True)
    typed = {
        "drill_id": str(new_id()),
        "equipment_id": str(piece.id),
        "on": (clock.today() + timedelta(days=1)).isoformat(),
        "place": "人民路1号",
        "classes": ["31"],
        "scenario": "trapped",
        "people": "张三",
        "people_count": "1",
        "called_at": "9点",
    }
    wrong = manager.post("/drills/new", data=typed)
    assert (wrong.status_code, "时间请写成" in wrong.text, "张三" in wrong.text) == (422, True, True)
    ahead = manager.post("/drills/new", data={**typed, "called_at": ""})
    assert (ahead.status_code, "人民路1号" in ahead.text) == (422, True)
    right = {**typed, "on": clock.today().isoformat(), "called_at": "00:00", "arrived_at": "00：00"}
    shown = manager.post("/drills/new", data=right, follow_redirects=True)
    assert ("轿厢困人" in shown.text, "张三" in shown.text) == (True, True)
    made = db.session.scalars(visible(SYSTEM, Drill)).one().id
    assert (
        "日期写错"
        in manager.post(
            "/drills/new",
            data={**right, "drill_id": str(new_id()), "replaces": str(made), "reason": "日期写错"},
            follow_redirects=True,
        ).text
    )
    assert "已被后来的记录更正" in manager.get(f"/drills/{made}").text
    assert signed_in(at.officer).get(f"/drills/{made}").status_code == 200
    assert signed_in(at.other_manager).get(f"/drills/{made}").status_code == 404
    assert signed_in(at.other_manager).get(f"/drills/{made}/correct").status_code == 404
    assert "甲电梯维保" in signed_in(at.city).get("/drills").text
    assert "甲电梯维保" in signed_in(at.county).get("/dues/organisations").text


def test_the_record_is_printed_on_one_sheet(at: RescueTown) -> None:
    noon = clock.site_midnight(clock.today() - timedelta(days=1)) + timedelta(hours=12)
    moments = DrillClock(noon, noon + timedelta(minutes=21), noon + timedelta(minutes=29))
    made = held(at, lift(at, name="东梯"), on=clock.site_day(noon), moments=moments, story="经过" * 200)
    drawn = ruled_pdf(drill_paper(made, lambda text: text), locale="en")
    read = PdfReader(io.BytesIO(drawn.content))
    text = "".join(page.extract_text() for page in read.pages)
    assert (len(read.pages), "12:21" in text, "after 21 min" in text, made.number in text) == (
        1,
        True,
        True,
        True,
    )
