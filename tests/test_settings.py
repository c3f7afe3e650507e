"""docs/settings.md is the table of equipment/core/config.py; print a fresh one with `python -m tests.test_settings`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from equipment.core.config import ROOT, Settings

DOCUMENT = ROOT / "docs" / "settings.md"


def document() -> str:
    lines = [
        "# Settings",
        "",
        "Read from the environment at start. Printed from `equipment/core/config.py`; a test compares.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for each in fields(Settings):
        default = (
            "`instance/` beside the code"
            if each.name == "instance"
            else f"`{each.default}`"
            if each.default
            else "–"
        )
        lines.append(f"| `{each.metadata['env']}` | {default} | {each.metadata['meaning']} |")
    return "\n".join([*lines, ""])


def test_the_document_names_every_setting() -> None:
    assert DOCUMENT.read_text() == document()


def test_the_environment_wins_over_the_default(tmp_path: Path) -> None:
    settings = Settings.from_environment({"INSTANCE": str(tmp_path), "CITY_NAME": "示例市"})
    assert (settings.folder, settings.city_name, settings.url) == (
        tmp_path,
        "示例市",
        f"sqlite:///{tmp_path / 'tracker.db'}",
    )


def test_the_default_database_stands_in_the_instance_folder() -> None:
    assert Settings.from_environment({}).url == f"sqlite:///{ROOT / 'instance' / 'tracker.db'}"


if __name__ == "__main__":
    print(document(), end="")
