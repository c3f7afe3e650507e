from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from equipment.core.config import Settings
from equipment.files.models import Attachment
from equipment.labels.actions import issue_labels
from equipment.labels.models import LabelBatch
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import actions
from equipment.register.models import Equipment, Label
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.storage.db import session, transaction
from equipment.tasks.models import Task
from tests import make

SignIn = Callable[[User], FlaskClient]
DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5"}


@pytest.fixture
def station_owner(app: Flask) -> User:
    return make.user(make.station("白银示例燃气有限公司"), Role.STATION_OWNER)


def supervisor(area: str = make.COUNTY) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=area)


def cylinder(of: User, **more) -> Equipment:
    return make.equipment(
        "cylinder", details=DETAILS, owner_id=of.organisation_id, medium="LPG", catalogue_code="2320", **more
    )


def typed(**more) -> dict[str, str]:
    return {
        "category": "cylinder",
        "serial": "323232",
        "maker": "甘肃示例压力容器厂",
        "area": make.TOWNSHIP,
        "owner_id": "白银示例燃气有限公司",
        "made_on": make.days(-700).isoformat(),
        "details.variety": "lpg",
        "details.medium": "LPG",
        "details.volume_ml": "35.5",
        "details.tare_g": "16.5",
        **more,
    }


def test_the_form_of_a_category_registers_a_piece_in_the_units_people_use(
    signed_in: SignIn, station_owner: User
) -> None:
    browser = signed_in(station_owner)
    form = browser.get("/equipment/new?category=cylinder").text
    assert [
        text in form
        for text in (
            'value="白银示例燃气有限公司"',
            'name="details.volume_ml"',
            ">L</span>",
            'name="identifiers.cylinder_code"',
        )
    ] == [True] * 4
    sent = browser.post("/equipment/new", data=typed())
    made = session.scalars(visible(SYSTEM, Equipment)).one()
    assert (sent.status_code, sent.location) == (302, f"/equipment/{made.id}")
    assert (made.details["volume_ml"], made.details["tare_g"], made.owner_id) == (
        35500,
        16500,
        station_owner.organisation_id,
    )


@pytest.mark.parametrize("number", ["16.5", "16,5", "１６．５", "16，5"])
def test_a_number_is_read_as_it_is_typed_under_any_input_method(
    signed_in: SignIn, station_owner: User, number: str
) -> None:
    assert (
        signed_in(station_owner).post("/equipment/new", data=typed(**{"details.tare_g": number})).status_code
        == 302
    )
    assert session.scalars(visible(SYSTEM, Equipment)).one().details["tare_g"] == 16500


def test_a_wrong_form_comes_back_with_every_error_at_its_field_and_what_was_typed(
    signed_in: SignIn, station_owner: User
) -> None:
    sent = signed_in(station_owner).post(
        "/equipment/new",
        data=typed(**{"details.volume_ml": "很大", "made_on": "昨天", "owner_id": "没有的单位"}),
    )
    assert (sent.status_code, sent.text.count('class="field-error"')) == (422, 3)
    assert 'value="很大"' in sent.text
    sent = signed_in(station_owner).post("/equipment/new", data=typed(**{"details.variety": "", "area": ""}))
    assert (sent.status_code, sent.text.count('class="field-error"')) == (422, 2)
    assert session.scalars(visible(SYSTEM, Equipment)).all() == []


def test_registering_the_same_piece_twice_is_refused_in_words(signed_in: SignIn, station_owner: User) -> None:
    browser = signed_in(station_owner)
    browser.post("/equipment/new", data=typed())
    again = browser.post("/equipment/new", data=typed())
    assert (again.status_code, "已登记，不能重复" in again.text) == (422, True)


def test_an_edit_is_shown_on_the_timeline(signed_in: SignIn, station_owner: User) -> None:
    browser = signed_in(station_owner)
    made = browser.post("/equipment/new", data=typed()).location
    form = browser.get(f"{made}/edit").text
    assert 'value="35.5"' in form
    assert browser.post(f"{made}/edit", data=typed(own_number="A-7", reason="更正")).status_code == 302
    page = browser.get(made).text
    assert [text in page for text in ("信息变更", "更正", "A-7", "建档", "35.5 L")] == [True] * 5


