"""/integrate: one page that alone suffices. Every route, field, code and error stands on it in both languages, and
its examples run as they stand."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from equipment.core import clock
from equipment.core.config import ROOT
from equipment.fills.queries import codes
from equipment.passes.actions import issue_list
from equipment.people.rules import DeviceKind
from equipment.shell.integrate_text import sections
from equipment.web import cursors
from equipment.web.language import LOCALES, translate
from equipment.web.openapi import PREFIX, contract_of, description_of, routes
from equipment.web.problems import PROBLEMS
from tests.fills.conftest import hall_of
from tests.test_api_docs import END, holds, parsed

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TAG = re.compile(r"<[^>]+>")


def words_of(markup: str) -> str:
    """What a reader sees, blanks closed up."""
    return " ".join(html.unescape(TAG.sub("", markup)).split())


def page(app: Flask, locale: str) -> str:
    client = app.test_client()
    client.set_cookie("locale", locale)
    answer = client.get("/integrate")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_route_stands_on_it_with_what_it_does_takes_and_answers(app: Flask, locale: str) -> None:
    text = page(app, locale)
    parts = text.split('<div class="route"')
    told = {}
    for part in parts:
        if match := re.search(r'<span class="method">(\w+)</span> <code>([^<]+)</code>', part):
            told[f"{match[1]} {html.unescape(match[2])}"] = part
    expected = {}
    for rule, method, view in routes(app):
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule).removeprefix(PREFIX.rstrip("/"))
        expected[f"{method} {path}"] = view
    assert told.keys() == expected.keys()
    for name, view in expected.items():
        contract, shown = contract_of(view), words_of(told[name])
        assert translate(description_of(view), locale).replace("`", "") in shown, name
        assert locale == "en" or CHINESE.search(translate(description_of(view), locale)), name
        for model in (contract.body, contract.form, contract.query):
            for field in model.model_fields if model else ():
                assert f"<code>{field}</code>" in told[name], (name, field)
        assert contract.answer is not None
        assert f'href="#{contract.answer.__name__}"' in told[name]
        assert f'id="{contract.answer.__name__}"' in text or contract.answer.__name__ in told[name]


@pytest.mark.parametrize("locale", LOCALES)
def test_errors_codes_and_words_stand_on_it(app: Flask, locale: str) -> None:
    text = page(app, locale)
    shown = words_of(text)
    for code, row in PROBLEMS.items():
        hint = translate(row.hint, locale).replace("`", "")
        assert f'id="error-{code}"' in text
        assert hint in shown
    name = "en" if locale == "en" else "zh"
    for listed in codes(clock.today()).values():
        for one in listed:
            assert f"{one['code']}{one[name]}" in shown
    for section in sections(app.config["SETTINGS"]):
        assert translate(section.title, locale) in shown
        for paragraph in section.paragraphs:
            assert translate(paragraph, locale).replace("`", "") in shown
            assert locale == "en" or CHINESE.search(translate(paragraph, locale))


def test_the_document_points_at_it_and_strangers_may_read_it(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["externalDocs"]["url"] == "/integrate"
    served = app.test_client().get("/integrate/controller.py")
    assert served.get_data() == (ROOT / "docs" / "examples" / "controller.py").read_bytes()


def test_its_links_lead_somewhere(app: Flask) -> None:
    text = page(app, "en")
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors - set(re.findall(r'id="([^"]+)"', text)) == set()


def test_its_examples_run_as_they_stand(
    app: Flask, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta())
    hall = hall_of(app)
    code = hall.bottle().label_code or ""
    issue_list(hall.station.id)
    text = page(app, "en")
    typed = [
        html.unescape(one) for one in re.findall(r'<pre class="command"><code>(.*?)</code></pre>', text, re.S)
    ]
    examples = [example for section in sections(app.config["SETTINGS"]) for example in section.examples]
    assert typed == [example.commands for example in examples]
    script = "\n".join(f"{commands}\necho '{END}'" for commands in typed)
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "TZ": "Asia/Shanghai",
            "no_proxy": "127.0.0.1",
            "HOST": address,
            "TOKEN": hall.token,
            "CODE": code,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    printed = ran.stdout.split(END)[:-1]
    assert len(printed) == len(examples)
    for example, answer in zip(examples, printed, strict=True):
        *expected, status = (example.printed or '{"allowed": true}\n200').splitlines()
        assert answer.split()[-1] == status, f"{example.commands}\n{answer}"
        body = "\n".join(expected)
        if body.startswith("{"):
            stated = answer.strip().rpartition("\n")[0].strip()
            assert holds(parsed(body), parsed(stated)), f"{example.commands}\n{answer}"
    assert json.loads((tmp_path / "passes.json").read_text())["base"] is None


def test_devices_of_each_kind_are_named(app: Flask) -> None:
    shown = words_of(page(app, "zh_Hans_CN"))
    assert [kind for kind in DeviceKind if translate(kind, "zh_Hans_CN") not in shown] == []
