"""The bureau's own dated, cited values: laid over the rule packs, and the choices that a regulation leaves
open."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import REFERENCE


class RuleOverride(Base):
    """A confirmation (value is null) or a value of the bureau's own for one key of one rule pack, from a day
    on. `value` also holds how it applies ({"value": ..., "applies": "from_next_inspection"}), so that the
    ledger's digest of the row covers it."""

    __tablename__ = "rule_override"
    __table_args__ = (Index("ix_rule_override_category_key", "category", "key", "since"), REFERENCE)
    __evidence__ = (("category", "key", "since", "value", "of", "cite", "confirmed_by", "confirmed_at"),)
    __of_city__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(120))
    since: Mapped[date]
    value: Mapped[dict[str, object] | None]
    # Digest of what was confirmed: it lapses when an upgrade changes that.
    of: Mapped[str] = mapped_column(String(64), default="")
    cite: Mapped[str] = mapped_column(String(200))
    confirmed_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime]


class Choice(Base):
    """A dated choice of the bureau: which rate is official, days until a finding confirms itself, a station's
    过渡期 ..."""

    __tablename__ = "choice"
    __table_args__ = (Index("ix_choice_key", "key", "subject", "since"), REFERENCE)
    __evidence__ = (("key", "subject", "since", "value", "cite", "chosen_by", "chosen_at"),)
    __of_city__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60), default="")
    since: Mapped[date]
    value: Mapped[dict[str, object]]
    cite: Mapped[str] = mapped_column(String(200), default="")
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    chosen_at: Mapped[datetime]
