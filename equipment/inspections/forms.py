"""The forms of results: one of its own, a correction, the rows of 录入清单."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from equipment.core.days import day_in
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.inspections.checks import REMARK_LENGTH, Result
from equipment.inspections.rules import OF_A_BODY, Conclusion, InspectionKind, conclusions_for, proof_of
from equipment.inspections.states import MarkState
from equipment.labels.layouts import BY_KEY, MARK_LAYOUTS
from equipment.regulation.category import Category
from equipment.regulation.settling import Proof
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    labelled,
    needed_day,
    stripped,
)
from equipment.web.language import translate

# The keys of 录入清单; nothing is preset. No category has two conclusions of one key; a safety grade is its
# own key.
KEYS: Mapping[Conclusion, str] = {
    Conclusion.PASSED: "1",
    Conclusion.FAILED: "2",
    Conclusion.SCRAP: "3",
    Conclusion.CORRECTED: "4",
    Conclusion.MEETS: "1",
    Conclusion.NOT_MET: "2",
    Conclusion.BASIC: "3",
    Conclusion.GRADE_1: "1",
    Conclusion.GRADE_2: "2",
    Conclusion.GRADE_3: "3",
    Conclusion.GRADE_4: "4",
    Conclusion.GRADE_5: "5",
    Conclusion.GRADE_4_END: "6",
}
ROW_FIELDS = ("key", "on", "report", "remark", "id", "early")


class ResultForm(Form):
    """What an inspection or a self-test found; `list` and `row` say which row of a list it brings back."""

    id = IdField()
    list = HiddenField(default="")
    row = HiddenField(default="")
    kind = ChoiceField(
        _l("Kind of inspection"), choices=lambda: labelled(InspectionKind), wrong=N_("Choose what was done.")
    )
    conclusion = ChoiceField(
        _l("Conclusion"), choices=lambda: labelled(Conclusion), wrong=N_("Choose the conclusion.")
    )
    on = DayField(_l("Inspected on"), [needed_day])
    early = BooleanField(_l("I know that it does not count for the cycle"))
    report_no = StringField(
        _l("Inspection report number"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l(
            "Leave it empty while the report is not out: the conclusion stands, the number follows."
        ),
    )
    issued_by = StringField(_l("Issued by"), [AtMost(120)], default="", filters=[stripped])
    checked_by = StringField(_l("Who checked"), [AtMost(60)], default="", filters=[stripped])
    reviewed_by = StringField(_l("Reviewed by"), [AtMost(60)], default="", filters=[stripped])
    visit = ChoiceField(_l("Yearly maintenance it belongs to"), default="", validate_choice=False)
    remark = TextAreaField(
        _l("Remark, or what is wrong"),
        [AtMost(REMARK_LENGTH)],
        default="",
        filters=[stripped],
        description=_l("If it was not passed, this becomes the description of the finding."),
    )
    open_items = TextAreaField(
        _l("Items corrected or left under guard, one a line"),
        [AtMost(REMARK_LENGTH)],
        default="",
        filters=[stripped],
    )
    notice_no = StringField(
        _l("Number of the notice (检验意见通知书)"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l("Your own number; left empty, the next number of this year is given."),
    )
    feedback_on = DayField(_l("The unit tells what it corrected by"))
    clause = ChoiceField(_l("Clause, if not passed"), default="", validate_choice=False)
    stated_next_on = DayField(
        _l("Next day as the report or ring states it"),
        description=_l("Only where it differs from the rules; leave empty otherwise."),
    )
    valve_until = DayField(
        _l("New valve: its design life ends on"), description=_l("Only where the valve was replaced.")
    )
    next_reason = StringField(
        _l("Why it lies beyond the rule's day"), [AtMost(300)], default="", filters=[stripped]
    )
    report = FileField(_l("Report (PDF or photo)"))

    def result(self) -> Result:
        """What was entered; fields that were left out say nothing."""
        return Result(
            id=self.id.data,
            kind=InspectionKind(self.kind.data),
            on=self.on.data,
            conclusion=Conclusion(self.conclusion.data),
            report_no=self.report_no.data,
            remark=self.remark.data,
            clause=self.clause.data,
            stated_next_on=self.stated_next_on.data,
            next_reason=self.next_reason.data,
            issued_by=self.issued_by.data,
            checked_by=self.checked_by.data,
            reviewed_by=self.reviewed_by.data,
            visit_id=id_in(self.visit.data or ""),
            open_items=self.open_items.data,
            notice_no=self.notice_no.data,
            feedback_on=self.feedback_on.data,
            valve_until=self.valve_until.data if "valve_until" in self else None,
            early=self.early.data,
        )


class CorrectionForm(ResultForm):
    report = None
    reason = StringField(
        _l("Reason of the correction"),
        [DataRequired(_l("Give the reason.")), AtMost(300)],
        filters=[stripped],
    )


class ReportFileForm(Form):
    """A report that comes days after its result: its number, its file, or both."""

    report_no = StringField(_l("Number of the report"), [AtMost(60)], default="", filters=[stripped])
    report = FileField(_l("Report (PDF or photo)"))


class OpinionForm(Form):
    """检验意见通知书: its items, its number, the day by which the unit answers."""

    open_items = TextAreaField(
        _l("Items, one a line"),
        [DataRequired(_l("Name the items, one a line.")), AtMost(REMARK_LENGTH)],
        filters=[stripped],
        description=_l("Each becomes a row that the unit answers with its evidence."),
    )
    notice_no = StringField(
        _l("Number of the notice (检验意见通知书)"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l("Your own number; left empty, the next number of this year is given."),
    )
    feedback_on = DayField(_l("The unit answers by"), [needed_day])


class OpinionAnswerForm(Form):
    """The unit's answer to one item."""

    answer = TextAreaField(
        _l("What was corrected"),
        [DataRequired(_l("Say what was corrected, and by which evidence.")), AtMost(500)],
        filters=[stripped],
    )
    evidence_no = StringField(
        _l("Name and number of the evidence"), [AtMost(80)], default="", filters=[stripped]
    )
    evidence = FileField(_l("Evidence (PDF or photo)"))


