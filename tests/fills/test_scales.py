"""秤位: on which scale a bottle stands, and gases that no scale is set up for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.ledger.models import Event
from equipment.people.models import Instrument, Paper, User
from equipment.people.rules import InstrumentKind, Role
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
    return page.split('<p class="fill-note">')[1].split("</p>")[0].strip() if "fill-note" in page else ""


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
    assert note_of(page).startswith("没有设置 ")
    assert ("AR 氩" in note_of(page), "CO2 二氧化碳" in note_of(page), "O2 氧" in note_of(page)) == (
        True,
        True,
        False,
    )
    assert "请站长在“我的”" in note_of(page)
    _config, page = config_of(signed_in(owner))
    assert f"/organisations/{hall.station.id}#instruments" in note_of(page)
    stand(hall, "3", "CO2")
    stand(hall, "4", "AR")
    assert note_of(config_of(signed_in(filler))[1]) == ""


def test_where_no_scale_is_on_file_every_licensed_gas_has_its_place(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    cover(hall, "LPG", "O2")
    config, _page = config_of(signed_in(make.user(hall.station, Role.OPERATOR)))
    assert sorted(config["bays"], key=lambda bay: str(bay["gas"])) == [
        {"bay": "", "gas": "LPG"},
        {"bay": "", "gas": "O2"},
    ]
