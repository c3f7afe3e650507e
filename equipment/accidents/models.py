"""事故: an accident, what was said of it, how it went up from office to office, what was decided, and how its
piece was cleared. Numbers of people only: who was hurt is asked nowhere.

An accident may happen where no piece is on file, so it is found by its own id; its lines stand in the chain
of its piece, else in one of its own. No row of these is ever taken away.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.accidents.states import (
    STOPS,
    AccidentLevel,
    AccidentSource,
    AccidentState,
    AccidentStepKind,
    ClearanceKind,
    ClearanceState,
    Office,
    RelayHow,
    StatementKind,
)
from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED

COUNTED = "dead >= 0 AND serious >= 0 AND injured >= 0 AND trapped >= 0"


class Accident(Base):
    """One accident as it stands now; the facts are those of its newest statement."""

    __tablename__ = "accident"
    __table_args__ = (
        CheckConstraint(COUNTED, name="people_counted"),
        CheckConstraint("loss_yuan IS NULL OR loss_yuan >= 0", name="loss_counted"),
        CheckConstraint("known_at IS NULL OR known_at >= happened_at", name="known_after"),
        CheckConstraint("reported_at >= happened_at", name="reported_after"),
        CheckConstraint("known_at IS NULL OR reported_at >= known_at", name="reported_after_known"),
        CheckConstraint("(known_at IS NULL) = (in_time IS NULL)", name="hour_judged"),
        CheckConstraint(
            "state NOT IN ('confirmed', 'investigated', 'closed') OR level IS NOT NULL", name="leveled"
        ),
        CheckConstraint("(state = 'excluded') = (exclusion <> '')", name="excluded_by_case"),
        CheckConstraint("cleared_at IS NULL OR equipment_id IS NOT NULL", name="piece_cleared"),
        CheckConstraint(
            "state NOT IN ('investigated', 'closed') OR investigated_on IS NOT NULL",
            name="investigated_has_day",
        ),
        CheckConstraint("(published_on IS NULL) = (published_where = '')", name="published_where"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("state <> 'closed' OR published_on IS NOT NULL", name="closed_is_public"),
        Index("ix_accident_area_on", "area", "on"),
        Index("ix_accident_equipment", "equipment_id", "happened_at"),
        Index("ix_accident_state", "state", "area"),
        Index("ix_accident_organisation", "organisation_id", "happened_at"),
        Index("ix_accident_unit", "unit_id", "happened_at"),
        Index("ix_accident_firm", "firm_id", "happened_at"),
        Index("ix_accident_call", "call_id"),
        KEYED,
    )
    __scope__ = "accident"
    __evidence__ = (
        (
            "id",
            "organisation_id",
            "reported_by",
            "source",
            "call_id",
            "equipment_id",
            "category",
            "area",
            "unit_id",
            "unit_name",
            "firm_id",
            "happened_at",
            "known_at",
            "reported_at",
            "received_at",
            "on",
            "office",
            "limit_min",
            "in_time",
            "place",
            "what",
            "dead",
            "serious",
            "injured",
            "trapped",
            "loss_yuan",
            "measures",
            "state",
            "level",
            "exclusion",
            "confirmed_at",
            "cleared_at",
            "follow_up_until",
            "follow_up_ended_at",
            "result",
            "cause",
            "responsible",
            "team",
            "investigated_on",
            "published_on",
            "published_where",
            "published_text",
            "closed_at",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # who brought it here
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    source: Mapped[AccidentSource] = mapped_column(String(6))
    call_id: Mapped[UUID | None]  # the rescue call it came from
    equipment_id: Mapped[UUID | None]
    category: Mapped[str] = mapped_column(String(30))
    area: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # the unit it happened at
    unit_name: Mapped[str] = mapped_column(String(120), default="")  # where that is not on file
    firm_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation.id")
    )  # that maintained the piece then
    happened_at: Mapped[datetime]
    known_at: Mapped[datetime | None]
    reported_at: Mapped[datetime]
    received_at: Mapped[datetime]
    on: Mapped[date]  # the day it happened
    office: Mapped[Office] = mapped_column(String(8))  # which level it was reported to
    limit_min: Mapped[int]  # minutes the unit had
    in_time: Mapped[bool | None]  # NULL: nobody can say when the head knew
    place: Mapped[str] = mapped_column(String(200), default="")
    what: Mapped[str] = mapped_column(Text)
    dead: Mapped[int] = mapped_column(default=0)
    serious: Mapped[int] = mapped_column(default=0)
    injured: Mapped[int] = mapped_column(default=0)
    trapped: Mapped[int] = mapped_column(default=0)
    loss_yuan: Mapped[int | None] = mapped_column(BigInteger)
    measures: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[AccidentState] = mapped_column(String(12), default=AccidentState.REPORTED)
    level: Mapped[AccidentLevel | None] = mapped_column(String(8))
    exclusion: Mapped[str] = mapped_column(String(4), default="")  # a case of Art. 3 by its number
    confirmed_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    follow_up_until: Mapped[date]
    follow_up_ended_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    responsible: Mapped[str] = mapped_column(Text, default="")
    team: Mapped[list[str]] = mapped_column(Document, default=list)  # ids of experts
    investigated_on: Mapped[date | None]
    published_on: Mapped[date | None]
    published_where: Mapped[str] = mapped_column(String(300), default="")
    published_text: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]

    @property
    def stops(self) -> bool:
        """Whether its piece is not to be used because of it."""
        return self.equipment_id is not None and self.state in STOPS and self.cleared_at is None


class AccidentStatement(Base):
    """初报, 续报, 更正: everything that was known at one time."""

    __tablename__ = "accident_statement"
    __table_args__ = (
        CheckConstraint(COUNTED, name="people_counted"),
        CheckConstraint("(kind = 'correction') = (reason <> '')", name="corrected_with_reason"),
        UniqueConstraint("accident_id", "number"),
        KEYED,
    )
    __scope__ = "of_accident"
    __evidence__ = (
        (
            "id",
            "accident_id",
            "number",
            "kind",
            "happened_at",
            "known_at",
            "reported_at",
            "place",
            "what",
            "dead",
            "serious",
            "injured",
            "trapped",
            "loss_yuan",
            "measures",
            "reason",
            "late",
            "stated_at",
            "stated_by",
            "organisation_id",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    accident_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[StatementKind] = mapped_column(String(10))
    happened_at: Mapped[datetime]
    known_at: Mapped[datetime | None]
    reported_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200), default="")
    what: Mapped[str] = mapped_column(Text)
    dead: Mapped[int]
    serious: Mapped[int]
    injured: Mapped[int]
    trapped: Mapped[int]
    loss_yuan: Mapped[int | None] = mapped_column(BigInteger)
    measures: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    late: Mapped[bool] = mapped_column(default=False)  # after the days of follow-up reports
    stated_at: Mapped[datetime]
    stated_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))


class AccidentRelay(Base):
    """逐级上报: one level told the next."""

    __tablename__ = "accident_relay"
    __table_args__ = (
        CheckConstraint("sent_at >= since", name="sent_after"),
        CheckConstraint("(how = 'not_needed') = (in_time IS NULL)", name="sent_is_judged"),
        CheckConstraint("how <> 'not_needed' OR note <> ''", name="not_sent_has_reason"),
        UniqueConstraint("accident_id", "from_office"),
        KEYED,
    )
    __scope__ = "of_accident"
    __evidence__ = (
        (
            "id",
            "accident_id",
            "from_office",
            "to_office",
            "since",
            "limit_min",
            "sent_at",
            "in_time",
            "how",
            "receipt",
            "note",
            "by_id",
            "recorded_at",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    accident_id: Mapped[UUID]
    from_office: Mapped[Office] = mapped_column(String(8))
    to_office: Mapped[Office] = mapped_column(String(8))
    since: Mapped[datetime]  # when the office that tells had it
    limit_min: Mapped[int]
    sent_at: Mapped[datetime]
    in_time: Mapped[bool | None]
    how: Mapped[RelayHow] = mapped_column(String(10))
    receipt: Mapped[str] = mapped_column(String(60), default="")  # the number or name it was taken under
    note: Mapped[str] = mapped_column(String(300), default="")
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class AccidentStep(Base):
    """One decision, with its reason."""

    __tablename__ = "accident_step"
    __table_args__ = (Index("ix_accident_step_accident", "accident_id", "at"), KEYED)
    __scope__ = "of_accident"
    __evidence__ = (("id", "accident_id", "kind", "before", "after", "note", "at", "by_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    accident_id: Mapped[UUID]
    kind: Mapped[AccidentStepKind] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(String(40), default="")
    after: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class AccidentClearance(Base):
    """Somebody asked that the piece may be used again; another person granted it or did not."""

    __tablename__ = "accident_clearance"
    __table_args__ = (
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_person"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_reason"),
        CheckConstraint("(kind = 'inspection') = (inspection_id IS NOT NULL)", name="inspection_named"),
        Index(
            "uq_accident_clearance_asked",
            "accident_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_accident_clearance_accident", "accident_id", "asked_at"),
        Index("ix_accident_clearance_state", "state"),
        KEYED,
    )
    __scope__ = "of_accident"
    __evidence__ = (
        (
            "id",
            "accident_id",
            "equipment_id",
            "area",
            "category",
            "kind",
            "inspection_id",
            "note",
            "asked_at",
            "asked_by",
            "organisation_id",
            "state",
            "decided_at",
            "decided_by",
            "reason",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    accident_id: Mapped[UUID]
    equipment_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[ClearanceKind] = mapped_column(String(10))
    inspection_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[ClearanceState] = mapped_column(String(8), default=ClearanceState.ASKED)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")


class AccidentFile(Base):
    """A photo or document of an accident: of a statement, of a clearance, of the investigation."""

    __tablename__ = "accident_file"
    __table_args__ = (Index("ix_accident_file_accident", "accident_id", "at"), KEYED)
    __scope__ = "of_accident"
    __evidence__ = (
        ("id", "accident_id", "about_id", "name", "sha256", "media_type", "size", "at", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    accident_id: Mapped[UUID]
    about_id: Mapped[UUID]  # the statement or clearance, or the accident itself
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class Expert(Base):
    """专家库: somebody whom the bureau can ask; kept by a city or a county, seen there and below."""

    __tablename__ = "expert"
    __table_args__ = (Index("ix_expert_area", "area", "valid_until"), KEYED)
    __scope__ = "area_and_below"
    __evidence__ = (
        (
            "id",
            "area",
            "name",
            "field",
            "title",
            "categories",
            "employer",
            "phone",
            "valid_until",
            "remark",
            "entered_by",
            "entered_at",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(60), default="")
    categories: Mapped[list[str]] = mapped_column(Document, default=list)
    employer: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(30))
    valid_until: Mapped[date]
    remark: Mapped[str] = mapped_column(String(300), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
