"""What is remembered for seconds: looked up once within them, again after them, at once when it is forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from equipment.storage import remembered
from equipment.storage.remembered import Remembered, forget_all


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr(remembered, "clock", lambda: at[0])
    return at


@pytest.mark.parametrize(("later", "looked_up"), [(0, 1), (4.9, 1), (5, 2), (60, 2)])
def test_it_is_looked_up_once_within_its_seconds(now: list[float], later: float, looked_up: int) -> None:
    known, asked = Remembered[str, int](5), []
    for at in (100.0, 100.0 + later):
        now[0] = at
        known.get("a", lambda: asked.append("a") or len(asked))
    assert len(asked) == looked_up


def test_each_key_is_known_by_itself_and_none_is_not_remembered(now: list[float]) -> None:
    known = Remembered[str, int | None](5)
    assert [
        known.get("a", lambda: 1),
        known.get("b", lambda: None),
        known.get("a", lambda: 2),
        known.get("b", lambda: 3),
    ] == [1, None, 1, 3]


def test_a_fault_is_not_remembered(now: list[float]) -> None:
    known = Remembered[str, int](5)
    with pytest.raises(ZeroDivisionError):
        known.get("a", lambda: 1 // 0)
    assert known.get("a", lambda: 7) == 7


def test_what_was_forgotten_is_looked_up_anew(now: list[float]) -> None:
    one, other = Remembered[str, int](5), Remembered[str, int](5, together=True)
    assert [one.get("a", lambda: 1), other.get("a", lambda: 1)] == [1, 1]
    one.forget()
    assert [one.get("a", lambda: 2), other.get("a", lambda: 2)] == [2, 1]
    forget_all()
    assert [one.get("a", lambda: 3), other.get("a", lambda: 3)] == [3, 3]


def test_it_never_grows_beyond_its_bound(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 10)
    known = Remembered[int, int](5)
    for number in range(95):
        known.get(number, lambda: 1)
    assert len(known._cache) <= 10


def test_many_who_ask_together_wait_for_the_one_who_counts() -> None:
    known, asked, told = Remembered[str, int](60, together=True), [], []

    def count() -> int:
        asked.append("a")
        time.sleep(0.1)
        return len(asked)

    threads = [threading.Thread(target=lambda: told.append(known.get("a", count))) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (asked, told) == (["a"], [1] * 8)