FILTERS = [
    ("category=cylinder", 2),
    ("category=elevator", 1),
    ("status=stopped", 1),
    ("overdue=1", 1),
    ("past_life=1", 1),
    ("unverified=1", 1),
    ("unlabelled=1", 3),
    ("area=620402", 3),
    ("area=620421", 0),
    ("category=cylinder&f_variety=lpg", 0),
    ("q=nothing", 0),
    ("owner=not-an-id", 0),
    ("category=spaceship", 0),
    ("sort=-due&page=2", 0),
]


@pytest.mark.parametrize(("query", "rows"), FILTERS)
def test_every_filter_narrows_the_list(signed_in: SignIn, station_owner: User, query: str, rows: int) -> None:
    cylinder(station_owner, status=EquipmentStatus.STOPPED)
    cylinder(station_owner, inspection_due_on=make.days(-3), end_of_life_on=make.days(-1), verified=False)
    make.equipment("elevator", details={"catalogue": "3110"}, use_unit_id=station_owner.organisation_id)
    page = signed_in(supervisor()).get(f"/equipment?{query}")
    assert (page.status_code, page.text.count('data-label="辖区与地点"')) == (200, rows)


def test_an_export_is_put_in_line_with_the_filters_of_the_list(
    signed_in: SignIn, station_owner: User
) -> None:
    cylinder(station_owner)
    browser = signed_in(station_owner)
    assert browser.get("/equipment?category=cylinder&format=xlsx").status_code == 200  # a link makes no work
    sent = browser.post("/equipment?category=cylinder&format=xlsx")
    task = session.scalars(select(Task)).one()
    assert (sent.status_code, task.kind, task.input) == (
        302,
        "register.export",
        {"format": "xlsx", "asked": {"category": "cylinder"}},
    )
    address = f"/tasks/{task.id}"
    assert browser.post("/equipment?format=csv").location == address  # one at a time
    assert session.scalar(select(func.count()).select_from(Task)) == 1


def test_strangers_do_not_see_or_change_a_piece(signed_in: SignIn, station_owner: User) -> None:
    made = cylinder(station_owner)
    other = signed_in(make.user(make.station("别家"), Role.STATION_OWNER))
    paths = [f"/equipment/{made.id}", f"/equipment/{made.id}/edit", f"/equipment/{made.id}/status"]
    assert [other.get(path).status_code for path in paths] == [404] * 3
    assert [
        other.post(path, data={"status": "stopped", "reason": "x"}).status_code for path in paths[1:]
    ] == [404] * 2
    assert made.serial not in other.get("/equipment").text
    inspector = make.user(make.organisation(OrganisationKind.BODY), Role.INSPECTOR)
    assert signed_in(inspector).get(f"/equipment/{made.id}/edit").status_code == 403


def test_scrapping_needs_the_typed_number(signed_in: SignIn, station_owner: User) -> None:
    made, browser = cylinder(station_owner), signed_in(station_owner)
    form = {"status": "scrapped", "reason": "超过使用年限", "typed": "x"}
    assert browser.post(f"/equipment/{made.id}/status", data=form).status_code == 422
    assert (
        browser.post(f"/equipment/{made.id}/status", data={**form, "typed": made.serial}).status_code == 302
    )
    session.expire_all()
    assert session.get_one(Equipment, made.id).status == EquipmentStatus.SCRAPPED
    assert (
        browser.post(f"/equipment/{made.id}/status", data={"status": "in_use", "reason": "复用"}).status_code
        == 422
    )


def test_the_chosen_ones_are_stopped_and_the_rest_left(signed_in: SignIn, station_owner: User) -> None:
    first, second = cylinder(station_owner), cylinder(station_owner, status=EquipmentStatus.SCRAPPED)
    foreign = make.equipment("cylinder", details=DETAILS)
    signed_in(station_owner).post("/equipment/bulk/stop", data={"id": [first.id, second.id, foreign.id]})
    session.expire_all()
    assert [session.get_one(Equipment, each.id).status for each in (first, second, foreign)] == [
        "stopped",
        "scrapped",
        "in_use",
    ]


def png() -> io.BytesIO:
    stored = io.BytesIO()
    Image.new("RGB", (30, 30), "blue").save(stored, "PNG")
    return io.BytesIO(stored.getvalue())


