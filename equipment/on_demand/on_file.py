"""Contracts and monitors as other slices have them on file: what the conditions of maintenance on demand
rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from equipment.contracts.queries import contracts_at
from equipment.core import clock
from equipment.maintenance.models import Visit
from equipment.on_demand.hooks import MonitorFacts
from equipment.on_demand.rules import ContractFacts, ContractKnown
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.telemetry.queries import heard_at, runs_and_faults


def contracts_on_file(ids: Sequence[UUID], on: date) -> Mapping[UUID, ContractFacts]:
    """By lift, the kind and last day of the contract that counts on that day."""
    return {
        key: ContractFacts(ContractKnown(str(contract.kind)), contract.until_on)
        for key, contract in contracts_at(ids, on).items()
    }


def monitors_on_file(ids: Sequence[UUID]) -> Mapping[UUID, MonitorFacts]:
    """By lift that reports: whole hours since its gateway was heard, runs and faults since its last visit."""
    heard, now = heard_at(ids), clock.now()
    counted = visible(SYSTEM, Visit).where(
        Visit.equipment_id.in_(heard), Visit.counted, Visit.superseded.is_(False)
    )
    newest = counted.with_only_columns(Visit.equipment_id, func.max(Visit.on).label("on"))
    last = newest.group_by(Visit.equipment_id).subquery()
    visited = set(session.scalars(select(last.c.equipment_id)))
    since_visit = runs_and_faults(last)
    facts = {}
    for key, at in heard.items():
        runs, faults = since_visit.get(key, (0, 0)) if key in visited else (None, None)
        facts[key] = MonitorFacts(int((now - at).total_seconds() // 3600), runs, faults)
    return facts
