"""扫码充装, the hot path: a batch of scans is judged and recorded with a handful of statements, one commit for all (commits.py).

A scan is a fact, refused or not. What a code stands for, the facts of the piece, the verdict, scan row, fill row and ledger line
belong to one transaction. A replay gets the stored answer without being judged again.
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from equipment.core.verdict import Verdict
from equipment.fills.judging import NOT_CYLINDER, Asked, Judged, judge
from equipment.fills.models import Fill, Scan
from equipment.fills.pieces import Bound, Inspected, OpenFill, Piece, bound, inspected, open_fills, overfilled, pieces
from equipment.fills.rows import answer_of, answered, fill_row, scan_row
from equipment.fills.rules import OVERFILL, failed_checks, standing_code, to_be_looked_at
from equipment.fills.states import FillState, ScanPurpose
from equipment.fills.station import sheet_of
from equipment.hazards.models import Finding
from equipment.hazards.rows import Found, finding_row, found_line, is_known
from equipment.hazards.rules import FindingSource
from equipment.ledger.actions import Line, append_to, locked_heads, row_values, subject_of
from equipment.people.models import Device
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import Outcome
from equipment.storage.statements import Lookup, Write

SCANS, FILLS = Scan.__table__, Fill.__table__
NEVER = Inspected()
_earlier = Lookup(select(SCANS.c.id, SCANS.c.organisation_id, SCANS.c.content, SCANS.c.answer), SCANS.c.id)
_write_scans, _write_fills, _write_findings = Write.into(Scan), Write.into(Fill), Write.into(Finding)
_write_standing = Write(update(Equipment).where(Equipment.id == bindparam("piece")).values(treat_code=bindparam("standing")))
_write_contacts = Write(update(Device).where(Device.id == bindparam("device")).values(seen_at=bindparam("seen"), drift_s=bindparam("drift")))


@dataclass(slots=True)
class Answered:
    """What to tell the device. `differing` names the fields in which a replayed id differs from what it said before."""

    answer: dict[str, Any]
    replay: bool = False
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Earlier:
    organisation_id: UUID
    content: str
    answer: str


def record_scans(connection: Connection, asked: Sequence[Asked]) -> list[Answered]:
    """Judge and record these scans in the caller's transaction; one answer each, in order."""
    batch = _Batch(connection, asked)
    answers = [batch.answer(each) for each in asked]
    batch.write()
    return answers


