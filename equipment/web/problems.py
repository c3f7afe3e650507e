"""The one table of what the API can answer instead of what was asked for: a code that never changes, the
status of HTTP, whether the same message may go again, where the body says more, and what to do. Served at
/api/v1/errors, printed in docs/api.md; tests/contract.py holds every problem body to it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from equipment.core.words import N_


class ProblemCode(StrEnum):
    """What went wrong, by a name that never changes."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SENDER = "unknown_sender"
    WRONG_DEVICE = "wrong_device"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    NO_ADDRESS = "no_address"
    UNKNOWN_FILL = "unknown_fill"
    NOT_YET = "not_yet"
    WRONG_METHOD = "wrong_method"
    TOO_SLOW = "too_slow"
    OTHER_CONTENT = "other_content"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    INVALID = "invalid"
    RULE_REFUSES = "rule_refuses"
    TOO_MANY = "too_many"
    FAULT = "fault"
    BUSY = "busy"
    DATABASE_AWAY = "database_away"
    DISK_FULL = "disk_full"


class ProblemKind(NamedTuple):
    """One row: `retryable`, the same message may work later as it is; `field`, the member of the body that
    names what is wrong, "" where none does."""

    http: int
    retryable: bool
    field: str
    hint: str


FIELDS, REASONS = "fields", "reasons"
_AGAIN = N_("Send the same message again after Retry-After seconds; nothing was recorded.")
_SHOW = N_("Show it to a person and take it off the queue; sent again as it is, it gets the same answer.")

PROBLEMS: Mapping[ProblemCode, ProblemKind] = {
    ProblemCode.BAD_REQUEST: ProblemKind(
        400, False, "", N_("The request itself is wrong: compare it with /api/v1/openapi.json.")
    ),
    ProblemCode.UNKNOWN_SENDER: ProblemKind(
        401,
        False,
        "",
        N_("Keep the queue and ask the manager for a token: there is none, or it was revoked."),
    ),
    ProblemCode.WRONG_DEVICE: ProblemKind(
        403, False, "", N_("This kind of device has other routes: enrol the right kind.")
    ),
    ProblemCode.NOT_ALLOWED: ProblemKind(
        403, False, "", N_("The organisation, person or origin may not do this: the title says why.")
    ),
    ProblemCode.NOT_FOUND: ProblemKind(
        404, False, "", N_("No such record for this token: check the id and whose token it is.")
    ),
    ProblemCode.NO_ADDRESS: ProblemKind(
        404, False, "", N_("The API has no such address: /api/v1/openapi.json lists all.")
    ),
    ProblemCode.UNKNOWN_FILL: ProblemKind(
        404, True, "", N_("Its scan did not arrive: send the scan, then this again.")
    ),
    ProblemCode.NOT_YET: ProblemKind(
        404, True, "", N_("It is being made: ask again after Retry-After seconds.")
    ),
    ProblemCode.WRONG_METHOD: ProblemKind(
        405, False, "", N_("The address takes other methods: the header Allow names them.")
    ),
    ProblemCode.TOO_SLOW: ProblemKind(408, True, "", _AGAIN),
    ProblemCode.OTHER_CONTENT: ProblemKind(
        409,
        False,
        FIELDS,
        N_("The id was used for something else: `fields` name the difference. A new record needs a new id."),
    ),
    ProblemCode.CONFLICT: ProblemKind(409, False, FIELDS, _SHOW),
    ProblemCode.TOO_LARGE: ProblemKind(
        413, False, "", N_("Split the batch, or take a smaller photo, and send it again.")
    ),
    ProblemCode.INVALID: ProblemKind(422, False, FIELDS, _SHOW),
    ProblemCode.RULE_REFUSES: ProblemKind(422, False, REASONS, _SHOW),
    ProblemCode.TOO_MANY: ProblemKind(429, True, "", _AGAIN),
    ProblemCode.FAULT: ProblemKind(
        500, True, "", N_("A fault on our side: try again later, and tell us the `request_id` if it stays.")
    ),
    ProblemCode.BUSY: ProblemKind(503, True, "", _AGAIN),
    ProblemCode.DATABASE_AWAY: ProblemKind(503, True, "", _AGAIN),
    ProblemCode.DISK_FULL: ProblemKind(
        507, True, "", N_("The disk is full: keep the queue and try again later.")
    ),
}
# What Werkzeug or the server says by a status alone.
BY_STATUS: Mapping[int, ProblemCode] = {
    400: ProblemCode.BAD_REQUEST,
    401: ProblemCode.UNKNOWN_SENDER,
    403: ProblemCode.NOT_ALLOWED,
    404: ProblemCode.NO_ADDRESS,
    405: ProblemCode.WRONG_METHOD,
    408: ProblemCode.TOO_SLOW,
    409: ProblemCode.CONFLICT,
    413: ProblemCode.TOO_LARGE,
    422: ProblemCode.INVALID,
    429: ProblemCode.TOO_MANY,
    500: ProblemCode.FAULT,
    503: ProblemCode.BUSY,
    507: ProblemCode.DISK_FULL,
}


def code_of_status(status: int) -> ProblemCode:
    """The code of a status that came without one."""
    return BY_STATUS.get(status, ProblemCode.FAULT if status >= 500 else ProblemCode.BAD_REQUEST)
