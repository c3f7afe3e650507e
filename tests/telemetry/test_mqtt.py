"""A real Mosquitto over TLS, with the password and ACL files that `flask broker-files` writes: a message is
acknowledged once it is on disk, and nobody speaks for another."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import paho.mqtt.client as paho
import pytest
from flask import Flask
from paho.mqtt.enums import CallbackAPIVersion

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind
from equipment.people.scope import visible
from equipment.shell.certificates import certificate_for
from equipment.storage import db
from equipment.telemetry import decisions, watch
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from equipment.telemetry.rules import TOPIC
from jobs.mqtt import Inbox, Payload, Subscriber
from tests import make
from tests.maintenance.place import CODE, Place
from tests.telemetry.conftest import event, status

TRACKER_PASSWORD = "only for this test"


def rows(model: type[Any]) -> list[Any]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(visible(SYSTEM, model)))


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    for _ in range(int(seconds * 10)):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")


class Broker:
    """Mosquitto on a port of its own; `subscriber` is the tracker's side, run by hand."""

    def __init__(self, folder: Path, settings: Settings, app: Flask) -> None:
        self.folder, self.app = folder, app
        certificate, key = certificate_for(settings.folder, "127.0.0.1")
        self.authority = settings.folder / "tls" / "ca.crt"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
            f"password_file {folder}/passwords\nacl_file {folder}/acl\nallow_anonymous false\n"
            f"persistence true\npersistence_location {folder}/\nmax_inflight_messages 0\nuser root\n"
        )
        self.settings = replace(
            settings,
            mqtt_url=f"mqtts://tracker:{TRACKER_PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}",
            mqtt_ca=str(self.authority),
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        tracker = decisions.mosquitto_hash(TRACKER_PASSWORD, b"0123456789ab")
        runner = self.app.test_cli_runner()
        written = runner.invoke(args=["broker-files", str(self.folder), "--tracker-hash", tracker])
        assert written.exit_code == 0, written.output
        self.process = subprocess.Popen(
            ["/usr/sbin/mosquitto", "-c", str(self.folder / "mosquitto.conf")],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        until(answers)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def client(self, name: str, password: str) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.username_pw_set(name, password)
        client.tls_set(ca_certs=str(self.authority), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        until(client.is_connected)
        return client

    def listening(self) -> Subscriber:
        """The tracker's side, connected; its batches are committed by `once()`."""
        subscriber = Subscriber(self.settings)
        subscriber._client.connect("127.0.0.1", self.port)
        subscriber._client.loop_start()
        until(subscriber._client.is_connected)
        return subscriber


@pytest.fixture
def gateway(at: Place) -> Device:
    return make.device(at.firm, DeviceKind.GATEWAY)[0]


@pytest.fixture
def broker(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path, settings, app)
    yield made
    made.stop()


def cut(client: paho.Client) -> None:
    """The connection ends as if its process were killed: nothing is said to the broker."""
    client.loop_stop()
    client._sock_close()


def password_of(gateway: Device, at: Place) -> str:
    with make.writing():
        return decisions.give_password(gateway, by=at.viewer(at.boss))


def published(client: paho.Client, topic: str, message: object) -> None:
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    client.publish(topic, content, qos=1).wait_for_publish(10)


def test_a_message_is_acknowledged_once_it_is_on_disk(broker: Broker, at: Place, gateway: Device) -> None:
    password = password_of(gateway, at)
    broker.start()
    first = broker.listening()
    client = broker.client(str(gateway.id), password)
    topic = f"{TOPIC}/{gateway.id}/{CODE}"
    without_lift = {name: value for name, value in status(-1, runs=5).items() if name != "lift"}
    published(client, topic, without_lift)
    published(client, topic, [status(runs=9), event("alarm", "trapped")])
    published(client, topic, b"{ no json")
    until(lambda: len(first.inbox.first()) == 3)
    cut(first._client)  # killed before it committed anything
    assert rows(LiftLink) == []
    second = broker.listening()
    until(lambda: len(second.inbox.first()) == 3)
    assert second.once() == 3
    assert [row.code for row in rows(LiftEvent)] == ["trapped"]
    assert sum(day.runs for day in rows(LiftDay)) == 4
    assert [(row.fault, row.messages) for row in rows(GatewayFault)] == [("no_json", 1)]
    time.sleep(0.5)
    cut(second._client)
    third = broker.listening()
    time.sleep(1)
    assert third.inbox.first() == []  # nothing comes a third time
    for one in (third._client, client):
        cut(one)


def test_nobody_speaks_under_the_name_of_another(broker: Broker, at: Place, gateway: Device) -> None:
    other = make.device(make.organisation(OrganisationKind.FIRM), DeviceKind.GATEWAY)[0]
    password = password_of(gateway, at)
    broker.start()
    subscriber = broker.listening()
    client = broker.client(str(gateway.id), password)
    published(client, f"{TOPIC}/{other.id}/{CODE}", status())
    published(client, f"{TOPIC}/{gateway.id}/{CODE}", status(runs=3))
    until(lambda: len(subscriber.inbox.first()) == 1)
    subscriber.once()
    assert [link.device_id for link in rows(LiftLink)] == [gateway.id]
    wrong = paho.Client(CallbackAPIVersion.VERSION2, client_id="stranger")
    codes: list[int] = []
    wrong.on_connect = lambda _c, _u, _f, reason, _p: codes.append(reason.value)
    wrong.username_pw_set(str(gateway.id), "guessed")
    wrong.tls_set(ca_certs=str(broker.authority))
    wrong.connect("127.0.0.1", broker.port)
    wrong.loop_start()
    until(lambda: bool(codes))
    assert codes[0] == 135  # not authorised
    for one in (wrong, client, subscriber._client):
        cut(one)


def payload(gateway_id: UUID, message: object, lift: str = CODE) -> Payload:
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Payload(f"{TOPIC}/{gateway_id}/{lift}", content, 1, 1)


def test_the_faults_of_one_gateway_are_not_those_of_another(at: Place, gateway: Device) -> None:
    stranger = new_id()
    batch = [
        payload(gateway.id, {**status(runs=3), "runs": 10**30}),
        payload(gateway.id, status(runs=4)),
        payload(gateway.id, b"\xff\xfe"),
        payload(stranger, status()),
        Payload("something/else", b"{}", 2, 1),
        payload(gateway.id, event("alarm", "trapped", lift="DT-0"), lift="DT-0"),
    ]
    Inbox().commit(batch)
    assert [link.runs for link in rows(LiftLink)] == [4]
    noted = sorted((row.fault, row.lift, row.is_alarm) for row in rows(GatewayFault))
    assert noted == [("no_json", CODE, False), ("unknown_lift", "DT-0", True), ("wrong_fields", CODE, False)]


def test_a_flood_keeps_the_newest_states_and_every_alarm(at: Place, gateway: Device) -> None:
    inbox = Inbox()
    states = [payload(gateway.id, status(-10 + number / 200, runs=number)) for number in range(1500)]
    inbox.commit([*states[:700], payload(gateway.id, event("alarm", "trapped")), *states[700:]])
    assert [link.runs for link in rows(LiftLink)] == [1499]
    assert len(rows(LiftEvent)) == 1
    (flood,) = rows(GatewayFault)
    assert (flood.fault, flood.messages) == ("flood", 300)


def test_a_broker_that_is_not_heard_is_a_trouble(app: Flask, settings: Settings) -> None:
    now = clock.now()
    watch.connect(replace(settings, mqtt_url="mqtt://localhost"))
    assert [trouble.code for trouble in watch.troubles(now)] == ["mqtt:silent"]
    watch.beat()
    assert watch.troubles(clock.now()) == []
    watch.connect(settings)
    assert watch.troubles(now) == []
