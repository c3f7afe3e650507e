"""托管: a station keeps and fills bottles of another owner, from a day until a day. Both sides agree, either
ends it; it counts only while the bureau allows custody at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.fills.models import Custody
from equipment.fills.states import CUSTODY_CHANGES, CustodyState
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.regulation.queries import custody_allowed
from equipment.storage.db import session

OWNERS = (OrganisationKind.STATION, OrganisationKind.USE_UNIT)
AGREED_ONCE = (CustodyState.AGREED, CustodyState.ENDED)


def running(on: date) -> Select[Custody]:
    """The agreements that hold on a day, whatever the bureau says of custody."""
    return visible(SYSTEM, Custody).where(
        Custody.state.in_(AGREED_ONCE),
        Custody.decided_at.is_not(None),
        Custody.from_on <= on,
        Custody.until_on >= on,
        or_(Custody.ended_on.is_(None), Custody.ended_on > on),
    )


def kept_owners(station_id: UUID, on: date) -> frozenset[UUID]:
    """Whose bottles this station may fill on that day as if they were its own; nobody's where the bureau does
    not allow custody."""
    if not custody_allowed(on):
        return frozenset()
    owners = running(on).where(Custody.to_id == station_id).with_only_columns(Custody.organisation_id)
    return frozenset(session.scalars(owners))


def keepers_of(owner_id: UUID | None, on: date) -> Sequence[Custody]:
    """The agreements by which stations may fill the bottles of this owner on that day."""
    if owner_id is None or not custody_allowed(on):
        return ()
    return session.scalars(running(on).where(Custody.organisation_id == owner_id)).all()


def custody_of(key: UUID, *, by: Viewer) -> Custody:
    """One agreement that the viewer may see; NotFound otherwise."""
    row = session.scalar(
        visible(by, Custody).where(Custody.id == key).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def offer(key: UUID, to_id: UUID | None, days: tuple[date, date], note: str = "", *, by: Viewer) -> Custody:
    """The owner offers his bottles to a station from a day until a day (both inclusive). The same again is
    the offer that is there."""
    if by.organisation_kind not in OWNERS or by.organisation_id is None:
        raise NotAllowed(N_("Only a filling station or a use unit gives bottles into custody."))
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", by.organisation_id)])
    there = session.scalar(visible(by, Custody).where(Custody.id == key))
    if there is not None:
        return there
    from_on, until_on = days
    if not custody_allowed(clock.today()):
        raise Conflict({"": N_("The bureau does not allow custody.")})
    station = session.get(Organisation, to_id) if to_id else None
    if station is None or station.kind != OrganisationKind.STATION or station.id == by.organisation_id:
        raise Invalid({"to": N_("Choose the other station.")})
    if until_on < from_on or until_on < clock.today():
        raise Invalid({"until_on": N_("The last day is before the first, or over already.")})
    row = Custody(
        organisation_id=by.organisation_id,
        id=key,
        to_id=station.id,
        from_on=from_on,
        until_on=until_on,
        note=note.strip()[:300],
        offered_by=by.user_id,
        offered_at=clock.now(),
    )
    session.add(row)
    _record(row, "custody.offered", by, to=station.id, from_on=from_on, until_on=until_on)
    return row


def answer(row: Custody, to: CustodyState, reason: str = "", *, by: Viewer) -> Custody:
    """The station agrees, or declines with a reason; either side ends it with a reason, from today on."""
    _lock(row, by)
    is_end = to is CustodyState.ENDED
    if not is_end and by.organisation_id != row.to_id:
        raise NotAllowed(N_("The other side answers it."))
    if row.state is to:
        return row
    if to not in CUSTODY_CHANGES[row.state]:
        text = N_("This agreement is “%(state)s” already.")
        raise Conflict({"": Message(text, {"state": row.state.label})})
    if to is not CustodyState.AGREED and not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if to is CustodyState.AGREED and not custody_allowed(clock.today()):
        raise Conflict({"": N_("The bureau does not allow custody.")})
    row.state, row.reason = to, reason.strip()[:300]
    if is_end:
        row.ended_on, row.ended_by = clock.today(), by.user_id
    else:
        row.decided_by, row.decided_at = by.user_id, clock.now()
    _record(row, f"custody.{to}", by, reason=row.reason)
    return row


def _lock(row: Custody, by: Viewer) -> None:
    if by.organisation_id not in (row.organisation_id, row.to_id):
        raise NotFound
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("custody", row.id)])
    session.refresh(row)


def _record(row: Custody, verb: str, by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("custody", row.id)
    stated = {"custody": row.id, "owner": row.organisation_id, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[row])
