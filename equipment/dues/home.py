"""The figures of dues on first pages: what is due and not applied for, applications waiting, lists whose rows
have not come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from sqlalchemy import Select, case, func, literal, or_, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.dues.applications import applications
from equipment.dues.filters import FAILED, LATE, OVERDUE, UNKNOWN, DueRow, Filters, due_rows, wanted
from equipment.dues.kinds import due_kind, due_kinds
from equipment.dues.lists import lists, returns_of
from equipment.dues.models import Application, Due, DueList
from equipment.dues.queries import due_between
from equipment.dues.rules import ApplicationState
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.naming import called
from equipment.regulation.categories import category
from equipment.regulation.planning import DueKind, Origin
from equipment.storage.db import session

ROWS = 5
FAILED_TITLE = N_("Inspection failed")
SOON = "30"  # the window of the list that takes in what is overdue and the next 30 days
WINDOW_NAMES = {
    OVERDUE: N_("Overdue"),
    SOON: Message(N_("Overdue and the next %(days)s days"), {"days": SOON}),
    FAILED: FAILED_TITLE,
    UNKNOWN: N_("Inspection state not known"),
}
MOST = 10_000  # beyond this a figure says "more than": counting on is not what the reader waits for


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """By kind of organisation: the unit applies, the body accepts and brings lists back, the station sends,
    the bureau watches."""
    on = clock.today()
    if viewer.organisation_kind == OrganisationKind.USE_UNIT:
        return [
            _dues(
                viewer, on, "dues.to_apply", N_("To be applied for"), Filters(window="60", applied=LATE), 12
            ),
            *_some(_dues(viewer, on, "dues.failed", FAILED_TITLE, Filters(window=FAILED), 11)),
            *_self_tests(viewer, on),
        ]
    if viewer.organisation_kind == OrganisationKind.FIRM:
        return _self_tests(viewer, on)
    if viewer.organisation_kind == OrganisationKind.STATION and Role.STATION_OWNER in viewer.roles:
        return _of_station(viewer, on)
    if viewer.organisation_kind == OrganisationKind.BODY:
        return [
            _lists(viewer),
            _applications(viewer),
            _dues(viewer, on, "dues.overdue", N_("Overdue"), Filters(window=OVERDUE), 30),
            *_some(_dues(viewer, on, "dues.failed", FAILED_TITLE, Filters(window=FAILED), 29)),
        ]
    if viewer.oversees:  # what is overdue stands in the table of the page (briefing/)
        failed = _dues(viewer, on, "dues.failed", FAILED_TITLE, Filters(window=FAILED), 23)
        return _some(failed)
    return []


def _of_station(viewer: Viewer, on: date) -> list[HomeCard]:
    """A station has its bottles by the thousand: one line per kind of duty, how many and since when, each
    opening just these."""
    counts = _duty_counts(viewer, on)
    late, to_send = (
        sum(count.number for count in counts if count.window == window and count.kind in kinds)
        for window, kinds in ((OVERDUE, due_kinds()), (SOON, (DueKind.INSPECTION,)))
    )
    # the next 30 days take in what is overdue: not said twice where nothing else is due
    rows = [count.row() for count in counts if count.window != SOON or count.ahead]
    return [
        HomeCard(
            "dues.overdue",
            Message(N_("Duties overdue")),
            late,
            url_for("dues.index", kind="", window=OVERDUE),
            "red" if late else "green",
            icon="alert-triangle",
            rank=21,
            rows=rows,
        ),
        HomeCard(
            "dues.to_send",
            Message(N_("To be sent for inspection within 30 days")),
            to_send,
            url_for("dues.index", kind=DueKind.INSPECTION, window=SOON),
            "amber" if to_send else "green",
            icon="calendar-due",
            rank=22,
        ),
    ]


@dataclass(frozen=True, slots=True)
class DutyCount:
    """How many duties of one kind and category a window of the list holds, how many of them are neither
    overdue nor in question, and the first of their days."""

    kind: str
    category: str
    window: str
    number: int
    ahead: int
    first: date

    def row(self) -> CardRow:
        text = Message(
            N_("%(what)s of %(category)s: %(window)s"),
            {
                "what": due_kind(self.kind).label,
                "category": category(self.category).label,
                "window": WINDOW_NAMES[self.window],
            },
        )
        url = url_for("dues.index", kind=self.kind, category=self.category, window=self.window)
        is_dated = self.window in (OVERDUE, SOON)
        note = N_("%(num)s in all, the first") if is_dated else N_("%(num)s in all")
        params = {"num": f"{self.number:,}"}
        return CardRow(text, url, self.first if is_dated else None, Message(note, params))


def _duty_counts(viewer: Viewer, on: date) -> list[DutyCount]:
    """The open duties of every kind and category by the windows of their list, counted in one question."""
    until, odd = on + timedelta(days=int(SOON)), (Origin.FAILED, Origin.UNKNOWN)
    columns = (
        Due.kind.label("kind"),
        Due.category.label("category"),
        case((Due.origin.in_(odd), Due.origin), else_=None).label("odd"),
        (Due.due_on < on).label("late"),
        (Due.due_on <= until).label("soon"),
    )
    near = due_between(viewer, None, None, kinds=due_kinds()).where(
        or_(Due.due_on <= until, Due.origin.in_(odd))
    )
    counted = near.with_only_columns(
        *columns, func.count().label("number"), func.min(Due.due_on).label("first")
    )
    counts: dict[tuple[str, str, str], DutyCount] = {}
    for row in session.execute(counted.group_by(*(column.name for column in columns))):
        ahead = 0 if row.odd or row.late else row.number
        windows = [row.odd] if row.odd else [OVERDUE] if row.late else []
        for window in [*windows, *[SOON] * bool(row.soon)]:
            key = (row.kind, row.category, window)
            before = counts.get(key, DutyCount(*key, 0, 0, date.max))
            numbers = before.number + row.number, before.ahead + ahead
            # a day that nobody knows is no first day
            counts[key] = DutyCount(*key, *numbers, before.first if row.odd else min(before.first, row.first))
    order = (OVERDUE, SOON, FAILED, UNKNOWN)
    return sorted(counts.values(), key=lambda count: (count.kind, count.category, order.index(count.window)))


def _self_tests(viewer: Viewer, on: date) -> list[HomeCard]:
    """自行检测 of one's own lifts, for whoever records it; nothing where none is near."""
    if not viewer.roles & {Role.FIRM_MANAGER, Role.SAFETY_OFFICER}:
        return []
    return _some(
        _dues(
            viewer,
            on,
            "dues.self_tests",
            N_("Self-tests within 60 days"),
            Filters(kind=DueKind.SELF_TEST, window="60"),
            13,
        )
    )


