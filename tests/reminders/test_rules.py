"""Stages of a duty and the people around it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import Message
from equipment.people.rules import Role
from equipment.register.duty_rules import Audience, Duty, DutyKind, Stage, duty_kind
from equipment.reminders.addresses import CHECKS, apprise_address, shown
from equipment.reminders.rules import Directory, Person, horizon, stage_on, stages_of, table
from equipment.reminders.states import ChannelKind

TODAY = date(2026, 11, 23)
STATION, FIRM, BODY, BUREAU = (new_id() for _ in range(4))


def duty(kind: DutyKind, days: int, category: str = "elevator", **parties: object) -> Duty:
    return Duty(
        key="due:1",
        kind=kind,
        due_on=TODAY + timedelta(days=days),
        area="620402001",
        text=Message("x"),
        link="/",
        category=category,
        **parties,
    )


@pytest.mark.parametrize(("days", "stage"), [(61, None), (60, "far"), (8, "far"), (7, "near"), (-1, "late")])
def test_stages_that_a_slice_sets_may_stand_in_any_order(days: int, stage: str | None) -> None:
    heard_by = (Audience.RESPONSIBLE,)
    stages = (Stage("far", 60, heard_by), Stage("near", 7, heard_by), Stage("late", -1, heard_by))
    reached = stage_on(duty(DutyKind.WORK, days, stages=stages), TODAY)
    assert (reached and reached.name) == stage


@pytest.mark.parametrize(
    ("kind", "category", "days", "stage"),
    [
        (DutyKind.INSPECTION, "elevator", 61, None),
        (DutyKind.INSPECTION, "elevator", 60, "ahead_60"),
        (DutyKind.INSPECTION, "elevator", 31, "ahead_60"),
        (DutyKind.INSPECTION, "elevator", 30, "ahead_30"),
        (DutyKind.INSPECTION, "elevator", 1, "ahead_7"),
        (DutyKind.INSPECTION, "elevator", 0, "today"),
        (DutyKind.INSPECTION, "elevator", -1, "overdue_1"),
        (DutyKind.INSPECTION, "elevator", -29, "overdue_7"),
        (DutyKind.INSPECTION, "elevator", -400, "overdue_30"),
        (DutyKind.INSPECTION, "cylinder", 31, None),
        (DutyKind.INSPECTION, "cylinder", 7, "ahead_30"),
        (DutyKind.INSPECTION, "cylinder", -400, "overdue_1"),
        (DutyKind.VISIT, "elevator", 3, None),
        (DutyKind.VISIT, "elevator", 2, "ahead_2"),
        (DutyKind.VISIT, "elevator", 0, "today"),
        (DutyKind.FINDING, "elevator", 15, "new"),
        (DutyKind.FINDING, "elevator", 3, "ahead_3"),
        (DutyKind.SIGN, "elevator", -20, "overdue_7"),
    ],
)
def test_the_most_urgent_stage_reached_counts(
    kind: DutyKind, category: str, days: int, stage: str | None
) -> None:
    found = stage_on(duty(kind, days, category), TODAY)
    assert (found.name if found else None) == stage


@pytest.mark.parametrize(
    ("due", "kind"),
    [
        ("inspection", DutyKind.INSPECTION),
        ("visit_half_month", DutyKind.VISIT),
        ("visit_year", DutyKind.VISIT),
        ("brake_test", DutyKind.WORK),
        ("end_of_life", DutyKind.END_OF_LIFE),
    ],
)
def test_every_due_has_a_kind_of_notice(due: str, kind: DutyKind) -> None:
    assert duty_kind(due) == kind


def test_every_kind_has_stages_and_the_earliest_lies_sixty_days_ahead() -> None:
    assert [kind for kind in DutyKind if not stages_of(kind)] == []
    assert (horizon(), {name.split(".")[0] for name in table()} - set(DutyKind)) == (60, set())


def person(organisation: object, area: str, *roles: Role) -> Person:
    return Person(new_id(), organisation, area, frozenset(roles))  # type: ignore[arg-type]


OWNER, OPERATOR = person(STATION, "620402", Role.STATION_OWNER), person(STATION, "620402", Role.OPERATOR)
MANAGER, TECHNICIAN = person(FIRM, "620402", Role.FIRM_MANAGER), person(FIRM, "620402", Role.TECHNICIAN)
INSPECTOR = person(BODY, "6204", Role.INSPECTOR)
CITY, COUNTY, OTHER = (person(BUREAU, area, Role.SUPERVISOR) for area in ("6204", "620402", "620421"))
EVERYBODY = Directory([OWNER, OPERATOR, MANAGER, TECHNICIAN, INSPECTOR, CITY, COUNTY, OTHER])


@pytest.mark.parametrize(
    ("audience", "heard"),
    [
        (Audience.RESPONSIBLE, [OWNER]),
        (Audience.FIRM, [MANAGER]),
        (Audience.BODY, [INSPECTOR]),
        (Audience.SUPERVISORS, [COUNTY]),
        (Audience.HOLDER, [OPERATOR]),
    ],
)
def test_only_the_people_around_a_duty_hear_of_it(audience: Audience, heard: list[Person]) -> None:
    about = duty(
        DutyKind.INSPECTION,
        0,
        organisation_id=STATION,
        firm_id=FIRM,
        body_id=BODY,
        holder_id=OPERATOR.user_id,
    )
    assert EVERYBODY.hear(about, Stage("today", 0, (audience,))) == heard


def test_a_duty_without_parties_is_heard_by_nobody_but_the_supervisors() -> None:
    assert EVERYBODY.hear(duty(DutyKind.INSPECTION, 0), Stage("today", 0, tuple(Audience))) == [COUNTY, CITY]


@pytest.mark.parametrize(
    ("audience", "heard"),
    [(Audience.SUPERVISORS, [COUNTY]), (Audience.COUNTY, [COUNTY]), (Audience.CITY, [CITY])],
)
def test_what_nobody_decides_climbs_to_the_county_and_the_city(
    audience: Audience, heard: list[Person]
) -> None:
    assert EVERYBODY.hear(duty(DutyKind.FINDING, -8), Stage("overdue_7", -7, (audience,))) == heard


def test_where_the_township_and_the_county_have_nobody_the_city_hears() -> None:
    assert Directory([CITY, OTHER]).nearest("620402001") == [CITY]


def test_whoever_belongs_to_two_audiences_hears_once() -> None:
    about = duty(DutyKind.VISIT, 0, organisation_id=FIRM, firm_id=FIRM)
    assert EVERYBODY.hear(about, Stage("today", 0, (Audience.FIRM, Audience.RESPONSIBLE))) == [MANAGER]


ROBOT = "0192f3a0-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    ("kind", "pasted", "kept", "sent_to"),
    [
        (ChannelKind.MAIL, "li@tz.cn", "li@tz.cn", "mailtos://u:p@mail.cn?to=li%40tz.cn"),
        (
            ChannelKind.WECOM,
            f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}",
            ROBOT,
            f"wecombot://{ROBOT}",
        ),
        (ChannelKind.WECOM, ROBOT, ROBOT, f"wecombot://{ROBOT}"),
        (
            ChannelKind.DINGTALK,
            "https://oapi.dingtalk.com/robot/send?access_token=abcdefghijklmnop0123",
            "abcdefghijklmnop0123",
            "dingtalk://abcdefghijklmnop0123",
        ),
        (ChannelKind.WEBHOOK, "http://10.1.2.3:8080/in", "http://10.1.2.3:8080/in", ""),
        (ChannelKind.WEBHOOK, "https://局.cn/in?a=b", "https://局.cn/in?a=b", ""),
    ],
)
def test_what_people_paste_becomes_an_address(
    kind: ChannelKind, pasted: str, kept: str, sent_to: str
) -> None:
    assert (CHECKS[kind](pasted), apprise_address(kind, kept, "mailtos://u:p@mail.cn")) == (kept, sent_to)


@pytest.mark.parametrize(
    ("kind", "pasted"),
    [
        (ChannelKind.MAIL, "li"),
        (ChannelKind.MAIL, "a@b.cn?bcc=c@d.cn"),
        (ChannelKind.MAIL, "a@b.cn,c@d.cn"),
        (ChannelKind.WECOM, "https://evil.cn/?key=" + ROBOT),
        (ChannelKind.WECOM, "short"),
        (ChannelKind.DINGTALK, "https://oapi.dingtalk.com/robot/send"),
        (ChannelKind.WEBHOOK, "ftp://x/y"),
        (ChannelKind.WEBHOOK, "file:///etc/passwd"),
        (ChannelKind.WEBHOOK, "http://u:p@x/"),
        (ChannelKind.WEBHOOK, "http://[::1/"),
        (ChannelKind.WEBHOOK, "http://x:99999/"),
        (ChannelKind.WEBHOOK, f"http://{'x' * 70}.cn/"),
        (ChannelKind.WECOM, "http://[::1/"),
    ],
)
def test_what_is_no_address_is_refused(kind: ChannelKind, pasted: str) -> None:
    with pytest.raises(Invalid):
        CHECKS[kind](pasted)


def test_without_a_mail_server_mail_goes_nowhere() -> None:
    assert apprise_address(ChannelKind.MAIL, "li@tz.cn", "") == ""


def test_a_key_is_a_secret_on_screen() -> None:
    assert (shown(ChannelKind.WECOM, ROBOT), shown(ChannelKind.MAIL, "li@tz.cn")) == ("0192…6666", "li@tz.cn")
