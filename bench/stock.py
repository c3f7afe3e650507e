"""A database with many cylinders of one station, made once by bulk inserts and kept for the next run."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.ledger.models import Chain, Event
from equipment.ledger.rules import GENESIS, ChainEvent, canonical, next_digest
from equipment.people.models import Area, Certificate, Device, Organisation, Paper, User
from equipment.people.queries import token_digest
from equipment.people.rules import DeviceKind, OrganisationKind, PaperKind
from equipment.register.codes import ALPHABET
from equipment.register.models import Equipment, Label
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.regulation.planning import DueKind
from equipment.shell import schema, tables
from equipment.storage import db

CHUNK = 5_000
MODELS = (("YSP35.5", 35500, 16500, 14900), ("YSP12", 12000, 6500, 5000), ("YSP118", 118000, 45000, 49500))


@dataclass(frozen=True)
class Stock:
    path: Path
    token: str
    url: str


def prepared(path: Path, cylinders: int, url: str) -> Stock:
    """The stock under `path`, made when it is not there yet."""
    kept = path / ("stock-pg.json" if url else "stock.json")
    if kept.exists():
        _rested(url or f"sqlite:///{path / 'tracker.db'}")
        _warm(path / "tracker.db")
        return Stock(path, json.loads(kept.read_text())["token"], url)
    path.mkdir(parents=True, exist_ok=True)
    print(f"making {cylinders:,} cylinders in {path} ...", flush=True)
    engine = db.connect(url or f"sqlite:///{path / 'tracker.db'}")
    tables.models()
    schema.upgrade(engine)
    station, token = _people()
    codes = _cylinders(cylinders, station)
    (path / "codes.txt").write_text("\n".join(codes))
    kept.write_text(json.dumps({"token": token}))
    engine.dispose()
    return Stock(path, token, url)


def _rested(url: str) -> None:
    """End the fills that the last run left open, past the ledger: every scan of this run begins a fill again."""
    engine = db.connect(url)
    with db.engine.connect() as connection, db.writing_on(connection):
        connection.execute(
            update(Fill).where(Fill.state == FillState.OPEN).values(state=FillState.NOT_FILLED)
        )
    engine.dispose()


def _warm(file: Path) -> None:
    """Read the database once, as a server that has run for a day has done."""
    if file.exists():
        with file.open("rb") as content:
            while content.read(1 << 24):
                pass


def _people() -> tuple[UUID, str]:
    """One station with a licence, one filler with a certificate, one controller."""
    station, person, token, today = new_id(), new_id(), secrets.token_urlsafe(32), clock.today()
    far = {"valid_from": today - timedelta(days=100), "valid_until": today + timedelta(days=3000)}
    with db.engine.connect() as connection, db.writing_on(connection):
        connection.execute(insert(Area), [{"code": "620402", "name": "白银区", "level": "county"}])
        connection.execute(
            insert(Organisation),
            [
                {
                    "id": station,
                    "kind": OrganisationKind.STATION,
                    "name": "压测充装站",
                    "area": "620402",
                    "created_at": clock.now(),
                }
            ],
        )
        connection.execute(
            insert(Paper),
            [
                {
                    "organisation_id": station,
                    "kind": PaperKind.FILLING_LICENCE,
                    "number": "TS1",
                    "covers": ["LPG", "O2"],
                    **far,
                }
            ],
        )
        connection.execute(
            insert(User),
            [
                {
                    "id": person,
                    "organisation_id": station,
                    "name": "压测",
                    "mobile": "13900000000",
                    "area": "620402",
                    "password": "!",
                    "fs_uniquifier": secrets.token_hex(16),
                    "created_at": clock.now(),
                }
            ],
        )
        connection.execute(
            insert(Certificate),
            [{"organisation_id": station, "user_id": person, "code": "P", "number": "62000000000001", **far}],
        )
        connection.execute(
            insert(Device),
            [
                {
                    "organisation_id": station,
                    "kind": DeviceKind.CONTROLLER,
                    "name": "scale",
                    "token_hash": token_digest(token),
                    "user_id": person,
                    "created_at": clock.now(),
                }
            ],
        )
    return station, token


def _cylinders(count: int, station: UUID) -> list[str]:
    dice, codes, made = random.Random(1), [], _rows(count, station)
    while chunk := list(islice(made, CHUNK)):
        with db.engine.connect() as connection, db.writing_on(connection):
            for place, model in enumerate((Equipment, Label, Due, Event, Chain)):
                connection.execute(insert(model), [row[place] for row in chunk])
        codes += [row[1]["code"] for row in chunk]
    return dice.sample(codes, min(len(codes), 200_000))


def _rows(count: int, station: UUID) -> Iterator[tuple[dict[str, Any], ...]]:
    dice, at, today = random.Random(7), clock.now(), clock.today()
    for number in range(count):
        key, code = new_id(), "A" + "".join(dice.choices(ALPHABET, k=14))
        model, volume, tare, charge = MODELS[number % len(MODELS)]
        inspected = today - timedelta(days=dice.randrange(10, 1500))
        due = inspected.replace(year=inspected.year + 4, day=1)
        piece = {
            "id": key,
            "category": "cylinder",
            "status": EquipmentStatus.IN_USE,
            "label_code": code,
            "serial": f"B{number:08}",
            "maker": "压测瓶厂",
            "made_on": date(2020, 1 + number % 12, 1),
            "registered_on": date(2020, 12, 1),
            "owner_id": station,
            "area": "620402",
            "medium": "LPG",
            "inspection_due_on": due,
            "end_of_life_on": date(2030, 1, 31),
            "created_at": at,
            "updated_at": at,
            "details": {
                "variety": "lpg",
                "medium": "LPG",
                "model": model,
                "volume_ml": volume,
                "tare_g": tare + dice.randrange(-300, 300),
                "max_charge_g": charge,
                "edition": "gb5842_2006",
            },
        }
        label = {
            "code": code,
            "status": LabelStatus.BOUND,
            "equipment_id": key,
            "issued_at": at,
            "bound_at": at,
        }
        duty = {
            "equipment_id": key,
            "kind": DueKind.INSPECTION,
            "state": DueState.DONE,
            "due_on": inspected,
            "citation": {},
            "explanation": {},
            "area": "620402",
            "category": "cylinder",
            "planned_at": at,
            "done_on": inspected,
            "conclusion": "passed",
        }
        subject, payload = f"equipment:{key}", canonical({"code": code})
        digest = next_digest(GENESIS, 1, ChainEvent(subject, "equipment.registered", "system", at, payload))
        line = {
            "subject": subject,
            "seq": 1,
            "at": at,
            "actor": "system",
            "verb": "equipment.registered",
            "payload": payload,
            "digest": digest,
        }
        yield piece, label, duty, line, {"subject": subject, "seq": 1, "digest": digest, "sealed": 0}
