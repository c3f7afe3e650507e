"""Attaching a document or photo to a piece of equipment, or to one record in its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files import store
from equipment.files.content import DOCUMENTS, SUFFIXES, Checked, checked
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.ledger.actions import EventDraft, append, locked_heads, record, subject_of
from equipment.ledger.evidence import row
from equipment.people.rules import SYSTEM, Viewer
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class About:
    """What an attachment belongs to: the piece, and the record in its life (the piece itself by default)."""

    equipment_id: UUID
    area: str
    category: str
    subject_kind: str = "equipment"
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A stored content under the name people see."""

    content: store.StoredContent
    name: str
    kind: str


def take(
    stream: BinaryIO,
    file_name: str,
    kind: str,
    *,
    accept: frozenset[str] = DOCUMENTS,
    largest_mb: int = 20,
    field: str = "file",
) -> StoredDocument:
    """Check an upload by its content and put it on disk; call it before the transaction, so that no writer
    waits for a photo."""
    return keep(checked(stream, accept=accept, largest_mb=largest_mb, field=field), file_name, kind)


def keep(sound: Checked, file_name: str, kind: str) -> StoredDocument:
    """Put a checked content on disk."""
    stem = PurePath(file_name.replace("\\", "/")).stem[:150] or kind
    return StoredDocument(
        store.keep(sound.content, sound.media_type), stem + SUFFIXES[sound.media_type], kind
    )


def attach(
    about: About, document: StoredDocument, *, by: Viewer, organisation_id: UUID | None = None
) -> Attachment:
    """Name a taken document in the life of a piece, with its digest in the ledger."""
    stored = store.name(document.content)
    owner = organisation_id or by.organisation_id
    assert owner is not None
    attachment = _attachment(about, document, owner, by)
    session.add(attachment)
    record(
        session(),
        subject_of("equipment", about.equipment_id),
        "attach",
        actor=by.actor,
        rows=[attachment, stored],
        payload={
            "attachment": attachment.id,
            "about": f"{attachment.subject_kind}:{attachment.subject_id}",
            "kind": attachment.kind,
            "sha256": attachment.sha256,
        },
    )
    return attachment


def attach_once(about: About, document: StoredDocument, *, by: Viewer) -> tuple[Attachment, bool]:
    """(the document, whether it is a new one): the same content about the same record, sent again, is the one
    that is there."""
    locked_heads(session.connection(), [subject_of("equipment", about.equipment_id)])
    for attachment in attachments_of(SYSTEM, about.equipment_id, about.subject_kind, about.subject_id):
        if (attachment.kind, attachment.sha256) == (document.kind, document.content.sha256):
            return attachment, False
    return attach(about, document, by=by), True


def attach_to_many(abouts: Sequence[About], document: StoredDocument, *, by: Viewer) -> list[Attachment]:
    """One document in the life of many pieces, each with its own line; the caller has locked their chains."""
    assert by.organisation_id is not None
    stored = store.name(document.content)
    attachments = [_attachment(about, document, by.organisation_id, by) for about in abouts]
    session.add_all(attachments)
    session.flush()
    lines = [
        EventDraft(
            subject_of("equipment", attachment.equipment_id),
            "attach",
            {
                "attachment": attachment.id,
                "about": f"{attachment.subject_kind}:{attachment.subject_id}",
                "kind": attachment.kind,
                "sha256": attachment.sha256,
            },
            [row(attachment), row(stored)],
        )
        for attachment in attachments
    ]
    append(session.connection(), lines, actor=by.actor)
    return attachments


def _attachment(about: About, document: StoredDocument, owner: UUID, by: Viewer) -> Attachment:
    return Attachment(
        equipment_id=about.equipment_id,
        id=new_id(),
        organisation_id=owner,
        area=about.area,
        category=about.category,
        subject_kind=about.subject_kind,
        subject_id=about.subject_id or about.equipment_id,
        kind=document.kind,
        name=document.name,
        sha256=document.content.sha256,
        media_type=document.content.media_type,
        size=document.content.size,
        user_id=by.user_id,
        at=clock.now(),
    )
