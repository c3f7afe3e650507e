"""Simplified Chinese first, English beside it: one catalogue per slice, compiled when older than its text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from equipment.core.config import ROOT, Settings
from equipment.core.words import Labelled, Message
from equipment.web.cookies import cookie

LOCALES = ("zh_Hans_CN", "en")
LOCALE_COOKIE = "locale"
SOURCES = ROOT / "equipment" / "translations"


def compiled(folder: Path) -> list[Path]:
    """Compile every catalogue that is newer than its .mo under `folder`; returns the catalogue folders for
    Flask-Babel."""
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
def _texts(locale: str) -> Mapping[str, str]:
    """msgid -> text of every catalogue; of a text with a plural its first form."""
    texts: dict[str, str] = {}
    for source in sorted(SOURCES.glob(f"*/{locale}/LC_MESSAGES/messages.po")):
        with source.open("rb") as po:
            for message in read_po(po, locale=locale):
                msgid, *_ = (message.id,) if isinstance(message.id, str) else message.id
                text, *_ = (message.string,) if isinstance(message.string, str) else message.string
                if msgid and text and not message.context:
                    texts[msgid] = text
    return texts


def translate(text: object, locale: str | None = None) -> str:
    """A text in `locale`; without one in the language of whoever reads the answer to this request, or of the
    work that was put under `force_locale`, and Chinese where there is neither.

    A text is a msgid, a `Message` (or its stored form) or a `Labelled` member; texts among a message's
    parameters are translated too.
    """
    texts = _texts(locale or str(get_locale() or LOCALES[0]))
    if isinstance(text, Labelled):  # also one whose value is empty: "Not swiped"
        return texts.get(text.label, text.label)
    if text is None or text == "":
        return ""
    if isinstance(text, Mapping):
        text = Message(text["msgid"], text.get("params", {}))
    if not isinstance(text, Message):
        return texts.get(str(text), str(text))
    params = {name: _param(value, texts) for name, value in text.params.items()}
    words = texts.get(text.msgid, text.msgid)
    return words % params if params else words


def _param(value: object, texts: Mapping[str, str]) -> object:
    if isinstance(value, Message):
        params = {name: _param(inner, texts) for name, inner in value.params.items()}
        return str(Message(texts.get(value.msgid, value.msgid), params))
    return texts.get(value, value) if isinstance(value, str) else value


def choose() -> str:
    """What the person chose, what this browser chose, Chinese otherwise; API callers say Accept-Language."""
    if not has_request_context():
        return LOCALES[0]
    if request.path.startswith("/api/"):
        return accepted(request.headers.get("Accept-Language", ""))
    chosen = session.get("locale") if "locale" in session else cookie(LOCALE_COOKIE)
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
