"""No list asks more of the database because it is longer: each page and list API is read with one and with three rows of everything.

The table is the whole of it. A new page is in it or among those that list nothing: the last test fails until it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from equipment.people.models import User
from equipment.storage import db
from equipment.storage.remembered import forget_all
from equipment.web import FLOOR_COOKIE, cursors
from tests.everything import DIGITS, JOB, Everything

Sign = Callable[[User], FlaskClient]
EVER = "1970-01-01T00:00:00Z"

# The page, whose eyes, how many statements: the same for one row and for three.
LISTS: dict[str, dict[str, int]] = {
    "/": {"admin": 100, "supervisor": 100, "manager": 93, "officer": 72, "inspector": 28, "owner": 44},
    "/equipment": {"admin": 10, "supervisor": 10, "technician": 8, "officer": 10, "owner": 9},
    "/equipment?q=LPG": {"admin": 8},
    "/equipment/unverified": {"admin": 8, "owner": 8},
    "/equipment/{lift}": {"admin": 52},
    "/equipment/{bottle}": {"admin": 33},
    "/dues": {"admin": 11, "officer": 8, "inspector": 9},
    "/dues?kind=self_test&window=90": {"manager": 7, "officer": 8},
    "/dues/papers": {"admin": 10, "inspector": 8},
    "/due-lists": {"admin": 8, "inspector": 8},
    "/due-lists/{list}": {"admin": 9, "inspector": 9},
    "/due-lists/{list}/enter": {"inspector": 7},
    "/due-lists/new": {"admin": 8},
    "/applications": {"admin": 9, "officer": 9, "inspector": 9},
    "/applications/joint": {"supervisor": 7, "officer": 7, "inspector": 7},
    "/applications/joint/{joint}": {"supervisor": 12, "officer": 12, "inspector": 14},
    "/applications/new?days=180": {"officer": 6},
    "/applications/plan?whose=all": {"inspector": 7},
    "/opinions": {"supervisor": 9, "officer": 8, "inspector": 9},
    "/opinions/{opinion}": {"officer": 10, "inspector": 10},
    "/use-marks": {"supervisor": 7, "officer": 7, "inspector": 7},
    "/report-forms": {"supervisor": 5, "inspector": 5},
    "/report-clock": {"supervisor": 5, "inspector": 5},
    "/calendar": {"officer": 13},
    "/calendar.ics": {"officer": 11},
    "/inspections": {"admin": 11, "inspector": 10, "manager": 10, "officer": 10},
    "/contracts": {"admin": 11, "supervisor": 11, "manager": 9, "officer": 9},
    "/contracts/{contract}": {"supervisor": 14, "manager": 14, "officer": 14},
    "/contracts/missing": {"admin": 14, "supervisor": 14},
    "/handovers": {"supervisor": 6, "manager": 6, "officer": 6},
    "/assignments": {"manager": 28},
    "/lots": {"admin": 10, "owner": 9, "inspector": 7},
    "/destructions": {"admin": 7, "owner": 6, "inspector": 6},
    "/destructions/waiting": {"admin": 8, "owner": 7},
    "/destructions/{destruction}": {"owner": 9, "inspector": 9},
    "/lots/{lot}": {"admin": 9, "owner": 9, "inspector": 9},
    f"/api/v1/lots?since={EVER}": {"controller": 6, "body's system": 5},
    "/api/v1/lots/{lot}": {"controller": 7, "body's system": 6},
    "/places": {"admin": 8, "owner": 7},
    "/places/{bottle}": {"owner": 7},
    "/places/notes": {"owner": 6},
    "/places/run": {"operator": 5},
    "/places/run/{note}": {"operator": 7},
    "/api/v1/notes/{note}": {"controller": 7},
    "/customers": {"owner": 8},
    "/customers/{customer}": {"owner": 9},
    "/places/rotation": {"owner": 7},
    "/places/rotation/bottles": {"owner": 8},
    "/transfers": {"admin": 7, "owner": 7},
    "/transfers/{transfer}": {"owner": 18},
    "/custody": {"admin": 8, "owner": 8},
    "/places/notes/{note}": {"owner": 7},
    "/accidents": {"admin": 10, "supervisor": 10, "officer": 9, "manager": 9, "owner": 9, "technician": 9},
    "/accidents/{accident}/investigation": {"supervisor": 9},
    "/accidents/statistics": {"supervisor": 5},
    "/accidents/statistics?by=county": {"supervisor": 6},
    "/experts": {"admin": 6, "supervisor": 6},
    "/instruments": {"admin": 7, "supervisor": 7, "officer": 6, "owner": 6},
    "/instruments/lists": {"supervisor": 7, "officer": 7},
    "/instruments/share": {"supervisor": 6},
    "/insurance": {"supervisor": 6, "officer": 6, "manager": 6},
    "/insurance/coverage": {"supervisor": 11},
    "/insurance/cases": {"supervisor": 7, "officer": 7},
    "/insurance/{fleet}": {"supervisor": 9, "officer": 8, "manager": 8},
    "/seizures": {"supervisor": 7, "officer": 6},
    "/seizures/register": {"supervisor": 6, "officer": 5},
    "/orders": {"supervisor": 6, "officer": 5},
    "/supervision": {"supervisor": 6},
    "/supervision/plan": {"supervisor": 12},
    "/supervision/key-units": {"supervisor": 10},
    "/supervision/today": {"supervisor": 7},
    "/controls": {"supervisor": 7, "officer": 9},
    "/controls/days": {"supervisor": 8, "officer": 7},
    "/controls/reports": {"supervisor": 8, "officer": 7},
    "/controls/today": {"officer": 5},
    "/controls/posts": {"officer": 7},
    "/controls/closures": {"officer": 4},
    "/on-demand": {"supervisor": 21, "manager": 21, "technician": 21, "officer": 21},
    "/on-demand/lifts/{lift}": {"supervisor": 27, "technician": 27},
    "/on-demand/filings": {"supervisor": 7, "manager": 7},
    "/on-demand/filings/{filing}": {"supervisor": 23, "manager": 22},
    "/fills": {"admin": 10, "supervisor": 10, "owner": 11},
    "/fills?tab=no_code": {"admin": 8, "supervisor": 8, "owner": 10},
    "/fills?reason=R01": {"supervisor": 13, "owner": 14},
    "/fills?bottle=B1": {"owner": 11},
    "/floor": {"operator": 15},
    "/floor/unfinished": {"operator": 5},
    "/floor/duty": {"floor": 11},
    "/fills/deliveries": {"owner": 8},
    "/fills/labels": {"owner": 9},
    "/fills/manifolds": {"owner": 8},
    "/fills/overrides": {"owner": 9, "supervisor": 10},
    "/fills/emptyings": {"owner": 8},
    "/api/v1/manifolds/open": {"controller": 8},
    "/fills/amounts": {"owner": 9, "supervisor": 9},
    "/suspicions": {"admin": 8, "supervisor": 8},
    "/walks": {"admin": 7, "supervisor": 7},
    "/walks/{walk}": {"admin": 10, "supervisor": 10},
    "/walks/rows": {"admin": 12, "supervisor": 12},
    "/walks/rounds": {"admin": 7, "supervisor": 7},
    "/walks/settle": {"supervisor": 15},
    "/walks/{walk}/enter": {"supervisor": 8},
    "/api/v1/walks/{walk}": {"officer's phone": 8},
    "/campaigns": {"admin": 8, "supervisor": 8},
    "/campaigns/all": {"admin": 9, "supervisor": 9},
    "/campaigns/{campaign}": {"admin": 13, "supervisor": 13},
    "/campaigns/{campaign}/rows": {"admin": 16, "supervisor": 16},
    "/campaigns/{campaign}/problems": {"supervisor": 9},
    "/campaigns/lists/{campaign_list}": {"admin": 19, "supervisor": 19},
    "/api/v1/campaigns/{campaign_list}": {"officer's phone": 11},
    "/supervision/licensed": {"supervisor": 13},
    "/risks": {"admin": 13, "supervisor": 13, "manager": 12, "officer": 12},
    "/risks/units": {"admin": 10, "supervisor": 10},
    "/risks/{lift}": {"supervisor": 17},
    "/firms": {"admin": 16, "supervisor": 16},
    "/firms/{firm}/behind?number=no_plate": {"admin": 15, "manager": 15},
    "/oversight": {"admin": 42, "supervisor": 42},
    "/oversight/stations": {"admin": 13, "supervisor": 13},
    "/oversight/traced": {"admin": 11, "supervisor": 11},
    "/oversight/uncoded": {"admin": 8, "supervisor": 8},
    "/oversight/amounts": {"admin": 8, "supervisor": 8},
    "/fills/disputed": {"supervisor": 13, "owner": 12},
    "/fills/disputed?ruling=": {"supervisor": 13, "owner": 12},
    "/api/v1/fills": {"controller": 7},
    "/api/v1/fills/open": {"controller": 10},
    f"/api/v1/fills?since={EVER}": {"controller": 7},
    f"/api/v1/swipes?since={EVER}": {"firm's system": 4},
    f"/api/v1/visits?since={EVER}": {"firm's system": 7},
    f"/api/v1/cylinders?since={EVER}": {"controller": 6},
    f"/api/v1/results?since={EVER}": {"body's system": 5},
    "/visits": {"admin": 17, "supervisor": 17, "technician": 11, "manager": 11, "officer": 9},
    "/checklists": {"manager": 8, "supervisor": 8},
    "/visits/disputes": {"admin": 8, "supervisor": 8},
    "/visits/today": {"technician": 22, "manager": 18},
    "/visits/today?whose=all": {"technician": 22},
    "/visits/to-sign": {"officer": 8},
    "/visits/on-site": {"manager": 9, "supervisor": 9},
    "/visits/unsigned": {"manager": 6, "officer": 6},
    "/swipes": {"admin": 11, "supervisor": 11, "manager": 11, "officer": 9},
    "/telemetry": {"admin": 9, "supervisor": 9, "manager": 8, "officer": 8},
    "/telemetry/events": {"admin": 7, "manager": 6},
    "/telemetry/lifts/{lift}": {"manager": 8},
    "/telemetry/gateways": {"admin": 7, "manager": 7},
    "/telemetry/gateways/{gateway}": {"manager": 8},
    "/uploads?outcome=all": {"admin": 16, "supervisor": 16, "manager": 13},
    f"/api/v1/firm/lifts?since={EVER}": {"connected": 10},
    "/api/v1/firm/people": {"connected": 8},
    "/rescue": {"admin": 13, "manager": 9, "officer": 9},
    "/rescue/phones": {"admin": 9, "manager": 7, "officer": 7},
    "/rescue/organisations/{firm}": {"admin": 9, "manager": 9},
    "/rescue/platform": {"admin": 12},
    "/drills": {"admin": 12, "manager": 11, "officer": 10},
    "/dues/organisations": {"admin": 7, "manager": 6},
    "/hazards": {"admin": 8, "supervisor": 8, "officer": 7},
    "/hazards?tab=findings": {"admin": 8},
    "/plates": {"admin": 7, "technician": 7, "manager": 7, "officer": 7},
    "/plates/make": {"admin": 7, "supervisor": 7},
    "/plates/ours": {"admin": 16, "technician": 14, "manager": 14},
    "/plates/rate": {"admin": 14, "supervisor": 14, "manager": 13},
    "/visits/import": {"admin": 6, "supervisor": 6},
    "/labels": {"admin": 8, "owner": 7},
    "/labels/batches": {"admin": 8},
    "/labels/bind?code={blank}&digits={digits}": {"operator": 6},
    "/labels/ledger": {"admin": 10, "owner": 9},
    "/labels/ledger?state=handed_out": {"owner": 9},
    "/labels/steps": {"admin": 9, "owner": 8},
    "/labels/losses": {"admin": 7},
    "/labels/handouts": {"admin": 7, "owner": 7},
    "/labels/claims": {"admin": 8, "owner": 8},
    "/register/import": {"admin": 5, "owner": 5},
    "/register/import/{batch}": {"admin": 8},
    "/inspections/import": {"inspector": 5},
    "/inspections/import/{results}": {"inspector": 7},
    "/organisations": {"admin": 7},
    "/organisations/{station}": {"admin": 11, "owner": 11},
    "/organisations/{firm}": {"admin": 11},
    "/people": {"admin": 7, "manager": 7, "owner": 7},
    "/people/{operator}": {"admin": 9},
    "/sign-ins?outcome=expired": {"admin": 6},
    "/areas": {"admin": 4},
    "/rates": {"admin": 122},  # two for each month since the January of the year before, to June
    "/rates/devices": {"admin": 9},
    "/rates/hazards?by=unit": {"admin": 6},
    "/rates/devices?part=whole": {"admin": 8},
    "/reports/months": {"admin": 7},
    "/reports/public": {"admin": 7},
    "/ledger?subject=equipment:{lift}": {"admin": 10},
    "/jobs/{job}": {"admin": 5},
    "/tasks": {"admin": 5},
    "/packs": {"admin": 5, "officer": 5},
    "/inbox": {"admin": 6},
    "/channels": {"admin": 4},
    "/calls": {"admin": 6},
    "/desk": {"taker": 22},
    "/desk?call={call}": {"taker": 22},
    "/desk/live?call={call}": {"taker": 22},
    "/rescue/calls": {"admin": 17, "supervisor": 17, "taker": 16, "manager": 16, "technician": 16},
    "/rescue/statistics": {"admin": 10, "manager": 9},
    f"/api/v1/rescue/calls?since={EVER}": {"centre's system": 5, "firm's system": 5},
    "/me": {"admin": 8},
}

# Every other page: one record, one form, one file, or a list as long as the program itself (jobs, rules, choices).
NO_LISTS = """
/packs/<uuid:pack_id> /packs/<uuid:pack_id>/file /seals/verify_pack.py /integrate /integrate/<any(controller,gateway,firm):name>.py
/api/v1/firm/interface /api/v1/firm/codes /api/v1/firm/units /api/v1/firm/contracts/<record_id>
/api/v1/firm/visits/<record_id> /api/v1/firm/lifts/<uuid:lift_id>/checklist
/expiring /seals /seals/<int:number>.json /seals/<int:number>.tsr /L/<code>/<int:row_no> /R/<number> /T/<code> /T/<code>/report /t/<code> /t/<code>/report /healthz /metrics /static/<path:filename>
/api/v1/codes /api/v1/deliveries/open /api/v1/errors /api/v1/fills/passes /api/v1/fills/passes/keys /api/v1/duty /api/v1/openapi.json /api/v1/ping /api/v1/visits/<uuid:visit_id>
/briefing/beside /sign-in /sign-in/second /sign-in/again/<token> /setup/<token> /me/password /me/pin /me/second /floor/enrol /floor/late /floor/bays/new /floor/emptying
/floor/vehicle /api/v1/vehicles /floor/manifold /fills/manifolds/<uuid:manifold_id> /api/v1/manifolds/<uuid:manifold_id>
/registration /fills/labels/setting /plates/new /plates/hang /plates/make/chosen /visits/import/<uuid:batch_id> /visits/import/<uuid:batch_id>/errors /equipment/new /equipment/<uuid:equipment_id>/edit /equipment/<uuid:equipment_id>/status /labels/<code>/replace /fills/papers
/labels/of/<code> /labels/handouts/<uuid:handout_id>/differing
/labels/batches/<uuid:batch_id> /labels/batches/<uuid:batch_id>/hand-out
/inspections/import/<uuid:batch_id>/errors /register/import/words /register/import/<uuid:batch_id>/errors /register/import/<uuid:batch_id>/mapping.json /files/<uuid:equipment_id>/<uuid:attachment_id>
/dues/<uuid:equipment_id>/<kind>/extend /dues/<uuid:equipment_id>/ring /rules/preview/<uuid:task_id> /fills/<uuid:equipment_id>/<uuid:fill_id>
/hazards/new /hazards/<uuid:equipment_id>/<uuid:hazard_id> /hazards/findings/<uuid:equipment_id>/<uuid:finding_id>
/inspections/new/<uuid:equipment_id> /inspections/<uuid:equipment_id>/<uuid:inspection_id> /inspections/<uuid:equipment_id>/<uuid:inspection_id>/correct
/inspections/<uuid:equipment_id>/<uuid:inspection_id>/opinion /verify-report /calendar/<token>.ics
/suspicions/<uuid:suspicion_id> /firms/<uuid:firm_id> /firms/points
/telemetry/events/<uuid:equipment_id>/<uuid:event_id>
/suspicions/<uuid:suspicion_id>
/checklists/<uuid:organisation_id>/<uuid:list_id> /checklists/<uuid:organisation_id>/<uuid:list_id>/edit /checklists/<uuid:organisation_id>/<uuid:list_id>/manual
/sw.js /sign/<token> /visits/late /visits/start/<uuid:equipment_id> /visits/start/<uuid:equipment_id>/checklist /visits/swipes/<uuid:swipe_id> /visits/<uuid:equipment_id>/<uuid:visit_id>
/organisations/new /organisations/<uuid:key>/edit /organisations/<uuid:key>/devices/new
/organisations/<uuid:key>/papers/new /organisations/<uuid:key>/people/new
/instruments/<uuid:key> /instruments/new /instruments/<uuid:key>/edit /instruments/<uuid:key>/verifications/new
/instruments/<uuid:instrument_id>/verifications/<uuid:verification_id>/paper /instruments/<uuid:instrument_id>/checks/<uuid:check_id>/photo
/instruments/lists/new /instruments/lists/<uuid:organisation_id>/<uuid:list_id>
/instruments/import /instruments/import/<uuid:task_id> /instruments/import/<uuid:task_id>/result
/people/new /people/roster /people/roster/<uuid:task_id> /people/roster/<uuid:task_id>/result
/people/<uuid:key>/edit /people/<uuid:key>/cards/new /people/<uuid:key>/certificates/new /cards/<uuid:key>/replace
/reports/months/new /reports/months/<uuid:report_id> /reports/months/<uuid:report_id>/<any(pdf, xlsx):kind> /reports/year
/reports/public/<uuid:report_id> /reports/public/<uuid:report_id>/photo
/contracts/new /contracts/<uuid:contract_id>/renew /contracts/<uuid:contract_id>/edit /contracts/papers/<uuid:paper_id>
/handovers/<uuid:handover_id> /assignments/new
/customers/new /customers/<uuid:customer_id>/edit
/transfers/new /transfers/<uuid:transfer_id>/scan /custody/new
/rescue/lifts/<uuid:equipment_id> /drills/new /drills/<uuid:drill_id> /drills/<uuid:drill_id>/correct
/drills/<uuid:drill_id>/photos/<sha256>
/places/notes/new /places/notes/<uuid:note_id>/scan
/risks/table /supervision/checks/<uuid:organisation_id>/<uuid:check_id>/correct /supervision/checks/<uuid:organisation_id>/<uuid:check_id>/order
/supervision/checks/<uuid:organisation_id>/<uuid:check_id>/files/<sha256>
/orders/<uuid:organisation_id>/<uuid:order_id> /orders/offices /supervision/serious
/supervision/checks/<uuid:organisation_id>/<uuid:check_id> /supervision/start/<uuid:organisation_id>
/controls/start/<category> /controls/lists/<category> /controls/lists/<uuid:organisation_id>/<uuid:list_id>
/controls/daily/<uuid:organisation_id>/<uuid:control_id> /controls/daily/<uuid:organisation_id>/<uuid:control_id>/correct
/controls/daily/<uuid:organisation_id>/<uuid:control_id>/photos/<sha256> /controls/posts/<uuid:appointment_id>/file
/controls/reports/<uuid:organisation_id>/<uuid:report_id> /controls/reports/<uuid:organisation_id>/<uuid:report_id>/signed-paper
/seizures/new /seizures/<uuid:organisation_id>/<uuid:seizure_id> /seizures/<uuid:organisation_id>/<uuid:seizure_id>/photos/<int:row_no>
/orders/new /orders/files/<uuid:organisation_id>/<uuid:file_id>
/insurance/new /insurance/<uuid:holder_id>/<uuid:policy_id>/correct /insurance/<uuid:holder_id>/<uuid:policy_id>/paper
/insurance/cases/new/<uuid:equipment_id> /insurance/cases/<uuid:equipment_id>/<uuid:case_id> /on-demand/filings/new
/lots/new /lots/<uuid:lot_id>/pack /lots/<uuid:lot_id>/receive /lots/<uuid:lot_id>/bench /lots/<uuid:lot_id>/leave /api/v1/scrap-reasons
/api/v1/destructions/<uuid:destruction_id>
/rescue/calls/import /rescue/calls/import/<uuid:task_id> /rescue/calls/import/<uuid:task_id>/result /desk/search /rescue/calls/<uuid:call_id> /rescue/calls/<uuid:call_id>/correct
/api/v1/rescue/calls/<uuid:call_id> /api/v1/rescue/causes
/accidents/new /accidents/<uuid:accident_id> /accidents/<uuid:accident_id>/files/<uuid:file_id> /accidents/<uuid:accident_id>/follow-up
/accidents/<uuid:accident_id>/correct /accidents/<uuid:accident_id>/confirm /accidents/<uuid:accident_id>/exclude
/accidents/<uuid:accident_id>/level /accidents/<uuid:accident_id>/piece /accidents/<uuid:accident_id>/relay
/accidents/<uuid:accident_id>/no-more /accidents/<uuid:accident_id>/clearance /accidents/<uuid:accident_id>/publish
/accidents/<uuid:accident_id>/close /experts/new /experts/<uuid:expert_id>
/campaigns/new /campaigns/<uuid:campaign_id>/edit /campaigns/<uuid:campaign_id>/items
/campaigns/<uuid:campaign_id>/orders/<uuid:organisation_id> /campaigns/rows/<uuid:row_id>/photos/<sha256>
/sandboxes /sandbox /sandbox/enter /system /jobs /rules /rules/<category>/<path:key> /choices /tasks/<uuid:task_id> /tasks/<uuid:task_id>/file
"""

# A line for each use unit, gateway or body, and there is one of it here: its number grows, not the page. The plan
# shows what has a day, drawn as the rows of a joint application are, which are counted.
BY_UNIT = {
    "/visits/unsigned",
    "/telemetry/gateways",
    "/controls",
    "/controls/today",
    "/report-clock",
    "/applications/plan?whose=all",
}
# Cards of the first page that are full ask once more each, how many there are: however many, once.
FULL_CARDS = {"manager": 2, "officer": 1, "inspector": 1}
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(STATEMENTS):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def filled(path: str, town: Everything) -> str:
    """The address with the ids of this town."""
    ids = {
        name: getattr(town, name).id
        for name in (
            "lift",
            "bottle",
            "station",
            "firm",
            "operator",
            "batch",
            "results",
            "lot",
            "destruction",
            "note",
            "transfer",
            "contract",
            "customer",
            "walk",
            "campaign",
            "campaign_list",
            "joint",
        )
    }
    ids["fleet"] = f"{town.policy.organisation_id}/{town.policy.id}"
    ids["opinion"] = f"{town.opinion.equipment_id}/{town.opinion.id}"
    ids["filing"] = f"{town.filing.organisation_id}/{town.filing.id}"
    return path.format(
        **ids,
        gateway=town.latest["gateway"].id,
        call=town.latest["call"].id,
        accident=town.latest["accident"].id,
        list=town.latest["list"].id,
        blank=town.latest["blank"].code,
        job=JOB,
        digits=DIGITS,
    )


@dataclass
class Eyes:
    """One who looks: a signed-in person, a shared floor device by its cookie, a scale by its token."""

    browser: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> tuple[int, int]:
        """How many statements a look costs, and how long the page is: what a process keeps for good is known, what it remembers for seconds is not."""
        assert self.browser.get(path, headers=self.headers).status_code == 200, path
        forget_all()
        with counted() as asked:
            page = self.browser.get(path, headers=self.headers)
        return len(asked), len(page.text)


def eyes(app: Flask, signed_in: Sign, town: Everything, who: str) -> Eyes:
    if who in town.systems:
        return Eyes(app.test_client(), {"Authorization": f"Bearer {town.systems[who]}"})
    if who == "controller":
        return Eyes(app.test_client(), {"Authorization": f"Bearer {town.token}"})
    if who == "floor":
        browser = app.test_client()
        browser.set_cookie(FLOOR_COOKIE, town.floor_token)
        return Eyes(browser)
    return Eyes(signed_in(getattr(town, who)))


def test_no_list_asks_more_because_it_is_longer(
    app: Flask, midyear: None, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta(days=-1))
    town = Everything()
    lookers = {who: eyes(app, signed_in, town, who) for whose in LISTS.values() for who in whose}

    def all_read() -> dict[str, dict[str, tuple[int, int]]]:
        return {
            path: {who: lookers[who].read(filled(path, town)) for who in whose}
            for path, whose in LISTS.items()
        }

    town.add()
    one = all_read()
    town.add()
    town.add()
    three = all_read()
    full = {who: asked + FULL_CARDS.get(who, 0) for who, asked in LISTS["/"].items()}
    for read, expected in ((one, LISTS), (three, LISTS | {"/": full})):
        assert {
            path: {who: asked for who, (asked, _) in told.items()} for path, told in read.items()
        } == expected
    assert [
        (path, who)
        for path, told in three.items()
        for who, (_, length) in told.items()
        if length <= one[path][who][1] and path not in BY_UNIT
    ] == []  # each shows more


def test_every_page_is_in_the_table_or_lists_nothing(app: Flask) -> None:
    town = Everything()
    town.add()
    adapter = app.url_map.bind("localhost")
    listed = {adapter.match(filled(path, town).split("?")[0], return_rule=True)[0].rule for path in LISTS}
    single = set(re.findall(r"/(?:[^\s<]|<[^>]*>)*", NO_LISTS))
    assert sorted([*listed, *single]) == sorted(
        {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    )
