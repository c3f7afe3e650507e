"""A hazard's way: found, confirmed, rectified, re-checked, closed - and what each person may do on it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.files.actions import StoredDocument, take
from equipment.hazards import actions, findings
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, HazardState, grade_problem, grading
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import actions as register
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.clauses import Grade
from equipment.rules.actions import choose
from equipment.slices import SLICES
from equipment.storage import db
from tests import make
from tests.exports import csv_of


class City:
    """A use unit with a lift, its safety officer, a technician's firm, and supervisors here and elsewhere."""

    def __init__(self) -> None:
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "某物业")
        self.bureau = make.organisation(OrganisationKind.REGULATOR, "某局", area=make.CITY)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER, name="李安")
        self.supervisor = make.user(self.bureau, Role.SUPERVISOR, name="王监", area=make.COUNTY)
        self.elsewhere = make.user(self.bureau, Role.SUPERVISOR, name="赵远", area=make.ELSEWHERE)
        self.lift = make.equipment("elevator", use_unit_id=self.unit.id, details={"catalogue": "3110"})

    def find(self, **more: Any) -> Finding:
        given = {
            "source": FindingSource.MANUAL,
            "description": "层门锁失效",
            "by": viewer_of(self.officer),
            **more,
        }
        with db.transaction():
            return findings.find(self.lift, **given)

    def hazard(self, **more: Any) -> Hazard:
        finding = self.find(**more)
        with db.transaction():
            return actions.confirm(
                db.session.merge(finding), Grade.GENERAL, "", make.days(30), by=viewer_of(self.supervisor)
            )

    def grave(self) -> Hazard:
        finding = self.find(clause="4.6b")
        with db.transaction():
            return actions.confirm(
                db.session.merge(finding),
                Grade.MAJOR,
                "4.6b",
                make.days(7),
                by=viewer_of(self.supervisor),
                still_used=True,
            )

    def photo(self) -> StoredDocument:
        return take(photo(), "a.jpg", "evidence")

    def rectified(self) -> Hazard:
        hazard = db.session.merge(self.hazard())
        with db.transaction():
            actions.rectify(hazard, "已更换门锁", by=viewer_of(self.officer))
        return hazard


@pytest.fixture
def city(app: Flask) -> City:
    return City()


@pytest.mark.parametrize("clause", ["", "4.6a", "4.6b", "25.3", "9.9z"])
def test_nothing_becomes_a_hazard_by_time_or_by_its_clause(city: City, clause: str) -> None:
    finding = city.find(clause=clause, found_on=clock.today() - timedelta(days=400))
    assert (finding.state, finding.confirm_by < clock.today()) == (FindingState.OPEN, True)
    assert not [timed for slice_ in SLICES for timed in slice_.timed if "confirm" in timed.name]
    assert db.session.scalars(visible(SYSTEM, Hazard)).all() == []


DECISIONS = [
    # whose area, clause, still used -> what is refused
    (make.COUNTY, "4.6b", True, set()),
    (make.CITY, "25.3", True, set()),
    (make.COUNTY, "4.6b", False, {"still_used"}),
    (make.COUNTY, "25.5", False, set()),  # beyond its parameters: the case does not ask for it
    (make.TOWNSHIP, "", False, set()),
    (make.TOWNSHIP, "25.5", True, {"clause"}),
    (make.TOWNSHIP, "4.6b", False, {"clause", "still_used"}),
]


@pytest.mark.parametrize(("area", "clause", "still_used", "refused"), DECISIONS)
def test_a_grave_case_needs_its_use_and_a_decision_of_the_county(
    city: City, area: str, clause: str, still_used: bool, refused: set[str]
) -> None:
    finding, by = city.find(clause=clause), viewer_of(make.user(city.bureau, Role.SUPERVISOR, area=area))
    grade = grading(clause, clock.today()).grade
    wrong: set[str] = set()
    try:
        with db.transaction():
            actions.confirm(
                db.session.merge(finding), grade, clause, make.days(9), by=by, still_used=still_used
            )
    except Invalid as error:
        wrong = set(error.fields)
    assert wrong == refused


def stopped(city: City) -> date | None:
    db.session.expire_all()
    return db.session.get_one(Equipment, city.lift.id).stop_use_since


