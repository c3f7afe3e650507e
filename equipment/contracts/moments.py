"""Contracts in the life of a lift, and that it has none."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.contracts.models import Contract, ContractLift
from equipment.contracts.queries import OF_CONTRACT
from equipment.contracts.rules import gap_of
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.storage.db import session


def contracts_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each contract it came under; on top, while it is in use without one, that and why."""
    if not category(equipment.category).visit_kinds:
        return
    rows = session.execute(
        visible(viewer, ContractLift)
        .join(Contract, OF_CONTRACT)
        .where(ContractLift.equipment_id == equipment.id)
        .order_by(ContractLift.from_on.desc())
        .limit(limit)
        .with_only_columns(ContractLift, Contract, in_scope(viewer, Contract), maintain_column_froms=True)
    ).all()
    today = clock.today()
    names = names_of({contract.organisation_id for _lift, contract, _own in rows})
    for lift, contract, is_open in rows:
        days = {"from": lift.from_on.isoformat(), "until": lift.until_on.isoformat()}
        yield Moment(
            contract.entered_at,
            Message(N_("Maintenance contract: %(firm)s"), {"firm": names.get(contract.organisation_id, "")}),
            "license",
            contract.state.colour,
            contract.state,
            [Message(N_("From %(from)s to %(until)s"), days)],
            f"user:{contract.entered_by}" if contract.entered_by else "",
            contract.organisation_id,
            "contract",
            url=f"/contracts/{contract.id}" if is_open else "",
        )
    counting = [lift for lift, _contract, _own in rows if lift.counts]
    if equipment.status != EquipmentStatus.IN_USE or any(
        lift.from_on <= today <= lift.until_on for lift in counting
    ):
        return
    last = max((lift.until_on for lift in counting if lift.until_on < today), default=None)
    gap = gap_of(equipment.maintenance_firm_id, last, today)
    yield Moment(
        clock.now(),
        Message(N_("No maintenance contract in force")),
        "unlink",
        gap.colour,
        gap,
        kind="contract",
    )
