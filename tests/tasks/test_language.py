"""Whatever is written is in the language of who reads it, although no request is there."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from equipment.core.words import Message
from equipment.regulation.planning import DueKind
from equipment.tasks.leases import in_own_thread
from equipment.web.language import translate

LATER = "The new day must lie after %(due)s."


@pytest.mark.parametrize(("locale", "text"), [("zh_Hans_CN", "设备"), ("en", "Equipment")])
def test_a_makers_texts_are_in_the_readers_language(app: Flask, locale: str, text: str) -> None:
    def work() -> tuple[str, str]:
        with force_locale(locale):
            return str(gettext("Equipment")), translate("Equipment")

    with app.app_context():
        assert in_own_thread(work, lambda: None).result() == (text, text)


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("Equipment", "设备", "Equipment"),
        ("", "", ""),
        (None, "", ""),
        ("no such", "no such", "no such"),
        (
            Message(LATER, {"due": date(2026, 3, 1)}),
            "新日期须晚于 2026-03-01。",
            "The new day must lie after 2026-03-01.",
        ),
        (
            {"msgid": LATER, "params": {"due": "Equipment"}},
            "新日期须晚于 设备。",
            "The new day must lie after Equipment.",
        ),
        ({"msgid": "Equipment"}, "设备", "Equipment"),
        (Message("100 % of it", {}), "100 % of it", "100 % of it"),
    ],
)
def test_one_translator_for_every_kind_of_text(text: object, chinese: str, english: str) -> None:
    assert (translate(text, "zh_Hans_CN"), translate(text, "en")) == (chinese, english)
    assert translate(text) == chinese


def test_a_member_is_shown_by_its_label_and_the_reader_decides_the_language(app: Flask) -> None:
    kind = DueKind.INSPECTION
    with app.test_request_context("/api/v1/ping", headers={"Accept-Language": "en"}):
        assert (translate(kind), translate(kind, "zh_Hans_CN")) == (kind.label, "定期检验")
