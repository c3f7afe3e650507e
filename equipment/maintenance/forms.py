"""The forms of maintenance: swipes of a page, the checklist, the second technician, signatures, reasons, late
entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from equipment.core.geo import GeoPosition, stated_position
from equipment.core.words import N_
from equipment.maintenance.actions import REASON_LENGTH
from equipment.maintenance.answer_rules import ItemReply, reply_of
from equipment.maintenance.models import Visit
from equipment.maintenance.photo_rules import PhotoClaim
from equipment.maintenance.queries import items_of
from equipment.maintenance.records import PaperVisit
from equipment.maintenance.states import ItemAnswer, PhotoSource, ReadBy
from equipment.regulation.checklists import Item
from equipment.regulation.planning import VISITS, DueKind
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    Form,
    IdField,
    InstantField,
    MonthField,
    ReasonField,
    SiteTimeField,
    labelled,
    stripped,
)


class SwipeForm(Form):
    """A label that a signed-in phone scanned: at the lift that was tapped, or on leaving, which may come
    later with its own time."""

    equipment_id = IdField()
    swipe_id = IdField()
    code = StringField(default="")
    happened_at = InstantField()
    how = StringField(default="")  # filled by the page's script; a page without one has a code typed
    latitude = StringField(default="")
    longitude = StringField(default="")
    accuracy_m = StringField(default="")

    @property
    def read_by(self) -> ReadBy | None:
        return ReadBy(self.how.data) if self.how.data in set(ReadBy) else None

    @property
    def position(self) -> GeoPosition | None:
        return stated_position(self.latitude.data, self.longitude.data, self.accuracy_m.data)


class JoinForm(Form):
    """The second technician at the first one's phone."""

    swipe_id = IdField()
    card = StringField(
        _l("Number of the work card"),
        default="",
        filters=[stripped],
        description=_l("He confirms the card later from his own sign-in."),
    )
    person = ChoiceField(_l("Colleague"), default="", validate_choice=False)
    pin = PasswordField(_l("His PIN"), default="")


class ItemPhotoForm(Form):
    """Which item of the checklist a photo shows, and what the phone says of it. What cannot be read is left
    out: no photo is lost for it."""

    class Meta(Form.Meta):
        csrf = False  # a phone sends it with its token; the page's route checks the session's

    code = StringField(default="")
    taken_at = InstantField()
    original_at = InstantField()
    source = StringField(default="")
    stamped = StringField(default="")
    latitude = StringField(default="")
    longitude = StringField(default="")
    accuracy_m = StringField(default="")

    @property
    def claim(self) -> PhotoClaim:
        source = (
            PhotoSource(self.source.data) if self.source.data in set(PhotoSource) else PhotoSource.UNKNOWN
        )
        here = stated_position(self.latitude.data, self.longitude.data, self.accuracy_m.data)
        return PhotoClaim(self.taken_at.data, source, here, self.original_at.data, self.stamped.data == "1")


class SignManyForm(Form):
    """The visits that were ticked, each by its lift and its own id."""

    id = ChosenField(most=200, parts=2, mark="/")

    @property
    def unknown(self) -> int:
        """How many were ticked that name no visit."""
        return len((self.id.raw_data or [])[: self.id.most]) - len(self.id.data)


class SignatureForm(Form):
    """The use unit's person signs on the technician's phone; the picture is a data: address. Pages of before
    named him by what was typed."""

    signer_id = IdField()
    signer_name = StringField(default="")
    drawing = HiddenField(default="")


class MonthRecordsForm(Form):
    """Whose records of a month are printed together: those of a lift, or of a use unit."""

    lift = IdField()
    unit = IdField()
    month = MonthField(default=None)


class AskUnitsForm(Form):
    """The use units that are asked to sign what waits."""

    id = ChosenField(most=50)


class ReasonForm(Form):
    """What a dispute, a reply or a taken back visit says."""

    reason = ReasonField(most=REASON_LENGTH)


class PaperRecordForm(Form):
    """A photo of the paper record, and whose signature stands on it."""

    signer_id = IdField()


class ObjectionForm(Form):
    """What whoever was chosen to sign says against it by his link: he has no session and so no token."""

    class Meta(Form.Meta):
        csrf = False

    reason = TextAreaField(default="", filters=[stripped])


class DisputeDecisionForm(ReasonForm):
    """How the county office decides a dispute."""

    stands = StringField(default="")


class VisitCorrectionForm(ReasonForm):
    id = IdField()


class LateVisitForm(Form):
    """A visit as its paper record has it."""

    lift = StringField(_l("Label or number of the lift"), default="")
    visit_id = IdField()
    duty = ChoiceField(
        _l("Class"), choices=lambda: labelled(VISITS), wrong=N_("Choose the class of the visit.")
    )
    opened_at = SiteTimeField(_l("Work began"), validators=[InputRequired(_l("Enter day and time."))])
    closed_at = SiteTimeField(_l("Work ended"), validators=[InputRequired(_l("Enter day and time."))])
    technician = ChosenField(wrong=N_("Choose the technicians who were there."))
    reason = TextAreaField(
        _l("Why it was kept on paper"),
        [DataRequired(_l("Say why it was kept on paper.")), AtMost(REASON_LENGTH)],
        filters=[stripped],
    )

    def paper(self) -> PaperVisit:
        opened_at, closed_at = self.opened_at.instant, self.closed_at.instant
        assert opened_at is not None
        assert closed_at is not None
        return PaperVisit(
            DueKind(self.duty.data), opened_at, closed_at, self.technician.data, self.reason.data
        )


def typed_replies(visit: Visit, at: datetime, by: str) -> list[ItemReply]:
    """What the whole checklist, sent by a page without scripts, says otherwise than the page of this person
    did: each item has its own fields."""
    replies = []
    for item in items_of(visit):
        before = reply_of(visit.answers.get(item.code, {}), by)
        answer = request.form.get(f"a-{item.code}", "")
        note = request.form.get(f"n-{item.code}", "").strip()
        readings, after = _typed_readings(item, "r"), _typed_readings(item, "s")
        sure = request.form.get(f"sure-{item.code}") == "1"
        typed = (answer, note, readings, after, sure)
        if typed != (
            before.get("answer", ""),
            before.get("note", ""),
            shown_amounts(item, before.get("readings", {})),
            shown_amounts(item, before.get("after", {})),
            before.get("sure", False),
        ):
            chosen = ItemAnswer(answer) if answer in set(ItemAnswer) else None
            replies.append(ItemReply(item.code, chosen, note, at, readings, after, sure))
    return replies


def _typed_readings(item: Item, mark: str) -> dict[str, str]:
    """The readings of an item as its fields have them: `r` as found, `s` after an adjustment."""
    typed = {one.key: request.form.get(f"{mark}-{item.code}-{one.key}", "").strip() for one in item.readings}
    return {key: text for key, text in typed.items() if text}


def shown_amounts(item: Item, amounts: Mapping[str, int]) -> dict[str, str]:
    """Stored amounts as their fields show them."""
    return {one.key: one.number(amounts[one.key]) for one in item.readings if one.key in amounts}


class RemarkForm(Form):
    """The remark below the checklist; None where the page has none."""

    remark = StringField(default=None)
