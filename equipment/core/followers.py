"""What else must happen after something did: said once by the wiring (equipment/__init__), called by whoever did it.

Imports go left only, and whoever follows lies to the right of what it follows.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Followers(Generic[P]):
    """Called like a function, these are all called with the same arguments, in the order they were named."""

    def __init__(self) -> None:
        self._named: tuple[Callable[P, object], ...] = ()

    def are(self, *named: Callable[P, object]) -> None:
        """In place of those named before."""
        self._named = named

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for follower in self._named:
            follower(*args, **kwargs)
