"""This morning's shifts at the leading station: who handed over to whom, the truck that brought the
bottles, and two bottles without a code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from equipment.core import clock
from equipment.fills.models import Delivery, Scan
from equipment.fills.rules import FillFacts, FillPack, may_fill
from equipment.fills.states import ScanPurpose
from equipment.people.models import OnDuty
from equipment.people.rules import Role
from equipment.register.rules import Outcome
from equipment.shell.demo.city import Unit
from equipment.shell.demo.writing import Book, TableRow
from equipment.storage.db import Base

UNREADABLE = ("20458117", "HTTP://OLD.EXAMPLE/Q/88213")


def hand_over(book: Book, station: Unit, begin: datetime, now: datetime) -> None:
    """One shift that ended in the middle of the morning, and the one that goes on."""
    first, second = station.people[Role.OPERATOR][:2]
    middle = begin + (now - begin) / 2
    for person, since, until in ((first, begin, middle), (second, middle, None)):
        device = station.devices["floor"]["id"]
        duty = book.add(
            OnDuty,
            organisation_id=station.id,
            id=book.id(),
            device_id=device,
            user_id=person["id"],
            since=since,
            until=None,
        )
        book.tell(since, "device", device, "duty.began", [(OnDuty, duty)], by=person, duty=duty["id"])
        if until is not None:
            duty["until"] = until
            book.tell(until, "device", device, "duty.ended", [(OnDuty, duty)], by=person, duty=duty["id"])


def truck(book: Book, station: Unit, scans: Sequence[TableRow], begin: datetime) -> None:
    """收瓶: what was scanned at the truck came in one delivery."""
    person = station.people[Role.OPERATOR][0]
    delivery = book.add(
        Delivery,
        organisation_id=station.id,
        id=book.id(),
        device_id=station.devices["floor"]["id"],
        user_id=person["id"],
        from_whom="城东配送站（演示）",
        opened_at=begin,
        closed_at=max(scan["happened_at"] for scan in scans),
    )
    row: list[tuple[type[Base], TableRow]]
    for scan in scans:
        scan["delivery_id"] = delivery["id"]
        row = [(Scan, scan)]
        book.tell(scan["happened_at"], "organisation", station.id, "scan.received", row, scan=scan["id"])
    key, closed = delivery["id"], delivery["closed_at"]
    row = [(Delivery, delivery)]
    book.tell(closed, "organisation", station.id, "delivery.closed", row, by=person, delivery=key)


def without_code(book: Book, pack: FillPack, station: Unit, begin: datetime) -> None:
    """R01: labels that nothing on file belongs to."""
    for place, code in enumerate(UNREADABLE, 1):
        at, person = begin + timedelta(minutes=9 * place), station.people[Role.OPERATOR][place % 2]
        verdict = may_fill(pack.book({}), None, FillFacts(reading=Outcome.UNKNOWN, gas="LPG"), {})
        content = {"code": code, "gas": "LPG", "bay": f"{place}", "happened_at": at.isoformat()}
        answer: dict[str, object] = {
            "fill_id": None,
            "allowed": False,
            "reasons": verdict.as_json(),
            "items": [],
            "given": {},
            "flags": [],
            "equipment": None,
        }
        scan = book.add(
            Scan,
            id=book.id(),
            purpose=ScanPurpose.FILL,
            code=code,
            organisation_id=station.id,
            device_id=station.devices["floor"]["id"],
            user_id=person["id"],
            allowed=False,
            happened_at=at,
            received_at=at + timedelta(seconds=1),
            on=clock.site_day(at),
            drift_s=1,
            content=json.dumps(content, ensure_ascii=False),
            answer=json.dumps(answer, ensure_ascii=False),
        )
        book.tell(at, "organisation", station.id, "fill.refused", [(Scan, scan)], by=person, scan=scan["id"])
