"""Where a phone said yes and we say no: what its list said of the bottle beside what the register said, for
the bureau to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

import orjson
from sqlalchemy import Select, exists

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_, Labelled
from equipment.fills.models import ForbiddenFill, Scan
from equipment.fills.states import Ruling
from equipment.passes.models import PassList
from equipment.passes.queries import lists_numbered, text_of
from equipment.passes.rules import line_of, until_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.storage.db import session

PASSED = '"passed":{'  # in the content of a scan that a phone answered by its list


class ListWord(Labelled):
    """What became of the phone's word when it was looked up in the list that it named."""

    TRUE = "true", N_("The list says so"), "green"
    OTHER_DAY = "other_day", N_("The list gives another day"), "red"
    NOT_IN_LIST = "not_in_list", N_("The list has no such bottle"), "red"
    NO_SUCH_LIST = "no_such_list", N_("This station never had such a list"), "red"
    NOT_KEPT = "not_kept", N_("The list is no longer kept"), "grey"


class Dispute(NamedTuple):
    """One fill with both words: the phone's (its list's number and last day, what the list really says) and
    ours (`forbidden`)."""

    forbidden: ForbiddenFill
    scan: Scan
    sequence: int
    until: date | None
    issued: PassList | None
    word: ListWord


def disputed_fills(
    viewer: Viewer, filters: Mapping[str, str] = MappingProxyType({})
) -> Select[ForbiddenFill]:
    """The fills that a phone let go by its list and we would have refused, behind the filters of their
    list."""
    by_list = exists().where(Scan.id == ForbiddenFill.scan_id, Scan.content.contains(PASSED, autoescape=True))
    rows = visible(viewer, ForbiddenFill).where(by_list)
    if filters.get("ruling") in set(Ruling):
        rows = rows.where(ForbiddenFill.ruling == filters["ruling"])
    if station := id_in(filters.get("station", "")):
        rows = rows.where(ForbiddenFill.organisation_id == station)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(ForbiddenFill.area, filters["area"]))
    if since := day_in(filters.get("on_from", "")):
        rows = rows.where(ForbiddenFill.received_at >= clock.site_midnight(since))
    if until := day_in(filters.get("on_until", "")):
        rows = rows.where(ForbiddenFill.received_at < clock.site_midnight(until + timedelta(days=1)))
    return rows


def disputes_of(rows: Sequence[ForbiddenFill]) -> list[Dispute]:
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
        disputes.append(Dispute(row, scan, int(passed["sequence"]), until, issued, word))
    return disputes


def _word_of(issued: PassList | None, code: str, until: date | None) -> ListWord:
    if issued is None:
        return ListWord.NO_SUCH_LIST
    if issued.content is None:
        return ListWord.NOT_KEPT
    line = line_of(text_of(issued), code)
    if line is None:
        return ListWord.NOT_IN_LIST
    return ListWord.TRUE if until_of(line) == until else ListWord.OTHER_DAY
