"""报检: the use unit asks, the inspection body accepts and dates; an overdue piece that was applied for is not
the unit's fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.models import Application, Due
from equipment.dues.queries import inspection_due
from equipment.dues.rules import APPLICATION_CHANGES, ApplicationState, DueState
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.storage.db import session

PENDING = (ApplicationState.APPLIED, ApplicationState.ACCEPTED)
AT_ONCE = 200
NOTHING_DUE = N_("No inspection is due.")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a bulk 报检 came to: how many were applied for, and why others were not, by reason."""

    count: int
    skipped: dict[str, int]


def pending_application(equipment_id: UUID) -> Application | None:
    """The application that waits for its inspection."""
    pending = visible(SYSTEM, Application).where(
        Application.equipment_id == equipment_id, Application.state.in_(PENDING)
    )
    return session.scalar(pending.execution_options(populate_existing=True))


def applications(viewer: Viewer) -> Select[Application]:
    return visible(viewer, Application)


def application(viewer: Viewer, application_id: UUID) -> Application:
    record = session.scalar(
        visible(viewer, Application)
        .where(Application.id == application_id)
        .execution_options(populate_existing=True)
    )
    if record is None:
        raise NotFound
    return record


def waiting_for(body_id: UUID) -> int:
    """How many applications a body has not answered yet."""
    waiting = visible(SYSTEM, Application).where(
        Application.body_id == body_id, Application.state == ApplicationState.APPLIED
    )
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def apply(equipment: Equipment, *, by: Viewer, wish_on: date | None = None, note: str = "") -> Application:
    """Ask for the inspection that is due; asked twice, the standing application is the answer."""
    ledger.locked_heads(session.connection(), [chain_of(equipment.id)])
    pending = pending_application(equipment.id)
    if pending is not None:
        return pending
    due = inspection_due(equipment.id)
    against = why_not(equipment, due, by)
    if against:
        raise Invalid({"": against})
    if wish_on is not None and wish_on < clock.today():
        raise Invalid({"wish_on": N_("This day has passed.")})
    assert due is not None  # why_not has looked
    assert by.organisation_id is not None
    return begin(equipment, due, by.organisation_id, by=by, wish_on=wish_on, note=note)


def apply_as_seen(equipment: Equipment, *, note: str, by: Viewer) -> Application:
    """报检 that the bureau saw when it was there: the unit has applied, or the piece was inspected and its
    report is to come. It stands as the unit's; the one that stands already is the answer."""
    ledger.locked_heads(session.connection(), [chain_of(equipment.id)])
    pending = pending_application(equipment.id)
    if pending is not None:
        return pending
    due, unit = inspection_due(equipment.id), equipment.use_unit_id or equipment.owner_id
    if due is None:
        raise Invalid({"": NOTHING_DUE})
    if equipment.inspection_body_id is None:
        raise Invalid({"body": N_("No inspection body is assigned: choose one.")})
    if unit is None:
        raise Invalid({"": N_("It has neither use unit nor owner: nobody could have applied.")})
    return begin(equipment, due, unit, by=by, note=note)


def begin(
    equipment: Equipment,
    due: Due,
    organisation_id: UUID,
    *,
    by: Viewer,
    wish_on: date | None = None,
    note: str = "",
    joint_id: UUID | None = None,
) -> Application:
    """The application itself; the caller has locked the chain and looked for what stands against it."""
    assert by.user_id is not None
    assert equipment.inspection_body_id is not None
    application = Application(
        equipment_id=equipment.id,
        id=new_id(),
        due_id=due.id,
        organisation_id=organisation_id,
        body_id=equipment.inspection_body_id,
        area=equipment.area,
        category=equipment.category,
        state=ApplicationState.APPLIED,
        wish_on=wish_on,
        note=note.strip()[:300],
        applied_by=by.user_id,
        applied_at=clock.now(),
        accepted_at=None,
        planned_on=None,
        joint_id=joint_id,
        inspector_id=None,
        plan_no=0,
    )
    session.add(application)
    payload: dict[str, object] = {"due_on": due.due_on}
    _record(application, "application.applied", by, payload | ({"joint": joint_id} if joint_id else {}))
    return application


