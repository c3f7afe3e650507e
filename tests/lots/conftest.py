"""The town on the day the tests speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
import time_machine
from flask import Flask

from equipment.people.queries import viewer_of
from equipment.storage import db
from tests.dues.town import Town, town


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-03-10 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    """The town, its people readable after requests have ended the session."""
    there = town()
    for field in fields(there):
        db.session.refresh(getattr(there, field.name))
    for who in ("inspector", "colleague", "officer", "owner", "supervisor", "stranger"):
        viewer_of(getattr(there, who))
    db.session.expunge_all()
    return there
