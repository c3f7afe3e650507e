"""The figures of contracts on first pages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import Select, func

from equipment.contracts.assigning import technicians_on
from equipment.contracts.missing import gap_counts
from equipment.contracts.models import Contract, Handover
from equipment.contracts.queries import MAINTAINED, ending, unanswered
from equipment.contracts.states import ContractGap, HandoverState
from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.ids import NOBODY
from equipment.core.words import N_, Message
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session

ROWS = 4
ENDING = 60


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the bureau the lifts without a contract; for a use unit what waits for its word; for a firm what
    ends,
    what it takes over, and which lifts are nobody's."""
    if not may(viewer, Action.SEE, Thing.CONTRACT):
        return []
    if viewer.oversees:
        return []
    cards = []
    if viewer.organisation_kind is OrganisationKind.USE_UNIT:
        waiting = unanswered(viewer)
        url = url_for("contracts.index")
        cards += _contracts(viewer, "contracts.answer", N_("Contracts to confirm"), waiting, url, 12)
    on = clock.today()
    soon = ending(visible(viewer, Contract), on, ENDING)
    url = url_for("contracts.index", ending=ENDING)
    title = N_("Contracts ending within 60 days")
    cards += _contracts(viewer, "contracts.ending", title, soon, url, 31, ends=True)
    if Role.FIRM_MANAGER in viewer.roles:
        cards += [*_handovers(viewer), *_unassigned(viewer)]
    return cards


def figures_beside(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: lifts without a contract."""
    return _missing(viewer) if may(viewer, Action.SEE, Thing.CONTRACT) else []


def _missing(viewer: Viewer) -> list[HomeCard]:
    counts = gap_counts(viewer, clock.today())
    total = sum(counts.values())
    if not total:
        return []
    note = Message(
        N_("no firm at all %(none)d, firm on file without contract %(file)d, contract ended %(ended)d"),
        {
            "none": counts[ContractGap.NO_FIRM],
            "file": counts[ContractGap.NO_CONTRACT],
            "ended": counts[ContractGap.ENDED],
        },
    )
    tone = "red" if counts[ContractGap.NO_FIRM] or counts[ContractGap.ENDED] else "amber"
    title = Message(N_("Lifts without a contract in force"))
    url = url_for("contracts.missing")
    return [HomeCard("contracts.missing", title, total, url, tone, note=note, icon="unlink", rank=33)]


def _contracts(
    viewer: Viewer,
    key: str,
    title: str,
    contracts: Select[Contract],
    url: str,
    rank: int,
    *,
    ends: bool = False,
) -> list[HomeCard]:
    """The contracts by the other side of each; their last day only where it is what the card is about."""
    counted = contracts.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    number = session.scalar(counted) or 0
    if not number:
        return []
    first = session.scalars(contracts.order_by(Contract.until_on).limit(ROWS)).all()
    mine = viewer.organisation_id
    sides = {row.id: row.use_unit_id if row.organisation_id == mine else row.organisation_id for row in first}
    names = names_of(set(sides.values()))
    rows = [
        CardRow(
            row.number,
            url_for("contracts.show", contract_id=row.id),
            row.until_on if ends else None,
            Message("%(side)s", {"side": names.get(sides[row.id], "")}),
        )
        for row in first
    ]
    return [HomeCard(key, Message(title), number, url, "amber", icon="license", rank=rank, rows=rows)]


def _handovers(viewer: Viewer) -> list[HomeCard]:
    waiting = visible(viewer, Handover).where(
        Handover.to_id == viewer.organisation_id, Handover.state == HandoverState.OPEN
    )
    first: Sequence[Handover] = session.scalars(waiting.order_by(Handover.on).limit(ROWS)).all()
    if not first:
        return []
    names = names_of({key for row in first for key in (row.organisation_id, row.use_unit_id or NOBODY)})
    rows = [
        CardRow(
            Message(
                N_("%(number)d lifts from %(firm)s"),
                {"number": len(row.lifts), "firm": names.get(row.organisation_id, "")},
            ),
            url_for("handovers.show", handover_id=row.id),
            row.on,
        )
        for row in first
    ]
    title, url = Message(N_("Lifts to take over")), url_for("handovers.index", state=HandoverState.OPEN)
    return [
        HomeCard("contracts.handovers", title, len(first), url, "amber", icon="transfer", rank=10, rows=rows)
    ]


def _unassigned(viewer: Viewer) -> list[HomeCard]:
    """Lifts of the firm that are no technician's; nothing while it gives out none at all."""
    if viewer.organisation_id is None:
        return []
    lifts = visible(viewer, Equipment).where(
        Equipment.maintenance_firm_id == viewer.organisation_id,
        Equipment.category.in_(MAINTAINED),
        Equipment.status == EquipmentStatus.IN_USE,
    )
    ids = session.scalars(lifts.with_only_columns(Equipment.id)).all()
    going = technicians_on(viewer.organisation_id, ids, clock.today())
    if not going or len(going) >= len(ids):
        return []
    url = url_for("assignments.index", who="none")
    title = Message(N_("Lifts that are no technician's"))
    return [HomeCard("contracts.unassigned", title, len(ids) - len(going), url, "amber", icon="user", rank=9)]
