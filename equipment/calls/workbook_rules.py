"""A workbook of rescue calls: its columns, by which headings each is known, and what a cell says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from equipment.calls.states import CallKind, CallState
from equipment.core.clock import SITE
from equipment.core.words import N_, Message
from equipment.imports.rules import Unreadable, clean, read_day
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key

MOST_CALLS = 5_000
CALLED, NUMBER, LIFT = "called_at", "number", "lift"
TIMES = ("dispatched_at", "arrived_at", "released_at", "closed_at")
COUNTS = ("trapped", "people", "injured")
NO_TIME = N_("“%(text)s” is no day with a time, such as 2026-11-03 08:15")
NO_NUMBER = N_("“%(text)s” is no number of people")
UNKNOWN_WORD = N_("“%(text)s” is none of the words of this column")
NEEDED = N_("This is needed.")


class CallColumn(NamedTuple):
    """One column: what it is called, what else people write above it, whether it is needed."""

    key: str
    label: str
    headings: tuple[str, ...]
    required: bool = False
    help: str = ""


COLUMNS: tuple[CallColumn, ...] = (
    CallColumn(
        NUMBER,
        N_("Number of the centre"),
        ("工单号", "工单编号", "警情编号", "救援编号", "事件编号", "接警编号", "编号", "number"),
        help=N_("Under which the centre keeps the call; the same number again is the same call"),
    ),
    CallColumn(
        CALLED,
        N_("Called at"),
        ("接警时间", "报警时间", "来电时间", "受理时间", "困人时间", "报警日期", "called_at"),
        True,
        N_("Day and time, such as 2026-11-03 08:15"),
    ),
    CallColumn(
        LIFT,
        N_("Lift"),
        (
            "救援识别码",
            "救援码",
            "电梯识别码",
            "电梯编号",
            "设备代码",
            "注册代码",
            "使用登记证编号",
            "标签码",
            "lift",
        ),
        help=N_("Rescue code, device code, certificate number or label; left empty where nobody knows"),
    ),
    CallColumn(
        "address",
        N_("Address"),
        ("电梯地址", "事发地址", "救援地址", "小区名称", "项目", "地址", "address"),
        help=N_("As the caller said it; needed where the lift is not known"),
    ),
    CallColumn("kind", N_("Kind"), ("事件类型", "警情类型", "类型", "kind"), help=N_("困人, 故障 or 伤人")),
    CallColumn(
        "caller_phone",
        N_("Caller's phone"),
        ("报警电话", "来电号码", "报警人电话", "联系电话", "phone"),
        help=N_("Blanked after some days"),
    ),
    CallColumn("trapped", N_("People inside"), ("报警被困人数", "报警人数", "trapped")),
    CallColumn(
        "dispatched_at",
        N_("Rescue sent at"),
        ("派遣时间", "派单时间", "调度时间", "一级派遣时间", "出动时间", "dispatched_at"),
    ),
    CallColumn(
        "arrived_at",
        N_("Rescue arrived at"),
        ("到达时间", "到场时间", "到达现场时间", "抵达时间", "arrived_at"),
        help=N_("Day and time, or the time alone"),
    ),
    CallColumn(
        "released_at",
        N_("People released at"),
        ("解救时间", "解困时间", "救出时间", "完成时间", "released_at"),
        help=N_("Day and time, or the time alone"),
    ),
    CallColumn("closed_at", N_("Closed at"), ("办结时间", "结案时间", "归档时间", "closed_at")),
    CallColumn("people", N_("People freed"), ("被困人数", "解救人数", "救出人数", "people")),
    CallColumn("injured", N_("Injured"), ("受伤人数", "伤亡人数", "injured")),
    CallColumn(
        "cause",
        N_("Cause"),
        ("困人原因", "故障原因", "原因分类", "原因类别", "故障原因分类", "原因", "cause"),
    ),
    CallColumn(
        "narrative", N_("Narrative"), ("处置情况", "救援情况", "情况说明", "处理经过", "备注", "narrative")
    ),
    CallColumn(
        "ended_as",
        N_("How it ended"),
        ("处理结果", "处置结果", "状态", "ended_as"),
        help=N_("误报 or 撤销 where there was nothing to rescue"),
    ),
)
BY_KEY: Mapping[str, CallColumn] = {column.key: column for column in COLUMNS}
HEADINGS: Mapping[str, str] = {
    heading_key(word): column.key for column in COLUMNS for word in (column.key, *column.headings)
}
KINDS: Mapping[str, CallKind] = {
    **dict.fromkeys(("困人", "被困", "关人", "trapped"), CallKind.TRAPPED),
    **dict.fromkeys(("故障", "设备故障", "停梯", "fault"), CallKind.FAULT),
    **dict.fromkeys(("伤人", "受伤", "人员受伤", "hurt"), CallKind.HURT),
}
ENDS: Mapping[str, CallState | None] = {
    **dict.fromkeys(("误报", "误报警", "虚假报警", "false"), CallState.FALSE),
    **dict.fromkeys(("撤销", "取消", "撤单", "cancelled"), CallState.CANCELLED),
    **dict.fromkeys(("完成", "已完成", "办结", "已办结", "已解救", "救援完成", "结束", "closed"), None),
}
# Words for causes beside those of the table itself, by the code that they mean.
CAUSE_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("外部", "外部因素", "停电", "外电", "进水"), "external"),
    **dict.fromkeys(("人为", "人为因素", "使用不当", "乘客原因"), "human"),
    **dict.fromkeys(("门系统", "门故障", "门机", "层门", "门锁"), "door"),
    **dict.fromkeys(("电气", "电气系统", "控制系统", "电气故障", "主板"), "control"),
    **dict.fromkeys(("曳引系统", "驱动系统", "曳引机", "主机"), "drive"),
    **dict.fromkeys(("制动器", "制动系统", "抱闸"), "brake"),
    **dict.fromkeys(("安全保护", "安全装置", "安全保护系统"), "safety"),
    **dict.fromkeys(("轿厢", "导向系统", "轿厢系统"), "car"),
    **dict.fromkeys(("维保", "维保原因", "维保不到位"), "maintenance"),
    **dict.fromkeys(("制造", "安装", "质量", "制造安装"), "making"),
    **dict.fromkeys(("其他", "其它"), "other"),
    **dict.fromkeys(("不明", "未知"), "unknown"),
}
_CLOCK = re.compile(r"(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?[分秒]?")


class CallRow(NamedTuple):
    """One row below the header: its number in the workbook, its cells by column."""

    row_no: int
    cells: Mapping[str, str]


class CallSheet(NamedTuple):
    """A workbook as read: its headings, the columns they lead to, every row."""

    headings: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[CallRow, ...]


class RowFault(NamedTuple):
    """What is wrong with a row, and with which column of it; "" is the row as a whole."""

    column: str
    message: Message


class RowOutcome(NamedTuple):
    """What becomes of a row, in words that survive a task's JSON."""

    row_no: int
    number: str
    called: str
    lift: str
    state: RowState
    faults: tuple[RowFault, ...]


