"""Visits, swipes and tasks as a viewer may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from equipment.checklists.queries import in_force, own_items
from equipment.contracts.models import LeftRecord
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.maintenance.models import Swipe, Visit, VisitItem
from equipment.maintenance.rules import VisitLimits
from equipment.maintenance.states import OtherSignature, SignatureKind, VisitState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.checklists import Item, annex_checklist, checklist, evidence_items, evidence_of
from equipment.regulation.planning import VISITS, DueKind
from equipment.regulation.queries import rules
from equipment.storage.db import session

# The categories that have maintenance visits at all, with the kinds each has.
VISITED = {category.key: category.visit_kinds for category in CATEGORIES if category.visit_kinds}
# What a swipe that reached no lift is cited by: it is refused without asking for any number.
UNDATED = VisitLimits.without_numbers(
    next(category.regulation for category in CATEGORIES if category.visit_kinds)
)
MOST_DAYS = 64
# Where a visit stands once it is made: it waits for the use unit's signature, or has an answer.
SIGNABLE = (
    VisitState.TO_SIGN,
    VisitState.ON_SITE,
    VisitState.UNOBJECTED,
    VisitState.SIGNED,
    VisitState.DISPUTED,
    VisitState.DECIDED,
)

_limits: dict[tuple[str, date], VisitLimits] = {}


@dataclass(frozen=True, slots=True)
class VisitTask:
    """The visit that is due next at a lift: its class, its day and, once planned, its row."""

    duty: DueKind
    due: Due | None

    @property
    def due_on(self) -> date | None:
        return self.due.due_on if self.due else None


def next_task(equipment_id: UUID, category: str, viewer: Viewer = SYSTEM) -> VisitTask:
    """The open visit duty of a lift; where none is planned yet the lowest class of its category."""
    waiting = visible(viewer, Due).where(
        Due.equipment_id == equipment_id, Due.kind.in_(VISITS), Due.state == DueState.OPEN
    )
    due = session.scalar(waiting.order_by(Due.due_on).limit(1).execution_options(populate_existing=True))
    return VisitTask(DueKind(due.kind), due) if due else VisitTask(VISITED[category][0], None)


def annex_of(piece: Equipment, on: date) -> str:
    """The annex of the checklist; "" where the maintenance firm sets the items itself."""
    value = rules(piece.category).find(
        f"annex.{piece.catalogue_code or piece.details.get('catalogue', '')}", on
    )
    return str(value.value) if value is not None else ""


class VisitList(TypedDict):
    """The checklist that a visit has for ever, as it stood when it was opened: the annex with its version,
    the firm's own list, the evidence that the details of the lift ask for."""

    annex: str
    checklist_version: int
    own_list_id: UUID | None
    evidence: list[str]


def list_at(piece: Equipment, firm_id: UUID | None, duty: DueKind, on: date) -> VisitList:
    """The checklist of a visit that is opened now and counts on that day."""
    letter = annex_of(piece, on)
    own = in_force(firm_id, piece.catalogue_code or str(piece.details.get("catalogue", "")), on)
    return {
        "annex": letter,
        "checklist_version": annex_checklist(letter).version if letter else 1,
        "own_list_id": own.id if own else None,
        "evidence": list(evidence_of(piece.details, duty)),
    }


def items_of(visit: Visit) -> tuple[Item, ...]:
    """The complete checklist of this visit's class, in the version it was opened under."""
    duty = DueKind(visit.duty)
    return (
        *(checklist(visit.annex, duty, visit.checklist_version) if visit.annex else ()),
        *own_items(visit.organisation_id, visit.own_list_id, duty),
        *(evidence_items()[code].item for code in visit.evidence or ()),
    )


def limits_of(category: str, on: date) -> VisitLimits:
    """The numbers of a day; read anew from the pack only when the bureau has laid a value over it."""
    pack = rules(category)
    limits = _limits.get((category, on))
    if limits is None or limits.pack is not pack:
        if len(_limits) >= MOST_DAYS:
            _limits.clear()
        limits = _limits[category, on] = VisitLimits.of(pack, on)
    return limits


def visit_at(viewer: Viewer, equipment_id: UUID, visit_id: UUID) -> Visit:
    """The visit, if the viewer may see it; NotFound otherwise, so that nothing leaks."""
    visit = session.scalar(
        visible(viewer, Visit).where(Visit.equipment_id == equipment_id, Visit.id == visit_id)
    )
    if visit is None:
        raise NotFound
    return visit


def visit_by_id(viewer: Viewer, visit_id: UUID) -> Visit:
    """A visit by its id alone, which is the id of the swipe that opened it; of paper records and corrections
    one of the viewer's own firm."""
    first_swipe = session.get(Swipe, visit_id)
    if first_swipe is not None and first_swipe.equipment_id is not None:
        return visit_at(viewer, first_swipe.equipment_id, visit_id)
    own = visible(viewer, Visit).where(Visit.organisation_id == viewer.organisation_id, Visit.id == visit_id)
    visit = session.scalar(own)
    if visit is None:
        raise NotFound
    return visit


def failed_items(viewer: Viewer, visit: Visit) -> Sequence[VisitItem]:
    """The items that were abnormal or put right, with their findings."""
    items = visible(viewer, VisitItem).where(
        VisitItem.equipment_id == visit.equipment_id, VisitItem.visit_id == visit.id
    )
    return session.scalars(items.order_by(VisitItem.code)).all()


