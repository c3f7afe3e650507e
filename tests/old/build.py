"""A small city as version f92635a of the tracker kept it, made by that version's own code: README.md here says how it is run.

Every action is one that people, phones and the nightly jobs of then took, at fixed times and with fixed chance, so that
the same version makes the same city again on both engines. No person or piece of it exists.
"""

# ruff: noqa
# mypy: ignore-errors
from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

chance = random.Random("f92635a")
os.urandom = random._urandom = lambda count: chance.randbytes(count)

import time_machine

START = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
traveller = time_machine.travel(START, tick=False)
clock_now = traveller.start()

from flask_security import hash_password
from sqlalchemy import select

from equipment import create_app, db, schema
from equipment.categories.checklists import checklist
from equipment.categories.clauses import Grade
from equipment.config import Settings
from equipment.dues import applications, lists
from equipment.dues.actions import extend, plan_all
from equipment.dues.filters import Filters
from equipment.dues.models import Due
from equipment.dues.papers import plan_papers
from equipment.fills import asking
from equipment.fills.actions import close_unfinished
from equipment.fills.late import Paper as FillPaper, enter_late
from equipment.hazards import actions as hazards
from equipment.hazards.rules import FindingSource
from equipment.ids import new_id
from equipment.inspections import actions as inspections
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.ledger import seals
from equipment.ledger.verify import verify
from equipment.life.actions import ReportDraft, answer, receive, take_up
from equipment.life.states import ReportKind
from equipment.maintenance import actions as visits
from equipment.maintenance.actions import Signature
from equipment.maintenance.closing import close_forgotten, expire_unconfirmed
from equipment.maintenance.models import Visit
from equipment.people import accounts, areas, credentials, devices, organisations, papers, setup
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, DeviceKind, InstrumentKind, OrganisationKind, PaperKind, Role
from equipment.policy import actions as policy
from equipment.categories.planning import DueKind
from equipment.register import actions as register, importing, importing_tasks
from equipment.register.models import Equipment, ImportBatch, Label
from equipment.register.queries import resolve
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.reminders import actions as reminders
from equipment.reports.actions import issue
from equipment.reports.figures import month_figures
from equipment.reports.tallies import keep_month_ends
from equipment.remembered import forget_all
from equipment.tables import models
from equipment.tasks.runner import Runner
from jobs.runs import Jobs
from jobs.schedule import functions
from equipment.tasks.timetable import BY_NAME

CITY, COUNTY, TOWNSHIP = "6204", "620402", "620402001"
LPG = {
    "variety": "lpg",
    "medium": "LPG",
    "model": "YSP35.5",
    "volume_ml": 35500,
    "tare_g": 16500,
    "max_charge_g": 14900,
    "edition": "gb5842_2006",
}
OXYGEN = {
    "variety": "seamless",
    "medium": "O2",
    "volume_ml": 40000,
    "working_pressure_kpa": 15000,
    "tare_g": 52000,
}
CSV = (
    "序号,设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),下次检验日期,单位内编号\n"
    "1,无缝,W001,氧气,示例厂,2019.03,40,2028.3,O-1\n2,无缝,W003,氧,示例厂,201913,40,2028.3,O-3\n3,不明,W004,氧,示例厂,2019.03,40,2028.3,O-4\n"
)
CONFIRMED = ("inspection_valid_through", date(2015, 1, 1))
PASSWORD, PIN = "then-8-bottles", "482913"
KINDS = {
    "register.import_read": importing_tasks.read,
    "register.import_check": importing_tasks.check,
    "register.import": importing_tasks.run,
    "register.import_plan": importing_tasks.plan,
    "register.import_undo": importing_tasks.undo,
}

importing.run_in_child = lambda work, given, **_limits: work(*given)  # a child would begin this script anew

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
settings = Settings(
    instance=str(folder), database_url=os.environ.get("DATABASE_URL", ""), public_url="https://tz.example.cn"
)
known: dict = {
    "password": PASSWORD,
    "pin": PIN,
    "ids": {},
    "codes": {},
    "tokens": {},
    "replays": [],
    "people": {},
}


def later(**delta: float) -> datetime:
    global now
    now = now + timedelta(**delta)
    clock_now.move_to(now, tick=False)
    forget_all()
    asking.forget()
    return now


