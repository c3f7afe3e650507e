"""交接班表: who handed to whom, what was filled in the shift, what is left open; as a ruled paper and as
the tables of a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from equipment.core import clock
from equipment.core.words import N_
from equipment.fills.columns import TIME
from equipment.fills.deliveries import counts_of, deliveries
from equipment.fills.models import Delivery, Fill, Manifold
from equipment.fills.papers import PaperWindow, Shift, instruments_of, is_of, shifts
from equipment.fills.queries import ON_SCALES, undecided
from equipment.fills.record_printing import BAY, GAS, MIDDLE, RIGHT, RecordWords, kg
from equipment.fills.shown import NEVER, FillShown, people_named, shown
from equipment.fills.states import DayPaper, FillState, ManifoldState, Pile, Treatment
from equipment.instruments.rules import InstrumentKind
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.tasks.ruled import RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Table, TableColumn

NEIGHBOURS = timedelta(days=31)  # how far away the shift before or after is looked for
NOBODY = N_("not taken over yet")
WHO, FILLED_HERE = N_("Who handed over to whom"), N_("Filled in this shift, by gas and bay")
REFUSED_FOR, LEFT_OPEN = N_("Refused, by reason"), N_("Unfinished bottles")
VOIDED, TAKEN_IN = N_("Scanned by mistake, not filled"), N_("Bottles taken in")
INSTRUMENTS, OPEN_ITEMS = N_("Scales and gauges"), N_("Open items")
NONE, SUM = N_("None."), N_("Sum")
IN_DATE, PAST = N_("valid"), N_("past its verification day")
NEVER_FILLED = (FillState.VOID, FillState.NOT_FILLED)


class SectionColumn(NamedTuple):
    """A column of a section; `kind` is text, number or amount (kg)."""

    name: str
    mm: float
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class HandoverTable:
    """One small table of the sheet; its cells are texts, whole numbers, and weights in g. The last row is the
    sum where `summed`."""

    title: str
    columns: Sequence[SectionColumn]
    rows: Sequence[Sequence[object]]
    summed: bool = False

    def ruled(self, words: RecordWords) -> RuledTable:
        columns = [
            RuledColumn(
                words.say(column.name), column.mm, RIGHT if column.kind != "text" else MIDDLE, lines=3
            )
            for column in self.columns
        ]
        rows = [
            RuledRow(
                [self._printed(cell, column) for cell, column in zip(row, self.columns, strict=True)],
                bold=self.summed and row is self.rows[-1],
            )
            for row in self.rows
        ]
        return RuledTable(columns, rows, words.say(self.title), words.say(NONE))

    def table(self, words: RecordWords) -> Table:
        columns = [
            TableColumn(words.say(column.name), max(10, round(column.mm * 0.8)), column.kind)
            for column in self.columns
        ]
        rows = [
            [
                cell / 1000 if column.kind == "amount" and isinstance(cell, int) else cell
                for cell, column in zip(row, self.columns, strict=True)
            ]
            for row in self.rows
        ]
        head = [f"{words.say(DayPaper.HANDOVER.label)}　{words.say(self.title)}", *words.about()]
        return Table(words.say(self.title), columns, rows, head=head, notes=[words.foot()])

    @staticmethod
    def _printed(cell: object, column: SectionColumn) -> str:
        if column.kind == "amount" and isinstance(cell, int):
            return kg(cell)
        return "" if cell is None else str(cell) or NEVER


def handover_paper(
    words: RecordWords, sections: Sequence[HandoverTable], *, sample: bool = False
) -> RuledPaper:
    """The sheet, to be signed by both."""
    signers = (N_("Handed over by, signed"), N_("Time"), N_("Taken over by, signed"), N_("Time"))
    return RuledPaper(
        title=words.say(DayPaper.HANDOVER.label),
        number=words.records.window.days,
        about=words.about(narrow=True),
        tables=[section.ruled(words) for section in sections],
        signatures=[words.say(signer) for signer in signers],
        foot=words.foot(),
        landscape=False,
        points=8.5,
        sample=sample,
    )


def handover_sections(viewer: Viewer, words: RecordWords) -> list[HandoverTable]:
    """Everything that whoever comes next must know."""
    return [
        _duties(viewer, words),
        _amounts(words),
        _refusals(words),
        _bottles(words, LEFT_OPEN, _left_open(viewer, words)),
        _bottles(words, VOIDED, [row for row in words.records.fills if row.fill.state in NEVER_FILLED]),
        _deliveries(viewer, words),
        _instruments(words),
        _open_items(viewer, words),
    ]


def _duties(viewer: Viewer, words: RecordWords) -> HandoverTable:
    """Each duty of the window with the one before and after it at the same device."""
    window = words.records.window
    around = shifts(viewer, window.station.id, window.since - NEIGHBOURS, window.until + NEIGHBOURS)
    wanted = shifts(viewer, window.station.id, window.since, window.until)
    if window.shift:
        wanted = [window.shift]
    rows = []
    for shift in wanted:
        same = [other for other in around if other.duty.device_id == shift.duty.device_id]
        place = [other.duty.id for other in same].index(shift.duty.id)
        before, after = same[place - 1] if place else None, same[place + 1] if place + 1 < len(same) else None
        rows.append(
            [
                shift.device,
                _when(before, ended=True),
                shift.person,
                shift.hours,
                _when(after, ended=False) if after else words.say(NOBODY),
            ]
        )
    columns = (
        SectionColumn(N_("Device"), 32),
        SectionColumn(N_("Taken over from"), 40),
        SectionColumn(N_("Person on duty"), 30),
        SectionColumn(N_("From, until"), 44),
        SectionColumn(N_("Handed to"), 40),
    )
    return HandoverTable(WHO, columns, rows)


def _when(shift: Shift | None, *, ended: bool) -> str:
    """A neighbour, with the time at which he left or came."""
    if shift is None:
        return ""
    at = shift.duty.until if ended else shift.duty.since
    return f"{shift.person} {clock.site_time(at):%m-%d %H:%M}" if at else shift.person


def _amounts(words: RecordWords) -> HandoverTable:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in words.records.fills:
        place = counts.setdefault((row.fill.gas, row.fill.bay), Counter())
        place[row.fill.state] += 1
        if row.fill.state == FillState.FILLED:
            place["net_g"] += row.fill.net_g or 0

    def net_of(gas: str, bay: str) -> int | None:
        """Nothing was weighed where gas is filled by pressure."""
        return counts[gas, bay]["net_g"] or None

    names = (FillState.FILLED, "net_g", FillState.FAILED, FillState.OVERFILLED, FillState.REFUSED)
    rows: list[list[object]] = [
        [gas, bay, *(counts[gas, bay][name] if name != "net_g" else net_of(gas, bay) for name in names)]
        for gas, bay in sorted(counts)
    ]
    summed = sum(counts.values(), Counter[str]())
    if rows:
        rows.append([words.say(SUM), None, *(summed[name] for name in names)])
    columns = (
        SectionColumn(GAS, 22),
        SectionColumn(BAY, 30),
        SectionColumn(N_("Bottles filled"), 24, "number"),
        SectionColumn(N_("Net, kg"), 28, "amount"),
        SectionColumn(N_("Failed afterwards"), 26, "number"),
        SectionColumn(N_("To be drawn down"), 26, "number"),
        SectionColumn(N_("Refused bottles"), 26, "number"),
    )
    return HandoverTable(FILLED_HERE, columns, rows, summed=bool(rows))


def _refusals(words: RecordWords) -> HandoverTable:
    """A bottle that was refused for several reasons counts for each of them."""
    counts, texts = Counter[str](), dict[str, str]()
    verdicts = [row.fill.verdict for row in words.records.fills if row.fill.state == FillState.REFUSED]
    for verdict in (*verdicts, *(scan.reasons for scan in words.records.no_code)):
        for reason in verdict:
            if reason["effect"] != "warn":
                counts[reason["code"]] += 1
                texts.setdefault(reason["code"], words.stated(reason["code"]))
    bottles = len(verdicts) + len(words.records.no_code)
    rows: list[list[object]] = [[code, texts[code], counts[code]] for code in sorted(counts)]
    if rows:
        rows.append([words.say(N_("Bottles refused in all")), None, bottles])
    columns = (
        SectionColumn(N_("Codes of refusal"), 34),
        SectionColumn(N_("Reason of refusal"), 130),
        SectionColumn(N_("Bottles"), 22, "number"),
    )
    return HandoverTable(REFUSED_FOR, columns, rows, summed=bool(rows))


def _left_open(viewer: Viewer, words: RecordWords) -> list[FillShown]:
    """The bottles that still wait for their result, or to be drawn down: also those that were taken over from
    an earlier shift or day."""
    window = words.records.window
    waiting = visible(viewer, Fill).where(
        Fill.organisation_id == window.station.id,
        Fill.superseded.is_(False),
        Fill.state.in_(ON_SCALES),
        Fill.closed_at.is_(None),
        Fill.on <= window.until,
    )
    fills = session.scalars(waiting.order_by(Fill.happened_at, Fill.id)).all()
    return shown(
        [fill for fill in fills if is_of(window, fill.bay, fill.gas) and _is_handed_on(window, fill)]
    )


def _is_handed_on(window: PaperWindow, fill: Fill) -> bool:
    """Whether whoever goes off hands this bottle on: scanned at his device or by him, before he left."""
    if window.shift is None:
        return True
    duty = window.shift.duty
    by_it = fill.device_id == duty.device_id or fill.user_id == duty.user_id
    return by_it and fill.received_at < window.shift.until


def _bottles(words: RecordWords, title: str, bottles: Sequence[FillShown]) -> HandoverTable:
    rows = [
        [
            "　".join(text for text in (row.label, row.numbers) if text),
            row.fill.gas,
            row.fill.bay,
            f"{clock.site_time(row.fill.happened_at):{TIME}}",
            row.filler,
            row.state(words.say),
        ]
        for row in bottles
    ]
    columns = (
        SectionColumn(N_("Cylinder"), 66),
        SectionColumn(GAS, 16),
        SectionColumn(BAY, 22),
        SectionColumn(N_("Scanned"), 32),
        SectionColumn(N_("Filler"), 22),
        SectionColumn(N_("Status"), 30),
    )
    return HandoverTable(title, columns, rows)


def _deliveries(viewer: Viewer, words: RecordWords) -> HandoverTable:
    window = words.records.window
    begins, ends = clock.site_midnight(window.since), clock.site_midnight(window.until + timedelta(days=1))
    taken = session.scalars(
        deliveries(viewer)
        .where(
            Delivery.organisation_id == window.station.id,
            Delivery.opened_at >= begins,
            Delivery.opened_at < ends,
        )
        .order_by(Delivery.opened_at, Delivery.id)
    ).all()
    shift = window.shift
    taken = [row for row in taken if shift is None or shift.holds(row.opened_at, row.device_id, row.user_id)]
    counts, people = counts_of([row.id for row in taken]), people_named(row.user_id for row in taken)
    rows = [
        [
            f"{clock.site_time(row.opened_at):%m-%d %H:%M}",
            row.from_whom,
            people.get(row.user_id, ""),
            *(counts[row.id][pile] for pile in Pile),
        ]
        for row in taken
    ]
    columns = (
        SectionColumn(N_("Time"), 26),
        SectionColumn(N_("From whom"), 40),
        SectionColumn(N_("Taken in by"), 22),
        *(SectionColumn(pile.label, 16, "number") for pile in Pile),
    )
    return HandoverTable(TAKEN_IN, columns, rows)


def _instruments(words: RecordWords) -> HandoverTable:
    today = clock.today()
    rows = [
        [
            row.bay,
            row.gas,
            words.say(InstrumentKind(row.kind).label),
            f"{row.name} {row.number}",
            row.verified_until.isoformat() if row.verified_until else NEVER,
            words.say(IN_DATE if row.verified_until and row.verified_until >= today else PAST),
        ]
        for row in instruments_of(words.records.window.station.id)
    ]
    columns = (
        SectionColumn(BAY, 24),
        SectionColumn(GAS, 16),
        SectionColumn(N_("Kind"), 20),
        SectionColumn(N_("Name, number"), 60),
        SectionColumn(N_("Verified until"), 30),
        SectionColumn(N_("Status"), 36),
    )
    return HandoverTable(INSTRUMENTS, columns, rows)


def _open_items(viewer: Viewer, words: RecordWords) -> HandoverTable:
    """What still has to be done about the bottles of this window, and what whoever signs should know."""
    fills = words.records.fills
    refused = [row for row in fills if row.fill.state in (FillState.REFUSED, FillState.FAILED)]
    window = words.records.window
    forbidden = undecided(viewer).where(
        Fill.organisation_id == window.station.id, Fill.on.between(window.since, window.until)
    )
    ids = {row.fill.id for row in fills}
    running = (
        visible(viewer, Manifold)
        .where(Manifold.organisation_id == window.station.id)
        .where(Manifold.state.in_((ManifoldState.OPEN, ManifoldState.FILLING)))
    )
    counts = {
        N_("Manifolds under way"): sum(
            is_of(window, manifold.bay, manifold.gas) for manifold in session.scalars(running)
        ),
        N_("Refused or failed bottles without a treatment"): sum(not row.fill.treatment for row in refused),
        N_("Bottles whose record is said to be wrong, not yet settled"): sum(map(_waits_for_record, fills)),
        N_("Filled although forbidden, not yet decided by the bureau"): sum(
            fill.id in ids for fill in session.scalars(forbidden)
        ),
        N_("Late entries"): sum(row.fill.late_entry for row in fills),
        N_("Corrected records"): sum(row.fill.supersedes_id is not None for row in fills),
        N_("Not looked over before filling"): sum("no_pre_check" in row.fill.flags for row in fills),
    }
    rows = [[words.say(name), count] for name, count in counts.items() if count]
    return HandoverTable(
        OPEN_ITEMS, (SectionColumn(N_("Item"), 150), SectionColumn(N_("Count"), 36, "number")), rows
    )


def _waits_for_record(row: FillShown) -> bool:
    return row.fill.treatment == Treatment.WRONG_FILE and row.fill.approved_by is None
