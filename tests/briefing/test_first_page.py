"""The first page of the bureau: every number on it opens exactly its list, for city, county and office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from equipment.briefing import queries
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.models import Application, Due
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.everything import CITED, Everything

Sign = Callable[[User], FlaskClient]


class Numbers(HTMLParser):
    """The linked numbers of the page's content, with what they are called; and how many rows a list has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str, int]] = []  # what, address, number
        self.rows = 0
        self._open: tuple[str, str] | None = None
        self._text = ""
        self._in_list = self._in_body = False
        self.feed(page[page.index('id="content"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self._open, self._text = (given.get("aria-label") or "", given.get("href") or ""), ""
        self._in_list |= tag == "section" and given.get("id") == "list"
        self._in_body |= tag == "tbody" and self._in_list
        self.rows += tag == "tr" and self._in_body

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self._in_body = False
        if tag == "section":
            self._in_list = False
        text = self._text.strip().replace(",", "")
        if tag == "a" and self._open and text.isdecimal():
            self.numbers.append((*self._open, int(text)))
            self._open = None


def office(area: str) -> User:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=area)
    return make.user(bureau, Role.SUPERVISOR, area=area)


def overdue_ones(applied: bool) -> None:
    """Two lifts overdue in a township and one elsewhere: one is applied for, of one nothing is known."""
    day, body = clock.today() - timedelta(days=1), make.organisation(OrganisationKind.BODY)
    unit, person = make.organisation(OrganisationKind.USE_UNIT), office(make.CITY)
    for number, area in enumerate((make.TOWNSHIP, make.TOWNSHIP, make.ELSEWHERE)):
        lift = make.equipment("elevator", area=area, use_unit_id=unit.id)
        with make.writing():
            row = {
                "equipment_id": lift.id,
                "id": new_id(),
                "kind": "inspection",
                "state": "open",
                "due_on": day - timedelta(days=number),
                "citation": CITED,
                "explanation": {"msgid": "x", "params": {}},
                "area": area,
                "category": "elevator",
                "planned_at": clock.now(),
                "origin": "unknown" if number == 1 else "rule",
            }
            db.session.execute(insert(Due), [row])
            if applied and number == 0:
                db.session.add(
                    Application(
                        equipment_id=lift.id,
                        due_id=row["id"],
                        organisation_id=unit.id,
                        body_id=body.id,
                        area=area,
                        category="elevator",
                        applied_by=person.id,
                        applied_at=clock.now(),
                    )
                )


@pytest.fixture
def city(app: Flask) -> Everything:
    town = Everything()
    town.add()
    town.add()
    overdue_ones(applied=True)
    with make.writing():  # the made-up city scraps some pieces without ending that they stand in use
        scrapped = select(Equipment.id).where(Equipment.status == EquipmentStatus.SCRAPPED)
        stands = (Standing.status == EquipmentStatus.IN_USE, Standing.equipment_id.in_(scrapped))
        db.session.execute(update(Standing).where(*stands).values(until_on=clock.today()))
    return town


@pytest.mark.parametrize("area", [make.CITY, make.COUNTY, make.TOWNSHIP])
def test_every_number_opens_exactly_its_list(
    app: Flask, signed_in: Sign, city: Everything, area: str
) -> None:
    browser = signed_in(office(area))
    page = browser.get("/").get_data(as_text=True)
    numbers = Numbers(page[: page.index('id="beside"')]).numbers
    wrong = []
    for what, address, number in numbers:
        answer = browser.get(unescape(address))
        assert answer.status_code == 200, address
        listed = Numbers(answer.get_data(as_text=True))
        if 'id="list"' in answer.text and listed.rows != number:
            wrong.append((what, address, number, listed.rows))
    assert wrong == [], wrong
    assert len(numbers) > (20 if area != make.TOWNSHIP else 4)


def numbers_of(app: Flask, who: User | Viewer) -> dict[str, dict[str, int]]:
    """By area, whatever is not nought; what lies in no area below is marked."""
    viewer = who if isinstance(who, Viewer) else viewer_of(who)
    with app.test_request_context():
        morning = queries.briefing(viewer, clock.today())
    return {
        f"{row.code}{'*' * row.is_rest}": {
            str(column): linked.number for column, linked in row.numbers.items() if linked.number
        }
        for row in (*morning.rows, morning.total)
    }


def test_overdue_inspections_are_split_by_blame(app: Flask) -> None:
    overdue_ones(applied=True)
    lifts = {"in_use": 2, "applied": 1, "unknown": 1}
    elsewhere = {"in_use": 1, "not_applied": 1}
    everything = {"in_use": 3, "applied": 1, "not_applied": 1, "unknown": 1}
    assert numbers_of(app, office(make.CITY)) == {
        make.COUNTY: lifts,
        make.ELSEWHERE: elsewhere,
        make.CITY: everything,
    }
    assert numbers_of(app, office(make.COUNTY)) == {make.TOWNSHIP: lifts, make.COUNTY: lifts}
    assert numbers_of(app, office(make.TOWNSHIP)) == {make.TOWNSHIP: lifts}


def test_what_lies_below_no_area_has_a_row_of_its_own(app: Flask) -> None:
    make.equipment("elevator", area=make.COUNTY)
    make.equipment("elevator", area=make.TOWNSHIP)
    make.equipment("elevator", area=make.TOWNSHIP)
    assert numbers_of(app, office(make.COUNTY)) == {
        make.TOWNSHIP: {"in_use": 2},
        f"{make.COUNTY}*": {"in_use": 1},
        make.COUNTY: {"in_use": 3},
    }


def test_an_office_of_one_category_counts_that_alone(app: Flask) -> None:
    make.equipment("elevator")
    make.equipment("crane")
    of_lifts = replace(viewer_of(office(make.TOWNSHIP)), categories=frozenset({"elevator"}))
    assert numbers_of(app, of_lifts) == {make.TOWNSHIP: {"in_use": 1}}