class _Batch:
    """One transaction: what was read at its start, what was decided, what is to be written."""

    def __init__(self, connection: Connection, asked: Sequence[Asked]) -> None:
        self.connection = connection
        self.earlier = {row[0]: _Earlier(*row[1:]) for row in _earlier(connection, [each.scan_id for each in asked])}
        fresh = [each for each in asked if each.scan_id not in self.earlier]
        self.bound = _looked_up(connection, {each.code for each in fresh if each.outcome is None})
        self.contacts = [{"device": each.device_id, "seen": each.received_at, "drift": each.drift_s} for each in fresh if each.contact]
        ids = {found for each in fresh if (found := self._equipment_id(each)) is not None}
        self.heads = locked_heads(connection, {self._subject(each) for each in fresh}) if fresh else {}
        self.pieces = pieces(connection, ids)
        self.open = open_fills(connection, ids)
        self.inspected = inspected(connection, ids)
        self.scans: list[dict[str, Any]] = []
        self.fills: list[dict[str, Any]] = []
        self.lines: list[Line] = []
        self.standing: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []

    def _bound(self, asked: Asked) -> Bound:
        """A code of ours is decided by its label row; everything else was looked up before the scan came here."""
        if asked.outcome is not None:
            return Bound(asked.outcome, asked.equipment_id)
        return self.bound[asked.code]

    def _equipment_id(self, asked: Asked) -> UUID | None:
        """The piece, where the code is alive; a void label's piece is not in front of anybody."""
        found = self._bound(asked)
        return found.equipment_id if found.outcome == Outcome.FOUND else None

    def _subject(self, asked: Asked) -> str:
        equipment_id = self._equipment_id(asked)
        return subject_of("equipment", equipment_id) if equipment_id else subject_of("organisation", asked.organisation_id)

    def answer(self, asked: Asked) -> Answered:
        known = self.earlier.get(asked.scan_id)
        if known is not None:
            return _replayed(asked, known)
        equipment_id = self._equipment_id(asked)
        piece = self.pieces.get(equipment_id) if equipment_id else None
        if piece is None:
            judged = judge(asked, str(self._bound(asked).outcome), None, NEVER, False)
            return self._scanned(asked, judged, None, "scan.unknown")
        return self._known(asked, piece)

    def _known(self, asked: Asked, piece: Piece) -> Answered:
        current = self.open.get(piece.id)
        if current is None and piece.treat_code == OVERFILL:
            current = overfilled(self.connection, piece.id, asked.organisation_id)
        elsewhere = current is not None and current.organisation_id != asked.organisation_id
        judged = judge(asked, Outcome.FOUND, piece, self.inspected.get(piece.id, NEVER), elsewhere)
        if asked.purpose != ScanPurpose.FILL or judged.facts.reading == NOT_CYLINDER:
            return self._scanned(asked, judged, piece, f"scan.{asked.purpose}")
        if current is not None and not elsewhere:
            return self._continued(asked, piece, judged, current)
        return self._begun(asked, piece, judged)

    def _begun(self, asked: Asked, piece: Piece, judged: Judged) -> Answered:
        """A fill of its own: open, or refused."""
        fill = fill_row(asked, piece, judged)
        self.fills.append(fill)
        if judged.verdict.allowed:
            self.open[piece.id] = OpenFill(asked.scan_id, asked.organisation_id, asked.gas, fill["state"], fill["verdict"], fill["checks"], fill["max_gross_g"])
        else:
            self._let_stand(piece, judged, asked, fill["id"])
        return self._scanned(asked, judged, piece, "fill.opened" if judged.verdict.allowed else "fill.refused", fill)

    def _let_stand(self, piece: Piece, judged: Judged, asked: Asked, fill_id: UUID) -> None:
        """What a person saw at the cylinder stays with it until it was treated and checked again; damage, fire and leaks are findings."""
        if not asked.checks or judged.make is None:
            return
        book = asked.station.book(asked.days[-1])
        failed = tuple(failed_checks(book, judged.make.pre, asked.checks))
        stood = book.reason(piece.treat_code, {}) if piece.treat_code in book.refusals else None
        code = standing_code((stood, *failed) if stood else failed)
        if code not in ("", piece.treat_code):
            self.standing.append({"piece": piece.id, "standing": code})
            self.pieces[piece.id] = piece._replace(treat_code=code)  # for what follows in this batch
        for reason in to_be_looked_at(failed):
            text = sheet_of(asked.days[-1]).refusals[reason.code].text.zh
            self._find(Found(piece=piece, source=FindingSource.FILL_CHECK, source_id=fill_id, description=text, found_on=asked.days[-1], happened_at=asked.happened_at,
                             received_at=asked.received_at, organisation_id=asked.organisation_id, user_id=judged.user_id), asked.actor)

    def _find(self, found: Found, actor: str) -> None:
        """Once: the same bottle scanned again with the same fault has one finding."""
        told = {(each["equipment_id"], each["description"]) for each in self.findings}
        if (found.piece.id, found.description) in told or is_known(self.connection, found.piece.id, found.source, found.description):
            return
        row = finding_row(found)
        self.findings.append(row)
        self.lines.append(found_line(row, actor))

    def _continued(self, asked: Asked, piece: Piece, judged: Judged, current: OpenFill) -> Answered:
        """The same bottle again: its fill goes on under the same id with the verdict it has; answers given now are added."""
        failed = tuple(failed_checks(asked.station.book(asked.days[-1]), judged.make.pre, asked.checks)) if judged.make else ()
        now_wrong = tuple(reason for reason in judged.verdict.reasons if reason.code == OVERFILL or (reason.code == "R13" and asked.gas != current.gas))
        judged.verdict = Verdict((*Verdict.from_json(current.verdict).reasons, *failed, *now_wrong))
        changed: dict[str, Any] = {"id": current.id, "checks": current.checks}
        if asked.checks:
            changed["checks"] = current.checks | answered(asked.checks, asked.actor)
            if current.state == FillState.OPEN and not Verdict(failed).allowed:
                changed |= {"state": FillState.REFUSED, "allowed": False, "verdict": judged.verdict.as_json(), "closed_at": asked.received_at}
                del self.open[piece.id]
            self._let_stand(piece, judged, asked, current.id)
            self.write()  # the fill may have begun in this very batch
            self.connection.execute(update(Fill).where(FILLS.c.equipment_id == piece.id, FILLS.c.id == current.id).values(**changed))
            whole = select(FILLS).where(FILLS.c.equipment_id == piece.id, FILLS.c.id == current.id)
            changed = dict(self.connection.execute(whole).mappings().one())
        return self._scanned(asked, judged, piece, "fill.continued", changed)

    def _scanned(self, asked: Asked, judged: Judged, piece: Piece | None, verb: str, fill: dict[str, Any] | None = None) -> Answered:
        """Scan row and ledger line; the answer is kept so that the same id later in this batch is a replay."""
        answer = answer_of(asked, piece, judged, fill)
        scan = scan_row(asked, piece.id if piece is not None else None, fill["id"] if fill else None, answer, judged.user_id)
        self.scans.append(scan)
        rows = [row_values(Scan, scan)] + ([row_values(Fill, fill)] if fill and "facts" in fill else [])
        payload = {"scan": asked.scan_id, "code": scan["code"], "gas": asked.gas, "allowed": answer["allowed"],
                   "reasons": [reason.code for reason in judged.verdict.reasons], "station": asked.organisation_id}
        pack = fill["pack"] if fill and "pack" in fill else ""
        self.lines.append(Line(self._subject(asked), verb, payload, rows, pack=pack, actor=asked.actor))
        self.earlier[asked.scan_id] = _Earlier(asked.organisation_id, asked.content, scan["answer"])
        return Answered(answer)

    def write(self) -> None:
        """Everything decided so far, in as few statements as there are tables."""
        _write_scans(self.connection, self.scans)
        _write_fills(self.connection, self.fills)
        _write_standing(self.connection, self.standing)
        _write_findings(self.connection, self.findings)
        _write_contacts(self.connection, self.contacts)
        if self.lines:
            append_to(self.connection, self.heads, self.lines, actor="")
        self.scans, self.fills, self.lines, self.standing, self.findings, self.contacts = [], [], [], [], [], []


def _looked_up(connection: Connection, codes: set[str]) -> dict[str, Bound]:
    """What these codes stand for; one without a label row is looked at closer: another's number, a slip, a forgery."""
    found = bound(connection, codes)
    for code in codes - found.keys():
        resolved = resolve(code)
        found[code] = Bound(resolved.outcome, resolved.equipment_id)
    return found


def _replayed(asked: Asked, known: _Earlier) -> Answered:
    """The answer of then; 409 where the same id now says something else, and for another station's id nothing but that."""
    if known.organisation_id != asked.organisation_id:
        return Answered({}, True, ("scan_id",))
    if known.content != asked.content:
        then, now = json.loads(known.content), json.loads(asked.content)
        return Answered({}, True, tuple(sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))))
    return Answered(json.loads(known.answer), True)
