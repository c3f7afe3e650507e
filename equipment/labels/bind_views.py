"""绑码 on site: a blank label and the last digits of the stamp, in either order; a label that fell off is
replaced in one tap; what cannot be bound is said with what to do, and a code that is on another piece is a
claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.errors import Conflict
from equipment.files.actions import About, attach, take
from equipment.files.models import Attachment
from equipment.labels.claims import ON_A_PIECE, claim
from equipment.labels.forms import set_aside_form
from equipment.labels.views import pages as pages
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.people.scope import visible
from equipment.register import actions, lists
from equipment.register.binding import AFTER_LIFE
from equipment.register.models import Equipment, Label
from equipment.register.queries import Resolved, by_last_digits, piece, pieces, resolve
from equipment.register.rules import LabelStatus, Outcome
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.web.forms import checked
from equipment.web.language import translate

FEWEST_DIGITS, MOST_DIGITS = 4, 12
PHOTO = frozenset({"image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True)
class BindRequest:
    """What the address or the form says: a label, digits of a stamp, the piece that was tapped, and whether
    its label fell off or the label is claimed for it although it is on another piece."""

    text: str
    digits: str
    chosen: Equipment | None
    fell_off: bool
    claims: bool

    @property
    def marks(self) -> dict[str, str]:
        """What the next scan or tap must bring along again."""
        named = {"off": "1" if self.fell_off else "", "claim": "1" if self.claims else ""}
        return {name: value for name, value in named.items() if value}


def _request() -> BindRequest:
    values, key = request.values, request.values.get("equipment", type=UUID)
    return BindRequest(
        values.get("code", ""),
        values.get("digits", "")[:MOST_DIGITS],
        piece(web.viewer(), key) if key else None,
        values.get("off") == "1",
        values.get("claim") == "1",
    )


@pages.route("/labels/bind", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.LABEL)
def bind() -> web.Answer:
    """The label first or the digits first; an address alone binds nothing."""
    want = _request()
    if not want.text:
        return _search("", want) if want.digits else _shown(1, want)
    resolved = resolve(want.text)
    if not resolved.label_status and _are_digits(want):
        way = url_for("labels.bind", digits=want.text.strip(), claim=want.marks.get("claim"))
        return redirect(way)
    if (
        want.chosen is not None
        and resolved.equipment_id == want.chosen.id
        and resolved.label_status in (LabelStatus.BOUND, LabelStatus.LOST)
    ):
        if resolved.label_status == LabelStatus.BOUND:  # sent twice: it is done
            return _shown(3, want, code=resolved.code, equipment=want.chosen)
    elif resolved.outcome != Outcome.BLANK or _is_foreign(resolved):
        if want.claims and resolved.label_status in ON_A_PIECE:
            return _claim(resolved, want)
        if want.chosen is not None and request.method == "POST" and resolved.label_status in ON_A_PIECE:
            return _claim(resolved, want)
        return _refused(resolved, want)
    if want.chosen is not None and request.method == "POST":
        return _bind(resolved.code, want.chosen.id, want)
    return _search(resolved.code, want)


def _are_digits(want: BindRequest) -> bool:
    """Whether digits of a stamp were typed where a label is scanned: a piece found by them comes next."""
    text = want.text.strip()
    return want.chosen is None and text.isdigit() and FEWEST_DIGITS <= len(text) <= MOST_DIGITS


def _is_foreign(resolved: Resolved) -> bool:
    """A blank label that was issued to another station than the one that holds it."""
    who = web.viewer()
    return (
        who.organisation_kind is OrganisationKind.STATION
        and resolved.outcome is Outcome.BLANK
        and resolved.organisation_id not in (None, who.organisation_id)
    )


def _shown(step: int, want: BindRequest, **more: object) -> str:
    return render_template(
        "labels/bind.html",
        kind_of=kind_of,
        step=step,
        want=want,
        after_life=AFTER_LIFE,
        fewest=FEWEST_DIGITS,
        **{"problem": "", "advice": "", "other": None, "digits": "", "matches": [], "photos": {}, **more},
    )


def _search(code: str, want: BindRequest, **more: object) -> str:
    """The second step: the blank label stays scanned while its piece is looked for, or the piece comes
    first."""
    matches = (
        by_last_digits(web.viewer(), want.digits)
        if len(want.digits) >= FEWEST_DIGITS
        else [want.chosen]
        if want.chosen and not want.digits
        else []
    )
    return _shown(
        2,
        want,
        code=code,
        digits=want.digits,
        matches=matches,
        photos=_photos(matches),
        kinds=lists.categories_of(web.viewer()),
        **more,
    )


def _refused(resolved: Resolved, want: BindRequest) -> str:
    problem, advice = _why_not(resolved)
    other = next(iter(pieces(web.viewer(), [resolved.equipment_id] if resolved.equipment_id else [])), None)
    claimable = resolved.code if resolved.label_status in ON_A_PIECE else ""
    return _shown(1, want, problem=problem, advice=advice, other=other, claimable=claimable)


def _why_not(resolved: Resolved) -> tuple[str, str]:
    """(what is wrong with this label, what to do now), in the words of whoever holds it."""
    fresh = gettext("Take another blank label.")
    if _is_foreign(resolved):
        owner = lists.organisation_name(resolved.organisation_id) if resolved.organisation_id else ""
        return (
            gettext("This label was issued to %(owner)s.", owner=owner),
            gettext("Put it aside to give it back, and take one of your own."),
        )
    if resolved.label_status in ON_A_PIECE:
        return gettext("This label is on a piece already."), fresh
    if resolved.label_status == LabelStatus.REPLACED:
        return (
            gettext("This label was replaced and is never used again."),
            gettext("Take it off, cut it up and take another blank label."),
        )
    if resolved.label_status == LabelStatus.VOID:
        return (
            gettext("This label is void and is never used again."),
            gettext("Take it off, cut it up and take another blank label."),
        )
    if resolved.outcome == Outcome.FOUND:
        return gettext("This is not one of our labels."), fresh
    return (
        gettext("This is not a blank label: %(what)s", what=translate(resolved.outcome.label)),
        gettext("Scan it once more; if it stays so, take another blank label."),
    )


def _photos(matches: Sequence[Equipment]) -> dict[UUID, UUID]:
    """The newest photo of each piece."""
    rows = session.scalars(
        visible(web.viewer(), Attachment)
        .where(Attachment.equipment_id.in_([match.id for match in matches]), Attachment.media_type.in_(PHOTO))
        .order_by(Attachment.at)
    )
    return {row.equipment_id: row.id for row in rows}


def _claim(resolved: Resolved, want: BindRequest) -> web.Answer:
    """The label is on another piece: once the piece before us is tapped, that is kept for whoever decides."""
    if want.chosen is None or request.method != "POST":
        return _search(resolved.code, want)
    with transaction():
        attempt = claim(resolved.code, want.chosen, by=web.viewer())
    if attempt is None:
        return _refused(resolved, want)
    return _shown(5, want, code=resolved.code, equipment=want.chosen), 409


def _bind(code: str, equipment_id: UUID, want: BindRequest) -> web.Answer:
    """Bind, or say why not: the fault of the piece leaves the label scanned, the fault of the label leaves
    the piece chosen."""
    try:
        with transaction():
            equipment = piece(web.viewer(), equipment_id)
            label = _replace(equipment, code) if want.fell_off else None
            label = label or actions.bind_label(code, equipment, by=web.viewer())
    except Conflict as error:
        equipment, problem = piece(web.viewer(), equipment_id), web.field_texts(error)
        resolved = resolve(code)
        if (
            resolved.label_status in ON_A_PIECE and resolved.equipment_id != equipment.id
        ):  # somebody was faster
            return _claim(resolved, want)
        if equipment.label_code or equipment.status in AFTER_LIFE:
            return _search(code, want, problem=problem, other=equipment), 409
        return _shown(1, want, problem=problem), 409
    return _shown(3, want, code=label.code, equipment=equipment)


def _replace(equipment: Equipment, code: str) -> Label | None:
    """The label that fell off is reported so and replaced by this one; None where the piece has none."""
    former = session.get(Label, equipment.label_code) if equipment.label_code else None
    if former is None:
        return None
    if former.status == LabelStatus.BOUND:
        actions.report_label(former, LabelStatus.LOST, by=web.viewer())
    return actions.replace_label(former.code, code, gettext("Fallen off"), by=web.viewer())


@pages.post("/labels/set-aside")
@web.allows(Action.CHANGE, Thing.LABEL)
def set_aside() -> web.Answer:
    """待建档: a bottle nobody finds is entered with its label and a photo of stamp and ring; the office types
    the rest later."""
    who = web.viewer()
    form = set_aside_form(lists.categories_of(who))
    checked(form)
    upload = form.photo.data
    document = take(cast("BinaryIO", upload.stream), upload.filename, "photo", accept=PHOTO, field="photo")
    with transaction():
        equipment = actions.set_aside(form.code.data, form.digits.data, key=form.category.data, by=who)
        attach(About(equipment.id, equipment.area, equipment.category), document, by=who)
    return _shown(4, _request(), equipment=equipment)
