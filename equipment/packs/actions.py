"""A pack is asked for, entered with the digest of its manifest in the chain that it is about, and closed when
that line is sealed."""

from __future__ import annotations

from uuid import UUID

from flask_babel import get_locale
from sqlalchemy import select

from equipment.core import clock
from equipment.files.models import StoredFile
from equipment.files.store import StoredContent, name
from equipment.ledger.actions import record, subject_of
from equipment.ledger.models import Chain
from equipment.packs.models import Pack
from equipment.packs.queries import MAKE, PackTopic, pack_under_way
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.storage.db import session
from equipment.tasks.actions import enqueue
from equipment.tasks.rules import lane_of


def ask(about: PackTopic, title: str, key: UUID, record_id: UUID | None, *, by: Viewer) -> tuple[UUID, bool]:
    """Put a pack in line, one at a time for each person: (its task, True), or (the one under way, False)."""
    session.execute(select(User.id).where(User.id == by.user_id).with_for_update())
    if (under_way := pack_under_way(by)) is not None:
        return under_way, False
    stated = {"kind": about.kind, "key": str(key), "record": str(record_id) if record_id else ""}
    lines = session.scalar(select(Chain.seq).where(Chain.subject == about.subject)) or 0
    lane = lane_of(lines)
    return enqueue(MAKE, stated, by=by, title=title, locale=str(get_locale()), lane=lane).id, True


def enter(pack: Pack, content: StoredContent, *, by: Viewer) -> Pack:
    """The pack is made: a line of the chain that it is about holds the digest of its manifest."""
    session.add(pack)
    record(
        session(),
        pack.subject,
        "pack.made",
        actor=by.actor,
        payload={
            "pack": pack.id,
            "kind": pack.kind,
            "record": pack.record_key,
            "lines": pack.line_count,
            "manifest": pack.manifest,
        },
        rows=[pack, name(content)],
    )
    return pack


def close(pack: Pack, content: StoredContent, seal_number: int, *, stamped: bool) -> None:
    """The pack is final, in a file of its own: the one of before is no longer stored."""
    before = session.get_one(StoredFile, pack.file_sha256)
    pack.file_sha256, pack.seal_number, pack.stamped = content.sha256, seal_number, stamped
    pack.closed_at = clock.now()
    replaced = [before] if before.sha256 != content.sha256 else []
    record(
        session(),
        subject_of("pack", pack.id),
        "pack.closed",
        actor=SYSTEM.actor,
        payload={"seal": seal_number, "stamped": stamped, "file": content.sha256},
        rows=[pack, name(content)],
        gone=replaced,
    )
    for file in replaced:
        session.delete(file)
