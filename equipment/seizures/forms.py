"""The forms of seizures; what was typed stays in them."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FileField, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from equipment.core.words import N_
from equipment.orders.forms import InspectorForm
from equipment.orders.models import InspectorOfOrder
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    ReasonField,
    WholeField,
    labelled,
    needed,
    needed_day,
    stripped,
)

MOST_ROWS, OFFICERS = 60, 3
ENDS = (GoodsState.RELEASED, GoodsState.HANDED_OVER, GoodsState.DISPOSED)


class GoodsForm(wtforms.Form):  # type: ignore[misc]
    """One line of the goods list; a row without a name is none."""

    name = StringField(_l("Goods"), [AtMost(100)], filters=[stripped])
    spec = StringField(_l("Specification"), [AtMost(100)], filters=[stripped])
    quantity = WholeField(_l("Quantity"), [Optional(), NumberRange(1, 100_000)])
    unit = StringField(_l("Unit of quantity"), [AtMost(10)], filters=[stripped])
    condition = StringField(_l("Condition of the goods"), [AtMost(200)], filters=[stripped])
    place = StringField(_l("Kept at"), [AtMost(120)], filters=[stripped])
    piece = StringField(
        _l("Code or number, where it is a registered piece"), [AtMost(60)], filters=[stripped]
    )
    photo = FileField(_l("Photo"))


class SeizureForm(Form):
    unit = IdField()
    order = IdField()
    check = IdField()
    kind = ChoiceField(_l("Kind of seizure"), choices=lambda: labelled(SeizureKind))
    issued_on = DayField(_l("Decided on"), [needed_day])
    until_on = DayField(
        _l("Last day of the period"),
        [needed_day],
        description=_l(
            "The usual period stands here; no text of it was checked, so the decision says its own."
        ),
    )
    reason = TextAreaField(_l("Facts and reason"), [needed, AtMost(1000)], filters=[stripped])
    rule = SelectField(_l("Rule it rests on"), validate_choice=False)
    rule_text = StringField(
        _l("Rule and article in your words"),
        [AtMost(300)],
        default="",
        filters=[stripped],
        description=_l("Needed for another rule; else it is added to the one chosen."),
    )
    goods = FieldList(FormField(GoodsForm), min_entries=1, max_entries=MOST_ROWS)
    officers = FieldList(FormField(InspectorForm), min_entries=OFFICERS, max_entries=OFFICERS)

    def people(self) -> list[InspectorOfOrder]:
        rows = (line.form for line in self.officers)
        return [
            InspectorOfOrder(name=row.name.data or "", certificate=row.certificate.data or "")
            for row in rows
            if row.name.data
        ]


class ServiceReceiptForm(Form):
    """送达回证."""

    way = ChoiceField(_l("How it was served"), choices=lambda: labelled(SeizureService))
    on = DayField(_l("Served on"), [needed_day])
    receiver = StringField(_l("Who took it"), [AtMost(60)], default="", filters=[stripped])
    witness = StringField(_l("Witness"), [AtMost(60)], default="", filters=[stripped])
    note = StringField(
        _l("Why refused, or number of the mailing"), [AtMost(300)], default="", filters=[stripped]
    )


class ProlongForm(Form):
    until = DayField(_l("New last day"), [needed_day])
    document = StringField(_l("Document number"), [AtMost(80)], default="", filters=[stripped])
    reason = ReasonField()


class GoodsStepForm(Form):
    """What becomes of the ticked lines; their numbers are read from `goods`."""

    state = ChoiceField(
        _l("What becomes of them"), choices=lambda: labelled(ENDS), wrong=N_("This is no step of goods.")
    )
    on = DayField(_l("Day"), [needed_day])
    document = StringField(_l("Document number"), [AtMost(80)], default="", filters=[stripped])
    receiver = StringField(
        _l("Who took it"),
        [AtMost(120)],
        default="",
        filters=[stripped],
        description=_l("The unit, or the body that takes them over."),
    )
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
