"""A pytest plugin: what the pass of `bin/test` on PostgreSQL leaves out (`-p tests.start.postgres`), which is
what never asks a database and has run on SQLite just before. Such a test that does connect one fails on either
(tests/once.py).
"""

from __future__ import annotations

import pytest


def asks_database(item: pytest.Item) -> bool:
    """Whether the test has a database: by the fixture that every other one of a database takes, or by its mark."""
    return "settings" in getattr(item, "fixturenames", ()) or any(
        item.get_closest_marker(name) for name in ("sqlite", "postgres")
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not asks_database(item)]
    items[:] = [item for item in items if asks_database(item)]
    config.hook.pytest_deselected(items=left_out)