class AskAgainForm(Form):
    question = StringField(
        _l("What is missing"), [DataRequired(_l("Say what is missing.")), AtMost(300)], filters=[stripped]
    )


class ConfirmItemsForm(Form):
    id = ChosenField(wrong=N_("Tick at least one item."))


class MoveDayForm(Form):
    feedback_on = DayField(_l("The unit answers by"), [needed_day])
    reason = ReasonField()


class NumberFormForm(Form):
    """How the numbers of a body's reports are written."""

    form = StringField(
        _l("Form of the numbers"),
        [DataRequired(_l("Write the form, like TD-####-*.")), AtMost(60)],
        filters=[stripped],
        description=_l("# is a digit, @ a letter, * any rest; everything else stands as it is written."),
    )
    note = StringField(_l("What it is for"), [AtMost(120)], default="", filters=[stripped])


MARK_SIZES = tuple(layout.key for layout in MARK_LAYOUTS)


def mark_sizes() -> list[tuple[str, str]]:
    return [(key, translate(BY_KEY[key].name)) for key in MARK_SIZES]


class MarkSizeForm(Form):
    """使用标志 for the ticked results, in one of the sizes."""

    id = ChosenField(wrong=N_("Tick at least one result."))
    layout = ChoiceField(_l("Size"), choices=mark_sizes, default=MARK_SIZES[0])


class MarkGoneForm(Form):
    layout = ChoiceField(_l("Size"), choices=mark_sizes, default=MARK_SIZES[0])
    state = ChoiceField(
        _l("What happened to it"),
        choices=lambda: labelled((MarkState.LOST, MarkState.SPOILT)),
        wrong=N_("Choose what happened to it."),
    )
    reason = ReasonField(most=200)


