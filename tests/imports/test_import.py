"""An import from the upload to the undo, through the pages, with the files people have."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from equipment.core.errors import Invalid
from equipment.dues.models import Due
from equipment.files import store
from equipment.imports import stages as importing
from equipment.imports.models import ImportRow
from equipment.imports.previews import preview
from equipment.imports.queries import last_row_on_file
from equipment.imports.reading import NO_ROWS, read_sheet, sheet_names
from equipment.imports.table_rules import Header, is_left_out
from equipment.imports.workbooks import template_targets, template_workbook
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.actions import change
from equipment.register.models import Equipment, Facet, Identifier, Standing
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Cancelled, Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import form_of, only_batch, settle, upload

Sign = Callable[[User], FlaskClient]
HEADER = "序号,设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),下次检验日期,单位内编号\n"
ROWS = (
    "1,无缝,W001,氧气,示例厂,2019.03,40,2028.3,O-1\n"
    "2,焊接,W002,二氧化碳,示例厂,2019年4月,40,2028-04-30,O-2\n"
    "3,无缝,W003,氧,示例厂,201913,40,2028.3,O-3\n"
    "4,不明,W004,氧,示例厂,2019.03,40,2028.3,O-4\n"
    "5,无缝,W001,氧,示例厂,2019.03,40,2028.3,O-1\n"
    "6,无缝,,氧,,2019.03,40,2028.3,\n"
    "合计,,6,,,,,,\n"
)
CSV = (HEADER + ROWS).encode("gb18030")
COUNTS = {"added": 2, "flagged": 1, "known": 0, "twice": 1, "refused": 2} | dict.fromkeys(
    ("waiting", "undone", "differs", "changed", "contrary"), 0
)


def serials() -> list[str]:
    session.rollback()
    return list(
        session.scalars(
            select(Equipment.serial)
            .where(Equipment.status != EquipmentStatus.CANCELLED)
            .order_by(Equipment.serial)
        )
    )


def checked(browser: FlaskClient, content: bytes = CSV, category: str = "cylinder", **more: str) -> str:
    """The address of a batch that has been uploaded, mapped as suggested and checked."""
    batch_id = upload(browser, content, category)
    assert (
        browser.post(
            f"/register/import/{batch_id}/mapping", data=form_of(only_or(batch_id), **more)
        ).status_code
        == 302
    )
    settle()
    return f"/register/import/{batch_id}"


def only_or(batch_id: object) -> importing.ImportBatch:
    session.rollback()
    return session.scalars(
        select(importing.ImportBatch)
        .where(importing.ImportBatch.id == UUID(str(batch_id)))
        .execution_options(populate_existing=True)
    ).one()


def test_nothing_is_on_file_before_it_was_shown(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = checked(browser)
    batch = only_batch()
    assert (batch.state, batch.counts, serials()) == ("checked", COUNTS, [])
    page = browser.get(url).get_data(as_text=True)
    assert "201913" in page
    assert "不明" in page
    problems = {
        row.row_no: [problem[1] for problem in row.problems]
        for row in session.scalars(select(ImportRow).order_by(ImportRow.row_no))
    }
    assert problems == {
        2: [],
        3: [],
        4: ["“%(text)s” is not a date; write it like 2024-03-05 or 2024.03"],
        5: ["“%(text)s” is none of the choices of “%(field)s”"],
        6: ["The same piece as row %(row)s"],
        7: [
            "Nothing tells this piece from others: it needs a code, or its maker and serial number, or its unit's own number"
        ],
    }


def test_a_run_adds_whole_pieces_and_the_same_file_again_adds_none(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    browser.post(checked(browser) + "/run")
    settle()
    assert (only_batch().state, only_batch().counts, serials()) == ("done", COUNTS, ["W001", "W002", "W003"])
    first = session.scalars(select(Equipment).where(Equipment.serial == "W001")).one()
    assert (first.owner_id, first.made_on, first.next_inspection_on, first.medium, first.verified) == (
        owner.organisation_id,
        date(2019, 3, 1),
        date(2028, 3, 31),
        "O2",
        True,
    )
    assert first.details["volume_ml"] == 40_000
    assert session.scalars(select(Equipment.verified).where(Equipment.serial == "W003")).one() is False
    assert session.scalar(select(func.count()).select_from(Standing)) == 3
    assert session.scalar(select(func.count()).select_from(Facet).where(Facet.field == "medium")) == 3
    assert session.scalar(select(func.count()).select_from(Event).where(Event.verb == "registered")) == 3
    assert session.scalar(select(func.count()).select_from(Due)) != 0
    again = checked(browser)
    found = only_or(again.rsplit("/", 1)[1])
    assert found.counts == {**COUNTS, "added": 0, "flagged": 0, "twice": 0, "known": 4}
    browser.post(again + "/run")
    settle()
    assert serials() == ["W001", "W002", "W003"]


def test_the_error_workbook_marks_the_cells_says_why_and_is_taken_again(
    signed_in: Sign, owner: User, worker: Runner, tmp_path: Path
) -> None:
    browser = signed_in(owner)
    url = checked(browser)
    with browser.get(url + "/errors") as answer:
        content = answer.data
    (tmp_path / "e.xlsx").write_bytes(content)
    rows = CalamineWorkbook.from_path(str(tmp_path / "e.xlsx")).get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows] == ["产品编号", "W003", "W004", "W001", ""]
    assert [row[-3] for row in rows[1:]] == [4, 5, 6, 7]
    assert [row[-2] for row in rows[1:]] == [
        "将导入（待核实）",
        "不予导入",
        "文件内重复",
        "不予导入",
    ]  # nothing is on file yet
    assert "201913" in rows[1][-1]
    found = only_or(upload(browser, content, "cylinder", "e.xlsx"))
    assert {name: use["to"] for name, use in found.mapping["columns"].items()} == {
        "设备品种": "variety",
        "产品编号": "serial",
        "充装介质": "medium",
        "制造单位": "maker",
        "制造年月": "made_on",
        "公称容积(L)": "volume_ml",
        "下次检验日期": "next_inspection_on",
        "单位内编号": "own_number",
    }


def test_a_mapping_is_remembered_for_the_next_file_with_this_header(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    checked(browser, to_8="serial", to_2="own_number")
    found = only_or(upload(browser, CSV, "cylinder"))
    assert {name: found.mapping["columns"][name]["to"] for name in ("产品编号", "单位内编号")} == {
        "产品编号": "own_number",
        "单位内编号": "serial",
    }


def test_a_mapping_is_loaded_only_while_columns_are_matched(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    """What was checked is what runs: a page left open must not change it in between."""
    browser = signed_in(owner)
    url = checked(browser)
    before = only_batch().mapping
    other = json.dumps({"columns": {"产品编号": {"to": "own_number"}}, "fixed": {}}).encode()
    answer = browser.post(
        url + "/mapping/load", data={"file": (BytesIO(other), "m.json")}, content_type="multipart/form-data"
    )
    assert (answer.status_code, only_batch().mapping) == (409, before)
    assert (
        browser.post(url + "/mapping", data=form_of(only_batch())).status_code == 302
    )  # checked again from a page left open
    settle()
    browser.post(url + "/run")
    settle()
    assert browser.post(url + "/mapping", data=form_of(only_batch())).status_code == 409


@pytest.mark.parametrize("content", [b"[1]", b"{}", b"\xff\xfe", b"[" * 200_000])
def test_what_is_no_mapping_is_refused_in_words(
    signed_in: Sign, owner: User, worker: Runner, content: bytes
) -> None:
    browser = signed_in(owner)
    batch_id = upload(browser, CSV, "cylinder")
    answer = browser.post(
        f"/register/import/{batch_id}/mapping/load",
        data={"file": (BytesIO(content), "m.json")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422


def test_a_day_before_the_piece_was_made_is_told_once(signed_in: Sign, owner: User, worker: Runner) -> None:
    checked(
        signed_in(owner),
        (
            HEADER.replace("下次检验日期", "上次检验日期") + "1,无缝,W001,氧,示例厂,2019.03,40,2018.3,O-1\n"
        ).encode(),
    )
    problems = session.scalars(select(ImportRow.problems)).one()
    assert [problem[0] for problem in problems] == [7]


def test_an_undone_import_leaves_no_number_behind_and_can_be_repeated(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    url = checked(browser)
    browser.post(url + "/run")
    settle()
    with transaction():
        touched = session.scalars(select(Equipment).where(Equipment.serial == "W002")).one()
        change(touched, {"address": "人民路1号"}, by=viewer_of(session.get_one(User, owner.id)))
    browser.post(url + "/undo")
    settle()
    found = only_or(url.rsplit("/", 1)[1])
    assert (found.state, found.counts["undone"], serials()) == ("undone", 2, ["W002"])
    assert "?state=undone" in browser.get(url).get_data(as_text=True)
    assert session.scalars(select(Identifier).where(Identifier.voided_at.is_(None))).all() == []
    assert only_or(checked(browser).rsplit("/", 1)[1]).counts == {**COUNTS, "known": 1, "added": 1}


class Killed(Progress):
    """A progress that ends its maker after so many rows, as a stopped process or a press of Stop does."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def check(self) -> None:
        if self.done > self.after:
            raise Cancelled


