"""`python -m jobs.mqtt`: the one process that listens to the MQTT broker of the lifts' gateways
(docs/telemetry.md).

A message is acknowledged to the broker once it is committed: what was not stays there (QoS 1, a session that
outlives this process) and comes again, which changes nothing. Commits are at most one a second, each with
everything that came meanwhile.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy.exc import DBAPIError

from equipment import create_app
from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Busy
from equipment.people.models import Device
from equipment.people.queries import device_viewer
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.storage import db
from equipment.storage.db import session, transaction
from equipment.telemetry import watch
from equipment.telemetry.actions import limits_now, note_left_out, take
from equipment.telemetry.decisions import setting_of
from equipment.telemetry.forms import messages_of_payload
from equipment.telemetry.rules import TOPIC, Allowance, GatewayMessage, LeftOut, topic_in
from equipment.telemetry.states import ReportFault

EVERY_S, BEAT_EVERY_S, AGAIN_S = 1.0, 15.0, 5.0
MOST = 2000  # payloads of one commit
log = structlog.get_logger()


class Payload(NamedTuple):
    """One message of the broker, not yet acknowledged."""

    topic: str
    content: bytes
    mid: int
    qos: int


@dataclass
class Inbox:
    """What came from the broker and waits for the next commit."""

    _waiting: list[Payload] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _allowances: dict[UUID, Allowance] = field(default_factory=dict)

    def put(self, payload: Payload) -> None:
        with self._lock:
            self._waiting.append(payload)

    def first(self) -> list[Payload]:
        """The oldest payloads; they stay until they are done with."""
        with self._lock:
            return self._waiting[:MOST]

    def done(self, payloads: Sequence[Payload]) -> None:
        with self._lock:
            del self._waiting[: len(payloads)]

    def commit(self, payloads: Sequence[Payload]) -> None:
        """Take payloads in one transaction; where one gateway's cannot be taken, each gateway by itself, so
        that nobody's fault is another's."""
        by_gateway: dict[UUID, list[tuple[str, bytes]]] = defaultdict(list)
        for payload in payloads:
            topic = topic_in(payload.topic)
            if topic is None:
                log.warning("mqtt topic not understood", topic=payload.topic[:200])
                continue
            by_gateway[topic.gateway].append((topic.lift, payload.content))
        try:
            with transaction():
                for gateway, contents in by_gateway.items():
                    self._take(gateway, contents)
        except (Busy, DBAPIError):
            raise
        except Exception:
            log.exception("mqtt batch failed; each gateway is tried by itself")
            self._commit_apart(by_gateway)

    def _commit_apart(self, by_gateway: Mapping[UUID, Sequence[tuple[str, bytes]]]) -> None:
        for gateway, contents in by_gateway.items():
            try:
                with transaction():
                    self._take(gateway, contents)
            except (Busy, DBAPIError):
                raise
            except Exception:
                log.exception(
                    "messages of a gateway were left out", gateway=str(gateway), messages=len(contents)
                )

    def _take(self, gateway_id: UUID, contents: Iterable[tuple[str, bytes]]) -> None:
        alive = visible(SYSTEM, Device).where(
            Device.id == gateway_id, Device.kind == DeviceKind.GATEWAY, Device.revoked_at.is_(None)
        )
        gateway = session.scalar(alive)
        if gateway is None:
            log.warning("mqtt gateway not known or revoked", gateway=str(gateway_id))
            return
        setting = setting_of(gateway)
        fields, codes = (setting.fields, setting.codes) if setting else ({}, {})
        messages: list[GatewayMessage] = []
        left_out: list[LeftOut] = []
        for lift, content in contents:
            read, unread = messages_of_payload(content, fields, codes, lift)
            messages += read
            left_out += unread
        allowed, flood = self._allowed(gateway_id, messages)
        taken = take(gateway, allowed, by=device_viewer(gateway, None))
        note_left_out(gateway, [*left_out, *flood])
        if taken.left_out or left_out or flood:
            log.info("mqtt messages left out", gateway=str(gateway_id), taken=taken.messages)

    def _allowed(
        self, gateway_id: UUID, messages: Sequence[GatewayMessage]
    ) -> tuple[list[GatewayMessage], list[LeftOut]]:
        """What a gateway may send of it: faults and alarms always, states up to its allowance, the newest of
        them; counters of the newest say what those before it said."""
        allowance = self._allowances.setdefault(gateway_id, Allowance(1))
        allowance.per_minute = limits_now(clock.today()).per_minute
        states = [message for message in messages if not message.is_event]
        allowed = allowance.take(len(states), time.monotonic())
        surplus = states[: len(states) - allowed]
        dropped = {id(message) for message in surplus}
        flood = [LeftOut(ReportFault.FLOOD, surplus[-1].raw, messages=len(surplus))] if surplus else []
        return [message for message in messages if id(message) not in dropped], flood


class Subscriber:
    """The connection to the broker, and the loop that commits what comes through it."""

    def __init__(self, settings: Settings) -> None:
        self.inbox, self.stopping = Inbox(), threading.Event()
        self._address = urlsplit(settings.mqtt_url)
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="tracker", clean_session=False, manual_ack=True
        )
        if self._address.username:
            client.username_pw_set(unquote(self._address.username), unquote(self._address.password or ""))
        if self._address.scheme == "mqtts":
            client.tls_set(ca_certs=settings.mqtt_ca or None)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 30)

    def _on_connect(self, client: paho.Client, *_rest: object) -> None:
        client.subscribe(f"{TOPIC}/#", qos=1)
        log.info("mqtt connected", broker=self._address.hostname)

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        self.inbox.put(Payload(message.topic, message.payload, message.mid, message.qos))

    def run(self) -> None:
        """Until told to stop: once a second commit what came, then acknowledge it."""
        port = self._address.port or (8883 if self._address.scheme == "mqtts" else 1883)
        self._client.connect_async(self._address.hostname or "localhost", port)
        self._client.loop_start()
        beat_at = 0.0
        while not self.stopping.wait(EVERY_S):
            try:
                self.once()
                if self._client.is_connected() and time.monotonic() >= beat_at:
                    watch.beat()
                    beat_at = time.monotonic() + BEAT_EVERY_S
            except (Busy, DBAPIError):
                log.exception("mqtt messages wait: the database cannot be written")
                self.stopping.wait(AGAIN_S)
            finally:
                session.remove()
        self.once()
        self._client.disconnect()
        self._client.loop_stop()

    def once(self) -> int:
        """Commit what waits and acknowledge it; how many payloads."""
        payloads = self.inbox.first()
        if payloads:
            self.inbox.commit(payloads)
            self.inbox.done(payloads)
            for payload in payloads:
                self._client.ack(payload.mid, payload.qos)
        return len(payloads)


def main() -> None:
    settings = Settings.from_environment()
    if not settings.mqtt_url:
        raise SystemExit("MQTT_URL is not set.")
    db.patience_s = 30
    app = create_app(settings)
    subscriber = Subscriber(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: subscriber.stopping.set())
    with app.app_context():
        subscriber.run()


if __name__ == "__main__":
    main()
