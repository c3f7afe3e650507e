"""The forms of rounds: opened by hand, typed from paper, settled."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.walks.rules import NOTE_LENGTH, REASON_LENGTH
from equipment.walks.states import WalkSettlement
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    labelled,
    stripped,
)

MOST_AT_ONCE = 200
NONE_TICKED = N_("Tick at least one row.")


class OpenWalkForm(Form):
    """A round by hand."""

    area = ChoiceField(_l("Office"), choices=())
    unknown = BooleanField(
        _l("Also pieces of which no inspection is known"),
        description=_l("They are not overdue by any record; somebody has to see how they stand."),
    )


class TakeInForm(Form):
    """What is overdue since joins a round."""

    unknown = BooleanField(_l("Also pieces of which no inspection is known"))


class WalkPhotoForm(Form):
    """The row that a photo shows."""

    class Meta(Form.Meta):
        csrf = False  # a phone sends it with its token

    row = StringField()

    @property
    def row_no(self) -> int:
        text = str(self.row.data or "")
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise NotFound
        return int(text)


class TypedRowForm(Form):
    """One row of the paper, typed at the desk."""

    id = IdField()
    key = StringField(filters=[stripped])
    on = DayField(_l("Walked on"), [Optional()])
    remark = StringField(_l("Remark"), [AtMost(NOTE_LENGTH)], default="", filters=[stripped])


class SettleRowsForm(Form):
    """What is made of the ticked rows."""

    id = ChosenField(most=MOST_AT_ONCE, wrong=NONE_TICKED)
    settlement = ChoiceField(_l("What is done"), choices=lambda: labelled(WalkSettlement))
    due_on = DayField(_l("To be put right by"), [Optional()])
    body = ChoiceField(
        _l("Inspection body, where a piece has none"),
        default="",
        choices=(),
        description=_l("Pieces that have one keep it."),
    )
    remark = StringField(
        _l("Remark"),
        [AtMost(REASON_LENGTH)],
        default="",
        filters=[stripped],
        description=_l("How it is known, where there is no photo."),
    )

    def day(self) -> date | None:
        chosen: date | None = self.due_on.data
        return chosen


class SendBackForm(Form):
    """再核查: somebody looks again."""

    id = ChosenField(most=MOST_AT_ONCE, wrong=NONE_TICKED)
    reason = ReasonField(most=REASON_LENGTH)
