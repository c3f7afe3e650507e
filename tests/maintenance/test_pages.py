"""The pages of technicians, of the firm's office and of the use unit."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.models import Attachment
from equipment.maintenance.models import Visit
from equipment.maintenance.states import SwipeOutcome, VisitState
from equipment.people.credentials import hashed_pin
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, codes, good_readings, lift_of, place

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def opened(at: Place, browser: FlaskClient) -> str:
    """Scan the label with the phone; the address of the visit page."""
    answer = browser.post(
        "/visits/swipe", data={"code": CODE, "swipe_id": str(new_id()), "equipment_id": str(at.lift.id)}
    )
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def answers(*given: tuple[str, str, str], at: object = None) -> dict[str, object]:
    when = (at or clock.now()).isoformat()  # type: ignore[attr-defined]
    return {
        "answers": [
            {
                "code": code,
                "answer": answer or None,
                "note": note,
                "happened_at": when,
                "readings": good_readings(code),
            }
            for code, answer, note in given
        ]
    }


def complete(browser: FlaskClient, url: str) -> None:
    given = [
        (code, "not_applicable" if code == "A-1-06" else "ok", "无此装置" if code == "A-1-06" else "")
        for code in codes()
    ]
    assert browser.post(f"{url}/answers", json=answers(*given)).get_json()["missing"] == {}


def picture(size: tuple[int, int] = (60, 40), kind: str = "JPEG", colour: str = "red") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    out.seek(0)
    return out


def ink(blank: bool = False) -> str:
    drawn = Image.new("RGBA", (64, 24))
    if not blank:
        ImageDraw.Draw(drawn).line((2, 2, 60, 20), fill=(0, 0, 0, 255), width=3)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def test_today_shows_overdue_lifts_first_then_in_visiting_order(at: Place, signed_in: Browser) -> None:
    for days, name in ((20, "西路梯"), (16, "北路梯"), (5, "未到期梯")):
        lift_of(at.firm, at.unit, visited=days, name=name, address=name)
    page = signed_in(at.anna).get("/visits/today").get_data(as_text=True)
    assert [page.index(name) for name in ("北路梯", "西路梯", "测试小区1号梯")] == sorted(
        page.index(name) for name in ("北路梯", "西路梯", "测试小区1号梯")
    )
    assert "未到期梯" not in page
    assert "超期1天" in page or "1" in page


def test_a_technician_begins_his_day_at_today(at: Place, signed_in: Browser) -> None:
    assert signed_in(at.anna).get("/").headers["Location"] == "/visits/today"


def test_a_scan_opens_the_visit_with_the_whole_checklist_and_nothing_ticked(
    at: Place, signed_in: Browser
) -> None:
    browser = signed_in(at.anna)
    page = browser.get(opened(at, browser)).get_data(as_text=True)
    assert [page.count(f'data-item="{code}"') for code in codes()] == [1] * 31
    assert (page.count('type="radio"'), page.count(" checked")) == (31 * 4, 0)
    assert [place for place in ("机房", "井道", "轿厢", "层站", "底坑") if place not in page] == []


def test_a_page_sent_twice_opens_one_visit(at: Place, signed_in: Browser) -> None:
    browser, form = (
        signed_in(at.anna),
        {"code": CODE, "swipe_id": str(new_id()), "equipment_id": str(at.lift.id)},
    )
    first, second = (browser.post("/visits/swipe", data=form) for _ in range(2))
    assert (first.status_code, second.status_code, len(at.visits()), len(at.swipes())) == (302, 302, 1, 1)


def test_a_refused_scan_says_why_in_plain_words(at: Place, signed_in: Browser) -> None:
    novice = make.user(at.firm, Role.TECHNICIAN, name="新人")
    page = (
        signed_in(novice)
        .post("/visits/swipe", data={"code": CODE, "equipment_id": str(at.lift.id)})
        .get_data(as_text=True)
    )
    assert "没有有效的电梯修理作业人员证（T）" in page
    assert [swipe.outcome for swipe in at.swipes()] == [SwipeOutcome.REFUSED]


def test_answers_are_kept_one_by_one_and_html_in_notes_stays_text(at: Place, signed_in: Browser) -> None:
    browser = signed_in(at.anna)
    url = opened(at, browser)
    answer = browser.post(f"{url}/answers", json=answers(("A-1-01", "abnormal", "<script>alert(1)</script>")))
    assert (
        answer.status_code,
        "A-1-01" in answer.get_json()["missing"],
        len(answer.get_json()["missing"]),
    ) == (200, False, 30)
    page = browser.get(url).get_data(as_text=True)
    assert ("<script>alert" in page, "&lt;script&gt;alert" in page) == (False, True)
    browser.post("/visits/swipe", data={"code": CODE})
    assert "<script>alert" not in browser.get(f"{url}?view=record").get_data(as_text=True)


def test_a_page_without_scripts_saves_the_form_whole(at: Place, signed_in: Browser) -> None:
    browser = signed_in(at.anna)
    url = opened(at, browser)
    sent = browser.post(
        f"{url}/answers",
        data={
            "a-A-1-01": "ok",
            "a-A-1-02": "abnormal",
            "n-A-1-02": "缺扳手",
            "p-A-1-02": (picture(), "x.jpg"),
            "remark": "晴",
        },
        content_type="multipart/form-data",
    )
    found = at.visit()
    assert (sent.status_code, sorted(found.answers), found.remark) == (302, ["A-1-01", "A-1-02"], "晴")
    assert (found.answers["A-1-02"]["note"], bool(found.answers["A-1-02"]["photo"])) == ("缺扳手", True)


def test_an_ended_session_answers_401_and_the_same_answer_is_taken_afterwards(
    app: Flask, at: Place, signed_in: Browser
) -> None:
    url = opened(at, signed_in(at.anna))
    body = answers(("A-1-01", "ok", ""))
    assert (
        app.test_client()
        .post(f"{url}/answers", json=body, headers={"Accept": "application/json"})
        .status_code
        == 401
    )
    assert at.visit().answers == {}
    assert signed_in(at.anna).post(f"{url}/answers", json=body).status_code == 200
    assert at.visit().answers["A-1-01"]["answer"] == "ok"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (
            b'{"answers": [{"code": "A-1-01", "answer": "fine", "note": "", "happened_at": "2026-11-23T09:00:00+08:00"}]}',
            422,
        ),
        (
            b'{"answers": [{"code": "A-1-01", "answer": "ok", "note": "", "happened_at": "2026-11-23T09:00:00"}]}',
            422,
        ),
    ],
)
def test_answers_that_cannot_be_read_are_refused_with_words(
    at: Place, signed_in: Browser, body: bytes, status: int
) -> None:
    browser = signed_in(at.anna)
    answer = browser.post(f"{opened(at, browser)}/answers", data=body, content_type="application/json")
    assert (answer.status_code, bool(answer.get_json()["text"])) == (status, True)


def test_a_photo_is_kept_once_and_told_by_its_content(at: Place, signed_in: Browser) -> None:
    browser = signed_in(at.anna)
    url = opened(at, browser)
    for _ in range(2):
        answer = browser.post(
            f"{url}/photo",
            data={"code": "A-1-06", "photo": (picture(), "a.jpg")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 200
        with browser.get(answer.get_json()["photo"]) as shown:
            assert shown.mimetype == "image/jpeg"
    db.session.rollback()
    assert db.session.query(Attachment).count() == 1
    wrong = browser.post(
        f"{url}/photo",
        data={"code": "A-1-06", "photo": (io.BytesIO(b"MZ not a photo"), "a.jpg")},
        content_type="multipart/form-data",
    )
    assert (wrong.status_code, "JPEG" in wrong.get_json()["text"]) == (422, True)


def test_a_photo_of_fifty_megabytes_is_too_large_in_plain_words_and_nothing_is_lost(
    at: Place, signed_in: Browser
) -> None:
    browser = signed_in(at.anna)
    url = opened(at, browser)
    browser.post(f"{url}/answers", json=answers(("A-1-01", "ok", "")))
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\xff\xd8\xff'
        + b"0" * 50_000_000
        + b"\r\n--x--\r\n"
    )
    answer = browser.post(f"{url}/photo", data=body, content_type="multipart/form-data; boundary=x")
    assert (
        answer.status_code,
        "拍小一点" in answer.get_data(as_text=True) or "照片" in answer.get_data(as_text=True),
    ) == (413, True)
    assert at.visit().answers["A-1-01"]["answer"] == "ok"


def test_the_second_technician_joins_by_card_or_by_pin(app: Flask, at: Place, signed_in: Browser) -> None:
    with app.app_context(), db.transaction():
        db.session.get_one(User, at.bo.id).pin_hash = hashed_pin("7391")
    browser = signed_in(at.anna)
    url = opened(at, browser)
    wrong = browser.post(f"{url}/join", data={"person": str(at.bo.id), "pin": "1111"})
    assert (wrong.status_code, "PIN 码不正确" in wrong.get_data(as_text=True), at.visit().technicians) == (
        422,
        True,
        [str(at.anna.id)],
    )
    browser.post(f"{url}/join", data={"person": str(at.bo.id), "pin": "7391", "swipe_id": str(new_id())})
    assert (at.visit().technicians, at.visit().confirmed) == ([str(at.anna.id), str(at.bo.id)],) * 2
    third = make.user(at.firm, Role.TECHNICIAN, name="第三人", certificate="T")
    browser.post(f"{url}/join", data={"card": make.card(third).uid})
    assert (len(at.visit().technicians), len(at.visit().confirmed)) == (3, 2)


def test_a_sign_out_kept_without_signal_counts_when_it_happened(at: Place, signed_in: Browser) -> None:
    begun = clock.now() - timedelta(hours=2)
    with time_machine.travel(begun, tick=False):
        url = opened(at, signed_in(at.anna))
    browser = signed_in(at.anna)
    body = {
        "swipe_id": str(new_id()),
        "code": CODE,
        "happened_at": (begun + timedelta(minutes=50)).isoformat(),
    }
    first, again = (
        browser.post(f"{url}/sign-out", data=body, headers={"Accept": "application/json"}).get_json()
        for _ in range(2)
    )
    found = at.visit()
    assert (first["outcome"], again["outcome"], first["here"]) == ("closed", "closed", True)
    assert (found.closed_at - found.opened_at, "drift" in found.flags) == (timedelta(minutes=50), False)


def test_a_sign_out_that_claims_to_lie_before_the_sign_in_makes_no_visit_longer(
    at: Place, signed_in: Browser
) -> None:
    begun = clock.now() - timedelta(minutes=10)
    with time_machine.travel(begun, tick=False):
        url = opened(at, signed_in(at.anna))
    claimed = (begun - timedelta(hours=1)).isoformat()
    signed_in(at.anna).post(
        f"{url}/sign-out", data={"swipe_id": str(new_id()), "code": CODE, "happened_at": claimed}
    )
    found = at.visit()
    assert (
        found.opened_at,
        found.closed_at >= begun + timedelta(minutes=10),
        {"drift", "short"} <= set(found.flags),
    ) == (begun, True, True)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("8RK2M8D4XRWP3HV", "这是另一台电梯的标签。"),
        ("NOSUCH1", "系统中没有这个标签。请重新扫描；仍不行请报告本单位。"),
    ],
)
def test_signing_out_by_a_wrong_label_says_what_is_wrong_with_it(
    at: Place, signed_in: Browser, code: str, said: str
) -> None:
    browser = signed_in(at.anna)
    url = opened(at, browser)
    lift_of(at.firm, at.unit, code="8RK2M8D4XRWP3HV")
    told = browser.post(
        f"{url}/sign-out", data={"code": code}, headers={"Accept": "application/json"}
    ).get_json()
    page = browser.post(f"{url}/sign-out", data={"code": code}, follow_redirects=True).get_data(as_text=True)
    flashes = re.findall(r'class="flash .*?<div>(.*?)</div>', page, re.S)
    assert (told["here"], told["elsewhere"], flashes, at.visit().state) == (
        False,
        code != "NOSUCH1",
        ["已在本梯签到。", said],
        VisitState.OPEN,
    )


def ended(at: Place, signed_in: Browser) -> str:
    """A whole visit up to the signature."""
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        url = opened(at, signed_in(at.anna))
        complete(signed_in(at.anna), url)
    signed_in(at.anna).post(f"{url}/sign-out", data={"code": CODE})
    assert (at.visit().state, at.visit().counted) == (VisitState.TO_SIGN, True)
    return url


def test_a_record_names_both_sides_and_leads_to_its_lift(at: Place, signed_in: Browser) -> None:
    with make.writing():
        db.session.get_one(Equipment, at.lift.id).details = {
            "catalogue": "3110",
            "drive": "traction",
            "load_kg": 1050,
            "speed_mm_s": 1750,
            "floors": 18,
            "model": "X9",
        }
    record = signed_in(at.anna).get(f"{ended(at, signed_in)}?view=record").get_data(as_text=True)
    assert [
        said in record
        for said in (
            "测试物业",
            "测试维保公司",
            f'href="/equipment/{at.lift.id}"',
            "额定载重量 1050 kg · 额定速度 1.75 m/s · 层数 18",
            "X9",
        )
    ] == [True] * 4 + [False]


def test_the_use_unit_signs_on_the_technicians_screen(at: Place, signed_in: Browser) -> None:
    browser = signed_in(at.anna)
    url = ended(at, signed_in)
    person = str(at.safe.id)
    for wrong in (
        {"signer_id": "", "drawing": ink()},
        {"signer_name": "王主任", "drawing": ink()},  # typed, and nobody of the unit
        {"signer_id": str(at.boss.id), "drawing": ink()},
        {"signer_id": person, "drawing": ink(blank=True)},
        {"signer_id": person, "drawing": "data:,x"},
    ):
        assert browser.post(f"{url}/sign", data=wrong).status_code == 422
    assert f'<option value="{person}">安全员</option>' in browser.get(url).text
    assert browser.post(f"{url}/sign", data={"signer_id": person, "drawing": ink()}).status_code == 302
    found = at.visit()
    assert (found.state, found.signer_name, found.signed_by, bool(found.signature_sha256)) == (
        VisitState.ON_SITE,
        "安全员",
        None,
        True,
    )
    page = browser.get(url).get_data(as_text=True)
    assert ("现场签名" in page, "visit-signature" in page, found.next_on.isoformat() in page) == (
        True,
        True,
        True,
    )
    assert "已签字" not in page


def test_the_safety_officer_signs_later_one_by_one_or_many(at: Place, signed_in: Browser) -> None:
    url = ended(at, signed_in)
    officer = signed_in(at.safe)
    page = officer.get("/visits/to-sign").get_data(as_text=True)
    assert page.count('name="id"') == 1
    chosen = {"id": [f"{at.lift.id}/{at.visit().id}", "nonsense"]}
    after = officer.post("/visits/to-sign", data=chosen, follow_redirects=True).text
    assert ("已签字 1 条。" in after, "有 1 条未能签字" in after) == (True, True)
    assert (at.visit().state, at.visit().signer_name) == (VisitState.SIGNED, "安全员")
    assert officer.get(url).status_code == 200


def test_the_safety_officer_disputes_with_a_reason_and_the_firm_replies(
    at: Place, signed_in: Browser
) -> None:
    url = ended(at, signed_in)
    assert signed_in(at.safe).post(f"{url}/dispute", data={"reason": " "}).status_code == 422
    signed_in(at.safe).post(f"{url}/dispute", data={"reason": "没来"})
    assert at.visit().state == VisitState.DISPUTED
    assert signed_in(at.anna).post(f"{url}/reply", data={"reason": "来了"}).status_code == 403
    signed_in(at.boss).post(f"{url}/reply", data={"reason": "来了"})
    assert (at.visit().state, at.visit().dispute_reply) == (VisitState.DISPUTED, "来了")
    assert signed_in(at.boss).post(f"{url}/withdraw").status_code == 403
    signed_in(at.safe).post(f"{url}/withdraw")
    assert at.visit().state == VisitState.TO_SIGN


def test_the_list_filters_by_state_flag_and_and_day(at: Place, signed_in: Browser) -> None:
    ended(at, signed_in)
    boss, yesterday = signed_in(at.boss), make.days(-1)  # an hour ago it may have been yesterday still
    expected = {
        "": 1,
        "state=to_sign": 1,
        "state=open": 0,
        "flag=one_technician": 1,
        "flag=short": 0,
        f"on_from={yesterday}": 1,
        f"on_until={make.days(-3)}": 0,
        "proof=late": 0,
        "firm=nonsense": 0,
        "area=²": 1,
    }
    assert {
        query: boss.get(f"/visits?{query}").get_data(as_text=True).count("测试小区1号梯")
        for query in expected
    } == expected


def test_a_paper_record_is_entered_late_through_the_form(at: Place, signed_in: Browser) -> None:
    boss = signed_in(at.boss)
    assert boss.get("/visits/late?lift=NOSUCH1").status_code == 422
    assert "测试小区1号梯" in boss.get(f"/visits/late?lift={CODE}").get_data(as_text=True)
    day = (clock.site_time(clock.now()) - timedelta(days=1)).strftime("%Y-%m-%d")
    form = {
        "lift": CODE,
        "visit_id": str(new_id()),
        "duty": "visit_half_month",
        "opened_at": f"{day}T09:00",
        "closed_at": f"{day}T08:00",
        "technician": [str(at.anna.id)],
        "reason": "停电",
    }
    wrong = boss.post("/visits/late", data=form)
    assert (
        wrong.status_code,
        "停电" in wrong.get_data(as_text=True),
        "结束时间必须晚于开始时间" in wrong.get_data(as_text=True),
    ) == (422, True, True)
    for _ in range(2):
        assert boss.post("/visits/late", data={**form, "closed_at": f"{day}T09:50"}).status_code == 302
    garbled = boss.post(
        "/visits/late",
        data={
            **form,
            "visit_id": "x",
            "technician": ["x"],
            "opened_at": "0001-01-01T00:00",
            "closed_at": "0001-01-01T01:00",
        },
    )
    assert garbled.status_code == 422
    assert [(each.late_entry, each.swiped) for each in at.visits()] == [(True, False)]


def test_what_a_paper_record_lacks_stands_at_its_fields_and_nothing_typed_is_lost(
    at: Place, signed_in: Browser
) -> None:
    form = {"lift": CODE, "opened_at": "昨天", "technician": [str(at.anna.id)], "reason": " "}
    wrong = signed_in(at.boss).post("/visits/late", data=form)
    page = wrong.text
    assert (wrong.status_code, page.count("请填写日期和时间。"), "请选择维保类别。" in page) == (422, 2, True)
    assert ('value="昨天"' in page, re.search(rf'value="{at.anna.id}"\s+checked', page) is not None) == (
        True,
        True,
    )
    assert at.visits() == []


def test_first_pages_show_what_waits(at: Place, signed_in: Browser) -> None:
    ended(at, signed_in)
    office, unit = (signed_in(who).get("/").get_data(as_text=True) for who in (at.boss, at.safe))
    assert ("待使用单位签字" in office, "测试物业" in office, "待签字" in unit) == (True, True, True)


def test_the_bureau_sees_both_indicators_with_their_definitions(at: Place, signed_in: Browser) -> None:
    ended(at, signed_in)
    with make.writing():
        db.session.get_one(Visit, (at.lift.id, at.visit().id)).grade = PresenceGrade.SCAN_IN_FENCE
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    page = signed_in(make.user(bureau, Role.SUPERVISOR)).get("/visits").get_data(as_text=True)
    assert ("贴牌率" in page, "刷卡维保率" in page, "100.00 %" in page, "÷" in page) == (
        True,
        True,
        True,
        True,
    )


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.FIRM_MANAGER, Role.SAFETY_OFFICER])
def test_strangers_of_the_same_trade_find_nothing(at: Place, signed_in: Browser, role: Role) -> None:
    url = ended(at, signed_in)
    kind = OrganisationKind.USE_UNIT if role is Role.SAFETY_OFFICER else OrganisationKind.FIRM
    stranger = signed_in(make.user(make.organisation(kind), role, certificate="T"))
    assert [
        stranger.get(url).status_code,
        stranger.post(f"{url}/sign", data={"signer_name": "x", "drawing": ink()}).status_code,
    ] == [404, 404]
    assert stranger.get("/visits").get_data(as_text=True).count("测试小区") == 0
    assert db.session.get(Visit, (at.lift.id, at.visit().id)).state == VisitState.TO_SIGN


def test_a_conflict_stands_in_red_on_both_phones_and_the_manager_takes_it_back(
    at: Place, signed_in: Browser
) -> None:
    anna, bo = signed_in(at.anna), signed_in(at.bo)
    url = opened(at, anna)
    assert bo.post("/visits/swipe", data={"code": CODE}).status_code == 302
    now = clock.now().isoformat()

    def answered(who: FlaskClient, answer: str, note: str) -> Any:
        item = {"code": "A-1-14", "answer": answer, "note": note, "happened_at": now}
        return who.post(f"{url}/answers", json={"answers": [item]}).get_json()

    assert answered(anna, "abnormal", "门锁坏")["conflicts"] == {}
    texts = answered(bo, "ok", "")["conflicts"]["A-1-14"]
    assert [text.partition(" (")[0] for text in texts] == ["安师傅 异常：门锁坏", "卜师傅 正常"]
    for who in (anna, bo):
        page = who.get(url).text
        assert ("安师傅 异常：门锁坏" in page, "卜师傅 正常" in page) == (True, True)
    assert [
        re.search(r'name="a-A-1-14" value="(\w+)"\s+checked', who.get(url).text).group(1)  # type: ignore[union-attr]
        for who in (anna, bo)
    ] == ["abnormal", "ok"]
    boss = signed_in(at.boss)
    taken = boss.post(f"{url}/items/A-1-14/take-back", data={"reason": "看错梯"}, follow_redirects=True).text
    assert ("安师傅 异常：门锁坏" in taken, "（经理已撤回：看错梯）" in taken) == (True, True)
    assert bo.post(f"{url}/items/A-1-14/take-back", data={"reason": "x"}).status_code == 403
