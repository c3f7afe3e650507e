"""待检清单: made from filters, numbered per organisation and year, brought back row by row; a record, never
changed but for what came back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.filters import DueRow, Filters, due_rows, wanted
from equipment.dues.kinds import due_kind
from equipment.dues.models import Due, DueList, DueListRow, RowSnapshot
from equipment.dues.rules import ListRowState
from equipment.ledger import actions as ledger
from equipment.people.models import Area, Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import other_number
from equipment.regulation.categories import category
from equipment.regulation.planning import Origin
from equipment.storage.db import session

MOST = 5000
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Returns:
    """How many rows of a list came back, and how many are still out (未回录)."""

    outstanding: int
    returned: int


def make_list(filters: Filters, *, by: Viewer, title: str, inspector_id: UUID | None = None) -> DueList:
    """Keep what these filters find today as a list with a number, by street and unit."""
    if by.organisation_id is None or by.user_id is None:
        raise NotAllowed
    rows = _in_visiting_order(by, filters)
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
    _keep_rows(due_list, rows)
    return due_list


def _keep_rows(due_list: DueList, rows: Sequence[DueRow]) -> None:
    """The rows of a new list, as they are on its day."""
    streets = {
        area.code: area.name
        for area in session.scalars(select(Area).where(Area.code.in_({row.due.area for row in rows})))
    }
    session.connection().execute(
        insert(DueListRow),
        [
            {
                "organisation_id": due_list.organisation_id,
                "list_id": due_list.id,
                "row_no": number,
                "equipment_id": row.equipment.id,
                "due_id": row.due.id,
                "snapshot": snapshot(row, streets.get(row.due.area, "")),
                "state": ListRowState.OUTSTANDING,
                "returned_at": None,
                "inspection_id": None,
                "result": "",
            }
            for number, row in enumerate(rows, 1)
        ],
    )


def _in_visiting_order(by: Viewer, filters: Filters) -> list[DueRow]:
    unit = Organisation.name
    dues = wanted(by, filters, clock.today()).outerjoin(
        Organisation, Organisation.id == func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
    )
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


def snapshot(row: DueRow, street: str) -> RowSnapshot:
    """What a row says, as it was on that day."""
    piece, kind = row.equipment, category(row.equipment.category).catalogue.get(row.equipment.catalogue_code)
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
        "street": street,
        "address": piece.address,
        "position": piece.position,
        "applied": bool(row.application),
        "planned_on": _iso(row.application.planned_on if row.application else None),
        "firm": row.firm,
        "failed": row.due.origin is Origin.FAILED,
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
    due_list: DueList, row_no: int, result: str, *, by: Viewer, inspection_id: UUID | None = None
) -> None:
    """A row came back. Of two people who enter the same row the second is told."""
    if not may_fill_in(by, due_list):
        raise NotFound
    settled(due_list, row_no, result, by=by, inspection_id=inspection_id)


def settled(
    due_list: DueList, row_no: int, result: str, *, by: Viewer, inspection_id: UUID | None = None
) -> None:
    """What a row asked for was done, if by another organisation than the list's: a firm tested a lift that
    stands on the body's list."""
    now = clock.now()
    returned = update(DueListRow).where(
        DueListRow.organisation_id == due_list.organisation_id,
        DueListRow.list_id == due_list.id,
        DueListRow.row_no == row_no,
        DueListRow.state == ListRowState.OUTSTANDING,
    )
    values = returned.values(
        state=ListRowState.RETURNED, returned_at=now, result=result, inspection_id=inspection_id
    )
    if session.connection().execute(values).rowcount == 0:
        raise Conflict({"": Message(N_("Row %(row)s has been entered already."), {"row": row_no})})
    left = rows_of(due_list).where(DueListRow.state == ListRowState.OUTSTANDING).order_by(None)
    if session.scalar(left.with_only_columns(func.count())) == 0:
        due_list.closed_at = now
    ledger.record(
        session(),
        ledger.subject_of("organisation", due_list.organisation_id),
        "due_list.returned",
        actor=by.actor,
        payload={"list": due_list.id, "row": row_no, "result": result},
        rows=[due_list],
    )
