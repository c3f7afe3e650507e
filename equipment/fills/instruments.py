"""计量器具: the scale or gauge that gave an amount, as a fill names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.fills.models import Fill
from equipment.people.models import Instrument
from equipment.people.rules import SYSTEM, InstrumentKind
from equipment.people.scope import visible
from equipment.storage.db import session

OVERDUE = "instrument_overdue"  # a flag: its verification day was past


def instrument_of(
    fill: Fill,
    number: str,
    *,
    weighed: bool,
    field: str = "instrument",
    among: Sequence[Instrument] | None = None,
) -> Instrument | None:
    """The instrument of that number at the station of the fill; without one the scale or gauge at its bay,
    where just one stands there. Which of two it was, nobody guesses. `among` are the station's, where they
    were read before."""
    kind = InstrumentKind.SCALE if weighed else InstrumentKind.GAUGE
    own = instruments_of(fill.organisation_id) if among is None else among
    if not number:
        at_bay = [
            instrument
            for instrument in own
            if (instrument.bay, instrument.gas, instrument.kind) == (fill.bay, fill.gas, kind)
        ]
        return at_bay[0] if fill.bay and len(at_bay) == 1 else None
    instrument = next((instrument for instrument in own if instrument.number == number), None)
    if instrument is None:
        text = N_("No scale or gauge in service here has the number %(number)s.")
        raise Invalid({field: Message(text, {"number": number})})
    if instrument.kind != kind:
        text = N_("A weight comes from a scale.") if weighed else N_("A pressure comes from a gauge.")
        raise Invalid({field: text})
    return instrument


def instruments_of(organisation_id: UUID) -> Sequence[Instrument]:
    """The scales and gauges in service at a station."""
    own = visible(SYSTEM, Instrument).where(Instrument.organisation_id == organisation_id, Instrument.active)
    return session.scalars(own).all()


def overdue(instrument: Instrument | None, on: date) -> bool:
    """Whether its verification (检定) had run out on the day it gave the amount; nothing says that such a
    fill is none, so it is flagged."""
    return instrument is not None and instrument.verified_until < on


def instrument_names(fills: Iterable[Fill]) -> Mapping[UUID, str]:
    """What people call the instruments of these fills: name and number."""
    ids = {key for fill in fills for key in (fill.instrument_id, fill.recheck_instrument_id) if key}
    rows = session.execute(
        select(Instrument.id, Instrument.name, Instrument.number).where(Instrument.id.in_(ids))
    )
    return {row.id: f"{row.name} {row.number}" for row in rows}
