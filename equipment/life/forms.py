"""The form of the bureau about a public report."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from equipment.web.forms import AtMost, Form, stripped


class DecideForm(Form):
    """Which step, and what whoever has the number may read."""

    step = StringField(default="")
    reply = TextAreaField(
        _l("Reply, visible to whoever has the number"),
        [AtMost(1000)],
        default="",
        filters=[stripped],
        description=_l("No names, no phone numbers."),
    )
