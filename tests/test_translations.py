"""Every text that a reader may meet has Chinese beside it, with the same places in it."""
from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "equipment" / "translations"
KEYWORDS = {
    "_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None, "Message": None,
    "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}
PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")
Text = tuple[str | None, str, str]  # context, text, plural


def literals(node: ast.expr) -> list[str]:
    """The texts a marked argument may be: a literal, or either branch of a choice; what is computed is no text of ours."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def in_code(path: Path) -> Iterator[tuple[int, Text]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in KEYWORDS or not node.args:
            continue
        first = 1 if name == "pgettext" else 0
        context = literals(node.args[0])[0] if first else None
        many = literals(node.args[1])[0] if name == "ngettext" and literals(node.args[1]) else ""
        yield from ((node.lineno, (context, one, many)) for one in literals(node.args[first]))


def in_template(path: Path) -> Iterator[tuple[int, Text]]:
    with path.open("rb") as file:
        for line, told, _comments, context in extract("jinja2.ext:babel_extract", file, KEYWORDS, (), {"trimmed": "true"}):
            one, many = (told[0], told[1]) if isinstance(told, tuple) else (told, "")
            yield line, (context, one or "", many or "")


@lru_cache(maxsize=1)
def texts() -> dict[Text, list[str]]:
    """Every marked text of the code and the templates that says more than its places, with where it stands."""
    found: dict[Text, list[str]] = defaultdict(list)
    for folder, pattern, reader in (("equipment", "*.py", in_code), ("jobs", "*.py", in_code), ("templates", "*.html", in_template)):
        for path in sorted((ROOT / folder).rglob(pattern)):
            for line, text in reader(path):
                if re.search("[A-Za-z]", PLACE.sub("", text[1])):
                    found[text].append(f"{path.relative_to(ROOT)}:{line}")
    return found


@lru_cache(maxsize=1)
def chinese() -> dict[tuple[str | None, str], Message]:
    """Every translated text of all catalogues; fuzzy and empty ones do not count."""
    found: dict[tuple[str | None, str], Message] = {}
    for path in sorted(CATALOGUES.glob("*/zh_Hans_CN/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans_CN"):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    found.setdefault((message.context, key), message)
    return found


def places(text: str) -> set[str]:
    return {match[0] for match in PLACE.finditer(text)}


def said(message: Message) -> str:
    return message.string if isinstance(message.string, str) else message.string[0]


def test_every_text_has_its_chinese() -> None:
    missing: dict[str, list[str]] = defaultdict(list)
    for (context, one, _many), where in texts().items():
        if (context, one) not in chinese():
            missing["/".join(where[0].split("/")[:2])].append(f"{one!r} ({where[0]})")
    assert dict(missing) == {}


def test_texts_with_a_plural_are_plural_in_the_catalogue() -> None:
    plain = [one for (context, one, many) in texts() if many and (found := chinese().get((context, one))) and isinstance(found.id, str)]
    assert plain == []


def test_the_chinese_has_the_places_of_the_english() -> None:
    differing = {}
    for (context, one, many) in texts():
        found = chinese().get((context, one))
        if (found and not places(said(found)) <= places(one) | places(many)) or (found and places(one) - {"%(num)s", "%(num)d"} - places(said(found))):
            differing[one] = said(found)
    assert differing == {}


def catalogues() -> list[str]:
    return sorted(path.parts[-4] for path in CATALOGUES.glob("*/zh_Hans_CN/LC_MESSAGES/messages.po"))


@pytest.mark.parametrize("slice_", catalogues())
def test_a_catalogue_says_nothing_twice_and_nothing_in_english(slice_: str) -> None:
    """Two catalogues may say the same text only in the same words: which one answers would depend on their order."""
    path = CATALOGUES / slice_ / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        own = [message for message in read_po(file, locale="zh_Hans_CN") if message.id]
    contradicted = [message.id for message in own if message.string and said(message) != said(chinese()[message.context, message.id if isinstance(message.id, str) else message.id[0]])]
    assert contradicted == []
