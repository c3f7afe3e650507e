"""Transfers that a viewer may see, their bottles, and what stands against a bottle changing its owner now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, and_, func, or_

from equipment.core.errors import NotFound
from equipment.core.words import Message
from equipment.fills.models import Fill, ForbiddenFill
from equipment.fills.states import FillState, Ruling
from equipment.labels.models import LabelClaim
from equipment.labels.rules import ClaimState
from equipment.lots.queries import numbers_of, open_lots_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.places.models import DeliveryNote, NoteRow, Transfer, TransferRow
from equipment.places.states import NoteRowKind, NoteState, TransferState
from equipment.places.transfer_rules import OwnedBottle, transfer_problem
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.categories import category
from equipment.storage.columns import Sorts
from equipment.storage.db import session

OPEN = (TransferState.DRAFT, TransferState.PROPOSED)
SORTS: Sorts = {"opened": (Transfer.opened_at, Transfer.id), "number": (Transfer.number, Transfer.id)}


def transfer_of(key: UUID, *, by: Viewer) -> Transfer:
    """One transfer that the viewer may see: what is still put together concerns nobody but its own side;
    NotFound otherwise."""
    transfer = session.scalar(
        visible_transfers(by).where(Transfer.id == key).execution_options(populate_existing=True)
    )
    if transfer is None:
        raise NotFound
    return transfer


def visible_transfers(viewer: Viewer) -> Select[Transfer]:
    """Those that the viewer may see; a draft is seen by its own side alone."""
    is_open_to_both = or_(
        Transfer.proposed_at.is_not(None), Transfer.organisation_id == viewer.organisation_id
    )
    return visible(viewer, Transfer).where(is_open_to_both)


def rows_of(transfer: Transfer) -> Select[TransferRow]:
    """The bottles of a transfer that the viewer was given, in its order."""
    return (
        visible(SYSTEM, TransferRow)
        .where(
            TransferRow.organisation_id == transfer.organisation_id,
            TransferRow.transfer_id == transfer.id,
            TransferRow.out.is_(False),
        )
        .order_by(TransferRow.row_no)
    )


def bottles_of(transfer: Transfer) -> Sequence[Equipment]:
    """Its bottles as they stand now."""
    return pieces(SYSTEM, [row.equipment_id for row in session.scalars(rows_of(transfer))])


def counts_of(shown: Sequence[Transfer]) -> dict[UUID, int]:
    """How many bottles each of these transfers has."""
    counted = (
        visible(SYSTEM, TransferRow)
        .where(
            TransferRow.organisation_id.in_({row.organisation_id for row in shown}),
            TransferRow.transfer_id.in_([row.id for row in shown]),
            TransferRow.out.is_(False),
        )
        .with_only_columns(TransferRow.transfer_id, func.count())
        .group_by(TransferRow.transfer_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def problems(transfer: Transfer, bottles: Sequence[Equipment]) -> dict[UUID, Message | str]:
    """By bottle, what stands against its changing the owner now."""
    ids = [bottle.id for bottle in bottles]
    inside = open_lots_of(ids)
    lots = numbers_of(row.lot_id for row in inside.values())
    notes, others = _open_notes(ids), _other_transfers(transfer, ids)
    filling, disputed = _being_filled(ids), _disputed(ids)
    against = {}
    for bottle in bottles:
        facts = OwnedBottle(
            is_own=bottle.owner_id == transfer.organisation_id,
            is_cylinder=category(bottle.category).filled,
            status=bottle.status,
            lot=lots[inside[bottle.id].lot_id] if bottle.id in inside else "",
            note=notes.get(bottle.id, ""),
            transfer=others.get(bottle.id, ""),
            is_filling=bottle.id in filling,
            is_disputed=bottle.id in disputed,
        )
        if problem := transfer_problem(facts):
            against[bottle.id] = problem
    return against


def _being_filled(ids: Collection[UUID]) -> set[UUID]:
    busy = visible(SYSTEM, Fill).where(
        Fill.equipment_id.in_(ids),
        or_(Fill.state == FillState.OPEN, and_(Fill.state == FillState.OVERFILLED, Fill.closed_at.is_(None))),
    )
    return set(session.scalars(busy.with_only_columns(Fill.equipment_id)))


def _disputed(ids: Collection[UUID]) -> set[UUID]:
    """A fill that the bureau has still to rule on, or a label that two bottles claim."""
    fills = visible(SYSTEM, ForbiddenFill).where(
        ForbiddenFill.equipment_id.in_(ids), ForbiddenFill.ruling == Ruling.PENDING
    )
    claims = visible(SYSTEM, LabelClaim).where(
        LabelClaim.state == ClaimState.OPEN,
        or_(LabelClaim.equipment_id.in_(ids), LabelClaim.claimed_id.in_(ids)),
    )
    both = claims.with_only_columns(LabelClaim.equipment_id, LabelClaim.claimed_id)
    named = {key for row in session.execute(both) for key in row}
    return {*session.scalars(fills.with_only_columns(ForbiddenFill.equipment_id)), *named}


def _open_notes(ids: Collection[UUID]) -> dict[UUID, str]:
    """By bottle, the number of the delivery note it is on that has not been finished."""
    rows = (
        visible(SYSTEM, DeliveryNote)
        .join(
            NoteRow,
            and_(NoteRow.organisation_id == DeliveryNote.organisation_id, NoteRow.note_id == DeliveryNote.id),
        )
        .where(
            NoteRow.equipment_id.in_(ids),
            NoteRow.kind == NoteRowKind.OUT,
            DeliveryNote.state.in_((NoteState.LOADING, NoteState.ON_WAY)),
        )
        .with_only_columns(NoteRow.equipment_id, DeliveryNote.number, maintain_column_froms=True)
    )
    return {row[0]: row[1] for row in session.execute(rows) if row[0]}


def _other_transfers(transfer: Transfer, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = (
        visible(SYSTEM, Transfer)
        .join(
            TransferRow,
            and_(
                TransferRow.organisation_id == Transfer.organisation_id,
                TransferRow.transfer_id == Transfer.id,
            ),
        )
        .where(
            TransferRow.equipment_id.in_(ids),
            TransferRow.out.is_(False),
            Transfer.state.in_(OPEN),
            Transfer.id != transfer.id,
        )
        .with_only_columns(TransferRow.equipment_id, Transfer.number, maintain_column_froms=True)
    )
    return {row[0]: row[1] for row in session.execute(rows)}