def why_not(equipment: Equipment, due: Due | None, by: Viewer) -> str:
    """What stands against an application (msgid), "" when nothing does."""
    if by.organisation_id not in (equipment.use_unit_id, equipment.owner_id) or by.user_id is None:
        return N_("Only the use unit or the owner applies for an inspection.")
    if due is None:
        return NOTHING_DUE
    return "" if equipment.inspection_body_id else N_("No inspection body is assigned: ask the bureau.")


def apply_for_many(pieces: Sequence[Equipment], *, by: Viewer) -> Applied:
    """One tap for a whole list: what cannot be applied for is counted by reason, nothing else fails with
    it."""
    count, skipped = 0, dict[str, int]()
    for piece in pieces[:AT_ONCE]:
        against = (
            N_("Already applied for")
            if pending_application(piece.id)
            else why_not(piece, inspection_due(piece.id), by)
        )
        if against:
            skipped[against] = skipped.get(against, 0) + 1
        else:
            apply(piece, by=by)
            count += 1
    return Applied(count, skipped)


def accept(
    application: Application,
    planned_on: date,
    *,
    by: Viewer,
    inspector_id: UUID | None = None,
    reason: str = "",
    tells: bool = True,
) -> None:
    """The body accepts and names the day, and who goes there if that is settled; said again with another day
    it moves the day, and says why. `tells`: the unit and the firm hear of this piece by itself."""
    _of_body(application, by)
    moves = application.state == ApplicationState.ACCEPTED and application.planned_on != planned_on
    if application.state != ApplicationState.ACCEPTED:
        _move(application, ApplicationState.ACCEPTED)
        application.accepted_at, application.accepted_by = clock.now(), by.user_id
    _may_plan(application, planned_on)
    if moves and not reason.strip():
        raise Invalid({"reason": N_("Say why the day moves: the unit reads it.")})
    payload: dict[str, object] = {"planned_on": planned_on}
    if moves:
        application.moved_for = reason.strip()[:300]
        payload |= {"moved_from": application.planned_on, "reason": application.moved_for}
    application.planned_on = planned_on
    application.plan_no += 1
    if inspector_id is not None:
        application.inspector_id = _inspector_of(inspector_id, by)
        payload["inspector"] = application.inspector_id
    _record(application, "application.accepted", by, payload)
    if tells:
        _tell_day(application, planned_on)


def _inspector_of(inspector_id: UUID, by: Viewer) -> UUID:
    """One of the body's own inspectors."""
    assert by.organisation_id is not None
    if inspector_id not in {user.id for user in people_with(by.organisation_id, Role.INSPECTOR)}:
        raise Invalid({"inspector": N_("This is nobody who inspects for your organisation.")})
    return inspector_id


def _tell_day(application: Application, planned_on: date) -> None:
    piece = session.get_one(Equipment, application.equipment_id)
    text = Message(
        N_("The inspection of %(piece)s was accepted for %(day)s"),
        {"piece": piece_name(piece), "day": planned_on.isoformat()},
    )
    heard_by = at_once(Audience.RESPONSIBLE, Audience.FIRM)
    urgent(
        record_duty(
            "accepted",
            DutyKind.APPLICATION,
            text,
            application,
            planned_on,
            organisation_id=application.organisation_id,
            firm_id=piece.maintenance_firm_id,
            stages=heard_by,
        )
    )


def _may_plan(application: Application, planned_on: date) -> None:
    if planned_on < clock.today():
        raise Invalid({"planned_on": N_("This day has passed.")})
    due = inspection_due(application.equipment_id)
    if due is not None and due.earliest_on is not None and planned_on < due.earliest_on:
        raise Invalid(
            {
                "planned_on": Message(
                    N_("An inspection before %(earliest)s would not count."),
                    {"earliest": due.earliest_on.isoformat()},
                )
            }
        )


def refuse(application: Application, reason: str, *, by: Viewer) -> None:
    """The body does not accept, and says why."""
    _of_body(application, by)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _move(application, ApplicationState.REFUSED)
    application.note = reason.strip()[:300]
    _record(application, "application.refused", by, {"reason": reason.strip()})


