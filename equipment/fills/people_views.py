"""Who checked, as a message names or shows him."""

from __future__ import annotations

from uuid import UUID

from flask import g

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_
from equipment.fills.forms import Person, ResultMessage
from equipment.fills.results import FillResult
from equipment.fills.station import station_on
from equipment.people.duty_views import identify
from equipment.people.rules import DeviceKind
from equipment.web import viewer

NAMING = (DeviceKind.CONTROLLER, DeviceKind.UPLOAD)  # machines that have read a card by themselves


def person_shown(shown: Person | None, field: str, *, queued: bool = False) -> UUID | None:
    """The person of this station behind a card, a PIN or, from a machine, a number; None where nobody is
    named. Call it before the transaction: a PIN is slow to check. In a message that waited in the device,
    whoever is not valid here is nobody: the bottle was filled all the same."""
    try:
        return _person_shown(shown, field)
    except Invalid:
        if queued:
            return None
        raise


def _person_shown(shown: Person | None, field: str) -> UUID | None:
    station = viewer().organisation_id
    if shown is None or station is None:
        return None
    if not isinstance(shown, str):
        try:
            return identify(station, shown).id
        except NotAllowed as error:
            raise Invalid({field: error.message}) from error
    if g.device.kind not in NAMING:
        raise Invalid({field: N_("Show the card or type the PIN: a number alone proves nobody here.")})
    person = station_on(station, clock.today()).person(shown)
    if person is None:
        raise Invalid({field: N_("This card or certificate is not valid at this station.")})
    return person


def result_shown(message: ResultMessage) -> FillResult:
    """What came out, with the people who were shown."""
    checker = person_shown(message.checker, "checker", queued=message.queued)
    return message.result(checker, person_shown(message.rechecker, "rechecker", queued=message.queued))
