"""What a code or number stands for, and the pieces, labels and identifiers a viewer may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from equipment.core.errors import NotFound
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.codes import CHECKED, Parsed, cleaned, is_genuine, parse
from equipment.register.models import Equipment, Identifier, Label
from equipment.register.ring import keys
from equipment.register.rules import IdentifierKind, LabelStatus, Outcome
from equipment.register.search import matching
from equipment.storage.db import session

LABELS = Label.__table__
IDENTIFIERS = Identifier.__table__
CANDIDATES = 20  # a number that more pieces than this carry tells none of them apart
# Statements of the hot path are made once: making one costs more than running it.
LABEL = select(
    LABELS.c.code, LABELS.c.status, LABELS.c.equipment_id, LABELS.c.organisation_id, LABELS.c.replaced_by
).where(LABELS.c.code == bindparam("code"))
CARRIERS = (
    select(IDENTIFIERS.c.equipment_id, IDENTIFIERS.c.kind)
    .where(IDENTIFIERS.c.value == bindparam("value"), IDENTIFIERS.c.voided_at.is_(None))
    .limit(CANDIDATES)
)
DEAD = (LabelStatus.VOID, LabelStatus.REPLACED)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a text stands for. `equipment_id` is also set for a void label: the piece it was on."""

    outcome: Outcome
    parsed: Parsed
    equipment_id: UUID | None = None
    code: str = ""
    label_status: LabelStatus | None = None
    organisation_id: UUID | None = None  # whom a blank label was issued to
    replaced_by: str | None = None
    identifier: IdentifierKind | None = None
    candidates: tuple[UUID, ...] = ()


def resolve(text: str) -> Resolved:
    """The piece a scanned or typed text stands for: label row first, then identifiers, else
    unknown, forged or mistyped."""
    return resolve_parsed(parse(text))


def resolve_parsed(parsed: Parsed) -> Resolved:
    if parsed.code:
        label = session.execute(LABEL, {"code": parsed.code}).first()
        if label is not None:
            status = LabelStatus(label.status)
            outcome = (
                Outcome.BLANK
                if status == LabelStatus.ISSUED
                else Outcome.VOID
                if status in DEAD
                else Outcome.FOUND
            )
            return Resolved(
                outcome,
                parsed,
                label.equipment_id,
                label.code,
                status,
                label.organisation_id,
                label.replaced_by,
            )
    return _of_identifiers(parsed) or Resolved(_without_row(parsed), parsed, code=parsed.code)


def resolve_own(viewer: Viewer, parsed: Parsed) -> Resolved:
    """The same; what nothing on file carries as its code may be the stamped or the own number of a piece that
    the viewer sees: on paper and steel there is often no other."""
    resolved = resolve_parsed(parsed)
    if resolved.outcome is not Outcome.UNKNOWN or not parsed.values:
        return resolved
    spellings = {parsed.text, parsed.text.upper(), *parsed.values}
    numbered = visible(viewer, Equipment).where(
        matching(viewer, parsed.text),
        or_(Equipment.serial.in_(spellings), Equipment.own_number.in_(spellings)),
    )
    ids = session.scalars(numbered.with_only_columns(Equipment.id).limit(CANDIDATES)).all()
    if not ids:
        return resolved
    if len(ids) > 1:
        return Resolved(Outcome.AMBIGUOUS, parsed, candidates=tuple(sorted(ids)))
    return Resolved(Outcome.FOUND, parsed, ids[0])


def _of_identifiers(parsed: Parsed) -> Resolved | None:
    """The first value that one piece alone carries; else the piece all shared values agree on (a certificate
    and a serial number)."""
    shared: set[UUID] | None = None
    for value in parsed.values:
        rows = session.execute(CARRIERS, {"value": value}).all()
        pieces = {row.equipment_id for row in rows}
        if len(pieces) == 1:
            return Resolved(
                Outcome.FOUND, parsed, rows[0].equipment_id, identifier=IdentifierKind(rows[0].kind)
            )
        if pieces:
            shared = pieces if shared is None else shared & pieces
    if not shared:
        return None
    if len(shared) == 1:
        return Resolved(Outcome.FOUND, parsed, next(iter(shared)))
    return Resolved(Outcome.AMBIGUOUS, parsed, candidates=tuple(sorted(shared)))


def _without_row(parsed: Parsed) -> Outcome:
    """Why a text leads nowhere. A code whose first eleven characters were issued is a slip of the
    hand, not a forgery."""
    if not parsed.code:
        return Outcome.UNKNOWN
    if not parsed.checked:
        return Outcome.MISTYPED
    if is_genuine(parsed.code, keys()):
        return Outcome.UNKNOWN
    begins = parsed.code[:CHECKED]
    near = session.scalar(
        select(LABELS.c.code).where(LABELS.c.code >= begins, LABELS.c.code <= begins + "Z" * 4).limit(1)
    )
    return Outcome.MISTYPED if near else Outcome.FORGED


def piece(viewer: Viewer, equipment_id: UUID) -> Equipment:
    """The piece, if the viewer may see it; NotFound otherwise, so that nothing leaks."""
    equipment = session.scalar(visible(viewer, Equipment).where(Equipment.id == equipment_id))
    if equipment is None:
        raise NotFound
    return equipment


def pieces(viewer: Viewer, ids: Iterable[UUID]) -> Sequence[Equipment]:
    """Those of these pieces that the viewer may see, in the order of their ids."""
    wanted = list(ids)
    if not wanted:
        return []
    return session.scalars(
        visible(viewer, Equipment).where(Equipment.id.in_(wanted)).order_by(Equipment.id)
    ).all()


def labels_of(viewer: Viewer, equipment_id: UUID) -> Sequence[Label]:
    """Every label a piece ever carried, the newest first."""
    labels = visible(viewer, Label).where(Label.equipment_id == equipment_id)
    return session.scalars(labels.order_by(Label.issued_at.desc(), Label.code)).all()


def identifiers_of(viewer: Viewer, equipment_id: UUID) -> Sequence[Identifier]:
    identifiers = visible(viewer, Identifier).where(Identifier.equipment_id == equipment_id)
    return session.scalars(
        identifiers.order_by(Identifier.issued_at, Identifier.kind, Identifier.value)
    ).all()


def by_last_digits(viewer: Viewer, digits: str, *, limit: int = 12) -> Sequence[Equipment]:
    """The viewer's own pieces whose stamped or own number ends so; those without a readable label first."""
    ends = cleaned(digits).upper()
    if not ends.isalnum():
        return []
    own = Equipment.owner_id == viewer.organisation_id
    query = visible(viewer, Equipment).where(
        own, Equipment.serial.endswith(ends) | Equipment.own_number.endswith(ends)
    )
    return session.scalars(
        query.order_by(Equipment.label_code.is_not(None), Equipment.serial, Equipment.id).limit(limit)
    ).all()


def piece_named(viewer: Viewer, text: str) -> UUID | None:
    """The piece in the viewer's scope that a label or number names: what the register lends to the slices
    left of it."""
    resolved = resolve(text)
    if resolved.outcome is not Outcome.FOUND or resolved.equipment_id is None:
        return None
    return next((row.id for row in pieces(viewer, [resolved.equipment_id])), None)
