from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.labels.actions import issue_labels
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register import actions, hooks, queries
from equipment.register.models import Equipment, Facet, Identifier, Label, Standing
from equipment.register.rules import EQUIPMENT_CHANGES, EquipmentStatus, IdentifierKind, LabelStatus, Outcome
from equipment.storage import db
from equipment.storage.db import session, transaction
from tests import make

pytestmark = pytest.mark.usefixtures("app")
DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "edition": "gb5842_2006", "tare_g": 16500}


def owner() -> tuple[Viewer, User]:
    user = make.user(make.station(), Role.STATION_OWNER)
    return viewer_of(user), user


def cylinder_of(by: Viewer, **more) -> dict:
    return {
        "category": "cylinder",
        "serial": "323232",
        "maker": "甘肃示例压力容器厂",
        "area": make.TOWNSHIP,
        "owner_id": by.organisation_id,
        "made_on": make.days(-800),
        "in_use_since": make.days(-700),
        "details": DETAILS,
        **more,
    }


def registered(by: Viewer, **more) -> Equipment:
    with transaction():
        return actions.register(cylinder_of(by, **make.dated(more)), by=by)


def verbs(equipment: Equipment) -> list[str]:
    """What the ledger says of a piece, without what planning adds."""
    told = session.scalars(
        select(Event.verb).where(Event.subject == f"equipment:{equipment.id}").order_by(Event.seq)
    )
    return [verb for verb in told if not verb.startswith("due.")]


def test_registering_writes_the_piece_its_standing_facets_identifiers_and_first_event() -> None:
    by, _ = owner()
    piece = registered(by, identifiers={"cylinder_code": "3 62 010 000123"})
    assert (piece.status, piece.medium, piece.catalogue_code, piece.details["tare_g"]) == (
        EquipmentStatus.IN_USE,
        "LPG",
        "2320",
        16500,
    )
    standing = session.scalars(visible(SYSTEM, Standing)).one()
    assert (standing.from_on, standing.until_on, standing.area) == (make.days(-700), None, make.TOWNSHIP)
    facets = {facet.field: facet.value for facet in session.scalars(visible(SYSTEM, Facet))}
    assert facets == {
        "variety": "lpg",
        "medium": "LPG",
        "use": "general",
        "model": "YSP35.5",
        "edition": "gb5842_2006",
    }
    assert session.scalars(visible(SYSTEM, Identifier)).one().value == "362010000123"
    event = session.scalars(
        select(Event).where(Event.subject == f"equipment:{piece.id}", Event.seq == 1)
    ).one()
    assert (event.verb, event.actor) == ("registered", by.actor)
    assert sorted(key.split("/")[0] for key in json.loads(event.payload)["rows"]) == [
        "equipment",
        "identifier",
        "standing",
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    by, _ = owner()
    with pytest.raises(Invalid) as error, transaction():
        actions.register(
            {
                "category": "cylinder",
                "area": "99",
                "serial": "x" * 61,
                "details": {"variety": "brick", "medium": "LPG", "volume_ml": 5},
            },
            by=by,
        )
    assert {name: str(text) for name, text in error.value.fields.items()} == {
        "area": "Choose the area.",
        "serial": "At most 60 characters",
        "details.variety": "Choose one of the list.",
        "details.volume_ml": "At least 0.4 L",
    }


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"made_on": make.Days(1), "in_use_since": None}, "made_on"),
        ({"in_use_since": make.Days(-900)}, "in_use_since"),
        ({"serial": ""}, "serial"),
        ({"status": EquipmentStatus.LOCKED}, "block_reason"),
        ({"owner_id": None}, "owner_id"),
    ],
)
def test_values_that_contradict_each_other_are_refused(more: dict, field: str) -> None:
    by, _ = owner()
    with pytest.raises(Invalid) as error:
        registered(by, **more)
    assert list(error.value.fields) == [field]
    assert session.scalars(visible(SYSTEM, Equipment)).all() == []


def test_a_supervisor_registers_only_within_his_area() -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR)
    by = viewer_of(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY))
    registered(by, serial="1")
    with pytest.raises(Invalid) as error:
        registered(by, serial="2", area=make.ELSEWHERE)
    assert list(error.value.fields) == ["area"]


