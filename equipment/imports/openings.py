"""Organisations put on file by an import, each with the first row that needs it and in that row's transaction. Actions never commit."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_, Message
from equipment.imports.drafts import Problem
from equipment.imports.judging import Judged
from equipment.imports.models import ImportBatch
from equipment.imports.parties import PARTY_KINDS, Parties, Party
from equipment.imports.table_rules import name_key
from equipment.people.models import Organisation
from equipment.people.organisations import open_organisation
from equipment.people.rules import Viewer
from equipment.register.checking import PARTIES
from equipment.register.identifiers import reserve
from equipment.storage.db import session

AHEAD, DONE = "organisations_ahead", "organisations"  # what a batch counts of them: before the run, and so far
LISTED = 500
OPENED = N_("“%(text)s” was put on file with this row")
SKEW = timedelta(minutes=1)  # between the clocks of two machines that import into one database


def need(parties: Parties, judged: Iterable[Judged]) -> None:
    """Remember which planned organisations the rows to be entered name, and the first row of each; refused rows put nobody on file."""
    if parties.planned:
        for each in judged:
            for party in _planned(parties, each):
                parties.needed.setdefault(party.id, each.row_no)


def keep_needed(batch: ImportBatch, parties: Parties) -> dict[str, int]:
    """Keep with the batch what would be put on file, for its page; returns how many, if any."""
    named = [(parties.planned[party], row_no) for party, row_no in parties.needed.items()]
    listed = [{"name": party.name, "kind": party.kind, "row": row_no} for party, row_no in named[:LISTED]]
    batch.preview = {**batch.preview, AHEAD: listed}
    return {AHEAD: len(named)} if named else {}


def so_far(batch: ImportBatch) -> dict[str, int]:
    """How many this import has put on file, if any: it stays among the counts of every later stage."""
    return {DONE: batch.counts[DONE]} if batch.counts.get(DONE) else {}


def with_openings(judged: Sequence[Judged], parties: Parties, since: datetime, *, by: Viewer) -> tuple[Sequence[Judged], int]:
    """The same rows naming organisations that are on file by now, and how many were put there for it."""
    if not parties.planned:
        return judged, 0
    before = len(parties.opened)
    awaited = {party.id: party for each in judged for party in _planned(parties, each) if party.id not in parties.opened}
    known = _come_since(awaited.values(), since)
    settled = [_settled(each, parties, known, by) for each in judged]
    return settled, len(parties.opened) - before - len(known)


def _planned(parties: Parties, judged: Judged) -> list[Party]:
    if judged.registration is None:
        return []
    return [parties.planned[named] for column in PARTIES if (named := judged.registration.row[column]) in parties.planned]


def _come_since(awaited: Iterable[Party], since: datetime) -> dict[str, UUID]:
    """By name: which of these somebody else has put on file since this run read the organisations."""
    wanted = {name_key(party.name) for party in awaited}
    if not wanted:
        return {}
    reserve(f"organisation {name}" for name in wanted)
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.created_at >= since - SKEW))
    return {key: organisation_id for organisation_id, name in rows if (key := name_key(name)) in wanted}


def _settled(each: Judged, parties: Parties, known: dict[str, UUID], by: Viewer) -> Judged:
    """The row with organisations that are on file; its notes tell of those that came there with it."""
    if each.registration is None:
        return each
    row, fresh = dict(each.registration.row), set[str]()
    for column in PARTIES:
        party = parties.planned.get(row[column])
        if party is None:
            continue
        if party.id not in parties.opened:
            elsewhere = known.get(name_key(party.name))
            parties.opened[party.id] = elsewhere or _open(party, parties, row, by)
            fresh |= set() if elsewhere else {party.name}
        row[column] = parties.opened[party.id]
    told = [Problem(problem.column, Message(OPENED, problem.message.params), note=True)
            for problem in each.problems if problem.note and problem.message.params["text"] in fresh]
    return replace(each, registration=replace(each.registration, row=row), problems=[*(each for each in each.problems if not each.note), *told])


def _open(party: Party, parties: Parties, row: dict[str, Any], by: Viewer) -> UUID:
    """Units stand where the piece stands; firms and bodies serve many places and stand in the importer's area."""
    area = parties.home if party.kind in PARTY_KINDS.values() else row["area"]
    made = open_organisation(party.kind, {"name": party.name, "area": area}, by=by)
    session.flush()  # the pieces are written past the session and point at it
    return made.id
