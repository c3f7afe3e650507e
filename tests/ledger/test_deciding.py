"""Rows beside the records that decide something too: who was on duty, what a list said and what came back, what a
message was answered. What the program writes there is proved; an edit or a removal past it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.dues.models import DueListRow
from equipment.dues.rules import NotDone
from equipment.fills.deliveries import open_delivery
from equipment.intake.models import Receipt
from equipment.ledger.models import Event
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.duty import go_on_duty, leave
from equipment.people.models import OnDuty
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, Role
from equipment.storage import db
from tests import make
from tests.dues.town import Town, lift, town

pytestmark = pytest.mark.forged


def duties(_at: Town) -> None:
    station = make.station()
    first, second = (make.user(station, Role.OPERATOR, certificate="P") for _ in range(2))
    device, _token = make.device(station, DeviceKind.FLOOR)
    with db.transaction():
        for person in (first, second):
            go_on_duty(device, person, by=viewer_of(person))
        leave(device, by=viewer_of(second))


def list_rows(at: Town) -> None:
    for number in range(4):
        lift(at, own_number=str(number))
    by = at.viewer("inspector")
    with db.transaction():
        made = lists.make_list(Filters(window="all"), by=by, title="")
    with db.transaction():
        lists.bring_back(made, 1, "passed", by=by)
        lists.not_done(made, 2, NotDone.NO_ACCESS, clock.today(), by=by)


def receipts(at: Town) -> None:
    for _ in range(2):
        with db.transaction():
            open_delivery(new_id(), clock.now(), by=at.viewer("owner"))


@pytest.mark.parametrize(
    ("model", "write", "column", "forged"),
    [
        (OnDuty, duties, "since", func.coalesce(OnDuty.until, OnDuty.since)),
        (OnDuty, duties, "until", None),
        (DueListRow, list_rows, "result", "failed"),
        (DueListRow, list_rows, "again_on", clock.today().replace(year=2040)),
        (DueListRow, list_rows, "snapshot", {"hazards": 0}),
        (Receipt, receipts, "answer", "allowed"),
        (Receipt, receipts, "content", "{}"),
    ],
)
def test_an_edit_or_a_removal_past_the_program_is_named(
    app: Flask, settings: Settings, model: Any, write: Callable[[Town], None], column: str, forged: object
) -> None:
    write(town())
    db.session.remove()
    assert verify(db.engine, settings.folder, [model]).whole
    with db.engine.begin() as connection:
        rows = connection.scalar(select(func.count()).select_from(model))
        connection.execute(update(model).values({column: forged}))
    assert (rows or 0) > 1
    assert set(verify(db.engine, settings.folder, [model]).faults) == {LedgerFault.RECORD_CHANGED}
    with db.engine.begin() as connection:
        connection.execute(delete(model))
    assert verify(db.engine, settings.folder, [model]).faults == {LedgerFault.RECORD_GONE: rows}


def test_a_long_list_is_proved_in_several_lines(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS_OF_A_LINE", 3)
    list_rows(town())
    db.session.remove()
    report = verify(db.engine, settings.folder, [DueListRow])
    lines = db.session.scalars(select(Event).where(Event.verb == "due_list.rows")).all()
    assert (report.whole, report.records, len(lines)) == (True, 4, 2)
