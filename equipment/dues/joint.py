"""报检单: many pieces applied for at once, each an application of its own; the body decides on all, some or
single rows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues import applications
from equipment.dues.applications import AT_ONCE, chain_of, pending_application, why_not
from equipment.dues.filters import LATE, DueRow, Filters, due_rows, wanted
from equipment.dues.models import Application, Due, JointApplication
from equipment.dues.queries import inspection_due
from equipment.dues.rules import ApplicationState
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.duties import duty_key
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.storage.db import session

AHEAD = (30, 60, 90, 180)  # days: the windows that the page of a new 报检单 offers
BEGINS = "BJ-"  # a house number: no text gives 报检单 one


def to_apply_for(viewer: Viewer, days: int) -> list[DueRow]:
    """What the unit may apply for now: overdue or due within so many days, not applied for yet, by site."""
    rows = wanted(viewer, Filters(window="all", applied=LATE), clock.today())
    until = clock.today() + timedelta(days=days)
    near = rows.where(Due.due_on <= until, Equipment.inspection_body_id.is_not(None))
    mine = near.where(
        (Equipment.use_unit_id == viewer.organisation_id) | (Equipment.owner_id == viewer.organisation_id)
    )
    return due_rows(
        session.execute(
            mine.order_by(Equipment.address, Equipment.position, Due.due_on, Equipment.id).limit(AT_ONCE)
        ).all()
    )


@dataclass(frozen=True, slots=True)
class AppliedJointly:
    """The 报检单 that came about, one for each body, and why some pieces are on none, by reason."""

    joint: Sequence[JointApplication]
    skipped: Counter[str]


def apply_jointly(
    pieces: Sequence[Equipment], *, by: Viewer, wish_on: date | None = None, note: str = ""
) -> AppliedJointly:
    """Apply for these pieces, one 报检单 per inspection body; what cannot be applied for is left out by its
    reason, and asked twice a piece stays on the one it is on."""
    if by.organisation_id is None or by.user_id is None:
        raise NotFound
    if wish_on is not None and wish_on < clock.today():
        raise Invalid({"wish_on": N_("This day has passed.")})
    session.flush()
    organisation = ledger.subject_of("organisation", by.organisation_id)
    ledger.locked_heads(session.connection(), [organisation, *(chain_of(piece.id) for piece in pieces)])
    skipped, by_body = Counter[str](), dict[UUID, list[tuple[Equipment, Due]]]()
    for piece in pieces[:AT_ONCE]:
        due = inspection_due(piece.id)
        against = N_("Already applied for") if pending_application(piece.id) else why_not(piece, due, by)
        if against or due is None or piece.inspection_body_id is None:
            skipped[against] += 1
        else:
            by_body.setdefault(piece.inspection_body_id, []).append((piece, due))
    joint = [_begin(body_id, rows, by=by, wish_on=wish_on, note=note) for body_id, rows in by_body.items()]
    return AppliedJointly(joint, skipped)


def _begin(
    body_id: UUID, rows: Sequence[tuple[Equipment, Due]], *, by: Viewer, wish_on: date | None, note: str
) -> JointApplication:
    assert by.organisation_id is not None
    assert by.user_id is not None
    joint = JointApplication(
        organisation_id=by.organisation_id,
        id=new_id(),
        number=_next_number(by.organisation_id, clock.today()),
        to_id=body_id,
        pieces=len(rows),
        wish_on=wish_on,
        note=note.strip()[:300],
        made_by=by.user_id,
        made_at=clock.now(),
    )
    session.add(joint)
    ledger.record(
        session(),
        ledger.subject_of("organisation", by.organisation_id),
        "joint_application.made",
        actor=by.actor,
        payload={"joint": joint.id, "number": joint.number, "body": body_id, "pieces": len(rows)},
        rows=[joint],
    )
    for piece, due in rows:
        applications.begin(
            piece, due, by.organisation_id, by=by, wish_on=wish_on, note=note, joint_id=joint.id
        )
    return joint


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the unit's year; its chain is locked."""
    begins = f"{BEGINS}{on.year}-"
    numbered = visible(SYSTEM, JointApplication).where(
        JointApplication.organisation_id == organisation_id, JointApplication.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(JointApplication.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"


def joint_application(viewer: Viewer, joint_id: UUID) -> JointApplication:
    joint = session.scalar(visible(viewer, JointApplication).where(JointApplication.id == joint_id))
    if joint is None:
        raise NotFound
    return joint


def rows_of(joint: JointApplication) -> Sequence[Application]:
    """Every application on it; whoever sees the 报检单 sees them all."""
    rows = visible(SYSTEM, Application).where(Application.joint_id == joint.id)
    return session.scalars(rows.execution_options(populate_existing=True)).all()


def joint_applications(viewer: Viewer, state: str = "") -> Select[JointApplication]:
    """报检单 of the viewer; with a state, those with rows in it."""
    listed = visible(viewer, JointApplication)
    if state not in set(ApplicationState):
        return listed
    rows = visible(SYSTEM, Application).where(Application.state == state, Application.joint_id.is_not(None))
    return listed.where(JointApplication.id.in_(rows.with_only_columns(Application.joint_id)))


def counts_of(joint: Collection[JointApplication]) -> dict[UUID, Counter[ApplicationState]]:
    """How many rows of each are in which state."""
    counted = (
        visible(SYSTEM, Application)
        .where(Application.joint_id.in_([row.id for row in joint]))
        .with_only_columns(Application.joint_id, Application.state, func.count())
        .group_by(Application.joint_id, Application.state)
    )
    counts: dict[UUID, Counter[ApplicationState]] = {row.id: Counter() for row in joint}
    for joint_id, state, number in session.execute(counted):
        if joint_id is not None:
            counts[joint_id][ApplicationState(state)] = number
    return counts


@dataclass(frozen=True, slots=True)
class DecidedRows:
    """What a decision on ticked rows came to, and why it left some as they were, by reason."""

    count: int
    skipped: Counter[str]


def plan_rows(
    rows: Sequence[Application],
    planned_on: date,
    *,
    by: Viewer,
    inspector_id: UUID | None = None,
    reason: str = "",
) -> DecidedRows:
    """Accept these rows for a day, or move those that have one; a row whose inspection would not count on
    that day, or that was decided meanwhile, stays as it is. Each side hears of it once."""
    _lock(rows)
    skipped, planned = Counter[str](), list[Application]()
    for row in rows:
        session.refresh(row)
        if row.state not in applications.PENDING:
            skipped[N_("This application has been decided already.")] += 1
            continue
        due = inspection_due(row.equipment_id)
        if due is not None and due.earliest_on is not None and planned_on < due.earliest_on:
            skipped[N_("An inspection on this day would be too early to count.")] += 1
            continue
        applications.accept(row, planned_on, by=by, inspector_id=inspector_id, reason=reason, tells=False)
        planned.append(row)
    text = N_("The inspection of %(num)s pieces of %(number)s is arranged for %(day)s")
    _tell(planned, Message(text, {"num": len(planned), "day": planned_on.isoformat()}), planned_on)
    return DecidedRows(len(planned), skipped)


def refuse_rows(rows: Sequence[Application], reason: str, *, by: Viewer) -> DecidedRows:
    """These rows are not accepted, for one reason."""
    _lock(rows)
    skipped, refused = Counter[str](), list[Application]()
    for row in rows:
        session.refresh(row)
        if row.state is not ApplicationState.APPLIED:
            skipped[N_("This application has been decided already.")] += 1
            continue
        applications.refuse(row, reason, by=by)
        refused.append(row)
    text = N_("The inspection of %(num)s pieces of %(number)s was not accepted: %(reason)s")
    _tell(refused, Message(text, {"num": len(refused), "reason": reason.strip()}), clock.today())
    return DecidedRows(len(refused), skipped)


def withdraw_rows(rows: Sequence[Application], *, by: Viewer) -> DecidedRows:
    """The unit takes these rows back; the body is told of those that it had a day for."""
    _lock(rows)
    skipped, arranged = Counter[str](), list[Application]()
    count = 0
    for row in rows:
        session.refresh(row)
        if row.state not in applications.PENDING:
            skipped[N_("This application has been decided already.")] += 1
            continue
        if row.state is ApplicationState.ACCEPTED:
            arranged.append(row)
        applications.withdraw(row, by=by)
        count += 1
    text = N_("%(num)s pieces of %(number)s were withdrawn that had a day")
    _tell(arranged, Message(text, {"num": len(arranged)}), clock.today(), body=True)
    return DecidedRows(count, skipped)


def _lock(rows: Sequence[Application]) -> None:
    session.flush()
    ledger.locked_heads(session.connection(), [chain_of(row.equipment_id) for row in rows])


def _tell(rows: Sequence[Application], text: Message, day: date, *, body: bool = False) -> None:
    """One word to the other side for each 报检单 these rows stand on."""
    by_joint: dict[UUID, list[Application]] = {}
    for row in rows:
        if row.joint_id is not None:
            by_joint.setdefault(row.joint_id, []).append(row)
    if not by_joint:
        return
    joint = session.scalars(visible(SYSTEM, JointApplication).where(JointApplication.id.in_(by_joint))).all()
    for one in joint:
        moved = by_joint[one.id]
        whose = one.to_id if body else one.organisation_id
        urgent(
            Duty(
                key=f"{duty_key('joint', one, day)}:{len(moved)}:{moved[0].state}",
                kind=DutyKind.APPLICATION,
                due_on=day,
                area=moved[0].area,
                text=Message(text.msgid, {**text.params, "num": len(moved), "number": one.number}),
                link=f"/applications/joint/{one.id}",
                organisation_id=whose,
                stages=at_once(Audience.RESPONSIBLE),
            )
        )


def planned_visits(
    viewer: Viewer, since: date, until: date, inspector_id: UUID | None = None
) -> Select[Application]:
    """The inspections that the viewer's body arranged for these days, all or those of one inspector."""
    planned = visible(viewer, Application).where(
        Application.body_id == viewer.organisation_id,
        Application.state == ApplicationState.ACCEPTED,
        Application.planned_on.between(since, until),
    )
    return planned if inspector_id is None else planned.where(Application.inspector_id == inspector_id)
