"""docs/api.md: its examples are run as they stand, one after the other, by curl; each prints what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from equipment.core.config import ROOT
from equipment.people.rules import DeviceKind
from equipment.web import cursors
from tests import make
from tests.fills.conftest import hall_of

TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", TEXT, re.S)
END = "==end=="


def holds(expected: Any, actual: Any) -> bool:
    """Whether what is expected is there; fields that the page leaves out may be anything."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and holds(value, actual[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(holds(*pair) for pair in zip(expected, actual, strict=True))
        )
    return bool(expected == actual)


def parsed(text: str) -> Any:
    """JSON, or one a line."""
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def test_the_examples_of_the_page_print_what_it_says(
    app: Flask, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta())
    hall = hall_of(app)
    bottle = hall.bottle()
    variables = {
        "HOST": address,
        "TOKEN": hall.token,
        "SYSTEM": make.device(hall.station, DeviceKind.UPLOAD)[1],
        "CODE": bottle.label_code or "",
    }
    script = "\n".join(f"{commands}\necho '{END}'" for commands, _printed in EXAMPLES)
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        env={"PATH": os.environ["PATH"], "TZ": "Asia/Shanghai", "no_proxy": "127.0.0.1", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    printed = ran.stdout.split(END)[:-1]
    assert len(printed) == len(EXAMPLES) == TEXT.count("```sh") > 10
    for (commands, expected), text in zip(EXAMPLES, printed, strict=True):
        *_body, status = text.split()
        assert status == expected.split()[-1], f"{commands}\n{text}"
        stated = expected.strip().rpartition("\n")[0]
        if stated:
            assert holds(parsed(stated), parsed(text.strip().rpartition("\n")[0].strip())), (
                f"{commands}\n{text}"
            )


def test_every_status_of_the_document_is_explained_on_the_page(app: Flask) -> None:
    paths = app.test_client().get("/api/v1/openapi.json").get_json()["paths"]
    statuses = {
        status
        for methods in paths.values()
        for operation in methods.values()
        for status in operation["responses"]
    }
    assert statuses - set(re.findall(r"\b[2345]\d\d\b", TEXT)) == set()
