"""本单位维保项目: the checklists that a maintenance firm sets itself, version by version."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.checklists.rules import OwnItem
from equipment.checklists.states import ListState
from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class FirmChecklist(Base):
    """One version of a firm's items for one kind of lift. Once approved it never changes; the next version
    takes its place from a day on."""

    __tablename__ = "firm_checklist"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint(
            "state = 'draft' OR (approved_at IS NOT NULL AND approved_by IS NOT NULL "
            "AND from_on IS NOT NULL)",
            name="approved_by_somebody",
        ),
        Index("uq_firm_checklist_version", "organisation_id", "catalogue", "version", unique=True),
        Index(
            "uq_firm_checklist_draft",
            "organisation_id",
            "catalogue",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (),
        (
            "organisation_id",
            "id",
            "catalogue",
            "version",
            "state",
            "from_on",
            "items",
            "manual",
            "file_sha256",
            "file_name",
            "file_type",
            "approved_by",
            "approved_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    catalogue: Mapped[str] = mapped_column(String(4))  # the kind of lift it is for
    version: Mapped[int]
    state: Mapped[ListState] = mapped_column(String(10), default=ListState.DRAFT)
    from_on: Mapped[date | None]  # the first day of visits that have it
    items: Mapped[list[OwnItem]] = mapped_column(Document, default=list)
    manual: Mapped[str] = mapped_column(String(120), default="")  # the maker's manual it follows
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_type: Mapped[str] = mapped_column(String(80), default="")
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
