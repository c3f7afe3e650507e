"""What a pack may be about and who may ask for it; one's own packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select

from equipment.core.errors import NotFound
from equipment.dues.lists import due_list
from equipment.fills.queries import fill
from equipment.hazards.queries import hazard
from equipment.ledger.actions import subject_of
from equipment.ledger.evidence import row
from equipment.maintenance.queries import visit_at
from equipment.packs.models import Pack
from equipment.packs.states import PackKind
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import piece
from equipment.storage.db import Base, session
from equipment.tasks.models import Task
from equipment.tasks.queries import my_tasks
from equipment.tasks.rules import TaskState

MAKE = "packs.make"
THINGS: Mapping[PackKind, Thing] = {
    PackKind.PIECE: Thing.EQUIPMENT,
    PackKind.FILL: Thing.FILL,
    PackKind.VISIT: Thing.VISIT,
    PackKind.HAZARD: Thing.HAZARD,
    PackKind.DUE_LIST: Thing.DUE_LIST,
}
# Columns by which a record leads to others that its story is told with.
RELATED = ("id", "scan_id", "finding_id", "supersedes_id")


@dataclass(frozen=True, slots=True)
class PackTopic:
    """What one pack is about: its chain, and the record in it (the piece itself by default)."""

    kind: PackKind
    subject: str
    name: str  # what people call it
    equipment: Equipment | None = None
    record: Base | None = None

    @property
    def record_key(self) -> str:
        """As lines name the record; empty for a whole piece."""
        return row(self.record)[0] if self.record is not None else ""

    @property
    def ids(self) -> frozenset[str]:
        """By which lines name it; empty for a whole piece, of which every line speaks."""
        if self.record is None:
            return frozenset()
        return frozenset(str(key) for name in RELATED if (key := getattr(self.record, name, None)))


def topic(viewer: Viewer, kind: PackKind, key: UUID, record_id: UUID | None = None) -> PackTopic:
    """What `viewer` may ask a pack about: a due-list by its id, else a piece that he sees and a record of it.
    NotFound for whatever is not his to see."""
    if not may(viewer, Action.SEE, THINGS[kind]):
        raise NotFound
    if kind is PackKind.DUE_LIST:
        of = due_list(viewer, key)
        return PackTopic(kind, subject_of("organisation", of.organisation_id), of.number, record=of)
    equipment = piece(viewer, key)  # whose chain is in the pack, whole: whoever sees one record is not enough
    subject, name = subject_of("equipment", equipment.id), called(equipment, "serial")
    if kind is PackKind.PIECE:
        return PackTopic(kind, subject, name, equipment)
    if record_id is None:
        raise NotFound
    record = _record(viewer, kind, equipment.id, record_id)
    return PackTopic(kind, subject, name, equipment, record)


def _record(viewer: Viewer, kind: PackKind, equipment_id: UUID, record_id: UUID) -> Base:
    if kind is PackKind.FILL:
        return fill(viewer, equipment_id, record_id)
    if kind is PackKind.VISIT:
        return visit_at(viewer, equipment_id, record_id)
    return hazard(viewer, equipment_id, record_id)


def my_packs(viewer: Viewer) -> Select[Pack]:
    """The packs this person asked for: each holds what he might see, his colleagues may see less."""
    return visible(viewer, Pack).where(Pack.user_id == viewer.user_id)


def pack_of(viewer: Viewer, pack_id: UUID) -> Pack:
    """One's own pack, as long as one may see what it is about."""
    pack = session.scalar(my_packs(viewer).where(Pack.id == pack_id))
    if pack is None:
        raise NotFound
    kind, parts = PackKind(pack.kind), pack.record_key.split("/")
    if kind is PackKind.DUE_LIST:
        topic(viewer, kind, UUID(parts[2]))
    else:
        equipment_id = UUID(pack.subject.partition(":")[2])
        topic(viewer, kind, equipment_id, UUID(parts[2]) if pack.record_key else None)
    return pack


def pack_under_way(viewer: Viewer) -> UUID | None:
    """The task of the pack that this person waits for, if any."""
    waiting = my_tasks(viewer).where(
        Task.kind == MAKE, Task.state.in_((TaskState.WAITING, TaskState.RUNNING))
    )
    return session.scalar(waiting.with_only_columns(Task.id).limit(1))
