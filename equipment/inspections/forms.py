"""The forms of results: one of its own, a correction, the rows of 录入清单."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from equipment.core.days import day_in
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.inspections.actions import REMARK_LENGTH, Result
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.web.forms import AtMost, ChoiceField, DayField, Form, IdField, labelled, needed_day, stripped

# The keys of 录入清单; nothing is preset.
KEYS: Mapping[str, Conclusion] = {"1": Conclusion.PASSED, "2": Conclusion.FAILED, "3": Conclusion.SCRAP}
ROW_FIELDS = ("key", "on", "report", "remark", "id")


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
    report_no = StringField(_l("Inspection report number"), [AtMost(60)], default="", filters=[stripped])
    remark = TextAreaField(
        _l("Remark, or what is wrong"),
        [AtMost(REMARK_LENGTH)],
        default="",
        filters=[stripped],
        description=_l("If it was not passed, this becomes the description of the finding."),
    )
    clause = ChoiceField(_l("Clause, if not passed"), default="", validate_choice=False)
    stated_next_on = DayField(
        _l("Next day as the report or ring states it"),
        description=_l("Only where it is earlier than the rules; leave empty otherwise."),
    )
    report = FileField(_l("Report (PDF or photo)"))

    def result(self) -> Result:
        return Result(
            id=self.id.data,
            kind=InspectionKind(self.kind.data),
            on=self.on.data,
            conclusion=Conclusion(self.conclusion.data),
            report_no=self.report_no.data,
            remark=self.remark.data,
            clause=self.clause.data,
            stated_next_on=self.stated_next_on.data,
        )


class CorrectionForm(ResultForm):
    report = None
    reason = StringField(
        _l("Reason of the correction"),
        [DataRequired(_l("Give the reason.")), AtMost(300)],
        filters=[stripped],
    )


class ReportFileForm(Form):
    """A report that comes days after its result."""

    report = FileField(_l("Report (PDF or photo)"))


def offer(
    form: ResultForm, kinds: Sequence[InspectionKind], clauses: Sequence[tuple[str, str]], *, tests: bool
) -> None:
    """Offer what this person may record of this piece, and nothing else; `tests`: self-tests only."""
    form.kind.choices = labelled(kinds)
    if form.kind.data not in set(kinds):
        form.kind.data = str(kinds[0])
    form.clause.choices = [("", gettext("As the conclusion says")), *clauses]
    if tests:
        form.on.label.text = gettext("Tested on")
        form.report_no.label.text = gettext("Test report number")
        form.stated_next_on.label.text = gettext("Next day as the report states it")


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


def row_result(typed: Mapping[str, str], kind: InspectionKind) -> Result:
    """One row of 录入清单: a conclusion key, a day, a report number."""
    wrong: dict[str, str] = {}
    key = typed.get("key", "").strip()
    if key not in KEYS:
        wrong["key"] = N_("1 passed, 2 failed, 3 to be scrapped")
    on = day_in(typed.get("on", ""))
    if on is None:
        wrong["on"] = N_("Enter a day.")
    if wrong or on is None:
        raise Invalid(wrong)
    return Result(
        id=id_in(typed.get("id", "")),
        kind=kind,
        on=on,
        conclusion=KEYS[key],
        report_no=typed.get("report", "").strip()[:60],
    )
