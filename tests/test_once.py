"""What all tests share is what each of them would work out alone (tests/once.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.sql.compiler import SQLCompiler
from werkzeug.routing import Map, Rule

from equipment.people.models import Area
from equipment.storage import db
from tests import make, once


def test_a_shared_rule_is_the_rule_compiled_anew(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 200
    for rule in rules:
        fresh = rule.empty()
        fresh.map = Map(converters=app.url_map.converters)
        fresh.strict_slashes, fresh.merge_slashes = rule.strict_slashes, rule.merge_slashes
        once._compile(fresh)
        assert (rule._parts, rule._trace, rule.arguments) == (fresh._parts, fresh._trace, fresh.arguments)
        assert rule._converters.keys() == fresh._converters.keys()
        assert _code(rule) == _code(fresh)


def _code(rule: Rule) -> list[bytes]:
    return [build.__func__.__code__.co_code for build in (rule._build, rule._build_unknown)]  # type: ignore[attr-defined]


def test_rules_that_differ_in_their_defaults_are_two() -> None:
    one, other = (Rule("/list/<int:page>", defaults={"page": page}, endpoint="list") for page in (1, 2))
    Map([one])
    Map([other])
    assert (one.build({}), other.build({})) == (("", "/list/1"), ("", "/list/2"))


def test_applications_with_the_same_addresses_share_what_came_of_them() -> None:
    def addresses(*rules: Rule) -> Map:
        made = once._SharedMap(rules)
        made.update()
        return made

    def pages() -> tuple[Rule, ...]:
        return Rule("/a/<int:n>", endpoint="a", methods=["GET"]), Rule("/b", endpoint="b")

    one, same = addresses(*pages()), addresses(*pages())
    posted = addresses(Rule("/a/<int:n>", endpoint="a", methods=["POST"]), Rule("/b", endpoint="b"))
    assert (one._matcher is same._matcher, one._matcher is posted._matcher) == (True, False)
    same.add(Rule("/c", endpoint="c"))  # added later: its own, and nobody else's
    ends = [[rule.endpoint for rule in made.iter_rules()] for made in (one, same)]
    assert ends == [["a", "b"], ["a", "b", "c"]]
    assert same.bind("localhost").match("/a/7") == ("a", {"n": 7})


def test_a_statement_is_compiled_once_for_all_engines(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    names = db.session.scalars(select(Area.name_en).where(Area.code == make.COUNTY)).all()
    db.session.remove()  # its connection goes back before the pool is given up
    db.engine.dispose()
    monkeypatch.setattr(SQLCompiler, "__init__", None)  # nothing is compiled any more
    other = db.connect(app.config["SETTINGS"].url)
    with other.connect() as connection:
        again = connection.scalars(select(Area.name_en).where(Area.code == make.CITY)).all()
    other.dispose()
    assert (names, again) == (["Baiyin District"], ["Baiyin"])


def test_every_folder_of_its_own_is_compiled(tmp_path: Path) -> None:
    folders = once._compiled_once(tmp_path)
    assert folders
    assert all(folder.is_relative_to(tmp_path) for folder in folders)