def test_use_is_stopped_by_the_first_grave_hazard_and_allowed_by_the_recheck_of_the_last(city: City) -> None:
    by, officer = viewer_of(city.supervisor), viewer_of(city.officer)
    general = db.session.merge(city.hazard())
    assert stopped(city) is None
    first, second = (db.session.merge(city.grave()) for _ in range(2))
    assert stopped(city) == clock.today()
    seen = []
    for hazard in (first, second):
        with db.transaction():
            actions.rectify(hazard, "已更换", [city.photo()], by=officer)
        seen.append(stopped(city))
        with db.transaction():
            actions.recheck(hazard, True, "", by=by)
        seen.append(stopped(city))
    assert seen == [clock.today()] * 3 + [None]
    assert db.session.get_one(Equipment, city.lift.id).status == EquipmentStatus.IN_USE
    with db.transaction():
        actions.regrade(general, Grade.SERIOUS, "25.5", make.days(15), "现场复核", by=by)
    assert stopped(city) == clock.today()
    with db.transaction():
        actions.withdraw_hazard(general, "登记错设备", by=by)
    assert stopped(city) is None
    with db.transaction():
        actions.reopen(first, "复查照片不实", make.days(7), by=by)
    assert (stopped(city), first.state, first.closed_on) == (clock.today(), HazardState.OPEN, None)


def test_what_stopped_a_piece_is_put_right_with_evidence(city: City) -> None:
    hazard = db.session.merge(city.grave())
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.rectify(hazard, "已更换门锁", by=viewer_of(city.officer))
    assert list(refused.value.fields) == ["photos"]
    with db.transaction():
        actions.rectify(hazard, "已更换门锁", [city.photo()], by=viewer_of(city.officer))
    assert hazard.state == HazardState.RECTIFIED


def test_a_supervisor_sets_grade_and_day_anew_with_the_reason_in_the_story(
    city: City, signed_in: Any
) -> None:
    hazard, browser = city.hazard(), signed_in(city.supervisor)
    url, later = f"/hazards/{hazard.equipment_id}/{hazard.id}", make.days(60).isoformat()
    assert browser.post(f"{url}/extend", data={"until": later, "reason": ""}).status_code == 422
    assert browser.post(f"{url}/extend", data={"until": later, "reason": "配件未到"}).status_code == 302
    regraded = {"clause": "4.6b", "due_on": "", "reason": "门锁短接", "still_used": "y"}
    assert browser.post(f"{url}/regrade", data=regraded).status_code == 302
    behalf = {"rectification": "已拆除短接线", "photos": (photo(), "a.jpg")}
    assert browser.post(f"{url}/rectify", data=behalf).status_code == 302
    assert browser.post(f"{url}/recheck", data={"passed": "yes"}).status_code == 422  # nobody his own
    other = signed_in(make.user(city.bureau, Role.SUPERVISOR, area=make.CITY))
    assert other.post(f"{url}/recheck", data={"passed": "yes"}).status_code == 302
    again = {"due_on": make.days(3).isoformat(), "reason": "仍短接"}
    assert other.post(f"{url}/reopen", data=again).status_code == 302
    assert other.post(f"{url}/withdraw", data={"reason": "不是这台"}).status_code == 302
    page = other.get(url).text
    words = ("配件未到", "门锁短接", "已拆除短接线", "仍短接", "不是这台", "仍继续使用：研判人已确认")
    assert [word in page for word in words] == [True] * len(words)
    assert other.post(f"{url}/reopen", data=again).status_code == 422


@pytest.mark.parametrize("step", ["regrade", "extend", "reopen", "withdraw"])
@pytest.mark.parametrize("who", ["officer", "township", "elsewhere"])
def test_what_stopped_a_piece_is_set_anew_by_the_county_or_the_city_alone(
    city: City, signed_in: Any, who: str, step: str
) -> None:
    hazard = city.grave()
    people = {
        "officer": city.officer,
        "township": make.user(city.bureau, Role.SUPERVISOR, area=make.TOWNSHIP),
        "elsewhere": city.elsewhere,
    }
    form = {
        "reason": "x",
        "until": make.days(60).isoformat(),
        "due_on": make.days(60).isoformat(),
        "clause": "",
    }
    answer = signed_in(people[who]).post(f"/hazards/{hazard.equipment_id}/{hazard.id}/{step}", data=form)
    wrong_state = step == "reopen" and who == "township"
    assert answer.status_code == (422 if wrong_state else {"elsewhere": 404}.get(who, 403))


