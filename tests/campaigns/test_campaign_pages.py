"""The pages of campaigns: written and issued at the desk, first pages, reminders, the life of a piece, files, the
one page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.campaigns.checking import FailedItem
from equipment.campaigns.duties import DUTIES
from equipment.campaigns.home import progress
from equipment.campaigns.listing import ROW_COLUMNS, row_table, workbook_tables
from equipment.campaigns.models import Campaign
from equipment.campaigns.moments import campaigns_of
from equipment.campaigns.printing import summary_paper
from equipment.campaigns.queries import campaigns, lists_of
from equipment.campaigns.rules import CampaignScope
from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignState, CampaignSubject
from equipment.core import clock
from equipment.core.words import Message
from equipment.hazards.models import Finding
from equipment.orders.models import Order
from equipment.orders.rules import OrderOrigin
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.tasks.ruled import RuledRow
from equipment.tasks.workbooks import workbook
from equipment.web.language import translate
from tests import make
from tests.campaigns.conftest import BARE_TOWNSHIP, Bureau, freed

Sign = Callable[[User], FlaskClient]
R = CampaignRowState
zh = partial(translate, locale="zh_Hans_CN")


def first() -> Campaign:
    return db.session.scalars(campaigns(SYSTEM)).one()


def test_a_campaign_from_the_first_word_to_the_lists(bureau: Bureau, signed_in: Sign) -> None:
    bureau.lift()
    bureau.lift(area=BARE_TOWNSHIP)
    browser = signed_in(bureau.issuer)
    assert "没有进行中的专项行动" in browser.get("/campaigns").text
    form = {
        "title": "电梯专项",
        "document": "银市监发〔2026〕9号",
        "from_on": make.days(0).isoformat(),
        "until_on": make.days(-1).isoformat(),
        "subject": "pieces",
        "categories": ["elevator"],
        "statuses": ["in_use"],
    }
    wrong = browser.post("/campaigns/new", data=form)
    assert (wrong.status_code, "银市监发〔2026〕9号" in wrong.text) == (422, True)  # nothing typed is lost
    assert "结束日期早于开始日期" in wrong.text or "早于" in wrong.text
    right = browser.post("/campaigns/new", data=form | {"until_on": make.days(20).isoformat()})
    campaign = first()
    assert right.location == f"/campaigns/{campaign.id}/items"
    page = browser.get(f"/campaigns/{campaign.id}").text
    assert "共 2 行，分到 2 个机关" in page
    assert "其中 1 行所在乡镇街道没有监管所" in page
    assert "检查项目表为空" in page
    refused = browser.post(f"/campaigns/{campaign.id}/issue")
    assert (refused.status_code, "检查项目表为空" in refused.text) == (422, True)
    empty = browser.post(f"/campaigns/{campaign.id}/items", data={"items-0-text": ""})
    assert (empty.status_code, "请至少填写一项" in empty.text) == (422, True)
    table = {
        "items-0-text": "使用标志",
        "items-0-rule": "law_40",
        "items-0-is_key": "y",
        "items-1-text": "底坑",
        "items-2-text": "",
    }
    more = browser.post(f"/campaigns/{campaign.id}/items?more=1", data=table)
    assert (more.status_code, more.text.count("campaign-item")) == (200, 7)
    assert first().version == 0
    assert browser.post(f"/campaigns/{campaign.id}/items", data=table).status_code == 302
    issued = browser.post(f"/campaigns/{campaign.id}/issue", follow_redirects=True)
    assert "已下发：2 行分到各所" in issued.text
    assert first().state is CampaignState.RUNNING
    again = browser.post(f"/campaigns/{campaign.id}/items", data=table)
    assert (again.status_code, "范围和检查项目表不能再改" in again.text) == (409, True)


def test_an_empty_scope_is_said_before_it_is_issued(bureau: Bureau, signed_in: Sign) -> None:
    campaign = bureau.write(scope=CampaignScope(categories=("ropeway",)))
    browser = signed_in(bureau.issuer)
    assert "范围内没有设备或单位（0 行）" in browser.get(f"/campaigns/{campaign.id}").text
    refused = browser.post(f"/campaigns/{campaign.id}/issue")
    assert (refused.status_code, "（0 行）" in refused.text) == (422, True)


def test_an_office_sees_its_list_and_no_draft(bureau: Bureau, signed_in: Sign) -> None:
    bureau.lift(address="和平路3号")
    bureau.lift(area=make.COUNTY, address="别处9号")
    hidden = bureau.write(title="秘密草稿")
    campaign = bureau.running()
    freed(hidden)
    lists = {one.area: one.id for one in lists_of(SYSTEM, [campaign.id])}
    browser = signed_in(bureau.officer)
    page = browser.get("/campaigns")
    assert page.headers["X-Offline-For"] == str(bureau.officer.id)
    assert page.text.count('class="job-link"') == 1
    shown = browser.get(f"/campaigns/lists/{lists[make.TOWNSHIP]}")
    assert shown.headers["X-Offline-For"] == str(bureau.officer.id)
    assert ("和平路3号" in shown.text, "别处9号" in shown.text) == (True, False)
    assert browser.get(f"/campaigns/lists/{lists[make.COUNTY]}").status_code == 404
    assert browser.get(f"/campaigns/{hidden.id}").status_code == 404
    assert "秘密草稿" not in browser.get("/campaigns/all").text
    assert browser.post("/campaigns/new", data={}).status_code == 422
    token = browser.post("/campaigns/phone")
    assert (token.json["person"], token.headers["Cache-Control"]) == (str(bureau.officer.id), "no-store")
    for person in (make.user(bureau.unit, Role.SAFETY_OFFICER),):
        other = signed_in(person)
        assert [other.get(path).status_code for path in ("/campaigns", "/campaigns/all")] == [403, 403]


def test_both_rows_of_a_piece_in_two_campaigns_say_so(bureau: Bureau, signed_in: Sign) -> None:
    bureau.lift()
    campaigns_now = (bureau.running(title="甲行动"), bureau.running(title="乙行动"))
    for campaign in campaigns_now:
        freed(campaign)
    browser = signed_in(bureau.officer)
    for mine, other in (campaigns_now, campaigns_now[::-1]):
        row = bureau.rows(mine)[0]
        page = browser.get(f"/campaigns/lists/{row.list_id}").text
        assert f"同时列入：{other.title}" in page
        assert str(bureau.rows(other)[0].id) in page  # what the explicit tap would settle
        assert f"同时列入：{other.title}" in browser.get(f"/campaigns/{mine.id}/rows").text


def test_what_is_open_at_a_unit_leads_on_to_one_order(bureau: Bureau, signed_in: Sign) -> None:
    for position in "12":
        bureau.lift(position=position)
    campaign = bureau.running()
    one, two = bureau.rows(campaign)
    bureau.check(one, R.FAULTY, FailedItem(1, "过期"))
    bureau.check(two, R.FAULTY, FailedItem(1, "过期"), FailedItem(3, "积水", put_right=True))
    browser = signed_in(bureau.settler)
    page = browser.get(f"/campaigns/{campaign.id}/problems").text
    assert "开具监察指令书（2 项问题）" in page  # what was put right on the spot stays out
    form = browser.get(f"/campaigns/{campaign.id}/orders/{bureau.unit.id}").text
    assert form.count("使用标志在有效期内：过期") == 2
    assert form.count('selected value="law_40"') == 2
    assert f'value="{campaign.id}"' in form
    assert re.search(r'name="origin"[^>]*value="campaign"', form)
    stranger = make.organisation(OrganisationKind.USE_UNIT, area=make.ELSEWHERE)
    assert browser.get(f"/campaigns/{campaign.id}/orders/{stranger.id}").status_code == 404


def test_an_order_from_the_form_confirms_and_is_shown_with_its_campaign(
    bureau: Bureau, signed_in: Sign
) -> None:
    bureau.lift()
    campaign = bureau.running()
    bureau.check(bureau.rows(campaign)[0], R.FAULTY, FailedItem(1, "过期"))
    browser = signed_in(bureau.settler)
    office = {"area": make.COUNTY, "name": "区局", "sign": "白", "review_body": "区政府", "court": "区法院"}
    browser.post("/orders/offices", data=office)
    page = browser.get(f"/campaigns/{campaign.id}/orders/{bureau.unit.id}").text
    finding = db.session.scalars(select(Finding)).one()
    due_on = re.search(r'name="due_on"[^>]*value="([^"]+)"', page)
    assert due_on is not None
    sent = {
        "unit": str(bureau.unit.id),
        "origin": "campaign",
        "origin_id": str(campaign.id),
        "issued_on": clock.today().isoformat(),
        "due_on": due_on[1],
        "urgency": "by_day",
        "problems-0-finding": f"{finding.equipment_id}.{finding.id}",
        "problems-0-problem": finding.description,
        "problems-0-rule": "law_40",
        "inspectors-0-name": "李科长",
        "inspectors-1-name": "王所员",
        "inspectors-2-name": "",
    }
    assert browser.post("/orders/new", data=sent).status_code == 302
    order = db.session.scalars(select(Order)).one()
    assert (order.origin, order.origin_id) == (OrderOrigin.CAMPAIGN, campaign.id)
    assert order.number in browser.get(f"/campaigns/{campaign.id}").text
    assert "开具监察指令书" not in browser.get(f"/campaigns/{campaign.id}/problems").text
    assert bureau.progress(campaign).closed == 0


def test_first_pages_count_the_same_rows_as_their_lists(bureau: Bureau, signed_in: Sign) -> None:
    def shown(who: User) -> list[dict[str, tuple[int, int]]]:
        with bureau.app.test_request_context():
            return [dict(one.done) for one in progress(bureau.by(who))]

    for position in "123":
        bureau.lift(position=position)
    bureau.lift(area=make.COUNTY)
    assert shown(bureau.officer) == []
    campaign = bureau.running()
    assert shown(bureau.officer) == [{make.TOWNSHIP: (0, 3)}]
    assert shown(bureau.issuer) == [{make.COUNTY: (0, 1), make.TOWNSHIP: (0, 3)}]
    bureau.check(bureau.rows(campaign)[1])
    assert shown(bureau.officer) == [{make.TOWNSHIP: (1, 3)}]
    browser = signed_in(bureau.issuer)
    with bureau.app.test_request_context():
        (work,) = progress(bureau.by(bureau.issuer))
    for url, number in ((work.left_url, 3), (work.url, 4), (f"{work.left_url}&area={make.TOWNSHIP}", 2)):
        assert browser.get(url).text.count("#row-") == number
    with clock.played(clock.now() + timedelta(days=31)):
        assert "已逾期" in translate(progress_note(bureau))
    bureau.end(campaign)
    assert shown(bureau.officer) == []


def progress_note(bureau: Bureau) -> Message:
    with bureau.app.test_request_context():
        (work,) = progress(bureau.by(bureau.officer))
    assert work.note is not None
    return work.note


def test_a_list_is_a_duty_until_all_is_checked(bureau: Bureau) -> None:
    bureau.lift()
    campaign = bureau.running()
    source = DUTIES[0]

    def due(ahead: int) -> list[tuple[str, str]]:
        return [(one.area, one.link) for some in source.duties(clock.today(), ahead) for one in some]

    list_id = lists_of(SYSTEM, [campaign.id])[0].id
    assert due(29) == []
    assert due(30) == [(make.TOWNSHIP, f"/campaigns/lists/{list_id}")]
    bureau.check(bureau.rows(campaign)[0])
    assert due(30) == []


def test_the_life_of_a_piece_tells_of_its_campaigns(bureau: Bureau) -> None:
    lift, other = bureau.lift(position="1"), bureau.lift(position="2")
    campaign = bureau.running()
    rows = {row.equipment_id: row for row in bureau.rows(campaign)}
    bureau.check(rows[lift.id], R.ABSENT, why=AbsentWhy.REMOVED, note="已拆")

    def moments(who: User, piece: Equipment) -> list[tuple[object, list[str]]]:
        shown = campaigns_of(bureau.by(who), db.session.get_one(Equipment, piece.id), None)
        return [(one.state, [zh(str(text)) for text in one.lines]) for one in shown]

    assert moments(bureau.officer, lift) == [
        (R.ABSENT, ["电梯安全专项行动 银市监发〔2026〕1号", "拆除或迁走", "已拆"])
    ]
    assert moments(bureau.officer, other) == []
    assert moments(make.user(bureau.unit, Role.SAFETY_OFFICER), lift) == []


def test_files_hold_the_summary_the_rows_and_the_problems(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(area=BARE_TOWNSHIP)
    campaign = bureau.running()
    rows = bureau.rows(campaign)
    bureau.check(rows[1], R.FAULTY, FailedItem(1, "过期"))
    by = bureau.by(bureau.issuer)
    summary, listed, problems = workbook_tables(by, campaign, zh)
    assert [(row[0], *row[1:4], row[9]) for row in summary.rows] == [
        ("白银区", 2, 1, 0.5, 1),
        ("　白银区", 1, 0, 0.0, 0),
        ("　人民路街道", 1, 1, 1.0, 1),
        ("合计", 2, 1, 0.5, 1),
    ]
    cells = list(listed.rows)
    assert [(row[0], row[7], row[15]) for row in cells] == [
        ("白银区", "未查", "所在乡镇街道无监管所，由上级局检查"),
        ("人民路街道", "已查有问题", ""),
    ]
    assert len(ROW_COLUMNS) == len(cells[0])
    assert [(row[0], row[5], row[7]) for row in problems.rows] == [
        ("万盛物业", "使用标志在有效期内：过期", "待确认")
    ]
    assert workbook(workbook_tables(by, campaign, zh))[:2] == b"PK"
    asked = {"campaign": str(campaign.id), "args": {"state": "faulty"}}
    assert len(list(row_table(by, asked, zh).rows)) == 1
    assert len(list(row_table(bureau.by(bureau.officer), asked | {"args": {}}, zh).rows)) == 1


def test_the_one_page_says_what_was_asked_and_what_came_of_it(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(position="2")
    campaign = bureau.running(share=90)
    bureau.check(bureau.rows(campaign)[0], R.FAULTY, FailedItem(1, "过期"), FailedItem(3, put_right=True))
    bureau.end(campaign, "查出的问题已移交。\n逾期的依法处理。")
    paper = summary_paper(bureau.by(bureau.issuer), bureau.fresh(campaign), zh)
    scope, areas, items, statement = paper.tables

    def cells(table: object) -> list[list[str]]:
        return [[str(cell) for cell in row.cells] for row in table.rows if isinstance(row, RuledRow)]  # type: ignore[attr-defined]

    assert cells(scope) == [
        ["检查对象", "设备"],
        ["设备类别", "电梯"],
        ["设备状态", "在用"],
        ["抽查比例", "90%"],
    ]
    assert cells(areas)[0] == ["人民路街道", "2", "1", "50.0%", "0", "1", "0", "1", "2", "1", "0"]
    assert [row[0] for row in cells(items)] == ["1 ★", "3"]
    assert "查出的问题已移交。" in cells(statement)[0][0]
    assert "应查 2，已查 1（50.0%）；发现问题 2 项，已销号 1 项，逾期未整改 0 项" in paper.about[2]


def test_ending_at_the_desk_needs_words(bureau: Bureau, signed_in: Sign) -> None:
    bureau.lift()
    campaign = bureau.running()
    browser = signed_in(bureau.issuer)
    assert browser.post(f"/campaigns/{campaign.id}/end", data={"statement": ""}).status_code == 422
    ended = browser.post(f"/campaigns/{campaign.id}/end", data={"statement": "总结"}, follow_redirects=True)
    assert "1 行至结束未查" in ended.text
    assert "结束行动" not in browser.get(f"/campaigns/{campaign.id}").text
    other = bureau.write()
    freed(other)
    gone = browser.post(f"/campaigns/{other.id}/withdraw", data={"reason": "另行部署"}, follow_redirects=True)
    assert "撤销原因：另行部署" in gone.text


def test_a_campaign_on_units_lists_them_by_name(bureau: Bureau, signed_in: Sign) -> None:
    make.organisation(OrganisationKind.STATION, "东岗充装站", area=make.TOWNSHIP, address="东岗路8号")
    campaign = bureau.running(scope=CampaignScope(CampaignSubject.UNITS, unit_kinds=("station",)))
    row = bureau.rows(campaign)[0]
    page = signed_in(bureau.officer).get(f"/campaigns/lists/{row.list_id}").text
    assert "东岗充装站" in page
    assert "东岗路8号" in page


@pytest.mark.parametrize("path", ["edit", "items", "rows", "problems", ""])
def test_a_campaign_of_another_county_is_not_there(bureau: Bureau, signed_in: Sign, path: str) -> None:
    bureau.lift()
    campaign = bureau.write(who=bureau.settler)
    freed(campaign)
    elsewhere = make.organisation(OrganisationKind.REGULATOR, "平川区局", area=make.ELSEWHERE)
    browser = signed_in(make.user(elsewhere, Role.SUPERVISOR))
    assert browser.get(f"/campaigns/{campaign.id}/{path}".rstrip("/")).status_code == 404
