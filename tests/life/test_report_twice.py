"""A report that a phone held back, or that arrives twice: recorded once, its number again, late or not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.intake.models import Receipt
from equipment.life.actions import ReportDraft, receive
from equipment.life.models import PublicReport
from equipment.life.states import ReportKind
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.queries import piece
from equipment.storage import db
from tests import make
from tests.intake.at_once import twice_at_once
from tests.life.test_public import HERE, cylinder, photo

LEAK = {"kind": "leak", "description": "漏气"}


def reports() -> list[PublicReport]:
    return list(db.session.scalars(visible(SYSTEM, PublicReport)))


def send(client: FlaskClient, code: str, *, lang: str = "", **typed: Any) -> Any:
    data = {**LEAK, "code": code, "happened_at": clock.now().isoformat(), **typed}
    return client.post(f"/api/v1/reports{lang}", headers=HERE, data=data, content_type="multipart/form-data")


def test_a_phone_sends_its_report_and_gets_the_same_number_again(client: FlaskClient) -> None:
    code, key = cylinder().label_code, str(new_id())
    at = clock.now().isoformat()
    first, again = (
        send(client, code, report_id=key, happened_at=at, photo=(photo(), "a.jpg")) for _ in range(2)
    )
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    assert first.json["url"] == f"/R/{first.json['number']}"
    assert [(str(one.id), bool(one.photo_sha256)) for one in reports()] == [(key, True)]


def test_the_same_id_with_other_words_is_a_conflict_that_names_them(client: FlaskClient) -> None:
    code, key, at = cylinder().label_code, str(new_id()), clock.now().isoformat()
    send(client, code, report_id=key, happened_at=at)
    other = send(client, code, report_id=key, happened_at=at, description="冒烟", phone="13900001234")
    assert (other.status_code, sorted(other.json["fields"])) == (409, ["description", "phone"])
    assert len(reports()) == 1


def test_the_same_report_twice_at_once_is_one(app: Flask) -> None:
    at, key = cylinder().id, new_id()

    def one() -> str:
        with db.transaction():
            report, _fresh = receive(piece(SYSTEM, at), ReportDraft(ReportKind("leak"), "漏气", id=key), None)
            return report.number

    first, second = twice_at_once(app, one)
    assert (first == second, len(reports())) == (True, 1)


def test_a_report_that_arrives_hours_late_counts_when_it_arrived_and_says_when_it_was_written(
    client: FlaskClient, signed_in: Callable[[User], FlaskClient]
) -> None:
    code, written = cylinder(area=make.TOWNSHIP).label_code, clock.now()
    with time_machine.travel(written + timedelta(hours=30)):
        sent = send(client, code, report_id=str(new_id()), happened_at=written.isoformat())
        assert sent.status_code == 201
        [report] = reports()
        assert report.received_at - written >= timedelta(hours=30)
        key = report.id
        db.session.expunge(report)
        bureau = make.organisation(OrganisationKind.REGULATOR)
        desk = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY))
        assert f"{written.astimezone(clock.SITE):%Y-%m-%d %H:%M}" in desk.get(f"/reports/public/{key}").text


def test_words_without_an_id_are_the_same_report_on_the_same_day_only(client: FlaskClient) -> None:
    path = f"/T/{cylinder().label_code}/report"
    first, again = (client.post(path, headers=HERE, data=LEAK).location for _ in range(2))
    with time_machine.travel(clock.now() + timedelta(days=1)):
        later = client.post(path, headers=HERE, data=LEAK).location
    assert (first == again, first == later) == (True, False)


def test_a_form_changed_after_going_back_is_a_report_of_its_own(client: FlaskClient) -> None:
    path, key = f"/T/{cylinder().label_code}/report", str(new_id())
    assert f'name="report_id" value="{key}"' not in client.get(path).text
    client.post(path, headers=HERE, data={**LEAK, "report_id": key})
    changed = client.post(path, headers=HERE, data={**LEAK, "description": "冒烟", "report_id": key})
    assert (changed.status_code, "冒烟" in changed.text, key in changed.text) == (409, True, False)
    assert len(reports()) == 1


def test_what_was_counted_is_not_counted_when_it_is_sent_again(client: FlaskClient) -> None:
    code, at = cylinder().label_code, clock.now().isoformat()
    keys = [str(new_id()) for _ in range(11)]
    statuses = [send(client, code, report_id=key, happened_at=at).status_code for key in keys]
    again = send(client, code, report_id=keys[0], happened_at=at).status_code
    assert (statuses, again) == ([201] * 10 + [429], 200)


@pytest.mark.parametrize(
    ("headers", "typed", "status"),
    [
        ({}, {}, 403),
        ({"Origin": "https://evil.example"}, {}, 403),
        (HERE, {"website": "x"}, 400),
        (HERE, {"description": " "}, 422),
        (HERE, {"kind": "x"}, 422),
        (HERE, {"code": ""}, 404),
        (HERE, {"photo": (io.BytesIO(b"no photo"), "a.jpg")}, 422),
    ],
)
def test_what_cannot_be_a_report_is_refused_by_the_api_too(
    client: FlaskClient, headers: dict[str, str], typed: dict[str, Any], status: int
) -> None:
    data = {**LEAK, "code": cylinder().label_code, **typed}
    sent = client.post("/api/v1/reports", headers=headers, data=data, content_type="multipart/form-data")
    assert (sent.status_code, sent.mimetype, reports()) == (status, "application/problem+json", [])


def test_the_receipt_says_what_it_is(client: FlaskClient) -> None:
    send(client, cylinder().label_code, report_id=str(new_id()))
    [kept] = db.session.scalars(select(Receipt))
    assert (kept.kind, kept.organisation_id, kept.id) == ("public_report", None, reports()[0].id)
