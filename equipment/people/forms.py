"""The forms about people; what was typed stays in them."""
from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

needed = InputRequired(_l("This is needed."))


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


class SignInForm(FlaskForm):  # type: ignore[misc]
    mobile = StringField(_l("Mobile number"), [needed, Length(max=40)], filters=[stripped])
    password = PasswordField(_l("Password"), [needed, Length(max=200)])
    next = HiddenField()
    kept = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Present password"), [needed, Length(max=200)])
    new_password = PasswordField(_l("New password"), [needed, Length(max=200)], description=_l("At least 8 characters, letters and digits mixed."))
    again = PasswordField(_l("New password again"), [needed, Length(max=200)])


class SetupForm(FlaskForm):  # type: ignore[misc]
    organisation = StringField(_l("Name of the bureau"), [needed, Length(max=120)], filters=[stripped])
    name = StringField(_l("Your name"), [needed, Length(max=60)], filters=[stripped])
    mobile = StringField(_l("Mobile number"), [needed, Length(max=40)], filters=[stripped], description=_l("It is the name you sign in with."))
    new_password = PasswordField(_l("Password"), [needed, Length(max=200)], description=_l("At least 8 characters, letters and digits mixed."))
    again = PasswordField(_l("Password again"), [needed, Length(max=200)])
