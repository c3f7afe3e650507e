"""经度, 纬度, 坐标系 and 应急处置牌号 by workbook: from the upload to the register, back out by the export, and the same
again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.geo import Datum, GeoPoint, distance_m
from equipment.people.models import User
from equipment.register.coordinates import point_of
from equipment.register.models import Coordinates, Equipment, Identifier
from equipment.register.queries import resolve
from equipment.register.rules import LIST_MARK, CoordinatesSource, CoordinatesState, IdentifierKind, Outcome
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from tests.imports.test_openings import OPENS
from tests.imports.test_round_trip import exported
from tests.imports.test_same_piece import batch_at, content, run, states

Sign = Callable[[User], FlaskClient]
HEAD = "设备品种,设备代码,使用单位,维保单位,辖区,使用地点,单位内编号,使用状态,经度,纬度,坐标系,应急处置牌号\n"
SAME = "曳引驱动乘客电梯,{code},山雀人民医院,苜蓿电梯维保有限公司,白银区人民路街道,人民路1号,{own},在用"
# One place of Baiyin, as each datum has it; the last row names no datum, which is the bureau's choice (WGS-84 unless set).
ROWS = (
    ("31103620420190001", "1#", "104.138900", "36.544700", "WGS-84", "620401000001"),
    (
        "31103620420190002",
        "2#",
        "104.141717",
        "36.544791",
        "火星坐标系",
        "https://96333.example/yjcz?no=620401000002",
    ),
    ("31103620420190003", "3#", "104.148149", "36.550969", "百度坐标", "620401 000003"),
    ("31103620420190004", "4#", "104.138900", "36.544700", "", ""),
)
PLACE = GeoPoint(36.5447, 104.1389)


def workbook(rows: tuple[tuple[str, ...], ...] = ROWS) -> bytes:
    lines = [",".join([SAME.format(code=code, own=own), *more]) for code, own, *more in rows]
    return (HEAD + "\n".join(lines) + "\n").encode()


def lift(own: str) -> Equipment:
    session.rollback()
    return session.scalars(select(Equipment).where(Equipment.own_number == own)).one()


def in_force(own: str) -> Coordinates:
    rows = select(Coordinates).where(
        Coordinates.equipment_id == lift(own).id, Coordinates.state == CoordinatesState.IN_FORCE
    )
    return session.scalars(rows).one()


def test_positions_and_plates_go_from_the_workbook_into_the_register_and_out_again(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    run(browser, content(browser, workbook(), "elevator", **OPENS))
    datums = {own: in_force(own).datum for own in ("1#", "2#", "3#", "4#")}
    assert datums == {"1#": Datum.WGS84, "2#": Datum.GCJ02, "3#": Datum.BD09, "4#": Datum.WGS84}
    for own in datums:
        row, point = in_force(own), point_of(lift(own).id)
        assert point is not None
        assert distance_m(point, PLACE) < 5, own  # the four rows are one place
        assert row.source == CoordinatesSource.IMPORT
    # as stated, to the digit
    assert (in_force("3#").longitude, in_force("3#").latitude) == (1041481490, 365509690)

    numbers = {f"{number}#": f"62040100000{number}" for number in (1, 2, 3)}
    for own, number in numbers.items():
        for text in (number, f"https://96333.example/yjcz?no={number}", f"{number[:6]} {number[6:]}"):
            assert resolve(text).equipment_id == lift(own).id, (own, text)
        assert resolve(number).identifier is IdentifierKind.PLATE_QR
    assert resolve("620401000004").outcome is Outcome.UNKNOWN

    for kind in ("xlsx", "csv"):
        url = content(browser, exported(browser, kind), "elevator")
        assert Counter(states(url).values()) == {"known": 4}, kind
        assert batch_at(url).counts["differs"] == 0


def test_a_position_that_is_none_and_a_plate_of_another_lift_are_said_row_by_row(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    rows = (
        ROWS[0],
        ("31103620420190005", "5#", "36.544700", "104.138900", "WGS-84", ""),  # the two cells changed places
        ("31103620420190006", "6#", "104.1389", "", "WGS-84", ""),
        ("31103620420190007", "7#", "104.1389", "36.5447", "西安80", ""),
        ("31103620420190008", "8#", "", "", "", "620401000001"),
    )
    url = content(browser, workbook(rows), "elevator", **OPENS)
    run(browser, url)
    assert list(states(url).values()) == ["added", "flagged", "flagged", "flagged", "contrary"]
    for own, column in (("5#", "纬度"), ("6#", "经度"), ("7#", "坐标系")):
        piece = lift(own)
        assert (piece.verified, column in piece.unverified_reason.split(LIST_MARK)) == (False, True), own
    # without a datum that anybody knows the degrees stand, in the datum of the bureau's choice, in doubt
    assert [point_of(lift(own).id) is None for own in ("5#", "6#", "7#")] == [True, True, False]
    carried = session.scalars(select(Identifier).where(Identifier.kind == IdentifierKind.PLATE_QR)).all()
    assert [(one.equipment_id, one.value) for one in carried] == [(lift("1#").id, "620401000001")]
