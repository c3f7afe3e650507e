"""待核实: fills for the bureau to decide, the device's word beside ours. Either a phone said yes by its
list and we say no, or nobody vouches for the time that the device gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, literal, select, tuple_, union_all

from equipment.core.days import day_in
from equipment.core.words import N_, Labelled
from equipment.fills.clock_disputes import doubted_fills
from equipment.fills.models import ClockDecision, Fill, ForbiddenFill, Scan
from equipment.fills.states import ClockRuling, Ruling
from equipment.passes.models import PassList
from equipment.passes.queries import lists_numbered, text_of
from equipment.passes.rules import line_of, until_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import list_conditions, visible
from equipment.storage.db import session

PASSED = '"passed":{'  # in the content of a scan that a phone answered by its list


class ListWord(Labelled):
    """What became of the phone's word when it was looked up in the list that it named."""

    TRUE = "true", N_("The list says so"), "green"
    OTHER_DAY = "other_day", N_("The list gives another day"), "red"
    NOT_IN_LIST = "not_in_list", N_("The list has no such bottle"), "red"
    NO_SUCH_LIST = "no_such_list", N_("This station never had such a list"), "red"
    NOT_KEPT = "not_kept", N_("The list is no longer kept"), "grey"


class DisputeKind(Labelled):
    """What is to be verified of a fill."""

    LIST = "list", N_("Filled by the list of a phone"), "amber"
    CLOCK = "clock", N_("Time of the device"), "amber"


class ListDispute(NamedTuple):
    """One fill with both words: the phone's (its list's number and last day, what the list really says) and
    ours (`forbidden`)."""

    forbidden: ForbiddenFill
    scan: Scan
    sequence: int
    until: date | None
    issued: PassList | None
    word: ListWord


class Dispute(NamedTuple):
    """One line of the list: a fill let go by a list, or one whose time is doubted."""

    by_list: ListDispute | None = None
    fill: Fill | None = None
    decision: ClockDecision | None = None

    @property
    def ruling(self) -> Ruling | ClockRuling:
        if self.by_list is not None:
            return Ruling(self.by_list.forbidden.ruling)
        return ClockRuling(self.decision.ruling) if self.decision else ClockRuling.PENDING


def dispute_keys(
    viewer: Viewer, kind: str = "", ruling: str = "", filters: Mapping[str, str] = MappingProxyType({})
) -> Subquery:
    """The keys of every fill to be verified that the viewer sees; of one kind, one ruling, and behind the
    other filters of the list: station, area, the days on which it came in."""
    of_list = disputed_fills(viewer).where(*_asked(ForbiddenFill, filters))
    decided = and_(ClockDecision.equipment_id == Fill.equipment_id, ClockDecision.scan_id == Fill.scan_id)
    doubted = doubted_fills(viewer).where(*_asked(Fill, filters)).outerjoin(ClockDecision, decided)
    of_clock = func.coalesce(ClockDecision.ruling, literal(str(ClockRuling.PENDING)))
    if ruling:
        of_list = of_list.where(ForbiddenFill.ruling == ruling)
        doubted = doubted.where(of_clock == ruling)
    lists = of_list.with_only_columns(
        ForbiddenFill.equipment_id,
        ForbiddenFill.scan_id,
        ForbiddenFill.organisation_id,
        ForbiddenFill.received_at,
        literal(str(DisputeKind.LIST)).label("kind"),
    )
    clocks = doubted.with_only_columns(
        Fill.equipment_id,
        Fill.scan_id,
        Fill.organisation_id,
        Fill.received_at,
        literal(str(DisputeKind.CLOCK)).label("kind"),
        maintain_column_froms=True,
    )
    both = {DisputeKind.LIST: [lists], DisputeKind.CLOCK: [clocks]}
    chosen = both[DisputeKind(kind)] if kind in set(DisputeKind) else [lists, clocks]
    return union_all(*chosen).subquery() if len(chosen) > 1 else chosen[0].subquery()


