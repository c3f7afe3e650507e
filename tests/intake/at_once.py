"""The same message from two phones, or by a double tap: sent at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

from flask import Flask

from equipment.core.errors import Conflict, Invalid
from equipment.storage import db

T = TypeVar("T")


def twice_at_once(app: Flask, send: Callable[[], T]) -> list[T | list[str]]:
    """What `send` came to in two threads that start together; of a conflict its fields."""
    outcomes: list[T | list[str]] = []
    start = Barrier(2)

    def one() -> None:
        with app.app_context():
            try:
                start.wait(10)
                outcomes.append(send())
            except (Conflict, Invalid) as refusal:
                outcomes.append(sorted(refusal.fields))
            finally:
                db.session.remove()

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
