"""Whole fills in one batch: scan, checks and result in one line, recorded by one commit where nothing speaks
against it, and by the same rules as the single messages where something does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills import batch_views
from equipment.fills.models import Fill, Scan
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.intake.models import Receipt
from equipment.ledger.actions import EventDraft, append
from equipment.ledger.models import Chain, Event
from equipment.people.models import Device
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago

CHECKS = {"P01": True, "P02": True, "P03": True}
NOT_ALIKE = {
    "equipment_id",
    "id",
    "scan_id",
    "happened_at",
    "received_at",
    "result_at",
    "closed_at",
    "filled_at",
}


def whole_of(bottle: Equipment, *, result: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    at = more.pop("happened_at", None) or ago()
    came_out = {"happened_at": at, "gross_g": 31000, "post_checks": {"Q01": True}}
    return {
        "scan_id": str(new_id()),
        "code": bottle.label_code,
        "gas": "LPG",
        "happened_at": at,
        "checks": CHECKS,
        "result": came_out | (result or {}),
        **more,
    }


def sent(hall: Hall, lines: list[Any]) -> list[dict[str, Any]]:
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    headers = {
        "Authorization": f"Bearer {hall.token}",
        "Content-Type": "application/x-ndjson",
        "Accept-Language": "en",
    }
    response = hall.client().post("/api/v1/fills/batch", data=body, headers=headers)
    assert response.status_code == 200, response.text
    return [json.loads(text) for text in response.text.splitlines()]


def fill_of(scan_id: str) -> Fill:
    db.session.rollback()
    fill = db.session.scalars(select(Fill).where(Fill.scan_id == UUID(scan_id))).one()
    db.session.expunge(fill)
    return fill


def counts() -> dict[str, int]:
    db.session.rollback()
    models = {"scan": Scan, "fill": Fill, "receipt": Receipt, "event": Event}
    return {
        name: db.session.scalar(select(func.count()).select_from(model)) or 0
        for name, model in models.items()
    }


def alike(fill: Fill) -> dict[str, Any]:
    return {
        column.name: getattr(fill, column.name)
        for column in Fill.__table__.columns
        if column.name not in NOT_ALIKE
    }


@pytest.fixture
def in_one_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No result is recorded by itself."""

    def by_itself(*_arguments: object, **_more: object) -> None:
        raise AssertionError("recorded by itself")

    monkeypatch.setattr(batch_views, "record_with_members", by_itself)


@pytest.fixture
def seen_long_ago(hall: Hall) -> None:
    """The controller spoke to us two days ago, so that its word counts for what happened since."""
    with make.writing():
        at = clock.now() - timedelta(days=2)
        db.session.execute(update(Device).where(Device.id == hall.device.id).values(seen_at=at))


@pytest.mark.usefixtures("in_one_commit")
def test_a_whole_fill_is_one_line_with_verdict_state_and_ledger(hall: Hall) -> None:
    bottle = hall.bottle()
    line = whole_of(bottle)
    (answer,) = sent(hall, [line])
    head = db.session.get_one(Chain, f"equipment:{bottle.id}")
    assert answer == {
        "line_no": 1,
        "kind": "fill",
        "outcome": "new",
        "scan_id": line["scan_id"],
        "status": 201,
        "fill_id": line["scan_id"],
        "allowed": True,
        "reasons": [],
        "state": "filled",
        "net_g": 14500,
        "flags": answer["flags"],
        "ledger": {"seq": head.seq, "digest": head.digest},
    }
    verbs = select(Event.verb).where(Event.subject == f"equipment:{bottle.id}").order_by(Event.seq)
    assert db.session.scalars(verbs).all()[-2:] == ["fill.opened", "fill.filled"]


def test_a_whole_fill_leaves_behind_what_its_two_messages_do(hall: Hall) -> None:
    """Also by the scale at its bay."""
    with make.writing():
        scale = {"name": "3号秤", "number": "S3", "bay": "3", "gas": "LPG", "kind": InstrumentKind.SCALE}
        until = clock.today() - timedelta(days=1)
        db.session.add(Instrument(organisation_id=hall.station.id, verified_until=until, **scale))
    together, apart = whole_of(hall.bottle(), bay="3"), whole_of(hall.bottle(), bay="3")
    result = apart.pop("result")
    sent(hall, [together])
    hall.send("POST", "/fills", apart)
    hall.send("PUT", f"/fills/{apart['scan_id']}/result", result)
    assert alike(fill_of(together["scan_id"])) == alike(fill_of(apart["scan_id"]))
    assert "instrument_overdue" in fill_of(together["scan_id"]).flags


