"""The list of results as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.inspections import actions
from equipment.inspections.checks import Result
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.people.models import User
from equipment.people.rules import Role
from equipment.storage import db
from tests import make
from tests.dues.town import bottle, fresh, town
from tests.exports import csv_of, files_of


@time_machine.travel("2025-03-10 09:00:00+08:00", tick=True)
def test_both_files_hold_the_results_of_ones_own_pieces_behind_the_filters(
    app: Flask, settings: Settings, signed_in: Callable[[User], FlaskClient]
) -> None:
    at = town()
    rival = make.station("别家充装站")
    for piece, report in (
        (bottle(at, own_number="自-1"), "TZJ-1"),
        (bottle(at, own_number="自-2"), "TZJ-2"),
        (bottle(at, owner_id=rival.id), "TZJ-3"),
    ):
        conclusion = Conclusion.SCRAP if report == "TZJ-2" else Conclusion.PASSED
        with db.transaction():
            actions.record(
                fresh(piece.id),
                Result(
                    id=new_id(),
                    kind=InspectionKind.INSPECTION,
                    on=date(2025, 3, 10),
                    conclusion=conclusion,
                    report_no=report,
                    remark="" if conclusion.passed else "壁厚不足",
                ),
                by=at.viewer("inspector"),
            )
    plain, book = files_of(settings, signed_in(at.owner), "/inspections?conclusion=passed")
    assert [[row[column] for column in (2, 6, 8, 9, 10, 11)] for row in plain[1:]] == [
        ["自-1", "2025-03-10", "TZJ-1", "2029-03-31", "李检", at.body.name]
    ]
    assert plain == book
    assert [
        row[8]
        for row in csv_of(settings, signed_in(make.user(rival, Role.STATION_OWNER)), "/inspections")[1:]
    ] == ["TZJ-3"]