def at(day: str, hour: str = "09:00") -> datetime:
    """That time of the site's wall clock."""
    return later(seconds=(datetime.fromisoformat(f"{day}T{hour}:00+08:00") - now).total_seconds())


now = START
engine = db.connect(settings.url)
schema.upgrade(engine)
engine.dispose()
app = create_app(settings)
app.config |= {"TESTING": True, "WTF_CSRF_ENABLED": False}
app.extensions["security"].pwd_context.update(
    argon2__time_cost=1, argon2__memory_cost=64, argon2__parallelism=1
)
with app.app_context():
    hashed, pin_hash = hash_password(PASSWORD), hash_password(PIN)
people: dict[str, UUID] = {}
firms: dict[str, UUID] = {}


def viewer(name: str):
    return viewer_of(db.session.get_one(User, people[name]))


def do(action, *given, by: str = "administrator", **more):
    later(minutes=1)
    who = viewer(by)
    with db.transaction():
        made = action(*given, by=who, **more)
        db.session.flush()
        return made


def person(
    key: str, organisation: str, *roles: Role, name: str, certificate: str = "", by: str = "administrator"
) -> None:
    made = do(
        lambda by: accounts.create_person(
            db.session.get_one(organisations.Organisation, firms[organisation]),
            accounts.NewPerson(name, f"1900000{len(people):04}", roles, hashed),
            by=by,
        ),
        by=by,
    )
    people[key] = made.id
    with db.transaction():
        credentials.set_password(db.session.get_one(User, made.id), hashed, by=viewer(key))
        credentials.set_pin(db.session.get_one(User, made.id), pin_hash, by=viewer(key))
    known["people"][key] = {"mobile": made.mobile, "name": name}
    if certificate:
        do(
            lambda by: papers.add_certificate(
                db.session.get_one(User, made.id),
                certificate,
                f"62{len(people):016}",
                (date(2024, 1, 1), date(2028, 1, 1)),
                by=by,
            )
        )


def organisation(
    key: str, kind: OrganisationKind, name: str, area: str = COUNTY, paper: tuple | None = None
) -> None:
    made = do(
        lambda by: organisations.add_organisation(
            kind, {"name": name, "area": area, "address": "示例路1号", "phone": "0943-1234567"}, by=by
        )
    )
    firms[key] = made.id
    if paper:
        do(
            lambda by: organisations.add_paper(
                db.session.get_one(organisations.Organisation, made.id),
                organisations.NewPaper(paper[0], paper[1], paper[2], date(2024, 6, 1), date(2028, 5, 31)),
                by=by,
            )
        )


def piece(key: str) -> Equipment:
    return db.session.get_one(Equipment, UUID(known["ids"][key]), populate_existing=True)


def fresh(row):
    """The row as the database has it, as a request would read it."""
    row = db.session.merge(row)
    db.session.refresh(row)
    return row


def put(key: str, category: str, details: dict, **columns) -> None:
    made = do(
        lambda by: register.register(
            {"category": category, "details": details, "area": TOWNSHIP, "maker": "示例制造厂", **columns},
            by=by,
        )
    )
    known["ids"][key] = str(made.id)
    known["codes"][key] = do(lambda by: register.issue_for(piece(key), by=by)).code


def send(method: str, path: str, body: dict, token: str) -> dict:
    """What a device of then sent, and what it was answered; kept, since it may come again after the upgrade."""
    response = app.test_client().open(
        f"/api/v1{path}",
        method=method,
        json=body,
        headers={"Authorization": f"Bearer {known['tokens'][token]}", "Accept-Language": "zh-CN"},
    )
    assert response.status_code in (200, 201), (path, response.get_json())
    known["replays"].append(
        {
            "method": method,
            "path": path,
            "body": body,
            "token": token,
            "status": response.status_code,
            "answer": response.get_json(),
        }
    )
    return response.get_json()


def scan(key: str, token: str = "controller", gas: str = "LPG", **more) -> dict:
    later(minutes=3)
    body = {
        "scan_id": str(new_id()),
        "code": known["codes"].get(key, key),
        "gas": gas,
        "happened_at": now.isoformat(),
        **more,
    }
    return send("POST", "/fills", body, token)


def filled(key: str, fill: str, token: str = "controller", **amounts) -> None:
    later(minutes=4)
    told = send("PUT", f"/fills/{fill}/result", {"happened_at": now.isoformat(), **amounts}, token)
    known["ids"][key] = told["fill_id"]


