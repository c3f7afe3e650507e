"""秤位: on which scale a bottle stands, and gases that no scale is set up for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.ledger.models import Event
from equipment.people.models import Paper, User
from equipment.people.rules import OrganisationKind, Role
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import Hall


def put(hall: Hall, fill_id: str, bay: str) -> Any:
    return hall.send("PUT", f"/fills/{fill_id}/bay", {"bay": bay, "happened_at": clock.now().isoformat()})


def stand(hall: Hall, bay: str, gas: str, kind: InstrumentKind = InstrumentKind.SCALE) -> None:
    with make.writing():
        db.session.add(
            Instrument(
                organisation_id=hall.station.id,
                kind=kind,
                name=bay,
                number=f"S{bay}",
                bay=bay,
                gas=gas,
                verified_until=clock.today() + timedelta(days=99),
            )
        )


def cover(hall: Hall, *gases: str) -> None:
    with make.writing():
        db.session.execute(
            update(Paper).where(Paper.organisation_id == hall.station.id).values(covers=list(gases))
        )
    forget_all()


def config_of(client: FlaskClient) -> tuple[dict[str, Any], str]:
    page = client.get("/floor").get_data(as_text=True)
    return json.loads(unescape(page.split("data-config='")[1].split("'")[0])), page


def note_of(page: str) -> str:
    """What stands under the scales about gases that have none."""
    if 'class="fill-note"' not in page:
        return ""
    return page.split('<section class="fill-note">')[1].split("</section>")[0]


def test_a_bottle_is_put_on_another_scale_until_its_fill_ends(hall: Hall) -> None:
    fill_id = hall.scan(hall.bottle().label_code or "", bay="1号秤").get_json()["fill_id"]
    moved = put(hall, fill_id, "2号秤")
    again = put(hall, fill_id, "2号秤")
    assert [(answer.status_code, answer.get_json()["bay"]) for answer in (moved, again)] == [
        (200, "2号秤")
    ] * 2
    moves = db.session.scalars(select(Event.payload).where(Event.verb == "fill.moved")).all()
    assert [
        {name: value for name, value in json.loads(payload).items() if name != "rows"} for payload in moves
    ] == [{"fill": fill_id, "bay": "2号秤", "before": "1号秤"}]
    db.session.rollback()
    hall.result(fill_id, gross_g=31000)
    late = put(hall, fill_id, "3号秤")
    assert (late.status_code, list(late.get_json()["fields"])) == (409, ["bay"])
    assert put(hall, fill_id, "2号秤").status_code == 200  # the same again is no other word
    assert [fill.bay for fill in db.session.scalars(select(Fill))] == ["2号秤"]


def test_an_overfilled_bottle_is_put_on_another_scale(hall: Hall) -> None:
    fill_id = hall.scan(hall.bottle().label_code or "", bay="1").get_json()["fill_id"]
    hall.result(fill_id, gross_g=31500)
    assert put(hall, fill_id, "2").get_json()["bay"] == "2"


def test_another_station_moves_no_bottle(hall: Hall, other: Hall) -> None:
    fill_id = hall.scan(hall.bottle().label_code or "", bay="1").get_json()["fill_id"]
    assert put(other, fill_id, "2").status_code == 404


def test_the_page_says_what_stands_where_before_any_token(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    bottle = hall.bottle(own_number="自-1")
    stand(hall, "1", "LPG")
    hall.scan(bottle.label_code or "", bay="1")
    config, _page = config_of(signed_in(make.user(hall.station, Role.OPERATOR)))
    assert [(fill["bay"], fill["own_number"], fill["model"]) for fill in config["open"]] == [
        ("1", "自-1", "YSP35.5")
    ]


def test_a_licensed_gas_without_a_scale_is_told_with_who_sets_one_up(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    cover(hall, "LPG", "O2", "CO2", "AR")
    stand(hall, "1", "LPG")
    stand(hall, "2", "O2", InstrumentKind.GAUGE)
    filler, owner = make.user(hall.station, Role.OPERATOR), make.user(hall.station, Role.STATION_OWNER)
    config, page = config_of(signed_in(filler))
    assert sorted(config["licensed"]) == ["AR", "CO2", "LPG", "O2"]
    assert ("AR 氩" in note_of(page), "CO2 二氧化碳" in note_of(page), "O2 氧" in note_of(page)) == (
        True,
        True,
        False,
    )
    assert "由站长在本页设置" in note_of(page)
    assert "/floor/bays/new" not in page
    _config, page = config_of(signed_in(owner))
    assert ("/floor/bays/new?gas=CO2" in page, "为 CO2 二氧化碳 设置衡器" in page) == (True, True)
    assert ("/floor/bays/new?gas=AR" in page, "为 AR 氩 设置压力表" in page) == (True, True)
    stand(hall, "3", "CO2", InstrumentKind.GAUGE)  # no pressure says how much of a weighed gas went in
    stand(hall, "4", "AR", InstrumentKind.GAUGE)
    assert ("CO2" in note_of(config_of(signed_in(filler))[1]), "AR" in note_of(page)) == (True, True)
    stand(hall, "5", "CO2")
    assert note_of(config_of(signed_in(filler))[1]) == ""


def bay_form(client: FlaskClient, **typed: str) -> Any:
    return client.post("/floor/bays/new", data=typed)


def test_the_owner_sets_up_a_bay_in_two_taps_and_the_gas_is_filled_there(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    cover(hall, "LPG", "AR", "CO2")
    stand(hall, "1", "LPG")
    owner = signed_in(make.user(hall.station, Role.STATION_OWNER))
    page = owner.get("/floor/bays/new?gas=AR").get_data(as_text=True)
    assert ('value="2"' in page, '<option selected value="AR">' in page) == (True, True)
    assert bay_form(owner, gas="AR", bay="2").status_code == 302
    bay = db.session.scalars(select(Instrument).where(Instrument.gas == "AR")).one()
    assert (bay.kind, bay.bay, bay.number, bay.verified_until) == (
        InstrumentKind.GAUGE,
        "2",
        "待补-AR-2",
        clock.today(),
    )
    assert "检定日期待补" in owner.get("/floor").get_data(as_text=True)
    config, _page = config_of(owner)
    assert [(bay["bay"], bay["gas"]) for bay in config["bays"]] == [("1", "LPG"), ("2", "AR")]
    argon = {"variety": "seamless", "medium": "AR", "volume_ml": 40000, "working_pressure_kpa": 15000}
    fill_id = hall.scan(hall.bottle(details=argon).label_code or "", gas="AR", bay="2").get_json()["fill_id"]
    answer = hall.result(fill_id, pressure_kpa=14000).get_json()
    assert (answer["state"], answer["flags"]) == ("filled", ["no_pre_check"])


def test_the_number_that_was_left_open_is_typed_later_and_then_stays(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    cover(hall, "LPG", "AR")
    owner = signed_in(make.user(hall.station, Role.STATION_OWNER))
    bay_form(owner, gas="AR", bay="2")
    key = db.session.scalars(select(Instrument.id)).one()
    typed = {"name": "压力表", "bay": "2", "gas": "AR", "verified_until": make.days(90).isoformat()}
    owner.post(f"/instruments/{key}/edit", data={**typed, "number": "YB-7"})
    assert db.session.scalars(select(Instrument.number)).one() == "YB-7"
    owner.post(f"/instruments/{key}/edit", data={**typed, "number": "YB-8"})
    db.session.rollback()
    assert db.session.scalars(select(Instrument.number)).one() == "YB-7"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"gas": "H2", "bay": "2"}, "gas"),  # not on the licence
        ({"gas": "", "bay": "2"}, "gas"),
        ({"gas": "AR", "bay": ""}, "bay"),
        ({"gas": "LPG", "bay": "1"}, "bay"),  # there is one
        ({"gas": "AR", "bay": "2", "number": "S1"}, "number"),
        ({"gas": "AR", "bay": "2", "verified_until": "yesterday"}, "verified_until"),
    ],
)
def test_a_bay_that_cannot_be_is_refused_at_its_field(
    hall: Hall, signed_in: Callable[[User], FlaskClient], typed: dict[str, str], field: str
) -> None:
    cover(hall, "LPG", "AR")
    stand(hall, "1", "LPG")
    response = bay_form(signed_in(make.user(hall.station, Role.STATION_OWNER)), **typed)
    assert (response.status_code, f'id="{field}-error"' in response.get_data(as_text=True)) == (422, True)
    assert len(db.session.scalars(select(Instrument.id)).all()) == 1


def test_only_who_manages_a_station_sets_up_its_bays(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    operator = signed_in(make.user(hall.station, Role.OPERATOR))
    office = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    administrator = signed_in(make.user(office, Role.ADMINISTRATOR))
    statuses = [each.get("/floor/bays/new").status_code for each in (operator, administrator)]
    assert statuses == [403, 403]
    assert db.session.scalars(select(Instrument.id)).all() == []


def test_where_no_scale_is_on_file_every_licensed_gas_has_its_place(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    cover(hall, "LPG", "O2")
    config, _page = config_of(signed_in(make.user(hall.station, Role.OPERATOR)))
    assert sorted(config["bays"], key=lambda bay: str(bay["gas"])) == [
        {"bay": "", "gas": "LPG"},
        {"bay": "", "gas": "O2"},
    ]
