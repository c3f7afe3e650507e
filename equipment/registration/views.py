"""使用登记办理: the papers for the registration authority, of ticked pieces, of a list, or of one piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale

from equipment import web
from equipment.core import clock
from equipment.core.ids import id_in
from equipment.people.models import User
from equipment.people.rules import Action, Thing
from equipment.register.lists import organisation_name
from equipment.register.models import Equipment
from equipment.registration import queries
from equipment.registration.forms import ChosenForForm, RegistrationForm, paper_form
from equipment.registration.rules import FormKind, FormPiece, by_build, gaps
from equipment.regulation.queries import registration_forms_confirmed
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.queries import wait_for
from equipment.tasks.rules import lane_of
from equipment.web.forms import checked
from equipment.web.language import translate
from equipment.web.pages import arguments

pages = Blueprint("registration", __name__, url_prefix="/registration")
FORMATS = ("pdf", "xlsx")


@dataclass(frozen=True, slots=True)
class OfferedPaper:
    """One paper as the page offers it: its pieces, what of it nobody knows, who may stand as safety manager,
    and why it cannot be printed where it cannot."""

    form: FormKind
    count: int
    unit: str
    builds: Sequence[tuple[str, int]]
    lacking: Sequence[tuple[str, int]]
    with_reason: int
    reasons: Sequence[str]
    input: RegistrationForm
    more_units: bool = False

    @property
    def too_many(self) -> bool:
        return self.count > queries.MOST


@pages.route("", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def choose() -> web.Answer:
    """Which paper, for what, and what of it will stay blank."""
    ids: list[UUID] = ChosenForForm().id.data if request.method == "POST" else []
    if piece := id_in(request.args.get("piece", "")):
        ids = [piece]
    return _page(ids, _filters())


def _filters() -> dict[str, str]:
    return {name: value for name, value in arguments().items() if name != "piece"}


def _page(ids: Sequence[UUID], filters: Mapping[str, str]) -> str:
    offered = [paper for form in FormKind if (paper := _offered(form, ids, filters)) is not None]
    return render_template(
        "registration/choose.html",
        offered=offered,
        ids=ids,
        filters=filters,
        most=queries.MOST,
        confirmed=registration_forms_confirmed(clock.today()),
    )


def _offered(form: FormKind, ids: Sequence[UUID], filters: Mapping[str, str]) -> OfferedPaper | None:
    """None where no piece is for this paper."""
    pieces = queries.of_form(queries.chosen(web.viewer(), filters, ids), form)
    count = queries.how_many(pieces)
    if not count:
        return None
    units = queries.units_of(pieces)
    of_many = len(units) > 1 and form is not FormKind.VEHICLE
    shown = paper_form(form, fresh=True)
    managers = queries.managers_of(units[0]) if len(units) == 1 else []
    shown.manager.choices = [(str(person.id), f"{person.name} {person.mobile}") for person in managers]
    if of_many or count > queries.MOST:
        return OfferedPaper(form, count, "", (), (), 0, (), shown, more_units=of_many)
    say = partial(translate, locale=str(get_locale()))
    rows: list[tuple[Equipment, FormPiece]] = list(queries.form_pieces(pieces, say))
    stated = [piece for _row, piece in rows]
    manager: User | None = managers[0] if managers else None
    unit = queries.form_unit(units[0], {row.owner_id for row, _piece in rows}, manager)
    reasons = [piece.reason for piece in stated if piece.reason]
    return OfferedPaper(
        form,
        count,
        organisation_name(units[0]) if len(units) == 1 and units[0] else "",
        by_build(stated),
        gaps(form, unit, stated),
        len(reasons),
        sorted(set(reasons))[:20],
        shown,
    )


@pages.post("/<any(lot, vehicle, end):form>")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def print_form(form: str) -> web.Answer:
    """The paper as PDF, or its rows as a workbook."""
    who, kind = web.viewer(), FormKind(form)
    sent = paper_form(kind, fresh=False)
    checked(sent)
    ids: list[UUID] = sent.id.data
    filters = {} if ids else _filters()
    count = queries.how_many(queries.of_form(queries.chosen(who, filters, ids), kind))
    wanted = sent.format.data if sent.format.data in FORMATS else FORMATS[0]
    with transaction():
        task = enqueue(
            "registration.form",
            {
                "form": form,
                "kind": sent.kind.data,
                "reason": sent.reason.data if kind is FormKind.END else "",
                "manager": str(id_in(sent.manager.data or "") or ""),
                "format": wanted,
                "sample": web.settings().is_demo,
                **({"ids": [str(key) for key in ids]} if ids else {"asked": filters}),
            },
            by=who,
            title=f"{translate(kind.label)} {clock.today().isoformat()}",
            locale=str(get_locale()),
            lane=lane_of(count),
        )
    wait_for(task, 3)
    return redirect(url_for("tasks.task", task_id=task.id))