def many(rows: int) -> bytes:
    return (
        HEADER + "".join(f"{n},无缝,N{n:05},氧,示例厂,2019.03,40,2028.3,O-{n}\n" for n in range(1, rows + 1))
    ).encode()


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = checked(browser, many(450))
    batch = only_batch()
    key = (batch.organisation_id, batch.id)
    by = viewer_of(session.get_one(User, owner.id))
    with pytest.raises(Cancelled):
        importing.enter_file(key, Killed(150), by=by)
    entered = len(serials())
    assert only_batch().state == "stopped"
    assert 150 < entered < 450
    assert last_row_on_file(only_batch()) == entered + 1
    assert f"第 {entered + 1} 行" in browser.get(url).get_data(as_text=True)
    browser.post(url + "/run")
    settle()
    assert (only_batch().state, only_batch().counts["added"], len(serials()), len(set(serials()))) == (
        "done",
        450,
        450,
        450,
    )


def test_strangers_and_other_organisations_see_no_import(
    signed_in: Sign, owner: User, worker: Runner, client: FlaskClient
) -> None:
    url = checked(signed_in(owner))
    other = make.user(make.station("别的充装站"), Role.STATION_OWNER)
    assert client.get(url).status_code == 302
    assert signed_in(other).get(url).status_code == 404
    assert signed_in(other).post(url + "/run").status_code == 404


