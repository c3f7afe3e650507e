"""Duties: what somebody must see to by a day, the stages at which it is told, and the people around it who
hear of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.words import N_, Labelled, Message
from equipment.people.rules import HEARING, Role

ALWAYS = 10**6  # "new": as soon as the duty exists, however far its day


class DutyKind(Labelled):
    """What a notice can be about; each has its table in stages.toml."""

    INSPECTION = "inspection", N_("Inspection"), "blue"
    SELF_TEST = "self_test", N_("Self-test"), "blue"
    VISIT = "visit", N_("Maintenance"), "blue"
    END_OF_LIFE = "end_of_life", N_("End of life"), "red"
    WORK = "work", N_("Other work due"), "blue"
    PAPER = "paper", N_("Papers"), "amber"
    APPLICATION = "application", N_("Application for inspection"), "blue"
    SIGN = "sign", N_("Visit to sign"), "amber"
    FINDING = "finding", N_("Finding to confirm"), "amber"
    GRAVE_FINDING = "grave_finding", N_("Serious finding to decide"), "red"
    HAZARD = "hazard", N_("Hazard to put right"), "red"
    RECHECK = "recheck", N_("Hazard to re-check"), "amber"
    REPORT = "report", N_("Public report"), "amber"
    RULE = "rule", N_("Announced rule"), "amber"


class Audience(Labelled):
    """The people around a duty."""

    RESPONSIBLE = "responsible", N_("Responsible organisation")
    HOLDER = "holder", N_("Holder")
    FIRM = "firm", N_("Maintenance firm")
    BODY = "body", N_("Inspection body")
    SUPERVISORS = "supervisors", N_("Supervisors")
    COUNTY = "county", N_("Supervisors of the county")
    CITY = "city", N_("Supervisors of the city")


ROLES: Mapping[Audience, frozenset[Role]] = {
    Audience.RESPONSIBLE: HEARING,
    Audience.FIRM: frozenset({Role.FIRM_MANAGER}),
    Audience.BODY: frozenset({Role.INSPECTOR}),
    Audience.SUPERVISORS: frozenset({Role.SUPERVISOR}),
    Audience.COUNTY: frozenset({Role.SUPERVISOR}),
    Audience.CITY: frozenset({Role.SUPERVISOR}),
}

DUE_KINDS: Mapping[str, DutyKind] = {
    "inspection": DutyKind.INSPECTION,
    "self_test": DutyKind.SELF_TEST,
    "end_of_life": DutyKind.END_OF_LIFE,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a duty: reached when at most `days` are left (negative: overdue), and who hears it."""

    name: str
    days: int
    heard_by: tuple[Audience, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What many notices of one recipient are about, and the list of all of it; `by_day` where the days of its
    matters can be missed."""

    what: Message
    link: str
    by_day: bool = True


NOW = "now"  # the stage of what is told in the minute


def at_once(*heard_by: Audience) -> tuple[Stage, ...]:
    """The one stage of a duty that is told in the minute it came about."""
    return (Stage(NOW, ALWAYS, heard_by),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing that somebody must see to, and everybody around it."""

    key: str  # unique and stable: kind, id and day
    # A DutyKind, whose stages stand in reminders/stages.toml; or a name of its own with `stages` of its own.
    kind: str
    due_on: date
    area: str
    text: Message
    link: str
    equipment_id: UUID | None = None
    category: str = ""
    organisation_id: UUID | None = None
    firm_id: UUID | None = None
    body_id: UUID | None = None
    holder_id: UUID | None = None
    stages: tuple[Stage, ...] = ()
    topic: str = ""  # what it is one of many of, within its source


def duty_kind(due_kind: str) -> DutyKind:
    """The kind of notice for a kind of due: all visits are one."""
    return DutyKind.VISIT if due_kind.startswith("visit_") else DUE_KINDS.get(due_kind, DutyKind.WORK)


def days_of(name: str) -> int:
    """`ahead_30` is 30, `today` 0, `overdue_7` -7, `new` always."""
    if name in ("new", "today"):
        return ALWAYS if name == "new" else 0
    side, _, days = name.partition("_")
    return int(days) if side == "ahead" else -int(days)
