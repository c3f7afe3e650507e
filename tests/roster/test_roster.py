"""People by workbook: every row checked with its reasons, each person whole or not at all, passwords handed out once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import verify_password
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from equipment.files import store
from equipment.imports.reading import read_sheet, sheet_names
from equipment.people.models import Card, Certificate, Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.roster import work
from equipment.roster.rules import COLUMNS, column_keys
from equipment.roster.workbooks import template
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED
from equipment.tasks.runner import Runner
from tests import make

Sign = Callable[[User], FlaskClient]
HEADER = "单位,姓名,手机号码,角色,辖区,证书代号,证书编号,证书有效期自,证书有效期至,卡号\n"


def settled(task_id: UUID) -> Task:
    for _ in range(1200):
        session.rollback()
        task = session.scalars(
            select(Task).where(Task.id == task_id).execution_options(populate_existing=True)
        ).one()
        if task.state in ENDED:
            return task
        time.sleep(0.05)
    raise AssertionError("the work did not end")


def task_at(answer: Any) -> Task:
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return settled(UUID(answer.location.rsplit("/", 1)[1]))


def checked(browser: FlaskClient, rows: str, name: str = "人员.csv") -> Task:
    content = BytesIO((HEADER + rows).encode("gb18030"))
    return task_at(
        browser.post("/people/roster", data={"file": (content, name)}, content_type="multipart/form-data")
    )


def faults(task: Task) -> dict[int, list[tuple[str, str]]]:
    """By row: (column, reason) of everything that is wrong."""
    return {
        row["row_no"]: [(column, msgid) for column, msgid, _ in row["faults"]]
        for row in task.outcome["summary"]["people"]
        if row["faults"]
    }


def counts(task: Task) -> tuple[int, int, int]:
    summary = task.outcome["summary"]
    return summary["added"], summary["known"], summary["refused"]


@pytest.fixture
def firm(app: Flask) -> Organisation:
    return make.organisation(OrganisationKind.FIRM, "云杉电梯维保有限公司", area=make.COUNTY)


GOOD = (
    "云杉电梯维保有限公司,钱师傅,138 0000 0001,维保人员、维保负责人,,T,6204021990,2024-03-01,2028.02,0412345678\n"
    "白银市市场监督管理局,孙监察,13800000002,监察员,白银区,,,,,\n"
)


def test_a_list_is_checked_added_and_its_passwords_handed_out_once(
    app: Flask, signed_in: Sign, administrator: User, firm: Organisation, worker: Runner
) -> None:
    browser, before = signed_in(administrator), session.scalar(select(func.count()).select_from(User))
    check = checked(browser, GOOD)
    assert (counts(check), faults(check)) == ((2, 0, 0), {})
    assert session.scalar(select(func.count()).select_from(User)) == before
    adding = task_at(browser.post(f"/people/roster/{check.id}/run"))
    assert counts(adding) == (2, 0, 0)
    people = {user.name: user for user in session.scalars(select(User).where(User.must_change))}
    assert {
        name: (user.organisation.name, user.mobile, user.area, user.role_names)
        for name, user in people.items()
    } == {
        "钱师傅": ("云杉电梯维保有限公司", "13800000001", make.COUNTY, {Role.TECHNICIAN, Role.FIRM_MANAGER}),
        "孙监察": ("白银市市场监督管理局", "13800000002", make.COUNTY, {Role.SUPERVISOR}),
    }
    paper = session.scalars(select(Certificate)).one()
    assert (paper.user_id, paper.code, paper.number, paper.valid_until.isoformat()) == (
        people["钱师傅"].id,
        "T",
        "6204021990",
        "2028-02-29",
    )
    assert [(card.user_id, card.uid) for card in session.scalars(select(Card))] == [
        (people["钱师傅"].id, "0412345678")
    ]

    assert (
        browser.get(f"/tasks/{adding.id}/file").status_code == 404
    )  # not among what can be taken again and again
    answer = browser.post(f"/people/roster/{adding.id}/passwords")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    lines = {row[1]: row for row in rows if row[1] in people}
    assert answer.headers["Cache-Control"] == "no-store"
    assert {name: (row[0], row[2]) for name, row in lines.items()} == {
        name: (user.organisation.name, user.mobile) for name, user in people.items()
    }
    with app.app_context():
        assert [verify_password(lines[name][3], user.password) for name, user in people.items()] == [
            True,
            True,
        ]
    assert browser.post(f"/people/roster/{adding.id}/passwords").status_code == 409
    digest = adding.input["passwords"]
    assert digest
    assert not store.path_of(digest).exists()


def test_the_same_list_again_adds_nobody_and_a_second_tap_neither(
    app: Flask, signed_in: Sign, administrator: User, firm: Organisation, worker: Runner
) -> None:
    browser = signed_in(administrator)
    check = checked(browser, GOOD)
    address = f"/people/roster/{check.id}/run"
    first, second = (task_at(browser.post(address)).id for _ in range(2))
    assert first == second
    assert counts(checked(browser, GOOD)) == (0, 2, 0)


WRONG = [
    (
        ",,13800000003,维保人员,,,,,,",
        [
            ("name", "“%(field)s” is missing"),
            ("roles", "“%(role)s” is no role that you may give in an organisation of this kind (%(kind)s)"),
        ],
    ),
    (
        "无此单位,甲,13800000003,维保人员,,,,,,",
        [("organisation", "No organisation on file is called “%(text)s”: add it first")],
    ),
    ("云杉电梯维保有限公司,甲,1380000,维保人员,,,,,,", [("mobile", "This is no mobile number.")]),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员、队长,,,,,,",
        [("roles", "“%(text)s” is no role; choose from the list of the template")],
    ),
    (
        "云杉电梯维保有限公司,甲,13800000003,充装员,,,,,,",
        [("roles", "“%(role)s” is no role that you may give in an organisation of this kind (%(kind)s)")],
    ),
    ("云杉电梯维保有限公司,甲,13800000003,维保人员,靖远县,,,,,", [("area", "Choose an area of your own.")]),
    ("云杉电梯维保有限公司,甲,13800000003,维保人员,火星,,,,,", [("area", "No area is called “%(text)s”")]),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员,,T,62,,2028-01-01,",
        [("valid_from", "A certificate needs its code, its number and both days")],
    ),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员,,T,62,2028-01-02,2028-01-01,",
        [("valid_until", "It ends before it begins.")],
    ),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员,,T,62,2028-01-02,长期,",
        [("valid_until", "“%(text)s” is not a date; write it like 2024-03-05 or 2024.03")],
    ),
    (
        "云杉电梯维保有限公司,甲,13900000001,维保人员,,,,,,",
        [("mobile", "Somebody signs in with this number already.")],
    ),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员,,,,,,10-57-a0:01",
        [("card", "This card was given out already.")],
    ),
    (
        "云杉电梯维保有限公司,甲,13800000003,维保人员,,,,,,工卡17",
        [("card", "A card number has digits and the letters A to F only.")],
    ),
]


@pytest.mark.parametrize(("row", "reasons"), WRONG)
def test_a_row_that_is_wrong_is_refused_with_every_reason(
    app: Flask,
    signed_in: Sign,
    administrator: User,
    firm: Organisation,
    worker: Runner,
    row: str,
    reasons: list[tuple[str, str]],
) -> None:
    make.card(make.user(firm, Role.TECHNICIAN, mobile="13900000001"), "1057A001")
    browser = signed_in(administrator)
    check = checked(browser, row + "\n" + "云杉电梯维保有限公司,乙,13800000009,维保人员,,,,,,\n")
    assert (counts(check), faults(check)) == ((1, 0, 1), {2: reasons})
    with browser.get(f"/people/roster/{check.id}/result") as answer:
        book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    assert len(book.get_sheet_by_index(0).to_python()) == 3
    page = browser.get(f"/people/roster/{check.id}").get_data(as_text=True)
    assert "不予导入" in page


def test_two_rows_with_one_number_are_told_apart(
    app: Flask, signed_in: Sign, administrator: User, firm: Organisation, worker: Runner
) -> None:
    row = "云杉电梯维保有限公司,{},13800000003,维保人员,,,,,,\n"
    check = checked(signed_in(administrator), row.format("甲") + row.format("乙"))
    assert (counts(check), faults(check)) == (
        (1, 0, 1),
        {3: [("mobile", "Row %(row)s has this number already")]},
    )


def test_a_manager_lists_people_of_his_own_firm_without_naming_it_and_of_no_other(
    app: Flask, signed_in: Sign, firm: Organisation, worker: Runner
) -> None:
    make.organisation(OrganisationKind.FIRM, "别家维保有限公司")
    browser = signed_in(make.user(firm, Role.FIRM_MANAGER))
    check = checked(
        browser, ",甲,13800000003,维保人员,,,,,,\n别家维保有限公司,乙,13800000004,维保人员,,,,,,\n"
    )
    assert (counts(check), faults(check)) == (
        (1, 0, 1),
        {3: [("organisation", "No organisation on file is called “%(text)s”: add it first")]},
    )


def test_nobody_but_who_may_add_people_uploads_a_list(
    app: Flask, signed_in: Sign, firm: Organisation
) -> None:
    browser = signed_in(make.user(firm, Role.TECHNICIAN))
    assert [
        browser.get("/people/roster").status_code,
        browser.post("/people/roster/template").status_code,
    ] == [403, 403]


def test_a_run_that_was_cut_off_gives_everybody_a_password_that_is_on_the_list(
    app: Flask, administrator: User, firm: Organisation
) -> None:
    rows = "".join(
        f"云杉电梯维保有限公司,甲{number},138000001{number:02},维保人员,,,,,,\n" for number in range(30)
    )
    content = store.keep((HEADER + rows).encode(), "text/csv")
    with transaction():
        task = enqueue(
            "people.roster", {"sha256": content.sha256, "name": "x"}, by=viewer_of(administrator), title="x"
        )
        session.flush()

    class Cut(Progress):
        def advance(self, n: int = 1) -> None:
            raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        work.add(task, Cut())
    task = settled_row(task.id)
    assert len(task.input["added"]) == work.CHUNK
    with app.app_context():
        outcome = work.add(task, Progress())
    assert {name: outcome.summary[name] for name in ("added", "known", "refused")} == {
        "added": 30,
        "known": 0,
        "refused": 0,
    }
    book = (
        CalamineWorkbook.from_path(store.path_of(settled_row(task.id).input["passwords"]))
        .get_sheet_by_index(0)
        .to_python()
    )
    passwords = {row[2]: row[3] for row in book}
    users = session.scalars(select(User).where(User.must_change)).all()
    assert len(users) == 30
    with app.app_context():
        assert [
            user.mobile for user in users if not verify_password(passwords[user.mobile], user.password)
        ] == []


def settled_row(task_id: UUID) -> Task:
    session.rollback()
    return session.scalars(
        select(Task).where(Task.id == task_id).execution_options(populate_existing=True)
    ).one()


def test_who_has_signed_in_gets_no_new_password(
    app: Flask, signed_in: Sign, administrator: User, firm: Organisation, worker: Runner
) -> None:
    browser = signed_in(administrator)
    adding = task_at(browser.post(f"/people/roster/{checked(browser, GOOD).id}/run"))
    with make.writing():
        session.scalars(select(User).where(User.name == "钱师傅")).one().must_change = False
    renewing = task_at(browser.post(f"/people/roster/{adding.id}/renew"))
    book = CalamineWorkbook.from_filelike(
        BytesIO(browser.post(f"/people/roster/{renewing.id}/passwords").data)
    ).get_sheet_by_index(0)
    assert [row[1] for row in book.to_python() if row[2] in ("13800000001", "13800000002")] == ["孙监察"]


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_the_template_is_read_back_column_by_column_without_its_samples(
    app: Flask, signed_in: Sign, administrator: User, worker: Runner, locale: str
) -> None:
    path = template(locale, list(Role))
    header = read_sheet(path, sheet_names(path)[0]).rows[0]
    assert column_keys(header[1:], work.OWN_HEADINGS) == tuple(column.key for column in COLUMNS)
    browser = signed_in(administrator)
    task = task_at(
        browser.post(
            "/people/roster",
            data={"file": (BytesIO(path.read_bytes()), "空.xlsx")},
            content_type="multipart/form-data",
        )
    )
    assert [each["text"]["msgid"] for each in task.outcome["errors"]] == [
        "There is a header but no row below it."
    ]
    page = browser.get(f"/people/roster/{task.id}").get_data(as_text=True)
    assert "alert-danger" in page
    path.unlink()


def rows_like(samples: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[str(number), *row[1:]] for number, row in enumerate(samples, 1)]


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_rows_like_the_samples_of_the_template_are_clean(
    app: Flask, signed_in: Sign, administrator: User, worker: Runner, locale: str, tmp_path: Path
) -> None:
    make.organisation(OrganisationKind.FIRM, "示例电梯维保有限公司")
    make.organisation(OrganisationKind.REGULATOR, "示例市场监督管理局", area=make.CITY)
    path = template(locale, list(Role))
    header, *samples = read_sheet(path, sheet_names(path)[0]).rows
    path.unlink()
    text = "\n".join("\t".join(row) for row in [header, *rows_like(samples)])
    content = BytesIO(text.encode("utf-8-sig"))
    task = task_at(
        signed_in(administrator).post(
            "/people/roster", data={"file": (content, "x.csv")}, content_type="multipart/form-data"
        )
    )
    assert (counts(task), faults(task)) == ((2, 0, 0), {})


def test_words_that_the_bureau_adds_for_people_are_read(
    app: Flask, signed_in: Sign, administrator: User, firm: Organisation, worker: Runner
) -> None:
    browser = signed_in(administrator)
    rows = "单位,姓名,联系方式,工种\n云杉电梯维保有限公司,钱师傅,13800000001,电梯工\n"

    def check() -> Task:
        file = (BytesIO(rows.encode()), "人员.csv")
        return task_at(
            browser.post("/people/roster", data={"file": file}, content_type="multipart/form-data")
        )

    assert check().state == "failed", "no sheet has the needed columns"
    for word, meaning in (
        ("联系方式", "heading:mobile"),
        ("工种", "heading:roles"),
        ("电梯工", "role:technician"),
    ):
        answer = browser.post(
            "/register/import/words", data={"category": "people", "word": word, "meaning": meaning}
        )
        assert answer.status_code == 302, answer.text
    task = check()
    assert (counts(task), faults(task)) == ((1, 0, 0), {})
    task_at(browser.post(f"/people/roster/{task.id}/run"))
    added = session.scalars(select(User).where(User.mobile == "13800000001")).one()
    assert added.role_names == {Role.TECHNICIAN}
    page = browser.get("/register/import/words?category=people").text
    assert "电梯工" in page
    assert "充装工" in page
