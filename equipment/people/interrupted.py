"""A form that was sent after its session had run out:
kept for a while, given back to the same person only."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete

from equipment.core import clock
from equipment.people.models import KeptForm, User
from equipment.people.queries import token_digest
from equipment.storage.db import session

KEPT_FOR = timedelta(minutes=30)
LARGEST = 200_000
UNTOLD = frozenset({"csrf_token", "password", "new_password", "again", "pin", "second_code"})


def keep_form(uniquifier: str, path: str, fields: Sequence[tuple[str, str]]) -> str:
    """Keep what was typed and return the token that finds it again;
    secrets are left out, "" when it is too large."""
    fields_kept = [[name, value] for name, value in fields if name not in UNTOLD]
    if sum(len(name) + len(value) for name, value in fields_kept) > LARGEST or len(path) > 500:
        return ""
    token = secrets.token_urlsafe(32)
    session.execute(delete(KeptForm).where(KeptForm.kept_at < clock.now() - KEPT_FOR))
    session.add(
        KeptForm(
            token_hash=token_digest(token),
            uniquifier=uniquifier,
            path=path,
            fields=fields_kept,
            kept_at=clock.now(),
        )
    )
    return token


def kept_form(token: str, user: User) -> KeptForm | None:
    """The form behind a token, if it is this person's and not too old."""
    form = session.get(KeptForm, token_digest(token))
    fresh = (
        form is not None and form.uniquifier == user.fs_uniquifier and form.kept_at >= clock.now() - KEPT_FOR
    )
    return form if fresh else None
