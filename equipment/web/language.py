"""Simplified Chinese first, English beside it: one catalogue per slice, compiled when older than its text."""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, request, session
from flask_babel import Babel
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from equipment.core.config import ROOT, Settings
from equipment.core.words import Message

LOCALES = ("zh_Hans_CN", "en")
SOURCES = ROOT / "equipment" / "translations"


def compiled(folder: Path) -> list[Path]:
    """Compile every catalogue that is newer than its .mo under `folder`; returns the catalogue folders for Flask-Babel."""
    folders = []
    for source in sorted(SOURCES.glob("*/*/LC_MESSAGES/messages.po")):
        target = folder / source.relative_to(SOURCES).with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as po, target.open("wb") as mo:
                write_mo(mo, read_po(po, locale=source.parts[-3]))
        folders.append(target.parents[2])
    return sorted(set(folders))


@lru_cache(maxsize=len(LOCALES))
def wording(locale: str) -> Mapping[str, str]:
    """msgid -> text of every catalogue, for work that has no request: workbooks, the command line."""
    found: dict[str, str] = {}
    for source in sorted(SOURCES.glob(f"*/{locale}/LC_MESSAGES/messages.po")):
        with source.open("rb") as po:
            found |= {message.id: message.string for message in read_po(po, locale=locale) if isinstance(message.id, str) and message.id and message.string}
    return found


def said(message: Message | str, locale: str) -> str:
    """A message in a language, without a request; texts among its parameters are translated too."""
    texts = wording(locale)
    if isinstance(message, str):
        return texts.get(message, message)
    params = {name: texts.get(value, value) if isinstance(value, str) else value for name, value in message.params.items()}
    text = texts.get(message.msgid, message.msgid)
    return text % params if params else text


def choose() -> str:
    """What the person chose, what this browser chose, Chinese otherwise; API callers say Accept-Language."""
    if request.path.startswith("/api/"):
        return accepted(request.headers.get("Accept-Language", ""))
    chosen = session.get("locale") if "locale" in session else request.cookies.get("locale")
    return chosen if chosen in LOCALES else LOCALES[0]


@lru_cache(maxsize=256)
def accepted(header: str) -> str:
    """The language of an Accept-Language header; devices send the same one a thousand times a second."""
    best = parse_accept_header(header, LanguageAccept).best_match(["zh-CN", "zh", "en"], default="zh")
    return "en" if best == "en" else LOCALES[0]


def init_app(app: Flask, settings: Settings) -> None:
    folders = compiled(settings.folder / "translations")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(folder) for folder in folders)
    app.config["BABEL_DEFAULT_LOCALE"] = LOCALES[0]
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=choose)
