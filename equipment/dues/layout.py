"""The sheets of a printed due-list, composed before anything is drawn.

A sheet is a grid of text lines: a row takes four of them, the heading of a unit two. So the page a row stands
on and "page x of y" are known at once, parts can be drawn apart, and nothing ever overflows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from equipment.core.words import N_
from equipment.dues.models import DueListRow, RowSnapshot
from equipment.register.codes import spelt
from equipment.regulation.categories import category
from equipment.regulation.planning import Conclusion
from equipment.tasks.measure import Room, joined
from equipment.tasks.sheets import Say

LINES, COUNTY, GROUP, ROW = 46, 1, 2, 4  # of a sheet; of the heading of a county, of a unit; of a row
PLAIN, BOLD, HEADED = 7.5, 8, 9.5  # points of a row's text, of what is bold in it, of a heading
# Where the columns end and where their texts begin, in mm.
EDGES = (0, 9, 26, 84, 132, 168, 189, 220.5, 247.5, 276.75)
LEFTS = {
    "row": 1,
    "scan": 10.5,
    "what": 27.5,
    "where": 85.2,
    "due": 133.2,
    "on": 169.2,
    "choice": 190.3,
    "report": 222,
    "remark": 249,
}
ROOMS = {
    column: Room(next(edge for edge in EDGES if edge > left) - left - 0.5, PLAIN)
    for column, left in LEFTS.items()
}
CALLED, UNIT, CONTACT = Room(ROOMS["what"].mm, BOLD, True), Room(84, HEADED, True), Room(62, HEADED)

FAILED, OVERDUE, STOPPED = N_("Inspection failed"), N_("Overdue"), N_("Use stopped")
SAFETY_MANAGER, LAST, HAZARDS = N_("Safety manager"), N_("Last time"), N_("Open hazards")
CODE, CERTIFICATE, SERIAL = N_("Equipment code"), N_("Use certificate"), N_("Serial number")
Choices = Callable[[str, str], Sequence[str]]  # by category and kind of due


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a unit's rows: where it stands on the sheet, how many pieces the unit has on the
    list, whether it began earlier, and whom to call there."""

    first_line: int
    street: str
    unit: str
    pieces: str
    goes_on: bool
    contact: str = ""


