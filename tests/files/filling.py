"""A process whose disk is full after some writing: it sends until it is refused and says what was acknowledged.

Run as `python -m tests.files.filling BYTES`: no file may grow beyond BYTES (RLIMIT_FSIZE).
"""

from __future__ import annotations

import json
import logging
import resource
import sys

from flask.testing import FlaskClient

from equipment import create_app
from equipment.core.config import Settings
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from tests import make


def browser_of(settings: Settings) -> FlaskClient:
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False)
    person = db.session.scalars(visible(SYSTEM, User)).unique().one()
    browser = app.test_client()
    with browser.session_transaction() as kept:
        make.sign_in(person, kept)
    return browser


def send_until_refused(browser: FlaskClient, most: int = 3000) -> tuple[list[str], int, str]:
    """(addresses acknowledged, the status that ended it, its page)."""
    kept: list[str] = []
    for number in range(most):
        address = f"person{number}@tz.cn"
        answer = browser.post("/channels", data={"kind": "mail", "address": address})
        if answer.status_code != 303:
            return kept, answer.status_code, answer.get_data(as_text=True)
        kept.append(address)
    raise AssertionError("the disk never filled")


def main() -> None:
    logging.disable()
    browser = browser_of(Settings.from_environment())
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
    kept, status, page = send_until_refused(browser)
    print(json.dumps({"kept": kept, "status": status, "words": "磁盘已满" in page}))


if __name__ == "__main__":
    main()
