"""周排查 and 月调度: opened when their week or month is over, written by the safety director, signed by
him and by the main person in charge. What is signed never changes: a correction takes its place and is
signed anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from equipment.controls.models import ControlReport, MeetingDecision, StoredPhoto
from equipment.controls.posts import note, own_unit
from equipment.controls.preparing import figures_of, problems_in
from equipment.controls.queries import holders
from equipment.controls.rules import ControlPost, ControlReportKind, ReportSpan, VisitsWatched, report_number
from equipment.controls.states import CONTROL_REPORT_CHANGES, ControlReportState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Action, Viewer
from equipment.people.scope import visible
from equipment.regulation.control_numbers import control_names, month_signed_within, week_signed_within
from equipment.storage.db import session

NOT_NOW = N_("This step is not possible now: look at the state of the report.")
MOST_DECISIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """What people write in a report; those of a meeting are of a month alone."""

    summary: str = ""
    analysis: str = ""
    next_plan: str = ""
    watched: VisitsWatched | None = None
    watched_text: str = ""
    held_at: datetime | None = None
    place: str = ""
    host: str = ""
    recorder: str = ""
    participants: str = ""
    decisions: Sequence[MeetingDecision] = field(default_factory=tuple)


def open_reports(
    kind: ControlReportKind, span: ReportSpan, held: Mapping[tuple[UUID, str], str], *, by: Viewer
) -> int:
    """The reports of a span that is over, for units and categories (with their area) that had a day which was
    no stopped one. Those that are there stay. How many are new."""
    there = visible(SYSTEM, ControlReport).where(
        ControlReport.kind == kind,
        ControlReport.begins_on == span.begins_on,
        ControlReport.organisation_id.in_({key for key, _category in held}),
    )
    standing = {(row.organisation_id, row.category) for row in session.scalars(there)}
    fresh = [key for key in held if key not in standing]
    for unit, category in fresh:
        report = _fresh(kind, span, unit, category, held[(unit, category)])
        session.add(report)
        note(unit, "control_report.opened", by, {"report": report.id, "number": report.number}, report)
    return len(fresh)


def _fresh(kind: ControlReportKind, span: ReportSpan, unit: UUID, category: str, area: str) -> ControlReport:
    within = week_signed_within if kind is ControlReportKind.WEEK else month_signed_within
    return ControlReport(
        organisation_id=unit,
        id=new_id(),
        area=area,
        category=category,
        kind=kind,
        number=report_number(kind, control_names(category, span.ends_on).sign, span.begins_on),
        begins_on=span.begins_on,
        ends_on=span.ends_on,
        due_on=span.ends_on + timedelta(days=within(span.ends_on).integer),
        state=ControlReportState.PREPARED,
        figures={},
        problems=[],
        decisions=[],
        paper=[],
    )


def write_report(report: ControlReport, words: ReportWords, *, by: Viewer) -> ControlReport:
    """The director's words, as long as nobody has signed."""
    _hold(report, by, {ControlReportState.PREPARED})
    if len(words.decisions) > MOST_DECISIONS:
        most = {"most": MOST_DECISIONS}
        raise Invalid({"decisions": Message(N_("At most %(most)d decisions in one report."), most)})
    for name in ("summary", "analysis", "next_plan", "watched_text", "place", "host", "recorder"):
        setattr(report, name, getattr(words, name).strip())
    report.participants = words.participants.strip()
    report.watched, report.held_at, report.decisions = words.watched, words.held_at, list(words.decisions)
    _note(report, "control_report.written", by)
    return report


def sign_report(report: ControlReport, *, by: Viewer) -> ControlReport:
    """安全总监签字: figures and problems are from now on what they are."""
    _hold(report, by, {ControlReportState.PREPARED})
    _must_hold(report, ControlPost.DIRECTOR, by, N_("Only the appointed safety director signs here."))
    _must_be_whole(report)
    figures, problems = figures_of(report), problems_in(report)
    _move(report, ControlReportState.SIGNED)
    report.figures, report.problems = figures, problems
    report.director, report.director_signed_by = by.name[:60], by.user_id
    report.director_signed_at = clock.now()
    _note(report, "control_report.signed", by)
    return report


