"""docs/rooms.md draws who imports whom; print a fresh one with `python -m tests.test_rooms`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from graphlib import TopologicalSorter

from tests.test_architecture import ROOT, imports, layer, parts, sources, target

DOCUMENT = ROOT / "docs" / "rooms.md"
WIRING = "wiring"  # create_app, slices.py, the manifests: they name every slice
MOST_ROOMS = 52  # their pages not counted
Graph = dict[str, set[str]]

INTRODUCTION = """# Rooms and arrows

Printed from the imports of the code; a test compares. A box `fills` is what the slice decides, reads and writes without
HTTP (layers 0 to 2 of design.md 3); `fills pages` are its edges: views, forms, API, printing, work of the jobs process. An
arrow says *imports*; one that follows from others is left out. `wiring` is create_app, the list of slices, their manifests
and the shell.
"""


def room(folder: str, name: str) -> str:
    """The box in which a file is drawn."""
    if folder in ("", "shell") or name == "slice" or (folder, name) == ("web", "slices"):
        return WIRING
    if folder in ("core", "storage", "web"):
        return folder
    return f"{folder} pages" if layer(folder, name) == 3 else folder


def graph() -> Graph:
    """Which rooms every room imports."""
    arrows: Graph = defaultdict(set)
    for path in sources():
        own = room(*parts(path))
        arrows[own] |= {room(*to) for name in imports(path) if (to := target(name))} - {own}
    return dict(arrows)


def drawn(arrows: Mapping[str, set[str]]) -> Graph:
    """The arrows that do not follow from others (the graph has no circle)."""
    below: Graph = {}
    for name in TopologicalSorter(arrows).static_order():
        direct = arrows.get(name, set())
        below[name] = direct.union(*(below[other] for other in direct))
    return {
        name: {to for to in direct if not any(to in below[other] for other in direct)}
        for name, direct in arrows.items()
    }


def document() -> str:
    arrows = graph()
    reduced = drawn(arrows)
    ids = {
        name: name.replace(" ", "_")
        for name in sorted({*arrows, *(to for all_ in arrows.values() for to in all_)})
    }
    floors = list(TopologicalSorter(arrows).static_order())
    lines = [INTRODUCTION, "```mermaid", "graph BT"]
    lines += [f'  {ids[name]}["{name}"]' for name in floors]
    lines += [f"  {ids[name]} --> {ids[to]}" for name in floors for to in sorted(reduced.get(name, ()))]
    return "\n".join([*lines, "```", ""])


def test_no_arrow_closes_a_circle_and_the_rooms_can_be_counted() -> None:
    rooms = [name for name in TopologicalSorter(graph()).static_order() if not name.endswith(" pages")]
    assert len(rooms) <= MOST_ROOMS


def test_the_document_draws_what_the_code_imports() -> None:
    assert DOCUMENT.read_text() == document()


if __name__ == "__main__":
    print(document(), end="")
