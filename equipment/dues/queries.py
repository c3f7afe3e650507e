"""Reading what is due: the life a plan looks at, and the open duties of a viewer by every filter people
use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, literal_column

from equipment.core import clock
from equipment.core.followers import Provider
from equipment.core.words import Labelled
from equipment.dues.kinds import on_demand_rights
from equipment.dues.models import Due, PlanFact
from equipment.dues.rules import DECISIONS, DueState, FactKind, ResponsibleParties
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.planning import (
    INSPECTIONS,
    Alteration,
    AlterationKind,
    Conclusion,
    Done,
    DueKind,
    Extension,
    Life,
    OnDemandRight,
    Origin,
    Stop,
)
from equipment.regulation.settling import Settlement
from equipment.storage.db import session

M = TypeVar("M", Due, PlanFact, Standing)
WORK = frozenset({FactKind.ALTERATION, FactKind.MAJOR_REPAIR})
# A literal, so that both engines see that the partial indexes serve.
IS_OPEN = Due.state == literal_column("'open'")


# By piece, since when the firm that maintains it today answers for its visits (contracts lie to the right).
maintained_since = Provider[[Sequence[UUID], date], Mapping[UUID, date]](lambda _ids, _on: {})


def life_of(equipment: Equipment) -> Life:
    """All that the plan of one piece may look at."""
    return lives_of([equipment])[equipment.id]


def lives_of(pieces: Sequence[Equipment], on: date | None = None) -> dict[UUID, Life]:
    """The lives of many pieces as they stand on a day (today) in a few queries; raises pydantic's
    ValidationError where details are not what they must be."""
    ids = [piece.id for piece in pieces]
    done = _by_piece(
        visible(SYSTEM, Due)
        .where(Due.equipment_id.in_(ids), Due.state == DueState.DONE, Due.kind.in_(tuple(DueKind)))
        .order_by(Due.id)
    )
    stops = _by_piece(
        visible(SYSTEM, Standing).where(
            Standing.equipment_id.in_(ids), Standing.status == EquipmentStatus.STOPPED
        )
    )
    facts = _by_piece(
        visible(SYSTEM, PlanFact)
        .where(PlanFact.equipment_id.in_(ids), PlanFact.voided_at.is_(None))
        .order_by(PlanFact.at, PlanFact.id)
    )
    day = on or clock.today()
    taken_over = maintained_since(ids, day)
    rights = on_demand_rights(pieces, day)
    return {
        piece.id: _life(
            piece,
            done[piece.id],
            stops[piece.id],
            facts[piece.id],
            taken_over.get(piece.id),
            rights.get(piece.id),
        )
        for piece in pieces
    }


def _by_piece(rows: Select[M]) -> Mapping[UUID, list[M]]:
    grouped: dict[UUID, list[M]] = defaultdict(list)
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        grouped[row.equipment_id].append(row)
    return grouped


def _life(
    piece: Equipment,
    done: Iterable[Due],
    stops: Iterable[Standing],
    facts: Sequence[PlanFact],
    taken_over: date | None,
    on_demand: OnDemandRight | None,
) -> Life:
    decided = next(
        (
            fact.kind
            for fact in reversed(facts)
            if fact.kind in DECISIONS and fact.on == piece.next_inspection_on
        ),
        None,
    )
    return Life(
        details=category(piece.category).read(piece.details),
        made_on=piece.made_on,
        registered_on=piece.registered_on,
        base_on=piece.base_on,
        in_use_since=piece.in_use_since,
        status=piece.status,
        done=(*stated(piece.last_inspected_on, piece.next_inspection_on), *map(_done, done)),
        stops=tuple(Stop(stop.from_on, stop.until_on) for stop in stops),
        extensions=tuple(
            Extension(DueKind(fact.duty), fact.on, fact.until, fact.reason)
            for fact in facts
            if fact.kind == FactKind.EXTENSION and fact.until is not None
        ),
        alterations=tuple(
            Alteration(AlterationKind(fact.kind), fact.on) for fact in facts if fact.kind in WORK
        ),
        known_since=clock.site_day(piece.created_at),
        paper_decided=decided == FactKind.BY_PAPER,
        paper_next_on=piece.next_inspection_on if decided != FactKind.BY_RULE else None,
        maintained_since=taken_over,
        on_demand=on_demand,
    )


def stated(last_on: date | None, next_on: date | None) -> tuple[Done, ...]:
    """The inspection that the papers stated at registration, before any record of ours."""
    return () if last_on is None else (Done(DueKind.INSPECTION, last_on, next_on=next_on, from_paper=True),)


def _done(due: Due) -> Done:
    assert due.done_on is not None  # CHECK done_has_day
    return Done(DueKind(due.kind), due.done_on, Conclusion(due.conclusion or Conclusion.PASSED), due.next_on)


def parties_of(piece: Equipment) -> ResponsibleParties:
    """Whose the duties of a piece are, as the register says today."""
    return ResponsibleParties(
        piece.use_unit_id or piece.owner_id, piece.maintenance_firm_id, piece.inspection_body_id
    )


def settlement_of(due: Due) -> Settlement | None:
    """How it is settled; a kind of a slice's own is settled by that slice."""
    return category(due.category).settlements.get(DueKind(due.kind)) if due.kind in set(DueKind) else None


