"""What a run reports of itself reads as words: every name that a maker or a job sums up under has one."""

import ast
from pathlib import Path

from equipment.tasks.views import FIGURES

ROOT = Path(__file__).parents[2] / "equipment"


def names_in(tree: ast.AST) -> set[str]:
    """Keys of `summary={...}`, and of the mappings that timed work answers with."""
    words = [word for word in ast.walk(tree) if isinstance(word, ast.keyword)]
    summed = [word.value for word in words if word.arg == "summary"]
    timed = [part for word in words if word.arg == "timed" for part in ast.walk(word.value)]
    summed += [part.body for part in timed if isinstance(part, ast.Lambda)]
    keys = [
        key for table in summed for part in ast.walk(table) if isinstance(part, ast.Dict) for key in part.keys
    ]
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_every_name_of_a_figure_has_words():
    trees = [ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))]
    found = {name for tree in trees for name in names_in(tree)}
    assert {"pages", "rows", "lists"} <= found
    assert found - set(FIGURES) - {"people"} == set()  # people: rows of a table, no figure
