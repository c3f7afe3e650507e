"""The forms of labels: a batch, a layout to print in, what became of a label, a piece set aside."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, Optional

from equipment.core.words import N_
from equipment.labels.actions import LONGEST_NOTE
from equipment.labels.layouts import DEFAULT, LAYOUTS, PLATE_KEYS, PLATE_LAYOUTS
from equipment.labels.models import LabelBatch
from equipment.labels.rules import CLAIM_CHANGES, ClaimState, PrintWord
from equipment.register.lists import BULK
from equipment.register.rules import LabelStatus
from equipment.regulation.category import Category
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
from equipment.web.language import translate


def layouts() -> list[tuple[str, str]]:
    return [(layout.key, translate(layout.name)) for layout in LAYOUTS]


class PrintForm(Form):
    layout = ChoiceField(_l("Layout"), choices=layouts, default=DEFAULT)


# What comes out of a print of a batch.
OUTPUTS = {
    "pdf": N_("PDF, to print"),
    "svg": N_("SVG for an engraver, one file a label, with a table"),
    "csv": N_("Table for an engraver (CSV): number, code, address, text"),
}


class BatchPrintForm(PrintForm):
    output = ChoiceField(
        _l("File"), choices=lambda: [(key, translate(text)) for key, text in OUTPUTS.items()], default="pdf"
    )


def batch_print_form(batch: LabelBatch, *, empty: bool = False) -> BatchPrintForm:
    """What a batch is printed as: labels in any layout, plates in the sizes of plates, as PDF."""
    form = (
        BatchPrintForm(formdata=None, layout=batch.layout) if empty else BatchPrintForm(layout=batch.layout)
    )
    if batch.layout in PLATE_KEYS:
        form.layout.choices = [(layout.key, layout.name) for layout in PLATE_LAYOUTS]
        form.output.choices = [("pdf", translate(OUTPUTS["pdf"]))]
    return form


class PrintWordForm(Form):
    """How a print went; which fields count follows from `outcome`."""

    outcome = ChoiceField(_l("How did it go?"), choices=lambda: labelled(PrintWord), default=PrintWord.WELL)
    number = WholeField(_l("It stopped at number"), [Optional()])
    numbers = StringField(_l("Numbers"), default="", filters=[stripped])
    reason = StringField(_l("What is wrong with them"), [AtMost(200)], default="", filters=[stripped])
    destroyed = BooleanField(
        _l("No readable copy of these labels exists: nothing came out, or all is destroyed")
    )


class BatchForm(BatchPrintForm):
    count = WholeField(_l("How many"), [needed], default=240)
    organisation = StringField(_l("Issued to"), filters=[stripped])
    note = StringField(_l("Remark"), [AtMost(LONGEST_NOTE)], default="")


class PrintPiecesForm(PrintForm):
    id = ChosenField(most=BULK)


class LabelReportForm(Form):
    status = ChoiceField(choices=lambda: labelled(LabelStatus))


# What becomes of the old label before it is replaced: a loss rate counts the first two.
OLD_LABEL = {
    str(LabelStatus.LOST): N_("It fell off or is lost"),
    str(LabelStatus.DAMAGED): N_("It cannot be read or is damaged"),
    "": N_("It is sound, and is changed for another reason"),
}


# Why a code is printed a second time: the first is a loss of the month, the second was never on a bottle.
PRINTED_LABEL = {
    str(LabelStatus.DAMAGED): N_("It could not be read any more, and is destroyed"),
    "": N_("Nothing readable came out of the printer"),
}


class ReplaceForm(Form):
    what = ChoiceField(
        _l("The old label"),
        choices=lambda: [(key, translate(text)) for key, text in OLD_LABEL.items()],
        default="",
    )
    new = StringField(_l("New label"), default="", filters=[stripped])
    reason = ReasonField(most=200, wrong=N_("Say why."))


class HandoutForm(Form):
    first_no = WholeField(_l("From number"), [needed])
    last_no = WholeField(_l("To number"), [needed])
    organisation = StringField(_l("Handed out to"), default="", filters=[stripped])
    person = ChoiceField(_l("Person who gets them"), default="")
    post = StringField(_l("Post, where it is no person"), [AtMost(60)], default="", filters=[stripped])


class HandoutReceiptForm(Form):
    """签收 where not all of it is there."""

    missing = StringField(
        _l("Numbers that are not there"),
        [needed],
        default="",
        filters=[stripped],
        description=_l("Such as 17-24, 30. They stand in the stock of whoever gave them out again."),
    )
    remark = StringField(
        _l("What was found"), [DataRequired(_l("Say what was found.")), AtMost(200)], filters=[stripped]
    )


class PrintAgainForm(PrintPiecesForm):
    """The same code a second time, for a piece that carries it: why, and that no copy can be read."""

    what = ChoiceField(
        _l("What became of the printed label"),
        choices=lambda: [(key, translate(text)) for key, text in PRINTED_LABEL.items()],
        default="",
    )
    reason = ReasonField(most=200, wrong=N_("Say why."))
    destroyed = BooleanField(
        _l("No readable copy of these labels exists: nothing came out, or all is destroyed")
    )


class ClaimForm(Form):
    decision = ChoiceField(
        choices=lambda: labelled(sorted(CLAIM_CHANGES[ClaimState.OPEN])), wrong=N_("Choose what is right.")
    )
    reason = ReasonField(most=200, wrong=N_("Say why."))


class SetAsideForm(Form):
    code = HiddenField()
    digits = HiddenField(default="")
    category = ChoiceField(wrong=N_("Choose the category."))
    photo = FileField(validators=[FileRequired(_l("Take a photo of the stamp."))])


def set_aside_form(kinds: Sequence[Category]) -> SetAsideForm:
    form = SetAsideForm()
    form.category.choices = [(kind.key, translate(kind.label)) for kind in kinds]
    return form
