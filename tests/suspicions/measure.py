"""How well patterns meet what was put into a town."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind


class Measured(NamedTuple):
    """By kind: how many frauds there are, which share is found, how many patterns are none."""

    frauds: Counter[SuspicionKind]
    recall: dict[SuspicionKind, float]
    false_alarms: Counter[SuspicionKind]

    @property
    def overall(self) -> float:
        return sum(self.recall[kind] * number for kind, number in self.frauds.items()) / self.frauds.total()


def measured(of: Sequence[tuple[SuspicionKind, frozenset[UUID]]], patterns: Sequence[Suspected]) -> Measured:
    """A fraud is found by a pattern of its kind that rests on any of its records, or is about its station; a pattern
    that touches no fraud of its kind is a false alarm."""
    frauds = Counter(kind for kind, _ in of)
    hits: Counter[SuspicionKind] = Counter()
    for kind, records in of:
        hits[kind] += any(one.kind is kind and records & _evidence(one) for one in patterns)
    false = Counter(
        one.kind
        for one in patterns
        if not any(kind is one.kind and records & _evidence(one) for kind, records in of)
    )
    return Measured(frauds, {kind: hits[kind] / max(1, frauds[kind]) for kind in SuspicionKind}, false)


def _evidence(pattern: Suspected) -> set[UUID]:
    return {*pattern.records, pattern.organisation_id}
