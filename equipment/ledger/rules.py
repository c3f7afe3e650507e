"""What a ledger line's digest covers, and the Merkle root of a day. Pure; docs/ledger.md says
the same in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import orjson

GENESIS = "0" * 64


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form; amounts are integers (g, kPa, mL)")


_CANONICAL = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_NON_STR_KEYS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)


def canonical(value: Mapping[str, object] | Sequence[object]) -> str:
    """The one text of a JSON value: sorted keys, no spaces, UTF-8 as is, no floats anywhere."""
    return orjson.dumps(value, _plain, _CANONICAL).decode()


class Hash(Protocol):
    def hexdigest(self) -> str: ...


# Every digest of an instance is made by one of them, chosen before its first line (LEDGER_DIGEST).
ALGORITHMS: dict[str, Callable[[bytes], Hash]] = {
    "sha256": hashlib.sha256,
    "sm3": partial(hashlib.new, "sm3"),  # GB/T 32905-2016; OpenSSL's
}
_chosen = "sha256"


def choose(algorithm: str) -> None:
    """The algorithm of this process: `sha256` or `sm3`."""
    global _chosen
    _chosen = algorithm


def chosen() -> str:
    """The algorithm of this process."""
    return _chosen


def digest_of(text: str | bytes, algorithm: str = "") -> str:
    """64 lower-case hexadecimal digits; by the chosen algorithm if none is named."""
    content = text.encode() if isinstance(text, str) else text
    return ALGORITHMS[algorithm or _chosen](content).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """What one line says, before it has its place in a chain."""

    subject: str
    verb: str
    actor: str
    at: datetime
    payload: str
    pack: str = ""


def event_text(seq: int, event: ChainEvent) -> str:
    """`event` as line `seq` of its chain: what is hashed behind the digest of the line before."""
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return "\n".join((event.subject, str(seq), at, event.actor, event.verb, event.pack, event.payload))


def next_digest(previous: str, seq: int, event: ChainEvent, algorithm: str = "") -> str:
    """The digest of `event` as line `seq` after a line with digest `previous`."""
    return digest_of(f"{previous}\n{event_text(seq, event)}", algorithm)


def merkle_root(leaves: Iterable[str]) -> str:
    """Root over leaf digests in the given order; an odd one is carried up as it is; empty gives GENESIS.

    Only one digest per level is held, so that a million leaves need no memory.
    """
    held: list[tuple[int, str]] = []  # (leaves below, digest), sizes falling
    for leaf_digest in leaves:
        size, digest = 1, leaf_digest
        while held and held[-1][0] == size:
            digest = digest_of(held.pop()[1] + digest)
            size *= 2
        held.append((size, digest))
    if not held:
        return GENESIS
    root = held.pop()[1]
    while held:
        root = digest_of(held.pop()[1] + root)
    return root


def merkle_paths(leaves: Iterable[str], wanted: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The way from each of the `wanted` leaves up to the root of all: the digests beside it, with the side
    they stand on, `left` or `right`. One digest per level is held, as for the root."""
    paths: dict[str, list[tuple[str, str]]] = {leaf_digest: [] for leaf_digest in wanted}
    held: list[tuple[int, str, list[str]]] = []  # (leaves below, digest, which of the wanted lie below)

    def join(right: tuple[int, str, list[str]]) -> tuple[int, str, list[str]]:
        left = held.pop()
        for below in left[2]:
            paths[below].append(("right", right[1]))
        for below in right[2]:
            paths[below].append(("left", left[1]))
        return left[0] + right[0], digest_of(left[1] + right[1]), left[2] + right[2]

    for leaf_digest in leaves:
        branch = (1, leaf_digest, [leaf_digest] if leaf_digest in paths else [])
        while held and held[-1][0] == branch[0]:
            branch = join(branch)
        held.append(branch)
    if held:
        branch = held.pop()
        while held:
            branch = join(branch)
    return paths


def leaf(subject: str, seq: int, digest: str) -> str:
    return digest_of(f"{subject}\n{seq}\n{digest}")


def seal_digest(previous: str, day: date, count: int, root: str) -> str:
    return digest_of(f"{previous}\n{day.isoformat()}\n{count}\n{root}")
