"""Rates are remembered for some seconds; a test asks anew."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from equipment.reports import memory


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()
