"""Reading attachments, through scope only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from equipment.files.models import Attachment
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.storage.db import session


def attachment(viewer: Viewer, equipment_id: UUID, attachment_id: UUID) -> Attachment | None:
    return session.scalar(
        visible(viewer, Attachment).where(
            Attachment.equipment_id == equipment_id, Attachment.id == attachment_id
        )
    )


def attachments_of(
    viewer: Viewer, equipment_id: UUID, subject_kind: str = "", subject_id: UUID | None = None
) -> Sequence[Attachment]:
    """The documents of a piece, or of one record in its life, oldest first."""
    attached = visible(viewer, Attachment).where(Attachment.equipment_id == equipment_id)
    if subject_kind:
        attached = attached.where(
            Attachment.subject_kind == subject_kind, Attachment.subject_id == (subject_id or equipment_id)
        )
    return session.scalars(attached.order_by(Attachment.at, Attachment.id)).all()
