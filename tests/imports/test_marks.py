"""What workbooks say besides their values: formats with zeros, errors, hidden rows, the calendar of 1904, a password."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.errors import Invalid
from equipment.imports.models import ImportRow
from equipment.imports.old_sheet_marks import old_marks
from equipment.imports.reading import ENCRYPTED, OLE, PASSWORD, read_sheet, sheet_names
from equipment.imports.rules import Unreadable, read_day, read_number_text
from equipment.imports.sheet_marks import formatted, marks, pads
from equipment.people.models import User
from equipment.register.models import Equipment, Identifier
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests.imports.test_same_piece import CASES, batch_at, case, content, run, states

Sign = Callable[[User], FlaskClient]


@pytest.mark.parametrize(
    ("code", "digits", "shown"),
    [
        ("0000000", "42317", "0042317"),
        ("0000000", "12345678", "12345678"),
        ('"LS"0000000', "42317", "LS0042317"),
        ("000-0000", "42317", "004-2317"),
        ("000000000000", "71", "000000000071"),
        ("\\A000", "7", "A007"),
    ],
)
def test_a_number_is_read_as_its_format_shows_it(code: str, digits: str, shown: str) -> None:
    assert (pads(code), formatted(digits, code)) == (True, shown)


@pytest.mark.parametrize("code", ["", "0", "0.00", "#,##0", "General", "@", "yyyy-mm-dd", "0%", "0.0E+00"])
def test_other_formats_say_nothing_of_digits(code: str) -> None:
    assert pads(code) is False


def test_zeros_by_format_and_zeros_as_text_are_the_same_bottles(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(browser, case(browser, "serial-zeros-by-format.xlsx"))
    serials = session.scalars(select(Equipment.serial).order_by(Equipment.serial)).all()
    assert serials == ["0042317", "0042318", "1042319"]
    assert Counter(states(case(browser, "serial-zeros-as-text.xlsx")).values()) == {"known": 3}


def test_an_error_of_the_workbook_is_no_blank(signed_in: Sign, owner: User, worker: Runner) -> None:
    url = case(signed_in(owner), "error-cells.xlsx")
    problems = {
        row.row_no: [problem[2]["text"] for problem in row.problems if "error of the workbook" in problem[1]]
        for row in session.scalars(select(ImportRow).where(ImportRow.batch_id == batch_at(url).id))
    }
    assert [text for texts in problems.values() for text in texts] == ["#N/A", "#DIV/0!"]


def test_hidden_rows_are_told(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = case(browser, "rows-hidden-by-filter.xlsx")
    assert batch_at(url).preview["hidden_count"] == 3
    assert "3行在表格中被隐藏" in browser.get(url).get_data(as_text=True)
    assert Counter(states(url).values()) == {"added": 6}


def test_plain_numbers_of_a_workbook_of_1904_are_its_days(tmp_path: Path) -> None:
    path = tmp_path / "1904.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet("瓶")
        sheet.write_row(0, 0, ["产品编号", "制造年月"])
        sheet.write_number(1, 1, 43894)
        sheet.write_string(1, 0, "A1")
    assert marks(path, "瓶").from_1904
    table = read_sheet(path, "瓶")
    assert read_day(table.rows[1][1], table.from_1904).on == date(2024, 3, 5)
    assert read_day("45356").on == date(2024, 3, 5)


def test_an_old_workbook_says_as_much(signed_in: Sign, owner: User, worker: Runner) -> None:
    """Formats with zeros and letters, days, yes and no, an error, cut digits, a hidden row: of an XLS too."""
    browser = signed_in(owner)
    url = case(browser, "old-workbook.xls")
    assert states(url) == {2: "added", 3: "added", 4: "flagged", 5: "added"}
    batch = batch_at(url)
    assert (batch.sheet, batch.preview["hidden"], batch.preview["old"]) == ("气瓶", [5], False)
    page = browser.get(url).get_data(as_text=True)
    assert "#N/A" in page
    assert "6.201020E+16" in page
    run(browser, url)
    rows = session.execute(
        select(
            Equipment.serial,
            Equipment.own_number,
            Equipment.made_on,
            Equipment.next_inspection_on,
            Equipment.details,
        ).order_by(Equipment.own_number)
    )
    assert [
        (*columns, details["head_mark"], details["volume_ml"]) for *columns, details in map(tuple, rows)
    ] == [
        ("1042319", "", date(2019, 3, 5), date(2028, 3, 31), True, 40_000),
        ("0042317", "000000000071", date(2019, 3, 5), date(2028, 3, 31), True, 40_000),
        ("LS0042318", "000000000072", date(2019, 10, 1), date(2028, 10, 1), False, 40_000),
        ("0000005", "000000000074", date(2019, 3, 5), date(2028, 2, 29), False, 40_000),
    ]
    tags = select(Identifier.shown).where(Identifier.kind == "rfid").order_by(Identifier.shown)
    assert session.scalars(tags).all() == ["000012345678", "000012345679"]


def test_plain_numbers_of_an_old_workbook_of_1904_are_its_days() -> None:
    table = read_sheet(CASES / "old-workbook-1904.xls", "气瓶")
    assert table.from_1904
    assert [row[4] for row in table.rows[1:4]] == ["2019-03-05", "2019-10-01", "2019-03-05"]
    assert read_day(table.rows[4][10], table.from_1904).on == date(2021, 9, 23)


@pytest.mark.parametrize("content", [b"", OLE, OLE + bytes(600), OLE + b"\xff" * 4000])
def test_what_is_no_old_workbook_has_no_marks(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.xls"
    path.write_bytes(content)
    assert old_marks(path, "气瓶") is None


def test_a_password_is_called_a_password(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    path.write_bytes(OLE + b"\xa1\xb1\x1a\xe1" + bytes(508) + ENCRYPTED + bytes(600))
    with pytest.raises(Invalid) as refused:
        sheet_names(path)
    assert refused.value.fields["file"].msgid == PASSWORD


@pytest.mark.parametrize(
    ("text", "number"),
    [('="0042317"', "0042317"), ("`0042319", "0042319"), ("'0042320", "0042320"), ("12E16", "12E16")],
)
def test_guards_of_digits_are_no_part_of_them(text: str, number: str) -> None:
    assert read_number_text(text) == number


@pytest.mark.parametrize("text", ["6.20102E16", "6.20102E+16", "6.2e+016"])
def test_cut_digits_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_number_text(text)


def test_a_month_that_excel_may_have_cut_is_flagged(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    raw = (CASES / "c28-csv-october.csv").read_bytes()
    assert states(content(browser, raw)) == {2: "flagged", 3: "added", 4: "flagged"}


def test_the_other_sheets_of_a_file_are_told_and_imported(
    signed_in: Sign, owner: User, worker: Runner, tmp_path: Path
) -> None:
    path = tmp_path / "three.xlsx"
    head = ["设备品种", "产品编号", "充装介质", "制造单位", "制造年月"]
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, head)
            sheet.write_row(1, 0, ["无缝", f"{name}1", "氧", "示例厂", "2019.03"])
    browser = signed_in(owner)
    url = content(browser, path.read_bytes())
    page = browser.get(url).get_data(as_text=True)
    assert "本文件的其他工作表没有随之导入：乙" in page
    answer = browser.post(url + "/another", data={"sheet": "乙"})
    assert answer.status_code == 302
    assert batch_at(answer.location).sheet == "乙"
