"""/demo, in a demonstration only: one-tap sign-in per role, and a printable sheet of
codes, one per verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, url_for

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.people.credentials import signed_in
from equipment.people.models import User
from equipment.people.rules import SignInMeans
from equipment.people.security import attempt_here
from equipment.people.signing import open_session
from equipment.register.codes import label_url
from equipment.storage.db import session, transaction
from equipment.web.symbols import outline

pages = Blueprint("demo", __name__)


class DemoFile(TypedDict):
    """instance/demo.json: what a visitor of the demonstration needs."""

    address: str
    pin: str
    sign_ins: dict[str, dict[str, str]]
    tokens: dict[str, str]
    cards: dict[str, str]
    codes: dict[str, str]


ROLES = {
    "operator": N_("Station operator: scan, fill, weigh"),
    "station_owner": N_("Station owner: today's kilograms, what runs out"),
    "gas_operator": N_("Operator of an industrial gas station: manifold"),
    "gas_owner": N_("Owner of an industrial gas station"),
    "car_operator": N_("Operator of a CNG station: cars by their plate"),
    "acetylene_operator": N_("Operator of an acetylene station: steps and rest"),
    "technician": N_("Technician: today's lifts and the checklist"),
    "firm_manager": N_("Maintenance manager: who is on site, what waits for a signature"),
    "safety_officer": N_("Use unit: sign visits, apply for inspections"),
    "late_manager": N_("The property manager who is always late"),
    "call_taker": N_("Call-taker of the rescue centre: the desk, by keyboard"),
    "inspector": N_("Inspector: due-lists and results"),
    "township": N_("Supervisor of a township office, on the phone"),
    "county": N_("Supervisor of a county office: confirm, re-check"),
    "city": N_("City office: the rate and its reports"),
    "administrator": N_("Administrator: rules, people, jobs, ledger"),
}
CODES = {
    "fillable": N_("May be filled"),
    "due_soon": N_("May be filled, inspection due soon"),
    "overdue": N_("Inspection overdue"),
    "past_life": N_("Past its design life"),
    "locked": N_("Reported lost"),
    "to_be_treated": N_("To be treated first"),
    "unverified": N_("Not registered"),
    "out_of_use": N_("Out of use"),
    "scrapped": N_("Scrapped, the label is void"),
    "other_station": N_("Another station's"),
    "blank": N_("A blank label, to be bound"),
    "not_on_file": N_("Genuine, not on file"),
    "mistyped": N_("One character wrong"),
    "forged": N_("Forged"),
    "lift": N_("A lift"),
    "overdue_lift": N_("A lift with overdue inspection"),
    "failed_lift": N_("A lift that failed its inspection"),
    "boiler": N_("A boiler"),
    "pipeline": N_("A gas pipeline"),
    "overdue_crane": N_("A crane with overdue inspection"),
    "failed_vessel": N_("A vessel that failed its inspection, use stopped"),
}


@pages.get("/demo")
@web.public
def index() -> str:
    """Whom to sign in as, and what to scan."""
    city = _city()
    return render_template(
        "demo/index.html",
        roles=[
            (key, label, city["sign_ins"][key]) for key, label in ROLES.items() if key in city["sign_ins"]
        ],
        demo=city,
    )


@pages.post("/demo/sign-in/<key>")
@web.public
def take_part(key: str) -> web.Answer:
    """Sign in as one of the leading characters."""
    character = _city()["sign_ins"].get(key)
    user = session.get(User, UUID(character["user_id"])) if character else None
    if user is None:
        raise NotFound
    with transaction():
        started = signed_in(user, attempt_here(SignInMeans.PASSWORD))
    open_session(user, started)
    return redirect(url_for("home.index"))


@pages.get("/demo/codes")
@web.public
def codes() -> str:
    """The sheet of codes, to print or to scan from the screen."""
    settings: Settings = current_app.config["SETTINGS"]
    city = _city()
    base = settings if settings.public_url else Settings(public_url=city["address"])
    cards = [
        {"label": label, "code": city["codes"][key], "path": outline(label_url(city["codes"][key], base))}
        for key, label in CODES.items()
    ]
    return render_template("demo/codes.html", cards=cards, stamped=city["codes"]["stamped_number"])


def _city() -> DemoFile:
    settings: Settings = current_app.config["SETTINGS"]
    path = Path(settings.folder) / "demo.json"
    if not settings.is_demo or not path.exists():
        raise NotFound
    city: DemoFile = json.loads(path.read_text())
    return city
