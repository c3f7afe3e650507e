"""The forms of accidents and of the list of experts."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO, cast

from flask import request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, MultipleFileField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from equipment.accidents.rules import AccidentFacts
from equipment.accidents.states import AccidentLevel, ClearanceKind, RelayHow
from equipment.core import clock
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.regulation.accident_numbers import exclusions
from equipment.regulation.categories import CATEGORIES
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    SiteTimeField,
    TickField,
    WholeField,
    labelled,
    needed,
    needed_day,
    stripped,
)
from equipment.web.language import translate

PHOTO_MB = 20
LEVEL_NOTE = _l("Chosen by a person: the thresholds of the levels have not been checked against their text.")
photos_help = _l(
    "Photos (JPEG, PNG, WebP) or PDF. On a phone the camera opens. No names of people who were hurt."
)


def category_options() -> list[tuple[str, str]]:
    return [(one.key, translate(one.label)) for one in CATEGORIES]


def exclusion_options() -> list[tuple[str, str]]:
    """The cases of Art. 3 in the reader's language."""
    locale = str(get_locale())
    return [(one.code, f"{one.code}. {one.text.in_language(locale)}") for one in exclusions(clock.today())]


def taken_files(field: str) -> list[StoredDocument]:
    """The photos and documents of this request, checked and on disk before the transaction begins."""
    return [
        take(cast("BinaryIO", one.stream), one.filename or "", "accident", largest_mb=PHOTO_MB, field=field)
        for one in request.files.getlist(field)
        if one.filename
    ]


class StatementForm(Form):
    """What is known of an accident: numbers of people, never who they are."""

    what = TextAreaField(_l("Course of the accident"), [needed, AtMost(2000)], default="", filters=[stripped])
    dead = WholeField(_l("Dead"), [Optional()], default=0)
    serious = WholeField(_l("Seriously injured"), [Optional()], default=0)
    injured = WholeField(_l("Slightly injured"), [Optional()], default=0)
    trapped = WholeField(_l("Trapped"), [Optional()], default=0)
    place = StringField(_l("Where exactly"), [AtMost(200)], default="", filters=[stripped])
    measures = TextAreaField(_l("First measures"), [AtMost(2000)], default="", filters=[stripped])
    loss_yuan = WholeField(_l("Direct loss as estimated"), [Optional()])
    photos = MultipleFileField(_l("Photos"), description=photos_help)

    def with_times(
        self, happened_at: datetime, known_at: datetime | None, reported_at: datetime
    ) -> AccidentFacts:
        """As typed, with these times."""
        return AccidentFacts(
            happened_at=happened_at,
            known_at=known_at,
            reported_at=reported_at,
            place=self.place.data or "",
            what=self.what.data or "",
            dead=self.dead.data or 0,
            serious=self.serious.data or 0,
            injured=self.injured.data or 0,
            trapped=self.trapped.data or 0,
            loss_yuan=self.loss_yuan.data,
            measures=self.measures.data or "",
        )


class TimedStatementForm(StatementForm):
    """The same with its times."""

    happened_at = SiteTimeField(_l("When it happened"), validators=[needed])
    known_at = SiteTimeField(
        _l("When the head of the unit knew"),
        validators=[Optional()],
        description=_l("The hour to report to the bureau runs from here. Left empty: nobody can say."),
    )
    reported_at = SiteTimeField(
        _l("When it was reported to the bureau"),
        validators=[Optional()],
        description=_l("Left empty: now. Of a phone call: when it came in."),
    )


class AccidentForm(TimedStatementForm):
    """初报: at a piece, or at a place in an area with what kind of thing it was."""

    accident = IdField()
    equipment = IdField()
    call = IdField()
    by_phone = BooleanField(_l("Told to the bureau by phone"))
    area = ChoiceField(_l("Area"), choices=[("", "")], validators=[Optional()], default="")
    category = ChoiceField(
        _l("Kind of equipment"),
        choices=lambda: [("", "—"), *category_options()],
        validators=[Optional()],
        default="",
    )
    unit_name = StringField(_l("Unit, as it is called"), [AtMost(120)], default="", filters=[stripped])
    sure = BooleanField(_l("I have looked: it is another accident, or it did happen with this piece"))


