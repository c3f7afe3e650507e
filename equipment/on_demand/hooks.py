"""What maintenance on demand asks of others: until they are named, nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.followers import Provider
from equipment.on_demand.rules import ContractFacts


@dataclass(frozen=True, slots=True)
class MonitorFacts:
    """What a lift's monitor says: hours since it last reported, runs and faults since the last visit."""

    silent_hours: int
    runs: int | None = None
    faults: int | None = None


# the contracts that hold for these lifts on a day, of those that are on file
contracts_known = Provider[[Sequence[UUID], date], Mapping[UUID, ContractFacts]]()
contracts_known.comes_from(lambda _ids, _on: {})
# what monitors say of these lifts, of those that have one
monitors = Provider[[Sequence[UUID]], Mapping[UUID, MonitorFacts]]()
monitors.comes_from(lambda _ids: {})
