"""Organisations put on file by an import, each with the first row that needs it and in that row's
transaction. Actions never commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_, Message
from equipment.imports.drafts import Problem
from equipment.imports.judging import Judged
from equipment.imports.models import ImportBatch
from equipment.imports.parties import PARTY_KINDS, Party, PartyBook
from equipment.imports.table_rules import name_key
from equipment.people.models import Organisation
from equipment.people.organisations import open_organisation
from equipment.people.rules import Viewer
from equipment.register.checking import PARTIES
from equipment.register.identifiers import reserve
from equipment.storage.columns import Columns
from equipment.storage.db import session

# what a batch counts of them: before the run, and so far
AHEAD, DONE = "organisations_ahead", "organisations"
LISTED = 500
PUT_ON_FILE = N_("“%(text)s” was put on file with this row")
SKEW = timedelta(minutes=1)  # between the clocks of two machines that import into one database


def need(parties: PartyBook, judged: Iterable[Judged]) -> None:
    """Remember which planned organisations the rows to be entered name, and the first row of each;
    refused rows put nobody on file."""
    if parties.planned:
        for row in judged:
            for party in _planned(parties, row):
                parties.needed.setdefault(party.id, row.row_no)


def keep_needed(batch: ImportBatch, parties: PartyBook) -> dict[str, int]:
    """Keep with the batch what would be put on file, for its page; returns how many, if any."""
    named = [(parties.planned[party], row_no) for party, row_no in parties.needed.items()]
    listed = [{"name": party.name, "kind": party.kind, "row": row_no} for party, row_no in named[:LISTED]]
    batch.preview = {**batch.preview, AHEAD: listed}
    return {AHEAD: len(named)} if named else {}


def so_far(batch: ImportBatch) -> dict[str, int]:
    """How many this import has put on file, if any: it stays among the counts of every later stage."""
    return {DONE: batch.counts[DONE]} if batch.counts.get(DONE) else {}


def with_openings(
    judged: Sequence[Judged], parties: PartyBook, since: datetime, *, by: Viewer
) -> tuple[Sequence[Judged], int]:
    """The same rows naming organisations that are on file by now, and how many were put there for it."""
    if not parties.planned:
        return judged, 0
    before = len(parties.ids_on_file)
    awaited = {
        party.id: party
        for row in judged
        for party in _planned(parties, row)
        if party.id not in parties.ids_on_file
    }
    elsewhere = _come_since(awaited.values(), since)
    settled = [_settled(row, parties, elsewhere, by) for row in judged]
    return settled, len(parties.ids_on_file) - before - len(elsewhere)


def _planned(parties: PartyBook, judged: Judged) -> list[Party]:
    if judged.registration is None:
        return []
    return [
        parties.planned[named]
        for column in PARTIES
        if (named := judged.registration.row[column]) in parties.planned
    ]


def _come_since(awaited: Iterable[Party], since: datetime) -> dict[str, UUID]:
    """By name: which of these somebody else has put on file since this run read the organisations."""
    wanted = {name_key(party.name) for party in awaited}
    if not wanted:
        return {}
    reserve(f"organisation {name}" for name in wanted)
    rows = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.created_at >= since - SKEW)
    )
    return {key: organisation_id for organisation_id, name in rows if (key := name_key(name)) in wanted}


def _settled(judged: Judged, parties: PartyBook, elsewhere: dict[str, UUID], by: Viewer) -> Judged:
    """The row with organisations that are on file; its notes tell of those that came there with it."""
    if judged.registration is None:
        return judged
    row, fresh = dict(judged.registration.row), set[str]()
    for column in PARTIES:
        party = parties.planned.get(row[column])
        if party is None:
            continue
        if party.id not in parties.ids_on_file:
            theirs = elsewhere.get(name_key(party.name))
            parties.ids_on_file[party.id] = theirs or _open(party, parties, row, by)
            fresh |= set() if theirs else {party.name}
        row[column] = parties.ids_on_file[party.id]
    faults = [problem for problem in judged.problems if not problem.note]
    notes = [
        Problem(problem.column, Message(PUT_ON_FILE, problem.message.params), note=True)
        for problem in judged.problems
        if problem.note and problem.message.params["text"] in fresh
    ]
    return replace(judged, registration=replace(judged.registration, row=row), problems=[*faults, *notes])


def _open(party: Party, parties: PartyBook, row: Columns, by: Viewer) -> UUID:
    """Units stand where the piece stands; firms and bodies serve many places
    and stand in the importer's area."""
    area = parties.home if party.kind in PARTY_KINDS.values() else row["area"]
    organisation = open_organisation(party.kind, {"name": party.name, "area": area}, by=by)
    session.flush()  # the pieces are written past the session and point at it
    return organisation.id
