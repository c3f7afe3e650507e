"""The checklist on an administrator's first page: read from what is on file, gone when all is there or nobody wants it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from equipment.core.config import Settings
from equipment.people.models import Area, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.shell.first_steps import first_steps
from equipment.storage.db import session, transaction
from tests import make

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def administrator(app: Flask) -> User:
    return make.user(
        make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR, Role.SUPERVISOR
    )


def undone(app: Flask, user: User, settings: Settings) -> list[str]:
    with app.test_request_context():
        checklist = first_steps(viewer_of(user), settings)
    return [step.title for step in checklist.steps if not step.done] if checklist else []


def test_every_step_is_done_by_what_is_on_file(app: Flask, administrator: User, settings: Settings) -> None:
    bare, mailed = replace(settings, public_url=""), replace(settings, mail_url="mailtos://x@example.cn")
    with transaction():
        session.execute(delete(Area).where(Area.code != make.CITY))
    steps = [
        "Areas",
        "Organisations",
        "People",
        "A supervisor for each county",
        "First pieces",
        "Address of this tracker",
        "First labels",
        "Mail",
    ]
    assert undone(app, administrator, bare) == steps
    assert undone(app, administrator, settings) == [
        step for step in steps if step != "Address of this tracker"
    ]
    with transaction():
        session.add_all(
            [
                Area(code=code, name=name, level="county")
                for code, name in (("620402", "白银区"), ("620421", "靖远县"))
            ]
        )
    assert undone(app, administrator, mailed) == [
        "Organisations",
        "People",
        "A supervisor for each county",
        "First pieces",
        "First labels",
    ]
    unit = make.organisation(OrganisationKind.USE_UNIT)
    assert undone(app, administrator, mailed) == [
        "People",
        "A supervisor for each county",
        "First pieces",
        "First labels",
    ]
    make.user(unit, Role.SAFETY_OFFICER)
    assert undone(app, administrator, mailed) == [
        "A supervisor for each county",
        "First pieces",
        "First labels",
    ]
    make.user(administrator.organisation, Role.SUPERVISOR, area="620402")
    make.user(administrator.organisation, Role.SUPERVISOR, area="620421", active=False)
    with app.test_request_context():
        checklist = first_steps(viewer_of(administrator), mailed)
        assert checklist is not None
        assert [
            step.why.params for step in checklist.steps if step.title == "A supervisor for each county"
        ] == [{"names": "靖远县"}]
    make.user(administrator.organisation, Role.SUPERVISOR, area="620421001")
    make.equipment("elevator", details={"catalogue": "3110"}, use_unit_id=unit.id)
    assert undone(app, administrator, mailed) == ["First labels"]
    make.equipment("elevator", details={"catalogue": "3110"}, use_unit_id=unit.id, code="0123456789ABCDE")
    with app.test_request_context():
        assert first_steps(viewer_of(administrator), mailed) is None


def test_it_stands_instead_of_the_figures_until_the_first_piece(
    app: Flask, signed_in: Sign, administrator: User
) -> None:
    browser = signed_in(administrator)
    page = browser.get("/").text
    assert ("first-steps-list" in page, "brief-table" in page) == (True, False)
    make.equipment("elevator", details={"catalogue": "3110"})
    page = browser.get("/").text
    assert ("first-steps-list" in page, "brief-table" in page) == (True, True)


def test_dismissed_it_does_not_come_back_for_anybody_of_the_bureau(
    app: Flask, signed_in: Sign, administrator: User
) -> None:
    colleague = make.user(administrator.organisation, Role.ADMINISTRATOR)
    assert signed_in(administrator).post("/first-steps/dismiss").status_code == 302
    assert ["first-steps-list" in signed_in(each).get("/").text for each in (administrator, colleague)] == [
        False,
        False,
    ]


def test_only_administrators_of_the_bureau_see_it(app: Flask, signed_in: Sign, administrator: User) -> None:
    others = [
        make.user(administrator.organisation, Role.SUPERVISOR),
        make.user(make.station(), Role.STATION_OWNER),
    ]
    assert ["first-steps-list" in signed_in(each).get("/").text for each in others] == [False, False]
    assert [signed_in(each).post("/first-steps/dismiss").status_code for each in others] == [403, 403]


def test_the_next_step_alone_stands_out(app: Flask, signed_in: Sign, administrator: User) -> None:
    page = signed_in(administrator).get("/").text
    assert re.findall(r'<a class="btn btn-primary" href="([^"]*)"', page) == ["/organisations/new"]
