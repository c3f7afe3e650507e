"""Headings and words as people write them, shipped and added by the bureau; unknown ones are asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.imports.drafts import References
from equipment.imports.mapping_rules import ColumnUse, FieldMap, suggest
from equipment.imports.models import ImportRow
from equipment.imports.parties import PartyBook
from equipment.imports.queries import area_names, words
from equipment.imports.rows import PROVINCE, RowReader
from equipment.imports.table_rules import Header, find_header, with_letters
from equipment.imports.vocabulary_rules import HEADING, STATUS, OwnWord, shipped
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import settle
from tests.imports.test_same_piece import batch_at, case, content, run, states

Sign = Callable[[User], FlaskClient]
HEAD = "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),使用状态,产权单位\n"


@pytest.mark.parametrize(
    ("name", "rows"), [("c01c-two-row-merged.xlsx", 4), ("c01-title-two-row-header.xlsx", 8)]
)
def test_headings_that_reach_down_leave_their_parts_to_be_read(
    signed_in: Sign, owner: User, worker: Runner, name: str, rows: int
) -> None:
    browser = signed_in(owner)
    url = case(browser, name)
    columns = batch_at(url).mapping["columns"]
    assert (columns["检验日期/上次"]["to"], columns["检验日期/下次"]["to"]) == (
        "last_inspected_on",
        "next_inspection_on",
    )
    assert Counter(states(url).values()) == {"added": rows}


def test_dates_under_a_group_are_mapped(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = case(browser, "dates-under-a-group-heading.xlsx")
    columns = batch_at(url).mapping["columns"]
    assert (columns["检验/上次日期"]["to"], columns["检验/下次日期"]["to"]) == (
        "last_inspected_on",
        "next_inspection_on",
    )
    run(browser, url)
    assert {str(day) for day in session.scalars(select(Equipment.next_inspection_on))} == {"2029-06-30"}


@pytest.mark.parametrize(
    ("category", "heading", "to"),
    [
        ("cylinder", "所属区县", "area"),
        ("cylinder", "品种", "variety"),
        ("elevator", "品种", "catalogue"),
        ("cylinder", "上次检验", "last_inspected_on"),
        ("cylinder", "下次检验", "next_inspection_on"),
        ("elevator", "单位名称", "use_unit"),
        ("elevator", "特种设备代码", "equipment_code"),
        ("elevator", "注册号", "registration_code"),
        ("elevator", "有效期", "next_inspection_on"),
        ("cylinder", "钢瓶状态", "status"),
        ("cylinder", "条码", "platform_no"),
        ("cylinder", "备注", "note"),
    ],
)
def test_headings_of_registers_are_known(category: str, heading: str, to: str) -> None:
    assert suggest(category, [heading]).columns[heading].to == to


def test_a_column_without_a_name_is_called_by_its_letter() -> None:
    rows = [("瓶号", "", "介质"), ("A", "2.1", "氧", "多")]
    header = find_header(rows, {"瓶号", "介质"})
    assert header is not None
    assert with_letters(header, rows) == Header(0, ("瓶号", "〔B〕", "介质", "〔D〕"))


def test_a_status_nobody_can_read_is_asked_once_and_never_in_use(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    url = case(browser, "c20-statuses.xlsx")
    rows = session.scalars(select(ImportRow).order_by(ImportRow.row_no)).all()
    refused = {row.values[10] for row in rows if row.state == "refused"}
    assert {"不合格", "待检", "超期", "拆除", "在用（停用）"} <= refused
    assert refused.isdisjoint({"在用", "停用", "闲置", "启用", "合格", "封存"})
    page = browser.get(url).get_data(as_text=True)
    assert "无法识别的用语" in page
    words = batch_at(url).preview["words"]
    number = next(n for n, word in enumerate(words) if word[2] == "拆除")
    browser.post(url + "/words", data={f"word_{number}": "scrapped"})
    settle()
    assert "拆除" not in [word[2] for word in batch_at(url).preview["words"]]
    run(browser, url)
    status = dict(session.execute(select(Equipment.serial, Equipment.status)).all())
    assert (status["C200009"], status["C200016"], status["C200001"]) == ("scrapped", "stopped", "stopped")


def test_kinds_and_varieties_in_the_words_people_use(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = content(
        browser,
        (
            HEAD + "乙炔气瓶,A1,乙炔,甲厂,2019.03,40,在用,自有\n"
            "溶解乙炔气瓶,A2,乙炔,甲厂,2019.03,40,报停,本单位\n"
            "氧气瓶,A3,氧,甲厂,2019.03,40,转出,自有\n"
            "工业气瓶,A4,氧,甲厂,2019.03,40,在用,自有\n"
        ).encode(),
    )
    assert states(url) == {2: "added", 3: "added", 4: "flagged", 5: "refused"}
    run(browser, url)
    rows = session.execute(
        select(Equipment.serial, Equipment.status, Equipment.owner_id).order_by(Equipment.serial)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("A1", "in_use", owner.organisation_id),
        ("A2", "stopped", owner.organisation_id),
        ("A3", "moved_out", owner.organisation_id),
    ]


def test_the_bureau_adds_a_word_for_every_import(
    signed_in: Sign, owner: User, supervisor: User, worker: Runner
) -> None:
    city = signed_in(supervisor)
    answer = city.post(
        "/register/import/words", data={"category": "cylinder", "word": "报失", "meaning": "status:stopped"}
    )
    assert answer.status_code == 302
    page = city.get("/register/import/words?category=cylinder").get_data(as_text=True)
    assert "报失" in page
    assert session.scalars(select(Event.verb).where(Event.subject == "words:cylinder")).all() == [
        "word.added"
    ]
    browser = signed_in(owner)
    url = content(browser, (HEAD + "无缝,A1,氧,甲厂,2019.03,40,报失,自有\n").encode())
    assert states(url) == {2: "added"}
    county = make.organisation(OrganisationKind.REGULATOR, "县局", area=make.COUNTY)
    other = signed_in(make.user(county, Role.SUPERVISOR))
    refused = other.post(
        "/register/import/words", data={"category": "cylinder", "word": "x", "meaning": "status:stopped"}
    )
    assert refused.status_code == 403


def test_own_words_lie_over_the_shipped_ones() -> None:
    words = shipped("elevator").laid_over(
        [OwnWord(HEADING, "有效期", "certificate"), OwnWord(STATUS, "闲置", "")]
    )
    assert (words.of(HEADING)["有效期"], "闲置" in words.of(STATUS)) == ("certificate", False)
    assert (HEADING, "有效期") not in words.unsure


@pytest.mark.parametrize("text", ["甘肃省白银市白银区", "白银市白银区", "白银区"])
def test_areas_have_full_names(app: object, text: str) -> None:
    names = area_names()
    assert (names.get(text) or names.get(PROVINCE.sub("", text))) == make.COUNTY


STATUSES = [
    ("拆除", None),
    ("遗失", None),
    ("不合格", None),
    ("待检", None),
    ("报停", EquipmentStatus.STOPPED),
    ("闲置", EquipmentStatus.STOPPED),
    ("转出", EquipmentStatus.MOVED_OUT),
    ("在用", EquipmentStatus.IN_USE),
    ("", EquipmentStatus.IN_USE),
]


@pytest.mark.parametrize(("word", "status"), STATUSES)
def test_a_row_whose_status_nobody_can_read_is_no_registration(
    app: object, word: str, status: EquipmentStatus | None
) -> None:
    """Where a column of statuses says something unknown, the piece is not entered: never as in use."""
    columns = {
        name: ColumnUse(to)
        for name, to in (("类别", "catalogue"), ("代码", "equipment_code"), ("状态", "status"))
    }
    known = References(
        SYSTEM, clock.now(), clock.today(), PartyBook(), {"620402": "620402"}, words("elevator", str), None
    )
    reader = RowReader("elevator", list(columns), FieldMap(columns, {"area": "620402"}), known)
    draft = reader.read(["3110", "31103620420190001", word])
    if status is None:
        assert draft.registration is None
        assert [(problem.column, problem.refuses) for problem in draft.problems] == [(2, True)]
        return
    assert draft.registration is not None
    assert draft.registration.row["status"] == status


def test_no_unreadable_status_becomes_in_use_through_a_whole_import(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    rows = "".join(
        f"无缝,S{number},氧,甲厂,2019.03,40,{word},自有\n" for number, (word, _) in enumerate(STATUSES)
    )
    url = content(browser, (HEAD + rows).encode())
    refused = {number + 2 for number, (_, status) in enumerate(STATUSES) if status is None}
    assert {row for row, state in states(url).items() if state == "refused"} == refused
    run(browser, url)
    on_file = dict(session.execute(select(Equipment.serial, Equipment.status)).all())
    assert on_file == {f"S{n}": status for n, (_, status) in enumerate(STATUSES) if status is not None}
    # an update that says such a word leaves the status as it is, and says so
    run(
        browser,
        content(browser, "产品编号,使用状态\nS4,拆除\nS5,遗失\n".encode(), match="serial"),
        change="1",
    )
    assert dict(session.execute(select(Equipment.serial, Equipment.status)).all()) == on_file
