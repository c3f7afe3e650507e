from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse as rate
from PIL import Image
from sqlalchemy import select

from equipment.core.errors import Invalid
from equipment.hazards.models import Finding
from equipment.inspections.rules import InspectionKind
from equipment.labels.actions import issue_labels
from equipment.life import public_views
from equipment.life.models import PublicReport
from equipment.life.states import Answer, PieceState, worst_answer
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import actions
from equipment.register.codes import make_code, parse
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session, transaction
from tests import make

DETAILS = {"variety": "vehicle_cng", "medium": "CNG", "vehicle_plate": "甘D12345", "use": "taxi"}
HERE = {"Origin": "http://localhost"}


def code() -> str:
    return make_code(keys())


def cylinder(**more) -> Equipment:
    details = more.pop("details", DETAILS)
    station = make.station("白银示例燃气有限公司")
    return make.equipment(
        "cylinder",
        code=code(),
        details=details,
        owner_id=station.id,
        **{"inspection_due_on": make.days(100), **more},
    )


def page(client: FlaskClient, text: str) -> tuple[int, str]:
    answer = client.get(f"/T/{text}")
    return answer.status_code, answer.text


PIECES = [
    ("within its period", {}, 200, "检验有效期内"),
    ("on its last day", {"inspection_due_on": make.Days(0)}, 200, "检验有效期内"),
    ("a day late", {"inspection_due_on": make.Days(-1)}, 200, "已超期，请勿使用"),
    ("past its life", {"end_of_life_on": make.Days(-1)}, 200, "已超过使用年限，请勿使用"),
    ("no day known", {"inspection_due_on": None}, 200, "检验情况不明"),
    ("failed", {"inspection_failed_on": make.Days(-3)}, 200, "检验不合格，请勿使用"),
    ("use stopped", {"stop_use_since": make.Days(-3)}, 200, "停止使用，请勿使用"),
    ("scrapped", {"status": EquipmentStatus.SCRAPPED}, 200, "已报废，请勿使用"),
    ("stopped", {"status": EquipmentStatus.STOPPED}, 200, "已停用，请勿使用"),
    ("locked", {"status": EquipmentStatus.LOCKED, "block_reason": "张某报失"}, 200, "已锁定，请勿使用"),
]


@pytest.mark.parametrize(
    ("more", "status", "words"), [each[1:] for each in PIECES], ids=[each[0] for each in PIECES]
)
def test_the_answer_says_what_the_register_knows(
    client: FlaskClient, more: dict, status: int, words: str
) -> None:
    made = cylinder(**more)
    answer = page(client, made.label_code)
    assert answer[0] == status
    assert f"{words}</h1>" in answer[1]


ON = date(2026, 11, 29)
BEFORE = ON - timedelta(days=1)
# The worst first: a piece of which several hold gets the answer that stands higher here.
WORST = [
    (Answer.SCRAPPED, {"status": EquipmentStatus.SCRAPPED}),
    (Answer.VOID, {"label_is_void": True}),
    (Answer.LOCKED, {"status": EquipmentStatus.LOCKED}),
    (Answer.STOP_USE, {"stop_use_since": BEFORE}),
    (Answer.FAILED, {"inspection_failed_on": BEFORE}),
    (Answer.STOPPED, {"status": EquipmentStatus.STOPPED}),
    (Answer.PAST_LIFE, {"end_of_life_on": BEFORE}),
    (Answer.UNSTATED, {"inspection_due_on": None}),
    (Answer.OVERDUE, {"inspection_due_on": BEFORE}),
    (Answer.VALID, {"inspection_due_on": ON, "end_of_life_on": ON}),
]


@pytest.mark.parametrize("place", range(len(WORST)), ids=[answer for answer, _ in WORST])
def test_the_worst_truth_is_told_whatever_else_holds(place: int) -> None:
    answer, facts = WORST[place]
    told = {
        worst_answer(PieceState(**{"inspection_due_on": ON} | milder | facts), ON)
        for _, milder in WORST[place:]
    }
    assert told == {answer}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (EquipmentStatus.CANCELLED, Answer.SCRAPPED),
        (EquipmentStatus.NOT_YET, Answer.STOPPED),
        (EquipmentStatus.MOVED_OUT, Answer.STOPPED),
        (EquipmentStatus.IN_USE, Answer.VALID),
    ],
)
def test_every_status_has_its_answer(status: EquipmentStatus, answer: Answer) -> None:
    assert worst_answer(PieceState(status, inspection_due_on=ON), ON) is answer


