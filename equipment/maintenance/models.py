"""刷卡 and 维保记录: swipes make visits; a visit has its checklist, its people and its signature."""

from __future__ import annotations

from datetime import date, datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.geo import Datum
from equipment.core.ids import new_id
from equipment.core.words import Labelled
from equipment.maintenance.answer_rules import StoredItem, StoredRemark
from equipment.maintenance.presence_rules import FlagFact
from equipment.maintenance.states import (
    Fence,
    ItemAnswer,
    OtherSignature,
    PhotoSource,
    ReadBy,
    SignatureKind,
    SwipeOutcome,
    SwipeVia,
    VisitState,
    shown_state,
)
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage.columns import Document, changing
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT, OF_ORGANISATION


class StoredReason(TypedDict):
    """A reason with its citation as JSON (core/verdict.py)."""

    code: str
    effect: str
    params: dict[str, int]
    citation: dict[str, str | bool | None]


class SwipeAnswer(TypedDict):
    """What a swipe was answered, as it is stored: texts are made when it is read, in the reader's
    language."""

    swipe_id: str
    outcome: str
    via: str
    reasons: list[StoredReason]
    visit_id: str | None
    equipment_id: str | None
    duty: str | None
    annex: str | None
    state: str | None
    opened_at: str | None
    closed_at: str | None
    technicians: list[str]
    flags: list[str]
    drift_s: int
    clock_doubted: bool
    grade: NotRequired[str]  # answers of earlier versions have none of these three
    fence: NotRequired[str]
    distance_m: NotRequired[int | None]


