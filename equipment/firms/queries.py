"""The firms of a month as a viewer may see them: their counts, rates and scores, and what is behind each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from equipment.core import clock
from equipment.core.months import add_months, month_end, month_start
from equipment.firms.counting import CATEGORY, Sums, counted_records
from equipment.firms.models import FirmMonth
from equipment.firms.rules import CountedRecord, Fraction, Number, Rating, added, fraction, total
from equipment.firms.score_rules import Score, score
from equipment.maintenance.models import Visit
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.regulation.firm_numbers import score_points
from equipment.regulation.models import Choice
from equipment.regulation.queries import rules, score_adopted
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

MONTHS = 12
# The month that goes on moves by days, and reads the records of weeks.
_moving: Remembered[tuple[date, date, str], Sums] = Remembered(120, together=True)


class FirmRating(NamedTuple):
    """One firm of a month: its counts, by county too, and what follows from them."""

    firm_id: UUID
    name: str
    counts: Counter[Number]
    counties: Mapping[str, Counter[Number]]
    score: Score

    def rate(self, rating: Rating) -> Fraction:
        return fraction(rating, self.counts)

    @property
    def lifts(self) -> int:
        return self.counts[Number.PLATED] + self.counts[Number.NO_PLATE]

    @property
    def visits(self) -> int:
        return sum(self.counts[each] for each in (Number.SWIPED, Number.UNPROVED, Number.BY_HAND))


def is_final(month: date) -> bool:
    """Whether the month stands on file."""
    final = visible(SYSTEM, FirmMonth).where(FirmMonth.month == month)
    return session.scalar(final.with_only_columns(FirmMonth.month).limit(1)) is not None


def sums_of(month: date, area: str) -> Sums:
    """The counts of every firm: those on file of a month that is final, else as they stand now."""
    if not is_final(month):
        question = (month, clock.today(), area)
        return _moving.get(question, lambda: added(counted_records(month, area)))
    rows = visible(SYSTEM, FirmMonth).where(FirmMonth.month == month, within(FirmMonth.area, area))
    sums: dict[UUID, dict[str, Counter[Number]]] = {}
    for row in session.scalars(rows):
        sums.setdefault(row.organisation_id, {})[row.area] = counts_of(row)
    return sums


def counts_of(row: FirmMonth) -> Counter[Number]:
    return Counter({Number(key): int(str(number)) for key, number in row.counts.items()})


def ratings(month: date, area: str, firm_id: UUID | None = None) -> list[FirmRating]:
    """Every firm of the area in that month, also one that has lifts and made no visit; the best score first,
    firms of whom nothing can be said last."""
    sums = sums_of(month, area)
    wanted = {firm: by for firm, by in sums.items() if firm_id in (None, firm)}
    points, names = score_points(rules(CATEGORY), month_end(month)), names_of(wanted)
    rated = []
    for firm, by_county in wanted.items():
        counts = total(by_county)
        rated.append(FirmRating(firm, names[firm], counts, by_county, score(counts, points)))
    return sorted(rated, key=lambda one: (one.score.tenths is None, -(one.score.tenths or 0), one.name))


def rating_of(month: date, area: str, firm_id: UUID) -> FirmRating:
    """One firm's month, empty where it did nothing and had no lift."""
    rated = ratings(month, area, firm_id)
    if rated:
        return rated[0]
    points = score_points(rules(CATEGORY), month_end(month))
    return FirmRating(firm_id, names_of([firm_id])[firm_id], Counter(), {}, score(Counter(), points))


def is_published(month: date) -> bool:
    """Whether the bureau had adopted the score by the end of that month."""
    return score_adopted(month_end(month))


def adoption(on: date) -> Choice | None:
    """The bureau's newest answer on the score, with its document."""
    newest = select(Choice).where(Choice.key == "score_adopted", Choice.since <= on)
    return session.scalar(newest.order_by(Choice.since.desc(), Choice.chosen_at.desc()).limit(1))


def months_shown(today: date) -> list[date]:
    """The months that can be chosen, this one first."""
    return [add_months(month_start(today), -back) for back in range(MONTHS)]


def history(viewer: Viewer, firm_id: UUID, months: Sequence[date]) -> list[tuple[date, Counter[Number]]]:
    """The months of a firm that stand on file, the newest first."""
    rows = visible(viewer, FirmMonth).where(FirmMonth.organisation_id == firm_id, FirmMonth.month.in_(months))
    sums: dict[date, Counter[Number]] = {}
    for row in session.scalars(rows):
        sums.setdefault(row.month, Counter()).update(counts_of(row))
    return sorted(sums.items(), reverse=True)


def records_behind(month: date, area: str, firm_id: UUID, number: Number) -> list[CountedRecord]:
    """The records behind a count as they stand now: of a month on file some may have been corrected since."""
    return [one for one in counted_records(month, area, firm_id) if one.number is number]


def place_in_ranking(month: date, firm_id: UUID) -> tuple[int, int] | None:
    """(its place, of how many) by the score of the whole city; firms with one score share a place."""
    ranked = [one for one in ratings(month, "") if one.score.tenths is not None]
    own = next((one for one in ranked if one.firm_id == firm_id), None)
    if own is None:
        return None
    better = sum((one.score.tenths or 0) > (own.score.tenths or 0) for one in ranked)
    return better + 1, len(ranked)


def firm_of(viewer: Viewer, firm_id: UUID) -> Organisation | None:
    """The firm, if the viewer may read its months: it is his own, or the bureau oversees its seat, a lift
    that it maintains or a visit that it made."""
    firm = visible(SYSTEM, Organisation).where(
        Organisation.id == firm_id, Organisation.kind == OrganisationKind.FIRM
    )
    if not viewer.oversees:
        return session.scalar(firm) if viewer.organisation_id == firm_id else None
    lift = visible(viewer, Equipment).where(Equipment.maintenance_firm_id == firm_id)
    visit = visible(viewer, Visit).where(Visit.organisation_id == firm_id)
    overseen = or_(within(Organisation.area, viewer.area), lift.exists(), visit.exists())
    return session.scalar(firm.where(overseen))