NUMBERS = [
    ("equipment_code", "elevator"),
    ("certificate_no", "elevator"),
    ("registration_code", "elevator"),
    ("rfid", "cylinder"),
    ("maker_qr", "cylinder"),
]


@pytest.mark.parametrize(("kind", "category"), NUMBERS)
def test_a_number_that_one_piece_alone_carries_is_refused_to_a_second(kind: str, category: str) -> None:
    by, _ = owner()
    details = DETAILS if category == "cylinder" else {"catalogue": "3110"}
    registered(by, category=category, details=details, serial="1", identifiers={kind: "梯11甘D00012(22)"})
    with pytest.raises(Conflict) as error:
        registered(
            by, category=category, details=details, serial="2", identifiers={kind: " 梯11甘d 00012（22）"}
        )
    assert list(error.value.fields) == [f"identifiers.{kind}"]
    assert str(error.value.fields[f"identifiers.{kind}"]).endswith("is on file already.")


def test_one_certificate_covers_many_cylinders_and_no_single_one_is_found_by_it() -> None:
    by, _ = owner()
    first = registered(by, serial="1", identifiers={"certificate_no": "瓶32甘D00007(21)"})
    registered(by, serial="2", identifiers={"certificate_no": "瓶32甘D00007(21)", "serial": "22222"})
    assert queries.resolve("瓶32甘D00007(21)").outcome == Outcome.AMBIGUOUS
    assert queries.resolve("[瓶32甘D00007(21),22222]").equipment_id not in (None, first.id)


def test_the_same_maker_and_number_are_one_piece() -> None:
    by, _ = owner()
    registered(by)
    with pytest.raises(Conflict) as error:
        registered(by, own_number="7")
    assert {name: str(text) for name, text in error.value.fields.items()} == {
        "serial": "A piece of this maker with number 323232 is on file already."
    }


def test_a_change_is_ledgered_with_before_and_after_and_moves_the_standing() -> None:
    by, _ = owner()
    piece = registered(by)
    unit = make.organisation(OrganisationKind.USE_UNIT)
    with transaction():
        actions.change(piece, {"use_unit_id": unit.id, "details": {"model": "YSP118"}}, by=by)
    told = json.loads(session.scalars(select(Event.payload).where(Event.verb == "changed")).one())["changes"]
    assert told["use_unit_id"] == [None, str(unit.id)]
    assert (told["details"][0]["model"], told["details"][1]["model"]) == ("YSP35.5", "YSP118")
    spans = [
        (each.use_unit_id, each.from_on, each.until_on)
        for each in session.scalars(visible(SYSTEM, Standing).order_by(Standing.from_on))
    ]
    assert spans == [(None, make.days(-700), clock.today()), (unit.id, clock.today(), None)]
    assert session.scalars(select(Facet.value).where(Facet.field == "model")).all() == ["YSP118"]


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    by, _ = owner()
    piece = registered(by)
    with transaction():
        actions.change(piece, {"serial": "323232", "details": {"model": "YSP35.5"}}, by=by)
    assert verbs(piece) == ["registered"]


def test_a_change_cannot_give_a_piece_away_to_strangers_or_touch_its_status() -> None:
    by, _ = owner()
    piece = registered(by)
    other = make.station("别家充装站")
    for changes, field in (
        ({"owner_id": other.id}, "owner_id"),
        ({"status": EquipmentStatus.SCRAPPED}, "status"),
    ):
        with pytest.raises(Invalid) as error, transaction():
            actions.change(piece, changes, by=by)
        assert list(error.value.fields) == [field]


STEPS = [(old, new) for old in EquipmentStatus for new in EquipmentStatus]


@pytest.mark.parametrize(("old", "new"), STEPS, ids=[f"{old}-{new}" for old, new in STEPS])
def test_a_status_changes_along_the_table_only(old: EquipmentStatus, new: EquipmentStatus) -> None:
    piece = make.equipment(
        "cylinder", status=old, details=DETAILS, block_reason="x" if old == EquipmentStatus.LOCKED else ""
    )
    if new in EQUIPMENT_CHANGES[old]:
        with transaction():
            actions.change_status(piece, new, reason="按规定", by=SYSTEM)
        assert (piece.status, piece.block_reason) == (new, "按规定" if new == EquipmentStatus.LOCKED else "")
    else:
        with pytest.raises(Conflict), transaction():
            actions.change_status(piece, new, reason="按规定", by=SYSTEM)


