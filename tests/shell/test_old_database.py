"""A city of version f92635a (tests/old) comes through the upgrade whole: its ledger, its pages, its people, and what its phones send again."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from flask import Flask

from equipment import create_app
from equipment.core.config import Settings
from equipment.ledger.verify import verify
from equipment.people.models import User
from equipment.shell import schema
from equipment.shell.tables import models
from equipment.storage import db
from equipment.storage.remembered import forget_all
from equipment.web import limits
from tests import make
from tests.conftest import POSTGRES, make_database, postgres_url

CITY = Path(__file__).parent.parent / "old" / "city"
KNOWN: dict[str, Any] = json.loads((CITY / "known.json").read_text())
IDS, CODES = KNOWN["ids"], KNOWN["codes"]
EACH_REQUEST = ("request_id",)  # what differs between two answers to the same question


def loaded(folder: Path, worker: str) -> Settings:
    """The city as its last backup left it: its database, seals, files and keys."""
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("*.sql.gz", "known.json"))
    if not POSTGRES:
        with sqlite3.connect(folder / "tracker.db") as connection:
            connection.executescript(gzip.decompress((CITY / "sqlite.sql.gz").read_bytes()).decode())
        connection.close()
        return Settings(instance=str(folder), public_url="https://tz.example.cn")
    url = f"{postgres_url(worker)}_old"
    make_database(url)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(
            gzip.decompress((CITY / "postgresql.sql.gz").read_bytes())
        )  # without parameters: any number of statements
    return Settings(instance=str(folder), database_url=url, public_url="https://tz.example.cn")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    """The city of then in today's shape."""
    found = loaded(tmp_path_factory.mktemp("old") / "instance", worker_id)
    engine = db.connect(found.url)
    schema.upgrade(engine)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def then(settings: Settings) -> Iterator[Flask]:
    """Today's application on it, in the night after its last seal."""
    forget_all()
    with time_machine.travel(KNOWN["at"], tick=True):
        made = create_app(settings)
        made.config |= {"TESTING": True, "WTF_CSRF_ENABLED": False}
        yield made
        db.session.remove()
        db.engine.dispose()
        made.extensions[limits.EXTENSION].store.close()


Read = Callable[[str, str], str]


@pytest.fixture
def read(then: Flask) -> Read:
    """`read(person, address)`: what this person reads there, in one line."""

    def text_of(person: str, address: str) -> str:
        browser = then.test_client()
        mobile = KNOWN["people"][person]["mobile"]
        with browser.session_transaction() as session:
            make.sign_in(db.session.query(User).filter(User.mobile == mobile).one(), session)
        db.session.rollback()
        answer = browser.get(address, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 200, (address, answer.status_code)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))

    return text_of


def test_the_upgrade_ends_in_the_shape_of_today(then: Flask) -> None:
    config = schema.alembic_config(db.engine.url.render_as_string(hide_password=False))
    assert schema.revision(db.engine) == schema.revisions(config)[0]


def test_every_line_seal_and_record_of_the_ledger_is_intact(then: Flask, settings: Settings) -> None:
    report = verify(db.engine, settings.folder, models().values())
    assert report.first is None
    found = {"chains": report.chains, "events": report.events, "seals": report.seals}
    assert found == {name: KNOWN["verified"][name] for name in found}
    assert report.records > KNOWN["verified"]["records"]  # more tables are under evidence since


def test_its_records_are_entered_under_the_evidence_of_today(then: Flask, settings: Settings) -> None:
    renewed = verify(db.engine, settings.folder, models().values(), renewing=True)
    report = verify(db.engine, settings.folder, models().values())
    assert (report.first, report.behind, renewed.renewed) == (None, 0, renewed.behind)


