"""电梯维护保养记录 on paper: what stands on it, on how many pages, and that strangers get none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from equipment.core import clock
from equipment.core.config import Settings
from equipment.files import store
from equipment.maintenance import disputes, records, signatures, voiding
from equipment.maintenance.models import Visit
from equipment.maintenance.paper_printing import RecordPictures, readings_of, record_paper
from equipment.maintenance.record_facts import MonthOf, month_visits, record_facts
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import ItemAnswer
from equipment.people.models import Paper, User
from equipment.people.rules import OrganisationKind, PaperKind, Role
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import IdentifierKind
from equipment.regulation.checklists import checklist
from equipment.regulation.planning import DueKind
from equipment.storage import db
from equipment.tasks.models import Task
from equipment.tasks.pictures import made_small
from equipment.tasks.ruled import RuledPaper
from equipment.tasks.ruled_pages import RuledPage, ruled_pages
from equipment.web.language import translate
from tests import make
from tests.exports import task_made
from tests.maintenance.place import Place, place
from tests.maintenance.test_pages import opened, picture
from tests.maintenance.test_signing import on_site
from tests.maintenance.test_visits import NINE, act, enter, paper, phone, whole_visit

Browser = Callable[[User], FlaskClient]
ZH = "zh_Hans_CN"
SAY = partial(translate, locale=ZH)
PICTURE = "data:image/png;base64,AAAA"


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def composed(app: Flask, visit: Visit, **more: Any) -> tuple[RuledPaper, list[RuledPage]]:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        facts = record_facts([visit])[0]
        digests = {file.sha256: PICTURE for file in (*facts.signatures, *facts.attachments)}
        printed = record_paper(facts, RecordPictures(digests, PICTURE), SAY, **more)
        return printed, ruled_pages(printed, SAY)


def text_of(printed: RuledPaper, pages: list[RuledPage]) -> str:
    """Everything that stands on it, without blanks."""
    lines = [line for page in pages for texts in page.texts for line in texts]
    return re.sub(r"\s", "", "".join([*printed.about, *lines, *printed.notes, printed.foot]))


def pdf_of(settings: Settings, browser: FlaskClient, url: str, **data: str) -> tuple[Task, PdfReader]:
    task = task_made(settings, browser.post(url, data=data))
    assert task.file_sha256
    return task, PdfReader(io.BytesIO(store.path_of(task.file_sha256).read_bytes()))


def printed_text(reader: PdfReader) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))


def test_a_record_says_what_articles_7_and_8_ask_for(at: Place, app: Flask) -> None:
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        lift.details = {"catalogue": "3110", "drive": "traction", "load_kg": 1000, "floors": 18}
        for kind, number in (
            (IdentifierKind.EQUIPMENT_CODE, "31106200120160008"),
            (IdentifierKind.CERTIFICATE_NO, "梯11甘D00008(16)"),
        ):
            of_lift = {"equipment_id": at.lift.id, "kind": kind, "value": number, "shown": number}
            db.session.add(Identifier(**of_lift, issued_at=clock.now()))
        licence = {"kind": PaperKind.MAINTENANCE_LICENCE, "number": "TS3362001-2029", "covers": ["T"]}
        days = {"valid_from": make.days(-400), "valid_until": make.days(400)}
        db.session.add(Paper(organisation_id=at.firm.id, **licence, **days))
    whole_visit(at, A_1_14=(ItemAnswer.ABNORMAL, "压板松动"))
    act(at, signatures.sign, at.safe, Signature())
    visit = at.visit()
    text = text_of(*composed(app, visit))
    month = f"{clock.site_day(NINE):%Y%m}"
    for stated in (
        f"WB-{month}-00001",
        "测试维保公司",
        "TS3362001-2029",
        "测试物业",
        "31106200120160008",
        "梯11甘D00008(16)",
        "曳引驱动",
        "半月维保（附件A·31项）",
        "09:00",
        "09:45（45分钟）",
        "A-1-29",
        "层门锁紧元件啮合长度：不小于7mm",
        "压板松动",
        "待确认",
        "本梯无此装置",
        "安师傅",
        "卜师傅",
        "本人登录签到",
        "安全员",
        "已签字（本单位账号）",
        "√正常",
        "至少保存至",
        "留痕第",
    ):
        assert re.sub(r"\s", "", stated) in text, stated


@pytest.mark.parametrize(
    ("duty", "pages"),
    [
        (DueKind.VISIT_HALF_MONTH, 1),
        (DueKind.VISIT_QUARTER, 2),
        (DueKind.VISIT_HALF_YEAR, 2),
        (DueKind.VISIT_YEAR, 2),
    ],
)
@pytest.mark.parametrize("annex", ["A", "B", "C", "D"])
def test_a_half_monthly_record_is_one_page_and_no_class_more_than_two(
    at: Place, app: Flask, duty: DueKind, pages: int, annex: str
) -> None:
    whole_visit(at)
    on_site(at)
    visit = at.visit()
    db.session.expunge(visit)
    visit.duty, visit.annex = duty, annex
    items = checklist(annex, duty)
    visit.answers = {item.code: {"answer": "ok", "readings": {"value": "7.5 mm"}} for item in items[::3]}
    printed, composed_pages = composed(app, visit)
    assert len(composed_pages) <= pages
    text = text_of(printed, composed_pages)
    assert [item.code for item in items if item.code not in text] == []
    assert "7.5mm" in text
    assert [page.number for page in composed_pages if page.pictures] == [len(composed_pages)]


def test_readings_are_left_out_where_there_are_none() -> None:
    assert readings_of({"answer": "ok"}) == []
    stored: Any = {"answer": "ok", "readings": {"gap": "8.2 mm", "other": ""}}
    assert readings_of(stored) == ["8.2 mm"]


def test_a_record_that_is_not_worth_its_word_says_so_at_its_head(at: Place, app: Flask) -> None:
    whole_visit(at)
    unsigned = text_of(*composed(app, at.visit()))
    assert "尚未签字" in unsigned
    act(at, disputes.dispute, at.safe, "没来")
    assert "使用单位有异议：没来" in text_of(*composed(app, at.visit()))
    act(at, voiding.take_back, at.boss, "记错电梯")
    assert "已作废：记错电梯" in text_of(*composed(app, at.visit()))


def test_a_correction_and_what_it_corrects_name_each_other(at: Place, app: Flask) -> None:
    whole_visit(at)
    act(at, signatures.sign, at.safe, Signature())
    act(at, records.correct, at.boss, "写错项目")
    before, after = sorted(at.visits(), key=lambda visit: visit.number)
    assert before.number[:-1] == after.number[:-1] != ""
    assert f"已更正：以记录{after.number}为准" in text_of(*composed(app, before))
    assert f"更正记录{before.number}：写错项目" in text_of(*composed(app, after))


def test_what_came_from_paper_is_no_swipe(at: Place, app: Flask) -> None:
    enter(at, paper(at))
    text = text_of(*composed(app, at.visit()))
    assert ("纸质记录补录，无刷卡：停电" in text, text.count("纸质记录补录")) == (True, 3)


def test_the_paper_is_drawn_with_its_photos_signature_and_a_symbol_of_its_page(
    at: Place, app: Flask, settings: Settings, signed_in: Browser
) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        url = opened(at, signed_in(at.anna))
        for number, colour in enumerate(("red", "blue", "green"), 1):
            sent = {"code": f"A-1-0{number}", "photo": (picture((900, 700), colour=colour), "a.jpg")}
            assert signed_in(at.anna).post(f"{url}/photo", data=sent).status_code == 200
    phone(at, at.anna, clock.now())
    on_site(at)
    task, reader = pdf_of(settings, signed_in(at.safe), f"{url}/print")
    assert (task.file_name, len(reader.pages)) == (f"电梯维护保养记录 {at.visit().number}.pdf", 2)
    text = printed_text(reader)
    for stated in ("附：照片", "第1页共2页", "现场签名"):
        assert stated in text, stated
    assert [text.count(f"A-1-0{number}") for number in (1, 2, 3, 4)] == [2, 2, 2, 1]
    assert [len(page.images) for page in reader.pages] == [2, 4]  # symbol and signature; symbol and photos
    symbol = min(reader.pages[1].images, key=lambda image: image.image.width if image.image else 0).image
    assert symbol is not None
    assert decoded(symbol) == f"{settings.public_url.rstrip('/')}{url}"


def test_a_month_of_a_lift_stands_behind_its_list(at: Place, settings: Settings, signed_in: Browser) -> None:
    whole_visit(at)
    month = f"{clock.site_day(NINE):%Y-%m}"
    _task, reader = pdf_of(settings, signed_in(at.boss), "/visits/month", lift=str(at.lift.id), month=month)
    text = printed_text(reader)
    number = at.visit().number
    assert (len(reader.pages), text.count(number), "1份记录，其中1份计入" in text) == (2, 2, True)
    _task, of_unit = pdf_of(settings, signed_in(at.safe), "/visits/month", unit=str(at.unit.id), month=month)
    assert (len(of_unit.pages), number in printed_text(of_unit)) == (2, True)


@pytest.mark.parametrize(
    ("month", "said"), [("2001-01", "该月没有维保记录"), ("", "请选择月份"), ("2026-13", "请按")]
)
def test_a_month_without_records_says_so(at: Place, signed_in: Browser, month: str, said: str) -> None:
    answer = signed_in(at.boss).post("/visits/month", data={"lift": str(at.lift.id), "month": month})
    assert (answer.status_code, said in answer.text) == (422, True)


def test_strangers_print_nothing(at: Place, signed_in: Browser) -> None:
    url = f"/visits/{at.lift.id}/{whole_visit(at).id}"
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER)
    browser, month = signed_in(stranger), f"{clock.site_day(NINE):%Y-%m}"
    assert browser.post(f"{url}/print").status_code == 404
    assert browser.post("/visits/month", data={"lift": str(at.lift.id), "month": month}).status_code == 422
    assert browser.post("/visits/month", data={"unit": str(at.unit.id), "month": month}).status_code == 422
    assert db.session.query(Task).count() == 0


def test_a_month_leaves_out_what_was_opened_by_mistake(at: Place) -> None:
    phone(at, at.anna, NINE)
    act(at, voiding.take_back, at.boss, "误开", when=NINE + timedelta(minutes=1))
    visits = month_visits(at.viewer(at.boss), MonthOf.LIFT, at.lift.id, clock.site_day(NINE))
    assert db.session.scalars(visits).all() == []


def test_pictures_are_made_small_whatever_they_are(tmp_path: Any) -> None:
    for name, kind in (("a", "JPEG"), ("b", "PNG"), ("c", "WEBP")):
        (tmp_path / name).write_bytes(picture((1600, 1200), kind).getvalue())
    addresses = made_small([str(tmp_path / name) for name in "abc"])
    assert [address.startswith("data:image/jpeg;base64,") for address in addresses] == [True] * 3
    assert max(map(len, addresses)) < 60_000


def test_a_lift_whose_items_the_firm_sets_has_a_paper_too(at: Place, app: Flask) -> None:
    visit = whole_visit(at)
    db.session.expunge(visit)
    visit.annex, visit.answers, visit.remark = "", {}, "按厂家手册逐项检查"
    text = text_of(*composed(app, visit))
    assert ("本梯的维保项目由维保单位按制造单位要求制定" in text, "按厂家手册逐项检查" in text) == (
        True,
        True,
    )


def decoded(symbol: Any) -> str:
    (one,) = zxingcpp.read_barcodes(symbol.convert("L").resize((symbol.width * 4, symbol.height * 4)))
    return str(one.text)