def swipe(key: str, token: str, **more) -> dict:
    told = send("POST", "/swipes", {"swipe_id": str(new_id()), "happened_at": now.isoformat(), **more}, token)
    known["ids"][key] = told["visit_id"]
    return told


def browser(name: str):
    made = app.test_client()
    with made.session_transaction() as session:
        session["_user_id"], session["_fresh"] = db.session.get_one(User, people[name]).fs_uniquifier, True
    db.session.rollback()
    return made


def work() -> None:
    runner = Runner("then", KINDS)
    with app.app_context():
        while runner.run_one():
            pass


def night(day: str) -> None:
    """What the jobs process did that night, with its runs on record."""
    at(day, "01:00")
    jobs = Jobs("then", functions(settings, "then"))
    for name in (
        "close_fills",
        "expire_visits",
        "plan_dues",
        "confirm_findings",
        "plan_notices",
        "keep_rates",
        "seal",
        "verify",
    ):
        later(minutes=5)
        with app.app_context():
            run = jobs.run(BY_NAME[name], day, 1, "schedule")
        assert run is not None and run.state == "done", (name, run.message)
    db.session.remove()


# The city, its organisations and people.
with db.transaction():
    token = setup.make_setup_token()
with db.transaction():
    first = setup.make_first_person(
        token, setup.FirstPerson("示例市市场监督管理局", "甲管理", "19000000099", hashed), settings
    )
    people["administrator"], firms["bureau"] = first.id, first.organisation_id
known["people"]["administrator"] = {"mobile": "19000000099", "name": "甲管理"}
do(
    areas.load_areas,
    [
        areas.AreaRow(COUNTY, "示例区", "Example District", "乙负责"),
        areas.AreaRow(TOWNSHIP, "示例街道", "Example Street"),
        areas.AreaRow("620421", "邻县", "Next County"),
    ],
)
organisation("office", OrganisationKind.REGULATOR, "示例区市场监督管理局")
organisation(
    "station",
    OrganisationKind.STATION,
    "示例充装站",
    paper=(PaperKind.FILLING_LICENCE, "TS4262001-2028", ("LPG", "O2")),
)
organisation(
    "firm",
    OrganisationKind.FIRM,
    "示例维保公司",
    paper=(PaperKind.MAINTENANCE_LICENCE, "TS3362001-2028", ("T",)),
)
organisation(
    "body",
    OrganisationKind.BODY,
    "示例检验所",
    paper=(PaperKind.BODY_APPROVAL, "TS7162001-2028", ("elevator", "cylinder")),
)
organisation("unit", OrganisationKind.USE_UNIT, "示例物业")
person("supervisor", "office", Role.SUPERVISOR, name="丙监察")
person("owner", "station", Role.STATION_OWNER, name="丁站长", certificate="A")
person("operator", "station", Role.OPERATOR, name="戊充装", certificate="P")
person("manager", "firm", Role.FIRM_MANAGER, name="己经理", certificate="A")
person("technician", "firm", Role.TECHNICIAN, name="庚维保", certificate="T")
person("second", "firm", Role.TECHNICIAN, name="辛维保", certificate="T")
person("inspector", "body", Role.INSPECTOR, name="壬检验")
person("officer", "unit", Role.SAFETY_OFFICER, name="癸安全", certificate="A")
do(
    lambda by: organisations.add_instrument(
        db.session.get_one(organisations.Organisation, firms["station"]),
        organisations.NewInstrument(InstrumentKind.SCALE, "1号秤", "C-001", date(2027, 3, 31), "1", "LPG"),
        by=by,
    ),
    by="owner",
)
for name in ("technician", "second"):
    do(
        lambda by, name=name: papers.issue_card(
            db.session.get_one(User, people[name]), f"04A1B2C3{name[:2].upper()}", by=by
        ),
        by="manager",
    )