def test_the_same_upload_again_records_nothing_and_answers_the_same(hall: Hall) -> None:
    lines = [whole_of(hall.bottle()) for _ in range(5)]
    first = sent(hall, lines)
    before = counts()
    again = sent(hall, lines)
    assert [answer["status"] for answer in again] == [200] * 5
    assert [answer["outcome"] for answer in again] == ["replay"] * 5
    assert [answer | {"status": 201, "outcome": "new"} for answer in again] == first
    assert counts() == before


def test_a_cut_off_upload_goes_on_where_it_stopped(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server stops after the first commits, with one scan on record whose result is not."""
    monkeypatch.setattr(batch_views, "CHUNK", 2)
    heavy = whole_of(hall.bottle(), result={"gross_g": 31600})
    lines = [whole_of(hall.bottle()), whole_of(hall.bottle()), heavy, whole_of(hall.bottle())]
    with monkeypatch.context() as broken:
        broken.setattr(batch_views, "_recorded_result", None)
        with pytest.raises(TypeError):
            sent(hall, lines)
    assert counts() == {**counts(), "scan": 4, "receipt": 3}
    answers = sent(hall, lines)
    assert [(answer["status"], answer["state"]) for answer in answers] == [
        *((200, "filled"), (200, "filled"), (201, "overfilled"), (200, "filled"))
    ]
    assert counts() == {**counts(), "scan": 4, "fill": 4, "receipt": 4}


def test_result_and_whole_line_are_the_same_message(hall: Hall) -> None:
    """A controller that sent both messages live sends the whole fill again from its file."""
    line = whole_of(hall.bottle())
    scan = {name: value for name, value in line.items() if name != "result"}
    hall.send("POST", "/fills", scan)
    hall.send("PUT", f"/fills/{line['scan_id']}/result", line["result"])
    before = counts()
    assert [answer["status"] for answer in sent(hall, [line])] == [200]
    assert counts() == before


def test_kinds_of_lines_mix_and_one_bad_one_is_its_own_answer(hall: Hall) -> None:
    scan = whole_of(hall.bottle())
    result = {"fill_id": scan["scan_id"], **scan.pop("result")}
    lost = {**result, "fill_id": str(new_id())}
    lines = [whole_of(hall.bottle()), scan, b'{"scan_id": "7', result, lost, whole_of(hall.bottle())]
    answers = sent(hall, lines)
    assert [(answer["status"], answer.get("state")) for answer in answers] == [
        *((201, "filled"), (201, None), (422, None), (200, "filled"), (404, None), (201, "filled"))
    ]
    assert answers[3]["fill_id"] == scan["scan_id"]


REFUSED = [
    pytest.param({"gross_g": "31000"}, 422, ["result.gross_g"], False, id="no number"),
    pytest.param({"colour": "red"}, 422, ["result.colour"], False, id="no such field"),
    pytest.param({"gross_g": 31}, 422, ["result.gross_g"], True, id="kilograms for grams"),
    pytest.param({"instrument": "none"}, 422, ["result.instrument"], True, id="no such scale"),
    pytest.param({"rechecker": "nobody"}, 422, ["result.rechecker"], True, id="nobody's number"),
    pytest.param({"checks": {"P99": True}}, 422, ["result.checks"], True, id="no such item"),
]


@pytest.mark.parametrize(("result", "status", "fields", "scanned"), REFUSED)
def test_a_result_that_cannot_be_accepted_leaves_the_scan_on_record(
    hall: Hall, result: dict[str, Any], status: int, fields: list[str], scanned: bool
) -> None:
    (answer,) = sent(hall, [whole_of(hall.bottle(), result=result)])
    assert (answer["status"], answer["fields"], "ledger" in answer) == (status, fields, scanned)
    assert counts()["scan"] == scanned


def test_the_same_scan_with_another_weight_is_a_contradiction(hall: Hall) -> None:
    line = whole_of(hall.bottle())
    other = {**line, "result": {**line["result"], "gross_g": 30900}}
    answers = sent(hall, [line, other, line])
    assert [answer["status"] for answer in answers] == [201, 409, 200]
    assert answers[1]["fields"] == ["result.gross_g"]


def test_one_result_id_for_two_bottles_is_a_contradiction(hall: Hall) -> None:
    """A scale that gives out one id twice: the second bottle has no result by it."""
    result = {"result_id": str(new_id())}
    at = ago()
    lines = [whole_of(hall.bottle(), result=result, happened_at=at) for _ in range(2)]
    answers = sent(hall, lines)
    assert [answer["status"] for answer in answers] == [201, 409]
    assert fill_of(lines[1]["scan_id"]).state == "open"


def test_a_bottle_twice_in_one_upload_has_two_fills(hall: Hall) -> None:
    """Also where the first result is looked at by itself: the second scan waits for that."""
    good, heavy = hall.bottle(), hall.bottle()
    lines = [
        whole_of(good),
        whole_of(heavy, result={"gross_g": 31600}),
        whole_of(good, reason="漏装补充"),
        whole_of(heavy, result={"gross_g": 31000}),
    ]
    answers = sent(hall, lines)
    assert [(answer["status"], answer["state"]) for answer in answers] == [
        *((201, "filled"), (201, "overfilled"), (201, "filled"), (201, "filled"))
    ]
    ids = [line["scan_id"] for line in lines]
    assert [answer["fill_id"] for answer in answers] == [ids[0], ids[1], ids[2], ids[1]]
    assert "drawn_down" in answers[3]["flags"]


def test_a_bottle_that_may_not_be_filled_keeps_its_result_as_what_it_is(hall: Hall) -> None:
    overdue = hall.bottle(inspection_due_on=make.days(-40))
    (answer,) = sent(hall, [whole_of(overdue)])
    assert (answer["status"], answer["allowed"], answer["state"]) == (201, False, "refused")
    assert "filled_anyway" in answer["flags"]


def test_a_result_of_an_unknown_bottle_is_said(hall: Hall) -> None:
    line = whole_of(hall.bottle(), code="FOREIGN-1")
    (answer,) = sent(hall, [line])
    assert (answer["status"], answer["fields"], answer["allowed"]) == (422, ["result"], False)
    assert answer["ledger"]["seq"] > 0


@pytest.mark.usefixtures("in_one_commit", "seen_long_ago")
def test_what_waited_for_hours_is_one_commit_while_nothing_happened_to_the_bottle(hall: Hall) -> None:
    bottle = hall.bottle()
    draft = EventDraft(f"equipment:{bottle.id}", "equipment.registered", at=clock.now() - timedelta(days=1))
    with make.writing():
        append(db.session.connection(), [draft], actor="system")
    line = whole_of(bottle, happened_at=ago(hours=3), queued=True, result={"queued": True})
    (answer,) = sent(hall, [line])
    assert (answer["status"], answer["state"]) == (201, "filled")
    fill = fill_of(line["scan_id"])
    assert fill.filled_at is not None
    assert clock.now() - fill.filled_at > timedelta(hours=2)


@pytest.mark.usefixtures("seen_long_ago")
@pytest.mark.parametrize("due", [-1, 0, 300])
def test_what_waited_is_judged_as_its_two_messages_are(hall: Hall, due: int) -> None:
    """Inspected until yesterday, filled 26 hours ago, heard of today; the bottle was changed since."""
    at = ago(hours=26)
    lines = [
        whole_of(
            hall.bottle(inspection_due_on=make.days(due)),
            happened_at=at,
            queued=True,
            result={"queued": True},
        )
        for _ in range(2)
    ]
    together, apart = lines
    sent(hall, [together])
    result = {"fill_id": apart["scan_id"], **apart.pop("result")}
    sent(hall, [apart, result])
    assert alike(fill_of(together["scan_id"])) == alike(fill_of(apart["scan_id"]))