def test_a_problem_is_recorded_from_the_number_of_the_piece(city: City, signed_in: Any) -> None:
    with db.transaction():
        lift = db.session.merge(city.lift)
        register.change(lift, {"name": "1号梯", "serial": "E20080001"}, by=SYSTEM)
        register.add_identifier(lift, IdentifierKind.RFID, "04A1B2C3D4", by=SYSTEM)
        other = make.equipment("elevator", use_unit_id=city.unit.id, details={"catalogue": "3110"})
        register.change(other, {"serial": "E20080002"}, by=SYSTEM)
    browser = signed_in(city.supervisor)
    assert "/hazards/new" in browser.get("/hazards").text
    assert f"/hazards/new?equipment={city.lift.id}" in browser.get(f"/equipment/{city.lift.id}").text
    straight = browser.post("/hazards/new", data={"code": "04A1B2C3D4"})
    assert straight.location == f"/hazards/new?equipment={city.lift.id}"
    offered = browser.post("/hazards/new", data={"code": "E200800"}).text
    assert offered.count("/hazards/new?equipment=") == 2
    assert signed_in(city.elsewhere).post("/hazards/new", data={"code": "04A1B2C3D4"}).status_code == 200


def test_a_stopped_piece_says_so_wherever_it_is_shown(city: City, signed_in: Any) -> None:
    firm = make.organisation(OrganisationKind.FIRM, "某维保")
    with db.transaction():
        register.change(db.session.merge(city.lift), {"maintenance_firm_id": firm.id}, by=SYSTEM)
    city.grave()
    technician = make.user(firm, Role.TECHNICIAN)
    pages = (
        (city.officer, "/"),
        (city.officer, "/equipment"),
        (city.officer, f"/equipment/{city.lift.id}"),
        (technician, f"/visits/start/{city.lift.id}"),
        (city.supervisor, "/equipment?stop_use=1"),
    )
    shown = [(path, "停止使用" in signed_in(person).get(path).text) for person, path in pages]
    assert shown == [(path, True) for _person, path in pages]


def test_what_was_put_right_on_the_spot_is_no_hazard(city: City) -> None:
    assert city.find(clause="4.6b", put_right=True).state == FindingState.PUT_RIGHT
    assert db.session.scalars(visible(SYSTEM, Hazard)).all() == []


@pytest.mark.parametrize(
    ("grade", "clause", "fits"),
    [
        (Grade.GENERAL, "", True),
        (Grade.SERIOUS, "", True),
        (Grade.MAJOR, "", False),
        (Grade.MAJOR, "4.6a", True),
        (Grade.GENERAL, "4.6a", False),
        (Grade.SERIOUS, "S3", True),
        (Grade.MAJOR, "S3", False),
        (Grade.GENERAL, "9.9z", False),
    ],
)
def test_a_clause_decides_the_grade_and_nothing_is_major_without_one(
    grade: Grade, clause: str, fits: bool
) -> None:
    assert (grade_problem(grade, clause, date(2026, 11, 23)) is None) == fits


def test_a_decided_finding_is_not_decided_again(city: City) -> None:
    finding = db.session.merge(city.find())
    with db.transaction():
        findings.dismiss(finding, "误报", by=viewer_of(city.supervisor))
    with pytest.raises(Invalid), db.transaction():
        actions.confirm(finding, Grade.GENERAL, "", make.days(9), by=viewer_of(city.supervisor))
    assert db.session.get_one(Finding, (finding.equipment_id, finding.id)).state == FindingState.DISMISSED


def test_a_failed_recheck_opens_it_again_and_a_passed_one_closes_it_for_ever(city: City) -> None:
    hazard, by = city.rectified(), viewer_of(city.supervisor)
    with db.transaction():
        actions.recheck(hazard, False, "仍然松动", by=by)
    assert (hazard.state, hazard.closed_on) == (HazardState.OPEN, None)
    with db.transaction():
        actions.rectify(hazard, "再次更换", by=viewer_of(city.officer))
    with db.transaction():
        actions.recheck(hazard, True, "", by=by)
    assert (hazard.state, hazard.closed_on) == (HazardState.CLOSED, clock.today())
    for again in (
        lambda: actions.rectify(hazard, "x", by=viewer_of(city.officer)),
        lambda: actions.recheck(hazard, False, "x", by=by),
    ):
        with pytest.raises(Invalid), db.transaction():
            again()


