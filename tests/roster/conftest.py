"""A worker that checks and adds lists of people while pages are asked."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.roster import work
from equipment.tasks import children
from equipment.tasks.runner import Runner
from tests import make

KINDS = {"people.roster_check": work.check, "people.roster": work.add, "people.roster_passwords": work.renew, "people.roster_template": work.blank}
children.preload("equipment.roster.reading")


@pytest.fixture
def worker(app: Flask) -> Iterator[Runner]:
    """Runs every task until the test ends."""
    runner = Runner("test", KINDS)

    def loop() -> None:
        with app.app_context():
            while not runner.stopping.is_set():
                if not runner.run_one():
                    time.sleep(0.02)
    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    yield runner
    runner.stopping.set()
    thread.join(10)


@pytest.fixture
def administrator(app: Flask) -> User:
    bureau = make.organisation(OrganisationKind.REGULATOR, "白银市市场监督管理局", area=make.CITY)
    return make.user(bureau, Role.ADMINISTRATOR, Role.SUPERVISOR)
