"""What else must happen when an organisation was renamed, in the same transaction.

Imports go left only, and whoever keeps a copy of the name lies to the right: the wiring (equipment/__init__) says once what follows.
"""
from __future__ import annotations

from collections.abc import Callable

from equipment.people.models import Organisation
from equipment.people.rules import Viewer

Follower = Callable[[Organisation, Viewer], object]
_followers: tuple[Follower, ...] = ()


def after_rename(*followers: Follower) -> None:
    """Said once by the wiring: these are called after every change of an organisation's name."""
    global _followers
    _followers = followers


def renamed(organisation: Organisation, by: Viewer) -> None:
    for follower in _followers:
        follower(organisation, by)
