"""The day of a filling station on its owner's first page: what was filled against yesterday and the week,
what waits, what was refused and why, what came in."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from urllib.parse import urlencode

import orjson
from flask import url_for
from flask_babel import get_locale
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.verdict import Effect, ReasonJson
from equipment.core.words import N_, Message
from equipment.fills import queries
from equipment.fills.deliveries import counts_of, deliveries
from equipment.fills.listing import OF_INSTRUMENT, filtered, no_code_filtered
from equipment.fills.models import Delivery, Fill, Scan
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.storage.db import session

WEEK_DAYS, MONTH_DAYS = 7, 30
BOTTLES = N_("%(num)s bottles")
BOTTLES_KG = N_("%(num)s bottles, %(kg)s kg")


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the owner of a station: every figure opens the list of just what it counts; the bureau sees what
    was filled on instruments out of order."""
    on = clock.today()
    if viewer.oversees and may(viewer, Action.SEE, Thing.FILL):
        return _unverified(viewer, on)
    if viewer.organisation_kind != OrganisationKind.STATION or Role.STATION_OWNER not in viewer.roles:
        return []
    own = [*_filled(viewer, on), _unfinished(viewer), *_refused(viewer, on), _taken_in(viewer, on)]
    return [*own, *_unverified(viewer, on)]


def _unverified(viewer: Viewer, on: date) -> list[HomeCard]:
    """Fills of a month whose scale or gauge was past its verification, had failed it or was out of
    service."""
    since = on - timedelta(days=MONTH_DAYS)
    filters = {"flag": OF_INSTRUMENT, "on_from": since.isoformat(), "on_until": on.isoformat()}
    if not viewer.oversees:
        filters["station"] = str(viewer.organisation_id)
    fills = filtered(viewer, filters)
    number = session.scalar(select(func.count()).select_from(fills.subquery())) or 0
    if not number:
        return []
    return [
        HomeCard(
            "fills.unverified",
            Message(N_("Filled on a scale or gauge not in order")),
            number,
            f"{url_for('fills.listing')}?{urlencode(filters)}",
            "red",
            unit=Message(N_("bottles")),
            note=Message(N_("in the last %(num)d days"), {"num": MONTH_DAYS}),
            icon="scale",
            rank=79,
        )
    ]


def _day_url(viewer: Viewer, on: date, **filters: str) -> str:
    """The list of this station's fills of one day."""
    days = {"on_from": on.isoformat(), "on_until": on.isoformat()}
    query = {**filters, **days, "station": str(viewer.organisation_id)}
    return f"{url_for('fills.listing')}?{urlencode(query)}"


def _filled(viewer: Viewer, on: date) -> list[HomeCard]:
    """Bottles and kg of today beside all of yesterday and the mean of the seven days before today; by gas."""
    fills = (
        queries.at_station(viewer)
        .where(
            Fill.on.between(on - timedelta(days=WEEK_DAYS), on),
            Fill.state == FillState.FILLED,
            Fill.bundle_fill_id.is_(None),
        )
        .with_only_columns(Fill.on, Fill.gas, func.count(), func.sum(Fill.net_g))
        .group_by(Fill.on, Fill.gas)
    )
    bottles, grams = Counter[date](), Counter[date]()
    by_gas: dict[str, tuple[int, int]] = {}
    for day, gas, number, net_g in session.execute(fills):
        bottles[day] += number
        grams[day] += net_g or 0
        if day == on:
            by_gas[gas] = (number, net_g or 0)
    gases, language = pack_of(on).gases, str(get_locale())
    rows = [
        CardRow(
            f"{gases[gas].name.in_language(language)} {gas}" if gas in gases else gas,
            _day_url(viewer, on, state=FillState.FILLED, gas=gas),
            note=_amount(number, net_g),
        )
        for gas, (number, net_g) in sorted(by_gas.items(), key=lambda row: -row[1][0])
    ]
    url = _day_url(viewer, on, state=FillState.FILLED)
    compared = N_("yesterday %(yesterday)s · daily mean of the 7 days before %(mean)s")
    yesterday, week = on - timedelta(days=1), [on - timedelta(days=back) for back in range(1, WEEK_DAYS + 1)]
    mean_bottles = sum(bottles[day] for day in week) / WEEK_DAYS
    mean_kg = sum(grams[day] for day in week) / WEEK_DAYS / 1000
    return [
        HomeCard(
            "fills.bottles",
            Message(N_("Filled today")),
            bottles[on],
            url,
            unit=Message(N_("bottles")),
            note=Message(compared, {"yesterday": f"{bottles[yesterday]:,}", "mean": f"{mean_bottles:,.0f}"}),
            icon="gas-station",
            rank=1,
            rows=rows,
        ),
        HomeCard(
            "fills.kg",
            Message(N_("Net filled today")),
            f"{grams[on] / 1000:,.1f}",
            url,
            unit=Message("kg"),
            note=Message(
                compared, {"yesterday": f"{grams[yesterday] / 1000:,.1f} kg", "mean": f"{mean_kg:,.1f} kg"}
            ),
            icon="scale",
            rank=2,
        ),
    ]


