"""`Category`: what a kind of equipment is - its fields, its rule pack, its plan. A new one is one Python file
and one TOML file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Self

from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.regulation.details import Details
from equipment.regulation.horizon import horizon
from equipment.regulation.packs import Override, Regulation
from equipment.regulation.planning import Conclusion, DueKind, Life, Planned
from equipment.regulation.settling import Settlement

# Headings people use for the columns every category has; a category adds its own before these.
COMMON_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "label": ("标签码", "追溯码", "二维码"),
    "serial": ("产品编号", "出厂编号", "制造编号"),
    "maker": (
        "制造单位",
        "制造单位名称",
        "制造厂家",
        "生产厂家",
        "生产单位",
        "制造厂",
        "生产厂",
        "制造商",
        "厂家",
    ),
    "made_on": (
        "制造年月",
        "制造日期",
        "出厂日期",
        "生产日期",
        "出厂年月",
        "生产年月",
        "制造时间",
        "出厂时间",
        "生产时间",
    ),
    "equipment_code": ("设备代码", "设备编号"),
    "certificate": ("使用登记证编号", "登记证编号", "使用证编号", "使用登记证号", "登记证号", "使用证号"),
    "own_number": ("单位内编号", "内部编号", "自编号"),
    "owner": ("产权单位", "产权单位名称", "所有权单位"),
    "use_unit": ("使用单位", "使用单位名称", "物业单位"),
    "firm": ("维保单位", "维护保养单位", "维保单位名称", "维护保养单位名称", "维保公司"),
    "area": ("辖区", "所属区域", "行政区划", "区县"),
    "address": (
        "使用地点",
        "设备地址",
        "安装地址",
        "地址",
        "设备使用地点",
        "安装地点",
        "设备所在地",
        "详细地址",
    ),
    "registered_on": ("登记日期", "使用登记日期", "注册日期"),
    "in_use_since": ("投用日期", "投入使用日期", "启用日期"),
    "last_inspected_on": (
        "上次检验日期",
        "检验日期",
        "最近检验日期",
        "上次检验时间",
        "检验时间",
        "检验年月",
        "末次检验日期",
        "上检日期",
    ),
    "next_inspection_on": (
        "下次检验日期",
        "检验有效期",
        "有效期至",
        "下次检验时间",
        "下次检验年月",
        "下检日期",
        "检验有效期至",
        "检验到期日期",
        "到期日期",
    ),
    "status": ("使用状态", "设备状态", "状态"),
}


class CountingUnit:
    """How pieces are counted (msgids)."""

    SET = N_("sets")
    PIECE = N_("pieces")
    PIPELINE = N_("lines")


@dataclass(frozen=True, slots=True)
class Extent:
    """What is added up of pieces beside their number: a detail, and the unit of its sum with how many stored
    units make one."""

    detail: str
    unit: str
    size: int

    def shown(self, stored: int) -> float:
        """The sum in the unit people read, to one hundredth of it."""
        return round(stored / self.size, 2)


@dataclass(slots=True)
class StampMarks:
    """What stamps or a code say of a piece: details and columns as the register stores them, other numbers by
    the kind of identifier, and the words that nobody could read."""

    details: dict[str, object] = field(default_factory=dict)
    serial: str = ""
    maker: str = ""
    made_on: date | None = None
    identifiers: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.details or self.serial or self.maker or self.made_on or self.identifiers)

    def add(self, name: str, value: object, words: str) -> None:
        """A detail; stamped twice and differently, the first stands and the other is named."""
        if self.details.setdefault(name, value) != value:
            self.unread.append(words.strip())

    def add_made(self, day: date, words: str) -> None:
        if self.made_on is None:
            self.made_on = day
        elif self.made_on != day:
            self.unread.append(words.strip())


@dataclass(frozen=True)
class Category(ABC):
    """One kind of equipment under one rule pack; `under()` gives the same kind under another."""

    regulation: Regulation

    key: ClassVar[str]
    label: ClassVar[str]
    counted_in: ClassVar[str]
    headline: ClassVar[bool]
    icon: ClassVar[str] = "tool"  # of static/icons.svg
    in_time_label: ClassVar[str] = ""  # what its share of pieces inspected in time (定检率) is called (msgid)
    catalogue: ClassVar[Mapping[str, Text]]
    details_type: ClassVar[type[Details]]
    settlements: ClassVar[Mapping[DueKind, Settlement]]  # every kind it plans, and how that is settled
    # What may come out of its periodic inspection; anything else is passed or failed.
    conclusions: ClassVar[tuple[Conclusion, ...]] = (Conclusion.PASSED, Conclusion.FAILED)
    visit_kinds: ClassVar[
        tuple[DueKind, ...]
    ] = ()  # the maintenance visits it has, lowest class first; its pack then has visit.*
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    shares_certificate: ClassVar[bool] = False  # whether one 使用登记证 covers many pieces
    shares_report: ClassVar[bool] = False  # whether one inspection report covers a lot of pieces
    # What of pieces is added up in lists and statistics beside their number: the length of pipelines.
    extent: ClassVar[Extent | None] = None
    # The first character of its use-registration certificates (使用登记证编号), where it is known.
    certificate_sign: ClassVar[str] = ""
    # Who operates it: codes of certificates (特种设备安全管理和作业人员证), with what each is for (msgids).
    operators: ClassVar[Mapping[str, str]] = {}
    # Whether pieces are filled (充装), and no more once an inspection or their life is over.
    filled: ClassVar[bool] = False

    @property
    def due_kinds(self) -> tuple[DueKind, ...]:
        return tuple(self.settlements)

    @abstractmethod
    def next_duties(self, life: Life, on: date) -> tuple[Planned, ...]:
        """The next of each kind, as the rules of day `on` have it; `UnknownRule` before the first rule of the
        pack."""

    def plan(self, life: Life, on: date, until: date | None = None) -> tuple[Planned, ...]:
        """What must happen from `on` up to `until`, step after step; without an end only the next of each
        kind."""
        return self.next_duties(life, on) if until is None else horizon(self.next_duties, life, on, until)

    @abstractmethod
    def catalogue_code(self, details: Details) -> str:
        """The code of 特种设备目录 for these details, "" when they do not tell."""

    def implausible(self, details: Details, on: date) -> Mapping[str, Message]:
        """What in these details nobody should believe unasked, by field: a slip of the unit, mostly."""
        return {}

    def doubts(self, details: Details) -> tuple[str, ...]:
        """The fields whose value is taken but not verified (待核实)."""
        return ()

    def learned(self, conclusion: Conclusion) -> Mapping[str, object]:
        """What a conclusion of its periodic inspection says of the details of a piece."""
        return {}

    def read_marks(self, text: str, on: date) -> StampMarks | None:
        """What stamps or the content of a code say of a piece, for whoever enters it to compare; None where
        pieces of this kind carry none that anybody could read."""
        return None

    @property
    def groups(self) -> list[Text]:
        """What it takes in, in few words: the groups of the catalogue if it has several, else its kinds."""
        groups = [name for code, name in self.catalogue.items() if code.endswith("00")]
        return groups if len(groups) > 1 else list(self.catalogue.values())

    def under(self, regulation: Regulation) -> Self:
        return replace(self, regulation=regulation)

    def overlaid(self, *overrides: Override) -> Self:
        """This category with the bureau's rows laid over its rule pack."""
        return self.under(self.regulation.overlaid(overrides))

    def read(self, stored: Mapping[str, object]) -> Details:
        """The details from the database or the API, checked."""
        return self.details_type.model_validate(stored)

    @property
    def headings(self) -> dict[str, tuple[str, ...]]:
        """Known workbook headings by column or field, the category's own first."""
        common = {
            name: tuple(dict.fromkeys((*self.own_headings.get(name, ()), *usual)))
            for name, usual in COMMON_HEADINGS.items()
        }
        return common | {spec.name: spec.headings for spec in self.details_type.fields()}