# Pieces, labels, devices.
bottle = {
    "owner_id": firms["station"],
    "inspection_body_id": firms["body"],
    "registered_on": date(2022, 4, 1),
    "in_use_since": date(2022, 4, 1),
}
put(
    "bottle",
    "cylinder",
    LPG,
    serial="A100001",
    made_on=date(2022, 3, 5),
    last_inspected_on=date(2026, 3, 5),
    identifiers={IdentifierKind.CERTIFICATE_NO: "瓶31甘D00001(24)"},
    **bottle,
)
put(
    "overdue bottle",
    "cylinder",
    LPG,
    serial="A100002",
    made_on=date(2020, 3, 5),
    identifiers={IdentifierKind.CERTIFICATE_NO: "瓶31甘D00002(24)"},
    **bottle,
)
put(
    "oxygen",
    "cylinder",
    OXYGEN,
    serial="O200001",
    made_on=date(2021, 5, 1),
    last_inspected_on=date(2025, 5, 10),
    **bottle,
)
put(
    "scrapped bottle",
    "cylinder",
    LPG,
    serial="A100003",
    made_on=date(2018, 3, 5),
    last_inspected_on=date(2024, 3, 5),
    **bottle,
)
lift = {
    "use_unit_id": firms["unit"],
    "maintenance_firm_id": firms["firm"],
    "inspection_body_id": firms["body"],
    "made_on": date(2021, 6, 1),
    "registered_on": date(2021, 9, 1),
    "in_use_since": date(2026, 9, 20),
    "base_on": date(2021, 8, 20),
    "address": "示例路2号",
}
put(
    "lift",
    "elevator",
    {"catalogue": "3110", "speed_mm_s": 1750},
    serial="L3001",
    name="1号梯",
    identifiers={IdentifierKind.EQUIPMENT_CODE: "31106204022021000001"},
    **lift,
)
put(
    "failed lift",
    "elevator",
    {"catalogue": "3110"},
    serial="L3002",
    name="2号梯",
    identifiers={IdentifierKind.EQUIPMENT_CODE: "31106204022021000002"},
    **lift,
)
with db.transaction():
    batch = register.issue_labels(3, firms["station"], by=viewer("administrator"), note="空白标签")
known["codes"]["blank"] = min(db.session.scalars(select(Label.code).where(Label.batch_id == batch.id)).all())
db.session.rollback()


def enrol(key: str, of: str, kind: DeviceKind, name: str, by: str, **more) -> None:
    _device, known["tokens"][key] = do(
        lambda by: devices.enrol(
            db.session.get_one(organisations.Organisation, firms[of]),
            devices.NewDevice(kind, name, **more),
            by=by,
        ),
        by=by,
    )


enrol("controller", "station", DeviceKind.CONTROLLER, "充装秤控制器", "owner", user_id=people["operator"])
enrol("floor", "station", DeviceKind.FLOOR, "充装台平板", "owner", bay="1")
enrol("reader", "unit", DeviceKind.READER, "轿顶读卡器", "officer", equipment_id=UUID(known["ids"]["lift"]))
_device, known["tokens"]["phone"] = do(
    lambda by: devices.enrol_phone(db.session.get_one(User, people["technician"]), "手机", by=by),
    by="technician",
)
do(policy.confirm, "cylinder", CONFIRMED[0], CONFIRMED[1], cite="与原文核对")
do(policy.choose, "public_report_days", date(2026, 10, 1), {"value": "10"}, cite="局务会决定")
do(policy.set_value, "cylinder", "unfinished_after_minutes", date(2026, 11, 1), 90, cite="局务会决定")
night("2026-10-13")

# Bottles are filled and refused; a wrong bottle is corrected, one is scrapped; a line of a paper is entered late.
at("2026-10-13")
FINE = {f"P{number:02}": True for number in (3, 4, 6, 7, 8, 9, 11, 13)}
filled(
    "fill",
    scan("bottle")["fill_id"],
    gross_g=31000,
    checks=FINE,
    post_checks={"Q01": True, "Q02": True, "Q03": True},
)
known["ids"]["refused fill"] = scan("overdue bottle")["fill_id"]
filled("oxygen fill", scan("oxygen", gas="O2")["fill_id"], pressure_kpa=14700)
overfilled = scan("bottle")["fill_id"]
filled("drawn down fill", overfilled, gross_g=31500, post_checks={"Q01": True, "Q02": True, "Q03": True})
filled("drawn down fill", overfilled, gross_g=31300, post_checks={"Q01": True, "Q02": True, "Q03": True})
scan("00000-00000-00000")
do(
    lambda by: enter_late(
        FillPaper(
            piece=piece("bottle"),
            gas="LPG",
            happened_at=now - timedelta(days=1),
            gross_g=31100,
            operator="戊充装",
        ),
        by=by,
    ),
    by="owner",
)
known["ids"]["left open fill"] = scan("oxygen", gas="O2")["fill_id"]
send(
    "POST",
    "/scans",
    {
        "scan_id": str(new_id()),
        "code": known["codes"]["bottle"],
        "happened_at": now.isoformat(),
        "purpose": "receive",
    },
    "controller",
)
do(lambda by: register.replace_label(known["codes"]["oxygen"], "", "标签脱落", by=by), by="owner")
known["codes"]["old oxygen"], known["codes"]["oxygen"] = known["codes"]["oxygen"], piece("oxygen").label_code
do(lambda by: register.scrap(piece("scrapped bottle"), typed="A100003", reason="阀门损坏，按规定报废", by=by))

