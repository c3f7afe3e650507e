"""Issuing a month report: the figures are frozen with their definition and signed into the ledger; a
restatement is a new version."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files import store
from equipment.files.store import StoredContent
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may, oversees_area
from equipment.people.scope import visible
from equipment.reports.models import MonthFigures, MonthReport
from equipment.reports.month_rules import issue_problem
from equipment.storage.db import session, upsert


def issue(figures: MonthFigures, *, by: Viewer, note: str = "") -> MonthReport:
    """Freeze the figures of a month and area; what was issued before stays as it is."""
    area, month = figures["area"], date.fromisoformat(figures["month"])
    if not may(by, Action.CREATE, Thing.MONTH_REPORT) or not oversees_area(by, area) or by.user_id is None:
        raise NotAllowed
    version = last_version(area, month) + 1
    problem = issue_problem(month, version, note, clock.today())
    if problem is not None:
        raise Invalid({"note" if version > 1 and not note.strip() else "": problem})
    report_id = new_id()
    row = {
        "id": report_id,
        "area": area,
        "month": month,
        "version": version,
        "figures": figures,
        "note": note.strip(),
        "issued_by": by.user_id,
        "definition": {"official": figures["official"], "definitions": figures["definitions"]},
        "issued_at": clock.now(),
    }
    if (
        session.scalar(
            upsert(MonthReport.__table__).values(row).on_conflict_do_nothing().returning(MonthReport.id)
        )
        is None
    ):
        raise Conflict({"": N_("Somebody has issued this report at the same moment.")})
    report = session.get_one(MonthReport, report_id)
    ledger.record(
        session(),
        subject(report),
        "month_report.issued",
        actor=by.actor,
        rows=[report],
        payload={
            "area": area,
            "month": month,
            "version": version,
            "note": note.strip(),
            "official": figures["official"],
        },
    )
    return report


def last_version(area: str, month: date) -> int:
    versions = visible(SYSTEM, MonthReport).where(MonthReport.area == area, MonthReport.month == month)
    return session.scalar(versions.with_only_columns(func.max(MonthReport.version))) or 0


def subject(report: MonthReport) -> str:
    return ledger.subject_of("month_report", f"{report.area}:{report.month:%Y-%m}")


def drawn(report_id: UUID, pdf: StoredContent, xlsx: StoredContent, *, by: Viewer) -> MonthReport:
    """The report's two files, once; drawing it again changes nothing."""
    report = session.get(MonthReport, report_id)
    if report is None:
        raise NotFound
    if report.pdf_sha256 is None:
        stored = [store.name(file) for file in (pdf, xlsx)]
        report.pdf_sha256, report.xlsx_sha256 = pdf.sha256, xlsx.sha256
        ledger.record(
            session(),
            subject(report),
            "month_report.drawn",
            actor=by.actor,
            payload={"version": report.version, "pdf": pdf.sha256, "xlsx": xlsx.sha256},
            rows=[report, *stored],
        )
    return report
