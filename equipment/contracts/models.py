"""维保合同 with their lifts and papers, 移交, and who of a firm goes where: teams, assignments, stand-ins."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.contracts.states import RUNNING, ContractKind, ContractState, HandoverState
from equipment.core.ids import new_id
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION

COUNTS = text("counts")
TO_LEAVE = text("counts AND NOT carried_out")
GOES_ON = text("until_on IS NULL")


class Contract(Base):
    """One firm maintains lifts of one use unit from a day until a day (both included)."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="period"),
        CheckConstraint("people IN (1, 2)", name="people"),
        CheckConstraint("ended_on IS NULL OR ended_on <= until_on", name="ended_within"),
        CheckConstraint("(state = 'ended') <= (ended_on IS NOT NULL)", name="ended_has_day"),
        CheckConstraint(
            "state NOT IN ('confirmed', 'declined') OR decided_at IS NOT NULL", name="decided_has_time"
        ),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_contract_unit", "use_unit_id", "state"),
        Index("ix_contract_until", "state", "until_on"),
        Index("ix_contract_from", "state", "from_on"),
        OF_ORGANISATION,
    )
    __scope__ = "contract"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "use_unit_id",
            "number",
            "kind",
            "mode",
            "people",
            "from_on",
            "until_on",
            "ended_on",
            "end_reason",
            "state",
            "note",
            "renews_id",
            "entered_by",
            "entered_at",
            "decided_by",
            "decided_at",
            "decision_reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)  # the firm
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    use_unit_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[str] = mapped_column(String(60))  # as on the paper
    kind: Mapped[ContractKind] = mapped_column(String(10))
    mode: Mapped[MaintenanceMode] = mapped_column(String(10))
    people: Mapped[int]  # technicians of a visit: one or two
    from_on: Mapped[date]
    until_on: Mapped[date]  # the last day
    ended_on: Mapped[date | None]  # the last day it held, where it ended before or with its period
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[ContractState] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(300), default="")
    renews_id: Mapped[UUID | None]  # the contract of the same firm that it follows
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(String(300), default="")

    @property
    def last_on(self) -> date:
        """The last day on which it holds."""
        return self.ended_on or self.until_on

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING


class ContractLift(Base):
    """A lift under a contract, with the days: cut short where the contract ended or the lift left it."""

    __tablename__ = "contract_lift"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="period"),
        Index(
            "uq_contract_lift_from",
            "equipment_id",
            "from_on",
            unique=True,
            sqlite_where=COUNTS,
            postgresql_where=COUNTS,
        ),
        Index("ix_contract_lift_contract", "organisation_id", "contract_id"),
        Index("ix_contract_lift_days", "from_on", "until_on"),
        Index("ix_contract_lift_over", "until_on", sqlite_where=TO_LEAVE, postgresql_where=TO_LEAVE),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "contract_id",
            "from_on",
            "until_on",
            "counts",
            "duties_from",
            "carried_out",
            "area",
            "category",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the firm
    contract_id: Mapped[UUID]
    from_on: Mapped[date]
    until_on: Mapped[date]
    counts: Mapped[bool]  # false while proposed, and once declined or withdrawn
    # From when the firm answers for the lift's visits: where it came new to the lift. None: it was there.
    duties_from: Mapped[date | None]
    carried_out: Mapped[bool] = mapped_column(default=False)  # its end has been carried out in the register
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))


class ContractPaper(Base):
    """The signed contract as a file, by content (files/store.py)."""

    __tablename__ = "contract_paper"
    __table_args__ = (Index("ix_contract_paper_contract", "organisation_id", "contract_id"), OF_ORGANISATION)
    __scope__ = "organisation"  # of others, whoever sees the contract is shown them with it
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "contract_id",
            "name",
            "sha256",
            "media_type",
            "size",
            "user_id",
            "at",
            "removed_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class LeftDue(TypedDict):
    """Something overdue or due when a lift changed hands."""

    kind: str
    on: str


class LeftRecord(TypedDict):
    """A finding, hazard or visit that was open then: its id, its day, what it says, its state."""

    id: str
    on: str
    text: str
    state: str


class LeftLift(TypedDict):
    """What was open on one lift on the day it changed hands, and the last visit of each class."""

    lift: str
    name: str
    last: dict[str, str]
    dues: list[LeftDue]
    findings: list[LeftRecord]
    hazards: list[LeftRecord]
    visits: list[LeftRecord]


class LeftThing(TypedDict):
    """What is handed over beside: keys, papers; ticked by whoever gives it."""

    text: str
    ticked: bool


class Handover(Base):
    """移交 of lifts from a firm to the next (`to_id`, none while nobody follows): what was open on the day,
    what goes along, and whether the next firm takes it over so."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("state = 'open' OR decided_at IS NOT NULL", name="decided_has_time"),
        CheckConstraint("state = 'open' OR to_id IS NOT NULL", name="decided_by_somebody"),
        Index("ix_handover_to", "to_id", "state"),
        Index("ix_handover_unit", "use_unit_id", "state"),
        OF_ORGANISATION,
    )
    __scope__ = "handover"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "to_id",
            "use_unit_id",
            "contract_id",
            "area",
            "on",
            "state",
            "lifts",
            "things",
            "opened_at",
            "decided_by",
            "decided_at",
            "reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    use_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    contract_id: Mapped[UUID | None]  # that ended; none where the firm was on file without one
    area: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    state: Mapped[HandoverState] = mapped_column(String(10))
    lifts: Mapped[list[LeftLift]] = mapped_column(Document)
    things: Mapped[list[LeftThing]] = mapped_column(Document)
    opened_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")


class Team(Base):
    """班组 of a firm: technicians under one name."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("organisation_id", "name"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "name", "members", "closed_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))
    members: Mapped[list[str]] = mapped_column(Document)  # user ids
    closed_at: Mapped[datetime | None]


class Assignment(Base):
    """派工: a lift is this technician's or this team's, from a day until a day (both included)."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="person_or_team"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period"),
        Index("ix_assignment_firm", "organisation_id", sqlite_where=GOES_ON, postgresql_where=GOES_ON),
        Index("ix_assignment_user", "user_id", sqlite_where=GOES_ON, postgresql_where=GOES_ON),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "user_id",
            "team_id",
            "from_on",
            "until_on",
            "assigned_by",
            "at",
            "area",
            "category",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the firm
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[UUID | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    assigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))


class StandIn(Base):
    """替班: from a day until a day one technician goes where another is assigned."""

    __tablename__ = "stand_in"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="period"),
        CheckConstraint("user_id <> absent_id", name="two_people"),
        Index("ix_stand_in_days", "organisation_id", "until_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "absent_id",
            "user_id",
            "from_on",
            "until_on",
            "reason",
            "entered_by",
            "entered_at",
            "cancelled_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    absent_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))  # who stands in
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
