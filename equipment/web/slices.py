"""The manifest of a slice: everything it offers to the wiring, as plain data. A new slice is one folder and
one line in equipment/slices.py.

What a slice leaves to the jobs process stands in its `work.py`, which the web never imports:
see `equipment.tasks.makers.Work`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import click
from apiflask import APIBlueprint
from flask import Blueprint, current_app

from equipment.core.config import Settings
from equipment.core.figures import HomeCard, WorkByArea
from equipment.core.words import Labelled
from equipment.dues.kinds import OrganisationPlan, SlicePlan
from equipment.people.rules import Role, Thing, Viewer
from equipment.register.duties import DutySource
from equipment.register.moments import MomentSource
from equipment.tasks.rules import Trouble
from equipment.tasks.timetable import Timed


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of the menu: where it leads, for which roles, what one must be allowed to see,
    the addresses it stands for; `rank` orders the menu."""

    rank: int
    label: str
    endpoint: str
    icon: str
    thing: Thing | None
    roles: frozenset[Role]
    prefix: str


@dataclass(frozen=True, slots=True)
class SystemPage:
    """One page under 系统: where it leads and what one must be allowed to see; `rank` orders them."""

    rank: int
    label: str
    endpoint: str
    icon: str
    thing: Thing


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One folder of the application. Whatever it does not offer is left out."""

    package: str  # equipment.dues
    models: ModuleType | None = None
    pages: Sequence[Blueprint] = ()
    # pages for strangers, without cookie and CSRF token: their forms check where they come from
    tokenless: Sequence[Blueprint] = ()
    api: Sequence[APIBlueprint | Blueprint] = ()
    cards: Sequence[Callable[[Viewer], Sequence[HomeCard]]] = ()  # on the first page of a role
    # figures of the bureau that take longer than its first page may: shown beside it, after it
    beside: Sequence[Callable[[Viewer], Sequence[HomeCard]]] = ()
    progress: Sequence[Callable[[Viewer], Sequence[WorkByArea]]] = ()  # on that of the bureau
    menu: Sequence[MenuEntry] = ()
    system: Sequence[SystemPage] = ()
    main_pages: Mapping[Role, str] = field(default_factory=dict)  # roles whose day is one page: its endpoint
    due_kinds: Sequence[type[Labelled]] = ()  # kinds of dues beside those of the categories
    plans: Sequence[SlicePlan] = ()  # when those fall due
    organisation_kinds: Sequence[type[Labelled]] = ()  # kinds of duties of organisations
    organisation_plans: Sequence[OrganisationPlan] = ()  # when those fall due
    duties: Sequence[DutySource] = ()  # what reminders are about
    moments: Sequence[MomentSource] = ()  # points in the life of a piece
    # what may become what, for docs/states.md
    states: Mapping[str, Mapping[Any, set[Any]]] = field(default_factory=dict)
    timed: Sequence[Timed] = ()  # scheduled jobs; what they do stands in work.py
    troubles: Sequence[Callable[[datetime], Sequence[Trouble]]] = ()  # for /jobs, /healthz and administrators
    commands: Sequence[click.Command] = ()
    connect: Callable[[Settings], object] | None = None  # at the start of every process
    on_change: Sequence[Callable[..., object]] = ()  # follow each change of a piece, in its transaction
    on_entered: Sequence[Callable[..., object]] = ()  # follow pieces that an import has put on file
    on_urgent: Sequence[Callable[..., object]] = ()  # tell what goes out in the minute
    on_rename: Sequence[Callable[..., object]] = ()  # follow an organisation's new name, in its transaction
    on_account: Sequence[Callable[..., object]] = ()  # tell a person what happened to his account
    # (a `Provider` of a slice to the left, what this slice knows)
    answers: Sequence[tuple[Any, Callable[..., object]]] = ()

    @property
    def name(self) -> str:
        return self.package.rpartition(".")[2]


def slices() -> tuple[Slice, ...]:
    """The slices of the running application."""
    running: tuple[Slice, ...] = current_app.extensions["slices"]
    return running
