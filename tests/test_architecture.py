"""Imports point one way (docs/design.md 3), tables are of four kinds (docs/design.md 4), and scoped tables are read through `visible` only."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from equipment.shell import tables
from equipment.slices import SLICES

ROOT = Path(__file__).resolve().parent.parent
ORDER = [
    slice_.name for slice_ in SLICES if slice_.name not in ("ledger", "shell")
]  # the ledger stands under all, the shell over all
BESIDE = ({"labels", "dues"}, {"inspections", "fills", "maintenance"}, {"imports", "life"})
PURE_ROOMS = {"rules", "states", "codes", "text", "timetable", "choices"}
EDGE_ROOMS = {
    "forms",
    "views",
    "api",
    "printing",
    "work",
    "exporting",
    "renaming",
    "verifying",
    "result_stages",
    "result_work",
    "visit_work",
    "instrument_work",
    "visit_stages",
    "channels",
    "commands",
    "signing",
    "security",
    "runner",
    "stages",
    "reading",
    "previews",
    "workbooks",
    "wording",
    "tables",
    "pictures",
    "slice",
}
FOLDER_LAYERS = {
    "core": 0,
    "regulation": 0,
    "storage": 1,
    "web": 3,
    "shell": 4,
}  # every room of the folder, where its name says no more
PURE_LIBRARIES = {"pydantic", "pydantic_core", "annotated_types", "unicodedata", "orjson"}
HEAVY = {"weasyprint", "py_mini_racer", "xlsxwriter", "apprise", "python_calamine"}


def sources() -> list[Path]:
    return [
        path
        for path in sorted((ROOT / "equipment").rglob("*.py"))
        if "migrations" not in path.parts and "translations" not in path.parts
    ]


def parts(path: Path) -> tuple[str, str]:
    """(folder or '', room) of a source file."""
    inner = path.relative_to(ROOT / "equipment").with_suffix("").parts
    return (inner[0], inner[-1]) if len(inner) > 1 else ("", inner[0])


def layer(folder: str, room: str) -> int:
    if folder in ("core", "storage", "web", "shell"):
        return FOLDER_LAYERS[folder]
    if not folder:
        return 4  # create_app and the list of slices
    if room in PURE_ROOMS or room.endswith("_rules"):
        return 0
    if room == "models":
        return 1
    if room in EDGE_ROOMS or room.endswith(("_views", "_forms", "_printing", "_commands")):
        return 3
    return 2 if room in ("queries", "actions") else FOLDER_LAYERS.get(folder, 2)


def is_folder(module: str) -> bool:
    return (ROOT / module.replace(".", "/")).is_dir()


@cache
def imports(path: Path) -> tuple[str, ...]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if is_folder(node.module)
                else [node.module]
            )
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return tuple(found)


def target(name: str) -> tuple[str, str] | None:
    inner = name.split(".")[1:]
    if name.split(".")[0] != "equipment" or not inner:
        return None
    if not (ROOT / "equipment" / inner[0]).is_dir():
        return "", inner[0]
    return inner[0], inner[-1] if len(inner) > 1 else "__init__"


def test_no_layer_imports_upwards() -> None:
    wrong = []
    for path in sources():
        own = layer(*parts(path))
        wrong += [
            f"{path.relative_to(ROOT)} (layer {own}) imports {name}"
            for name in imports(path)
            if (to := target(name)) and layer(*to) > own
        ]
    assert wrong == []


def test_no_slice_imports_to_its_right() -> None:
    wrong = []
    for path in sources():
        slice_, _room = parts(path)
        if slice_ not in ORDER:
            continue
        for name in imports(path):
            to = target(name)
            if not to or to[0] not in ORDER or to[0] == slice_:
                continue
            if ORDER.index(to[0]) > ORDER.index(slice_) or any({slice_, to[0]} <= group for group in BESIDE):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_pure_rooms_import_only_pure_libraries() -> None:
    wrong = []
    for path in sources():
        if layer(*parts(path)) == 0:
            wrong += [
                f"{path.relative_to(ROOT)} imports {name}"
                for name in imports(path)
                if name.split(".")[0] not in {"equipment", *PURE_LIBRARIES}
                and name.split(".")[0] not in sys.stdlib_module_names
            ]
    assert wrong == []


def test_every_import_stands_at_the_top() -> None:
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                wrong += [
                    f"{path.relative_to(ROOT)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Import | ast.ImportFrom)
                ]
    assert wrong == []


def test_the_system_clock_is_read_in_one_place() -> None:
    asks = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(")
    assert [
        str(path.relative_to(ROOT))
        for path in sources()
        if path != ROOT / "equipment/core/clock.py" and asks.search(path.read_text())
    ] == []


@pytest.mark.parametrize("name", sorted(tables.models()))
def test_every_table_is_of_a_kind_that_can_be_distributed(name: str) -> None:
    table = tables.models()[name].__table__
    kind = table.info["kind"]
    key = {column.name for column in table.primary_key}
    if kind == "equipment":
        own = table.info.get("key", "equipment_id")
        assert own in key
        assert [index.name for index in table.indexes if index.unique and own not in index.columns] == []
    elif kind == "organisation":
        assert "organisation_id" in key
    else:
        assert kind in ("reference", "keyed")
    if kind != "reference":
        assert {fk.column.table.info["kind"] for fk in table.foreign_keys if fk.column.table is not table} - {
            "reference"
        } <= ({"keyed"} if kind == "keyed" else set())