def _asked(
    model: type[Fill] | type[ForbiddenFill], filters: Mapping[str, str]
) -> Iterator[ColumnElement[bool]]:
    return list_conditions(model.organisation_id, model.area, model.received_at, filters)


def disputed(viewer: Viewer, filters: Mapping[str, str]) -> Select[UUID]:
    """The list of fills to be verified as its address asks for it: the station of each."""
    ruling = filters.get("ruling", "")
    keys = dispute_keys(viewer, filters.get("kind", ""), ruling if ruling in set(Ruling) else "", filters)
    return select(keys.c.organisation_id)


def waiting_disputes(viewer: Viewer) -> int:
    """How many nobody has decided."""
    keys = dispute_keys(viewer, ruling=Ruling.PENDING)
    return session.scalar(select(func.count()).select_from(keys)) or 0


def disputed_fills(viewer: Viewer) -> Select[ForbiddenFill]:
    """The fills that a phone let go by its list and we would have refused, as far as the viewer sees them."""
    by_list = exists().where(Scan.id == ForbiddenFill.scan_id, Scan.content.contains(PASSED, autoescape=True))
    return visible(viewer, ForbiddenFill).where(by_list)


def list_disputes(rows: Sequence[ForbiddenFill]) -> list[ListDispute]:
    """These fills with what phone and list say."""
    scans = visible(SYSTEM, Scan).where(Scan.id.in_([row.scan_id for row in rows]))
    shown = {scan.id: (scan, orjson.loads(scan.content)["passed"]) for scan in session.scalars(scans)}
    numbers = {(scan.organisation_id, int(passed["sequence"])) for scan, passed in shown.values()}
    lists = {(issued.organisation_id, issued.sequence): issued for issued in lists_numbered(numbers)}
    disputes = []
    for row in rows:
        scan, passed = shown[row.scan_id]
        until = day_in(passed["until"] or "")
        issued = lists.get((scan.organisation_id, int(passed["sequence"])))
        word = _word_of(issued, scan.code, until)
        disputes.append(ListDispute(row, scan, int(passed["sequence"]), until, issued, word))
    return disputes


def disputes_with(keys: Sequence[tuple[UUID, UUID, str]]) -> list[Dispute]:
    """The entries behind these keys (piece, scan, kind), in their order."""

    def rows_of(kind: DisputeKind) -> list[tuple[UUID, UUID]]:
        return [(piece, scan) for piece, scan, of in keys if of == kind]

    of_list, of_clock = rows_of(DisputeKind.LIST), rows_of(DisputeKind.CLOCK)
    forbidden = visible(SYSTEM, ForbiddenFill).where(
        tuple_(ForbiddenFill.equipment_id, ForbiddenFill.scan_id).in_(of_list)
    )
    fills = visible(SYSTEM, Fill).where(
        tuple_(Fill.equipment_id, Fill.scan_id).in_(of_clock), Fill.superseded.is_(False)
    )
    decisions = visible(SYSTEM, ClockDecision).where(
        tuple_(ClockDecision.equipment_id, ClockDecision.scan_id).in_(of_clock)
    )
    decision_by_scan = {row.scan_id: row for row in session.scalars(decisions)} if of_clock else {}
    by_scan = {
        dispute.scan.id: Dispute(by_list=dispute)
        for dispute in (list_disputes(session.scalars(forbidden).all()) if of_list else [])
    }
    by_scan |= {
        fill.scan_id: Dispute(fill=fill, decision=decision_by_scan.get(fill.scan_id))
        for fill in (session.scalars(fills) if of_clock else [])
    }
    return [by_scan[scan] for _piece, scan, _kind in keys]


def _word_of(issued: PassList | None, code: str, until: date | None) -> ListWord:
    if issued is None:
        return ListWord.NO_SUCH_LIST
    if issued.content is None:
        return ListWord.NOT_KEPT
    line = line_of(text_of(issued), code)
    if line is None:
        return ListWord.NOT_IN_LIST
    return ListWord.TRUE if until_of(line) == until else ListWord.OTHER_DAY
