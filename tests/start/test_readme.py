"""The commands of the README: `bin/fresh-start` runs the English ones, the Chinese are the same."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(readme: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / readme).read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(r" +#.*", "", block) for block in blocks]


def test_both_readmes_have_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md")


def test_the_readme_has_the_commands_that_the_fresh_start_runs() -> None:
    text = "".join(commands("README.md"))
    assert "bin/serve --demo\n" in text
    assert "curl -s http://localhost:8000/api/v1/fills " in text
