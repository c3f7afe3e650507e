"""Evidence packs: the file, and the line of the ledger that holds the digest of its manifest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.packs.states import PackKind, PackState
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class Pack(Base):
    """存证包 that one person asked for. `line_no` is the line of its manifest in the chain `subject`; the pack
    is final when a seal covers that line: `seal_number`, and `stamped` where that seal has a timestamp."""

    __tablename__ = "pack"
    __table_args__ = (
        CheckConstraint("0 < line_count AND line_count < line_no", name="line_follows"),
        CheckConstraint("(seal_number IS NULL) = (closed_at IS NULL)", name="closed_has_seal"),
        Index("ix_pack_user", "user_id", "made_at"),
        Index("ix_pack_seal", "seal_number"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (),
        (
            "organisation_id",
            "id",
            "user_id",
            "kind",
            "subject",
            "record_key",
            "title",
            "made_at",
            "line_count",
            "line_no",
            "manifest",
            "file_sha256",
            "seal_number",
            "closed_at",
            "stamped",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # that of the task that made it
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[PackKind] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(80))
    record_key: Mapped[str] = mapped_column(String(160))  # as lines name it; empty for a whole piece
    title: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    line_count: Mapped[int]  # lines of the chain in it
    line_no: Mapped[int]
    manifest: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64))
    seal_number: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    stamped: Mapped[bool] = mapped_column(default=False)

    @property
    def state(self) -> PackState:
        return PackState.WAITING if self.seal_number is None else PackState.SEALED
