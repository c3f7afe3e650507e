"""Inspection results of a lot by workbook: pieces found by any number, every row tried by the rules, recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Finding
from equipment.imports import result_stages
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.reading import read_sheet
from equipment.imports.result_work import MAKERS
from equipment.inspections.models import Inspection
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import add_identifier
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Cancelled, Progress
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from tests import make
from tests.dues.town import Town, bottle, lift, town

Sign = Callable[[User], FlaskClient]
PAGE = "/inspections/import"
HEAD = "编号,检验日期,检验结论,报告编号,下次检验日期,延长理由,不合格原因\n"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-03-10 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def worked() -> None:
    while Runner("test", MAKERS).run_one():
        pass
    session.rollback()


def sent(browser: FlaskClient, text: str, category: str = "cylinder", name: str = "结果.csv") -> str:
    """Upload, match as suggested, check: the address of the file's page."""
    parts = {"category": category, "file": (BytesIO(text.encode()), name)}
    answer = browser.post(PAGE, data=parts, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    worked()
    url = str(answer.location)
    assert browser.post(f"{url}/mapping", data=matched(url)).status_code == 302
    worked()
    return url


def the_file(url: str) -> ImportBatch:
    key = UUID(url.rsplit("/", 1)[1])
    rows = select(ImportBatch).where(ImportBatch.id == key).execution_options(populate_existing=True)
    return session.scalars(rows).one()


def matched(url: str, **more: str) -> dict[str, str]:
    """What the mapping page sends when nobody changes anything."""
    batch = the_file(url)
    columns, fixed = batch.mapping["columns"], batch.mapping["fixed"]
    names = enumerate(batch.header)
    form = {f"to_{number}": columns[name]["to"] for number, name in names if name in columns}
    return form | {f"fixed_{key}": value for key, value in fixed.items()} | more


def states(url: str) -> dict[int, str]:
    session.rollback()
    rows = select(ImportRow.row_no, ImportRow.state).where(ImportRow.batch_id == the_file(url).id)
    return {number: str(state) for number, state in session.execute(rows)}


def results() -> list[Inspection]:
    session.rollback()
    return list(session.scalars(visible(SYSTEM, Inspection).order_by(Inspection.received_at)))


def run(browser: FlaskClient, url: str, **form: str) -> None:
    assert browser.post(f"{url}/run", data=form).status_code == 302
    worked()


def test_every_row_says_what_would_become_of_it_and_nothing_stays_of_the_check(
    signed_in: Sign, at: Town
) -> None:
    good, numbered = bottle(at, code="K7M2Q9ZD1JH4XWA"), bottle(at, serial="A-1")
    late, failed = bottle(at, serial="B1"), bottle(at, serial="B2")
    bottle(at, serial="SAME", maker="甲厂"), bottle(at, serial="SAME", maker="乙厂")
    bottle(at, serial="FOREIGN", inspection_body_id=None)
    text = (
        HEAD + "K7M2Q-9ZD1J-H4XWA,2025-03-05,合格,PJ-1,,,\n"  # 2: by its label
        "A-1,2025.3.5,合格,PJ-1,2028-03-31,,\n"  # 3: by its stamped number; the ring says less than the rule
        "B1,2025-03-05,合格,PJ-1,2035-03-05,,\n"  # 4: beyond the rule, without a reason
        "B2,2025-03-05,不合格,PJ-1,,,瓶体凹陷\n"  # 5
        "B2,2025-03-05,不合格,PJ-1,,,瓶体凹陷\n"  # 6: twice
        "SAME,2025-03-05,合格,PJ-1,,,\n"  # 7: two bottles have it
        "FOREIGN,2025-03-05,合格,PJ-1,,,\n"  # 8: another body's
        "NOSUCH,2025-03-05,合格,PJ-1,,,\n"  # 9
        "A-1,2025-04-05,合格,PJ-1,,,\n"  # 10: a day to come
        "A-1,2025-03,合格,PJ-1,,,\n"  # 11: a month only
        "A-1,2025-03-04,大概合格,PJ-1,,,\n"  # 12
        "A-1,2025-03-03,不合格,PJ-1,,,\n"  # 13: without saying why
        ",2025-03-05,合格,PJ-1,,,\n"  # 14: without a number
    )
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    assert states(url) == {
        2: "added",
        3: "added",
        4: "refused",
        5: "added",
        6: "twice",
        **dict.fromkeys(range(7, 15), "refused"),
    }
    page = browser.get(url).text
    for words in (
        "按规则应为",
        "SAME",
        "您管理的设备中没有编号为“FOREIGN”的",
        "您管理的设备中没有编号为“NOSUCH”的",
        "只有年月",
        "大概合格",
    ):
        assert words in page, words
    assert results() == []
    assert session.scalar(select(func.count()).select_from(Finding)) == 0
    run(browser, url)
    by_piece = {row.equipment_id: row for row in results()}
    assert {good.id, numbered.id, failed.id} <= set(by_piece)
    assert late.id not in by_piece
    assert by_piece[numbered.id].stated_next_on == date(2028, 3, 31)
    assert (by_piece[failed.id].conclusion, by_piece[failed.id].remark) == ("failed", "瓶体凹陷")


def test_a_new_valve_of_the_workbook_is_what_the_bench_enters(signed_in: Sign, at: Town) -> None:
    details = {"variety": "lpg", "medium": "LPG", "valve_until": "2026-01-31"}
    numbers = ("NONE", "NEW", "SHORT", "SCRAP", "DAY")
    bottles = {number: bottle(at, serial=number, details=details) for number in numbers}
    text = (
        HEAD.replace("延长理由", "新瓶阀使用期限")
        + "NONE,2025-03-05,合格,PJ-1,,,\n"  # 2: the old valve ends before the next inspection
        "NEW,2025-03-05,合格,PJ-1,,2033.06,\n"  # 3: a month, as valves show it
        "SHORT,2025-03-05,合格,PJ-1,,2027-01,\n"  # 4: the new one does not last either
        "SCRAP,2025-03-05,报废,PJ-1,,2033.06,瓶体裂纹\n"  # 5: nobody fits a valve to it
        "DAY,2025-03-05,合格,PJ-1,,明年,\n"  # 6
    )
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    assert states(url) == {2: "refused", 3: "added", 4: "refused", 5: "refused", 6: "refused"}
    run(browser, url)
    (result,) = results()
    assert (result.equipment_id, result.valve_until) == (bottles["NEW"].id, date(2033, 6, 30))
    assert session.get_one(Equipment, bottles["NEW"].id).details["valve_until"] == "2033-06-30"


def test_a_lot_of_three_hundred_shares_one_report_and_is_recorded_once(signed_in: Sign, at: Town) -> None:
    lot = [bottle(at, serial=f"LOT{number:03}") for number in range(300)]
    text = HEAD + "".join(f"{piece.serial},2025-03-05,合格,PJ-2025-031,,,\n" for piece in lot)
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    run(browser, url)
    assert set(states(url).values()) == {"changed"}
    assert [(row.report_no, row.conclusion) for row in results()] == [("PJ-2025-031", "passed")] * 300
    done = select(func.count()).where(Due.state == DueState.DONE)
    assert session.scalar(done) == 300
    again = sent(browser, text)  # the same file a second time
    assert set(states(again).values()) == {"known"}
    assert browser.post(f"{again}/run").status_code == 302
    worked()
    other = sent(browser, text.replace("PJ-2025-031", " PJ-2025-031"), name="改.csv")  # corrected, one by one
    assert set(states(other).values()) == {"known"}
    assert len(results()) == 300


def test_what_is_too_early_to_count_is_recorded_only_where_somebody_says_so(
    signed_in: Sign, at: Town
) -> None:
    lift(at, serial="E1")  # due 2024-05-31, counts from 2024-03-01
    browser = signed_in(at.inspector)
    url = sent(browser, HEAD + "E1,2024-02-29,合格,TZJ-3,,,\n", "elevator")
    assert states(url) == {2: "flagged"}
    assert "另录入 1 个过早的结果" in browser.get(url).text
    run(browser, url)
    assert results() == []
    run(browser, url, early="1")
    assert [(row.report_no, row.early) for row in results()] == [("TZJ-3", True)]


def test_lifts_have_a_report_number_of_their_own(signed_in: Sign, at: Town) -> None:
    first, second = lift(at, serial="L1"), lift(at, serial="L2")
    rows = "L1,2025-03-05,合格,TZJ-1,,,\nL2,2025-03-05,合格,TZJ-1,,,\n"
    url = sent(signed_in(at.inspector), HEAD + rows, "elevator")
    assert states(url) == {2: "added", 3: "refused"}
    run(signed_in(at.inspector), url)
    assert [row.equipment_id for row in results()] == [first.id]
    assert second.id != first.id


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (IdentifierKind.EQUIPMENT_CODE, "31101162025000123"),
        (IdentifierKind.CERTIFICATE_NO, "梯11甘D00042(25)"),
    ],
)
def test_a_piece_is_found_by_whatever_number_it_carries(
    signed_in: Sign, at: Town, kind: IdentifierKind, number: str
) -> None:
    piece = lift(at)
    with transaction():
        add_identifier(session.get_one(Equipment, piece.id), kind, number, by=SYSTEM)
    browser = signed_in(at.inspector)
    url = sent(browser, HEAD + f"{number},2025-03-05,合格,TZJ-9,,,\n", "elevator")
    run(browser, url)
    assert [row.equipment_id for row in results()] == [piece.id]


