"""Every source of reminders can say which of its records still wait: the night that retires notices asks all of
them."""

from __future__ import annotations

from uuid import uuid4

from flask import Flask


def test_every_source_of_duties_says_what_still_waits(app: Flask) -> None:
    sources = [source for slice_ in app.extensions["slices"] for source in slice_.duties]
    assert len(sources) > 20
    assert [source.open_keys([uuid4()]) for source in sources] == [set()] * len(sources)
