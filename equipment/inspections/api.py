"""GET /results: results of inspections, self-tests and checks, for another system that reads on from where it
stopped."""

from __future__ import annotations

from datetime import date

from flask import Response, jsonify

from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.people.rules import DeviceKind, Thing
from equipment.people.scope import visible
from equipment.register.queries import pieces
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, may_list, page
from equipment.web.openapi import Answered

routes = api.blueprint("results_api", __name__)


class ResultRecord(Answered):
    """A result; days are null where there is none. `early`: done before its first day, it does not count for
    the cycle. `pending`: a correction that its second person has not approved yet."""

    result_id: str
    equipment_id: str
    code: str | None
    organisation_id: str
    kind: InspectionKind
    on: str
    conclusion: Conclusion
    report_no: str
    report_due_on: str | None
    next_due_on: str | None
    early: bool
    notice_no: str
    feedback_on: str | None
    received_at: str
    changed_at: str
    supersedes: str | None
    superseded: bool
    pending: bool


class InspectionResultsResponse(Answered):
    """Results in the order in which they last changed."""

    results: list[ResultRecord]
    next: str
    more: bool


@routes.get("/results")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM)
@api.described(query=ListQuery, answer=InspectionResultsResponse)
def list_results() -> Response:
    """The results that this organisation may see - the body's own, those of the pieces it uses, owns or
    maintains - as they stand now, in the order in which they last changed: one whose report number or
    feedback came later, or that was superseded, comes again by the same `result_id`."""
    may_list(viewer(), Thing.INSPECTION)
    listed = page(visible(viewer(), Inspection), Inspection.changed_at, Inspection.id, api.query(ListQuery))
    codes = {
        piece.id: piece.label_code for piece in pieces(viewer(), {row.equipment_id for row in listed.rows})
    }
    results = [
        {
            "result_id": str(row.id),
            "equipment_id": str(row.equipment_id),
            "code": codes.get(row.equipment_id),
            "organisation_id": str(row.organisation_id),
            "kind": row.kind,
            "on": row.on.isoformat(),
            "conclusion": row.conclusion,
            "report_no": row.report_no,
            "report_due_on": _iso(row.report_due_on),
            "next_due_on": _iso(row.next_due_on),
            "early": row.early,
            "notice_no": row.notice_no,
            "feedback_on": _iso(row.feedback_on),
            "received_at": row.received_at.isoformat(),
            "changed_at": row.changed_at.isoformat(),
            "supersedes": str(row.supersedes_id) if row.supersedes_id else None,
            "superseded": row.superseded,
            "pending": row.supersedes_id is not None and row.approved_by is None and not row.superseded,
        }
        for row in listed.rows
    ]
    return jsonify({"results": results, "next": listed.next, "more": listed.more})


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
