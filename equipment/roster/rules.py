"""A list of people (人员名册) as workbooks have it: its columns, and what a cell of each says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from equipment.core.months import month_end
from equipment.core.words import N_, Message
from equipment.imports.rules import Day, clean
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key, name_key
from equipment.imports.vocabulary_rules import HEADING, Vocabulary
from equipment.people.rules import Role

MOST_PEOPLE = 5_000


class RosterColumn(NamedTuple):
    """One column: what it is called, what else people write above it, whether it is needed,
    what may stand there."""

    key: str
    label: str
    headings: tuple[str, ...]
    required: bool = False
    help: str = ""


COLUMNS: tuple[RosterColumn, ...] = (
    RosterColumn(
        "organisation",
        N_("Organisation"),
        ("单位名称", "所属单位", "工作单位", "单位", "company"),
        help=N_("Name or unified social credit code of an organisation on file; left empty, your own"),
    ),
    RosterColumn("name", N_("Full name"), ("人员姓名", "名字", "name"), True),
    RosterColumn(
        "mobile",
        N_("Mobile number"),
        ("手机", "手机号", "手机号码", "电话", "联系电话", "mobile", "phone"),
        True,
        N_("It is the name this person signs in with."),
    ),
    RosterColumn(
        "roles",
        N_("Roles"),
        ("角色", "岗位", "职务", "role"),
        True,
        N_("One of the list, or several with 、 between them"),
    ),
    RosterColumn(
        "area",
        N_("Area"),
        ("所属辖区", "管辖区域"),
        help=N_("Name or code; left empty, the area of the organisation"),
    ),
    RosterColumn(
        "code",
        N_("Certificate code"),
        ("证书代码", "证书代号", "证书项目", "作业项目", "项目代号"),
        help=N_("P filling, T lift repair, A safety management, and so on."),
    ),
    RosterColumn("number", N_("Certificate number"), ("证书号", "证号", "作业人员证编号")),
    RosterColumn(
        "valid_from", N_("Certificate valid from"), ("发证日期", "批准日期", "证书有效期自", "证书有效期起")
    ),
    RosterColumn("valid_until", N_("Certificate valid until"), ("有效期至", "证书有效期", "证书有效期止")),
    RosterColumn(
        "card",
        N_("Card number"),
        ("卡号", "工卡", "IC卡号"),
        help=N_("Number of the work card, if there is one"),
    ),
)
BY_KEY: Mapping[str, RosterColumn] = {column.key: column for column in COLUMNS}
CERTIFICATE = ("code", "number", "valid_from", "valid_until")

# What people write for a role beside its label.
ROLE_ALIASES: Mapping[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("充装工", "充装人员", "充装操作人员"),
    Role.STATION_OWNER: ("站长", "充装站站长", "充装站负责人"),
    Role.TECHNICIAN: ("维保员", "维保工", "电梯维保人员", "维修人员"),
    Role.FIRM_MANAGER: ("维保单位负责人", "维保经理"),
    Role.INSPECTOR: ("检验人员", "检验师"),
    Role.SUPERVISOR: ("监察人员", "安全监察员", "监管人员"),
    Role.SAFETY_OFFICER: ("安全员", "安全管理员", "安全管理人员", "电梯安全员"),
    Role.ADMINISTRATOR: ("管理员",),
    Role.CALL_TAKER: ("值班员", "调度员", "接警人员"),
}
ROLE = "role"
UNKNOWN_ROLE = N_("“%(text)s” is no role; choose from the list of the template")
_BETWEEN = re.compile(r"[、,;/+]")


class RosterCertificate(NamedTuple):
    code: str
    number: str
    valid_from: date
    valid_until: date


class RosterFault(NamedTuple):
    """What is wrong with a row, and with which column of it; "" is the row as a whole."""

    column: str
    message: Message


class RosterRow(NamedTuple):
    """One row of the table below the header: its number in the workbook, its cells by column."""

    row_no: int
    cells: Mapping[str, str]


class RosterTable(NamedTuple):
    """A workbook's people as read: which columns it has, and every row."""

    columns: tuple[str, ...]
    rows: tuple[RosterRow, ...]


class RosterOutcome(NamedTuple):
    """What becomes of a row, in words that survive a task's JSON."""

    row_no: int
    state: RowState
    organisation: str
    name: str
    mobile: str
    faults: Sequence[RosterFault] = ()


# Every word that is shipped, by what it is for; the bureau's own lie over them.
ROSTER_WORDS = Vocabulary(
    {
        **{(HEADING, heading_key(text)): column.key for column in COLUMNS for text in column.headings},
        **{(ROLE, name_key(word)): role.value for role, words in ROLE_ALIASES.items() for word in words},
    }
)


def column_keys(header: Sequence[str], key_of: Mapping[str, str]) -> tuple[str, ...]:
    """The column that each heading names by these words, "" for the others."""
    keys: list[str] = []
    for heading in header:
        key = key_of.get(heading_key(heading), "")
        keys.append("" if key in keys else key)
    return tuple(keys)


def read_roles(text: str, words: Mapping[str, Role]) -> tuple[frozenset[Role], Message | None]:
    """The roles of a cell, and what is wrong with the first part that names none."""
    parts = [part.strip() for part in _BETWEEN.split(clean(text)) if part.strip()]
    parts = [word for part in parts for word in ([part] if _role(part, words) else part.split())]
    roles = [_role(part, words) for part in parts]
    if None in roles:
        return frozenset(), Message(UNKNOWN_ROLE, {"text": parts[roles.index(None)][:60]})
    return frozenset(role for role in roles if role is not None), None


def _role(word: str, words: Mapping[str, Role]) -> Role | None:
    """What a word means, as it stands or without what stands in brackets."""
    return words.get(name_key(word)) or words.get(heading_key(word))


def last_day(day: Day) -> date:
    """The end of a paper of which only the month is written."""
    return month_end(day.on) if day.month_only else day.on
