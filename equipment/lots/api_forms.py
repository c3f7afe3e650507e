"""What machines say of lots, and what they are answered."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from equipment.core import clock
from equipment.lots.bench_rules import STAMPED_COLUMNS, STAMPED_DETAILS, BenchResult
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import LotCounts
from equipment.lots.states import BenchVerdict, Difference, LotRowState, LotState
from equipment.web.api import Day, OffsetTime, RequestBody, Whole
from equipment.web.openapi import Answered

ReadCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=400),
    Field(description="What the gun read: a label or its address, another code, a stamped or own number."),
]


ScrapKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40),
    Field(description="A key of GET /api/v1/scrap-reasons, of the variety of the bottle."),
]


class LotMessage(RequestBody):
    """A new lot to an inspection body; the sender makes its id."""

    lot_id: UUID
    body_id: UUID
    note: str = Field("", max_length=300)
    happened_at: OffsetTime


class BottleMessage(RequestBody):
    """A bottle was scanned: put in by the sender, taken off the lorry by the body."""

    scan_id: UUID
    code: ReadCode
    happened_at: OffsetTime


class HandOverMessage(RequestBody):
    """The lot leaves; who takes it."""

    carrier: str = Field("", max_length=60)
    happened_at: OffsetTime


class ReceiptMessage(RequestBody):
    """The receipt is signed. With `all` every bottle that was not scanned was counted as there: it must be
    their number."""

    note: str = Field("", max_length=300)
    all: Annotated[Whole, Field(ge=0)] | None = None
    happened_at: OffsetTime


class BenchMessage(RequestBody):
    """A verdict of the bench on the bottle that was scanned; stamps only where the bottle says otherwise than
    the file. It is a result when it leaves the line."""

    result_id: UUID
    code: ReadCode
    verdict: BenchVerdict
    reasons: list[ScrapKey] = Field(default=[], max_length=40)
    remark: str = Field("", max_length=300)
    valve_until: Day | None = Field(None, description="Of the new valve: the last day of its design life.")
    tare_g: Annotated[Whole, Field(ge=100, le=5_000_000)] | None = None
    volume_ml: Annotated[Whole, Field(ge=400, le=3_000_000)] | None = None
    serial: str = Field("", max_length=60)
    maker: str = Field("", max_length=120)
    made_on: Day | None = None
    sure: bool = Field(False, description="Somebody looked twice: what is far off is not asked about again.")
    happened_at: OffsetTime

    def result(self) -> BenchResult:
        stamps = {name: getattr(self, name) for name in (*STAMPED_COLUMNS, *STAMPED_DETAILS)}
        return BenchResult(
            verdict=self.verdict,
            reasons=tuple(self.reasons),
            remark=self.remark,
            valve_until=self.valve_until,
            stamps={name: value for name, value in stamps.items() if value not in (None, "")},
            sure=self.sure,
        )


class PassRestMessage(RequestBody):
    """Every bottle without a verdict conforms; `count` is how many somebody counted."""

    count: Annotated[Whole, Field(ge=0)]
    happened_at: OffsetTime


class LeaveMessage(RequestBody):
    """What has a verdict leaves the line under the lot's one report; its number may follow, by the same
    message."""

    on: Day
    reviewed_by: str = Field(max_length=60)
    report_no: str = Field("", max_length=60)
    happened_at: OffsetTime


class LotProblem(Answered):
    """A bottle that stayed, and why."""

    row: int
    problem: str


class LotRowRecord(Answered):
    """One bottle of a lot; `code` is its label, or what was read of a stranger's."""

    row: int
    code: str
    equipment_id: str | None
    serial: str
    own_number: str
    state: LotRowState
    difference: Difference | None
    verdict: BenchVerdict | None
    reasons: list[str]
    inspection_id: str | None


class LotBottleResponse(Answered):
    """The row of the bottle; `again`: it was there before."""

    lot_id: str
    again: bool
    bottle: LotRowRecord


class LotRecord(Answered):
    """A lot as it stands; times are null while that has not happened."""

    lot_id: str
    number: str
    organisation_id: str
    body_id: str
    state: LotState
    opened_at: str
    handed_at: str | None
    received_at: str | None
    finished_at: str | None
    report_no: str
    bottles: dict[str, int]
    changed_at: str


class LotResponse(LotRecord):
    """A lot with its bottles."""

    rows: list[LotRowRecord]


class LotStepResponse(LotResponse):
    """The lot after a step of many bottles: how many went along, and which stayed."""

    count: int
    problems: list[LotProblem]


class ScrapReasonRecord(Answered):
    """A reason to scrap: its key, the code that people write; `verified` false while nobody confirmed it."""

    key: str
    code: str
    text: str
    verified: bool


class ScrapReasonsResponse(Answered):
    """The reasons to scrap a cylinder at its inspection, by variety; `general` for those without a list."""

    varieties: dict[str, list[ScrapReasonRecord]]


class LotsResponse(Answered):
    """Lots in the order in which they last changed."""

    lots: list[LotRecord]
    next: str
    more: bool


def row_record(row: LotRow) -> dict[str, object]:
    return {
        "row": row.row_no,
        "code": row.snapshot.get("label") or row.code,
        "equipment_id": str(row.equipment_id) if row.equipment_id else None,
        "serial": row.snapshot.get("serial", ""),
        "own_number": row.snapshot.get("own_number", ""),
        "state": row.state,
        "difference": row.difference,
        "verdict": row.verdict,
        "reasons": row.reasons,
        "inspection_id": str(row.inspection_id) if row.inspection_id else None,
    }


def lot_record(lot: Lot, counts: LotCounts) -> dict[str, object]:
    def at(name: str) -> str | None:
        moment = getattr(lot, name)
        return moment.isoformat() if moment else None

    return {
        "lot_id": str(lot.id),
        "number": lot.number,
        "organisation_id": str(lot.organisation_id),
        "body_id": str(lot.body_id),
        "state": lot.state,
        "opened_at": at("opened_at"),
        "handed_at": at("handed_at"),
        "received_at": at("received_at"),
        "finished_at": at("finished_at"),
        "report_no": lot.report_no,
        "bottles": {str(state): number for state, number in counts.states.items()},
        "changed_at": clock.now().isoformat() if lot.changed_at is None else lot.changed_at.isoformat(),
    }
