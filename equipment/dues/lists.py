"""待检清单: made from filters, numbered per organisation and year, brought back row by row; a record, never
changed but for what came back."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update

from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.followers import Provider
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.applications import accept, pending_application
from equipment.dues.filters import DueRow, Filters, due_rows, wanted
from equipment.dues.kinds import due_kind
from equipment.dues.models import Due, DueList, DueListRow, RowSnapshot
from equipment.dues.rules import NOT_RETURNED, ApplicationState, DueState, ListRowState, NotDone
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row_values
from equipment.people.models import Area, Organisation, User, UserRole
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.naming import other_number
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.planning import Conclusion, DueKind, Origin
from equipment.storage.db import Base, session

MOST = 5000
ROWS_OF_A_LINE = 200  # of the ledger
COUNTY = 6  # digits of a county's code
NUMBERS = (IdentifierKind.EQUIPMENT_CODE, IdentifierKind.CERTIFICATE_NO)
CONTACTS = (Role.SAFETY_OFFICER, Role.STATION_OWNER)
# How many hazards are open on these pieces (hazards lie to the right of lists).
open_hazards = Provider[[Collection[UUID]], Mapping[UUID, int]]()
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Returns:
    """How many rows of a list came back, how many are still out (未回录), how many could not be done (未检成)."""

    outstanding: int
    returned: int
    not_done: int


def make_list(
    filters: Filters,
    *,
    by: Viewer,
    title: str,
    inspector_id: UUID | None = None,
    ticked: Collection[UUID] | None = None,
) -> DueList:
    """Keep what these filters find today (of it the `ticked` pieces alone) as a list with a number, by
    county, street and unit."""
    if by.organisation_id is None or by.user_id is None:
        raise NotAllowed
    rows = _in_visiting_order(by, filters, ticked)
    due_list = DueList(
        organisation_id=by.organisation_id,
        id=new_id(),
        number=_next_number(by.organisation_id, clock.today()),
        title=title.strip()[:120],
        code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        filters=filters.as_json(),
        row_count=len(rows),
        made_by=by.user_id,
        inspector_id=inspector_id,
        made_at=clock.now(),
        closed_at=None,
    )
    session.add(due_list)
    ledger.record(
        session(),
        ledger.subject_of("organisation", by.organisation_id),
        "due_list.made",
        actor=by.actor,
        payload={"list": due_list.id, "number": due_list.number, "rows": len(rows)},
        rows=[due_list],
    )
    _keep_rows(due_list, rows, by)
    return due_list


def _keep_rows(due_list: DueList, rows: Sequence[DueRow], by: Viewer) -> None:
    """The rows of a new list, as they are on its day; a line of the ledger speaks of 200 of them."""
    around, connection = surroundings(rows), session.connection()
    stored: list[dict[str, object]] = [
        {
            "organisation_id": due_list.organisation_id,
            "list_id": due_list.id,
            "row_no": number,
            "equipment_id": row.equipment.id,
            "due_id": row.due.id,
            "snapshot": snapshot(row, around),
            "state": ListRowState.OUTSTANDING,
            "returned_at": None,
            "inspection_id": None,
            "result": "",
            "early": False,
            "not_done": None,
            "again_on": None,
        }
        for number, row in enumerate(rows, 1)
    ]
    connection.execute(insert(DueListRow), stored)
    subject = ledger.subject_of("organisation", due_list.organisation_id)
    lines = [
        ledger.EventDraft(
            subject, "due_list.rows", {"list": due_list.id}, [row_values(DueListRow, row) for row in part]
        )
        for part in chunks(stored, ROWS_OF_A_LINE)
    ]
    ledger.append(connection, lines, actor=by.actor)


def _in_visiting_order(by: Viewer, filters: Filters, ticked: Collection[UUID] | None = None) -> list[DueRow]:
    unit = Organisation.name
    dues = wanted(by, filters, clock.today()).outerjoin(
        Organisation, Organisation.id == func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
    )
    if ticked is not None:
        dues = dues.where(Equipment.id.in_(ticked))
    ordered = dues.order_by(
        Due.area,
        unit,
        Equipment.address,
        Equipment.position,
        Equipment.own_number,
        Equipment.serial,
        Due.equipment_id,
        Due.kind,
    )
    rows = session.execute(ordered.limit(MOST + 1)).all()
    if not rows:
        raise Invalid({"": N_("Nothing is due by these filters.")})
    if len(rows) > MOST:
        raise Invalid({"": Message(N_("More than %(most)s rows: narrow the filters."), {"most": MOST})})
    return due_rows(rows)


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the year; the organisation's chain is locked first, so that two lists made at once
    differ."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", organisation_id)])
    begins = f"{on.year}-"
    numbered = visible(SYSTEM, DueList).where(
        DueList.organisation_id == organisation_id, DueList.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(DueList.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the pieces of a list, read for all of them at once."""

    areas: Mapping[str, str]
    numbers: Mapping[tuple[UUID, IdentifierKind], str]
    contacts: Mapping[UUID | None, tuple[str, str]]  # by unit: who, and the phone
    last: Mapping[tuple[UUID, str], Due]
    hazards: Mapping[UUID, int]


