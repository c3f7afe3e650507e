"""计量器具: the scale or gauge that gave an amount, as a fill names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.fills.models import Fill
from equipment.instruments.models import Instrument
from equipment.instruments.rules import AT_BAYS, InstrumentKind, fill_flags
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session


def instrument_of(
    fill: Fill,
    number: str,
    *,
    weighed: bool,
    field: str = "instrument",
    among: Sequence[Instrument] | None = None,
) -> Instrument | None:
    """The instrument of that number in service at the station of the fill; without one the scale or gauge at
    its bay, where just one is in service there, or just one stopped stands there and none in service. Which
    of two it was, nobody guesses. `among` are the station's, where they were read before."""
    kind = InstrumentKind.SCALE if weighed else InstrumentKind.GAUGE
    own = instruments_of(fill.organisation_id) if among is None else among
    if not number:
        at_bay = [
            instrument
            for instrument in own
            if (instrument.bay, instrument.gas, instrument.kind) == (fill.bay, fill.gas, kind)
        ]
        likely = [instrument for instrument in at_bay if instrument.active] or at_bay
        return likely[0] if fill.bay and len(likely) == 1 else None
    instrument = next((one for one in own if one.number == number and one.active), None)
    if instrument is None:
        text = N_("No scale or gauge in service here has the number %(number)s.")
        raise Invalid({field: Message(text, {"number": number})})
    if instrument.kind != kind:
        text = N_("A weight comes from a scale.") if weighed else N_("A pressure comes from a gauge.")
        raise Invalid({field: text})
    return instrument


def instruments_of(organisation_id: UUID) -> Sequence[Instrument]:
    """The scales and gauges at a station, stopped ones among them: gas may have been filled on those too."""
    own = visible(SYSTEM, Instrument).where(
        Instrument.organisation_id == organisation_id,
        Instrument.scrapped_on.is_(None),
        Instrument.kind.in_(AT_BAYS),
    )
    return session.scalars(own).all()


def instrument_flags(instrument: Instrument | None, on: date) -> set[str]:
    """Whether its verification (检定) had run out or failed, or it was out of service, on the day it gave the
    amount; nothing says that such a fill is none, so it is flagged."""
    if instrument is None:
        return set()
    failed_on = (instrument.verified_on or instrument.stopped_on) if instrument.failed else None
    return fill_flags(instrument.verified_until, failed_on, instrument.stopped_on, on)


def instrument_names(fills: Iterable[Fill]) -> Mapping[UUID, str]:
    """What people call the instruments of these fills: name and number."""
    ids = {key for fill in fills for key in (fill.instrument_id, fill.recheck_instrument_id) if key}
    rows = session.execute(
        select(Instrument.id, Instrument.name, Instrument.number).where(Instrument.id.in_(ids))
    )
    return {row.id: f"{row.name} {row.number}" for row in rows}
