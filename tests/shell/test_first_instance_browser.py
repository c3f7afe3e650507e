"""A city's first day, played in a real Chromium on a fresh instance: from the one-time link to the first printed label."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Download, Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import ROOT, free_port, wait_until_well

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

WINDOWS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
MOBILE, PASSWORD = "13900000001", "Bottle-2026-list"
FIRM, UNIT, STATION = "云杉电梯维保有限公司", "双溪物业有限公司", "松果充装站"
PEOPLE = (
    "单位,姓名,手机号,角色,辖区,作业项目代号,证书编号,证书有效期自,证书有效期至\n"
    f"{STATION},孙站长,13800000002,充装单位负责人、充装员,,P,6204001,2024-03-01,2029-02\n"
    f"{UNIT},李安全,13800000003,使用单位安全员,,,,,\n"
    "没有这家单位,无名,13800000004,充装员,,,,,\n"
    "白银市市场监督管理局,吴监察,13800000005,监察员,靖远县,,,,\n"
)
LIFTS = (
    "设备类别,设备代码,产品编号,制造单位,制造日期,使用单位,单位内编号,所属辖区,登记日期,使用状态,维保单位,上次检验日期,下次检验日期,驱动方式\n"
    f"曳引驱动乘客电梯,31103620420190001,19-00001,示例电梯有限公司,2019-05,{UNIT},1#,白银区,2019-09-20,在用,{FIRM},2026-09-10,2027-09,曳引\n"
)


class Instance(NamedTuple):
    """A server that nobody has set up yet: where it answers, and its one-time link."""

    address: str
    link: str


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder, port = tmp_path_factory.mktemp("city"), free_port()
    log = folder / "log.txt"
    env = {
        **os.environ,
        "INSTANCE": str(folder / "instance"),
        "DATABASE_URL": "",
        "PUBLIC_URL": "https://tz.test.cn",
    }
    command = [sys.executable, "-m", "equipment.shell.serve", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_well(address + "/healthz", server, 240)
            link = re.search(r"/setup/\S+", log.read_text())
            assert link is not None
            yield Instance(address, address + link[0])
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def save(page: Page, **fields: str) -> None:
    """Fill in the form of the page and send it."""
    for name, text in fields.items():
        page.fill(f"main [name={name}]", text)
    page.click("main form button[type=submit]")
    page.wait_for_load_state()


def next_step(page: Page, address: str, label: str) -> None:
    """Follow the next step of the checklist, which is to be this one."""
    page.goto(address + "/")
    button = page.locator(".first-steps .btn-primary")
    expect(button).to_have_text(label)
    button.click()
    page.wait_for_load_state()


def done_steps(page: Page, address: str) -> list[str]:
    page.goto(address + "/")
    return page.locator(".first-step.is-done strong").all_inner_texts()


def handed_out(page: Page, button: Locator) -> Path:
    """The file behind a button: at once, or from the page of the work where that takes longer."""
    files: list[Download] = []

    def note(download: Download) -> None:
        files.append(download)

    page.on("download", note)
    button.click()
    for _ in range(600):
        if files:
            break
        if (link := page.get_by_role("link", name="下载")).count():
            link.first.click()
        page.wait_for_timeout(200)
    page.remove_listener("download", note)
    return Path(files[0].path())


def add_person(page: Page, name: str, mobile: str, role: str, area: str) -> str:
    """Fill in the form of a new person; the one-time password that is shown."""
    page.get_by_label(role).check()
    page.select_option("[name=area]", area)
    save(page, name=name, mobile=mobile)
    return page.locator(".secret code").inner_text()


def upload(page: Page, name: str, text: str, button: str) -> None:
    page.set_input_files(
        "main [name=file]", {"name": name, "mimeType": "text/csv", "buffer": text.encode("gb18030")}
    )
    page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("window", sorted(WINDOWS))
def test_a_city_begins_with_nothing_and_ends_with_a_label_on_a_lift(
    fresh: Instance, browser: Browser, window: str
) -> None:
    context = browser.new_context(viewport=WINDOWS[window], locale="zh-CN", is_mobile=window == "phone")  # type: ignore[arg-type]
    page, faults = context.new_page(), list[str]()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    page.goto(fresh.link)
    save(page, name="王工", mobile=MOBILE, new_password=PASSWORD, again=PASSWORD)
    expect(page.locator(".first-step")).to_have_count(8)
    assert done_steps(page, fresh.address) == ["本系统访问地址"]
    assert page.locator(".figure").count() == 0

    next_step(page, fresh.address, "添加辖区")
    page.fill("[name=rows]", "620402,白银区\n620402001,人民路街道\n620421,靖远县")
    page.click("#load button[type=submit]")
    expect(page.locator("main")).to_contain_text("靖远县")

    next_step(page, fresh.address, "新增单位")
    for name, kind in ((FIRM, "维保单位"), (UNIT, "使用单位"), (STATION, "充装单位")):
        page.goto(fresh.address + "/organisations/new")
        page.select_option("[name=kind]", label=kind)
        page.select_option("[name=area]", "620402")
        save(page, name=name)
        expect(page.locator("h1")).to_have_text(name)

    page.goto(fresh.address + "/people/new")
    page.fill("[name=organisation]", FIRM)
    page.get_by_role("button", name="继续").click()
    password = add_person(page, "钱师傅", "13800000001", "维保人员", "620402")
    technician = browser.new_context(locale="zh-CN").new_page()
    technician.goto(fresh.address + "/sign-in")
    save(technician, mobile="13800000001", password=password)
    assert technician.url.endswith("/me/password")  # it is good once
    technician.context.close()

    page.goto(fresh.address + "/people/roster")
    template = CalamineWorkbook.from_path(handed_out(page, page.get_by_role("button", name="人员名单")))
    assert template.get_sheet_by_index(0).to_python()[0][1:4] == ["单位", "姓名*", "手机号*"]
    page.goto(fresh.address + "/people/roster")
    upload(page, "人员.csv", PEOPLE, "上传并检查")
    expect(page.locator("main")).to_contain_text("没有名为“没有这家单位”的在册单位")
    page.get_by_role("button", name="添加 3 人").click()
    taking = page.get_by_role("button", name="领取一次性密码清单")
    expect(taking).to_be_visible()
    book = CalamineWorkbook.from_path(handed_out(page, taking)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in book if row[2].startswith("138")] == ["孙站长", "李安全", "吴监察"]

    next_step(page, fresh.address, "添加监察员")
    add_person(page, "周监察", "13800000006", "监察员", "620402")

    next_step(page, fresh.address, "导入")
    page.select_option("[name=category]", "elevator")
    upload(page, "电梯.csv", LIFTS, "上传并查看")
    page.get_by_role("button", name="逐行检查").click()
    page.get_by_role("button", name="导入 1 台").click()
    expect(page.locator(".head-pre")).to_contain_text("已导入")

    next_step(page, fresh.address, "选择设备")
    page.locator("tbody [name=id]").check()
    page.get_by_role("button", name="打印标签").click()
    link = page.get_by_role("link", name="下载")
    expect(link).to_be_visible(timeout=120_000)
    pdf = page.request.get(fresh.address + str(link.get_attribute("href"))).body()
    image = pypdfium2.PdfDocument(BytesIO(pdf))[0].render(scale=150 / 72).to_pil()
    codes = [each.text for each in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]
    assert len(codes) == 1
    assert codes[0].startswith("HTTPS://TZ.TEST.CN/T/")
    stranger = browser.new_context(locale="zh-CN").new_page()
    stranger.goto(fresh.address + codes[0].removeprefix("HTTPS://TZ.TEST.CN"))
    expect(stranger.locator("body")).to_contain_text(FIRM)
    stranger.context.close()

    assert done_steps(page, fresh.address) == [
        "辖区",
        "单位",
        "人员",
        "各县区有监察员",
        "首批设备",
        "本系统访问地址",
        "首批标签",
    ]
    expect(page.locator(".figure").first).to_be_visible()  # figures beside the page come after it
    page.get_by_role("button", name="不再显示").click()
    page.locator("dialog[open] button[type=submit]").click()
    expect(page.locator(".first-step")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1
    assert faults == []
    context.close()
