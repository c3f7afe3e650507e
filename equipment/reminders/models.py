"""提醒: one message to one recipient about one duty at one stage; one digest per recipient, channel and day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.reminders.states import ChannelKind, DigestState, NoticeState
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class Notice(Base):
    """提醒: unique per duty, stage and recipient, whatever the number of schedulers."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("organisation_id", "user_id", "duty", "stage"),
        Index("ix_notice_inbox", "user_id", "read_at", "day"),
        Index("ix_notice_state", "state", "day"),
        Index("ix_notice_duty", "duty"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    # Due:<id>, paper_due:<id>, hazard:<id>, job:<name>:<period> ...
    duty: Mapped[str] = mapped_column(String(100))
    stage: Mapped[str] = mapped_column(String(20))  # ahead_30, ahead_7, today, overdue_1, overdue_7 ...
    # What it stands together with others under, such as due:inspection:cylinder: (reminders/topics.py)
    topic: Mapped[str] = mapped_column(String(80), default="", server_default="")
    equipment_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    text: Mapped[dict[str, object]]  # {"msgid": ..., "params": {...}}
    link: Mapped[str] = mapped_column(String(200), default="")
    day: Mapped[date]
    state: Mapped[NoticeState] = mapped_column(String(10), default=NoticeState.PLANNED)
    # The minute (HH:MM) of the message that told it at once; empty for what the digest tells.
    minute: Mapped[str] = mapped_column(String(5), default="", server_default="")
    read_at: Mapped[datetime | None]
    # 已电话通知: when and by whom
    called_at: Mapped[datetime | None]
    called_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Digest(Base):
    """What is sent through one channel on one day, or in one minute of it where it cannot wait; claimed by
    compare-and-set. Without a person it is for the organisation's own channel."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("organisation_id", "channel_id", "day", "minute"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_digest_state", "state", "day"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    channel_id: Mapped[UUID]
    day: Mapped[date]
    minute: Mapped[str] = mapped_column(String(5), default="", server_default="")
    state: Mapped[DigestState] = mapped_column(String(10), default=DigestState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(Text, default="")
    receipt: Mapped[str] = mapped_column(String(80), default="", server_default="")  # the SMS gateway's


class Channel(Base):
    """Where an organisation or one person wants digests sent: an apprise address
    (mail, WeCom, DingTalk, webhook)."""

    __tablename__ = "channel"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "user_id", "kind", "active"), ("address",))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[ChannelKind] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(400))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