PAGES = (
    (
        "supervisor",
        "/equipment",
        ("A100001", "A100002", "A100003 无标签", "O200001", "L3001", "L3002", "W001 O-1", "W003 O-3"),
    ),
    (
        "owner",
        f"/equipment/{IDS['bottle']}",
        (
            "产品编号 A100001",
            "制造日期 2022-03-05",
            "产权单位 示例充装站",
            "皮重 16.5 kg",
            "使用登记证编号 瓶31甘D00001(24)",
            "F7J7S-N51QK-T03EQ 已绑定",
            "已充装 2026-10-13 09:03 戊充装 · 示例充装站 LPG 净重 14.50 kg",
            "补录 净重 14.60 kg",
        ),
    ),
    ("supervisor", f"/equipment/{IDS['scrapped bottle']}", ("状态 报废", "阀门损坏，按规定报废")),
    (
        "supervisor",
        f"/equipment/{IDS['lift']}",
        (
            "额定速度 1.75 m/s",
            "隐患（一般隐患） 已销号 2026-10-16 09:04 丙监察",
            "定期检验 合格 2026-10-16 09:01 壬检验 · 示例检验所 报告编号 TZJ-2026-001",
            "维保 已签字 2026-10-14 09:00 庚维保 · 示例维保公司 癸安全 签字",
            "设备代码：31106204022021000001",
        ),
    ),
    (
        "owner",
        "/fills",
        (
            "2026-10-13 09:03 A100001 LPG 示例充装站 14.50 kg 已充装",
            "2026-10-13 09:10 A100002 LPG 示例充装站 — 拒充 R07",
            "2026-10-13 09:13 O200001 O2 示例充装站 14.70 MPa 已充装",
            "2026-10-13 09:20 A100001 LPG 示例充装站 14.80 kg 已充装 Q10 超装后已抽液",
            "2026-10-13 09:35 O200001 O2 示例充装站 — 未充装",
        ),
    ),
    (
        "owner",
        f"/fills/{IDS['bottle']}/{IDS['fill']}",
        ("充后总重 31.00 kg (最高 31.40 kg)", "充装员 戊充装", "合格 P08", "合格 Q03"),
    ),
    (
        "supervisor",
        "/visits",
        (
            "2026-10-14 1号梯 示例路2号 半月维保 庚维保、辛维保 40 已签字",
            "2026-10-14 2号梯 示例路2号 半月维保 庚维保 50 待使用单位签字",
        ),
    ),
    (
        "officer",
        f"/visits/{IDS['lift']}/{IDS['visit']}",
        (
            "已签字（本单位账号） 癸安全 · 2026-10-14 11:41",
            "备注 运行正常",
            "调整后正常 已调整",
            "异常 照明闪烁",
            "不涉及 本梯无此装置",
        ),
    ),
    (
        "supervisor",
        f"/hazards/{IDS['lift']}/{IDS['hazard']}",
        (
            "层门锁失效",
            "销号日期 2026-10-19",
            "复查未通过 2026-10-18 09:06",
            "另一扇门同样松动",
            "复查通过，已销号 2026-10-19 09:08",
        ),
    ),
    (
        "inspector",
        "/inspections",
        (
            "2号梯 L3002 定期检验 2026-10-16 不合格 TZJ-2026-002",
            "1号梯 L3001 定期检验 2026-10-16 合格 TZJ-2026-001 2028-08-31",
        ),
    ),
    ("inspector", f"/due-lists/{IDS['due-list']}", ("待检清单 2026-0001", "十月待检", "行数 5", "已回录 2")),
    ("owner", f"/register/import/{IDS['import']}", ("台账.csv", "已添加 1", "已添加，待核实 1", "未导入 1")),
    (
        "administrator",
        f"/reports/months/{IDS['month report']}",
        ("白银市月报2026-10", "版本 1", "出具时间 2026-11-05 10:01", "100.00 %（2/2）"),
    ),
    ("administrator", "/choices", ("公众举报答复期限（天） 10 天", "局务会决定")),
    (
        "administrator",
        "/rules/cylinder/unfinished_after_minutes",
        ("自 2026-11-01 起 现行 经监管部门确认 90",),
    ),
    ("administrator", "/rules/cylinder/inspection_valid_through", ("经监管部门确认 month_end", "与原文核对")),
    ("officer", "/inbox", ("2026-10-14 的维保记录待您签字",)),
)


@pytest.mark.parametrize(
    ("person", "address", "values"), PAGES, ids=[f"{person} {address}" for person, address, _ in PAGES]
)
def test_todays_pages_tell_what_was_recorded_then(
    read: Read, person: str, address: str, values: tuple[str, ...]
) -> None:
    found = read(person, address)
    assert [value for value in values if value not in found] == []


def test_a_label_of_then_is_answered_to_the_public(then: Flask) -> None:
    answers = {
        name: then.test_client().get(f"/T/{CODES[name]}").status_code
        for name in ("bottle", "old oxygen", "scrapped bottle", "lift")
    }
    assert answers == dict.fromkeys(("bottle", "old oxygen", "scrapped bottle", "lift"), 200)


def test_a_person_of_then_signs_in_with_the_password_of_then(then: Flask) -> None:
    browser = then.test_client()
    answer = browser.post(
        "/sign-in", data={"mobile": KNOWN["people"]["owner"]["mobile"], "password": KNOWN["password"]}
    )
    assert (answer.status_code, browser.get("/fills").status_code) == (302, 200)


def sent(app: Flask, replay: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {KNOWN['tokens'][replay['token']]}", "Accept-Language": "zh-CN"}
    answer = app.test_client().open(
        f"/api/v1{replay['path']}", method=replay["method"], json=replay["body"], headers=headers
    )
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    "replay",
    KNOWN["replays"],
    ids=[f"{number} {each['path']}" for number, each in enumerate(KNOWN["replays"])],
)
def test_what_a_device_sends_again_is_answered_as_it_was_then(then: Flask, replay: dict[str, Any]) -> None:
    """Every field of then with its value of then; an answer may have grown since."""
    status, answer = sent(then, replay)
    before = {name: value for name, value in replay["answer_again"].items() if name not in EACH_REQUEST}
    if before.get("fields", {}).get(""):  # a record that is final was said to be an id with other content
        assert before["title"] == "相同编号此前已提交过不同的内容。"
        before["title"] = "与已记录的内容不符，未作任何更改。"
    assert (status, {name: answer.get(name) for name in before}) == (replay["again"], before)


def test_another_content_under_an_id_of_then_is_refused(then: Flask) -> None:
    replay = KNOWN["replays"][0]
    status, answer = sent(then, {**replay, "body": {**replay["body"], "code": CODES["overdue bottle"]}})
    assert (status, list(answer["fields"])) == (409, ["code"])


def test_work_goes_on_where_it_was_left(then: Flask, settings: Settings) -> None:
    """A bottle of then is filled with today's code by the controller of then, and the ledger stays intact."""
    scan = {
        "scan_id": "01a1e240-0000-7000-8000-000000000001",
        "code": CODES["bottle"],
        "gas": "LPG",
        "happened_at": KNOWN["at"],
    }
    status, answer = sent(then, {"method": "POST", "path": "/fills", "body": scan, "token": "controller"})
    assert (status, answer["allowed"]) == (201, True)
    assert verify(db.engine, settings.folder, models().values()).first is None