def test_documents_are_checked_by_content_and_shown(signed_in: SignIn, station_owner: User) -> None:
    made, browser = cylinder(station_owner), signed_in(station_owner)
    path = f"/equipment/{made.id}/documents"
    assert (
        browser.post(path, data={"kind": "photo", "file": (io.BytesIO(b"<html>"), "a.png")}).status_code
        == 422
    )
    assert browser.post(path, data={"kind": "photo", "file": (png(), "钢印.png")}).status_code == 302
    kept = session.scalars(visible(SYSTEM, Attachment)).one()
    with browser.get(f"/files/{made.id}/{kept.id}") as shown:
        assert shown.status_code == 200
    assert "钢印" in browser.get(f"/equipment/{made.id}").text


def blanks(user: User, count: int) -> list[str]:
    with transaction():
        batch = issue_labels(count, user.organisation_id, by=SYSTEM)
    return list(session.scalars(select(Label.code).where(Label.batch_id == batch.id).order_by(Label.code)))


def test_a_blank_label_is_bound_by_the_last_digits_in_three_steps(
    signed_in: SignIn, station_owner: User
) -> None:
    made, other = (
        cylinder(station_owner, serial="8812345"),
        make.equipment("cylinder", serial="9912345", details=DETAILS),
    )
    operator = signed_in(make.user(station_owner.organisation, Role.OPERATOR, certificate="P"))
    code = blanks(station_owner, 1)[0]
    assert (
        "2. 输入钢印编号后 4–6 位"
        in operator.post("/labels/bind", data={"code": f"HTTPS://TZ.TEST.CN/T/{code}\r"}).text
    )
    assert str(made.id) not in operator.get(f"/labels/bind?code={code}&digits=345").text
    found = operator.get(f"/labels/bind?code={code}&digits=2345").text
    assert (str(made.id) in found, str(other.id) in found) == (True, False)
    assert "已绑定" in operator.post("/labels/bind", data={"code": code, "equipment": made.id}).text
    session.expire_all()
    assert session.get_one(Equipment, made.id).label_code == code
    assert "该标签已绑定设备" in operator.post("/labels/bind", data={"code": code}).text


def test_a_bottle_nobody_finds_is_set_aside_with_its_photo_and_locked(
    signed_in: SignIn, station_owner: User
) -> None:
    operator = signed_in(make.user(station_owner.organisation, Role.OPERATOR, certificate="P"))
    code = blanks(station_owner, 1)[0]
    assert "拍摄钢印和检验标志环" in operator.get(f"/labels/bind?code={code}&digits=77777").text
    form = {"code": code, "digits": "77777", "category": "cylinder"}
    assert operator.post("/labels/set-aside", data=form).status_code == 422
    assert operator.post("/labels/set-aside", data={**form, "photo": (png(), "a.png")}).status_code == 200
    made = session.scalars(visible(SYSTEM, Equipment)).one()
    assert (made.status, made.verified, made.label_code, made.serial) == (
        EquipmentStatus.LOCKED,
        False,
        code,
        "77777",
    )
    assert "待建档" in signed_in(station_owner).get(f"/equipment/{made.id}").text
    assert operator.post("/labels/set-aside", data={**form, "photo": (png(), "a.png")}).status_code == 409


def test_a_batch_is_issued_and_its_print_put_in_line(signed_in: SignIn, station_owner: User) -> None:
    browser = signed_in(station_owner)
    assert (
        browser.post(
            "/labels/batches", data={"count": "250", "layout": "a4-24", "note": "第一批"}
        ).status_code
        == 302
    )
    batch = session.scalars(visible(SYSTEM, LabelBatch)).one()
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.input) == (
        "register.labels",
        {"batch": str(batch.id), "layout": "a4-24", "output": "pdf"},
    )
    assert len(session.scalars(select(Label.code).where(Label.status == LabelStatus.ISSUED)).all()) == 250
    assert "第一批" in browser.get("/labels").text
    assert browser.post("/labels/batches", data={"count": "0", "layout": "a4-24"}).status_code == 422