def test_a_code_that_leads_to_no_piece_can_be_reported_as_forged(
    client: FlaskClient, signed_in: Callable[[User], FlaskClient]
) -> None:
    forged = make_code(["another key"])
    for text in (forged, code(), "ABC"):
        assert f"/T/{text}/report" in page(client, text)[1]
    assert 'value="forged"\n    required checked' in client.get(f"/T/{forged}/report").text
    typed = {"kind": "forged", "description": "标签像是自己打印的"}
    first, again = (client.post(f"/T/{forged}/report", headers=HERE, data=typed) for _ in range(2))
    assert (first.status_code, first.location) == (303, again.location)
    report = session.scalars(visible(SYSTEM, PublicReport)).one()
    assert (report.equipment_id, report.code, report.area) == (None, forged, make.CITY)
    session.expunge(report)
    bureau = make.organisation(OrganisationKind.REGULATOR)
    city = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.CITY))
    assert forged in city.get("/reports/public").text
    assert forged in city.get(f"/reports/public/{report.id}").text
    true = {"step": "confirm", "reply": "已核查"}
    assert city.post(f"/reports/public/{report.id}", data=true).status_code == 422
    assert city.post(f"/reports/public/{report.id}", data=true | {"step": "dismiss"}).status_code == 302
    county = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY))
    assert county.get(f"/reports/public/{report.id}").status_code == 404


def test_codes_without_a_piece_get_their_own_answers(client: FlaskClient) -> None:
    right = code()
    with transaction():
        issue_labels(1, make.station().id, by=SYSTEM)
    blank = session.scalars(select(Label.code)).one()
    mistyped = next(
        other for other in (right[:3] + each + right[4:] for each in "0123456789") if not parse(other).checked
    )
    forged = make_code(["another key"])
    shown = {text: page(client, text) for text in (right, blank, mistyped, forged, "ABC")}
    assert [shown[text][0] for text in shown] == [404, 200, 404, 404, 404]
    for text, words in (
        (right, "查无此设备"),
        (blank, "标签尚未启用"),
        (mistyped, "编码有误，请重新扫码"),
        (forged, "非真实标签"),
        ("ABC", "查无此设备"),
    ):
        assert f"{words}</h1>" in shown[text][1]


def test_a_replaced_label_is_void_and_a_scrapped_piece_stays_scrapped(client: FlaskClient) -> None:
    made = cylinder()
    old = made.label_code
    with transaction():
        made = session.merge(made)
        new = actions.replace_label(old, "", "脱落", by=SYSTEM)
    assert ("此标签已作废" in page(client, old)[1], "检验有效期内" in page(client, new.code)[1]) == (
        True,
        True,
    )
    with transaction():
        actions.change_status(
            session.get_one(Equipment, made.id), EquipmentStatus.SCRAPPED, reason="到期", by=SYSTEM
        )
    assert [
        page(client, each)[1].partition("</h1>")[0].endswith("已报废，请勿使用") for each in (old, new.code)
    ] == [True, True]


def test_any_case_and_the_lower_case_path_lead_to_the_same_answer(client: FlaskClient) -> None:
    made = cylinder()
    answers = {
        client.get(path).status_code
        for path in (
            f"/T/{made.label_code.lower()}",
            f"/t/{made.label_code}",
            f"/t/{made.label_code[:5]}-{made.label_code[5:]}",
        )
    }
    assert answers == {200}


def test_strangers_get_one_page_without_cookie_and_staff_their_own(
    client: FlaskClient, signed_in: Callable[[User], FlaskClient]
) -> None:
    made = cylinder()
    first, second = (
        client.get(f"/T/{made.label_code}"),
        client.get(f"/T/{made.label_code}", headers={"Accept-Language": "en"}),
    )
    assert (first.text, first.headers["Cache-Control"]) == (second.text, "public, max-age=60")
    assert "Set-Cookie" not in first.headers
    bureau = make.organisation(OrganisationKind.REGULATOR)
    staff = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY)).get(f"/T/{made.label_code}")
    assert staff.headers["Cache-Control"] == "private, no-store"
    assert f'href="/equipment/{made.id}"' in staff.text
    elsewhere = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE)).get(
        f"/T/{made.label_code}"
    )
    assert f"/equipment/{made.id}" not in elsewhere.text


