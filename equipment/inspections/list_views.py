"""Bringing a due-list back: a scanned row opens its form; 录入清单 takes the whole list at the keyboard, each row
saved by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.dues import lists
from equipment.dues.models import DueList, DueListRow
from equipment.dues.rules import NOT_RETURNED, conclusions_for
from equipment.inspections import actions
from equipment.inspections.forms import by_key, row_result, row_typed, rows_typed
from equipment.inspections.rules import Conclusion, kind_of_due, proof_of
from equipment.inspections.settling import ListPlace
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.queries import piece
from equipment.regulation.categories import category
from equipment.regulation.planning import DueKind
from equipment.regulation.settling import Proof
from equipment.storage.db import transaction
from equipment.web.forms import error_texts
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("entering", __name__)
SUPERVISION_KEYS = {"1": actions.NO_PROBLEM, "2": actions.PROBLEM}


@dataclass(frozen=True, slots=True)
class EnteredRow:
    """One row of the page: what the list says, what was typed, what is wrong with it, what came of it."""

    row: DueListRow
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_out(self) -> bool:
        return self.row.state in NOT_RETURNED

    @property
    def conclusion(self) -> Conclusion:
        return Conclusion(self.row.result)

    @property
    def id(self) -> str:
        """What makes sending a row twice record it once."""
        return self.typed.get("id") or str(new_id())

    @property
    def keys(self) -> str:
        """The keys this row takes, to check while typing."""
        return "".join(conclusions_of(self.row))

    @property
    def shares_report(self) -> bool:
        """Whether one report covers a lot of such pieces; else each has its own number, the next of a
        series."""
        return category(self.row.snapshot["category"]).shares_report


def conclusions_of(row: DueListRow) -> dict[str, Conclusion]:
    """The conclusions such a row may come back with, by their keys."""
    return by_key(conclusions_for(category(row.snapshot["category"]), DueKind(row.snapshot["kind"])))


def key_texts(rows: Iterable[EnteredRow]) -> list[tuple[str, str]]:
    """What the keys of these rows mean (msgids); what passes after rectification has a form of its own."""
    meanings = {
        (key, conclusion.label)
        for entered in rows
        if entered.is_out
        for key, conclusion in conclusions_of(entered.row).items()
        if conclusion is not Conclusion.CORRECTED
    }
    return sorted(meanings)


@pages.get("/L/<code>/<int:row_no>")
@web.allows(Action.SEE, Thing.DUE_LIST)
def scanned(code: str, row_no: int) -> web.Answer:
    """The address of a printed row: whoever brings the list back gets the row's form, others the piece."""
    who = web.viewer()
    due_list = lists.list_of_code(who, code)
    row = lists.row_of(due_list, row_no)
    if row.inspection_id is not None:
        return redirect(
            url_for("inspections.show", equipment_id=row.equipment_id, inspection_id=row.inspection_id)
        )
    if not lists.may_fill_in(who, due_list) or row.state not in NOT_RETURNED:
        return redirect(url_for("life.whole", equipment_id=row.equipment_id))
    if lists.is_supervision(who):
        return render_template("inspections/check.html", made=due_list, entry=EnteredRow(row))
    if may(who, Action.CREATE, Thing.INSPECTION):
        kind = kind_of_due(row.snapshot["kind"]) or ""
        return redirect(
            url_for(
                "inspections.new",
                equipment_id=row.equipment_id,
                list=due_list.code,
                row=row.row_no,
                kind=kind,
            )
        )
    return redirect(url_for("life.whole", equipment_id=row.equipment_id))


