"""The one-tap sign-in of a demonstration opens a session like any other."""

from __future__ import annotations

import json

from flask import Flask

from equipment import create_app
from equipment.core.config import Settings
from equipment.people.rules import OrganisationKind, Role
from tests import make


def test_a_leading_character_signs_in_with_one_tap(app: Flask, settings: Settings) -> None:
    user = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    city = {"sign_ins": {"city": {"user_id": str(user.id)}}}
    (settings.folder / "demo.json").write_text(json.dumps(city))
    shown = create_app(Settings(**{**settings.__dict__, "demo": "1"}))
    shown.config |= {"TESTING": True, "WTF_CSRF_ENABLED": False}
    browser = shown.test_client()
    assert browser.get("/equipment").status_code == 302
    assert browser.post("/demo/sign-in/city").headers["Location"] == "/"
    assert browser.get("/equipment").status_code == 200
