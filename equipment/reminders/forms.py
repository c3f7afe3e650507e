"""The forms of reminders: the notices chosen in the inbox, a channel."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from equipment.web.forms import AtMost, ChoiceField, ChosenField, Form, needed


class ChosenNoticesForm(Form):
    id = ChosenField()


class ChannelForm(Form):
    kind = ChoiceField(_l("Channel"))
    address = StringField(
        _l("Address"),
        [needed, AtMost(400)],
        description=_l(
            "A mobile number, an e-mail address, or the webhook address that the group robot shows."
        ),
    )
    all = BooleanField(_l("For the whole organisation, such as its group chat"))
