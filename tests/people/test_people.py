"""Who may make, change and see whom; what is shown once; cards, certificates, areas, scope."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.ledger.models import Event
from equipment.people import accounts, areas, organisations, papers
from equipment.people.credentials import Attempt, Lock, failed, is_locked_somewhere
from equipment.people.home import home_cards
from equipment.people.models import Area, Card, Certificate, Organisation, User
from equipment.people.queries import device_of_token, forget_tokens, viewer_of
from equipment.people.rules import (
    SYSTEM,
    CardStatus,
    DeviceKind,
    OrganisationKind,
    Role,
    SignInMeans,
    Viewer,
    may_answer_for,
    roles_to_give,
)
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]


def bureau(area: str = make.CITY) -> Organisation:
    return make.organisation(OrganisationKind.REGULATOR, area=area)


def told(name: str = "钱师傅", mobile: str = "13800000001", *roles: Role) -> accounts.NewPerson:
    return accounts.NewPerson(name, mobile, roles or (Role.OPERATOR,), "!")


def seen(*users: User) -> list[Viewer]:
    return [viewer_of(user) for user in users]


CASES = [
    (
        OrganisationKind.STATION,
        {Role.STATION_OWNER},
        OrganisationKind.STATION,
        {Role.OPERATOR, Role.STATION_OWNER, Role.SAFETY_OFFICER},
    ),
    (OrganisationKind.STATION, {Role.STATION_OWNER}, OrganisationKind.REGULATOR, set()),
    (OrganisationKind.STATION, {Role.STATION_OWNER}, OrganisationKind.FIRM, set()),
    (OrganisationKind.STATION, {Role.OPERATOR}, OrganisationKind.STATION, set()),
    (OrganisationKind.FIRM, {Role.FIRM_MANAGER}, OrganisationKind.FIRM, {Role.TECHNICIAN, Role.FIRM_MANAGER}),
    (OrganisationKind.FIRM, {Role.TECHNICIAN}, OrganisationKind.FIRM, set()),
    (OrganisationKind.USE_UNIT, {Role.SAFETY_OFFICER}, OrganisationKind.USE_UNIT, set()),
    (OrganisationKind.BODY, {Role.INSPECTOR}, OrganisationKind.BODY, set()),
    (OrganisationKind.REGULATOR, {Role.SUPERVISOR}, OrganisationKind.REGULATOR, set()),
    (
        OrganisationKind.REGULATOR,
        {Role.ADMINISTRATOR},
        OrganisationKind.REGULATOR,
        {Role.SUPERVISOR, Role.ADMINISTRATOR},
    ),
    (OrganisationKind.REGULATOR, {Role.ADMINISTRATOR}, OrganisationKind.BODY, {Role.INSPECTOR}),
]


@pytest.mark.parametrize(("own", "roles", "asked", "given"), CASES)
def test_a_role_gives_only_roles_of_its_own_kind_of_organisation(
    own: OrganisationKind, roles: set[Role], asked: OrganisationKind, given: set[Role]
) -> None:
    assert set(roles_to_give(Viewer("x", organisation_kind=own, roles=frozenset(roles)), asked)) == given


@pytest.mark.parametrize(
    ("area", "may"), [("6204", False), ("620402", True), ("620402001", True), ("620421", False)]
)
def test_a_county_administrator_answers_for_people_of_his_county_only(area: str, may: bool) -> None:
    county = Viewer(
        "x",
        organisation_kind=OrganisationKind.REGULATOR,
        roles=frozenset({Role.ADMINISTRATOR}),
        area="620402",
    )
    assert may_answer_for(county, OrganisationKind.REGULATOR, frozenset({Role.ADMINISTRATOR}), area) is may


def test_a_manager_makes_people_of_his_own_station_and_the_password_is_shown_once(
    app: Flask, signed_in: Sign
) -> None:
    station = make.station()
    owner = signed_in(make.user(station, Role.STATION_OWNER))
    page = owner.post(
        f"/organisations/{station.id}/people/new",
        data={
            "name": "<script>alert(1)</script>",
            "mobile": "138 0000 0001",
            "roles": ["operator"],
            "area": station.area,
        },
    )
    password = re.search(r'data-copy="([\w-]+)"', page.text)
    assert (page.status_code, password is not None) == (201, True)
    assert "<script>alert" not in page.text
    made = db.session.scalars(select(User).where(User.mobile == "13800000001")).one()
    assert (made.must_change, made.role_names, made.organisation_id) == (True, {Role.OPERATOR}, station.id)
    assert password
    assert password[1] not in owner.get(f"/people/{made.id}").text
    assert "&lt;script&gt;" in owner.get(f"/people/{made.id}").text
    signed = app.test_client()
    assert signed.post("/sign-in", data={"mobile": "13800000001", "password": password[1]}).location == "/"
    assert signed.get("/").location == "/me/password"


@pytest.mark.parametrize("role", ["administrator", "supervisor", "technician", "inspector"])
def test_a_manager_cannot_give_a_role_above_or_beside_his_own(app: Flask, signed_in: Sign, role: str) -> None:
    station = make.station()
    owner = signed_in(make.user(station, Role.STATION_OWNER))
    answer = owner.post(
        f"/organisations/{station.id}/people/new",
        data={"name": "x", "mobile": "13800000001", "roles": [role], "area": station.area},
    )
    assert answer.status_code == 422
    assert db.session.scalar(select(User).where(User.mobile == "13800000001")) is None


def test_the_action_itself_refuses_a_role_that_was_slipped_past_the_form(app: Flask) -> None:
    station = make.station()
    owner = viewer_of(make.user(station, Role.STATION_OWNER))
    with pytest.raises(NotAllowed), db.transaction():
        accounts.create_person(station, told("x", "13800000001", Role.ADMINISTRATOR), by=owner)


def test_a_manager_sees_and_changes_nobody_of_another_organisation(app: Flask, signed_in: Sign) -> None:
    mine, other = make.station(), make.station("别的站")
    stranger = make.user(other, Role.OPERATOR)
    key, elsewhere = stranger.id, other.id
    owner = signed_in(make.user(mine, Role.STATION_OWNER))
    assert [
        owner.get(path).status_code
        for path in (f"/people/{key}", f"/organisations/{elsewhere}", f"/people/{key}/edit")
    ] == [404, 404, 404]
    assert [owner.post(f"/people/{key}/{verb}").status_code for verb in ("reset", "close")] == [404, 404]
    assert (
        owner.post(
            f"/organisations/{elsewhere}/people/new",
            data={"name": "x", "mobile": "13800000001", "roles": ["operator"]},
        ).status_code
        == 404
    )


def test_a_county_supervisor_sees_the_organisations_of_his_county_and_makes_none(
    app: Flask, signed_in: Sign
) -> None:
    near, far = make.station("近的站"), make.station("远的站", area=make.ELSEWHERE)
    browser = signed_in(make.user(bureau(make.COUNTY), Role.SUPERVISOR))
    page = browser.get("/organisations").text
    assert ("近的站" in page, "远的站" in page) == (True, False)
    assert [browser.get(f"/organisations/{each.id}").status_code for each in (near, far)] == [200, 404]
    assert browser.get("/organisations/new").status_code == 403


def test_a_county_administrator_cannot_touch_the_city_administrator_nor_make_one(app: Flask) -> None:
    city, county = bureau(), bureau(make.COUNTY)
    above, by = make.user(city, Role.ADMINISTRATOR), viewer_of(make.user(county, Role.ADMINISTRATOR))
    for action in (
        accounts.close_account,
        lambda user, by: accounts.reset_password(user, "!", by=by),
        lambda user, by: accounts.rename(user, "x", by=by),
    ):
        with pytest.raises(NotAllowed), db.transaction():
            action(db.session.get_one(User, above.id), by=by)
    with pytest.raises(Invalid), db.transaction():
        accounts.create_person(
            db.session.get_one(Organisation, city.id), told("x", "13800000001", Role.ADMINISTRATOR), by=by
        )


def test_nobody_changes_his_own_roles_or_closes_his_own_account(app: Flask) -> None:
    me = make.user(bureau(), Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed), db.transaction():
        accounts.give_roles(me, [Role.ADMINISTRATOR, Role.SUPERVISOR], by=viewer_of(me))
    with pytest.raises(NotAllowed), db.transaction():
        accounts.close_account(me, by=viewer_of(me))


def test_a_reset_unlocks_ends_sessions_and_asks_for_a_new_password(app: Flask, signed_in: Sign) -> None:
    station = make.station()
    operator, owner = (make.user(station, Role.OPERATOR), make.user(station, Role.STATION_OWNER))
    key = operator.id
    his, lock = signed_in(operator), Lock(1, 15)
    with db.transaction():
        failed(key, Attempt(SignInMeans.PIN, "10.0.0.1"), lock)
    assert is_locked_somewhere(operator, lock)
    assert signed_in(owner).post(f"/people/{key}/reset").status_code == 200
    again = db.session.get_one(User, key, populate_existing=True)
    assert (is_locked_somewhere(again, lock), again.must_change) == (False, True)
    assert his.get("/me").location.startswith("/sign-in")


def test_an_account_closed_twice_stays_closed(app: Flask, signed_in: Sign) -> None:
    station = make.station()
    operator, owner = make.user(station, Role.OPERATOR), signed_in(make.user(station, Role.STATION_OWNER))
    key = operator.id
    for wanted, active in (("close", False), ("close", False), ("open", True), ("open", True)):
        assert owner.post(f"/people/{key}/{wanted}").status_code == 302
        assert db.session.get_one(User, key, populate_existing=True).active is active


def test_one_number_signs_in_one_person(app: Flask) -> None:
    station, by = make.station(), SYSTEM
    with db.transaction():
        accounts.create_person(station, told(), by=by)
    with pytest.raises(Invalid) as wrong, db.transaction():
        accounts.create_person(
            db.session.get_one(Organisation, station.id), told(mobile="+86 138 0000 0001"), by=by
        )
    assert list(wrong.value.fields) == ["mobile"]


def test_a_lost_card_is_replaced_and_its_number_never_given_again(app: Flask) -> None:
    person = make.user(make.station(), Role.OPERATOR)
    key = person.id
    with db.transaction():
        card = papers.issue_card(db.session.get_one(User, key), "04 a1b2c3", by=SYSTEM)
    with db.transaction():
        new = papers.replace_card(db.session.get_one(Card, card.id), "05FFFF01", None, by=SYSTEM)
    assert (db.session.get_one(Card, card.id).status, new.status, new.user_id) == (
        CardStatus.LOST,
        CardStatus.VALID,
        key,
    )
    with pytest.raises(Invalid), db.transaction():
        papers.issue_card(db.session.get_one(User, key), "04-A1-B2-C3", by=SYSTEM)
    verbs = db.session.scalars(
        select(Event.verb).where(Event.subject == f"user:{key}").order_by(Event.seq)
    ).all()
    assert verbs == ["card.issued", "card.lost", "card.issued"]


def test_a_certificate_belongs_to_one_person_and_must_end_after_it_begins(app: Flask) -> None:
    station = make.station()
    first, second = make.user(station, Role.OPERATOR), make.user(station, Role.OPERATOR)
    days = (make.days(-1), make.days(1400))
    with db.transaction():
        papers.add_certificate(db.session.get_one(User, first.id), "p", "620400001", days, by=SYSTEM)
    for user, valid, field in ((second, days, "number"), (first, days[::-1], "valid_until")):
        with pytest.raises(Invalid) as wrong, db.transaction():
            papers.add_certificate(db.session.get_one(User, user.id), "P", "620400001", valid, by=SYSTEM)
        assert list(wrong.value.fields) == [field]


def test_an_organisation_is_opened_and_changed_with_every_change_in_the_ledger(
    app: Flask, signed_in: Sign
) -> None:
    admin = signed_in(make.user(bureau(), Role.ADMINISTRATOR))
    told = {
        "name": "新站",
        "kind": "station",
        "credit_code": "91620400ma7xxxxxxx",
        "area": make.COUNTY,
        "active": "y",
    }
    opened = admin.post("/organisations/new", data=told)
    assert opened.status_code == 302
    made = db.session.scalars(select(Organisation).where(Organisation.name == "新站")).one()
    assert (made.credit_code, made.kind) == ("91620400MA7XXXXXXX", OrganisationKind.STATION)
    key = made.id
    assert admin.post("/organisations/new", data=told).status_code == 422
    admin.post(f"/organisations/{key}/edit", data={**told, "phone": "0943-1"})
    assert admin.get(f"/organisations/{key}").text.count("0943-1") == 1
    assert db.session.scalars(
        select(Event.verb).where(Event.subject == f"organisation:{key}").order_by(Event.seq)
    ).all() == ["opened", "changed"]


def test_nobody_of_an_organisation_that_is_deactivated_comes_in_until_it_is_active_again(
    app: Flask, signed_in: Sign
) -> None:
    office, station = make.user(bureau(), Role.ADMINISTRATOR), make.station()
    with app.app_context():
        operator = make.user(station, Role.OPERATOR, certificate="P", password=hash_password("stove-1234"))
    _device, token = make.device(station, DeviceKind.CONTROLLER, person=operator)
    by, mobile, browser = viewer_of(office), operator.mobile, signed_in(operator)
    assert (browser.get("/me").status_code, device_of_token(token) is not None) == (200, True)

    def enters() -> tuple[bool, int]:
        answer = app.test_client().post("/sign-in", data={"mobile": mobile, "password": "stove-1234"})
        reached = app.test_client().get("/api/v1/fills/open", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 302, reached.status_code

    for active, expected in ((False, (False, 401)), (True, (True, 200))):
        with db.transaction():
            organisations.change_organisation(
                db.session.get_one(Organisation, station.id), {"active": active}, by=by, identity=True
            )
        forget_tokens()
        assert enters() == expected
    assert browser.get("/me").location.startswith("/sign-in")  # what was open stays closed


def test_nobody_deactivates_his_own_organisation(app: Flask) -> None:
    office = make.user(bureau(), Role.ADMINISTRATOR)
    with pytest.raises(Invalid) as error, db.transaction():
        organisations.change_organisation(
            db.session.get_one(Organisation, office.organisation_id),
            {"active": False},
            by=viewer_of(office),
            identity=True,
        )
    assert list(error.value.fields) == ["active"]


def test_a_manager_changes_the_contact_but_not_the_name_or_area_of_his_organisation(
    app: Flask, signed_in: Sign
) -> None:
    station = make.station("老站")
    key = station.id
    owner = signed_in(make.user(station, Role.STATION_OWNER))
    owner.post(
        f"/organisations/{key}/edit",
        data={"phone": "0943-2", "name": "新名", "area": make.ELSEWHERE, "active": ""},
    )
    now = db.session.get_one(Organisation, key, populate_existing=True)
    assert (now.phone, now.name, now.area, now.active) == ("0943-2", "老站", make.COUNTY, True)
    assert owner.get(f"/organisations/{key}/papers/new").status_code == 403


def test_areas_are_read_from_a_csv_parents_first_and_never_taken_away(app: Flask) -> None:
    text = "﻿code,name,responsible\n620403,平川区,王五\n620403001,长征街道,\n"
    with db.transaction():
        assert areas.load_areas(areas.read_areas(text), by=SYSTEM) == (2, 0)
    with db.transaction():
        assert areas.load_areas(areas.read_areas(text), by=SYSTEM) == (0, 0)
    assert db.session.get_one(Area, "620403").responsible == "王五"
    assert db.session.get_one(Area, "620403001").level == "township"


@pytest.mark.parametrize(
    "text", ["name\nx\n", "code,name\n62,\n", "code,name\n62x,甲\n", "code,name\n629901001,乙\n"]
)
def test_areas_without_code_name_or_parent_are_refused(app: Flask, text: str) -> None:
    with pytest.raises(Invalid), db.transaction():
        areas.load_areas(areas.read_areas(text), by=SYSTEM)


@pytest.mark.parametrize(
    "text",
    [
        "620403,平川区\n620403001,长征街道",
        "620403，平川区\n620403001，长征街道\n\n",
        "620403\t平川区\n620403001\t长征街道\n",
        "区划代码,名称\n620403000000,平川区\n620403001000,长征街道\n",
        "620400000000,白银市\n620403000,平川区\n620403001,长征街道",
    ],
)
def test_areas_are_typed_or_copied_as_people_have_them(app: Flask, text: str) -> None:
    with db.transaction():
        assert areas.load_areas(areas.read_areas(text), by=SYSTEM) == (2, 0)
    assert [db.session.get_one(Area, code).name for code in ("620403", "620403001")] == ["平川区", "长征街道"]


def test_the_first_page_counts_what_runs_out_and_forgets_what_was_renewed(
    app: Flask, signed_in: Sign
) -> None:
    station = make.station()
    operator, owner = make.user(station, Role.OPERATOR, name="孙师傅"), make.user(station, Role.STATION_OWNER)
    key, browser = operator.id, signed_in(owner)
    with db.transaction():
        papers.add_certificate(
            db.session.get_one(User, key), "P", "OLD1", (make.days(-1000), make.days(10)), by=SYSTEM
        )
    assert "孙师傅" in browser.get("/").text
    with db.transaction():
        papers.add_certificate(
            db.session.get_one(User, key), "P", "NEW1", (make.days(0), make.days(1400)), by=SYSTEM
        )
    assert "孙师傅" not in browser.get("/").text


@pytest.fixture
def administrator(app: Flask, signed_in: Sign) -> FlaskClient:
    return signed_in(make.user(bureau(), Role.ADMINISTRATOR, area=make.CITY))


def test_a_second_organisation_of_a_name_needs_a_credit_code(administrator: FlaskClient) -> None:
    told = {"kind": "use_unit", "name": "双溪物业有限公司", "area": make.COUNTY, "active": "1"}
    code = {"credit_code": "91620402MA12345678"}
    assert [
        administrator.post("/organisations/new", data=each).status_code
        for each in (told, told, {**told, **code})
    ] == [302, 422, 302]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("代码,名称,负责人\r\n620403,平川区,王五\r\n".encode("gb18030"), 302),
        (b"code,name\r620403,Pingchuan\r", 302),
        (b"code,name\n620403," + b"x" * 81, 422),
        ("code,name\n999999001,外地".encode(), 422),
        (b"\xff\xff", 422),
    ],
)
def test_a_file_of_areas_is_read_as_excel_saves_it(
    administrator: FlaskClient, content: bytes, status: int
) -> None:
    answer = administrator.post(
        "/areas", data={"file": (BytesIO(content), "a.csv")}, content_type="multipart/form-data"
    )
    assert answer.status_code == status
    assert (db.session.get(Area, "620403") is not None) == (status == 302)


def test_rows_of_areas_that_are_wrong_are_still_there_to_correct(administrator: FlaskClient) -> None:
    answer = administrator.post("/areas", data={"rows": "code,name\n62040,平川区"})
    assert (answer.status_code, "62040,平川区</textarea>" in answer.text, "62040 " in answer.text) == (
        422,
        True,
        True,
    )


@pytest.mark.parametrize("path", ["/organisations/{organisation}/people/new", "/people/{person}/edit"])
def test_no_single_role_is_required_by_the_browser(app: Flask, administrator: FlaskClient, path: str) -> None:
    """`required` on each box of a group let nobody be added who is not everything."""
    station = make.station()
    person = make.user(station, Role.OPERATOR)
    page = administrator.get(path.format(organisation=station.id, person=person.id)).get_data(as_text=True)
    boxes = re.findall(r'<input[^>]*name="roles"[^>]*>', page)
    assert len(boxes) == len(roles_to_give(SYSTEM, OrganisationKind.STATION))
    assert [box for box in boxes if "required" in box] == []
    assert re.search(r'<fieldset class="mb-3">\s*<legend class="form-label required">角色</legend>', page)


def test_a_person_without_a_role_is_told_at_the_roles(app: Flask, administrator: FlaskClient) -> None:
    answer = administrator.post(
        f"/organisations/{make.station().id}/people/new", data={"name": "钱师傅", "mobile": "13800000009"}
    )
    assert answer.status_code == 422
    assert (
        re.search(r'id="roles-error".*?<span>([^<]+)</span>', answer.get_data(as_text=True), re.DOTALL)[1]
        == "此项必填。"
    )  # type: ignore[index]


def test_what_runs_out_names_the_unit_to_everybody_but_the_unit_itself(app: Flask) -> None:
    station = make.station("白银一站")
    owner = make.user(station, Role.STATION_OWNER)
    filler = make.user(station, Role.OPERATOR, name="李四", certificate="P")
    with make.writing():
        mine = db.session.scalars(select(Certificate).where(Certificate.user_id == filler.id)).one()
        mine.valid_until, number = clock.today(), mine.number
    told = [
        [
            row.text
            for card in home_cards(viewer_of(user))
            if card.key == "people.certificate"
            for row in card.rows
        ]
        for user in (owner, make.user(bureau(), Role.SUPERVISOR, area=make.CITY))
    ]
    assert told == [[f"李四 {number}"], [f"李四 白银一站 {number}"]]
