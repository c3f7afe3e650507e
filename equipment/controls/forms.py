"""The forms of posts, stopped days, risk lists and reports; and the one field of a phone's record."""

from __future__ import annotations

from collections.abc import Sequence

import wtforms
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, FormField, HiddenField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from equipment.controls.models import ControlReport, MeetingDecision, RiskRow
from equipment.controls.reporting import ReportWords
from equipment.controls.rules import ControlPost, VisitsWatched
from equipment.core import clock
from equipment.regulation.categories import CATEGORIES
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    ReasonField,
    SiteTimeField,
    TickField,
    labelled,
    needed,
    needed_day,
    stripped,
)
from equipment.web.language import translate

DECISIONS = 5  # rows of a form
WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


class ControlMessageForm(Form):
    """What a phone sends beside photos: the record as JSON."""

    class Meta(Form.Meta):
        csrf = False  # a token speaks for it

    record = HiddenField()


def category_choices() -> list[tuple[str, str]]:
    """Every category, after that of all together."""
    return [("", translate("Every category of the unit"))] + [
        (each.key, translate(each.label)) for each in CATEGORIES
    ]


class AppointForm(Form):
    post = ChoiceField(_l("Post"), choices=lambda: labelled(ControlPost))
    name = StringField(_l("Who holds it"), [needed, AtMost(60)], filters=[stripped])
    user = IdField(_l("Account"))
    category = ChoiceField(_l("For"), choices=category_choices, default="")
    from_on = DayField(_l("From"), [needed_day])
    file = FileField(_l("Appointment document"))


class EndPostForm(Form):
    until_on = DayField(_l("Until"), [needed_day])


class ClosureForm(Form):
    category = ChoiceField(_l("For"), choices=category_choices, default="")
    from_on = DayField(_l("From"), [needed_day])
    until_on = DayField(_l("Until"), [needed_day])
    weekdays = TickField(
        _l("Only on these weekdays"),
        choices=[SelectChoice(str(day), name) for day, name in enumerate(WEEKDAYS)],
    )
    reason = ReasonField(most=200)


class BeginRiskListForm(Form):
    category = HiddenField()


class RiskRowForm(Form):
    """One row of 安全风险管控清单, with the columns that the facts name."""

    code = HiddenField()
    object = StringField(_l("Object"), [AtMost(100)], filters=[stripped])
    unit = StringField(_l("Unit of analysis"), [AtMost(100)], filters=[stripped])
    source = StringField(_l("Source of the risk"), [AtMost(100)], filters=[stripped])
    risk = TextAreaField(_l("Risk"), [needed, AtMost(300)], filters=[stripped])
    accident = StringField(_l("Kind of accident"), [AtMost(100)], filters=[stripped])
    key = BooleanField(_l("Key risk"))
    place = StringField(_l("Place"), [needed, AtMost(100)], filters=[stripped])
    forecast = StringField(_l("Forecast"), [AtMost(200)], filters=[stripped])
    level = StringField(_l("Level of control"), [AtMost(60)], filters=[stripped])
    factor = StringField(_l("Factor"), [AtMost(60)], filters=[stripped])
    emergency = TextAreaField(_l("Emergency measure"), [AtMost(300)], filters=[stripped])
    grade = StringField(_l("Risk grade"), [AtMost(30)], filters=[stripped])
    found_on = StringField(_l("Date found"), [AtMost(20)], filters=[stripped])
    measure_kind = StringField(_l("Kind of measure"), [AtMost(60)], filters=[stripped])
    post = StringField(_l("Post responsible"), [AtMost(60)], filters=[stripped])
    measure = TextAreaField(_l("Control measure"), [AtMost(300)], filters=[stripped])
    check = TextAreaField(_l("What is looked at"), [needed, AtMost(300)], filters=[stripped])
    hazard = TextAreaField(_l("What counts as a hazard"), [AtMost(300)], filters=[stripped])

    def row(self) -> RiskRow:
        def text(name: str) -> str:
            return str(self[name].data or "")

        return RiskRow(
            code=text("code"),
            object=text("object"),
            unit=text("unit"),
            source=text("source"),
            risk=text("risk"),
            accident=text("accident"),
            key=bool(self.key.data),
            place=text("place"),
            forecast=text("forecast"),
            level=text("level"),
            factor=text("factor"),
            emergency=text("emergency"),
            grade=text("grade"),
            found_on=text("found_on"),
            measure_kind=text("measure_kind"),
            post=text("post"),
            measure=text("measure"),
            check=text("check"),
            hazard=text("hazard"),
        )


class MeetingDecisionForm(wtforms.Form):  # type: ignore[misc]
    """What was decided, with who does it by when."""

    text = StringField(_l("Decision or focus"), [AtMost(200)], filters=[stripped])
    person = StringField(_l("Person"), [AtMost(60)], filters=[stripped])
    due_on = DayField(_l("By when"))


def watched_choices() -> list[tuple[str, str]]:
    return [("", "—"), *labelled(VisitsWatched)]


class ControlReportForm(Form):
    """The director's words in a report; those of the meeting are of a month alone."""

    summary = TextAreaField(_l("Summary"), [AtMost(1000)], filters=[stripped])
    analysis = TextAreaField(_l("Risk analysis"), [AtMost(2000)], filters=[stripped])
    next_plan = TextAreaField(_l("What is next"), [AtMost(1000)], filters=[stripped])
    watched = ChoiceField(_l("Maintenance watched"), choices=watched_choices, default="")
    watched_text = StringField(_l("Conclusion on the maintenance"), [AtMost(300)], filters=[stripped])
    held_at = SiteTimeField(_l("Time of the meeting"), validators=[wtforms.validators.Optional()])
    place = StringField(_l("Place of the meeting"), [AtMost(120)], filters=[stripped])
    host = StringField(_l("Led by"), [AtMost(60)], filters=[stripped])
    recorder = StringField(_l("Recorder of the minutes"), [AtMost(60)], filters=[stripped])
    participants = TextAreaField(_l("Participants"), [AtMost(500)], filters=[stripped])
    decisions = FieldList(FormField(MeetingDecisionForm), min_entries=DECISIONS, max_entries=DECISIONS)

    def fill(self, report: ControlReport) -> None:
        """What was written before."""
        for name in ("summary", "analysis", "next_plan", "watched_text", "place", "host", "recorder"):
            self[name].data = getattr(report, name)
        self.participants.data, self.watched.data = report.participants, str(report.watched or "")
        if report.held_at is not None:
            self.held_at.data = clock.site_time(report.held_at).replace(tzinfo=None)

    def words(self) -> ReportWords:
        return ReportWords(
            summary=self.summary.data or "",
            analysis=self.analysis.data or "",
            next_plan=self.next_plan.data or "",
            watched=VisitsWatched(self.watched.data) if self.watched.data else None,
            watched_text=self.watched_text.data or "",
            held_at=self.held_at.instant,
            place=self.place.data or "",
            host=self.host.data or "",
            recorder=self.recorder.data or "",
            participants=self.participants.data or "",
            decisions=self._decided(),
        )

    def _decided(self) -> Sequence[MeetingDecision]:
        rows = [entry.form for entry in self.decisions]
        return [
            MeetingDecision(
                text=row.text.data,
                person=row.person.data or "",
                due_on=row.due_on.data.isoformat() if row.due_on.data else "",
            )
            for row in rows
            if row.text.data
        ]


class PaperSignForm(Form):
    """The main person signed on paper."""

    signer = StringField(_l("Who signed the paper"), [needed, AtMost(60)], filters=[stripped])
    file = FileField(_l("Photo or scan of the page that he signed"))
