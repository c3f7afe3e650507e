"""Who: organisations, people, cards, devices, areas, and who is on duty."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.people import (
    api,
    area_views,
    commands,
    device_views,
    duty_views,
    home,
    me_views,
    models,
    person_views,
    second_views,
    sign_in_views,
    signing,
    views,
)
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice, SystemPage

FLOOR = frozenset({Role.OPERATOR, Role.STATION_OWNER, Role.TECHNICIAN})

SLICE = Slice(
    package="equipment.people",
    models=models,
    pages=(
        signing.pages,
        me_views.pages,
        second_views.pages,
        duty_views.pages,
        views.pages,
        person_views.pages,
        sign_in_views.pages,
        device_views.pages,
        area_views.pages,
    ),
    api=(api.routes,),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            100,
            N_("People and cards"),
            "people.listed",
            "users",
            Thing.PERSON,
            frozenset({Role.FIRM_MANAGER}),
            "/people",
        ),
        MenuEntry(150, N_("Me"), "me.page", "user", None, FLOOR, "/me"),
    ),
    system=(
        SystemPage(10, N_("Organisations"), "organisations.listed", "building", Thing.ORGANISATION),
        SystemPage(20, N_("People and cards"), "people.listed", "users", Thing.PERSON),
        SystemPage(25, N_("Sign-ins and refusals"), "sign_ins.listed", "login", Thing.SETTING),
        SystemPage(30, N_("Papers running out"), "organisations.expiring", "license", Thing.ORGANISATION),
        SystemPage(40, N_("Areas"), "areas.listed", "map", Thing.SETTING),
    ),
    commands=commands.GROUPS,
)
