"""How accidents and experts read in lists, on first pages and in exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from equipment.accidents.duties import accident_name
from equipment.accidents.models import Accident, Expert
from equipment.accidents.queries import OfficeClock, chain_up, experts, hour_of, listed, pieces_of, relays_of
from equipment.accidents.rules import ReportClock
from equipment.accidents.states import Office, ReportVerdict
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.regulation.accident_numbers import exclusions
from equipment.regulation.categories import CATEGORIES
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

CATEGORY_WORDS = {one.key: one.label for one in CATEGORIES}
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Happened at"), 18),
    (N_("Piece or place"), 36),
    (N_("Category"), 12),
    (N_("Area"), 16),
    (N_("Unit"), 28),
    (N_("Course of the accident"), 50),
    (N_("Dead"), 8),
    (N_("Seriously injured"), 10),
    (N_("Slightly injured"), 8),
    (N_("Trapped"), 8),
    (N_("Direct loss as estimated (yuan)"), 14),
    (N_("Level of accident"), 14),
    (N_("Status"), 18),
    (N_("Case of Art. 3"), 40),
    (N_("Head of the unit knew at"), 18),
    (N_("Reported at"), 18),
    (N_("Hour"), 18),
    (N_("County to city"), 18),
    (N_("City to province"), 18),
    (N_("Piece cleared at"), 18),
    (N_("Made public on"), 12),
)
EXPERT_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Name of the expert"), 12),
    (N_("Field of expertise"), 30),
    (N_("Professional title"), 16),
    (N_("Kinds of equipment"), 30),
    (N_("Employer"), 32),
    (N_("Phone"), 16),
    (N_("List of"), 16),
    (N_("On the list until"), 12),
    (N_("Remark"), 30),
)


class ShownAccident(NamedTuple):
    """An accident with what a list says of it."""

    record: Accident
    piece: Equipment | None
    name: str
    unit: str
    area: str
    hour: ReportClock
    chain: Sequence[OfficeClock]

    @property
    def running(self) -> OfficeClock | None:
        """The step upward that waits."""
        return next((step for step in self.chain if step.relay is None), None)


def shown_accidents(viewer: Viewer, rows: Sequence[Accident]) -> list[ShownAccident]:
    pieces, relays = pieces_of(viewer, rows), relays_of(row.id for row in rows) if rows else {}
    names = names_of([row.unit_id for row in rows])
    areas = {area.code: area.name for area in areas_below("")} if rows else {}
    shown = []
    for row in rows:
        piece = pieces.get(row.equipment_id) if row.equipment_id else None
        shown.append(
            ShownAccident(
                row,
                piece,
                accident_name(row, piece) or areas.get(row.area, row.area),
                names.get(row.unit_id, "") or row.unit_name,
                areas.get(row.area, row.area),
                hour_of(row),
                chain_up(row, relays),
            )
        )
    return shown


def clock_words(shown: ReportClock, now: datetime) -> Message | None:
    """How long a clock still runs, or by how much it was missed or kept."""
    if shown.verdict is ReportVerdict.RUNNING:
        assert shown.due_at is not None
        return Message(N_("%(span)s left"), {"span": _span((shown.due_at - now).total_seconds())})
    if shown.verdict is ReportVerdict.OVERDUE:
        assert shown.due_at is not None
        return Message(N_("overdue for %(span)s"), {"span": _span((now - shown.due_at).total_seconds())})
    if shown.since is not None and shown.done_at is not None:
        span = _span((shown.done_at - shown.since).total_seconds())
        return Message(N_("after %(span)s"), {"span": span})
    return None


def _span(seconds: float) -> Message:
    """Days, hours and minutes, the two that matter."""
    minutes = int(max(seconds, 0)) // 60
    hours, minutes = divmod(minutes, 60)
    days, rest = divmod(hours, 24)
    if days:
        return Message(N_("%(days)s d %(hours)s h"), {"days": days, "hours": rest})
    if hours:
        return Message(N_("%(hours)s h %(minutes)s min"), {"hours": hours, "minutes": minutes})
    return Message(N_("%(minutes)s min"), {"minutes": minutes})


def exclusion_text(accident: Accident, locale: str) -> str:
    """The case of Art. 3 by which it was found to be none."""
    texts = {one.code: one.text for one in exclusions(accident.on)}
    text = texts.get(accident.exclusion)
    return text.in_language(locale) if text else ""


def accident_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list with its filters, as a table."""
    filters = {name: str(value) for name, value in query.items()}
    locale = "zh" if say(N_("Happened at")) != "Happened at" else "en"
    rows = in_parts(listed(viewer, filters), Accident.happened_at, Accident.id)
    cells = (_cells(row, say, locale) for part in rows for row in shown_accidents(viewer, part))
    return Table(say(N_("Accidents")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _cells(row: ShownAccident, say: Say, locale: str) -> list[object]:
    one = row.record
    steps = {step.from_office: step.clock.verdict for step in row.chain}
    up = [say(steps[office].label) if office in steps else "" for office in (Office.COUNTY, Office.CITY)]
    return [
        _at(one.happened_at),
        row.name,
        say(CATEGORY_WORDS.get(one.category, one.category)),
        row.area,
        row.unit,
        one.what,
        one.dead,
        one.serious,
        one.injured,
        one.trapped,
        one.loss_yuan if one.loss_yuan is not None else "",
        say(one.level.label) if one.level else "",
        say(one.state.label),
        exclusion_text(one, locale),
        _at(one.known_at),
        _at(one.reported_at),
        say(row.hour.verdict.label),
        *up,
        _at(one.cleared_at),
        one.published_on or "",
    ]


def _at(at: datetime | None) -> str:
    return f"{clock.site_time(at):%Y-%m-%d %H:%M}" if at else ""


def expert_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of experts with its filters, as a table."""
    filters = {name: str(value) for name, value in query.items()}
    areas = {area.code: area.name for area in areas_below("")}
    rows = in_parts(experts(viewer, filters), Expert.name, Expert.id)
    cells = ([*_expert_cells(one, areas, say)] for part in rows for one in part)
    columns = [TableColumn(say(name), width) for name, width in EXPERT_COLUMNS]
    return Table(say(N_("Experts")), columns, cells)


def _expert_cells(one: Expert, areas: Mapping[str, str], say: Say) -> list[object]:
    return [
        one.name,
        one.field,
        one.title,
        "、".join(say(CATEGORY_WORDS[key]) for key in one.categories),
        one.employer,
        one.phone,
        areas.get(one.area, one.area),
        one.valid_until,
        one.remark,
    ]
