"""Papers for the registration authority: what stands on them, what stays blank, and who may print them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from equipment.core import clock
from equipment.core.config import Settings
from equipment.files import store
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.actions import change_status
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.registration import queries
from equipment.registration.rules import FormKind, FormPiece, FormUnit, RegistrationKind, gaps, status_word
from equipment.rules import actions as rules
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from jobs.runs import Jobs
from jobs.work import makers, works
from tests import make

LPG = {
    "variety": "lpg",
    "medium": "LPG",
    "model": "YSP35.5",
    "volume_ml": 35_500,
    "tare_g": 16_500,
    "working_pressure_kpa": 2_100,
    "edition": "gb5842_2006",
}
OXYGEN = {"variety": "seamless", "medium": "O2", "volume_ml": 40_000, "working_pressure_kpa": 15_000}
CNG = {
    "variety": "vehicle_cng",
    "medium": "CNG",
    "volume_ml": 80_000,
    "working_pressure_kpa": 20_000,
    "standard": "GB 17258-2011",
    "vehicle_plate": "甘D12345",
    "vehicle_vin": "1M8GDM9AXKP042788",
    "installer": "银光改装厂",
    "installation_inspector": "白银市特检所",
}
Sign = Callable[[User], FlaskClient]
PIECE = FormPiece(
    *("焊接", "液化石油气钢瓶", "in_use", "瓶10甘D0001", "23106204002020", "库房", "A1", "1号", "液化石油气", "江苏民生"),
    *(date(2020, 1, 1), date(2020, 2, 1), 2.1, 35.5, date(2024, 1, 1), date(2028, 1, 31), True),
    *("GB 5842-2006", "甘D12345", "VIN", "安装厂", "特检所", "超过设计使用年限"),
)  # fmt: skip
UNIT = FormUnit("站", "91620400MA", "人民路1号", "0943", "李安全", "139", "站", "0943")


@pytest.fixture
def station(app: Flask) -> Organisation:
    return make.station(
        "白银一站", credit_code="91620400MA7XXXXX01", address="人民路1号", phone="0943-8221234"
    )


@pytest.fixture
def owner(station: Organisation) -> User:
    make.user(station, Role.SAFETY_OFFICER, name="李安全", certificate="A")
    return make.user(station, Role.STATION_OWNER)


def bottle(owner: User, serial: str, details: dict[str, object] = LPG, **more: object) -> Equipment:
    stated = {"serial": serial, "medium": str(details["medium"]), "maker": "江苏民生", "details": details}
    return make.equipment("cylinder", owner_id=owner.organisation_id, **{**stated, **more})


def made(
    settings: Settings, browser: FlaskClient, address: str, ids: Sequence[UUID] = (), **typed: str
) -> bytes:
    """The file that a press of the button leads to."""
    sent = browser.post(address, data={"id": [str(key) for key in ids], **typed})
    assert sent.status_code == 302, sent.text
    assert Runner("test", makers(works(JobsProcess(settings, "test")), Jobs("test", {}))).run_one()
    db.session.rollback()
    key = UUID(sent.location.rsplit("/", 1)[1])
    task = db.session.query(Task).populate_existing().filter_by(id=key).one()
    assert task.file_sha256 is not None, (task.message, task.outcome)
    return store.path_of(task.file_sha256).read_bytes()


def pages_of(content: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def rows_of(content: bytes) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]


def test_the_lot_has_its_form_and_its_list_of_thirteen_columns(
    settings: Settings, owner: User, signed_in: Sign
) -> None:
    browser = signed_in(owner)
    bottle(
        owner,
        "A100",
        own_number="1号",
        made_on=date(2021, 3, 1),
        last_inspected_on=date(2025, 3, 5),
        inspection_due_on=date(2029, 3, 31),
        code="JJPF5RTPMVDE1BQ",
    )
    for number in range(2):
        bottle(owner, f"B20{number}", OXYGEN)
    bottle(owner, "车1", CNG)
    form, listed = pages_of(made(settings, browser, "/registration/lot?category=cylinder", kind="first_use"))
    for text in (
        "特种设备使用登记表（气瓶）",
        "☑新设备首次启用□停用后启用",
        "□达到设计使用年限",
        "气瓶（2300）",
        "无缝气瓶（2）、焊接气瓶（1）",
        "气瓶数量（只）3",
        "白银一站",
        "91620400MA7XXXXX01",
        "0943-8221234",
        "李安全",
        "样式未核实",
    ):
        assert text in form, (text, form)
    assert "气瓶基本信息汇总表" in listed
    assert "车1" not in listed  # a vehicle has a form of its own
    book = rows_of(
        made(settings, browser, "/registration/lot?category=cylinder", kind="first_use", format="xlsx")
    )
    heads, rows = book[3], {row[2]: row for row in book[4:7]}
    assert heads == [
        *("序号", "设备品种", "产品编号", "充装介质", "制造单位", "制造年月", "公称工作压力（MPa）", "容积（L）"),
        *("最近检验日期", "下次检验日期", "单位内编号", "变更或停用情况", "信息化管理情况"),
    ]  # fmt: skip
    assert rows["A100"][1:] == [
        *("焊接", "A100", "液化石油气", "江苏民生", "2021-03", 2.1, 35.5, date(2025, 3, 5), date(2029, 3, 31)),
        *("1号", "新增", "已赋码管理"),
    ]  # fmt: skip
    assert rows["B200"][1:5] == ["无缝", "B200", "氧", "江苏民生"]
    assert rows["B200"][8:] == ["", "", "", "新增", "已建档，未赋码"]
    assert "A100" in listed


def test_each_vehicle_has_a_form_with_plate_vin_and_the_standard_of_its_cylinders(
    settings: Settings, owner: User, signed_in: Sign
) -> None:
    for serial, plate in (("V1", "甘D12345"), ("V2", "甘D12345"), ("V3", "甘D99999")):
        bottle(owner, serial, {**CNG, "vehicle_plate": plate}, in_use_since=date(2024, 5, 6))
    bottle(owner, "A1")
    first, second = pages_of(
        made(settings, signed_in(owner), "/registration/vehicle?category=cylinder", kind="transfer")
    )
    for text in (
        "特种设备使用登记表（车用气瓶）",
        "☑过户",
        "车牌号甘D12345车辆VIN码1M8GDM9AXKP042788",
        "施工单位银光改装厂监督检验机构白银市特检所",
        "公称工作压力（MPa）20",
        "容积（L）80",
        "投入使用日期2024-05-06",
        "气瓶数量（只）2",
        "GB17258-2011",
        "V1",
        "V2",
    ):
        assert text in first, (text, first)
    assert "甘D99999" in second
    assert "V3" in second
    assert "A1" not in first + second


def test_what_ends_keeps_the_reason_that_was_entered_then(
    settings: Settings, owner: User, signed_in: Sign
) -> None:
    browser = signed_in(owner)
    told, silent = bottle(owner, "A1", address="东库"), bottle(owner, "A2")
    number = {"shown": "瓶10甘D0001", "kind": IdentifierKind.CERTIFICATE_NO, "value": "瓶10甘D0001"}
    with make.writing():
        db.session.add(Identifier(equipment_id=told.id, issued_at=clock.now(), **number))
    with db.transaction():
        piece, by = db.session.get_one(Equipment, told.id), viewer_of(db.session.get_one(User, owner.id))
        change_status(piece, EquipmentStatus.STOPPED, reason="长期停用", by=by)
        change_status(piece, EquipmentStatus.IN_USE, reason="", by=by)
        change_status(piece, EquipmentStatus.STOPPED, reason="瓶阀损坏", by=by)
    ids = [told.id, silent.id]
    page = browser.post("/registration", data={"id": [str(key) for key in ids]}).text
    assert "1 只（台）在变更状态时已填写原因" in page
    assert '<option value="瓶阀损坏">' in page
    (paper,) = pages_of(
        made(settings, browser, "/registration/end", ids, kind="stopped", reason="停业", manager="")
    )
    for text in (
        "特种设备停用报废注销登记表",
        "☑停用□报废□注销",
        "数量（台、只）：2",
        "产权单位：白银一站",
        "样式未核实",
    ):
        assert text in paper, (text, paper)
    rows = rows_of(
        made(settings, browser, "/registration/end", ids, kind="stopped", reason="停业", format="xlsx")
    )
    heads = ["序号", "设备品种", "使用登记证编号", "设备代码", "使用地点", "产品编号", "原因"]
    start = rows.index(heads) + 1
    assert rows[start : start + 2] == [
        [1.0, "焊接", "瓶10甘D0001", "", "东库", "A1", "瓶阀损坏"],
        [2.0, "焊接", "", "", "", "A2", "停业"],
    ]


@pytest.mark.parametrize(
    ("form", "unit", "lacks", "expected"),
    [
        (FormKind.LOT, UNIT, {}, [("Postcode", 0)]),  # it is kept nowhere
        (FormKind.END, UNIT, {}, []),
        (FormKind.VEHICLE, UNIT, {}, [("Postcode", 0)]),
        (FormKind.LOT, UNIT, {"maker": "", "made_on": None}, [("Postcode", 0), ("Maker of the cylinder", 2), ("Month of manufacture", 2)]),
        (FormKind.LOT, UNIT, {"plate": "", "vin": ""}, [("Postcode", 0)]),  # not asked there
        (FormKind.VEHICLE, UNIT, {"vin": "", "standard": ""}, [("Postcode", 0), ("Standard made to", 2), ("VIN of the vehicle", 2)]),
        (FormKind.END, UNIT, {"reason": "", "certificate": ""}, [("Registration certificate no.", 2), ("Reason (form)", 2)]),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_named(
    form: FormKind, unit: FormUnit, lacks: dict[str, object], expected: list[tuple[str, int]]
) -> None:
    assert gaps(form, unit, [replace(PIECE, **lacks)] * 2) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        (RegistrationKind.FIRST_USE, "in_use", "added"),
        (RegistrationKind.FIRST_USE, "not_yet", "added"),
        (RegistrationKind.TRANSFER, "in_use", ""),
        (RegistrationKind.TRANSFER, "stopped", "stopped"),
        (RegistrationKind.FIRST_USE, "scrapped", "scrapped (list)"),
        (RegistrationKind.LIFE_REACHED, "cancelled", "cancelled"),
    ],
)
def test_what_the_list_says_of_a_cylinder(kind: RegistrationKind, status: str, word: str) -> None:
    assert status_word(kind, status) == word


def test_the_page_says_what_stays_blank_and_a_form_is_of_one_unit(owner: User, signed_in: Sign) -> None:
    bottle(owner, "A1", maker="")
    page = signed_in(owner).get("/registration?category=cylinder").text
    assert "档案里没有、留空手填的内容" in page
    assert "制造单位 1只（台）" in page
    assert "李安全" in page
    other = make.user(make.station("别家"), Role.STATION_OWNER)
    bottle(other, "C1")
    bureau = make.user(
        make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR, area=make.CITY
    )
    page = signed_in(bureau).get("/registration?category=cylinder").text
    assert "一张表只填一个使用单位" in page
    assert "生成PDF" not in page
    assert "生成PDF" in signed_in(bureau).get(f"/registration?owner={other.organisation_id}").text


def test_nobody_hands_in_what_is_not_his(settings: Settings, owner: User, signed_in: Sign) -> None:
    mine = bottle(owner, "A1")
    stranger = make.user(make.station("别家"), Role.STATION_OWNER)
    lift = make.organisation(OrganisationKind.FIRM)
    maintained = bottle(owner, "A2", maintenance_firm_id=lift.id)
    firm = make.user(lift, Role.FIRM_MANAGER)
    ids = [mine.id, maintained.id]
    page = signed_in(stranger).post("/registration", data={"id": [str(key) for key in ids]})
    assert (page.status_code, "没有可办理登记的设备" in page.text) == (200, True)
    assert "李安全" not in page.text
    for who in (stranger, firm):  # the firm sees what it maintains
        viewer = viewer_of(db.session.get_one(User, who.id))
        assert queries.how_many(queries.chosen(viewer, {}, ids)) == 0
    assert signed_in(firm).get("/registration").status_code == 403


def test_a_manager_of_another_unit_is_not_named(settings: Settings, owner: User, signed_in: Sign) -> None:
    piece = bottle(owner, "A1")
    foreign = make.user(make.station("别家"), Role.SAFETY_OFFICER, name="外人")
    form, _listed = pages_of(
        made(
            settings,
            signed_in(owner),
            "/registration/lot",
            [piece.id],
            kind="first_use",
            manager=str(foreign.id),
        )
    )
    assert "外人" not in form


def test_the_foot_is_gone_once_the_bureau_has_confirmed(
    settings: Settings, owner: User, signed_in: Sign
) -> None:
    piece = bottle(owner, "A1")
    bureau = make.user(
        make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR, area=make.CITY
    )
    with db.transaction():
        by = viewer_of(db.session.get_one(User, bureau.id))
        rules.choose("registration_forms", clock.today(), {"value": "confirmed"}, by=by)
    text = "".join(
        pages_of(made(settings, signed_in(owner), "/registration/lot", [piece.id], kind="first_use"))
    )
    assert "样式未核实" not in text
    assert "样式未核实" not in signed_in(owner).get("/registration").text


def test_two_thousand_bottles_are_on_the_list_each_once(
    app: Flask, settings: Settings, owner: User, signed_in: Sign
) -> None:
    serials = [f"N{number:05}" for number in range(2_000)]
    with make.writing():
        plain = {"category": "cylinder", "status": EquipmentStatus.IN_USE, "area": make.TOWNSHIP}
        at = {"created_at": clock.now(), "updated_at": clock.now()}
        db.session.add_all(
            Equipment(serial=serial, owner_id=owner.organisation_id, details=LPG, medium="LPG", **plain, **at)
            for serial in serials
        )
    pages = pages_of(made(settings, signed_in(owner), "/registration/lot", kind="first_use"))
    whole = "".join(pages[1:])
    assert [serial for serial in serials if whole.count(serial) != 1] == []
    assert f"第{len(pages) - 1}页" in pages[-1]
