"""A digest to a webhook. Only jobs/ imports this.

`POST ADDRESS` with `{"version", "id", "title", "message", "type"}`; the same id again is the same message.
The address was typed on a page, so its name is looked up here, all that it means must be addresses that
messages may go to (WEBHOOK_NETWORKS), and the connection goes to the very one that was looked at: a name that
means another one a moment later leads nowhere. A redirect is not followed.
"""

from __future__ import annotations

import json
import socket
import ssl
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, quote, urlsplit

from equipment.core.config import Settings
from equipment.core.networks import address_in, may_be_sent_to
from equipment.core.words import N_
from equipment.reminders.sms import HandOver

TIMEOUT_S = 15
READ = 64 * 1024  # of an answer that nobody looks at
SAFE = "/%:=&?~#+!$,;'@()*[]"
PRIVATE = N_("the address leads into a private network that the server does not send to (WEBHOOK_NETWORKS)")
NO_HOST = N_("the name of the address is not known")
REDIRECTED = N_("the other side sends on to another address; give that one")
NOT_TAKEN = N_("the other side did not take it")


class Unsendable(Exception):
    """Why nothing is sent to an address, in words."""


class CheckedConnection(HTTPConnection):
    """HTTP, with a context HTTPS, with the host of an address at one of its addresses that was checked."""

    def __init__(self, parts: SplitResult, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(parts.hostname or "", parts.port or (443 if context else 80), timeout=TIMEOUT_S)
        self.address, self.context = address, context

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.context:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)


def send(settings: Settings, key: str, address: str, title: str, body: str) -> HandOver:
    """Hand one message over."""
    parts = urlsplit(address)
    message = {"version": "1.0", "id": key, "title": title, "message": body, "type": "info"}
    headers = {
        "Content-Type": "application/json",
        "Host": parts.netloc.encode("idna").decode(),
        "User-Agent": "equipment",
    }
    target = quote(parts.path or "/", safe=SAFE) + (
        f"?{quote(parts.query, safe=SAFE)}" if parts.query else ""
    )
    try:
        context = ssl.create_default_context() if parts.scheme == "https" else None
        connection = CheckedConnection(parts, checked_address(parts, settings), context)
        try:
            connection.request("POST", target, json.dumps(message).encode(), headers)
            answer = connection.getresponse()
            answer.read(READ)
        finally:
            connection.close()
    except Unsendable as fault:
        return HandOver(fault=str(fault))
    except (OSError, HTTPException, ValueError):
        return HandOver(fault=NOT_TAKEN)
    if 300 <= answer.status < 400:
        return HandOver(fault=REDIRECTED)
    return HandOver() if answer.status < 300 else HandOver(fault=NOT_TAKEN)


def checked_address(parts: SplitResult, settings: Settings) -> str:
    """One address of the host, when messages may go to all that it has."""
    try:
        rows = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unsendable(NO_HOST) from None
    addresses = [str(row[4][0]) for row in rows]
    for text in addresses:
        number = address_in(text.partition("%")[0])  # fe80::1%eth0
        if number is None or not may_be_sent_to(number, settings.webhook_targets):
            raise Unsendable(PRIVATE)
    return addresses[0]
