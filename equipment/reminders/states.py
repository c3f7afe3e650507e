"""States of notices and digests (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class NoticeState(Labelled):
    PLANNED = "planned", N_("Planned"), "grey"
    SENT = "sent", N_("Sent"), "green"
    INBOX = "inbox", N_("In the inbox only"), "blue"
    FAILED = "failed", N_("Not delivered"), "red"
    OBSOLETE = "obsolete", N_("No longer needed"), "grey"


class DigestState(Labelled):
    WAITING = "waiting", N_("Waiting"), "grey"
    SENDING = "sending", N_("Sending"), "blue"
    SENT = "sent", N_("Sent"), "green"
    FAILED = "failed", N_("Failed"), "red"
