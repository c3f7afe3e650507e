"""专项行动: campaigns with their item tables, the lists of the offices, their rows, and what was found."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignState, RowDropping
from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class Campaign(Base):
    """专项行动: what an office has its area check, from a day until a day."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("share IS NULL OR (share >= 1 AND share <= 100)", name="share"),
        CheckConstraint("(state IN ('running', 'ended')) <= (issued_at IS NOT NULL)", name="issued_has_time"),
        CheckConstraint("(state = 'ended') <= (statement <> '')", name="ended_has_statement"),
        CheckConstraint("(state IN ('ended', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason <> '')", name="withdrawn_has_reason"),
        Index("uq_campaign_number", "number", unique=True),
        Index("ix_campaign_area", "area", "state", "until_on"),
        KEYED,
    )
    __scope__ = "area_and_below"
    __evidence__ = (
        (
            "id",
            "number",
            "area",
            "state",
            "title",
            "document",
            "task",
            "from_on",
            "until_on",
            "scope",
            "share",
            "version",
            "created_at",
            "created_by",
            "issued_at",
            "issued_by",
            "ended_at",
            "ended_by",
            "statement",
            "withdrawn_reason",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(30))
    area: Mapped[str] = mapped_column(String(12))  # of the office that issues it
    state: Mapped[CampaignState] = mapped_column(String(10), default=CampaignState.DRAFT)
    title: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(80), default="")  # 文号
    task: Mapped[str] = mapped_column(Text, default="")  # what the offices are asked to do
    from_on: Mapped[date]
    until_on: Mapped[date]
    scope: Mapped[dict[str, object]] = mapped_column(Document)  # rules.CampaignScope
    share: Mapped[int | None]  # per cent that is drawn; none: all
    version: Mapped[int] = mapped_column(default=0)  # of the item table
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    statement: Mapped[str] = mapped_column(Text, default="")
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")


class CampaignItem(Base):
    """检查项目: one item of a version of a campaign's table. The version that is issued stays."""

    __tablename__ = "campaign_item"
    __table_args__ = (KEYED,)
    __scope__ = "area_and_below"
    __evidence__ = (("campaign_id", "version", "no", "area", "text", "rule", "rule_text", "is_key"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(30), default="")  # a code of the pack
    rule_text: Mapped[str] = mapped_column(String(300), default="")  # as papers cite it
    is_key: Mapped[bool] = mapped_column(default=False)


class CampaignList(Base):
    """清单: what one office has to check of a campaign; `in_scope` is what its share was drawn from."""

    __tablename__ = "campaign_list"
    __table_args__ = (
        Index("uq_campaign_list_office", "campaign_id", "area", unique=True),
        Index("ix_campaign_list_area", "area", "ended_at"),
        KEYED,
    )
    __scope__ = "area"
    __evidence__ = (("id", "campaign_id", "area", "until_on", "in_scope", "opened_at", "ended_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    area: Mapped[str] = mapped_column(String(12))  # of the office
    until_on: Mapped[date]  # of its campaign
    in_scope: Mapped[int]
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # with its campaign


class CampaignRow(Base):
    """A piece, or a unit, to be checked, and what came of it."""

    __tablename__ = "campaign_row"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('sound', 'faulty', 'absent')) = (happened_at IS NOT NULL)", name="checked_has_time"
        ),
        CheckConstraint("(happened_at IS NULL) = (received_at IS NULL)", name="happened_arrived"),
        CheckConstraint("(state = 'absent') = (absent_why IS NOT NULL)", name="absent_says_why"),
        CheckConstraint("(state = 'dropped') = (dropping IS NOT NULL)", name="dropped_says_why"),
        CheckConstraint("equipment_id IS NOT NULL OR unit_id IS NOT NULL", name="about_something"),
        CheckConstraint("(equipment_id IS NULL) = (category = '')", name="piece_has_category"),
        Index("uq_campaign_row_piece", "campaign_id", "equipment_id", unique=True),
        Index(
            "uq_campaign_row_unit",
            "campaign_id",
            "unit_id",
            unique=True,
            sqlite_where=text("equipment_id IS NULL"),
            postgresql_where=text("equipment_id IS NULL"),
        ),
        Index("uq_campaign_row_no", "list_id", "row_no", unique=True),
        Index("ix_campaign_row_state", "campaign_id", "state", "area"),
        Index("ix_campaign_row_piece", "equipment_id", "state"),
        Index("ix_campaign_row_unit", "unit_id", "state"),
        Index("ix_campaign_row_same", "same_as"),
        KEYED,
    )
    __scope__ = "area"
    __evidence__ = (
        (
            "id",
            "campaign_id",
            "list_id",
            "row_no",
            "area",
            "equipment_id",
            "unit_id",
            "category",
            "place_area",
            "state",
            "joined_on",
            "moved_from",
            "happened_at",
            "received_at",
            "checked_by",
            "doubted",
            "note",
            "absent_why",
            "dropping",
            "same_as",
        ),
        ("latitude", "longitude", "accuracy_m"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    list_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_list.id"))
    row_no: Mapped[int]
    area: Mapped[str] = mapped_column(String(12))  # of the office that checks it
    equipment_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]  # the unit itself; of a piece who uses it, else who owns it
    category: Mapped[str] = mapped_column(String(30), default="")
    place_area: Mapped[str] = mapped_column(String(12))  # where it stands
    state: Mapped[CampaignRowState] = mapped_column(String(10), default=CampaignRowState.TO_CHECK)
    joined_on: Mapped[date | None]  # later than the campaign was issued
    moved_from: Mapped[str] = mapped_column(String(12), default="")  # the office that had it before
    happened_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    # nobody vouches for the phone's time
    doubted: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str] = mapped_column(String(500), default="")
    absent_why: Mapped[AbsentWhy | None] = mapped_column(String(10))
    dropping: Mapped[RowDropping | None] = mapped_column(String(14))
    same_as: Mapped[UUID | None]  # the row of another campaign with which one check settled it
    latitude: Mapped[int | None]  # where the phone was, in ten-millionths of a degree (core/geo.py), WGS-84
    longitude: Mapped[int | None]
    accuracy_m: Mapped[int | None]


class CampaignProblem(Base):
    """An item of the table that was not in order at a row. At a piece it is a finding, and what becomes of it
    is read there."""

    __tablename__ = "campaign_problem"
    __table_args__ = (Index("ix_campaign_problem_campaign", "campaign_id", "item_no"), KEYED)
    __scope__ = "area"
    __evidence__ = (
        (
            "row_id",
            "item_no",
            "campaign_id",
            "area",
            "text",
            "rule",
            "rule_text",
            "is_key",
            "put_right",
            "equipment_id",
            "unit_id",
            "finding_id",
        ),
    )

    row_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_row.id"), primary_key=True)
    item_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    area: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(30), default="")
    rule_text: Mapped[str] = mapped_column(String(300), default="")
    is_key: Mapped[bool] = mapped_column(default=False)
    put_right: Mapped[bool] = mapped_column(default=False)  # on the spot
    equipment_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]


class CampaignPhoto(Base):
    """A photo that was taken at a row; 0 is no item of the table."""

    __tablename__ = "campaign_photo"
    __table_args__ = (KEYED,)
    __scope__ = "area"
    __evidence__ = (("row_id", "sha256", "area", "item_no", "name", "media_type", "size", "user_id", "at"),)

    row_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_row.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    area: Mapped[str] = mapped_column(String(12))
    item_no: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
