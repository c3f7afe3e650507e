"""Every route is walked by strangers: nobody without a session or token, and nobody of another organisation, gets in.

A new route is covered by being there. Pages open to the public are named here one by one, so that none opens by accident.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.routing import Rule

from equipment.core import clock
from equipment.instruments.models import Instrument
from equipment.labels.models import LabelBatch
from equipment.ledger.models import Event
from equipment.people.models import Card, User
from equipment.people.rules import MATRIX, Action, DeviceKind, OrganisationKind, Role, Thing
from equipment.reminders.models import Notice
from equipment.storage import db
from equipment.web import access_of
from tests import make
from tests.everything import Everything

ROOT = Path(__file__).resolve().parents[1]
Sign = Callable[[User], FlaskClient]

PUBLIC_PREFIXES = (
    "/sign-in",
    "/sign-out",
    "/verify-report",
    "/calendar/<token>.ics",
    "/locale",
    "/setup/",
    "/healthz",
    "/integrate",
    "/metrics",
    "/static/",
    "/sw.js",
    "/T/",
    "/t/",
    "/R/",
    "/seals",
    "/sign/",
    "/sandbox/enter",
    "/demo",
    "/api/v1/openapi.json",
    "/api/v1/ping",
    "/api/v1/codes",
    "/api/v1/errors",
    "/api/v1/reports",
    "/sw.js",
    "/favicon.ico",
    "/robots.txt",
)
NOW = {"happened_at": clock.now().isoformat()}
SENT: dict[
    str, dict[str, Any]
] = {  # a message is read before anybody looks whose thing it is about: what is right in itself, by view
    "imports.load_mapping": {"columns": {}},
    "fills_api.checks": {"checks": {"P02": True}, **NOW},
    "fills_api.result": {"gross_g": 31000, **NOW},
    "fills_api.void": NOW,
    "fills_api.put_on_scale": {"bay": "2", **NOW},
    "fills_api.put_label": {"number": "A1", **NOW},
    "fills_api.end_delivery": {"from_whom": "一户", **NOW},
    "fills_api.step": {"step_id": str(uuid.uuid4()), "gross_g": 60_000, **NOW},
    "overrides_api.let_through": {"reason": "钢印可辨", "second": {"card": "04A1"}, **NOW},
    "manifolds_api.take_off": {"bottle": "01234567-89ab-7def-8123-456789abcdef", **NOW},
    "manifolds_api.start": NOW,
    "manifolds_api.end": {"pressure_kpa": 14_000, **NOW},
    "manifolds_api.cancel": NOW,
    "lots_api.pack": {"scan_id": str(uuid.uuid4()), "code": "K1", **NOW},
    "lots_api.arrive": {"scan_id": str(uuid.uuid4()), "code": "K1", **NOW},
    "lots_api.hand_over": NOW,
    "notes_api.keep": {"scan_id": str(uuid.uuid4()), "code": "K1", "kind": "back", **NOW},
    "notes_api.end": NOW,
    "walks_api.post_outcome": {"message_id": str(uuid.uuid4()), "row": 1, "outcome": "in_use", **NOW},
    "campaigns_api.post_outcome": {
        "message_id": str(uuid.uuid4()),
        "row": str(uuid.uuid4()),
        "outcome": "sound",
        **NOW,
    },
    "lots_api.sign": NOW,
    "lots_api.judge": {"result_id": str(uuid.uuid4()), "code": "K1", "verdict": "passed", **NOW},
    "lots_api.pass_rest": {"count": 1, **NOW},
    "lots_api.leave": {"on": "2026-01-02", "reviewed_by": "周审", **NOW},
    "fills_api.treatment": {"treatment": "inspect", **NOW},
    "firm_api.post_lifts": {"lifts": ["K1"], "from_on": "2026-01-02"},
    "firm_api.post_leaving": {"lift": "K1", "last_on": "2026-01-02"},
    "firm_api.post_end": {"last_on": "2026-01-02", "reason": "x"},
    "firm_api.post_contract_withdrawal": {"reason": "x"},
    "firm_visits_api.post_visit_withdrawal": {"reason": "x"},
    "firm_visits_api.post_visit_correction": {"record_id": "K2", "reason": "x"},
    "calls_api.post_step": {"step_id": str(uuid.uuid4()), "step": "arrived", **NOW},
}
STATIONS = (DeviceKind.CONTROLLER, DeviceKind.FLOOR, DeviceKind.UPLOAD)
FOREIGN = "外单位机密"  # on people, pieces, devices and findings; the names of organisations are public

ORGANISATIONS = {
    Role.OPERATOR: OrganisationKind.STATION,
    Role.STATION_OWNER: OrganisationKind.STATION,
    Role.TECHNICIAN: OrganisationKind.FIRM,
    Role.FIRM_MANAGER: OrganisationKind.FIRM,
    Role.INSPECTOR: OrganisationKind.BODY,
    Role.SUPERVISOR: OrganisationKind.REGULATOR,
    Role.SAFETY_OFFICER: OrganisationKind.USE_UNIT,
    Role.ADMINISTRATOR: OrganisationKind.REGULATOR,
    Role.CALL_TAKER: OrganisationKind.CENTRE,
}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each of its methods that can do something."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def is_id(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ == "UUIDConverter"


def address(app: Flask, rule: Rule, **given: object) -> str:
    """The rule's path; what is not given is an id nobody has, the first choice, the number one, or a text."""
    filled: dict[str, object] = {}
    for name in rule.arguments:
        kind = type(rule._converters[name]).__name__
        filled[name] = given.get(name) or (
            uuid.uuid4()
            if is_id(rule, name)
            else 1
            if kind == "IntegerConverter"
            else next(iter(rule._converters[name].items))
            if kind == "AnyConverter"
            else str(uuid.uuid4())
        )
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, filled)
    return str(built).replace("http://localhost", "")


