"""What organisations must do by a day, beside their papers: planned by slices, settled by the records that
follow them. `plan_organisations` may run twice for one day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_

from equipment.core import clock
from equipment.core.ids import NOBODY, id_in, new_id
from equipment.dues.kinds import OrganisationDuty, organisation_plans
from equipment.dues.models import OrganisationDue
from equipment.dues.rules import DueState
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.storage.columns import Sorts
from equipment.storage.db import session, transaction

CHUNK = 50  # organisations planned in one transaction
LATE, SOON = "overdue", "30"
SORTS: Sorts = {"due_on": (OrganisationDue.due_on, OrganisationDue.id)}


def plan_organisations(on: date) -> int:
    """Plan all of them anew, in transactions of their own; returns how many rows changed."""
    waiting = visible(SYSTEM, OrganisationDue).where(OrganisationDue.state == DueState.OPEN)
    open_ones = waiting.with_only_columns(OrganisationDue.organisation_id)
    wanted = visible(SYSTEM, Organisation).where(or_(Organisation.active, Organisation.id.in_(open_ones)))
    ids = session.scalars(wanted.with_only_columns(Organisation.id).order_by(Organisation.id)).all()
    session.rollback()
    changed = 0
    for start in range(0, len(ids), CHUNK):
        with transaction():
            changed += plan_of(ids[start : start + CHUNK], on, by=SYSTEM)
    return changed


def plan_of(ids: Sequence[UUID], on: date, *, by: Viewer) -> int:
    """Plan these organisations anew, in the caller's transaction; returns how many rows changed."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", key) for key in ids])
    chosen = session.scalars(visible(SYSTEM, Organisation).where(Organisation.id.in_(ids))).all()
    rows = visible(SYSTEM, OrganisationDue).where(OrganisationDue.organisation_id.in_(ids))
    of: dict[UUID, list[OrganisationDue]] = defaultdict(list)
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        of[row.organisation_id].append(row)
    active = [organisation for organisation in chosen if organisation.active]
    first = _first_days(row for rows_of in of.values() for row in rows_of)
    plans = [plan(active, on, first) for plan in organisation_plans]
    return sum(
        _follow(key, of[key], [duty for plan in plans for duty in plan.get(key, ())], by) for key in ids
    )


def _first_days(rows: Iterable[OrganisationDue]) -> dict[tuple[UUID, str, str], date]:
    """Since when each duty has been known."""
    first: dict[tuple[UUID, str, str], date] = {}
    for row in rows:
        if not row.after:
            key = (row.organisation_id, row.kind, row.subject)
            first[key] = min(row.counted_from, first.get(key, row.counted_from))
    return first


def _follow(key: UUID, rows: list[OrganisationDue], plan: Sequence[OrganisationDuty], by: Viewer) -> int:
    """Bring the open rows of one organisation to what is planned: what was done is done on the day of its
    record, what is planned no more is superseded."""
    wanted = {(str(duty.kind), duty.subject): duty for duty in plan}
    open_rows = {(row.kind, row.subject): row for row in rows if row.state == DueState.OPEN}
    changed: list[OrganisationDue] = []
    for name, row in open_rows.items():
        duty = wanted.get(name)
        if duty is not None and (duty.due_on, duty.after) == (row.due_on, row.after):
            del wanted[name]
            continue
        is_done = (
            duty is not None and duty.after not in ("", row.after) and duty.counted_from >= row.counted_from
        )
        row.state = DueState.DONE if is_done else DueState.SUPERSEDED
        if duty is not None and is_done:
            row.done_on, row.done_by = duty.counted_from, duty.after
        changed.append(row)
    session.flush()  # before the next of the same subject is opened
    fresh = [_row(key, duty) for duty in wanted.values()]
    session.add_all(fresh)
    changed += fresh
    if changed:
        states = {f"{row.kind}:{row.subject}:{row.due_on.isoformat()}": str(row.state) for row in changed}
        ledger.record(
            session(),
            ledger.subject_of("organisation", key),
            "duties.planned",
            actor=by.actor,
            payload={"duties": states},
            rows=changed,
        )
    return len(changed)


def _row(key: UUID, duty: OrganisationDuty) -> OrganisationDue:
    return OrganisationDue(
        organisation_id=key,
        id=new_id(),
        kind=str(duty.kind),
        subject=duty.subject,
        title=duty.title,
        state=DueState.OPEN,
        due_on=duty.due_on,
        counted_from=duty.counted_from,
        after=duty.after,
        citation=duty.citation.as_json(),
        explanation={"msgid": duty.explanation.msgid, "params": dict(duty.explanation.params)},
        planned_at=clock.now(),
        done_by="",
    )


def organisation_dues(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[OrganisationDue]:
    """The open duties of organisations with these filters of the address bar: `window`, `area`, `kind`,
    `organisation`."""
    listed = visible(viewer, OrganisationDue).where(OrganisationDue.state == DueState.OPEN)
    if filters.get("window") == LATE:
        listed = listed.where(OrganisationDue.due_on < on)
    elif filters.get("window") == SOON:
        listed = listed.where(OrganisationDue.due_on <= date.fromordinal(on.toordinal() + int(SOON)))
    if filters.get("kind"):
        listed = listed.where(OrganisationDue.kind == filters["kind"])
    if filters.get("organisation"):
        listed = listed.where(OrganisationDue.organisation_id == (id_in(filters["organisation"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        inside = visible(SYSTEM, Organisation).where(within(Organisation.area, filters["area"]))
        listed = listed.where(OrganisationDue.organisation_id.in_(inside.with_only_columns(Organisation.id)))
    return listed
