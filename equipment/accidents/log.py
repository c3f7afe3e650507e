"""Which chain an accident is told in, how its rows are locked, and how a step is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from equipment.accidents.models import Accident, AccidentFile, AccidentStep
from equipment.accidents.states import ACCIDENT_CHANGES, AccidentState, AccidentStepKind
from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.people.rules import Viewer
from equipment.storage.db import Base, session

NOT_NOW = N_("This step is not possible now: the accident is “%(state)s”.")


def chain_of(accident: Accident) -> str:
    if accident.equipment_id is not None:
        return ledger.subject_of("equipment", accident.equipment_id)
    return ledger.subject_of("accident", accident.id)


def locked(accident: Accident) -> Accident:
    """The accident as it stands behind the lock of its chain: whoever was faster is seen."""
    session.flush()
    ledger.locked_heads(session.connection(), [chain_of(accident)])
    session.refresh(accident)
    return accident


def record(accident: Accident, verb: str, by: Viewer, *rows: Base, **payload: object) -> None:
    ledger.record(
        session(),
        chain_of(accident),
        verb,
        actor=by.actor,
        payload={"accident": accident.id, **payload},
        rows=[accident, *rows],
    )


def noted(
    accident: Accident, kind: AccidentStepKind, by: Viewer, note: str = "", before: str = "", after: str = ""
) -> AccidentStep:
    step = AccidentStep(
        id=new_id(),
        accident_id=accident.id,
        kind=kind,
        before=before,
        after=after,
        note=note.strip()[:500],
        at=clock.now(),
        by_id=by.user_id,
    )
    session.add(step)
    return step


def must_become(accident: Accident, to: AccidentState) -> None:
    if to not in ACCIDENT_CHANGES[accident.state]:
        raise Conflict({"": Message(NOT_NOW, {"state": accident.state.label})})


def must_be(accident: Accident, *states: AccidentState) -> None:
    if accident.state not in states:
        raise Conflict({"": Message(NOT_NOW, {"state": accident.state.label})})


def keep_files(
    accident: Accident, about_id: UUID, documents: Sequence[StoredDocument], by: Viewer
) -> list[Base]:
    """Name taken photos and documents; (the rows, for the line that speaks of them)."""
    rows: list[Base] = []
    for document in documents:
        file = AccidentFile(
            id=new_id(),
            accident_id=accident.id,
            about_id=about_id,
            name=document.name,
            sha256=document.content.sha256,
            media_type=document.content.media_type,
            size=document.content.size,
            at=clock.now(),
            user_id=by.user_id,
        )
        session.add(file)
        rows += [file, store.name(document.content)]
    return rows
