"""`bin/serve --demo`: a fictional city modelled on Baiyin, in an empty database, with every situation in it.

Deterministic but for secrets: the same day gives the same city; passwords, tokens and label codes
are random per install.
"""

from __future__ import annotations

import json
import os
import secrets
from datetime import timedelta

from flask_security import hash_password

from equipment.core import clock
from equipment.core.config import Settings
from equipment.dues import actions as dues
from equipment.dues import applications, papers
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.places.following import derive_all
from equipment.register import search
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.reports.tallies import keep_month_ends
from equipment.shell.demo.alarmed import rescues_of_months
from equipment.shell.demo.amounts import amounts_of_months
from equipment.shell.demo.applied import applications_of_weeks, report_form_of_a_body
from equipment.shell.demo.bottles import make_bottles
from equipment.shell.demo.briefed import meeting_of_today
from equipment.shell.demo.campaigned import campaigns_of_months
from equipment.shell.demo.carried import Carried, carry
from equipment.shell.demo.checked import checked_lately
from equipment.shell.demo.city import City, make_city
from equipment.shell.demo.conducted import conduct_of_weeks
from equipment.shell.demo.connected import uploads_of_days
from equipment.shell.demo.contracted import contract_rows, contracts_of_weeks
from equipment.shell.demo.controlled import controls_of_weeks
from equipment.shell.demo.delivered import deliveries_of_today
from equipment.shell.demo.disputed import morning_offline
from equipment.shell.demo.filled import Filler
from equipment.shell.demo.gases import other_gases
from equipment.shell.demo.graded import colours_of_days
from equipment.shell.demo.handed import transfers_of_weeks
from equipment.shell.demo.hazarded import Warden
from equipment.shell.demo.hurt import accidents_of_months
from equipment.shell.demo.inspected import Inspector
from equipment.shell.demo.insured import insurance_and_pilot
from equipment.shell.demo.labelled import label_claims, label_ledger
from equipment.shell.demo.let_through import let_through
from equipment.shell.demo.lifts import make_lifts
from equipment.shell.demo.lotted import make_lots
from equipment.shell.demo.measured import instruments_of_city
from equipment.shell.demo.monitored import telemetry_of_weeks
from equipment.shell.demo.offices import office_of_the_firm
from equipment.shell.demo.pieces import Piece, Register
from equipment.shell.demo.plated import plates_of_lifts
from equipment.shell.demo.rescued import drills_of_months, rescue_of_city
from equipment.shell.demo.samples import choose_samples
from equipment.shell.demo.seized import seizures_of_weeks
from equipment.shell.demo.sites import sites_of_city
from equipment.shell.demo.supervised import checks_of_weeks
from equipment.shell.demo.suspected import suspicions_of_weeks
from equipment.shell.demo.views import DemoFile
from equipment.shell.demo.visited import Maintainer
from equipment.shell.demo.walked import walks_of_month
from equipment.shell.demo.writing import Book
from equipment.storage import db

SEED = "baiyin"
FAILED_INSPECTIONS = 8  # of a thousand


def fill_demo(settings: Settings, base: str) -> None:
    """Make the city and write instance/demo.json (mode 0600)."""
    password, pin = f"demo-{secrets.token_hex(4)}", f"{secrets.randbelow(900_000) + 100_000}"
    book = Book(SEED)
    password_hash = hash_password(password)
    city = make_city(book, secrets, password, password_hash, hash_password(pin))
    register = Register(city)
    bottles, lifts = make_bottles(city, register), make_lifts(city, register)
    inspector = Inspector(city)
    inspected = (lift for lift in lifts if lift.story == "" and lift.inspected)
    failed = max(
        (lift for lift in inspected if lift.inspected[-1][1] is DueKind.INSPECTION),
        key=lambda lift: lift.inspected[-1],
    )
    failed.story = "failed"
    inspector.inspect(lifts, FAILED_INSPECTIONS, still_failed=failed)
    inspector.inspect(bottles, 0)
    maintainer = Maintainer(city)
    maintainer.maintain(lifts)
    maintainer.on_site_now(lifts)
    Filler(city).fill(bottles)
    Warden(city).tell(lifts, bottles, inspector.failed, maintainer.abnormal)
    label_ledger(city, bottles)
    rescue_of_city(city)
    carried = carry(city)
    choose_samples(city, bottles, lifts)
    moved = contract_rows(city, lifts)
    book.write()
    with db.transaction() as session:
        search.write(session.connection(), register.entries)
    drills_of_months(city)
    dues.plan_all(clock.today())
    with db.transaction():
        papers.plan_papers()
        apply_for_some(city, lifts)
    applications_of_weeks(city, lifts)
    sites_of_city(city, password_hash)
    contracts_of_weeks(city, moved)
    checked_lately(city)
    insurance_and_pilot(city, lifts)
    play_weeks(city, bottles, carried)
    rescues_of_months(city, lifts, password, password_hash)
    conduct_of_weeks(city, lifts)
    uploads_of_days(city, lifts)
    telemetry_of_weeks(city, lifts)
    plates_of_lifts(city, lifts)
    accidents_of_months(city, lifts, bottles)
    checks_of_weeks(city)
    controls_of_weeks(city)
    walks_of_month(city)
    campaigns_of_months(city)
    colours_of_days(city)
    report_form_of_a_body(city)
    instruments_of_city(city)
    seizures_of_weeks(city)
    meeting_of_today(city)
    keep_month_ends(clock.today())
    derive_all(clock.now())
    _remember(settings, base, city, pin)


def play_weeks(city: City, bottles: list[Piece], carried: Carried) -> None:
    """The last weeks of the stations, step by step, through the actions behind their pages."""
    with db.transaction():
        make_lots(city, bottles)
    office_of_the_firm(city)
    let_through(city, bottles)
    label_claims(city, bottles)
    morning_offline(city, bottles)
    suspicions_of_weeks(city, bottles)
    transfers_of_weeks(city, bottles)
    deliveries_of_today(city, carried)
    other_gases(city, bottles)
    amounts_of_months(city)


def apply_for_some(city: City, lifts: list[Piece]) -> None:
    """报检 for lifts that are due soon, half of them accepted, and for two overdue ones: then the delay is not
    the use unit's."""
    bodies = {unit.id: unit for unit in city.of(OrganisationKind.BODY)}
    late = city.of(OrganisationKind.USE_UNIT)[0]
    chosen = [lift for lift in lifts if lift.story == "due_soon"][:6] + [
        lift for lift in lifts if lift.story == "overdue" and lift.unit is not late
    ][:2]
    for number, lift in enumerate(chosen):
        officer = viewer_of(db.session.get_one(User, lift.unit.one(Role.SAFETY_OFFICER)["id"]))
        application = applications.apply(db.session.get_one(Equipment, lift.id), by=officer)
        if number % 2:
            inspector = viewer_of(
                db.session.get_one(User, bodies[lift.row["inspection_body_id"]].one(Role.INSPECTOR)["id"])
            )
            applications.accept(application, clock.today() + timedelta(days=3 + number), by=inspector)


def _remember(settings: Settings, base: str, city: City, pin: str) -> None:
    content: DemoFile = {
        "address": base,
        "pin": pin,
        "sign_ins": city.sign_ins,
        "tokens": city.tokens,
        "cards": city.cards,
        "codes": city.codes,
    }
    path = settings.folder / "demo.json"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
