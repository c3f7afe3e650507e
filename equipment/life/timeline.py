"""The whole life of a piece as one line: what the ledger says of the piece itself, and the
records of every slice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from equipment.core.followers import Contributions
from equipment.people.models import Organisation, User
from equipment.people.rules import Viewer, people_in
from equipment.register.models import Equipment
from equipment.register.moments import Moment, MomentSource
from equipment.storage.db import session

NEWEST = 60  # records of each kind on the page; more on demand
moment_sources = Contributions[MomentSource]()


@dataclass(slots=True)
class Timeline:
    """The moments of a page, newest first, and whether older ones were left out."""

    moments: list[Moment]
    more: bool = False
    kinds: tuple[str, ...] = ()  # what kinds of records there are
    names: Mapping[str, str] = field(default_factory=dict)


def timeline(viewer: Viewer, equipment: Equipment, *, everything: bool = False, only: str = "") -> Timeline:
    """Every slice's records of the piece that the viewer may see, newest first; `only` those of one kind."""
    limit = None if everything else NEWEST
    groups = [list(of_slice(viewer, equipment, limit)) for of_slice in moment_sources]
    moments = sorted(
        (moment for group in groups for moment in group), key=lambda moment: moment.at, reverse=True
    )
    kinds = tuple(dict.fromkeys(moment.kind for group in groups for moment in group))
    shown = [moment for moment in moments if not only or moment.kind == only]
    more = limit is not None and any(
        len(group) >= limit for group in groups if not only or any(moment.kind == only for moment in group)
    )
    return Timeline(shown, more, kinds, _names(viewer, shown))


def _names(viewer: Viewer, moments: Iterable[Moment]) -> dict[str, str]:
    """Who did it: persons of one's own organisation (and all, for the bureau) by name,
    others by their organisation."""
    ids = {key for moment in moments for key in people_in(moment.actor)}
    rows = session.execute(
        select(User.id, User.name, User.organisation_id, Organisation.name.label("unit"))
        .join(Organisation)
        .where(User.id.in_(ids))
    )
    names = {
        f"user:{row.id}": f"{row.name} · {row.unit}"
        if viewer.oversees or row.organisation_id == viewer.organisation_id
        else row.unit
        for row in rows
    }
    units = {moment.organisation_id for moment in moments} - {None}
    found_units = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(units))
    )
    return names | {str(row.id): row.name for row in found_units}


def who(shown: Timeline, moment: Moment) -> str:
    people = people_in(moment.actor)
    return (shown.names.get(f"user:{people[0]}", "") if people else "") or shown.names.get(
        str(moment.organisation_id), ""
    )
