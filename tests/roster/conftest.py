"""A worker that checks and adds lists of people while pages are asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.roster import work
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import at_work

KINDS = {
    "people.roster_check": work.check,
    "people.roster": work.add,
    "people.roster_passwords": work.renew,
    "people.roster_template": work.blank,
}


@pytest.fixture
def worker(app: Flask) -> Iterator[Runner]:
    """Runs every task until the test ends."""
    with at_work(app, KINDS) as runner:
        yield runner


@pytest.fixture
def administrator(app: Flask) -> User:
    bureau = make.organisation(OrganisationKind.REGULATOR, "白银市市场监督管理局", area=make.CITY)
    return make.user(bureau, Role.ADMINISTRATOR, Role.SUPERVISOR)
