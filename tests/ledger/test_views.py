"""The ledger on screen: whole or broken, whose chains may be read, the seals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger import seals
from equipment.ledger.actions import EVENT, EventDraft, append
from equipment.ledger.verify import verify
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.codes import make_code
from equipment.register.ring import keys
from equipment.storage import db
from equipment.tasks.models import JobRun
from equipment.tasks.rules import RunState
from tests import make

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def chief(app: Flask) -> User:
    return make.user(
        make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY), Role.ADMINISTRATOR
    )


def write(subject: str, count: int = 1) -> None:
    with db.transaction() as current:
        append(
            current.connection(),
            [EventDraft(subject, f"verb{number}", {"html": "<b>"}) for number in range(count)],
            actor="user:1",
        )


def checked(settings: Settings) -> None:
    report = verify(db.engine, settings.folder, [])
    with db.transaction() as current:
        current.add(
            JobRun(
                name="verify",
                period="2026-11-23",
                attempt=1,
                state=RunState.DONE,
                claimed_by="x",
                asked_by="schedule",
                started_at=clock.now(),
                lease_until=clock.now(),
                finished_at=clock.now(),
                outcome=report.as_json(),
                message="",
            )
        )


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_administrator_reads_every_chain_and_sees_that_the_ledger_is_whole(
    chief: User, signed_in: Browser, settings: Settings
) -> None:
    browser = signed_in(chief)
    write("setting:x", 3)
    seals.seal(settings.folder, date(2026, 11, 23))
    checked(settings)
    page = text(browser, "/ledger")
    assert ("留痕完整" in page, page.count("<summary>verb"), "&lt;b&gt;" in page, "2026-11-23" in page) == (
        True,
        3,
        True,
        True,
    )


def test_who_did_it_is_named_beside_his_id_by_the_name_he_has_now(chief: User, signed_in: Browser) -> None:
    browser, device = signed_in(chief), "device:0192f3a0-0000-7000-8000-000000000001"
    with db.transaction() as current:
        append(
            current.connection(), [EventDraft("setting:x", "chosen", {})], actor=f"user:{chief.id} {device}"
        )
        append(current.connection(), [EventDraft("setting:x", "chosen", {})], actor="system")
    page = text(browser, "/ledger?subject=setting:x")
    assert [
        f"张三 <code>user:{chief.id}</code> <code>{device}</code>" in page,
        "<code>system</code>" in page,
    ] == [True, True]


def test_a_broken_ledger_names_its_first_bad_entry(
    chief: User, signed_in: Browser, settings: Settings
) -> None:
    browser = signed_in(chief)
    write("setting:x", 3)
    with db.engine.begin() as connection:
        connection.execute(update(EVENT).where(EVENT.c.seq == 2).values(verb="forged"))
    checked(settings)
    page = text(browser, "/ledger")
    assert ("留痕已被破坏" in page, "setting:x #2" in page) == (True, True)


def test_a_number_of_a_piece_stands_for_its_chain(app: Flask, signed_in: Browser) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR, "白银区局")
    supervisor = signed_in(make.user(bureau, Role.SUPERVISOR))
    code = make_code(keys())
    lift = make.equipment("elevator", code=code).id
    write(f"equipment:{lift}")
    assert text(supervisor, f"/ledger?subject={code}").count("<summary>verb") == 1
    assert supervisor.get("/ledger?subject=ABC").status_code == 404
    assert f"/ledger?subject=equipment:{lift}" in text(supervisor, f"/equipment/{lift}").replace("%3A", ":")


def test_a_supervisor_reads_the_chains_of_his_area_only(app: Flask, signed_in: Browser) -> None:
    supervisor = signed_in(
        make.user(make.organisation(OrganisationKind.REGULATOR, "白银区局"), Role.SUPERVISOR)
    )
    mine, other = make.equipment("elevator").id, make.equipment("elevator", area=make.ELSEWHERE).id
    write(f"equipment:{mine}")
    write(f"equipment:{other}")
    assert text(supervisor, f"/ledger?subject=equipment:{mine}").count("<summary>verb") == 1
    assert [
        supervisor.get(f"/ledger?subject={subject}").status_code
        for subject in (f"equipment:{other}", "setting:x", "equipment:nonsense", "due:1")
    ] == [404] * 4
    assert text(supervisor, "/ledger").count("<summary>verb") == 0


def test_the_ledger_is_not_for_everybody(app: Flask, signed_in: Browser, client: FlaskClient) -> None:
    assert (
        signed_in(make.user(make.station(), Role.STATION_OWNER)).get("/ledger").status_code,
        client.get("/ledger").status_code,
    ) == (403, 302)
