"""扫码充装, the hot path: a batch of scans is judged and recorded with a handful of statements, one commit for
all (commits.py).

A scan is a fact, refused or not. What a code stands for, the facts of the piece, the verdict, scan row, fill
row and ledger line belong to one transaction. A replay gets the stored answer without being judged again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from equipment.core import clock
from equipment.core.verdict import Reason, Verdict
from equipment.fills.bundles import is_filled_with_its_bundle, judge_with_mates, mates_of
from equipment.fills.checks import answer_marks, faults_seen
from equipment.fills.models import Fill, FillRow, Json, Scan, ScanRow
from equipment.fills.reason_rules import OVERFILLS
from equipment.fills.rescans import (
    OTHER_MANIFOLD,
    cylinder_after,
    fill_as_it_stands,
    fill_going_on,
    on_open_manifold,
)
from equipment.fills.scan import (
    CYLINDERS,
    LABEL_OUTCOMES,
    LABEL_ROWS,
    NOT_CYLINDER,
    Cylinder,
    IncomingScan,
    ScanVerdict,
    StoredAnswer,
    judge,
    overfilled_here,
    stored_answer,
)
from equipment.fills.states import FillState, ScanPurpose
from equipment.fills.whole import awaits_result, last_line_times, used_receipts, whole_fill
from equipment.hazards.models import Finding
from equipment.hazards.rows import found_event
from equipment.intake.actions import ReceiptBook
from equipment.intake.models import Receipt
from equipment.intake.rules import EarlierMessage
from equipment.ledger.actions import (
    BEGINNING,
    EventDraft,
    Heads,
    links_of,
    locked_heads,
    move_heads,
    read_heads,
    subject_of,
    write_events,
)
from equipment.ledger.evidence import row_values
from equipment.people.models import Device
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import LabelStatus, Outcome
from equipment.storage.db import session
from equipment.storage.statements import Lookup, Statement, Write

SCANS = ReceiptBook(Scan, "scan_id")
CODE_LENGTH = 200
CONTINUED, REFUSED = "fill.continued", "fill.refused"

_insert_scans, _insert_fills, _insert_findings = Write.into(Scan), Write.into(Fill), Write.into(Finding)
_insert_receipts = Write.into(Receipt)
_update_fills = Write(
    update(Fill)
    .where(Fill.equipment_id == bindparam("of"), Fill.id == bindparam("fill"))
    .values(
        checks=bindparam("new_checks"),
        state=bindparam("new_state"),
        allowed=bindparam("new_allowed"),
        verdict=bindparam("new_verdict"),
        closed_at=bindparam("new_closed_at"),
        checked_by=bindparam("new_checked_by"),
        manifold_id=bindparam("new_manifold_id"),
        bay=bindparam("new_bay"),
    )
)
_update_treat_codes = Write(
    update(Equipment)
    .where(Equipment.id == bindparam("of"))
    .values(treat_code=bindparam("new_treat_code"), updated_at=bindparam("now"))
)
_find_pieces = Lookup(select(Equipment.__table__), Equipment.__table__.c.id)
_update_contacts = Write(
    update(Device)
    .where(Device.id == bindparam("device"))
    .values(seen_at=bindparam("seen"), drift_s=bindparam("drift"))
)


class ScanReceipt(NamedTuple):
    """What the device is to hear. `conflict` names the fields in which a scan's id now says something else
    than before. `waits`: nothing was recorded yet, because the result of a scan of the same bottle before it
    is not on record; it is to be sent again behind that."""

    answer: StoredAnswer | None
    replay: bool = False
    conflict: tuple[str, ...] = ()
    waits: bool = False


class ScanRecord(NamedTuple):
    """All that one fresh scan leaves behind; `cylinder` is how the piece stands for the next scan of the
    batch, `treat_code` what stays with it from now on."""

    scan: ScanRow
    answer: StoredAnswer
    drafts: Sequence[EventDraft]
    cylinder: Cylinder | None = None
    fill: FillRow | None = None
    changed_fill: FillRow | None = None
    findings: Sequence[Json] = ()
    treat_code: str | None = None
    receipt: Json | None = None


class Place(NamedTuple):
    """What the code of a scan stands for: the piece, where the code is alive (a void label's piece is in
    front of nobody), and the chain in which the scan is told: the piece's, else the station's."""

    outcome: Outcome
    equipment_id: UUID | None
    subject: str


class PreparedScans(NamedTuple):
    """What a batch of scans came to, and what it was made of: how the chains of the pieces stood, and where
    codes led that no piece carries as its label. Licences and people are as they were when each scan came in
    (station.py)."""

    answers: Sequence[ScanReceipt]
    statements: Sequence[Statement]
    heads: Heads
    places: dict[UUID, Place]
    unlabelled: Sequence[IncomingScan]

    def holds(self, connection: Connection) -> bool:
        """Whatever changes a piece, its label, its fills or its inspections leaves a line in its chain
        (tests/conftest.py sees to that); a code that led nowhere may lead somewhere by now."""
        if locked_heads(connection, self.heads) != self.heads:
            return False
        return _places(connection, self.unlabelled).items() <= self.places.items()


def prepare_scans(connection: Connection, scans: Sequence[IncomingScan]) -> PreparedScans:
    """Judge these scans and make ready what is to be recorded of them; one receipt each, in order."""
    earlier = SCANS.earlier(connection, {scan.id for scan in scans})
    fresh = [scan for scan in scans if scan.id not in earlier]
    beside = [scan for scan in scans if scan.beside is not None]  # whole fills: their results came too
    used = used_receipts(connection, beside) if beside else set()
    halfway = [scan for scan in beside if scan.id in earlier and awaits_result(scan, used)]
    places = _places(connection, [*fresh, *halfway])
    # before the facts; a manifold's start must not be overtaken either
    manifolds = [subject_of("manifold", scan.manifold_id) for scan in fresh if scan.manifold_id is not None]
    heads: Heads = dict.fromkeys([*(place.subject for place in places.values()), *manifolds], BEGINNING)
    heads |= {subject: (seq, digest) for subject, seq, digest in read_heads(connection, heads)}
    ids = {place.equipment_id for place in places.values() if place.equipment_id}
    cylinders = {cylinder.id: cylinder for cylinder in CYLINDERS(connection, ids)}
    mates = {
        cylinder.id: mates_of(connection, cylinder)
        for cylinder in cylinders.values()
        if "bundle_no" in cylinder.details
    }
    if mates:
        inside = {key for keys in mates.values() for key in keys} - ids
        chains: Heads = dict.fromkeys((subject_of("equipment", key) for key in inside), BEGINNING)
        heads |= chains | {subject: (seq, digest) for subject, seq, digest in read_heads(connection, chains)}
        cylinders |= {cylinder.id: cylinder for cylinder in CYLINDERS(connection, inside)}
    last_lines = last_line_times(connection, fresh, heads) if beside else {}
    unsettled: set[str] = set()  # chains of pieces whose result is looked at by itself, behind this commit
    records: list[ScanRecord] = []
    receipts: list[ScanReceipt] = []
    unlabelled: list[IncomingScan] = []
    for scan in scans:
        if (before := earlier.get(scan.id)) is not None:
            fields = before.conflict(scan.organisation_id, scan.content, SCANS.id_field)
            receipts.append(ScanReceipt(None if fields else orjson.loads(before.answer), True, fields))
            if not fields and scan.id in places and awaits_result(scan, used):
                unsettled.add(places[scan.id].subject)
            continue
        if scan.manifold_id is not None:
            scan = on_open_manifold(connection, scan)
        place = places[scan.id]
        if place.equipment_id is not None and place.subject in unsettled:
            receipts.append(ScanReceipt(None, waits=True))
            continue
        cylinder = cylinders.get(place.equipment_id) if place.equipment_id else None
        if cylinder is None or cylinder.label_code != scan.code:
            unlabelled.append(scan)
        is_plain = scan.beside is None or awaits_result(scan, used)
        counted = scan if is_plain else scan._replace(beside=None)
        together = [cylinders[key] for key in mates.get(cylinder.id, ())] if cylinder else []
        last_line_at = last_lines.pop(place.subject, None)
        record = _record(connection, counted, place, cylinder, together, records, last_line_at)
        if scan.beside is not None and record.receipt is not None:
            used.add(scan.beside.receipt_id)
        elif scan.beside is not None:
            unsettled.add(place.subject)
        if record.cylinder is not None:
            cylinders[record.cylinder.id] = record.cylinder
        earlier[scan.id] = EarlierMessage(scan.organisation_id, scan.content, record.scan["answer"])
        records.append(record)
        receipts.append(ScanReceipt(record.answer))
    contacts = [scan for scan in fresh if scan.reports_contact]
    statements = _statements(connection, heads, records, contacts) if records else ()
    return PreparedScans(receipts, statements, heads, places, unlabelled)


def _places(connection: Connection, scans: Sequence[IncomingScan]) -> dict[UUID, Place]:
    """What these fresh scans were made of: a label's row decides; everything else was looked up before it
    came here."""
    outcomes, places = {}, {}
    for code, status, key in LABEL_ROWS(connection, {scan.code for scan in scans if scan.outcome is None}):
        is_ended = (
            status == LabelStatus.VOID and key is not None
        )  # only the end of a life voids what is bound
        outcomes[code] = Outcome.ENDED if is_ended else LABEL_OUTCOMES.get(status, Outcome.FOUND), key
    for scan in scans:
        outcome, equipment_id = scan.outcome, scan.equipment_id
        if outcome is None:
            if scan.code not in outcomes:  # another's number, a slip, a forgery
                session.rollback()  # what it read before may have changed
                resolved = resolve(scan.code)
                outcomes[scan.code] = resolved.outcome, resolved.equipment_id
            outcome, equipment_id = outcomes[scan.code]
        alive = equipment_id if outcome == Outcome.FOUND else None
        kind, key = ("equipment", alive) if alive else ("organisation", scan.organisation_id)
        places[scan.id] = Place(outcome, alive, subject_of(kind, key))
    return places


def _record(
    connection: Connection,
    scan: IncomingScan,
    place: Place,
    cylinder: Cylinder | None,
    mates: Sequence[Cylinder],
    batch: Sequence[ScanRecord],
    last_line_at: datetime | None,
) -> ScanRecord:
    """Judge one fresh scan and say what it leaves behind: a look, a fill of its own, whole where its result
    came with it, or more of the fill that is open."""
    if cylinder is None:
        judged = judge(scan, place.outcome, None, open_elsewhere=False)
        return scan_record(scan, place.subject, "scan.unknown", judged, None)
    if cylinder.open_id is None and cylinder.treat_code in OVERFILLS:
        cylinder = overfilled_here(connection, cylinder, scan.organisation_id)
    is_elsewhere = cylinder.open_id is not None and cylinder.open_organisation_id != scan.organisation_id
    if mates:
        judged = judge_with_mates(scan, place.outcome, cylinder, mates, open_elsewhere=is_elsewhere)
    else:
        judged = judge(scan, place.outcome, cylinder, open_elsewhere=is_elsewhere)
    if mates and is_filled_with_its_bundle(cylinder, mates):  # told, and nothing else: it hangs there already
        scan = scan._replace(manifold_id=None)
        return scan_record(scan, place.subject, "scan.in_bundle", judged, cylinder)
    if scan.purpose != ScanPurpose.FILL or judged.facts.reading == NOT_CYLINDER:
        return scan_record(scan, place.subject, f"scan.{scan.purpose}", judged, cylinder)
    if cylinder.open_id is not None and not is_elsewhere:
        return _continued_fill(connection, scan, place.subject, cylinder, judged, batch)
    fill = fill_row(scan, cylinder, judged)
    if judged.verdict.allowed:
        verdict, checks = fill["verdict"], fill["checks"]
        in_fill = cylinder._replace(
            open_id=scan.id,
            open_organisation_id=scan.organisation_id,
            open_gas=scan.gas,
            open_state=FillState.OPEN,
            open_verdict=verdict,
            open_checks=checks,
            open_max_gross_g=fill["max_gross_g"],
        )
        begun = scan_record(scan, place.subject, "fill.opened", judged, in_fill, fill)._replace(fill=fill)
        if scan.beside is None:
            return begun
        whole = whole_fill(scan, cylinder, judged, fill, last_line_at)
        if whole is None:
            return begun
        return begun._replace(
            fill=whole.fill,
            receipt=whole.receipt,
            drafts=[*begun.drafts, whole.draft],
            cylinder=cylinder._replace(filled_at=whole.fill["filled_at"]),
        )
    treat_code, findings = faults_seen(connection, scan, cylinder, judged, fill["id"], _findings_of(batch))
    record = scan_record(scan, place.subject, REFUSED, judged, cylinder, fill, findings)
    return record._replace(
        fill=fill,
        treat_code=treat_code,
        cylinder=cylinder._replace(treat_code=treat_code or cylinder.treat_code),
    )


def _continued_fill(
    connection: Connection,
    scan: IncomingScan,
    subject: str,
    cylinder: Cylinder,
    judged: ScanVerdict,
    batch: Sequence[ScanRecord],
) -> ScanRecord:
    """The same bottle again, in the middle of its fill."""
    before = Verdict.from_json(cylinder.open_verdict or ())
    judged = judged._replace(verdict=before.asked_again(judged.verdict))
    if not scan.checks and judged.verdict == before and scan.manifold_id is None:
        return scan_record(scan, subject, CONTINUED, judged, cylinder)
    fills = (fill for record in reversed(batch) for fill in (record.changed_fill, record.fill) if fill)
    fill = fill_as_it_stands(connection, cylinder, fills)
    if scan.manifold_id is not None and fill["manifold_id"] not in (None, scan.manifold_id):
        scan = scan.flagged(OTHER_MANIFOLD)
    fill = fill_going_on(scan, fill, judged)
    verb = REFUSED if fill["state"] == FillState.REFUSED else CONTINUED
    treat_code, findings = faults_seen(connection, scan, cylinder, judged, fill["id"], _findings_of(batch))
    after = cylinder_after(cylinder, fill, treat_code)
    record = scan_record(scan, subject, verb, judged, cylinder, fill, findings)
    return record._replace(changed_fill=fill, treat_code=treat_code, cylinder=after)


def _findings_of(batch: Sequence[ScanRecord]) -> Iterator[Json]:
    return (row for record in batch for row in record.findings)


def scan_record(
    scan: IncomingScan,
    subject: str,
    verb: str,
    judged: ScanVerdict,
    cylinder: Cylinder | None,
    fill: FillRow | None = None,
    findings: Sequence[Json] = (),
) -> ScanRecord:
    """Scan row, events and answer. `fill` is the row that begins or changes with this scan; without one, an
    open fill just goes on."""
    fill_id: UUID | None
    if fill is not None:
        fill_id, marks = fill["id"], fill["checks"]
    elif cylinder is not None and verb == CONTINUED:
        fill_id, marks = cylinder.open_id, cylinder.open_checks or {}
    else:
        fill_id, marks = None, answer_marks(scan.checks, "")
    answer = stored_answer(scan, cylinder, judged, fill_id, marks)
    row: ScanRow = {
        "id": scan.id,
        "purpose": scan.purpose,
        "code": scan.code[:CODE_LENGTH],
        "equipment_id": cylinder.id if cylinder else None,
        "fill_id": fill_id,
        "organisation_id": scan.organisation_id,
        "device_id": scan.by.device_id,
        "user_id": judged.user_id,
        "allowed": judged.verdict.allowed,
        "happened_at": scan.happened_at,
        "received_at": scan.arrived.received_at,
        "on": scan.arrived.on,
        "drift_s": scan.arrived.drift_s,
        "content": scan.content,
        "answer": orjson.dumps(answer).decode(),
        "delivery_id": scan.delivery_id,
        "manifold_id": scan.manifold_id,
    }
    rows = [row_values(Scan, row)] + ([row_values(Fill, fill)] if fill else [])
    payload = {
        "scan": scan.id,
        "code": row["code"],
        "gas": scan.gas,
        "allowed": row["allowed"],
        "reasons": [reason.code for reason in judged.verdict.reasons],
        "station": scan.organisation_id,
    }
    pack, actor = fill["pack"] if fill else "", scan.by.actor
    drafts = [found_event(finding, actor) for finding in findings]
    drafts.append(EventDraft(subject, verb, payload, rows, pack=pack, actor=actor))
    return ScanRecord(row, answer, drafts, cylinder, findings=findings)


def fill_row(scan: IncomingScan, cylinder: Cylinder, judged: ScanVerdict) -> FillRow:
    """A fill as it begins: open, or refused and therewith closed. The first scan's id is the fill's, so that
    a device knows it too."""
    allowed, pack = judged.verdict.allowed, scan.days[-1].pack.rules
    return {
        "equipment_id": cylinder.id,
        "id": scan.id,
        "scan_id": scan.id,
        "organisation_id": scan.organisation_id,
        "device_id": scan.by.device_id,
        "user_id": judged.user_id,
        "area": scan.days[-1].area,
        "category": cylinder.category,
        "gas": scan.gas,
        "bay": scan.bay,
        "state": FillState.OPEN if allowed else FillState.REFUSED,
        "allowed": allowed,
        "verdict": list(map(Reason.as_json, judged.verdict.reasons)),
        "facts": judged.facts.as_json(),
        "checks": answer_marks(scan.checks, scan.looker) if scan.checks else {},
        "post_checks": {},
        "flags": list(scan.arrived.flags),
        "happened_at": scan.happened_at,
        "received_at": scan.arrived.received_at,
        "on": scan.arrived.on,
        "tare_g": judged.tare_g,
        "max_gross_g": judged.max_gross_g,
        "empty_g": None,
        "gross_g": None,
        "net_g": None,
        "pressure_kpa": None,
        "temperature_dc": None,
        "result_at": None,
        "closed_at": None if allowed else scan.arrived.received_at,
        "late_entry": False,
        "supersedes_id": None,
        "superseded": False,
        "correction_reason": "",
        "approved_by": None,
        "treatment": "",
        "pack": pack.pack,
        "pack_digest": pack.digest,
        "filled_at": None,
        "treatment_remark": "",
        "treated_by": None,
        "treated_second": None,
        "instrument_id": None,
        "checked_by": (scan.checker or judged.user_id) if scan.checks else None,
        "rechecked_by": None,
        "manifold_id": scan.manifold_id,
        "started_at": None,
        "residual_g": None,
        "recheck_g": None,
        "recheck_instrument_id": None,
        "solvent_g": None,
        "steps": [],
        "resting_since": None,
        "bundle_id": None,
        "bundle_fill_id": None,
    }


def _statements(
    connection: Connection, heads: Heads, records: Sequence[ScanRecord], contacts: Sequence[IncomingScan]
) -> list[Statement]:
    """Everything decided, encoded, in as few statements as there are tables."""
    changed = [
        {
            "of": fill["equipment_id"],
            "fill": fill["id"],
            "new_checks": fill["checks"],
            "new_state": fill["state"],
            "new_allowed": fill["allowed"],
            "new_verdict": fill["verdict"],
            "new_closed_at": fill["closed_at"],
            "new_checked_by": fill["checked_by"],
            "new_manifold_id": fill["manifold_id"],
            "new_bay": fill["bay"],
        }
        for record in records
        if (fill := record.changed_fill) is not None
    ]
    treat_codes = [
        {"of": record.scan["equipment_id"], "new_treat_code": record.treat_code, "now": clock.now()}
        for record in records
        if record.treat_code is not None
    ]
    pieces = {piece.id: piece for piece in _find_pieces(connection, [row["of"] for row in treat_codes])}
    for record in records:
        if record.treat_code is not None:
            piece = pieces[record.scan["equipment_id"]]._asdict() | {"treat_code": record.treat_code}
            record.drafts[-1].rows.append(row_values(Equipment, piece))
    seen = [
        {"device": scan.by.device_id, "seen": scan.arrived.received_at, "drift": scan.arrived.drift_s}
        for scan in contacts
    ]
    links = links_of(heads.copy(), [draft for record in records for draft in record.drafts], actor="")
    writes: Sequence[tuple[Write, Sequence[Mapping[str, object]]]] = (
        (_insert_scans, [record.scan for record in records]),
        (_insert_fills, [record.fill for record in records if record.fill is not None]),
        (_update_fills, changed),
        (_update_treat_codes, treat_codes),
        (_insert_findings, [row for record in records for row in record.findings]),
        (_insert_receipts, [record.receipt for record in records if record.receipt is not None]),
        (_update_contacts, seen),
        (write_events, links.events),
        (move_heads, links.heads),
    )
    return [statement for write, rows in writes for statement in write.of(connection.dialect, rows)]
