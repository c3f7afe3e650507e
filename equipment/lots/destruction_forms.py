"""The form of a destruction."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, StringField

from equipment.dues.applications import AT_ONCE
from equipment.lots.states import DestructionMethod
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    labelled,
    needed_day,
    stripped,
)


class DestructionForm(Form):
    """Of the bottles that were ticked (`id`)."""

    destruction_id = IdField()
    id = ChosenField(most=AT_ONCE)
    on = DayField(_l("Destroyed on"), [needed_day])
    method = ChoiceField(_l("How"), choices=lambda: labelled(DestructionMethod))
    witness = StringField(_l("Witness"), [AtMost(60)], default="", filters=[stripped])
    document_no = StringField(_l("Number of the document"), [AtMost(60)], default="", filters=[stripped])
    remark = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    photos = MultipleFileField(_l("Photos of the destroyed bottles"))
