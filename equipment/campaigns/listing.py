"""How campaigns read in files: the rows of one as a list, and the workbook with its summary, rows and
problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from equipment.campaigns.models import Campaign, CampaignList, CampaignRow
from equipment.campaigns.queries import (
    ROW_SORTS,
    CampaignProgress,
    ProblemStand,
    campaign_of,
    listed_rows,
    lists_of,
    photos_of,
    pieces_of,
    problems_of_rows,
    progress_by_list,
    stands,
    unit_addresses,
    unit_names,
)
from equipment.campaigns.rules import COUNTY, CampaignScope, ScopeCondition, is_without_office
from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.hazards.rules import FindingState, HazardState
from equipment.people.models import Area, User
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.naming import called
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.catalogue import CATALOGUE
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.gases import GAS_ALIASES
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts
from equipment.walks.listing import NUMBERS, numbers_by_piece

TIME = "%Y-%m-%d %H:%M"
ROW_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Office"), 20),
    (N_("Row"), 6),
    (N_("Unit"), 30),
    (N_("Address"), 36),
    (N_("Equipment"), 20),
    (IdentifierKind.EQUIPMENT_CODE.label, 24),
    (IdentifierKind.CERTIFICATE_NO.label, 24),
    (N_("State of the row"), 18),
    (N_("Problems"), 48),
    (N_("Why not checked"), 26),
    (N_("Time of the check"), 18),
    (N_("Officer who checked"), 14),
    (N_("Remark"), 36),
    (N_("Photos"), 8),
    (N_("Joined on"), 12),
    (N_("Peculiarities"), 36),
)
SUMMARY_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Area"), 22, "text"),
    (N_("Rows"), 8, "number"),
    (N_("Checked"), 8, "number"),
    (N_("Share checked"), 10, "share"),
    (N_("Nothing wrong"), 10, "number"),
    (N_("With problems"), 10, "number"),
    (N_("Not there"), 8, "number"),
    (N_("Not checked"), 10, "number"),
    (N_("Left the campaign"), 10, "number"),
    (N_("Problems found"), 10, "number"),
    (N_("of key items"), 10, "number"),
    (N_("Problems closed"), 10, "number"),
    (N_("Closing overdue"), 10, "number"),
)
PROBLEM_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Unit"), 30),
    (N_("Equipment"), 20),
    (N_("Office"), 20),
    (N_("Item of the table"), 8),
    (N_("Key item"), 8),
    (N_("Findings of the check"), 48),
    (N_("Rule that it breaks"), 40),
    (N_("Status"), 20),
    (N_("To be put right by"), 14),
    (N_("Closed on"), 12),
    (N_("In an order"), 10),
)


class AreaProgress(NamedTuple):
    """One line of a summary: a county, or an office below it; `list_id` where it is one office's."""

    area: str
    name: str
    progress: CampaignProgress
    list_id: UUID | None
    is_county: bool


def progress_lines(viewer: Viewer, campaign: Campaign) -> list[AreaProgress]:
    """Each county with its offices below it, as they are now; an office that stands alone is its own line."""
    lists = lists_of(viewer, [campaign.id])
    counts = progress_by_list(viewer, [campaign.id])
    names = area_names({one.area for one in lists} | {one.area[:COUNTY] for one in lists})
    by_county: dict[str, list[CampaignList]] = {}
    for one in lists:
        by_county.setdefault(one.area[:COUNTY], []).append(one)
    lines = []
    for county, members in by_county.items():
        total = sum((counts.get(one.id, CampaignProgress()) for one in members), CampaignProgress())
        lines.append(AreaProgress(county, names.get(county, county), total, None, is_county=True))
        for one in members:
            of_list = counts.get(one.id, CampaignProgress())
            lines.append(AreaProgress(one.area, names.get(one.area, one.area), of_list, one.id, False))
    return lines


