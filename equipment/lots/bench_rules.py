"""检验站流水线: what a verdict of the bench must bring with it, and which stamps are asked about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from equipment.core.text import Text
from equipment.core.verdict import Citation
from equipment.core.words import N_, Message
from equipment.lots.states import BenchVerdict
from equipment.regulation.packs import Value
from equipment.regulation.planning import Conclusion

CONCLUSIONS: Mapping[BenchVerdict, Conclusion] = {
    BenchVerdict.PASSED: Conclusion.PASSED,
    BenchVerdict.NEW_VALVE: Conclusion.PASSED,
    BenchVerdict.SCRAP: Conclusion.SCRAP,
}
# What is read off the bottle at the bench: the columns, and the details, of its file.
STAMPED_COLUMNS, STAMPED_DETAILS = ("serial", "maker", "made_on"), ("tare_g", "volume_ml")


@dataclass(frozen=True, slots=True)
class ScrapReason:
    """One reason to scrap a cylinder of a variety: its key, the code that people write, its text."""

    key: str
    code: str
    text: Text
    citation: Citation
    note: str = ""

    @classmethod
    def of(cls, key: str, stated: Value) -> ScrapReason:
        table = stated.table
        text = Text(table.text("zh"), table.text("en"))
        return cls(key, table.text("code"), text, stated.citation, stated.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """What somebody says of a bottle at the bench; `stamps` are those he read otherwise than the file has
    them, `sure` that he looked twice."""

    verdict: BenchVerdict
    reasons: tuple[str, ...] = ()
    remark: str = ""
    valve_until: date | None = None
    stamps: Mapping[str, object] = field(default_factory=dict)
    sure: bool = False


def bench_problems(
    result: BenchResult, reasons: Mapping[str, ScrapReason], today: date
) -> dict[str, str | Message]:
    """What a verdict lacks, by field."""
    wrong: dict[str, str | Message] = {}
    if result.verdict is BenchVerdict.SCRAP and not result.reasons:
        wrong["reasons"] = N_("Choose at least one reason to scrap it.")
    if result.verdict is not BenchVerdict.SCRAP and result.reasons:
        wrong["reasons"] = N_("Reasons to scrap go with a scrap only.")
    if unknown := [key for key in result.reasons if key not in reasons]:
        text = N_("No such reason for this variety: %(keys)s")
        wrong["reasons"] = Message(text, {"keys": "、".join(unknown)})
    if result.verdict is BenchVerdict.NEW_VALVE and result.valve_until is None:
        wrong["valve_until"] = N_("Enter when the design life of the new valve ends.")
    elif result.verdict is BenchVerdict.NEW_VALVE and result.valve_until and result.valve_until <= today:
        wrong["valve_until"] = N_("The life of a new valve ends in the future.")
    if result.verdict is not BenchVerdict.NEW_VALVE and result.valve_until is not None:
        wrong["valve_until"] = N_("Say that it conforms with a new valve, or leave this empty.")
    return wrong


def far_off(on_file: object, read: object, percent: int | None) -> bool:
    """Whether an amount read at the bench differs so much from the file that somebody is asked."""
    if percent is None or not isinstance(on_file, int) or not isinstance(read, int) or on_file <= 0:
        return False
    return abs(read - on_file) * 100 > on_file * percent