def _amount(number: int, net_g: int) -> Message:
    """Compressed gases are counted in bottles alone."""
    kg = f"{net_g / 1000:,.1f}"
    return Message(BOTTLES_KG if net_g else BOTTLES, {"num": f"{number:,}", "kg": kg})


def _unfinished(viewer: Viewer) -> HomeCard:
    """未完成: scanned long ago, and nobody said how it came out."""
    waiting = queries.unfinished(viewer, clock.now()).where(Fill.organisation_id == viewer.organisation_id)
    number = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    return HomeCard(
        "fills.unfinished",
        Message(N_("Unfinished")),
        number,
        url_for("fills.listing", tab="unfinished", station=str(viewer.organisation_id)),
        "red" if number else "green",
        unit=Message(N_("bottles")),
        icon="clock",
        rank=3,
    )


def _refused(viewer: Viewer, on: date) -> list[HomeCard]:
    """Bottles refused today; a bottle counts under each reason that its verdict names."""
    refused = (
        queries.at_station(viewer)
        .where(Fill.on == on, Fill.state == FillState.REFUSED)
        .with_only_columns(Fill.verdict)
    )
    verdicts = session.scalars(refused).all()
    no_codes = _no_code_verdicts(viewer, on)
    every = [*verdicts, *no_codes]
    by_code = Counter(code for verdict in every for code in {reason["code"] for reason in verdict})
    refusing = {reason["code"] for verdict in every for reason in verdict if Effect(reason["effect"]).refuses}
    texts, language = pack_of(on).refusals, str(get_locale())
    rows = [
        CardRow(
            f"{code} {texts[code].text.in_language(language)}" if code in texts else code,
            _day_url(viewer, on, state=FillState.REFUSED, reason=code),
            note=Message(BOTTLES, {"num": f"{number:,}"}),
        )
        for code, number in sorted(by_code.items(), key=lambda row: (-row[1], row[0]))
        if code in refusing
    ]
    return [
        HomeCard(
            "fills.refused",
            Message(N_("Refused today")),
            len(verdicts),
            _day_url(viewer, on, state=FillState.REFUSED),
            "amber" if verdicts else "green",
            unit=Message(N_("bottles")),
            note=_refused_note(len(no_codes)) if rows else None,
            icon="ban",
            rank=4,
            rows=rows,
        )
    ]


def _no_code_verdicts(viewer: Viewer, on: date) -> list[list[ReasonJson]]:
    """Why scans of the day began no fill."""
    own_day = {"on_from": on.isoformat(), "on_until": on.isoformat(), "station": str(viewer.organisation_id)}
    answers = no_code_filtered(viewer, own_day).with_only_columns(Scan.answer)
    return [orjson.loads(answer)["reasons"] for answer in session.scalars(answers)]


def _refused_note(no_codes: int) -> Message:
    """How the lines below the figure count."""
    if not no_codes:
        return Message(N_("a bottle counts under each of its reasons"))
    text = N_("and %(num)s scans without a bottle on file; each counts under each of its reasons")
    return Message(text, {"num": f"{no_codes:,}"})


def _taken_in(viewer: Viewer, on: date) -> HomeCard:
    """收瓶: the deliveries of today, and how many bottles came with them."""
    today = deliveries(viewer, on, on).with_only_columns(Delivery.id)
    ids = session.scalars(today).all()
    bottles = sum(sum(piles.values()) for piles in counts_of(ids).values()) if ids else 0
    return HomeCard(
        "fills.taken_in",
        Message(N_("Deliveries taken in today")),
        len(ids),
        url_for("fills.delivered", on_from=on.isoformat(), on_until=on.isoformat()),
        note=Message(BOTTLES, {"num": f"{bottles:,}"}) if ids else None,
        icon="truck",
        rank=5,
    )
