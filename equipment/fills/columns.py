"""The columns of records and files of fills, and the signs of check items in them:
√, ×, — where an item does not belong to the bottle, ○ where nobody answered it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from equipment.core.verdict import Reason, Verdict
from equipment.core.words import N_
from equipment.fills.build_rules import Make
from equipment.fills.models import Mark
from equipment.fills.reason_rules import OVERFILL
from equipment.fills.shown import FillShown
from equipment.fills.station import pack_of
from equipment.regulation.fill_checks import CheckItem
from equipment.regulation.gases import FillGroup
from equipment.tasks.sheets import Say

YES, NO, OUTSIDE, OPEN = "√", "×", "—", "○"
TARE_ITEM = "P12"  # tare known, and the empty bottle weighed
LICENCE_ITEM = "P02"  # the register answers it only where the maker's licence is on file
# Which refusals of the register answer an item that its own reason does not name.
REGISTER_ANSWERS: Mapping[str, frozenset[str]] = {
    "P01": frozenset({"R01", "R02", "R03"}),
    "P05": frozenset({"R07", "R08", "R09"}),
    "P06": frozenset({"R13"}),
}
TIME = "%Y-%m-%d %H:%M"


class FillColumn(NamedTuple):
    """A column of a file: what it is called, how wide it stands, and what a fill has in it."""

    name: str
    width: int
    value: Callable[[FillShown, Say], object]
    kind: str = "text"


def thousandth(number: int | None) -> float | None:
    """kg of g, MPa of kPa."""
    return None if number is None else number / 1000


FILL_COLUMNS: Sequence[FillColumn] = (
    FillColumn(N_("Time"), 17, lambda row, _say: f"{row.started:{TIME}}"),
    FillColumn(N_("Label"), 20, lambda row, _say: row.bottle.label_code or ""),
    FillColumn(N_("Serial number"), 18, lambda row, _say: row.bottle.serial),
    FillColumn(N_("Unit's own number"), 14, lambda row, _say: row.bottle.own_number),
    FillColumn(N_("Gas"), 8, lambda row, _say: row.fill.gas),
    FillColumn(N_("Model"), 14, lambda row, _say: row.model),
    FillColumn(N_("Maker"), 24, lambda row, _say: row.bottle.maker),
    FillColumn(N_("Next inspection"), 12, lambda row, _say: row.due_on, "day"),
    FillColumn(N_("Station"), 28, lambda row, _say: row.station),
    FillColumn(N_("Bay"), 8, lambda row, _say: row.fill.bay),
    FillColumn(N_("Scale or gauge"), 16, lambda row, _say: str(row.instrument)),
    FillColumn(N_("Tare, kg"), 10, lambda row, _say: thousandth(row.fill.tare_g), "amount"),
    FillColumn(N_("Empty, kg"), 10, lambda row, _say: thousandth(row.fill.empty_g), "amount"),
    FillColumn(N_("Residual, kg"), 10, lambda row, _say: thousandth(row.fill.residual_g), "amount"),
    FillColumn(N_("Gross, kg"), 10, lambda row, _say: thousandth(row.fill.gross_g), "amount"),
    FillColumn(N_("Net, kg"), 10, lambda row, _say: thousandth(row.fill.net_g), "amount"),
    FillColumn(N_("Re-weighed, kg"), 10, lambda row, _say: thousandth(row.fill.recheck_g), "amount"),
    FillColumn(N_("Pressure, MPa"), 12, lambda row, _say: thousandth(row.fill.pressure_kpa), "amount"),
    FillColumn(
        N_("Temperature, °C"),
        10,
        lambda row, _say: None if row.fill.temperature_dc is None else row.fill.temperature_dc / 10,
        "tenth",
    ),
    FillColumn(N_("End"), 17, lambda row, _say: f"{row.ended:{TIME}}" if row.ended else ""),
    FillColumn(N_("Status"), 16, lambda row, say: row.state(say)),
    FillColumn(
        N_("Codes of refusal"), 16, lambda row, _say: " ".join(reason["code"] for reason in row.fill.verdict)
    ),
    FillColumn(N_("Filler"), 12, lambda row, _say: row.filler),
    FillColumn(N_("Checked before by"), 12, lambda row, _say: row.checker),
    FillColumn(N_("Checked after by"), 12, lambda row, _say: row.rechecker),
)
REMARK = FillColumn(
    N_("Remark"),
    40,
    lambda row, say: "；".join(text for text in (*row.flags(say), row.treatment(say)) if text),
)


@dataclass(frozen=True, slots=True)
class Checks:
    """The check items of one fill, before and after, with their signs."""

    pre: Mapping[str, str]
    post: Mapping[str, str]
    group: FillGroup


def checks_of(row: FillShown) -> Checks:
    """The signs of a fill's items: what people answered, and what the register answers of the rest."""
    fill, pack = row.fill, pack_of(row.fill.on)
    build, _tare_g = pack.build_of(row.bottle.details)
    make: Make | None = build.make if build else None
    reasons = Verdict.from_json(fill.verdict).refusals
    gas = pack.gases.get(fill.gas)
    group = FillGroup(make.group) if make else gas.group if gas else FillGroup.COMPRESSED
    pre = {item.code: _before(item, row, reasons) for item in make.pre} if make else {}
    post = {item.code: _after(item, row, reasons) for item in make.post} if make else {}
    return Checks(pre, post, group)


def _before(item: CheckItem, row: FillShown, reasons: Iterable[Reason]) -> str:
    mark = row.fill.checks.get(item.code)
    against = REGISTER_ANSWERS.get(item.code, frozenset()) | {item.refusal}
    if _is_wrong(mark) or any(
        reason.code in against or reason.params.get("item") == item.code for reason in reasons
    ):
        return NO
    if mark is not None:
        return YES
    unknown = {
        TARE_ITEM: None in (row.fill.tare_g, row.fill.empty_g),
        LICENCE_ITEM: not row.bottle.details.get("maker_licence"),
    }
    if item.by_person or unknown.get(item.code, False):
        return OPEN
    return YES


def _after(item: CheckItem, row: FillShown, reasons: Iterable[Reason]) -> str:
    mark = row.fill.post_checks.get(item.code)
    if _is_wrong(mark) or any(reason.code == item.code for reason in reasons):
        return NO
    weighed = item.code == OVERFILL and row.fill.gross_g is not None
    return YES if mark is not None or weighed else OPEN


def _is_wrong(mark: Mark | None) -> bool:
    return mark is not None and not mark["ok"]


def in_one_cell(signs: Mapping[str, str]) -> str:
    """The items of a bottle in one cell of a file: P03√ P04√ P08×."""
    return " ".join(f"{code}{sign}" for code, sign in signs.items())
