"""记录: what the list of fills is asked for, what it adds up to, and what was scanned and is nothing on file."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.fills.listing import (
    FilledSum,
    asks_for_scans,
    filtered,
    no_code_filtered,
    refusals_by_reason,
    refusals_with,
    sums_of,
)
from equipment.fills.models import Fill
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register import search
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import LabelStatus
from equipment.storage import db
from equipment.web import pages
from tests import make
from tests.exports import csv_of, files_of
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.test_results import ALL_CHECKS

SignedIn = Callable[[User], FlaskClient]


def indexed(*bottles: Equipment) -> None:
    with db.transaction() as session:
        search.index(session.connection(), [bottle.id for bottle in bottles])


@pytest.fixture
def day(hall: Hall) -> dict[str, Equipment]:
    """A filled bottle, one refused as overdue, one filled without a look-over at another scale, one of
    oxygen."""
    bottles = {
        "good": hall.bottle(serial="E5736149", own_number="01-1960"),
        "overdue": hall.bottle(serial="E7700123", inspection_due_on=make.days(-3)),
        "unchecked": hall.bottle(serial="E8800456"),
        "oxygen": hall.bottle(serial="E9911789", details=OXYGEN),
    }
    begun = hall.scan(bottles["good"].label_code or "", bay="1号秤", checks=ALL_CHECKS).get_json()
    hall.result(begun["fill_id"], gross_g=31_000)
    hall.scan(bottles["overdue"].label_code or "", bay="1号秤")
    begun = hall.scan(bottles["unchecked"].label_code or "", bay="2号秤").get_json()
    hall.result(begun["fill_id"], gross_g=30_500)
    begun = hall.scan(bottles["oxygen"].label_code or "", gas="O2", bay="氧1").get_json()
    hall.result(begun["fill_id"], pressure_kpa=14_500)
    indexed(*bottles.values())
    return bottles


def owner(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="王站长"))


def names(viewer: Viewer, bottles: dict[str, Equipment], **filters: str) -> set[str]:
    by_id = {bottle.id: name for name, bottle in bottles.items()}
    fills: list[Fill] = list(db.session.scalars(filtered(viewer, filters)))
    return {by_id[fill.equipment_id] for fill in fills}


@pytest.mark.parametrize(
    ("filters", "listed"),
    [
        ({"bottle": "E5736149"}, {"good"}),
        ({"bottle": "5736"}, {"good"}),
        ({"bottle": "6149"}, {"good"}),
        ({"bottle": "01-1960"}, {"good"}),
        ({"bottle": "9999"}, set()),
        ({"bottle": "…"}, set()),
        ({"bay": "1号秤"}, {"good", "overdue"}),
        ({"bay": "3号秤"}, set()),
        ({"reason": "R07"}, {"overdue"}),
        ({"reason": "R08"}, set()),
        ({"reason": 'R07"'}, set()),
        ({"flag": "no_pre_check"}, {"unchecked", "oxygen"}),
        ({"flag": "no_pre_check", "gas": "LPG"}, {"unchecked"}),
        ({"flag": "no_pre"}, set()),
        ({"state": "refused", "reason": "R07", "on_from": clock.today().isoformat()}, {"overdue"}),
        ({"state": "refused", "reason": "R07", "on_until": make.days(-1).isoformat()}, set()),
    ],
)
def test_what_is_asked_for_is_listed(
    hall: Hall, day: dict[str, Equipment], filters: dict[str, str], listed: set[str]
) -> None:
    assert names(owner(hall), day, **filters) == listed


def test_a_label_finds_its_bottle_with_and_without_dashes(hall: Hall, day: dict[str, Equipment]) -> None:
    code, boss = day["good"].label_code or "", owner(hall)
    for spelling in (code, code.lower(), f"{code[:5]}-{code[5:10]}-{code[10:]}"):
        assert names(boss, day, bottle=spelling) == {"good"}


def test_the_operator_who_filled(hall: Hall, day: dict[str, Equipment]) -> None:
    boss, other = owner(hall), make.user(hall.station, Role.OPERATOR, name="李四")
    assert names(boss, day, operator=str(hall.person.id)) == set(day)
    assert names(boss, day, operator=str(other.id)) == set()


def test_a_bottle_of_another_station_that_was_refused_here_is_found_here(hall: Hall, other: Hall) -> None:
    foreign = other.bottle(serial="F4443332")
    indexed(foreign)
    hall.scan(foreign.label_code or "")
    assert names(owner(hall), {"foreign": foreign}, bottle="F4443332") == {"foreign"}
    assert names(viewer_of(make.user(hall.station, Role.OPERATOR)), {"f": foreign}, bottle="3332") == {"f"}


def test_the_sums_are_those_of_what_is_filled_by_gas(hall: Hall, day: dict[str, Equipment]) -> None:
    boss = owner(hall)
    today = clock.today().isoformat()
    for filters, sums in (
        ({}, [FilledSum("LPG", 2, 28_500), FilledSum("O2", 1, 0)]),
        ({"gas": "O2", "on_from": today, "on_until": today}, [FilledSum("O2", 1, 0)]),
        ({"station": str(hall.station.id), "state": "filled", "gas": "LPG"}, [FilledSum("LPG", 2, 28_500)]),
        ({"bay": "1号秤"}, [FilledSum("LPG", 1, 14_500)]),
        ({"state": "refused"}, []),
        ({"on_until": make.days(-1).isoformat()}, []),
    ):
        assert sums_of(filtered(boss, filters), filters) == sums, filters


def test_the_page_says_the_sums_and_what_can_be_chosen(
    hall: Hall, day: dict[str, Equipment], signed_in: SignedIn
) -> None:
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER, name="王站长"))
    page = " ".join(re.sub(r"<[^>]*>", " ", boss.get("/fills").get_data(as_text=True)).split())
    assert "已充装 3 只，净重 28.50 kg LPG 2 · 28.50 kg O2 1" in page
    assert "R07 超期未检" in page
    one = boss.get(f"/fills?{urlencode({'bay': '1号秤', 'bottle': '5736149'})}").get_data(as_text=True)
    assert "已充装 1 只，净重 14.50 kg" in one


def test_whose_people_and_scales_are_offered(hall: Hall, signed_in: SignedIn) -> None:
    near = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    away = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.ELSEWHERE), Role.SUPERVISOR)
    offered = f'<option value="{hall.person.id}"'
    address = f"/fills?station={hall.station.id}"
    assert [offered in signed_in(who).get(address).get_data(as_text=True) for who in (near, away)] == [
        True,
        False,
    ]


def test_what_is_nothing_on_file_has_a_list_and_a_file(
    hall: Hall, other: Hall, settings: Settings, signed_in: SignedIn
) -> None:
    hall.scan("20458117", bay="1号秤")
    hall.scan("http://old.example/q/88213", bay="2号秤")
    other.scan("99999999")
    hall.scan(hall.bottle().label_code or "")
    boss = make.user(hall.station, Role.STATION_OWNER, name="王站长")
    viewer = viewer_of(boss)
    browser = signed_in(boss)
    page = browser.get("/fills?tab=no_code").get_data(as_text=True)
    assert ("20458117" in page, "2号秤" in page, "99999999" in page) == (True, True, False)
    assert "R01" not in page.partition("<tbody>")[2]
    assert "无码、码不可读或无档案" in page

    def codes(**filters: str) -> set[str]:
        return {scan.code for scan in db.session.scalars(no_code_filtered(viewer, filters))}

    assert len(codes()) == 2
    assert codes(bottle="2045-8117") == {"20458117"}
    assert codes(bay="1号秤") == {"20458117"}
    assert codes(bay="1号秤", gas="O2") == set()
    assert codes(on_until=make.days(-1).isoformat()) == set()
    assert codes(operator=str(hall.person.id)) == codes()
    plain, book = files_of(settings, browser, "/fills?tab=no_code")
    assert plain == book
    assert [row[plain[0].index("所扫编码")] for row in plain[2:]] == ["20458117"]
    assert [row[6] for row in plain[1:]] == ["R01", "R01"]
    assert len(csv_of(settings, browser, "/fills?tab=no_code&bay=1号秤")) == 2


def listed_by(viewer: Viewer, filters: dict[str, str]) -> tuple[int, int]:
    """How many fills and how many scans without a fill the list for a reason holds."""
    found = refusals_by_reason(viewer, filters).c
    rows = db.session.execute(select(found.equipment_id, found.id).order_by(found.received_at)).all()
    refusals = refusals_with([(row.equipment_id, row.id) for row in rows])
    return sum(row.fill is not None for row in refusals), sum(row.scan is not None for row in refusals)


def test_a_reason_finds_refusals_that_stand_on_no_bottle(
    hall: Hall, other: Hall, settings: Settings, signed_in: SignedIn
) -> None:
    """An unknown code, the label of a lift, the label of a scrapped bottle: no fill begins, and somebody was
    told no."""
    lift = make.equipment("elevator", code=make_code(keys()), use_unit_id=hall.station.id).label_code or ""
    gone = hall.bottle().label_code or ""
    with make.writing():
        db.session.execute(update(Label).where(Label.code == gone).values(status=LabelStatus.VOID))
    for code in ("20458117", lift, gone):
        assert hall.scan(code, bay="1号秤").get_json()["allowed"] is False
    hall.scan(hall.bottle(inspection_due_on=make.days(-3)).label_code or "")
    other.scan("99999999")
    boss = make.user(hall.station, Role.STATION_OWNER, name="王站长")
    viewer = viewer_of(boss)
    today = {"on_from": clock.today().isoformat(), "on_until": clock.today().isoformat()}
    for filters, expected in (
        ({"reason": "R01"}, (0, 2)),
        ({"reason": "R01", "state": "refused", **today}, (0, 2)),
        ({"reason": "R01", "bay": "1号秤", "bottle": "8117"}, (0, 1)),
        ({"reason": "R01", "on_until": make.days(-1).isoformat()}, (0, 0)),
        ({"reason": "R07"}, (1, 0)),
        ({"reason": "R09"}, (0, 1)),
    ):
        assert asks_for_scans(filters)
        assert listed_by(viewer, filters) == expected, filters
    for filters in ({}, {"reason": "R01", "state": "filled"}, {"reason": "R01", "flag": "light"}):
        assert not asks_for_scans(filters)
    tab = db.session.scalars(no_code_filtered(viewer, {"reason": "R01"})).all()
    assert len(tab) == 2
    browser = signed_in(boss)
    page = browser.get("/fills?reason=R01").get_data(as_text=True)
    assert [code in page for code in ("20458117", gone, "99999999")] == [True, False, False]
    home = browser.get("/").get_data(as_text=True)
    assert re.search(r"R01[^<]*</a>.*?2\s*只", home, re.DOTALL)
    plain, book = files_of(settings, browser, "/fills?reason=R01")
    assert plain == book
    assert sorted(row[plain[0].index("标签码")] for row in plain[1:]) == sorted(["20458117", lift])


def test_a_list_of_any_length_is_summed(
    hall: Hall, day: dict[str, Equipment], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNT_LIMIT", 2)
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER, name="王站长"))
    page = " ".join(re.sub(r"<[^>]*>", " ", boss.get("/fills").get_data(as_text=True)).split())
    assert "超过 2 条" in page
    assert "已充装 3 只，净重 28.50 kg" in page
