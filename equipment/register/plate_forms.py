"""The forms of 标牌: a code that was read at a lift, and what became of the plate that was there."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField

from equipment.core.words import N_
from equipment.register.rules import SCANNED, FurtherPlate, PlateLossKind
from equipment.web.forms import AtMost, ChoiceField, Form, IdField, ReasonField, labelled, stripped


class PlateForm(Form):
    """A code that was read at a lift, what it is, and which lift it belongs to."""

    code = HiddenField(default="")
    how = HiddenField(default="")
    kind = ChoiceField(_l("What was scanned"), choices=lambda: labelled(SCANNED))
    number = StringField(
        _l("Number printed beside it"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l("The province's plate number counts as a number of the lift too."),
    )
    further = ChoiceField(
        _l("What it is beside the plate on file"),
        choices=lambda: [("", "—"), *labelled(FurtherPlate)],
        default="",
    )
    photo = FileField(_l("Photo of the plate, if there is one"))
    equipment_id = IdField()
    q = StringField(_l("Number or address of the lift"), default="", filters=[stripped])


class PlateLossForm(Form):
    """标牌脱损: what became of the plate that was there before our time."""

    what = ChoiceField(_l("What became of it"), choices=lambda: labelled(PlateLossKind))
    reason = ReasonField(most=200, wrong=N_("Say why."))
