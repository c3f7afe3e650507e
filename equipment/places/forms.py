"""The forms of places."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.places.states import PlaceReportKind
from equipment.web.forms import ChoiceField, Form, ReasonField, labelled


class PlaceReportForm(Form):
    kind = ChoiceField("", choices=lambda: labelled(PlaceReportKind), wrong=N_("Choose one of the list."))
    reason = ReasonField()
