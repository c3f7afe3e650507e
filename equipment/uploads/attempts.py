"""Every message of a firm's system and what it was answered, for the page where its people look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import structlog
from flask import Response, g
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.ids import new_id
from equipment.people.models import Device
from equipment.storage.db import in_transaction, session
from equipment.uploads.models import UploadAttempt
from equipment.uploads.states import UploadOutcome, UploadStep, outcome_of

KEPT_DAYS = 180
CHUNK = 5_000


class UploadMessage(NamedTuple):
    """What a message asks for: its step, the firm's own number and the lift as it names them."""

    step: UploadStep
    record_id: str = ""
    lift: str = ""
    is_new: bool = False  # it brings a record, or a photo, that was not there before


def about(step: UploadStep, record_id: str, lift: str = "", *, is_new: bool = False) -> None:
    """What the message that is being answered asks for: said before anything of it is judged."""
    g.upload = UploadMessage(step, record_id[:64], lift[:60], is_new)


def note_attempt(response: Response) -> Response:
    """After the answer: one row, in a transaction of its own. No answer is lost because this one fails."""
    status = response.status_code
    problem = Fields(response.get_json(silent=True) or {}) if status >= 400 else Fields()
    list_message(status, problem)
    return response


def list_message(status: int, problem: Fields, outcome: UploadOutcome | None = None) -> None:
    """The row of the message that is being answered; none where it brings nothing, or nobody knows whose it
    is. An interface of others says with 200 what it refuses, so it says the outcome."""
    asked: UploadMessage | None = g.get("upload")
    device: Device | None = g.get("device")
    if asked is None or device is None:
        return
    row = attempt(device, asked, status, problem, str(g.get("request_id") or ""))
    row.outcome = outcome or row.outcome
    try:
        in_transaction(session.add, row)
    except SQLAlchemyError as fault:
        structlog.get_logger().error("upload not listed", fault=str(fault))


def attempt(
    device: Device, asked: UploadMessage, status: int, problem: Fields, request_id: str = ""
) -> UploadAttempt:
    """The row of one message; `problem` is the body of a refusal."""
    return UploadAttempt(
        id=new_id(),
        organisation_id=device.organisation_id,
        device_id=device.id,
        at=clock.now(),
        step=asked.step,
        record_id=asked.record_id,
        lift=asked.lift,
        outcome=outcome_of(status, is_new=asked.is_new),
        status=status,
        code=problem.text("code", "")[:20],
        title=problem.text("title", "")[:300],
        fields={name: str(text) for name, text in problem.table("fields").items()},
        request_id=request_id[:40],
    )


def forget_attempts(on: date) -> int:
    """Those of long ago go, some thousand at a time; the caller repeats until 0."""
    before = clock.site_midnight(on - timedelta(days=KEPT_DAYS))
    old = (
        select(UploadAttempt.organisation_id, UploadAttempt.id).where(UploadAttempt.at < before).limit(CHUNK)
    )
    keys = [row.id for row in session.execute(old)]
    if keys:
        session.execute(delete(UploadAttempt).where(UploadAttempt.id.in_(keys)))
    return len(keys)
