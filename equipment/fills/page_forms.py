"""The forms of the pages of fills; what devices send stands in forms.py."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired

from equipment.core.words import N_
from equipment.fills.actions import REMARK_LENGTH
from equipment.fills.corrections import REASON_LENGTH
from equipment.fills.label_rules import NUMBER_LENGTH, LabelLayout, LabelMode
from equipment.fills.states import (
    CLOCK_RULING_CHANGES,
    RULING_CHANGES,
    ClockRuling,
    DayPaper,
    Ruling,
    Treatment,
)
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    labelled,
    stripped,
)


class DayPaperForm(Form):
    """One of the papers of a day, as PDF or workbook, and what it is of."""

    paper = ChoiceField(choices=lambda: [*labelled(DayPaper), ("all", "all")])
    format = ChoiceField(choices=[("pdf", "PDF"), ("xlsx", "XLSX")])
    station = IdField()
    on_from = DayField()
    on_until = DayField()
    duty = IdField()
    bay = StringField(default="", filters=[stripped])
    gas = StringField(default="", filters=[stripped])

    def wanted(self) -> dict[str, str]:
        """All of it as texts, without what is empty."""
        names = ("paper", "format", "station", "on_from", "on_until", "duty", "bay", "gas")
        return {name: str(self[name].data) for name in names if self[name].data}


class SettleForm(Form):
    """What becomes of a bottle that is still open: not filled, or scanned by mistake."""

    how = StringField(default="")


class BayForm(Form):
    """A bay for a gas: its name; what its scale or gauge is called and verified until may come later."""

    gas = ChoiceField(_l("Gas"), choices=())
    bay = StringField(_l("Bay"), [DataRequired(), AtMost(20)], filters=[stripped])
    number = StringField(_l("Number of the scale or gauge"), [AtMost(60)], default="", filters=[stripped])
    verified_until = DayField(_l("Verified until"))


class TreatmentForm(Form):
    """What is done with a refused bottle: what is wrong with its record, or the second person where it was
    treated and the rules ask for one."""

    treatment = ChoiceField(choices=lambda: labelled(Treatment))
    remark = StringField(_l("What is wrong"), [AtMost(REMARK_LENGTH)], default="", filters=[stripped])
    second = IdField()
    pin = StringField(default="")


class RulingForm(Form):
    """违规 or 不违规, and why."""

    ruling = ChoiceField(choices=lambda: labelled(RULING_CHANGES[Ruling.PENDING]))
    reason = ReasonField(most=REASON_LENGTH)


class ClockRulingForm(Form):
    """查明 or 违规, and why."""

    ruling = ChoiceField(choices=lambda: labelled(CLOCK_RULING_CHANGES[ClockRuling.PENDING]))
    reason = ReasonField(most=REASON_LENGTH)


class SwapForm(Form):
    id = IdField()
    other = ChosenField(most=1, parts=2, mark="/", wrong=N_("Choose two different fills."))
    reason = ReasonField(most=REASON_LENGTH, wrong=N_("Say why the weights are swapped."))


class WeightForm(Form):
    """One weight as it should read, why, and the second person who stands for it."""

    id = IdField()
    gross = StringField(validators=[DataRequired()], filters=[stripped])
    reason = ReasonField(most=REASON_LENGTH)
    second = IdField()
    pin = StringField(default="")


class LabelsForm(Form):
    """Bottles that get their labels, and the number of the first where numbers are confirmed."""

    id = ChosenField()
    first = StringField(_l("First number"), [AtMost(NUMBER_LENGTH)], default="", filters=[stripped])


class LabelSettingForm(Form):
    """Where the fill labels of a station come from."""

    mode = ChoiceField(_l("Fill labels are"), choices=lambda: labelled(LabelMode))
    layout = ChoiceField(_l("Printed on"), choices=lambda: labelled(LabelLayout))
    first_number = StringField(
        _l("First number of the roll"),
        [AtMost(NUMBER_LENGTH)],
        default="",
        filters=[stripped],
        description=_l("Only for preprinted labels; set it anew with each new roll."),
    )


class ChosenFillsForm(Form):
    """Records that were put right, with a reason if somebody wrote one."""

    id = ChosenField()
    reason = StringField(_l("Reason"), [AtMost(REASON_LENGTH)], default="", filters=[stripped])
