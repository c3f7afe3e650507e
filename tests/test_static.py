"""Static files and templates keep their promises: no other host, nothing newer than the browser floor, no inline script or style."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PRINTED = [
    path for path in TEMPLATES if path.parent.name == "print" or path.name.startswith("print_")
]  # drawn to PDF, never served
SERVED = [path for path in TEMPLATES if path not in PRINTED]
OWN_SCRIPTS = sorted((STATIC / "js").glob("*.js"))
OWN_STYLES = sorted((STATIC / "css").glob("*.css"))
OWN = [*TEMPLATES, *OWN_SCRIPTS, *OWN_STYLES, STATIC / "icons.svg", STATIC / "favicon.svg"]
NAMESPACE = "http://www.w3.org/2000/svg"

NEWER_SCRIPT = {  # what came after Chromium 87
    "logical assignment": r"\?\?=|\|\|=|&&=",
    "Array.at": r"\.at\(",
    "structuredClone": r"structuredClone\(",
    "Object.groupBy": r"Object\.groupBy\(",
    "static block": r"\bstatic\s*\{",
    "top-level await": r"^await\b",
    "Array.findLast": r"\.findLast\(",
    "Array.toSorted": r"\.to(?:Sorted|Reversed|Spliced)\(",
    "regular expression v flag": r"/[gimsuy]*v[gimsuy]*\.(?:test|exec)",
    "import attributes": r"\bimport\b[^;]*\bwith\s*\{",
}
NEWER_STYLE = {
    ":has()": r":has\(",
    ":is() and :where()": r":(?:is|where)\(",
    "container queries": r"@container|container-type",
    "cascade layers": r"@layer",
    "color-mix()": r"color-mix\(",
    "oklch and lab": r"\b(?:oklch|oklab|lab|lch)\(",
    "light-dark()": r"(?<!-)light-dark\(",
    "dynamic viewport units": r"\d(?:dvh|svh|lvh|dvw)\b",
    "range media queries": r"@media[^{]*[<>]",
    "nesting": r"\{[^}]*&",
    "individual transforms": r"(?:^|[;{])\s*(?:translate|rotate|scale)\s*:",
    "accent-color": r"accent-color\s*:",
    "aspect-ratio": r"aspect-ratio\s*:",
}


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", OWN, ids=named)
def test_no_file_of_ours_names_another_host(path: Path) -> None:
    assert (
        re.findall(r"""(?:https?:)?//[a-z0-9-]+\.[a-z][^\s"')]*""", text(path).replace(NAMESPACE, "")) == []
    )


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=named)
@pytest.mark.parametrize("what", NEWER_SCRIPT)
def test_our_scripts_run_on_the_oldest_browser(path: Path, what: str) -> None:
    assert re.findall(NEWER_SCRIPT[what], text(path), re.M) == []


@pytest.mark.parametrize(
    "path", [path for path in OWN_STYLES if not path.name.startswith("print")], ids=named
)
@pytest.mark.parametrize("what", NEWER_STYLE)
def test_our_styles_show_on_the_oldest_browser(path: Path, what: str) -> None:
    plain = re.sub(r"/\*.*?\*/", "", text(path), flags=re.S)
    assert re.findall(NEWER_STYLE[what], plain, re.M) == []


@pytest.mark.parametrize(
    "what", [":has()", "color-mix()", "oklch and lab", "light-dark()", "container queries", "cascade layers"]
)
def test_the_lowered_tabler_has_no_colour_or_selector_that_old_browsers_drop(what: str) -> None:
    lowered = text(VENDOR / "tabler" / "tabler.floor.min.css")
    assert re.findall(NEWER_STYLE[what], lowered) == []


@pytest.mark.parametrize("path", SERVED, ids=named)
def test_a_template_has_no_inline_script_style_or_event(path: Path) -> None:
    page = text(path)
    inline_scripts = [
        tag
        for tag in re.findall(r"<script\b[^>]*>", page)
        if "src=" not in tag and 'type="application/json"' not in tag
    ]
    assert inline_scripts == []
    assert (
        re.findall(
            r"<style\b|\sstyle\s*=|\son(?:click|change|submit|load|input|error|focus|key\w+)\s*=|javascript:",
            page,
        )
        == []
    )


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', text(STATIC / "icons.svg")))
    called = {name for path in TEMPLATES for name in re.findall(r"\bicon\(\s*'([a-z0-9-]+)'", text(path))}
    given = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\b(?:glyph|icon|shape)'?\s*[=:]\s*'([a-z0-9-]+)'", text(path))
    }
    assert (called | given) - sprite - {"point"} == set()


