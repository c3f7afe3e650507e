"""The forms of our plates: which lifts and which size; a scan at the lift."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from equipment.core.geo import stated_position
from equipment.core.words import N_
from equipment.labels.layouts import PLATE_LAYOUTS
from equipment.labels.plates import HangingScan
from equipment.register.lists import BULK
from equipment.web.forms import AtMost, ChoiceField, ChosenField, Form, stripped


class TickedLiftsForm(Form):
    """Lifts ticked in a list."""

    id = ChosenField(most=BULK)


class MakePlatesForm(TickedLiftsForm):
    """Plates for the ticked lifts, or for all of a filtered list (`whole`)."""

    whole = HiddenField(default="")
    size = ChoiceField(
        _l("Size"),
        choices=lambda: [(layout.key, layout.name) for layout in PLATE_LAYOUTS],
        default=PLATE_LAYOUTS[0].key,
        wrong=N_("Choose the size."),
    )
    note = StringField(_l("Remark"), [AtMost(120)], default="", filters=[stripped])


class HangForm(Form):
    """What the phone read at the lift, by what, and where it was."""

    code = StringField(default="", filters=[stripped])
    how = HiddenField(default="")
    latitude = HiddenField(default="")
    longitude = HiddenField(default="")
    accuracy_m = HiddenField(default="")

    @property
    def scan(self) -> HangingScan:
        here = stated_position(self.latitude.data, self.longitude.data, self.accuracy_m.data)
        return HangingScan(self.code.data or "", self.how.data or "", here)
