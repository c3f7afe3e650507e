"""Addresses of channels: what people paste, checked, and the apprise address it becomes. Pure
but for its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address
from urllib.parse import parse_qs, quote, urlsplit

from equipment.core.errors import Invalid
from equipment.core.networks import Network, address_in, may_be_sent_to
from equipment.core.words import N_
from equipment.reminders.states import ChannelKind

MAIL = re.compile(r"[^@\s,;/?#&]+@[^@\s,;/?#&]+\.[^@\s,;/?#&]+")
MOBILE = re.compile(r"1\d{10}")
LOOPBACK = IPv4Address("127.0.0.1")
KEY = re.compile(r"[A-Za-z0-9-]{16,80}")


def _mail(address: str) -> str:
    if not MAIL.fullmatch(address):
        raise Invalid({"address": N_("This is no e-mail address.")})
    return address


def _mobile(address: str) -> str:
    number = address.replace(" ", "").replace("-", "").removeprefix("+86")
    if not MOBILE.fullmatch(number):
        raise Invalid({"address": N_("This is no mobile number: eleven digits.")})
    return number


def _key(address: str, host: str, parameter: str, text: str) -> str:
    """The key of a group robot, given alone or inside the address that the group shows."""
    try:
        parts = urlsplit(address)
        key = parse_qs(parts.query).get(parameter, [""])[0] if parts.hostname == host else address
    except ValueError:
        key = ""
    if not KEY.fullmatch(key):
        raise Invalid({"address": text})
    return key


def _wecom(address: str) -> str:
    return _key(
        address,
        "qyapi.weixin.qq.com",
        "key",
        N_("Paste the webhook address of the WeCom group robot, or its key."),
    )


def _dingtalk(address: str) -> str:
    return _key(
        address,
        "oapi.dingtalk.com",
        "access_token",
        N_("Paste the webhook address of the DingTalk group robot, or its token."),
    )


def _webhook(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna")
        good = parts.scheme in ("http", "https") and host and parts.port != 0
        good = good and not parts.username and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise Invalid({"address": N_("Give an address that begins with http:// or https://.")})
    return address


def check_target(kind: ChannelKind, address: str, private: Sequence[Network]) -> None:
    """Refuse a webhook whose address lies, as it is written, in a private network that was not named; what a
    name leads to is looked at whenever something is sent (webhook.py)."""
    host = (urlsplit(address.strip()).hostname or "") if kind is ChannelKind.WEBHOOK else ""
    number = LOOPBACK if host == "localhost" or host.endswith(".localhost") else address_in(host)
    if number is not None and not may_be_sent_to(number, private):
        raise Invalid(
            {"address": N_("This address lies in a private network that the server does not send to.")}
        )


CHECKS: Mapping[ChannelKind, Callable[[str], str]] = {
    ChannelKind.SMS: _mobile,
    ChannelKind.MAIL: _mail,
    ChannelKind.WECOM: _wecom,
    ChannelKind.DINGTALK: _dingtalk,
    ChannelKind.WEBHOOK: _webhook,
}


def apprise_address(kind: ChannelKind, address: str, mail_url: str) -> str:
    """Where apprise sends to; empty when this kind is not sent by it, or the server lacks its setting."""
    if kind is ChannelKind.MAIL:
        return f"{mail_url}{'&' if '?' in mail_url else '?'}to={quote(address)}" if mail_url else ""
    if kind is ChannelKind.WECOM:
        return f"wecombot://{address}"
    return f"dingtalk://{address}" if kind is ChannelKind.DINGTALK else ""


def shown(kind: ChannelKind, address: str) -> str:
    """An address as a screen may show it: keys are secrets."""
    return (
        address
        if kind in (ChannelKind.SMS, ChannelKind.MAIL, ChannelKind.WEBHOOK)
        else f"{address[:4]}…{address[-4:]}"
    )
