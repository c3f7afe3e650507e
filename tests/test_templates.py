"""Templates and scripts can be read line by line, and who may do what is decided in Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from equipment.people.rules import OrganisationKind, Role

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = {
    str(path.relative_to(ROOT / "templates")): path for path in sorted((ROOT / "templates").rglob("*.html"))
}
SCRIPTS = {path.name: path for path in sorted((ROOT / "static" / "js").glob("*.js"))}
WIDTH = 110

ROLES = "|".join(Role)
KINDS = "|".join(OrganisationKind)
COMPARED = (
    r"""(?:==|!=|\bin)\s*[(\[]?\s*['"]"""  # what may stand before a word that is compared with something
)
DECISIONS = {
    "a role": r"\bRole\.|\.roles\b|\.role\s*[=!]=|"
    rf"""{COMPARED}(?:{ROLES})['"]|['"](?:{ROLES})['"]\s*(?:==|!=|in\b|not\s+in\b)""",
    "whether the viewer sees by area": r"\boversees\b",
    "the viewer's organisation": r"\borganisation_kind\b|\bviewer\.organisation_id\b",
    "the kind of an organisation": rf"""\bkind\s*{COMPARED}(?:{KINDS})['"]""",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_line_is_wider_than_a_reader_takes_in(name: str) -> None:
    assert too_wide(TEMPLATES[name]) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_line_of_a_script_is_wider(name: str) -> None:
    assert too_wide(SCRIPTS[name]) == []


def too_wide(path: Path) -> list[int]:
    lines = path.read_text("utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if len(line) > WIDTH]


@pytest.mark.parametrize("decision", DECISIONS)
def test_no_template_decides_by(decision: str) -> None:
    matches = {
        name: re.findall(DECISIONS[decision], path.read_text("utf-8")) for name, path in TEMPLATES.items()
    }
    assert {name: words for name, words in matches.items() if words} == {}
