"""The lock files name all that their packages need, extras included, on the Pythons of Debian 12 and 13."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.build.lock", "requirements.lock", "tests/requirements.lock"]


def pins(lock: str) -> dict[str, str]:
    """Version by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", (ROOT / lock).read_text(), re.MULTILINE))


def wanted(path: Path) -> list[Requirement]:
    """The lines of a requirements.txt, with what it includes."""
    requirements = []
    for line in path.read_text().splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            requirements += wanted((path.parent / text[3:]).resolve())
        elif text:
            requirements.append(Requirement(text))
    return requirements


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("lock", LOCKS[1:])
def test_a_lock_is_complete_and_holds_nothing_else(lock: str, python: str) -> None:
    locked, seen, missing = pins(lock), set(), []
    waiting = wanted((ROOT / lock).with_suffix(".txt"))
    environment = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {extra for other, extra in seen if other == name}:
            seen.add((name, extra))
            if name not in locked or not requirement.specifier.contains(locked[name], prereleases=True):
                missing.append(str(requirement))
                continue
            for text in distribution(name).requires or []:
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate({**environment, "extra": extra}):
                    waiting.append(needed)
    assert missing == []
    assert set(locked) == {name for name, _ in seen}


def test_the_tests_run_with_the_versions_of_the_product() -> None:
    product, tests = pins("requirements.lock"), pins("tests/requirements.lock")
    assert {name: tests.get(name) for name in product} == product


def test_what_is_installed_is_what_is_locked() -> None:
    locked = pins("requirements.build.lock") | pins("tests/requirements.lock")
    assert {name: distribution(name).version for name in locked} == locked


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_names_no_host(lock: str) -> None:
    text = re.sub(r"^ *#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    requirement = re.compile(r"[a-z0-9-]+==\S+(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n")
    assert requirement.sub("", text).strip() == ""
    assert pins(lock) != {}
