"""The form in which somebody grades a piece by hand."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from equipment.core.words import N_
from equipment.regulation.risk_numbers import RiskColour
from equipment.web.forms import ChoiceField, DayField, Form, ReasonField, labelled, needed_day


class HandForm(Form):
    colour = ChoiceField(
        _l("Colour"), choices=lambda: labelled(RiskColour), wrong=N_("Choose one of the four colours.")
    )
    until_on = DayField(_l("Holds until"), [needed_day])
    reason = ReasonField()
