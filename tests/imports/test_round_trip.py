"""What the register hands out comes back as it went: on file, the same, with every number and detail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.files import store
from equipment.fills.columns import FILL_COLUMNS
from equipment.imports.mapping_rules import heading_index, suggest
from equipment.imports.table_rules import heading_key
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.register.actions import change_status
from equipment.register.column_rules import heading, targets
from equipment.register.exporting import columns
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session, transaction
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from equipment.web.language import translate
from tests import make
from tests.imports.conftest import settle
from tests.imports.test_openings import OPENS
from tests.imports.test_same_piece import batch_at, content, run, states

Sign = Callable[[User], FlaskClient]
BOTTLES = (
    "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),皮重(kg),公称工作压力(MPa),设计使用年限(年),气瓶使用登记代码,电子标签,"
    "单位内编号,上次检验日期,下次检验日期,用途,孔隙率(%),溶剂,使用状态,原平台编号\n"
    "液化石油气钢瓶,0042317,液化石油气,甲厂,2021-06-03,35.5,16.5,2.1,8,362001000001,E2004070,A-1,2025-06-10,2029-06-30,民用,,,在用,P1\n"
    "乙炔瓶,Y-2,乙炔,乙厂,2019.03,40,55.2,1.5,,,,A-2,2025.03,2028.03,工业,91.5,丙酮,停用,P2\n"
)
LIFTS = (
    "设备品种,设备代码,使用登记证编号,使用单位,维保单位,辖区,使用地点,层站门,额定速度(m/s),额定载重量(kg),有无机房,注册代码,单位内编号,使用状态\n"
    "曳引驱动乘客电梯,31103620420190001,梯11甘D00001(19),山雀人民医院,苜蓿电梯维保有限公司,白银区人民路街道,人民路1号,12/12/12,1.75,1000,有,"
    "31106204022026990001,1#,在用\n"
    "自动扶梯,31103620420190002,,山雀人民医院,苜蓿电梯维保有限公司,白银区,人民路1号,,0.5,,,,2#,封存\n"
)


def exported(browser: FlaskClient, kind: str) -> bytes:
    browser.post(f"/equipment?format={kind}")
    settle()
    session.rollback()
    task = session.scalars(
        select(Task).where(Task.kind == "register.export").order_by(Task.created_at.desc())
    ).first()
    assert task is not None
    assert task.file_sha256 is not None
    return store.path_of(task.file_sha256).read_bytes()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_bottles_come_back_on_file_and_the_same(
    signed_in: Sign, owner: User, worker: Runner, kind: str
) -> None:
    browser = signed_in(owner)
    run(browser, content(browser, BOTTLES.encode()))
    with transaction():
        piece = session.scalars(select(Equipment).where(Equipment.serial == "0042317")).one()
        change_status(piece, EquipmentStatus.LOCKED, reason="挂失", by=SYSTEM)
    url = content(browser, exported(browser, kind))
    assert Counter(states(url).values()) == {"known": 2}
    assert batch_at(url).counts["differs"] == 0


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_lifts_come_back_on_file_and_the_same(
    signed_in: Sign, supervisor: User, worker: Runner, kind: str
) -> None:
    browser = signed_in(supervisor)
    run(browser, content(browser, LIFTS.encode(), "elevator", **OPENS))
    with make.writing():
        lift = session.scalars(select(Equipment).where(Equipment.own_number == "1#")).one()
        lift.stop_use_since = date(2026, 3, 5)
        lift_id = lift.id
    file = exported(browser, kind)
    if kind == "csv":
        assert "停止使用自" in file.decode("utf-8-sig")
        assert "2026-03-05" in file.decode("utf-8-sig")
    url = content(browser, file, "elevator")
    assert Counter(states(url).values()) == {"known": 2}
    page = browser.get(url).get_data(as_text=True)
    assert re.search("未导入的列：[^<]*停止使用自", page)
    session.rollback()
    assert session.get_one(Equipment, lift_id, populate_existing=True).stop_use_since == date(2026, 3, 5)


@pytest.mark.parametrize("key", ["cylinder", "elevator"])
def test_the_export_has_every_column_that_the_import_reads(app: object, key: str) -> None:
    header = [column.heading for column in columns(key, lambda text: translate(text, "zh_Hans_CN"), SYSTEM)]
    read = {use.to for use in suggest(key, header).columns.values()}
    assert read == {target.key for target in targets(key).values() if target.joint is None}


def test_lists_of_fills_and_of_cylinders_call_numbers_the_same_and_older_files_are_read(app: object) -> None:
    def zh(text: object) -> str:
        return translate(str(text), "zh_Hans_CN")

    with app.app_context():  # type: ignore[attr-defined]
        fields = targets("cylinder")
        register = [heading(fields[name], zh) for name in ("label", "serial", "own_number")]
        fills = [zh(column.name) for column in FILL_COLUMNS[1:4]]
        known = heading_index("cylinder")
    assert register == fills == ["标签码", "产品编号", "单位内编号"]
    older = ("标签码", "气瓶编号", "自有编号", "产品编号", "单位内编号")
    assert [known[heading_key(name)] for name in older] == [
        "label",
        "serial",
        "own_number",
        "serial",
        "own_number",
    ]