def view_of(app: Flask, rule: Rule) -> object:
    return access_of(app.view_functions[rule.endpoint])


def test_every_view_says_whom_it_is_open_to(app: Flask) -> None:
    silent = sorted(
        {
            rule.endpoint
            for rule, _method in routes(app)
            if view_of(app, rule) is None and rule.endpoint != "static"
        }
    )
    assert silent == []


def test_only_the_pages_named_here_are_public(app: Flask) -> None:
    public = sorted(
        {
            rule.rule
            for rule, _method in routes(app)
            if view_of(app, rule) == "public" and not rule.rule.startswith(PUBLIC_PREFIXES)
        }
    )
    assert public == []


def test_a_stranger_without_session_or_token_gets_nowhere(app: Flask) -> None:
    browser, inside = app.test_client(), []
    for rule, method in routes(app):
        if view_of(app, rule) == "public" or rule.endpoint == "static":
            continue
        answer = browser.open(address(app, rule), method=method)
        shut = (
            answer.status_code == 401
            if rule.rule.startswith("/api/")
            else answer.status_code == 401 or (answer.location or "").startswith("/sign-in")
        )
        if not shut:
            inside.append((method, rule.rule, answer.status_code))
    assert inside == []


def test_an_api_route_takes_no_session_for_a_token(app: Flask, signed_in: Sign) -> None:
    admin = signed_in(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )
    taken = [
        (method, rule.rule)
        for rule, method in routes(app)
        if view_of(app, rule) == "token" and admin.open(address(app, rule), method=method).status_code != 401
    ]
    assert taken == []


def test_a_revoked_or_made_up_token_opens_nothing(app: Flask) -> None:
    browser = app.test_client()
    headers = {"Authorization": "Bearer made-up"}
    answers = {
        browser.open(address(app, rule), method=method, headers=headers).status_code
        for rule, method in routes(app)
        if view_of(app, rule) == "token"
    }
    assert answers == {401}


OWNERS = {  # an argument that says whose the thing is, and the column that knows
    "equipment_id": "equipment_id",
    "organisation_id": "organisation_id",
    "holder_id": "organisation_id",
    "firm_id": "organisation_id",
    "accident_id": "accident_id",
    "instrument_id": "instrument_id",
}


