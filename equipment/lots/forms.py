"""The forms of lots: opening one, putting bottles in, handing over, receiving."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from equipment.core.words import N_
from equipment.lots.packing import AT_ONCE
from equipment.web.forms import AtMost, ChoiceField, ChosenField, Form, IdField, WholeField, needed, stripped


class OpenLotForm(Form):
    """A new lot, or one that is being put together; `id` are bottles that were ticked in a list."""

    lot_id = IdField()
    lot = ChoiceField(_l("Lot"), default="", validate_choice=False)
    body = ChoiceField(_l("Inspection body"), default="", validate_choice=False)
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    id = ChosenField(most=AT_ONCE)


class BottleCodeForm(Form):
    code = StringField(_l("Scan or type a code"), [AtMost(400)], default="", filters=[stripped])


class DueBottlesForm(Form):
    window = ChoiceField(_l("Due"), choices=list, wrong=N_("Choose one of the list."))


class HandOverForm(Form):
    carrier = StringField(_l("Who takes it there"), [AtMost(60)], default="", filters=[stripped])


class CountForm(Form):
    """Everything at once, as many as the person saw."""

    count = WholeField("", [needed])


class ReceiptForm(Form):
    note = StringField(_l("Remark on the receipt"), [AtMost(300)], default="", filters=[stripped])
