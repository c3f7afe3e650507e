"""Whether a row is a piece on file, and every row stands in a list: files as people have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.imports.mapping_rules import is_code
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.table_rules import Header, find_header, unfolded
from equipment.people.models import User
from equipment.people.rules import Role
from equipment.register.models import Equipment, Identifier
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import form_of, settle, upload
from tests.imports.test_import import only_or
from tests.imports.test_openings import OPENS

Sign = Callable[[User], FlaskClient]
CASES = Path(__file__).parent / "cases"
HEAD = "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),单位内编号,气瓶使用登记代码\n"


def case(browser: FlaskClient, name: str, category: str = "cylinder", **more: str) -> str:
    """The page of a file that has been mapped as suggested and checked."""
    return content(browser, (CASES / name).read_bytes(), category, name, **more)


def content(
    browser: FlaskClient, raw: bytes, category: str = "cylinder", name: str = "f.csv", **more: str
) -> str:
    batch_id = upload(browser, raw, category, name)
    browser.post(f"/register/import/{batch_id}/mapping", data=form_of(only_or(batch_id), **more))
    settle()
    return f"/register/import/{batch_id}"


def batch_at(url: str) -> ImportBatch:
    return only_or(url.rsplit("/", 1)[1])


def states(url: str) -> dict[int, str]:
    session.rollback()
    rows = select(ImportRow).where(ImportRow.batch_id == batch_at(url).id).order_by(ImportRow.row_no)
    return {row.row_no: str(row.state) for row in session.scalars(rows)}


def run(browser: FlaskClient, url: str, **more: str) -> None:
    browser.post(url + "/run", data=more)
    settle()
    session.rollback()


def test_lifts_numbered_by_each_unit_are_all_entered(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    url = case(browser, "e13-equipment-no-per-unit.xlsx", "elevator", **OPENS)
    assert batch_at(url).mapping["columns"]["设备编号"] == {"to": "own_number"}
    assert Counter(states(url).values()) == {"added": 6}
    run(browser, url)
    own = session.scalars(select(Equipment.own_number).order_by(Equipment.own_number)).all()
    assert own == ["1#", "1#", "1#", "2#", "2#", "2号梯"]


def test_words_for_no_number_name_nothing(signed_in: Sign, owner: User, worker: Runner) -> None:
    url = case(signed_in(owner), "c27-no-number-words.xlsx")
    assert Counter(states(url).values()) == {"refused": 14, "added": 1}
    assert "表示没有编号" in signed_in(owner).get(url).get_data(as_text=True)


def test_one_code_on_many_serials_loses_no_bottle(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = case(browser, "one-code-many-serials.csv")
    assert states(url) == {
        2: "added",
        3: "contrary",
        4: "added",
        5: "flagged",
        6: "flagged",
        7: "flagged",
        8: "flagged",
    }
    page = browser.get(url).get_data(as_text=True)
    assert "SAMEC02" in page
    assert "是另一台设备" in page
    browser.post(url + "/decide/own", data={"id": ["3"]})
    assert batch_at(url).counts["contrary"] == 0
    run(browser, url)
    session.rollback()
    assert session.scalars(select(Equipment.serial).order_by(Equipment.serial)).all() == [
        f"SAMEC0{number}" for number in range(1, 8)
    ]
    codes = session.scalars(select(Identifier.shown).order_by(Identifier.shown)).all()
    assert codes == ["620104198001990001", "620104198001990002"]
    again = case(browser, "one-code-many-serials.csv")
    assert Counter(states(again).values()) == {"known": 6, "contrary": 1}


def test_a_code_on_file_with_another_serial_is_asked_and_decided(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(browser, content(browser, (HEAD + "无缝,A1,氧,甲厂,2019.03,40,1,620104198001990001\n").encode()))
    other = (HEAD + "无缝,B7,氧,乙厂,2020.03,50,7,620104198001990001\n").encode()
    url = content(browser, other)
    assert states(url) == {2: "contrary"}
    assert "不是“B7”" in browser.get(url).get_data(as_text=True)
    browser.post(url + "/decide/same", data={"every": "1"})
    assert states(url) == {2: "differs"}
    run(browser, url, change="1")
    assert states(url) == {2: "changed"}
    session.rollback()
    piece = session.scalars(select(Equipment)).one()
    assert (piece.serial, piece.maker, piece.own_number, piece.details["volume_ml"]) == (
        "B7",
        "乙厂",
        "7",
        50_000,
    )
    browser.post(url + "/undo")
    settle()
    session.expire_all()
    piece = session.scalars(select(Equipment)).one()
    assert (piece.serial, piece.maker, piece.own_number, piece.details["volume_ml"]) == (
        "A1",
        "甲厂",
        "1",
        40_000,
    )


def test_what_another_station_has_on_file_is_neither_compared_nor_changed(
    signed_in: Sign, owner: User, worker: Runner
) -> None:

    browser = signed_in(owner)
    row = (HEAD + "无缝,A1,氧,甲厂,2019.03,40,1,620104198001990001\n").encode()
    run(browser, content(browser, row))
    other = signed_in(make.user(make.station("别的充装站"), Role.STATION_OWNER))
    url = content(other, row)
    assert states(url) == {2: "refused"}
    assert "其他单位" in other.get(url).get_data(as_text=True)


def test_two_lists_side_by_side_are_read_one_after_the_other(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    url = case(browser, "c18-doubled-columns.xlsx")
    assert Counter(states(url).values()) == {"added": 8}
    assert "左右并排" in browser.get(url).get_data(as_text=True)
    run(browser, url)
    makers = set(session.scalars(select(Equipment.maker)))
    assert makers == {"河北百工实业有限公司"}


def test_totals_and_notes_are_listed(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = case(browser, "c01-title-two-row-header.xlsx")
    page = browser.get(url).get_data(as_text=True)
    assert batch_at(url).preview["left_out_count"] == 4
    assert "填表人：张三" in page or "填表人:张三" in page


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31103620420190001", True),
        ("311036204201900011", True),
        ("31106204022026990001", True),
        ("3110362042019A0001", True),
        ("1#", False),
        ("2号梯", False),
        ("0001", False),
        ("A-0001", False),
        ("DT20190001", False),
    ],
)
def test_a_code_has_a_form(text: str, code: bool) -> None:
    assert is_code(text) is code


def test_blocks_are_seen_only_where_all_columns_come_again() -> None:
    twice = [("瓶号", "介质", "日期", "瓶号", "介质", "日期"), ("A", "氧", "2020", "B", "氧", "2020")]
    header = find_header(twice, {"瓶号", "介质"})
    assert header == Header(0, ("瓶号", "介质", "日期"), 2)
    assert unfolded(twice[1], header) == [("A", "氧", "2020"), ("B", "氧", "2020")]
    once = [("瓶号", "介质", "日期", "瓶号", "厂家", "日期"), ("A", "氧", "2020", "B", "氧", "2020")]
    assert find_header(once, {"瓶号", "介质"}) == Header(
        0, ("瓶号", "介质", "日期", "瓶号 (2)", "厂家", "日期 (2)")
    )
