"""Workbooks that are entered as they stand (instruments, people, calls) have one course: checked, shown with reasons,
entered once, with a workbook of the result and a template."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.calls import work as call_work
from equipment.core.config import Settings
from equipment.imports.instrument_work import INSTRUMENT_MAKERS
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.roster import work as roster_work
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED
from tests import make
from tests.imports.conftest import at_work

Sign = Callable[[User], FlaskClient]


@dataclass(frozen=True)
class Sample:
    """A file with one good row and one that is refused, and what its page says of them."""

    address: str
    organisation: OrganisationKind
    role: Role
    text: str
    rows: tuple[str, str]
    button: str


SAMPLES = {
    "instruments": Sample(
        "/instruments/import",
        OrganisationKind.USE_UNIT,
        Role.SAFETY_OFFICER,
        "器具种类,名称,编号\n压力表,锅炉压力表,Y-7\n水表,水表,Y-8\n",
        (
            "2 银杏 锅炉压力表 Y-7 — 将导入 —",
            "3 银杏 水表 Y-8 — 不予导入 器具种类 : “水表”不是计量器具种类；请从模板的下拉列表中选择",
        ),
        "登记无误的行",
    ),
    "roster": Sample(
        "/people/roster",
        OrganisationKind.FIRM,
        Role.FIRM_MANAGER,
        "姓名,手机号码,角色\n钱师傅,13800000001,维保人员\n李师傅,1380000,维保人员\n",
        ("2 钱师傅 银杏 13800000001 将导入 —", "3 李师傅 银杏 — 不予导入 手机号 : 这不是手机号码。"),
        "添加 1 人",
    ),
    "calls": Sample(
        "/rescue/calls/import",
        OrganisationKind.CENTRE,
        Role.CALL_TAKER,
        "工单号,接警时间,地址,救援识别码\nA1,2026-11-03 08:15,人民路12号,620009\nA2,昨天,人民路12号,\n",
        (
            "2 A1 2026-11-03 08:15 620009 将录入，请核对 电梯 : 辖区内没有编号为“620009”的电梯：先录入，电梯待确认",
            "3 A2 昨天 人民路12号 未导入 接警时间 : “昨天”不是日期加时间，例如 2026-11-03 08:15",
        ),
        "录入1条",
    ),
}


def upload(browser: FlaskClient, address: str, text: str) -> Any:
    file = (BytesIO(text.encode()), "列表.csv")
    return browser.post(address, data={"file": file}, content_type="multipart/form-data")


def ended(address: str) -> str:
    """The address of a task's page, once its work has ended."""
    task = select(Task).where(Task.id == UUID(address.rsplit("/", 1)[1]))
    for _ in range(600):
        db.session.rollback()
        if db.session.scalars(task.execution_options(populate_existing=True)).one().state in ENDED:
            return address
        time.sleep(0.05)
    raise AssertionError("the work did not end")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_is_checked_shown_with_its_reasons_and_entered_once(
    app: Flask, settings: Settings, signed_in: Sign, name: str
) -> None:
    sample = SAMPLES[name]
    organisation = make.organisation(sample.organisation, "银杏")
    browser, colleague = (signed_in(make.user(organisation, sample.role)) for _ in range(2))
    process = JobsProcess(settings, "test")
    makers = {**INSTRUMENT_MAKERS, **call_work.work(process).makers, **roster_work.work(process).makers}
    assert browser.post(sample.address, data={}).status_code == 422
    assert upload(browser, sample.address, "").status_code == 422
    page = upload(browser, sample.address, sample.text).location
    watching = {"HX-Request": "true", "HX-Target": f"{name}-now"}
    assert f'hx-select="#{name}-now"' in browser.get(page, headers=watching).text
    assert (browser.post(f"{page}/run").status_code, browser.get(f"{page}/result").status_code) == (409, 404)
    with at_work(app, makers):
        ended(page)
        assert browser.get(page, headers=watching).headers["HX-Redirect"] == page
        shown = words(browser.get(page).text)
        assert [row in shown for row in (*sample.rows, sample.button)] == [True] * 3, shown
        with browser.get(f"{page}/result") as book:
            assert book.data[:2] == b"PK"
        assert [colleague.get(page).status_code, colleague.post(f"{page}/run").status_code] == [404, 404]
        entered = ended(browser.post(f"{page}/run").location)
        assert browser.post(f"{page}/run").location == entered
        assert sample.button not in words(browser.get(entered).text)
        assert browser.post(f"{entered}/run").status_code == 404
        with browser.post(f"{sample.address}/template") as book:
            assert book.data[:2] == b"PK"


def test_calls_matched_again_are_entered_by_a_task_of_their_own_and_the_page_says_how_many_it_leaves_out(
    app: Flask, settings: Settings, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_work, "SHOWN", 1)
    sample = SAMPLES["calls"]
    browser = signed_in(make.user(make.organisation(sample.organisation, "银杏"), sample.role))
    with at_work(app, call_work.work(JobsProcess(settings, "test")).makers):
        first = ended(upload(browser, sample.address, sample.text).location)
        assert "另有 1 条" in words(browser.get(first).text)
        entered = ended(browser.post(f"{first}/run").location)
        columns = {f"column-{place}": key for place, key in enumerate(("number", "called_at", "address", ""))}
        again = ended(browser.post(f"{first}/columns", data=columns).location)
        assert ended(browser.post(f"{again}/run").location) != entered