# What only some results have: a form leaves out the fields of the others.
OWN_FIELDS = ("issued_by", "checked_by", "reviewed_by", "visit", "open_items", "notice_no", "feedback_on")


def offer(
    form: ResultForm,
    kinds: Sequence[InspectionKind],
    clauses: Sequence[tuple[str, str]],
    visits: Sequence[tuple[str, str]],
    category: Category,
) -> InspectionKind:
    """Offer what this person may record of this piece, and the fields of the kind that is chosen: the
    answer."""
    form.kind.choices = labelled(kinds)
    if form.kind.data not in set(kinds):
        form.kind.data = str(kinds[0])
    kind = InspectionKind(form.kind.data)
    proof, corrects = proof_of(category, kind), Conclusion.CORRECTED in conclusions_for(category, kind)
    fields = {
        Proof.REPORT: {"issued_by"},
        Proof.CHECK: {"checked_by", "reviewed_by", *(["visit"] if visits else [])},
    }.get(proof, {"open_items", "notice_no", "feedback_on"} if corrects else set())
    for name in OWN_FIELDS:
        if name in form and name not in fields:
            del form[name]
    form.clause.choices = [("", gettext("As the conclusion says")), *clauses]
    if "visit" in form:
        form.visit.choices = [("", gettext("None")), *visits]
    if not (category.filled and kind is InspectionKind.INSPECTION) and "valve_until" in form:
        del form.valve_until
    if proof is not Proof.RESULT:
        del form.clause
    if kind is not InspectionKind.INSPECTION or not category.filled:
        form.stated_next_on.label.text = gettext("Next day as the report states it")
    if kind not in OF_A_BODY:
        form.on.label.text = gettext("Done on") if proof is not Proof.RESULT else gettext("Tested on")
        form.report_no.label.text = gettext("Number of the report")
    if proof is not Proof.RESULT:
        form.report_no.description = ""
        form.remark.description = gettext("If it was not passed: why.")
    return kind


def rows_typed() -> dict[int, dict[str, str]]:
    """What was typed in 录入清单, by row number: fields are called key-12, on-12, report-12, remark-12,
    id-12."""
    numbers = sorted(
        int(name.removeprefix("key-"))
        for name in request.form
        if name.startswith("key-") and name.removeprefix("key-").isdecimal()
    )
    return {
        number: {name: request.form.get(f"{name}-{number}", "") for name in ROW_FIELDS} for number in numbers
    }


def row_typed(row_no: int) -> dict[str, str]:
    """What was typed in one row, on its own page or within the list."""
    return {name: request.form.get(name) or request.form.get(f"{name}-{row_no}", "") for name in ROW_FIELDS}


def by_key(conclusions: Iterable[Conclusion]) -> dict[str, Conclusion]:
    """These conclusions by their keys, in the order of the keys."""
    return dict(sorted((KEYS[conclusion], conclusion) for conclusion in conclusions))


def row_result(
    typed: Mapping[str, str], kind: InspectionKind, conclusions: Mapping[str, Conclusion]
) -> Result:
    """One row of 录入清单: a conclusion key out of those that such a row takes, a day, a report number."""
    wrong: dict[str, str | Message] = {}
    conclusion = conclusions.get(typed.get("key", "").strip())
    if conclusion is None:
        named = "、".join(f"{key} {translate(one.label)}" for key, one in conclusions.items())
        wrong["key"] = Message(N_("Keys of this row: %(keys)s"), {"keys": named})
    if conclusion is Conclusion.CORRECTED:
        wrong["key"] = N_("Its items and its notice are entered in the form of the row.")
    on = day_in(typed.get("on", ""))
    if on is None:
        wrong["on"] = N_("Enter a day.")
    if wrong or on is None or conclusion is None:
        raise Invalid(wrong)
    return Result(
        id=id_in(typed.get("id", "")),
        kind=kind,
        on=on,
        conclusion=conclusion,
        report_no=typed.get("report", "").strip()[:60],
        remark=typed.get("remark", "").strip(),
        early=bool(typed.get("early")),
    )
