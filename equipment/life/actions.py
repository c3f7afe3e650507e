"""公众举报: received, checked, answered, filed; it opens a finding when a supervisor says so."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import NOBODY
from equipment.core.words import N_
from equipment.files import store
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.intake.actions import Receipts, id_of_content
from equipment.intake.models import Receipt
from equipment.intake.rules import content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.life.models import PublicReport
from equipment.life.states import REPORT_CHANGES, ReportKind, ReportState
from equipment.people.queries import topmost_area
from equipment.people.rules import PUBLIC, SYSTEM, Viewer
from equipment.register.codes import ALPHABET
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.queries import public_report_days
from equipment.storage.db import session

LONGEST = 1000
REPORTS = Receipts("public_report", "report_id")


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What a stranger typed; `id` was made by his phone, or with the form that he was shown. `happened_at` is
    the phone's word for when he did, and moves nothing: a report counts from when it was received."""

    kind: ReportKind
    description: str
    phone: str = ""
    id: UUID | None = None
    happened_at: datetime | None = None


def receive(
    equipment: Equipment | None, draft: ReportDraft, photo: store.StoredContent | None, code: str = ""
) -> tuple[PublicReport, bool]:
    """受理: (a report with its number and the day by which it is answered, whether it is a new one), about a
    piece, or about a code that leads to none: then it is the city's. The number cannot be guessed from
    another."""
    text, phone = _typed(draft)
    today = clock.today()
    content = content_of(
        **({"equipment_id": equipment.id} if equipment else {"code": code}),
        kind=draft.kind,
        description=text,
        phone=phone,
        photo=photo.sha256 if photo else None,
        happened_at=draft.happened_at,
    )
    # Words without an id are the same report only on the same day: the next leak may be described alike.
    about = equipment.id if equipment else NOBODY
    key = draft.id or id_of_content(about, f"{today} {content}")
    locked_heads(session.connection(), [subject_of("report", key)])
    message = REPORTS.received(content, sender=None, key=key, about=about)
    if message.answer is not None:
        return session.get_one(PublicReport, UUID(message.answer)), False
    days = public_report_days(today)
    stored = [store.name(photo)] if photo is not None else []
    report = PublicReport(
        id=key,
        number=f"{today:%Y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(6))}",
        equipment_id=equipment.id if equipment else None,
        code=code,
        area=equipment.area if equipment else topmost_area(),
        category=equipment.category if equipment else "",
        kind=draft.kind,
        description=text,
        phone=phone,
        photo_sha256=photo.sha256 if photo else None,
        state=ReportState.RECEIVED,
        received_at=clock.now(),
        due_on=today + timedelta(days=days),
        reply="",
    )
    session.add(report)
    record(
        session(),
        subject_of("report", report.id),
        "report.received",
        actor=PUBLIC.actor,
        rows=[report, message.keep(str(report.id)), *stored],
        payload={"number": report.number, "equipment": report.equipment_id, "code": code, "kind": draft.kind},
    )
    return report, True


def _typed(draft: ReportDraft) -> tuple[str, str]:
    """What is wrong and the phone number, as they are kept."""
    text, phone = draft.description.strip(), draft.phone.strip()
    if not text:
        raise Invalid({"description": N_("Say what is wrong.")})
    if len(text) > LONGEST:
        raise Invalid({"description": N_("This is too long.")})
    digits = phone.replace("-", "").replace(" ", "").removeprefix("+")
    if phone and not (digits.isdigit() and 5 <= len(phone) <= 20):
        raise Invalid({"phone": N_("This is not a phone number. You may leave it empty.")})
    return text, phone


def was_received(key: UUID | None) -> bool:
    """Whether a report with this id came before."""
    return key is not None and bool(REPORTS.earlier(session.connection(), [key]))


def written_at(report: PublicReport) -> datetime | None:
    """When it was written, by the phone that held it back until it had a signal."""
    receipt = session.get(Receipt, report.id)
    word = json.loads(receipt.content).get("happened_at") if receipt else None
    return datetime.fromisoformat(word) if word else None


def take_up(report: PublicReport, *, by: Viewer) -> None:
    """核查: somebody goes and looks."""
    _move(report, ReportState.CHECKING, by)


def answer(report: PublicReport, reply: str, *, confirmed: bool, by: Viewer) -> None:
    """反馈: the visible reply; what proved true becomes a finding of the piece."""
    if not reply.strip():
        raise Invalid({"reply": N_("Write what the public may read.")})
    if confirmed and report.finding_id is None:
        if report.equipment_id is None:
            raise Invalid({"": N_("This code leads to no piece: record the problem on the piece itself.")})
        finding = find(
            piece(SYSTEM, report.equipment_id),
            source=FindingSource.REPORT,
            description=report.description,
            by=by,
            source_id=report.id,
        )
        report.finding_id = finding.id
    report.reply, report.answered_by, report.answered_at = reply.strip()[:LONGEST], by.user_id, clock.now()
    _move(report, ReportState.ANSWERED, by)


def file_away(report: PublicReport, *, by: Viewer) -> None:
    """归档."""
    _move(report, ReportState.FILED, by)


def _move(report: PublicReport, to: ReportState, by: Viewer) -> None:
    if to not in REPORT_CHANGES[report.state]:
        raise Conflict({"state": N_("Somebody else has dealt with this report already.")})
    report.state = to
    record(
        session(),
        subject_of("report", report.id),
        f"report.{to}",
        actor=by.actor,
        rows=[report],
        payload={"finding": report.finding_id, "reply": report.reply},
    )