def column_keys(
    headings: Sequence[str], key_of: Mapping[str, str], chosen: Mapping[str, str]
) -> tuple[str, ...]:
    """The column that each heading leads to, what somebody chose first; "" for the others. Only lifts may be
    named by several columns: the first that is filled counts."""
    keys: list[str] = []
    for heading in headings:
        key = chosen.get(heading, key_of.get(heading_key(heading), ""))
        keys.append("" if key not in BY_KEY or (key in keys and key != LIFT) else key)
    return tuple(keys)


def read_instant(text: str, day: date | None = None, after: datetime | None = None) -> datetime:
    """A day with its time on the site's clock; where only a time stands, that of `day`, or of the next day
    if it would lie before `after`."""
    stated = clean(text)
    match = _CLOCK.search(stated)
    if match is None:
        raise Unreadable(NO_TIME, text)
    try:
        at = time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise Unreadable(NO_TIME, text) from None
    written = stated[: match.start()].strip(" T")
    if written:
        return datetime.combine(read_day(written).on, at, SITE)
    if day is None:
        raise Unreadable(NO_TIME, text)
    instant = datetime.combine(day, at, SITE)
    is_next_day = after is not None and instant < after - timedelta(minutes=1)
    return instant + timedelta(days=1) if is_next_day else instant


def read_count(text: str) -> int:
    digits = clean(text).removesuffix("人").removesuffix("名").strip().removesuffix(".0")
    if not digits.isascii() or not digits.isdigit():
        raise Unreadable(NO_NUMBER, text)
    return int(digits)
