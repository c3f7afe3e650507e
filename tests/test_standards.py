"""What docs/asvs.md and docs/dengbao.md name is there: every test, every file, and no requirement without an answer."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAPERS = ("docs/asvs.md", "docs/dengbao.md")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:equipment|tests|docs|static|jobs)/[\w./]+)`")


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_test_and_file_that_is_named_exists(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    named = TEST.findall(text)
    assert len(named) > 20
    missing = [
        f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in names_in(path)
    ]
    missing += [path for path in FILE.findall(text) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("paper", PAPERS)
def test_every_requirement_has_an_answer(paper: str) -> None:
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in (ROOT / paper).read_text("utf-8").splitlines()
        if row.startswith("|") and not row.startswith("|---")
    ]
    assert [row for row in rows if len(row) != 4 or not all(row)] == []


def test_every_number_stands_once() -> None:
    text = (ROOT / "docs/asvs.md").read_text("utf-8")
    numbers = [
        number
        for row in text.splitlines()
        if re.match(r"\| \d", row)
        for number in re.findall(r"\d+\.\d+\.\d+", row.split("|")[1])
    ]
    assert len(numbers) == len(set(numbers)) > 120
