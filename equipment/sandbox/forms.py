"""The form of the door into a sandbox."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from equipment.web.forms import AtMost, Form, needed, stripped


class EnterForm(Form):
    token = PasswordField(
        _l("Device token"),
        [needed, AtMost(200)],
        filters=[stripped],
        description=_l("A token of the sandbox, as the administrator handed it out."),
        render_kw={"autocomplete": "off", "autofocus": True},
    )