def test_nothing_that_names_a_person_is_shown(client: FlaskClient) -> None:
    person = make.organisation(OrganisationKind.USE_UNIT, "出租车主李四")
    made = cylinder(
        use_unit_id=person.id,
        status=EquipmentStatus.LOCKED,
        block_reason="车主李四报失",
        address="人民路1号李四家",
        own_number="李四1号",
        unverified_reason="李四未到场",
        name="李四的气瓶",
        position="李四家",
    )
    shown = page(client, made.label_code)[1]
    assert [word for word in ("李四", "甘D12345", "人民路1号") if word in shown] == []


def test_guessing_codes_is_stopped_and_known_codes_stay_open(client: FlaskClient) -> None:
    made = cylinder()
    seen = [client.get(f"/T/{code()}").status_code for _ in range(61)]
    assert (seen[:60], seen[60]) == ([404] * 60, 429)
    assert client.get(f"/T/{made.label_code}").status_code == 200


def photo() -> io.BytesIO:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    stored = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(stored, "JPEG", exif=exif)
    return io.BytesIO(stored.getvalue())


def test_a_report_gets_a_number_a_photo_drawn_anew_and_a_visible_reply(
    app: Flask, client: FlaskClient, signed_in: Callable[[User], FlaskClient]
) -> None:
    made = cylinder(area=make.TOWNSHIP)
    sent = client.post(
        f"/T/{made.label_code}/report",
        headers=HERE,
        data={
            "kind": "leak",
            "description": "瓶阀<b>漏气</b>",
            "phone": "13900001234",
            "photo": (photo(), "a.jpg"),
        },
    )
    assert (sent.status_code, sent.location.startswith("/R/")) == (303, True)
    waiting = client.get(sent.location).text
    assert ("已受理" in waiting, "13900001234" in waiting, "漏气" in waiting) == (True, False, False)
    report = session.scalars(visible(SYSTEM, PublicReport)).one()
    session.expunge(report)
    desk = signed_in(
        make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.COUNTY)
    )
    with desk.get(f"/reports/public/{report.id}/photo") as kept:
        assert (kept.status_code, b"SecretCamera" in kept.data) == (200, False)
    assert "瓶阀&lt;b&gt;漏气&lt;/b&gt;" in desk.get(f"/reports/public/{report.id}").text
    assert report.number in desk.get("/reports/public").text
    desk.post(f"/reports/public/{report.id}", data={"step": "check"})
    desk.post(f"/reports/public/{report.id}", data={"step": "confirm", "reply": "已更换瓶阀"})
    session.expire_all()
    finding = session.scalars(visible(SYSTEM, Finding)).one()
    assert (finding.source, finding.source_id, finding.equipment_id) == ("report", report.id, made.id)
    assert "已更换瓶阀" in client.get(sent.location).text
    assert (
        desk.post(f"/reports/public/{report.id}", data={"step": "confirm", "reply": "再答"}).status_code
        == 409
    )
    desk.post(f"/reports/public/{report.id}", data={"step": "file"})
    session.expire_all()
    assert session.scalars(select(PublicReport.state)).one() == "filed"


REFUSED = [
    ("from another site", {"Origin": "https://evil.example"}, {}, 403),
    ("from nowhere", {}, {}, 403),
    ("by a robot", HERE, {"website": "x"}, 400),
    ("without words", HERE, {"description": " "}, 422),
    ("about nothing", HERE, {"kind": "x"}, 422),
    ("with a false phone", HERE, {"phone": "call me"}, 422),
]


