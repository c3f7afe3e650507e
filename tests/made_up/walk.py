"""What a slice in a folder of its own, named in one line, comes to: run by test_slice.py in a process of its own, printed as JSON."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

from flask import Flask
from rehearsals.models import Rehearsal
from rehearsals.slice import SLICE

from equipment.core import clock
from equipment.core.config import Settings
from equipment.dues.queries import open_dues
from equipment.people.models import User
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.codes import make_code
from equipment.register.ring import keys
from equipment.reminders.actions import plan
from equipment.reminders.models import Notice
from equipment.shell import schema
from equipment.slices import SLICES
from equipment.storage import db
from jobs.process import make as make_process
from tests import make


def main(folder: str) -> None:
    settings = Settings(instance=folder)
    schema.upgrade(db.connect(settings.url))
    process = make_process(settings, (*SLICES, SLICE))
    app = process.app
    Rehearsal.__table__.create(db.engine)  # type: ignore[attr-defined]
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    make.areas()
    unit = make.organisation(OrganisationKind.USE_UNIT)
    officer, piece = (
        make.user(unit, Role.SAFETY_OFFICER),
        make.equipment(
            "elevator", code=make_code(keys()), use_unit_id=unit.id, details={"catalogue": "3110"}
        ),
    )
    _device, token = make.device(unit, DeviceKind.UPLOAD)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        make.sign_in(db.session.get_one(User, officer.id), cookie)
    last_year = clock.today() - timedelta(days=365 - 20)
    sent = app.test_client().post(
        "/api/v1/rehearsals",
        json={"code": piece.label_code, "on": last_year.isoformat()},
        headers={"Authorization": f"Bearer {token}"},
    )
    night = process.jobs.functions["plan_rehearsals"](clock.today())
    with app.app_context():
        night_of_dues = process.jobs.functions["plan_dues"](clock.today())
        plan(clock.today())
        notices = [
            notice.text
            for notice in db.session.scalars(visible(SYSTEM, Notice))
            if notice.duty.startswith("rehearsal:")
        ]
    home, life, page, paths = (
        browser.get("/").text,
        browser.get(f"/equipment/{piece.id}").text,
        browser.get("/rehearsals"),
        app.test_client().get("/api/v1/openapi.json").json["paths"],
    )
    print(
        json.dumps(
            {
                "api": sent.status_code,
                "in_specification": "/api/v1/rehearsals" in paths,
                "night": night,
                "page": [page.status_code, last_year.isoformat() in page.text],
                "stranger": app.test_client().get("/rehearsals").status_code,
                "menu": 'href="/rehearsals"' in home,
                "card": ">Rehearsals<" in home.replace("\n", ""),
                "moment": "Emergency rehearsal" in life,
                "notices": [text["msgid"] for text in notices],
                "command": app.test_cli_runner().invoke(args=["rehearsals"]).output.strip(),
                "timetable": "Plan rehearsals" in _jobs_page(app),
                "changed": night_of_dues["changed"],
                "due": [
                    str(due.due_on - last_year)
                    for due in open_dues(piece.id)
                    if due.kind == "rehearsal_report"
                ],
                "dues": "Rehearsal report" in browser.get("/dues?kind=rehearsal_report&window=all").text,
            }
        )
    )


def _jobs_page(app: Flask) -> str:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    admin = make.user(bureau, Role.ADMINISTRATOR)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        make.sign_in(db.session.get_one(User, admin.id), cookie)
    return str(browser.get("/jobs").text)


if __name__ == "__main__":
    main(sys.argv[1])
