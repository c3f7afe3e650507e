"""Workbooks and text files as people have them: found, decoded, cut, or refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from equipment.core.errors import Invalid
from equipment.imports import reading as files
from equipment.imports.mapping_rules import ColumnUse, FieldMap, mapping_problems, suggest
from equipment.imports.previews import preview
from equipment.imports.reading import MOST_ROWS, decoded, delimiter, read_sheet, table
from equipment.imports.table_rules import find_header

KNOWN = frozenset({"设备代码", "制造单位", "检验日期", "产品编号", "充装介质", "使用单位"})
BOTTLES = ["序号", "设备品种", "产品编号", "充装介质", "制造单位", "制造年月", "公称容积(L)", "下次检验日期"]


def workbook(path: Path, write: Any) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        write(book)
    return path


def messy(book: Any) -> None:
    """A title over all columns, a line of notes, a header, data with a merged unit, totals, a footer; a first sheet without a table."""
    book.add_worksheet("说明").write(0, 0, "填表说明")
    sheet = book.add_worksheet("气瓶")
    sheet.merge_range(1, 1, 1, 8, "气瓶基本信息汇总表")
    sheet.write(2, 1, "填报单位：测试充装站")
    sheet.write_row(4, 1, BOTTLES)
    sheet.write_row(5, 1, [1, "无缝", 10001, "氧气", "某某厂", 2019.03, 40, "2028.3"])
    sheet.write_row(6, 1, [2, "无缝", "A-10002", "氧", "", 2019.1, 40, "2028年3月"])
    sheet.merge_range(5, 5, 6, 5, "某某厂")
    sheet.write_row(7, 1, ["小计", "", 2])
    sheet.write_row(8, 1, BOTTLES)
    sheet.write_row(9, 1, [3, "焊接", "  10003 ", "二氧化碳", "某某厂", "201904", "40L", "-"])
    sheet.write_row(10, 1, ["合  计", "", 3])
    sheet.write_row(12, 1, ["填表人：张三", "", "", "负责人：李四"])


def test_the_table_is_found_below_titles_and_without_totals(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", messy)
    found = preview(path, "cylinder")
    assert (found.sheets, found.sheet_name, found.header.row, found.rows) == (("说明", "气瓶"), "气瓶", 4, 3)
    rows = dict(table(read_sheet(path, "气瓶").rows, found.header))
    assert sorted(rows) == [6, 7, 10]
    named = [dict(zip(found.header.names, row, strict=False)) for row in rows.values()]
    assert [row["产品编号"] for row in named] == ["10001", "A-10002", "  10003 "]
    assert [row["制造单位"] for row in named] == ["某某厂"] * 3
    assert [row["制造年月"] for row in named] == ["2019.03", "2019.1?", "201904"]


@pytest.mark.parametrize(
    ("rows", "row", "names"),
    [
        (
            [["汇总表"], ["序号", "产品编号", "充装介质"], ["1", "A1", "氧"]],
            1,
            ("序号", "产品编号", "充装介质"),
        ),
        (
            [["设备代码", "检验日期", ""], ["", "上次", "下次"], ["3110", "2024", "2025"]],
            1,
            ("设备代码", "检验日期/上次", "检验日期/下次"),
        ),
        ([["device", "kind"], ["1D1", "Freight"]], 0, ("device", "kind")),
        (
            [["产品编号", "日期", "日期"], ["1", "2", "3"], ["充装介质", "x", "y"]],
            0,
            ("产品编号", "日期", "日期 (2)"),
        ),
    ],
)
def test_headers_of_one_row_and_of_two(rows: list[list[str]], row: int, names: tuple[str, ...]) -> None:
    found = find_header(rows, KNOWN)
    assert found is not None
    assert (found.row, found.names) == (row, names)


@pytest.mark.parametrize("rows", [[], [["只有一个标题"]], [["1", "2"], ["3", "4"]], [["a", "b"]]])
def test_without_a_header_nothing_is_guessed(rows: list[list[str]]) -> None:
    assert find_header(rows, KNOWN) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("产品编号,氧".encode(), "产品编号,氧"),
        ("产品编号,氧".encode("utf-8-sig"), "产品编号,氧"),
        ("产品编号,氧".encode("gb18030"), "产品编号,氧"),
        ("产品编号\t氧".encode("utf-16"), "产品编号\t氧"),
        ("䶮𠮷".encode("gb18030"), "䶮𠮷"),
    ],
)
def test_text_is_decoded_in_the_encodings_excel_writes(content: bytes, text: str) -> None:
    assert decoded(content) == text


@pytest.mark.parametrize(
    ("text", "sign"),
    [("a,b\n1,2", ","), ("a\tb\n1\t2", "\t"), ("a;b\n1,5;2\n2,5;3", ";"), ('a,b\n"x;y;z",2\n"u;v;w",3', ",")],
)
def test_the_delimiter_is_the_one_that_cuts_evenly(text: str, sign: str) -> None:
    assert delimiter(text) == sign


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", files.EMPTY),
        (b"  \n ", files.EMPTY),
        (b"\x89PNG\r\n\x1a\n\x00\x00", files.NO_WORKBOOK),
        (b"PK\x03\x04 not a zip at all", files.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off", files.DAMAGED),
        (b"<html><table><tr><td>1</td></tr></table></html>", files.WEB_PAGE),
        (b"\xff\xff\xff\xfe\xfd", files.ENCODING),
        ("一句话".encode(), files.NO_HEADER),
        ("产品编号,充装介质\n".encode(), files.NO_ROWS),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        preview(path, "cylinder")
    assert refused.value.fields["file"].msgid == message


def test_a_million_rows_are_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("产品编号,充装介质\n" + "A1,氧\n" * 1_000_000, "utf-8")
    with pytest.raises(Invalid) as refused:
        preview(path, "cylinder")
    assert (
        str(refused.value.fields["file"])
        == f"The table has more than {MOST_ROWS} rows. Split it and import the parts one after another."
    )


def test_the_usual_headings_are_known() -> None:
    found = suggest(
        "cylinder",
        [
            *BOTTLES,
            "气瓶使用登记代码",
            "上次检验日期",
            "单位内编号",
            "皮重（kg）",
            "检验日期/下次",
            "随便什么",
        ],
    )
    assert {name: use.to for name, use in found.columns.items()} == {
        "设备品种": "variety",
        "产品编号": "serial",
        "充装介质": "medium",
        "制造单位": "maker",
        "制造年月": "made_on",
        "公称容积(L)": "volume_ml",
        "下次检验日期": "next_inspection_on",
        "气瓶使用登记代码": "cylinder_code",
        "上次检验日期": "last_inspected_on",
        "单位内编号": "own_number",
        "皮重（kg）": "tare_g",
    }
    assert found.columns["公称容积(L)"] == ColumnUse("volume_ml", "L")


def test_a_mapping_says_what_is_missing() -> None:
    problems = mapping_problems(
        "cylinder", ["a", "b"], FieldMap({"a": ColumnUse("serial"), "b": ColumnUse("serial")})
    )
    assert sorted(problems) == ["b", "medium", "variety"]
    assert (
        mapping_problems(
            "cylinder", ["a"], FieldMap({"a": ColumnUse("serial")}, {"medium": "O2", "variety": "seamless"})
        )
        == {}
    )
    assert FieldMap.from_json(
        FieldMap({"a": ColumnUse("serial", "m", {"x": "y"})}, {"medium": "O2"}).as_json()
    ) == FieldMap({"a": ColumnUse("serial", "m", {"x": "y"})}, {"medium": "O2"})


@pytest.mark.parametrize(
    ("category", "heading", "target"),
    [
        ("cylinder", "空瓶重量(kg)", "tare_g"),
        ("cylinder", "钢瓶编号", "serial"),
        ("cylinder", "充装气体", "medium"),
        ("cylinder", "钢瓶规格", "model"),
        ("cylinder", "生产单位", "maker"),
        ("cylinder", "出厂年月", "made_on"),
        ("cylinder", "上次检验时间", "last_inspected_on"),
        ("cylinder", "检验有效期至", "next_inspection_on"),
        ("elevator", "电梯编号", "own_number"),
        ("elevator", "物业服务企业", "use_unit"),
        ("elevator", "维保公司", "firm"),
        ("elevator", "设备使用地点", "address"),
        ("elevator", "额定载重(kg)", "load_kg"),
        ("elevator", "使用登记证号", "certificate"),
    ],
)
def test_other_usual_headings_are_known(category: str, heading: str, target: str) -> None:
    assert suggest(category, [heading]).columns[heading].to == target


def test_a_hidden_sheet_is_offered_and_never_taken_first(tmp_path: Path) -> None:
    def write(book: Any) -> None:
        old, now = book.add_worksheet("旧表"), book.add_worksheet("台账")
        old.hide()
        now.activate()
        for sheet in (old, now):
            sheet.write_row(0, 0, ["产品编号", "充装介质"])
            sheet.write_row(1, 0, [sheet.get_name(), "氧"])

    found = preview(workbook(tmp_path / "a.xlsx", write), "cylinder")
    assert (found.sheet_name, found.sheets, found.samples[0]) == ("台账", ("台账", "旧表"), ("台账",))


def test_a_sheet_with_known_columns_is_taken_before_one_with_others(tmp_path: Path) -> None:
    def write(book: Any) -> None:
        notes, pieces = book.add_worksheet("说明"), book.add_worksheet("台账")
        notes.write_row(0, 0, ["栏目", "要求"])
        notes.write_row(1, 0, ["产品编号", "必填"])
        pieces.write_row(0, 0, ["产品编号", "充装介质"])
        pieces.write_row(1, 0, ["W001", "氧"])

    assert preview(workbook(tmp_path / "a.xlsx", write), "cylinder").sheet_name == "台账"
