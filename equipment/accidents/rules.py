"""事故: what cannot be reported, how fast it was reported, who decides, and who may clear a piece. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from equipment.accidents.states import Office, ReportVerdict
from equipment.core.words import N_, Message

COUNTY_CODE = 6  # digits of a county's code: a shorter one is a city's, a longer one a township's
MOST_PEOPLE = 10_000
MOST_YUAN = 10**11
COUNTS = ("dead", "serious", "injured", "trapped")
FUTURE = N_("This has not come yet: look at the day and the hour.")
COUNT = N_("Give a number between 0 and %(most)d.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentFacts:
    """What is known of an accident at one time: numbers of people, never who they are."""

    happened_at: datetime
    known_at: datetime | None  # when the head of the unit knew; None where nobody can say
    reported_at: datetime
    place: str
    what: str
    dead: int = 0
    serious: int = 0
    injured: int = 0
    trapped: int = 0
    loss_yuan: int | None = None  # direct loss as estimated
    measures: str = ""


class ReportClock(NamedTuple):
    """One clock of a report: since when, until when, and when it was stopped."""

    since: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    verdict: ReportVerdict


def facts_problems(facts: AccidentFacts, now: datetime) -> Mapping[str, Message | str]:
    """What cannot be, by field."""
    problems: dict[str, Message | str] = {}
    if facts.happened_at > now:
        problems["happened_at"] = FUTURE
    if facts.known_at is not None:
        if facts.known_at > now:
            problems["known_at"] = FUTURE
        elif facts.known_at < facts.happened_at:
            problems["known_at"] = N_("Nobody can have known before it happened.")
    if facts.reported_at > now:
        problems["reported_at"] = FUTURE
    elif facts.reported_at < facts.happened_at:
        problems["reported_at"] = N_("It cannot have been reported before it happened.")
    elif facts.known_at is not None and facts.reported_at < facts.known_at <= now:
        problems["reported_at"] = N_("It cannot have been reported before the head of the unit knew.")
    if not facts.what.strip():
        problems["what"] = N_("Say what happened.")
    for name in COUNTS:
        if not 0 <= getattr(facts, name) <= MOST_PEOPLE:
            problems[name] = Message(COUNT, {"most": MOST_PEOPLE})
    if facts.loss_yuan is not None and not 0 <= facts.loss_yuan <= MOST_YUAN:
        problems["loss_yuan"] = Message(COUNT, {"most": MOST_YUAN})
    return problems


def report_clock(
    since: datetime | None, minutes: int, done_at: datetime | None, now: datetime
) -> ReportClock:
    """How a report stands that has so many minutes from `since`; the last minute is in time."""
    if since is None:
        return ReportClock(None, None, done_at, ReportVerdict.NOT_KNOWN)
    due_at = since + timedelta(minutes=minutes)
    if done_at is None:
        verdict = ReportVerdict.RUNNING if now <= due_at else ReportVerdict.OVERDUE
    else:
        verdict = ReportVerdict.ON_TIME if done_at <= due_at else ReportVerdict.LATE
    return ReportClock(since, due_at, done_at, verdict)


def office_of(area: str) -> Office:
    """The level of an office of this area."""
    if len(area) > COUNTY_CODE:
        return Office.TOWNSHIP
    return Office.COUNTY if len(area) == COUNTY_CODE else Office.CITY


def decision_problem(area: str) -> Message | None:
    """A township office enters what it hears; whether it was an accident, the county or the city says."""
    if office_of(area) is Office.TOWNSHIP:
        return Message(N_("The county office or the city decides on accidents."))
    return None


def relay_problem(area: str, from_office: Office) -> Message | None:
    """The county tells the city, or the city notes that it was told; the city alone tells the province."""
    office = office_of(area)
    if office is Office.TOWNSHIP:
        return decision_problem(area)
    if from_office is Office.CITY and office is not Office.CITY:
        return Message(N_("The city reports to the province."))
    return None


def next_office(office: Office) -> Office:
    return {Office.COUNTY: Office.CITY, Office.CITY: Office.PROVINCE}[office]


def follow_up_until(happened_on: date, days: int) -> date:
    """The last day on which changed facts belong to the report."""
    return happened_on + timedelta(days=days)


def second_person_problem(asked_by: UUID | None, by: UUID | None) -> Message | None:
    """Whoever asked for a piece to be cleared does not clear it."""
    if asked_by is not None and asked_by == by:
        return Message(N_("Whoever asked for the clearance cannot grant it: another person looks at it."))
    return None
