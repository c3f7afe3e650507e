"""The pages of 物联网监测: who reads them, who decides, what a maker's words are read as."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.hazards.models import Finding, Hazard
from equipment.people.models import Device, User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db
from equipment.telemetry import decisions
from equipment.telemetry.models import LiftEvent
from equipment.telemetry.states import EventState
from tests import make
from tests.maintenance.place import CODE, Place
from tests.telemetry.conftest import Send, event, status


def reported() -> LiftEvent:
    db.session.rollback()
    return db.session.scalars(visible(SYSTEM, LiftEvent)).one()


def signed_in(client: FlaskClient, user: User) -> FlaskClient:
    with client.session_transaction() as cookie:
        make.sign_in(user, cookie)
    return client


@pytest.fixture
def fault(at: Place, send: Send) -> UUID:
    send(status(-1, runs=5), status(0, runs=9), event())
    return reported().id


def test_the_firms_manager_reads_and_decides(client: FlaskClient, at: Place, fault: UUID) -> None:
    browser = signed_in(client, at.boss)
    for path in ("/telemetry", "/telemetry/events", "/telemetry/gateways", f"/telemetry/lifts/{at.lift.id}"):
        assert browser.get(path).status_code == 200
    address = f"/telemetry/events/{at.lift.id}/{fault}"
    assert browser.post(address, data={"state": "cleared", "reason": ""}).status_code == 422
    assert browser.post(address, data={"state": "cleared", "reason": "已到场复位"}).status_code == 302
    row = reported()
    assert (row.state, row.reason, row.decided_by) == (EventState.CLEARED, "已到场复位", at.boss.id)
    assert browser.post(address, data={"state": "finding", "reason": "再看"}).status_code == 409


def test_a_finding_comes_of_a_person_and_is_no_hazard(at: Place, fault: UUID) -> None:
    with make.writing():
        decisions.decide(reported(), EventState.FINDING, "门机皮带断裂", by=at.viewer(at.boss))
    db.session.rollback()
    finding = db.session.scalars(visible(SYSTEM, Finding)).one()
    assert (finding.source, finding.source_id, finding.state) == ("telemetry", fault, "open")
    assert db.session.scalars(visible(SYSTEM, Hazard)).all() == []


@pytest.mark.parametrize("who", ["anna", "safe"])
def test_who_only_reads_does_not_decide(client: FlaskClient, at: Place, fault: UUID, who: str) -> None:
    person = getattr(at, who)
    browser = signed_in(client, person)
    page = browser.get(f"/telemetry/events/{at.lift.id}/{fault}")
    assert (page.status_code, b'name="state"' in page.data) == (200, False)
    with pytest.raises(NotAllowed):
        decisions.decide(reported(), EventState.CLEARED, "无", by=at.viewer(person))


def test_another_firm_sees_nothing_of_it(client: FlaskClient, at: Place, fault: UUID) -> None:
    other = make.organisation(OrganisationKind.FIRM)
    browser = signed_in(client, make.user(other, Role.FIRM_MANAGER))
    assert browser.get(f"/telemetry/events/{at.lift.id}/{fault}").status_code == 404
    assert browser.get(f"/telemetry/lifts/{at.lift.id}").status_code == 404
    assert CODE.encode() not in browser.get("/telemetry").data


def test_two_who_decide_at_once_do_not_both(at: Place, fault: UUID) -> None:
    row = reported()
    with make.writing():
        decisions.decide(row, EventState.CLEARED, "复位", by=at.viewer(at.boss))
    with make.writing(), pytest.raises(Conflict):
        decisions.decide(row, EventState.FINDING, "复位", by=at.viewer(at.boss))


def test_a_makers_words_are_read_as_ours(
    client: FlaskClient, at: Place, gateway: tuple[Device, str], send: Send
) -> None:
    browser = signed_in(client, at.boss)
    address = f"/telemetry/gateways/{gateway[0].id}"
    fields = "dev.no = lift\nts = at\ntype = kind\nerr = code\nuid = event_id"
    assert (
        browser.post(address, data={"fields": fields, "codes": "E21 = door\nERR = fault"}).status_code == 302
    )
    theirs: dict[str, Any] = event()
    message = {
        "dev": {"no": CODE},
        "ts": theirs["at"],
        "type": "ERR",
        "err": "E21",
        "uid": theirs["event_id"],
        "x": 1,
    }
    assert send(message) == (200, {"taken": 1, "left_out": []})
    assert (reported().code, reported().id) == ("door", UUID(theirs["event_id"]))


MAPPINGS = [("lift", ""), ("a = nothing_of_ours", ""), ("a b c", ""), ("", "E21 door")]


@pytest.mark.parametrize(("fields", "codes"), MAPPINGS)
def test_a_line_that_maps_nothing_is_named(
    at: Place, gateway: tuple[Device, str], fields: str, codes: str
) -> None:
    with make.writing(), pytest.raises(Invalid):
        decisions.set_mapping(gateway[0], fields, codes, by=at.viewer(at.boss))


def test_a_password_is_shown_once_and_kept_as_mosquitto_keeps_it(
    client: FlaskClient, at: Place, gateway: tuple[Device, str]
) -> None:
    browser = signed_in(client, at.boss)
    page = browser.post(f"/telemetry/gateways/{gateway[0].id}/password")
    assert page.status_code == 201
    setting = decisions.setting_of(gateway[0])
    assert setting is not None
    kind, rounds, salt, digest = setting.password_hash.split("$")[1:]
    assert (kind, rounds, len(salt), len(digest)) == ("7", "20000", 16, 88)
    assert setting.password_hash.encode() not in page.data
