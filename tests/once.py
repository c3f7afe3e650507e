"""What is the same for every test is worked out once. A test makes an application of its own, and most of its
time went into addresses, statements, pages and texts that depend on the code alone. A server that runs for long
works them out once too.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType
from typing import Any

from babel import support
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.pool import Pool
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory

from equipment.storage import db
from equipment.web import language

_compile: Callable[[Rule], None] = Rule.compile
_rules: dict[tuple[object, ...], dict[str, Any]] = {}


def _compile_rule(rule: Rule) -> None:
    """Werkzeug parses a rule and writes two functions for it. They follow from these alone."""
    defaults = sorted(rule.defaults.items()) if rule.defaults else None
    place = rule.host if rule.map.host_matching else rule.subdomain
    converters = tuple(rule.map.converters.items())
    key = (type(rule), rule.rule, place, rule.merge_slashes, repr(defaults), converters)
    if key not in _rules:
        _compile(rule)
        _rules[key] = {
            "_parts": rule._parts,
            "_trace": rule._trace,
            "_converters": rule._converters,
            "arguments": frozenset(rule.arguments),
            "builders": (rule._build.__func__, rule._build_unknown.__func__),  # type: ignore[attr-defined]
        }
    compiled = _rules[key]
    rule._parts, rule._trace = [*compiled["_parts"]], [*compiled["_trace"]]
    rule._converters, rule.arguments = {**compiled["_converters"]}, set(compiled["arguments"])
    rule._build, rule._build_unknown = (builder.__get__(rule, None) for builder in compiled["builders"])


class _SharedMap(Map):
    """The addresses of an application, put in order when the first one is asked for: applications with the same ones
    share what came of it. Its own rules stay unbound, so that one added later makes another map."""

    def __init__(self, *args: Any, **values: Any) -> None:
        self._own: list[Rule] = []
        super().__init__(*args, **values)

    def add(self, rulefactory: RuleFactory) -> None:
        self._own.extend(rulefactory.get_rules(self))
        self._remap = True

    def update(self) -> None:
        if not self._remap:
            return
        key = (self.host_matching, *self.converters.items(), *map(_described, self._own))
        if key not in _maps:
            _maps[key] = whole = Map(host_matching=self.host_matching, converters=self.converters)
            for rule in self._own:
                whole.add(copy.copy(rule))
            whole.update()
        self._matcher, self._rules_by_endpoint = _maps[key]._matcher, _maps[key]._rules_by_endpoint
        self._remap = False


_maps: dict[tuple[object, ...], Map] = {}


def _described(rule: Rule) -> tuple[object, ...]:
    """All that a rule is before it is bound (what it parses to is filled in then)."""
    told = vars(rule).copy()
    for name in ("arguments", "_converters", "_trace", "_parts"):
        del told[name]
    told["methods"] = frozenset(rule.methods or ())
    told["defaults"] = frozenset((rule.defaults or {}).items())
    return tuple(told.values())


class _Pages(BytecodeCache):
    """Compiled templates; one whose source has changed is another."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


_pages = _Pages()
_load: Callable[..., support.NullTranslations] = support.Translations.load
_catalogues: dict[tuple[str, ...], support.NullTranslations] = {}


def _load_catalogue(folder: str, locales: Iterable[object], domain: str) -> support.NullTranslations:
    """Flask-Babel only reads what it loads. All applications of tests share the compiled texts."""
    key = (os.path.realpath(folder), *map(str, locales), domain)
    if key not in _catalogues:
        _catalogues[key] = _load(folder, locales, domain)
    return _catalogues[key]


_compiled = language.compiled
_folders: dict[Path, list[Path]] = {}


def _compiled_once(folder: Path) -> list[Path]:
    """Instance folders of tests link to one folder of compiled texts (fixture `catalogues`)."""
    if not folder.is_symlink():
        return _compiled(folder)
    place = folder.resolve()
    if place not in _folders:
        _folders[place] = _compiled(place)
    return _folders[place]


_connect = db.connect
_statements: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}


def _connect_with_statements(url: str) -> Engine:
    """SQLAlchemy compiles a statement once per engine; here once per database system."""
    engine = _connect(url)
    if engine.dialect.name in _statements:
        engine.dialect, engine._compiled_cache = _statements[engine.dialect.name]
    return engine


def share_statements(engine: Engine) -> None:
    """Of an engine that has been connected, so that its dialect knows the database."""
    assert engine.dialect.server_version_info is not None
    _statements[engine.dialect.name] = (engine.dialect, LRUCache(2000))


def share_pages(app: Flask) -> None:
    app.jinja_env.bytecode_cache = _pages


no_database_for = ""  # the test that runs, if the pass on PostgreSQL leaves it out: tests/start/postgres.py


def _refuse_connection(_connection: object, _record: object) -> None:
    if no_database_for:
        raise AssertionError(f"{no_database_for} connects a database: it takes the fixture `settings`")


def install() -> None:
    event.listen(Pool, "connect", _refuse_connection)
    Rule.compile = _compile_rule  # type: ignore[method-assign]
    Flask.url_map_class = _SharedMap
    support.Translations.load = staticmethod(_load_catalogue)  # type: ignore[method-assign]
    language.compiled = _compiled_once
    db.connect = _connect_with_statements
