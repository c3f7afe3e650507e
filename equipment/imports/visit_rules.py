"""The columns of an export of the province's platform (省平台刷卡记录), by which headings each is known,
and what its words mean. No such export was at hand: the headings are the likely ones, and the bureau adds its
own. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import NamedTuple

from equipment.core.words import N_, Message
from equipment.imports.mapping_rules import ColumnUse, FieldMap, spellings
from equipment.imports.result_rules import NUMBERS, ResultColumn
from equipment.imports.rules import Unreadable, clean, read_day
from equipment.imports.table_rules import heading_key, name_key
from equipment.imports.vocabulary_rules import HEADING, Vocabulary
from equipment.regulation.planning import DueKind

NUMBER, FIRM, PEOPLE, SINCE, UNTIL, CLASS = "number", "firm", "people", "since", "until", "class"
MANY = (NUMBER, PEOPLE)  # may stand in several columns
READ, CHECK, RECORD, UNDO, TEMPLATE = (
    "visits.import_read",
    "visits.import_check",
    "visits.import",
    "visits.import_undo",
    "visits.template",
)
NO_TIME = N_("“%(text)s” has no time of day: write it like 2026-11-03 08:15")
COLUMNS = (
    ResultColumn(
        NUMBER,
        N_("Number of the lift or of its plate (any it is known by)"),
        (
            "电梯注册代码",
            "应急处置牌编号",
            "处置牌编号",
            "标牌编号",
            "电梯编号",
            "救援识别码",
            "电梯设备代码",
            *NUMBERS,
        ),
        True,
    ),
    ResultColumn(
        FIRM, N_("Maintenance firm"), ("维保单位", "维保公司", "维护保养单位", "维保单位名称"), False, True
    ),
    ResultColumn(
        PEOPLE,
        N_("Technician: name, card or certificate number"),
        (
            "维保人员",
            "维保人员1",
            "维保人员2",
            "维保人员姓名",
            "作业人员",
            "签到人",
            "人员姓名",
            "姓名",
            "卡号",
            "证书编号",
            "作业人员证编号",
        ),
        True,
    ),
    ResultColumn(
        SINCE,
        N_("Signed in at"),
        ("刷卡时间", "签到时间", "开始时间", "维保开始时间", "到达时间", "上梯时间", "进入时间"),
        True,
    ),
    ResultColumn(
        UNTIL,
        N_("Signed out at"),
        ("离开时间", "签退时间", "签出时间", "结束时间", "维保结束时间", "完成时间", "下梯时间"),
    ),
    ResultColumn(
        CLASS, N_("Class of the visit"), ("维保类型", "维保类别", "保养类型", "维保种类", "类型"), False, True
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
_CLASSES: Mapping[str, DueKind] = {
    **dict.fromkeys(("半月", "半月维保", "半月保", "半月保养", "HM"), DueKind.VISIT_HALF_MONTH),
    **dict.fromkeys(("季度", "季度维保", "季度保", "季度保养", "季", "TM"), DueKind.VISIT_QUARTER),
    **dict.fromkeys(("半年", "半年维保", "半年保", "半年保养", "SM"), DueKind.VISIT_HALF_YEAR),
    **dict.fromkeys(("年度", "年度维保", "年度保", "年度保养", "年", "全年", "OY"), DueKind.VISIT_YEAR),
}
VISIT_CLASSES = (DueKind.VISIT_HALF_MONTH, DueKind.VISIT_QUARTER, DueKind.VISIT_HALF_YEAR, DueKind.VISIT_YEAR)
VISIT_FILES = "visits"  # these words among those that the bureau extends
VISIT_WORDS = Vocabulary(
    {
        **{(HEADING, heading_key(text)): column.key for column in COLUMNS for text in column.headings},
        **{(CLASS, name_key(word)): meaning.value for word, meaning in _CLASSES.items()},
    }
)
_CLOCK = re.compile(r"(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?)?分?$")
_RUN = re.compile(r"(\d{8})\s?(\d{2})(\d{2})(\d{2})?$")
_SERIAL = re.compile(r"(\d{5})(\.\d+)$")


class SiteMoment(NamedTuple):
    """A day and a time of it, as the site's clock has them."""

    on: date
    at: time


def read_moment(text: str, from_1904: bool = False) -> SiteMoment:
    """2026-11-03 08:15:20, 2026/11/3 下午2:05, 20261103081520, 46329.34 (Excel's count of days). A day
    without a time is none: nobody knows then whether a visit is the same."""
    stated = clean(text)
    if match := _RUN.match(stated):
        return SiteMoment(read_day(match[1]).on, _time(text, match[2], match[3], match[4] or "0"))
    if match := _SERIAL.match(stated):
        seconds = round(float(match[2]) * 86_400)
        counted = read_day(match[1], from_1904).on
        return SiteMoment(counted, time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60))
    match = _CLOCK.search(stated)
    if match is None or not stated[: match.start()].strip():
        raise Unreadable(NO_TIME, text)
    before = stated[: match.start()].strip(" T")
    hour, noon = match[1], before.endswith(("下午", "晚上"))
    hour = str(int(hour) + 12) if noon and int(hour) < 12 else hour
    day = read_day(re.sub(r"\s*(?:上午|下午|早上|晚上|中午)$", "", before), from_1904)
    if day.month_only or day.doubtful:
        raise Unreadable(NO_TIME, text)
    return SiteMoment(day.on, _time(text, hour, match[2], match[3] or "0"))


def _time(text: str, hour: str, minute: str, second: str) -> time:
    try:
        return time(int(hour), int(minute), int(second))
    except ValueError as error:
        raise Unreadable(NO_TIME, text) from error


def suggested_visit_columns(header: Sequence[str], words: Vocabulary = VISIT_WORDS) -> FieldMap:
    """What a header asks for by itself."""
    headings = words.of(HEADING)
    columns: dict[str, ColumnUse] = {}
    taken: set[str] = set()
    for name in header:
        key = next((headings[spelling] for spelling in spellings(name) if spelling in headings), None)
        if key is not None and (key in MANY or key not in taken):
            columns[name] = ColumnUse(key)
            taken.add(key)
    return FieldMap(columns, {})


def visit_column_problems(header: Sequence[str], mapping: FieldMap) -> dict[str, Message]:
    """What is wrong with a mapping before any row is looked at, by column or key."""
    problems: dict[str, Message] = {}
    taken: set[str] = set()
    for name, use in mapping.columns.items():
        if use.to not in BY_KEY:
            problems[name] = Message(N_("There is no field “%(field)s”."), {"field": use.to})
        elif name in header:
            if use.to in taken and use.to not in MANY:
                label = BY_KEY[use.to].label
                problems[name] = Message(N_("Two columns lead to “%(field)s”."), {"field": label})
            taken.add(use.to)
    for column in COLUMNS:
        if column.required and column.key not in taken:
            problems[column.key] = Message(
                N_("“%(field)s” is needed: choose its column."), {"field": column.label}
            )
    return problems
