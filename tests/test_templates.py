"""Templates and scripts can be read line by line, and who may do what is decided in Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

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


def test_no_name_of_a_layout_stands_before_one_that_a_page_is_given() -> None:
    """What a layout sets or defines at its top is known in the blocks of its pages, before what their view gave
    them."""
    parsing = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    trees = {name: parsing.parse(path.read_text("utf-8")) for name, path in TEMPLATES.items()}
    layouts = {
        name: str(of.template.value)
        for name, tree in trees.items()
        if (of := tree.find(nodes.Extends)) and isinstance(of.template, nodes.Const)
    }
    hidden = {
        name: set_by(trees[layout]) & (names(tree, "load") - names(tree, "store") - called(tree))
        for name, layout in layouts.items()
        for tree in [trees[name]]
    }
    assert "contracts/show.html" in layouts
    assert {name: words for name, words in hidden.items() if words} == {}


def test_no_macro_stands_before_what_a_view_gives_its_template() -> None:
    """A macro that a template imports or defines hides what its view gives it under the same name."""
    parsing = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    hidden = {}
    for path in (ROOT / "equipment").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "render_template":
                continue
            template = TEMPLATES.get(str(getattr(call.args[0], "value", "")))
            if template is not None:
                own = macros_of(parsing.parse(template.read_text("utf-8")))
                if both := own & {keyword.arg for keyword in call.keywords}:
                    hidden[f"{path.name} {template.name}"] = both
    assert hidden == {}


def macros_of(tree: nodes.Template) -> set[str]:
    """The macros that a template defines and those that it imports by name."""
    imports = [name for one in tree.find_all(nodes.FromImport) for name in one.names]
    own = {macro.name for macro in tree.find_all(nodes.Macro)}
    return own | {name[1] if isinstance(name, tuple) else name for name in imports}


def names(tree: nodes.Template | nodes.Assign, how: str) -> set[str]:
    """The names that are read ("load") or set ("store") in it."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx == how}


def set_by(layout: nodes.Template) -> set[str]:
    macros = {macro.name for macro in layout.find_all(nodes.Macro)}
    return macros.union(*(names(assignment, "store") for assignment in layout.find_all(nodes.Assign)))


def called(tree: nodes.Template) -> set[str]:
    """Macros of its layout among them."""
    return {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
