"""The forms of reports: the note of a month report, which annual report is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from equipment.web.forms import AtMost, ChoiceField, Form, stripped

FORMATS = ("pdf", "xlsx")


class NoteForm(Form):
    """Why there is another version; the first one needs no reason."""

    note = StringField(_l("Reason"), [AtMost(300)], default="", filters=[stripped])


def note_form(version: int) -> NoteForm:
    form = NoteForm()
    form.note.label.text = gettext("Reason for version %(number)s", number=version)
    return form


class YearForm(Form):
    year = ChoiceField(_l("Year"))
    area = ChoiceField(_l("Area"))
    format = ChoiceField(choices=[(format, format) for format in FORMATS])


def year_form(years: Sequence[int], areas: Sequence[tuple[str, str]]) -> YearForm:
    form = YearForm()
    form.year.choices, form.area.choices = [(str(year), str(year)) for year in years], areas
    return form
