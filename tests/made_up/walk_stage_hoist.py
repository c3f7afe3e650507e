"""A category that is one Python file, one TOML file and one line, walked from the form to the public page: run by test_category.py, printed as JSON."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.dues.queries import open_dues
from equipment.files import store
from equipment.imports.models import ImportBatch
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.shell import schema
from equipment.storage import db
from equipment.tasks import children
from equipment.tasks.models import Task
from jobs.process import Process
from jobs.process import make as make_process
from tests import make
from tests.imports.conftest import form_of

YEARS_AGO = clock.today() - timedelta(days=900)


def browser_of(app: Flask, user: User) -> FlaskClient:
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        make.sign_in(db.session.get_one(User, user.id), cookie)
    return browser


def work(process: Process) -> Task:
    """Everything that waits is done; the last task."""
    with process.app.app_context():
        while any(runner.run_one() for runner in process.runners):
            pass
    db.session.rollback()
    return db.session.query(Task).order_by(Task.id.desc()).populate_existing().first()


def registered(browser: FlaskClient, unit: str, serial: str) -> str:
    return browser.post(
        "/equipment/new",
        data={
            "category": "stage_hoist",
            "serial": serial,
            "area": make.TOWNSHIP,
            "use_unit_id": unit,
            "made_on": YEARS_AGO.isoformat(),
            "registered_on": YEARS_AGO.isoformat(),
            "in_use_since": YEARS_AGO.isoformat(),
            "details.catalogue": "4110",
            "details.lift_kg": "5000",
        },
    ).location


def imported(process: Process, browser: FlaskClient) -> dict[str, Any]:
    content = f"制造单位,产品编号,设备品种,额定起重量,登记日期,使用地点,辖区,使用单位\r\n某机械厂,QZ-2,桥吊,3200,{YEARS_AGO},东街,人民路街道,某重工厂\r\n".encode(
        "gb18030"
    )
    sent = browser.post(
        "/register/import",
        data={"category": "stage_hoist", "file": (BytesIO(content), "起重机.csv")},
        content_type="multipart/form-data",
    )
    work(process)
    key = UUID(sent.location.rsplit("/", 1)[1])
    batch = db.session.query(ImportBatch).populate_existing().filter_by(id=key).one()
    browser.post(f"/register/import/{key}/mapping", data=form_of(batch))
    work(process)
    browser.post(f"/register/import/{key}/run")
    work(process)
    counts = db.session.query(ImportBatch).populate_existing().filter_by(id=key).one().counts
    return {state: count for state, count in counts.items() if count}


def main(folder: str) -> None:
    Path(folder).mkdir()
    settings = Settings(instance=folder, public_url="https://tz.test.cn")
    schema.upgrade(db.connect(settings.url))
    process = make_process(settings)
    children.preload(*process.drawing)
    app = process.app
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    make.areas()
    bureau = make.organisation(OrganisationKind.REGULATOR, "某市市场监管局", area=make.CITY)
    make.organisation(OrganisationKind.USE_UNIT, "某重工厂")
    body = make.organisation(OrganisationKind.BODY, "某检验所")
    admin = browser_of(app, make.user(bureau, Role.ADMINISTRATOR, Role.SUPERVISOR, area=make.CITY))
    inspector = browser_of(app, make.user(body, Role.INSPECTOR))
    walked: dict[str, Any] = {}

    form = admin.get("/equipment/new?category=stage_hoist").text
    walked["form"] = "额定起重量" in form
    place = registered(admin, "某重工厂", "QZ-1")
    piece = db.session.query(Equipment).filter_by(serial="QZ-1").one()
    key = piece.id
    with db.transaction():
        db.session.get_one(Equipment, key).inspection_body_id = body.id
    walked["life"] = "5000 kg" in admin.get(place).text.replace("&nbsp;", " ").replace(",", "")
    walked["dues"] = sorted(str(due.kind) for due in open_dues(key))
    shown = admin.get("/equipment?category=stage_hoist&f_catalogue=4110").text
    walked["list"] = [
        "QZ-1" in shown,
        "桥式起重机" in shown,
        "QZ-1" in admin.get("/equipment?category=stage_hoist&f_catalogue=4310").text,
    ]

    admin.post("/register/import/template", data={"category": "stage_hoist"})
    made = work(process)
    headings = [
        str(cell)
        for cell in CalamineWorkbook.from_path(store.path_of(made.file_sha256))
        .get_sheet_by_index(0)
        .to_python()[0]
    ]
    walked["template"] = any("额定起重量" in heading for heading in headings)
    walked["import"] = imported(process, admin)

    admin.post("/labels/print", data={"id": [str(key)], "layout": "roll-50x70"})
    label = work(process)
    db.session.rollback()
    code = db.session.get_one(Equipment, key).label_code
    walked["label"] = [
        bool(code),
        label.file_sha256 is not None and store.path_of(label.file_sha256).read_bytes()[:5] == b"%PDF-",
    ]

    due_list = inspector.post(
        "/due-lists/new", data={"window": "all", "category": "stage_hoist", "title": "起重机"}
    ).location
    inspector.post(f"{due_list}/print")
    printed = work(process)
    walked["due_list"] = ["QZ-1" in inspector.get(due_list).text, printed.file_sha256 is not None]

    sent = inspector.post(
        f"/inspections/new/{key}",
        data={
            "id": str(new_id()),
            "on": clock.today().isoformat(),
            "kind": "inspection",
            "conclusion": "passed",
            "report_no": "QZJ-1",
        },
    )
    db.session.rollback()
    following = {str(due.kind): due.due_on for due in open_dues(key)}
    walked["inspection"] = [sent.status_code, following["inspection"] > clock.today() + timedelta(days=700)]

    rates = admin.get("/rates").text
    in_use = visible(SYSTEM, Equipment).where(
        Equipment.status == EquipmentStatus.IN_USE, Equipment.category == "stage_hoist"
    )
    walked["rate"] = ["起重机械" in rates, len(db.session.scalars(in_use).all())]
    public = app.test_client().get(f"/T/{code}")
    walked["public"] = [public.status_code, "检验" in public.text]
    walked["rules"] = "inspection_months" in admin.get("/rules?category=stage_hoist").text
    print(json.dumps(walked, ensure_ascii=False, default=str))


if __name__ == "__main__":
    main(sys.argv[1])