class AccidentCorrectionForm(TimedStatementForm):
    """更正: what was said was wrong."""

    reason = ReasonField()


class ConfirmAccidentForm(Form):
    level = ChoiceField(
        _l("Level of accident"), choices=lambda: labelled(AccidentLevel), description=LEVEL_NOTE
    )
    note = TextAreaField(_l("Remark"), [AtMost(500)], default="", filters=[stripped])


class ExcludeForm(Form):
    exclusion = RadioField(_l("Case of Art. 3"), validators=[needed])
    reason = ReasonField(most=500)

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.exclusion.choices = exclusion_options()


class LevelForm(Form):
    level = ChoiceField(
        _l("Level of accident"), choices=lambda: labelled(AccidentLevel), description=LEVEL_NOTE
    )
    reason = ReasonField(most=500)


class PieceForm(Form):
    code = StringField(_l("Label or number of the piece"), [needed, AtMost(400)], filters=[stripped])


class RelayForm(Form):
    how = ChoiceField(_l("How"), choices=lambda: labelled(RelayHow))
    sent_at = SiteTimeField(_l("Reported at"), validators=[Optional()], description=_l("Left empty: now."))
    receipt = StringField(_l("Receipt: number, or who took it"), [AtMost(60)], default="", filters=[stripped])
    note = StringField(
        _l("Remark"),
        [AtMost(300)],
        default="",
        filters=[stripped],
        description=_l("Not reported further: the reason."),
    )


class AccidentNoteForm(Form):
    note = StringField(_l("Remark"), [AtMost(500)], default="", filters=[stripped])


class ClearanceForm(Form):
    """What shows that the piece was fully checked."""

    kind = RadioField(_l("What shows that it was fully checked"), default=ClearanceKind.STATEMENT)
    inspection = ChoiceField(_l("Inspection"), choices=[("", "—")], validators=[Optional()], default="")
    note = TextAreaField(
        _l("Who checked it, and what was checked"), [AtMost(2000)], default="", filters=[stripped]
    )
    documents = MultipleFileField(_l("Documents of the full check"))

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.kind.choices = labelled(ClearanceKind)


class ClearanceDecisionForm(Form):
    granted = ChoiceField(choices=[("yes", ""), ("no", "")], wrong=N_("Grant it or refuse it."))
    reason = StringField(
        _l("Remark"),
        [AtMost(300)],
        default="",
        filters=[stripped],
        description=_l("If refused: why, and what is still missing."),
    )


class InvestigationForm(Form):
    investigated_on = DayField(_l("Ended on"), [needed_day])
    result = TextAreaField(_l("What the investigation found"), [needed, AtMost(5000)], filters=[stripped])
    cause = TextAreaField(_l("Cause of the accident"), [needed, AtMost(2000)], filters=[stripped])
    responsible = TextAreaField(
        _l("Who answers for the accident"),
        [needed, AtMost(2000)],
        filters=[stripped],
        description=_l("Units and posts; no names of people who were hurt."),
    )
    team = ChosenField(most=50)
    documents = MultipleFileField(_l("Documents of the investigation"))


class PublishForm(Form):
    published_on = DayField(_l("Made public on"), [needed_day])
    published_where = StringField(
        _l("Where it can be read"),
        [needed, AtMost(300)],
        filters=[stripped],
        description=_l("The address of the page, or the name of the paper."),
    )
    published_text = TextAreaField(
        _l("Words that were published"), [needed, AtMost(5000)], filters=[stripped]
    )


class ExpertForm(Form):
    name = StringField(_l("Name of the expert"), [needed, AtMost(60)], filters=[stripped])
    field = StringField(
        _l("Field of expertise"),
        [needed, AtMost(120)],
        filters=[stripped],
        description=_l("For example drive machines, pressure vessels, non-destructive testing."),
    )
    title = StringField(_l("Professional title"), [AtMost(60)], default="", filters=[stripped])
    categories = TickField(_l("Kinds of equipment"))
    employer = StringField(_l("Employer"), [AtMost(120)], default="", filters=[stripped])
    phone = StringField(
        _l("Phone"), [needed, AtMost(30)], filters=[stripped], description=_l("Seen by the bureau only.")
    )
    valid_until = DayField(_l("On the list until"), [needed_day])
    remark = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.categories.choices = category_options()
