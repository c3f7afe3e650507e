"""The forms of the bench: a verdict with what was read off the bottle, the report of the lot."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.lots.bench_rules import BenchResult
from equipment.lots.states import BenchVerdict
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    TickField,
    labelled,
    needed_day,
    stripped,
)

THOUSAND = 1000  # g of a kg, mL of a litre


class BenchForm(Form):
    """A verdict; what was read off the bottle only where it differs from the file."""

    id = IdField()
    verdict = ChoiceField(_l("Verdict"), choices=lambda: labelled(BenchVerdict))
    reasons = TickField(_l("Reasons to scrap"), choices=[], validate_choice=False)
    remark = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    valve_until = DayField(_l("Design life of the new valve ends on"))
    tare_g = StringField(_l("Tare"), [AtMost(12)], default="", filters=[stripped])
    volume_ml = StringField(_l("Volume"), [AtMost(12)], default="", filters=[stripped])
    serial = StringField(_l("Serial number"), [AtMost(60)], default="", filters=[stripped])
    maker = StringField(_l("Maker"), [AtMost(120)], default="", filters=[stripped])
    made_on = DayField(_l("Made on"))
    sure = BooleanField(_l("I have looked twice"))

    def result(self) -> BenchResult:
        """What was entered; Invalid where an amount is no number."""
        stamps: dict[str, object] = {
            "serial": self.serial.data,
            "maker": self.maker.data,
            "made_on": self.made_on.data,
        }
        for name in ("tare_g", "volume_ml"):
            stamps[name] = thousandth(name, self[name].data or "")
        return BenchResult(
            verdict=BenchVerdict(self.verdict.data),
            reasons=tuple(self.reasons.data or ()),
            remark=self.remark.data or "",
            valve_until=self.valve_until.data,
            stamps={name: value for name, value in stamps.items() if value not in (None, "")},
            sure=bool(self.sure.data),
        )


def thousandth(name: str, text: str) -> int | None:
    """kg as g, litres as mL; None where nothing was entered."""
    if not text:
        return None
    try:
        amount = Decimal(text.replace("，", ".").replace(",", ".")) * THOUSAND
    except InvalidOperation:
        raise Invalid({name: N_("is not a number")}) from None
    if not amount.is_finite() or amount <= 0 or amount != amount.to_integral_value():
        raise Invalid({name: N_("Enter it with at most three decimals.")})
    return int(amount)


def shown_amount(details: Mapping[str, object], name: str) -> str:
    """What the file says, as it is typed: kg, litres."""
    value = details.get(name)
    return f"{Decimal(value) / THOUSAND:f}" if isinstance(value, int) else ""


class LotReportForm(Form):
    """The one report of the lot: with it the bottles that were judged leave the line."""

    on = DayField(_l("Inspected on"), [needed_day])
    reviewed_by = StringField(_l("Reviewed by"), [AtMost(60)], default="", filters=[stripped])
    report_no = StringField(
        _l("Inspection report number"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l("Leave it empty while the report is not out: the results stand, the number follows."),
    )


class ReportNumberForm(Form):
    report_no = StringField(_l("Inspection report number"), [AtMost(60)], default="", filters=[stripped])