def swipes_of(visit: Visit) -> Sequence[Swipe]:
    """The swipes of a visit in the order in which they happened."""
    swipes = visible(SYSTEM, Swipe).where(
        Swipe.equipment_id == visit.equipment_id, Swipe.visit_id == visit.id
    )
    return session.scalars(swipes.order_by(Swipe.happened_at, Swipe.id)).all()


def lone_sign_out(equipment_id: UUID, on: date) -> bool:
    """Whether somebody signed out at this lift on that day without having signed in."""
    swipes = visible(SYSTEM, Swipe).where(
        Swipe.equipment_id == equipment_id,
        Swipe.on == on,
        Swipe.visit_id.is_(None),
        Swipe.answer.contains('"no_sign_in"', autoescape=True),
    )
    return session.scalar(swipes.limit(1)) is not None


def names_of(ids: Iterable[str | UUID]) -> dict[UUID, str]:
    """The names of people by id; a technician's name stands on the paper record too, so whoever sees a visit
    sees it."""
    wanted = {one if isinstance(one, UUID) else UUID(one) for one in ids}
    if not wanted:
        return {}
    people = session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in people}


def to_sign(viewer: Viewer) -> Select[Visit]:
    """The visits that wait for the signature of the viewer's use unit, and those signed on site that it may
    still object to."""
    return visible(viewer, Visit).where(
        Visit.state.in_((VisitState.TO_SIGN, VisitState.ON_SITE)),
        Visit.superseded.is_(False),
        Visit.use_unit_id == viewer.organisation_id,
    )


def disputed_visits(viewer: Viewer) -> Select[Visit]:
    """The visits that use units dispute and nobody has decided yet."""
    return visible(viewer, Visit).where(Visit.state == VisitState.DISPUTED)


def signature_counts(viewer: Viewer, since: date) -> dict[str, int]:
    """How the visits since a day are signed: by kind, `to_sign`, `disputed`, and `drawn_before` of before
    there were kinds."""
    by_account = Visit.signed_by.is_not(None)
    rows = session.execute(
        visible(viewer, Visit)
        .where(Visit.on >= since, Visit.superseded.is_(False), Visit.state.in_(SIGNABLE))
        .with_only_columns(
            Visit.state, Visit.signature_kind, by_account, func.count(), maintain_column_froms=True
        )
        .group_by(Visit.state, Visit.signature_kind, by_account)
    )
    counts: dict[str, int] = {}
    for state, kind, own, number in rows:
        if state in (VisitState.TO_SIGN, VisitState.DISPUTED):
            key = str(state)
        else:
            key = kind or (str(VisitState.DECIDED) if state == VisitState.DECIDED else "")
            key = key or str(SignatureKind.ACCOUNT if own else OtherSignature.DRAWN_BEFORE)
        counts[key] = counts.get(key, 0) + number
    return counts


def open_visits(ids: Sequence[UUID]) -> dict[UUID, list[LeftRecord]]:
    """By lift, its visits that wait for a signature or are disputed: what one firm leaves to the next."""
    visits = visible(SYSTEM, Visit).where(
        Visit.equipment_id.in_(ids),
        Visit.state.in_((VisitState.TO_SIGN, VisitState.DISPUTED, VisitState.UNCONFIRMED)),
        Visit.superseded.is_(False),
    )
    left: dict[UUID, list[LeftRecord]] = {}
    for visit in session.scalars(visits.order_by(Visit.opened_at)):
        record = LeftRecord(
            id=str(visit.id), on=visit.on.isoformat(), text=visit.shown.label, state=str(visit.state)
        )
        left.setdefault(visit.equipment_id, []).append(record)
    return left


def on_site(viewer: Viewer) -> Select[Visit]:
    """The visits that are going on now."""
    return visible(viewer, Visit).where(Visit.state == VisitState.OPEN)


def unconfirmed_of(viewer: Viewer) -> list[Visit]:
    """The visits at which only this technician's card was shown and of which he has not said whether it was
    him: those that go on, and those whose hours have not run out, whatever was signed meanwhile."""
    waiting = visible(viewer, Visit).where(
        Visit.organisation_id == viewer.organisation_id,
        or_(Visit.state.in_((VisitState.OPEN, VisitState.UNCONFIRMED)), Visit.cards_until >= clock.now()),
        Visit.superseded.is_(False),
    )
    me = str(viewer.user_id)
    return [
        visit
        for visit in session.scalars(waiting.order_by(Visit.opened_at))
        if me in visit.technicians and me not in {*visit.confirmed, *visit.denied}
    ]


def unfinished_of(viewer: Viewer, since: date) -> Sequence[Visit]:
    """The visits this technician is at, or whose checklist is not complete yet; the newest first."""
    left = Visit.state.in_((VisitState.UNCONFIRMED, VisitState.TO_SIGN, VisitState.DISPUTED))
    return _visits_of(
        viewer, since, or_(Visit.state == VisitState.OPEN, and_(left, Visit.counted.is_(False)))
    )


def unsigned_of(viewer: Viewer, since: date) -> Sequence[Visit]:
    """The complete visits of this technician that no use unit stands for yet; the newest first."""
    return _visits_of(viewer, since, and_(Visit.state == VisitState.TO_SIGN, Visit.counted))


def _visits_of(viewer: Viewer, since: date, those: ColumnElement[bool]) -> Sequence[Visit]:
    visits = visible(viewer, Visit).where(
        Visit.organisation_id == viewer.organisation_id, Visit.on >= since, those, Visit.superseded.is_(False)
    )
    return [
        visit
        for visit in session.scalars(visits.order_by(Visit.opened_at.desc()))
        if str(viewer.user_id) in visit.technicians
    ]