@dataclass
class Abroad:
    """Everything there is, of organisations in another county: none of its ids and codes may open anything for our people."""

    things: dict[str, list[Any]]  # by the name of the argument that takes their ids
    codes: list[str]

    def tried(self, rule: Rule) -> list[dict[str, object]]:
        """Every set of arguments with which a stranger might open this route; a KeyError says which id is not tried yet."""
        asked = sorted(name for name in rule.arguments if is_id(rule, name))
        ids = [name for name in asked if name not in OWNERS] or asked
        if not ids:
            return [
                {name: code for name in rule.arguments if name == "code"}
                for code in (self.codes if "code" in rule.arguments else [""])
            ]
        (name,) = ids
        owners = {owner: OWNERS[owner] for owner in asked if owner != name}
        return [
            {name: each.id, **{owner: getattr(each, column) for owner, column in owners.items()}}
            for each in self.things[name]
            if all(hasattr(each, column) for column in owners.values())
        ]

    @property
    def subjects(self) -> list[str]:
        return [f"{each.__tablename__}:{each.id}" for things in self.things.values() for each in things]


@pytest.fixture
def abroad(app: Flask) -> Abroad:
    county = Everything(make.ELSEWHERE, named=FOREIGN)
    county.add()
    return things_of(county)


def things_of(county: Everything) -> Abroad:
    """Every thing of these organisations, by the argument that takes its id."""
    made = county.latest
    label_batch, notice, card, instrument = (
        db.session.scalars(select(model)).first() for model in (LabelBatch, Notice, Card, Instrument)
    )
    of_anybody = [
        county.station,
        county.firm,
        county.unit,
        county.body,
        county.bureau,
        *county.people,
        county.controller,
        county.floor,
        card,
        instrument,
    ]
    things: dict[str, list[Any]] = {
        "key": of_anybody,
        "equipment_id": [county.lift, county.bottle],
        "visit_id": [made["visit"]],
        "lift_id": [county.lift],
        "swipe_id": [made["swipe"]],
        "coordinates_id": [made["coordinates"]],
        "proposal_id": [made["plate"]],
        "inspection_id": [made["inspection"]],
        "fill_id": [made["fill"]],
        "delivery_id": [made["delivery"]],
        "manifold_id": [made["manifold"]],
        "lot_id": [made["lot"]],
        "note_id": [made["note"]],
        "walk_id": [county.walk],
        "campaign_id": [county.campaign],
        "row_id": [made["campaign row"]],
        "hand_id": [made["hand"]],
        "customer_id": [county.customer],
        "firm_id": [county.firm],
        "phone_id": [made[f"phone {county.firm.id}"], made[f"phone {county.unit.id}"]],
        "station_id": [made["rescue station"]],
        "drill_id": [made["drill"]],
        "policy_id": [made["policy"]],
        "organisation_id": [county.unit, county.station, county.firm],
        "order_id": [made["order"]],
        "seizure_id": [made["seizure"]],
        "check_id": [made["check"], made["own check"]],
        "verification_id": [made["verification"]],
        "plan_id": [made["planned check"]],
        "key_unit_id": [made["key unit"]],
        "file_id": [made["order file"], made["accident file"]],
        "case_id": [made["case"]],
        "filing_id": [made["filing"]],
        "event_id": [made["lift event"]],
        "device_id": [made["gateway"]],
        "transfer_id": [county.transfer],
        "custody_id": [made["custody"]],
        "contract_id": [made["contract"]],
        "paper_id": [made["contract paper"]],
        "handover_id": [made["handover"]],
        "team_id": [made["team"]],
        "stand_in_id": [made["stand in"]],
        "destruction_id": [made["destruction"]],
        "suspicion_id": [made["suspicion"]],
        "call_id": [made["call"]],
        "accident_id": [made["accident"]],
        "expert_id": [made["expert"]],
        "amount_id": [made["amount"]],
        "finding_id": [made["finding"]],
        "hazard_id": [made["hazard"]],
        "attachment_id": [made["attachment"]],
        "application_id": [made["application"]],
        "joint_id": [made["joint"]],
        "opinion_id": [made["opinion"]],
        "mark_id": [made["mark"]],
        "form_id": [made["form"]],
        "record_id": [made["fill"], made["visit"], made["hazard"]],
        "pack_id": [made["pack"]],
        "list_id": [
            made["list"],
            made["supervision list"],
            made["checklist"],
            county.campaign_list,
            made["risk list"],
            made["verification list"],
        ],
        "control_id": [made["control"]],
        "appointment_id": [made["appointment"]],
        "closure_id": [made["closure"]],
        "report_id": [made["report"], made["month report"], made["control report"]],
        "handout_id": [made["handout"]],
        "claim_id": [made["claim"]],
        "batch_id": [county.batch, county.results, label_batch],
        "task_id": [made[f"task {who.id}"] for who in county.people],
        "channel_id": [made[f"channel {county.owner.id}"]],
        "notice_id": [notice],
    }
    codes = [county.bottle.label_code or "", made["blank"].code, made["list"].code, make.ELSEWHERE]
    for each in {id(each): each for some in things.values() for each in some}.values():
        db.session.refresh(each)
        db.session.expunge(each)
    return Abroad(things, codes)