@pytest.mark.parametrize(
    ("headers", "more", "status"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_a_report_that_cannot_be_is_refused_and_nothing_kept(
    client: FlaskClient, headers: dict, more: dict, status: int
) -> None:
    made = cylinder()
    sent = client.post(
        f"/T/{made.label_code}/report", headers=headers, data={"kind": "leak", "description": "漏气", **more}
    )
    assert sent.status_code == status
    assert session.scalars(visible(SYSTEM, PublicReport)).all() == []


def test_only_what_was_taken_counts_and_too_much_is_said_where_it_was_typed(client: FlaskClient) -> None:
    path = f"/T/{cylinder().label_code}/report"
    wrong = [
        client.post(path, headers=HERE, data={"kind": "leak", "description": ""}).status_code
        for _ in range(12)
    ]
    sent = [
        client.post(path, headers=HERE, data={"kind": "leak", "description": f"漏气{number}"})
        for number in range(11)
    ]
    assert (wrong, [each.status_code for each in sent]) == ([422] * 12, [303] * 10 + [429])
    assert ("12315，或稍后再提交" in sent[10].text, "漏气10" in sent[10].text) == (True, True)


def test_photos_are_counted_before_they_are_drawn(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo costs more than a report: those that are refused count too, before anything is drawn."""
    drawn: list[int] = []
    monkeypatch.setattr(public_views, "take", lambda *_args, **_more: drawn.append(1) or refused())
    monkeypatch.setattr(public_views, "PHOTOS_PER_ADDRESS", rate("3/hour"))
    piece = cylinder()
    statuses = [
        client.post(
            f"/T/{piece.label_code}/report",
            data={"kind": "other", "description": "x", "photo": (photo(), "a.jpg")},
            headers=HERE,
        ).status_code
        for _ in range(5)
    ]
    assert (statuses, len(drawn)) == ([422, 422, 422, 429, 429], 3)


def refused() -> None:
    raise Invalid({"photo": "The photo is damaged; take it again."})


def test_a_second_tap_is_the_same_report(client: FlaskClient) -> None:
    path, said = f"/T/{cylinder().label_code}/report", {"kind": "leak", "description": "漏气"}
    first, again, other = (
        client.post(path, headers=HERE, data={**said, **more}).location
        for more in ({}, {}, {"phone": "13800138000"})
    )
    assert (first == again, first == other) == (True, False)


def test_what_is_wrong_is_said_in_the_language_of_the_page(client: FlaskClient) -> None:
    sent = client.post(
        f"/T/{cylinder().label_code}/report?lang=en", headers=HERE, data={"kind": "leak", "description": ""}
    )
    assert ("Say what is wrong." in sent.text, "?lang=en" in sent.text) == (True, True)


def test_a_supervisor_of_another_area_sees_no_report(
    client: FlaskClient, signed_in: Callable[[User], FlaskClient]
) -> None:
    made = cylinder(area=make.TOWNSHIP)
    client.post(f"/T/{made.label_code}/report", headers=HERE, data={"kind": "leak", "description": "漏气"})
    report = session.scalars(visible(SYSTEM, PublicReport)).one()
    session.expunge(report)
    elsewhere = signed_in(
        make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.ELSEWHERE)
    )
    assert (
        elsewhere.get(f"/reports/public/{report.id}").status_code,
        report.number in elsewhere.get("/reports/public").text,
    ) == (404, False)


def test_a_lift_shows_its_rescue_code_and_its_firm_but_no_number_that_nobody_confirmed(
    client: FlaskClient,
) -> None:
    firm = make.organisation(OrganisationKind.FIRM, "白银示例电梯维保有限公司", rescue_phone="0943-8888888")
    made = make.equipment(
        "elevator",
        code=code(),
        details={"catalogue": "3110", "rescue_code": "620001"},
        catalogue_code="3110",
        maintenance_firm_id=firm.id,
        inspection_due_on=make.days(30),
    )
    shown = page(client, made.label_code)[1]
    assert [
        word in shown for word in ("0943-8888888", "620001", "白银示例电梯维保有限公司", "曳引驱动乘客电梯")
    ] == [False, True, True, True]
    english = client.get(f"/T/{made.label_code}?lang=en").text
    assert "Within its inspection period</h1>" in english


def test_the_last_inspection_is_a_bodys_and_no_self_test(client: FlaskClient) -> None:
    made = make.equipment(
        "elevator",
        code=code(),
        details={"catalogue": "3110"},
        catalogue_code="3110",
        inspection_due_on=make.days(30),
    )
    make.inspection(made, make.days(-400))
    make.inspection(made, make.days(-20), InspectionKind.SELF_TEST)
    shown = page(client, made.label_code)[1]
    assert (make.days(-400).isoformat() in shown, make.days(-20).isoformat() in shown) == (True, False)
