"""The town on the day the tests speak of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.dues.town import Town, town


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-03-10 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()
