"""States of notices and digests, and kinds of channels (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


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
    ARRIVED = "arrived", N_("Arrived"), "green"
    FAILED = "failed", N_("Failed"), "red"


class ChannelKind(Labelled):
    SMS = "sms", N_("SMS"), "green"
    MAIL = "mail", N_("E-mail"), "blue"
    WECOM = "wecom", N_("WeCom group robot"), "green"
    DINGTALK = "dingtalk", N_("DingTalk group robot"), "blue"
    WEBHOOK = "webhook", N_("Webhook (JSON)"), "grey"
