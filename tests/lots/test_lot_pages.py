"""The pages of lots, and the papers that come out of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from equipment.core.ids import new_id
from equipment.dues.applications import pending_application
from equipment.lots import receiving
from equipment.lots.listing import bottle_table, lot_table
from equipment.lots.models import Lot
from equipment.lots.printing import hand_over_paper, receipt
from equipment.lots.sources import due_bottles
from equipment.people.models import User
from equipment.storage import db
from equipment.tasks.ruled import RuledRow
from equipment.tasks.ruled_printing import ruled_pdf
from tests.dues.town import Town
from tests.lots.town import bottle, fresh_lot, on_way, open_lot, received, rows

Sign = Callable[[User], FlaskClient]


def only_lot() -> Lot:
    return db.session.query(Lot).one()


def test_an_owner_opens_packs_and_hands_over_in_the_browser(at: Town, signed_in: Sign) -> None:
    one, two = bottle(at), bottle(at)
    owner = signed_in(at.owner)
    owner.post("/lots/new", data={"lot_id": str(new_id()), "body": str(at.body.id), "note": "上午"})
    lot = only_lot()
    page = owner.post(f"/lots/{lot.id}/pack", data={"code": one.label_code})
    assert "已入批" in page.text
    assert "已在批内" in owner.post(f"/lots/{lot.id}/pack", data={"code": one.label_code}).text
    unknown = owner.post(f"/lots/{lot.id}/pack", data={"code": "没有这只"})
    assert (unknown.status_code, "没有气瓶是这个编码或编号" in unknown.text) == (422, True)
    owner.post(f"/lots/{lot.id}/due", data={"window": "60"})
    assert {row.equipment_id for row in rows(lot)} == {one.id, two.id}
    answer = owner.post(f"/lots/{lot.id}/hand-over", data={"carrier": "老王"}, follow_redirects=True)
    assert ("送检途中" in answer.text, "老王" in answer.text) == (True, True)
    assert pending_application(two.id) is not None


def test_ticked_bottles_go_into_the_lot_that_is_open(at: Town, signed_in: Sign) -> None:
    one, lot = bottle(at), open_lot(at)
    owner = signed_in(at.owner)
    page = owner.post("/lots/ticked", data={"id": str(one.id)})
    assert (page.status_code, lot.number in page.text, str(one.id) in page.text) == (200, True, True)
    owner.post("/lots/new", data={"id": str(one.id), "lot": str(lot.id), "lot_id": str(new_id())})
    assert [row.equipment_id for row in rows(lot)] == [one.id]


def test_due_bottles_leave_out_what_is_applied_for_or_in_a_lot(at: Town) -> None:
    free, packed, on_road = bottle(at), bottle(at), bottle(at)
    open_lot(at, packed)
    on_way(at, on_road)
    assert list(due_bottles(at.viewer("owner"), "30")) == [free.id]


def test_the_body_receives_in_the_browser(at: Town, signed_in: Sign) -> None:
    one, two = bottle(at), bottle(at)
    lot = on_way(at, one, two)
    inspector = signed_in(at.inspector)
    assert "已收" in inspector.post(f"/lots/{lot.id}/receive", data={"code": one.label_code}).text
    strange = inspector.post(f"/lots/{lot.id}/receive", data={"code": "WUMA-0001"})
    assert ("无码或无档案" in strange.text, strange.status_code) == (True, 200)
    stale = inspector.post(f"/lots/{lot.id}/receive-all", data={"count": "7"})
    assert stale.status_code == 409
    inspector.post(f"/lots/{lot.id}/receipt", data={"note": ""})
    page = signed_in(at.owner).get(f"/lots/{lot.id}").text
    assert re.search(r"单上有、未到\s*1", page)
    assert re.search(r"无码或无档案\s*1", page)


def test_a_use_unit_and_a_stranger_see_no_lot(at: Town, signed_in: Sign) -> None:
    lot = on_way(at, bottle(at))
    for who in (at.stranger, at.officer):
        assert signed_in(who).get(f"/lots/{lot.id}").status_code == 404


@pytest.mark.parametrize("who", ["owner", "inspector", "supervisor"])
def test_whoever_has_to_do_with_it_finds_it_in_the_list(at: Town, signed_in: Sign, who: str) -> None:
    lot = on_way(at, bottle(at))
    browser = signed_in(getattr(at, who))
    assert f"/lots/{lot.id}" in browser.get("/lots?state=on_way").text
    assert f"/lots/{lot.id}" not in browser.get("/lots?state=finished").text


def test_lists_go_out_as_files(at: Town) -> None:
    lot = received(at, bottle(at), bottle(at))
    table = lot_table(at.viewer("owner"), {"state": "open"}, str)
    (cells,) = table.rows
    assert (cells[0], cells[8], cells[9]) == (lot.number, 2, 0)
    assert len(list(bottle_table(at.viewer("inspector"), {"lot": str(lot.id)}, str).rows)) == 2


def test_the_papers_hold_every_bottle_and_their_number(app: Flask, at: Town) -> None:
    one, two, beside = bottle(at, serial="A1"), bottle(at, serial="B2"), bottle(at, serial="C3")
    lot = on_way(at, one, two)
    paper = hand_over_paper(fresh_lot(lot), str)
    listed = [cast(RuledRow, row) for row in paper.tables[1].rows]
    assert [row.cells[2] for row in listed] == ["A1", "B2"]
    assert [cast(RuledRow, row).cells[3] for row in paper.tables[0].rows] == ["2"]
    assert len(paper.signatures) == 2
    with db.transaction():
        receiving.receive(fresh_lot(lot), one.label_code or "", by=at.viewer("inspector"))
        receiving.receive(fresh_lot(lot), beside.label_code or "", by=at.viewer("inspector"))
        receiving.receive(fresh_lot(lot), "龘0001", by=at.viewer("inspector"))
        receiving.sign_receipt(fresh_lot(lot), "", by=at.viewer("inspector"))
    paper = receipt(fresh_lot(lot), str)
    listed = [cast(RuledRow, row) for row in paper.tables[1].rows]
    assert [row.cells[-1] for row in listed] == [
        "Has come",
        "On the paper, not there",
        "There, not on the paper",
        "No code or no file",
    ]
    assert sum(row.amounts.get("bottles", 0) for row in listed) == 2
    with app.app_context():
        pages = PdfReader(io.BytesIO(ruled_pdf(paper, locale="zh_Hans_CN").content)).pages
    assert len(pages) == 1


def test_an_inspector_works_the_line_in_the_browser(at: Town, signed_in: Sign) -> None:
    one, two, three = bottle(at), bottle(at), bottle(at)
    lot = received(at, one, two, three)
    inspector = signed_in(at.inspector)
    shown = inspector.post(f"/lots/{lot.id}/bench", data={"code": one.label_code}, follow_redirects=True)
    assert ("换阀后合格" in shown.text, "L4 壁厚不合格" in shown.text) == (True, True)
    assert "未核实" in shown.text
    stray = inspector.post(f"/lots/{lot.id}/bench", data={"code": bottle(at).label_code})
    assert (stray.status_code, "本批没有" in stray.text) == (422, True)
    empty = inspector.post(f"/lots/{lot.id}/bench/1", data={"id": str(new_id()), "verdict": "scrap"})
    assert (empty.status_code, "至少" in empty.text) == (422, True)
    heavy = {"id": str(new_id()), "verdict": "passed", "tare_g": "abc"}
    assert inspector.post(f"/lots/{lot.id}/bench/1", data=heavy).status_code == 422
    scrap = {"id": str(new_id()), "verdict": "scrap", "reasons": ["l4"], "remark": "底部"}
    answer = inspector.post(f"/lots/{lot.id}/bench/1", data=scrap, follow_redirects=True)
    assert "判废" in answer.text
    assert inspector.post(f"/lots/{lot.id}/pass-rest", data={"count": "9"}).status_code == 409
    inspector.post(f"/lots/{lot.id}/pass-rest", data={"count": "2"})
    wrong = inspector.post(f"/lots/{lot.id}/leave", data={"on": "2025-03-10", "reviewed_by": "李检"})
    assert (wrong.status_code, "李检" in wrong.text) == (422, True)
    out = {"on": "2025-03-10", "reviewed_by": "周审", "report_no": "PJ-1"}
    page = inspector.post(f"/lots/{lot.id}/leave", data=out, follow_redirects=True)
    assert "已检完" in page.text
    assert [row.inspection_id is not None for row in rows(lot)] == [True, True, True]


def test_nobody_but_the_body_stands_at_the_bench_page(at: Town, signed_in: Sign) -> None:
    lot = received(at, bottle(at))
    assert signed_in(at.owner).get(f"/lots/{lot.id}/bench").status_code == 403
    assert signed_in(at.supervisor).get(f"/lots/{lot.id}/bench").status_code == 403
