"""Planning what must happen next, and noting that it happened: whoever does a thing says `done`, whoever asks
reads Due rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.months import add_months
from equipment.core.words import N_, Labelled, Message
from equipment.dues import organisations, papers
from equipment.dues.models import Application, Due, PlanFact
from equipment.dues.planning import changes_of, write
from equipment.dues.queries import open_due
from equipment.dues.rules import ApplicationState, DueState, FactKind
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.planning import INSPECTIONS, PLANNED_STATUSES, AlterationKind, DueKind, Origin
from equipment.regulation.queries import delay_months
from equipment.storage.db import session, transaction

READ, WRITE = 1000, 100
REASON_LENGTH = 300
OUT_OF_CYCLE = {"msgid": N_("Done outside the cycle"), "params": {}}


def plan_piece(equipment: Equipment, *, by_actor: str) -> bool:
    """Plan one piece anew; true when something changed. Planning twice is harmless."""
    session.flush()
    ledger.locked_heads(session.connection(), [_chain(equipment.id)])
    if (
        session.connection().dialect.name != "sqlite"
    ):  # as in ledger.record: the piece as it stands behind the lock
        session.refresh(equipment)
    changes, _unplannable = changes_of([equipment], clock.today())
    write(changes, actor=by_actor)
    return bool(changes)


def replan(equipment: Equipment, by: Viewer) -> None:
    """What follows every registration, change and change of status (register/hooks.py)."""
    plan_piece(equipment, by_actor=by.actor)


def plan_all(on: date) -> dict[str, int]:
    """The nightly planning of everything. The one action that opens its own transactions: it reads without
    writing, then writes what changed in chunks of 100 pieces (about 40 ms), so that scans never wait for it;
    stopped half-way it is simply run again."""
    counts = {"pieces": 0, "changed": 0, "unplannable": 0}
    for ids in _ids():
        changes, unplannable = changes_of(_pieces(ids), on)
        counts["pieces"] += len(ids)
        counts["unplannable"] += len(unplannable)
        changed = [change.piece.id for change in changes]
        for start in range(0, len(changed), WRITE):
            with transaction():
                counts["changed"] += _plan_chunk(changed[start : start + WRITE], on)
        session.rollback()
    with transaction():
        counts["papers"] = papers.plan_papers()
    counts["organisations"] = organisations.plan_organisations(on)
    return counts


def plan_pieces(ids: Sequence[UUID]) -> int:
    """What follows an import (register/hooks.py): plan pieces that are new on file, at most 200 at a time."""
    return _plan_chunk(ids, clock.today())


def _plan_chunk(ids: Sequence[UUID], on: date) -> int:
    ledger.locked_heads(session.connection(), map(_chain, ids))
    changes, _unplannable = changes_of(_pieces(ids), on)
    write(changes, actor=SYSTEM.actor)
    return len(changes)


def _ids() -> Iterator[list[UUID]]:
    """The pieces that may have duties, in chunks, by id."""
    has_open_duties = exists().where(Due.equipment_id == Equipment.id, Due.state == DueState.OPEN)
    planned_pieces = (
        visible(SYSTEM, Equipment)
        .with_only_columns(Equipment.id)
        .where(or_(Equipment.status.in_(PLANNED_STATUSES), has_open_duties))
    )
    last: UUID | None = None
    while True:
        after = planned_pieces.where(Equipment.id > last) if last else planned_pieces
        ids = list(session.scalars(after.order_by(Equipment.id).limit(READ)))
        if not ids:
            return
        yield ids
        last = ids[-1]


def _pieces(ids: Sequence[UUID]) -> Sequence[Equipment]:
    return session.scalars(
        visible(SYSTEM, Equipment).where(Equipment.id.in_(ids)).execution_options(populate_existing=True)
    ).all()


def done(
    equipment: Equipment,
    kind: Labelled,
    *,
    on: date,
    by: str,
    conclusion: str = "",
    next_on: date | None = None,
) -> Due | None:
    """Note that a duty was done by the record `by` ("inspection:<id>", "visit:<id>") and plan what comes
    next: that is the answer, None when nothing of this kind does. Said twice by the same record it changes
    nothing."""
    session.flush()
    ledger.locked_heads(session.connection(), [_chain(equipment.id)])
    earlier = session.scalar(
        visible(SYSTEM, Due).where(
            Due.equipment_id == equipment.id, Due.kind == kind, Due.done_by == by, Due.state == DueState.DONE
        )
    )
    if earlier is None:
        due = _settled(equipment, kind, on)
        due.state, due.done_on, due.done_by, due.conclusion, due.next_on = (
            DueState.DONE,
            on,
            by,
            conclusion,
            next_on,
        )
        session.add(due)
        _record(
            equipment.id,
            "due.done",
            by,
            {"kind": kind, "on": on, "conclusion": conclusion, "by": by},
            due,
            *_inspected(equipment, kind),
        )
        plan_piece(equipment, by_actor=by)
    elif (earlier.done_on, earlier.conclusion) != (on, conclusion):
        raise Conflict({"on": N_("This record has already been noted with another day or conclusion.")})
    return open_due(equipment.id, kind)


def _settled(equipment: Equipment, kind: Labelled, on: date) -> Due:
    """The open duty this settles; what was done too early to count stands as a row of its own."""
    due = open_due(equipment.id, kind)
    if due is not None and (due.earliest_on is None or on >= due.earliest_on):
        return due
    return Due(
        equipment_id=equipment.id,
        id=new_id(),
        kind=kind,
        due_on=on,
        earliest_on=None,
        citation={},
        explanation=OUT_OF_CYCLE,
        organisation_id=equipment.use_unit_id or equipment.owner_id,
        body_id=equipment.inspection_body_id,
        firm_id=equipment.maintenance_firm_id,
        area=equipment.area,
        category=equipment.category,
        planned_at=clock.now(),
    )


def _inspected(equipment: Equipment, kind: Labelled) -> list[Application]:
    """An inspection answers the 报检 that stands."""
    if kind not in INSPECTIONS:
        return []
    pending = visible(SYSTEM, Application).where(
        Application.equipment_id == equipment.id,
        Application.state.in_((ApplicationState.APPLIED, ApplicationState.ACCEPTED)),
    )
    applications = list(session.scalars(pending))
    for application in applications:
        application.state = ApplicationState.DONE
    return applications


def undone(equipment: Equipment, *, by: str, actor: str) -> None:
    """Take back all that the record `by` had noted (it was corrected), and plan anew; the rows stay,
    superseded."""
    session.flush()
    ledger.locked_heads(session.connection(), [_chain(equipment.id)])
    dues = list(
        session.scalars(
            visible(SYSTEM, Due).where(
                Due.equipment_id == equipment.id, Due.done_by == by, Due.state == DueState.DONE
            )
        )
    )
    facts = list(
        session.scalars(
            visible(SYSTEM, PlanFact).where(
                PlanFact.equipment_id == equipment.id, PlanFact.source == by, PlanFact.voided_at.is_(None)
            )
        )
    )
    for due in dues:
        due.state = DueState.SUPERSEDED
    for fact in facts:
        fact.voided_at = clock.now()
    _record(equipment.id, "due.undone", actor, {"by": by}, *dues, *facts)
    plan_piece(equipment, by_actor=actor)


def note_work(equipment: Equipment, kind: AlterationKind, *, on: date, by: str, actor: str) -> None:
    """An alteration or major repair passed its supervision inspection: the cycle begins anew, or leaves out
    that year's inspection."""
    fact = PlanFact(
        equipment_id=equipment.id,
        id=new_id(),
        organisation_id=equipment.use_unit_id or equipment.owner_id,
        area=equipment.area,
        category=equipment.category,
        kind=FactKind(kind.value),
        on=on,
        until=None,
        duty="",
        reason="",
        source=by,
        at=clock.now(),
        voided_at=None,
    )
    session.add(fact)
    _record(equipment.id, "plan.work", actor, {"kind": kind, "on": on, "by": by}, fact)
    plan_piece(equipment, by_actor=actor)


