"""How the places of bottles read in lists and in exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import NOBODY
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.people.rules import Viewer
from equipment.places.models import Whereabouts
from equipment.places.queries import customers_named, whereabouts
from equipment.places.states import PlaceState
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Label"), 20, "text"),
    (N_("Serial number"), 18, "text"),
    (N_("Unit's own number"), 14, "text"),
    (N_("Medium"), 12, "text"),
    (N_("Owner"), 28, "text"),
    (N_("Whereabouts"), 20, "text"),
    (N_("With whom"), 28, "text"),
    (N_("Since"), 18, "text"),
    (N_("Days there"), 10, "number"),
    (N_("Last heard of"), 18, "text"),
    (N_("Days silent"), 10, "number"),
)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One bottle as its list shows it: where, with whom, for how many days, and how long it was silent."""

    record: Whereabouts
    piece: Equipment
    holder: str
    owner: str
    days: int
    silent: int

    @property
    def id(self) -> UUID:
        return self.record.equipment_id

    @property
    def name(self) -> str:
        return called(self.piece)


def place_rows(viewer: Viewer, found: Sequence[tuple[Whereabouts, Equipment]]) -> list[PlaceRow]:
    """Each with the names of its holder and owner; of the customer, where the viewer may know him."""
    parties = {key for record, piece in found for key in (record.holder_id, piece.owner_id)}
    names, today = names_of(parties), clock.today()
    customers = customers_named(
        viewer, {record.customer_id for record, _piece in found if record.customer_id}
    )
    known = {key: customer.name for key, customer in customers.items()}
    return [
        PlaceRow(
            record,
            piece,
            known.get(record.customer_id or NOBODY) or names.get(record.holder_id, ""),
            names.get(piece.owner_id, ""),
            (today - clock.site_day(record.from_at)).days,
            (today - clock.site_day(record.seen_at)).days,
        )
        for record, piece in found
    ]


def place_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The bottles behind the filters of the list."""
    parts = in_parts(whereabouts(viewer, filters), Whereabouts.seen_at, Whereabouts.equipment_id)
    cells = (_cells(row, say) for part in parts for row in place_rows(viewer, part))
    return Table(
        say(N_("Where bottles are")),
        [TableColumn(say(name), width, kind) for name, width, kind in COLUMNS],
        cells,
    )


def _cells(row: PlaceRow, say: Say) -> list[object]:
    piece = row.piece
    return [
        spelt(piece.label_code) if piece.label_code else "",
        piece.serial,
        piece.own_number,
        piece.medium,
        row.owner,
        say(PlaceState(row.record.state).label),
        row.holder,
        f"{clock.site_time(row.record.from_at):%Y-%m-%d %H:%M}",
        row.days,
        f"{clock.site_time(row.record.seen_at):%Y-%m-%d %H:%M}",
        row.silent,
    ]