def complete_report(
    report: ControlReport, *, by: Viewer, paper: StoredDocument | None = None, signer: str = ""
) -> ControlReport:
    """主要负责人签字: by his own account, or on paper, of which somebody of the unit brings the picture."""
    _hold(report, by, {ControlReportState.SIGNED})
    if paper is None:
        refused = N_("Only the appointed main person signs by account: else add the signed paper.")
        _must_hold(report, ControlPost.MAIN, by, refused)
    elif not signer.strip():
        raise Invalid({"signer": N_("Say who signed the paper.")})
    _move(report, ControlReportState.COMPLETE)
    report.main_person = by.name[:60] if paper is None else signer.strip()[:60]
    report.main_signed_by, report.main_signed_at = by.user_id, clock.now()
    files = []
    if paper is not None:
        content = paper.content
        report.paper = [StoredPhoto(sha256=content.sha256, name=paper.name, media_type=content.media_type)]
        files = [store.name(content)]
    subject = ledger.subject_of("controls", report.organisation_id)
    session.flush()
    payload = {"report": report.id, "number": report.number}
    rows = [report, *files]
    ledger.record(session(), subject, "control_report.completed", actor=by.actor, payload=payload, rows=rows)
    return report


def correct_report(report: ControlReport, reason: str, *, by: Viewer) -> ControlReport:
    """A new report in the place of a signed one, with its words, to be signed anew; both stay on file."""
    _hold(report, by, {ControlReportState.SIGNED, ControlReportState.COMPLETE})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if report.superseded_by is not None:
        raise Conflict({"": N_("This report was corrected already: correct the newer one.")})
    span = ReportSpan(report.begins_on, report.ends_on)
    fresh = _fresh(report.kind, span, report.organisation_id, report.category, report.area)
    for name in (
        "number",
        "due_on",
        "summary",
        "analysis",
        "next_plan",
        "watched",
        "watched_text",
        "held_at",
        "place",
        "host",
        "recorder",
        "participants",
        "decisions",
    ):
        setattr(fresh, name, getattr(report, name))
    fresh.replaces_id, fresh.reason = report.id, reason.strip()[:300]
    report.superseded_by = fresh.id
    session.flush()  # before the new row: one report of a span counts
    session.add(fresh)
    note(
        report.organisation_id,
        "control_report.corrected",
        by,
        {"report": fresh.id, "replaces": report.id, "reason": fresh.reason},
        report,
        fresh,
    )
    return fresh


def _must_be_whole(report: ControlReport) -> None:
    """What a report needs before anybody signs it."""
    wrong: dict[str, str | Message] = {}
    if not report.analysis:
        wrong["analysis"] = N_("Write the risk analysis: what was found, or that nothing was.")
    if not report.next_plan:
        wrong["next_plan"] = N_("Write what is next.")
    if report.kind is ControlReportKind.MONTH:
        if report.held_at is None:
            wrong["held_at"] = N_("Enter when the meeting was.")
        if not report.participants:
            wrong["participants"] = N_("Say who took part.")
        if not report.host:
            wrong["host"] = N_("Say who led the meeting.")
    if wrong:
        raise Invalid(wrong)


def _must_hold(report: ControlReport, post: ControlPost, by: Viewer, refused: str) -> None:
    people = holders(report.organisation_id, report.category, clock.today())[post]
    if by.user_id is None or by.user_id not in {row.user_id for row in people}:
        raise Invalid({"": refused})


def _hold(report: ControlReport, by: Viewer, states: Collection[ControlReportState]) -> None:
    if own_unit(by, Action.APPROVE).id != report.organisation_id:
        raise NotAllowed
    subject = ledger.subject_of("controls", report.organisation_id)
    ledger.locked_heads(session.connection(), [subject])
    session.refresh(report)
    if report.state not in states:
        raise Conflict({"": NOT_NOW})


def _move(report: ControlReport, to: ControlReportState) -> None:
    assert to in CONTROL_REPORT_CHANGES[report.state]
    report.state = to


def _note(report: ControlReport, verb: str, by: Viewer) -> None:
    payload: dict[str, object] = {"report": report.id, "number": report.number, "kind": report.kind}
    note(report.organisation_id, verb, by, payload, report)
