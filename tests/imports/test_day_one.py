"""Registers as bureaus keep them, with the next inspection and little else: dues that agree with their papers from the first day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.imports.outlook import KEY
from equipment.people.models import User
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests.imports.conftest import only_batch, settle
from tests.imports.test_import import checked
from tests.imports.test_openings import OPENS

Sign = Callable[[User], FlaskClient]
E12 = (
    "设备代码,设备品种,使用单位,维保单位,所属区域,层/站/门,下次检验日期\n"
    "31106204022026990001,曳引驱动乘客电梯,山雀人民医院,苜蓿电梯维保有限公司,白银区,12/12/12,2026-10\n"
    "31106204022026990011,曳引驱动乘客电梯,山雀人民医院,苜蓿电梯维保有限公司,白银区,12/12/12,2026-12\n"
    "31106204022026990021,曳引驱动乘客电梯,山雀人民医院,苜蓿电梯维保有限公司,白银区,12/12/12,2027-05\n"
)
E10 = (
    "设备代码,设备品种,使用单位,所属区域,维保单位,出厂编号,投用日期,登记日期,上次检验日期,下次检验日期\n"
    "31106204022025000011,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B1,,,2026-05-10,2027-05\n"
    "31106204022025000021,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B2,2018-05,,2026-05-10,2027-05\n"
    "31106204022025000031,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B3,,2018-09-15,2026-05-10,2027-05\n"
    "31106204022025000041,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B4,2009-05,2009-09-15,2026-05-10,2027-05\n"
    "31106204022025000051,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B5,2024-09,2024-10-15,2024-09-10,2025-09\n"
    "31106204022025000061,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B6,,,,2026-10\n"
    "31106204022025000071,曳引驱动乘客电梯,山雀人民医院,白银区,苜蓿电梯维保有限公司,B7,2010-03,,,2026-10\n"
)
BOTTLES = (
    "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),上次检验日期,单位内编号\n"
    "液化石油气钢瓶,W1,液化石油气,示例厂,2015.03,35.5,2023.03,1\n"
    "液化石油气钢瓶,W2,液化石油气,示例厂,2015.03,35.5,,2\n"
    "液化石油气钢瓶,W3,液化石油气,示例厂,2025.03,35.5,,3\n"
    "液化石油气钢瓶,W4,液化石油气,示例厂,2015.03,35.5,2021.03,4\n"
)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-28 09:00:00+08:00", tick=True):
        yield


def dues() -> dict[str, tuple[str, str, date, date | None]]:
    """(kind, where the day comes from, the day, the rule's day) of every inspection, by the number of its piece."""
    session.rollback()
    found = session.execute(
        select(Equipment, Due)
        .join(Due, Due.equipment_id == Equipment.id)
        .where(Due.state == DueState.OPEN, Due.kind == "inspection")
        .order_by(Due.due_on)
    )
    return {
        piece.serial or str(place): (due.kind, str(due.origin), due.due_on, due.rule_on)
        for place, (piece, due) in enumerate(found)
    }


def imported(browser: FlaskClient, content: str, category: str, **more: str) -> dict[str, int]:
    """Run an import to its end; what its check page told before it ran."""
    url = checked(browser, content.encode("gb18030"), category, **more)
    told: dict[str, int] = only_batch().preview[KEY]
    page = browser.get(url).get_data(as_text=True)
    assert "这些设备的检验到期情况" in page
    browser.post(url + "/run")
    settle()
    return told


def test_the_shipped_examples_columns_give_every_lift_the_due_of_its_paper(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    assert imported(signed_in(supervisor), E12, "elevator", **OPENS) == {
        "rule": 0,
        "paper": 3,
        "unknown": 0,
        "overdue": 1,
        "failed": 0,
    }
    assert list(dues().values()) == [
        ("inspection", "paper", date(2026, 10, 31), None),
        ("inspection", "paper", date(2026, 12, 31), None),
        ("inspection", "paper", date(2027, 5, 31), None),
    ]
    late = session.scalars(
        select(Due.kind).where(Due.state == DueState.OPEN, Due.due_on < date(2026, 11, 28))
    ).all()
    assert late == ["inspection"]
    due = session.scalars(select(Equipment.inspection_due_on).order_by(Equipment.inspection_due_on)).all()
    assert due == [date(2026, 10, 31), date(2026, 12, 31), date(2027, 5, 31)]


def test_no_base_day_overrules_a_paper_without_a_word(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    assert imported(browser, E10, "elevator", **OPENS) == {
        "rule": 0,
        "paper": 7,
        "unknown": 0,
        "overdue": 3,
        "failed": 0,
    }
    paper = {number: due[2] for number, due in dues().items()}
    assert paper == {
        **dict.fromkeys(("B1", "B2", "B3", "B4"), date(2027, 5, 31)),
        "B5": date(2025, 9, 30),
        "B6": date(2026, 10, 31),
        "B7": date(2026, 10, 31),
    }
    assert {number: due[3] for number, due in dues().items() if due[3]} == {
        "B3": date(2027, 9, 30),
        "B4": date(2026, 9, 30),
        "B5": date(2025, 10, 31),
    }
    late = set(
        session.scalars(select(Due.kind).where(Due.state == DueState.OPEN, Due.due_on < date(2026, 11, 28)))
    )
    assert late == {"inspection"}, (
        "visits, self-checks and tests that nobody recorded are planned from the first day on"
    )
    page = browser.get("/dues/papers").get_data(as_text=True)
    said = re.sub(r"<[^>]*>", " ", page).split()  # not what tokens and addresses happen to hold
    assert [number in said for number in ("B3", "B4", "B5", "B7")] == [True, True, True, False]


def test_bottles_without_a_ring_are_not_known_and_the_check_says_so(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    assert imported(signed_in(owner), BOTTLES, "cylinder") == {
        "rule": 3,
        "paper": 0,
        "unknown": 1,
        "overdue": 1,
        "failed": 0,
    }
    assert dues() == {
        "W1": ("inspection", "rule", date(2027, 3, 31), None),
        "W2": ("inspection", "unknown", date(2027, 2, 26), None),
        "W3": ("inspection", "rule", date(2029, 3, 31), None),
        "W4": ("inspection", "rule", date(2025, 3, 31), None),
    }
    session.rollback()
    assert session.scalars(select(Equipment.inspection_due_on).where(Equipment.serial == "W2")).one() is None
