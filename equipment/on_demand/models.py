"""按需维保: filings with the lifts they name, remote checks, and since when each lift has been on demand."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.on_demand.rules import CheckResult, ContractKnown, FilingCover, FilingTerms
from equipment.on_demand.states import FilingState
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION

IS_OPEN = text("ended_on IS NULL")


class PilotFiling(Base):
    """备案: a firm applies for maintenance on demand for lifts it maintains, and the bureau approves it; or the
    bureau enters it from its own document."""

    __tablename__ = "pilot_filing"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("months BETWEEN 1 AND 12", name="months"),
        CheckConstraint("(cover = 'unit') = (unit_id IS NOT NULL)", name="unit"),
        CheckConstraint("(cover = 'area') = (area <> '')", name="area"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_on IS NOT NULL)", name="withdrawn_on"),
        CheckConstraint("state = 'applied' OR decided_at IS NOT NULL", name="decided_at"),
        Index("ix_pilot_filing_state", "state", "until_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "state",
            "number",
            "office",
            "document_on",
            "from_on",
            "until_on",
            "basis",
            "months",
            "cover",
            "unit_id",
            "area",
            "contract",
            "contract_number",
            "contract_until",
            "items",
            "cycle",
            "target",
            "entered_by",
            "entered_at",
            "decided_by",
            "decided_at",
            "reason",
            "withdrawn_on",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)  # the firm
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[FilingState] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(60), default="")  # of the document that approves it
    office: Mapped[str] = mapped_column(String(100), default="")
    document_on: Mapped[date | None]
    from_on: Mapped[date]
    until_on: Mapped[date]  # its last day
    basis: Mapped[OnDemandBasis] = mapped_column(String(14))
    months: Mapped[int]  # visits at most so many months apart
    cover: Mapped[FilingCover] = mapped_column(String(8))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12), default="")
    contract: Mapped[ContractKnown | None] = mapped_column(String(8))  # as the firm declares it
    contract_number: Mapped[str] = mapped_column(String(60), default="")
    contract_until: Mapped[date | None]
    items: Mapped[str] = mapped_column(Text, default="")  # what is promised: 项目, 周期, 质量目标
    cycle: Mapped[str] = mapped_column(String(300), default="")
    target: Mapped[str] = mapped_column(String(300), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was refused or withdrawn
    withdrawn_on: Mapped[date | None]  # the first day without it

    def terms(self) -> FilingTerms:
        return FilingTerms(
            self.organisation_id,
            OnDemandBasis(self.basis),
            self.months,
            self.from_on,
            self.until_on,
            self.withdrawn_on,
            self.contract,
            self.contract_until,
        )


class FilingLift(Base):
    """One lift on the list of a filing."""

    __tablename__ = "filing_lift"
    __table_args__ = (Index("ix_filing_lift_equipment", "equipment_id"), OF_ORGANISATION)
    __scope__ = "at_piece"
    __evidence__ = (("organisation_id", "filing_id", "equipment_id"),)

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    filing_id: Mapped[UUID] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)


class RemoteCheck(Base):
    """远程检查: somebody of the firm looked at the lift from afar, by photo or video."""

    __tablename__ = "remote_check"
    __table_args__ = (
        CheckConstraint("result = 'ok' OR note <> ''", name="abnormal_has_note"),
        Index("ix_remote_check_on", "equipment_id", "on"),
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
            "on",
            "result",
            "note",
            "user_id",
            "at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]
    result: Mapped[CheckResult] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(500), default="")
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class OnDemandPeriod(Base):
    """A lift was maintained on demand from a day until a day, and why that ended. Written by following.py
    alone: the conditions decide, nobody else."""

    __tablename__ = "on_demand_period"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= from_on", name="interval"),
        Index(
            "uq_on_demand_period_open",
            "equipment_id",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_on_demand_period_from", "equipment_id", "from_on"),
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
            "filing_id",
            "basis",
            "months",
            "from_on",
            "ended_on",
            "reasons",
            "at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]  # the firm
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    filing_id: Mapped[UUID | None]  # none where the register alone said so, in the days before filings
    basis: Mapped[OnDemandBasis] = mapped_column(String(14))
    months: Mapped[int]
    from_on: Mapped[date]
    ended_on: Mapped[date | None]  # the first day by the calendar again
    reasons: Mapped[list[object]]  # kinds of conditions that were lost
    at: Mapped[datetime]