def test_every_static_file_a_template_names_exists() -> None:
    asked = {name for path in TEMPLATES for name in re.findall(r"\basset\(\s*'([^']+)'", text(path))}
    assert {name for name in asked if not (STATIC / name).is_file()} == set()


def test_the_table_of_vendored_parts_names_every_folder_and_file() -> None:
    rows = re.findall(
        r"^\| (\S+) \| (\S+) \| ([\d.]+) \| (.*?) \| (.*?) \|$", text(VENDOR / "README.md"), re.M
    )
    assert {row[0] for row in rows} == {"../fonts"} | {
        folder.name for folder in VENDOR.iterdir() if folder.is_dir()
    }
    for folder, _package, _version, files, _licence in rows:
        missing = [
            name
            for name in re.findall(r"[\w./-]+\.(?:css|js|wasm|ttf|svg)", files)
            if not (VENDOR / folder / name).is_file()
        ]
        assert missing == []
        assert any((VENDOR / folder / name).is_file() for name in ("LICENSE", "OFL.txt"))


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("tabler/tabler.min.css", "1.6.1"),
        ("tabler/tabler.min.js", "1.6.1"),
        ("tabler/tabler.floor.min.css", "1.6.1"),
        ("htmx/htmx.min.js", "2.0.11"),
        ("echarts/echarts.min.js", "6.1.0"),
        ("barcode-detector/ponyfill.js", "zxing-wasm@3.1.3"),
    ],
)
def test_a_vendored_file_is_the_version_the_table_says(path: str, version: str) -> None:
    assert version in text(VENDOR / path)


def test_the_scan_page_stays_under_150_kb_compressed() -> None:
    asked = re.findall(r"""asset\('([^']+\.(?:css|js))'\)""", text(ROOT / "templates" / "floor.html"))
    assert asked == [
        "css/common.css",
        "css/floor.css",
        "vendor/htmx/htmx.min.js",
        "js/app.js",
        "js/scan.js",
        "js/outbox-mark.js",
    ]
    imported = ["js/outbox.js", "js/outbox-rules.js", "js/outbox-store.js"]
    assert (
        sum(
            len(gzip.compress((STATIC / name).read_bytes()))
            for name in [*asked, *imported, "icons.svg", "favicon.svg"]
        )
        < 60_000
    )


@pytest.mark.parametrize("page", ["common.css", "floor.css", "app.css", "parts.css", "public.css"])
def test_a_style_sheet_has_as_many_closing_as_opening_braces(page: str) -> None:
    sheet = text(STATIC / "css" / page)
    assert sheet.count("{") == sheet.count("}")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def tokens(sheet: str, block: str) -> dict[str, str]:
    body = sheet[sheet.index(block) :]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", body[: body.index("}")]))
    return {
        name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:])
        for name, value in found.items()
    }


LIGHT = tokens(text(STATIC / "css" / "common.css"), ":root {")
DARK = tokens(text(STATIC / "css" / "common.css"), '[data-bs-theme="dark"] {')
FLOOR = {**LIGHT, **tokens(text(STATIC / "css" / "floor.css"), ":root {")}


@pytest.mark.parametrize(
    ("theme", "least"), [(LIGHT, 4.5), (DARK, 4.5), (FLOOR, 7.0)], ids=["light", "dark", "floor"]
)
def test_words_stand_out_from_their_ground(theme: dict[str, str], least: float) -> None:
    pairs = [(name, f"{name}-ground") for name in ("green", "amber", "red", "blue", "grey")]
    pairs += [
        (name, ground)
        for name in ("ink", "ink-soft", "brand", "green", "amber", "red", "blue")
        for ground in ("paper", "ground")
    ]
    pairs += [("brand-ink", "brand")]
    assert [(one, other) for one, other in pairs if contrast(theme[one], theme[other]) < least] == []


def test_every_colour_of_a_chart_has_one_that_stands_out_on_a_dark_page() -> None:
    on_dark = dict(re.findall(r"'(#[0-9a-f]{6})': '(#[0-9a-f]{6})'", text(STATIC / "js" / "charts.js")))
    modules = sorted((ROOT / "equipment").rglob("charts.py"))
    assert set(on_dark) == {
        colour for module in modules for colour in re.findall(r"#[0-9a-f]{6}", text(module))
    }
    assert [one for one in on_dark.values() if contrast(one, DARK["paper"]) < 4.5] == []
    assert [one for one in on_dark if contrast(one, LIGHT["paper"]) < 2.9] == []
