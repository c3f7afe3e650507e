"""docs/states.md says exactly what the code allows; print a fresh one with `python -m tests.test_states`."""
from __future__ import annotations

from pathlib import Path

import pytest

from equipment.core.words import Labelled
from equipment.dues.rules import APPLICATION_CHANGES
from equipment.fills.states import FILL_CHANGES
from equipment.hazards.rules import FINDING_CHANGES, HAZARD_CHANGES
from equipment.life.states import REPORT_CHANGES
from equipment.maintenance.states import VISIT_CHANGES
from equipment.register.rules import EQUIPMENT_CHANGES, LABEL_CHANGES
from equipment.tasks.rules import TASK_CHANGES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "states.md"
TABLES: dict[str, dict[Labelled, set[Labelled]]] = {  # type: ignore[dict-item]
    "Equipment 设备": EQUIPMENT_CHANGES, "Label 标签": LABEL_CHANGES, "Fill 充装": FILL_CHANGES, "Visit 维保记录": VISIT_CHANGES,
    "Finding 问题": FINDING_CHANGES, "Hazard 隐患": HAZARD_CHANGES, "Application 报检": APPLICATION_CHANGES, "Public report 公众举报": REPORT_CHANGES,
    "Task 后台任务": TASK_CHANGES,
}


def document() -> str:
    lines = ["# States and their allowed changes", "", "Printed from the code; a test compares. A state without a way out is final.", ""]
    for title, changes in TABLES.items():
        lines += [f"## {title}", "", "| state | meaning | may become |", "|---|---|---|"]
        lines += [f"| `{state}` | {state.label} | {', '.join(f'`{to}`' for to in type(state) if to in targets) or '–'} |" for state, targets in changes.items()]
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
