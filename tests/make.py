"""Plain `make_*` functions: the few people and things tests need, written through the real tables in one transaction each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.ledger.evidence import row
from equipment.people.codes import card_number
from equipment.people.models import (
    Area,
    Card,
    Certificate,
    Device,
    Organisation,
    Paper,
    SignIn,
    User,
    UserRole,
)
from equipment.people.queries import token_digest
from equipment.people.rules import DeviceKind, OrganisationKind, PaperKind, Role, SignInMeans, SignInOutcome
from equipment.register.models import Equipment, Label, Standing
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.storage import db

CITY, COUNTY, TOWNSHIP, ELSEWHERE = "6204", "620402", "620402001", "620421"
_numbers = count(1)


by_hand: set[str] = set()  # the records that a test changed itself, as lines name them


@contextmanager
def writing() -> Iterator[None]:
    """Join the transaction that is open, or open one: so that makers can be called anywhere."""
    if getattr(db._writer, "on", False):
        yield
        _flush()
        return
    with db.transaction():
        yield
        _flush()


def _flush() -> None:
    changed = [*db.session.dirty]
    db.session.flush()
    by_hand.update(row(record)[0] for record in changed)


def sign_in(user: User, cookie: MutableMapping[str, Any]) -> None:
    """Sign a browser in whose session cookie this is."""
    done = SignIn(
        id=new_id(),
        user_id=user.id,
        means=SignInMeans.PASSWORD,
        outcome=SignInOutcome.DONE,
        at=clock.now(),
        seen_at=clock.now(),
    )
    with writing():
        db.session.add(done)
    cookie["_user_id"], cookie["_fresh"], cookie["sign_in"] = user.fs_uniquifier, True, str(done.id)


def areas() -> None:
    with writing():
        db.session.add_all(
            [
                Area(code=CITY, name="白银市", name_en="Baiyin", level="city"),
                Area(code=COUNTY, name="白银区", name_en="Baiyin District", level="county"),
                Area(code=TOWNSHIP, name="人民路街道", name_en="Renmin Road", level="township"),
                Area(code=ELSEWHERE, name="靖远县", name_en="Jingyuan", level="county"),
            ]
        )


def organisation(kind: OrganisationKind, name: str = "", **more: Any) -> Organisation:
    number = next(_numbers)
    made = Organisation(
        **{
            "id": new_id(),
            "kind": kind,
            "name": name or f"{kind}{number}",
            "area": COUNTY,
            "created_at": clock.now(),
            **more,
        }
    )
    with writing():
        db.session.add(made)
    return made


def station(
    name: str = "测试充装站",
    *,
    gases: tuple[str, ...] = ("LPG", "O2", "N2", "AR", "CO2", "C2H2"),
    licensed: bool = True,
    **more: Any,
) -> Organisation:
    """A filling station with a licence for `gases` that runs for two years yet."""
    made = organisation(OrganisationKind.STATION, name, **more)
    if licensed:
        with writing():
            db.session.add(
                Paper(
                    id=new_id(),
                    organisation_id=made.id,
                    kind=PaperKind.FILLING_LICENCE,
                    number=f"TS462{next(_numbers):04}",
                    covers=list(gases),
                    valid_from=clock.today() - timedelta(days=700),
                    valid_until=clock.today() + timedelta(days=730),
                )
            )
    return made


def user(of: Organisation, *roles: Role, name: str = "张三", certificate: str = "", **more: Any) -> User:
    """A person with roles; `certificate="P"` adds a valid one."""
    number = next(_numbers)
    made = User(
        **{
            "id": new_id(),
            "organisation_id": of.id,
            "name": name,
            "mobile": f"139{number:08}",
            "area": of.area,
            "password": "!",
            "fs_uniquifier": secrets.token_hex(16),
            "must_change": False,
            "created_at": clock.now(),
            **more,
        }
    )
    with writing():
        made.held = [UserRole(user_id=made.id, role=role) for role in roles]
        made.organisation = db.session.merge(of)
        db.session.add(made)
        db.session.flush()
        if certificate:
            db.session.add(
                Certificate(
                    id=new_id(),
                    organisation_id=of.id,
                    user_id=made.id,
                    code=certificate,
                    number=f"62{number:016}",
                    valid_from=clock.today() - timedelta(days=400),
                    valid_until=clock.today() + timedelta(days=800),
                )
            )
    return made


def card(of: User, uid: str = "", **more: Any) -> Card:
    made = Card(
        **{
            "id": new_id(),
            "organisation_id": of.organisation_id,
            "user_id": of.id,
            "uid": (uid := uid or f"CA4D{next(_numbers):08}"),
            "number": card_number(uid),
            **more,
        }
    )
    with writing():
        db.session.add(made)
    return made


def device(
    of: Organisation,
    kind: DeviceKind = DeviceKind.CONTROLLER,
    *,
    person: User | None = None,
    equipment_id: UUID | None = None,
    **more: Any,
) -> tuple[Device, str]:
    """A device and its token in clear."""
    token = secrets.token_urlsafe(32)
    made = Device(
        **{
            "id": new_id(),
            "organisation_id": of.id,
            "kind": kind,
            "name": f"{kind}{next(_numbers)}",
            "token_hash": token_digest(token),
            "user_id": person.id if person else None,
            "equipment_id": equipment_id,
            "created_at": clock.now(),
            **more,
        }
    )
    with writing():
        db.session.add(made)
    return made, token


def equipment(
    category: str, *, code: str = "", status: EquipmentStatus = EquipmentStatus.IN_USE, **more: Any
) -> Equipment:
    """A piece with its standing and, when `code` is given, its bound label; on file since its first day unless `created_at` says later."""
    number, at = next(_numbers), clock.now()
    row = {
        "id": new_id(),
        "category": category,
        "status": status,
        "serial": f"S{number:06}",
        "area": TOWNSHIP,
        "made_on": clock.today() - timedelta(days=700),
        "registered_on": clock.today() - timedelta(days=690),
        "in_use_since": clock.today() - timedelta(days=690),
        "details": {},
        "label_code": code or None,
        "updated_at": at,
        **dated(more),
    }
    days_of_it = [
        row[name] for name in ("made_on", "base_on", "registered_on", "in_use_since") if row.get(name)
    ]
    row.setdefault("created_at", clock.site_midnight(min(days_of_it)) if days_of_it else at)
    made = Equipment(**row)
    with writing():
        db.session.add(made)
        db.session.add(
            Standing(
                equipment_id=made.id,
                id=new_id(),
                status=made.status,
                area=made.area,
                category=category,
                use_unit_id=made.use_unit_id,
                organisation_id=made.owner_id or made.use_unit_id,
                from_on=made.in_use_since or clock.today(),
                until_on=None,
            )
        )
        if code:
            db.session.add(
                Label(code=code, status=LabelStatus.BOUND, equipment_id=made.id, issued_at=at, bound_at=at)
            )
    return made


def inspection(
    of: Equipment,
    on: date,
    kind: InspectionKind = InspectionKind.INSPECTION,
    conclusion: Conclusion = Conclusion.PASSED,
    **more: Any,
) -> Inspection:
    """A result of some body, as it stands in the table; nothing follows from it."""
    body = more.pop("body", None) or organisation(OrganisationKind.BODY)
    at = clock.site_midnight(on)
    made = Inspection(
        equipment_id=of.id,
        id=new_id(),
        organisation_id=body.id,
        area=of.area,
        category=of.category,
        kind=kind,
        on=on,
        happened_at=at,
        received_at=at,
        conclusion=conclusion,
        **more,
    )
    with writing():
        db.session.add(made)
    return made


def days(number: int) -> date:
    """The day `number` days from today."""
    return clock.today() + timedelta(days=number)


class Days(int):
    """So many days from the day a test runs: for tables of cases, which are written down when tests are collected, perhaps before midnight."""


def dated(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of such a table with the days it means."""
    return {name: days(value) if isinstance(value, Days) else value for name, value in row.items()}
