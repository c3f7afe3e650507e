"""The forms of contracts, hand-overs and assignments."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, FieldList, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from equipment.contracts.actions import MOST, ContractTerms
from equipment.contracts.assigning import MOST as MOST_ASSIGNED
from equipment.contracts.handing_over import MOST_THINGS
from equipment.contracts.states import ContractKind
from equipment.core.words import N_
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    ReasonField,
    labelled,
    needed,
    needed_day,
    stripped,
)

LONGEST_CODES = 40_000
PEOPLE = (("2", _l("Two technicians")), ("1", _l("One technician")))


class TermsForm(Form):
    """What the paper of a contract says."""

    number = StringField(_l("Number of the contract"), [needed, AtMost(60)], default="", filters=[stripped])
    kind = ChoiceField(
        _l("What the price covers"), choices=lambda: labelled(ContractKind), validators=[InputRequired()]
    )
    mode = ChoiceField(_l("Maintained"), choices=lambda: labelled(MaintenanceMode))
    people = ChoiceField(_l("Technicians of a visit"), choices=PEOPLE, default="2")
    from_on = DayField(_l("First day"), [needed_day])
    until_on = DayField(_l("Ends on, that day included"), [needed_day])
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])

    def terms(self) -> ContractTerms:
        return ContractTerms(
            number=self.number.data,
            kind=ContractKind(self.kind.data),
            mode=MaintenanceMode(self.mode.data),
            people=int(self.people.data),
            from_on=self.from_on.data,
            until_on=self.until_on.data,
            note=self.note.data or "",
        )


class LiftsForm(Form):
    """Which lifts: ticked before, all of the use unit, or numbers, one a line."""

    id = ChosenField(most=MOST)
    whole_unit = BooleanField(_l("All lifts of this use unit that have no other firm"))
    codes = TextAreaField(_l("Numbers, one a line"), [AtMost(LONGEST_CODES)], default="")


class ContractForm(TermsForm, LiftsForm):
    """A new contract, or the renewal of one."""

    contract_id = IdField()
    renews = IdField()
    firm = StringField(_l("Maintenance firm (name on file)"), [AtMost(100)], default="", filters=[stripped])
    unit = StringField(_l("Use unit (name on file)"), [needed, AtMost(100)], default="", filters=[stripped])
    paper = FileField(_l("The signed contract (PDF or photo)"))


class MoreLiftsForm(LiftsForm):
    """Lifts that come under a contract that is there."""

    from_on = DayField(_l("First day"), [needed_day])


class LastDayForm(Form):
    """The last day of a contract, or of one lift under it."""

    last_on = DayField(_l("Ends on, that day included"), [needed_day])


class LeavingForm(LastDayForm):
    lift = IdField()


class EndForm(LastDayForm):
    reason = ReasonField()


class SignedPaperForm(Form):
    """The signed contract."""

    file = FileField(
        _l("The signed contract (PDF or photo)"), validators=[FileRequired(_l("Choose a file."))]
    )


class ThingsForm(Form):
    """What goes along with lifts: texts, and the numbers of those that are ticked."""

    text = FieldList(StringField(filters=[stripped]), max_entries=MOST_THINGS)
    ticked = SelectMultipleField(choices=[SelectChoice(str(number), "") for number in range(MOST_THINGS)])

    def rows(self) -> list[tuple[str, bool]]:
        chosen = set(self.ticked.data or ())
        return [(field.data or "", str(place) in chosen) for place, field in enumerate(self.text)]


class AssignForm(Form):
    """To whom lifts go; nobody ticked: they are nobody's."""

    id = ChosenField(most=MOST_ASSIGNED, wrong=N_("Tick at least one lift."))
    person = ChosenField()
    team = ChosenField()
    beside = BooleanField(_l("Beside those who have them already"))


class TeamForm(Form):
    """A team: its name and who is in it."""

    team_id = IdField()
    name = StringField(_l("Name of the team"), [needed, AtMost(40)], default="", filters=[stripped])
    member = ChosenField()


class StandInForm(Form):
    """Who is away, who goes instead, from when to when, why."""

    absent = IdField()
    other = IdField()
    from_on = DayField(_l("First day"), [needed_day])
    until_on = DayField(_l("Until, that day included"), [needed_day])
    reason = ReasonField()
