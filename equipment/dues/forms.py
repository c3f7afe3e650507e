"""The forms of what is due: which day stands, what a ring says, a delay, a new list, applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from equipment.core.words import N_
from equipment.dues.actions import REASON_LENGTH
from equipment.dues.applications import AT_ONCE
from equipment.dues.filters import ALL, Filters
from equipment.dues.rules import NotDone
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    MonthField,
    ReasonField,
    labelled,
    needed_day,
    stripped,
)

Options = Sequence[tuple[str, str]]


class DueOptions(TypedDict):
    """What the filters offer a viewer."""

    areas: Options
    categories: Options
    kinds: Options
    windows: Options
    applied: Options
    hazchem: Options
    bodies: Options
    firms: Options
    shows_unit: bool


class PapersForm(Form):
    """Which day stands for the ticked pieces."""

    id = ChosenField(wrong=N_("Tick at least one piece."))
    stands = ChoiceField(
        choices=[("paper", _l("Paper stands for the ticked")), ("rule", _l("Rule stands for the ticked"))],
        default="paper",
    )
    reason = ReasonField(most=REASON_LENGTH, description=_l("It stands in the ledger of every ticked piece."))


class RingForm(Form):
    inspected_on = MonthField(
        _l("Month of the last inspection"),
        [InputRequired(_l("Enter the month of the last inspection."))],
        description=_l("Like 2024-03"),
    )
    next_on = MonthField(_l("Next inspection, if it is stated"), description=_l("Like 2028-03"))


class ExtendForm(Form):
    until = DayField(_l("New last day"), [needed_day])
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Give the reason.")), AtMost(REASON_LENGTH)],
        filters=[stripped],
        description=_l("Everybody who sees the day reads the reason with it."),
    )


class DueListForm(Form):
    """The filters of a list that is kept, whom it is for, and what it is called."""

    window = ChoiceField(_l("When"))
    kind = ChoiceField(_l("What"))
    category = ChoiceField(_l("Category"))
    area = ChoiceField(_l("Area"))
    applied = ChoiceField(_l("Application"))
    hazchem = ChoiceField(_l("Dangerous chemicals"))
    body = ChoiceField(_l("Inspection body"))
    month = ChoiceField(_l("Due in"))
    unit_name = StringField(_l("Use unit or owner"), [AtMost(60)], default="")
    q = StringField(
        _l("Search"), [AtMost(60)], default="", description=_l("A street, an address, a number, a name.")
    )
    firm = HiddenField()
    unit = HiddenField()
    inspector = ChoiceField(_l("Inspector"), validate_choice=False)  # nobody of the list: who makes it
    title = StringField(
        _l("Title"),
        [AtMost(120)],
        default="",
        description=_l("For example the street or the week. It stands on every sheet."),
    )


def due_list_form(
    filters: Filters, options: DueOptions, inspectors: Options, inspector: str, *, supervision: bool
) -> DueListForm:
    """Starts with the filters of the list that is on screen; leaves out what this viewer cannot choose."""
    form = DueListForm(**asdict(filters), inspector=inspector)
    months = [(filters.month, filters.month)] if filters.month else []
    for name, choices in (
        ("window", [*options["windows"], (ALL, gettext("Any time"))]),
        ("kind", options["kinds"]),
        ("category", options["categories"]),
        ("area", options["areas"]),
        ("applied", options["applied"]),
        ("hazchem", options["hazchem"]),
        ("body", options["bodies"]),
        ("month", months),
    ):
        form[name].choices = choices if name == "window" else [("", gettext("All")), *choices]
    form.inspector.choices = inspectors
    if supervision:
        form.inspector.label.text = gettext("Supervisor")
    for name, choices in (
        ("area", options["areas"]),
        ("body", options["bodies"]),
        ("month", months),
        ("inspector", inspectors),
    ):
        if not choices:
            del form[name]
    return form


class TickedForm(Form):
    id = ChosenField(wrong=N_("Tick at least one piece."))


class NotDoneForm(Form):
    reason = ChoiceField(
        _l("Reason"), choices=lambda: labelled(NotDone), wrong=N_("Choose why it could not be done.")
    )
    again_on = DayField(_l("Tried again on"), [needed_day])


class ApplyForm(Form):
    id = ChosenField(most=AT_ONCE)


class AcceptForm(Form):
    planned_on = DayField(_l("Day of the inspection"), [needed_day])
    reason = StringField(_l("Reason"), [AtMost(300)], default="", filters=[stripped])


class AcceptManyForm(AcceptForm):
    id = ChosenField(most=AT_ONCE)


class RefuseForm(Form):
    reason = ReasonField()


class JointForm(Form):
    """报检单: the ticked pieces, the day the unit would like, and what the body should know."""

    id = ChosenField(most=AT_ONCE, wrong=N_("Tick at least one piece."))
    wish_on = DayField(_l("Wished for"), description=_l("The body names the day; this is only a wish."))
    note = StringField(
        _l("For the body"),
        [AtMost(300)],
        default="",
        filters=[stripped],
        description=_l("For example when somebody with the keys is there."),
    )


class RowsForm(Form):
    """The body's answer to the ticked rows: a day and who goes, or why not."""

    id = ChosenField(most=AT_ONCE, wrong=N_("Tick at least one piece."))
    planned_on = DayField(_l("Day of the inspection"))
    inspector = ChoiceField(_l("Inspector"), default="", validate_choice=False)
    reason = StringField(
        _l("Reason"),
        [AtMost(300)],
        default="",
        filters=[stripped],
        description=_l("Needed where a day moves and where a row is not accepted: the unit reads it."),
    )


class WithdrawRowsForm(Form):
    id = ChosenField(most=AT_ONCE, wrong=N_("Tick at least one piece."))
