"""WHO: areas, organisations and their papers, users, certificates, cards,
devices and who is on duty on them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from flask_security import UserMixin
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.rules import (
    CardState,
    CardStatus,
    DeviceKind,
    OrganisationKind,
    PaperKind,
    Role,
    SignInMeans,
    SignInOutcome,
    card_state,
)
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_ORGANISATION, REFERENCE


class Area(Base):
    """辖区: 市 → 县区 → 乡镇街道. The code is GB/T 2260 digits without trailing zeros,
    so that a prefix is an ancestor."""

    __tablename__ = "area"
    __table_args__ = (
        CheckConstraint("level IN ('province', 'city', 'county', 'township')", name="level"),
        REFERENCE,
    )
    __evidence__ = ((), ("code", "name", "name_en", "level", "responsible"))

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    level: Mapped[str] = mapped_column(String(10))
    responsible: Mapped[str] = mapped_column(String(60), default="")


class Organisation(Base):
    """单位: filling station, use unit, maintenance firm, inspection body, regulator."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_kind_area", "kind", "area"),
        UniqueConstraint("credit_code"),
        REFERENCE,
    )
    __scope__ = "organisation_itself"
    __evidence__ = (
        ("kind", "name", "credit_code", "area", "address", "phone", "active"),
        ("short_name", "rescue_phone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[OrganisationKind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40), default="")
    credit_code: Mapped[str | None] = mapped_column(String(18))
    area: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    rescue_phone: Mapped[str] = mapped_column(String(30), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Paper(Base):
    """A dated paper of an organisation: filling licence, maintenance licence,
    approval of an inspection body."""

    __tablename__ = "paper"
    __table_args__ = (Index("ix_paper_organisation_kind", "organisation_id", "kind"), REFERENCE)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "kind", "number", "covers", "valid_from", "valid_until"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[PaperKind] = mapped_column(String(30))
    number: Mapped[str] = mapped_column(String(60))
    covers: Mapped[list[str]] = mapped_column(Document, default=list)
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class User(Base, UserMixin):  # type: ignore[misc]
    """A person with a sign-in; the name is a mobile number, e-mail is never required."""

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("mobile"), UniqueConstraint("fs_uniquifier"), REFERENCE)
    __scope__ = "organisation"
    __evidence__ = (
        ("organisation_id", "active", "area"),
        ("name", "mobile", "email", "password", "pin_hash", "must_change"),
        ("one_time_until",),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    mobile: Mapped[str] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    area: Mapped[str] = mapped_column(String(12))
    password: Mapped[str] = mapped_column(String(255))
    pin_hash: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    active: Mapped[bool] = mapped_column(default=True)
    must_change: Mapped[bool] = mapped_column(default=True)
    # Until when a password that somebody else has given lets him in; NULL once he has one of his own.
    one_time_until: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    held: Mapped[list[UserRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def works(self) -> bool:
        """Whether anything he shows counts: his account and his organisation are active."""
        return self.active and self.organisation.active

    @property
    def is_expired(self) -> bool:
        """Whether his one-time password lets nobody in any more."""
        return self.must_change and self.one_time_until is not None and self.one_time_until <= clock.now()

    @property
    def role_names(self) -> frozenset[Role]:
        return frozenset(Role(row.role) for row in self.held)


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_role"
    __table_args__ = (REFERENCE,)
    __evidence__ = ((), ("user_id", "role"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(String(30), primary_key=True)


class SignIn(Base):
    """One attempt to prove who one is, by password or PIN; a successful one by password is a session until it
    ends. `place` is what failures are counted by: a browser this person used before, an address, a device."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_user_id_at", "user_id", "at"), Index("ix_sign_in_at", "at"), KEYED)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    means: Mapped[SignInMeans] = mapped_column(String(10))
    outcome: Mapped[SignInOutcome] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(90), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SecondFactor(Base):
    """双因素: the secret that a person's authenticator shares with us, encrypted with a key of the instance; and
    the counter of the last code that was taken."""

    __tablename__ = "second_factor"
    __table_args__ = (REFERENCE,)
    __evidence__ = ((), ("user_id", "secret", "since"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(400))
    counter: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[datetime]


class RecoveryCode(Base):
    """One of the codes that stand in for a lost authenticator, each good once. Only the hash stays."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_user_id", "user_id"), REFERENCE)
    __evidence__ = ((), ("user_id", "code_hash", "used_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Certificate(Base):
    """特种设备安全管理和作业人员证 of a person: code (A, P, T ...), number, until when."""

    __tablename__ = "certificate"
    __table_args__ = (Index("ix_certificate_user", "user_id"), UniqueConstraint("number", "code"), REFERENCE)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "user_id", "code", "number", "valid_from", "valid_until"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    code: Mapped[str] = mapped_column(String(6))
    number: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class Card(Base):
    """A work card: it identifies a person, it proves nothing by itself.

    `number` is `uid` in the form in which numbers are compared. `doubled`: another card in force had it
    already when numbers came to be compared so; such a card names nobody until the other has ended.
    """

    __tablename__ = "card"
    __table_args__ = (
        UniqueConstraint("uid"),
        Index(
            "uq_card_number",
            "number",
            unique=True,
            sqlite_where=text("status = 'valid' AND NOT doubled"),
            postgresql_where=text("status = 'valid' AND NOT doubled"),
        ),
        Index("ix_card_number", "number"),
        Index("ix_card_user_id", "user_id"),
        REFERENCE,
    )
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "user_id", "uid", "status", "expires_on"), (), ("number", "doubled"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    uid: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40))
    status: Mapped[CardStatus] = mapped_column(String(10), default=CardStatus.VALID)
    expires_on: Mapped[date | None]
    doubled: Mapped[bool] = mapped_column(default=False)

    @property
    def state(self) -> CardState:
        """What it is worth today."""
        return card_state(CardStatus(self.status), self.expires_on, self.doubled, clock.today())


class Device(Base):
    """A machine with a token: fixed reader at a lift, floor device, fill controller, enrolled phone.
    Only the hash is kept."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_device_organisation", "organisation_id"),
        REFERENCE,
    )
    __scope__ = "organisation"
    __evidence__ = (
        ("organisation_id", "kind", "name", "user_id", "equipment_id", "revoked_at"),
        ("token_hash", "bay"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[DeviceKind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    equipment_id: Mapped[UUID | None]
    bay: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    drift_s: Mapped[int | None]
    revoked_at: Mapped[datetime | None]


class OnDuty(Base):
    """上岗: who stands at a shared device, from when until when."""

    __tablename__ = "on_duty"
    __table_args__ = (Index("ix_on_duty_device", "device_id", "until"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = ((), ("organisation_id", "id", "device_id", "user_id", "since", "until"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class SetupLink(Base):
    """A one-time link that makes the first administrator; valid one hour, kept as a hash."""

    __tablename__ = "setup_link"
    __table_args__ = (REFERENCE,)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KeptForm(Base):
    """What was typed when a session had run out: kept 30 minutes, for the same person alone,
    by the hash of its token."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_kept", "kept_at"), KEYED)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    uniquifier: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(500))
    fields: Mapped[list[list[str]]] = mapped_column(Document)
    kept_at: Mapped[datetime]
