"""Every route is walked by strangers: nobody without a session or token, and nobody of another organisation, gets in.

A new route is covered by being there. Pages open to the public are named here one by one, so that none opens by accident.
"""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from equipment import db
from equipment.hazards.actions import find
from equipment.hazards.rules import FindingSource
from equipment.ledger.models import Event
from equipment.people import organisations, papers
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import MATRIX, SYSTEM, Action, DeviceKind, InstrumentKind, OrganisationKind, Role, Thing
from equipment.register.models import Equipment
from equipment.web import opened
from tests import make

Sign = Callable[[User], FlaskClient]

PUBLIC_PREFIXES = ("/sign-in", "/sign-out", "/locale", "/setup/", "/healthz", "/metrics", "/static/", "/T/", "/t/", "/R/", "/demo", "/api/v1/openapi.json", "/api/v1/ping", "/api/v1/codes", "/sw.js", "/favicon.ico", "/robots.txt")
SHUT = {301, 302, 303, 308, 401, 403, 404, 405}
REFUSED = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
FOREIGN = "外单位机密"  # on people, pieces, devices and findings; the names of organisations are public

ORGANISATIONS = {
    Role.OPERATOR: OrganisationKind.STATION, Role.STATION_OWNER: OrganisationKind.STATION, Role.TECHNICIAN: OrganisationKind.FIRM,
    Role.FIRM_MANAGER: OrganisationKind.FIRM, Role.INSPECTOR: OrganisationKind.BODY, Role.SUPERVISOR: OrganisationKind.REGULATOR,
    Role.SAFETY_OFFICER: OrganisationKind.USE_UNIT, Role.ADMINISTRATOR: OrganisationKind.REGULATOR,
}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each of its methods that can do something."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def address(app: Flask, rule: Rule, value: str) -> str:
    """The rule's path with `value` wherever it takes an id, a code or a text."""
    given: dict[str, object] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        given[name] = uuid.UUID(value) if converter == "UUIDConverter" else 1 if converter == "IntegerConverter" else next(iter(rule._converters[name].items)) if converter == "AnyConverter" else value
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, given)
    return str(built).replace("http://localhost", "")


def view_of(app: Flask, rule: Rule) -> object:
    return opened(app.view_functions[rule.endpoint])


def test_every_view_says_whom_it_is_open_to(app: Flask) -> None:
    silent = sorted({rule.endpoint for rule, _method in routes(app) if view_of(app, rule) is None and rule.endpoint != "static"})
    assert silent == []


def test_only_the_pages_named_here_are_public(app: Flask) -> None:
    public = sorted({rule.rule for rule, _method in routes(app) if view_of(app, rule) == "public" and not rule.rule.startswith(PUBLIC_PREFIXES)})
    assert public == []


def test_a_stranger_without_session_or_token_gets_nowhere(app: Flask) -> None:
    browser, inside = app.test_client(), []
    for rule, method in routes(app):
        if view_of(app, rule) == "public" or rule.endpoint == "static":
            continue
        answer = browser.open(address(app, rule, str(uuid.uuid4())), method=method)
        shut = answer.status_code == 401 if rule.rule.startswith("/api/") else answer.status_code == 401 or (answer.location or "").startswith("/sign-in")
        if not shut:
            inside.append((method, rule.rule, answer.status_code))
    assert inside == []


def test_an_api_route_takes_no_session_for_a_token(app: Flask, signed_in: Sign) -> None:
    admin = signed_in(make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR))
    taken = [(method, rule.rule) for rule, method in routes(app) if view_of(app, rule) == "token"
             and admin.open(address(app, rule, str(uuid.uuid4())), method=method).status_code != 401]
    assert taken == []


def test_a_revoked_or_made_up_token_opens_nothing(app: Flask) -> None:
    browser = app.test_client()
    headers = {"Authorization": "Bearer made-up"}
    answers = {browser.open(address(app, rule, str(uuid.uuid4())), method=method, headers=headers).status_code
               for rule, method in routes(app) if view_of(app, rule) == "token"}
    assert answers == {401}


