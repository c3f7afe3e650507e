"""A station that fills, with its devices, and an inspection body."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.fills.conftest import Hall, hall_of


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)