def _some(card: HomeCard) -> list[HomeCard]:
    """The card, where it has anything to show."""
    return [card] if card.rows else []


def _dues(viewer: Viewer, on: date, key: str, title: str, filters: Filters, rank: int) -> HomeCard:
    dues = wanted(viewer, filters, on)
    nearest = session.execute(dues.order_by(Due.due_on, Due.equipment_id).limit(ROWS)).all()
    number = _count(dues) if len(nearest) == ROWS else len(nearest)
    rows = [_card_row(row, viewer) for row in due_rows(nearest)]
    late = bool(nearest) and nearest[0][0].due_on < on
    url = url_for("dues.index", kind=filters.kind, window=filters.window, applied=filters.applied or None)
    return HomeCard(
        key,
        Message(title),
        f"{MOST:,}+" if number > MOST else number,
        url,
        "red" if late else "amber" if number else "green",
        icon="calendar-due",
        rank=rank,
        rows=rows,
    )


def _card_row(row: DueRow, viewer: Viewer) -> CardRow:
    """Nobody is told his own unit's name, nor a name twice where bottles stand at their unit's place."""
    piece = row.equipment
    is_own = viewer.organisation_id is not None and viewer.organisation_id in (
        piece.owner_id,
        piece.use_unit_id,
    )
    unit = "" if is_own else row.unit
    name = " ".join(text for text in (called(piece), piece.address) if text and text != row.unit)
    url = url_for("life.whole", equipment_id=piece.id, _anchor="dues")
    if row.due.origin is Origin.FAILED:
        params = {"what": row.due.origin.label, "day": row.due.due_on.isoformat(), "unit": unit}
        return CardRow(name, url, None, Message("%(what)s %(day)s %(unit)s", params))
    return CardRow(name, url, row.due.due_on, Message("%(unit)s", {"unit": unit}) if unit else None)


def _applications(viewer: Viewer) -> HomeCard:
    waiting = applications(viewer).where(
        Application.state == ApplicationState.APPLIED, Application.body_id == viewer.organisation_id
    )
    number = _count(waiting)
    return HomeCard(
        "applications.waiting",
        Message(N_("Applications to accept")),
        number,
        url_for("applications.index"),
        "amber" if number else "green",
        icon="send",
        rank=8,
    )


def _lists(viewer: Viewer) -> HomeCard:
    open_lists: Sequence[DueList] = session.scalars(
        lists(viewer).where(DueList.closed_at.is_(None)).order_by(DueList.made_at.desc())
    ).all()
    returns = returns_of(open_lists)
    mine = [
        due_list for due_list in open_lists if viewer.user_id in (due_list.inspector_id, due_list.made_by)
    ]
    out = sum(returns[due_list.id].outstanding + returns[due_list.id].not_done for due_list in mine)
    rows = [
        CardRow(
            f"{due_list.number} {due_list.title}".strip(),
            url_for("due_lists.show", list_id=due_list.id),
            None,
            _left(returns[due_list.id].outstanding + returns[due_list.id].not_done),
        )
        for due_list in mine[:ROWS]
    ]
    return HomeCard(
        "due_lists.out",
        Message(N_("Rows of my lists not returned")),
        out,
        url_for("due_lists.index", whose="mine", state="open"),
        "amber" if out else "green",
        icon="list-check",
        rank=5,
        rows=rows,
    )


def _left(outstanding: int) -> Message:
    return Message(N_("%(num)s not returned"), {"num": outstanding})


def _count(rows: Select[*tuple[object, ...]]) -> int:
    inner = (
        rows.order_by(None)
        .with_only_columns(literal(1), maintain_column_froms=True)
        .limit(MOST + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(inner)) or 0
