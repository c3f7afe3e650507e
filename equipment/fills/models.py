"""扫码 and 充装: every scan is a fact, refused or not; a fill is pre-check, filling, post-check of one
cylinder."""

from __future__ import annotations

from datetime import date, datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.core.verdict import ReasonJson
from equipment.fills.label_rules import LabelLayout, LabelMode
from equipment.fills.states import ClockRuling, CustodyState, FillState, ManifoldState, Ruling, ScanPurpose
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT, OF_ORGANISATION

Json = dict[str, object]


class Mark(TypedDict):
    """An answer to a check item; `reason` is the code that a person named, `by` who answered."""

    ok: bool
    by: str
    reason: NotRequired[str]


class Custody(Base):
    """托管: from a day until a day a station keeps and may fill the bottles of another owner, where the bureau
    allows that at all (choice `custody`)."""

    __tablename__ = "custody"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_on"),
        Index("ix_custody_to", "to_id", "state"),
        OF_ORGANISATION,
    )
    __scope__ = "both_sides"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "to_id",
            "state",
            "from_on",
            "until_on",
            "note",
            "offered_by",
            "offered_at",
            "decided_by",
            "decided_at",
            "ended_on",
            "ended_by",
            "reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True
    )  # the owner
    id: Mapped[UUID] = mapped_column(primary_key=True)
    to_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the station
    state: Mapped[CustodyState] = mapped_column(String(10), default=CustodyState.OFFERED)
    from_on: Mapped[date]
    until_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), default="")
    offered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    offered_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]  # from this day on it holds no more
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was declined or ended


