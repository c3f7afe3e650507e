"""The columns of the three records on paper, and what a fill has in each of them, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.fills.columns import OUTSIDE, Checks, checks_of
from equipment.fills.papers import DayRecords, NoCode
from equipment.fills.reason_views import reason_text
from equipment.fills.shown import NEVER, FillShown
from equipment.fills.states import DayPaper, FillState
from equipment.fills.station import pack_of
from equipment.regulation.gases import FillGroup
from equipment.tasks.ruled import Align, Cell, RuledColumn
from equipment.web.language import LOCALES, translate

MIDDLE, RIGHT = Align.MIDDLE, Align.RIGHT
PASSED, UNFINISHED = N_("Fit to be filled"), N_("Unfinished")
LICENCE, ALL_DAY, SHIFT = N_("Filling licence"), N_("All day"), N_("Shift")
BAY, GAS, ALL = N_("Bay"), N_("Gas"), N_("All")
AS_OF = N_("Records as they stood on %(at)s.")
REPLACED = N_("%(count)d records were corrected and replaced: the corrected ones stand here, marked.")


def kg(grams: int | None) -> str:
    """kg with two digits, three where the scale shows grams."""
    if grams is None:
        return ""
    return f"{grams / 1000:.3f}" if grams % 10 else f"{grams / 1000:.2f}"


class RecordWords:
    """The records of a window as they read in one language."""

    def __init__(self, records: DayRecords, locale: str) -> None:
        self.records, self.locale = records, locale
        self.language = "zh" if locale == LOCALES[0] else "en"
        self.say = partial(translate, locale=locale)
        self.many_days = records.window.since != records.window.until
        self._checks = {(row.fill.equipment_id, row.fill.id): checks_of(row) for row in records.fills}

    def words(self, msgid: str, **params: object) -> str:
        return translate(Message(msgid, params), self.locale)

    def checks(self, row: FillShown) -> Checks:
        return self._checks[row.fill.equipment_id, row.fill.id]

    def group(self, row: FillShown) -> FillGroup:
        return self.checks(row).group

    def bottle(self, row: FillShown) -> Cell:
        return [text for text in (row.label, row.numbers) if text] or NEVER

    def gas(self, row: FillShown) -> Cell:
        return [text for text in (row.fill.gas, row.model) if text]

    def due(self, row: FillShown) -> str:
        return f"{row.due_on}" if row.due_on else NEVER

    def place(self, row: FillShown) -> Cell:
        """The bay with what stands there, and its number."""
        bay, instrument = row.fill.bay, row.instrument
        named = bay if instrument.name in ("", bay) else f"{bay} {instrument.name}".strip()
        return [text for text in (named, instrument.number) if text] or NEVER

    def pressure(self, row: FillShown) -> Cell:
        pressure, temperature = row.fill.pressure_kpa, row.fill.temperature_dc
        texts = [] if pressure is None else [f"{pressure / 1000:.2f}"]
        return texts if temperature is None else [*texts, f"{temperature / 10:.1f} °C"]

    def at(self, at: datetime | None) -> Cell:
        if at is None:
            return NEVER
        return [f"{at:%m-%d}", f"{at:%H:%M}"] if self.many_days else f"{at:%H:%M}"

    def fitness(self, row: FillShown) -> str:
        """How the look-over before filling came out."""
        return row.state(self.say) if row.fill.state == FillState.REFUSED else self.say(PASSED)

    def outcome(self, row: FillShown) -> str:
        return self.say(UNFINISHED) if row.fill.state == FillState.OPEN else row.state(self.say)

    def remark(self, row: FillShown) -> str:
        """Why it was refused or failed, in words; what is remarkable; why it was corrected; what was done."""
        return self._remark(row, row.fill.verdict, row.treatment(self.say))

    def remark_before(self, row: FillShown) -> str:
        """The same without what came out after filling: that stands on the other records."""
        reasons = [reason for reason in row.fill.verdict if not reason["code"].startswith("Q")]
        is_refused = row.fill.state == FillState.REFUSED
        return self._remark(row, reasons, row.treatment(self.say) if is_refused else "")

    def _remark(self, row: FillShown, reasons: Sequence[Mapping[str, object]], treatment: str) -> str:
        texts = (*map(self.reason, reasons), *row.flags(self.say), row.fill.correction_reason, treatment)
        return "；".join(text for text in texts if text)

    def reason(self, reason: Mapping[str, object]) -> str:
        return f"{reason['code']} {reason_text(reason, self.language, self.locale)}"

    def no_code(self, number: int, scan: NoCode) -> list[Cell]:
        """The cells of a bottle without code or record, after `NO_CODE_COLUMNS`."""
        return [
            str(number),
            scan.code or NEVER,
            self.at(scan.at),
            scan.gas or NEVER,
            scan.bay or NEVER,
            scan.person or NEVER,
            self.say(FillState.REFUSED.label),
            "；".join(map(self.reason, scan.reasons)),
        ]

    def stated(self, code: str) -> str:
        """The words of a refusal as the rules have them."""
        refusals = pack_of(self.records.window.until).refusals
        return refusals[code].text.in_language(self.language) if code in refusals else ""

    def gas_name(self, code: str) -> str:
        gas = pack_of(self.records.window.until).gases.get(code)
        return gas.name.in_language(self.language) if gas else code

    def about(self, *, narrow: bool = False) -> list[str]:
        """The lines above a paper: whose it is, under which licence, of which shift, bay and gas."""
        window, say = self.records.window, self.say
        licences = "、".join(
            f"{paper.number}（{paper.valid_from} – {paper.valid_until}）" for paper in self.records.licences
        )
        shift = say(ALL_DAY)
        if window.shift:
            shift = f"{window.shift.person} {window.shift.hours}（{window.shift.device}）"
        chosen = (f"{say(name)} {text or say(ALL)}" for name, text in ((BAY, window.bay), (GAS, window.gas)))
        whose = (window.station.name, f"{say(LICENCE)} {licences or NEVER}")
        return [
            *(whose if narrow else ("　　".join(whose),)),
            "　　".join((f"{say(SHIFT)} {shift}", *chosen)),
        ]

    def foot(self) -> str:
        """From what moment the records are, and that corrected ones replaced others."""
        text = self.words(AS_OF, at=f"{clock.site_time(self.records.read_at):%Y-%m-%d %H:%M:%S}")
        if self.records.replaced:
            text += self.words(REPLACED, count=self.records.replaced)
        return text


class RecordColumn(NamedTuple):
    """A column of a record on paper; the items of a check stand between those before and after it."""

    name: str
    mm: float
    cell: Callable[[RecordWords, FillShown], Cell]
    align: Align = Align.LEFT
    lines: int = 2
    bold: bool = False

    def ruled(self, words: RecordWords) -> RuledColumn:
        return RuledColumn(words.say(self.name), self.mm, self.align, self.lines, self.bold)


NUMBER = RuledColumn(N_("No."), 8, MIDDLE)
ITEM_MM = 7
BOTTLE = RecordColumn(N_("Cylinder"), 34, RecordWords.bottle, lines=3)
MEDIUM = RecordColumn(N_("Gas, model"), 16, RecordWords.gas)
DUE = RecordColumn(N_("Next inspection"), 16.5, RecordWords.due, MIDDLE)
GROSS = RecordColumn(N_("Gross, kg"), 12, lambda _words, row: kg(row.fill.gross_g), RIGHT)
NET = RecordColumn(N_("Net, kg"), 12, lambda _words, row: kg(row.fill.net_g), RIGHT, bold=True)
PRESSURE = RecordColumn(N_("Pressure MPa, °C"), 14, RecordWords.pressure, RIGHT)
CHECKER = RecordColumn(N_("Checked before by"), 13, lambda _words, row: row.checker or NEVER)
RECHECKER = RecordColumn(N_("Checked after by"), 13, lambda _words, row: row.rechecker or NEVER)
OUTCOME = RecordColumn(N_("Result"), 13.5, RecordWords.outcome, MIDDLE)
BEFORE_ITEMS: Mapping[DayPaper, Sequence[RecordColumn]] = {
    DayPaper.PRE_CHECK: (
        BOTTLE,
        MEDIUM,
        RecordColumn(N_("Maker"), 21, lambda _words, row: row.bottle.maker or NEVER),
        DUE,
        RecordColumn(
            N_("Scanned"), 11, lambda words, row: words.at(clock.site_time(row.fill.happened_at)), MIDDLE
        ),
    ),
    DayPaper.FILL: (
        BOTTLE,
        MEDIUM,
        DUE,
        RecordColumn(N_("Tare, kg"), 12, lambda _words, row: kg(row.fill.tare_g), RIGHT),
        RecordColumn(N_("Empty, kg"), 12, lambda _words, row: kg(row.fill.empty_g), RIGHT),
        GROSS,
        NET,
        PRESSURE,
        RecordColumn(N_("Bay, scale or gauge"), 22, RecordWords.place, lines=3),
        RecordColumn(N_("Start"), 11, lambda words, row: words.at(row.started), MIDDLE),
        RecordColumn(N_("End"), 11, lambda words, row: words.at(row.ended), MIDDLE),
        RecordColumn(N_("Filler"), 13, lambda _words, row: row.filler or NEVER),
        CHECKER,
        RECHECKER,
    ),
    DayPaper.POST_CHECK: (
        BOTTLE,
        MEDIUM,
        DUE,
        GROSS,
        RecordColumn(N_("Re-weighed, kg"), 12, lambda _words, row: kg(row.fill.recheck_g), RIGHT),
        NET,
        PRESSURE,
        RecordColumn(N_("Checked at"), 11, lambda words, row: words.at(row.ended), MIDDLE),
    ),
}
AFTER_ITEMS: Mapping[DayPaper, Sequence[RecordColumn]] = {
    DayPaper.PRE_CHECK: (
        CHECKER,
        RecordColumn(N_("Result"), 13.5, RecordWords.fitness, MIDDLE),
        RecordColumn(N_("Remark"), 45, RecordWords.remark_before, lines=4),
    ),
    DayPaper.FILL: (OUTCOME, RecordColumn(N_("Remark"), 43, RecordWords.remark, lines=4)),
    DayPaper.POST_CHECK: (RECHECKER, OUTCOME, RecordColumn(N_("Remark"), 46, RecordWords.remark, lines=4)),
}
NO_CODE_COLUMNS: Sequence[RuledColumn] = (
    NUMBER,
    RuledColumn(N_("Code as read"), 60),
    RuledColumn(N_("Scanned"), 16, MIDDLE),
    RuledColumn(GAS, 14, MIDDLE),
    RuledColumn(BAY, 18),
    RuledColumn(N_("Operator"), 20),
    RuledColumn(N_("Result"), 16, MIDDLE),
    RuledColumn(N_("Reason of refusal"), 124, lines=3),
)


def items_of(words: RecordWords, paper: DayPaper, row: FillShown) -> Mapping[str, str]:
    """The signs of the items that a record shows of a fill."""
    if paper is DayPaper.FILL:
        return {}
    return words.checks(row).pre if paper is DayPaper.PRE_CHECK else words.checks(row).post


def cells_of(
    words: RecordWords, paper: DayPaper, number: int, row: FillShown, items: Sequence[str]
) -> list[Cell]:
    """A row of a record."""
    signs = items_of(words, paper, row)
    return [
        str(number),
        *(column.cell(words, row) for column in BEFORE_ITEMS[paper]),
        *(signs.get(item, OUTSIDE) for item in items),
        *(column.cell(words, row) for column in AFTER_ITEMS[paper]),
    ]
