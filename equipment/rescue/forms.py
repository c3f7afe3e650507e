"""Forms of the platform, of duty phones and of drills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import BinaryIO, cast

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, MultipleFileField, StringField, TextAreaField

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.people.rules import OrganisationKind
from equipment.rescue.drills import DrillDraft
from equipment.rescue.models import Drill
from equipment.rescue.phones import PhoneDraft
from equipment.rescue.platform import PlatformDraft
from equipment.rescue.rules import DRILLED, PLAYED, ConfirmedHow, DrillClock, Scenario
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    TickField,
    WholeField,
    labelled,
    needed,
    needed_day,
    stripped,
)

PAPER = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
LARGEST_MB, MOST_FILES = 20, 9


class PlatformForm(Form):
    """应急救援平台 from a day on."""

    name = StringField(_l("Name of the platform"), [needed, AtMost(80)], filters=[stripped])
    phone = StringField(_l("Telephone of the platform"), [needed, AtMost(30)], filters=[stripped])
    hours = StringField(_l("Hours"), [AtMost(80)], default="", filters=[stripped])
    digits = ChoiceField(_l("Digits of a rescue code"))
    from_on = DayField(_l("First day"), [needed_day])
    own = BooleanField(_l("The bureau runs it and allots the codes"))
    first_code = StringField(_l("Codes from"), [AtMost(8)], default="", filters=[stripped])
    last_code = StringField(_l("Codes until"), [AtMost(8)], default="", filters=[stripped])

    def draft(self) -> PlatformDraft:
        return PlatformDraft(
            name=self.name.data or "",
            phone=self.phone.data or "",
            hours=self.hours.data or "",
            digits=int(self.digits.data),
            from_on=self.from_on.data,
            own=self.own.data,
            first_code=self.first_code.data or "",
            last_code=self.last_code.data or "",
        )


class StationForm(Form):
    """二级救援 of an area."""

    area = ChoiceField(_l("For which area"))
    name = StringField(_l("Rescue station or firm"), [needed, AtMost(120)], filters=[stripped])
    phone = StringField(_l("Telephone"), [needed, AtMost(30)], filters=[stripped])
    note = StringField(_l("Remark"), [AtMost(200)], default="", filters=[stripped])


class RescueCodeForm(Form):
    """The rescue code of one lift."""

    code = StringField(_l("Rescue code"), [AtMost(12)], default="", filters=[stripped])
    reason = StringField(_l("Reason"), [needed, AtMost(200)], filters=[stripped])


class LiftContactForm(Form):
    """Which phone of a party serves one lift."""

    organisation = IdField()
    phone = IdField()


class DutyPhoneForm(Form):
    """A duty phone."""

    number = StringField(_l("Telephone number"), [needed, AtMost(30)], filters=[stripped])
    shift = StringField(_l("Hours or shift"), [AtMost(60)], default="", filters=[stripped])
    person = StringField(_l("Who has it"), [AtMost(60)], default="", filters=[stripped])
    first = BooleanField(_l("Serves every lift that names no other"))

    def draft(self) -> PhoneDraft:
        return PhoneDraft(
            number=self.number.data or "",
            shift=self.shift.data or "",
            person=self.person.data or "",
            first=self.first.data,
        )


class PhoneConfirmForm(Form):
    """Somebody made sure that a number is answered."""

    how = ChoiceField(_l("How"), choices=lambda: labelled(ConfirmedHow))
    answered_by = StringField(_l("Who answered"), [AtMost(60)], default="", filters=[stripped])
    on = DayField(_l("Day"), [needed_day])


class DrillForm(Form):
    """应急演练; `replaces` names the record that it corrects."""

    drill_id = IdField()
    replaces = IdField()
    equipment_id = ChoiceField(_l("Lift"), wrong=N_("Choose one of the list."))
    on = DayField(_l("Held on"), [needed_day])
    place = StringField(_l("Place of the drill"), [needed, AtMost(200)], filters=[stripped])
    classes = TickField(_l("Kinds of lift"), validators=[needed], choices=[])
    scenario = ChoiceField(_l("What was played"))
    people = StringField(_l("Who took part"), [needed, AtMost(300)], filters=[stripped])
    people_count = WholeField(_l("Number of people"))
    called_at = StringField(_l("Call at"), [AtMost(5)], default="", filters=[stripped])
    arrived_at = StringField(_l("Arrival at"), [AtMost(5)], default="", filters=[stripped])
    released_at = StringField(_l("Release at"), [AtMost(5)], default="", filters=[stripped])
    unit_took_part = BooleanField(_l("The use unit took part"))
    unit_people = StringField(_l("Who of the use unit"), [AtMost(120)], default="", filters=[stripped])
    story = TextAreaField(_l("Course of the drill"), [AtMost(1000)], default="", filters=[stripped])
    shortcomings = TextAreaField(_l("What went wrong"), [AtMost(1000)], default="", filters=[stripped])
    improvements = TextAreaField(_l("What is done about it"), [AtMost(1000)], default="", filters=[stripped])
    reason = StringField(_l("Reason of the correction"), [AtMost(300)], default="", filters=[stripped])
    photos = MultipleFileField(_l("Photos and papers"))

    def offer(self, kind: OrganisationKind | None, pieces: Sequence[tuple[str, str]]) -> None:
        """What an organisation of this kind can choose; what leaves it no choice is chosen, and its moments
        are called as it calls them."""
        kinds = DRILLED.get(kind, ()) if kind else ()
        self.scenario.choices = labelled(PLAYED.get(kind, ()) if kind else ())
        self.equipment_id.choices = [("", "—"), *pieces]
        self.classes.choices = labelled(kinds)
        if kind is OrganisationKind.FIRM:
            return
        if len(kinds) == 1:
            self.classes.data = [str(kinds[0])]
        self.equipment_id.label.text = _l("Equipment, where it was one piece")
        self.called_at.label.text = _l("Alarm at")
        self.arrived_at.label.text = _l("First help at")
        self.released_at.label.text = _l("Drill over at")

    def fill(self, drill: Drill) -> None:
        """Begin with what an earlier record says, to correct it."""
        self.replaces.data, self.equipment_id.data = drill.id, str(drill.equipment_id or "")
        for name in ("on", "place", "people", "people_count", "unit_took_part", "unit_people"):
            self[name].data = getattr(drill, name)
        for name in ("story", "shortcomings", "improvements"):
            self[name].data = getattr(drill, name)
        self.classes.data, self.scenario.data = list(drill.classes), str(drill.scenario)
        for name in ("called_at", "arrived_at", "released_at"):
            at = getattr(drill, name)
            self[name].data = f"{clock.site_time(at):%H:%M}" if at else ""

    def draft(self) -> DrillDraft:
        """What was entered; Invalid where a time is none."""
        return DrillDraft(
            equipment_id=id_in(self.equipment_id.data),
            on=self.on.data,
            place=self.place.data or "",
            scenario=Scenario(self.scenario.data),
            classes=self.classes.data or [],
            people=self.people.data or "",
            people_count=self.people_count.data or 0,
            moments=self._moments(self.on.data),
            unit_took_part=self.unit_took_part.data,
            unit_people=self.unit_people.data or "",
            story=self.story.data or "",
            shortcomings=self.shortcomings.data or "",
            improvements=self.improvements.data or "",
            replaces=self.replaces.data,
            reason=self.reason.data or "",
        )

    def _moments(self, on: date) -> DrillClock:
        moments: list[datetime | None] = []
        for name in ("called_at", "arrived_at", "released_at"):
            text = (self[name].data or "").replace("：", ":")
            try:
                moments.append(_moment(on, text) if text else None)
            except ValueError:
                raise Invalid({name: N_("Write the time like 14:05.")}) from None
        return DrillClock(*moments)


def _moment(on: date, text: str) -> datetime:
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(text)
    return clock.site_midnight(on) + timedelta(hours=hour, minutes=minute)


def papers_of_request() -> list[StoredDocument]:
    """The photos and papers of this request, checked and on disk before the transaction."""
    uploads = [upload for upload in request.files.getlist("photos") if upload.filename][:MOST_FILES]
    return [
        take(
            cast("BinaryIO", upload.stream),
            upload.filename or "",
            "photo",
            accept=PAPER,
            largest_mb=LARGEST_MB,
            field="photos",
        )
        for upload in uploads
    ]