def test_nobody_rechecks_his_own_work(city: City) -> None:
    hazard = city.rectified()
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.recheck(hazard, True, "", by=viewer_of(city.officer))
    assert str(refused.value.fields[""]) == "Whoever put the hazard right cannot re-check it."


def test_an_open_hazard_goes_with_its_piece_and_a_closed_one_stays(city: City) -> None:
    closed, moving = city.rectified(), city.hazard()
    with db.transaction():
        actions.recheck(closed, True, "", by=viewer_of(city.supervisor))
    other = make.organisation(OrganisationKind.USE_UNIT, "新物业", area=make.ELSEWHERE)
    lift = db.session.merge(city.lift)
    with db.transaction():
        register.change(
            lift,
            {"area": make.ELSEWHERE, "use_unit_id": other.id},
            by=viewer_of(make.user(city.bureau, Role.ADMINISTRATOR, area=make.CITY)),
        )
    now = {row.id: (row.area, row.responsible_id) for row in db.session.scalars(visible(SYSTEM, Hazard))}
    assert now == {closed.id: (make.TOWNSHIP, city.unit.id), moving.id: (make.ELSEWHERE, other.id)}


def photo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    out.seek(0)
    return out


def test_the_whole_way_through_the_pages_with_its_evidence_and_story(city: City, signed_in: Any) -> None:
    officer, supervisor = signed_in(city.officer), signed_in(city.supervisor)
    assert officer.get(f"/hazards/new?equipment={city.lift.id}").status_code == 200
    sent = officer.post(
        f"/hazards/new?equipment={city.lift.id}",
        data={
            "equipment": str(city.lift.id),
            "description": "轿厢照明不亮",
            "clause": "",
            "found_on": clock.today().isoformat(),
            "photos": (photo(), "a.jpg"),
        },
    )
    assert sent.status_code == 302
    page = supervisor.get(sent.location)
    assert page.status_code == 200
    assert "轿厢照明不亮" in page.text
    assert "evidence-photo" in page.text
    confirmed = supervisor.post(f"{sent.location}/confirm", data={"clause": "", "due_on": ""})
    assert confirmed.status_code == 302
    hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
    assert hazard.due_on == clock.today() + timedelta(days=30)
    assert "轿厢照明不亮" in officer.get("/hazards").text
    rectified = officer.post(
        f"{confirmed.location}/rectify", data={"rectification": "已更换灯管", "photos": (photo(), "b.jpg")}
    )
    assert rectified.status_code == 302
    closed = supervisor.post(f"{confirmed.location}/recheck", data={"passed": "yes", "recheck": ""})
    assert closed.status_code == 302
    story = supervisor.get(confirmed.location).text
    assert [story.index(word) > 0 for word in ("轿厢照明不亮", "已更换灯管", "某局 王监", "某物业 李安")] == [
        True
    ] * 4
    assert story.count("life-entry") == 4
    assert story.count("evidence-photo") == 2


def test_refused_steps_keep_what_was_typed_and_say_why(city: City, signed_in: Any) -> None:
    finding = city.find()
    url = f"/hazards/findings/{finding.equipment_id}/{finding.id}"
    supervisor = signed_in(city.supervisor)
    answer = supervisor.post(f"{url}/confirm", data={"clause": "4.6a", "due_on": "2020-01-01"})
    assert (answer.status_code, "2020-01-01" in answer.text) == (422, True)
    assert supervisor.post(f"{url}/dismiss", data={"reason": " "}).status_code == 422
    assert db.session.scalars(visible(SYSTEM, Hazard)).all() == []


@pytest.mark.parametrize("who", ["elsewhere", "officer", "supervisor"])
def test_only_the_supervisors_of_the_area_decide(city: City, signed_in: Any, who: str) -> None:
    finding = city.find()
    answer = signed_in(getattr(city, who)).post(
        f"/hazards/findings/{finding.equipment_id}/{finding.id}/confirm", data={"clause": "", "due_on": ""}
    )
    assert answer.status_code == {"elsewhere": 404, "officer": 403, "supervisor": 302}[who]


def test_only_the_responsible_unit_reports_it_as_put_right(city: City, signed_in: Any) -> None:
    hazard = city.hazard()
    firm = make.organisation(OrganisationKind.STATION, "别的单位")
    url = f"/hazards/{hazard.equipment_id}/{hazard.id}/rectify"
    assert (
        signed_in(make.user(firm, Role.STATION_OWNER)).post(url, data={"rectification": "好了"}).status_code
        == 404
    )
    assert signed_in(city.officer).post(url, data={"rectification": "好了"}).status_code == 302


