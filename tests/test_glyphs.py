"""No paper prints an empty box: what no font has is a 〓, and the paper and its task say which characters those are.

Drawn with the shipped fonts alone, whatever this machine has installed (fontconfig is asked in processes of
their own)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from equipment.core.config import ROOT
from equipment.core.words import Message
from equipment.files import glyphs

RARE = {"𡃁": "210C1", "😀": "1F600", "č": "010D", "ő": "0151", "ཀ": "0F40"}
NAME = "𡃁䶮堃物业服务有限公司"
ALONE = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has no fonts but those of the project."""
    config = tmp_path / "fonts.conf"
    config.write_text(ALONE.format(fonts=ROOT / "static/fonts", cache=tmp_path / "cache"), "utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(config), "PYTHONPATH": str(ROOT)}


def answered(environ: dict[str, str], program: str, *arguments: str) -> str:
    """What a program says that runs in such an environment."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environ, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_with_the_shipped_font_alone_the_rare_ones_are_told_and_the_others_are_not(
    alone: dict[str, str],
) -> None:
    program = "import sys, json; from equipment.files.glyphs import unprinted; print(json.dumps(unprinted(sys.argv[1:])))"
    lacking = json.loads(
        answered(alone, program, NAME, "".join(RARE), "鿏㛃𬭚〓é’🏻", "A\u200d\ufe0f　ＡＢ，")
    )
    assert lacking == dict.fromkeys(RARE, "".join(RARE)) | {"𡃁": NAME, "🏻": "鿏㛃𬭚〓é’🏻"}


DRAW = """
import sys
from equipment.files.glyphs import note, printable, with_note
from weasyprint import HTML
page = open(sys.argv[1], encoding="utf-8").read()
html, lacking = printable(page)
html = with_note(html, str(note(lacking)))
HTML(string=html, base_url="static/").write_pdf(sys.argv[2])
print(note(lacking))
"""
PAGE = """<html><head><title>t</title><link rel="stylesheet" href="css/print-fonts.css">
<style>body {{ font: 12pt "Print Sans", sans-serif }}</style></head><body><p>{text}</p></body></html>"""


def test_a_paper_has_a_mark_for_every_character_it_lacks_and_no_box(
    alone: dict[str, str], tmp_path: Path
) -> None:
    page, paper = tmp_path / "page.html", tmp_path / "paper.pdf"
    page.write_text(PAGE.format(text=f"{NAME} {''.join(RARE)}"), "utf-8")
    remark = answered(alone, DRAW, str(page), str(paper))
    text = pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range()
    assert "〓䶮堃物业服务有限公司 〓〓〓〓〓" in text.replace("\r\n", " ")
    for char, point in RARE.items():
        assert char not in text
        assert f"U+{point}" in text
        assert f"U+{point}" in remark
    assert "\ufffe" not in text
    assert "\x00" not in text


LABELS = """
import sys
from pathlib import Path
from equipment.labels.printing import LabelDesign, Printed, draw_all
from equipment.tasks import children
if __name__ == "__main__":
    children.preload("equipment.labels.printing")
    label = Printed("HTTPS://TZ.TEST.CN/T/K7M2Q9ZD1JH4XWA", "K7M2Q9ZD1JH4XWA", (sys.argv[1], "扫码查看检验状态"))
    draw_all([label], LabelDesign("a4-24", "白银市特种设备"), Path(sys.argv[2]))
"""


def test_a_label_has_the_mark_too(alone: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "labels.py"
    script.write_text(LABELS, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script), NAME, str(tmp_path / "parts")],
        env=alone,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    text = pypdfium2.PdfDocument(tmp_path / "parts/labels.pdf")[0].get_textpage().get_text_range()
    assert "〓䶮堃物业服务有限公司" in text


def test_a_character_that_an_installed_font_has_is_printed_as_it_is(
    alone: dict[str, str], tmp_path: Path
) -> None:
    """The same question with the fonts of this machine, if it has one for č."""
    program = "from equipment.files.glyphs import is_printable; print(is_printable('č'))"
    here = {name: value for name, value in alone.items() if name != "FONTCONFIG_FILE"}
    listed = subprocess.run(
        ["fc-list", ":charset=10d", "family"], capture_output=True, text=True, check=False
    )
    assert answered(here, program).strip() == str(bool(listed.stdout.strip()))
    assert answered(alone, program).strip() == "False"


def test_the_note_names_each_character_with_its_code_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "is_printable", lambda char: char not in RARE)
    html, lacking = glyphs.printable(f"<p>{NAME}</p><td>Dvořčák ő</td></body>", ["图表č"])
    assert html == "<p>〓䶮堃物业服务有限公司</p><td>Dvoř〓ák 〓</td></body>"
    assert glyphs.note(lacking) == Message(
        glyphs.UNPRINTED,
        {"mark": "〓", "listed": "“〓䶮堃物业服务有限公司” U+210C1；“Dvoř〓ák 〓” U+010D, U+0151"},
    )
    assert glyphs.with_note("<body>x</body>", "a<b") == '<body>x<p class="lacking">a&lt;b</p></body>'