def surroundings(rows: Sequence[DueRow]) -> Surroundings:
    """Areas and counties, numbers, safety managers, what was done last, open hazards."""
    ids = {row.equipment.id for row in rows}
    codes = {row.due.area[:length] for row in rows for length in (COUNTY, len(row.due.area))}
    units = {row.equipment.use_unit_id or row.equipment.owner_id for row in rows} - {None}
    numbers = select(Identifier.equipment_id, Identifier.kind, Identifier.shown).where(
        Identifier.equipment_id.in_(ids), Identifier.kind.in_(NUMBERS), Identifier.voided_at.is_(None)
    )
    done = visible(SYSTEM, Due).where(
        Due.equipment_id.in_(ids), Due.state == DueState.DONE, Due.kind.in_({row.due.kind for row in rows})
    )
    people = (
        select(User.organisation_id, User.name, User.mobile)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.organisation_id.in_(units), User.active, UserRole.role.in_(CONTACTS))
        .order_by(User.id.desc())
    )
    areas = select(Area.code, Area.name).where(Area.code.in_(codes))
    return Surroundings(
        {row.code: row.name for row in session.execute(areas)},
        {(piece, IdentifierKind(kind)): text for piece, kind, text in session.execute(numbers)},
        {unit: (name, mobile) for unit, name, mobile in session.execute(people)},
        {(due.equipment_id, due.kind): due for due in session.scalars(done.order_by(Due.done_on, Due.id))},
        open_hazards(ids),
    )


