"""`bin/words`: brings the catalogues up to date with the texts of the code, by Babel; keeps every
translation, guesses none.

A new text goes to the end of its slice's catalogue with an empty translation; one that nobody says any more
is commented out (`#~`), and comes back with its Chinese when it is said again. Which texts lack Chinese is
printed.
"""

from __future__ import annotations

import ast
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from equipment.core.config import ROOT
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.gases import GAS_NAMES

FOLDER = ROOT / "equipment" / "translations"
LOCALE = "zh_Hans_CN"
HEADER = f"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {LOCALE}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "Message": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")
SLICE_OF = {"signing": "people"}  # folders of templates that are named otherwise
COMMON = "shell"  # for what belongs to no slice
NO_SLICES = frozenset({"core", "storage", "web", "migrations"})


class Translatable(NamedTuple):
    """A text of ours in English."""

    context: str | None
    one: str
    many: str

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.one

    @property
    def says_something(self) -> bool:
        """Whether there is more in it than places; `%(kind)s: %(value)s` may do without Chinese."""
        return bool(re.search("[A-Za-z]", PLACE.sub("", self.one)))


class Changes(NamedTuple):
    """What an update did, as `slice: text`, and what still lacks Chinese."""

    added: list[str]
    unused: list[str]
    missing: list[str]


def literals(node: ast.expr) -> list[str]:
    """The texts a marked argument may be: a literal, or either branch of a choice; what is computed is no
    text of ours."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def in_code(path: Path) -> Iterator[tuple[int, Translatable]]:
    """The marked texts of a Python file, by its syntax tree: Babel's own reader leaves out the branches of a
    choice."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in KEYWORDS or not node.args:
            continue
        first = 1 if name == "pgettext" else 0
        context = literals(node.args[0])[0] if first else None
        many = literals(node.args[1])[0] if name == "ngettext" and literals(node.args[1]) else ""
        yield from ((node.lineno, Translatable(context, one, many)) for one in literals(node.args[first]))


