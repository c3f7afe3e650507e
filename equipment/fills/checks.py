"""What people saw of a bottle: their answers to check items as the record keeps them, the reason that stays
with the cylinder until it was treated and checked again, and the findings that follow. Damage, fire and leaks
are findings, once for each fault: the same bottle scanned again with the same fault has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import Connection

from equipment.core.errors import Invalid
from equipment.core.verdict import Reason
from equipment.core.words import N_, Message
from equipment.fills.build_rules import Make
from equipment.fills.models import Fill, Json, Mark
from equipment.fills.reason_rules import standing_code, to_be_looked_at
from equipment.fills.rules import Answers, FillPack, failed_checks
from equipment.fills.scan import Cylinder, IncomingScan, ScanVerdict
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.hazards.findings import find
from equipment.hazards.rows import FindingFacts, finding_row, is_known
from equipment.hazards.rules import FindingSource
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.storage.db import session

SAME_CHECKER, SAME_RECHECKER = "same_checker", "same_rechecker"


def answer_marks(checks: Answers, actor: str) -> dict[str, Mark]:
    """Every check item with its answer and who answered."""
    marks: dict[str, Mark] = {}
    for item, answer in checks.items():
        marks[item] = {"ok": answer is True, "by": actor}
        if isinstance(answer, str):
            marks[item]["reason"] = answer
    return marks


def actor_of(person: UUID | None, by: Viewer) -> str:
    """How marks name who answered: the person who was shown, else whoever sends."""
    return f"user:{person}" if person is not None else by.actor


def flags_of_people(make: Make, fill: Fill) -> set[str]:
    """What is remarkable of who checked: nobody else than the filler, where the pack wants somebody else."""
    pack, flags = pack_of(fill.on), set()
    if make.group in pack.checked_by_another and fill.checks and fill.checked_by in (None, fill.user_id):
        flags.add(SAME_CHECKER)
    if make.group in pack.rechecked_by_another and fill.rechecked_by in (None, fill.user_id):
        flags.add(SAME_RECHECKER)
    return flags


def answers_marked(marks: Mapping[str, Mark]) -> dict[str, bool | str]:
    """The answers behind such marks."""
    return {item: mark.get("reason", mark["ok"]) for item, mark in marks.items()}


def only_known_items(pack: FillPack, answers: Answers) -> None:
    """An answer to an item, or with a reason, that nobody ever stated would count for nothing: it is not
    taken at all."""
    if unknown := pack.unknown(answers):
        text = N_("No such check item or reason: %(items)s. GET /api/v1/codes lists them.")
        raise Invalid({"checks": Message(text, {"items": ", ".join(unknown)})})


def only_asked_items(make: Make | None, fill: Fill, checks: Answers) -> None:
    """Nor is one to an item that does not belong to this gas."""
    only_known_items(pack_of(fill.on), checks)
    if unknown := sorted(checks.keys() - {item.code for item in make.pre} if make else ()):
        raise Invalid(
            {
                "checks": Message(
                    N_("No such check item for this gas: %(items)s"), {"items": ", ".join(unknown)}
                )
            }
        )


def faults_seen(
    connection: Connection,
    scan: IncomingScan,
    cylinder: Cylinder,
    judged: ScanVerdict,
    fill_id: UUID,
    before: Iterable[Json],
) -> tuple[str | None, Sequence[Json]]:
    """What the answers of a scan leave behind: (the reason that stays with the cylinder, where it is a new
    one; rows of findings). `before` are the findings that scans before it in the same transaction made."""
    if not scan.checks or judged.make is None:
        return None, ()
    book = scan.days[-1].book
    failed = tuple(failed_checks(book, judged.make.pre, scan.checks))
    stood = book.reason(cylinder.treat_code, {}) if cylinder.treat_code in book.refusals else None
    code = standing_code((stood, *failed) if stood else failed)
    in_batch = {(row["equipment_id"], row["description"]) for row in before}
    findings: list[Json] = []
    for text in dict.fromkeys(book.refusals[reason.code].text.zh for reason in to_be_looked_at(failed)):
        if (cylinder.id, text) in in_batch:
            continue
        if is_known(connection, cylinder.id, FindingSource.FILL_CHECK, text):
            continue
        facts = FindingFacts(
            piece=cylinder,
            source=FindingSource.FILL_CHECK,
            source_id=fill_id,
            description=text,
            found_on=book.on,
            happened_at=scan.happened_at,
            received_at=scan.arrived.received_at,
            organisation_id=scan.organisation_id,
            user_id=judged.user_id,
        )
        findings.append(finding_row(facts))
    return (code if code not in ("", cylinder.treat_code) else None), findings


def keep_with_cylinder(piece: Equipment, fill: Fill, reasons: tuple[Reason, ...], by: Viewer) -> None:
    """The same for a fill that is on record; a good re-weighing lifts 超装."""
    code = standing_code(reasons)
    if code:
        piece.treat_code = code
    elif fill.state == FillState.FILLED and piece.treat_code.startswith("Q"):
        piece.treat_code = ""
    refusals = pack_of(fill.on).refusals
    for reason in to_be_looked_at(reasons):
        text = refusals[reason.code].text.zh
        if not is_known(session.connection(), piece.id, FindingSource.FILL_CHECK, text):
            find(piece, source=FindingSource.FILL_CHECK, description=text, by=by, source_id=fill.id)
