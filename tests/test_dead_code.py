"""No function that nobody calls: each top-level function of the code is named somewhere in the code or a
template, tests apart."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[\w.:]+")  # a text that may name a function: "equipment.labels.work:draw"
WAITING = {
    "done_dues": "what a piece has behind it, for the plan with a past",
    "waiting_for": "what an inspection body has to accept, for the day plan of its inspectors",
    "least_residual_kpa": "least residual pressure, for the drain record of a bottle",
    "override_allowed": "which refusals may be set aside: none yet (docs/design.md 5)",
    "colours": "colours of cylinders (GB/T 7144), for the page of a bottle",
}
FOR_TESTS = {
    "forget_contacts": "a fresh process knows no contacts; tests share one",
    "issue_labels": "a small batch in one transaction; pages have jobs issue and draw one",
    "life_of": "the facts a plan is made from, which tests compare",
    "months_between": "the other half of core/months.py: its tests say add_months by it",
}


def sources() -> list[Path]:
    return [
        path
        for folder in ("equipment", "jobs")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def functions() -> Iterator[tuple[str, Path, ast.AST]]:
    """Top-level functions without a decorator: what decorates one (a route, a command, a hook) calls it."""
    for path in sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
                yield node.name, path, node


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            yield re.split("[.:]", node.value)[-1]


def test_every_function_is_called_by_the_code_or_a_template() -> None:
    called: Counter[str] = Counter()
    scripts = [*(ROOT / "bench").glob("*"), *(ROOT / "bin").glob("*")]
    for path in (*sources(), ROOT / "wsgi.py", *scripts):
        text = path.read_text("utf-8") if path.is_file() else ""
        if path.suffix == ".py" or text.startswith("#!/usr/bin/env python3"):
            called.update(names(ast.parse(text)))
    for path in (ROOT / "templates").rglob("*.html"):
        called.update(re.findall(r"\w+", path.read_text("utf-8")))
    for name, _path, node in functions():
        called[name] -= sum(inner == name for inner in names(node))  # that it calls itself keeps it not alive
    allowed = WAITING | FOR_TESTS
    dead = {f"{path.relative_to(ROOT)}: {name}" for name, path, _node in functions() if called[name] <= 0}
    assert {place for place in dead if place.split(": ")[1] not in allowed} == set()


def test_what_is_allowed_to_wait_is_still_there_and_still_waits() -> None:
    assert set(WAITING | FOR_TESTS) - {name for name, _path, _node in functions()} == set()
