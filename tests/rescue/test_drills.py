"""应急演练: recorded, corrected, printed; and due for each kind of lift that a firm maintains, and for stations."""

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
from equipment.core.fields import Fields
from equipment.core.ids import new_id
from equipment.core.months import add_months
from equipment.dues import organisations
from equipment.dues.duties import DUTIES
from equipment.dues.models import OrganisationDue
from equipment.dues.rules import DueState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
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
from tests import make
from tests.files.test_content import photo
from tests.rescue.town import RescueTown, by_itself, lift, rescue_town, viewer

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


def held_by(who: User, key: Any = None, photos: Any = (), **more: Any) -> Drill:
    """A drill of a station or a use unit, which needs no piece."""
    stated = {
        "equipment_id": None,
        "on": clock.today(),
        "place": "充装间",
        "scenario": Scenario.LEAK,
        "people": "张三、李四",
        "people_count": 2,
        "moments": DrillClock(),
        "unit_took_part": False,
        **more,
    }
    with db.transaction():
        return drills.record(key or new_id(), DrillDraft(**stated), photos, by=viewer(who))


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


def test_a_station_drills_every_year_and_nobody_else_without_lifts(at: RescueTown) -> None:
    """docs/facts/cylinders.md: once a year, `unsure`; how often a use unit drills was read nowhere."""
    station = make.organisation(OrganisationKind.STATION, "丁充装站")
    owner = by_itself(make.user(station, Role.STATION_OWNER))
    plan()
    today = clock.today()
    assert due() == {"station": add_months(today, 12)}
    row = db.session.scalars(visible(SYSTEM, OrganisationDue)).one()
    assert (row.organisation_id == owner.organisation_id, Fields(row.citation).text("confidence")) == (
        True,
        "unsure",
    )
    with time_machine.travel(clock.now() + timedelta(days=300)):
        on = clock.today()
        made = held_by(owner, classes=["station"])
        assert (made.equipment_id, made.area, made.number) == (None, make.COUNTY, f"{on.year}-0001")
        assert due() == {"station": add_months(on, 12)}
        held_by(at.officer, classes=["unit"])
        plan()
        assert due() == {"station": add_months(on, 12)}


@pytest.mark.parametrize(
    ("who", "more", "field", "says"),
    [
        ("owner", {"classes": ["31"]}, "classes", "at least one kind"),
        ("owner", {"classes": ["unit"]}, "classes", "at least one kind"),
        ("officer", {"classes": ["station"]}, "classes", "at least one kind"),
        ("manager", {"classes": ["station"]}, "equipment_id", "Choose a lift that your firm"),
        ("manager", {"classes": ["31"]}, "equipment_id", "Choose a lift that your firm"),
    ],
)
def test_nobody_records_what_is_not_drilled_there(
    at: RescueTown, who: str, more: dict[str, Any], field: str, says: str
) -> None:
    station = make.organisation(OrganisationKind.STATION, "丁充装站")
    people = {"owner": by_itself(make.user(station, Role.STATION_OWNER)), **vars(at)}
    with pytest.raises(Invalid, match=says) as refused:
        held_by(people[who], **more)
    assert field in refused.value.fields


def test_a_use_unit_drills_at_its_own_piece_or_at_none(at: RescueTown) -> None:
    own, strange = lift(at, name="东梯"), lift(at, use_unit_id=None)
    made = held_by(at.officer, classes=["unit"], equipment_id=own.id)
    assert (made.equipment_id, made.category) == (own.id, "elevator")
    with pytest.raises(NotFound):
        held_by(at.officer, classes=["unit"], equipment_id=strange.id)
    db.session.rollback()
    whole = held_by(at.officer, classes=["unit"])
    seen_by = {
        name: {drill.id for drill in db.session.scalars(drills.drills(viewer(vars(at)[name]), {}))}
        for name in ("officer", "manager", "other_manager", "city", "county")
    }
    assert seen_by == {
        "officer": {made.id, whole.id},
        "manager": {made.id},  # it maintains the lift
        "other_manager": set(),
        "city": {made.id, whole.id},
        "county": {made.id, whole.id},
    }
    by_kind = {
        kind: len(db.session.scalars(drills.drills(viewer(at.city), {"of": kind})).all())
        for kind in ("use_unit", "firm", "nonsense")
    }
    assert by_kind == {"use_unit": 2, "firm": 0, "nonsense": 2}


def test_a_station_records_its_drill_with_photos_on_its_pages(at: RescueTown, signed_in: Sign) -> None:
    station = make.organisation(OrganisationKind.STATION, "丁充装站")
    owner = by_itself(make.user(station, Role.STATION_OWNER))
    stranger = by_itself(
        make.user(make.organisation(OrganisationKind.STATION, "戊充装站"), Role.STATION_OWNER)
    )
    plan()
    client = signed_in(owner)
    assert "应急演练" in client.get("/").text  # its menu
    assert "/drills/new?of=station" in client.get("/drills").text
    form = client.get("/drills/new?of=station")
    assert ("轿厢困人" in form.text, "气体或介质泄漏" in form.text) == (False, True)
    assert ("电梯类别" in form.text, "报警时间" in form.text, "未核实" in form.text) == (False, True, True)
    typed = {
        "drill_id": str(new_id()),
        "equipment_id": "",
        "classes": "station",
        "on": clock.today().isoformat(),
        "place": "充装间",
        "scenario": "leak",
        "people": "张三、李四",
        "people_count": "2",
        "called_at": "00:00",
    }
    files = {"photos": (io.BytesIO(photo()), "演练.jpg")}
    shown = client.post("/drills/new", data={**typed, **files}, follow_redirects=True)
    assert ("气体或介质泄漏" in shown.text, "充装间" in shown.text, "维保单位" in shown.text) == (
        True,
        True,
        False,
    )
    made = db.session.scalars(visible(SYSTEM, Drill)).one()
    (sha256,) = made.photos
    address = f"/drills/{made.id}/photos/{sha256}"
    for who in (client, signed_in(at.city)):
        with who.get(address) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert client.get(f"/drills/{made.id}/photos/{'0' * 64}").status_code == 404
    assert signed_in(stranger).get(address).status_code == 404
    assert signed_in(stranger).get(f"/drills/{made.id}").status_code == 404
    assert client.get(f"/drills/{made.id}/correct").status_code == 200
    assert "丁充装站" in signed_in(at.city).get("/drills?of=station").text
    assert signed_in(at.technician).get("/drills/new").status_code == 403


def test_the_record_of_a_station_is_printed_without_words_of_lifts(at: RescueTown) -> None:
    station = make.organisation(OrganisationKind.STATION, "丁充装站")
    made = held_by(by_itself(make.user(station, Role.STATION_OWNER)), classes=["station"])
    drawn = ruled_pdf(drill_paper(made, lambda text: text), locale="en")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(drawn.content)).pages)
    assert ("Filling station" in text, "Lift" in text, "Use unit" in text, "Alarm at" in text) == (
        True,
        False,
        False,
        True,
    )


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
    for who in (at.technician, at.city):
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
