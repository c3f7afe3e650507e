"""What the slices put on a first page (their manifests name it), in order, and which of it waits for the
viewer's decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from equipment.core.figures import HomeCard
from equipment.core.followers import Contributions
from equipment.people.rules import Viewer

CardSource = Callable[[Viewer], Sequence[HomeCard]]
card_sources = Contributions[CardSource]()
beside_sources = Contributions[CardSource]()


def cards_of(viewer: Viewer) -> list[HomeCard]:
    """The cards of a first page, small ranks first."""
    return _in_order(card_sources, viewer)


def cards_beside(viewer: Viewer) -> list[HomeCard]:
    """The figures of the bureau that are shown beside its first page, after it."""
    return _in_order(beside_sources, viewer)


def _in_order(sources: Iterable[CardSource], viewer: Viewer) -> list[HomeCard]:
    return sorted((card for source in sources for card in source(viewer)), key=lambda card: card.rank)


def waiting(cards: Sequence[HomeCard]) -> list[HomeCard]:
    return [card for card in cards if card.waits and card.figure]


def not_waiting(cards: Sequence[HomeCard]) -> list[HomeCard]:
    return [card for card in cards if not card.waits]
