"""Open accidents on first pages, each with the clock that runs."""

from __future__ import annotations

from sqlalchemy import func

from equipment.accidents.listing import ShownAccident, clock_words, shown_accidents
from equipment.accidents.queries import open_accidents
from equipment.accidents.states import AccidentState, ReportVerdict
from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session

ROWS = 5


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Accidents that are not closed; nothing where there are none."""
    if not may(viewer, Action.SEE, Thing.ACCIDENT):
        return []
    waiting = open_accidents(viewer)
    ones = waiting.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    number = session.scalar(ones) or 0
    if not number:
        return []
    shown = shown_accidents(viewer, session.scalars(waiting.limit(ROWS)).all())
    rows = [
        CardRow(row.name, f"/accidents/{row.record.id}", None, _note(row, viewer.oversees)) for row in shown
    ]
    title = Message(N_("Accidents not closed"))
    url = "/accidents?state=open"
    icon = "alert-octagon"
    return [HomeCard("accidents.open", title, number, url, "red", icon=icon, rank=2, rows=rows, waits=True)]


def _note(row: ShownAccident, is_bureau: bool) -> Message:
    """For the bureau the step upward that waits; for others where the accident stands."""
    waits = row.running
    if is_bureau and waits is not None:
        words = clock_words(waits.clock, clock.now())
        late = waits.clock.verdict is ReportVerdict.OVERDUE
        text = N_("Report upward overdue: %(how)s") if late else N_("Report upward: %(how)s")
        return Message(text, {"how": words or ""})
    if is_bureau and row.record.state is AccidentState.REPORTED:
        return Message(N_("To be confirmed"))
    return Message(row.record.state.label)
