"""备注 of a workbook is kept with its piece as it was written: on its page, in its form, in the export, and by an
update."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.people.models import User
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests.imports.test_round_trip import exported
from tests.imports.test_same_piece import batch_at, content, run, states

Sign = Callable[[User], FlaskClient]
HEAD = "设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),单位内编号,备注\n"
WRITTEN = "瓶阀于2023年更换（原阀锈蚀），见①号台账。"


def notes() -> list[object]:
    session.rollback()
    return [
        details.get("note")
        for details in session.scalars(select(Equipment.details).order_by(Equipment.own_number))
    ]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_remark_is_kept_as_written_shown_and_comes_back_as_it_went(
    signed_in: Sign, owner: User, worker: Runner, kind: str
) -> None:
    browser = signed_in(owner)
    rows = f'无缝,A1,氧,甲厂,2019.03,40,1,"{WRITTEN}\n第二行"\n无缝,A2,氧,甲厂,2019.03,40,2,=1+1\n无缝,A3,氧,甲厂,2019.03,40,3,无\n'
    run(browser, content(browser, (HEAD + rows).encode()))
    assert notes() == [f"{WRITTEN}\n第二行", "=1+1", None]
    piece = session.scalars(select(Equipment).where(Equipment.own_number == "1")).one()
    assert WRITTEN in browser.get(f"/equipment/{piece.id}").get_data(as_text=True)
    form = browser.get(f"/equipment/{piece.id}/edit").get_data(as_text=True)
    assert f"{WRITTEN}\n第二行</textarea>" in form
    url = content(browser, exported(browser, kind))
    assert set(states(url).values()) == {"known"}
    assert batch_at(url).counts["differs"] == 0


def test_a_remark_is_changed_by_an_update_and_several_columns_are_joined(
    signed_in: Sign, owner: User, worker: Runner
) -> None:
    browser = signed_in(owner)
    run(browser, content(browser, (HEAD + "无缝,A1,氧,甲厂,2019.03,40,1,旧\n").encode()))
    url = content(browser, "单位内编号,备注,备注说明\n1,新,另见档案\n".encode(), match="own_number")
    assert states(url) == {2: "differs"}
    assert "旧 → 新" in browser.get(url).get_data(as_text=True)
    run(browser, url, change="1")
    assert notes() == ["新\n另见档案"]


def test_a_remark_too_long_to_keep_is_told_at_its_cell(signed_in: Sign, owner: User, worker: Runner) -> None:
    browser = signed_in(owner)
    url = content(browser, (HEAD + f"无缝,A1,氧,甲厂,2019.03,40,1,{'长' * 1001}\n").encode())
    assert states(url) == {2: "flagged"}
    run(browser, url)
    piece = session.scalars(select(Equipment)).one()
    assert (piece.verified, piece.unverified_reason, piece.details.get("note")) == (False, "备注", None)


def test_every_category_has_remarks_and_they_end_its_form() -> None:
    assert {kind.details_type.fields()[-1].name for kind in CATEGORIES} == {"note"}