@dataclass(frozen=True, slots=True)
class CountyHeading:
    """The line above the units of a county."""

    first_line: int
    county: str


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row: its number, the line it begins on, what its first line says in bold, up to four lines of text in
    every column."""

    number: int
    first_line: int
    strong: Mapping[str, str]
    texts: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class PrintedPage:
    """One page."""

    number: int
    filled: int = 0  # lines
    headings: list[Heading] = field(default_factory=list)
    counties: list[CountyHeading] = field(default_factory=list)
    rows: list[PrintedRow] = field(default_factory=list)

    def head(self, heading: Heading) -> None:
        self.headings.append(heading)
        self.filled += GROUP

    def begin(self, county: str) -> None:
        self.counties.append(CountyHeading(self.filled, county))
        self.filled += COUNTY

    def add(self, row_no: int, strong: Mapping[str, str], texts: Mapping[str, Sequence[str]]) -> None:
        self.rows.append(PrintedRow(row_no, self.filled, strong, texts))
        self.filled += ROW


@dataclass(frozen=True, slots=True)
class Wording:
    """How the rows are worded: in which language, counted from which day, with which conclusions to tick."""

    say: Say
    choices: Choices
    today: str
    chinese: bool


def printed_pages(rows: Iterable[DueListRow], wording: Wording) -> list[PrintedPage]:
    """All pages of a list, in its order."""
    listed = list(rows)
    of_unit: dict[tuple[str, str], list[DueListRow]] = defaultdict(list)
    for row in listed:
        of_unit[_unit(row)].append(row)
    pages: list[PrintedPage] = []
    begun: set[tuple[str, str]] = set()
    current: tuple[str, str] | None = None
    county = ""
    for row in listed:
        unit, its_county = _unit(row), row.snapshot.get("county", "")
        needed = ROW + (GROUP if unit != current else 0) + (COUNTY if its_county != county else 0)
        if not pages or pages[-1].filled + needed > LINES:
            pages.append(PrintedPage(len(pages) + 1))
            current, county = None, ""
        page = pages[-1]
        if its_county != county:
            page.begin(its_county)
            current, county = None, its_county
        if unit != current:
            name, contact = UNIT.clipped(unit[1]), CONTACT.clipped(_contact(row, wording))
            page.head(
                Heading(
                    page.filled, unit[0], name, counted(of_unit[unit], wording.say), unit in begun, contact
                )
            )
            begun.add(unit)
            current = unit
        page.add(row.row_no, _strong(row), _texts(row, wording))
    return pages


def counted(rows: Iterable[DueListRow], say: Say) -> str:
    """How many pieces these are, each category in the unit it is counted in: 60 台、4 只."""
    numbers = Counter(category(row.snapshot["category"]).counted_in for row in rows)
    return "、".join(f"{number} {say(unit)}" for unit, number in numbers.items())


def _unit(row: DueListRow) -> tuple[str, str]:
    return row.snapshot["street"], row.snapshot["unit"]


def _contact(row: DueListRow, wording: Wording) -> str:
    seen = row.snapshot
    if not seen.get("contact"):
        return ""
    return joined(f"{wording.say(SAFETY_MANAGER)} {seen['contact']}", seen.get("phone", ""))


def _strong(row: DueListRow) -> dict[str, str]:
    seen = row.snapshot
    return {
        "what": CALLED.clipped(joined(spelt(seen["label"]) or seen["serial"] or "—", seen["own_number"])),
        "due": seen["due_on"],
    }


def _texts(row: DueListRow, wording: Wording) -> dict[str, Sequence[str]]:
    """Up to four lines of a row in every column; empty where the bold ones stand."""
    seen, say, room = row.snapshot, wording.say, ROOMS["due"]
    kind = seen["catalogue"][0 if wording.chinese else 1] if seen["catalogue"] else seen["name"]
    numbers = [
        f"{say(word)} {text}"
        for word, text in (
            (CODE, seen.get("equipment_code", "")),
            (CERTIFICATE, seen.get("certificate", "")),
            (SERIAL, seen["serial"] if seen["label"] else ""),
        )
        if text
    ]
    name = seen["name"] if seen["catalogue"] else ""
    first = joined(kind, seen["model"] or name)  # what has no model is told apart by its name
    about = (first, *numbers, name if seen["model"] else "")
    application = (
        f"{say('Arranged for')} {seen['planned_on']}"
        if seen["planned_on"]
        else say("Applied for")
        if seen["applied"]
        else say("Not applied for")
    )
    failed = seen.get("failed", False)
    late = [say(FAILED if failed else OVERDUE)] if failed or seen["due_on"] < wording.today else []
    state = [" ".join([*late, application])]
    if room.width(state[0]) > room.mm:
        state = [*late, application]
    return {
        "what": ("", *[ROOMS["what"].clipped(text) for text in about if text][: ROW - 1]),
        "where": [
            *ROOMS["where"].wrapped(seen["address"], 2),
            *(ROOMS["where"].clipped(text) for text in (seen["position"], seen["firm"]) if text),
        ],
        "due": (
            "",
            *[room.clipped(text) for text in (say(seen["kind_label"]), *state, _last(seen, say))][:3],
        ),
        "choice": _ticks(wording.choices(seen["category"], seen["kind"])),
        "remark": [ROOMS["remark"].clipped(text) for text in _hazards(seen, say)],
    }


def _ticks(choices: Sequence[str]) -> list[str]:
    """The conclusions to tick, one a line; safety grades, which are many, two a line and by their grade."""
    if len(choices) < ROW:
        return [ROOMS["choice"].clipped(f"□ {choice}") for choice in choices]
    alike = next(place for place in count() if len({choice[: place + 1] for choice in choices}) > 1)
    boxes = [f"□ {choice[alike:]}" for choice in choices]
    return [ROOMS["choice"].clipped("  ".join(boxes[at : at + 2])) for at in range(0, len(boxes), 2)][:ROW]


def last_time(seen: RowSnapshot, say: Say) -> str:
    """When the same was done last, and how it came out; only a day where nothing but the papers tells."""
    conclusion = seen.get("last_conclusion", "")
    texts = (seen.get("last_on", ""), say(Conclusion(conclusion).label) if conclusion else "")
    return " ".join(text for text in texts if text)


def _last(seen: RowSnapshot, say: Say) -> str:
    return f"{say(LAST)} {last_time(seen, say)}" if seen.get("last_on") else ""


def hazards_text(seen: RowSnapshot, say: Say) -> str:
    """停止使用 before the number of open hazards."""
    texts = ([say(STOPPED)] if seen.get("stopped") else []) + [str(seen.get("hazards") or "")]
    return " ".join(text for text in texts if text)


def _hazards(seen: RowSnapshot, say: Say) -> list[str]:
    open_ones = f"{say(HAZARDS)} {seen['hazards']}" if seen.get("hazards") else ""
    return [text for text in (say(STOPPED) if seen.get("stopped") else "", open_ones) if text]
