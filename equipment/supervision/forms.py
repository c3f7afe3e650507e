"""The forms of the year's plan, key units and what was reported up; and the one field of a phone's record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from equipment.core.words import N_
from equipment.supervision.rules import CheckKind
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    Form,
    ReasonField,
    WholeField,
    labelled,
    needed,
    stripped,
)


class CheckMessageForm(Form):
    """What a phone sends beside drawings and photos: the record as JSON."""

    class Meta(Form.Meta):
        csrf = False  # a token speaks for it

    record = HiddenField()


class PlanForm(Form):
    """Units for a month of the plan."""

    year = WholeField(_l("Year"), [needed])
    month = ChoiceField(_l("Month"), choices=lambda: [(str(month), str(month)) for month in range(1, 13)])
    kind = ChoiceField(_l("Kind of check"), choices=lambda: labelled(CheckKind))
    id = ChosenField(most=500, wrong=N_("Tick at least one unit."))


class PlanLicensedForm(Form):
    """Ticked holders of licences, for a month of this year."""

    month = ChoiceField(_l("Month"), choices=lambda: [(str(month), str(month)) for month in range(1, 13)])
    id = ChosenField(most=200, wrong=N_("Tick at least one unit."))


class KeyUnitForm(Form):
    unit = StringField(_l("Unit (name or credit code on file)"), [needed, AtMost(120)], filters=[stripped])
    reason = ReasonField()


class ReportUpForm(Form):
    to_name = StringField(_l("Reported to"), [needed, AtMost(80)], filters=[stripped])
    how = StringField(_l("How it was reported"), [AtMost(80)], filters=[stripped])
    note = StringField(_l("Remark"), [AtMost(300)], filters=[stripped])
    id = ChosenField(parts=2, wrong=N_("Tick at least one hazard."))