def scope_words(campaign: Campaign, say: Say) -> list[tuple[str, str]]:
    """The scope in words, part by part; what narrows nothing is left out."""
    scope = CampaignScope.of(campaign.scope)
    names = area_names(scope.areas) if scope.areas else {}
    categories = {kind.key: kind.label for kind in CATEGORIES}
    parts = (
        (N_("What is checked"), [say(scope.subject.label)]),
        (N_("Categories"), [say(categories.get(key, key)) for key in scope.categories]),
        (N_("Kinds of the catalogue"), [CATALOGUE[f"{kind}00"].zh for kind in scope.kinds]),
        (N_("Gases"), [GAS_ALIASES[code][0] for code in scope.media]),
        (N_("Only pieces that are"), [say(ScopeCondition(one).label) for one in scope.conditions]),
        (N_("Status in the register"), [say(EquipmentStatus(one).label) for one in scope.statuses]),
        (N_("Kinds of units"), [say(OrganisationKind(one).label) for one in scope.unit_kinds]),
        (N_("Areas"), [names.get(code, code) for code in scope.areas]),
    )
    return [(say(name), "、".join(words)) for name, words in parts if words]


def whole(lines: Iterable[AreaProgress]) -> CampaignProgress:
    """The sum over the counties."""
    return sum((line.progress for line in lines if line.is_county), CampaignProgress())


def area_names(codes: Iterable[str]) -> dict[str, str]:
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(list(codes))))
    return {row.code: row.name for row in rows}


def people_of(rows: Iterable[CampaignRow]) -> dict[UUID | None, str]:
    """The names of who checked these rows."""
    ids = {row.checked_by for row in rows} - {None}
    users = visible(SYSTEM, User).where(User.id.in_(ids)).with_only_columns(User.id, User.name)
    return {user.id: user.name for user in session.execute(users)}


