"""The forms about people; what was typed stays in them."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from equipment.core.words import N_
from equipment.web.forms import AtMost, ChoiceField, DayField, Form, IdField, TickField, needed, stripped
from equipment.web.language import LOCALES


class SignInForm(Form):
    mobile = StringField(_l("Mobile number"), [needed, AtMost(40)], filters=[stripped])
    password = PasswordField(_l("Password"), [needed, AtMost(200)])
    next = HiddenField()
    kept = HiddenField()


class CodeForm(Form):
    second_code = StringField(
        _l("Sign-in code"),
        [needed, AtMost(40)],
        description=_l("The six digits that your authenticator shows now, or one of your recovery codes."),
        render_kw={"autocomplete": "one-time-code", "autofocus": True},
    )


class SetupForm(Form):
    organisation = StringField(_l("Name of the bureau"), [needed, AtMost(120)], filters=[stripped])
    name = StringField(_l("Your name"), [needed, AtMost(60)], filters=[stripped])
    mobile = StringField(
        _l("Mobile number"),
        [needed, AtMost(40)],
        filters=[stripped],
        description=_l("It is the name you sign in with."),
    )
    new_password = PasswordField(
        _l("Password"),
        [needed, AtMost(200)],
        description=_l("At least 8 characters, letters and digits mixed."),
    )
    again = PasswordField(_l("Password again"), [needed, AtMost(200)])


class ConfirmedForm(Form):
    """What lets somebody in later than today: whoever sits down at an open session must not be able to."""

    password = PasswordField(
        _l("Present password"),
        [needed, AtMost(200)],
        description=_l("The password that you sign in with, so that nobody else does this at your desk."),
        render_kw={"autocomplete": "current-password"},
    )

    def __iter__(self) -> Iterator[Field]:
        """The password stands last: it is asked for what stands above."""
        return iter(sorted(super().__iter__(), key=lambda field: field.short_name == "password"))


class PasswordForm(ConfirmedForm):
    new_password = PasswordField(
        _l("New password"),
        [needed, AtMost(200)],
        description=_l("At least 8 characters, letters and digits mixed."),
    )
    again = PasswordField(_l("New password again"), [needed, AtMost(200)])


class SecondFactorForm(ConfirmedForm):
    second_code = StringField(
        _l("Code of the app"),
        [needed, AtMost(20)],
        description=_l("The six digits that the app shows now."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PinForm(ConfirmedForm):
    pin = PasswordField(
        _l("New PIN"),
        [needed, AtMost(20)],
        description=_l(
            "4 to 8 digits, for going on duty at a shared device. Not 1234, 1212, a year or your number."
        ),
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    again = PasswordField(
        _l("New PIN again"), [needed, AtMost(20)], render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )


class ContactForm(Form):
    short_name = StringField(_l("Short name"), [AtMost(40)], filters=[stripped])
    address = StringField(_l("Address"), [AtMost(200)], filters=[stripped])
    phone = StringField(_l("Telephone"), [AtMost(30)], filters=[stripped])


class OrganisationForm(ContactForm):
    FIRST = ("name", "kind", "credit_code", "area")

    name = StringField(_l("Name"), [needed, AtMost(120)], filters=[stripped])
    kind = SelectField(_l("Kind"), [needed])
    credit_code = StringField(_l("Unified social credit code"), [AtMost(40)], filters=[stripped])
    area = SelectField(_l("Area"), [needed])
    active = BooleanField(
        _l("Active"),
        default=True,
        description=_l(
            "Without it nobody of the organisation can sign in, and its devices and cards are not accepted; "
            "records stay. For a licence that is suspended change the licence."
        ),
    )

    def __iter__(self) -> Iterator[Field]:
        """What it is goes before how it is reached."""
        return iter(
            [
                *(self[name] for name in self.FIRST if name in self),
                *(field for field in super().__iter__() if field.short_name not in self.FIRST),
            ]
        )


class PaperForm(Form):
    kind = SelectField(_l("Kind"), [needed])
    number = StringField(_l("Number"), [needed, AtMost(60)], filters=[stripped])
    covers = StringField(
        _l("Covers"),
        [AtMost(200)],
        description=_l("Gas codes of a filling licence, such as LPG, O2; categories otherwise."),
    )
    valid_from = DayField(_l("Valid from"), [needed])
    valid_until = DayField(_l("Valid until"), [needed])


class PersonForm(Form):
    name = StringField(_l("Full name"), [needed, AtMost(60)], filters=[stripped])
    mobile = StringField(
        _l("Mobile number"),
        [needed, AtMost(40)],
        filters=[stripped],
        description=_l("It is the name this person signs in with."),
    )
    roles = TickField(_l("Roles"), [needed])
    area = SelectField(_l("Area"), [Optional()])


class RolesForm(Form):
    name = StringField(_l("Full name"), [needed, AtMost(60)], filters=[stripped])
    roles = TickField(_l("Roles"), [needed])


class CertificateForm(Form):
    code = StringField(_l("Certificate code"), [needed, AtMost(6)], filters=[stripped])
    number = StringField(_l("Certificate number"), [needed, AtMost(40)], filters=[stripped])
    valid_from = DayField(_l("Valid from"), [needed])
    valid_until = DayField(_l("Valid until"), [needed])


class CardForm(Form):
    uid = StringField(
        _l("Card number"),
        [needed, AtMost(40)],
        filters=[stripped],
        description=_l(
            "Hold the card to the reader that is in use here: another kind of reader may give another number "
            "for the same card. Blanks, hyphens and colons do not matter."
        ),
    )
    expires_on = DayField(_l("Valid until"), [Optional()])


class DeviceForm(ConfirmedForm):
    kind = SelectField(_l("Kind"), [needed])
    name = StringField(_l("Name"), [needed, AtMost(60)], filters=[stripped])
    bay = StringField(_l("Bay"), [AtMost(20)], filters=[stripped])
    equipment = StringField(
        _l("Lift"),
        [AtMost(200)],
        filters=[stripped],
        description=_l("For a reader: scan the label of the lift, or type its device code."),
    )
    person = SelectField(_l("Acts for"), [Optional()])


class FloorForm(ConfirmedForm):
    name = StringField(
        _l("Name of this device"),
        [needed, AtMost(60)],
        filters=[stripped],
        description=_l("Such as: tablet at scale 2."),
    )
    bay = StringField(_l("Bay"), [AtMost(20)], filters=[stripped])


class DutyForm(Form):
    """A card, or a person and his PIN."""

    card = StringField(default="", filters=[stripped])
    user_id = IdField()
    pin = PasswordField(default="")


class PhoneForm(Form):
    name = StringField(default="", filters=[stripped])


class LocaleForm(Form):
    locale = ChoiceField(choices=[(locale, "") for locale in LOCALES], wrong=N_("There is no such language."))
    next = HiddenField()


class AreasForm(Form):
    rows = TextAreaField(
        _l("One area per line"),
        default="",
        description=_l(
            "Code (GB/T 2260, counties 6 digits, townships 9), a comma, name; after that, if you like, "
            "English name and who answers for it. Rows copied from Excel do as well."
        ),
    )
    file = FileField(
        _l("Or a CSV file"), description=_l("The same columns: code, name, name_en, responsible.")
    )


class ResponsibleForm(Form):
    responsible = StringField(_l("Who answers for it"), [AtMost(60)], default="")
