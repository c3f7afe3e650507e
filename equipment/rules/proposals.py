"""A value as somebody means to set it, before it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from equipment.core.fields import Fields
from equipment.regulation.packs import Applies, Override
from equipment.regulation.queries import as_override, overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A value as somebody means to set it."""

    category: str
    key: str
    since: date
    value: object
    applies: Applies = Applies.AT_ONCE

    def as_json(self) -> dict[str, object]:
        return {
            "category": self.category,
            "key": self.key,
            "since": self.since.isoformat(),
            "value": self.value,
            "applies": self.applies,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Proposal:
        fields = Fields(stored)
        return cls(
            category=fields.text("category"),
            key=fields.text("key"),
            since=fields.day("since"),
            value=fields["value"],
            applies=Applies(fields.text("applies")),
        )


def laid_rows(proposal: Proposal) -> tuple[Sequence[Override], Override]:
    """(the bureau's other rows, the proposed one); the newest row of a day wins."""
    rows = [as_override(row) for row in overrides(proposal.category)]
    others = [
        row for row in rows if (row.key, row.since) != (proposal.key, proposal.since) or row.value is None
    ]
    own = Override(proposal.key, proposal.since, proposal.value, "", "", applies=proposal.applies)
    return others, own
