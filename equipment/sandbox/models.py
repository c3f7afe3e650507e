"""Which sandboxes are switched on. All that is in one is in a database of its own (opening.py)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.sandbox.rules import SandboxKind
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import REFERENCE


class Sandbox(Base):
    """沙箱 of one kind of organisation. `place` names its database, "" while it is switched off; whenever it
    begins anew it has another one. `token_hashes` are of its devices, by their kind: they stay the same when
    it is emptied."""

    __tablename__ = "sandbox"
    __table_args__ = (REFERENCE,)
    __evidence__ = (("kind", "place", "since", "token_hashes"),)

    kind: Mapped[SandboxKind] = mapped_column(String(10), primary_key=True)
    place: Mapped[str] = mapped_column(String(30))
    since: Mapped[datetime]
    token_hashes: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
