"""Lists: filters in the address bar, a count, a sort, a page, and all of it as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response as BaseResponse

from equipment.people.queries import areas_below
from equipment.people.rules import OrganisationKind, Viewer
from equipment.storage.columns import Sorts
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.queries import export_of

SIZE = 50
LAST_PAGE = 1_000_000  # a number beyond what a database counts is nobody's page
FORMATS = ("xlsx", "csv")
# beyond this a list says "more than 10,000": counting half a million rows is not what the reader waits for
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Page:
    """One page of a list. `total` is exact up to COUNT_LIMIT; `more` says that there are more than that."""

    rows: list[Any]  # rows of the list's model, or what a view makes of them
    total: int
    more: bool
    number: int
    size: int
    sort: str
    args: Mapping[str, str] = field(default_factory=dict)
    amounts: Sequence[tuple[float, str]] = ()  # how many of which unit, where rows are pieces

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)


def arguments() -> dict[str, str]:
    """The filters of this request, without the empty ones."""
    return {
        name: value.strip()
        for name, value in request.args.items()
        if value.strip() and name not in ("page", "sort", "format", "_")
    }


def paginate(
    rows_wanted: Select[*tuple[Any, ...]],
    sorts: Sorts,
    *,
    default: str,
    scalars: bool = True,
    wide: Select[*tuple[Any, ...]] | None = None,
) -> Page:
    """The asked-for page of `rows_wanted`. `sorts` maps a name to a column (or a tuple of columns);
    `-name` descends.

    `wide` is the same list asked in another way, which is taken when it is long (see `db.walked`)."""
    sort = request.args.get("sort", default)
    name = sort.removeprefix("-")
    if name not in sorts:
        sort, name = default, default.removeprefix("-")
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    chosen_sort = sorts[name]
    columns = chosen_sort if isinstance(chosen_sort, tuple) else (chosen_sort,)
    total = counted(rows_wanted)
    chosen = wide if wide is not None and total > COUNT_LIMIT else rows_wanted
    ordered = chosen.order_by(None).order_by(
        *(column.desc() if sort.startswith("-") else column.asc() for column in columns)
    )
    limited = ordered.limit(SIZE).offset((number - 1) * SIZE)
    rows = list(session.scalars(limited).unique() if scalars else session.execute(limited))
    return Page(rows, min(total, COUNT_LIMIT), total > COUNT_LIMIT, number, SIZE, sort, arguments())


def counted(rows_wanted: Select[*tuple[Any, ...]]) -> int:
    """How many rows, up to COUNT_LIMIT + 1."""
    ones = rows_wanted.order_by(None).with_only_columns(1, maintain_column_froms=True)
    inner = ones.limit(COUNT_LIMIT + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def area_options(viewer: Viewer) -> list[tuple[str, str]]:
    """What an area filter offers whoever works in more than one, as supervisors and inspectors do:
    code and name, each level set in below its own."""
    everywhere = viewer.organisation_kind == OrganisationKind.BODY
    areas = areas_below("" if everywhere else viewer.area) if everywhere or viewer.oversees else []
    english = str(get_locale()) == "en"
    shortest = min((len(area.code) for area in areas), default=0)
    return [
        (
            area.code,
            "　" * ((len(area.code) - shortest) // 2)
            + (area.name_en if english and area.name_en else area.name),
        )
        for area in areas
    ]


def page_url(**changes: object) -> str:
    """This list's address with some arguments changed; None drops one."""
    args = {**request.args.to_dict(), **changes}
    stated = {name: value for name, value in args.items() if value not in (None, "")}
    return f"{request.path}?{urlencode(stated)}"


def exported(kind: str, filters: Mapping[str, object], *, by: Viewer, title: str) -> BaseResponse | None:
    """The whole list as the file that `format` asks for, if a form does (a link that is followed makes no
    work), by the task `kind` from the `filters`; one at a time for each person."""
    wanted = request.args.get("format")
    if request.method != "POST" or wanted not in FORMATS:
        return None
    with transaction():
        if under_way := export_of(by):
            flash(
                gettext("Your last export is still being made. Ask for the next when it is here."), "warning"
            )
            return redirect(url_for("tasks.task", task_id=under_way))
        task = enqueue(
            kind, {"format": wanted, "asked": filters}, by=by, title=title, locale=str(get_locale())
        )
    return redirect(url_for("tasks.task", task_id=task.id))
