"""How rounds and rows read in files: a round, or all of a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.kinds import due_kind
from equipment.people.models import User
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Identifier
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.register.rules import IdentifierKind
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts
from equipment.walks.models import WalkRow
from equipment.walks.queries import SORTS, listed, photo_counts, unit_names
from equipment.walks.rules import days_overdue
from equipment.walks.settling import walks_of

NUMBERS = (IdentifierKind.EQUIPMENT_CODE, IdentifierKind.CERTIFICATE_NO)
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Round"), 24),
    (N_("Office"), 18),
    (N_("Row"), 6),
    (N_("Use unit"), 30),
    (N_("Address"), 36),
    (N_("Equipment"), 20),
    (IdentifierKind.EQUIPMENT_CODE.label, 24),
    (IdentifierKind.CERTIFICATE_NO.label, 24),
    (N_("Overdue duty"), 14),
    (N_("Due on"), 12),
    (N_("Days overdue"), 10),
    (N_("Applied for when the round opened"), 12),
    (N_("State of the row"), 16),
    (N_("Outcome of the walk"), 18),
    (N_("Walked at"), 18),
    (N_("Walked by"), 14),
    (N_("Remark"), 36),
    (N_("Photos"), 8),
    (N_("Settled as"), 22),
    (N_("Settled at"), 18),
    (N_("Settled by"), 14),
    (N_("Why it closed"), 26),
)
TIME = "%Y-%m-%d %H:%M"


def walk_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The rows behind a list, as people read them; a round or a month by its filters."""
    filters = {name: str(value) for name, value in Fields(query).items()}
    areas = {area.code: area.name for area in areas_below("")}
    parts = in_parts(listed(viewer, filters), *SORTS["row"])
    cells = (cell for part in parts for cell in _rows(viewer, part, areas, say))
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Walks of the overdue list")), columns, cells)


def people_of(rows: Iterable[WalkRow]) -> dict[UUID | None, str]:
    """The names of who walked, sent back and settled these rows."""
    ids = {key for row in rows for key in (row.walked_by, row.settled_by, row.sent_back_by)} - {None}
    users = visible(SYSTEM, User).where(User.id.in_(ids)).with_only_columns(User.id, User.name)
    return {user.id: user.name for user in session.execute(users)}


def numbers_by_piece(ids: Iterable[UUID]) -> dict[tuple[UUID, IdentifierKind], str]:
    """设备代码 and 使用登记证编号 of these pieces."""
    numbers = (
        visible(SYSTEM, Identifier)
        .where(
            Identifier.equipment_id.in_(list(ids)),
            Identifier.kind.in_(NUMBERS),
            Identifier.voided_at.is_(None),
        )
        .with_only_columns(Identifier.equipment_id, Identifier.kind, Identifier.shown)
    )
    return {(row.equipment_id, IdentifierKind(row.kind)): row.shown for row in session.execute(numbers)}


def _rows(
    viewer: Viewer, rows: Sequence[WalkRow], areas: Mapping[str, str], say: Say
) -> Iterable[Sequence[object]]:
    walks, units, people = walks_of(viewer, rows), unit_names(rows), people_of(rows)
    photos = photo_counts([row.id for row in rows])
    ids = [row.equipment_id for row in rows]
    by_id, numbers = {piece.id: piece for piece in pieces(SYSTEM, ids)}, numbers_by_piece(ids)
    for row in rows:
        piece = by_id[row.equipment_id]
        yield [
            walks[row.walk_id].number,
            areas.get(row.area, row.area),
            row.row_no,
            units.get(row.use_unit_id, ""),
            " ".join(part for part in (piece.address, piece.position) if part),
            say(called(piece)),
            *(numbers.get((piece.id, kind), "") for kind in NUMBERS),
            say(due_kind(row.duty).label),
            row.due_on,
            days_overdue(row.due_on, clock.today()),
            say(N_("Yes")) if row.applied else "",
            say(row.state.label),
            say(row.outcome.label) if row.outcome else "",
            f"{clock.site_time(row.happened_at):{TIME}}" if row.happened_at else "",
            people.get(row.walked_by, ""),
            row.note,
            photos.get(row.id, 0),
            say(row.settlement.label) if row.settlement else "",
            f"{clock.site_time(row.settled_at):{TIME}}" if row.settled_at else "",
            people.get(row.settled_by, ""),
            say(row.closing.label) if row.closing else "",
        ]
