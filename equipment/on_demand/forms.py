"""The forms of filings and remote checks."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, StringField, TextAreaField
from wtforms.validators import Optional

from equipment.on_demand.actions import MOST_LIFTS
from equipment.on_demand.rules import CheckResult, ContractKnown, FilingCover
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    WholeField,
    labelled,
    needed_day,
    stripped,
)

LONGEST = 40_000  # a column of codes as people copy it from a workbook


def _contracts() -> list[tuple[str, str]]:
    return [("", gettext("Not declared")), *labelled(ContractKnown)]


class FilingForm(Form):
    """A filing as the firm applies for it, or as the bureau's document says."""

    firm = IdField()
    basis = ChoiceField(_l("What stands in for visits"), choices=lambda: labelled(OnDemandBasis))
    months = WholeField(_l("Visits at most so many months apart"), [Optional()])
    from_on = DayField(_l("First day"), [needed_day])
    until_on = DayField(_l("Filed until"), [needed_day])
    cover = ChoiceField(_l("Which lifts"), choices=lambda: labelled(FilingCover))
    lifts = ChosenField(most=MOST_LIFTS)
    codes = TextAreaField(_l("Codes or numbers, one a line"), [AtMost(LONGEST)], default="")
    unit = StringField(_l("Use unit (name on file)"), [AtMost(100)], default="", filters=[stripped])
    area = ChoiceField(_l("Area"), choices=(), validate_choice=False, default="")
    contract = ChoiceField(_l("Maintenance contract"), choices=_contracts, default="")
    contract_number = StringField(_l("Contract number"), [AtMost(60)], default="", filters=[stripped])
    contract_until = DayField(_l("Contract until"), [Optional()])
    items = TextAreaField(_l("Items promised"), [AtMost(2000)], default="", filters=[stripped])
    cycle = StringField(_l("Cycle promised"), [AtMost(300)], default="", filters=[stripped])
    target = StringField(_l("Quality target promised"), [AtMost(300)], default="", filters=[stripped])
    number = StringField(_l("Number of the document"), [AtMost(60)], default="", filters=[stripped])
    office = StringField(_l("Issued by"), [AtMost(100)], default="", filters=[stripped])
    document_on = DayField(_l("Day of the document"), [Optional()])


class ApprovalForm(Form):
    """The document that approves a filing."""

    number = StringField(_l("Number of the document"), [AtMost(60)], default="", filters=[stripped])
    office = StringField(_l("Issued by"), [AtMost(100)], default="", filters=[stripped])
    document_on = DayField(_l("Day of the document"), [Optional()])


class RemoteCheckForm(Form):
    """What was seen from afar."""

    on = DayField(_l("Day of the remote check"), [needed_day])
    result = ChoiceField(_l("Result"), choices=lambda: labelled(CheckResult))
    note = TextAreaField(_l("What was seen"), [AtMost(500)], default="", filters=[stripped])
    photos = MultipleFileField(_l("Photos, or stills of the video"))
