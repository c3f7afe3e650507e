"""The forms of a firm's checklists: which kind to begin, one item, rows of a workbook, the manual, the
approval."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField, TextAreaField

from equipment.checklists.rules import MUST_LENGTH, NAME_LENGTH, OwnItem, reading_in
from equipment.core.errors import Invalid
from equipment.regulation.checklists import ANNEXES, LiftPlace, annex_checklist
from equipment.regulation.elevator_details import CATALOGUE
from equipment.regulation.planning import VISITS
from equipment.web.forms import AtMost, ChoiceField, DayField, Form, labelled, needed_day, stripped


def kinds() -> list[tuple[str, str]]:
    return [(code, f"{code} {name.in_language(str(get_locale()))}") for code, name in CATALOGUE.items()]


def annexes() -> list[tuple[str, str]]:
    names = [
        (letter, f"{letter} {annex_checklist(letter).name.in_language(str(get_locale()))}")
        for letter in ANNEXES
    ]
    return [("", "—"), *names]


class BeginListForm(Form):
    """The next version for a kind of lift."""

    catalogue = ChoiceField(_l("Kind of elevator"), choices=kinds)
    annex = ChoiceField(
        _l("Begin with the items of annex"),
        choices=annexes,
        default="",
        description=_l("Only for kinds without an annex of their own (explosion-proof, fire-fighter)."),
    )


class OwnItemForm(Form):
    """One item of a draft, with at most one reading."""

    code = StringField(
        _l("Item code"),
        default="",
        filters=[stripped],
        description=_l("Empty for the next free one; the code of an item changes that item."),
    )
    visit = ChoiceField(
        _l("Class"), choices=lambda: [(key.removeprefix("visit_"), name) for key, name in labelled(VISITS)]
    )
    place = ChoiceField(_l("Place"), choices=lambda: labelled(LiftPlace))
    name = StringField(_l("Item"), [AtMost(NAME_LENGTH)], default="", filters=[stripped])
    must = StringField(_l("Requirement"), [AtMost(MUST_LENGTH)], default="", filters=[stripped])
    key = BooleanField(_l("Key item: a photo is asked for"))
    reading = StringField(_l("Reading"), [AtMost(NAME_LENGTH)], default="", filters=[stripped])
    unit = StringField(_l("Unit"), default="", filters=[stripped])
    at_least = StringField(_l("At least"), default="", filters=[stripped])
    at_most = StringField(_l("At most"), default="", filters=[stripped])

    def own_item(self) -> OwnItem:
        readings, wrong = reading_in(self.reading.data, self.unit.data, self.at_least.data, self.at_most.data)
        if wrong:
            raise Invalid(wrong)
        return {
            "code": (self.code.data or "").upper(),
            "visit": self.visit.data,
            "place": self.place.data,
            "name": self.name.data,
            "must": self.must.data,
            "key": bool(self.key.data),
            "readings": readings,
        }


class PasteForm(Form):
    """Rows copied from a workbook."""

    rows = TextAreaField(
        _l("Rows of a workbook"),
        default="",
        description=_l(
            "Columns: code, class, place, item, requirement, key (是/否), reading, unit, at least, at most."
        ),
    )
    replace = BooleanField(_l("In place of all items so far"))


class ManualForm(Form):
    """The maker's manual that the items follow."""

    manual = StringField(_l("Maker's manual"), default="", filters=[stripped])
    file = FileField(_l("File of the manual (PDF or photo)"))


class ApproveForm(Form):
    """From which day on visits have this version."""

    from_on = DayField(_l("In force from"), [needed_day])