def test_names_with_markup_stay_text(signed_in: Sign, owner: User, worker: Runner) -> None:
    content = (HEADER + "1,无缝,X1,氧,<script>alert(1)</script>,20199,40,2028.3,O-1\n").encode()
    browser = signed_in(owner)
    page = browser.get(checked(browser, content)).get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (b"%PDF-1.4 \x00\x01", "a.xlsx", "CSV"),
        (b"PK\x03\x04broken", "a.xlsx", "Excel"),
        ("没有表头".encode(), "a.csv", "产品编号"),
    ],
)
def test_a_file_that_is_none_says_so_on_its_page(
    signed_in: Sign, owner: User, worker: Runner, content: bytes, name: str, text: str
) -> None:
    browser = signed_in(owner)
    batch_id = upload(browser, content, "cylinder", name)
    answer = browser.get(f"/register/import/{batch_id}")
    assert answer.status_code == 200
    assert text in answer.get_data(as_text=True)
    assert session.scalars(select(Task.state)).all() == [TaskState.FAILED]
    for page in (answer, browser.get("/register/import")):
        assert ("无法读取" in page.get_data(as_text=True), "正在读取文件" in page.get_data(as_text=True)) == (
            True,
            False,
        )


def test_an_empty_upload_is_refused_at_once(signed_in: Sign, owner: User) -> None:
    answer = signed_in(owner).post(
        "/register/import",
        data={"category": "cylinder", "file": (BytesIO(b""), "a.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422


def test_elevators_of_a_bureau_name_their_units_and_areas(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    unit = make.organisation(OrganisationKind.USE_UNIT, "安居物业有限公司", credit_code="91620400MA00000001")
    content = (
        "设备品种,设备代码,使用单位,辖区,额定速度(m/s),额定载重量,有无机房\n"
        "曳引驱动乘客电梯,31103620420190001,安居物业有限公司,白银区人民路街道,1.75,1000kg,有\n"
        "客梯,31103620420190002,91620400MA00000001,靖远县,1.75,1吨,无\n"
        "货梯,31103620420190003,没有这家公司,白银区,0.5,2000,√\n"
        "货梯,31103620420190004,安居物业有限公司,兰州市,0.5,2000,\n"
    ).encode("utf-8-sig")
    browser = signed_in(supervisor)
    url = checked(browser, content, "elevator")
    assert only_batch().counts == {**COUNTS, "added": 2, "flagged": 1, "twice": 0, "refused": 1}
    browser.post(url + "/run")
    settle()
    found = session.execute(
        select(Equipment.area, Equipment.use_unit_id, Equipment.verified)
        .join(Identifier, Identifier.equipment_id == Equipment.id)
        .order_by(Identifier.value)
    ).all()
    assert [tuple(row) for row in found] == [
        (make.TOWNSHIP, unit.id, True),
        (make.ELSEWHERE, unit.id, True),
        (make.COUNTY, None, False),
    ]


@pytest.mark.parametrize("key", ["cylinder", "elevator"])
@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_a_template_is_read_back_column_by_column_without_its_samples(
    app: object, key: str, locale: str
) -> None:
    path = template_workbook(key, locale)
    rows = read_sheet(path, sheet_names(path)[0]).rows
    found = importing.suggest(key, rows[0])
    path.unlink()
    assert [use.to for use in found.columns.values()] == [target.key for target in template_targets(key)]
    assert len(rows) > 1
    assert all(is_left_out(row, Header(0, tuple(rows[0]))) for row in rows[1:])


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_a_template_nobody_has_filled_in_has_no_rows(app: object, locale: str) -> None:
    """Its sheet that explains the columns is no table of pieces."""
    path = template_workbook("cylinder", locale)
    with pytest.raises(Invalid) as refused:
        preview(path, "cylinder")
    path.unlink()
    assert refused.value.fields["file"].msgid == NO_ROWS


def test_an_exported_list_imports_as_already_on_file(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    browser.post(checked(browser) + "/run")
    settle()
    for kind in ("xlsx", "csv"):
        browser.post(f"/equipment?format={kind}")
        settle()
        task = session.scalars(
            select(Task).where(Task.kind == "register.export").order_by(Task.created_at.desc())
        ).first()
        assert task is not None
        assert task.file_sha256 is not None
        content = store.path_of(task.file_sha256).read_bytes()
        again = only_or(checked(browser, content).rsplit("/", 1)[1])
        assert {state: again.counts[state] for state in ("added", "flagged", "known", "refused")} == {
            "added": 0,
            "flagged": 0,
            "known": 3,
            "refused": 0,
        }


@pytest.mark.parametrize(
    ("size", "took", "following"),
    [(100, 0.04, 100), (100, 0.08, 75), (100, 0.4, 55), (20, 4.0, 20), (200, 0.001, 200), (100, 0.02, 150)],
)
def test_chunks_shrink_when_the_writer_is_held_too_long(size: int, took: float, following: int) -> None:
    assert importing.fitting(size, took) == following


def test_a_template_that_takes_longer_is_watched_on_its_own_page(signed_in: object) -> None:
    """No jobs process runs here: whoever asked is led to the page of the work, never to a fault."""
    for address, person in (
        ("/register/import/template", make.user(make.station(), Role.STATION_OWNER)),
        ("/people/roster/template", make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER)),
    ):
        browser = signed_in(person)  # type: ignore[operator]
        answer = browser.post(address, data={"category": "cylinder"})
        assert (answer.status_code, (answer.location or "")[:7]) == (302, "/tasks/"), address
        assert browser.get(answer.location).status_code == 200
