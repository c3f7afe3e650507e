"""Whatever arrives goes through intake: every route of the API that writes is here, with its receipts or the
reason why it needs none."""

from __future__ import annotations

import re

from flask import Flask

from equipment.intake.models import Receipt
from tests.test_architecture import ROOT

OWN_TABLE, STATE, CONTENT = "kept with its own row", "the state it leads to", "its content"

# What knows a message again: the kind of its receipt, or one of the three above.
WRITING = {
    "POST /api/v1/fills": OWN_TABLE,
    "POST /api/v1/scans": OWN_TABLE,
    "POST /api/v1/fills/batch": OWN_TABLE,
    "POST /api/v1/swipes": OWN_TABLE,
    "PUT /api/v1/fills/<uuid:fill_id>/checks": STATE,  # the answers of an open fill: the same again change nothing
    "PUT /api/v1/fills/<uuid:fill_id>/bay": STATE,
    "PUT /api/v1/fills/<uuid:fill_id>/label": STATE,  # the number that is on it
    "POST /api/v1/fills/<uuid:fill_id>/void": STATE,
    "POST /api/v1/fills/<uuid:fill_id>/treatment": STATE,
    "POST /api/v1/duty": STATE,  # who stands at the scale now: nothing of it waits anywhere
    "DELETE /api/v1/duty": STATE,
    "POST /api/v1/fills/<uuid:fill_id>/photos": CONTENT,
    "POST /api/v1/visits/<uuid:visit_id>/photos": CONTENT,
    "PUT /api/v1/fills/<uuid:fill_id>/result": "fill_result",
    "POST /api/v1/fills/results": "fill_result",
    "POST /api/v1/deliveries": "delivery",
    "PUT /api/v1/deliveries/<uuid:delivery_id>": STATE,  # closed: the same again changes nothing
    "POST /api/v1/fills/<uuid:fill_id>/steps": "fill_step",
    "POST /api/v1/fills/<uuid:fill_id>/override": STATE,
    "POST /api/v1/emptyings": "emptying",
    "POST /api/v1/manifolds": "manifold",
    "PUT /api/v1/manifolds/<uuid:manifold_id>/off": STATE,
    "PUT /api/v1/manifolds/<uuid:manifold_id>/start": STATE,
    "PUT /api/v1/manifolds/<uuid:manifold_id>/end": "manifold_end",
    "POST /api/v1/manifolds/<uuid:manifold_id>/cancel": STATE,
    "PUT /api/v1/visits/<uuid:visit_id>/answers": "visit_answers",
    "POST /api/v1/visits/<uuid:visit_id>/signature": "signature",
    "POST /api/v1/visits/<uuid:visit_id>/paper": "signature",
    "POST /api/v1/reports": "public_report",
    "POST /api/v1/notes/<uuid:note_id>/bottles": "note_scan",
    "PUT /api/v1/notes/<uuid:note_id>/delivered": STATE,
    "POST /api/v1/walks/<uuid:walk_id>/outcomes": "walk_outcome",
    "POST /api/v1/walks/<uuid:walk_id>/photos": CONTENT,
    "POST /api/v1/campaigns/<uuid:list_id>/outcomes": "campaign_check",
    "POST /api/v1/campaigns/<uuid:list_id>/photos": CONTENT,
    "POST /api/v1/lots": "lot",
    "POST /api/v1/lots/<uuid:lot_id>/bottles": "lot_bottle",
    "PUT /api/v1/lots/<uuid:lot_id>/hand-over": STATE,
    "POST /api/v1/lots/<uuid:lot_id>/arrivals": "lot_arrival",
    "PUT /api/v1/lots/<uuid:lot_id>/receipt": STATE,
    "POST /api/v1/lots/<uuid:lot_id>/results": "lot_bench",
    "PUT /api/v1/lots/<uuid:lot_id>/pass-rest": STATE,
    "PUT /api/v1/lots/<uuid:lot_id>/leave": STATE,
    "POST /api/v1/destructions": "destruction",
    "POST /api/v1/telemetry": STATE,  # counters only go on; an event is its own row
    "POST /api/v1/checks": "supervision_check",
    "POST /api/v1/controls": "daily_control",
    "POST /api/v1/firm/people": "firm_person",
    "PATCH /api/v1/firm/people/<record_id>": STATE,
    "POST /api/v1/firm/contracts": "firm_contract",
    "PATCH /api/v1/firm/contracts/<record_id>": STATE,
    "POST /api/v1/firm/contracts/<record_id>/lifts": STATE,
    "POST /api/v1/firm/contracts/<record_id>/leaving": STATE,
    "POST /api/v1/firm/contracts/<record_id>/end": STATE,
    "POST /api/v1/firm/contracts/<record_id>/withdrawal": STATE,
    "POST /api/v1/firm/contracts/<record_id>/papers": CONTENT,
    "POST /api/v1/firm/visits": "firm_visit",
    "PUT /api/v1/firm/visits/<record_id>/answers": "visit_answers",
    "POST /api/v1/firm/visits/<record_id>/photos": CONTENT,
    "POST /api/v1/firm/visits/<record_id>/signature": "signature",
    "POST /api/v1/firm/visits/<record_id>/correction": "firm_correction",
    "POST /api/v1/firm/visits/<record_id>/withdrawal": STATE,
    "POST /api/v1/rescue/calls": "rescue_call",
    "POST /api/v1/rescue/calls/<uuid:call_id>/steps": "rescue_step",
}
OF_FORMS = {
    "checked_row",
    "fill_correction",
    "inspection",
    "late_fill",
    "late_visit",
    "result_correction",
    "visit_correction",
}


def kinds() -> list[str]:
    example = ROOT / "equipment" / "intake" / "actions.py"
    sources = (path for path in (ROOT / "equipment").rglob("*.py") if path != example)
    text = "\n".join(path.read_text("utf-8") for path in sources)
    return sorted(re.findall(r'\bReceipts\("(\w+)", "\w+"\)', text))


def test_every_writing_route_of_the_api_says_how_it_knows_a_message_again(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert routes == WRITING.keys()


def test_every_kind_of_receipt_is_named_once_and_fits_its_column() -> None:
    named = {how for how in WRITING.values() if how not in (OWN_TABLE, STATE, CONTENT)} | OF_FORMS
    assert kinds() == sorted(named)
    width = Receipt.__table__.c.kind.type.length
    assert [kind for kind in named if len(kind) > width] == []
