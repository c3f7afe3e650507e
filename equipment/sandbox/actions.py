"""Switching a sandbox on and off, and emptying it: a row and a line in the city's ledger. The database
follows from the row (opening.py)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.queries import token_digest
from equipment.people.rules import DeviceKind, Viewer
from equipment.sandbox.models import Sandbox
from equipment.sandbox.rules import DEVICES, SandboxKind
from equipment.storage.db import session


def switch_on(kind: SandboxKind, *, by: Viewer) -> Mapping[DeviceKind, str]:
    """The tokens of its devices in clear, which nobody can ever see again. One that is on already is begun
    anew with others: whoever has lost them."""
    tokens = {device: f"{kind.database}.{secrets.token_urlsafe(32)}" for device in DEVICES[kind]}
    sandbox = session.get(Sandbox, kind) or Sandbox(kind=kind)
    sandbox.token_hashes = {str(device): token_digest(token) for device, token in tokens.items()}
    session.add(sandbox)
    _move(sandbox, _new_place(kind), "switched_on", by)
    return tokens


def empty(kind: SandboxKind, *, by: Viewer) -> None:
    """As on its first day, with the same tokens."""
    _move(_running(kind), _new_place(kind), "emptied", by)


def switch_off(kind: SandboxKind, *, by: Viewer) -> None:
    """Its tokens are worth nothing any more, and all that was in it is gone."""
    sandbox = _running(kind)
    sandbox.token_hashes = {}
    _move(sandbox, "", "switched_off", by)


def _running(kind: SandboxKind) -> Sandbox:
    sandbox = session.get(Sandbox, kind)
    if sandbox is None or not sandbox.place:
        raise Conflict({"": N_("This sandbox is not switched on.")})
    return sandbox


def _new_place(kind: SandboxKind) -> str:
    """Never one that was before: neither a process that looked a moment ago nor a restored backup takes it
    for another."""
    return f"sandbox_{kind}_{secrets.token_hex(6)}"


def _move(sandbox: Sandbox, place: str, verb: str, by: Viewer) -> None:
    sandbox.place, sandbox.since = place, clock.now()
    record(session(), f"sandbox:{sandbox.kind}", verb, actor=by.actor, rows=[sandbox])
