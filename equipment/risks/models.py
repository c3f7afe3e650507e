"""Colours of pieces and units as they stand, how they changed, and what somebody graded by hand."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.regulation.risk_numbers import RiskColour
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


class Risk(Base):
    """The colour of one piece. A piece in use without a row is blue: of a million pieces few are not."""

    __tablename__ = "risk"
    __table_args__ = (
        CheckConstraint("colour IN ('blue', 'yellow', 'orange', 'red')", name="colour"),
        CheckConstraint("scored IN ('blue', 'yellow', 'orange', 'red')", name="scored"),
        CheckConstraint("colour = scored OR hand_id IS NOT NULL", name="other_by_hand_alone"),
        Index("ix_risk_colour", "colour", "area", "category"),
        Index("ix_risk_organisation", "organisation_id", "colour"),
        Index("ix_risk_since", "colour", "since"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)  # of the change that gave this colour
    organisation_id: Mapped[UUID | None]  # whose it is: the use unit, or the owner
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    colour: Mapped[RiskColour] = mapped_column(String(6))
    scored: Mapped[RiskColour] = mapped_column(String(6))  # what the score says, whatever a person said
    points: Mapped[int]
    likelihood: Mapped[int]
    tenths: Mapped[int]
    reasons: Mapped[list[object]] = mapped_column(Document)  # rules.RiskReason
    codes: Mapped[str] = mapped_column(String(400))  # of the reasons, as filters ask: |base|call|
    version: Mapped[str] = mapped_column(String(12))  # of the table it was graded by
    since: Mapped[date]  # the day from which it has this colour
    hand_id: Mapped[UUID | None]


class RiskChange(Base):
    """A piece changed its colour, with the reasons of that day."""

    __tablename__ = "risk_change"
    __table_args__ = (
        CheckConstraint("before IS NULL OR colour IS NULL OR before <> colour", name="changes"),
        Index("ix_risk_change_colour", "colour", "on", "area"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "area",
            "category",
            "before",
            "colour",
            "points",
            "reasons",
            "version",
            "hand_id",
            "on",
            "at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    before: Mapped[RiskColour | None] = mapped_column(String(6))
    colour: Mapped[RiskColour | None] = mapped_column(String(6))  # None: no longer in use, without a colour
    points: Mapped[int]
    reasons: Mapped[list[object]] = mapped_column(Document)
    version: Mapped[str] = mapped_column(String(12))
    hand_id: Mapped[UUID | None]
    on: Mapped[date]
    at: Mapped[datetime]


class HandGraded(Base):
    """人工定级: the bureau gave a piece a colour, with its reason, until a day; it stands over the score."""

    __tablename__ = "risk_by_hand"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name="ended_has_reason"),
        CheckConstraint("colour IN ('blue', 'yellow', 'orange', 'red')", name="colour"),
        Index("ix_risk_by_hand_until", "until_on"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "area",
            "category",
            "colour",
            "reason",
            "from_on",
            "until_on",
            "graded_by",
            "graded_at",
            "ended_at",
            "ended_by",
            "end_reason",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]  # of whoever graded
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    colour: Mapped[RiskColour] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(String(300))
    from_on: Mapped[date]
    until_on: Mapped[date]  # its last day
    graded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    graded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str] = mapped_column(String(300), default="")


class UnitRisk(Base):
    """The colour of one unit. A unit with pieces in use and without a row is blue."""

    __tablename__ = "unit_risk"
    __table_args__ = (
        CheckConstraint("colour IN ('yellow', 'orange', 'red')", name="colour"),
        Index("ix_unit_risk_colour", "colour", "area"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    area: Mapped[str] = mapped_column(String(12))
    colour: Mapped[RiskColour] = mapped_column(String(6))
    reasons: Mapped[list[object]] = mapped_column(Document)
    red: Mapped[int]
    orange: Mapped[int]
    yellow: Mapped[int]
    pieces: Mapped[int]  # in use
    version: Mapped[str] = mapped_column(String(12))
    since: Mapped[date]
