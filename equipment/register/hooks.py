"""What else must happen when a piece was registered or changed, in the same transaction.

Imports go left only, and planning what is due lies to the right: the wiring (equipment/__init__) says once what follows.
"""
from __future__ import annotations

from collections.abc import Callable

from equipment.people.rules import Viewer
from equipment.register.models import Equipment

Follower = Callable[[Equipment, Viewer], object]
_followers: tuple[Follower, ...] = ()


def after_change(*followers: Follower) -> None:
    """Said once by the wiring: these are called after every registration, change and change of status."""
    global _followers
    _followers = followers


def changed(equipment: Equipment, by: Viewer) -> None:
    for follower in _followers:
        follower(equipment, by)
