"""What the paper of a pack says, in Chinese, of the piece or record that it is about; for reading only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from equipment.core.words import N_
from equipment.dues.kinds import due_kind
from equipment.dues.lists import rows_of
from equipment.dues.models import DueList, DueListRow
from equipment.fills.models import Fill
from equipment.hazards.models import Hazard
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import names_of
from equipment.maintenance.states import ItemAnswer
from equipment.packs.queries import PackTopic
from equipment.packs.states import PackKind
from equipment.people.models import Organisation
from equipment.people.queries import area_path
from equipment.register.detail_views import facts
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.storage.db import Base, session
from equipment.web.jinja import day, kg, mpa, when
from equipment.web.language import translate

LIST_ROWS = 300
# What the tables of records are called on paper; one that is not named here stands under its own name.
TABLES = {
    "application": N_("Application for inspection"),
    "attachment": N_("Document"),
    "coordinates": N_("Coordinates"),
    "due": N_("Due"),
    "due_list": N_("Due-list"),
    "due_list_row": N_("Row of a due-list"),
    "equipment": N_("Piece of equipment"),
    "fill": N_("Fill"),
    "finding": N_("Finding"),
    "forbidden_fill": N_("Filled although forbidden"),
    "hazard": N_("Hazard"),
    "identifier": N_("Number"),
    "inspection": N_("Inspection"),
    "label": N_("Label"),
    "plan_fact": N_("Fact that plans rest on"),
    "plate_proposal": N_("Proposal of a plate"),
    "public_report": N_("Public report"),
    "scan": N_("Scan"),
    "standing": N_("Period of a status"),
    "swipe": N_("Swipe"),
    "visit": N_("Maintenance visit"),
    "visit_item": N_("Failed item of a visit"),
}
Fact = tuple[str, str]


def table_name(key: str) -> str:
    """What kind of record a key names."""
    table = key.partition("/")[0]
    return translate(TABLES.get(table, table))


def topic_facts(about: PackTopic) -> list[tuple[str, list[Fact]]]:
    """What it is, by heading: the record, then its piece; what is not known is left out."""
    tables: list[tuple[str, list[Fact]]] = []
    if (record := about.record) is not None:
        tables.append((translate(about.kind.label), _stated(_of_record(record))))
    if about.equipment is not None:
        tables.append((translate(PackKind.PIECE.label), _stated(_of_piece(about.equipment))))
    return tables


def _of_record(record: Base) -> Iterator[tuple[str, object]]:
    if isinstance(record, Fill):
        yield from _of_fill(record)
    elif isinstance(record, Visit):
        yield from _of_visit(record)
    elif isinstance(record, Hazard):
        yield from _of_hazard(record)
    elif isinstance(record, DueList):
        yield from _of_list(record)


def _stated(pairs: Iterator[tuple[str, object]]) -> list[Fact]:
    return [(label, _shown(value)) for label, value in pairs if value not in (None, "")]


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    return day(value) if isinstance(value, date) else str(value)


def _unit(key: UUID | None) -> str:
    return session.scalar(select(Organisation.name).where(Organisation.id == key)) or "" if key else ""


def _of_piece(piece: Equipment) -> Iterator[tuple[str, object]]:
    yield _("Category"), translate(category(piece.category).label)
    yield _("Name"), piece.name
    yield _("Serial number"), piece.serial
    yield _("Label"), piece.label_code
    yield _("Status"), translate(piece.status.label)
    yield _("Owner"), _unit(piece.owner_id)
    yield _("Use unit"), _unit(piece.use_unit_id)
    yield _("Maintenance firm"), _unit(piece.maintenance_firm_id)
    yield _("Inspection body"), _unit(piece.inspection_body_id)
    yield _("Area"), " ".join(area.name for area in area_path(piece.area))
    yield _("Where it is"), f"{piece.address} {piece.position}".strip()
    yield _("Made on"), piece.made_on
    yield from facts(piece)


def _of_fill(fill: Fill) -> Iterator[tuple[str, object]]:
    yield _("Station"), _unit(fill.organisation_id)
    yield _("Status"), translate(fill.state.label)
    yield _("Gas"), fill.gas
    yield _("Time"), fill.happened_at
    yield _("Operator"), names_of([fill.user_id])[fill.user_id] if fill.user_id else ""
    yield _("Tare"), kg(fill.tare_g) if fill.tare_g else ""
    yield _("Gross after filling"), kg(fill.gross_g) if fill.gross_g else ""
    yield _("Net"), kg(fill.net_g) if fill.net_g is not None else ""
    yield _("Pressure after filling"), mpa(fill.pressure_kpa) if fill.pressure_kpa else ""
    yield _("Rule pack"), fill.pack
    yield _("Reason of the correction"), fill.correction_reason


def _of_visit(visit: Visit) -> Iterator[tuple[str, object]]:
    yield _("Maintenance firm"), _unit(visit.organisation_id)
    yield _("Kind"), translate(due_kind(visit.duty).label)
    yield _("Status"), translate(visit.state.label)
    yield _("Began"), visit.opened_at
    yield _("Ended"), visit.closed_at
    yield _("Technicians"), "、".join(names_of(visit.technicians).values())
    answers = [str(item.get("answer")) for item in visit.answers.values()]
    counted = ((translate(kind.label), answers.count(kind)) for kind in ItemAnswer)
    yield _("Items"), "，".join(f"{label} {number}" for label, number in counted if number)
    yield _("Signed by"), visit.signer_name
    yield _("Signed at"), visit.signed_at
    yield _("Remark"), visit.remark


def _of_hazard(hazard: Hazard) -> Iterator[tuple[str, object]]:
    yield _("What is wrong"), hazard.description
    yield _("Grade"), translate(hazard.grade.label)
    yield _("Status"), translate(hazard.state.label)
    yield _("Responsible unit"), _unit(hazard.responsible_id)
    yield _("Found on"), hazard.found_on
    yield _("To be put right by"), hazard.due_on
    yield _("Put right at"), hazard.rectified_at
    yield _("How it was put right"), hazard.rectification
    yield _("Re-checked at"), hazard.rechecked_at
    yield _("Closed on"), hazard.closed_on


def _of_list(due_list: DueList) -> Iterator[tuple[str, object]]:
    yield _("List number"), due_list.number
    yield _("Title"), due_list.title
    yield _("Organisation"), _unit(due_list.organisation_id)
    yield _("Drawn up"), due_list.made_at
    yield _("Rows"), due_list.row_count
    left = rows_of(due_list).order_by(None).with_only_columns(DueListRow.state, func.count())
    for state, number in session.execute(left.group_by(DueListRow.state)).all():
        yield translate(state.label), number


def list_rows(about: PackTopic) -> list[tuple[str, ...]]:
    """The first rows of a due-list: number, unit, where, what is due and when, how it stands."""
    if not isinstance(about.record, DueList):
        return []
    return [
        (
            str(row.row_no),
            row.snapshot["unit"],
            f"{row.snapshot['address']} {row.snapshot['position']}".strip(),
            row.snapshot["own_number"] or row.snapshot["serial"],
            f"{translate(row.snapshot['kind_label'])} {row.snapshot['due_on']}",
            translate(row.state.label),
        )
        for row in session.scalars(rows_of(about.record).limit(LIST_ROWS))
    ]
