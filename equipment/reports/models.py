"""月报: one page of figures per month and area, frozen once issued."""

from __future__ import annotations

from datetime import date, datetime
from typing import NotRequired, TypedDict, final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED

Point = tuple[str, int, int]  # a day, the pieces with hazards, the pieces they are measured against


class RateFigures(TypedDict):
    """One rate as its two numbers."""

    key: str
    categories: list[str]
    part: int
    whole: int


class AreaFigures(TypedDict):
    """One area below: its shares in the order of the report's `keys`."""

    name: str
    name_en: str
    responsible: str
    shares: list[list[int]]


class Movement(TypedDict):
    """Hazards over some days; `day` where the months of a year stand beside each other."""

    day: NotRequired[str]
    found: int
    closed: int
    open: int
    open_by_kind: NotRequired[dict[str, int]]  # since reports split it
    late: int
    by_grade: dict[str, int]
    by_source: dict[str, int]
    findings: int
    undecided: int
    undecided_late: NotRequired[int]  # 逾期未研判
    to_recheck: int


class OverdueFigures(TypedDict):
    applied: int
    not_applied: int


class IndicatorFigures(TypedDict):
    """One indicator; `label` and `definition` are msgids."""

    key: str
    label: str
    definition: str
    part: int
    whole: int
    counts: NotRequired[list[str]]  # what of several counts, where the bureau chose (msgids)


class NoteFigures(TypedDict):
    msgid: str
    params: dict[str, object]


class StationFigures(TypedDict):
    name: str
    signals: list[str]
    responsible: str
    note: NoteFigures


class BesideFigures(TypedDict):
    """What stands beside the rates, as of the day of issue."""

    as_of: str
    overdue: OverdueFigures
    indicators: list[IndicatorFigures]
    stations: list[StationFigures]


class RatesFigures(TypedDict):
    """The rates at the end of the report's days."""

    area: str
    area_name: str
    area_name_en: str
    day: str
    official: str
    keys: list[str]
    definitions: dict[str, dict[str, object]]
    rates: list[RateFigures]
    others: list[RateFigures]
    areas: list[AreaFigures]
    line: dict[str, list[Point]]
    categories: list[str]


class Figures(RatesFigures, BesideFigures):
    """What month reports and annual reports both say."""

    hazards: Movement


@final
class MonthFigures(Figures):
    month: str


@final
class YearFigures(Figures):
    year: int
    months: list[Movement]


class MonthReport(Base):
    """The figures of one month and area as issued; a restatement is a new row with its reason."""

    __tablename__ = "month_report"
    __table_args__ = (Index("uq_month_report", "area", "month", "version", unique=True), KEYED)
    __scope__ = "area"
    __evidence__ = (
        ("area", "month", "version", "figures", "definition", "issued_by", "issued_at"),
        ("note", "pdf_sha256", "xlsx_sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    month: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    figures: Mapped[MonthFigures] = mapped_column(Document)
    definition: Mapped[dict[str, object]]
    note: Mapped[str] = mapped_column(String(300), default="")
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    xlsx_sha256: Mapped[str | None] = mapped_column(String(64))


class Tally(Base):
    """One rate of one month-end, category and area as counted then: the line of past months is read from
    here, not counted again."""

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("part >= 0 AND whole >= 0", name="counts"), KEYED)
    __scope__ = "area"
    __evidence__ = ((), ("day", "definition", "version", "category", "area", "part", "whole"))

    day: Mapped[date] = mapped_column(primary_key=True)
    definition: Mapped[str] = mapped_column(String(8), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(30), primary_key=True)
    area: Mapped[str] = mapped_column(String(12), primary_key=True)
    part: Mapped[int]
    whole: Mapped[int]
    counted_at: Mapped[datetime]
