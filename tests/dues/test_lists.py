"""待检清单: a record with its number, printed with a code per row that any decoder reads, and as a workbook."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.dues import exporting, layout, lists, printing
from equipment.dues.filters import Filters
from equipment.dues.layout import hazards_text
from equipment.dues.models import DueList, DueListRow
from equipment.people.models import User
from equipment.people.rules import OrganisationKind
from equipment.storage import db
from equipment.tasks.measure import Room
from tests import make
from tests.dues.town import Town, bottle, lift, town
from tests.exports import files_of

SignIn = Callable[[User], FlaskClient]
DPI = 150


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2024-05-06 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def make_list(at: Town, who: str = "inspector", **filters: str) -> DueList:
    with db.transaction():
        return lists.make_list(Filters(window="all", **filters), by=at.viewer(who), title="第18周")


def rows(made: DueList) -> list[DueListRow]:
    return list(db.session.scalars(lists.rows_of(made)))


def test_a_list_keeps_what_is_due_by_street_and_unit(at: Town) -> None:
    second = make.organisation(OrganisationKind.USE_UNIT, "阿房物业")
    lift(at, own_number="3", area="620402001", address="B街"), lift(at, own_number="1", area="620402")
    (
        lift(at, own_number="2", area="620402001", use_unit_id=second.id),
        lift(at, own_number="4", area="620402001", address="A街"),
    )
    made = make_list(at)
    assert [(row.row_no, row.snapshot["own_number"], row.state) for row in rows(made)] == [
        (1, "1", "outstanding"),
        (2, "4", "outstanding"),
        (3, "3", "outstanding"),
        (4, "2", "outstanding"),
    ]
    assert (made.row_count, len(made.code)) == (4, 8)


def test_numbers_run_per_body_and_year(at: Town) -> None:
    lift(at)
    numbers = [make_list(at).number, make_list(at).number, make_list(at, "supervisor").number]
    with time_machine.travel("2025-01-02 09:00:00+08:00", tick=True):
        numbers.append(make_list(at).number)
    assert numbers == ["2024-0001", "2024-0002", "2024-0001", "2025-0001"]


def test_nothing_due_makes_no_list(at: Town) -> None:
    with pytest.raises(Invalid):
        make_list(at)


def test_a_row_comes_back_once(at: Town) -> None:
    lift(at)
    made = make_list(at)
    with db.transaction():
        lists.bring_back(
            lists.due_list(at.viewer("inspector"), made.id), 1, "passed", by=at.viewer("inspector")
        )
    with pytest.raises(Conflict), db.transaction():
        lists.bring_back(
            lists.due_list(at.viewer("colleague"), made.id), 1, "failed", by=at.viewer("colleague")
        )
    assert [(row.state, row.result) for row in rows(made)] == [("returned", "passed")]
    assert lists.due_list(at.viewer("inspector"), made.id).closed_at is not None


def test_only_its_organisation_reads_and_fills_a_list(at: Town) -> None:
    lift(at)
    made = make_list(at)
    with pytest.raises(NotFound):
        lists.due_list(at.viewer("stranger"), made.id)
    with pytest.raises(NotFound), db.transaction():
        lists.bring_back(made, 1, "passed", by=at.viewer("supervisor"))


@pytest.mark.parametrize(
    ("who", "status"),
    [("inspector", 200), ("colleague", 200), ("officer", 403), ("owner", 403), ("stranger", 403)],
)
def test_the_page_of_a_list(at: Town, signed_in: SignIn, who: str, status: int) -> None:
    lift(at)
    made = make_list(at)
    assert signed_in(getattr(at, who)).get(f"/due-lists/{made.id}").status_code == status


def test_a_list_is_made_and_printed_from_the_page(at: Town, signed_in: SignIn) -> None:
    lift(at)
    browser = signed_in(at.inspector)
    assert browser.post("/due-lists/new", data={"window": "overdue"}).status_code == 422
    answer = browser.post("/due-lists/new", data={"window": "60", "kind": "inspection", "title": "人民路"})
    assert answer.status_code == 302
    assert browser.post(f"{answer.location}/print").location.startswith("/tasks/")


class TypedForm(HTMLParser):
    """What a browser sends of the form of a new list as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields, self._select = "", {}, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form" and "narrow" in named.get("class", ""):
            self.action = named["action"]
        elif self.action and tag == "input":
            self.fields[named["name"]] = named.get("value", "")
        elif self.action and tag == "select":
            self._select = named["name"]
        elif self._select and tag == "option" and ("selected" in named or self._select not in self.fields):
            self.fields[self._select] = named["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


FILTERS = [
    ({"window": "all", "month": "2024-06"}, 1),
    ({"window": "all", "kind": "inspection", "category": "elevator"}, 3),
    ({"window": "", "kind": ""}, 18),
    ({"window": "all", "area": "620402001"}, 2),
    ({}, 1),
]


@pytest.mark.parametrize("who", ["inspector", "supervisor"])
@pytest.mark.parametrize(("filters", "count"), FILTERS)
def test_a_list_from_the_one_on_screen_is_as_wide_as_it(
    at: Town, signed_in: SignIn, filters: dict[str, str], count: int, who: str
) -> None:
    lift(at, area="620402")
    lift(at, base_on=date(2023, 6, 20), area="620402001")
    lift(at, base_on=date(2023, 10, 20), area="620402001")
    browser = signed_in(getattr(at, who))
    screen = browser.get("/dues", query_string=filters).text
    [link] = re.findall(r'id="list-from-these" href="([^"]+)"', screen)
    form = TypedForm(browser.get(unescape(link)).text)
    made_at = browser.post(form.action, data=form.fields).location
    made = lists.due_list(at.viewer(who), UUID(made_at.rpartition("/")[2]))
    assert (screen.count('class="due-kind"'), made.row_count) == (count, count)


def test_the_filters_stay_while_it_is_decided_what_stands(at: Town, signed_in: SignIn) -> None:
    lift(at, last_inspected_on=date(2023, 5, 10), next_inspection_on=date(2025, 5, 31))
    browser = signed_in(at.supervisor)
    form = 'action="/dues/papers?category=elevator"'
    assert form in browser.get("/dues/papers?category=elevator&page=1").text
    wrong = browser.post("/dues/papers?category=elevator", data={"stands": "rule"})
    assert (wrong.status_code, form in wrong.text) == (422, True)


def shown(number: int, unit: str, **more: Any) -> DueListRow:
    seen = {
        "kind": "inspection",
        "kind_label": "Periodic inspection",
        "due_on": "2024-05-31",
        "category": "elevator",
        "catalogue": ["曳引驱动乘客电梯", "Lift"],
        "label": f"0123456789{number:05}",
        "serial": f"T{number:05}",
        "own_number": "1号梯",
        "name": "",
        "model": "GeN2",
        "unit": unit,
        "street": "人民路街道",
        "address": "白银区人民路1号锦绣家园1号楼",
        "position": "东单元",
        "applied": False,
        "planned_on": "",
        "firm": "",
        **more,
    }
    return DueListRow(row_no=number, snapshot=seen)


WORDING = layout.Wording(str, lambda _key, _kind: ("合格", "不合格"), "2024-05-06", True)


@pytest.mark.parametrize(
    ("units", "pages"),
    [
        ([11], [11]),
        ([12], [11, 1]),
        ([5, 5], [10]),
        ([3, 3, 3], [9]),
        ([1] * 8, [7, 1]),
        ([700], [11] * 63 + [7]),
    ],
)
def test_the_page_of_every_row_is_known_before_anything_is_drawn(units: list[int], pages: list[int]) -> None:
    numbers = iter(range(1, 1000))
    made = layout.printed_pages(
        [shown(next(numbers), f"单位{unit}") for unit, count in enumerate(units) for _ in range(count)],
        WORDING,
    )
    assert [len(sheet.rows) for sheet in made] == pages
    assert [sheet.number for sheet in made] == list(range(1, len(pages) + 1))
    assert max(sheet.filled for sheet in made) <= layout.LINES


def test_a_unit_that_goes_on_says_so() -> None:
    made = layout.printed_pages([shown(number, "单位") for number in range(1, 13)], WORDING)
    assert [(heading.pieces, heading.goes_on) for sheet in made for heading in sheet.headings] == [
        ("12 sets", False),
        ("12 sets", True),
    ]


def test_a_county_stands_above_its_units_and_again_on_the_next_sheet() -> None:
    rows = [
        shown(number, f"单位{number // 4}", county="白银区" if number < 8 else "会宁县")
        for number in range(16)
    ]
    made = layout.printed_pages(rows, WORDING)
    assert [[heading.county for heading in sheet.counties] for sheet in made] == [
        ["白银区", "会宁县"],
        ["会宁县"],
    ]
    assert [len(sheet.rows) for sheet in made] == [9, 7]


def test_a_row_says_what_inspectors_go_by() -> None:
    row = shown(
        1,
        "单位",
        equipment_code="31106200120190001",
        certificate="梯11甘D00001(19)",
        contact="赵安",
        phone="13900000001",
        firm="陇中电梯",
        last_on="2023-05-10",
        last_conclusion="corrected",
        hazards=2,
        stopped=True,
        label="JJPF5RTPMVDE1BQ",
    )
    sheet = layout.printed_pages([row], WORDING)[0]
    [printed] = sheet.rows
    assert sheet.headings[0].contact == "Safety manager 赵安　13900000001"
    assert printed.strong["what"] == "JJPF5-RTPMV-DE1BQ　1号梯"
    assert list(printed.texts["what"]) == [
        "",
        "曳引驱动乘客电梯　GeN2",
        "Equipment code 31106200120190001",
        "Use certificate 梯11甘D00001(19)",
    ]
    assert list(printed.texts["where"]) == ["白银区人民路1号锦绣家园1号楼", "东单元", "陇中电梯"]
    assert printed.texts["due"][3].startswith("Last time 2023-05-10 Con")
    assert list(printed.texts["remark"]) == ["Use stopped", "Open hazards 2"]
    assert hazards_text(row.snapshot, str) == "Use stopped 2"


EM = Room(1, 72 / 25.4)  # a room as wide as one character, printed one millimetre high


@pytest.mark.parametrize(
    ("text", "mm", "most", "lines"),
    [
        ("人民路", 3, 2, ["人民路"]),
        ("人民路1号", 3.6, 2, ["人民路1", "号"]),
        ("人民路1号", 3, 1, ["人民…"]),
        ("", 3, 2, [""]),
        ("WWW", 2, 1, ["W…"]),
        ("锦绣家园一二三四五六七八", 4, 2, ["锦绣家园", "一二三…"]),
        ("锦绣家园一二三四", 4, 2, ["锦绣家园", "一二三四"]),
        ("东\n单\t元", 9, 2, ["东 单 元"]),
        ("无漏水和杂物，通风", 6, 2, ["无漏水和杂", "物，通风"]),
        ("门，，开", 1, 4, ["门", "，", "，", "开"]),
        ("充装站（演示）", 4, 3, ["充装站", "（演示）"]),
        ("判定 08:20，充装", 4, 3, ["判定 ", "08:20，", "充装"]),
        ("0123456789", 4, 2, ["0123456", "789"]),
        ("门锁（锁轮缺）", 3, 3, ["门锁", "（锁轮", "缺）"]),
        ("门锁安（锁轮缺）", 4, 2, ["门锁安（", "锁轮缺）"]),
    ],
)
def test_texts_wrap_where_their_room_ends(text: str, mm: float, most: int, lines: list[str]) -> None:
    assert replace(EM, mm=mm).wrapped(text, most) == lines


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("mm", [1.5, 4, 12.3, 55, 108.25])
def test_gaps_are_as_wide_as_asked_to_a_tenth_of_a_millimetre(mm: float, bold: bool) -> None:
    room = Room(200, 8.5, bold)
    assert room.width(room.gap(mm)) == pytest.approx(mm, abs=0.11)
    assert room.gap(-3) == ""


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    row = shown(
        1,
        "很长" * 60,
        address="很长的地址" * 30,
        own_number="很长的编号" * 9,
        model="M" * 90,
        position="很长" * 40,
    )
    sheet = layout.printed_pages([row], WORDING)[0]
    assert sheet.headings[0].unit.endswith("…")
    assert [line.endswith("…") for line in sheet.rows[0].texts["where"]] == [False, True, True]
    assert sheet.rows[0].strong["what"].endswith("…")
    assert sheet.filled == layout.GROUP + layout.ROW


@pytest.fixture
def printed(at: Town) -> tuple[DueList, bytes]:
    """A list of 31 rows in four units and two categories, on several sheets."""
    units = [
        make.organisation(OrganisationKind.USE_UNIT, f"第{number}物业服务有限公司") for number in range(3)
    ]
    for number in range(27):
        lift(
            at,
            use_unit_id=units[number % 3].id,
            own_number=f"{number}号梯",
            area=("620402001", "620402")[number % 2],
            code=f"01234567890{number:04}",
        )
    for number in range(4):
        bottle(at, serial=f"LPG{number}")
    made = make_list(at)
    return made, printing.list_pdf(made, address="https://tz.test.cn", locale="zh_Hans_CN")


def pictures(pdf: bytes, dpi: int = DPI) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]


