"""物联网监测 of the demonstration: the gateways of one firm, a dozen lifts that report for a month, one that
fell silent, two faults that wait and one that is decided. Told through the action behind the interface, a day
in one batch; dice of its own, so that nothing else of the city moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.devices import NewDevice, enrol
from equipment.people.models import Device, Organisation
from equipment.people.queries import device_viewer
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.telemetry.actions import take, watch_links
from equipment.telemetry.decisions import decide
from equipment.telemetry.models import LiftEvent
from equipment.telemetry.rules import GatewayMessage
from equipment.telemetry.states import EventState, FaultCode, SignalKind

SEED, FIRM, DAYS, LIFTS = "telemetry", 0, 31, 12
KEPT_BACK = 6  # lifts of the firm whose records its own system uploads
STEP = timedelta(minutes=10)
RUNS = (0, 0, 0, 0, 0, 1, 3, 7, 6, 3, 3, 4, 5, 4, 3, 3, 4, 7, 8, 6, 4, 3, 2, 1)  # in a step, by the hour
AT_ONCE = timedelta(seconds=2)
SILENT, SILENT_FOR = LIFTS - 1, timedelta(hours=62)  # which of them, with a gateway of its own
CUT_OFF, CUT_ON = 5, 12  # a lift whose line was down from morning to evening, so many days ago
IN_REPAIR = 20  # one day of so many has an hour of maintenance
REASON = "门机皮带打滑，已更换皮带并试运行，未构成事故隐患"


class Outage(NamedTuple):
    """A fault that stops one of the lifts: how long ago it came, how long it lasted (None: it lasts)."""

    place: int
    ago: timedelta
    lasted: timedelta | None
    code: FaultCode
    text: str


OUTAGES = (
    Outage(2, timedelta(days=9, hours=3), timedelta(hours=5), FaultCode.DOOR, "3层层门重复开关门"),
    Outage(7, timedelta(days=1, hours=5), timedelta(hours=2), FaultCode.SAFETY_CIRCUIT, "安全回路断开"),
    Outage(4, timedelta(minutes=50), None, FaultCode.OUTSIDE_ZONE, "停在门区外，已自动告警"),
)
DECIDED = 0


def telemetry_of_weeks(city: City, lifts: Sequence[Piece]) -> None:
    monitored = MonitoredLifts(city, lifts)
    monitored.connect()
    for since, until in pairwise(monitored.moments()):
        monitored.report(since, until)
    monitored.decide_one()
    with transaction():
        watch_links(clock.now())


class MonitoredLifts:
    """The lifts that report, their gateways, and what was counted so far."""

    def __init__(self, city: City, lifts: Sequence[Piece]) -> None:
        self.city, self.now = city, clock.now()
        self.dice = Random(SEED)  # noqa: S311  (a demonstration)
        self.firm = city.of(OrganisationKind.FIRM)[FIRM]
        own = [lift for lift in lifts if lift.row["maintenance_firm_id"] == self.firm.id]
        quiet = [lift for lift in own if lift.story == "" and lift.row["status"] == "in_use"]
        self.lifts = quiet[-KEPT_BACK - LIFTS : -KEPT_BACK]
        self.runs = [self.dice.randrange(40_000, 900_000) for _ in self.lifts]
        self.doors = [2 * runs + self.dice.randrange(20_000) for runs in self.runs]
        self.pace = [self.dice.uniform(0.5, 1.3) for _ in self.lifts]
        self.events: dict[Outage, UUID] = {}

    def connect(self) -> None:
        """A gateway for most of them, and one for the lift that falls silent."""
        with clock.played(clock.site_midnight(self.city.today - timedelta(days=DAYS + 1))), transaction():
            organisation = session.get_one(Organisation, self.firm.id)
            self.gateway, self.city.tokens["gateway"] = self._enrol(organisation, "物联网关 1号（演示）")
            self.alone, _token = self._enrol(organisation, "物联网关 2号（演示）")

    def _enrol(self, organisation: Organisation, name: str) -> tuple[tuple[Device, Viewer], str]:
        device, token = enrol(organisation, NewDevice(DeviceKind.GATEWAY, name), by=SYSTEM)
        session.flush()
        return (device, device_viewer(device, None)), token

    def moments(self) -> list[datetime]:
        """When the gateways send what they have: at midnight, and at once when there is news."""
        mornings = [clock.site_midnight(self.city.today - timedelta(days=days)) for days in range(DAYS + 1)]
        news = [self.now - outage.ago + AT_ONCE for outage in OUTAGES]
        news += [
            self.now - outage.ago + outage.lasted + AT_ONCE for outage in OUTAGES if outage.lasted is not None
        ]
        return sorted([*mornings, *news, self.now - SILENT_FOR, self.now])

    def report(self, since: datetime, until: datetime) -> None:
        """What both gateways say of this time, when it is over."""
        on = clock.site_day(since)
        by_lift = [
            list(self._states(place, on, since, until)) + list(self._events(place, since, until))
            for place in range(len(self.lifts))
        ]
        if until == self.now:
            by_lift[0].append(
                self._message("DT-0093", until - STEP, SignalKind.ALARM, FaultCode.ALARM_BUTTON)
            )
        others = [
            message for place, messages in enumerate(by_lift) if place != SILENT for message in messages
        ]
        with clock.played(until), transaction():
            for (device, by), messages in ((self.gateway, others), (self.alone, by_lift[SILENT])):
                if messages:
                    take(device, messages, by=by)

    def _states(self, place: int, on: date, since: datetime, until: datetime) -> Iterator[GatewayMessage]:
        """A state every few minutes; hours of maintenance and of faults are out of service."""
        number = str(self.lifts[place].row["label_code"])
        ago = (self.city.today - on).days
        repaired = self.dice.randrange(9, 16) if self.dice.randrange(IN_REPAIR) == 0 else None
        for step in range(-(-(until - since) // STEP)):
            at = since + step * STEP
            hour = clock.site_time(at).hour
            runs_on = hour != repaired and not any(
                _stands(outage, self.now - at) for outage in self._outages(place)
            )
            if runs_on:
                runs = round(RUNS[hour] * self.pace[place] * self.dice.uniform(0.3, 1.7))
                self.runs[place] += runs
                self.doors[place] += 2 * runs + (runs > 3)
            is_cut = place == CUT_OFF and ago == CUT_ON and 8 <= hour < 19
            if not is_cut and not (place == SILENT and at >= self.now - SILENT_FOR):
                counters = self.runs[place], self.doors[place]
                yield GatewayMessage(number, SignalKind.STATUS, at, runs_on, *counters)

    def _outages(self, place: int) -> list[Outage]:
        return [outage for outage in OUTAGES if outage.place == place]

    def _events(self, place: int, since: datetime, until: datetime) -> Iterator[GatewayMessage]:
        """The faults of this time, and the ends of faults."""
        number = str(self.lifts[place].row["label_code"])
        for outage in self._outages(place):
            began = self.now - outage.ago
            if since <= began < until:
                message = self._message(number, began, SignalKind.FAULT, outage.code, outage.text)
                self.events[outage] = message.event_id or new_id()
                yield message
            if outage.lasted is not None and since <= began + outage.lasted < until:
                over = self._message(number, began + outage.lasted, SignalKind.RESTORED)
                yield over._replace(event_id=self.events[outage])

    def _message(
        self, number: str, at: datetime, kind: SignalKind, code: FaultCode = FaultCode.OTHER, text: str = ""
    ) -> GatewayMessage:
        raw = f'{{"lift": "{number}", "kind": "{kind}", "code": "{code}"}}'
        return GatewayMessage(number, kind, at, event_id=new_id(), code=code, text=text, raw=raw)

    def decide_one(self) -> None:
        """The manager of the firm says on the next day what one of them was."""
        outage = OUTAGES[DECIDED]
        with clock.played(self.now - outage.ago + timedelta(hours=19)), transaction():
            wanted = visible(SYSTEM, LiftEvent).where(LiftEvent.id == self.events[outage])
            event = session.scalars(wanted).one()
            decide(event, EventState.CLEARED, REASON, by=person_of(self.firm, Role.FIRM_MANAGER))


def _stands(outage: Outage, ago: timedelta) -> bool:
    """Whether the lift stood so long ago."""
    return ago <= outage.ago and (outage.lasted is None or ago > outage.ago - outage.lasted)
