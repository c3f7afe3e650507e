"""People, their certificates and their cards (人员与卡) on the desk."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.people import accounts, credentials, papers, second_factor
from equipment.people.codes import card_number, mobile_number
from equipment.people.forms import CardForm, CertificateForm, PersonForm, RolesForm
from equipment.people.models import Card, Certificate, Organisation, User, UserRole
from equipment.people.queries import nobody_hears
from equipment.people.rules import Action, CardStatus, Role, Thing, may, roles_to_give
from equipment.people.scope import seen, visible
from equipment.people.views import area_name, area_options, form_page
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session, transaction
from equipment.web.forms import labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, paginate

pages = Blueprint("people", __name__)
OFFERED = 1000  # names of organisations that a box completes


@pages.get("/people")
@web.allows(Action.SEE, Thing.PERSON)
def listed() -> web.Answer:
    filters, who = arguments(), web.viewer()
    people = visible(who, User).join(Organisation, Organisation.id == User.organisation_id)
    if filters.get("q"):
        exact = mobile_number(filters["q"])
        people = people.where(
            or_(
                User.name.contains(filters["q"], autoescape=True),
                Organisation.name.contains(filters["q"], autoescape=True),
                User.mobile == (exact or "-"),
                User.id.in_(select(Card.user_id).where(Card.number == card_number(filters["q"]))),
            )
        )
    if filters.get("role"):
        people = people.where(User.id.in_(select(UserRole.user_id).where(UserRole.role == filters["role"])))
    if filters.get("state") != "all":
        people = people.where(User.active.is_(filters.get("state") != "closed"))
    if filters.get("state") == "waiting":
        people = people.where(User.must_change)
    page = paginate(
        people,
        {"name": User.name, "organisation": (Organisation.name, User.name), "seen": User.seen_at},
        default="name",
    )
    ids = [row.id for row in page.rows]
    certificates: dict[UUID, list[Certificate]] = {}
    for certificate in session.scalars(
        visible(who, Certificate).where(Certificate.user_id.in_(ids)).order_by(Certificate.valid_until)
    ):
        certificates.setdefault(certificate.user_id, []).append(certificate)
    may_change = may(who, Action.CHANGE, Thing.PERSON)
    may_renew = {row.id for row in page.rows if may_change and accounts.may_change(row, who)}
    own = who.organisation_id if not who.oversees and may(who, Action.CREATE, Thing.PERSON) else None
    return render_template(
        "people/people.html",
        page=page,
        roles=labelled(Role),
        certificates=certificates,
        own=own,
        may_renew=may_renew,
        may_add=may(who, Action.CREATE, Thing.PERSON),
    )


@pages.get("/people/<uuid:key>")
@web.allows(Action.SEE, Thing.PERSON)
def page(key: UUID) -> web.Answer:
    who = web.viewer()
    person = seen(who, User, key)
    return render_template(
        "people/person.html",
        person=person,
        area=area_name(person.area),
        locked=credentials.is_locked_somewhere(person, credentials.Lock.of(web.settings())),
        certificates=session.scalars(
            visible(who, Certificate)
            .where(Certificate.user_id == key)
            .order_by(Certificate.valid_until.desc())
        ).all(),
        cards=session.scalars(
            visible(who, Card).where(Card.user_id == key).order_by(Card.status.desc(), Card.uid)
        ).all(),
        may_change=may(who, Action.CHANGE, Thing.PERSON) and accounts.may_change(person, who),
        second=second_factor.factor_of(key) if web.settings().totp != "off" else None,
        may_papers=may(who, Action.CHANGE, Thing.PERSON),
    )


@pages.get("/people/new")
@web.allows(Action.CREATE, Thing.PERSON)
def choose() -> web.Answer:
    """Whose person it is, for whoever adds people to more than one organisation."""
    who, typed = web.viewer(), request.args.get("organisation", "").strip()
    named = visible(who, Organisation).where(
        or_(
            Organisation.name == typed,
            Organisation.short_name == typed,
            Organisation.credit_code == typed.upper(),
        )
    )
    organisations = session.scalars(named.limit(2)).all() if typed else ()
    if len(organisations) == 1:
        return redirect(url_for("people.new", key=organisations[0].id))
    problem = (
        gettext("There is no organisation of this name.")
        if typed and not organisations
        else gettext("Several are called so: type the credit code.")
        if organisations
        else ""
    )
    names = session.scalars(
        visible(who, Organisation)
        .with_only_columns(Organisation.name)
        .distinct()
        .order_by(Organisation.name)
        .limit(OFFERED)
    ).all()
    return (
        render_template("people/choose.html", typed=typed, problem=problem, names=names),
        422 if problem else 200,
    )


@pages.route("/organisations/<uuid:key>/people/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.PERSON)
def new(key: UUID) -> web.Answer:
    who = web.viewer()
    organisation = seen(who, Organisation, key)
    fitting = roles_to_give(who, organisation.kind)
    form = PersonForm(data={"roles": fitting} if len(fitting) == 1 else None)
    form.roles.choices = labelled(fitting)
    form.area.choices = (
        [(organisation.area, area_name(organisation.area))]
        if not who.oversees
        else [(code, name) for code, name in area_options() if code.startswith(organisation.area)]
    )
    password = accounts.one_time_password()
    hashed = credentials.hashed_password(password, "") if request.method == "POST" else ""

    def add() -> User:
        person = accounts.NewPerson(
            form.name.data,
            form.mobile.data,
            [Role(role) for role in form.roles.data],
            hashed,
            form.area.data or "",
        )
        return accounts.create_person(organisation, person, by=who)

    person = submitted(form, add)
    if person:
        return render_template("people/password_once.html", person=person, password=password), 201
    return form_page(
        form, gettext("New person"), url_for("organisations.page", key=key), note=organisation.name
    )


@pages.route("/people/<uuid:key>/edit", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.PERSON)
def edit(key: UUID) -> web.Answer:
    who = web.viewer()
    person = seen(who, User, key)
    form = RolesForm(name=person.name, roles=sorted(person.role_names))
    form.roles.choices = labelled(roles_to_give(who, person.organisation.kind))

    def change() -> User:
        accounts.rename(person, form.name.data, by=who)
        if set(form.roles.data) != person.role_names:
            accounts.give_roles(person, [Role(role) for role in form.roles.data], by=who)
        return person

    if submitted(form, change):
        flash(gettext("Saved."), "success")
        return redirect(url_for("people.page", key=key))
    return form_page(form, gettext("Name and roles"), url_for("people.page", key=key))


@pages.post("/people/<uuid:key>/reset")
@web.allows(Action.CHANGE, Thing.PERSON)
def reset(key: UUID) -> web.Answer:
    """A new one-time password, shown once."""
    person = seen(web.viewer(), User, key)
    password = accounts.one_time_password()
    hashed = credentials.hashed_password(password, person.mobile)
    with transaction():
        accounts.reset_password(person, hashed, by=web.viewer())
    return render_template("people/password_once.html", person=person, password=password)


@pages.post("/people/<uuid:key>/second/reset")
@web.allows(Action.CHANGE, Thing.PERSON)
def reset_second(key: UUID) -> Response:
    """The phone is lost and no recovery code left."""
    person = seen(web.viewer(), User, key)
    with transaction():
        accounts.take_away_second_factor(person, by=web.viewer())
    flash(gettext("The second factor was taken away; the person is told."), "success")
    return redirect(url_for("people.page", key=key))


@pages.post("/people/<uuid:key>/<any(close, open):wanted>")
@web.allows(Action.CHANGE, Thing.PERSON)
def close(key: UUID, wanted: str) -> Response:
    """The address says what is wanted, so that a second tap, or a colleague's,
    never brings back what the first has closed."""
    person = seen(web.viewer(), User, key)
    with transaction():
        if person.active and wanted == "close":
            accounts.close_account(person, by=web.viewer())
        elif not person.active and wanted == "open":
            accounts.open_account(person, by=web.viewer())
    flash(
        gettext("The account is open again.") if wanted == "open" else gettext("The account was closed."),
        "success",
    )
    left_alone = select(Organisation.name).where(Organisation.id == person.organisation_id, nobody_hears())
    if wanted == "close" and (name := session.scalar(left_alone)):
        flash(gettext("Nobody at %(name)s hears of its matters any more.", name=name), "warning")
    return redirect(url_for("people.page", key=key))


def certificate_codes() -> str:
    """The codes of certificates with what each is for, as the categories name them."""
    named = {"A": N_("Safety management")} | {
        code: label for kind in CATEGORIES for code, label in kind.operators.items()
    }
    return "、".join(f"{code} {translate(label)}" for code, label in named.items())


@pages.route("/people/<uuid:key>/certificates/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.PERSON)
def new_certificate(key: UUID) -> web.Answer:
    person = seen(web.viewer(), User, key)
    form = CertificateForm()
    form.code.description = certificate_codes()

    def add() -> Certificate:
        return papers.add_certificate(
            person,
            form.code.data,
            form.number.data,
            (form.valid_from.data, form.valid_until.data),
            by=web.viewer(),
        )

    if submitted(form, add):
        flash(gettext("The certificate was recorded."), "success")
        return redirect(url_for("people.page", key=key))
    return form_page(
        form, gettext("New or renewed certificate"), url_for("people.page", key=key), note=person.name
    )


@pages.route("/people/<uuid:key>/cards/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.PERSON)
def new_card(key: UUID) -> web.Answer:
    person = seen(web.viewer(), User, key)
    form = CardForm()
    if submitted(
        form, lambda: papers.issue_card(person, form.uid.data, form.expires_on.data, by=web.viewer())
    ):
        flash(gettext("The card was issued."), "success")
        return redirect(url_for("people.page", key=key))
    return form_page(form, gettext("New card"), url_for("people.page", key=key), note=person.name)


@pages.post("/cards/<uuid:key>/<any(lost, returned):status>")
@web.allows(Action.CHANGE, Thing.PERSON)
def end_card(key: UUID, status: str) -> Response:
    card = seen(web.viewer(), Card, key)
    with transaction():
        papers.end_card(card, CardStatus(status), by=web.viewer())
    return redirect(url_for("people.page", key=card.user_id))


@pages.route("/cards/<uuid:key>/replace", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.PERSON)
def replace_card(key: UUID) -> web.Answer:
    """A new card for a lost one: the old one ends at the same moment."""
    card = seen(web.viewer(), Card, key)
    still_ahead = card.expires_on is not None and card.expires_on >= clock.today()
    form = CardForm(expires_on=card.expires_on if still_ahead else None)
    person = session.get(User, card.user_id)
    if person is None:
        raise NotFound
    if submitted(
        form, lambda: papers.replace_card(card, form.uid.data, form.expires_on.data, by=web.viewer())
    ):
        flash(gettext("The card was replaced; the old one is no longer valid."), "success")
        return redirect(url_for("people.page", key=person.id))
    return form_page(
        form,
        gettext("Replace the card"),
        url_for("people.page", key=person.id),
        note=f"{person.name} · {card.uid}",
    )
