"""What comes after the scan: checks, results, 误扫, 未完成, 处置."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills import api
from equipment.fills.actions import close_unfinished
from equipment.fills.models import Fill
from equipment.hazards.models import Finding
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago

FINE = {"Q01": True, "Q02": True, "Q03": True}
ALL_CHECKS = {f"P{number:02}": True for number in (3, 4, 6, 7, 8, 9, 11, 13)}


def opened(hall: Hall, **more: Any) -> tuple[Equipment, str]:
    bottle = hall.bottle(**more)
    return bottle, hall.scan(bottle.label_code or "", gas=bottle.medium).get_json()["fill_id"]


def the_fill() -> Fill:
    db.session.rollback()
    return db.session.scalars(select(Fill)).one()


def test_gross_less_tare_is_what_went_in(hall: Hall) -> None:
    _, fill_id = opened(hall)
    answer = hall.result(fill_id, gross_g=31000, checks=ALL_CHECKS, post_checks=FINE)
    told = answer.get_json()
    assert (answer.status_code, told["state"], told["net_g"], told["flags"]) == (200, "filled", 14500, [])
    assert (the_fill().closed_at is not None, the_fill().post_checks["Q03"]["ok"]) == (True, True)


def test_a_fill_without_a_check_is_marked(hall: Hall) -> None:
    _, fill_id = opened(hall)
    assert hall.result(fill_id, gross_g=31000).get_json()["flags"] == ["no_pre_check"]


def test_answers_may_come_in_between(hall: Hall) -> None:
    _, fill_id = opened(hall)
    between = hall.send("PUT", f"/fills/{fill_id}/checks", {"checks": ALL_CHECKS, "happened_at": ago()})
    assert (between.status_code, between.get_json()["state"]) == (200, "open")
    assert hall.result(fill_id, gross_g=31000).get_json()["flags"] == []


def test_a_fault_in_between_refuses_the_fill_and_becomes_a_finding(hall: Hall) -> None:
    bottle, fill_id = opened(hall)
    told = hall.send(
        "PUT", f"/fills/{fill_id}/checks", {"checks": {"P08": False}, "happened_at": ago()}
    ).get_json()
    assert (told["state"], told["allowed"], [reason["code"] for reason in told["reasons"]]) == (
        "refused",
        False,
        ["R16"],
    )
    assert (
        db.session.get_one(Equipment, bottle.id).treat_code,
        db.session.scalars(select(Finding.description)).all(),
    ) == ("R16", ["外观明显损伤，需进一步检查"])


def test_a_result_told_twice_is_one(hall: Hall) -> None:
    _, fill_id = opened(hall)
    at = ago()
    first, again = (
        hall.result(fill_id, gross_g=31000, happened_at=at),
        hall.result(fill_id, gross_g=31000, happened_at=at, queued=True),
    )
    assert (first.status_code, again.status_code, again.get_json()) == (200, 200, first.get_json())


def test_another_result_is_a_conflict_that_names_the_fields(hall: Hall) -> None:
    _, fill_id = opened(hall)
    hall.result(fill_id, gross_g=31000)
    response = hall.result(fill_id, gross_g=30900)
    assert (response.status_code, response.get_json()["fields"], the_fill().gross_g) == (
        409,
        {"gross_g": "已记录：31000"},
        31000,
    )


def test_the_same_values_of_a_later_time_say_that_the_time_is_what_differs(hall: Hall) -> None:
    _, fill_id = opened(hall)
    hall.result(fill_id, gross_g=31000, checks=ALL_CHECKS, post_checks=FINE, happened_at=ago(minutes=1))
    since = f"{clock.site_time(the_fill().result_at or clock.now()):%Y-%m-%d %H:%M:%S}"
    again = hall.result(fill_id, gross_g=31000, checks=ALL_CHECKS, post_checks=FINE)
    assert (again.status_code, again.get_json()["title"], again.get_json()["fields"]) == (
        409,
        "与已记录的内容不符，未作任何更改。",
        {"happened_at": f"相同的数值已于 {since} 记录，只是时间不同，未作任何更改。"},
    )


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"checks": {**ALL_CHECKS, "P08": False}}, {"checks": "已记录的答案不同"}),
        ({"post_checks": {**FINE, "Q01": False}}, {"post_checks": "已记录的答案不同"}),
        ({"pressure_kpa": 900}, {"pressure_kpa": "已记录：—"}),
    ],
)
def test_other_answers_of_a_second_result_are_named(
    hall: Hall, more: dict[str, Any], fields: dict[str, str]
) -> None:
    _, fill_id = opened(hall)
    hall.result(fill_id, gross_g=31000, checks=ALL_CHECKS, post_checks=FINE)
    again = hall.result(fill_id, **{"gross_g": 31000, "checks": ALL_CHECKS, "post_checks": FINE, **more})
    assert (again.status_code, again.get_json()["fields"]) == (409, fields)


def test_the_same_id_with_another_weight_names_the_weight(hall: Hall) -> None:
    _, fill_id = opened(hall)
    key, at = str(new_id()), ago()
    hall.result(fill_id, gross_g=31000, result_id=key, happened_at=at)
    again = hall.result(fill_id, gross_g=30900, result_id=key, happened_at=at)
    assert (again.status_code, again.get_json()["title"], list(again.get_json()["fields"])) == (
        409,
        "相同编号此前已提交过不同的内容。",
        ["gross_g"],
    )


def test_a_result_before_its_fill_says_so(hall: Hall) -> None:
    response = hall.result(str(new_id()), gross_g=31000)
    assert (response.status_code, response.get_json()["title"]) == (
        404,
        "没有这条充装记录：请先上传扫码，再重新上传结果。",
    )


def test_another_stations_fill_is_not_found(hall: Hall, other: Hall) -> None:
    _, fill_id = opened(hall)
    assert (other.result(fill_id, gross_g=31000).status_code, the_fill().state) == (404, "open")


@pytest.mark.parametrize(
    ("amounts", "field"),
    [
        ({}, "gross_g"),
        ({"gross_g": 16000}, "gross_g"),
        ({"gross_g": 31000, "checks": {"P10": True}}, "checks"),
    ],
)
def test_a_result_that_cannot_be_is_refused(hall: Hall, amounts: dict[str, Any], field: str) -> None:
    _, fill_id = opened(hall)
    response = hall.result(fill_id, **amounts)
    assert (response.status_code, list(response.get_json()["fields"]), the_fill().state) == (
        422,
        [field],
        "open",
    )


def test_oxygen_is_filled_by_pressure(hall: Hall) -> None:
    _, fill_id = opened(hall, details=OXYGEN)
    assert hall.result(fill_id, gross_g=60000).status_code == 422
    told = hall.result(fill_id, pressure_kpa=14700).get_json()
    assert (told["state"], told["pressure_kpa"], told["net_g"]) == ("filled", 14700, None)


def test_an_overfilled_bottle_is_blocked_until_drawn_down_and_weighed_again(hall: Hall) -> None:
    bottle, fill_id = opened(hall)
    told = hall.result(fill_id, gross_g=31500, post_checks=FINE).get_json()
    assert (told["state"], [reason["code"] for reason in told["reasons"]]) == ("overfilled", ["Q10"])
    scanned = hall.scan(bottle.label_code or "").get_json()
    assert (scanned["allowed"], [reason["code"] for reason in scanned["reasons"]], scanned["fill_id"]) == (
        False,
        ["Q10"],
        fill_id,
    )
    drawn = hall.result(fill_id, gross_g=31300, post_checks=FINE).get_json()
    assert (drawn["state"], drawn["net_g"], db.session.get_one(Equipment, bottle.id).treat_code) == (
        "filled",
        14800,
        "",
    )
    assert hall.scan(bottle.label_code or "", reason="客户退回重充").get_json()["allowed"] is True


def test_drawn_down_too_little_it_is_weighed_once_more(hall: Hall) -> None:
    _, fill_id = opened(hall)
    told = [
        hall.result(fill_id, gross_g=gross, post_checks=FINE).get_json() for gross in (31600, 31500, 31300)
    ]
    assert [(each["state"], each["gross_g"], "drawn_down" in each["flags"]) for each in told] == [
        ("overfilled", 31600, False),
        ("overfilled", 31500, False),
        ("filled", 31300, True),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("checks", {"checks": {"P08": "R99"}}),
        ("checks", {"checks": {"P99": True}}),
        ("result", {"gross_g": 31000, "checks": {"P08": "R99"}}),
        ("result", {"gross_g": 31000, "post_checks": {"Q99": False}}),
        ("result", {"gross_g": 310000}),
    ],
)
def test_what_nobody_can_mean_is_not_taken_and_the_fill_stays_open(
    hall: Hall, path: str, body: dict[str, Any]
) -> None:
    _, fill_id = opened(hall)
    response = hall.send("PUT", f"/fills/{fill_id}/{path}", {"happened_at": ago(), **body})
    assert (response.status_code, the_fill().state, the_fill().checks) == (422, "open", {})


@pytest.mark.parametrize("checks", [{"P08": "R99"}, {"P99": False}])
def test_a_scan_with_an_answer_nobody_stated_is_not_taken(hall: Hall, checks: dict[str, Any]) -> None:
    response = hall.scan(hall.bottle().label_code or "", checks=checks)
    assert (
        response.status_code,
        list(response.get_json()["fields"]),
        db.session.scalars(select(Fill)).all(),
    ) == (422, ["checks"], [])


def test_what_a_fill_is_already_is_said_in_the_readers_language(hall: Hall) -> None:
    _, fill_id = opened(hall)
    hall.result(fill_id, gross_g=31000)
    assert hall.send("POST", f"/fills/{fill_id}/void", {"happened_at": ago()}).get_json()["fields"] == {
        "state": "该充装记录已是“已充装”。"
    }
    assert hall.result(fill_id, gross_g=31000, empty_g=17000).get_json()["fields"] == {"empty_g": "已记录：—"}


def test_a_leak_fails_the_bottle_and_becomes_a_finding(hall: Hall) -> None:
    bottle, fill_id = opened(hall)
    told = hall.result(fill_id, gross_g=31000, post_checks={**FINE, "Q03": False}).get_json()
    assert (
        told["state"],
        [reason["code"] for reason in told["reasons"]],
        len(db.session.scalars(select(Finding)).all()),
    ) == ("failed", ["Q03"], 1)
    assert [reason["code"] for reason in hall.scan(bottle.label_code or "").get_json()["reasons"]] == [
        "Q03",
        "R31",
    ]


def test_a_failed_pre_check_told_with_the_result_fails_the_fill(hall: Hall) -> None:
    _, fill_id = opened(hall)
    told = hall.result(fill_id, gross_g=31000, checks={**ALL_CHECKS, "P09": False}).get_json()
    assert (told["state"], told["flags"]) == ("failed", ["result_despite_check"])


def test_the_wrong_bottle_is_void_until_a_result_is_entered(hall: Hall) -> None:
    bottle, fill_id = opened(hall)
    body = {"happened_at": ago()}
    assert [hall.send("POST", f"/fills/{fill_id}/void", body).get_json()["state"] for _ in range(2)] == [
        "void",
        "void",
    ]
    second = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    hall.result(second, gross_g=31000)
    assert hall.send("POST", f"/fills/{second}/void", body).status_code == 409


def test_what_was_done_with_a_refused_bottle_is_kept(hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-3))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    told = hall.send(
        "POST", f"/fills/{fill_id}/treatment", {"treatment": "inspect", "happened_at": ago()}
    ).get_json()
    assert (told["treatment"], the_fill().treatment) == ("inspect", "inspect")


def test_an_open_fill_closes_as_not_filled_at_midnight(hall: Hall) -> None:
    _, fill_id = opened(hall)
    with db.transaction():
        assert close_unfinished(clock.today()) == 0
    with make.writing():
        the_fill().on = clock.today() - timedelta(days=1)
    with db.transaction():
        assert close_unfinished(clock.today()) == 1
    assert (the_fill().state, str(the_fill().id)) == ("not_filled", fill_id)


def test_the_floor_sees_its_open_bottles_and_counts(hall: Hall, other: Hall) -> None:
    bottle, fill_id = opened(hall)
    refused = hall.bottle(inspection_due_on=make.days(-3))
    hall.scan(refused.label_code or "")
    hall.scan("no such code")
    seen = (
        hall.client().get("/api/v1/fills/open", headers={"Authorization": f"Bearer {hall.token}"}).get_json()
    )
    strange = (
        other.client()
        .get("/api/v1/fills/open", headers={"Authorization": f"Bearer {other.token}"})
        .get_json()
    )
    assert [(each["fill_id"], each["code"], each["max_gross_g"]) for each in seen["fills"]] == [
        (fill_id, bottle.label_code, 31400)
    ]
    assert (seen["counts"], strange["fills"]) == (
        {"filled": 0, "refused": 2, "open": 1, "void": 0, "unfinished": 0},
        [],
    )


def test_a_machine_reads_the_fills_of_a_day_page_by_page(
    hall: Hall, other: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CHUNK", 2)
    ids = sorted(hall.scan(hall.bottle().label_code or "").get_json()["fill_id"] for _ in range(5))
    other.scan(other.bottle().label_code or "")

    def page(query: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {hall.token}"}
        response = hall.client().get(f"/api/v1/fills{query}", headers=headers)
        return {"status": response.status_code, **response.get_json()}

    seen, after = [], ""
    while True:
        answer = page(f"?on={clock.today()}{after}")
        seen += [fill["fill_id"] for fill in answer["fills"]]
        if answer["next"] is None:
            break
        after = f"&after={answer['next']}"
    assert (seen, page("?on=2020-01-01")["fills"]) == (ids, [])
    assert [page(query)["status"] for query in ("?on=yesterday", "?after=7")] == [422, 422]