def test_a_shared_number_is_told_apart_by_the_maker(signed_in: Sign, at: Town) -> None:
    bottle(at, serial="X1", maker="甲厂")
    second = bottle(at, serial="X1", maker="乙厂")
    text = "出厂编号,制造单位,检验日期,结论\nX1,乙厂,2025-03-05,合格\nX1,丙厂,2025-03-05,合格\n"
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    assert states(url) == {2: "added", 3: "refused"}
    run(browser, url)
    assert [(row.equipment_id, row.report_no) for row in results()] == [(second.id, "")]


def test_work_that_was_cut_off_goes_on_and_records_nothing_twice(
    signed_in: Sign, at: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = [bottle(at, serial=f"CUT{number}") for number in range(5)]
    text = HEAD + "".join(f"{piece.serial},2025-03-05,合格,PJ-7,,,\n" for piece in lot)
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    monkeypatch.setattr(result_stages, "AT_A_TIME", 2)
    batch = the_file(url)
    key = (batch.organisation_id, batch.id)

    class Cut(Progress):
        def advance(self, n: int = 1) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        result_stages.record_results(key, Cut(), by=viewer_of(at.inspector))
    assert (len(results()), str(the_file(url).state)) == (2, "stopped")
    assert "继续" in browser.get(url).text
    run(browser, url)
    assert sorted(row.equipment_id for row in results()) == sorted(piece.id for piece in lot)
    assert (str(the_file(url).state), set(states(url).values())) == ("done", {"changed"})


def test_refused_rows_come_back_as_a_workbook_that_is_corrected_and_uploaded_again(
    signed_in: Sign, at: Town, tmp_path: Any
) -> None:
    bottle(at, serial="R1"), bottle(at, serial="R2")
    browser = signed_in(at.inspector)
    url = sent(browser, HEAD + "R1,2025-03-05,合格,P1,,,\nR2,2025-03-05,不合格,P1,,,\n")
    run(browser, url)
    with browser.get(f"{url}/errors") as answer:
        book = tmp_path / "errors.xlsx"
        book.write_bytes(answer.data)
    rows = read_sheet(book, "待更正").rows
    assert [row[0] for row in rows[1:]] == ["R2"]
    corrected = ",".join(rows[0]) + "\n" + ",".join([*rows[1][:6], "阀座损坏", *rows[1][7:]])
    second = sent(browser, corrected, name="更正.csv")
    assert list(states(second).values()) == ["added"]
    run(browser, second)
    assert [row.conclusion for row in results()] == ["passed", "failed"]


def test_the_template_is_read_without_its_sample(signed_in: Sign, at: Town, tmp_path: Any) -> None:
    browser = signed_in(at.inspector)
    assert browser.post(f"{PAGE}/template").status_code == 302
    worked()
    task = session.scalars(select(Task).where(Task.kind == "results.template")).one()
    with browser.get(f"/tasks/{task.id}/file") as answer:
        (tmp_path / "t.xlsx").write_bytes(answer.data)
    rows = read_sheet(tmp_path / "t.xlsx", "检验结果录入表").rows
    assert rows[0][:5] == ["序号", "编号*", "制造单位", "检验日期*", "检验结论*"]
    assert rows[1][0] == "示例"


def test_a_mapping_without_what_is_needed_is_refused_and_shown_again(signed_in: Sign, at: Town) -> None:
    bottle(at, serial="M1")
    browser = signed_in(at.inspector)
    parts = {"category": "cylinder", "file": (BytesIO("编号,结论\nM1,OK\n".encode()), "a.csv")}
    url = browser.post(PAGE, data=parts, content_type="multipart/form-data").location
    worked()
    answer = browser.post(f"{url}/mapping", data=matched(url, values_1="OK = 合格"))
    assert (answer.status_code, "检验日期" in answer.text, "OK = 合格" in answer.text) == (422, True, True)
    form = matched(url, values_1="OK = 合格", fixed_on="2025-03-05", fixed_report_no="P9")
    assert browser.post(f"{url}/mapping", data=form).status_code == 302
    worked()
    assert states(url) == {2: "added"}


def test_strangers_see_and_record_nothing(signed_in: Sign, at: Town) -> None:
    bottle(at, serial="S1")
    url = sent(signed_in(at.inspector), HEAD + "S1,2025-03-05,合格,P1,,,\n")
    other = signed_in(at.stranger)
    assert [other.get(url).status_code, other.post(f"{url}/run").status_code] == [404, 404]
    assert signed_in(at.owner).get(PAGE).status_code == 403
    assert signed_in(at.officer).get(url.replace(PAGE, "/register/import")).status_code == 403
    theirs = sent(other, HEAD + "S1,2025-03-05,合格,P1,,,\n", name="外.csv")
    assert states(theirs) == {2: "refused"}
    assert results() == []
    late = make.user(at.body, Role.INSPECTOR, name="新检")
    assert signed_in(late).get(url).status_code == 200


def test_words_that_the_bureau_adds_for_results_are_read_and_those_it_takes_back_are_not(
    signed_in: Sign, at: Town
) -> None:
    good, failed = bottle(at, serial="N1"), bottle(at, serial="N2")
    bottle(at, serial="N3")
    bureau = make.organisation(OrganisationKind.REGULATOR, "白银市市场监督管理局", area=make.CITY)
    city = signed_in(make.user(bureau, Role.SUPERVISOR, Role.ADMINISTRATOR))
    text = "瓶号,检定日,检定情况,报告编号,问题\nN1,2025-03-05,准用,P-1,\nN2,2025-03-05,禁用,P-1,凹陷\nN3,2025-03-05,符合,P-1,\n"
    before = the_file(sent_unmatched(signed_in(at.inspector), text))
    assert set(before.mapping["columns"]) == {"瓶号", "报告编号", "问题"}
    for word, meaning in (
        ("检定日", "heading:on"),
        ("检定情况", "heading:conclusion"),
        ("准用", "conclusion:passed"),
        ("禁用", "conclusion:failed"),
        ("符合", "conclusion:"),
    ):
        answer = city.post(
            "/register/import/words", data={"category": "results", "word": word, "meaning": meaning}
        )
        assert answer.status_code == 302, answer.text
    page = city.get("/register/import/words?category=results").text
    assert "准用" in page
    assert "整改后合格" in page
    browser = signed_in(at.inspector)
    url = sent(browser, text)
    assert states(url) == {2: "added", 3: "added", 4: "refused"}
    run(browser, url)
    assert {(row.equipment_id, str(row.conclusion)) for row in results()} == {
        (good.id, "passed"),
        (failed.id, "failed"),
    }
    wrong = city.post(
        "/register/import/words", data={"category": "results", "word": "x", "meaning": "conclusion:perhaps"}
    )
    assert wrong.status_code == 422


def sent_unmatched(browser: FlaskClient, text: str) -> str:
    """Upload and read: the address of the file's page."""
    parts = {"category": "cylinder", "file": (BytesIO(text.encode()), "先.csv")}
    answer = browser.post(PAGE, data=parts, content_type="multipart/form-data")
    worked()
    return str(answer.location)