class Swipe(Base):
    """A card met a reader, or a signed-in phone met the lift's label or plate; kept whatever it was worth."""

    __tablename__ = "swipe"
    __table_args__ = (
        Index("ix_swipe_equipment", "equipment_id", "received_at"),
        Index("ix_swipe_organisation_on", "organisation_id", "on"),
        Index("ix_swipe_received", "received_at", "id"),
        Index("ix_swipe_user_on", "user_id", "on"),
        Index("ix_swipe_outcome", "outcome", "received_at"),
        KEYED,
    )
    __scope__ = "at_piece"
    __evidence__ = (
        (
            "id",
            "equipment_id",
            "card_uid",
            "user_id",
            "device_id",
            "via",
            "outcome",
            "happened_at",
            "received_at",
        ),
        ("organisation_id", "visit_id", "on", "drift_s", "content", "answer"),
        ("grade", "how", "latitude", "longitude", "datum", "accuracy_m", "distance_m", "fence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # swipe_id, made by the device
    via: Mapped[SwipeVia] = mapped_column(String(10))
    card_uid: Mapped[str] = mapped_column(String(40), default="")
    equipment_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    visit_id: Mapped[UUID | None]
    outcome: Mapped[SwipeOutcome] = mapped_column(String(10))
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    on: Mapped[date]
    drift_s: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    grade: Mapped[PresenceGrade] = mapped_column(String(14), default=PresenceGrade.TYPED)
    how: Mapped[ReadBy | None] = mapped_column(String(8))  # a phone's own word
    latitude: Mapped[int | None]  # as sent, in ten-millionths of a degree (core/geo.py)
    longitude: Mapped[int | None]
    datum: Mapped[Datum | None] = mapped_column(String(6))
    accuracy_m: Mapped[int | None]
    distance_m: Mapped[int | None]  # from the lift, where both positions are known
    fence: Mapped[Fence] = mapped_column(String(12), default=Fence.NONE)


class Visit(Base):
    """维保记录 of one maintenance job at one lift. Once signed it never changes: a correction supersedes it."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        CheckConstraint(
            "state NOT IN ('signed', 'on_site', 'unobjected') OR signed_at IS NOT NULL",
            name="signed_has_time",
        ),
        CheckConstraint(
            "state NOT IN ('open', 'unconfirmed', 'to_sign', 'expired') OR signed_at IS NULL",
            name="unsigned_has_none",
        ),
        CheckConstraint("state <> 'signed' OR signature_kind IN ('', 'account')", name="signed_by_account"),
        CheckConstraint("signature_kind <> 'account' OR signed_by IS NOT NULL", name="account_is_known"),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="order"),
        Index(
            "uq_visit_open",
            "equipment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_visit_organisation", "organisation_id", "state", "on"),
        Index("ix_visit_area_on", "on", "area"),
        Index("ix_visit_equipment", "equipment_id", "on"),
        Index("ix_visit_changed", "changed_at", "id"),
        Index("ix_visit_number", "number"),
        Index("ix_visit_use_unit", "use_unit_id", "state"),
        Index("ix_visit_cards_until", "cards_until"),
        Index("ix_visit_object_until", "state", "object_until"),
        CheckConstraint("(voided_by IS NULL) = (voided_at IS NULL)", name="voided_by_somebody"),
        CheckConstraint("voided_at IS NULL OR state = 'void'", name="voided_is_void"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "duty",
            "annex",
            "state",
            "opened_at",
            "closed_at",
            "technicians",
            "confirmed",
            "answers",
            "flags",
            "counted",
            "signed_by",
            "signed_at",
            "signature_sha256",
            "supersedes_id",
        ),
        (
            "use_unit_id",
            "area",
            "category",
            "due_id",
            "received_at",
            "on",
            "swiped",
            "remark",
            "signer_name",
            "next_on",
            "next_duty",
            "late_entry",
            "superseded",
            "dispute_reason",
            "dispute_reply",
            "correction_reason",
        ),
        (
            "cards_until",
            "denied",
            "remarks",
            "grade",
            "flag_facts",
            "signature_kind",
            "signer_id",
            "object_until",
            "disputed_from",
            "decide_until",
            "decision",
            "decision_reason",
            "decided_by",
            "decided_at",
        ),
        ("checklist_version", "own_list_id", "evidence"),
        ("number", "voided_by", "voided_at", "reminded_by", "reminded_at"),
        ("reported_by",),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=new_id
    )  # of a swiped visit: the swipe_id that opened it
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the maintenance firm
    use_unit_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    duty: Mapped[str] = mapped_column(String(24))  # DueKind: visit_half_month ... visit_year
    annex: Mapped[str] = mapped_column(String(1), default="")
    # what it is answered by for ever: the version of the annex, the firm's own list, evidence of strip-downs
    checklist_version: Mapped[int] = mapped_column(default=1, server_default="1")
    own_list_id: Mapped[UUID | None]
    evidence: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    due_id: Mapped[UUID | None]
    state: Mapped[VisitState] = mapped_column(String(12))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime] = changing()
    on: Mapped[date]
    technicians: Mapped[list[str]] = mapped_column(Document)  # user ids, the first opened the visit
    confirmed: Mapped[list[str]] = mapped_column(
        Document, default=list
    )  # those of them who showed their own sign-in, not only a card
    # until when those of whom only a card was shown may confirm; NULL once that is settled
    cards_until: Mapped[datetime | None]
    denied: Mapped[list[str]] = mapped_column(
        Document, default=list, server_default="[]"
    )  # "that was not me"
    swiped: Mapped[bool] = mapped_column(default=True)  # proved by a swipe; a late entry is not
    answers: Mapped[dict[str, StoredItem]] = mapped_column(Document, default=dict)  # by the item's code
    flags: Mapped[list[str]] = mapped_column(Document, default=list)  # states.Flag
    counted: Mapped[bool] = mapped_column(default=False)  # complete and confirmed: the duty is done
    remark: Mapped[str] = mapped_column(Text, default="")  # the remarks of all as one text
    remarks: Mapped[dict[str, StoredRemark]] = mapped_column(
        Document, default=dict, server_default="{}"
    )  # by user id
    signed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    signer_name: Mapped[str] = mapped_column(String(60), default="")
    signed_at: Mapped[datetime | None]
    signature_sha256: Mapped[str | None] = mapped_column(String(64))
    # SignatureKind; empty before there were kinds: by own account where signed_by says whose, else drawn
    signature_kind: Mapped[str] = mapped_column(String(8), default="", server_default="")
    signer_id: Mapped[UUID | None]  # the safety manager who was chosen on the technician's phone
    object_until: Mapped[date | None]  # the last day of the window; NULL while the unit has nobody to tell
    next_on: Mapped[date | None]
    next_duty: Mapped[str] = mapped_column(String(24), default="")
    late_entry: Mapped[bool] = mapped_column(default=False)
    supersedes_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(default=False)
    dispute_reason: Mapped[str] = mapped_column(String(300), default="")
    dispute_reply: Mapped[str] = mapped_column(String(300), default="")
    correction_reason: Mapped[str] = mapped_column(String(300), default="")
    grade: Mapped[PresenceGrade] = mapped_column(String(14), default=PresenceGrade.NONE)  # of its worse end
    flag_facts: Mapped[list[FlagFact]] = mapped_column(Document, default=list)  # what its flags rest on
    disputed_from: Mapped[str] = mapped_column(String(12), default="", server_default="")  # the state before
    decide_until: Mapped[date | None]  # the last day on which the county office has to decide the dispute
    decision: Mapped[str] = mapped_column(String(8), default="", server_default="")  # "stands" or "void"
    decision_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    # 记录编号, given when the visit ends and never again: WB-, the month of its day, the firm's count in it.
    # What was void before it ended has none.
    number: Mapped[str] = mapped_column(String(24), default="", server_default="")
    voided_by: Mapped[UUID | None]  # who took it back; `correction_reason` says why
    voided_at: Mapped[datetime | None]
    reminded_by: Mapped[UUID | None]  # 催签: who of the firm last asked the use unit to sign
    reminded_at: Mapped[datetime | None]
    reported_by: Mapped[UUID | None]  # the device: the firm's own system that it came from

    @property
    def shown(self) -> Labelled:
        """The state as everybody reads it."""
        return shown_state(
            VisitState(self.state),
            self.signature_kind,
            by_account=self.signed_by is not None,
            announced=self.object_until is not None,
        )

    @property
    def signature(self) -> str:
        """The kind of its signature; `drawn_before` before there were kinds, empty without one."""
        if self.signed_at is None or self.signature_kind:
            return self.signature_kind
        return str(SignatureKind.ACCOUNT if self.signed_by else OtherSignature.DRAWN_BEFORE)


class ProvinceSwipe(Base):
    """省平台刷卡: one row of an export of the province's platform, and the visit it became, or the visit of ours
    that it is (`linked`). Its id is made of what it says, so that the same row is one whatever file
    brings it."""

    __tablename__ = "province_swipe"
    __table_args__ = (
        CheckConstraint("NOT (linked AND settles)", name="linked_settles_nothing"),
        Index("ix_province_swipe_batch", "batch_id", "row_no"),
        Index("ix_province_swipe_visit", "equipment_id", "visit_id"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "visit_id",
            "organisation_id",
            "linked",
            "settles",
            "batch_id",
            "sha256",
            "row_no",
            "stated",
            "entered_at",
            "entered_by",
            "taken_back_at",
            "taken_back_by",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the maintenance firm
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    linked: Mapped[bool]
    settles: Mapped[bool]  # whether it settled the duty, by the bureau's choice of that day
    batch_id: Mapped[UUID]  # the import
    sha256: Mapped[str] = mapped_column(String(64))  # of the file
    file_name: Mapped[str] = mapped_column(String(200))
    row_no: Mapped[int]
    stated: Mapped[dict[str, str]] = mapped_column(Document)  # the cells of the row, by heading
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[UUID | None]


class VisitCounter(Base):
    """How many records of a month a firm has numbered: taken within the transaction that ends a visit, so
    that
    no number is lost and none is given twice."""

    __tablename__ = "visit_counter"
    __table_args__ = (CheckConstraint("latest > 0", name="counts"), OF_ORGANISATION)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(6), primary_key=True)  # 202611
    latest: Mapped[int]


class VisitSignature(Base):
    """A signature that the technician's phone brought: 现场签名 by the safety manager who was chosen, or the
    photo of a paper record, with the link by which he may object. It stays when the unit's own account
    signs later."""

    __tablename__ = "visit_signature"
    __table_args__ = (
        CheckConstraint("signer_id IS NOT NULL OR kind = 'paper'", name="signer_chosen"),
        Index("ix_visit_signature_visit", "equipment_id", "visit_id"),
        Index("ix_visit_signature_link", "link_sha256"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (),
        (
            "equipment_id",
            "id",
            "visit_id",
            "organisation_id",
            "area",
            "category",
            "kind",
            "signer_id",
            "signer_name",
            "taken_by",
            "at",
            "on",
            "until",
            "sha256",
            "link_sha256",
            "objected_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    visit_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the maintenance firm
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[SignatureKind] = mapped_column(String(8))
    signer_id: Mapped[UUID | None]
    signer_name: Mapped[str] = mapped_column(String(60), default="")
    taken_by: Mapped[UUID | None]  # whose phone it was
    at: Mapped[datetime]
    on: Mapped[date]
    until: Mapped[date | None]  # the last day on which the link serves
    sha256: Mapped[str] = mapped_column(String(64))
    link_sha256: Mapped[str] = mapped_column(String(64), default="")
    objected_at: Mapped[datetime | None]


class VisitItem(Base):
    """An item of a visit that was not simply normal: abnormal or adjusted."""

    __tablename__ = "visit_item"
    __table_args__ = (OF_EQUIPMENT,)
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "visit_id", "code", "answer", "note", "finding_id"),
        ("organisation_id", "area", "category"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    answer: Mapped[ItemAnswer] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(300), default="")
    finding_id: Mapped[UUID | None]


class VisitPhoto(Base):
    """A photo of an item as the phone says it was taken: when, where, with what; `marks` is what is
    remarkable about that (states.PhotoDoubt). Never changed."""

    __tablename__ = "visit_photo"
    __table_args__ = (
        Index("ix_visit_photo_visit", "equipment_id", "visit_id", "code"),
        Index("ix_visit_photo_sha256", "sha256"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (),
        (
            "equipment_id",
            "id",
            "visit_id",
            "organisation_id",
            "area",
            "category",
            "code",
            "sha256",
            "taken_by",
            "taken_at",
            "received_at",
            "source",
            "stamped",
            "original_at",
            "latitude",
            "longitude",
            "datum",
            "accuracy_m",
            "distance_m",
            "fence",
            "marks",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the attachment
    visit_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(10))  # of the item
    sha256: Mapped[str] = mapped_column(String(64))
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[datetime]  # as it counts: the phone's word where that can be, else when it arrived
    received_at: Mapped[datetime]
    source: Mapped[PhotoSource] = mapped_column(String(8), default=PhotoSource.UNKNOWN)
    stamped: Mapped[bool] = mapped_column(
        default=False
    )  # the phone wrote time, lift and item into the picture
    original_at: Mapped[datetime | None]  # what the file itself said (EXIF), before it was drawn anew
    latitude: Mapped[int | None]
    longitude: Mapped[int | None]
    datum: Mapped[Datum | None] = mapped_column(String(6))
    accuracy_m: Mapped[int | None]
    distance_m: Mapped[int | None]
    fence: Mapped[Fence] = mapped_column(String(12), default=Fence.NONE)
    marks: Mapped[list[str]] = mapped_column(Document, default=list)
