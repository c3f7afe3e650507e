"""The menu of each role (docs/design.md 6): an entry shows only where the role covers it."""
from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from equipment.core.words import N_
from equipment.people.rules import PUBLIC, Action, Role, Thing, may
from equipment.web import viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One menu entry: where it leads, for which roles, and what a role must be allowed to see."""

    label: str
    endpoint: str
    icon: str
    thing: Thing | None
    roles: frozenset[Role]
    prefix: str


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    url: str
    icon: str
    active: bool


DESK = frozenset({Role.FIRM_MANAGER, Role.INSPECTOR, Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})
FLOOR = frozenset({Role.OPERATOR, Role.STATION_OWNER, Role.TECHNICIAN})

STATION = frozenset({Role.OPERATOR, Role.STATION_OWNER})

ENTRIES: tuple[Entry, ...] = (
    Entry(N_("Scan"), "floor.page", "scan", Thing.FILL, STATION, "/floor"),
    Entry(N_("Today"), "visits.today", "calendar-check", Thing.VISIT, frozenset({Role.TECHNICIAN}), "/visits"),
    Entry(N_("Home"), "home.index", "home", None, DESK | {Role.STATION_OWNER}, "/"),
    Entry(N_("Equipment"), "register.listing", "list-details", Thing.EQUIPMENT, DESK | FLOOR, "/equipment"),
    Entry(N_("Due-lists"), "due_lists.index", "list-check", Thing.DUE_LIST, frozenset({Role.INSPECTOR}), "/due-lists"),
    Entry(N_("Due for inspection"), "dues.index", "calendar-due", Thing.DUE,
          frozenset({Role.INSPECTOR, Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR}), "/dues"),
    Entry(N_("Applications"), "applications.index", "send", Thing.APPLICATION, frozenset({Role.INSPECTOR}), "/applications"),
    Entry(N_("Results"), "inspections.index", "clipboard-check", Thing.INSPECTION,
          frozenset({Role.INSPECTOR, Role.FIRM_MANAGER, Role.SAFETY_OFFICER}), "/inspections"),
    Entry(N_("Records"), "fills.listing", "clipboard-list", Thing.FILL, STATION, "/fills"),
    Entry(N_("People and cards"), "people.listed", "users", Thing.PERSON, frozenset({Role.FIRM_MANAGER}), "/people"),
    Entry(N_("Maintenance records"), "visit_lists.index", "clipboard-list", Thing.VISIT, frozenset({Role.FIRM_MANAGER, Role.SAFETY_OFFICER}), "/visits"),
    Entry(N_("Hazards"), "hazards.index", "alert-triangle", Thing.HAZARD,
          frozenset({Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR}), "/hazards"),
    Entry(N_("Statistics"), "rates.index", "chart-line", Thing.RATE, frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}), "/rates"),
    Entry(N_("System"), "home.system", "settings", Thing.ORGANISATION, frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}), "/system"),
    Entry(N_("Me"), "me.page", "user", None, FLOOR, "/me"),
)


def menu() -> list[Item]:
    """The entries of the viewer's roles, in the order of the table."""
    who = viewer()
    if who is PUBLIC:
        return []
    shown = [entry for entry in ENTRIES if entry.roles & who.roles and (entry.thing is None or may(who, Action.SEE, entry.thing))]
    return [Item(gettext(entry.label), url_for(entry.endpoint), entry.icon, _active(entry)) for entry in shown]


def _active(entry: Entry) -> bool:
    return request.path == entry.prefix or (entry.prefix != "/" and request.path.startswith(entry.prefix))


