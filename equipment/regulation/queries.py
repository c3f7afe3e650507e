"""The rule packs with the bureau's rows laid over them, and the bureau's choices."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from equipment.regulation.categories import category
from equipment.regulation.choices import BY_KEY
from equipment.regulation.models import Choice, RuleOverride
from equipment.regulation.packs import Applies, Override, Regulation
from equipment.storage.db import session

_overlaid: dict[str, tuple[tuple[int, datetime | None], Regulation, Regulation]] = {}


def rules(category_key: str) -> Regulation:
    """The category's rule pack with the bureau's own values and confirmations; made anew only when one was added."""
    pack = category(category_key).regulation
    found = select(func.count(), func.max(RuleOverride.confirmed_at)).where(RuleOverride.category == category_key)
    count, newest = session.execute(found).one()
    known = _overlaid.get(category_key)
    if known and known[0] == (count, newest) and known[1] is pack:
        return known[2]
    laid = pack.overlaid(as_override(row) for row in overrides(category_key)) if count else pack
    _overlaid[category_key] = ((count, newest), pack, laid)
    return laid


def overrides(category_key: str, key: str = "") -> Sequence[RuleOverride]:
    """The bureau's rows, oldest first; a later row of the same key and day replaces the earlier one."""
    found = select(RuleOverride).where(RuleOverride.category == category_key).order_by(RuleOverride.confirmed_at, RuleOverride.id)
    return session.scalars(found.where(RuleOverride.key == key) if key else found).all()


def as_override(row: RuleOverride) -> Override:
    value = row.value["value"] if row.value is not None else None
    applies = Applies(row.value.get("applies", Applies.AT_ONCE)) if row.value is not None else Applies.AT_ONCE
    return Override(row.key, row.since, value, row.cite, str(row.confirmed_by), row.of, applies)


def choice(key: str, on: date, subject: str = "") -> Any:
    """What the bureau chose for that day: for the subject itself, else for all, else the default of the question."""
    newest = (Choice.since.desc(), Choice.chosen_at.desc(), Choice.id.desc())
    found = select(Choice.value).where(Choice.key == key, Choice.since <= on).order_by(*newest).limit(1)
    for asked in dict.fromkeys((subject, "")):
        value = session.scalar(found.where(Choice.subject == asked))
        if value is not None:
            return value["value"]
    return BY_KEY[key].default


def choices(key: str, subject: str | None = None) -> Sequence[Choice]:
    """Every choice ever made for a key, newest first: the history nobody can erase."""
    found = select(Choice).where(Choice.key == key).order_by(Choice.since.desc(), Choice.chosen_at.desc(), Choice.id.desc())
    return session.scalars(found if subject is None else found.where(Choice.subject == subject)).all()


