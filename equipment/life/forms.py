"""A stranger's report, and the form of the bureau about it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from equipment.web.forms import AtMost, Form, IdField, InstantField, stripped


class ReportForm(Form):
    """What somebody at a label says is wrong. He has no session and so no token; the page he came from is
    looked at instead. What is wrong in it is said in the language of that page."""

    class Meta(Form.Meta):
        csrf = False

    code = StringField(default="")
    report_id = IdField()
    kind = StringField(default="")
    description = StringField(default="")
    phone = StringField(default="")
    happened_at = InstantField()
    website = StringField(default="")  # no person sees this field


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
