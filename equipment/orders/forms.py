"""The forms of orders; what was typed stays in them."""

from __future__ import annotations

from datetime import date

import wtforms
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from equipment.insurance.forms import YuanField
from equipment.orders.models import InspectorOfOrder
from equipment.orders.rules import OrderOrigin, OrderUrgency, ServiceWay, TransferResult
from equipment.regulation.supervision_numbers import broken_rules
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    ReasonField,
    labelled,
    needed,
    needed_day,
    stripped,
)

MOST_ROWS = 40
INSPECTORS = 3


class ProblemForm(wtforms.Form):  # type: ignore[misc]
    """One problem of an order; a row with nothing written is none."""

    hazard = IdField()
    finding = HiddenField()  # a problem of a check that is a finding of its piece: <piece>.<finding>
    piece = StringField(
        _l("Piece"),
        [AtMost(60)],
        filters=[stripped],
        description=_l("A code or number; empty for the unit itself."),
    )
    problem = TextAreaField(_l("What is wrong"), [AtMost(1000)], filters=[stripped])
    rule = SelectField(_l("Rule that it breaks"), validate_choice=False)
    rule_text = StringField(
        _l("Rule and article in your words"),
        [AtMost(300)],
        filters=[stripped],
        description=_l("Needed for another rule; else it is added to the one chosen."),
    )


class InspectorForm(wtforms.Form):  # type: ignore[misc]
    """An inspector and his certificate."""

    name = StringField(_l("Inspector of the bureau"), [AtMost(30)], filters=[stripped])
    certificate = StringField(_l("Certificate number"), [AtMost(40)], filters=[stripped])


class OrderForm(Form):
    unit = IdField()
    origin = HiddenField(default=OrderOrigin.DESK)
    origin_id = IdField()
    unit_head = StringField(_l("Head of the unit"), [AtMost(60)], filters=[stripped])
    issued_on = DayField(_l("Issued on"), [needed_day])
    problems = FieldList(FormField(ProblemForm), min_entries=1, max_entries=MOST_ROWS)
    urgency = ChoiceField(_l("How it is to be put right"), choices=lambda: labelled(OrderUrgency))
    due_on = DayField(_l("To be put right by"), [needed_day])
    keep_day = BooleanField(_l("A day off is meant"))
    measures = TextAreaField(
        _l("Measures"),
        [AtMost(1000)],
        filters=[stripped],
        description=_l(
            "What the unit must do, beside putting the problems right: stop the piece, report by when."
        ),
    )
    inspectors = FieldList(FormField(InspectorForm), min_entries=INSPECTORS, max_entries=INSPECTORS)

    def people(self) -> list[InspectorOfOrder]:
        rows = (entry.form for entry in self.inspectors)
        return [
            InspectorOfOrder(name=row.name.data or "", certificate=row.certificate.data or "")
            for row in rows
            if row.name.data
        ]


class ServeForm(Form):
    way = ChoiceField(_l("How"), choices=lambda: labelled(ServiceWay))
    on = DayField(_l("Served on"), [needed_day])
    receiver = StringField(_l("Received by"), [AtMost(60)], filters=[stripped])
    witness = StringField(
        _l("Witness"), [AtMost(60)], filters=[stripped], description=_l("Where the signature was refused.")
    )
    reason = StringField(_l("Why the signature was refused"), [AtMost(300)], filters=[stripped])
    paper = MultipleFileField(_l("Photo or scan of the signed paper"))


class ProblemAnswerForm(wtforms.Form):  # type: ignore[misc]
    """What is said of one problem; `right` counts in a re-check alone, nothing chosen leaves it for later."""

    no = HiddenField()
    text = TextAreaField(_l("What the unit did"), [AtMost(2000)], filters=[stripped])
    right = RadioField(
        _l("Result"),
        choices=[
            SelectChoice("", _l("Not yet decided")),
            SelectChoice("yes", _l("Right")),
            SelectChoice("no", _l("Still wrong")),
        ],
        default="",
        validate_choice=False,
    )
    files = MultipleFileField(_l("Photos or documents"))


class ProblemDecisionForm(ProblemAnswerForm):
    """What somebody saw who looked at it again."""

    text = TextAreaField(_l("What was seen at the re-check"), [AtMost(2000)], filters=[stripped])


class OrderAnswersForm(Form):
    """The problems of an order in their order, as the unit answers them."""

    answers = FieldList(FormField(ProblemAnswerForm), max_entries=MOST_ROWS)


class OrderRecheckForm(Form):
    """The same, looked at again."""

    answers = FieldList(FormField(ProblemDecisionForm), max_entries=MOST_ROWS)


class OrderExtendForm(Form):
    until = DayField(_l("To be put right by"), [needed_day])
    reason = ReasonField()


class TransferCaseForm(Form):
    team = StringField(_l("Enforcement team"), [needed, AtMost(120)], filters=[stripped])
    facts = TextAreaField(_l("Facts of the case"), [needed, AtMost(2000)], filters=[stripped])
    materials = TextAreaField(
        _l("Material handed over"),
        [AtMost(1000)],
        filters=[stripped],
        description=_l("The file of this order prints as one PDF with contents."),
    )


class CaseResultForm(Form):
    result = ChoiceField(_l("Result"), choices=lambda: labelled(TransferResult))
    on = DayField(_l("Day of the result"), [needed_day])
    document = StringField(_l("Number of the decision or letter"), [AtMost(80)], filters=[stripped])
    fine = YuanField(_l("Fine"), [Optional()])
    remark = StringField(_l("Remark"), [AtMost(300)], filters=[stripped])


class IssuingOfficeForm(Form):
    area = ChoiceField(_l("Area"))
    name = StringField(_l("Name of the office"), [needed, AtMost(120)], filters=[stripped])
    sign = StringField(
        _l("Sign in its numbers"),
        [needed, AtMost(10)],
        filters=[stripped],
        description=_l("Such as 云: （云）市监特令〔2026〕第1号."),
    )
    review_body = StringField(_l("Government that reviews"), [needed, AtMost(120)], filters=[stripped])
    court = StringField(_l("Court"), [needed, AtMost(120)], filters=[stripped])
    address = StringField(_l("Address"), [AtMost(200)], filters=[stripped])
    phone = StringField(_l("Phone"), [AtMost(30)], filters=[stripped])


def with_rules(form: OrderForm, on: date) -> OrderForm:
    """Fill the rule pickers of the problems: what the pack offers, by its document."""
    language = str(get_locale())
    offered = [
        SelectChoice(
            rule.code,
            f"{rule.citation.clause} {rule.text.in_language(language)}"[:90].strip(),
            optgroup=rule.citation.document,
        )
        for rule in broken_rules(on).values()
    ]
    for row in form.problems:
        row.form.rule.choices = [SelectChoice("", "—"), *offered]
    return form
