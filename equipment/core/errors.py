"""What can be wrong with a request; one handler each in web.py and api.py. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.verdict import Verdict
from equipment.core.words import N_, Message

NOT_ALLOWED = N_("Your role does not allow this.")


class NotFound(Exception):
    """There is no such thing, or none in the viewer's scope: the same answer, so that nothing leaks."""


class Invalid(Exception):
    """Something was entered that cannot be: a message per field; the field "" speaks of the whole."""

    def __init__(self, fields: Mapping[str, Message | str]) -> None:
        super().__init__(", ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = {
            name: text if isinstance(text, Message) else Message(text) for name, text in fields.items()
        }


class Conflict(Invalid):
    """What is on record already stands against it, or somebody was faster (409); `fields` name the
    difference."""


class OtherContent(Conflict):
    """The same client-made id with other content than before (409); `fields` name what differs."""


class Refused(Exception):
    """A rule says no; the verdict says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(reason.code for reason in verdict.reasons))
        self.verdict = verdict


class Busy(Exception):
    """Too much of this is being done at the moment (503): the same again a little later works."""


class NotAllowed(Exception):
    """The viewer's roles do not allow this (403); `message` says what would."""

    def __init__(self, message: Message | str = NOT_ALLOWED) -> None:
        super().__init__(str(message))
        self.message = message if isinstance(message, Message) else Message(message)
