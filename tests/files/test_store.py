"""Files on disk before the commit that names them; handed out through scope."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import Settings
from equipment.files import store
from equipment.files.actions import About, attach, take
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.ledger.verify import verify
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.storage import db
from tests import make
from tests.files.test_content import PDF, located

Browser = Callable[[User], FlaskClient]


def parts() -> list[Path]:
    return [path for path in store.root().rglob("*") if path.is_file()]


def test_a_content_lies_under_its_digest_once_however_often_it_is_kept(app: Flask) -> None:
    first, second = store.keep(b"abc", "text/plain"), store.keep(io.BytesIO(b"abc"), "text/plain")
    assert (first, parts(), store.path_of(first.sha256).read_bytes()) == (
        second,
        [store.path_of(first.sha256)],
        b"abc",
    )


def test_a_file_is_moved_in(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(PDF)
    kept = store.keep(tmp_path / "made.pdf", "application/pdf")
    assert (kept.size, (tmp_path / "made.pdf").exists()) == (len(PDF), False)


def test_on_a_full_disk_nothing_half_written_stays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.keep(b"abc" * 1000, "text/plain")
    assert parts() == []


def attached(owner: User, equipment_id: UUID, content: bytes, name: str) -> UUID:
    by = viewer_of(owner)
    document = take(io.BytesIO(content), name, "photo")
    with db.transaction():
        return attach(About(equipment_id, make.TOWNSHIP, "elevator"), document, by=by).id


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.organisation("use_unit"), Role.SAFETY_OFFICER)


def test_a_photo_is_read_by_whoever_sees_its_piece_and_by_nobody_else(
    owner: User, signed_in: Browser, client: FlaskClient
) -> None:
    lift = make.equipment("elevator", use_unit_id=owner.organisation_id).id
    key = attached(owner, lift, located(), r"C:\fakepath\<img onerror=x>.exe")
    stranger = make.user(make.organisation("use_unit"), Role.SAFETY_OFFICER)
    path = f"/files/{lift}/{key}"
    answer = signed_in(owner).get(path)
    assert (
        answer.status_code,
        answer.mimetype,
        answer.headers["X-Content-Type-Options"],
        answer.headers["Content-Disposition"].split(";")[0],
    ) == (200, "image/jpeg", "nosniff", "inline")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    answer.close()
    assert (signed_in(stranger).get(path).status_code, client.get(path).status_code) == (404, 302)
    assert signed_in(owner).get(f"/files/{make.equipment('elevator').id}/{key}").status_code == 404


def test_an_attachment_is_in_the_ledger_with_its_digest(owner: User, settings: Settings) -> None:
    lift = make.equipment("elevator", use_unit_id=owner.organisation_id).id
    attached(owner, lift, PDF, "合格证.pdf")
    (found,) = attachments_of(viewer_of(owner), lift)
    assert (found.name, found.media_type, found.size) == ("合格证.pdf", "application/pdf", len(PDF))
    assert verify(db.engine, settings.folder, [Attachment]).whole
    with make.writing():
        db.session.get_one(Attachment, (lift, found.id)).sha256 = "0" * 64
    assert not verify(db.engine, settings.folder, [Attachment]).whole