# A visit: card at the reader, phone, answers, sign-out, signature; another one waits for its signature.
at("2026-10-14")
swipe("visit", "reader", card="04A1B2C3TE")
later(minutes=2)
swipe("visit", "reader", card="04A1B2C3SE")
later(minutes=30)
codes = [item.code for item in checklist("A", DueKind.VISIT_HALF_MONTH)]
answers = [
    {
        "code": code,
        "answer": "not_applicable" if code == "A-1-06" else "ok",
        "note": "本梯无此装置" if code == "A-1-06" else "",
        "happened_at": now.isoformat(),
    }
    for code in codes
]
answers[1] |= {"answer": "adjusted", "note": "已调整"}
answers[2] |= {"answer": "abnormal", "note": "照明闪烁"}
send("PUT", f"/visits/{known['ids']['visit']}/answers", {"answers": answers, "remark": "运行正常"}, "phone")
later(minutes=8)
swipe("visit", "reader", card="04A1B2C3TE")
the_visit = lambda key: db.session.scalars(select(Visit).where(Visit.id == UUID(known["ids"][key]))).one()
do(lambda by: visits.confirm(the_visit("visit"), by=by), by="technician") if the_visit(
    "visit"
).state == "unconfirmed" else None
do(lambda by: visits.confirm(the_visit("visit"), by=by), by="second") if the_visit(
    "visit"
).state == "unconfirmed" else None
db.session.rollback()
later(hours=2)
do(lambda by: visits.sign(the_visit("visit"), Signature("癸安全"), by=by), by="officer")
at("2026-10-14", "15:00")
swipe("second visit", "phone", code=known["codes"]["failed lift"])
later(minutes=50)
swipe("second visit", "phone", code=known["codes"]["failed lift"])

# 报检, a due-list, inspections passed and failed; the failed one is a hazard.
at("2026-10-15")
due = do(lambda by: applications.apply(piece("lift"), by=by), by="officer")
do(lambda by: applications.accept(fresh(due), date(2026, 10, 16), by=by), by="inspector")
made = do(lists.make_list, Filters(window="all"), by="inspector", title="十月待检")
known["ids"]["due-list"] = str(made.id)
at("2026-10-16")
result = lambda conclusion, number: inspections.Result(
    id=new_id(),
    kind=InspectionKind.INSPECTION,
    on=date(2026, 10, 16),
    conclusion=conclusion,
    report_no=number,
)
known["ids"]["inspection"] = str(
    do(
        lambda by: inspections.record(piece("lift"), result(Conclusion.PASSED, "TZJ-2026-001"), by=by),
        by="inspector",
    ).id
)
known["ids"]["failed inspection"] = str(
    do(
        lambda by: inspections.record(piece("failed lift"), result(Conclusion.FAILED, "TZJ-2026-002"), by=by),
        by="inspector",
    ).id
)

# A hazard through its steps, a finding dismissed, a finding nobody decided, a report of the public.
finding = do(
    lambda by: hazards.find(piece("lift"), source=FindingSource.MANUAL, description="层门锁失效", by=by),
    by="officer",
)
hazard = do(
    lambda by: hazards.confirm(fresh(finding), Grade.GENERAL, "", date(2026, 11, 10), by=by), by="supervisor"
)
known["ids"]["hazard"] = str(hazard.id)
later(days=2)
do(lambda by: hazards.rectify(fresh(hazard), "已更换门锁", by=by), by="officer")
do(lambda by: hazards.recheck(fresh(hazard), False, "另一扇门同样松动", by=by), by="supervisor")
later(days=1)
do(lambda by: hazards.rectify(fresh(hazard), "两扇门均已更换", by=by), by="officer")
do(lambda by: hazards.recheck(fresh(hazard), True, "复查合格", by=by), by="supervisor")
other = do(
    lambda by: hazards.find(piece("lift"), source=FindingSource.MANUAL, description="轿厢照明暗", by=by),
    by="officer",
)
do(lambda by: hazards.dismiss(fresh(other), "复核后不构成隐患", by=by), by="supervisor")
do(
    lambda by: hazards.find(piece("lift"), source=FindingSource.MANUAL, description="机房门未锁", by=by),
    by="officer",
)
with db.transaction():
    report = receive(piece("lift"), ReportDraft(ReportKind.FAULT, "运行中晃动", "0943-7654321"), None)