def snapshot(row: DueRow, around: Surroundings) -> RowSnapshot:
    """What a row says, as it was on that day."""
    piece, kind = row.equipment, category(row.equipment.category).catalogue.get(row.equipment.catalogue_code)
    last = around.last.get((piece.id, row.due.kind))
    papers_on = piece.last_inspected_on if row.due.kind == DueKind.INSPECTION else None
    contact, phone = around.contacts.get(piece.use_unit_id or piece.owner_id, ("", ""))
    return {
        "kind": row.due.kind,
        "kind_label": due_kind(row.due.kind).label,
        "due_on": row.due.due_on.isoformat(),
        "category": piece.category,
        "catalogue": [kind.zh, kind.en] if kind else [],
        "label": piece.label_code or "",
        "serial": piece.serial,
        "own_number": piece.own_number or ("" if piece.serial else other_number(piece)),
        "name": piece.name,
        "model": str(piece.details.get("model") or ""),
        "unit": row.unit,
        "street": around.areas.get(row.due.area, ""),
        "address": piece.address,
        "position": piece.position,
        "applied": bool(row.application),
        "planned_on": _iso(row.application.planned_on if row.application else None),
        "firm": row.firm,
        "failed": row.due.origin is Origin.FAILED,
        "county": around.areas.get(row.due.area[:COUNTY], ""),
        "equipment_code": around.numbers.get((piece.id, IdentifierKind.EQUIPMENT_CODE), ""),
        "certificate": around.numbers.get((piece.id, IdentifierKind.CERTIFICATE_NO), ""),
        "contact": contact,
        "phone": phone,
        "last_on": _iso(last.done_on if last else papers_on),
        "last_conclusion": (last.conclusion or Conclusion.PASSED) if last else "",
        "hazards": around.hazards.get(piece.id, 0),
        "stopped": piece.stop_use_since is not None,
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def lists(viewer: Viewer) -> Select[DueList]:
    return visible(viewer, DueList)


def due_list(viewer: Viewer, list_id: UUID) -> DueList:
    record = session.scalar(visible(viewer, DueList).where(DueList.id == list_id))
    if record is None:
        raise NotFound
    return record


def list_of_code(viewer: Viewer, code: str) -> DueList:
    """The list that the QR of a row names."""
    record = session.scalar(visible(viewer, DueList).where(DueList.code == code.upper()))
    if record is None:
        raise NotFound
    return record


def rows_of(due_list: DueList) -> Select[DueListRow]:
    """The rows of a list the viewer was given, in its order."""
    return (
        visible(SYSTEM, DueListRow)
        .where(DueListRow.organisation_id == due_list.organisation_id, DueListRow.list_id == due_list.id)
        .order_by(DueListRow.row_no)
    )


def row_of(due_list: DueList, row_no: int) -> DueListRow:
    row = session.scalar(
        rows_of(due_list).where(DueListRow.row_no == row_no).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def returns_of(due_lists: Sequence[DueList]) -> dict[UUID, Returns]:
    """How far each list has come back."""
    counted = (
        visible(SYSTEM, DueListRow)
        .where(DueListRow.list_id.in_([due_list.id for due_list in due_lists]))
        .group_by(DueListRow.list_id, DueListRow.state)
    )
    counts = {
        (row.list_id, row.state): row.n
        for row in session.execute(
            counted.with_only_columns(DueListRow.list_id, DueListRow.state, func.count().label("n"))
        )
    }
    return {
        due_list.id: Returns(
            counts.get((due_list.id, ListRowState.OUTSTANDING), 0),
            counts.get((due_list.id, ListRowState.RETURNED), 0),
            counts.get((due_list.id, ListRowState.NOT_DONE), 0),
        )
        for due_list in due_lists
    }


def may_fill_in(viewer: Viewer, due_list: DueList) -> bool:
    """Only the organisation that made a list brings it back."""
    return viewer.organisation_id == due_list.organisation_id


def is_supervision(viewer: Viewer) -> bool:
    """监察员 carry the same lists as 监督检查清单."""
    return viewer.organisation_kind == OrganisationKind.REGULATOR


def bring_back(
    due_list: DueList,
    row_no: int,
    result: str,
    *,
    by: Viewer,
    inspection_id: UUID | None = None,
    early: bool = False,
    receipt: Base | None = None,
) -> None:
    """A row came back. Of two people who enter the same row the second is told."""
    if not may_fill_in(by, due_list):
        raise NotFound
    settled(due_list, row_no, result, by=by, inspection_id=inspection_id, early=early, receipt=receipt)


def settled(
    due_list: DueList,
    row_no: int,
    result: str,
    *,
    by: Viewer,
    inspection_id: UUID | None = None,
    early: bool = False,
    receipt: Base | None = None,
) -> None:
    """What a row asked for was done, if by another organisation than the list's: a firm tested a lift that
    stands on the body's list."""
    now = clock.now()
    returned = update(DueListRow).where(
        DueListRow.organisation_id == due_list.organisation_id,
        DueListRow.list_id == due_list.id,
        DueListRow.row_no == row_no,
        DueListRow.state.in_(NOT_RETURNED),
    )
    values = returned.values(
        state=ListRowState.RETURNED, returned_at=now, result=result, inspection_id=inspection_id, early=early
    )
    if session.connection().execute(values).rowcount == 0:
        raise Conflict({"": Message(N_("Row %(row)s has been entered already."), {"row": row_no})})
    left = rows_of(due_list).where(DueListRow.state.in_(NOT_RETURNED)).order_by(None)
    if session.scalar(left.with_only_columns(func.count())) == 0:
        due_list.closed_at = now
    rows = [row_of(due_list, row_no), *([receipt] if receipt else [])]
    _record_row(due_list, "due_list.returned", by, {"row": row_no, "result": result}, rows)


def not_done(due_list: DueList, row_no: int, reason: NotDone, again_on: date, *, by: Viewer) -> None:
    """未检成: a row could not be done, and is tried again on another day; a 报检 that was dated moves with it."""
    if not may_fill_in(by, due_list):
        raise NotFound
    if again_on < clock.today():
        raise Invalid({"again_on": N_("This day has passed.")})
    row = row_of(due_list, row_no)
    ledger.locked_heads(
        session.connection(),
        [
            ledger.subject_of("equipment", row.equipment_id),
            ledger.subject_of("organisation", due_list.organisation_id),
        ],
    )
    session.refresh(row)
    if row.state not in NOT_RETURNED:
        raise Conflict({"": Message(N_("Row %(row)s has been entered already."), {"row": row_no})})
    row.state, row.not_done, row.again_on = ListRowState.NOT_DONE, reason, again_on
    pending = pending_application(row.equipment_id)
    if (
        pending is not None
        and pending.state == ApplicationState.ACCEPTED
        and pending.body_id == by.organisation_id
    ):
        accept(pending, again_on, by=by)
    payload = {"row": row_no, "reason": reason, "again_on": again_on}
    _record_row(due_list, "due_list.not_done", by, payload, [row])


def _record_row(
    due_list: DueList, verb: str, by: Viewer, payload: dict[str, object], rows: Sequence[Base]
) -> None:
    subject = ledger.subject_of("organisation", due_list.organisation_id)
    content = {"list": due_list.id, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=content, rows=[due_list, *rows])


def next_out(due_list: DueList, equipment_id: UUID) -> DueListRow | None:
    """The next row that is still out, after that of a piece or from the beginning."""
    rows = session.scalars(rows_of(due_list)).all()
    place = next((row.row_no for row in rows if row.equipment_id == equipment_id), 0)
    out = [row for row in rows if row.state == ListRowState.OUTSTANDING]
    return next((row for row in out if row.row_no > place), out[0] if out else None)
