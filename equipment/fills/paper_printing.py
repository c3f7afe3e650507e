"""充装前检查记录, 充装记录, 充装后检查记录 of a station's day, composed as ruled papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from equipment.core.words import N_
from equipment.fills.record_printing import (
    AFTER_ITEMS,
    BEFORE_ITEMS,
    ITEM_MM,
    MIDDLE,
    NO_CODE_COLUMNS,
    NUMBER,
    RecordWords,
    cells_of,
    items_of,
    kg,
)
from equipment.fills.shown import FillShown
from equipment.fills.states import DayPaper, FillState
from equipment.fills.station import pack_of
from equipment.regulation.gases import FillGroup
from equipment.tasks.ruled import RuledColumn, RuledPaper, RuledRow, RuledTable

WENT_IN = (FillState.FILLED, FillState.OVERFILLED, FillState.FAILED)
NO_CODES, NOT_ONE = N_("Without code or record (R01)"), N_("No record in this window.")
SIGNS = N_("√ right  × wrong (see remark)  — does not apply  ○ not answered, or not in full")
BY_REGISTER = N_("answered from the register: %(items)s; all others looked at bottle by bottle")
LAYOUT = N_(
    "Layout not verified: columns after published record forms, not an official form; ask the bureau what it "
    "accepts."
)
LEFT_OUT = N_("Left out: %(listed)s.")
# Which fills a record leaves out and only counts, by state.
UNCOUNTED: Mapping[DayPaper, Mapping[FillState, str]] = {
    DayPaper.PRE_CHECK: {FillState.VOID: N_("%(count)d scanned by mistake (void)")},
    DayPaper.FILL: {
        FillState.REFUSED: N_("%(count)d refused before filling (on the record of checks before filling)"),
        FillState.NOT_FILLED: N_("%(count)d not filled"),
        FillState.VOID: N_("%(count)d scanned by mistake (void)"),
    },
    DayPaper.POST_CHECK: {FillState.OPEN: N_("%(count)d without a result")},
}
SIGNERS: Mapping[DayPaper, Sequence[str]] = {
    DayPaper.PRE_CHECK: (N_("Checker, signed"), N_("Person in charge, signed"), N_("Date")),
    DayPaper.FILL: (
        N_("Filler, signed"),
        N_("Checker after filling, signed"),
        N_("Person in charge, signed"),
        N_("Date"),
    ),
    DayPaper.POST_CHECK: (N_("Checker after filling, signed"), N_("Person in charge, signed"), N_("Date")),
}
PRE_TOTAL = N_("%(all)d bottles: %(passed)d fit, %(refused)d refused")
PRE_NO_CODE = N_("%(count)d without code or record")
POST_TOTAL = N_("%(all)d bottles: %(passed)d right, %(failed)d not")
FILL_TOTAL = N_("%(all)d bottles filled, net %(kg)s kg")
OF_GAS, OF_GAS_WEIGHED = N_("%(gas)s %(count)d bottles"), N_("%(gas)s %(count)d, %(kg)s kg")
NOT_RIGHT = N_("besides %(count)d filled that failed, were overfilled or refused, %(kg)s kg")


def record_paper(words: RecordWords, paper: DayPaper, *, sample: bool = False) -> RuledPaper:
    """One of the three records of a window."""
    totals = {
        DayPaper.PRE_CHECK: _looked_over,
        DayPaper.FILL: filled_total,
        DayPaper.POST_CHECK: _checked_after,
    }
    tables, items = _tables(words, paper)
    return RuledPaper(
        title=words.say(paper.label),
        number=words.records.window.days,
        about=words.about(),
        tables=tables,
        signatures=[words.say(signer) for signer in SIGNERS[paper]],
        notes=[*_legend(words, items), *_left_out(words, paper), words.say(LAYOUT)],
        foot=words.foot(),
        totals=partial(totals[paper], words),
        sample=sample,
    )


def on_record(paper: DayPaper, row: FillShown) -> bool:
    """Which fills a record lists: before filling all but void ones; as filled those that gas went into, and
    those under way; after filling those that have a result."""
    if paper is DayPaper.PRE_CHECK:
        return row.fill.state != FillState.VOID
    return has_gas(row) or (paper is DayPaper.FILL and row.fill.state == FillState.OPEN)


def has_gas(row: FillShown) -> bool:
    """Whether gas went in: also where it was refused and filled anyway."""
    fill = row.fill
    return fill.state in WENT_IN or (fill.state == FillState.REFUSED and fill.filled_at is not None)


def _tables(words: RecordWords, paper: DayPaper) -> tuple[list[RuledTable], list[str]]:
    """The tables of a record, one for each gas group where items differ, and all items in them."""
    groups: dict[FillGroup | None, list[FillShown]] = defaultdict(list)
    for row in words.records.fills:
        if on_record(paper, row):
            groups[None if paper is DayPaper.FILL else words.group(row)].append(row)
    tables, every, start = list[RuledTable](), set[str](), 1
    for group in (None, *FillGroup):
        if rows := groups.get(group):
            items = sorted({item for row in rows for item in items_of(words, paper, row)})
            ruled = [
                RuledRow(cells_of(words, paper, number, row, items), _amounts(paper, row))
                for number, row in enumerate(rows, start)
            ]
            title = _group_title(words, group, rows) if group else ""
            tables.append(RuledTable(_columns(words, paper, items), ruled, title, row_lines=2))
            every |= set(items)
            start += len(rows)
    if paper is DayPaper.PRE_CHECK and words.records.no_code:
        columns = [replace(column, name=words.say(column.name)) for column in NO_CODE_COLUMNS]
        scans = enumerate(words.records.no_code, start)
        ruled = [RuledRow(words.no_code(number, scan), {"no_code": 1}) for number, scan in scans]
        tables.append(RuledTable(columns, ruled, words.say(NO_CODES)))
    if not tables:
        tables.append(RuledTable(_columns(words, paper, ()), (), empty=words.say(NOT_ONE)))
    return tables, sorted(every)


def _columns(words: RecordWords, paper: DayPaper, items: Sequence[str]) -> list[RuledColumn]:
    return [
        replace(NUMBER, name=words.say(NUMBER.name)),
        *(column.ruled(words) for column in BEFORE_ITEMS[paper]),
        *(RuledColumn(item, ITEM_MM, MIDDLE, bold=True) for item in items),
        *(column.ruled(words) for column in AFTER_ITEMS[paper]),
    ]


def _group_title(words: RecordWords, group: FillGroup, rows: Sequence[FillShown]) -> str:
    gases = dict.fromkeys(row.fill.gas for row in rows)
    return f"{words.say(group.label)}　{'、'.join(f'{gas} {words.gas_name(gas)}' for gas in gases)}"


def _legend(words: RecordWords, items: Sequence[str]) -> list[str]:
    """What the signs mean, who answered, and the words of the items."""
    if not items:
        return []
    texts = pack_of(words.records.window.until).item_texts[words.language]
    signs, by_register = words.say(SIGNS), [item for item in items if not texts[item]["asked"]]
    if by_register:
        signs += "　" + words.words(BY_REGISTER, items="、".join(by_register))
    return [signs, "；".join(f"{item} {texts[item]['text']}" for item in items)]


def _left_out(words: RecordWords, paper: DayPaper) -> list[str]:
    states = [row.fill.state for row in words.records.fills if not on_record(paper, row)]
    listed = [
        words.words(msgid, count=count)
        for state, msgid in UNCOUNTED[paper].items()
        if (count := states.count(state))
    ]
    return [words.words(LEFT_OUT, listed="、".join(listed))] if listed else []


def _amounts(paper: DayPaper, row: FillShown) -> dict[str, int]:
    """What a row adds to the totals of its record; a bundle (集格) is one bottle, its cylinders are in it."""
    state = row.fill.state
    if row.fill.bundle_fill_id is not None:
        return {}
    if paper is DayPaper.FILL:
        return filled_amounts(row)
    if paper is DayPaper.PRE_CHECK:
        return {"all": 1, "refused" if state == FillState.REFUSED else "passed": 1}
    return {"all": 1, "passed" if state == FillState.FILLED else "failed": 1}


def filled_amounts(row: FillShown) -> dict[str, int]:
    """Bottles and net weight of each gas; apart, what failed or was overfilled or refused; nothing while it
    is being filled, and nothing more of the cylinders in a bundle."""
    fill, net = row.fill, row.fill.net_g or 0
    if not has_gas(row) or fill.bundle_fill_id is not None:
        return {}
    if fill.state != FillState.FILLED:
        return {"not_right": 1, "not_right_g": net}
    return {f"bottles:{fill.gas}": 1, f"net:{fill.gas}": net}


def _looked_over(words: RecordWords, sums: Mapping[str, int]) -> str:
    text = words.words(PRE_TOTAL, **{name: sums.get(name, 0) for name in ("all", "passed", "refused")})
    no_code = sums.get("no_code", 0)
    return f"{text}；{words.words(PRE_NO_CODE, count=no_code)}" if no_code else text


def _checked_after(words: RecordWords, sums: Mapping[str, int]) -> str:
    return words.words(POST_TOTAL, **{name: sums.get(name, 0) for name in ("all", "passed", "failed")})


def filled_total(words: RecordWords, sums: Mapping[str, int]) -> str:
    """Bottles and kg, by gas where there are several."""
    gases = sorted(name.split(":")[1] for name in sums if name.startswith("bottles:"))
    count = {gas: sums[f"bottles:{gas}"] for gas in gases}
    grams = {gas: sums.get(f"net:{gas}", 0) for gas in gases}
    text = words.words(FILL_TOTAL, all=sum(count.values()), kg=kg(sum(grams.values())))
    if len(gases) > 1:
        by_gas = (
            words.words(
                OF_GAS_WEIGHED if grams[gas] else OF_GAS,
                gas=words.gas_name(gas),
                count=count[gas],
                kg=kg(grams[gas]),
            )
            for gas in gases
        )
        text += f"（{'；'.join(by_gas)}）"
    if other := sums.get("not_right", 0):
        text += "；" + words.words(NOT_RIGHT, count=other, kg=kg(sums.get("not_right_g", 0)))
    return text