def extend(equipment: Equipment, kind: Labelled, until: date, reason: str, *, by: Viewer) -> Due:
    """Approve a delay (延期检验) of the duty that is open; a second delay takes the place of the first, be it
    longer or shorter."""
    session.flush()
    ledger.locked_heads(session.connection(), [_chain(equipment.id)])
    due = open_due(equipment.id, kind)
    if due is None:
        raise Invalid({"": N_("Nothing of this kind is due.")})
    if due.origin is Origin.FAILED:
        raise Invalid({"": N_("What failed is not put off: it is done again before further use.")})
    earlier = _extension_of(due)
    planned_on = earlier.on if earlier else due.due_on
    _may_be_delayed(kind, planned_on, until, reason)
    fact = PlanFact(
        equipment_id=equipment.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=equipment.area,
        category=equipment.category,
        kind=FactKind.EXTENSION,
        on=planned_on,
        until=until,
        duty=kind,
        reason=reason.strip(),
        source=by.actor,
        approved_by=by.user_id,
        at=clock.now(),
        voided_at=None,
    )
    session.add(fact)
    if earlier:
        earlier.voided_at = clock.now()
    _record(
        equipment.id,
        "due.extended",
        by.actor,
        {"kind": kind, "until": until, "reason": reason.strip()},
        fact,
        *([earlier] if earlier else []),
    )
    plan_piece(equipment, by_actor=by.actor)
    extended = open_due(equipment.id, kind)
    if extended is None or extended.due_on <= planned_on:
        raise Invalid({"until": N_("The rules do not allow this delay.")})
    return extended


def _extension_of(due: Due) -> PlanFact | None:
    """The approved delay that made it due on its day."""
    return session.scalar(
        visible(SYSTEM, PlanFact).where(
            PlanFact.equipment_id == due.equipment_id,
            PlanFact.kind == FactKind.EXTENSION,
            PlanFact.duty == due.kind,
            PlanFact.until == due.due_on,
            PlanFact.voided_at.is_(None),
        )
    )


def _may_be_delayed(kind: Labelled, planned_on: date, until: date, reason: str) -> None:
    """A delay counts from the day of the plan, so that one mistyped can be made shorter. Beyond the longest
    delay it is taken for mistyped, but for the end of life: there a rule says how far it goes."""
    latest = add_months(planned_on, delay_months(clock.today()))
    if until <= planned_on:
        raise Invalid(
            {"until": Message(N_("The new day must lie after %(due)s."), {"due": planned_on.isoformat()})}
        )
    if until > latest and kind is not DueKind.END_OF_LIFE:
        raise Invalid(
            {
                "until": Message(
                    N_("The new day must not lie after %(latest)s."), {"latest": latest.isoformat()}
                )
            }
        )
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if len(reason.strip()) > REASON_LENGTH:
        raise Invalid(
            {
                "reason": Message(
                    N_("At most %(most)d characters; you have %(typed)d."),
                    {"most": REASON_LENGTH, "typed": len(reason.strip())},
                )
            }
        )


def _chain(equipment_id: UUID) -> str:
    return ledger.subject_of("equipment", equipment_id)


def _record(
    equipment_id: UUID, verb: str, actor: str, payload: dict[str, object], *rows: Due | PlanFact | Application
) -> None:
    ledger.record(session(), _chain(equipment_id), verb, actor=actor, payload=payload, rows=rows)
