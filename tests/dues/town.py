"""A few pieces with people around them: what the tests of dues, due-lists and results begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from equipment.dues import actions
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.shell import tables
from equipment.storage import db
from tests import make


@dataclass(frozen=True)
class Town:
    """One body with two inspectors, one unit, one station, one office, and a stranger of another unit."""

    body: Organisation
    unit: Organisation
    station: Organisation
    inspector: User
    colleague: User
    officer: User
    owner: User
    supervisor: User
    stranger: User

    def viewer(self, name: str) -> Viewer:
        user: User = getattr(self, name)
        return viewer_of(user)


def town() -> Town:
    body, unit = (
        make.organisation(OrganisationKind.BODY, "白银市特种设备检验所"),
        make.organisation(OrganisationKind.USE_UNIT, "锦绣家园物业"),
    )
    station, bureau = (
        make.station("城区液化气站"),
        make.organisation(OrganisationKind.REGULATOR, "白银区市场监督管理局"),
    )
    return Town(
        body,
        unit,
        station,
        make.user(body, Role.INSPECTOR, name="李检"),
        make.user(body, Role.INSPECTOR, name="王检"),
        make.user(unit, Role.SAFETY_OFFICER, name="赵安"),
        make.user(station, Role.STATION_OWNER, name="孙站"),
        make.user(bureau, Role.SUPERVISOR, name="钱监"),
        make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER, name="外人"),
    )


def lift(at: Town, **more: Any) -> Equipment:
    """A planned lift of the unit, inspected by the body; base 2023-05, so first due 2024-05-31."""
    return planned(
        make.equipment(
            "elevator",
            **{
                "details": {"catalogue": "3110"},
                "catalogue_code": "3110",
                "base_on": date(2023, 5, 17),
                "in_use_since": date(2023, 6, 1),
                "use_unit_id": at.unit.id,
                "made_on": date(2023, 3, 1),
                "inspection_body_id": at.body.id,
                "address": "人民路1号",
                **more,
            },
        )
    )


def bottle(at: Town, **more: Any) -> Equipment:
    """A planned LPG bottle of the station, made 2021-03: due 2025-03-31."""
    return planned(
        make.equipment(
            "cylinder",
            **{
                "details": {"variety": "lpg", "medium": "LPG"},
                "made_on": date(2021, 3, 1),
                "owner_id": at.station.id,
                "inspection_body_id": at.body.id,
                **more,
            },
        )
    )


def planned(piece: Equipment) -> Equipment:
    with db.transaction():
        actions.plan_piece(db.session.get_one(Equipment, piece.id), by_actor="system")
    return piece


def sound(folder: Path) -> bool:
    """The whole ledger holds; the factories enter pieces past it, and nothing else is wrong."""
    faults = verify(db.engine, folder, tables.models().values()).faults
    return set(faults) <= {LedgerFault.RECORD_EXTRA}


def fresh(piece_id: UUID) -> Equipment:
    return db.session.get_one(Equipment, piece_id, populate_existing=True)
