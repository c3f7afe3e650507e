"""The forms of policies and cases."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FileField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional, ValidationError

from equipment.core.words import N_
from equipment.insurance.actions import MOST_LIFTS
from equipment.insurance.rules import Cover, Payer, PolicyKind, fen, yuan
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    WholeField,
    labelled,
    needed,
    needed_day,
    stripped,
)
from equipment.web.language import translate

NO_AMOUNT = N_("Write the amount in yuan, such as 2,000,000 or 200万.")
LONGEST = 40_000  # a column of codes as people copy it from a workbook


class YuanField(StringField):  # type: ignore[misc]
    """An amount typed in yuan; its data is in fen, None where nothing was entered."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return yuan(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = fen(text) if text else None
        if text and self.data is None:
            raise ValueError(translate(NO_AMOUNT))


class LinksField(Field):  # type: ignore[misc]
    """The records that were ticked, each as its kind and id; the action looks at them."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: list[str] = list(valuelist)

    def process_data(self, value: object) -> None:
        self.data = []


class PolicyForm(Form):
    """A policy as its paper says."""

    holder = IdField()
    number = StringField(_l("Policy number"), [needed, AtMost(60)], filters=[stripped])
    insurer = StringField(_l("Insurer"), [needed, AtMost(100)], filters=[stripped])
    kind = ChoiceField(_l("Kind of insurance"), choices=lambda: labelled(PolicyKind))
    sum = YuanField(_l("Sum insured"), [needed])
    payer = ChoiceField(_l("Paid by"), choices=lambda: labelled(Payer))
    from_on = DayField(_l("First day"), [needed_day])
    until_on = DayField(_l("Last day of cover"), [needed_day])
    cover = ChoiceField(_l("Which lifts"), choices=lambda: labelled(Cover))
    lifts = ChosenField(most=MOST_LIFTS)
    codes = TextAreaField(_l("Codes or numbers, one a line"), [AtMost(LONGEST)], default="")
    iot = BooleanField(_l("Remote monitoring (IoT) comes with it"))
    service = TextAreaField(_l("Service promised"), [AtMost(2000)], default="", filters=[stripped])
    visits_promised = WholeField(_l("Visits promised a year, each lift"), [Optional(), NumberRange(0, 366)])
    inspections_promised = WholeField(
        _l("Inspections promised a year, each lift"), [Optional(), NumberRange(0, 366)]
    )
    paper = FileField(_l("The policy as photo or PDF"))


class CancelForm(Form):
    on = DayField(_l("First day without it"), [needed_day])
    reason = ReasonField()


class CaseForm(Form):
    """What happened, and which records of the lift tell of it."""

    policy = IdField()
    on = DayField(_l("Day of the event"), [needed_day])
    event = TextAreaField(_l("Event insured"), [needed, AtMost(2000)], filters=[stripped])
    claimed = YuanField(_l("Amount claimed"))
    links = LinksField("")
    call = StringField(_l("Number of the rescue call"), [AtMost(40)], default="", filters=[stripped])


class CaseStepForm(Form):
    """What the insurer answered; an amount and a day where it paid."""

    step = ChoiceField(
        choices=lambda: [("accept", ""), ("decline", ""), ("pay", "")], wrong=N_("This is no step of a case.")
    )
    reply = StringField(_l("What the insurer said"), [AtMost(300)], default="", filters=[stripped])
    paid = YuanField(_l("Amount paid"))
    on = DayField(_l("Paid on"))

    def validate_on(self, field: DayField) -> None:
        if self.step.data == "pay" and field.data is None and not field.errors:
            raise ValidationError(translate(N_("Enter a day.")))
