"""A pytest plugin: what the pass of `bin/test` on PostgreSQL leaves out (`-p tests.start.postgres`). All of it has
run on SQLite just before.

It is what never asks a database (such a test that does connect one fails on either: tests/once.py), and of a table
of cases all but the first and the last: the databases differ in how a statement is understood, not in what is
asked for case by case. Of the ledger every case runs: there each is a table of its own.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

WHOLE = "tests/ledger/"


def asks_database(item: pytest.Item) -> bool:
    """Whether the test has a database: by the fixture that every other one of a database takes, or by its mark."""
    return "settings" in getattr(item, "fixturenames", ()) or any(
        item.get_closest_marker(name) for name in ("sqlite", "postgres")
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if asks_database(item):
            is_whole = item.nodeid.startswith(WHOLE)
            tables[item.nodeid if is_whole else item.nodeid.partition("[")[0]].append(item)
    chosen = {id(item) for cases in tables.values() for item in (cases[0], cases[-1])}
    left_out = [item for item in items if id(item) not in chosen]
    items[:] = [item for item in items if id(item) in chosen]
    config.hook.pytest_deselected(items=left_out)
