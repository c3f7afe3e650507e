"""What instance/demo.json tells is enough for a script: its reader's token and its cards make swipes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]


def test_a_script_swipes_with_the_reader_and_the_cards_of_the_demonstration(demo: dict[str, Any]) -> None:
    body = {
        "swipe_id": str(uuid4()),
        "card": demo["cards"]["lost"],
        "happened_at": datetime.now(UTC).isoformat(),
    }
    headers = {"Authorization": f"Bearer {demo['tokens']['reader']}", "Content-Type": "application/json"}
    with urlopen(
        Request(f"{demo['address']}/api/v1/swipes", json.dumps(body).encode(), headers), timeout=60
    ) as answer:
        told = json.load(answer)
    assert (answer.status, told["outcome"], [each["code"] for each in told["reasons"]]) == (
        201,
        "refused",
        ["card_lost"],
    )
