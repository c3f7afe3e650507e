"""What must hold when things go wrong: two workers, a full disk, a killed server, swapped weights, paper records."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import create_engine, event, func, select, text

from equipment.core import config
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.fills.corrections import settle_wrong_file, swap_weights
from equipment.fills.models import Fill, Scan
from equipment.ledger.models import Chain, Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def body(bottle: Equipment, **more: Any) -> dict[str, Any]:
    return {"scan_id": str(new_id()), "code": bottle.label_code, "gas": "LPG", "happened_at": ago(), **more}


def at_once(hall: Hall, bodies: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """All of them from threads of their own, released together."""
    gate = threading.Barrier(len(bodies))

    def one(sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        client: FlaskClient = hall.client()
        gate.wait()
        answer = client.post("/api/v1/fills", json=sent, headers={"Authorization": f"Bearer {hall.token}"})
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(one, bodies))


def test_the_same_scan_from_many_workers_at_once_is_one(hall: Hall) -> None:
    sent = body(hall.bottle())
    answers = at_once(hall, [sent] * 8)
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert (len({json.dumps(answer, sort_keys=True) for _, answer in answers}), count(Scan), count(Fill)) == (
        1,
        1,
        1,
    )


def test_different_scans_of_one_bottle_at_once_share_one_open_fill(hall: Hall) -> None:
    bottle = hall.bottle()
    answers = at_once(hall, [body(bottle) for _ in range(8)])
    assert (
        {status for status, _ in answers},
        len({answer["fill_id"] for _, answer in answers}),
        count(Scan),
        count(Fill),
    ) == ({201}, 1, 8, 1)


def test_two_stations_at_once_never_both_open_one_bottle(hall: Hall, other: Hall) -> None:
    bottle = hall.bottle(use_unit_id=other.station.id)
    allowed = []
    with ThreadPoolExecutor(2) as threads:
        for answer in threads.map(
            lambda station: station.scan(bottle.label_code or "").get_json(), (hall, other)
        ):
            allowed.append(answer["allowed"])
    assert sorted(allowed) == [False, True]


def test_many_bottles_at_once_leave_every_chain_whole(hall: Hall) -> None:
    bottles = [hall.bottle() for _ in range(12)]
    answers = at_once(hall, [body(bottle) for bottle in bottles])
    heads = db.session.execute(
        select(Chain.subject, Chain.seq).where(
            Chain.subject.in_([f"equipment:{bottle.id}" for bottle in bottles])
        )
    ).all()
    assert ([answer["allowed"] for _, answer in answers], sorted(seq for _, seq in heads)) == (
        [True] * 12,
        [1] * 12,
    )


def test_one_faulty_request_does_not_take_others_with_it(hall: Hall) -> None:
    from_elsewhere = body(hall.bottle())
    bottles = [hall.bottle() for _ in range(4)]
    hall.send("POST", "/fills", from_elsewhere)
    answers = at_once(hall, [{**from_elsewhere, "gas": "O2"}, *(body(bottle) for bottle in bottles)])
    assert sorted(status for status, _ in answers) == [201, 201, 201, 201, 409]


@pytest.mark.sqlite
def test_a_full_disk_is_answered_507_records_nothing_and_heals(hall: Hall) -> None:
    bottle = hall.bottle()
    sent = body(bottle)
    with db.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar() or 0
    db.session.remove()
    db.engine.dispose()  # a limit is a connection's own
    limit = full_after(pages)
    statuses = [
        hall.send("POST", "/fills", {**sent, "scan_id": str(new_id())}).status_code for _ in range(40)
    ]
    full = hall.send("POST", "/fills", sent)
    recorded = (count(Scan), count(Fill), count(Event))
    limit()
    again = hall.send("POST", "/fills", sent)
    assert (full.status_code, full.get_json()["title"], statuses[-1]) == (
        507,
        "磁盘已满，未作记录，请稍后重发。",
        507,
    )
    assert (recorded[0], set(statuses)) == (statuses.count(201), {201, 507})
    assert (again.status_code, again.get_json()["allowed"], count(Scan), count(Fill)) == (
        201,
        True,
        recorded[0] + 1,
        max(1, recorded[1]),
    )


def full_after(pages: int) -> Any:
    """From now on every connection finds no room beyond a few pages; returns what makes room again."""

    def limited(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 6}")

    event.listen(db.engine, "connect", limited)

    def roomy() -> None:
        event.remove(db.engine, "connect", limited)
        db.session.remove()
        db.engine.dispose()

    return roomy


@pytest.mark.sqlite
def test_a_killed_server_loses_no_acknowledged_scan(hall: Hall, settings: config.Settings) -> None:
    bottles = [hall.bottle() for _ in range(60)]
    port = free_port()
    server = serving(settings, port)
    acknowledged: list[str] = []
    try:
        wait_for(port)
        with ThreadPoolExecutor(6) as threads:
            for bottle in bottles:
                threads.submit(acknowledge, port, hall.token, body(bottle), acknowledged)
            while len(acknowledged) < 20:
                time.sleep(0.002)
            os.killpg(server.pid, signal.SIGKILL)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(60)
    engine = create_engine(settings.url)
    with engine.connect() as connection:
        kept = {str(row[0]) for row in connection.execute(select(Scan.id))}
        whole = connection.execute(text("PRAGMA integrity_check")).scalar()
    engine.dispose()
    assert (len(acknowledged) >= 20, set(acknowledged) - kept, whole) == (True, set(), "ok")


def serving(settings: config.Settings, port: int) -> subprocess.Popen[bytes]:
    """The web server as bin/serve starts it, one worker."""
    return subprocess.Popen(
        [sys.executable, "-c", f"from equipment.shell.serve import web; web('127.0.0.1', {port}, 1, None)"],
        cwd=config.ROOT,
        env={**os.environ, "INSTANCE": settings.instance, "LOG_LEVEL": "ERROR"},
        start_new_session=True,
    )


@pytest.mark.sqlite
def test_a_lock_of_another_program_is_answered_503_within_seconds_and_loses_nothing(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "patience_s", 1)
    db.connect(str(db.engine.url))
    bottles = [hall.bottle() for _ in range(8)]
    with contextlib.closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda bottle: hall.scan(bottle.label_code or ""), bottles))
        took = time.monotonic() - began
        foreign.execute("ROLLBACK")
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert took < 6
    assert [hall.scan(bottle.label_code or "").status_code for bottle in bottles] == [201] * 8


@pytest.mark.sqlite
def test_slow_senders_stop_no_scan(hall: Hall, settings: config.Settings) -> None:
    """32 connections that send a byte every half second hold no thread that answers scans."""
    bottles = [hall.bottle() for _ in range(40)]
    port = free_port()
    server = serving(settings, port)
    acknowledged: list[str] = []
    stop = threading.Event()
    try:
        wait_for(port)
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(32)]
        for each in slow:
            each.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")

        def trickle() -> None:
            while not stop.wait(0.5):
                for each in slow:
                    each.sendall(b"a")

        trickling = threading.Thread(target=trickle)
        trickling.start()
        time.sleep(1)
        began = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            for bottle in bottles:
                threads.submit(acknowledge, port, hall.token, body(bottle), acknowledged)
        took = time.monotonic() - began
    finally:
        stop.set()
        trickling.join()
        for each in slow:
            each.close()
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    assert (len(acknowledged), took < 10) == (40, True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/ping", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def acknowledge(port: int, token: str, sent: dict[str, Any], acknowledged: list[str]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/fills",
        json.dumps(sent).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        if answer.status == 201:
            acknowledged.append(sent["scan_id"])


def owner(hall: Hall) -> Viewer:
    made = make.user(hall.station, Role.STATION_OWNER, certificate="P")
    return viewer_of(db.session.merge(made))


def weighed(hall: Hall, *grosses: int) -> list[tuple[Any, Any]]:
    keys = []
    for gross in grosses:
        bottle = hall.bottle()
        fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
        hall.result(fill_id, gross_g=gross)
        keys.append((bottle.id, UUID(fill_id)))
    return keys


def test_swapped_weights_are_corrected_as_a_pair_and_both_versions_stay(hall: Hall) -> None:
    first, second = weighed(hall, 31600, 30800)
    by = owner(hall)
    with db.transaction():
        swap_weights(db.session.get_one(Fill, first), db.session.get_one(Fill, second), "两瓶重量录反", by=by)
    found = db.session.scalars(select(Fill).order_by(Fill.superseded.desc(), Fill.gross_g)).all()
    assert [
        (fill.superseded, fill.gross_g, fill.state, fill.correction_reason, fill.approved_by)
        for fill in found
    ] == [
        (True, 30800, "filled", "", None),
        (True, 31600, "overfilled", "", None),
        (False, 30800, "filled", "两瓶重量录反", by.user_id),
        (False, 31600, "overfilled", "两瓶重量录反", by.user_id),
    ]
    assert (
        db.session.get_one(Equipment, first[0]).treat_code,
        db.session.get_one(Equipment, second[0]).treat_code,
    ) == ("", "Q10")


def test_what_a_swap_found_overfilled_is_filled_again_once_it_was_treated(hall: Hall) -> None:
    first, second = weighed(hall, 31600, 30800)
    by = owner(hall)
    with db.transaction():
        swap_weights(db.session.get_one(Fill, first), db.session.get_one(Fill, second), "两瓶重量录反", by=by)
    code = db.session.get_one(Equipment, second[0]).label_code or ""
    db.session.rollback()
    scanned = hall.scan(code).get_json()
    assert (scanned["allowed"], [reason["code"] for reason in scanned["reasons"]]) == (False, ["Q10", "R31"])
    hall.send(
        "POST", f"/fills/{scanned['fill_id']}/treatment", {"treatment": "treated", "happened_at": ago()}
    )
    assert hall.scan(code, reason="抽液后重新充装").get_json()["allowed"] is True


def test_only_the_owner_swaps_and_only_with_a_reason(hall: Hall) -> None:
    first, second = weighed(hall, 31000, 30800)
    by = owner(hall)
    operator = viewer_of(db.session.merge(hall.person))
    with pytest.raises(NotAllowed), db.transaction():
        swap_weights(db.session.get_one(Fill, first), db.session.get_one(Fill, second), "why", by=operator)
    with pytest.raises(Invalid), db.transaction():
        swap_weights(db.session.get_one(Fill, first), db.session.get_one(Fill, second), " ", by=by)
    with pytest.raises(Invalid), db.transaction():
        swap_weights(db.session.get_one(Fill, first), db.session.get_one(Fill, first), "why", by=by)


def test_a_mistyped_weight_is_corrected_by_two_people_as_a_new_version(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    [key] = weighed(hall, 31000)
    with hall.app.app_context():
        pin = hash_password("2468")
    colleague = make.user(hall.station, Role.OPERATOR, name="王五", pin_hash=pin)
    boss = make.user(hall.station, Role.STATION_OWNER, pin_hash=pin)
    colleague_id, boss_id = colleague.id, boss.id
    browser = signed_in(boss)
    page = f"/fills/{key[0]}/{key[1]}"
    assert "王五" in browser.get(page).text
    sent = {
        "id": str(new_id()),
        "gross": "３０．１",
        "reason": "少按一位",
        "second": str(colleague_id),
        "pin": "2468",
    }
    for wrong in (
        {"pin": "9999"},
        {"second": str(boss_id)},
        {"reason": ""},
        {"gross": "3010000"},
        {"gross": "12"},
    ):
        assert browser.post(f"{page}/weight", data={**sent, **wrong}).status_code in (403, 422)
    for _ in range(2):
        browser.post(f"{page}/weight", data=sent)
    found = db.session.scalars(select(Fill).order_by(Fill.superseded.desc())).all()
    assert [
        (fill.superseded, fill.gross_g, fill.net_g, fill.correction_reason, fill.approved_by)
        for fill in found
    ] == [(True, 31000, 14500, "", None), (False, 30100, 13600, "少按一位", colleague_id)]


def test_the_other_bottle_of_a_swap_is_called_by_its_number(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    first, second = weighed(hall, 31600, 30800)
    serial = db.session.get_one(Equipment, second[0]).serial
    page = signed_in(make.user(hall.station, Role.STATION_OWNER)).get(f"/fills/{first[0]}/{first[1]}").text
    assert f"{serial} ·" in page


def test_a_wrong_record_is_settled_by_the_bureau_as_a_new_version(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.send("POST", f"/fills/{fill_id}/treatment", {"treatment": "wrong_file", "happened_at": ago()})
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    by = viewer_of(db.session.merge(make.user(bureau, Role.SUPERVISOR)))
    key = (bottle.id, UUID(fill_id))
    with pytest.raises(NotAllowed), db.transaction():
        settle_wrong_file(db.session.get_one(Fill, key), "检验日期已更正", by=owner(hall))
    with db.transaction():
        settle_wrong_file(db.session.get_one(Fill, key), "检验日期已更正", by=by)
    assert sorted(
        (fill.superseded, fill.state, fill.correction_reason) for fill in db.session.scalars(select(Fill))
    ) == [(False, "refused", "检验日期已更正"), (True, "refused", "")]