def read_by_zbar(picture: Image.Image, file: Path) -> set[str]:
    picture.save(file)
    command = ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(file)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_every_code_of_a_printed_list_decodes_with_two_decoders(
    printed: tuple[DueList, bytes], tmp_path: Path
) -> None:
    """zbar now and then overlooks one of a whole page of codes, so it looks twice; it reads none wrongly."""
    made, pdf = printed
    wanted = {f"HTTPS://TZ.TEST.CN/L/{made.code}/{number}" for number in range(1, 32)}
    sheets = pictures(pdf)
    assert {
        found.text
        for sheet in sheets
        for found in zxingcpp.read_barcodes(sheet, formats=zxingcpp.BarcodeFormat.QRCode)
    } == wanted
    zbar: set[str] = set()
    for sheet in (*sheets, *pictures(pdf, 2 * DPI)):
        zbar |= read_by_zbar(sheet, tmp_path / "sheet.png")
    assert zbar <= wanted
    assert len(zbar) >= 0.95 * len(wanted)


def test_a_printed_list_says_what_it_must_on_every_sheet(printed: tuple[DueList, bytes]) -> None:
    made, pdf = printed
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) == 4
    for number, text in enumerate(pages, 1):
        flat = "".join(text.split())
        assert {
            said
            for said in (
                made.number,
                f"第{number}页共4页",
                "检验员（1）",
                "检验员（2）",
                "使用单位签字",
                "日期",
                "检验结论",
                "白银市特种设备检验所",
            )
            if said not in flat
        } == set()
    everything = "".join("".join(pages).split())
    assert {row.snapshot["serial"] for row in rows(made) if row.snapshot["serial"] not in everything} == set()


