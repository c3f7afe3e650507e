"""docs/states.md says exactly what the code allows; print a fresh one with `python -m tests.test_states`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from equipment.core.words import Labelled
from equipment.slices import SLICES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "states.md"
TABLES: dict[str, Mapping[Labelled, set[Labelled]]] = {
    title: changes for slice_ in SLICES for title, changes in slice_.states.items()
}


def document() -> str:
    lines = [
        "# States and their allowed changes",
        "",
        "Printed from the code; a test compares. A state without a way out is final.",
        "",
    ]
    for title, changes in TABLES.items():
        lines += [f"## {title}", "", "| state | meaning | may become |", "|---|---|---|"]
        lines += [
            f"| `{state}` | {state.label} | {', '.join(f'`{to}`' for to in type(state) if to in targets) or '–'} |"
            for state, targets in changes.items()
        ]
        lines.append("")
    return "\n".join(lines)


def test_the_document_says_what_the_code_allows() -> None:
    assert DOCUMENT.read_text() == document()


@pytest.mark.parametrize("title", TABLES)
def test_every_state_has_its_line(title: str) -> None:
    changes = TABLES[title]
    assert set(changes) == set(type(next(iter(changes))))


if __name__ == "__main__":
    DOCUMENT.write_text(document())
