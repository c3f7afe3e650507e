"""States of a firm's own checklist (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class ListState(Labelled):
    DRAFT = "draft", N_("Draft"), "amber"
    PUBLISHED = "published", N_("Approved"), "green"


LIST_CHANGES: dict[ListState, set[ListState]] = {
    ListState.DRAFT: {ListState.PUBLISHED},
    ListState.PUBLISHED: set(),
}
