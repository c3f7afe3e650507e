"""A scan is judged before the writer's lock: what changed between the reading and the lock is judged again, and
two workers who read the same never both write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills import api
from equipment.fills.models import Fill, Scan
from equipment.fills.record import PreparedScans, prepare_scans
from equipment.fills.scan import IncomingScan
from equipment.ledger.models import Event
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.rules import SYSTEM
from equipment.register.actions import change, change_status
from equipment.register.binding import bind_label, replace_label
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.shell import tables
from equipment.storage import db
from equipment.storage.commits import SharedCommit
from tests import make
from tests.fills.conftest import Hall, ago

Change = Callable[[Hall, Hall, Equipment], None]
WAIT_S = 20


def of(bottle: Equipment) -> Equipment:
    return db.session.get_one(Equipment, bottle.id)


def status(to: EquipmentStatus) -> Change:
    def changed(_hall: Hall, _other: Hall, bottle: Equipment) -> None:
        with db.transaction():
            change_status(of(bottle), to, reason="抽查发现瓶体变形", by=SYSTEM)

    return changed


def sold(_hall: Hall, other: Hall, bottle: Equipment) -> None:
    with db.transaction():
        change(of(bottle), {"owner_id": other.station.id}, by=SYSTEM, reason="转让")


def relabelled(_hall: Hall, _other: Hall, bottle: Equipment) -> None:
    with db.transaction():
        replace_label(bottle.label_code or "", "", "磨损", by=SYSTEM)


def faulty(hall: Hall, _other: Hall, bottle: Equipment) -> None:
    """Another worker took a scan that names a fault."""
    another_worker(hall, {**body(bottle.label_code or ""), "checks": {"P07": False}})


def opened(hall: Hall, _other: Hall, bottle: Equipment) -> None:
    another_worker(hall, body(bottle.label_code or ""))


def opened_elsewhere(_hall: Hall, other: Hall, bottle: Equipment) -> None:
    another_worker(other, body(bottle.label_code or ""))


def untouched(hall: Hall, _other: Hall, _bottle: Equipment) -> None:
    """Something happens, to another bottle."""
    another_worker(hall, body(hall.bottle().label_code or ""))


def body(code: str) -> dict[str, Any]:
    return {"scan_id": str(new_id()), "code": code, "gas": "LPG", "happened_at": ago()}


def another_worker(hall: Hall, sent: dict[str, Any]) -> None:
    """The same scan as another process would take it: in a line of its own."""
    line, api.share = api.share, SharedCommit(prepare_scans)
    try:
        assert hall.send("POST", "/fills", sent).status_code == 201
    finally:
        api.share = line


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[int]]:
    """`readings = meanwhile(change)`: the change happens once, after the facts of the next scan were read and before
    its lock; `readings` grows with every time they are read."""

    def interrupted(happens: Callable[[], None]) -> list[int]:
        readings: list[int] = []

        def prepare(connection: Connection, scans: Sequence[IncomingScan]) -> PreparedScans:
            prepared = prepare_scans(connection, scans)
            readings.append(len(scans))
            if len(readings) == 1:
                worker = threading.Thread(target=happening)
                worker.start()
                worker.join(WAIT_S)
            return prepared

        def happening() -> None:
            try:
                happens()
            finally:
                db.session.remove()

        monkeypatch.setattr(api, "share", SharedCommit(prepare))
        return readings

    return interrupted


CHANGES = {  # (what changed meanwhile, the reasons of the verdict, how often the facts were read)
    "nothing of this bottle": (untouched, [], 1),
    "locked": (status(EquipmentStatus.LOCKED), ["R28"], 2),
    "scrapped": (status(EquipmentStatus.SCRAPPED), ["R09"], 2),
    "sold to another station": (sold, ["R03"], 2),
    "its label replaced": (relabelled, ["R01"], 2),
    "a fault named": (faulty, ["R14"], 2),
    "opened by a colleague": (opened, [], 2),
    "opened at another station": (opened_elsewhere, ["R03"], 2),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_changed_before_the_lock_is_judged_again(
    hall: Hall, other: Hall, meanwhile: Any, tmp_path: Path, case: str
) -> None:
    happens, reasons, times = CHANGES[case]
    shared = {"use_unit_id": other.station.id} if happens is opened_elsewhere else {}
    bottle = hall.bottle(**shared)
    readings = meanwhile(lambda: happens(hall, other, bottle))
    response = hall.scan(bottle.label_code or "")
    answer = response.get_json()
    assert (response.status_code, [reason["code"] for reason in answer["reasons"]], len(readings)) == (
        201,
        reasons,
        times,
    )
    report = verify(db.engine, tmp_path, tables.models().values())
    assert set(report.faults) <= {LedgerFault.RECORD_EXTRA}


@pytest.mark.parametrize("case", CHANGES)
def test_what_was_read_is_compared_behind_the_lock(hall: Hall, other: Hall, case: str) -> None:
    """Not only by the key of the line that would be written twice: that would undo the work of a whole batch."""
    happens, _reasons, times = CHANGES[case]
    bottle = hall.bottle(use_unit_id=other.station.id)
    prepared: list[PreparedScans] = []

    def prepare(connection: Connection, scans: Sequence[IncomingScan]) -> PreparedScans:
        prepared.append(prepare_scans(connection, scans))
        return prepared[0]._replace(statements=())

    line, api.share = api.share, SharedCommit(prepare)
    hall.scan(bottle.label_code or "")
    api.share = line
    happens(hall, other, bottle)
    with db.engine.connect() as connection, db.writing_on(connection):
        assert prepared[0].holds(connection) == (times == 1)


def test_a_blank_label_bound_before_the_lock_leads_to_its_bottle(hall: Hall, meanwhile: Any) -> None:
    bottle, code = hall.bottle(code=None), make_code(keys())
    with make.writing():
        db.session.add(
            Label(
                code=code, status=LabelStatus.ISSUED, organisation_id=hall.station.id, issued_at=clock.now()
            )
        )

    def bound() -> None:
        with db.transaction():
            bind_label(code, of(bottle), by=SYSTEM)

    readings = meanwhile(bound)
    answer = hall.scan(code).get_json()
    assert (answer["allowed"], answer["equipment"]["id"], len(readings)) == (True, str(bottle.id), 2)


def workers(count: int) -> tuple[list[SharedCommit[Any, Any]], Callable[[], int]]:
    """Lines of so many workers, all of which have read before one of them writes; how often they read in all."""
    gate, readings = threading.Barrier(count), []

    def prepare(connection: Connection, scans: Sequence[IncomingScan]) -> PreparedScans:
        prepared = prepare_scans(connection, scans)
        readings.append(scans)
        if len(readings) <= count:
            gate.wait(WAIT_S)
        return prepared

    return [SharedCommit(prepare) for _ in range(count)], lambda: len(readings)


def at_once(
    hall: Hall, bodies: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], int]:
    """The answers when each goes to a worker of its own, and how often facts were read."""
    lines, readings = workers(len(bodies))
    own = threading.local()
    monkeypatch.setattr(api, "share", lambda scan: own.line(scan))

    def send(line: SharedCommit[Any, Any], sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        own.line = line
        response = hall.send("POST", "/fills", sent)
        return response.status_code, response.get_json()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(send, lines, bodies)), readings()


def test_two_workers_with_one_bottle_at_once_open_one_fill(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    bottle = hall.bottle()
    bodies = [body(bottle.label_code or "") for _ in range(2)]
    answers, readings = at_once(hall, bodies, monkeypatch)
    assert ([status for status, _ in answers], readings) == ([201, 201], 3)
    assert len({answer["fill_id"] for _, answer in answers}) == 1
    verbs = db.session.scalars(
        select(Event.verb).where(Event.subject == f"equipment:{bottle.id}").order_by(Event.seq)
    ).all()
    assert (verbs, count(Fill), count(Scan)) == (["fill.opened", "fill.continued"], 1, 2)


def test_two_workers_with_one_message_at_once_record_it_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = body(hall.bottle().label_code or "")
    answers, readings = at_once(hall, [sent, sent], monkeypatch)
    assert (sorted(status for status, _ in answers), readings) == ([200, 201], 3)
    assert (answers[0][1], count(Scan), count(Fill)) == (answers[1][1], 1, 1)


def test_one_id_for_two_bottles_at_once_is_one_scan_and_a_conflict(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No chain of the second bottle moved: the key of the scan stands against it."""
    sent = [body(hall.bottle().label_code or "") for _ in range(2)]
    sent[1]["scan_id"] = sent[0]["scan_id"]
    answers, _readings = at_once(hall, sent, monkeypatch)
    assert sorted(status for status, _ in answers) == [201, 409]
    assert (count(Scan), count(Fill)) == (1, 1)


def test_workers_with_other_bottles_do_not_disturb_each_other(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [body(hall.bottle().label_code or "") for _ in range(3)]
    answers, readings = at_once(hall, bodies, monkeypatch)
    assert ([status for status, _ in answers], readings, count(Fill)) == ([201] * 3, 3, 3)


def test_a_replay_takes_no_lock(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = body(hall.bottle().label_code or "")
    first = hall.send("POST", "/fills", sent)
    with db.transaction():  # somebody else writes, for long
        again: list[Any] = []
        replay = threading.Thread(target=lambda: again.append(hall.send("POST", "/fills", sent)))
        replay.start()
        replay.join(WAIT_S)
        assert [(answer.status_code, answer.get_json()) for answer in again] == [(200, first.get_json())]


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0
