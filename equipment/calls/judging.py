"""Rows of a workbook of calls judged: each read, its lift looked for, and tried by the same action that
records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from equipment.calls.lift_lookup import lift_behind
from equipment.calls.models import RescueCall
from equipment.calls.queries import causes_on
from equipment.calls.states import CallKind, CallSource
from equipment.calls.taking import CallDraft, take
from equipment.calls.workbook_rules import (
    CALLED,
    CAUSE_WORDS,
    COUNTS,
    ENDS,
    KINDS,
    LIFT,
    NEEDED,
    NUMBER,
    TIMES,
    UNKNOWN_WORD,
    CallRow,
    RowFault,
    RowOutcome,
    read_count,
    read_instant,
)
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.imports.rules import Unreadable, clean, is_nothing
from equipment.imports.states import RowState
from equipment.people.rules import Viewer
from equipment.storage.db import session

SAME_AS = N_("The same call as row %(row)s")
KNOWN = N_("On record already")
DIFFERS = N_("On record already with other times: correct the record on its page")
NO_LIFT = N_("No lift of your area has “%(text)s”: entered without a lift, to be identified")
COMPARED = ("called_at", "arrived_at", "released_at")


def judged(
    rows: Sequence[CallRow], *, by: Viewer, only_try: bool, first_rows: dict[UUID, int]
) -> list[RowOutcome]:
    """What becomes of rows; with `only_try` nothing stays of it. `first_rows` are those of the same file
    before, by the ids of their calls."""
    causes = {clean(word): cause.code for cause in causes_on(clock.today()) for word in (cause.zh, cause.en)}
    causes |= {code: code for code in causes.values()} | dict(CAUSE_WORDS)
    return [_judge(row, causes, by, only_try, first_rows) for row in rows]


def _judge(
    row: CallRow, causes: Mapping[str, str], by: Viewer, only_try: bool, first_rows: dict[UUID, int]
) -> RowOutcome:
    faults: list[RowFault] = []
    values = _values(row, causes, faults)
    if CALLED not in values and not faults:
        faults.append(RowFault(CALLED, Message(NEEDED)))
    state = RowState.REFUSED
    if not faults:
        draft = _draft(row, values, faults, by)
        first = first_rows.setdefault(draft.id, row.row_no)
        if first != row.row_no:
            state, faults = RowState.TWICE, [RowFault("", Message(SAME_AS, {"row": first}))]
        else:
            state = _recorded(draft, faults, by, only_try)
    cells = row.cells
    return RowOutcome(
        row.row_no,
        clean(cells.get(NUMBER, "")),
        clean(cells.get(CALLED, "")),
        clean(cells.get(LIFT, "") or cells.get("address", "")),
        state,
        tuple(faults),
    )


def _values(row: CallRow, causes: Mapping[str, str], faults: list[RowFault]) -> dict[str, object]:
    """The cells of a row as the fields of a draft; what cannot be read is noted."""
    values: dict[str, object] = {}
    called: datetime | None = None
    for key in (CALLED, *TIMES, *COUNTS, "kind", "cause", "ended_as", "address", "caller_phone", "narrative"):
        text = clean(row.cells.get(key, ""))
        if not text or is_nothing(text):
            continue
        try:
            value = _value(key, text, causes, called)
        except Unreadable as fault:
            faults.append(RowFault(key, fault.message))
            continue
        values[key] = value
        if key == CALLED and isinstance(value, datetime):
            called = value
    return values


def _value(key: str, text: str, causes: Mapping[str, str], called: datetime | None) -> object:
    if key == CALLED:
        return read_instant(text)
    if key in TIMES:
        return read_instant(text, called.date() if called else None, called)
    if key in COUNTS:
        return read_count(text)
    words: Mapping[str, Mapping[str, object]] = {"kind": KINDS, "ended_as": ENDS, "cause": causes}
    if key in words:
        if text not in words[key]:
            raise Unreadable(UNKNOWN_WORD, text)
        return words[key][text]
    return text


def _draft(row: CallRow, values: dict[str, object], faults: list[RowFault], by: Viewer) -> CallDraft:
    """The same call of the same centre has the same id, whatever file it comes in."""
    number, named = clean(row.cells.get(NUMBER, "")), clean(row.cells.get(LIFT, ""))
    lift = lift_behind(named, by) if named else None
    if named and lift is None:
        faults.append(RowFault(LIFT, Message(NO_LIFT, {"text": named})))
        values.setdefault("address", named)
    what = number or f"{values[CALLED]}/{lift.id if lift else values.get('address', '')}"
    return CallDraft(
        id=uuid5(NAMESPACE_URL, f"rescue/{by.organisation_id}/{what}"),
        source=CallSource.WORKBOOK,
        number=number[:40],
        equipment_id=lift.id if lift else None,
        **{"kind": CallKind.TRAPPED, **values},  # type: ignore[arg-type]  # every key is a field of it
    )


def _recorded(draft: CallDraft, faults: list[RowFault], by: Viewer, only_try: bool) -> RowState:
    if (before := session.get(RescueCall, draft.id)) is not None:
        differs = any(getattr(before, name) != getattr(draft, name) for name in COMPARED)
        faults[:] = [RowFault("", Message(DIFFERS if differs else KNOWN))]
        return RowState.DIFFERS if differs else RowState.KNOWN
    point = session.begin_nested()
    try:
        take(draft, by=by)
        session.flush()
    except (Invalid, NotAllowed) as fault:
        point.rollback()
        if isinstance(fault, NotAllowed):
            faults.append(RowFault("", fault.message))
            return RowState.REFUSED
        is_known = isinstance(fault, Conflict)
        told = [RowFault("" if is_known else name, text) for name, text in fault.fields.items()]
        faults[:] = told if is_known else [*faults, *told]
        return RowState.KNOWN if is_known else RowState.REFUSED
    if only_try:
        point.rollback()
    else:
        point.commit()
    return RowState.FLAGGED if faults else RowState.ADDED
