"""Reading lots: those a viewer may see, their bottles, counts, and the bodies that may take them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.lots.models import Lot, LotRow
from equipment.lots.rules import BodyApproval, approvals_by_body
from equipment.lots.states import IN_A_LOT, BenchVerdict, Difference, LotRowState, LotState
from equipment.people.models import Organisation, Paper, User
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Viewer
from equipment.people.scope import visible, within
from equipment.storage.columns import Sorts
from equipment.storage.db import session

SORTS: Sorts = {
    "opened": (Lot.opened_at, Lot.id),
    "number": (Lot.number, Lot.id),
    "handed": (Lot.handed_at, Lot.id),
}
OPEN_STATES = (LotState.PACKING, LotState.ON_WAY, LotState.ARRIVING, LotState.RECEIVED)
# What the list may be asked for beside a state, and beside that, for what its bottles are.
STATES_OF: Mapping[str, tuple[LotState, ...]] = {
    "open": OPEN_STATES,
    "away": (LotState.ON_WAY, LotState.ARRIVING, LotState.RECEIVED),
    "incoming": (LotState.ON_WAY, LotState.ARRIVING),
}
BOTTLES_OF: Mapping[str, ColumnElement[bool]] = {
    "differing": LotRow.difference.is_not(None),
    "unjudged": LotRow.state == LotRowState.RECEIVED,
    "judged": LotRow.state == LotRowState.JUDGED,
}


@dataclass(frozen=True, slots=True)
class LotCounts:
    """How many bottles of a lot stand where; what was taken out or never was its own counts in no total."""

    states: Mapping[LotRowState, int]
    verdicts: Mapping[BenchVerdict, int]
    differences: Mapping[Difference, int]
    on_line: Mapping[BenchVerdict, int]  # judged, and not out of the line yet

    @property
    def total(self) -> int:
        return sum(self.states.values()) - self.count(LotRowState.TAKEN_OUT) - self.strangers

    @property
    def strangers(self) -> int:
        return self.differences.get(Difference.FOREIGN, 0) + self.differences.get(Difference.UNKNOWN, 0)

    def count(self, *states: LotRowState) -> int:
        return sum(self.states.get(state, 0) for state in states)

    @property
    def packed(self) -> int:
        return self.count(LotRowState.PACKED)

    @property
    def received(self) -> int:
        return self.count(LotRowState.RECEIVED)

    @property
    def judged(self) -> int:
        return self.count(LotRowState.JUDGED)

    @property
    def left(self) -> int:
        return self.count(LotRowState.LEFT)

    @property
    def scrapped(self) -> int:
        return self.verdicts.get(BenchVerdict.SCRAP, 0)

    @property
    def missing(self) -> int:
        return self.count(LotRowState.MISSING)


def lots(viewer: Viewer, filters: Mapping[str, str]) -> Select[Lot]:
    """Lots with these filters of the address bar."""
    listed = visible(viewer, Lot)
    state = filters.get("state", "")
    if state in set(LotState):
        listed = listed.where(Lot.state == state)
    elif state in STATES_OF:
        listed = listed.where(Lot.state.in_(STATES_OF[state]))
    if (bottles := BOTTLES_OF.get(filters.get("bottles", ""))) is not None:
        of_lot = (LotRow.organisation_id == Lot.organisation_id, LotRow.lot_id == Lot.id)
        listed = listed.where(exists().where(*of_lot, bottles))
    if filters.get("body"):
        listed = listed.where(Lot.body_id == (id_in(filters["body"]) or NOBODY))
    if filters.get("unit"):
        listed = listed.where(Lot.organisation_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Lot.area, filters["area"]))
    if filters.get("number"):
        listed = listed.where(Lot.number.contains(filters["number"], autoescape=True))
    since, until = day_in(filters.get("on_from", "")), day_in(filters.get("on_until", ""))
    if since:
        listed = listed.where(Lot.opened_at >= clock.site_midnight(since))
    return listed.where(Lot.opened_at < clock.site_midnight(until + timedelta(days=1))) if until else listed


def lot_of(lot_id: UUID, *, by: Viewer) -> Lot:
    """One lot that the viewer may see; NotFound otherwise."""
    record = session.scalar(
        visible(by, Lot).where(Lot.id == lot_id).execution_options(populate_existing=True)
    )
    if record is None:
        raise NotFound
    return record


def rows_of(lot: Lot) -> Select[LotRow]:
    """The bottles of a lot that the viewer was given, in its order."""
    return (
        visible(SYSTEM, LotRow)
        .where(LotRow.organisation_id == lot.organisation_id, LotRow.lot_id == lot.id)
        .order_by(LotRow.row_no)
        .execution_options(populate_existing=True)
    )


def row_of(lot: Lot, row_no: int) -> LotRow:
    row = session.scalar(rows_of(lot).where(LotRow.row_no == row_no))
    if row is None:
        raise NotFound
    return row


def row_with(lot: Lot, equipment_id: UUID) -> LotRow | None:
    """The row of this piece in a lot: the one that is in it now, else the latest."""
    rows = rows_of(lot).where(LotRow.equipment_id == equipment_id).order_by(None)
    latest = session.scalars(rows.order_by(LotRow.state.not_in(IN_A_LOT), LotRow.row_no.desc())).all()
    return latest[0] if latest else None


def open_lots_of(pieces: Collection[UUID]) -> dict[UUID, LotRow]:
    """Of these pieces those that are in a lot now."""
    rows = visible(SYSTEM, LotRow).where(LotRow.equipment_id.in_(pieces), LotRow.state.in_(IN_A_LOT))
    return {row.equipment_id: row for row in session.scalars(rows) if row.equipment_id is not None}


def numbers_of(lot_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The numbers of lots by id."""
    rows = visible(SYSTEM, Lot).where(Lot.id.in_(set(lot_ids)))
    return {row.id: row.number for row in session.execute(rows.with_only_columns(Lot.id, Lot.number))}