def row_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The rows of a campaign behind a list, as people read them."""
    stated = Fields(query)
    campaign = campaign_of(viewer, UUID(stated.text("campaign")))
    filters = {name: str(value) for name, value in stated.table("args").items()}
    return _row_table(viewer, campaign, filters, say)


def _row_table(viewer: Viewer, campaign: Campaign, filters: Mapping[str, str], say: Say) -> Table:
    parts = in_parts(listed_rows(viewer, campaign, filters), *ROW_SORTS["row"])  # type: ignore[misc]
    cells = (cell for part in parts for cell in _row_cells(part, say))
    columns = [TableColumn(say(name), width) for name, width in ROW_COLUMNS]
    return Table(say(N_("Rows of the campaign")), columns, cells, head=_head(campaign))


def _head(campaign: Campaign) -> list[str]:
    days = f"{campaign.from_on.isoformat()} – {campaign.until_on.isoformat()}"
    return [f"{campaign.title}　{campaign.document}".strip("　"), f"{campaign.number}　{days}"]


def _row_cells(rows: Sequence[CampaignRow], say: Say) -> Iterable[Sequence[object]]:
    pieces, units, people = pieces_of(rows), unit_names(rows), people_of(rows)
    addresses, problems = unit_addresses(rows), problems_of_rows(rows)
    photos, areas = photos_of([row.id for row in rows]), area_names({row.area for row in rows})
    numbers = numbers_by_piece(row.equipment_id for row in rows if row.equipment_id is not None)
    for row in rows:
        piece = pieces.get(row.equipment_id)
        why = row.absent_why or row.dropping
        place = (piece.address, piece.position) if piece else (addresses.get(row.unit_id, ""),)
        yield [
            areas.get(row.area, row.area),
            row.row_no,
            units.get(row.unit_id, ""),
            " ".join(part for part in place if part),
            say(called(piece)) if piece else "",
            *(numbers.get((piece.id, kind), "") if piece else "" for kind in NUMBERS),
            say(row.state.label),
            "；".join(problem.text for problem in problems[row.id]),
            say(why.label) if why else "",
            f"{clock.site_time(row.happened_at):{TIME}}" if row.happened_at else "",
            people.get(row.checked_by, ""),
            row.note,
            len(photos.get(row.id, ())),
            row.joined_on,
            "；".join(say(text) for text in peculiarities(row)),
        ]


def peculiarities(row: CampaignRow) -> list[str]:
    """What is remarkable about a row, beside its state."""
    said = []
    if is_without_office(row.place_area, row.area):
        said.append(N_("No office on file where it stands: checked by the office above"))
    if row.joined_on is not None:
        said.append(N_("Joined after the campaign was issued"))
    if row.moved_from:
        said.append(N_("Came from another office’s list"))
    if row.same_as is not None:
        said.append(N_("Settled by the check for another campaign"))
    if row.doubted:
        said.append(N_("Time to be verified"))
    return said


def summary_table(viewer: Viewer, campaign: Campaign, say: Say) -> Table:
    lines = progress_lines(viewer, campaign)
    columns = [TableColumn(say(name), width, kind) for name, width, kind in SUMMARY_COLUMNS]
    rows = [
        _summary_cells(line.name if line.is_county else f"　{line.name}", line.progress) for line in lines
    ]
    rows.append(_summary_cells(say(N_("In all")), whole(lines)))
    notes = [campaign.statement] if campaign.statement else []
    return Table(say(N_("Summary by area")), columns, rows, head=_head(campaign), notes=notes)


def _summary_cells(name: str, of_area: CampaignProgress) -> list[object]:
    return [
        name,
        of_area.rows,
        of_area.checked,
        of_area.share / 1000 if of_area.share is not None else None,
        of_area.sound,
        of_area.faulty,
        of_area.absent,
        of_area.to_check + of_area.missed,
        of_area.dropped,
        of_area.problems,
        of_area.key_problems,
        of_area.closed,
        of_area.overdue,
    ]


def problem_table(viewer: Viewer, campaign: Campaign, say: Say) -> Table:
    found = stands(viewer, campaign)
    rows = _rows_of(found)
    by_id = {row.id: row for row in rows}
    pieces, units = pieces_of(rows), unit_names(rows)
    areas = area_names({row.area for row in rows})
    columns = [TableColumn(say(name), width) for name, width in PROBLEM_COLUMNS]
    cells = []
    for one in found:
        row = by_id[one.problem.row_id]
        piece = pieces.get(row.equipment_id)
        cells.append(
            [
                units.get(row.unit_id, ""),
                say(called(piece)) if piece else "",
                areas.get(row.area, row.area),
                one.problem.item_no,
                say(N_("Yes")) if one.problem.is_key else "",
                one.problem.text,
                one.problem.rule_text,
                say(stand_label(one)),
                one.hazard.due_on if one.hazard else None,
                one.hazard.closed_on if one.hazard else None,
                say(N_("Yes")) if one.is_ordered else "",
            ]
        )
    return Table(say(N_("Problems")), columns, cells, head=_head(campaign))


def _rows_of(found: Sequence[ProblemStand]) -> Sequence[CampaignRow]:
    ids = {one.problem.row_id for one in found}
    return session.scalars(visible(SYSTEM, CampaignRow).where(CampaignRow.id.in_(ids))).all()


def stand_label(one: ProblemStand) -> str:
    """Where a problem stands, as the hazards say it."""
    if one.hazard is not None:
        return HazardState(one.hazard.state).label
    if one.problem.put_right:
        return FindingState.PUT_RIGHT.label
    if one.is_closed:
        return HazardState.CLOSED.label
    if one.finding is not None:
        return FindingState(one.finding.state).label
    return N_("Of the unit: its order says where it stands") if one.is_ordered else HazardState.OPEN.label


def workbook_tables(viewer: Viewer, campaign: Campaign, say: Say) -> list[Table]:
    """Summary by county and office, every row, every problem: one file."""
    return [
        summary_table(viewer, campaign, say),
        _row_table(viewer, campaign, {}, say),
        problem_table(viewer, campaign, say),
    ]
