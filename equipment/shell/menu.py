"""The menu of each role (docs/design.md 6), put together from what the slices offer:
an entry shows only where the role covers it."""

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
    entries = sorted((item for slice_ in slices() for item in slice_.menu), key=lambda item: item.rank)
    shown = [
        item
        for item in entries
        if item.roles & who.roles and (item.thing is None or may(who, Action.SEE, item.thing))
    ]
    return [
        MenuItem(translate(item.label), url_for(item.endpoint), item.icon, _active(item)) for item in shown
    ]


def _active(item: MenuEntry) -> bool:
    return request.path == item.prefix or (item.prefix != "/" and request.path.startswith(item.prefix))
