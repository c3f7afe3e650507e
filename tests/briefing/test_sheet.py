"""晨会一页纸: one upright A4 page whatever the number of areas, with the figures of the first page."""

from __future__ import annotations

import pypdfium2
import pytest
from flask import Flask
from flask_babel import force_locale

from equipment.briefing.printing import sheet
from equipment.people.models import Area
from equipment.people.queries import viewer_of
from equipment.reports.printing import on_paper
from equipment.storage import db
from tests import make
from tests.briefing.test_first_page import office, overdue_ones


@pytest.mark.parametrize("offices", [0, 18])
def test_it_fits_one_page_and_says_what_the_first_page_says(app: Flask, offices: int) -> None:
    overdue_ones(applied=True)
    with make.writing():
        for number in range(offices):
            code = f"620402{number + 100:03}"
            db.session.add(Area(code=code, name=f"第{number}街道", level="township", responsible="王所长"))
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        html, pictures = sheet(viewer_of(office(make.COUNTY if offices else make.CITY)), "zh_Hans_CN")
        db.session.rollback()
        content, remark = on_paper(html, pictures, "zh_Hans_CN")
    pdf = pypdfium2.PdfDocument(content)
    assert (len(pdf), remark) == (1, None)
    words = pdf[0].get_textpage().get_text_range()
    expected = ("特种设备晨会一页纸", "H1", "已报检", "未报检", "情况不明", "合计")
    assert [word for word in expected if word not in words] == []
    assert words.count("王所长") == offices
