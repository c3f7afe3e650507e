"""The menu of each role (docs/design.md 6), put together from what the slices offer: an entry shows only where the role covers it."""
from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from equipment.people.rules import PUBLIC, Action, may
from equipment.web import viewer
from equipment.web.language import translate
from equipment.web.slices import MenuEntry, slices


@dataclass(frozen=True, slots=True)
class MenuItem:
    label: str
    url: str
    icon: str
    active: bool


def menu() -> list[MenuItem]:
    """The entries of the viewer's roles, in the order of the table."""
    who = viewer()
    if who is PUBLIC:
        return []
    entries = sorted((entry for slice_ in slices() for entry in slice_.menu), key=lambda entry: entry.rank)
    shown = [entry for entry in entries if entry.roles & who.roles and (entry.thing is None or may(who, Action.SEE, entry.thing))]
    return [MenuItem(translate(entry.label), url_for(entry.endpoint), entry.icon, _active(entry)) for entry in shown]


def _active(entry: MenuEntry) -> bool:
    return request.path == entry.prefix or (entry.prefix != "/" and request.path.startswith(entry.prefix))
