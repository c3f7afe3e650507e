"""The pass on PostgreSQL leaves out only what asks no database, and such a test cannot connect one."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from equipment.core.config import Settings
from tests.start.postgres import asks_database


def test_a_test_without_a_database_is_left_out(request: pytest.FixtureRequest) -> None:
    assert not asks_database(request.node)


@pytest.mark.sqlite
def test_a_test_about_one_database_is_not(request: pytest.FixtureRequest) -> None:
    assert asks_database(request.node)


@pytest.mark.parametrize("fixture", ["settings", "app", "client", "signed_in", "address"])
def test_a_test_with_a_database_is_not(fixture: str, request: pytest.FixtureRequest) -> None:
    closure = request.session._fixturemanager.getfixtureclosure(request.node, [fixture], set())[0]
    assert "settings" in closure


def test_a_test_that_would_be_left_out_cannot_connect() -> None:
    with pytest.raises(AssertionError, match="test_a_test_that_would_be_left_out_cannot_connect connects"):
        create_engine("sqlite://").connect()


def test_a_test_with_settings_connects(settings: Settings) -> None:
    engine = create_engine(settings.url)
    engine.connect().close()
    engine.dispose()