@pages.route("/due-lists/<uuid:list_id>/enter", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.DUE_LIST)
def enter(list_id: UUID) -> web.Answer:
    """录入清单: the rows of the print in its order. Without scripts one button saves all rows that were filled
    in."""
    who = web.viewer()
    due_list = _mine(who, list_id)
    entered: dict[int, EnteredRow] = {}
    if request.method == "POST":
        entered = {
            number: save(who, due_list, number, typed)
            for number, typed in rows_typed().items()
            if typed["key"].strip()
        }
        saved = sum(not answer.problems for answer in entered.values())
        flash(ngettext("%(num)d row saved", "%(num)d rows saved", saved), "success" if saved else "warning")
        if saved == len(entered):
            return redirect(request.full_path)
    rows = lists.rows_of(due_list)
    if request.args.get("rows") == "out":
        rows = rows.where(DueListRow.state.in_(NOT_RETURNED))
    page = paginate(rows, {"row": DueListRow.row_no}, default="row")
    page = replace(page, rows=[entered.get(row.row_no) or EnteredRow(row) for row in page.rows])
    returns = lists.returns_of([due_list])[due_list.id]
    return render_template(
        "inspections/enter.html",
        made=due_list,
        page=page,
        standing=returns,
        keys=key_texts(page.rows),
        shares={row.shares_report for row in page.rows if row.is_out},
        supervision=lists.is_supervision(who),
    ), (422 if entered else 200)


@pages.post("/due-lists/<uuid:list_id>/enter/<int:row_no>")
@web.allows(Action.CHANGE, Thing.DUE_LIST)
def enter_row(list_id: UUID, row_no: int) -> web.Answer:
    """One row, from the keyboard page or from a scanned row; the answer is the row as it now stands."""
    who = web.viewer()
    due_list = _mine(who, list_id)
    answer = save(who, due_list, row_no, row_typed(row_no))
    if web.wants_fragment():
        return render_template(
            "inspections/_entry.html", made=due_list, entry=answer, supervision=lists.is_supervision(who)
        )
    if answer.problems:
        return render_template("inspections/check.html", made=due_list, entry=answer), 422
    return redirect(url_for("due_lists.show", list_id=due_list.id))


def _mine(viewer: Viewer, list_id: UUID) -> DueList:
    due_list = lists.due_list(viewer, list_id)
    if not lists.may_fill_in(viewer, due_list):
        raise NotFound
    return due_list


def save(viewer: Viewer, due_list: DueList, row_no: int, typed: Mapping[str, str]) -> EnteredRow:
    """Save one row in a transaction of its own; what is wrong with it comes back beside what was typed."""
    row = lists.row_of(due_list, row_no)
    try:
        with transaction():
            due_list = lists.due_list(viewer, due_list.id)
            if lists.is_supervision(viewer):
                _checked(viewer, due_list, row, typed)
            else:
                _inspected(viewer, due_list, row, typed)
    except Invalid as refusal:
        return EnteredRow(lists.row_of(due_list, row_no), typed, error_texts(refusal))
    except NotAllowed as refusal:
        return EnteredRow(row, typed, {"": translate(refusal.message)})
    return EnteredRow(lists.row_of(due_list, row_no))


def _inspected(viewer: Viewer, due_list: DueList, row: DueListRow, typed: Mapping[str, str]) -> None:
    if not may(viewer, Action.CREATE, Thing.INSPECTION):
        raise NotAllowed
    kind = kind_of_due(row.snapshot["kind"])
    if kind is None or proof_of(category(row.snapshot["category"]), kind) is not Proof.RESULT:
        raise Invalid({"": N_("Only inspections and self-tests are entered here.")})
    actions.record(
        piece(viewer, row.equipment_id),
        row_result(typed, kind, conclusions_of(row)),
        by=viewer,
        row=ListPlace(due_list, row.row_no),
    )


def _checked(viewer: Viewer, due_list: DueList, row: DueListRow, typed: Mapping[str, str]) -> None:
    """监察员: nothing found, or a finding with its words."""
    key, remark = typed.get("key", "").strip(), typed.get("remark", "").strip()
    if key not in SUPERVISION_KEYS:
        raise Invalid({"key": N_("1 no problem, 2 problem found")})
    found_problem = SUPERVISION_KEYS[key] == actions.PROBLEM
    if found_problem and not remark:
        raise Invalid({"remark": gettext("Say what is wrong.")})
    actions.check_row(
        piece(viewer, row.equipment_id),
        ListPlace(due_list, row.row_no),
        remark if found_problem else "",
        by=viewer,
        key=id_in(typed.get("id", "")),
    )
