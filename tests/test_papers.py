"""What code, templates and papers name is in the repository: every paper and its section, every link, every path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("equipment", "jobs", "templates", "static", "tests", "bench", "bin", ".ci")
ENDINGS = {".py", ".toml", ".html", ".js", ".css", ".md", ".po", ".mako", ""}
ELSEWHERE = (
    "static/vendor/",
    "tests/browser/axe",
    "tests/old/build.py",
)  # others' files, and a script of an earlier version
PAPER = re.compile(
    r"(?<![\w/:.-])((?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*\.md)(?:\)?,? (\d+(?:\.\d+)*)(?![\w%.-]*\w))?"
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
CODE_PATH = re.compile(r"`((?:equipment|jobs|tests|bench|bin|docs|static|templates)/[\w./*-]+)`")
PAPERS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "equipment").rglob("*.md"),
        *(ROOT / "tests").rglob("*.md"),
    ]
)


def texts() -> list[Path]:
    """Every file of ours that may name a paper."""
    found = [
        path
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix in ENDINGS
    ]
    ours = [
        path
        for path in found
        if not str(path.relative_to(ROOT)).startswith(ELSEWHERE) and "__pycache__" not in path.parts
    ]
    return [*ours, *ROOT.glob("*.py"), *ROOT.glob("*.toml")]


def paper(name: str, beside: Path) -> Path | None:
    """The paper of this name: from the root, in docs/, or beside the file that names it."""
    return next(
        (path for path in (ROOT / name, ROOT / "docs" / name, beside.parent / name) if path.is_file()), None
    )


def has_section(path: Path, number: str) -> bool:
    return re.search(rf"^#+ {re.escape(number)}\.? ", path.read_text(), re.MULTILINE) is not None


def test_every_paper_that_is_named_exists_and_has_the_section() -> None:
    wrong = []
    for path in texts():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for name, section in PAPER.findall(line):
                found = paper(name, path)
                if found is None or (section and not has_section(found, section)):
                    wrong.append(f"{path.relative_to(ROOT)}:{number} {name} {section}".strip())
    assert wrong == []


@pytest.mark.parametrize("path", PAPERS, ids=[str(path.relative_to(ROOT)) for path in PAPERS])
def test_every_link_and_path_of_a_paper_leads_somewhere(path: Path) -> None:
    text = path.read_text()
    links = [name for name in LINK.findall(text) if not (path.parent / name).exists()]
    paths = [name for name in CODE_PATH.findall(text) if not list(ROOT.glob(name.rstrip("/")))]
    assert (links, paths) == ([], [])