def test_without_a_public_address_no_label_is_printed_but_samples_are(
    app: Flask, signed_in: SignIn, station_owner: User
) -> None:
    made, browser = cylinder(station_owner), signed_in(station_owner)
    app.config["SETTINGS"] = Settings(public_url="")
    assert [
        browser.post("/labels/batches", data={"count": "5"}).status_code,
        browser.post("/labels/print", data={"id": made.id}).status_code,
    ] == [422, 422]
    assert session.scalars(select(Label.code)).all() == []
    app.config["SETTINGS"] = Settings(public_url="", sample_labels="1")
    assert browser.post("/labels/print", data={"id": made.id}).status_code == 302


def test_a_lost_label_is_replaced_on_its_page(signed_in: SignIn, station_owner: User) -> None:
    made, browser = cylinder(station_owner), signed_in(station_owner)
    old, new = blanks(station_owner, 2)
    browser.post("/labels/bind", data={"code": old, "equipment": made.id})
    assert browser.post(f"/labels/{old}/report", data={"status": "lost"}).status_code == 302
    assert browser.post(f"/labels/{old}/replace", data={"new": new, "reason": ""}).status_code == 422
    assert browser.post(f"/labels/{old}/replace", data={"new": new, "reason": "脱落"}).status_code == 302
    session.expire_all()
    assert session.get_one(Equipment, made.id).label_code == new


def test_the_public_page_of_a_blank_label_leads_only_those_on_who_may_bind_it(
    signed_in: SignIn, station_owner: User
) -> None:
    operator, officer = (
        signed_in(make.user(station_owner.organisation, role))
        for role in (Role.OPERATOR, Role.SAFETY_OFFICER)
    )
    code, link = blanks(station_owner, 1)[0], "/labels/bind?code="
    assert [link in browser.get(f"/T/{code}").text for browser in (operator, officer)] == [True, False]
    assert ["data-bind" in browser.get("/floor").text for browser in (operator, officer)] == [True, False]


def test_what_no_form_of_ours_sends_is_refused_and_is_no_fault(
    signed_in: SignIn, station_owner: User
) -> None:
    browser, piece = signed_in(station_owner), cylinder(station_owner)
    with transaction():
        code = actions.issue_for(session.merge(piece), by=SYSTEM).code
    sent = [
        browser.post(path, data=data)
        for path, data in (
            ("/labels/print", {"id": "x"}),
            ("/labels/print", {}),
            ("/labels/print", {"id": str(piece.id), "layout": "x"}),
            (f"/equipment/{piece.id}/identifiers", {"kind": "x", "value": "1"}),
            (f"/labels/{code}/report", {"status": "x"}),
        )
    ]
    assert [each.status_code for each in sent] == [422] * 5
    assert browser.post("/equipment/bulk/stop", data={"id": "x"}).status_code == 302
    assert browser.get(f"/equipment?page={10**30}").status_code == 200


def test_a_wrong_batch_comes_back_with_what_was_typed(signed_in: SignIn, station_owner: User) -> None:
    sent = signed_in(supervisor()).post(
        "/labels/batches", data={"count": "24", "organisation": "没有的单位", "note": "东仓库"}
    )
    assert (sent.status_code, sent.text.count('class="field-error"')) == (422, 1)
    assert [text in sent.text for text in ('value="没有的单位"', 'value="东仓库"', 'value="24"')] == [
        True
    ] * 3
    assert session.scalars(visible(SYSTEM, LabelBatch)).all() == []


def test_nothing_happens_to_a_piece_before_it_was_made(signed_in: SignIn, station_owner: User) -> None:
    piece = cylinder(station_owner, made_on=make.days(-700))
    browser, said = signed_in(station_owner), {"status": "stopped", "reason": "闲置"}
    early = browser.post(f"/equipment/{piece.id}/status", data={**said, "on": make.days(-701).isoformat()})
    assert (early.status_code, f"早于制造日期（{make.days(-700).isoformat()}）" in early.text) == (422, True)
    assert (
        browser.post(
            f"/equipment/{piece.id}/status", data={**said, "on": make.days(-700).isoformat()}
        ).status_code
        == 302
    )


def test_the_last_digits_are_found_as_phones_type_them(signed_in: SignIn, station_owner: User) -> None:
    cylinder(station_owner, serial="A1234567")
    code = blanks(station_owner, 1)[0]
    assert "A1234567" in signed_in(station_owner).get(f"/labels/bind?code={code}&digits=４５６７").text
