"""Every text that a reader may meet has Chinese beside it, with the same places in it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from equipment.shell import catalogues
from equipment.shell.catalogues import FOLDER as CATALOGUES
from equipment.shell.catalogues import PLACE, Translatable


@lru_cache(maxsize=1)
def texts() -> dict[Translatable, list[str]]:
    """Every marked text of the code and the templates that says more than its places, with where it
    stands."""
    return {text: places for text, places in catalogues.texts().items() if text.says_something}


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
    plain = [
        one
        for (context, one, many) in texts()
        if many and (found := chinese().get((context, one))) and isinstance(found.id, str)
    ]
    assert plain == []


def test_the_chinese_has_the_places_of_the_english() -> None:
    differing = {}
    for context, one, many in texts():
        found = chinese().get((context, one))
        if (found and not places(said(found)) <= places(one) | places(many)) or (
            found and places(one) - {"%(num)s", "%(num)d"} - places(said(found))
        ):
            differing[one] = said(found)
    assert differing == {}


@pytest.mark.parametrize("slice_", sorted(catalogues.catalogues()))
def test_a_catalogue_says_nothing_twice_and_nothing_in_english(slice_: str) -> None:
    """Two catalogues may say the same text only in the same words: which one answers would depend on their
    order."""
    path = CATALOGUES / slice_ / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        own = [message for message in read_po(file, locale="zh_Hans_CN") if message.id]
    contradicted = [
        message.id
        for message in own
        if message.string
        and said(message)
        != said(chinese()[message.context, message.id if isinstance(message.id, str) else message.id[0]])
    ]
    assert contradicted == []


def test_bin_words_has_nothing_to_change(tmp_path: Path) -> None:
    shutil.copytree(CATALOGUES, tmp_path, dirs_exist_ok=True)
    assert catalogues.update(tmp_path) == ([], [], [])
    assert changed(tmp_path) == []


def changed(folder: Path) -> list[str]:
    return [
        path.parts[-4]
        for path in sorted(folder.glob("*/*/LC_MESSAGES/messages.po"))
        if path.read_bytes() != (CATALOGUES / path.relative_to(folder)).read_bytes()
    ]


def test_a_text_comes_into_its_slice_goes_when_nobody_says_it_and_comes_back_with_its_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CATALOGUES, tmp_path, dirs_exist_ok=True)
    every, new = catalogues.texts(), Translatable(None, "Never said before", "")
    dropped = next(text for text, places in every.items() if text.one == "Nothing of this kind is due.")
    less = {text: where for text, where in every.items() if text != dropped}
    less[new] = ["equipment/dues/views.py:1"]
    monkeypatch.setattr(catalogues, "texts", lambda: less)
    first = catalogues.update(tmp_path)
    assert first == (["dues: Never said before"], [f"dues: {dropped.one}"], ["dues: Never said before"])
    written = (tmp_path / "dues" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").read_text("utf-8")
    assert 'msgid "Never said before"\nmsgstr ""\n' in written
    assert f'#~ msgid "{dropped.one}"\n#~ msgstr "没有该类到期事项。"\n' in written
    assert "fuzzy" not in written
    monkeypatch.setattr(catalogues, "texts", lambda: every)
    assert catalogues.update(tmp_path) == ([], ["dues: Never said before"], [])
    dues = catalogues.catalogues(tmp_path)["dues"]
    assert [message.string for message in dues if message.id == dropped.one] == ["没有该类到期事项。"]
    assert changed(tmp_path) == ["dues"]  # it stands at the end now
