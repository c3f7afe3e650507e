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
from equipment.hazards import actions
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, HazardState, grade_problem
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import actions as register
from equipment.regulation.clauses import Grade
from equipment.rules.actions import choose
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
            return actions.find(self.lift, **given)

    def hazard(self, **more: Any) -> Hazard:
        finding = self.find(**more)
        with db.transaction():
            return actions.confirm(
                db.session.merge(finding), Grade.GENERAL, "", make.days(30), by=viewer_of(self.supervisor)
            )

    def rectified(self) -> Hazard:
        hazard = db.session.merge(self.hazard())
        with db.transaction():
            actions.rectify(hazard, "已更换门锁", by=viewer_of(self.officer))
        return hazard


@pytest.fixture
def city(app: Flask) -> City:
    return City()


def test_a_finding_without_clause_waits_and_confirms_itself_after_fifteen_days(city: City) -> None:
    finding = city.find(found_on=clock.today() - timedelta(days=15))
    early = city.find(found_on=clock.today() - timedelta(days=14))
    assert (finding.state, finding.confirm_by) == (FindingState.OPEN, clock.today())
    with db.transaction():
        assert actions.confirm_overdue(clock.today()) == 1
    with db.transaction():
        assert actions.confirm_overdue(clock.today()) == 0
    hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
    assert (hazard.finding_id, hazard.grade, hazard.confirmed_by, hazard.found_on) == (
        finding.id,
        Grade.GENERAL,
        actions.BY_ITSELF,
        clock.today() - timedelta(days=15),
    )
    assert db.session.get_one(Finding, (early.equipment_id, early.id)).state == FindingState.OPEN


def test_a_clause_makes_it_a_hazard_at_once_with_the_clauses_grade(city: City) -> None:
    finding = city.find(clause="4.6b")
    hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
    assert (finding.state, hazard.grade, hazard.clause, hazard.confirmed_by) == (
        FindingState.CONFIRMED,
        Grade.MAJOR,
        "4.6b",
        "clause:4.6b",
    )
    assert hazard.responsible_id == city.unit.id


def test_an_unknown_clause_does_not_stop_the_others_from_confirming_themselves(city: City) -> None:
    city.find(clause="9.9z", found_on=clock.today() - timedelta(days=20))
    with db.transaction():
        assert actions.confirm_overdue(clock.today()) == 1
    hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
    assert (hazard.grade, hazard.clause) == (Grade.GENERAL, "")


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
        actions.dismiss(finding, "误报", by=viewer_of(city.supervisor))
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
        actions.dismiss(dismissed, "误报", by=viewer_of(city.supervisor))
    ids = [f"{each.equipment_id}.{each.id}" for each in (one, two, dismissed)]
    assert (
        signed_in(city.supervisor)
        .post("/hazards/findings/confirm", data={"id": [*ids, "nonsense"]})
        .status_code
        == 302
    )
    assert {hazard.finding_id for hazard in db.session.scalars(visible(SYSTEM, Hazard))} == {one.id, two.id}


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
    assert [f'href="/hazards?tab={tab}"' in home for tab in ("findings", "recheck", "hazards")] == [True] * 3
    city.hazard()
    assert 'href="/hazards?tab=mine"' in signed_in(city.officer).get("/").text


def test_the_bureau_sets_how_long_hazards_may_take(city: City) -> None:
    by = viewer_of(make.user(city.bureau, Role.ADMINISTRATOR, area=make.CITY))
    for key, value in (("rectify_days_major", "3"), ("finding_confirms_days", "20")):
        with db.transaction():
            choose(key, make.days(0), {"value": value}, by=by)
    city.find(clause="4.6b")
    waiting = city.find(description="轿厢照明暗")
    hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
    assert (hazard.grade, hazard.due_on, waiting.confirm_by) == (Grade.MAJOR, make.days(3), make.days(20))