def test_a_status_change_needs_its_reason() -> None:
    piece = make.equipment("cylinder", details=DETAILS)
    with pytest.raises(Invalid) as error, transaction():
        actions.change_status(piece, EquipmentStatus.LOCKED, reason="  ", by=SYSTEM)
    assert list(error.value.fields) == ["reason"]


def test_scrapping_asks_for_the_number_and_ends_every_label_for_ever() -> None:
    by, _ = owner()
    with transaction():
        batch = issue_labels(2, by.organisation_id, by=by)
    codes = list(session.scalars(select(Label.code).where(Label.batch_id == batch.id)))
    piece = registered(by, label=codes[0])
    with pytest.raises(Invalid), transaction():
        actions.scrap(piece, typed="323", reason="到期", by=by)
    with transaction():
        actions.scrap(piece, typed="323232", reason="到期", by=by)
    assert (piece.status, piece.label_code) == (EquipmentStatus.SCRAPPED, None)
    found = queries.resolve(codes[0])
    assert (found.outcome, found.equipment_id) == (Outcome.VOID, piece.id)
    with pytest.raises(Conflict), transaction():
        actions.bind_label(codes[1], piece, by=by)
    with pytest.raises(Conflict), transaction():
        actions.bind_label(codes[0], make.equipment("cylinder", details=DETAILS), by=SYSTEM)
    assert verbs(piece) == ["registered", "label.bound", "status"]


def test_what_follows_a_change_is_called_for_registration_change_and_status() -> None:
    by, _ = owner()
    called: list[str] = []
    hooks.changed.are(lambda equipment, viewer: called.append(f"{equipment.serial} {viewer.name}"))
    try:
        piece = registered(by)
        with transaction():
            actions.change(piece, {"serial": "9"}, by=by)
            actions.change_status(piece, EquipmentStatus.STOPPED, reason="停用", by=by)
    finally:
        hooks.changed.are()
    assert called == ["323232 张三", "9 张三", "9 张三"]


def test_an_identifier_is_added_once_voided_and_matched_no_longer(app: Flask) -> None:
    by, _ = owner()
    piece = registered(by)
    with transaction():
        first = actions.add_identifier(piece, IdentifierKind.RFID, "04:a3:2b:11", by=by)
        assert actions.add_identifier(piece, IdentifierKind.RFID, "04A32B11", by=by) is first
    assert queries.resolve("04-a3-2b-11").equipment_id == piece.id
    with transaction():
        actions.void_identifier(first, reason="标签脱落", by=by)
    assert queries.resolve("04A32B11").outcome == Outcome.UNKNOWN
    assert verbs(piece) == ["registered", "identifier.added", "identifier.voided"]
    assert db.engine.dialect.name in ("sqlite", "postgresql")


def test_a_label_is_bound_lost_and_replaced_and_the_old_one_is_void() -> None:
    by, _ = owner()
    with transaction():
        batch = issue_labels(3, by.organisation_id, by=by)
    old, new, spare = session.scalars(
        select(Label.code).where(Label.batch_id == batch.id).order_by(Label.code)
    )
    piece = registered(by, label=old)
    with transaction():
        actions.report_label(session.get_one(Label, old), LabelStatus.LOST, by=by)
    assert queries.resolve(old).outcome == Outcome.FOUND
    with transaction():
        actions.replace_label(old, new, "脱落", by=by)
    assert (piece.label_code, queries.resolve(old).outcome, queries.resolve(old).replaced_by) == (
        new,
        Outcome.VOID,
        new,
    )
    with pytest.raises(Conflict), transaction():
        actions.bind_label(spare, piece, by=by)
    assert verbs(piece) == ["registered", "label.bound", "label.lost", "label.bound", "label.replaced"]


def test_a_label_of_another_organisation_cannot_be_claimed() -> None:
    by, _ = owner()
    piece = registered(by)
    with transaction():
        batch = issue_labels(1, make.station("别家充装站").id, by=SYSTEM)
    code = session.scalars(select(Label.code).where(Label.batch_id == batch.id)).one()
    with pytest.raises(Conflict), transaction():
        actions.bind_label(code, piece, by=by)
