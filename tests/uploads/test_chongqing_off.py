"""The interface of Chongqing is off as shipped."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_switched_off_its_addresses_are_unknown_ones(client: FlaskClient) -> None:
    for address in ("/api/authService/login", "/api/wlw/maintenance/entity/queryID", "/api/wlw/"):
        for method in ("GET", "POST"):
            answer = client.open(address, method=method)
            assert (answer.status_code, answer.get_json()["code"]) == (404, "no_address")