def test_a_printed_list_lives_in_black_and_white(printed: tuple[DueList, bytes]) -> None:
    _made, pdf = printed
    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=1).to_pil().convert("RGB")
    colours = {pixel for _count, pixel in picture.getcolors(1 << 20) if max(pixel) - min(pixel) > 8}
    assert colours == set()
    assert {tuple(round(side) for side in page.get_size()) for page in document} == {(842, 595)}


def test_the_workbook_has_the_same_rows_and_nothing_preset(printed: tuple[DueList, bytes]) -> None:
    made, _pdf = printed
    sheet = (
        CalamineWorkbook.from_filelike(io.BytesIO(exporting.draw_list(made, "zh_Hans_CN")))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert sheet[2][:4] == ["行号", "县区", "辖区", "使用（产权）单位"]
    numbered = [row for row in sheet[3:] if isinstance(row[0], float)]
    assert [int(row[0]) for row in numbered] == list(range(1, 32))
    assert len(numbered) == len(sheet) - 3, "a row a piece and no row of a group, so that it can be sorted"
    assert all(row[3] for row in numbered), "each row names its unit"
    assert {tuple(row[20:24]) for row in numbered} == {("", "", "", "")}


def test_supervisors_carry_the_same_as_a_check_list(at: Town) -> None:
    lift(at)
    made = make_list(at, "supervisor")
    text = "".join(
        PdfReader(io.BytesIO(printing.list_pdf(made, address="https://tz.test.cn", locale="zh_Hans_CN")))
        .pages[0]
        .extract_text()
        .split()
    )
    assert {
        said for said in ("监督检查清单", "监察员（1）", "□未发现问题", "□发现问题") if said not in text
    } == set()
    assert rows(made)[0].snapshot["due_on"] == date(2024, 5, 31).isoformat()


def test_both_files_of_what_is_due_hold_the_list_in_its_order(
    at: Town, settings: Settings, signed_in: SignIn
) -> None:
    pieces = [lift(at), lift(at)]
    plain, book = files_of(
        settings, signed_in(at.supervisor), "/dues?window=all&kind=inspection&sort=-serial"
    )
    assert [row[1] for row in plain[1:]] == sorted((piece.serial for piece in pieces), reverse=True)
    assert [row[:10] for row in plain] == [row[:10] for row in book]
