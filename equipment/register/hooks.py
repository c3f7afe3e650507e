"""What else must happen when a piece was registered or changed, in the same transaction.

Imports go left only, and planning what is due lies to the right: the wiring (equipment/__init__) says once what follows.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from equipment.people.rules import Viewer
from equipment.register.models import Equipment

Follower = Callable[[Equipment, Viewer], object]
BulkFollower = Callable[[Sequence[UUID]], object]
_followers: tuple[Follower, ...] = ()
_bulk_followers: tuple[BulkFollower, ...] = ()


def after_change(*followers: Follower) -> None:
    """Said once by the wiring: these are called after every registration, change and change of status."""
    global _followers
    _followers = followers


def changed(equipment: Equipment, by: Viewer) -> None:
    for follower in _followers:
        follower(equipment, by)


def after_entering(*followers: BulkFollower) -> None:
    """Said once by the wiring: these are called, in transactions of their own, with pieces that an import has put on file."""
    global _bulk_followers
    _bulk_followers = followers


def entered(ids: Sequence[UUID]) -> None:
    for follower in _bulk_followers:
        follower(ids)
