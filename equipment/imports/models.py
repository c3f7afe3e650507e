"""Files being imported, their rows, and the matching of columns an organisation used before."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.imports.states import ImportState, RowKind, RowState
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION, REFERENCE


class ImportBatch(Base):
    """One file being imported: what it is, how its columns map, how far it is."""

    __tablename__ = "import_batch"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(String(30))
    # what its rows are: pieces, or results of pieces on file
    records: Mapped[RowKind] = mapped_column(String(10), default=RowKind.PIECES, server_default="")
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    sheet: Mapped[str] = mapped_column(String(80), default="")
    header: Mapped[list[str]] = mapped_column(Document, default=list)
    header_row: Mapped[int] = mapped_column(default=0)
    # sheets, a few values of each column, number of rows
    preview: Mapped[dict[str, object]] = mapped_column(default=dict)
    mapping: Mapped[dict[str, object]] = mapped_column(default=dict)
    state: Mapped[ImportState] = mapped_column(String(10), default=ImportState.READING)
    staged: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(Document, default=dict)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # none: the command line
    task_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """One staged row: added whole or not at all. Until it has a piece,
    its state says what would become of it."""

    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_state", "organisation_id", "batch_id", "state"), OF_ORGANISATION)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[list[str]] = mapped_column(Document)
    state: Mapped[RowState] = mapped_column(String(10))
    problems: Mapped[list[list[object]]] = mapped_column(Document, default=list)
    equipment_id: Mapped[UUID | None]
    decision: Mapped[str] = mapped_column(String(8), default="", server_default="")
    # of a piece on file: column or field -> [what is there, what the row says]
    changes: Mapped[dict[str, list[str | int | bool | None]] | None] = mapped_column(Document)

    @property
    def id(self) -> int:
        """What a list ticks."""
        return self.row_no


class ImportWord(Base):
    """A word of workbooks that the bureau has given a meaning, over those that are shipped: what a heading, a
    status, a choice is called. An empty meaning takes a shipped word back."""

    __tablename__ = "import_word"
    __table_args__ = (Index("ix_import_word_category", "category", "since"), REFERENCE)
    __evidence__ = (("category", "about", "word", "meaning", "since", "added_by", "added_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(40))
    word: Mapped[str] = mapped_column(String(60))
    meaning: Mapped[str] = mapped_column(String(40))
    since: Mapped[date]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]


class ColumnMapping(Base):
    """How an organisation's columns map to ours, remembered by the header they came with."""

    __tablename__ = "column_mapping"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(30), primary_key=True)
    header_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, object]]
    used_at: Mapped[datetime]