def withdraw(application: Application, *, by: Viewer) -> None:
    """Whoever applied takes it back."""
    if by.organisation_id != application.organisation_id:
        raise NotFound
    _move(application, ApplicationState.WITHDRAWN)
    _record(application, "application.withdrawn", by, {})


def apply_together(pieces: Sequence[Equipment], body_id: UUID, *, by: Viewer) -> dict[UUID, UUID]:
    """报检 of many at once, by those who send them to this body: their application by piece. One that stands is
    taken over; a piece of which no inspection is due has none. The caller has locked their chains."""
    assert by.organisation_id is not None
    assert by.user_id is not None
    ids = [piece.id for piece in pieces]
    pending = visible(SYSTEM, Application).where(
        Application.equipment_id.in_(ids), Application.state.in_(PENDING)
    )
    pending_ones = {application.equipment_id: application for application in session.scalars(pending)}
    open_dues = visible(SYSTEM, Due).where(
        Due.equipment_id.in_(ids), Due.kind == DueKind.INSPECTION, Due.state == DueState.OPEN
    )
    dues = {due.equipment_id: due for due in session.scalars(open_dues)}
    fresh = [
        Application(
            equipment_id=piece.id,
            id=new_id(),
            due_id=dues[piece.id].id,
            organisation_id=by.organisation_id,
            body_id=body_id,
            area=piece.area,
            category=piece.category,
            state=ApplicationState.APPLIED,
            wish_on=None,
            note="",
            applied_by=by.user_id,
            applied_at=clock.now(),
            accepted_at=None,
            planned_on=None,
            joint_id=None,
            inspector_id=None,
            plan_no=0,
        )
        for piece in pieces
        if piece.id in dues and piece.id not in pending_ones
    ]
    session.add_all(fresh)
    moved = [application for application in pending_ones.values() if application.body_id != body_id]
    for application in moved:
        application.body_id = body_id
    _record_together([*fresh, *moved], "application.applied", by, {})
    return {application.equipment_id: application.id for application in (*pending_ones.values(), *fresh)}


def answer_together(
    ids: Collection[UUID],
    to: ApplicationState,
    *,
    by: Viewer,
    planned_on: date | None = None,
    reason: str = "",
) -> None:
    """Accept, refuse or withdraw the applications of these pieces together, without a notice for each; one
    that was decided meanwhile stays as it is."""
    rows = visible(SYSTEM, Application).where(
        Application.equipment_id.in_(ids), Application.state.in_(PENDING)
    )
    answered = [
        application
        for application in session.scalars(rows.execution_options(populate_existing=True))
        if to in APPLICATION_CHANGES[application.state]
    ]
    for application in answered:
        application.state = to
        application.plan_no += 1
        application.planned_on = planned_on or application.planned_on
        application.note = reason[:300] or application.note
        if to is ApplicationState.ACCEPTED:
            application.accepted_at, application.accepted_by = clock.now(), by.user_id
    more: Mapping[str, object] = {"planned_on": planned_on} if planned_on else {"reason": reason}
    _record_together(answered, f"application.{to}", by, more)


def _record_together(
    applications: Sequence[Application], verb: str, by: Viewer, payload: Mapping[str, object]
) -> None:
    session.flush()
    lines = [
        ledger.EventDraft(
            chain_of(application.equipment_id),
            verb,
            {"application": application.id, **payload},
            [row(application)],
        )
        for application in applications
    ]
    ledger.append(session.connection(), lines, actor=by.actor)


def _of_body(application: Application, by: Viewer) -> None:
    if by.organisation_id != application.body_id:
        raise NotFound


def _move(application: Application, to: ApplicationState) -> None:
    if to not in APPLICATION_CHANGES[ApplicationState(application.state)]:
        raise Conflict({"": N_("This application has been decided already.")})
    application.state = to
    application.plan_no += 1


def chain_of(equipment_id: UUID) -> str:
    """The ledger's subject of a piece."""
    return ledger.subject_of("equipment", equipment_id)


def _record(application: Application, verb: str, by: Viewer, payload: dict[str, object]) -> None:
    ledger.record(
        session(),
        chain_of(application.equipment_id),
        verb,
        actor=by.actor,
        payload={"application": application.id, **payload},
        rows=[application],
    )
