"""Statistics of hazards: every figure of every grouping is followed to its list, which must have as many rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from equipment.core import clock
from equipment.files.actions import StoredDocument, take
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.models import Hazard
from equipment.hazards.queries import Wanted, count
from equipment.hazards.queries import hazards as listed
from equipment.hazards.rules import FindingSource
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.regulation.clauses import Grade
from equipment.reports.hazard_statistics import (
    HazardColumn,
    HazardGrouping,
    columns_of,
    hazard_statistics,
    hazard_statistics_table,
)
from equipment.storage import db
from tests import make

F, G = FindingSource, HazardGrouping
# days ago, source, grade, clause, days until it must be right, what became of it
CASES: tuple[tuple[int, FindingSource, Grade, str, int, str], ...] = (
    (0, F.MANUAL, Grade.GENERAL, "", 20, "open"),
    (7, F.VISIT, Grade.GENERAL, "", 3, "open"),  # late
    (8, F.REPORT, Grade.SERIOUS, "25.3", 20, "open"),
    (30, F.CHECK, Grade.MAJOR, "4.6b", 5, "rectified"),  # past its day, but put right
    (31, F.INSPECTION, Grade.MAJOR, "4.6b", 5, "closed"),
    (90, F.WALK, Grade.GENERAL, "", 5, "open"),  # late
    (91, F.MANUAL, Grade.GENERAL, "", 400, "open"),
    (181, F.MANUAL, Grade.GENERAL, "", 400, "withdrawn"),
    (200, F.MANUAL, Grade.GENERAL, "", 400, "open"),
    (500, F.MANUAL, Grade.GENERAL, "", 600, "open"),  # before the period
)


@pytest.fixture
def city(app: Flask) -> User:
    """Two units in two counties, and every case of the table."""
    bureau = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    county = make.user(bureau, Role.SUPERVISOR, area=make.CITY)
    second = make.user(bureau, Role.SUPERVISOR, area=make.CITY)
    units = [
        make.organisation(OrganisationKind.USE_UNIT, "银杏物业"),
        make.organisation(OrganisationKind.USE_UNIT, "靖远物业", area=make.ELSEWHERE),
    ]
    lifts = [
        make.equipment("elevator", use_unit_id=units[0].id, details={"catalogue": "3110"}),
        make.equipment(
            "elevator", use_unit_id=units[1].id, details={"catalogue": "3110"}, area=make.ELSEWHERE
        ),
    ]
    by, other = (viewer_of(db.session.get_one(User, one.id)) for one in (county, second))
    now = clock.now()
    for number, (days, source, grade, clause, until, end) in enumerate(CASES):
        with time_machine.travel(now - timedelta(days=days), tick=True), db.transaction():
            lift = db.session.merge(lifts[number % 2])
            finding = findings.find(lift, source=source, description="门锁失效", by=by)
            due_on = clock.today() + timedelta(days=until)
            hazard = hazards.confirm(finding, grade, clause, due_on, by=by, still_used=bool(clause))
            if end in ("rectified", "closed"):
                evidence = [photo()] if grade is not Grade.GENERAL else []
                hazards.rectify(hazard, "已更换", evidence, by=by)
            if end == "closed":
                hazards.recheck(hazard, True, "合格", by=other)
            if end == "withdrawn":
                hazards.withdraw_hazard(hazard, "不成立", by=by)
    return county


def photo() -> StoredDocument:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    out.seek(0)
    return take(out, "a.jpg", "evidence")


def days() -> tuple[date, date]:
    return clock.today() - timedelta(days=365), clock.today()


def figures_of(by: Viewer, group: HazardGrouping) -> dict[str, list[int]]:
    whole, rows = hazard_statistics(by, group, "", *days())
    columns = columns_of(group)
    return {str(row.label): [row.numbers[one] for one in columns] for row in [*rows, whole]}


# found, not closed, late, general, serious, major, closed
SOURCES = {
    "Found by hand": [3, 3, 0, 3, 0, 0, 0],
    "Maintenance visit": [1, 1, 1, 1, 0, 0, 0],
    "Public report": [1, 1, 0, 0, 1, 0, 0],
    "Supervision check": [1, 1, 0, 0, 0, 1, 0],
    "Inspection": [1, 0, 0, 0, 0, 1, 1],
    "Walk of the overdue list": [1, 1, 1, 1, 0, 0, 0],
    "": [8, 7, 2, 5, 1, 2, 1],
}
# of those not closed: found, late, general, serious, major
AGES = {
    "0 to 7 days": [2, 1, 2, 0, 0],
    "8 to 30 days": [2, 0, 0, 1, 1],
    "31 to 90 days": [1, 1, 1, 0, 0],
    "91 to 180 days": [1, 0, 1, 0, 0],
    "More than 180 days": [1, 0, 1, 0, 0],
    "": [7, 2, 5, 1, 1],
}


def test_hazards_are_counted_by_source_and_by_age(city: User) -> None:
    by = viewer_of(db.session.get_one(User, city.id))
    assert figures_of(by, G.SOURCE) == SOURCES
    assert figures_of(by, G.AGE) == AGES
    assert {key: row[0] for key, row in figures_of(by, G.UNIT).items()} == {
        "银杏物业": 5,
        "靖远物业": 3,
        "": 8,
    }
    assert {key: row[0] for key, row in figures_of(by, G.FINDER).items()} == {"Regulator": 8, "": 8}


@pytest.mark.parametrize("group", list(HazardGrouping))
def test_every_number_opens_exactly_its_list(city: User, group: HazardGrouping) -> None:
    by = viewer_of(db.session.get_one(User, city.id))
    whole, rows = hazard_statistics(by, group, "", *days())
    assert sum(row.numbers[HazardColumn.ALL] for row in rows) == whole.numbers[HazardColumn.ALL]
    for row in [*rows, whole]:
        for column in columns_of(group):
            asked = dict(parse_qsl(urlsplit(row.list_url(column)).query))
            behind = count(listed(by, Wanted.of(asked), clock.today()))
            assert behind == row.numbers[column], (group, row.label, column, asked)


def test_the_page_and_its_workbook_show_what_was_counted(
    city: User, signed_in: Callable[[User], FlaskClient]
) -> None:
    browser = signed_in(city)
    page = browser.get("/rates/hazards?by=age").text
    assert "0–7 天" in page
    links = re.findall(r'href="(/hazards\?[^"]+)">(\d+)</a>', page)
    assert len(links) == 25
    for link, number in links:
        listing = browser.get(link.replace("&amp;", "&")).text
        assert f"{number} 条" in listing or (number == "0" and "list-count" in listing), link
    since, until = days()
    asked = {"by": "source", "area": "", "since": since.isoformat(), "until": until.isoformat()}
    table = hazard_statistics_table(SYSTEM, asked, str)
    cells = [list(row) for row in table.rows]
    assert {str(row[0]): row[1:] for row in cells} == {
        **{key: row for key, row in SOURCES.items() if key},
        "In all": SOURCES[""],
    }
    assert browser.get("/rates/hazards?by=rubbish&found_from=x&area=y").status_code == 200


def test_an_office_counts_its_own_area(city: User) -> None:
    bureau = db.session.get_one(Organisation, city.organisation_id)
    far = make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE)
    by = viewer_of(db.session.get_one(User, far.id))
    assert hazard_statistics(by, G.GRADE, "", *days())[0].numbers[HazardColumn.ALL] == 3
    assert hazard_statistics(SYSTEM, G.GRADE, make.COUNTY, *days())[0].numbers[HazardColumn.ALL] == 5
    assert db.session.query(Hazard).count() == len(CASES)
