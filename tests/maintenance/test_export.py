"""The list of visits as a file."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from tests import make
from tests.exports import csv_of, files_of
from tests.maintenance.place import CODE, lift_of, place


def test_both_files_hold_the_visits_of_ones_own_firm_behind_the_filters(
    app: Flask, settings: Settings, signed_in: Callable[[User], FlaskClient]
) -> None:
    at, rival = place(), make.organisation(OrganisationKind.FIRM, "别家维保公司")
    theirs = lift_of(
        rival, make.organisation(OrganisationKind.USE_UNIT), code="8QK2M8D4XRWP3HT", name="别家梯"
    )
    for technician, code, lift in (
        (at.anna, CODE, at.lift),
        (make.user(rival, Role.TECHNICIAN, certificate="T"), "8QK2M8D4XRWP3HT", theirs),
    ):
        signed_in(technician).post(
            "/visits/swipe", data={"code": code, "swipe_id": str(new_id()), "equipment_id": str(lift.id)}
        )
    boss = signed_in(at.boss)
    plain, book = files_of(settings, boss, "/visits?state=open")
    assert [[row[column] for column in (1, 4, 7, 14)] for row in plain[1:]] == [
        ["测试小区1号梯 人民路1号", "安师傅", "", "测试维保公司"]
    ]
    assert plain == book
    assert len(csv_of(settings, boss, "/visits?state=to_sign")) == 1
    assert [
        row[14] for row in csv_of(settings, signed_in(make.user(rival, Role.FIRM_MANAGER)), "/visits")[1:]
    ] == ["别家维保公司"]
