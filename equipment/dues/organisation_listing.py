"""The duties of organisations as a table on its way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.dues.kinds import organisation_kind
from equipment.dues.models import OrganisationDue
from equipment.dues.organisations import organisation_dues
from equipment.people.rules import Viewer
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

ORDER = (OrganisationDue.due_on, OrganisationDue.id)
ORGANISATION_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Organisation"), 30, "text"),
    (N_("What"), 16, "text"),
    (N_("Subject"), 24, "text"),
    (N_("Due on"), 12, "day"),
    (N_("Status"), 10, "text"),
    (N_("Counted from"), 12, "day"),
    (N_("Basis"), 30, "text"),
)


def organisation_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The duties of organisations behind the filters of their list."""
    today = clock.today()

    def cells() -> Iterator[tuple[object, ...]]:
        for part in in_parts(organisation_dues(viewer, filters, today), *ORDER):
            names = names_of({row.organisation_id for row in part})
            for row in part:
                cite = Fields(row.citation)
                yield (
                    names.get(row.organisation_id, ""),
                    say(organisation_kind(row.kind).label),
                    say(row.title),
                    row.due_on,
                    say(N_("Overdue")) if row.due_on < today else "",
                    row.counted_from,
                    f"{cite.text('document', '')} {cite.text('clause', '')}".strip(),
                )

    columns = [TableColumn(say(name), width, kind) for name, width, kind in ORGANISATION_COLUMNS]
    return Table(say(N_("Duties of organisations")), columns, cells())
