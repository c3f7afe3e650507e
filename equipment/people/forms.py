"""The forms about people; what was typed stays in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from equipment.core.errors import Invalid
from equipment.core.words import Labelled
from equipment.storage.db import transaction
from equipment.web.language import translate

T = TypeVar("T")
needed = InputRequired(_l("This is needed."))


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def show_errors(form: FlaskForm, error: Invalid) -> None:
    """Put the texts of an action's refusal beside the fields they speak of, or above the form."""
    for name, message in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, translate(message)]
        else:
            form.form_errors.append(translate(message))


def submitted(form: FlaskForm, action: Callable[[], T]) -> T | None:
    """Run `action` in a transaction when the form was sent and is right;
    None when it was not, with the reasons in the form."""
    if not form.validate_on_submit():
        return None
    try:
        with transaction():
            return action()
    except Invalid as error:
        show_errors(form, error)
        return None


def labelled(members: Iterable[Labelled]) -> list[tuple[str, str]]:
    """Options of a select, in the reader's language."""
    return [(str(member), translate(member.label)) for member in members]


class TickBox(CheckboxInput):  # type: ignore[misc]
    """One box of several: `required` in a browser would mean this very box,
    so the group is asked for by the server."""

    validation_attrs = ("disabled",)


class TickField(SelectMultipleField):  # type: ignore[misc]
    """Several of a few, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = TickBox()


class SignInForm(FlaskForm):  # type: ignore[misc]
    mobile = StringField(_l("Mobile number"), [needed, Length(max=40)], filters=[stripped])
    password = PasswordField(_l("Password"), [needed, Length(max=200)])
    next = HiddenField()
    kept = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Present password"), [needed, Length(max=200)])
    new_password = PasswordField(
        _l("New password"),
        [needed, Length(max=200)],
        description=_l("At least 8 characters, letters and digits mixed."),
    )
    again = PasswordField(_l("New password again"), [needed, Length(max=200)])


class SetupForm(FlaskForm):  # type: ignore[misc]
    organisation = StringField(_l("Name of the bureau"), [needed, Length(max=120)], filters=[stripped])
    name = StringField(_l("Your name"), [needed, Length(max=60)], filters=[stripped])
    mobile = StringField(
        _l("Mobile number"),
        [needed, Length(max=40)],
        filters=[stripped],
        description=_l("It is the name you sign in with."),
    )
    new_password = PasswordField(
        _l("Password"),
        [needed, Length(max=200)],
        description=_l("At least 8 characters, letters and digits mixed."),
    )
    again = PasswordField(_l("Password again"), [needed, Length(max=200)])


class PinForm(FlaskForm):  # type: ignore[misc]
    pin = PasswordField(
        _l("New PIN"),
        [needed, Length(max=20)],
        description=_l("4 to 8 digits, for going on duty at a shared device."),
    )
    again = PasswordField(_l("New PIN again"), [needed, Length(max=20)])


class ContactForm(FlaskForm):  # type: ignore[misc]
    short_name = StringField(_l("Short name"), [Length(max=40)], filters=[stripped])
    address = StringField(_l("Address"), [Length(max=200)], filters=[stripped])
    phone = StringField(_l("Telephone"), [Length(max=30)], filters=[stripped])
    rescue_phone = StringField(_l("Rescue telephone"), [Length(max=30)], filters=[stripped])


class OrganisationForm(ContactForm):
    FIRST = ("name", "kind", "credit_code", "area")

    name = StringField(_l("Name"), [needed, Length(max=120)], filters=[stripped])
    kind = SelectField(_l("Kind"), [needed])
    credit_code = StringField(_l("Unified social credit code"), [Length(max=40)], filters=[stripped])
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


class PaperForm(FlaskForm):  # type: ignore[misc]
    kind = SelectField(_l("Kind"), [needed])
    number = StringField(_l("Number"), [needed, Length(max=60)], filters=[stripped])
    covers = StringField(
        _l("Covers"),
        [Length(max=200)],
        description=_l("Gas codes of a filling licence, such as LPG, O2; categories otherwise."),
    )
    valid_from = DateField(_l("Valid from"), [needed])
    valid_until = DateField(_l("Valid until"), [needed])


class InstrumentForm(FlaskForm):  # type: ignore[misc]
    kind = SelectField(_l("Kind"), [needed])
    name = StringField(_l("Name"), [needed, Length(max=60)], filters=[stripped])
    number = StringField(_l("Number"), [needed, Length(max=60)], filters=[stripped])
    bay = StringField(
        _l("Bay"),
        [Length(max=20)],
        filters=[stripped],
        description=_l("The place at which it stands, such as 1 or A3."),
    )
    gas = StringField(
        _l("Gas"),
        [Length(max=10)],
        filters=[stripped],
        description=_l("The gas code that flows there, such as LPG."),
    )
    verified_until = DateField(_l("Verified until"), [needed])


class PersonForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Full name"), [needed, Length(max=60)], filters=[stripped])
    mobile = StringField(
        _l("Mobile number"),
        [needed, Length(max=40)],
        filters=[stripped],
        description=_l("It is the name this person signs in with."),
    )
    roles = TickField(_l("Roles"), [needed])
    area = SelectField(_l("Area"), [Optional()])


class RolesForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Full name"), [needed, Length(max=60)], filters=[stripped])
    roles = TickField(_l("Roles"), [needed])


class CertificateForm(FlaskForm):  # type: ignore[misc]
    code = StringField(
        _l("Certificate code"),
        [needed, Length(max=6)],
        filters=[stripped],
        description=_l("P filling, T lift repair, A safety management, and so on."),
    )
    number = StringField(_l("Certificate number"), [needed, Length(max=40)], filters=[stripped])
    valid_from = DateField(_l("Valid from"), [needed])
    valid_until = DateField(_l("Valid until"), [needed])


class CardForm(FlaskForm):  # type: ignore[misc]
    uid = StringField(
        _l("Card number"),
        [needed, Length(max=40)],
        filters=[stripped],
        description=_l("Hold the card to a reader, or type the number printed on it."),
    )
    expires_on = DateField(_l("Valid until"), [Optional()])


class DeviceForm(FlaskForm):  # type: ignore[misc]
    kind = SelectField(_l("Kind"), [needed])
    name = StringField(_l("Name"), [needed, Length(max=60)], filters=[stripped])
    bay = StringField(_l("Bay"), [Length(max=20)], filters=[stripped])
    equipment = StringField(
        _l("Lift"),
        [Length(max=200)],
        filters=[stripped],
        description=_l("For a reader: scan the label of the lift, or type its device code."),
    )
    person = SelectField(_l("Acts for"), [Optional()])


class FloorForm(FlaskForm):  # type: ignore[misc]
    name = StringField(
        _l("Name of this device"),
        [needed, Length(max=60)],
        filters=[stripped],
        description=_l("Such as: tablet at scale 2."),
    )
    bay = StringField(_l("Bay"), [Length(max=20)], filters=[stripped])
