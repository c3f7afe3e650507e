"""当日记录: the records of a station's day as an inspector reads them, their sums, and who may print them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.files import store
from equipment.fills.corrections import correct_weight
from equipment.fills.handover_printing import handover_sections
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.models import Fill
from equipment.fills.paper_printing import record_paper
from equipment.fills.papers import only_own_handover, records_in, shifts, window_of
from equipment.fills.record_printing import RecordWords
from equipment.fills.states import DayPaper
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import OnDuty, User
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.tasks.models import Task
from equipment.tasks.ruled import RuledPaper, RuledRow
from equipment.tasks.ruled_pages import ruled_pages
from tests import make
from tests.exports import task_made
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.test_results import ALL_CHECKS

SignedIn = Callable[[User], FlaskClient]
POST = {f"Q{number:02}": True for number in (1, 2, 3, 4, 5, 6, 7, 10, 12)}
# Noon of the site's day, so that an hour before and after is the same day.
NOON = clock.site_midnight(clock.today()) + timedelta(hours=12)


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


def owner(hall: Hall) -> Viewer:
    return viewer_of(make.user(hall.station, Role.STATION_OWNER, name="王站长"))


def colleague(hall: Hall) -> UUID:
    return make.user(hall.station, Role.OPERATOR, name="李四", certificate="P").id


def filled(hall: Hall, *, gross_g: int = 31_000, bay: str = "1号秤", **more: Any) -> Equipment:
    """A bottle that was looked over, filled, and checked again."""
    bottle = hall.bottle(**more)
    weighed = bottle.medium == "LPG"
    checks = ALL_CHECKS if weighed else {item: ok for item, ok in ALL_CHECKS.items() if item != "P11"}
    begun = hall.scan(bottle.label_code or "", gas=bottle.medium, bay=bay, checks=checks).get_json()
    amount = {"gross_g": gross_g} if weighed else {"pressure_kpa": 14_500, "temperature_dc": 185}
    assert hall.result(begun["fill_id"], post_checks=POST, **amount).status_code == 200
    return bottle


def words_of(viewer: Viewer, **wanted: str) -> RecordWords:
    db.session.rollback()
    return RecordWords(records_in(viewer, window_of(viewer, wanted)), "zh_Hans_CN")


def paper_of(viewer: Viewer, paper: DayPaper, **wanted: str) -> RuledPaper:
    return record_paper(words_of(viewer, **wanted), paper)


def rows_of(printed: RuledPaper) -> list[dict[str, str]]:
    """The rows of a paper by the names of their columns."""
    return [
        {
            column.name: cell if isinstance(cell, str) else " ".join(cell)
            for column, cell in zip(table.columns, row.cells, strict=True)
        }
        for table in printed.tables
        for row in table.rows
        if isinstance(row, RuledRow)
    ]


def total_of(printed: RuledPaper) -> str:
    assert printed.totals is not None
    return printed.totals(printed.sums())


def test_the_record_of_filling_says_all_that_a_record_has(hall: Hall) -> None:
    boss = owner(hall)
    scale = Instrument(
        organisation_id=hall.station.id,
        kind=InstrumentKind.SCALE,
        name="1号秤",
        number="S1",
        bay="1号秤",
        gas="LPG",
        verified_until=clock.today() + timedelta(days=9),
    )
    with make.writing():
        db.session.add(scale)
    bottle = filled(hall, own_number="自-1", serial="E5736149")
    printed = paper_of(boss, DayPaper.FILL)
    (row,) = rows_of(printed)
    code = bottle.label_code or ""
    assert row == {
        "序号": "1",
        "气瓶": f"{code[:5]}-{code[5:10]}-{code[10:]} E5736149　自-1",
        "介质、型号": "LPG YSP35.5",
        "下次检验": str(make.days(300)),
        "皮重 kg": "16.50",
        "空瓶重 kg": "",
        "总重 kg": "31.00",
        "净重 kg": "14.50",
        "压力MPa 温度℃": "",
        "秤位 秤（表）号": "1号秤 S1",
        "开始": "12:00",
        "结束": "12:00",
        "充装员": "张三",
        "检查员": "张三",
        "复核人": "张三",
        "结果": "已充装",
        "备注": "",
    }
    assert (printed.title, total_of(printed)) == ("充装记录", "充装 1 只，净重 14.50 kg")
    assert printed.about[0].startswith("测试充装站　　气瓶充装许可证 TS462")
    assert printed.foot.startswith(f"数据截至 {clock.today()} 12:00:")
    assert "样式未核实" in printed.notes[-1]
    assert printed.signatures == ["充装员签字", "复核人签字", "负责人签字", "日期"]


def test_the_record_before_filling_has_every_item_and_every_refusal(hall: Hall) -> None:
    boss = owner(hall)
    filled(hall)
    late = hall.bottle(inspection_due_on=make.days(-3))
    hall.scan(late.label_code or "", bay="2号秤")
    dented = hall.bottle()
    hall.scan(dented.label_code or "", checks={**ALL_CHECKS, "P08": "R17"})
    hall.scan("20458117", bay="1号秤")
    printed = paper_of(boss, DayPaper.PRE_CHECK)
    good, overdue, burnt, unknown = rows_of(printed)
    items = [name for name in good if name.startswith("P")]
    assert items == [f"P{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13)]
    # nobody weighed the empty bottle, and no licence of its maker is on file
    assert {good[item] for item in items if item not in ("P02", "P12")} == {"√"}
    assert (good["P02"], good["P12"]) == ("○", "○")
    # the register answers, and nobody looked at the rest
    assert [overdue[item] for item in items] == [
        *("√", "○", "○", "○", "×", "○", "○", "○", "○", "○", "○", "○")
    ]
    assert (overdue["结果"], overdue["备注"]) == (
        "拒充",
        f"R07 超期未检（应于{make.days(-3)}前检验，已超期3天）",
    )
    assert (burnt["P08"], burnt["P09"], burnt["结果"]) == ("×", "√", "拒充")
    assert burnt["备注"].startswith("R17 ")
    assert (unknown["所扫编码"], unknown["秤位/枪位"], unknown["结果"]) == ("20458117", "1号秤", "拒充")
    assert unknown["拒充原因"].startswith("R01 无码、码不可读或无档案")
    assert total_of(printed) == "共 3 只，合格 1 只，拒充 2 只；另有无码、无档案 1 只"
    assert any(note.startswith("√ 合格　× 不合格") for note in printed.notes)
    assert any("P08 外观无裂纹" in note for note in printed.notes)
    # what was refused before filling is counted on the record of filling, not listed
    of_filling = paper_of(boss, DayPaper.FILL)
    assert len(rows_of(of_filling)) == 1
    assert "未列入：充装前拒充 2 只（见充装前检查记录）。" in of_filling.notes


def test_a_makers_licence_counts_as_looked_at_only_where_it_is_on_file(hall: Hall) -> None:
    filled(hall, details={**OXYGEN, "maker_licence": "TS2210123-2027"}, bay="氧1")
    (row,) = rows_of(paper_of(owner(hall), DayPaper.PRE_CHECK))
    assert row["P02"] == "√"


def test_items_that_do_not_belong_to_a_bottle_have_a_dash_and_groups_stand_apart(hall: Hall) -> None:
    boss = owner(hall)
    filled(hall)
    filled(hall, details=OXYGEN, bay="氧1")
    filled(hall, details={**OXYGEN, "medium": "N2"}, bay="氮1")
    printed = paper_of(boss, DayPaper.PRE_CHECK)
    assert [table.title for table in printed.tables] == [
        "液化石油气　LPG 液化石油气",
        "压缩气体　O2 氧、N2 氮",
    ]
    lpg, oxygen, nitrogen = rows_of(printed)
    assert "P10" not in lpg
    assert (oxygen["P10"], nitrogen["P10"]) == ("○", "—")
    assert [row["序号"] for row in (lpg, oxygen, nitrogen)] == ["1", "2", "3"]
    total = total_of(paper_of(boss, DayPaper.FILL))
    assert total == "充装 3 只，净重 14.50 kg（液化石油气 1 只，14.50 kg；氮 1 只；氧 1 只）"
    after = rows_of(paper_of(boss, DayPaper.POST_CHECK))
    assert (after[1]["压力MPa 温度℃"], after[1]["Q09"], after[0]["Q10"]) == ("14.50 18.5 °C", "○", "√")


def test_void_late_and_corrected_records_are_marked_or_counted(hall: Hall) -> None:
    boss, second = owner(hall), colleague(hall)
    mistyped, by_mistake, on_paper = filled(hall), hall.bottle(), hall.bottle()
    begun = hall.scan(by_mistake.label_code or "").get_json()["fill_id"]
    hall.send("POST", f"/fills/{begun}/void", {"happened_at": clock.now().isoformat()})
    with db.transaction():
        piece = db.session.get_one(Equipment, on_paper.id)
        at = clock.now() - timedelta(hours=1)
        filler = viewer_of(db.session.get_one(User, hall.person.id))
        enter_late(PaperFill(piece=piece, gas="LPG", happened_at=at, gross_g=30_500), by=filler)
        fill = db.session.scalars(select(Fill).where(Fill.equipment_id == mistyped.id)).one()
        correct_weight(fill, 30_900, "看错一位", second=second, by=boss)
    printed = paper_of(boss, DayPaper.FILL)
    late, corrected = rows_of(printed)
    assert (late["开始"], late["净重 kg"], "补录" in late["备注"]) == ("11:00", "14.00", True)
    assert (corrected["净重 kg"], corrected["备注"]) == ("14.40", "已更正；看错一位")
    assert total_of(printed) == "充装 2 只，净重 28.40 kg"
    assert "未列入：误扫作废 1 条。" in printed.notes
    assert printed.foot.endswith("有 1 条记录经更正被替代，此处列更正后的记录并标注“已更正”。")


def test_what_failed_or_was_overfilled_is_not_summed_as_filled(hall: Hall) -> None:
    boss = owner(hall)
    filled(hall)
    filled(hall, gross_g=33_000)
    leaking = hall.scan(hall.bottle().label_code or "", checks=ALL_CHECKS).get_json()["fill_id"]
    hall.result(leaking, gross_g=31_000, post_checks={**POST, "Q03": False})
    hall.scan(hall.bottle().label_code or "")  # under way
    assert total_of(paper_of(boss, DayPaper.FILL)) == (
        "充装 1 只，净重 14.50 kg；另有充后不合格、超装或判禁后充装 2 只，31.00 kg"
    )
    states = [row["结果"] for row in rows_of(paper_of(boss, DayPaper.FILL))]
    assert states == ["已充装", "超装，待抽液", "充装后检查不合格", "未完成"]
    after = paper_of(boss, DayPaper.POST_CHECK)
    assert (total_of(after), len(rows_of(after))) == ("共 3 只，合格 1 只，不合格 2 只", 3)
    assert [(row["Q03"], row["Q10"]) for row in rows_of(after)] == [("√", "√"), ("√", "×"), ("×", "√")]
    assert "未列入：尚无充装结果 1 只。" in after.notes
    assert "Q03 " in rows_of(after)[2]["备注"]
    assert [row["备注"] for row in rows_of(paper_of(boss, DayPaper.PRE_CHECK))][2] == ""


@pytest.mark.parametrize("paper", [DayPaper.PRE_CHECK, DayPaper.FILL, DayPaper.POST_CHECK])
def test_the_paper_of_an_empty_day_says_so(hall: Hall, paper: DayPaper) -> None:
    (page,) = ruled_pages(paper_of(owner(hall), paper, on_from=str(make.days(-1))), str)
    assert "此范围内没有记录。" in [text.strip() for text in page.strong]


def test_pages_of_a_long_day_add_up_to_its_total(hall: Hall) -> None:
    boss = owner(hall)
    for number in range(45):
        filled(hall, gross_g=30_000 + 13 * number, own_number=f"{number:02}")
    printed = paper_of(boss, DayPaper.FILL)
    pages = ruled_pages(printed, str)
    assert len(pages) == 3
    numbers = [row.cells[0] for page in pages for row in page.rows]
    assert numbers == [str(number) for number in range(1, 46)]
    kg = sum(row.amounts["net:LPG"] for page in pages for row in page.rows)
    assert kg == sum(13_500 + 13 * number for number in range(45))
    assert total_of(printed) == f"充装 45 只，净重 {kg / 1000:.2f} kg"


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, ["a", "b", "c"]),
        ({"bay": "1号秤"}, ["a"]),
        ({"gas": "O2"}, ["c"]),
        ({"bay": "1号秤", "gas": "O2"}, []),
    ],
)
def test_bay_and_gas_choose(hall: Hall, wanted: dict[str, str], numbers: list[str]) -> None:
    boss = owner(hall)
    filled(hall, serial="a")
    filled(hall, serial="b", bay="2号秤")
    filled(hall, serial="c", details=OXYGEN, bay="氧1")
    assert [row["气瓶"].split()[-1] for row in rows_of(paper_of(boss, DayPaper.FILL, **wanted))] == numbers


def duty_of(hall: Hall, device_id: UUID, user_id: UUID, since: datetime, until: datetime | None) -> str:
    key = new_id()
    duty = OnDuty(
        organisation_id=hall.station.id,
        id=key,
        device_id=device_id,
        user_id=user_id,
        since=since,
        until=until,
    )
    with make.writing():
        db.session.add(duty)
    return str(key)


def tablet(hall: Hall) -> UUID:
    return make.device(hall.station, DeviceKind.FLOOR, name="平板1")[0].id


def test_a_shift_holds_what_its_device_and_its_person_did_in_its_hours(
    hall: Hall, at_noon: time_machine.Coordinates
) -> None:
    boss, other, device = owner(hall), colleague(hall), tablet(hall)
    early = duty_of(hall, device, other, NOON - timedelta(hours=6), NOON - timedelta(hours=1))
    own = duty_of(hall, device, hall.person.id, NOON - timedelta(hours=1), None)
    filled(hall, serial="mine")  # at the controller, by the person who is on duty at the tablet
    at_noon.move_to(NOON - timedelta(hours=2))
    filled(hall, serial="before")  # by the same person, before his shift
    at_noon.move_to(NOON + timedelta(minutes=5))

    def serials(duty: str) -> list[str]:
        rows = rows_of(paper_of(boss, DayPaper.FILL, duty=duty))
        return [row["气瓶"].split()[-1] for row in rows]

    assert (serials(own), serials(early)) == (["mine"], [])
    assert len(rows_of(paper_of(boss, DayPaper.FILL))) == 2
    assert [shift.person for shift in shifts(boss, hall.station.id, clock.today(), clock.today())] == [
        "李四",
        "张三",
    ]


def test_the_handover_sheet_says_who_came_before_and_what_is_left_open(hall: Hall) -> None:
    boss, other, device = owner(hall), colleague(hall), tablet(hall)
    duty_of(hall, device, other, NOON - timedelta(hours=5), NOON - timedelta(hours=1))
    own = duty_of(hall, device, hall.person.id, NOON - timedelta(hours=1), None)
    filled(hall)
    filled(hall, gross_g=33_000)
    hall.scan(hall.bottle(inspection_due_on=make.days(-3)).label_code or "", bay="1号秤")
    hall.scan("20458117")
    hall.scan(hall.bottle(serial="OPEN1").label_code or "", bay="2号秤")
    sections = {section.title: section for section in handover_sections(boss, words_of(boss, duty=own))}
    day = f"{clock.today():%m-%d}"
    assert sections["Who handed over to whom"].rows == [
        ["平板1", f"李四 {day} 11:00", "张三", f"{day} 11:00 – ", "尚未接班"]
    ]
    assert sections["Filled in this shift, by gas and bay"].rows == [
        ["LPG", "1号秤", 1, 14_500, 0, 1, 1],
        ["LPG", "2号秤", 0, None, 0, 0, 0],
        ["合计", None, 1, 14_500, 0, 1, 1],
    ]
    assert sections["Refused, by reason"].rows == [
        ["R01", "无码、码不可读或无档案", 1],
        ["R07", "超期未检", 1],
        ["拒充合计", None, 2],
    ]
    assert [row[5] for row in sections["Unfinished bottles"].rows] == ["超装，待抽液", "充装中"]
    assert sections["Open items"].rows[0] == ["拒充或检查不合格、尚未处置", 1]


def test_a_bottle_taken_over_from_the_shift_before_is_handed_on(
    hall: Hall, at_noon: time_machine.Coordinates
) -> None:
    boss, other, device = owner(hall), colleague(hall), tablet(hall)
    duty_of(hall, device, hall.person.id, NOON - timedelta(hours=2), NOON)
    later = duty_of(hall, device, other, NOON, None)
    at_noon.move_to(NOON - timedelta(hours=1))
    begun = hall.scan(hall.bottle(serial="OPEN1").label_code or "", bay="1号秤").get_json()["fill_id"]
    with make.writing():
        fill = db.session.scalars(select(Fill).where(Fill.state == "open")).one()
        fill.device_id = device
    at_noon.move_to(NOON + timedelta(minutes=10))

    def left_open(**wanted: str) -> list[str]:
        tables = handover_sections(boss, words_of(boss, **wanted))
        (rows,) = (table.rows for table in tables if table.title == "Unfinished bottles")
        return [str(row[0]).split("　")[1] for row in rows]

    assert (left_open(duty=later), left_open(duty=later, bay="1号秤")) == (["OPEN1"], ["OPEN1"])
    assert left_open(duty=later, bay="2号秤") == []
    assert hall.result(begun, gross_g=31_000).status_code == 200
    assert left_open(duty=later) == []


def viewer_in(organisation_kind: OrganisationKind, role: Role, area: str = make.COUNTY) -> Viewer:
    return viewer_of(make.user(make.organisation(organisation_kind, area=area), role))


def test_whose_papers_one_may_print(hall: Hall, other: Hall) -> None:
    filled(hall, serial="of the hall")
    wanted = {"station": str(hall.station.id)}
    county = viewer_in(OrganisationKind.REGULATOR, Role.SUPERVISOR)
    assert len(rows_of(paper_of(county, DayPaper.FILL, **wanted))) == 1
    strangers = [
        owner(other),
        viewer_in(OrganisationKind.REGULATOR, Role.SUPERVISOR, make.ELSEWHERE),
        viewer_in(OrganisationKind.USE_UNIT, Role.SAFETY_OFFICER),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound):
            window_of(stranger, wanted)
    with pytest.raises(NotFound):  # a bureau says whose
        window_of(county, {})


def test_an_operator_hands_over_his_own_shift_only(hall: Hall) -> None:
    other, device = colleague(hall), tablet(hall)
    duty = duty_of(hall, device, hall.person.id, NOON - timedelta(hours=1), None)
    me = viewer_of(db.session.get_one(User, hall.person.id))
    own = window_of(me, {"duty": duty})
    only_own_handover(me, own, [DayPaper.HANDOVER])
    only_own_handover(owner(hall), window_of(me, {}), [DayPaper.HANDOVER])
    only_own_handover(me, window_of(me, {}), [DayPaper.FILL])
    for viewer, window in ((me, window_of(me, {})), (viewer_of(db.session.get_one(User, other)), own)):
        with pytest.raises(NotAllowed):
            only_own_handover(viewer, window, [DayPaper.HANDOVER])


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"on_from": "2026-02-30"}, "on_from"),
        ({"on_from": "2026-03-02", "on_until": "2026-03-01"}, "on_until"),
        ({"on_from": "2026-03-01", "on_until": "2026-04-01"}, "on_until"),
    ],
)
def test_days_that_are_none_or_too_many_are_refused(hall: Hall, wanted: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        window_of(owner(hall), wanted)
    assert set(refused.value.fields) == {field}
    month = window_of(owner(hall), {"on_from": "2026-03-01", "on_until": "2026-03-31"})
    assert (month.until - month.since).days == 30


def asked(settings: Settings, browser: FlaskClient, **form: str) -> tuple[Task, bytes]:
    """A paper asked for on its page, and the file that the jobs process makes of it."""
    task = task_made(settings, browser.post("/fills/papers", data={"paper": "fill", "format": "pdf", **form}))
    return task, store.path_of(task.file_sha256 or "").read_bytes()


def test_the_owner_takes_all_papers_as_one_pdf_with_rare_characters_named(
    hall: Hall, settings: Settings, signed_in: SignedIn
) -> None:
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER, name="王站长"))
    filled(hall, serial="某\ue000瓶")
    for number in range(25):
        filled(hall, own_number=f"自-{number}")
    task, content = asked(settings, boss, paper="all")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    titles = [page.split("\n")[0] for page in pages]
    assert titles == [
        "充装前检查记录",
        "充装前检查记录",
        "充装记录",
        "充装记录",
        "充装后检查记录",
        "充装后检查记录",
        "交接班表",
    ]
    assert ("第 2 页　共 2 页" in pages[1], "第 1 页　共 1 页" in pages[-1]) == (True, True)
    assert all("〓" in pages[place] for place in (0, 2, 4))
    assert "U+E000" in pages[0]
    assert "U+E000" in str(task.outcome["note"])
    assert task.file_name == f"当日全部记录 {clock.today()}.pdf"
    assert f"总计： 充装 26 只，净重 {26 * 14.5:.2f} kg" in pages[3]


def test_a_workbook_has_a_sheet_for_every_record_and_numbers_are_numbers(
    hall: Hall, settings: Settings, signed_in: SignedIn
) -> None:
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER))
    filled(hall)
    hall.scan("20458117")
    _task, content = asked(settings, boss, paper="all", format="xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names[:4] == ["充装前检查记录", "无码、无档案（R01）", "充装记录", "充装后检查记录"]
    rows = book.get_sheet_by_name("充装记录").to_python()
    names, row, total = rows[4], rows[5], rows[7]
    shown = dict(zip(names, row, strict=True))
    assert (shown["皮重 kg"], shown["总重 kg"], shown["净重 kg"], shown["充装员"]) == (
        16.5,
        31.0,
        14.5,
        "张三",
    )
    assert shown["下次检验"] == make.days(300)
    assert total[0] == "总计： 充装 1 只，净重 14.50 kg"
    before = dict(zip(*book.get_sheet_by_name("充装前检查记录").to_python()[4:6], strict=True))
    assert (before["P03"], before["P12"]) == ("√", "○")


def test_strangers_get_no_paper_and_no_page_of_it(hall: Hall, other: Hall, signed_in: SignedIn) -> None:
    form = {"paper": "fill", "format": "pdf", "station": str(hall.station.id)}
    rival = signed_in(make.user(other.station, Role.STATION_OWNER))
    assert rival.post("/fills/papers", data=form).status_code == 404
    assert rival.get(f"/fills/papers?station={hall.station.id}").status_code == 404
    operator = signed_in(make.user(hall.station, Role.OPERATOR))
    assert operator.post("/fills/papers", data={**form, "paper": "handover"}).status_code == 403
    unit = make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER)
    assert signed_in(unit).post("/fills/papers", data=form).status_code == 403


def test_the_page_offers_what_one_may_print(hall: Hall, signed_in: SignedIn) -> None:
    operator = colleague(hall)
    browser = signed_in(db.session.get_one(User, operator))
    assert "交接班表 PDF" not in browser.get("/fills/papers").get_data(as_text=True)
    duty_of(hall, tablet(hall), operator, NOON - timedelta(hours=1), None)
    page = " ".join(browser.get("/fills/papers").get_data(as_text=True).split())
    assert ("交接班表 PDF" in page, f"· 李四 {clock.today():%m-%d} 11:00" in page) == (True, True)
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER)).get("/fills/papers").get_data(as_text=True)
    assert ("交接班表 PDF" in boss, "当日全部记录 XLSX" in boss) == (True, True)
    county = signed_in(make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR))
    assert "请先选择充装站" in county.get("/fills/papers").get_data(as_text=True)
    chosen = county.get(f"/fills/papers?station={hall.station.id}").get_data(as_text=True)
    assert "交接班表 PDF" in chosen
    wrong = county.get(f"/fills/papers?station={hall.station.id}&on_from=2026-03-02&on_until=2026-03-01")
    assert "结束日期早于开始日期" in wrong.get_data(as_text=True)
