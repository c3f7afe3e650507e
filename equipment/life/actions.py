"""公众举报: received, checked, answered, filed; it opens a finding when a supervisor says so."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files import store
from equipment.hazards.actions import find
from equipment.hazards.rules import FindingSource
from equipment.ledger.actions import record, subject_of
from equipment.life.models import PublicReport
from equipment.life.states import REPORT_CHANGES, ReportKind, ReportState
from equipment.people.rules import PUBLIC, SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import ALPHABET
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.queries import public_report_days
from equipment.storage.db import session

LONGEST = 1000
SAME_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What a stranger typed."""

    kind: ReportKind
    description: str
    phone: str = ""


def receive(equipment: Equipment, draft: ReportDraft, photo: store.StoredContent | None) -> PublicReport:
    """受理: a report with its number and the day by which it is answered. The number cannot
    be guessed from another."""
    text = draft.description.strip()
    if not text:
        raise Invalid({"description": N_("Say what is wrong.")})
    if len(text) > LONGEST:
        raise Invalid({"description": N_("This is too long.")})
    phone = draft.phone.strip()
    if phone and not (
        phone.replace("-", "").replace(" ", "").removeprefix("+").isdigit() and 5 <= len(phone) <= 20
    ):
        raise Invalid({"phone": N_("This is not a phone number. You may leave it empty.")})
    if earlier := _sent_before(equipment, draft, text, phone):
        return earlier
    today = clock.today()
    days = public_report_days(today)
    if photo is not None:
        store.name(photo)
    report = PublicReport(
        id=new_id(),
        number=f"{today:%Y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(6))}",
        equipment_id=equipment.id,
        area=equipment.area,
        category=equipment.category,
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
        rows=[report],
        payload={"number": report.number, "equipment": equipment.id, "kind": draft.kind},
    )
    return report


def _sent_before(equipment: Equipment, draft: ReportDraft, text: str, phone: str) -> PublicReport | None:
    """The same words of a moment ago: a second tap on a slow line, for the page has no script
    that could stop it."""
    same = visible(SYSTEM, PublicReport).where(
        PublicReport.area == equipment.area,
        PublicReport.state == ReportState.RECEIVED,
        PublicReport.equipment_id == equipment.id,
        PublicReport.kind == draft.kind,
        PublicReport.description == text,
        PublicReport.phone == phone,
        PublicReport.received_at > clock.now() - SAME_WITHIN,
    )
    report: PublicReport | None = session.scalar(same.limit(1))
    return report


def take_up(report: PublicReport, *, by: Viewer) -> None:
    """核查: somebody goes and looks."""
    _move(report, ReportState.CHECKING, by)


def answer(report: PublicReport, reply: str, *, confirmed: bool, by: Viewer) -> None:
    """反馈: the visible reply; what proved true becomes a finding of the piece."""
    if not reply.strip():
        raise Invalid({"reply": N_("Write what the public may read.")})
    if confirmed and report.finding_id is None:
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
