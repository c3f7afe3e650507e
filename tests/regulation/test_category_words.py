"""Every text of the categories has its Chinese, with the same places in it."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

from equipment.regulation.categories import CATEGORIES
from equipment.regulation.gases import GAS_NAMES

ROOT = Path(__file__).parents[2]
PLACES = re.compile(r"%\(\w+\)s")


def marked() -> set[str]:
    calls = (
        node
        for file in (ROOT / "equipment/regulation").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    return (
        {node.args[0].value for node in calls if getattr(node.func, "id", "") == "N_"}
        | set(GAS_NAMES.values())
        | {name.en for kind in CATEGORIES for name in kind.catalogue.values()}
    )  # type: ignore[attr-defined]


def test_every_marked_text_is_translated_and_nothing_else() -> None:
    with (ROOT / "equipment/translations/regulation/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file) if message.id}
    assert set(catalogue) == marked()
    assert [
        text
        for text, chinese in catalogue.items()
        if sorted(PLACES.findall(text)) != sorted(PLACES.findall(chinese))
    ] == []
    assert [text for text, chinese in catalogue.items() if not re.search(r"[一-鿿]", chinese)] == []
