"""The elevator upload interface of Chongqing: a firm whose software speaks it connects without a change. The
software here is written from what was measured, and knows nothing else of us."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from pypdf import PdfWriter
from sqlalchemy import func, select

from equipment.contracts.models import Contract, ContractLift, ContractPaper
from equipment.core import clock
from equipment.core.config import Settings
from equipment.maintenance.models import Swipe, Visit
from equipment.people import devices
from equipment.people.models import Certificate, Device, Organisation, User
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.uploads import chongqing_rules as rules
from equipment.uploads.models import UploadAttempt, UploadedRecord
from equipment.web import access_of
from tests import make
from tests.maintenance.place import lift_of, loosen
from tests.uploads.conftest import UNIT_CODE, FirmSystem, answers

FIRM_CODE = "91620400MA1FIRMXX2"
SECOND = "JJPF5RTPMVDE1BQ"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, chongqing="1")


@dataclass
class Software:
    """What a firm bought for the platform of Chongqing: it logs in, sends forms, logs in again on 401."""

    client: FlaskClient
    username: str
    appcode: str
    secret: str
    token: str = ""
    logins: int = field(default=0)

    def login(self, **changed: str) -> Any:
        asked = {"username": self.username, "key": self.appcode, "appcode": self.appcode}
        answer = self.client.get(
            "/api/authService/login", query_string={**asked, "secret": self.secret, **changed}
        )
        return answer.json

    def send(self, path: str, form: dict[str, Any], **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        address = f"/api/wlw/maintenance/{path}"
        files = {
            name: (io.BytesIO(value[0]), value[1]) for name, value in form.items() if isinstance(value, tuple)
        }
        kind = {"content_type": "multipart/form-data"} if files else {}
        return self.client.post(address, headers=headers, **{"data": {**form, **files}, **kind, **more})

    def post(self, path: str, form: dict[str, Any]) -> Any:
        answer = self.send(path, form)
        if answer.status_code == 401:
            self.token, self.logins = self.login()["data"]["access_token"], self.logins + 1
            answer = self.send(path, form)
        assert answer.status_code == 200, answer.json
        return answer.json

    def data(self, path: str, form: dict[str, Any]) -> Any:
        answer = self.post(path, form)
        assert (answer["code"], answer["message"]) == ("200", "操作成功"), answer
        return answer["data"]


@dataclass
class Town:
    """The software, our own view of the same firm, and a second lift that nobody maintains yet."""

    software: Software
    system: FirmSystem
    second: Equipment
    unit_id: str = ""
    people: list[str] = field(default_factory=list)


@pytest.fixture
def town(app: Flask, system: FirmSystem) -> Town:
    at = system.at
    with make.writing():
        at.firm.credit_code = FIRM_CODE
        db.session.merge(at.firm)
        lift = db.session.merge(at.lift)
        lift.serial, lift.in_use_since, lift.base_on = "SN-7788", make.days(-200), make.days(-200)
    device = db.session.scalars(select(Device).where(Device.kind == DeviceKind.FIRM_SYSTEM)).one()
    software = Software(app.test_client(), FIRM_CODE, str(device.id), system.token)
    second = lift_of(
        at.firm, at.unit, code=SECOND, visited=200, maintenance_firm_id=None, name="测试小区2号梯"
    )
    return Town(software, system, loosen(second))


def begun(town: Town) -> Town:
    """Logged in, bound to the use unit, with two technicians and their ids."""
    software = town.software
    (unit,) = software.data("entity/queryID", {"organizationCode": UNIT_CODE})
    town.unit_id = unit["entityID"]
    software.data("entity/updateServiceState", relation(town))
    for name, mobile in (("李师傅", "13912340001"), ("王师傅", "13912340002")):
        software.data("entity/updateWorkState", worker(name, mobile))
    listed = software.data("entity/queryWorkList", {"changState": "0"})
    ids = {one["workManName"]: one["id"] for one in listed}
    town.people = [ids["李师傅"], ids["王师傅"]]
    return town


def pdf() -> tuple[bytes, str]:
    writer, kept = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(kept)
    return kept.getvalue(), "扫描件.pdf"


def relation(town: Town, **changed: Any) -> dict[str, Any]:
    return {
        "useUnitEntityID": town.unit_id,
        "useUnitName": "测试物业",
        "changState": "0",
        "serviceStartDate": str(make.days(-60)),
        "serviceEndDate": str(make.days(300)),
        "contractFile": pdf(),
        **changed,
    }


def worker(name: str = "李师傅", mobile: str = "13912340001", **changed: Any) -> dict[str, Any]:
    return {
        "workManName": name,
        "workManPhone": mobile,
        "workManCertificate": f"T{mobile}",
        "changState": "0",
        "workStartDate": str(make.days(-300)),
        "workEndDate": str(make.days(400)),
        "certificateFile": pdf(),
        **changed,
    }


def at_eight(day: int, minutes: int = 0) -> str:
    morning = datetime.combine(make.days(day), datetime.min.time()) + timedelta(hours=8, minutes=minutes)
    return morning.strftime("%Y-%m-%d %H:%M:%S")


def record(town: Town, number: str = "CQ-0001", day: int = -3, **changed: Any) -> dict[str, Any]:
    """All twenty fields, as the text of the interface has them."""
    sent = {
        "elevatorCode": rules.digits_of(town.system.at.lift.id),
        "deviceCode": "31106204020001",
        "insideNumber": "1#",
        "unitPrincipal": "赵主任",
        "unitPrincipalPhone": "13800000001",
        "elevatorAdminister": "安全员",
        "elevatorAdministerPhone": "13800000002",
        "emergencyPhone": "0943-8812345",
        "workMenegerName": "经理",
        "workMenegerPhone": "13800000003",
        "workMan1Id": town.people[0],
        "workMan2Id": town.people[1],
        "startTime": at_eight(day),
        "endTime": at_eight(day, 40),
        "workType": "HM",
        "recorder": "李师傅",
        "recorderPhone": "13912340001",
        "originalRecordId": number,
        "problemCode": '["S0"]',
        "nextMaintenanceDate": f"{make.days(day + 15)}",
    }
    assert tuple(sent) == rules.RECORD
    return {**sent, **changed}


def in_names(sent: dict[str, Any]) -> dict[str, Any]:
    names = {"workMan1Id": ("workManName1", "李师傅"), "workMan2Id": ("workManName2", "王师傅")}
    return dict(names.get(name, (name, value)) for name, value in sent.items())


def number_of(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_whole_month_as_a_firms_software_plays_it(town: Town) -> None:
    software = town.software
    too_early = software.post("entity/queryWorkList", {"changState": "0"})
    assert too_early == {"code": "500", "message": "请先维护与使用单位的维保服务关系", "data": None}
    begun(town)
    assert software.logins == 1
    assert all(number.isdigit() and len(number) <= 19 for number in [town.unit_id, *town.people])
    (lift,) = software.data("equipment/queryElevatorInfo", {"factoryNumber": "SN-7788"})
    lifts = [lift["elevatorCode"], SECOND]  # one by its id there, the other by the number on its label
    sent = [
        record(town, f"CQ-{day}-{place}", day, elevatorCode=code, workType=kind)
        for day, kind in ((-30, "HM"), (-16, "TM"), (-2, "HM"))
        for place, code in enumerate(lifts)
    ]
    for place, one in enumerate(sent):
        one["startTime"], one["endTime"] = (
            text.replace(" 08:", f" {8 + 2 * (place % 2):02}:") for text in (one["startTime"], one["endTime"])
        )
    for one in sent[:-1]:
        answer = software.data("elevator/maintenanceRecord", one)
        assert (answer["originalRecordId"], answer["counted"]) == (one["originalRecordId"], False)
        assert answer["missing"]
    with time_machine.travel(clock.now() + timedelta(hours=2)):  # the token has run out meanwhile
        assert software.data("elevator/maintenanceRecord", sent[-1])["number"]
        assert software.logins == 2
        for _time in range(2):  # the answer was lost on the way
            assert software.data("elevator/maintenanceRecord", sent[-1])["originalRecordId"] == "CQ--2-1"
        other = software.post(
            "elevator/maintenanceRecord", {**sent[-1], "recorder": "别人", "endTime": at_eight(-2, 200)}
        )
        assert (other["code"], other["data"]) == ("500", None)
        assert sorted(part.split("：")[0] for part in other["message"].split("；")) == ["endTime", "recorder"]
    stands_on_record(town, [one["originalRecordId"] for one in sent])


def stands_on_record(town: Town, numbers: list[str]) -> None:
    visits = db.session.scalars(select(Visit).order_by(Visit.opened_at)).all()
    assert [visit.duty for visit in visits] == [
        *["visit_half_month"] * 2,
        *["visit_quarter"] * 2,
        *["visit_half_month"] * 2,
    ]
    assert {(visit.state, visit.counted, visit.swiped, len(visit.technicians)) for visit in visits} == {
        ("to_sign", False, False, 2)
    }
    rows = db.session.scalars(select(UploadedRecord.record_id).where(UploadedRecord.kind == "visit")).all()
    assert (sorted(rows), number_of(Swipe)) == (sorted(numbers), 0)
    contract = db.session.scalars(select(Contract)).one()
    assert (contract.state, contract.kind, number_of(ContractPaper)) == ("stated", "labour", 1)
    assert set(db.session.scalars(select(ContractLift.equipment_id))) == {
        town.system.at.lift.id,
        town.second.id,
    }
    firms = select(Equipment.maintenance_firm_id).where(Equipment.id == town.second.id)
    assert db.session.scalar(firms) == town.system.at.firm.id
    held = db.session.scalars(select(Certificate).where(Certificate.number.startswith("T139"))).all()
    assert {(one.code, one.valid_until) for one in held} == {("T", make.days(400))}
    attempts = db.session.scalars(select(UploadAttempt).order_by(UploadAttempt.at)).all()
    assert [(str(row.step), str(row.outcome)) for row in attempts] == [
        ("contract", "recorded"),
        *[("person", "recorded")] * 2,
        *[("visit", "recorded")] * 6,
        *[("visit", "again")] * 2,
        ("visit", "refused"),
    ]
    assert (attempts[-1].record_id, attempts[-1].code) == (numbers[-1], "500")
    assert "recorder" in attempts[-1].title
    # the same number is the record in our own interface, where its answers complete it
    whole = town.system.send("PUT", f"/visits/{numbers[0]}/answers", {"answers": answers()})
    assert (whole.status_code, whole.json["counted"]) == (200, True)


LOGINS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"username": ""}, {"code": 10001, "message": ":username 不能为空", "data": None}),
    ({"secret": ""}, {"code": 10001, "message": ":secret 不能为空", "data": None}),
    ({"secret": "wrong"}, {"code": 500, "message": "操作失败!", "data": None}),
    ({"username": UNIT_CODE}, {"code": 500, "message": "操作失败!", "data": None}),
    ({"appcode": "1"}, {"code": 500, "message": "操作失败!", "data": None}),
    ({"key": "1"}, {"code": 500, "message": "操作失败!", "data": None}),
]


@pytest.mark.parametrize(("changed", "answer"), LOGINS)
def test_a_login_that_is_none(town: Town, changed: dict[str, str], answer: dict[str, Any]) -> None:
    assert town.software.login(**changed) == answer


def test_a_login_in_all_its_forms(town: Town) -> None:
    whole = town.software.login()
    assert (whole["code"], whole["message"], whole["data"]["expires_in"]) == (200, "操作成功", 3599)
    client = town.software.client
    by_json = client.post("/api/authService/login", json={"username": FIRM_CODE})
    assert (by_json.status_code, by_json.json) == (200, {"code": 500, "message": "操作失败!", "data": None})
    by_form = client.post("/api/authService/login", data={"username": FIRM_CODE})
    assert (by_form.status_code, sorted(by_form.json)) == (415, ["error", "path", "status", "timestamp"])
    assert (by_form.json["error"], by_form.json["path"]) == (
        "Unsupported Media Type",
        "/api/authService/login",
    )


def test_a_token_ends_with_its_device_at_once_and_with_its_time(town: Town) -> None:
    software = town.software
    software.token = software.login()["data"]["access_token"]
    asked = ("entity/queryID", {"organizationCode": UNIT_CODE})
    assert software.send(*asked).status_code == 200
    for seconds, status in ((3590, 200), (3605, 401)):
        with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
            assert software.send(*asked).status_code == status
    with db.transaction():
        devices.revoke(
            db.session.scalars(select(Device).where(Device.kind == "firm_system")).one(), by=SYSTEM
        )
    answer = software.send(*asked)
    assert (answer.status_code, answer.json) == (401, {"code": 401, "message": "认证失败"})
    assert software.login()["code"] == 500


def test_strangers_get_nowhere(app: Flask, town: Town) -> None:
    """Every route without a token, with a made-up one, with the token of the device itself, of any kind."""
    client, inside = app.test_client(), []
    tokens = [
        make.device(town.system.at.firm, kind, person=town.system.at.boss)[1]
        for kind in (DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM)
    ]
    walked = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("chongqing.") and access_of(app.view_functions[rule.endpoint]) == "token"
    ]
    assert len(walked) == 7
    for rule in walked:
        for shown in ("", "Bearer made-up", "Bearer a.b.c", *(f"Bearer {token}" for token in tokens)):
            answer = client.post(rule.rule, headers={"Authorization": shown} if shown else {})
            if (answer.status_code, answer.json) != (401, {"code": 401, "message": "认证失败"}):
                inside.append((rule.rule, shown))
    assert inside == []
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("chongqing.") and rule not in walked
    }
    assert public == {"/api/authService/login", "/api/wlw/", "/api/wlw/<path:rest>"}


def test_another_kind_of_device_and_a_firm_without_a_manager(app: Flask, town: Town) -> None:
    upload, secret = make.device(town.system.at.firm, DeviceKind.UPLOAD, person=town.system.at.boss)
    assert Software(app.test_client(), FIRM_CODE, str(upload.id), secret).login()["code"] == 500
    lonely, secret = make.device(town.system.at.firm, DeviceKind.FIRM_SYSTEM, person=town.system.at.anna)
    answer = Software(app.test_client(), FIRM_CODE, str(lonely.id), secret).post(
        "entity/queryID", {"organizationCode": UNIT_CODE}
    )
    assert (answer["code"], answer["data"]) == ("500", None)
    assert "经理" in answer["message"] or "manager" in answer["message"]


def test_the_second_shape_of_errors(town: Town) -> None:
    software = town.software
    software.token = software.login()["data"]["access_token"]
    unknown = software.send("entity/nothing", {})
    assert (unknown.status_code, unknown.json["error"]) == (404, "Not Found")
    assert unknown.json["path"] == "/api/wlw/maintenance/entity/nothing"
    text = software.send("entity/queryID", {}, content_type="text/plain")
    assert (text.status_code, sorted(text.json)) == (415, ["error", "path", "status", "timestamp"])
    headers = {"Authorization": f"Bearer {software.token}"}
    by_json = software.client.post(
        "/api/wlw/maintenance/entity/queryID", json={"organizationCode": UNIT_CODE}, headers=headers
    )
    assert (by_json.status_code, by_json.json["code"]) == (200, "10001")
    assert by_json.json["message"] == ":organizationCode 不能为空"


@pytest.mark.parametrize("lacking", rules.RECORD)
def test_all_twenty_fields_are_needed(town: Town, lacking: str) -> None:
    town.people = ["1", "2"]
    answer = town.software.post("elevator/maintenanceRecord", record(town, **{lacking: " "}))
    assert answer == {"code": "10001", "message": f":{lacking} 不能为空", "data": None}


BAD_RECORDS: dict[str, tuple[dict[str, Any], str]] = {
    "a lift that nobody knows": ({"elevatorCode": "123456789012345678"}, "elevatorCode"),
    "another lift by its device code": ({"deviceCode": SECOND}, "deviceCode"),
    "a technician that nobody knows": ({"workMan2Id": "7"}, "workMan2Id"),
    "no technician": ({"workMan1Id": "李师傅"}, "workMan1Id"),
    "a class that is none": ({"workType": "XX"}, "workType"),
    "a day for a time": ({"startTime": "2026-11-01"}, "startTime"),
    "a day that no month has": ({"endTime": "2026-02-30 08:00:00"}, "endTime"),
    "over before it began": ({"endTime": at_eight(-3, -40)}, "endTime"),
    "a time to come": ({"startTime": at_eight(3), "endTime": at_eight(3, 40)}, "endTime"),
    "a code of no list": ({"problemCode": '["S0","S9"]'}, "problemCode"),
    "no next day": ({"nextMaintenanceDate": "soon"}, "nextMaintenanceDate"),
    "a number with blanks": ({"originalRecordId": "CQ 1"}, "originalRecordId"),
    "a text without end": ({"recorder": "李" * 401}, "recorder"),
}


@pytest.mark.parametrize("case", BAD_RECORDS)
def test_what_cannot_be_is_named_by_its_field_and_listed(town: Town, case: str) -> None:
    begun(town)
    changed, name = BAD_RECORDS[case]
    answer = town.software.post("elevator/maintenanceRecord", record(town, **changed))
    assert (answer["code"], answer["data"]) == ("500", None)
    assert answer["message"].split("：")[0] == name
    listed = db.session.scalars(select(UploadAttempt).where(UploadAttempt.outcome == "refused")).all()
    assert [(row.title, row.code) for row in listed] == [(answer["message"], "500")]
    assert number_of(Visit) == 0


@pytest.mark.parametrize(
    "codes", ['["S3","S5"]', "S3,S5", ["S3", "S5"], "S3；S5", '"S3", "S5"', "[S3,S5]"], ids=str
)
def test_problem_codes_in_every_writing(town: Town, codes: Any) -> None:
    begun(town)
    town.software.data("elevator/maintenanceRecord", record(town, problemCode=codes))
    sent = codes if isinstance(codes, list) else [codes]
    assert rules.problem_codes(sent) == ["S3", "S5"]


def test_a_record_in_names_and_one_person_alone(town: Town) -> None:
    begun(town)
    town.software.data("record/uploadMaintainRecord", in_names(record(town, "OLD-1", -20)))
    town.software.data("elevator/maintenanceRecord", record(town, workMan2Id=town.people[0]))
    numbers = [
        len(visit.technicians) for visit in db.session.scalars(select(Visit).order_by(Visit.opened_at))
    ]
    assert numbers == [2, 1]
    unknown = town.software.post(
        "record/uploadMaintainRecord", in_names(record(town, "OLD-2")) | {"workManName2": "无名"}
    )
    assert unknown["message"].startswith("workManName2：")
    lacking = town.software.post("record/uploadMaintainRecord", record(town, "OLD-3"))
    assert lacking["message"] == ":workManName1 不能为空"


BAD_RELATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no such unit": ({"useUnitEntityID": "12"}, "useUnitEntityID"),
    "the name of another": ({"useUnitName": "别的物业"}, "useUnitName"),
    "neither begin nor end": ({"changState": "2"}, "changState"),
    "a day that is none": ({"serviceStartDate": "soon"}, "serviceStartDate"),
    "over already": ({"serviceEndDate": str(make.days(-1))}, "serviceEndDate"),
    "no paper": ({"contractFile": (b"text", "a.txt")}, "contractFile"),
}


@pytest.mark.parametrize("case", BAD_RELATIONS)
def test_a_relation_that_cannot_be(town: Town, case: str) -> None:
    town.unit_id = rules.digits_of(town.system.at.unit.id)
    changed, name = BAD_RELATIONS[case]
    answer = town.software.post("entity/updateServiceState", relation(town, **changed))
    assert (answer["code"], answer["message"].split("：")[0]) == ("500", name)
    assert number_of(Contract) == 0


def test_a_relation_begins_once_and_ends(town: Town) -> None:
    software = begun(town).software
    without = relation(town)
    without.pop("contractFile")
    refused = software.send("entity/updateServiceState", without)
    assert (refused.status_code, sorted(refused.json)) == (400, ["error", "path", "status", "timestamp"])
    software.data("entity/updateServiceState", relation(town))  # the same again
    longer = software.post("entity/updateServiceState", relation(town, serviceEndDate=str(make.days(320))))
    assert longer["message"].startswith("serviceEndDate：")
    ending = {"useUnitEntityID": town.unit_id, "useUnitName": "测试物业", "changState": "1"}
    past = software.post("entity/updateServiceState", {**ending, "serviceEndDate": str(make.days(-9))})
    assert past["message"].startswith("serviceEndDate：")
    for _time in range(2):
        software.data("entity/updateServiceState", {**ending, "serviceEndDate": str(make.days(20))})
    contract = db.session.scalars(select(Contract)).one()
    assert (contract.ended_on, number_of(ContractPaper)) == (make.days(20), 1)
    outcomes = db.session.scalars(
        select(UploadAttempt.outcome).where(UploadAttempt.step == "contract").order_by(UploadAttempt.at)
    ).all()
    assert [str(one) for one in outcomes] == [
        "recorded",
        "refused",
        "again",
        "refused",
        "refused",
        "recorded",
        "again",
    ]


def test_a_technician_is_renewed_leaves_and_comes_back(town: Town) -> None:
    software = begun(town).software
    without = worker()
    without.pop("certificateFile")
    refused = software.post("entity/updateWorkState", without)
    assert refused == {
        "code": "500",
        "message": "关系状态为建立，作业人员电子证书或证书扫描件必传",
        "data": None,
    }
    software.data("entity/updateWorkState", worker())
    renewed = software.data("entity/updateWorkState", worker(workEndDate=str(make.days(800))))
    assert renewed["id"] == town.people[0]
    held = select(Certificate.valid_until).where(Certificate.number == "T13912340001")
    assert db.session.scalar(held) == make.days(800)
    leaving = {**worker(), "changState": "1"}
    for _time in range(2):
        software.data("entity/updateWorkState", leaving)
    names = [one["workManName"] for one in software.data("entity/queryWorkList", {"changState": "0"})]
    assert "李师傅" not in names
    gone = software.data("entity/queryWorkList", {"changState": "1", "workEndDate": str(make.days(700))})
    assert [one["id"] for one in gone] == [town.people[0]]
    software.data("entity/updateWorkState", worker(workEndDate=str(make.days(900))))
    assert db.session.scalars(select(User).where(User.mobile == "13912340001")).one().active


def test_days_of_a_contract_do_not_lengthen_a_certificate_that_is_on_file(town: Town) -> None:
    anna = town.system.at.anna
    held = db.session.scalars(select(Certificate).where(Certificate.user_id == anna.id)).one()
    until = held.valid_until
    sent = worker("安师傅", anna.mobile, workManCertificate=held.number, workEndDate=str(make.days(2000)))
    town.software.data("entity/updateWorkState", sent)
    db.session.rollback()
    db.session.expire_all()
    assert [
        row.valid_until
        for row in db.session.scalars(select(Certificate).where(Certificate.user_id == anna.id))
    ] == [until]
    elsewhere = town.software.post("entity/updateWorkState", worker("安全员", town.system.at.safe.mobile))
    assert elsewhere["message"].startswith("workManPhone：")
    nobody = town.software.post("entity/updateWorkState", worker(mobile="13999999999") | {"changState": "1"})
    assert nobody["message"].startswith("workManPhone：")


def test_lifts_by_their_numbers(town: Town) -> None:
    asked = town.software.post("equipment/queryElevatorInfo", {})
    assert asked["code"] == "10001"
    assert town.software.data("equipment/queryElevatorInfo", {"deviceCode": "31106204029999"}) == []
    (lift,) = town.software.data("equipment/queryElevatorInfo", {"factoryNumber": "SN-7788"})
    assert lift["elevatorCode"] == rules.digits_of(town.system.at.lift.id)
    assert {"deviceCode", "elevatorAdminister", "elevatorAdministerPhone", "emergencyPhone"} <= set(lift)
    others: Organisation = make.organisation(OrganisationKind.FIRM, "别家")
    lift_of(others, town.system.at.unit, code="5FK2V8D4XRWQ3HB", serial="SN-9999")
    assert town.software.data("equipment/queryElevatorInfo", {"factoryNumber": "SN-9999"}) == []


def test_another_firm_reads_and_changes_nothing(app: Flask, town: Town) -> None:
    begun(town)
    others = make.organisation(OrganisationKind.FIRM, "别家", credit_code="91620400MA1OTHERX3")
    boss = make.user(others, Role.FIRM_MANAGER, name="别家经理")
    device, secret = make.device(others, DeviceKind.FIRM_SYSTEM, person=boss)
    stranger = Software(app.test_client(), "91620400MA1OTHERX3", str(device.id), secret)
    answer = stranger.post("elevator/maintenanceRecord", record(town))
    assert answer["message"].split("：")[0] == "workMan1Id"
    ending = {"useUnitEntityID": town.unit_id, "useUnitName": "测试物业", "changState": "1"}
    assert stranger.post("entity/updateServiceState", ending)["code"] == "500"
    assert db.session.scalars(select(Contract)).one().ended_on is None


def test_too_many_logins_wait(town: Town) -> None:
    answers = [town.software.client.get("/api/authService/login").status_code for _time in range(61)]
    assert answers == [*[200] * 60, 429]


def test_the_page_of_the_token_shows_what_to_log_in_with(app: Flask, town: Town, signed_in: Any) -> None:
    """And whoever types it over is in, without a cookie and its token against forged forms."""
    with app.app_context():
        password = hash_password("Abendrot-und-Eis-7")
    firm = town.system.at.firm
    boss = make.user(firm, Role.FIRM_MANAGER, name="第二经理", password=password)
    page = signed_in(boss).post(
        f"/organisations/{firm.id}/devices/new",
        data={
            "kind": "firm_system",
            "name": "维保软件",
            "person": str(boss.id),
            "password": "Abendrot-und-Eis-7",
        },
    )
    assert page.status_code == 201
    secret = page.text.split('data-copy="')[1].split('"')[0]
    made = select(Device.id).where(Device.kind == DeviceKind.FIRM_SYSTEM, Device.name == "维保软件")
    appcode = str(db.session.scalar(made))
    assert (appcode in page.text, FIRM_CODE in page.text) == (True, True)
    app.config["WTF_CSRF_ENABLED"] = True
    software = Software(app.test_client(), FIRM_CODE, appcode, secret)
    assert software.data("entity/queryID", {"organizationCode": UNIT_CODE})[0]["unitName"] == "测试物业"


def test_our_own_document_does_not_speak_of_it(town: Town) -> None:
    document = town.software.client.get("/api/v1/openapi.json").json
    assert [path for path in document["paths"] if "wlw" in path or "authService" in path] == []
    assert town.software.client.get("/integrate").status_code == 200
