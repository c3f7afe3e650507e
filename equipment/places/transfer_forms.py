"""The forms of transfers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from equipment.places.transfers import MOST
from equipment.web.forms import AtMost, ChosenField, DayField, Form, IdField, needed_day, stripped

LONGEST = 40_000  # a column of codes as people copy it from a workbook


class TransferForm(Form):
    """A new transfer; `id` are bottles that were ticked in a list."""

    transfer_id = IdField()
    to = StringField(_l("To whom (name on file)"), [AtMost(100)], default="", filters=[stripped])
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    id = ChosenField(most=MOST)


class CodesForm(Form):
    """Many codes or numbers at once, one a line."""

    codes = TextAreaField(_l("Codes or numbers, one a line"), [AtMost(LONGEST)], default="")


class TransferScanForm(Form):
    code = StringField(_l("Scan or type a code"), [AtMost(400)], default="", filters=[stripped])


class ChangeRegisteredForm(Form):
    on = DayField(_l("Day of the change of registration"), [needed_day])
