"""Fixed forms of pages: what was typed stays in them, and what is wrong stands at its field, whether a field
or an action noticed it. Forms made from a category are in register/forms.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    DateTimeLocalField,
    Field,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Labelled, Message
from equipment.storage.db import transaction
from equipment.web.api import written_time
from equipment.web.language import translate

T = TypeVar("T")

NO_DAY = N_("This is no day.")
NO_MOMENT = N_("Enter day and time.")
NOT_ON_LIST = N_("Choose one of the list.")
needed = InputRequired(_l("This is needed."))
needed_day = InputRequired(_l("Enter a day."))


class Form(FlaskForm):  # type: ignore[misc]
    """A fixed form of a page, sent with the token of the session."""

    http_status = 422  # of the page that shows it again: 409 where somebody was faster

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: FlaskForm, formdata: object) -> object:
            """What was typed. A file counts only in a field for files, and JSON is no form."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if not form.is_submitted():
                return None
            typed: MultiDict[str, object] = MultiDict(request.form.items(multi=True))
            for name, file in request.files.items(multi=True):
                if name in form and isinstance(form[name], FileField):
                    typed.add(name, file)
            return typed or None


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def error_texts(error: Invalid) -> dict[str, str]:
    """What is wrong by field, for forms that are made from a category or a file."""
    return {name: translate(message) for name, message in error.fields.items()}


def show_errors(form: FlaskForm, error: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Put the texts of an action's refusal beside the fields they speak of, or above the form; `names` says
    which field of the form is meant where the action calls it otherwise."""
    if isinstance(error, Conflict):
        form.http_status = 409
    for name, message in error.fields.items():
        name = (names or {}).get(name, name)
        if name in form:
            form[name].errors = [*form[name].errors, translate(message)]
        else:
            form.form_errors.append(translate(message))


def submitted(form: FlaskForm, action: Callable[[], T], names: Mapping[str, str] | None = None) -> T | None:
    """Run `action` in a transaction when the form was sent and is right;
    None when it was not, with the reasons in the form."""
    if not form.validate_on_submit():
        return None
    try:
        with transaction():
            return action()
    except Invalid as error:
        show_errors(form, error, names)
        return None


def checked(form: FlaskForm) -> None:
    """Invalid where something in the form is wrong: for small forms within a page that is not drawn again."""
    if not form.validate_on_submit():
        raise Invalid({name or "": " ".join(map(str, texts)) for name, texts in form.errors.items()})


class AtMost(Length):  # type: ignore[misc]
    """No more characters than that; says how many there are."""

    def __init__(self, most: int) -> None:
        super().__init__(max=most)

    def __call__(self, form: FlaskForm, field: Field) -> None:
        typed = len(field.data or "")
        if typed > self.max:
            figures = {"most": self.max, "typed": typed}
            raise ValidationError(
                translate(Message(N_("At most %(most)d characters; you have %(typed)d."), figures))
            )


def labelled(members: Iterable[Labelled]) -> list[tuple[str, str]]:
    """Options of a select, in the reader's language."""
    return [(str(member), translate(member.label)) for member in members]


class DayField(DateField):  # type: ignore[misc]
    """A day, or None where nothing was entered."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        day: Any = day_in(text)
        self.data = day
        if day is None and text.strip():
            raise ValueError(translate(NO_DAY))


class MonthField(StringField):  # type: ignore[misc]
    """A month as a ring shows it (2024-03), or a day; its first day, None where nothing was entered."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        month: Any = day_in(f"{text}-01" if len(text) == 7 else text)
        self.data = month
        if month is None and text:
            raise ValueError(translate(N_("Write the month like 2024-03.")))


class WholeField(IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        number: Any = None
        try:
            number = int(valuelist[0].strip())
        except ValueError:
            raise ValueError(translate(N_("Give a whole number."))) from None
        finally:
            self.data = number


class ChoiceField(SelectField):  # type: ignore[misc]
    """One of a few; `choices` may be a function, which says them in the reader's language."""

    def __init__(
        self,
        label: object = None,
        *,
        choices: Iterable[tuple[str, object]] | Callable[[], Iterable[tuple[str, object]]] = (),
        wrong: str = NOT_ON_LIST,
        **more: Any,
    ) -> None:
        options = choices() if callable(choices) else choices
        super().__init__(label, choices=[SelectChoice(*option) for option in options], **more)
        self.wrong = wrong

    def pre_validate(self, form: FlaskForm) -> None:
        try:
            super().pre_validate(form)
        except ValueError:
            raise ValidationError(translate(self.wrong)) from None


class ReasonField(StringField):  # type: ignore[misc]
    """Why somebody does this."""

    def __init__(self, *, most: int = 300, wrong: str = N_("Give the reason."), **more: Any) -> None:
        needs = [DataRequired(translate(wrong)), AtMost(most)]
        super().__init__(_l("Reason"), needs, filters=[stripped], **more)


class StepReasonForm(Form):
    """A step that needs nothing but a reason."""

    reason = ReasonField()


def step_with_reason(record: Callable[[], T], step: Callable[[T, str], object]) -> None:
    """A small form of a record's page: the record is looked for first, then the step is done with the reason
    that was typed, in one transaction."""
    form = StepReasonForm()
    with transaction():
        subject = record()
        checked(form)
        step(subject, form.reason.data)


class IdField(HiddenField):  # type: ignore[misc]
    """The id of a row; None where the text names none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        key: Any = id_in(valuelist[0]) if valuelist else None
        self.data = key


class SiteTimeField(DateTimeLocalField):  # type: ignore[misc]
    """An instant, typed as the site's clock shows it, to the minute or the second; None where nothing is."""

    def __init__(self, label: object, *, seconds: bool = False, **more: object) -> None:
        forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        super().__init__(label, format=forms if seconds else forms[::-1], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(translate(NO_MOMENT)) from None

    @property
    def instant(self) -> datetime | None:
        return self.data.replace(tzinfo=clock.SITE) if self.data else None


class InstantField(HiddenField):  # type: ignore[misc]
    """When a phone says that something happened; None where it does not, or without an offset."""

    def process_formdata(self, valuelist: list[str]) -> None:
        at: Any = None
        with suppress(ValueError):
            at = written_time(valuelist[0]) if valuelist else None
        self.data = at


class ChosenField(Field):  # type: ignore[misc]
    """The rows ticked in a list, at most so many, each an id or a tuple of ids; what names none is left out.
    `wrong` is said where none is ticked."""

    def __init__(
        self, *, most: int | None = None, parts: int = 1, mark: str = ".", wrong: str = "", **more: Any
    ) -> None:
        super().__init__("", **more)
        self.most, self.parts, self.mark, self.wrong = most, parts, mark, wrong

    def process_formdata(self, valuelist: list[str]) -> None:
        rows = [tuple(map(id_in, text.split(self.mark))) for text in valuelist[: self.most]]
        whole: Any = [row for row in rows if len(row) == self.parts and None not in row]
        self.data = [row[0] for row in whole] if self.parts == 1 else whole

    def process_data(self, value: object) -> None:
        self.data = []

    def pre_validate(self, form: FlaskForm) -> None:
        if self.wrong and not self.data:
            raise ValidationError(translate(self.wrong))


class TickBox(CheckboxInput):  # type: ignore[misc]
    """One box of several: `required` in a browser would mean this very box,
    so the group is asked for by the server."""

    validation_attrs = ("disabled",)


class TickField(SelectMultipleField):  # type: ignore[misc]
    """Several of a few, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = TickBox()