@dataclass
class Abroad:
    """Things of organisations in another county: none of their ids may open anything for our people."""

    ids: list[str]
    pieces: list[str]
    subjects: list[str]

    def tried(self, rule: Rule) -> list[str]:
        """Only ids that could open this route: a piece where it names one, anything where it does not say."""
        return self.pieces if any(name in ("equipment_id", "piece_id") for name in rule.arguments) else self.ids


@pytest.fixture
def abroad(app: Flask) -> Abroad:
    station, firm = make.station("外地站", area=make.ELSEWHERE), make.organisation(OrganisationKind.FIRM, "外地维保", area=make.ELSEWHERE)
    unit = make.organisation(OrganisationKind.USE_UNIT, "外地物业", area=make.ELSEWHERE)
    owner, technician = make.user(station, Role.STATION_OWNER, name=FOREIGN), make.user(firm, Role.TECHNICIAN, name=FOREIGN)
    bottle = make.equipment("cylinder", owner_id=station.id, use_unit_id=station.id, area=make.ELSEWHERE, serial=FOREIGN, code="ABCDEFGHJK01234")
    lift = make.equipment("elevator", use_unit_id=unit.id, maintenance_firm_id=firm.id, area=make.ELSEWHERE, serial=FOREIGN)
    card, (device, _token) = make.card(technician), make.device(station, DeviceKind.FLOOR, name=FOREIGN)
    with db.transaction():
        scale = organisations.NewInstrument(InstrumentKind.SCALE, FOREIGN, "TCS-9", make.days(90))
        instrument = organisations.add_instrument(db.session.merge(station), scale, by=SYSTEM)
        certificate = papers.add_certificate(db.session.get_one(User, owner.id), "P", "FOREIGN9", (make.days(-9), make.days(900)), by=SYSTEM)
        finding = find(db.session.get_one(Equipment, lift.id), source=FindingSource.MANUAL, description=FOREIGN, by=viewer_of(db.session.get_one(User, technician.id)))
    things = [station, firm, unit, owner, technician, bottle, lift, card, device, instrument, certificate, finding]
    ids = [str(each.id) for each in things]
    return Abroad(ids, [str(bottle.id), str(lift.id)], [f"{kind}:{key}" for key in ids for kind in ("organisation", "user", "device", "equipment")])


def events(of: list[str]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Event).where(Event.subject.in_(of))) or 0


def person(role: Role) -> User:
    kind = ORGANISATIONS[role]
    return make.user(make.organisation(kind, area=make.COUNTY), role, certificate="P" if role is Role.OPERATOR else "")


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reads_or_changes_what_belongs_to_another_county(app: Flask, abroad: Abroad, signed_in: Sign, role: Role) -> None:
    browser, before, leaks = signed_in(person(role)), events(abroad.subjects), []
    for rule, method in routes(app):
        asked = view_of(app, rule)
        takes_id = any(type(rule._converters[name]).__name__ == "UUIDConverter" for name in rule.arguments)
        if asked in ("public", "token") or rule.endpoint in ("static", "signing.sign_out"):
            continue
        entitled = asked == "signed_in" or (isinstance(asked, tuple) and asked[0] in MATRIX[role].get(asked[1], set()))
        for key in abroad.tried(rule) if takes_id and entitled else abroad.ids[:1]:
            answer = browser.open(address(app, rule, key), method=method)
            shut = answer.status_code in (SHUT if method == "GET" else SHUT | REFUSED)
            if (takes_id and not shut) or FOREIGN in answer.text:
                leaks.append((method, rule.rule, answer.status_code, abroad.ids.index(key)))
            if not entitled and answer.status_code != 403:
                leaks.append((method, rule.rule, answer.status_code, -1))
    assert leaks == []
    assert events(abroad.subjects) == before


def test_the_matrix_gives_nobody_but_the_bureau_approval_of_rules_or_settings() -> None:
    may = {thing: {role for role in Role if Action.APPROVE in MATRIX[role].get(thing, set())} for thing in (Thing.RULE, Thing.SETTING, Thing.ORGANISATION, Thing.PERSON)}
    assert may == {thing: {Role.ADMINISTRATOR} for thing in may}
