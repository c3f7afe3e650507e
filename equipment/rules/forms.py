"""The forms of rules: a value confirmed, a value of the bureau's own, and a choice made from its question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput, NumberInput

from equipment.core.words import N_
from equipment.regulation.choices import LIMITS, Question, Shape
from equipment.regulation.packs import Applies
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    TickField,
    labelled,
    needed,
    needed_day,
    stripped,
)
from equipment.web.language import translate

source_needed = DataRequired(_l("Say which document you compared it with, or which decision it rests on."))


class ConfirmValueForm(Form):
    since = DayField(_l("From"), [needed_day], widget=HiddenInput())
    cite = StringField(
        _l("Compared with"),
        [source_needed, AtMost(200)],
        filters=[stripped],
        description=_l("Document, edition and page you hold in your hands."),
    )


class OwnValueForm(Form):
    value = StringField(_l("Value"))
    since = DayField(_l("From"), [needed_day])
    applies = ChoiceField(
        _l("How it comes into force"),
        default=Applies.AT_ONCE,
        wrong=N_("Choose how the value comes into force."),
    )
    cite = StringField(
        _l("Rests on"),
        [source_needed, AtMost(200)],
        filters=[stripped],
        description=_l("Number and day of the decision."),
    )


class YesNoForm(OwnValueForm):
    value = ChoiceField(
        _l("Value"), choices=[("true", _l("yes")), ("false", _l("no"))], wrong=N_("Choose yes or no.")
    )


def own_value_form(present: object, **values: object) -> OwnValueForm:
    """The form of an own value over the present one; `values` are what it starts with."""
    form = (YesNoForm if isinstance(present, bool) else OwnValueForm)(**values)
    form.applies.choices = labelled(Applies)
    if isinstance(present, list):
        form.value.description = translate(N_("Several numbers are separated by commas."))
    return form


class AnswerForm(Form):
    """What every choice of the bureau says; the answer itself is as its question asks for it."""

    def texts(self) -> dict[str, str]:
        """The answer as `regulation.choices.answer` reads it."""
        return {
            name: value.isoformat()
            if isinstance(value, date)
            else ",".join(value)
            if isinstance(value, list)
            else value or ""
            for name, value in self.data.items()
        }


def answer_form(
    question: Question, present: Any, stations: Sequence[tuple[str, str]], today: date, *, posted: bool
) -> AnswerForm:
    """The form of one question; only the one that was `posted` takes what was typed."""
    fields: dict[str, object] = {}
    started: dict[str, object] = {"value": present, "since": today}
    if question.shape in LIMITS:
        fields["value"] = StringField(translate(question.shape.label), [needed], widget=NumberInput(step=1))
    elif question.shape is Shape.OPTION:
        options = [(code, translate(text)) for code, text in question.options.items()]
        fields["value"] = ChoiceField(_l("Choice"), choices=options)
    elif question.shape is Shape.SEVERAL:
        options = [(code, translate(text)) for code, text in question.options.items()]
        fields["value"] = TickField(_l("Choice"), choices=[SelectChoice(*option) for option in options])
    else:
        everywhere = [("", _l("All stations")), *stations]
        fields["subject"] = ChoiceField(_l("Holds for"), choices=everywhere, default="")
        fields |= {code: DayField(translate(text)) for code, text in question.options.items()}
        started |= {code: date.fromisoformat(day) for code, day in present.items()}
    fields["since"] = DayField(_l("From"), [needed_day])
    fields["cite"] = StringField(
        _l("Rests on"), [AtMost(200)], filters=[stripped], description=_l("Number and day of the decision.")
    )
    kind = type("AnswerForm", (AnswerForm,), fields)
    form: AnswerForm = kind(data=started) if posted else kind(formdata=None, data=started)
    for field in form:  # the page shows several of these
        field.id = f"{question.key}-{field.short_name}"
    return form
