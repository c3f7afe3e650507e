"""What lies to the right of a slice and must still be heard by it, named once by the wiring
(equipment/__init__.py).

Imports go left only. `Followers` are called after something happened, in the order they were named;
a `Provider` is what a slice to the right knows; `Contributions` are what several slices to the right add
to one list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


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


class Provider(Generic[P, R]):
    """One function of a slice to the right, called under a name of the slice that asks; `otherwise` is the
    answer where no slice gives one."""

    def __init__(self, otherwise: Callable[P, R] | None = None) -> None:
        self._by = otherwise

    def comes_from(self, function: Callable[P, R]) -> None:
        self._by = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._by is None:
            raise RuntimeError("nobody was named to answer this (equipment/__init__.py)")
        return self._by(*args, **kwargs)


class Contributions(Generic[T]):
    """What the slices add, in their order."""

    def __init__(self) -> None:
        self._items: tuple[T, ...] = ()

    def are(self, *items: T) -> None:
        """In place of those named before."""
        self._items = items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)
