"""客户 and 周转 on screen, for the station alone: who has its bottles, and how fast they come round."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from equipment import web
from equipment.people.rules import Action, Thing
from equipment.people.scope import visible
from equipment.places.customers import (
    CUSTOMER_SORTS,
    add_customer,
    bottles_and_holders,
    change_customer,
    customer_of,
    customer_rows,
    customers,
    history,
)
from equipment.places.listing import place_rows
from equipment.places.models import Customer, DeliveryNote, Whereabouts
from equipment.places.queries import SORTS
from equipment.places.rotation import (
    IDLE_DAYS,
    WINDOW,
    is_number_of_days,
    rotation,
    rotation_bottles,
    rotation_rows,
)
from equipment.places.rotation import SORTS as ROTATION_SORTS
from equipment.regulation.cylinder_words import Variety
from equipment.storage.db import session
from equipment.web.forms import AtMost, Form, labelled, stripped, submitted
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("customers", __name__)
SILENCES = (30, 90, 180, 365)
NOTES = 20  # delivery notes on the page of a customer
# Only the station itself reads its customers: nobody else changes places.
READ = (Action.CHANGE, Thing.PLACE)


class CustomerForm(Form):
    name = StringField(_l("Customer"), [AtMost(60)], default="", filters=[stripped])
    address = StringField(_l("Address"), [AtMost(200)], default="", filters=[stripped])
    phone = StringField(_l("Phone"), [AtMost(30)], default="", filters=[stripped])
    active = BooleanField(_l("On the list for new delivery notes"), default=True)


@pages.route("/customers", methods=["GET", "POST"])
@web.allows(*READ)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("customers.export", filters, by=who, title=gettext("Customers")):
        return taken
    page = paginate(customers(who, filters), CUSTOMER_SORTS, default="name")
    bottles, holders = bottles_and_holders(who, filters)
    return render_template(
        "places/customers.html",
        page=replace(page, rows=customer_rows(who, page.rows)),
        bottles=bottles,
        holders=holders,
        each=bottles / holders if holders else None,
        silences=SILENCES,
    )


@pages.route("/customers/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.PLACE)
def new() -> web.Answer:
    who, is_sent = web.viewer(), request.method == "POST"
    form = CustomerForm() if is_sent else CustomerForm(formdata=None)
    if is_sent:
        made = submitted(
            form, lambda: add_customer(form.name.data, form.address.data, form.phone.data, by=who).id
        )
        if made is not None:
            return redirect(url_for("customers.show", customer_id=made))
    page = render_template("places/customer_new.html", form=form)
    return (page, form.http_status) if is_sent else page


@pages.route("/customers/<uuid:customer_id>", methods=["GET", "POST"])
@web.allows(*READ)
def show(customer_id: UUID) -> web.Answer:
    """Bottles with him now and for how long, or (`tab=all`) every time one was there."""
    who = web.viewer()
    customer = customer_of(customer_id, by=who)
    is_all = request.args.get("tab") == "all"
    asked = {"customer": str(customer.id)}
    if taken := exported("places.export", asked, by=who, title=gettext("Bottles of a customer")):
        return taken
    listed = history(who, customer)
    now = listed.where(Whereabouts.until_at.is_(None))
    page = paginate(listed if is_all else now, SORTS, default="-since", scalars=False)
    notes = visible(who, DeliveryNote).where(DeliveryNote.customer_id == customer.id)
    return render_template(
        "places/customer.html",
        customer=customer,
        row=customer_rows(who, [customer])[0],
        page=replace(page, rows=place_rows(who, page.rows)),
        is_all=is_all,
        notes=session.scalars(notes.order_by(DeliveryNote.opened_at.desc()).limit(NOTES)).all(),
    )


@pages.route("/customers/<uuid:customer_id>/edit", methods=["GET", "POST"])
@web.allows(*READ)
def edit(customer_id: UUID) -> web.Answer:
    who, is_sent = web.viewer(), request.method == "POST"
    customer = customer_of(customer_id, by=who)
    form = CustomerForm() if is_sent else CustomerForm(formdata=None, obj=customer)

    def save() -> Customer:
        return change_customer(
            customer_of(customer_id, by=who),
            form.name.data,
            form.address.data,
            form.phone.data,
            active=form.active.data,
            by=who,
        )

    if is_sent and submitted(form, save) is not None:
        flash(gettext("Saved."), "success")
        return redirect(url_for("customers.show", customer_id=customer_id))
    page = render_template("places/customer_new.html", form=form, customer_id=customer_id)
    return (page, form.http_status) if is_sent else page


@pages.get("/places/rotation")
@web.allows(Action.APPROVE, Thing.PLACE)
def turnover() -> web.Answer:
    """周转 by variety, each number with its list and its definition."""
    text = request.args.get("idle", "")
    idle_days = int(text) if is_number_of_days(text) else IDLE_DAYS
    return render_template(
        "places/rotation.html",
        rows=rotation(web.viewer(), idle_days),
        idle_days=idle_days,
        window=WINDOW,
        silences=SILENCES,
        varieties=dict(labelled(Variety)),
    )


@pages.get("/places/rotation/bottles")
@web.allows(Action.APPROVE, Thing.PLACE)
def turnover_bottles() -> web.Answer:
    """The bottles behind a number of the rotation."""
    who, filters = web.viewer(), arguments()
    page = paginate(rotation_bottles(who, filters), ROTATION_SORTS, default="own")
    return render_template(
        "places/rotation_bottles.html",
        page=replace(page, rows=rotation_rows(page.rows)),
        varieties=labelled(Variety),
        window=WINDOW,
    )
