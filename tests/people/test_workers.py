"""Two server processes on one database: what one of them ends, the other refuses within five seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import ROOT, Settings
from equipment.people import accounts, devices, organisations
from equipment.people.models import Device, Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.storage import db
from tests import make

WITHIN_S = 5
Sign = Callable[[User], FlaskClient]

# Asks without a pause with everything it is given; says when all of it is accepted, and in the end when each
# was accepted last.
OTHER_WORKER = """
import json, sys, time
from equipment import create_app
app = create_app()
tokens, sessions = json.loads(sys.stdin.readline())
asks = {}
for name, token in tokens.items():
    asks[name] = (app.test_client(), "/api/v1/fills/open", {"Authorization": "Bearer " + token}, 200)
for name, value in sessions.items():
    client = app.test_client()
    client.set_cookie("session", value)
    asks[name] = (client, "/me", {}, 200)
accepted, refused = {}, set()
while refused < set(asks):
    for name, (client, address, headers, status) in asks.items():
        began = time.time()
        if client.get(address, headers=headers).status_code == status:
            accepted[name] = began
        elif name in accepted:
            refused.add(name)
    if set(accepted) == set(asks) and not refused:
        print("accepted", flush=True)
    time.sleep(0.05)
print(json.dumps(accepted), flush=True)
"""


def test_another_worker_refuses_what_this_one_ended_within_five_seconds(
    app: Flask, settings: Settings, signed_in: Sign
) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR)
    chief = viewer_of(make.user(bureau, Role.ADMINISTRATOR))
    station, closed_station = make.station("一站"), make.station("二站")
    leaver, shut_out = make.user(station, Role.OPERATOR), make.user(closed_station, Role.STATION_OWNER)
    controller, revoked = make.device(station, DeviceKind.CONTROLLER)
    _other, deactivated = make.device(closed_station, DeviceKind.CONTROLLER)
    tokens = {"revoked device": revoked, "device of a deactivated organisation": deactivated}
    sessions = {
        "closed account": cookie(signed_in(leaver)),
        "person of a deactivated organisation": cookie(signed_in(shut_out)),
    }
    env = {
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
        "PUBLIC_URL": settings.public_url,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", OTHER_WORKER],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(json.dumps([tokens, sessions]) + "\n")
    worker.stdin.flush()
    try:
        assert worker.stdout.readline() == "accepted\n"
        with db.transaction():
            devices.revoke(db.session.get_one(Device, controller.id), by=chief)
            accounts.close_account(db.session.get_one(User, leaver.id), by=chief)
            closed = db.session.get_one(Organisation, closed_station.id)
            organisations.change_organisation(closed, {"active": False}, by=chief, identity=True)
        ended = time.time()
        last = json.loads(next(line for line in worker.stdout if line != "accepted\n"))
    finally:
        worker.kill()
        worker.communicate()
    assert set(last) == {*tokens, *sessions}
    assert {name: at - ended for name, at in last.items() if at - ended > WITHIN_S} == {}


def cookie(browser: FlaskClient) -> str:
    """The session of a browser that has shown one page."""
    assert browser.get("/me").status_code == 200
    found = browser.get_cookie("session")
    assert found
    return found.value
