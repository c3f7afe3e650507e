"""What a maker writes is in the language of who asked, although no request is there."""
from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from equipment.tasks.leases import in_own_thread


@pytest.mark.parametrize(("locale", "text"), [("zh_Hans_CN", "设备"), ("en", "Equipment")])
def test_a_makers_texts_are_in_the_readers_language(app: Flask, locale: str, text: str) -> None:
    def work() -> str:
        with force_locale(locale):
            return str(gettext("Equipment"))

    with app.app_context():
        assert in_own_thread(work, lambda: None).result() == text
