"""The forms of findings and hazards; what was typed stays in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from equipment.regulation.clauses import HAZARD_CLAUSES, Grade, clauses_for
from equipment.web.forms import AtMost, ChosenField, DayField, Form, ReasonField, needed, stripped
from equipment.web.language import translate

photos_help = _l("Photos (JPEG, PNG, WebP) or PDF. On a phone the camera opens.")


class FindingForm(Form):
    equipment = HiddenField()
    description = TextAreaField(_l("What is wrong"), [needed, AtMost(2000)], filters=[stripped])
    clause = SelectField(
        _l("Clause, if one fits"),
        description=_l("The county office decides whether it is one; until then it is a finding."),
    )
    found_on = DayField(_l("Found on"), [needed])
    photos = MultipleFileField(_l("Photos"), description=photos_help)


class ConfirmForm(Form):
    clause = SelectField(_l("Grade and clause"))
    still_used = BooleanField(
        _l("Still in use (仍继续使用)"),
        description=_l("Seen or proved. The cases of 4.1, 4.6 and Art. 25 hold only then."),
    )
    due_on = DayField(
        _l("To be put right by"),
        [Optional()],
        description=_l("Left empty: 30 days for a general, 15 for a serious, 7 for a major hazard."),
    )


class RegradeForm(ConfirmForm):
    reason = ReasonField()


class MoreTimeForm(Form):
    until = DayField(_l("To be put right by"), [needed])
    reason = ReasonField()


class ReopenForm(Form):
    due_on = DayField(_l("To be put right by"), [needed])
    reason = ReasonField()


class WithdrawForm(Form):
    reason = ReasonField()


class DismissForm(Form):
    reason = StringField(_l("Reason why it is no hazard"), [needed, AtMost(300)], filters=[stripped])


class RectifyForm(Form):
    rectification = TextAreaField(
        _l("What was done to put it right"), [needed, AtMost(2000)], filters=[stripped]
    )
    photos = MultipleFileField(_l("Evidence"), description=photos_help)


class RecheckForm(Form):
    passed = RadioField(
        _l("Result"),
        [needed],
        choices=[SelectChoice("yes", _l("Put right: close it")), SelectChoice("no", _l("Not put right"))],
    )
    recheck = TextAreaField(_l("Remark"), [AtMost(2000)], filters=[stripped])
    photos = MultipleFileField(_l("Photos"), description=photos_help)


class ChosenFindingsForm(Form):
    """Rows of the list, each a piece and its finding."""

    id = ChosenField(parts=2)


def with_clauses(form: Any, category_key: str, on: date) -> Any:
    """Fill the clause picker with the clauses that can concern this category, the gravest first; the empty
    one is a general hazard."""
    language = str(get_locale())
    choices = [SelectChoice("", gettext("General: no clause"), optgroup=translate(Grade.GENERAL.label))]
    for grade in (Grade.MAJOR, Grade.SERIOUS):
        clauses = [
            clause for clause in clauses_for(HAZARD_CLAUSES, category_key, on) if clause.grade == grade
        ]
        choices += [
            SelectChoice(
                clause.code,
                f"{clause.code} {clause.text.in_language(language)}",
                optgroup=translate(grade.label),
            )
            for clause in clauses
        ]
    form.clause.choices = choices
    return form
