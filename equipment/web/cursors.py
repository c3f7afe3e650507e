"""Lists that another system reads on from where it stopped: nothing is skipped. What never changes once it is
listed comes once, in the order in which it was received or became final; what goes on comes again each time
that it has changed.

A row gets its time before it is committed, so for a moment an elder row may still follow a younger one.
Nothing younger than SETTLED is listed: no request takes that long, and whoever reads on behind a cursor has
missed nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, Uuid, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import NOBODY
from equipment.core.words import N_
from equipment.people.rules import Action, Thing, Viewer, organisation_may
from equipment.storage.columns import Instant
from equipment.storage.db import session
from equipment.web.api import Query, QueryTime

R = TypeVar("R")

SETTLED = timedelta(minutes=1)
MOST_ROWS = 200
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"(\d{8}T\d{6}\.\d{6})Z-([0-9a-f]{32})")
WRITTEN = "%Y%m%dT%H%M%S.%f"


class ListQuery(Query):
    """Where to read on. Without either, from the very first."""

    since: QueryTime | None = Field(None, description="Everything from this moment on.")
    cursor: str = Field("", max_length=60, description="The `next` of the page before; it never expires.")
    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Rows of a page.")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[R]):
    """Rows in their order; `next` is where to read on, `more` whether there is something already."""

    rows: Sequence[R]
    next: str
    more: bool


def page(
    rows: Select[R],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    key: InstrumentedAttribute[UUID],
    query: ListQuery,
) -> ListPage[R]:
    """The page of `rows` that stands behind the cursor, by `at` and then by `key`."""
    behind, last = _place(query)
    place = tuple_(literal(behind, Instant()), literal(last, Uuid()))
    listed = rows.where(tuple_(at, key) > place, at <= clock.now() - SETTLED).order_by(at, key)
    rows_and_one = session.scalars(listed.limit(query.limit + 1)).all()
    here = rows_and_one[: query.limit]
    if here:
        behind, last = getattr(here[-1], at.key), getattr(here[-1], key.key)
    return ListPage(here, cursor_at(behind, last), len(rows_and_one) > len(here))


def cursor_at(behind: datetime, last: UUID) -> str:
    """The `next` of a page whose last row has this place."""
    return f"{behind.astimezone(UTC):{WRITTEN}}Z-{last.hex}"


def _place(query: ListQuery) -> tuple[datetime, UUID]:
    if not query.cursor:
        return query.since or FIRST, NOBODY
    cursor = CURSOR.fullmatch(query.cursor)
    try:
        if cursor is None or query.since is not None:
            raise ValueError
        return datetime.strptime(cursor[1], WRITTEN).replace(tzinfo=UTC), UUID(cursor[2])
    except ValueError as error:
        raise Invalid({"cursor": N_("This cannot be read.")}) from error


def may_list(viewer: Viewer, of: Thing) -> None:
    """Another system sees of this what people of its organisation may see."""
    if viewer.organisation_kind is None or not organisation_may(viewer.organisation_kind, Action.SEE, of):
        raise NotAllowed(N_("This is nothing for your organisation."))
