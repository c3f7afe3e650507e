"""A use unit with lifts and the bureau above it, from the tests of orders."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.orders.town import OrderTown


@pytest.fixture
def town(app: Flask) -> OrderTown:
    return OrderTown()
