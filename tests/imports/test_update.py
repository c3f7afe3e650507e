"""A corrected file changes what it says and nothing else: seen before, old → new, and taken back by undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.config import ROOT
from equipment.ledger.models import Event
from equipment.people.models import Area, User
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests.imports.conftest import settle, upload
from tests.imports.test_same_piece import batch_at, case, content, run, states

Sign = Callable[[User], FlaskClient]
HEAD = "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),皮重(kg),单位内编号\n"


def test_a_corrected_workbook_is_listed_and_changes_when_told(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(browser, case(browser, "r1-first.xlsx"))
    url = case(browser, "r2-corrected.xlsx")
    assert Counter(states(url).values()) == {"differs": 5, "added": 1}
    page = browser.get(url).get_data(as_text=True)
    assert "2029-06-30 → 2030-06-30" in page
    assert "在用 → 停用" in page
    run(browser, url)
    assert Counter(states(url).values()) == {"differs": 5, "added": 1}, (
        "added only: nothing is changed unasked"
    )
    run(browser, url, change="1")
    assert Counter(states(url).values()) == {"changed": 5, "added": 1}
    rows = session.execute(
        select(Equipment.serial, Equipment.status, Equipment.next_inspection_on).order_by(Equipment.serial)
    ).all()
    assert [(serial, str(status)) for serial, status, _ in rows][:3] == [
        ("RE0001", "in_use"),
        ("RE0002", "stopped"),
        ("RE0003", "in_use"),
    ]
    assert {str(day) for _, _, day in rows} == {"2030-06-30"}
    assert len(session.scalars(select(Event).where(Event.verb == "changed")).all()) == 5
    browser.post(url + "/undo")
    settle()
    session.rollback()
    days = session.scalars(
        select(Equipment.next_inspection_on).where(Equipment.status != "cancelled").distinct()
    ).all()
    assert [str(day) for day in days] == ["2029-06-30"]


def test_an_update_finds_its_pieces_by_one_number_and_needs_no_other_column(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(
        browser,
        content(
            browser,
            (HEAD + "无缝,A1,氧,甲厂,2019.03,40,48.1,1\n无缝,A2,氧,甲厂,2019.03,40,48.2,2\n").encode(),
        ),
    )
    update = "单位内编号,产品编号,皮重(kg)\n1,A1X,48.5\n2,,48.2\n9,A9,50\n".encode()
    url = content(browser, update, match="own_number")
    assert states(url) == {2: "differs", 3: "known", 4: "refused"}
    page = browser.get(url).get_data(as_text=True)
    assert "48.1 kg → 48.5 kg" in page
    run(browser, url, change="1")
    assert states(url) == {2: "changed", 3: "known", 4: "refused"}
    rows = session.execute(select(Equipment.serial, Equipment.details).order_by(Equipment.own_number)).all()
    assert [(serial, details["tare_g"], details["volume_ml"]) for serial, details in rows] == [
        ("A1X", 48_500, 40_000),
        ("A2", 48_200, 40_000),
    ]


def test_a_piece_names_the_cells_in_doubt_and_a_corrected_workbook_lifts_it(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(browser, content(browser, (HEAD + "无缝,A1,氧,甲厂,201913,40,48.1,1\n").encode()))
    piece = session.scalars(select(Equipment)).one()
    assert (piece.verified, piece.unverified_reason) == (False, "制造年月")
    assert "制造年月" in browser.get(f"/equipment/{piece.id}").get_data(as_text=True)
    again = content(browser, (HEAD + "无缝,A1,氧,甲厂,201913,40,48.1,1\n").encode())
    assert states(again) == {2: "known"}
    url = content(browser, (HEAD + "无缝,A1,氧,甲厂,2019.03,40,48.1,1\n").encode())
    assert states(url) == {2: "differs"}
    assert "待核实 → 已核实" in browser.get(url).get_data(as_text=True)
    run(browser, url, change="1")
    assert states(url) == {2: "changed"}
    piece = session.scalars(select(Equipment)).one()
    assert (piece.verified, piece.unverified_reason, str(piece.made_on)) == (True, "", "2019-03-01")
    assert batch_at(url).counts["changed"] == 1


def test_grams_in_a_column_of_kilograms_are_asked_never_taken(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    head = "设备品种,产品编号,充装介质,制造单位,制造年月,型号,皮重(kg)\n"
    rows = "液化石油气钢瓶,T1,液化石油气,甲厂,2021.03,YSP35.5,1650\n液化石油气钢瓶,T2,液化石油气,甲厂,2021.03,YSP35.5,16.8\n"
    url = content(browser, (head + rows).encode())
    assert states(url) == {2: "flagged", 3: "added"}
    assert "1650 kg" in browser.get(url).get_data(as_text=True)
    run(browser, url)
    details = session.execute(select(Equipment.serial, Equipment.details).order_by(Equipment.serial)).all()
    assert [stated.get("tare_g") for _, stated in details] == [None, 16_800]
    again = content(browser, (head + rows.replace("16.8", "1680")).encode())
    page = browser.get(again).get_data(as_text=True)
    assert "16.8 kg → 1680 kg" not in page
    assert page.count("1680 kg") == 1
    run(browser, again, change="1")
    update = content(browser, "产品编号,皮重(kg)\nT2,1680\n".encode(), match="serial")
    assert batch_at(update).counts["changed"] == 0
    run(browser, update, change="1")
    session.rollback()
    stated = session.scalars(select(Equipment.details).where(Equipment.serial == "T2")).one()
    assert stated["tare_g"] == 16_800, "neither a corrected file nor an update takes what no import would"


@pytest.mark.parametrize("name", ["elevators.toml", "nyc-elevators.toml"])
def test_the_page_takes_the_shipped_mappings(
    signed_in: Sign, supervisor: User, worker: Runner, name: str
) -> None:
    browser = signed_in(supervisor)
    batch_id = upload(
        browser, "设备代码,设备品种,使用单位\n31103620420190001,客梯,某单位\n".encode(), "elevator"
    )
    file = (BytesIO((ROOT / "docs/examples" / name).read_bytes()), name)
    answer = browser.post(
        f"/register/import/{batch_id}/mapping/load", data={"file": file}, content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    page = browser.get(f"/register/import/{batch_id}").get_data(as_text=True)
    assert ("曼哈顿区" in page) == (name == "nyc-elevators.toml")
    assert batch_at(f"/register/import/{batch_id}").mapping["fixed"] == {"status": "in_use"}


def test_areas_of_a_mapping_are_entered_by_who_may_enter_areas(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    batch_id = upload(
        browser, "设备代码,设备品种,使用单位\n31103620420190001,客梯,某单位\n".encode(), "elevator"
    )
    toml = '[columns."设备代码"]\nto = "equipment_code"\n[[areas]]\ncode = "620402099"\nname = "新设街道"\n'
    file = (BytesIO(toml.encode()), "m.toml")
    browser.post(
        f"/register/import/{batch_id}/mapping/load", data={"file": file}, content_type="multipart/form-data"
    )
    session.rollback()
    assert session.get_one(Area, "620402099").name == "新设街道"
