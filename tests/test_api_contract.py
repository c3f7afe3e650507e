"""The API against its own specification: no request of the shapes it describes makes the server stumble."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings

from equipment.people.rules import DeviceKind, Role
from tests import make

EXAMPLES = 12


@pytest.fixture
def token(app: Flask) -> str:
    """A fill controller whose person is certified."""
    station = make.station()
    person = make.user(station, Role.OPERATOR, certificate="P")
    return make.device(station, DeviceKind.CONTROLLER, person=person)[1]


def test_no_described_request_makes_the_server_stumble(app: Flask, token: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        stumble(operation, token)
    assert len(operations) > 10


def stumble(operation: Any, token: str) -> None:
    """Send generated requests of one operation; every answer is below 500 and errors are problem bodies."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 500, f"{operation.method} {operation.path}: {answer.text}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], (
                f"{operation.method} {operation.path}: {answer.text}"
            )

    send()
