"""Wiring and operations: the first page, health, backup, the ledger's nightly seal and check."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.shell import backup, commands, first_steps, health, home, integrate
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

DESK = frozenset(
    {
        Role.FIRM_MANAGER,
        Role.INSPECTOR,
        Role.SUPERVISOR,
        Role.SAFETY_OFFICER,
        Role.ADMINISTRATOR,
        Role.STATION_OWNER,
    }
)

SLICE = Slice(
    package="equipment.shell",
    pages=(health.pages, home.pages, first_steps.pages, integrate.pages),
    menu=(
        MenuEntry(30, N_("Home"), "home.index", "home", None, DESK, "/"),
        MenuEntry(
            140,
            N_("System"),
            "home.system",
            "settings",
            Thing.ORGANISATION,
            frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
            "/system",
        ),
    ),
    timed=(
        Timed("seal", N_("Seal the ledger"), Daily(time(1, 0), catches_up=False)),
        Timed("stamp", N_("Have the seals stamped"), Daily(time(1, 10), catches_up=False)),
        Timed("verify", N_("Verify the ledger"), Daily(time(1, 30), catches_up=False)),
        Timed("orphans", N_("Look for orphans"), Daily(time(2, 30), catches_up=False)),
        Timed("tidy", N_("Tidy up old runs and unused files"), Daily(time(3, 0), catches_up=False)),
    ),
    commands=(commands.migrate, backup.backup, backup.restore),
)
