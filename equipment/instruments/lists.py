"""送检清单: a unit draws what it has to send, an office of the bureau what its area has to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.instruments.models import Instrument, VerificationList, VerificationListRow
from equipment.instruments.queries import instruments, is_due
from equipment.instruments.rules import InstrumentState
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session

MOST_ROWS = 2000
AHEAD_DAYS = 400  # a day farther off is taken for a slip of the keyboard


def draw_list(
    title: str, body: str, due_until: date, filters: Mapping[str, str], *, by: Viewer
) -> VerificationList:
    """The instruments subject to statutory verification, in use or stopped, whose verification has run out by
    that day, failed or is not on file. Drawn once it keeps its rows; they are settled by verifications."""
    if by.organisation_id is None:
        raise NotAllowed
    today = clock.today()
    if due_until > today + timedelta(days=AHEAD_DAYS):
        text = N_("More than %(days)s days ahead: check the day.")
        raise Invalid({"due_until": Message(text, {"days": AHEAD_DAYS})})
    wanted = (
        instruments(by, {**filters, "state": "", "statutory": "yes"}, today)
        .where(is_due(due_until))
        .join(Organisation, Organisation.id == Instrument.organisation_id)
        .where(Organisation.active)
        .order_by(Organisation.area, Organisation.name, Instrument.kind, Instrument.number)
        .limit(MOST_ROWS + 1)
    )
    due = session.scalars(wanted).all()
    if not due:
        raise Invalid({"due_until": N_("Nothing has to be verified by that day.")})
    if len(due) > MOST_ROWS:
        text = N_("More than %(most)s instruments: narrow the list.")
        raise Invalid({"due_until": Message(text, {"most": MOST_ROWS})})
    drawer = session.get_one(Organisation, by.organisation_id)
    area = by.area if by.oversees else drawer.area
    drawn = VerificationList(
        organisation_id=drawer.id,
        id=new_id(),
        area=area,
        number=_next_number(area, today.year),
        title=(title.strip() or drawer.name)[:160],
        body=body.strip(),
        due_until=due_until,
        drawn_by=by.user_id,
        drawn_at=clock.now(),
    )
    rows = [
        VerificationListRow(
            organisation_id=drawer.id,
            list_id=drawn.id,
            row_no=place,
            area=area,
            instrument_id=row.id,
            unit_id=row.organisation_id,
            due_on=row.verified_until,
        )
        for place, row in enumerate(due, 1)
    ]
    session.add_all([drawn, *rows])
    record(
        session(),
        subject_of("verification_list", drawn.id),
        "verification_list.drawn",
        actor=by.actor,
        payload={"list": drawn.id, "number": drawn.number, "rows": len(rows), "until": due_until},
        rows=[drawn, *rows],
    )
    return drawn


def may_go_on(row: Instrument) -> bool:
    """Whether a result may still be entered of it."""
    return row.state is not InstrumentState.SCRAPPED


def _next_number(area: str, year: int) -> str:
    """SJ-620402-2026-3: the next list of the year in an area, whose chain is held from here on."""
    locked_heads(session.connection(), [subject_of("verification_lists", area)])
    start = f"SJ-{area}-{year}-"
    drawn = visible(SYSTEM, VerificationList).where(VerificationList.number.startswith(start))
    count = session.scalar(drawn.with_only_columns(func.count()))
    return f"{start}{(count or 0) + 1}"
