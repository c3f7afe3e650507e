"""Switching sandboxes on and off; and the door by which whoever holds a token of one looks at what its
messages have become."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import new_id
from equipment.people.models import SignIn, User
from equipment.people.queries import device_of_token
from equipment.people.rules import Action, SignInMeans, SignInOutcome, Thing
from equipment.people.security import attempt_here
from equipment.people.signing import open_session
from equipment.sandbox import actions, opening
from equipment.sandbox.forms import EnterForm
from equipment.sandbox.models import Sandbox
from equipment.sandbox.pieces import lead, samples
from equipment.sandbox.rules import SandboxKind, kind_called
from equipment.storage.db import inside, sandbox_here, session, transaction
from equipment.web.limits import limited
from equipment.web.sandboxes import sandbox_name

pages = Blueprint("sandboxes", __name__)
KIND = "<any(station, firm, body):name>"


@pages.get("/sandboxes")
@web.allows(Action.APPROVE, Thing.SETTING)
def index() -> web.Answer:
    rows = [(kind, session.get(Sandbox, kind), samples(kind)) for kind in SandboxKind]
    return render_template("sandbox/index.html", rows=rows)


@pages.post(f"/sandboxes/{KIND}/on")
@web.allows(Action.APPROVE, Thing.SETTING)
def switch_on(name: str) -> web.Answer:
    kind = SandboxKind(name)
    with transaction():
        tokens = actions.switch_on(kind, by=web.viewer())
    opening.clear_away()
    opening.database_called(kind.database)
    return render_template("sandbox/tokens.html", kind=kind, tokens=tokens), 201


@pages.post(f"/sandboxes/{KIND}/empty")
@web.allows(Action.APPROVE, Thing.SETTING)
def empty(name: str) -> Response:
    with transaction():
        actions.empty(SandboxKind(name), by=web.viewer())
    opening.clear_away()
    flash(gettext("The sandbox is as on its first day. Its tokens stay the same."), "success")
    return redirect(url_for("sandboxes.index"))


@pages.post(f"/sandboxes/{KIND}/off")
@web.allows(Action.APPROVE, Thing.SETTING)
def switch_off(name: str) -> Response:
    with transaction():
        actions.switch_off(SandboxKind(name), by=web.viewer())
    opening.clear_away()
    flash(gettext("The sandbox is switched off. Its tokens are worth nothing any more."), "success")
    return redirect(url_for("sandboxes.index"))


@pages.get("/sandbox")
@web.signed_in
def inside_page() -> web.Answer:
    """What there is to try, for whoever is in a sandbox."""
    database = sandbox_here()
    kind = kind_called(database.name) if database else None
    if kind is None:
        raise NotFound
    return render_template("sandbox/inside.html", kind=kind, samples=samples(kind))


@pages.route("/sandbox/enter", methods=["GET", "POST"])
@limited(lambda: web.settings().sign_in_rate)
@web.public
def enter() -> web.Answer:
    """In this browser the sandbox's person is signed in from now on, whoever was before."""
    form = EnterForm()
    if not form.validate_on_submit():
        return render_template("sandbox/enter.html", form=form)
    token: str = form.token.data
    kind = kind_called(sandbox_name(token))
    database = opening.database_called(kind.database) if kind else None
    if database is not None:
        with inside(database):
            signed = _signed_in(token)
        if signed is not None:
            open_session(*signed)
            return redirect(url_for("sandboxes.inside_page"))
    form.token.errors = [gettext("This is no token of a sandbox that is switched on.")]
    return render_template("sandbox/enter.html", form=form), 422


def _signed_in(token: str) -> tuple[User, SignIn] | None:
    """The sandbox's own person, where its device shows its token."""
    if device_of_token(token) is None:
        return None
    attempt, now = attempt_here(SignInMeans.PASSWORD), clock.now()
    with transaction():
        person = lead()
        row = SignIn(
            id=new_id(),
            user_id=person.id,
            means=attempt.means,
            outcome=SignInOutcome.DONE,
            place=attempt.by_address,
            address=attempt.address[:45],
            agent=attempt.agent[:200],
            at=now,
            seen_at=now,
        )
        session.add(row)
    return person, row
