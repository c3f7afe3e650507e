"""SMS through an HTTP gateway: a message is a template of the gateway with its parameters, and has a receipt
that says later whether it arrived. Only jobs/ imports this.

`POST SMS_URL` with `{"id", "mobile", "template", "params": {"count", "text"}}` answers `{"receipt": "..."}`;
`GET SMS_URL/<receipt>` answers `{"state": "waiting" | "arrived" | "failed"}`. Both carry `SMS_KEY` as bearer
token. An id that was sent before is the same message: a gateway that knows it sends nothing twice.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request

from equipment.core.config import Settings
from equipment.core.fields import Fields
from equipment.core.networks import urlopen
from equipment.core.words import N_

TIMEOUT_S = 10
LONGEST = 200  # characters of a parameter; a gateway cuts or refuses longer ones
NO_GATEWAY = N_("the server has no SMS_URL and SMS_TEMPLATE")
NOT_TAKEN = N_("the SMS gateway did not take it")


@dataclass(frozen=True, slots=True)
class HandOver:
    """What came of handing a message over: the gateway's receipt, or what was wrong."""

    receipt: str = ""
    fault: str = ""


def send(settings: Settings, key: str, mobile: str, count: int, text: str) -> HandOver:
    """Hand one message over."""
    if not settings.sms_url or not settings.sms_template:
        return HandOver(fault=NO_GATEWAY)
    params = {"count": str(count), "text": text[:LONGEST]}
    message = {"id": key, "mobile": mobile, "template": settings.sms_template, "params": params}
    answer = _answer(settings, "", json.dumps(message).encode())
    receipt = answer.text("receipt", "") if answer else ""
    return HandOver(receipt) if receipt else HandOver(fault=NOT_TAKEN)


def outcome(settings: Settings, receipt: str) -> str:
    """What became of a message: `arrived`, `failed`, else `waiting`, also where the gateway does not say."""
    answer = _answer(settings, f"/{quote(receipt, safe='')}")
    state = answer.text("state", "") if answer else ""
    return state if state in ("arrived", "failed") else "waiting"


def _answer(settings: Settings, path: str, content: bytes | None = None) -> Fields | None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settings.sms_key}"}
    address = settings.sms_url.rstrip("/") + path
    request = Request(address, content, headers)  # noqa: S310  (http or https: the form of SMS_URL)
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            answered_with = json.load(answer)
    except (URLError, http.client.HTTPException, OSError, ValueError):
        return None
    return Fields(answered_with) if isinstance(answered_with, dict) else None
