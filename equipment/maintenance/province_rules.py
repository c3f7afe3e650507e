"""What becomes of one row of the province's export: pure, so that an inspector can read the cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.maintenance.states import Flag

OUT_BEFORE_IN = N_("Signed out before signing in")
IN_FUTURE = N_("This lies in the future")
TOO_LONG_THERE = N_("In and out lie more than %(hours)s hours apart")
NO_FIRM_AT_LIFT = N_("No maintenance firm is on file for this lift, and the row names none")
OTHER_FIRM = N_("This lift is maintained by %(firm)s; the row says “%(text)s”")
NOBODY_NAMED = N_("The row names no technician")


@dataclass(frozen=True, slots=True)
class Span:
    """From signing in to signing out; nobody signed out where the end is None."""

    since: datetime
    until: datetime | None

    @property
    def end(self) -> datetime:
        return self.until or self.since

    def meets(self, other: Span, margin: timedelta) -> bool:
        """Whether both are the same stay at a lift: two clocks may differ by the margin."""
        return self.since <= other.end + margin and other.since <= self.end + margin


@dataclass(frozen=True, slots=True)
class SpanLimits:
    """How long a visit may last, and at least; by how much two clocks may differ."""

    longest: timedelta
    shortest: timedelta
    margin: timedelta


def span_problem(span: Span, now: datetime, limits: SpanLimits) -> Message | None:
    """Why these times are those of no visit."""
    if span.until is not None and span.until < span.since:
        return Message(OUT_BEFORE_IN)
    if max(span.since, span.end) > now + limits.margin:
        return Message(IN_FUTURE)
    if span.end - span.since > limits.longest:
        return Message(TOO_LONG_THERE, {"hours": limits.longest // timedelta(hours=1)})
    return None


def same_stay(span: Span, others: Iterable[tuple[UUID, Span]], margin: timedelta) -> UUID | None:
    """The visit on record that is this stay: the first that overlaps it."""
    return next((key for key, other in others if span.meets(other, margin)), None)


def span_flags(span: Span, uncertified: bool, limits: SpanLimits) -> list[str]:
    """What is remarkable about such a visit. It has no checklist of ours, so nothing is said of one."""
    short = span.until is not None and span.until - span.since < limits.shortest
    flags = {Flag.SHORT: short, Flag.NO_CERTIFICATE: uncertified, Flag.NO_SIGN_OUT: span.until is None}
    return [str(flag) for flag in Flag if flags.get(flag)]


def people_of_row(cells: Sequence[str]) -> list[str]:
    """The people that cells name: 张三、李四 or 张三/李四."""
    parts = [part.strip() for cell in cells for part in cell.translate(_BETWEEN).split("、")]
    return list(dict.fromkeys(part for part in parts if part))


_BETWEEN = str.maketrans(dict.fromkeys(",，;；/|\n", "、"))