def in_api(path: Path) -> Iterator[tuple[int, Translatable]]:
    """What the API says of itself, for /integrate has it in both languages: the docstrings of its views and
    the descriptions of its fields."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef) and any(map(_is_described, node.decorator_list)):
            text = " ".join((ast.get_docstring(node) or "").split())
            yield node.lineno, Translatable(None, text, "")
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Field":
            for keyword in node.keywords:
                if keyword.arg == "description":
                    yield node.lineno, Translatable(None, _text_of(keyword.value, path), "")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _is_described(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == "described"


def _text_of(value: ast.expr, path: Path) -> str:
    """A literal, or one with constants in it, of this file or of the one they are imported from."""
    if isinstance(value, ast.JoinedStr):
        return "".join(_text_of(part, path) for part in value.values)
    if isinstance(value, ast.FormattedValue):
        return _text_of(value.value, path)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if not isinstance(value, ast.Name):
        return ""
    for node in _tree(path).body:
        if isinstance(node, ast.Assign) and value.id in [getattr(one, "id", "") for one in node.targets]:
            return _text_of(node.value, path)
        if isinstance(node, ast.ImportFrom) and value.id in [one.name for one in node.names]:
            return _text_of(value, ROOT / f"{(node.module or '').replace('.', '/')}.py")
    return ""


def in_template(path: Path) -> Iterator[tuple[int, Translatable]]:
    """The marked texts of a template."""
    with path.open("rb") as file:
        marked = extract("jinja2.ext:babel_extract", file, KEYWORDS, (), {"trimmed": "true"})
        for line_no, forms, _comments, context in marked:
            one, many = (forms[0], forms[1]) if isinstance(forms, tuple) else (forms, "")
            yield line_no, Translatable(context, one or "", many or "")


def texts() -> dict[Translatable, list[str]]:
    """Every marked text with the places that say it, as `path:line`; names of gases stand in their pack."""
    places: dict[Translatable, list[str]] = defaultdict(list)
    readers = (
        ("equipment", "*.py", in_code),
        ("equipment", "*.py", in_api),
        ("jobs", "*.py", in_code),
        ("templates", "*.html", in_template),
    )
    for folder, pattern, reader in readers:
        for path in sorted((ROOT / folder).rglob(pattern)):
            for line_no, text in reader(path):
                places[text].append(f"{path.relative_to(ROOT)}:{line_no}")
    for name in GAS_NAMES.values():
        places[Translatable(None, name, "")].append("equipment/regulation/gases.toml:1")
    for listed in (name for kind in CATEGORIES for name in kind.catalogue.values()):
        places[Translatable(None, listed.en, "")].append("equipment/regulation/catalogue.toml:1")
    return places


def slice_of(place: str) -> str:
    """The catalogue of a text that is said first at `place`."""
    top, *inner = place.split("/")
    folder = SLICE_OF.get(inner[0], inner[0]) if len(inner) > 1 else COMMON
    is_package = (ROOT / "equipment" / folder / "__init__.py").exists()
    return folder if is_package and top != "jobs" and folder not in NO_SLICES else COMMON


def catalogues(folder: Path = FOLDER) -> dict[str, Catalog]:
    """slice -> its catalogue."""
    read = {}
    for path in sorted(folder.glob(f"*/{LOCALE}/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            read[path.parts[-4]] = read_po(file, locale=LOCALE)
    return read


def key_of(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def has_chinese(message: Message) -> bool:
    forms = (message.string,) if isinstance(message.string, str) else message.string or ()
    return bool(forms) and all(forms) and not message.fuzzy


def update(folder: Path = FOLDER) -> Changes:
    """Bring the catalogues under `folder` up to date; a second run changes nothing."""
    current = catalogues(folder)
    wanted = {text.key: (text, places) for text, places in texts().items()}
    before = {key_of(message) for catalogue in current.values() for message in catalogue if message.id}
    unused = [
        f"{name}: {one}"
        for name, catalogue in current.items()
        for _context, one in _comment_out(catalogue, set(wanted))
    ]
    new = [key for key, (text, _places) in wanted.items() if key not in before and text.says_something]
    added = []
    for key in new:
        if not any(_bring_back(catalogue, key) for catalogue in current.values()):
            text, places = wanted[key]
            home = slice_of(places[0])
            msgid = (text.one, text.many) if text.many else text.one
            current.setdefault(home, Catalog(locale=LOCALE)).add(msgid, context=text.context)
            added.append(f"{home}: {text.one}")
    for name, catalogue in current.items():
        _write(folder / name / LOCALE / "LC_MESSAGES" / "messages.po", catalogue)
    missing = [
        f"{name}: {key_of(message)[1]}"
        for name, catalogue in current.items()
        for message in catalogue
        if message.id and not has_chinese(message)
    ]
    return Changes(added, unused, missing)


def _comment_out(catalogue: Catalog, wanted: set[tuple[str | None, str]]) -> list[tuple[str | None, str]]:
    gone = [message for message in catalogue if message.id and key_of(message) not in wanted]
    for message in gone:
        catalogue.delete(message.id, context=message.context)
        if has_chinese(message):
            catalogue.obsolete[message.id if isinstance(message.id, str) else message.id[0]] = message
    return [key_of(message) for message in gone]


def _bring_back(catalogue: Catalog, key: tuple[str | None, str]) -> bool:
    for name, message in list(catalogue.obsolete.items()):
        if key_of(message) == key:
            del catalogue.obsolete[name]
            catalogue.add(message.id, message.string, context=message.context)
            return True
    return False


def _write(path: Path, catalogue: Catalog) -> None:
    """The entries in their order, without places and dates: two people who add texts change nothing but what
    they added."""
    for message in (*catalogue, *catalogue.obsolete.values()):
        message.flags.discard("python-format")  # Babel sees it in the text itself
    content = io.BytesIO()
    write_po(content, catalogue, width=0, no_location=True, omit_header=True)
    whole = HEADER.encode() + content.getvalue().strip() + b"\n"
    if not path.exists() or path.read_bytes() != whole:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole)
