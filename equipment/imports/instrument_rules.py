"""Instruments (计量器具) as workbooks have them: the columns, and what becomes of a row. A row names an
instrument, new or on file, and the certificate of its last verification where there is one: so a list for
a verification body, filled in by it, is read by the same columns. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from equipment.core.words import N_, Message
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key
from equipment.instruments.rules import InstrumentKind, VerificationResult

MOST_INSTRUMENTS = 10_000


class InstrumentColumn(NamedTuple):
    """One column: what it is called, what else people write above it, whether it is needed, what may stand
    there."""

    key: str
    label: str
    headings: tuple[str, ...] = ()
    required: bool = False
    help: str = ""


COLUMNS: tuple[InstrumentColumn, ...] = (
    InstrumentColumn(
        "organisation",
        N_("Organisation"),
        ("单位名称", "使用单位", "单位", "所属单位"),
        help=N_("Name or unified social credit code of an organisation on file; left empty, your own"),
    ),
    InstrumentColumn(
        "kind",
        N_("Kind of instrument"),
        ("种类", "类别", "器具种类"),
        help=N_("One of the list; needed for a new one"),
    ),
    InstrumentColumn("name", N_("Name"), ("器具名称", "仪器名称", "计量器具名称")),
    InstrumentColumn(
        "number",
        N_("Number"),
        ("出厂编号", "器具编号", "仪器编号"),
        True,
        N_("The number of the maker, as on its plate"),
    ),
    InstrumentColumn("maker", N_("Maker"), ("制造商", "制造厂", "生产厂家", "制造单位")),
    InstrumentColumn("model", N_("Model"), ("规格型号", "型号规格")),
    InstrumentColumn("measures", N_("Measuring range"), ("量程", "测量范围")),
    InstrumentColumn("accuracy", N_("Accuracy class"), ("精度等级", "准确度", "精度")),
    InstrumentColumn("place", N_("Place of use"), ("安装位置", "使用地点", "安装地点")),
    InstrumentColumn(
        "statutory",
        N_("Subject to statutory verification"),
        ("强制检定", "是否强检"),
        help=N_("Yes or no; left empty, yes"),
    ),
    InstrumentColumn(
        "result",
        N_("Conclusion of the verification"),
        ("检定结论", "检定结果"),
        help=N_("Passed or failed; left empty, passed"),
    ),
    InstrumentColumn(
        "certificate",
        N_("Certificate number"),
        ("检定证书编号", "检定证书号", "证书号"),
        help=N_("Without it no verification is entered"),
    ),
    InstrumentColumn("verified_on", N_("Verified on"), ("检定时间", "检定日期")),
    InstrumentColumn(
        "valid_until", N_("Verified until"), ("检定有效期", "有效期至", "有效期", "下次检定日期前一日")
    ),
    InstrumentColumn("body", N_("Verification body"), ("检定单位", "检定机构")),
)
BY_KEY: Mapping[str, InstrumentColumn] = {column.key: column for column in COLUMNS}

# What people write beside the labels.
KIND_WORDS: Mapping[str, InstrumentKind] = {
    "秤": InstrumentKind.SCALE,
    "电子秤": InstrumentKind.SCALE,
    "台秤": InstrumentKind.SCALE,
    "衡器": InstrumentKind.SCALE,
    "地磅": InstrumentKind.SCALE,
    "压力表": InstrumentKind.GAUGE,
    "精密压力表": InstrumentKind.GAUGE,
    "流量计": InstrumentKind.METER,
    "加气机": InstrumentKind.DISPENSER,
    "温度计": InstrumentKind.THERMOMETER,
}
RESULT_WORDS: Mapping[str, VerificationResult] = {
    "合格": VerificationResult.PASSED,
    "检定合格": VerificationResult.PASSED,
    "不合格": VerificationResult.FAILED,
    "检定不合格": VerificationResult.FAILED,
}
HEADINGS = {heading_key(text): column.key for column in COLUMNS for text in column.headings}


class InstrumentFault(NamedTuple):
    """What is wrong with a row, and with which column of it; "" is the row as a whole."""

    column: str
    message: Message


class InstrumentRow(NamedTuple):
    """One row of the table below the header: its number in the workbook, its cells by column."""

    row_no: int
    cells: Mapping[str, str]


class InstrumentOutcome(NamedTuple):
    """What becomes of a row, in words that survive a task's JSON."""

    row_no: int
    state: RowState
    organisation: str
    name: str
    number: str
    certificate: str
    faults: Sequence[InstrumentFault] = ()


def column_keys(header: Sequence[str], key_of: Mapping[str, str]) -> tuple[str, ...]:
    """The column that each heading names, "" for the others; of two that name one, the first."""
    keys: list[str] = []
    for heading in header:
        key = key_of.get(heading_key(heading), "")
        keys.append("" if key in keys else key)
    return tuple(keys)
