"""The forms of instruments, verifications, own checks and lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, StringField

from equipment.core.words import N_
from equipment.instruments.rules import InstrumentKind, OwnCheckResult, VerificationResult
from equipment.web.forms import AtMost, ChoiceField, DayField, Form, labelled, needed, needed_day, stripped


class InstrumentForm(Form):
    kind = ChoiceField(
        _l("Kind of instrument"),
        choices=lambda: labelled(InstrumentKind),
        wrong=N_("This is no kind of instrument."),
    )
    name = StringField(_l("Name"), [needed, AtMost(60)], filters=[stripped])
    number = StringField(
        _l("Number"),
        [needed, AtMost(60)],
        filters=[stripped],
        description=_l("The number of the maker, as on its plate."),
    )
    maker = StringField(_l("Maker"), [AtMost(100)], default="", filters=[stripped])
    model = StringField(_l("Model"), [AtMost(60)], default="", filters=[stripped])
    measures = StringField(
        _l("Measuring range"),
        [AtMost(60)],
        default="",
        filters=[stripped],
        description=_l("Such as 0-150 kg or 0-2.5 MPa."),
    )
    accuracy = StringField(_l("Accuracy class"), [AtMost(40)], default="", filters=[stripped])
    place = StringField(_l("Place of use"), [AtMost(100)], default="", filters=[stripped])
    bay = StringField(
        _l("Bay"),
        [AtMost(20)],
        default="",
        filters=[stripped],
        description=_l("Of a filling station: the place at which it stands, such as 1 or A3."),
    )
    gas = StringField(
        _l("Gas"),
        [AtMost(10)],
        default="",
        filters=[stripped],
        description=_l("Of a filling station: the gas code that flows there, such as LPG."),
    )
    piece = StringField(
        _l("Equipment it sits on"),
        [AtMost(80)],
        default="",
        filters=[stripped],
        description=_l("Code or number of the piece, such as of a boiler; may stay empty."),
    )
    statutory = BooleanField(
        _l("Subject to statutory verification"),
        default=True,
        description=_l("It counts in the share that is verified, and stands on lists for the body."),
    )
    verified_until = DayField(
        _l("Verified until"),
        description=_l("As on its sticker; the certificate is entered afterwards. May stay empty."),
    )


class VerificationForm(Form):
    result = ChoiceField(
        _l("Conclusion of the verification"),
        choices=lambda: labelled(VerificationResult),
        wrong=N_("This is no conclusion of a verification."),
    )
    body = StringField(_l("Verification body"), [needed, AtMost(100)], filters=[stripped])
    number = StringField(_l("Certificate number"), [needed, AtMost(60)], filters=[stripped])
    verified_on = DayField(_l("Verified on"), [needed_day])
    valid_until = DayField(
        _l("Verified until"), description=_l("The last day on which it holds; needed where it passed.")
    )
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    paper = FileField(_l("The certificate as photo or PDF"))


class OwnCheckForm(Form):
    result = ChoiceField(
        _l("Result"), choices=lambda: labelled(OwnCheckResult), wrong=N_("This is no result of a check.")
    )
    checked_on = DayField(_l("Checked on"), [needed_day])
    checker = StringField(_l("Who checked it"), [needed, AtMost(60)], filters=[stripped])
    note = StringField(_l("What was measured or off"), [AtMost(300)], default="", filters=[stripped])
    photo = FileField(_l("Photo"))


class ListForm(Form):
    due_until = DayField(_l("Due by"), [needed_day])
    body = StringField(_l("Verification body"), [AtMost(100)], default="", filters=[stripped])
    title = StringField(_l("Title of the list"), [AtMost(160)], default="", filters=[stripped])
    unit = StringField(_l("Organisation"), [AtMost(120)], default="", filters=[stripped])
    area = StringField(_l("Area"), [AtMost(12)], default="", filters=[stripped])
    kind = StringField(_l("Kind of instrument"), [AtMost(20)], default="", filters=[stripped])
