"""The one text of a ledger line, as docs/ledger.md defines it: what another program computes from the same content."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.dues.rules import DueState
from equipment.ledger.rules import canonical

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
CONTENT = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc中é"), inner)),
)


@given(CONTENT)
def test_it_is_json_with_sorted_keys_no_spaces_and_no_escapes_but_the_needed(
    content: dict[str, object],
) -> None:
    assert canonical(content) == json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 2, 1), '"2026-02-01"'),
        (
            datetime(2026, 2, 1, 8, 30, tzinfo=timezone(timedelta(hours=8))),
            '"2026-02-01T00:30:00.000000+00:00"',
        ),
        (UUID("0192aaaa-0000-7000-8000-000000000001"), '"0192aaaa-0000-7000-8000-000000000001"'),
        (DueState.DONE, '"done"'),
        ((1, 2), "[1,2]"),
    ],
)
def test_values_have_one_form(value: object, text: str) -> None:
    assert canonical({"v": value}) == f'{{"v":{text}}}'


def test_keys_may_be_members_of_an_enum() -> None:
    assert canonical({DueState.DONE: 1}) == '{"done":1}'


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical({"v": object()})
