"""应急救援: the city's platform, rescue codes, duty phones with their confirmations, and drills."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.rescue.rules import ConfirmedHow, DrillClock, Scenario
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION, REFERENCE


class RescuePlatform(Base):
    """应急救援平台 of a city as it is from a day on; a later row replaces it. `own`: the bureau runs it and
    allots codes from first to last itself; otherwise they come from its centre."""

    __tablename__ = "rescue_platform"
    __table_args__ = (
        CheckConstraint("digits BETWEEN 4 AND 8", name="digits"),
        CheckConstraint(
            "(first_code = '' AND last_code = '') OR (length(first_code) = digits "
            "AND length(last_code) = digits AND first_code <= last_code)",
            name="code_range",
        ),
        Index("ix_rescue_platform_area", "area", "from_on"),
        REFERENCE,
    )
    __scope__ = "area"
    __evidence__ = (
        (
            "id",
            "area",
            "from_on",
            "name",
            "phone",
            "hours",
            "digits",
            "own",
            "first_code",
            "last_code",
            "set_by",
            "set_at",
        ),
    )
    __of_city__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    from_on: Mapped[date]
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(30))
    hours: Mapped[str] = mapped_column(String(80), default="")
    digits: Mapped[int]
    own: Mapped[bool]
    first_code: Mapped[str] = mapped_column(String(8), default="")
    last_code: Mapped[str] = mapped_column(String(8), default="")
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]


class RescueStation(Base):
    """二级救援: whoever is called for an area when the firm does not come."""

    __tablename__ = "rescue_station"
    __table_args__ = (
        CheckConstraint("name <> '' AND phone <> ''", name="can_be_called"),
        Index("ix_rescue_station_area", "area", "ended_at"),
        REFERENCE,
    )
    __scope__ = "area"
    __evidence__ = (("id", "area", "name", "phone", "note", "set_by", "set_at", "ended_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(200), default="")
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RescueCode(Base):
    """救援识别码 as it stands in the details of a lift: what codes are found and compared by. One of a lift that
    is no more is not given to another by itself."""

    __tablename__ = "rescue_code"
    __table_args__ = (
        Index("ix_rescue_code_code", "code"),
        Index("ix_rescue_code_area", "area"),
        OF_EQUIPMENT,
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    area: Mapped[str] = mapped_column(String(12))
    living: Mapped[bool]


class DutyPhone(Base):
    """应急电话 of an organisation: a number never changes, another one is another row, so that a confirmation
    always speaks of one number. `first` is the one for every lift that names no other; `confirm_by` is the
    day until which its confirmation holds, or by which the first is due."""

    __tablename__ = "duty_phone"
    __table_args__ = (
        CheckConstraint("(confirmed_on IS NULL) = (confirmed_how IS NULL)", name="confirmed_somehow"),
        CheckConstraint("confirmed_on IS NULL OR confirm_by >= confirmed_on", name="confirmed_for_a_while"),
        CheckConstraint("digits <> ''", name="has_number"),
        Index(
            "uq_duty_phone_number",
            "organisation_id",
            "digits",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_duty_phone_first",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND first"),
            postgresql_where=text("ended_at IS NULL AND first"),
        ),
        Index("ix_duty_phone_day", "ended_at", "confirm_by"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "digits",
            "shift",
            "person",
            "first",
            "added_by",
            "added_at",
            "ended_at",
            "confirmed_on",
            "confirmed_how",
            "confirm_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    digits: Mapped[str] = mapped_column(String(20))
    shift: Mapped[str] = mapped_column(String(60), default="")  # 24小时, 夜班 ...
    person: Mapped[str] = mapped_column(String(60), default="")  # who has it: never shown to the public
    first: Mapped[bool]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_on: Mapped[date | None]
    confirmed_how: Mapped[ConfirmedHow | None] = mapped_column(String(12))
    confirm_by: Mapped[date]


class PhoneConfirmation(Base):
    """核实: somebody made sure on a day that a duty phone is answered, how, and until when that counts."""

    __tablename__ = "phone_confirmation"
    __table_args__ = (
        CheckConstraint('until_on >= "on"', name="for_a_while"),
        Index("ix_phone_confirmation_phone", "phone_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "phone_id",
            "how",
            "on",
            "until_on",
            "answered_by",
            "by_user",
            "by_organisation",
            "at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone_id: Mapped[UUID]
    how: Mapped[ConfirmedHow] = mapped_column(String(12))
    on: Mapped[date]
    until_on: Mapped[date]
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    by_user: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    by_organisation: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    at: Mapped[datetime]


class LiftContact(Base):
    """Which duty phone of its firm or use unit serves a lift, where it is not the first one. It counts as
    long as the organisation is that of the lift, and the phone is in use."""

    __tablename__ = "lift_contact"
    __table_args__ = (
        Index(
            "uq_lift_contact_open",
            "equipment_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "phone_id",
            "area",
            "category",
            "set_by",
            "set_at",
            "ended_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    phone_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Drill(Base):
    """应急演练 of a firm at a lift, of a filling station, or of a use unit, at a piece or without one. A
    correction is a row of its own, which supersedes the one before it."""

    __tablename__ = "drill"
    __table_args__ = (
        CheckConstraint(
            "(called_at IS NULL OR arrived_at IS NULL OR called_at <= arrived_at) AND "
            "(arrived_at IS NULL OR released_at IS NULL OR arrived_at <= released_at) AND "
            "(called_at IS NULL OR released_at IS NULL OR called_at <= released_at)",
            name="in_order",
        ),
        CheckConstraint("people_count >= 1", name="somebody_drilled"),
        CheckConstraint("(replaces_id IS NULL) = (reason = '')", name="correction_has_reason"),
        Index("ix_drill_organisation_on", "organisation_id", "on"),
        Index("ix_drill_equipment", "equipment_id"),
        Index("ix_drill_area", "area", "on"),
        Index("uq_drill_number", "organisation_id", "number", unique=True),
        OF_ORGANISATION,
    )
    __scope__ = "at_piece"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "equipment_id",
            "area",
            "category",
            "use_unit_id",
            "on",
            "place",
            "scenario",
            "classes",
            "people",
            "people_count",
            "called_at",
            "arrived_at",
            "released_at",
            "unit_took_part",
            "unit_people",
            "story",
            "shortcomings",
            "improvements",
            "photos",
            "recorded_by",
            "recorded_at",
            "replaces_id",
            "reason",
            "superseded",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the form
    number: Mapped[str] = mapped_column(String(24))
    equipment_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    use_unit_id: Mapped[UUID | None]
    on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    scenario: Mapped[Scenario] = mapped_column(String(12))
    classes: Mapped[list[str]] = mapped_column(Document)  # DrillKind
    people: Mapped[str] = mapped_column(String(300))
    people_count: Mapped[int]
    called_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    unit_took_part: Mapped[bool]
    unit_people: Mapped[str] = mapped_column(String(120), default="")
    story: Mapped[str] = mapped_column(String(1000), default="")
    shortcomings: Mapped[str] = mapped_column(String(1000), default="")
    improvements: Mapped[str] = mapped_column(String(1000), default="")
    photos: Mapped[list[str]] = mapped_column(Document)  # sha256
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
    replaces_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    superseded: Mapped[bool] = mapped_column(default=False)

    @property
    def clock(self) -> DrillClock:
        return DrillClock(self.called_at, self.arrived_at, self.released_at)