def test_many_findings_are_confirmed_at_once_and_what_is_decided_is_left(city: City, signed_in: Any) -> None:
    one, two, dismissed = city.find(), city.find(), db.session.merge(city.find())
    with db.transaction():
        findings.dismiss(dismissed, "误报", by=viewer_of(city.supervisor))
    ids = [f"{each.equipment_id}.{each.id}" for each in (one, two, dismissed)]
    assert (
        signed_in(city.supervisor)
        .post("/hazards/findings/confirm", data={"id": [*ids, "nonsense"]})
        .status_code
        == 302
    )
    assert {hazard.finding_id for hazard in db.session.scalars(visible(SYSTEM, Hazard))} == {one.id, two.id}


def test_a_finding_that_names_a_clause_is_not_confirmed_in_bulk(city: City, signed_in: Any) -> None:
    grave = city.find(clause="4.6b")
    chosen = {"id": [f"{grave.equipment_id}.{grave.id}"]}
    signed_in(city.supervisor).post("/hazards/findings/confirm", data=chosen)
    assert db.session.scalars(visible(SYSTEM, Hazard)).all() == []


FILTERS = {
    "tab=hazards": 1,
    "tab=hazards&area=620402": 1,
    "tab=hazards&area=620421": 0,
    "tab=hazards&category=cylinder": 0,
    "tab=hazards&grade=general": 1,
    "tab=hazards&grade=major": 0,
    "tab=hazards&state=closed": 0,
    "tab=hazards&days=7": 1,
    "tab=hazards&days=15": 0,
    "tab=hazards&unit=某物": 1,
    "tab=hazards&unit=别家": 0,
    "tab=hazards&q=门锁": 1,
    "tab=recheck": 0,
    "tab=hazards&source=manual": 1,
    "tab=hazards&source=report": 0,
    "tab=hazards&overdue=1": 0,
    "tab=hazards&area=x&days=x&equipment=x": 1,
    "tab=hazards&area=²&days=²": 1,
    "tab=hazards&days=99999999999": 1,
    "tab=hazards&days=900000": 1,
}


def test_nothing_is_found_on_a_piece_before_it_was_made(city: City) -> None:
    with db.transaction():
        db.session.merge(city.lift).made_on = date(2020, 5, 1)
    city.lift = db.session.get_one(type(city.lift), city.lift.id)
    with pytest.raises(Invalid) as caught:
        city.find(found_on=date(2020, 4, 30))
    assert list(caught.value.fields) == ["found_on"]
    assert city.find(found_on=date(2020, 5, 1)).found_on == date(2020, 5, 1)


def test_the_lists_narrow_by_every_filter(city: City, signed_in: Any) -> None:
    city.hazard(found_on=clock.today() - timedelta(days=10))
    browser = signed_in(city.supervisor)
    found = {args: browser.get(f"/hazards?{args}").text.count("层门锁失效") for args in FILTERS}
    assert found == FILTERS


def test_a_list_leaves_as_csv_with_formulas_disarmed(city: City, settings: Settings, signed_in: Any) -> None:
    city.hazard(description="=1+1")
    assert [row[6] for row in csv_of(settings, signed_in(city.supervisor), "/hazards?tab=hazards")[1:]] == [
        "'=1+1"
    ]


def test_first_pages_count_what_waits(city: City, signed_in: Any) -> None:
    city.find()
    city.rectified()
    home = signed_in(city.supervisor).get("/").text
    lists = ('findings"', 'recheck"', "hazards&amp;area=")
    assert [f'href="/hazards?tab={tab}' in home for tab in lists] == [True] * 3
    city.hazard()
    assert 'href="/hazards?tab=mine"' in signed_in(city.officer).get("/").text


def test_the_bureau_sets_how_long_hazards_may_take(city: City) -> None:
    by = viewer_of(make.user(city.bureau, Role.ADMINISTRATOR, area=make.CITY))
    for key, value in (("rectify_days_major", "3"), ("finding_confirms_days", "20")):
        with db.transaction():
            choose(key, make.days(0), {"value": value}, by=by)
    waiting = city.find(description="轿厢照明暗")
    assert (actions.rectify_by(Grade.MAJOR, make.days(0)), waiting.confirm_by) == (
        make.days(3),
        make.days(20),
    )
