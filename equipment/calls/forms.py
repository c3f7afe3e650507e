"""The forms of rescue calls: of the desk, of the technician's phone, of corrections, of the statistics."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask import request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from equipment.calls.queries import causes_on
from equipment.calls.states import CallKind, DispatchLevel, DispatchResult
from equipment.core import clock
from equipment.core.words import N_
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    Form,
    IdField,
    InstantField,
    ReasonField,
    SiteTimeField,
    WholeField,
    labelled,
    needed,
    stripped,
)


def cause_options() -> list[tuple[str, str]]:
    """The table of causes in the reader's language, each with what belongs to it."""
    locale = str(get_locale())
    return [
        (cause.code, "：".join(filter(None, (cause.in_language(locale), cause.hint(locale)))))
        for cause in causes_on(clock.today())
    ]


def chosen_columns(headings: Sequence[str], allowed: Collection[str]) -> dict[str, str]:
    """Which column each heading of a workbook is, as somebody chose; what is no column is left out."""
    typed = {heading: request.form.get(f"column-{place}", "") for place, heading in enumerate(headings)}
    return {heading: key for heading, key in typed.items() if key in allowed}


class OpenForm(Form):
    """A call is taken: at a lift that was found, or where the caller says."""

    call_id = IdField()
    equipment_id = IdField()
    address = StringField(
        _l("Where it is, as the caller says"), [AtMost(200)], filters=[stripped], default=""
    )


class DescribeForm(Form):
    """What the caller says of himself and the people inside."""

    kind = ChoiceField(_l("What happened"), choices=lambda: labelled(CallKind), default=CallKind.TRAPPED)
    trapped = WholeField(_l("People inside"), [Optional()])
    caller_phone = StringField(_l("Caller's phone"), [AtMost(30)], filters=[stripped], default="")
    address = StringField(
        _l("Where it is, as the caller says"), [AtMost(200)], filters=[stripped], default=""
    )


class DispatchForm(Form):
    """Somebody is sent."""

    level = ChoiceField(choices=lambda: labelled(DispatchLevel))
    firm_id = IdField()


class DispatchAnswerForm(Form):
    """What those who were sent answer."""

    dispatch_id = IdField()
    result = ChoiceField(
        _l("Answer"), choices=lambda: labelled(list(DispatchResult)[1:]), default=DispatchResult.ACCEPTED
    )
    eta_minutes = WholeField(_l("There in, minutes"), [Optional()])
    remark = StringField(_l("Remark"), [AtMost(300)], filters=[stripped], default="")


class TellForm(Form):
    """One line of what was said."""

    note_id = IdField()
    text = StringField(_l("What was said on the phone"), [InputRequired(), AtMost(500)], filters=[stripped])


class ReleaseForm(Form):
    """The people are out; the technician may say what it was."""

    step_id = IdField()
    happened_at = InstantField()
    people = WholeField(_l("People freed"), [Optional()])
    injured = WholeField(_l("Injured"), [Optional()])
    cause = ChoiceField(_l("Cause"), choices=lambda: [("", "—"), *cause_options()], default="")
    narrative = TextAreaField(_l("What it was"), [AtMost(500)], filters=[stripped], default="")


class ArriveForm(Form):
    """Somebody is at the lift."""

    step_id = IdField()
    happened_at = InstantField()


class CloseForm(Form):
    """The call is over, with its cause."""

    cause = ChoiceField(
        _l("Cause"), validators=[needed], choices=cause_options, wrong=N_("Choose the cause.")
    )
    narrative = TextAreaField(_l("What it was"), [AtMost(500)], filters=[stripped], default="")


class EndCallForm(Form):
    """Nothing to rescue: cancelled, or a false alarm."""

    to = ChoiceField(choices=[("cancelled", ""), ("false", "")])
    reason = ReasonField()


class PlaceForm(Form):
    """The lift of a call that nobody could name."""

    code = StringField(
        _l("Label, device code or rescue code of the lift"), [DataRequired(), AtMost(400)], filters=[stripped]
    )


class CallFindingForm(Form):
    """What is wrong with the lift, by what this call showed."""

    description = TextAreaField(_l("What is wrong with the lift"), [DataRequired(), AtMost(500)])


class CallCorrectionForm(Form):
    """A closed record said something wrong; what is left as it was stays."""

    called_at = SiteTimeField(_l("Called at"), seconds=True)
    dispatched_at = SiteTimeField(_l("Rescue sent at"), seconds=True, validators=[Optional()])
    arrived_at = SiteTimeField(_l("Rescue arrived at"), seconds=True, validators=[Optional()])
    released_at = SiteTimeField(_l("People released at"), seconds=True)
    kind = ChoiceField(_l("What happened"), choices=lambda: labelled(CallKind))
    people = WholeField(_l("People freed"), [Optional()])
    injured = WholeField(_l("Injured"), [Optional()])
    cause = ChoiceField(
        _l("Cause"), validators=[needed], choices=cause_options, wrong=N_("Choose the cause.")
    )
    narrative = TextAreaField(_l("What it was"), [AtMost(2000)], filters=[stripped], default="")
    code = StringField(
        _l("Another lift: its label, device code or rescue code"),
        [AtMost(400)],
        filters=[stripped],
        default="",
    )
    reason = ReasonField()