def sent(rule: Rule) -> tuple[io.BytesIO, str]:
    return io.BytesIO(json.dumps(SENT.get(rule.endpoint, {})).encode()), "sent.json"


def photo() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    out.seek(0)
    return out, "photo.png"


def events(of: list[str]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Event).where(Event.subject.in_(of))) or 0


def person(role: Role) -> User:
    kind = ORGANISATIONS[role]
    return make.user(
        make.organisation(kind, area=make.COUNTY), role, certificate="P" if role is Role.OPERATOR else ""
    )


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reads_or_changes_what_belongs_to_another_county(
    app: Flask, abroad: Abroad, signed_in: Sign, role: Role
) -> None:
    browser, before, leaks = signed_in(person(role)), events(abroad.subjects), []
    for rule, method in routes(app):
        asked = view_of(app, rule)
        if asked in ("public", "token") or rule.endpoint in (
            "static",
            "signing.sign_out",
            "signing.sign_out_everywhere",
        ):
            continue
        names_something = any(is_id(rule, name) or name == "code" for name in rule.arguments)
        entitled = asked == "signed_in" or (
            isinstance(asked, tuple) and asked[0] in MATRIX[role].get(asked[1], set())
        )
        for given in abroad.tried(rule) if entitled else abroad.tried(rule)[:1]:
            answer = browser.open(address(app, rule, **given), method=method, data={"file": sent(rule)})
            expected = {403} if not entitled else {403, 404} if names_something else {answer.status_code}
            if answer.status_code not in expected or FOREIGN in answer.text:
                leaks.append((method, rule.rule, answer.status_code, given))
    assert leaks == []
    assert events(abroad.subjects) == before


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_no_device_reads_or_changes_what_belongs_to_another_county(
    app: Flask, abroad: Abroad, kind: DeviceKind
) -> None:
    of = make.station("本地站") if kind in STATIONS else make.organisation(OrganisationKind.FIRM)
    _device, token = make.device(
        of,
        kind,
        person=make.user(of, Role.OPERATOR if kind in STATIONS else Role.TECHNICIAN, certificate="P"),
    )
    before, leaks = events(abroad.subjects), []
    for rule, method in routes(app):
        if view_of(app, rule) != "token" or not rule.arguments:
            continue
        for given in abroad.tried(rule):
            body: dict[str, Any] = (
                {"data": {"photo": photo()}}
                if rule.rule.endswith("/photos")
                else {"json": SENT.get(rule.endpoint, {})}
            )
            answer = app.test_client().open(
                address(app, rule, **given),
                method=method,
                headers={"Authorization": f"Bearer {token}"},
                **body,
            )
            if answer.status_code not in (403, 404):
                leaks.append((method, rule.rule, answer.status_code, answer.text))
    assert leaks == []
    assert events(abroad.subjects) == before


def test_the_matrix_gives_nobody_but_the_bureau_approval_of_rules_or_settings() -> None:
    may = {
        thing: {role for role in Role if Action.APPROVE in MATRIX[role].get(thing, set())}
        for thing in (Thing.RULE, Thing.SETTING, Thing.ORGANISATION, Thing.PERSON)
    }
    assert may == {thing: {Role.ADMINISTRATOR} for thing in may}


def test_every_address_that_code_or_a_template_names_has_a_route(app: Flask) -> None:
    """A page that is built only when something takes long is not met by any other test."""
    files = [*(ROOT / "equipment").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    named = {
        name
        for file in files
        for name in re.findall(r"""url_for\(\s*["']([\w.]+)["']""", file.read_text("utf-8"))
    }
    assert sorted(name for name in named - set(app.view_functions) if not name.startswith("demo")) == []
