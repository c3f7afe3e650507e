"""Ruled papers: every row once, nothing below the grid, and the totals of the pages add up to the whole."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pypdfium2
import pytest
from flask import Flask
from pypdf import PdfReader

from equipment.tasks.ruled import Align, RuledColumn, RuledHeading, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_pages import RuledPage, halves, ruled_pages
from equipment.tasks.ruled_printing import ruled_pdf

COLUMNS = (
    RuledColumn("序号", 10, Align.MIDDLE),
    RuledColumn("气瓶", 40, lines=3, bold=True),
    RuledColumn("净重 kg", 15, Align.RIGHT),
    RuledColumn("备注", 60, lines=4),
)
MM = 72 / 25.4


def weighed(sums: Mapping[str, int]) -> str:
    return f"{sums['bottles']} 只 {sums['net_g']} g"


def row(number: int, remark: str = "") -> RuledRow:
    cells = (str(number), ["JJPF5-RTPMV-DE1BQ", f"N{number}"], "14.50", remark)
    return RuledRow(cells, {"bottles": 1, "net_g": 14_500 + number})


def paper(*rows: RuledRow | RuledHeading) -> RuledPaper:
    return RuledPaper(
        title="充装记录",
        about=["白银示例燃气有限公司　2026-11-29", "全部秤位"],
        tables=[RuledTable(COLUMNS, rows, empty="没有记录")],
        signatures=["充装员", "检查员", "复核人"],
        notes=["图例：√ 合格　× 不合格　— 不适用"],
        foot="数据截至 2026-11-29 20:00",
        totals=weighed,
    )


def composed(printed: RuledPaper) -> list[RuledPage]:
    return ruled_pages(printed, str)


LONG = [row(number, "很长的备注" * (number % 30)) for number in range(1, 401)]


@pytest.mark.parametrize("landscape", [True, False])
@pytest.mark.parametrize("points", [7.5, 9])
def test_four_hundred_rows_stand_once_and_none_below_the_grid(landscape: bool, points: float) -> None:
    printed = replace(paper(*LONG), landscape=landscape, points=points)
    pages = composed(printed)
    assert [shown for page in pages for shown in page.rows] == LONG
    assert len(pages) > 5
    assert max(page.filled for page in pages) <= printed.grid_lines
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert [page for part in halves(pages) for page in part] == pages


def test_the_totals_of_the_pages_add_up_to_the_whole() -> None:
    pages = composed(paper(*LONG))
    sums = Counter[str]()
    for page in pages:
        of_page = Counter[str]()
        for shown in page.rows:
            of_page.update(shown.amounts)
        assert f"This page: {weighed(of_page)}" in "\n".join(page.strong)
        sums.update(of_page)
    assert sums == {"bottles": 400, "net_g": 400 * 14_500 + sum(range(1, 401))}
    assert pages[-1].strong[-1].endswith(f"In all: {weighed(sums)}")
    assert [page for page in pages if "In all" in "".join(page.strong)] == pages[-1:]


def test_a_paper_without_rows_says_so_on_one_page() -> None:
    (page,) = composed(paper())
    assert [text.strip() for text in page.strong[1:]] == [
        "没有记录",
        "This page: 0 只 0 g",
        "In all: 0 只 0 g",
    ]


def test_a_row_higher_than_a_page_is_cut_and_says_so() -> None:
    high = RuledRow(("1", [f"N{number}" for number in range(90)], "", ""))
    pages = composed(paper(row(1), high, row(2)))
    assert [len(page.rows) for page in pages] == [1, 1, 1]
    assert pages[1].filled <= paper().grid_lines
    assert pages[1].strong[-2].strip() == "…"


def test_a_heading_is_never_the_last_of_its_page() -> None:
    rows = [part for number in range(60) for part in (RuledHeading(f"秤位 {number}"), row(number))]
    for page in composed(paper(*rows)):
        shown = [text.strip() for text in page.strong if text.strip()]
        assert not shown[-2].startswith("秤位")  # above the total of the page


def test_a_table_that_goes_on_says_so_above_its_columns_again() -> None:
    named = RuledTable(COLUMNS, LONG[:60], title="充装量")
    pages = composed(replace(paper(), tables=[named], totals=None))
    assert [page.strong[0].strip() for page in pages] == ["充装量"] + ["充装量(continued)"] * (len(pages) - 1)
    assert {page.strong[1].split()[0] for page in pages} == {"序号"}


def test_the_paper_as_drawn_has_every_row_inside_its_page(app: Flask) -> None:
    drawn = ruled_pdf(paper(*LONG[:60]), locale="zh_Hans_CN")
    pages = list(pypdfium2.PdfDocument(drawn.content))
    assert len(pages) == drawn.pages == len(composed(paper(*LONG[:60])))
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert sum(text.count("JJPF5-RTPMV-DE1BQ") for text in texts) == 60
    for page, text in zip(pages, texts, strict=True):
        assert f"第 {pages.index(page) + 1} 页" in text
        assert "复核人 ＿＿＿" in text
        assert "本页合计：" in text
        inner = page.get_textpage()
        for place in range(inner.count_rects()):
            left, bottom, right, top = inner.get_rect(place)
            assert (left > 9 * MM, right < 288 * MM, bottom > 2 * MM, top < 204 * MM) == (True,) * 4
    assert drawn.note is None


@pytest.mark.parametrize(("landscape", "size"), [(True, (842, 595)), (False, (595, 842))])
def test_it_is_a4_and_a_sample_says_so(app: Flask, landscape: bool, size: tuple[int, int]) -> None:
    printed = replace(paper(row(1)), landscape=landscape, sample=True)
    (page,) = PdfReader(io.BytesIO(ruled_pdf(printed, locale="zh_Hans_CN").content)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size
    assert "样张" in page.extract_text()


def test_a_character_that_no_font_has_is_a_mark_and_is_named_on_paper_and_task(app: Flask) -> None:
    drawn = ruled_pdf(paper(row(1, "某\ue000某")), locale="zh_Hans_CN")
    text = PdfReader(io.BytesIO(drawn.content)).pages[0].extract_text()
    assert "某〓某" in text
    assert "U+E000" in text
    assert drawn.note is not None
    assert "U+E000" in str(drawn.note)
