"""Every label of a printed sheet is read by two independent decoders at 150 dpi."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from equipment.core.config import Settings
from equipment.labels.layouts import LAYOUTS, Layout
from equipment.labels.printing import LabelDesign, Printed, draw, draw_all, symbol
from equipment.register.codes import label_url, make_code
from equipment.tasks.makers import Progress

ADDRESSES = {
    "upper": Settings(public_url="https://tz.baiyin.example.gov.cn"),
    "lower": Settings(public_url="https://tz.baiyin.example.gov.cn", lowercase_codes="1"),
    "short": Settings(public_url="https://tz.cn"),
}


def labels(count: int, settings: Settings) -> list[Printed]:
    codes = [make_code(["1" * 64]) for _ in range(count)]
    return [
        Printed(label_url(code, settings), code, ("液化石油气钢瓶", "323232", "白银示例燃气有限公司"))
        for code in codes
    ]


def decoded(pdf: bytes | Path, folder: Path) -> tuple[list[str], list[str]]:
    """What zbar and zxing read from the rendered pages."""
    by_zbar, by_zxing = [], []
    for number, page in enumerate(pypdfium2.PdfDocument(pdf)):
        image = page.render(scale=150 / 72).to_pil()
        image.save(folder / f"{number}.png")
        read = subprocess.run(
            ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(folder / f"{number}.png")],
            capture_output=True,
            text=True,
            check=True,
        )
        by_zbar += read.stdout.split()
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        by_zxing += [each.text for each in found]
    return sorted(by_zbar), sorted(by_zxing)


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.key for layout in LAYOUTS])
def test_every_label_of_a_sheet_is_read_by_two_decoders(layout: Layout, tmp_path: Path) -> None:
    printed = labels(layout.on_page, ADDRESSES["upper"])
    addresses = sorted(each.url for each in printed)
    assert decoded(draw(printed, LabelDesign(layout.key, "白银市特种设备", "样张")), tmp_path) == (
        addresses,
        addresses,
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.key for layout in LAYOUTS])
def test_a_label_shows_its_pieces_number_and_nothing_of_its_neighbour(layout: Layout) -> None:
    numbers = [f"E50494{number}" for number in range(10, 13)]
    printed = [
        Printed(
            each.url,
            each.code,
            (number, "焊接气瓶", "瓶31甘D00001(24)", "名称很长的燃气有限责任公司充装分公司", "末行"),
        )
        for each, number in zip(labels(3, ADDRESSES["upper"]), numbers, strict=True)
    ]
    pages = [
        page.get_textpage().get_text_bounded()
        for page in pypdfium2.PdfDocument(draw(printed, LabelDesign(layout.key, "白银市特种设备", "样张")))
    ]
    here = [numbers[start : start + layout.on_page] for start in range(0, 3, layout.on_page)]
    assert [[number for number in numbers if number in page] for page in pages] == here
    assert all(page.startswith("【样张】") for page in pages)


@pytest.mark.parametrize("address", ["lower", "short"])
def test_other_addresses_are_read_as_well(address: str, tmp_path: Path) -> None:
    printed = labels(40, ADDRESSES[address])
    addresses = sorted(each.url for each in printed)
    assert decoded(draw(printed, LabelDesign("a4-40", "白银市特种设备")), tmp_path) == (addresses, addresses)


def test_a_print_in_parts_holds_every_label_once_and_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    printed = labels(320, ADDRESSES["upper"])
    work = Progress()
    (tmp_path / "00001.pdf").write_bytes(draw(printed[240:], LabelDesign("a4-24", "白银市特种设备")))
    whole = draw_all(printed, LabelDesign("a4-24", "白银市特种设备"), tmp_path, work, part=260)
    assert (work.done, work.total) == (2, 2)
    assert len(pypdfium2.PdfDocument(whole)) == 14
    addresses = sorted(each.url for each in printed)
    assert decoded(whole, tmp_path)[1] == addresses


def test_a_symbol_is_one_pixel_per_module() -> None:
    assert len(symbol("HTTPS://TZ.CN/T/" + "A" * 15)) < 400
