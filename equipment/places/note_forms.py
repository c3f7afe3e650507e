"""The forms of delivery notes and customers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from equipment.web.forms import AtMost, ChoiceField, Form, IdField, stripped


class DeliveryNoteForm(Form):
    """A new note: a customer of the list, or a new one by name."""

    note_id = IdField()
    customer = ChoiceField(_l("Customer"), default="", validate_choice=False)
    name = StringField(_l("New customer: name"), [AtMost(60)], default="", filters=[stripped])
    address = StringField(_l("Address"), [AtMost(200)], default="", filters=[stripped])
    phone = StringField(_l("Phone"), [AtMost(30)], default="", filters=[stripped])
    plate = StringField(_l("Vehicle (plate)"), [AtMost(20)], default="", filters=[stripped])
    driver = StringField(_l("Driver"), [AtMost(40)], default="", filters=[stripped])


class NoteScanForm(Form):
    code = StringField(_l("Scan or type a code"), [AtMost(400)], default="", filters=[stripped])
    sure = StringField("", [AtMost(1)], default="")
