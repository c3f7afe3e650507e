"""What is asked before a registration form is printed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from equipment.register.lists import BULK
from equipment.registration.rules import EndKind, FormKind, RegistrationKind
from equipment.web.forms import AtMost, ChoiceField, ChosenField, Form, labelled, stripped


class ChosenForForm(Form):
    """Pieces ticked in a list."""

    id = ChosenField(most=BULK)


class RegistrationForm(Form):
    """One of the papers: what it is handed in for, who answers for safety, why pieces end."""

    id = ChosenField(most=BULK)
    format = HiddenField(default="pdf")
    kind = ChoiceField(_l("Registered for"), choices=lambda: labelled(RegistrationKind))
    manager = SelectField(_l("Safety manager"), validate_choice=False, default="")
    reason = StringField(
        _l("Reason"),
        [AtMost(200)],
        default="",
        filters=[stripped],
        description=_l("Stands for the pieces that have no reason on file; may stay empty."),
    )


def paper_form(form: FormKind, *, fresh: bool) -> RegistrationForm:
    """The form of one paper; of several on a page only the one that was sent has anything typed in it."""
    shown = RegistrationForm(prefix="", formdata=None) if fresh else RegistrationForm()
    if form is FormKind.END:
        shown.kind.choices = labelled(EndKind)
        shown.kind.label.text = _l("Reported as")
    else:
        del shown.reason
    for field in shown:  # several papers stand on one page
        field.id = field.label.field_id = f"{form}-{field.name}"
    return shown
