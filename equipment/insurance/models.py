"""保险: policies with the lifts on their lists, and the cases that were told to an insurer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.insurance.rules import Cover, Payer, PolicyKind, PolicyTerms
from equipment.insurance.states import CaseState
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


class Policy(Base):
    """保单: insures lifts of its holder (被保险人), a use unit or a firm. A correction is a new row; the one it
    replaces stays, superseded."""

    __tablename__ = "policy"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("sum_fen > 0", name="sum_fen"),
        CheckConstraint("(cancelled_on IS NULL) = (cancel_reason = '')", name="cancelled_has_reason"),
        CheckConstraint("cancelled_on IS NULL OR cancelled_on > from_on", name="cancelled_on"),
        Index(
            "uq_policy_number_key",
            "number_key",
            unique=True,
            sqlite_where=text("superseded IS 0"),
            postgresql_where=text("superseded IS false"),
        ),
        Index("ix_policy_holder", "organisation_id", "cover", "until_on"),
        Index("ix_policy_until", "until_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "number_key",
            "insurer",
            "kind",
            "payer",
            "payer_id",
            "sum_fen",
            "from_on",
            "until_on",
            "cover",
            "iot",
            "service",
            "visits_promised",
            "inspections_promised",
            "sha256",
            "file_name",
            "media_type",
            "entered_by",
            "entered_at",
            "corrects_id",
            "superseded",
            "cancelled_on",
            "cancel_reason",
            "cancelled_by",
            "renewed_by_id",
            "lapse_reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(60))
    number_key: Mapped[str] = mapped_column(String(60))  # as numbers are compared
    insurer: Mapped[str] = mapped_column(String(100))
    kind: Mapped[PolicyKind] = mapped_column(String(14))
    payer: Mapped[Payer] = mapped_column(String(10))
    payer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # where it is on file
    sum_fen: Mapped[int] = mapped_column(BigInteger)  # per accident, in fen
    from_on: Mapped[date]
    until_on: Mapped[date]  # its last day
    cover: Mapped[Cover] = mapped_column(String(8))
    iot: Mapped[bool] = mapped_column(default=False)  # 物联网监测 comes with it
    service: Mapped[str] = mapped_column(Text, default="")
    visits_promised: Mapped[int | None]  # of a year, for each lift
    inspections_promised: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))  # the paper
    file_name: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(40), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    corrects_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(default=False)
    cancelled_on: Mapped[date | None]  # the first day without it
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    cancelled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    renewed_by_id: Mapped[UUID | None]
    lapse_reason: Mapped[str] = mapped_column(String(300), default="")  # why it will not be renewed

    def terms(self, listed: frozenset[UUID] = frozenset()) -> PolicyTerms:
        return PolicyTerms(
            self.organisation_id, Cover(self.cover), self.from_on, self.until_on, self.cancelled_on, listed
        )


class PolicyLift(Base):
    """One lift on the list of a policy."""

    __tablename__ = "policy_lift"
    __table_args__ = (Index("ix_policy_lift_equipment", "equipment_id"), OF_ORGANISATION)
    __scope__ = "at_piece"
    __evidence__ = (("organisation_id", "policy_id", "equipment_id"),)

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)


class InsuranceCase(Base):
    """理赔: something happened at a lift that was told to the insurer, and what came of it."""

    __tablename__ = "insurance_case"
    __table_args__ = (
        CheckConstraint(
            "(state = 'paid') = (paid_fen IS NOT NULL AND paid_on IS NOT NULL)", name="paid_has_amount"
        ),
        CheckConstraint("claimed_fen IS NULL OR claimed_fen >= 0", name="claimed_fen"),
        CheckConstraint("paid_fen IS NULL OR paid_fen >= 0", name="paid_fen"),
        Index("ix_insurance_case_on", "on", "area"),
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
            "holder_id",
            "policy_id",
            "on",
            "event",
            "claimed_fen",
            "paid_fen",
            "paid_on",
            "state",
            "reply",
            "links",
            "reported_by",
            "reported_at",
            "moved_by",
            "moved_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]  # whoever told it
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    holder_id: Mapped[UUID]  # of the policy
    policy_id: Mapped[UUID]
    on: Mapped[date]
    event: Mapped[str] = mapped_column(Text)
    claimed_fen: Mapped[int | None] = mapped_column(BigInteger)
    paid_fen: Mapped[int | None] = mapped_column(BigInteger)
    paid_on: Mapped[date | None]
    state: Mapped[CaseState] = mapped_column(String(10), default=CaseState.REPORTED)
    reply: Mapped[str] = mapped_column(String(300), default="")  # what the insurer said
    links: Mapped[list[object]]  # "visit:<id>", "hazard:<id>", "call:<number>"
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reported_at: Mapped[datetime]
    moved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    moved_at: Mapped[datetime | None]
