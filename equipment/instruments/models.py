"""计量器具: instruments of any organisation, their verifications (检定) and own checks (自查), and lists for a
verification body (送检清单)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.instruments.rules import InstrumentKind, InstrumentState, OwnCheckResult, VerificationResult
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION, REFERENCE


class Instrument(Base):
    """A scale, gauge, meter of an organisation: what it is, where it stands (at a station its bay 秤位 and the
    gas that flows there), and how its verification and own checks stand."""

    __tablename__ = "instrument"
    __table_args__ = (
        CheckConstraint("scrapped_on IS NULL OR active IS FALSE", name="scrapped_is_out_of_use"),
        CheckConstraint("failed IS FALSE OR active IS FALSE", name="failed_is_out_of_use"),
        CheckConstraint("active IS FALSE OR stopped_on IS NULL", name="in_use_is_not_stopped"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_instrument_verified", "verified_until"),
        Index("ix_instrument_check", "check_due_on"),
        Index("ix_instrument_piece", "equipment_id"),
        REFERENCE,
    )
    __scope__ = "organisation"
    __evidence__ = (
        ("organisation_id", "kind", "name", "number", "bay", "gas", "verified_until", "active"),
        (
            "maker",
            "model",
            "measures",
            "accuracy",
            "place",
            "equipment_id",
            "statutory",
            "failed",
            "stop_reason",
            "stopped_on",
            "scrapped_on",
            "verified_on",
            "checked_on",
            "known_on",
            "stated_until",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[InstrumentKind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(60))
    bay: Mapped[str] = mapped_column(String(20), default="")
    gas: Mapped[str] = mapped_column(String(10), default="")
    verified_until: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)  # in use; stopped or scrapped otherwise
    maker: Mapped[str] = mapped_column(String(100), default="")
    model: Mapped[str] = mapped_column(String(60), default="")
    measures: Mapped[str] = mapped_column(String(60), default="")  # 测量范围: 0-150 kg
    accuracy: Mapped[str] = mapped_column(String(40), default="")  # 准确度等级
    place: Mapped[str] = mapped_column(String(100), default="")
    equipment_id: Mapped[UUID | None]  # the piece it sits on, such as a boiler
    statutory: Mapped[bool] = mapped_column(default=True)  # 强制检定: subject to statutory verification
    failed: Mapped[bool] = mapped_column(default=False)  # by its last verification
    stop_reason: Mapped[str] = mapped_column(String(200), default="")
    stopped_on: Mapped[date | None]
    scrapped_on: Mapped[date | None]
    verified_on: Mapped[date | None]
    checked_on: Mapped[date | None]  # its last own check within limits
    check_due_on: Mapped[date | None]  # worked out from the rule of the day, every night anew
    known_on: Mapped[date] = mapped_column(default=clock.today)
    stated_until: Mapped[date | None]  # as it came on file; counts while no certificate does

    @property
    def state(self) -> InstrumentState:
        if self.scrapped_on is not None:
            return InstrumentState.SCRAPPED
        return InstrumentState.IN_USE if self.active else InstrumentState.STOPPED


class Verification(Base):
    """检定: what a verification body certified of an instrument. One entered wrong is taken back with a reason
    and stays on file."""

    __tablename__ = "instrument_verification"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= verified_on", name="days"),
        CheckConstraint("(result = 'passed') = (valid_until IS NOT NULL)", name="passed_has_last_day"),
        CheckConstraint("(void_reason = '') = (voided_at IS NULL)", name="void_has_reason"),
        Index("ix_instrument_verification_of", "instrument_id", "verified_on"),
        Index(
            "uq_instrument_verification_number",
            "instrument_id",
            "number",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "instrument_id",
            "result",
            "body",
            "number",
            "verified_on",
            "valid_until",
            "note",
            "sha256",
            "file_name",
            "media_type",
            "entered_by",
            "entered_at",
            "voided_at",
            "voided_by",
            "void_reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    instrument_id: Mapped[UUID]
    result: Mapped[VerificationResult] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(String(100))  # 检定机构, by name
    number: Mapped[str] = mapped_column(String(60))  # of the certificate, or of the notice of a failure
    verified_on: Mapped[date]
    valid_until: Mapped[date | None]  # its last day
    note: Mapped[str] = mapped_column(String(300), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))  # the certificate
    file_name: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(80), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    void_reason: Mapped[str] = mapped_column(String(300), default="")


class OwnCheck(Base):
    """自查、期间核查: what the unit itself saw of an instrument, with a photo where there is one."""

    __tablename__ = "instrument_check"
    __table_args__ = (
        CheckConstraint("result = 'good' OR note <> ''", name="bad_has_words"),
        Index("ix_instrument_check_of", "instrument_id", "checked_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "instrument_id",
            "result",
            "checked_on",
            "checker",
            "note",
            "sha256",
            "file_name",
            "media_type",
            "entered_by",
            "entered_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    instrument_id: Mapped[UUID]
    result: Mapped[OwnCheckResult] = mapped_column(String(8))
    checked_on: Mapped[date]
    checker: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(300), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))  # the photo
    file_name: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(80), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]


class VerificationList(Base):
    """送检清单: instruments due that a unit or an office of the bureau hands to a verification body."""

    __tablename__ = "verification_list"
    __table_args__ = (UniqueConstraint("number"), Index("ix_verification_list_area", "area"), OF_ORGANISATION)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        ("organisation_id", "id", "area", "number", "title", "body", "due_until", "drawn_by", "drawn_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(String(100), default="")
    due_until: Mapped[date]
    drawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    drawn_at: Mapped[datetime]


class VerificationListRow(Base):
    """One instrument of a list, and the verification that settled it."""

    __tablename__ = "verification_list_row"
    __table_args__ = (Index("ix_verification_list_row_instrument", "instrument_id"), OF_ORGANISATION)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "list_id",
            "row_no",
            "area",
            "instrument_id",
            "unit_id",
            "due_on",
            "verification_id",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    instrument_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    due_on: Mapped[date | None]
    verification_id: Mapped[UUID | None]