def open_dues(equipment_id: UUID, viewer: Viewer = SYSTEM) -> Sequence[Due]:
    """Everything that must still happen to one piece, the nearest first."""
    dues = visible(viewer, Due).where(Due.equipment_id == equipment_id, Due.state == DueState.OPEN)
    return session.scalars(dues.order_by(Due.due_on, Due.kind)).all()


def open_due(equipment_id: UUID, kind: Labelled, viewer: Viewer = SYSTEM) -> Due | None:
    dues = visible(viewer, Due).where(
        Due.equipment_id == equipment_id, Due.kind == kind, Due.state == DueState.OPEN
    )
    return session.scalar(dues.execution_options(populate_existing=True))


def inspection_due(equipment_id: UUID) -> Due | None:
    """The next inspection (检验) of a piece, of those that it needs."""
    dues = visible(SYSTEM, Due).where(
        Due.equipment_id == equipment_id, Due.kind.in_(INSPECTIONS), Due.state == DueState.OPEN
    )
    nearest = dues.order_by(Due.due_on, Due.kind).limit(1)
    return session.scalar(nearest.execution_options(populate_existing=True))


def done_dues(viewer: Viewer, equipment_id: UUID) -> Sequence[Due]:
    """Everything that was done to one piece, the latest first."""
    dues = visible(viewer, Due).where(Due.equipment_id == equipment_id, Due.state == DueState.DONE)
    return session.scalars(dues.order_by(Due.done_on.desc(), Due.id.desc())).all()


def self_checks(ids: Sequence[UUID], on: date) -> dict[UUID, Due]:
    """The last yearly self-check (自行检查) of each of these pieces, where none is overdue since."""
    checks = visible(SYSTEM, Due).where(Due.equipment_id.in_(ids), Due.kind == DueKind.SELF_CHECK)
    last: dict[UUID, Due] = {}
    late: set[UUID] = set()
    for due in session.scalars(checks.order_by(Due.done_on, Due.id)):
        if due.state == DueState.DONE and due.conclusion in ("", Conclusion.PASSED):
            last[due.equipment_id] = due
        elif due.state == DueState.OPEN and due.due_on < on:
            late.add(due.equipment_id)
    return {piece: due for piece, due in last.items() if piece not in late}


def due_between(
    viewer: Viewer, since: date | None, until: date | None, *, kinds: Iterable[Labelled] = ()
) -> Select[Due]:
    """Open duties with their last day in the window; an end that is None is open."""
    dues = visible(viewer, Due).where(IS_OPEN)
    wanted = list(kinds)
    if wanted:
        dues = dues.where(Due.kind.in_(wanted))
    if since is not None:
        dues = dues.where(Due.due_on >= since)
    return dues if until is None else dues.where(Due.due_on <= until)


def overdue(viewer: Viewer, on: date, *, kinds: Iterable[Labelled] = ()) -> Select[Due]:
    """Open duties whose last day lies before `on`; what nobody knows (检验情况不明) and what failed (检验不合格) is no
    overdue one."""
    return due_between(viewer, None, None, kinds=kinds).where(
        Due.due_on < on, Due.origin.not_in((Origin.UNKNOWN, Origin.FAILED))
    )


def failed(viewer: Viewer, *, kinds: Iterable[Labelled] = ()) -> Select[Due]:
    """检验不合格: the last of these was not passed, and none has been since."""
    return due_between(viewer, None, None, kinds=kinds).where(Due.origin == literal_column("'failed'"))


def unknown(viewer: Viewer, *, kinds: Iterable[Labelled] = ()) -> Select[Due]:
    """检验情况不明: nothing on record tells when these were inspected, or when their life ends."""
    return due_between(viewer, None, None, kinds=kinds).where(Due.origin == literal_column("'unknown'"))


def differing(viewer: Viewer) -> Select[Due]:
    """Inspections whose day from paper is not the rule's, and nobody has decided which stands."""
    return due_between(viewer, None, None).where(Due.rule_on.is_not(None))
