"""POST /api/v1/fills: every scan is recorded and answered, whatever the code turns out to be."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill, Scan
from equipment.ledger.models import Event
from equipment.people.rules import DeviceKind, OrganisationKind
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Identifier, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, IdentifierKind, LabelStatus
from equipment.register.search import index
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago


def reasons(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def scans() -> int:
    return db.session.scalar(select(func.count()).select_from(Scan)) or 0


def test_a_good_bottle_may_be_filled(hall: Hall) -> None:
    bottle = hall.bottle()
    response = hall.scan(bottle.label_code or "")
    answer = response.get_json()
    assert (response.status_code, answer["allowed"], answer["reasons"], answer["flags"]) == (
        201,
        True,
        [],
        [],
    )
    assert (answer["equipment"]["serial"], answer["equipment"]["max_gross_g"]) == (bottle.serial, 31400)
    assert [item["code"] for item in answer["checks"] if item["asked"]] == [
        "P03",
        "P04",
        "P06",
        "P07",
        "P08",
        "P09",
        "P11",
        "P13",
    ]
    assert answer["checks"][2]["text"] == "制造钢印清晰、正确"


def test_scan_fill_and_ledger_line_are_one(hall: Hall) -> None:
    bottle = hall.bottle()
    answer = hall.scan(bottle.label_code or "").get_json()
    scan, fill = db.session.scalars(select(Scan)).one(), db.session.scalars(select(Fill)).one()
    event = db.session.scalars(select(Event).where(Event.subject == f"equipment:{bottle.id}")).one()
    rows = json.loads(event.payload)["rows"]
    assert (str(scan.id), str(fill.id), scan.equipment_id) == (
        answer["fill_id"],
        answer["fill_id"],
        bottle.id,
    )
    assert (event.verb, sorted(rows)) == (
        "fill.opened",
        sorted([f"scan/{scan.id}", f"fill/{bottle.id}/{fill.id}"]),
    )
    assert (fill.user_id, fill.state, fill.pack_digest != "") == (hall.person.id, "open", True)


def test_a_refusal_is_a_record_too(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-3))
    response = hall.scan(bottle.label_code or "")
    answer = response.get_json()
    assert (response.status_code, answer["allowed"], reasons(answer)) == (201, False, ["R07"])
    assert answer["reasons"][0]["text"] == f"超期未检（应于{make.days(-3).isoformat()}前检验，已超期3天）"
    assert answer["reasons"][0]["citation"]["document"] == "主席令第4号 中华人民共和国特种设备安全法"
    assert db.session.scalars(select(Fill.state)).all() == ["refused"]


def test_a_bottle_of_which_nobody_knows_when_it_was_inspected_leads_to_its_ring(
    hall: Hall, other: Hall
) -> None:
    unread = {"inspection_due_on": None}
    bottle, foreign = hall.bottle(**unread), other.bottle(**unread)
    overdue, gone = hall.bottle(inspection_due_on=make.days(-3)), hall.bottle(end_of_life_on=make.days(-3))
    codes = [piece.label_code or "" for piece in (bottle, overdue, gone, foreign, hall.bottle())]
    asks = [hall.scan(code).get_json()["asks_for_ring"] for code in [*codes, make_code(keys())]]
    assert asks == [True, False, False, False, False, False]


def test_a_scrapped_label_offers_no_other_label(hall: Hall) -> None:
    scrapped, bottle = hall.bottle(), hall.bottle(inspection_due_on=make.days(-3))
    with make.writing():
        db.session.get_one(Label, scrapped.label_code).status = LabelStatus.VOID
    codes = [scrapped.label_code or "", bottle.label_code or "", make_code(keys())]
    assert [hall.scan(code).get_json()["takes_label"] for code in codes] == [False, True, True]


def test_a_replay_asks_for_the_ring_too(hall: Hall) -> None:
    bottle, again = (
        hall.bottle(inspection_due_on=None),
        {"scan_id": str(new_id()), "happened_at": ago(seconds=1)},
    )
    scans = [hall.scan(bottle.label_code or "", **again) for _ in range(2)]
    assert [(scan.status_code, scan.get_json()["asks_for_ring"]) for scan in scans] == [
        (201, True),
        (200, True),
    ]


def test_the_text_is_in_the_callers_language(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-1))
    assert (
        hall.scan(bottle.label_code or "", language="en-US,en")
        .get_json()["reasons"][0]["text"]
        .startswith("Past the inspection date (")
    )


CODES = {
    "unknown": (lambda: make_code(keys()), "库中无此编码"),
    "forged": (lambda: _forged(), "非本平台签发，疑似伪造"),
    "mistyped": (lambda: _mistyped(), "有字符错误，请重新扫描或输入"),
    "a number nobody knows": (lambda: "6913221000015", "库中无此编码"),
}


def _forged() -> str:
    code = make_code(["somebody else's key"])
    return code if code[11:] != make_code(keys())[11:] else _forged()


def _mistyped() -> str:
    code = make_code(keys())
    return code[:3] + ("7" if code[3] != "7" else "8") + code[4:]


@pytest.mark.parametrize("kind", CODES)
def test_a_code_that_leads_nowhere_is_recorded_and_refused(hall: Hall, kind: str) -> None:
    made, said = CODES[kind]
    response = hall.scan(made())
    answer = response.get_json()
    assert (
        response.status_code,
        answer["allowed"],
        reasons(answer),
        answer["fill_id"],
        answer["equipment"],
    ) == (201, False, ["R01"], None, None)
    assert said in answer["reasons"][0]["text"]
    assert (scans(), db.session.scalars(select(Fill)).all()) == (1, [])
    assert db.session.scalars(
        select(Event.verb).where(Event.subject == f"organisation:{hall.station.id}")
    ).all() == ["scan.unknown"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (LabelStatus.VOID, "标签已作废"),
        (LabelStatus.REPLACED, "标签已作废"),
        (LabelStatus.ISSUED, "标签尚未绑定气瓶"),
    ],
)
def test_a_dead_or_blank_label_is_refused(hall: Hall, status: LabelStatus, said: str) -> None:
    code = make_code(keys())
    with make.writing():
        db.session.add(
            Label(
                code=code,
                status=status,
                equipment_id=None,
                organisation_id=hall.station.id,
                issued_at=clock.now(),
            )
        )
    answer = hall.scan(code).get_json()
    assert (answer["allowed"], reasons(answer)) == (False, ["R01"])
    assert said in answer["reasons"][0]["text"]


def test_a_foreign_code_on_file_is_as_good_as_ours(hall: Hall) -> None:
    bottle = hall.bottle()
    with make.writing():
        db.session.add(
            Identifier(
                value="132020000001",
                kind=IdentifierKind.MAKER_QR,
                equipment_id=bottle.id,
                shown="132020000001",
                issued_at=clock.now(),
            )
        )
    answer = hall.scan("https://maker.example/q?id=132020000001").get_json()
    assert (answer["allowed"], answer["equipment"]["id"]) == (True, str(bottle.id))


def numbered(bottle: Equipment) -> None:
    """The index of the register knows it, as after an import or an entry."""
    with db.transaction():
        index(db.session.connection(), [bottle.id])


@pytest.mark.parametrize("text", ["E5736149", "e5736149", "01-1960"])
def test_stamped_and_own_numbers_work_at_the_scale(hall: Hall, other: Hall, text: str) -> None:
    bottle = hall.bottle(serial="E5736149", own_number="01-1960")
    numbered(bottle)
    told = hall.scan(text).get_json()
    assert (told["allowed"], told["equipment"]["serial"]) == (True, "E5736149")
    assert other.scan(text).get_json()["equipment"] is None


def test_a_number_that_two_bottles_carry_names_neither(hall: Hall) -> None:
    for _ in range(2):
        numbered(hall.bottle(serial="E5736149"))
    [reason] = hall.scan("E5736149").get_json()["reasons"]
    assert "several" in reason["text"] or "多个" in reason["text"] or "多" in reason["text"]


def test_a_lifts_label_is_no_cylinder(hall: Hall) -> None:
    lift = make.equipment("elevator", code=make_code(keys()))
    answer = hall.scan(lift.label_code or "").get_json()
    assert (answer["allowed"], reasons(answer), answer["fill_id"]) == (False, ["R01"], None)


def test_another_stations_cylinder_is_refused_and_tells_only_what_is_public(hall: Hall, other: Hall) -> None:
    bottle = other.bottle(status=EquipmentStatus.LOCKED, block_reason="挂失：内部说明")
    answer = hall.scan(bottle.label_code or "").get_json()
    assert (answer["allowed"], reasons(answer)) == (False, ["R03", "R28"])
    assert answer["equipment"] == {
        "category": "cylinder",
        "status": "locked",
        "code": bottle.label_code,
        "inspection_due_on": make.days(300).isoformat(),
    }
    assert "内部说明" not in json.dumps(answer, ensure_ascii=False)


def test_the_same_scan_again_gets_the_same_answer_without_being_judged_again(hall: Hall) -> None:
    bottle = hall.bottle()
    scan = {"scan_id": str(new_id()), "happened_at": ago(seconds=2)}
    first = hall.scan(bottle.label_code or "", **scan)
    with make.writing():
        db.session.get_one(type(bottle), bottle.id).inspection_due_on = make.days(-30)
    again = hall.scan(bottle.label_code or "", queued=True, **scan)
    assert (first.status_code, again.status_code, again.get_json()) == (201, 200, first.get_json())
    assert scans() == 1


def test_the_same_id_with_other_content_names_the_difference(hall: Hall) -> None:
    bottle = hall.bottle()
    scan = {"scan_id": str(new_id()), "happened_at": ago(seconds=2)}
    hall.scan(bottle.label_code or "", **scan)
    response = hall.scan(bottle.label_code or "", gas="O2", bay="3", **scan)
    assert (response.status_code, sorted(response.get_json()["fields"])) == (409, ["bay", "gas"])


def test_another_stations_scan_id_tells_nothing(hall: Hall, other: Hall) -> None:
    bottle = hall.bottle()
    scan = {"scan_id": str(new_id()), "happened_at": ago(seconds=2)}
    hall.scan(bottle.label_code or "", **scan)
    response = other.scan(bottle.label_code or "", **scan)
    assert (response.status_code, list(response.get_json()["fields"])) == (409, ["scan_id"])


def test_a_bottle_scanned_again_continues_its_fill(hall: Hall) -> None:
    bottle = hall.bottle()
    first, again = hall.scan(bottle.label_code or ""), hall.scan(bottle.label_code or "")
    assert (again.status_code, again.get_json()["fill_id"], again.get_json()["allowed"]) == (
        201,
        first.get_json()["fill_id"],
        True,
    )
    assert (scans(), len(db.session.scalars(select(Fill)).all())) == (2, 1)


def test_a_bottle_being_filled_elsewhere_is_refused(hall: Hall, other: Hall) -> None:
    bottle = hall.bottle(use_unit_id=other.station.id)
    hall.scan(bottle.label_code or "")
    answer = other.scan(bottle.label_code or "").get_json()
    assert (answer["allowed"], reasons(answer)) == (False, ["R03"])
    assert "另一充装站正在充装" in answer["reasons"][0]["text"]


def test_a_fault_named_with_the_scan_refuses_and_stays_until_treated(hall: Hall) -> None:
    bottle = hall.bottle()
    answer = hall.scan(bottle.label_code or "", checks={"P07": False}).get_json()
    again = hall.scan(bottle.label_code or "", checks={"P07": True}).get_json()
    assert (reasons(answer), answer["reasons"][0]["effect"], reasons(again)) == (["R14"], "treat", ["R14"])
    treated = hall.send(
        "POST", f"/fills/{again['fill_id']}/treatment", {"treatment": "treated", "happened_at": ago()}
    )
    assert (
        treated.status_code,
        hall.scan(bottle.label_code or "", checks={"P07": True}).get_json()["allowed"],
    ) == (200, True)


def test_a_fault_named_with_a_later_scan_closes_the_open_fill(hall: Hall) -> None:
    bottle = hall.bottle()
    opened = hall.scan(bottle.label_code or "").get_json()
    answer = hall.scan(bottle.label_code or "", checks={"P08": "R17"}).get_json()
    fill = db.session.scalars(select(Fill)).one()
    assert (answer["fill_id"], answer["allowed"], reasons(answer), fill.state) == (
        opened["fill_id"],
        False,
        ["R17"],
        "refused",
    )
    assert (
        hall.send(
            "POST", f"/fills/{fill.id}/treatment", {"treatment": "treated", "happened_at": ago()}
        ).status_code
        == 422
    )


def test_oxygen_is_not_asked_for_a_tare(hall: Hall) -> None:
    bottle = hall.bottle(details=OXYGEN)
    answer = hall.scan(bottle.label_code or "", gas="O2").get_json()
    assert (answer["allowed"], answer["equipment"]["weighed"], answer["equipment"]["max_gross_g"]) == (
        True,
        False,
        None,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"happened_at": "2026-11-23T08:00:00"}, "happened_at"),
        ({"gas": "XX9"}, "gas"),
        ({"gas": "lpg!"}, "gas"),
        ({"scan_id": "7"}, "scan_id"),
        ({"code": ""}, "code"),
        ({"colour": "blue"}, "colour"),
        ({"checks": {"P8": True}}, "checks.P8.[key]"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_field(
    hall: Hall, change: dict[str, Any], field: str
) -> None:
    response = hall.scan(**{"code": "123", **change})
    assert (response.status_code, list(response.get_json()["fields"]), scans()) == (422, [field], 0)


def test_no_json_is_422_and_no_token_401(hall: Hall) -> None:
    client = hall.client()
    headers = {"Authorization": f"Bearer {hall.token}"}
    assert client.post("/api/v1/fills", data="{", headers=headers).status_code == 422
    assert client.post("/api/v1/fills", json={}).status_code == 401
    assert client.post("/api/v1/fills", json={}, headers={"Authorization": "Bearer no"}).status_code == 401


def test_only_stations_fill(hall: Hall) -> None:
    firm = make.organisation(OrganisationKind.FIRM)
    _, token = make.device(firm, DeviceKind.PHONE)
    body = {"scan_id": str(new_id()), "code": "1234", "gas": "LPG", "happened_at": ago()}
    assert (
        hall.client()
        .post("/api/v1/fills", json=body, headers={"Authorization": f"Bearer {token}"})
        .status_code
        == 403
    )


@pytest.mark.parametrize(
    ("off", "flags"),
    [(timedelta(hours=-5), ["drift"]), (timedelta(hours=5), ["drift"]), (timedelta(seconds=30), [])],
)
def test_a_clock_hours_off_is_flagged_and_the_scan_judged_by_ours(
    hall: Hall, off: timedelta, flags: list[str]
) -> None:
    bottle = hall.bottle()
    answer = hall.scan(bottle.label_code or "", happened_at=(clock.now() + off).isoformat()).get_json()
    scan = db.session.scalars(select(Scan)).one()
    assert (answer["allowed"], answer["flags"], scan.on) == (True, flags, clock.today())
    assert abs(scan.drift_s + off.total_seconds()) <= 2


def test_a_queued_scan_after_the_last_contact_counts_for_its_own_day(hall: Hall) -> None:
    with make.writing():
        db.session.get_one(type(hall.device), hall.device.id).seen_at = clock.now() - timedelta(days=3)
    bottle = hall.bottle(inspection_due_on=make.days(-1))
    answer = hall.scan(bottle.label_code or "", happened_at=ago(days=2), queued=True).get_json()
    assert (answer["allowed"], answer["flags"], db.session.scalars(select(Scan.on)).all()) == (
        True,
        [],
        [make.days(-2)],
    )


def test_a_queued_scan_nobody_can_vouch_for_is_judged_at_both_and_disputed(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-1))
    answer = hall.scan(bottle.label_code or "", happened_at=ago(days=2), queued=True).get_json()
    assert (
        answer["allowed"],
        reasons(answer),
        answer["flags"],
        db.session.scalars(select(Scan.on)).all(),
    ) == (False, ["R07"], ["disputed"], [clock.today()])


def test_the_operator_is_the_card_shown_else_the_tokens_person_else_nobody(hall: Hall, app: Any) -> None:
    bottles = [hall.bottle() for _ in range(4)]
    colleague = make.user(hall.station, certificate="P")
    trainee = make.user(hall.station)
    db.session.expunge_all()
    make.card(colleague, "CARD1")
    make.card(trainee, "CARD2")
    by_card = hall.scan(bottles[0].label_code or "", operator="card1")
    by_trainee = hall.scan(bottles[1].label_code or "", operator="CARD2").get_json()
    unknown = hall.scan(bottles[2].label_code or "", operator="CARD9").get_json()
    _, hall.token = make.device(hall.station, DeviceKind.CONTROLLER)
    nobody = hall.scan(bottles[3].label_code or "").get_json()
    assert by_card.get_json()["allowed"] is True
    assert db.session.scalar(select(Fill.user_id).where(Fill.equipment_id == bottles[0].id)) == colleague.id
    assert (by_trainee["allowed"], reasons(by_trainee), unknown["allowed"], reasons(unknown)) == (
        False,
        ["R29"],
        False,
        ["R29"],
    )
    assert (nobody["allowed"], [(reason["code"], reason["effect"]) for reason in nobody["reasons"]]) == (
        True,
        [("R29", "warn")],
    )


def test_receiving_sorts_bottles_and_opens_nothing(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-1))
    body = {"scan_id": str(new_id()), "code": bottle.label_code, "happened_at": ago()}
    response = hall.send("POST", "/scans", body)
    assert (response.status_code, reasons(response.get_json()), response.get_json()["fill_id"]) == (
        201,
        ["R07"],
        None,
    )
    assert (db.session.scalars(select(Scan.purpose)).all(), db.session.scalars(select(Fill)).all()) == (
        ["receive"],
        [],
    )
    assert (
        hall.send("POST", "/scans", {**body, "scan_id": str(new_id()), "purpose": "fill"}).status_code == 422
    )


def test_a_batch_is_answered_line_by_line(hall: Hall) -> None:
    good, late = hall.bottle(), hall.bottle(inspection_due_on=make.days(-40))
    first = {"scan_id": str(new_id()), "code": good.label_code, "gas": "LPG", "happened_at": ago(hours=1)}
    second = {"scan_id": str(new_id()), "code": late.label_code, "gas": "LPG", "happened_at": ago(hours=1)}
    lines = hall.send(
        "POST", "/fills/batch", {"scans": [first, second, first, {**second, "gas": "O2"}]}
    ).get_json()["answers"]
    assert [
        (line["status"], line.get("allowed"), line.get("reasons"), line.get("fields")) for line in lines
    ] == [
        (201, True, [], None),
        (201, False, ["R07"], None),
        (200, True, [], None),
        (409, None, None, ["gas"]),
    ]
    assert scans() == 2


def test_a_line_that_cannot_be_recorded_does_not_keep_the_others_in_the_device(hall: Hall) -> None:
    said = [
        {
            "scan_id": str(new_id()),
            "code": hall.bottle().label_code,
            "gas": gas,
            "happened_at": ago(hours=1),
            "checks": checks,
        }
        for gas, checks in (("LPG", {}), ("XX", {}), ("LPG", {"P01": "R99"}), ("LPG", {}))
    ]
    lines = hall.send("POST", "/fills/batch", {"scans": said}).get_json()["answers"]
    assert [(line["scan_id"], line["status"], line.get("fields")) for line in lines] == [
        (each["scan_id"], status, fields)
        for each, (status, fields) in zip(
            said, ((201, None), (422, ["gas"]), (422, ["checks"]), (201, None)), strict=True
        )
    ]
    assert scans() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"happened_at": "gestern"}, "happened_at"),
        ({"scan_id": "7"}, "scan_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_one_malformed_line_of_a_batch_is_that_lines_answer(
    hall: Hall, change: dict[str, Any], field: str
) -> None:
    lines = [
        {"scan_id": str(new_id()), "code": hall.bottle().label_code, "gas": "LPG", "happened_at": ago()}
        | more
        for more in ({}, change, {})
    ]
    response = hall.send("POST", "/fills/batch", {"scans": lines})
    assert (
        response.status_code,
        [(each["scan_id"], each["status"], each.get("fields")) for each in response.get_json()["answers"]],
        scans(),
    ) == (
        200,
        [
            (lines[0]["scan_id"], 201, None),
            (lines[1]["scan_id"], 422, [field]),
            (lines[2]["scan_id"], 201, None),
        ],
        2,
    )


def test_codes_ping_and_spec_are_open(hall: Hall) -> None:
    client = hall.client()
    codes = client.get("/api/v1/codes").get_json()
    spec = client.get("/api/v1/openapi.json").get_json()
    assert client.get("/api/v1/ping").get_json() == {"ok": True}
    assert (
        [len(codes[name]) for name in ("reasons", "pre_checks", "post_checks")],
        {"LPG", "O2", "C2H2"} - {gas["code"] for gas in codes["gases"]},
    ) == ([33, 14, 12], set())
    body = spec["paths"]["/api/v1/fills"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "$ref"
    ]
    assert body.rpartition("/")[2] == "ScanMessage"
    assert sorted(spec["components"]["schemas"]["ScanResponse"]["properties"]) == [
        "allowed",
        "asks_for_ring",
        "checks",
        "equipment",
        "fill_id",
        "flags",
        "members",
        "reasons",
        "takes_label",
    ]
