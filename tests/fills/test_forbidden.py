"""What arrives after a fill was opened asks the register again, as it stood when it happened: a refusal is on
record, gas that went in is kept, and whether that was a violation only the bureau says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.fills.actions import close_unfinished
from equipment.fills.forbidden import rule_on
from equipment.fills.models import Fill, ForbiddenFill, Scan
from equipment.fills.states import Ruling
from equipment.fills.station import PACKS, STATIONS
from equipment.hazards.models import Finding
from equipment.people.models import Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago

Change = Callable[[Hall, Equipment], None]


def status(to: EquipmentStatus) -> Change:
    def change(_hall: Hall, bottle: Equipment) -> None:
        with db.transaction():
            change_status(db.session.get_one(Equipment, bottle.id), to, reason="抽查发现瓶体变形", by=SYSTEM)

    return change


def expired(_hall: Hall, bottle: Equipment) -> None:
    with make.writing():
        db.session.get_one(Equipment, bottle.id).inspection_due_on = make.days(-1)


def licence_ended(hall: Hall, _bottle: Equipment) -> None:
    with make.writing():
        for paper in db.session.scalars(select(Paper).where(Paper.organisation_id == hall.station.id)):
            paper.valid_until = make.days(-1)
    STATIONS.forget()
    PACKS.forget()


def nothing(_hall: Hall, _bottle: Equipment) -> None:
    """The register stays as it is."""


def found(model: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


CHANGES = [
    (status(EquipmentStatus.LOCKED), {}, ["R28"], True),
    (status(EquipmentStatus.MOVED_OUT), {}, ["R03"], True),
    (expired, {}, ["R07"], False),
    (licence_ended, {}, ["R29"], False),
    (nothing, {"gas": "O2"}, ["R13"], False),
    (nothing, {"operator": "X999"}, ["R29"], False),
]


@pytest.mark.parametrize(("change", "more", "codes", "_dated"), CHANGES)
def test_a_second_scan_is_refused_in_the_answer_the_fill_and_the_list(
    hall: Hall, change: Change, more: dict[str, Any], codes: list[str], _dated: bool
) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    change(hall, bottle)
    again = hall.scan(bottle.label_code or "", **more).get_json()
    assert (again["allowed"], again["fill_id"], [each["code"] for each in again["reasons"]]) == (
        False,
        fill_id,
        codes,
    )
    fill = found(Fill)
    assert (
        fill.state,
        fill.allowed,
        [each["code"] for each in fill.verdict],
        fill.closed_at is not None,
    ) == ("refused", False, codes, True)


@pytest.mark.parametrize(("change", "more", "codes", "dated"), CHANGES)
def test_gas_that_went_in_after_a_refusal_is_kept_and_to_be_verified(
    hall: Hall, change: Change, more: dict[str, Any], codes: list[str], dated: bool
) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    change(hall, bottle)
    hall.scan(bottle.label_code or "", **more)
    response = hall.result(fill_id, gross_g=31000)
    told = response.get_json()
    assert (response.status_code, told["state"], told["allowed"], told["net_g"], told["treatment"]) == (
        200,
        "refused",
        False,
        14500,
        "isolate",
    )
    assert "filled_anyway" in told["flags"]
    forbidden = found(ForbiddenFill)
    assert (
        [each["code"] for each in forbidden.reasons],
        forbidden.ruling,
        forbidden.refused_at is not None,
        forbidden.forbidden_at is not None,
    ) == (codes, "pending", True, dated)
    finding = found(Finding)
    assert (
        finding.id,
        finding.source,
        finding.description.startswith(f"判禁后充装（待核实）：{codes[0]} "),
    ) == (forbidden.finding_id, "fill_check", True)


@pytest.mark.parametrize(("to", "code"), [(EquipmentStatus.LOCKED, "R28"), (EquipmentStatus.SCRAPPED, "R09")])
def test_a_lock_between_scan_and_result_is_found_by_the_result(
    hall: Hall, to: EquipmentStatus, code: str
) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    before = clock.now()
    status(to)(hall, bottle)
    told = hall.result(fill_id, gross_g=31000).get_json()
    forbidden = found(ForbiddenFill)
    assert (told["state"], [each["code"] for each in told["reasons"]], forbidden.refused_at) == (
        "refused",
        [code],
        None,
    )
    assert before <= forbidden.forbidden_at <= forbidden.filled_at <= clock.now()


@pytest.mark.parametrize("asked_again", [False, True])
def test_a_lock_that_came_later_is_told_and_no_violation(hall: Hall, asked_again: bool) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    filled_at = ago()
    status(EquipmentStatus.LOCKED)(hall, bottle)
    if asked_again:
        assert hall.scan(bottle.label_code or "").get_json()["allowed"] is False
    told = hall.result(fill_id, gross_g=31000, happened_at=filled_at).get_json()
    assert (told["state"], told["allowed"], "refused_since" in told["flags"]) == ("filled", True, True)
    assert db.session.scalars(select(ForbiddenFill)).all() == db.session.scalars(select(Finding)).all() == []


def test_what_was_refused_at_its_first_scan_keeps_its_result_too(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-3))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    sent = {"gross_g": 31000, "happened_at": ago(seconds=30), "result_id": str(new_id())}
    first, again = hall.result(fill_id, **sent), hall.result(fill_id, **sent)
    other = hall.result(fill_id, **{**sent, "gross_g": 30900, "result_id": str(new_id())})
    assert (first.status_code, again.status_code, again.get_json(), other.status_code) == (
        200,
        200,
        first.get_json(),
        409,
    )
    assert [each["code"] for each in found(ForbiddenFill).reasons] == ["R07"]


def test_a_result_after_midnight_closed_the_fill_is_kept(hall: Hall) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    with make.writing():
        db.session.get_one(Fill, (bottle.id, UUID(fill_id))).on = clock.today() - timedelta(days=1)
    with db.transaction():
        close_unfinished(clock.today())
    assert hall.result(fill_id, gross_g=31000).get_json()["state"] == "filled"


def test_checks_ask_the_register_too(hall: Hall) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    status(EquipmentStatus.LOCKED)(hall, bottle)
    told = hall.send("PUT", f"/fills/{fill_id}/checks", {"checks": {"P08": True}, "happened_at": ago()})
    assert (told.get_json()["state"], found(Fill).verdict[0]["code"]) == ("refused", "R28")


def test_a_lock_holds_for_the_rest_of_its_batch(hall: Hall) -> None:
    bottle = hall.bottle()
    scans = [
        {"scan_id": str(new_id()), "code": bottle.label_code, "gas": gas, "happened_at": ago()}
        for gas in ("LPG", "O2", "LPG")
    ]
    answers = hall.send("POST", "/fills/batch", {"scans": scans}).get_json()["answers"]
    assert [(each["allowed"], each["reasons"]) for each in answers] == [
        (True, []),
        (False, ["R13"]),
        (True, []),
    ]
    assert [answers[0]["fill_id"] == each["fill_id"] for each in answers] == [True, True, False]


@pytest.fixture
def pending(hall: Hall) -> tuple[Hall, Equipment]:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.scan(bottle.label_code or "", operator="X999")
    hall.result(fill_id, gross_g=31000)
    return hall, bottle


def supervisor() -> Viewer:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    return viewer_of(db.session.merge(make.user(bureau, Role.SUPERVISOR)))


def test_the_bottle_is_set_apart_until_the_bureau_decides(pending: tuple[Hall, Equipment]) -> None:
    hall, bottle = pending
    code = bottle.label_code or ""
    [reason, _refill] = hall.scan(code).get_json()["reasons"]
    assert (reason["code"], "监管部门尚未认定" in reason["text"]) == ("R28", True)
    with db.transaction():
        rule_on(found_in_session(), Ruling.NO_VIOLATION, "扫枪误读", by=supervisor())
    assert hall.scan(code, reason="重新核对").get_json()["allowed"] is True


def found_in_session() -> ForbiddenFill:
    return db.session.scalars(select(ForbiddenFill)).one()


@pytest.mark.parametrize(
    ("ruling", "finding"), [(Ruling.VIOLATION, "open"), (Ruling.NO_VIOLATION, "dismissed")]
)
def test_only_the_bureau_says_violation(
    pending: tuple[Hall, Equipment], ruling: Ruling, finding: str
) -> None:
    hall, _bottle = pending
    by, worker = supervisor(), viewer_of(db.session.merge(hall.person))
    with pytest.raises(NotAllowed), db.transaction():
        rule_on(found_in_session(), ruling, "是误读", by=worker)
    with pytest.raises(Invalid), db.transaction():
        rule_on(found_in_session(), ruling, " ", by=by)
    with db.transaction():
        rule_on(found_in_session(), ruling, "查看了监控", by=by)
    with pytest.raises(Conflict), db.transaction():
        rule_on(found_in_session(), Ruling.VIOLATION, "再判", by=by)
    forbidden = found(ForbiddenFill)
    assert (forbidden.ruling, forbidden.ruling_reason, forbidden.ruled_by, found(Finding).state) == (
        ruling,
        "查看了监控",
        by.user_id,
        finding,
    )


@pytest.mark.parametrize(
    ("minutes", "reason", "allowed", "codes"),
    [
        (0, "", False, ["R31"]),
        (29, "", False, ["R31"]),
        (29, "客户退回重充", True, ["R31"]),
        (30, "", True, []),
        (30, "客户退回重充", True, []),
    ],
)
def test_a_bottle_filled_a_short_while_ago_needs_a_reason(
    hall: Hall, minutes: int, reason: str, allowed: bool, codes: list[str]
) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.result(fill_id, gross_g=31000)
    with make.writing():
        fill = db.session.get_one(Fill, (bottle.id, UUID(fill_id)))
        fill.filled_at = clock.now() - timedelta(minutes=minutes, seconds=1)
    told = hall.scan(bottle.label_code or "", **({"reason": reason} if reason else {})).get_json()
    assert (told["allowed"], [each["code"] for each in told["reasons"]]) == (allowed, codes)
    if codes:
        assert f"{minutes} 分钟前" in told["reasons"][0]["text"]
    if allowed:  # it goes on without being asked for the reason once more
        assert hall.scan(bottle.label_code or "").get_json()["allowed"] is True


def test_a_scan_of_nothing_on_file_does_not_speak_of_licences(hall: Hall) -> None:
    look = {"scan_id": str(new_id()), "code": "620100000000", "happened_at": ago()}
    reasons = hall.send("POST", "/scans", look).get_json()["reasons"]
    assert [each["code"] for each in reasons] == ["R01"]


def test_a_fill_is_found_by_its_own_id(hall: Hall) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    with make.writing():
        scan = db.session.scalars(select(Scan)).one()
        scan.id = new_id()
    assert hall.result(fill_id, gross_g=31000).get_json()["state"] == "filled"


def test_the_county_finds_it_on_its_list_and_decides_on_its_page(
    pending: tuple[Hall, Equipment], signed_in: Callable[[User], FlaskClient]
) -> None:
    hall, _bottle = pending
    fill = found(Fill)
    page = f"/fills/{fill.equipment_id}/{fill.id}"
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.COUNTY)
    officer, owner = make.user(bureau, Role.SUPERVISOR), make.user(hall.station, Role.STATION_OWNER)
    boss = signed_in(owner)
    assert ("判禁后充装（待核实）" in boss.get(page).text, "认定为违规" in boss.get(page).text) == (
        True,
        False,
    )
    assert boss.post(f"{page}/ruling", data={"ruling": "violation", "reason": "x"}).status_code == 403
    county = signed_in(officer)
    assert page in county.get("/fills?tab=undecided").text
    assert "认定为违规" in county.get(page).text
    county.post(f"{page}/ruling", data={"ruling": "violation", "reason": "监控显示无视红色提示"})
    assert (
        page in county.get("/fills?tab=undecided").text,
        "监控显示无视红色提示" in county.get(page).text,
    ) == (False, True)
