"""Whether a report is the one that its body put on file: looked up by the digest of its file or by its
number, for anybody who holds it. Says nothing of people or units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.words import N_, Labelled
from equipment.dues.filters import names_of
from equipment.files import store
from equipment.files.models import Attachment
from equipment.inspections.models import Inspection
from equipment.inspections.rules import OF_A_BODY
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.storage.db import session

DIGEST = re.compile(r"[0-9a-fA-F]{64}")
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
MOST = 5  # results of one report that are named; a lot of bottles shares one report
REPORT = "report"


class VerifiedState(Labelled):
    """What became of a report since."""

    STANDS = "stands", N_("Stands"), "green"
    CORRECTED = "corrected", N_("Replaced: the result was corrected"), "red"
    NEWER = "newer", N_("Replaced by a newer file of the same report"), "amber"


class Signed(Labelled):
    """What a file itself shows of digital signatures; whether one is valid is not checked here."""

    SIGNED = "signed", N_("Holds a digital signature over the whole file; not checked here"), "blue"
    APPENDED = "appended", N_("Holds a digital signature, and something was added after it"), "amber"
    NONE = "none", N_("Holds no digital signature"), "grey"


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report that is on file."""

    number: str
    body: str
    category: str
    on: date
    state: VerifiedState
    code: str  # of the piece's label, for whoever holds the file itself
    equipment_id: UUID
    inspection_id: UUID
    signed: Signed | None = None


def signature_in(content: bytes) -> Signed:
    """By its byte ranges: a signature names the bytes of the file that it covers, so it cannot lie compressed
    in it."""
    ranges = [tuple(map(int, match)) for match in BYTE_RANGE.findall(content)]
    if not ranges:
        return Signed.NONE
    ends = max(start + length for _first, _gap, start, length in ranges)
    return Signed.SIGNED if len(content) - ends <= 2 else Signed.APPENDED  # a last line end is no addition


def by_digest(sha256: str) -> list[VerifiedReport]:
    """The reports whose file has this content."""
    files = visible(SYSTEM, Attachment).where(
        Attachment.sha256 == sha256.lower(),
        Attachment.subject_kind == "inspection",
        Attachment.kind == REPORT,
    )
    attachments = session.scalars(files.order_by(Attachment.at).limit(MOST)).all()
    if not attachments:
        return []
    path = store.path_of(sha256.lower())
    signed = (
        signature_in(path.read_bytes())
        if path.exists() and attachments[0].media_type == "application/pdf"
        else None
    )
    results = _results([row.subject_id for row in attachments])
    newest = _newest_files([row.subject_id for row in attachments])
    return [
        _verified(results[row.subject_id], signed, newer=newest[row.subject_id] != row.sha256)
        for row in attachments
        if row.subject_id in results
    ]


def by_number(number: str) -> list[VerifiedReport]:
    """The results that a body recorded with this number of its report, the latest of them."""
    wanted = visible(SYSTEM, Inspection).where(
        Inspection.report_no == number.strip(), Inspection.kind.in_(OF_A_BODY)
    )
    rows = session.scalars(wanted.order_by(Inspection.on.desc(), Inspection.id).limit(MOST)).all()
    return [_verified(row, None, newer=False) for row in rows if row.supersedes_id is None or row.approved_by]


def _results(ids: Sequence[UUID]) -> dict[UUID, Inspection]:
    rows = session.scalars(visible(SYSTEM, Inspection).where(Inspection.id.in_(ids)))
    return {row.id: row for row in rows}


def _newest_files(ids: Sequence[UUID]) -> dict[UUID, str]:
    files = visible(SYSTEM, Attachment).where(
        Attachment.subject_kind == "inspection", Attachment.kind == REPORT, Attachment.subject_id.in_(ids)
    )
    return {row.subject_id: row.sha256 for row in session.scalars(files.order_by(Attachment.at))}


def _verified(row: Inspection, signed: Signed | None, *, newer: bool) -> VerifiedReport:
    piece = session.get_one(Equipment, row.equipment_id)
    state = (
        VerifiedState.CORRECTED if row.superseded else VerifiedState.NEWER if newer else VerifiedState.STANDS
    )
    return VerifiedReport(
        row.report_no,
        names_of([row.organisation_id]).get(row.organisation_id, ""),
        category(row.category).label,
        row.on,
        state,
        piece.label_code or "",
        row.equipment_id,
        row.id,
        signed,
    )
