"""The list of fills as a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from equipment.core.config import Settings
from equipment.people.models import User
from equipment.people.rules import Role
from equipment.tasks import sheets, workbooks
from tests import make
from tests.exports import csv_of, files_of
from tests.fills.conftest import Hall


def test_both_files_hold_the_fills_of_ones_own_station_behind_the_filters(
    hall: Hall, other: Hall, settings: Settings, signed_in: Callable[[User], FlaskClient]
) -> None:
    mine, refused, foreign = (
        hall.bottle(own_number="自-1"),
        hall.bottle(inspection_due_on=make.days(-3)),
        other.bottle(),
    )
    fill_id = hall.scan(mine.label_code or "").get_json()["fill_id"]
    hall.result(fill_id, gross_g=31000, post_checks={"Q01": True})
    hall.scan(refused.label_code or "")
    other.scan(foreign.label_code or "")
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER))
    plain, book = files_of(settings, boss, "/fills")
    names = (
        "标签码",
        "充装单位",
        "皮重 kg",
        "总重 kg",
        "净重 kg",
        "状态",
        "拒充原因代码",
        "充装员",
        "复核人",
    )
    assert [[row[plain[0].index(name)] for row in plain[1:]] for name in names] == [
        [refused.label_code, mine.label_code],
        ["测试充装站"] * 2,
        ["16.5", "16.5"],
        ["", "31.0"],
        ["", "14.5"],
        ["拒充", "已充装"],
        ["R07", ""],
        ["张三"] * 2,
        ["", "张三"],
    ]
    assert plain == book
    assert [row[1] for row in csv_of(settings, boss, "/fills?state=filled")[1:]] == [mine.label_code]


def test_a_list_longer_than_one_part_and_one_sheet_leaves_whole(
    hall: Hall, settings: Settings, signed_in: Callable[[User], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [hall.bottle().label_code or "" for _ in range(5)]
    for code in codes:
        hall.scan(code)
    monkeypatch.setattr(sheets, "AT_ONCE", 2)
    monkeypatch.setattr(workbooks, "SHEET_ROWS", 3)
    plain, book = files_of(settings, signed_in(make.user(hall.station, Role.STATION_OWNER)), "/fills")
    assert [row[1] for row in plain] == ["标签码", *reversed(codes)]
    assert [row[1] for row in book] == ["标签码", *reversed(codes[2:]), "标签码", *reversed(codes[:2])]