def counts_of(lots_shown: Sequence[Lot]) -> dict[UUID, LotCounts]:
    """How far each of these lots is, in one statement."""
    counted = (
        visible(SYSTEM, LotRow)
        .where(
            LotRow.organisation_id.in_({lot.organisation_id for lot in lots_shown}),
            LotRow.lot_id.in_([lot.id for lot in lots_shown]),
        )
        .group_by(LotRow.lot_id, LotRow.state, LotRow.verdict, LotRow.difference)
        .with_only_columns(
            LotRow.lot_id, LotRow.state, LotRow.verdict, LotRow.difference, func.count().label("n")
        )
    )
    states: dict[UUID, Counter[LotRowState]] = defaultdict(Counter)
    verdicts: dict[UUID, Counter[BenchVerdict]] = defaultdict(Counter)
    on_line: dict[UUID, Counter[BenchVerdict]] = defaultdict(Counter)
    differences: dict[UUID, Counter[Difference]] = defaultdict(Counter)
    for lot_id, state, verdict, difference, number in session.execute(counted):
        states[lot_id][LotRowState(state)] += number
        if verdict:
            verdicts[lot_id][BenchVerdict(verdict)] += number
        if verdict and state == LotRowState.JUDGED:
            on_line[lot_id][BenchVerdict(verdict)] += number
        if difference:
            differences[lot_id][Difference(difference)] += number
    return {
        lot.id: LotCounts(states[lot.id], verdicts[lot.id], differences[lot.id], on_line[lot.id])
        for lot in lots_shown
    }


def bodies(on: date) -> tuple[BodyApproval, ...]:
    """Every inspection body at work, with what its approvals on file cover on that day."""
    named = (
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind == OrganisationKind.BODY, Organisation.active)
        .order_by(Organisation.name)
    )
    names = {row.id: row.name for row in session.execute(named)}
    papers = select(Paper.organisation_id, Paper.covers).where(
        Paper.kind == PaperKind.BODY_APPROVAL, Paper.valid_from <= on, Paper.valid_until >= on
    )
    return approvals_by_body(names, [(body, covers) for body, covers in session.execute(papers)])


def body_approval(body_id: UUID, on: date) -> BodyApproval | None:
    return next((body for body in bodies(on) if body.body_id == body_id), None)


def people_named(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of people by id."""
    users = visible(SYSTEM, User).where(User.id.in_({key for key in ids if key is not None}))
    return {row.id: row.name for row in session.execute(users.with_only_columns(User.id, User.name))}
