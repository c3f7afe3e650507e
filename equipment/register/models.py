"""One record per piece, for every category: registration, standing, labels, identifiers, imports."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.geo import SCALE, Datum, GeoPoint
from equipment.core.ids import new_id
from equipment.register.rules import (
    CoordinatesSource,
    CoordinatesState,
    EquipmentStatus,
    IdentifierKind,
    LabelStatus,
    LabelStepKind,
    PlateLossKind,
    PlateState,
    PrintState,
)
from equipment.storage.columns import Document, changing
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT, OF_ORGANISATION


class Equipment(Base):
    """设备. What every category has stands in columns; what only one has stands in `details`,
    checked by its model."""

    __tablename__ = "equipment"
    __table_args__ = (
        CheckConstraint("(status = 'locked') = (block_reason <> '')", name="locked_has_reason"),
        Index("ix_equipment_area_category", "area", "category", "status", "id"),
        Index("ix_equipment_category", "category", "status", "area"),
        Index("ix_equipment_status", "status", "area"),
        Index(
            "ix_equipment_unverified",
            "area",
            sqlite_where=text("verified IS 0"),
            postgresql_where=text("verified IS false"),
        ),
        Index(
            "ix_equipment_unlabelled",
            "area",
            "status",
            sqlite_where=text("label_code IS NULL"),
            postgresql_where=text("label_code IS NULL"),
        ),
        Index(
            "ix_equipment_stop_use",
            "area",
            sqlite_where=text("stop_use_since IS NOT NULL"),
            postgresql_where=text("stop_use_since IS NOT NULL"),
        ),
        Index("ix_equipment_end_of_life", "end_of_life_on", "area"),
        Index("ix_equipment_owner_due", "owner_id", "inspection_due_on"),
        Index("ix_equipment_owner", "owner_id", "category", "status"),
        Index("ix_equipment_use_unit", "use_unit_id", "category", "status"),
        Index("ix_equipment_firm", "maintenance_firm_id", "status"),
        Index("ix_equipment_body", "inspection_body_id", "status"),
        Index("ix_equipment_inspection_due", "inspection_due_on", "area"),
        Index(
            "ix_equipment_failed",
            "area",
            sqlite_where=text("inspection_failed_on IS NOT NULL"),
            postgresql_where=text("inspection_failed_on IS NOT NULL"),
        ),
        Index("ix_equipment_serial", "serial"),
        Index("ix_equipment_updated", "category", "updated_at", "id"),
        Index("ix_equipment_registered", "registered_on", "area"),
        {"info": {"kind": "equipment", "key": "id"}},
    )
    __scope__ = "equipment_itself"
    __evidence__ = (
        (
            "category",
            "status",
            "verified",
            "label_code",
            "serial",
            "own_number",
            "maker",
            "made_on",
            "owner_id",
            "use_unit_id",
            "maintenance_firm_id",
            "inspection_body_id",
            "area",
            "catalogue_code",
            "medium",
            "registered_on",
            "details",
        ),
        (
            "unverified_reason",
            "name",
            "in_use_since",
            "base_on",
            "last_inspected_on",
            "next_inspection_on",
            "address",
            "position",
            "end_of_life_on",
            "inspection_due_on",
            "inspection_failed_on",
            "block_reason",
            "treat_code",
            "stop_use_since",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(String(30))
    status: Mapped[EquipmentStatus] = mapped_column(String(12))
    # False: 待核实, imported or claimed without all its papers.
    verified: Mapped[bool] = mapped_column(default=True)
    unverified_reason: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(120), default="")
    label_code: Mapped[str | None] = mapped_column(String(15))
    serial: Mapped[str] = mapped_column(String(60), default="")
    own_number: Mapped[str] = mapped_column(String(40), default="")
    maker: Mapped[str] = mapped_column(String(120), default="")
    made_on: Mapped[date | None]
    registered_on: Mapped[date | None]
    in_use_since: Mapped[date | None]
    base_on: Mapped[date | None]  # the day the inspection cycle counts from, where a category has one
    # As its papers stated when it was registered; later inspections are records of their own.
    last_inspected_on: Mapped[date | None]
    # Likewise: the next day the ring or report of that inspection stated.
    next_inspection_on: Mapped[date | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    use_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    maintenance_firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    inspection_body_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[str] = mapped_column(String(60), default="")
    catalogue_code: Mapped[str] = mapped_column(String(4), default="")
    medium: Mapped[str] = mapped_column(String(10), default="")
    end_of_life_on: Mapped[date | None]  # written by dues
    inspection_due_on: Mapped[date | None]  # written by dues
    # Likewise: the day of its last inspection if that was not passed (检验不合格), whatever is due when.
    inspection_failed_on: Mapped[date | None]
    block_reason: Mapped[str] = mapped_column(String(200), default="")  # 锁定, 挂失: why
    # 停止使用, beside the status: written by hazards, lifted by the re-check alone. Duties and rates go on.
    stop_use_since: Mapped[date | None]
    # A reason that blocks until treated and checked again.
    treat_code: Mapped[str] = mapped_column(String(8), default="")
    details: Mapped[dict[str, object]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = changing()


class Departure(Base):
    """A piece went out of an organisation's sight: from then on it is neither its owner nor its use unit,
    firm or body. Its system hears so, and nothing of what the piece does since."""

    __tablename__ = "departure"
    __table_args__ = (Index("ix_departure_at", "organisation_id", "at", "id"), OF_ORGANISATION)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    equipment_id: Mapped[UUID]
    category: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]


class Facet(Base):
    """A detail field marked `filter=True`, copied out so that lists can filter by it."""

    __tablename__ = "facet"
    __table_args__ = (Index("ix_facet_field_value", "field", "value", "area"), OF_EQUIPMENT)
    __scope__ = "equipment"

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(120))
    area: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[UUID | None]
    category: Mapped[str] = mapped_column(String(30))


class Standing(Base):
    """What status a piece had, where and for whom, from a day to a day: past denominators
    are read from it."""

    __tablename__ = "standing"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="interval"),
        Index("ix_standing_count", "category", "status", "area", "from_on", "until_on"),
        # Covering: what went out of use within a year is few, whatever the number of pieces.
        Index(
            "ix_standing_left",
            "status",
            "until_on",
            "from_on",
            "category",
            "area",
            "equipment_id",
            sqlite_where=text("until_on IS NOT NULL"),
            postgresql_where=text("until_on IS NOT NULL"),
        ),
        Index(
            "ix_standing_gone",
            "from_on",
            "area",
            sqlite_where=text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"),
            postgresql_where=text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "status", "area", "from_on", "until_on"),
        ("organisation_id", "category", "use_unit_id"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    status: Mapped[EquipmentStatus] = mapped_column(String(12))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    use_unit_id: Mapped[UUID | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # exclusive


class Label(Base):
    """标签: a code on steel or paper, an entity of its own; never reused."""

    __tablename__ = "label"
    __table_args__ = (
        CheckConstraint("(status = 'issued') <= (equipment_id IS NULL)", name="blank_is_unbound"),
        Index("ix_label_equipment", "equipment_id"),
        Index("ix_label_batch", "batch_id", "number"),
        KEYED,
    )
    __scope__ = "label"
    __evidence__ = (
        ("code", "status", "equipment_id", "organisation_id"),
        ("batch_id", "issued_at", "bound_at", "replaced_by"),
        ("number", "handout_id"),
    )

    code: Mapped[str] = mapped_column(String(15), primary_key=True)
    status: Mapped[LabelStatus] = mapped_column(String(10), default=LabelStatus.ISSUED)
    equipment_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    batch_id: Mapped[UUID | None]
    issued_at: Mapped[datetime]
    bound_at: Mapped[datetime | None]
    replaced_by: Mapped[str | None] = mapped_column(String(15))
    number: Mapped[int | None]  # its place in the batch: what people call it before it is on a piece
    handout_id: Mapped[UUID | None]  # 发放: with which it left the stock
    print_state: Mapped[PrintState | None] = mapped_column(String(10))  # none: not issued in a batch
    print_id: Mapped[UUID | None]  # the work that draws it or drew it


class LabelStep(Base):
    """标签流水: one thing that happened to a label after it was issued. `bound` is what it adds to the labels
    that its organisation has on pieces: 1, -1 or nothing, so that any day's number is a sum."""

    __tablename__ = "label_step"
    __table_args__ = (
        Index("ix_label_step_organisation", "organisation_id", "on", "kind", "bound"),
        Index("ix_label_step_equipment", "equipment_id"),
        KEYED,
    )
    __scope__ = "at_piece"
    __evidence__ = (
        (),
        (
            "code",
            "id",
            "kind",
            "at",
            "on",
            "organisation_id",
            "equipment_id",
            "user_id",
            "bound",
            "other_code",
            "reason",
        ),
    )

    code: Mapped[str] = mapped_column(String(15), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[LabelStepKind] = mapped_column(String(10))
    at: Mapped[datetime]
    on: Mapped[date]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    equipment_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    bound: Mapped[int] = mapped_column(default=0)
    other_code: Mapped[str] = mapped_column(String(15), default="")  # the label in its place
    reason: Mapped[str] = mapped_column(String(200), default="")


class Identifier(Base):
    """标识: another number of a piece; matched in its normal form (upper case, no spaces or hyphens)."""

    __tablename__ = "identifier"
    __table_args__ = (Index("ix_identifier_equipment", "equipment_id"), KEYED)
    __scope__ = "label"
    __evidence__ = (("value", "kind", "equipment_id", "voided_at"), ("shown", "issued_at"))

    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[IdentifierKind] = mapped_column(String(20), primary_key=True)
    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    shown: Mapped[str] = mapped_column(String(400))
    issued_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class PlateProposal(Base):
    """标牌绑定提议: whoever was at a lift says that a plate is that of this lift. It matches nothing by itself."""

    __tablename__ = "plate_proposal"
    __table_args__ = (
        Index(
            "ix_plate_proposal_waiting",
            "proposed_at",
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "label"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "state",
            "kind",
            "value",
            "shown",
            "proposed_at",
            "proposed_by",
            "decided_at",
            "decided_by",
            "reason",
        ),
        ("how", "writing", "further", "held_by"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[PlateState] = mapped_column(String(12))
    kind: Mapped[IdentifierKind] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(200))  # as it will be matched
    shown: Mapped[str] = mapped_column(String(400))  # as it was read
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    how: Mapped[str] = mapped_column(String(8), default="", server_default="")  # camera, nfc; else typed
    # of the parse; empty before it was noted
    writing: Mapped[str] = mapped_column(String(8), default="", server_default="")
    # FurtherPlate, where a plate of the lift was on file
    further: Mapped[str] = mapped_column(String(8), default="", server_default="")
    held_by: Mapped[UUID | None]  # 一牌两梯: the piece that has it, so that this is a claim to be decided


class PlateLoss(Base):
    """标牌脱损: the plate that was at a lift before our time is gone or cannot be read. It ends when the plate is
    there again, or another has taken its place."""

    __tablename__ = "plate_loss"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("ended_at IS NULL OR ended_at >= at", name="order"),
        Index(
            "uq_plate_loss_open",
            "equipment_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "label"
    __evidence__ = (("equipment_id", "id", "what", "reason", "at", "on", "user_id", "ended_at", "ended_by"),)

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    what: Mapped[PlateLossKind] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    on: Mapped[date]
    user_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]


class LiftPlate(Base):
    """本系统标牌: a plate of ours that was made for a lift. Its code is reserved for that lift until somebody
    scans it there; only then it is bound, so that a plate in an office proves nothing. What was printed on
    it is kept, to tell when it is out of date."""

    __tablename__ = "lift_plate"
    __table_args__ = (
        CheckConstraint("(hung_at IS NULL) = (hung_on IS NULL)", name="hung_has_day"),
        Index("ix_lift_plate_batch", "batch_id"),
        Index("ix_lift_plate_code", "code"),
        OF_EQUIPMENT,
    )
    __scope__ = "label"
    __evidence__ = (
        ("equipment_id", "code", "batch_id", "size", "facts", "made_at", "made_by"),
        (
            "hung_at",
            "hung_on",
            "hung_by",
            "how",
            "latitude",
            "longitude",
            "datum",
            "accuracy_m",
            "distance_m",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(15), primary_key=True)
    batch_id: Mapped[UUID]
    size: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, str]] = mapped_column(Document)  # what stands on it, by its key
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    hung_at: Mapped[datetime | None]
    hung_on: Mapped[date | None]
    hung_by: Mapped[UUID | None]
    how: Mapped[str] = mapped_column(String(8), default="", server_default="")
    latitude: Mapped[int | None]  # as sent, in ten-millionths of a degree (core/geo.py)
    longitude: Mapped[int | None]
    datum: Mapped[Datum | None] = mapped_column(String(6))
    accuracy_m: Mapped[int | None]
    distance_m: Mapped[int | None]  # from where the lift stands, where both are known


class Coordinates(Base):
    """坐标 of a piece: where it stands, as stated and in WGS-84. One is in force; those it superseded stay."""

    __tablename__ = "coordinates"
    __table_args__ = (
        Index(
            "uq_coordinates_in_force",
            "equipment_id",
            unique=True,
            sqlite_where=text("state = 'in_force'"),
            postgresql_where=text("state = 'in_force'"),
        ),
        Index("ix_coordinates_area", "area", "state"),
        Index(
            "ix_coordinates_proposed",
            "equipment_id",
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (),
        (
            "equipment_id",
            "id",
            "organisation_id",
            "area",
            "category",
            "state",
            "source",
            "latitude",
            "longitude",
            "datum",
            "accuracy_m",
            "wgs84_latitude",
            "wgs84_longitude",
            "readings",
            "stated_at",
            "stated_by",
            "decided_at",
            "decided_by",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    state: Mapped[CoordinatesState] = mapped_column(String(12))
    source: Mapped[CoordinatesSource] = mapped_column(String(10))
    latitude: Mapped[int]  # as stated, in ten-millionths of a degree (core/geo.py)
    longitude: Mapped[int]
    datum: Mapped[Datum] = mapped_column(String(6))
    accuracy_m: Mapped[int | None]
    wgs84_latitude: Mapped[int]
    wgs84_longitude: Mapped[int]
    readings: Mapped[int] = mapped_column(default=1)  # how many swipes a proposal is the middle of
    stated_at: Mapped[datetime]
    stated_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]

    @property
    def point(self) -> GeoPoint:
        """In WGS-84."""
        return GeoPoint(self.wgs84_latitude / SCALE, self.wgs84_longitude / SCALE)