class Delivery(Base):
    """收瓶: bottles that somebody brought, scanned at the truck; what they are is counted from the scans."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_device", "device_id", "closed_at"),
        Index("ix_delivery_opened", "organisation_id", "opened_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "device_id", "user_id", "from_whom", "opened_at", "closed_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the device
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who took them in
    from_whom: Mapped[str] = mapped_column(String(100), default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Manifold(Base):
    """汇流排: bottles that are filled together at one bay, with one start, one end and one pressure; which they
    are, their scans and fills say. `taken_off` are the refused scans and fills that somebody has unhooked."""

    __tablename__ = "manifold"
    __table_args__ = (
        Index(
            "uq_manifold_running",
            "organisation_id",
            "bay",
            unique=True,
            sqlite_where=text("state IN ('open', 'filling')"),
            postgresql_where=text("state IN ('open', 'filling')"),
        ),
        Index("ix_manifold_opened", "organisation_id", "opened_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "bay",
            "gas",
            "instrument_id",
            "device_id",
            "user_id",
            "state",
            "opened_at",
            "started_at",
            "started_by",
            "ended_at",
            "ended_by",
            "pressure_kpa",
            "temperature_dc",
            "taken_off",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the device
    bay: Mapped[str] = mapped_column(String(20))
    gas: Mapped[str] = mapped_column(String(10))
    instrument_id: Mapped[UUID | None]  # the gauge that gave the pressure
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who opened it
    state: Mapped[ManifoldState] = mapped_column(String(12))
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    pressure_kpa: Mapped[int | None]
    temperature_dc: Mapped[int | None]
    taken_off: Mapped[list[str]] = mapped_column(Document, default=list)


class Scan(Base):
    """One reading of a label, with its request and the answer that was given: a replay gets that answer
    again."""

    __tablename__ = "scan"
    __table_args__ = (
        Index("ix_scan_organisation_on", "organisation_id", "on", "purpose"),
        Index("ix_scan_equipment", "equipment_id"),
        Index(
            "ix_scan_delivery",
            "delivery_id",
            sqlite_where=text("delivery_id IS NOT NULL"),
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
        Index(
            "ix_scan_manifold",
            "manifold_id",
            sqlite_where=text("manifold_id IS NOT NULL"),
            postgresql_where=text("manifold_id IS NOT NULL"),
        ),
        Index(
            "ix_scan_without_fill",
            "received_at",
            sqlite_where=text("fill_id IS NULL AND purpose = 'fill'"),
            postgresql_where=text("fill_id IS NULL AND purpose = 'fill'"),
        ),
        KEYED,
    )
    __scope__ = "organisation"
    __evidence__ = (
        ("id", "code", "equipment_id", "organisation_id", "purpose", "allowed", "happened_at", "received_at"),
        ("fill_id", "device_id", "user_id", "on", "drift_s", "content", "answer", "delivery_id"),
        ("manifold_id",),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # scan_id, made by the device
    purpose: Mapped[ScanPurpose] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(200))  # what was read, as parsed
    equipment_id: Mapped[UUID | None]
    fill_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    allowed: Mapped[bool]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    on: Mapped[date]
    drift_s: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    delivery_id: Mapped[UUID | None]  # of the same organisation
    manifold_id: Mapped[UUID | None]  # likewise


class Fill(Base):
    """充装记录 of one cylinder; amounts in g, kPa, 0.1 °C. A closed one never changes: a correction supersedes
    it."""

    __tablename__ = "fill"
    __table_args__ = (
        CheckConstraint("(state = 'refused') = (NOT allowed)", name="refused_iff_not_allowed"),
        CheckConstraint(
            "net_g IS NULL OR (tare_g IS NOT NULL AND gross_g IS NOT NULL)", name="net_from_weights"
        ),
        CheckConstraint("supersedes_id IS NULL OR correction_reason <> ''", name="correction_has_reason"),
        Index(
            "uq_fill_open",
            "equipment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_fill_organisation_on", "organisation_id", "on", "state"),
        Index("ix_fill_area_on", "category", "on", "area"),
        Index("ix_fill_day", "on", "received_at"),  # the list: by day, the newest first
        Index("ix_fill_user_on", "user_id", "on"),
        Index(
            "ix_fill_flagged",
            "on",
            "received_at",
            sqlite_where=text("flags <> '[]'"),
            postgresql_where=text("flags <> '[]'"),
        ),
        Index(
            "ix_fill_reasoned",
            "on",
            "received_at",
            sqlite_where=text("verdict <> '[]'"),
            postgresql_where=text("verdict <> '[]'"),
        ),
        Index(  # what a list of any length adds up to, without a look at its rows
            "ix_fill_sums",
            "on",
            "organisation_id",
            "gas",
            "net_g",
            "area",
            "category",
            "equipment_id",
            "state",
            "superseded",
            "bundle_fill_id",
            sqlite_where=text("state = 'filled' AND NOT superseded AND bundle_fill_id IS NULL"),
            postgresql_where=text("state = 'filled' AND NOT superseded AND bundle_fill_id IS NULL"),
        ),
        Index("ix_fill_equipment_at", "equipment_id", "received_at"),
        Index("ix_fill_closed", "closed_at", "id"),
        Index(
            "ix_fill_manifold",
            "manifold_id",
            sqlite_where=text("manifold_id IS NOT NULL"),
            postgresql_where=text("manifold_id IS NOT NULL"),
        ),
        Index(
            "ix_fill_bundle",
            "bundle_fill_id",
            sqlite_where=text("bundle_fill_id IS NOT NULL"),
            postgresql_where=text("bundle_fill_id IS NOT NULL"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "device_id",
            "user_id",
            "gas",
            "happened_at",
            "received_at",
            "allowed",
            "state",
            "verdict",
            "checks",
            "post_checks",
            "empty_g",
            "gross_g",
            "net_g",
            "pressure_kpa",
            "supersedes_id",
        ),
        (
            "scan_id",
            "area",
            "category",
            "bay",
            "facts",
            "flags",
            "on",
            "tare_g",
            "max_gross_g",
            "temperature_dc",
            "result_at",
            "closed_at",
            "late_entry",
            "superseded",
            "correction_reason",
            "approved_by",
            "treatment",
            "pack",
            "pack_digest",
            "filled_at",
        ),
        ("treatment_remark", "treated_by", "treated_second"),
        (
            "instrument_id",
            "checked_by",
            "rechecked_by",
            "manifold_id",
            "started_at",
            "residual_g",
            "recheck_g",
            "recheck_instrument_id",
            "solvent_g",
            "steps",
            "resting_since",
        ),
        ("bundle_id", "bundle_fill_id"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    scan_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    gas: Mapped[str] = mapped_column(String(10))
    bay: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[FillState] = mapped_column(String(12))
    allowed: Mapped[bool]
    verdict: Mapped[list[ReasonJson]] = mapped_column(Document)
    facts: Mapped[Json] = mapped_column(Document)
    checks: Mapped[dict[str, Mark]] = mapped_column(Document, default=dict)  # by item
    post_checks: Mapped[dict[str, Mark]] = mapped_column(Document, default=dict)
    flags: Mapped[list[str]] = mapped_column(Document, default=list)  # no_pre_check, drift, disputed ...
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    on: Mapped[date]
    tare_g: Mapped[int | None]
    max_gross_g: Mapped[int | None]
    empty_g: Mapped[int | None]
    gross_g: Mapped[int | None]
    net_g: Mapped[int | None]
    pressure_kpa: Mapped[int | None]
    temperature_dc: Mapped[int | None]
    result_at: Mapped[datetime | None]  # when we heard how it came out
    closed_at: Mapped[datetime | None]
    late_entry: Mapped[bool] = mapped_column(default=False)  # 补录: never counted as a scan
    supersedes_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(default=False)
    correction_reason: Mapped[str] = mapped_column(String(300), default="")
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    treatment: Mapped[str] = mapped_column(String(20), default="")  # what was done with a refused bottle
    pack: Mapped[str] = mapped_column(String(80), default="")
    pack_digest: Mapped[str] = mapped_column(String(64), default="")
    filled_at: Mapped[datetime | None]  # the instant that counts for what went in
    treatment_remark: Mapped[str] = mapped_column(String(200), default="", server_default="")  # what is wrong
    treated_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    treated_second: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who stands for 已处置 too
    instrument_id: Mapped[UUID | None]  # the scale or gauge that gave the amount
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who looked it over before
    rechecked_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("user.id")
    )  # who checked and re-weighed after
    manifold_id: Mapped[UUID | None]  # 汇流排 of the same station
    started_at: Mapped[datetime | None]  # when gas began to flow, where that is not the scan
    residual_g: Mapped[int | None]  # what was in it before, by weight
    recheck_g: Mapped[int | None]  # 复秤: the gross weight, weighed a second time
    recheck_instrument_id: Mapped[UUID | None]
    solvent_g: Mapped[int | None]  # acetone topped up before filling
    steps: Mapped[list[Json]] = mapped_column(Document, default=list, server_default=text("'[]'"))
    resting_since: Mapped[datetime | None]  # since when it rests with closed valve, between two steps
    bundle_id: Mapped[UUID | None]  # 集格: the bundle it was filled in, and the fill of that
    bundle_fill_id: Mapped[UUID | None]


class ForbiddenFill(Base):
    """判禁后充装: gas went in while filling was forbidden. That is a fact; whether it was a violation, only the
    bureau says. Keyed by the fill's first scan, which all its versions share."""

    __tablename__ = "forbidden_fill"
    __table_args__ = (
        CheckConstraint("(ruling = 'pending') = (ruled_at IS NULL)", name="ruled_at_once"),
        Index("ix_forbidden_fill_area", "category", "ruling", "area"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "scan_id",
            "organisation_id",
            "area",
            "category",
            "reasons",
            "forbidden_at",
            "refused_at",
            "filled_at",
            "received_at",
            "finding_id",
            "ruling",
            "ruling_reason",
            "ruled_by",
            "ruled_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    reasons: Mapped[list[ReasonJson]] = mapped_column(Document)
    forbidden_at: Mapped[datetime | None]  # since when the register said so, where it knows the instant
    refused_at: Mapped[datetime | None]  # when the station was told; None where it never asked again
    filled_at: Mapped[datetime]
    received_at: Mapped[datetime]
    finding_id: Mapped[UUID]
    ruling: Mapped[Ruling] = mapped_column(String(12), default=Ruling.PENDING)
    ruling_reason: Mapped[str] = mapped_column(String(300), default="")
    ruled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ruled_at: Mapped[datetime | None]


class ClockDecision(Base):
    """时间待核实: what the bureau decided of a fill whose own time nobody vouched for, with the device's word and
    ours. Keyed by the fill's first scan, which all its versions share."""

    __tablename__ = "clock_decision"
    __table_args__ = (OF_EQUIPMENT,)
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "scan_id",
            "organisation_id",
            "area",
            "category",
            "device_at",
            "received_at",
            "ruling",
            "reason",
            "finding_id",
            "ruled_by",
            "ruled_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    device_at: Mapped[datetime]
    received_at: Mapped[datetime]
    ruling: Mapped[ClockRuling] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(300))
    finding_id: Mapped[UUID | None]
    ruled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ruled_at: Mapped[datetime]


class FillLabelSetting(Base):
    """How a station labels filled bottles (合格证): printed here, or from a roll that begins with a number."""

    __tablename__ = "fill_label_setting"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "mode", "layout", "first_number", "changed_at", "changed_by"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    mode: Mapped[LabelMode] = mapped_column(String(12))
    layout: Mapped[LabelLayout] = mapped_column(String(12))
    first_number: Mapped[str] = mapped_column(String(30), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class FillLabel(Base):
    """合格证 of one filled bottle: that it was printed, or the number of the one that was stuck on."""

    __tablename__ = "fill_label"
    __table_args__ = (
        CheckConstraint("(mode = 'preprinted') = (number <> '')", name="preprinted_has_number"),
        Index("ix_fill_label_number", "organisation_id", "number"),
        Index("ix_fill_label_at", "organisation_id", "at"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "fill_id",
            "organisation_id",
            "area",
            "category",
            "mode",
            "number",
            "prints",
            "at",
            "user_id",
            "device_id",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    fill_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    mode: Mapped[LabelMode] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(30), default="")
    prints: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))


class FillOverride(Base):
    """人工放行: two people set a refusal aside for one fill, where the bureau has opened that."""

    __tablename__ = "fill_override"
    __table_args__ = (
        Index("ix_fill_override_area", "category", "at", "area"),
        Index("ix_fill_override_station", "organisation_id", "at"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "scan_id",
            "organisation_id",
            "area",
            "category",
            "codes",
            "reason",
            "user_id",
            "second_id",
            "at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(primary_key=True)  # of the fill, which all its versions share
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    codes: Mapped[list[str]] = mapped_column(Document)
    reason: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class Emptying(Base):
    """倒残: what was in a bottle was taken out and recovered; no fill. Amounts in g and kPa."""

    __tablename__ = "emptying"
    __table_args__ = (
        CheckConstraint("(before_g IS NULL) = (after_g IS NULL)", name="weights_in_pairs"),
        Index("ix_emptying_area", "category", "at", "area"),
        Index("ix_emptying_station", "organisation_id", "at"),
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
            "gas",
            "device_id",
            "user_id",
            "happened_at",
            "at",
            "before_g",
            "after_g",
            "recovered_g",
            "before_kpa",
            "after_kpa",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the device or form
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    gas: Mapped[str] = mapped_column(String(10))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    happened_at: Mapped[datetime]
    at: Mapped[datetime]
    before_g: Mapped[int | None]
    after_g: Mapped[int | None]
    recovered_g: Mapped[int | None]
    before_kpa: Mapped[int | None]
    after_kpa: Mapped[int | None]


class ScanRow(TypedDict):
    """Every column of `scan`, as the hot path inserts it and the ledger digests it."""

    id: UUID
    purpose: ScanPurpose
    code: str
    equipment_id: UUID | None
    fill_id: UUID | None
    organisation_id: UUID
    device_id: UUID | None
    user_id: UUID | None
    allowed: bool
    happened_at: datetime
    received_at: datetime
    on: date
    drift_s: int
    content: str
    answer: str
    delivery_id: UUID | None
    manifold_id: UUID | None


class FillRow(TypedDict):
    """Every column of `fill`, likewise."""

    equipment_id: UUID
    id: UUID
    scan_id: UUID
    organisation_id: UUID
    device_id: UUID | None
    user_id: UUID | None
    area: str
    category: str
    gas: str
    bay: str
    state: FillState
    allowed: bool
    verdict: list[ReasonJson]
    facts: Json
    checks: dict[str, Mark]
    post_checks: dict[str, Mark]
    flags: list[str]
    happened_at: datetime
    received_at: datetime
    on: date
    tare_g: int | None
    max_gross_g: int | None
    empty_g: int | None
    gross_g: int | None
    net_g: int | None
    pressure_kpa: int | None
    temperature_dc: int | None
    result_at: datetime | None
    closed_at: datetime | None
    late_entry: bool
    supersedes_id: UUID | None
    superseded: bool
    correction_reason: str
    approved_by: UUID | None
    treatment: str
    pack: str
    pack_digest: str
    filled_at: datetime | None
    treatment_remark: str
    treated_by: UUID | None
    treated_second: UUID | None
    instrument_id: UUID | None
    checked_by: UUID | None
    rechecked_by: UUID | None
    manifold_id: UUID | None
    started_at: datetime | None
    residual_g: int | None
    recheck_g: int | None
    recheck_instrument_id: UUID | None
    solvent_g: int | None
    steps: list[Json]
    resting_since: datetime | None
    bundle_id: UUID | None
    bundle_fill_id: UUID | None
