"""标签台账 on the desk: where labels are, what became of them, what share falls off, handouts with their
receipts, codes that two pieces are said to carry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in
from equipment.core.months import add_months, month_start
from equipment.core.words import N_, Message
from equipment.labels import listing, queries
from equipment.labels.claims import claim_of, claims, decide, may_decide
from equipment.labels.forms import ClaimForm, HandoutForm, HandoutReceiptForm
from equipment.labels.handouts import (
    DIFFERING,
    TO_SIGN,
    NotThere,
    Receiver,
    hand_out,
    handout_of,
    handouts_in,
    sign_for,
    take_back,
)
from equipment.labels.layouts import is_sample
from equipment.labels.models import LabelBatch, LabelClaim, LabelHandout
from equipment.labels.rules import ClaimState, LedgerState, loss_definition, numbers_in
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register import lists
from equipment.register.models import Equipment, Label, LabelStep
from equipment.register.queries import pieces, resolve
from equipment.register.rules import LabelStepKind
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("label_ledger", __name__)
EXPORT, RECEIPT = "labels.export", "labels.receipt"
MONTHS = 12  # of one organisation, in a row
HOLDERS = (OrganisationKind.STATION, OrganisationKind.USE_UNIT)


def months_back(count: int) -> list[date]:
    """The first days of this month and of those before it, the newest first."""
    this = month_start(clock.today())
    return [add_months(this, -back) for back in range(count)]


@pages.route("/labels/ledger", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LABEL)
def ledger() -> web.Answer:
    """Every label and where it is; the counts above the list add up to what was issued."""
    who, args = web.viewer(), arguments()
    asked_for = {**args, "list": listing.LABELS}
    if taken := exported(EXPORT, asked_for, by=who, title=gettext("Label ledger")):
        return taken
    sorts = {"issued": (Label.issued_at, Label.number, Label.code), "bound": (Label.bound_at, Label.code)}
    page = paginate(queries.labels(who, args), sorts, default="-issued")
    counts = queries.counts(who, args)
    return render_template(
        "labels/ledger.html",
        page=page,
        args=args,
        counts=counts,
        issued=sum(counts.values()),
        states=[(state.value, translate(state.label)) for state in LedgerState],
        state_of=listing.state_of,
        batches=listing.batches_of(page.rows),
        names=lists.names_of(row.organisation_id for row in page.rows),
        serials=listing.serials_of(page.rows),
        months=_months(),
        organisations=_holders(),
    )


@pages.route("/labels/steps", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LABEL)
def steps() -> web.Answer:
    """标签流水: what became of labels, by kind, organisation and month."""
    who, args = web.viewer(), arguments()
    if taken := exported(EXPORT, {**args, "list": listing.STEPS}, by=who, title=gettext("Label steps")):
        return taken
    sorts = {"at": (LabelStep.at, LabelStep.id)}
    page = paginate(queries.steps(who, args), sorts, default="-at")
    kinds = [(kind.value, translate(kind.label)) for kind in LabelStepKind]
    return render_template(
        "labels/steps.html",
        page=page,
        args=args,
        kinds=[(queries.OFF_FILTER, gettext("Fallen off or damaged")), *kinds],
        names=lists.names_of(row.organisation_id for row in page.rows),
        serials=listing.serials_of(page.rows),
        people=listing.people_of(row.user_id for row in page.rows),
        months=_months(),
        organisations=_holders(),
    )


def _months() -> list[tuple[str, str]]:
    return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months_back(24)]


def _holders() -> list[tuple[str, str]]:
    """Whose labels whoever oversees several can ask for."""
    who = web.viewer()
    if not who.oversees:
        return []
    rows = visible(who, Organisation).where(Organisation.kind.in_(HOLDERS)).order_by(Organisation.name)
    return [(str(row.id), row.name) for row in session.scalars(rows)]


@pages.get("/labels/losses")
@web.allows(Action.SEE, Thing.LABEL)
def losses() -> web.Answer:
    """标签脱损率 of a month by organisation, or of one organisation month by month. Each number opens the steps
    that it counts."""
    who, args = web.viewer(), arguments()
    month = queries.month_in(args.get("month", "")) or month_start(clock.today())
    own = who.organisation_id if not who.oversees else None
    one = own or id_in(args.get("organisation", ""))
    if one is not None:
        run = sorted(add_months(month, -back) for back in range(MONTHS))
        of_one = queries.losses_of(who, one, run)
        rows = [(one, when, loss) for when, loss in zip(run, of_one, strict=True)]
        rows.reverse()
    else:
        of_month = queries.losses(who, month)
        rows = [(key, month, loss) for key, loss in of_month.items()]
        rows.sort(key=lambda row: (-(row[2].rate or 0), -row[2].bound))
    definition = loss_definition(month)
    return render_template(
        "labels/losses.html",
        rows=rows,
        names=lists.names_of(row[0] for row in rows),
        month=f"{month:%Y-%m}",
        one=one,
        by_month=one is not None,
        months=_months(),
        organisations=_holders(),
        definition=definition,
        formula=definition.formula(str(get_locale())),
    )


@pages.get("/labels/of/<code>")
@web.allows(Action.SEE, Thing.LABEL)
def label(code: str) -> web.Answer:
    """The whole life of one label."""
    who = web.viewer()
    row = session.scalar(
        visible(who, Label).where(Label.code == (resolve(code).code or code), queries.may_read(who))
    )
    if row is None:
        raise NotFound
    moments = queries.life_of(who, row)
    wanted = [moment.equipment_id for moment in moments if moment.equipment_id] + [row.equipment_id]
    return render_template(
        "labels/label.html",
        label=row,
        state=listing.state_of(row),
        moments=moments,
        batch=listing.batches_of([row]).get(row.batch_id),
        holder=lists.names_of([row.organisation_id] if row.organisation_id else []),
        names=lists.names_of(moment.organisation_id for moment in moments if moment.organisation_id),
        people=listing.people_of(moment.user_id for moment in moments),
        pieces={piece.id: piece for piece in pieces(who, {key for key in wanted if key})},
        may_report=may(who, Action.CHANGE, Thing.LABEL),
    )


@pages.route("/labels/handouts", methods=["GET"])
@web.allows(Action.SEE, Thing.LABEL)
def handed_out() -> web.Answer:
    """标签发放记录: given, received, taken back."""
    who = web.viewer()
    rows = handouts_in(who, arguments().get("state", ""))
    page = paginate(rows, {"at": (LabelHandout.at, LabelHandout.id)}, default="-at")
    states = [(TO_SIGN, gettext("To sign for")), (DIFFERING, gettext("With differences"))]
    return render_template("labels/handouts.html", page=page, states=states, **_parties(page.rows))


def _parties(rows: Iterable[LabelHandout]) -> dict[str, object]:
    """Names around handouts, and what the viewer may do with each."""
    who, rows = web.viewer(), list(rows)
    people = [key for row in rows for key in (row.user_id, row.to_user_id, row.received_by, row.returned_by)]
    organisations = [key for row in rows for key in (row.organisation_id, row.to_organisation_id)]
    gives = may(who, Action.CREATE, Thing.LABEL)
    return {
        "people": listing.people_of(people),
        "names": lists.names_of(organisations),
        "may_sign": {
            row.id
            for row in rows
            if row.to_organisation_id == who.organisation_id
            and row.to_user_id in (None, who.user_id)
            and (row.to_user_id is not None or row.user_id != who.user_id)
            and row.received_at is None
            and row.returned_at is None
        },
        "may_return": {
            row.id
            for row in rows
            if gives
            and row.returned_at is None
            and (who.oversees or row.organisation_id == who.organisation_id)
        },
        "receipts": gives,
    }


@pages.route("/labels/batches/<uuid:batch_id>/hand-out", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.LABEL)
def hand(batch_id: UUID) -> web.Answer:
    """Blank labels of a batch, number from to, for a person, a post or another organisation."""
    who = web.viewer()
    batch = session.scalar(visible(who, LabelBatch).where(LabelBatch.id == batch_id))
    if batch is None:
        raise NotFound
    people = _people(batch.organisation_id)
    form = HandoutForm()
    form.person.choices = [("", "—"), *((str(user.id), user.name) for user in people)]
    if not who.oversees:
        del form.organisation
    handout = submitted(
        form, lambda: hand_out(batch, form.first_no.data, form.last_no.data, _receiver(form, batch), by=who)
    )
    if handout is not None:
        flash(gettext("Handed out: print the receipt and have it signed."), "success")
        return redirect(url_for("label_ledger.handed_out"))
    page = render_template(
        "labels/hand_out.html",
        form=form,
        batch=batch,
        holder=lists.organisation_name(batch.organisation_id),
        counts=queries.counts_of_batches([batch.id])[batch.id],
        free=queries.free_numbers(batch.id),
        organisations=lists.organisations(HOLDERS) if who.oversees else (),
    )
    return (page, form.http_status) if form.is_submitted() else page


def _people(organisation_id: UUID) -> list[User]:
    rows = select(User).where(User.organisation_id == organisation_id, User.active).order_by(User.name)
    return list(session.scalars(rows))


def _receiver(form: HandoutForm, batch: LabelBatch) -> Receiver:
    name = form.organisation.data if "organisation" in form else ""
    to = lists.organisation_named(name, HOLDERS) if name else batch.organisation_id
    if to is None:
        raise Invalid({"organisation": N_("There is no organisation of this name.")})
    return Receiver(to, id_in(form.person.data or ""), form.post.data or "")


@pages.post("/labels/handouts/<uuid:handout_id>/sign")
@web.allows(Action.CHANGE, Thing.LABEL)
def sign(handout_id: UUID) -> web.Answer:
    """签收: all of it is there."""
    with transaction():
        sign_for(_handout(handout_id), by=web.viewer())
    return redirect(url_for("label_ledger.handed_out"))


@pages.route("/labels/handouts/<uuid:handout_id>/differing", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.LABEL)
def sign_differing(handout_id: UUID) -> web.Answer:
    """签收 with what is not there."""
    handout, form = _handout(handout_id), HandoutReceiptForm()
    if submitted(form, lambda: _sign_differing(handout_id, form)):
        flash(gettext("Signed for; whoever handed them out sees what was not there."), "success")
        return redirect(url_for("label_ledger.handed_out"))
    page = render_template("labels/differing.html", form=form, row=handout, **_parties([handout]))
    return (page, form.http_status) if form.is_submitted() else page


def _sign_differing(handout_id: UUID, form: HandoutReceiptForm) -> LabelHandout:
    handout = _handout(handout_id)
    numbers = numbers_in(form.missing.data, handout.last_no)
    if isinstance(numbers, Message):
        raise Invalid({"missing": numbers})
    return sign_for(handout, by=web.viewer(), not_there=NotThere(numbers, form.remark.data))


@pages.post("/labels/handouts/<uuid:handout_id>/return")
@web.allows(Action.CREATE, Thing.LABEL)
def give_back(handout_id: UUID) -> web.Answer:
    """What is still blank comes back into the stock."""
    with transaction():
        handout = take_back(_handout(handout_id), by=web.viewer())
    flash(gettext("%(num)s labels are in stock again.", num=handout.returned_labels), "success")
    return redirect(url_for("label_ledger.handed_out"))


@pages.post("/labels/handouts/<uuid:handout_id>/receipt")
@web.allows(Action.CREATE, Thing.LABEL)
def print_receipt(handout_id: UUID) -> web.Answer:
    """发放签收单, a PDF with two lines to sign."""
    handout, settings = _handout(handout_id), _settings()
    with transaction():
        task = enqueue(
            RECEIPT,
            {"handout": str(handout.id), "sample": is_sample(settings)},
            by=web.viewer(),
            title=gettext("Receipt for labels"),
            locale=str(get_locale()),
        )
    return redirect(url_for("tasks.task", task_id=task.id))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _handout(key: UUID) -> LabelHandout:
    handout = handout_of(key, by=web.viewer())
    if handout is None:
        raise NotFound
    return handout


@pages.get("/labels/claims")
@web.allows(Action.SEE, Thing.LABEL)
def claimed() -> web.Answer:
    """一码两瓶: the list to work off, open ones first."""
    who, args = web.viewer(), arguments()
    rows = claims(who, only_open=not args.get("all"))
    page = paginate(rows, {"at": (LabelClaim.at, LabelClaim.id)}, default="-at")
    keys = {key for row in page.rows for key in (row.equipment_id, row.claimed_id)}
    own: dict[UUID, Equipment] = {piece.id: piece for piece in pieces(who, keys)}
    return render_template(
        "labels/claims.html",
        page=page,
        args=args,
        pieces=own,
        kind_of=kind_of,
        names=lists.names_of(row.organisation_id for row in page.rows),
        people=listing.people_of(key for row in page.rows for key in (row.user_id, row.decided_by)),
        open=ClaimState.OPEN,
        may_change=may(who, Action.CHANGE, Thing.LABEL),
    )


@pages.post("/labels/claims/<uuid:equipment_id>/<uuid:claim_id>")
@web.allows(Action.CHANGE, Thing.LABEL)
def settle(equipment_id: UUID, claim_id: UUID) -> web.Answer:
    """It stays where it is, or the code ends and both pieces get new labels."""
    form = ClaimForm()
    attempt = claim_of(equipment_id, claim_id, by=web.viewer())
    if not may_decide(attempt, web.viewer()):
        raise NotFound
    checked(form)
    with transaction():
        decide(attempt, ClaimState(form.decision.data), form.reason.data, by=web.viewer())
    flash(gettext("Decided."), "success")
    return redirect(url_for("label_ledger.claimed"))