do(lambda by: take_up(fresh(report), by=by), by="supervisor")
do(lambda by: answer(fresh(report), "已核查，运行正常", confirmed=False, by=by), by="supervisor")
db.session.rollback()

# An import: read, mapped as suggested, checked, run.
at("2026-10-20")
owner = browser("owner")
response = owner.post(
    "/register/import",
    data={"category": "cylinder", "file": (BytesIO(CSV.encode("gb18030")), "台账.csv")},
    content_type="multipart/form-data",
)
assert response.status_code == 302, response.get_data(as_text=True)
work()
batch_id = UUID(response.location.rsplit("/", 1)[1])
the_batch = lambda: db.session.scalars(
    select(ImportBatch).where(ImportBatch.id == batch_id).execution_options(populate_existing=True)
).one()
columns, header = the_batch().mapping["columns"], the_batch().header
form = {f"to_{number}": columns[name]["to"] for number, name in enumerate(header) if name in columns}
form |= {
    f"unit_{number}": columns[name].get("unit", "") for number, name in enumerate(header) if name in columns
}
db.session.rollback()
assert owner.post(f"/register/import/{batch_id}/mapping", data=form).status_code == 302
work()
assert owner.post(f"/register/import/{batch_id}/run").status_code == 302
work()
assert the_batch().state == "done", the_batch().state
known["ids"]["import"], known["imported"] = str(batch_id), dict(the_batch().counts)
db.session.rollback()

# Nights, a month report, notices, seals.
night("2026-10-21")
night("2026-11-05")
at("2026-11-05", "10:00")
figures = month_figures(viewer("administrator"), CITY, date(2026, 10, 1), date(2026, 11, 5))
report = do(issue, figures)
known["ids"]["month report"] = str(report.id)
known["rates"] = report.figures["rates"]
db.session.rollback()
# Whatever a device sent may come again: what this version answers then is what the phones of then wait for.
at("2026-11-26")
for each in known["replays"]:
    response = app.test_client().open(
        f"/api/v1{each['path']}",
        method=each["method"],
        json=each["body"],
        headers={"Authorization": f"Bearer {known['tokens'][each['token']]}", "Accept-Language": "zh-CN"},
    )
    each |= {"again": response.status_code, "answer_again": response.get_json()}
night("2026-11-27")
report = verify(db.engine, folder, models().values())
assert report.first is None, report
known |= {
    "at": now.isoformat(),
    "verified": {
        "chains": report.chains,
        "events": report.events,
        "records": report.records,
        "seals": report.seals,
    },
}
db.session.remove()
db.engine.dispose()
traveller.stop()


def write(name: str, lines: list[str]) -> None:
    """Compressed without the hour, so that the same city is the same file."""
    (folder / name).write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))


if settings.database_url:
    dump = subprocess.run(
        [sys.argv[2], "--inserts", "--no-owner", settings.database_url.replace("+psycopg", "")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    write("postgresql.sql.gz", [line for line in dump.splitlines() if not line.startswith(("--", "\\"))])
else:
    city = sqlite3.connect(folder / "tracker.db")
    lines = [
        line for line in city.iterdump() if "equipment_text_" not in line and not line.startswith("PRAGMA")
    ]
    made = re.compile(r"INSERT INTO sqlite_master\(.*?'(CREATE VIRTUAL TABLE .*)'\);", re.DOTALL)
    write(
        "sqlite.sql.gz",
        [
            f"{found[1].replace(chr(39) * 2, chr(39))};" if (found := made.fullmatch(line)) else line
            for line in lines
        ],
    )
    city.close()
    for each in folder.glob("tracker.db*"):
        each.unlink()
shutil.rmtree(folder / "translations")
(folder / "known.json").write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
print(known["verified"])
