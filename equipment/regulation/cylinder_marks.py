"""What the stamps of a cylinder (制造钢印) and the codes that makers and older platforms put on it say, read
into the fields of the register. Pure.

A reading is a proposal: whoever enters the piece compares it with the steel. What nobody could read, or
what contradicts something read before it, is named, never dropped. Codes: docs/facts/cylinders.md 4.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from equipment.core.months import months_between
from equipment.regulation.category import StampMarks
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_words import Edition, Phase, Variety
from equipment.regulation.details import Kind
from equipment.regulation.gases import GAS_ALIASES, GAS_NAMES

# The letters stamped before an amount; the words that workbooks head its column with are read too.
SYMBOLS: Mapping[str, tuple[str, ...]] = {
    "test_pressure_kpa": ("TP",),
    "working_pressure_kpa": ("WP",),
    "tare_g": ("TM", "W"),
    "volume_ml": ("V",),
    "wall_um": ("S",),
    "porosity_permille": ("Δ",),  # δ, in capitals as the whole text
}
SERIAL_WORDS = ("产品编号", "出厂编号", "气瓶编号", "钢印号", "瓶号", "编号", "NO.", "NO", "№")
MAKER_WORDS = ("制造单位", "制造厂")
# Words before a value that says by itself what it is.
PLAIN_WORDS = frozenset(
    [
        "制造年月",
        "制造日期",
        "出厂日期",
        "设计使用年限",
        "使用年限",
        "充装介质",
        "介质",
        "型号",
        "执行标准",
        "制造标准",
        "标准号",
        "制造许可证",
        "制造许可证编号",
        "使用登记证编号",
        "孔隙率",
    ]
)
# The first digit of a 气瓶使用登记代码; 5 is any vehicle's cylinder and names no variety.
REGISTERED_AS = {
    "1": Variety.SEAMLESS,
    "2": Variety.WELDED,
    "3": Variety.LPG,
    "4": Variety.ACETYLENE,
    "6": Variety.CRYOGENIC,
}
REGISTRATION_CODE, UNIQUE_NO = re.compile(r"[1-6]\d{11}|[1-6]\d{5}[A-Z]\d{5}"), re.compile(r"\d{16}")
CERTIFICATE = re.compile(r"[容瓶][0-9A-Z]{2}[\u4e00-\u9fff][A-Z]\d{5}\(\d{2}\)")
BRACKETED = re.compile(r"\[([^\]]+)\]")
LINK = re.compile(r"HTTPS?://\S+", re.IGNORECASE)
DAY = re.compile(r"(?<![\dA-Z.])(\d{4}|\d{2})[年./-](0?[1-9]|1[0-2])(?:[月./-](?:[0-3]?\d日?)?)?(?![\d.])")
LIFE = re.compile(r"(?<![\dA-Z.])(\d{1,2}) ?(?:Y|年)(?![A-Z\d])")
SPAN = re.compile(rf"{DAY.pattern} ?[-–—~至] ?{DAY.pattern}")
LICENCE = re.compile(r"(?<![A-Z\d])TS[\dA-Z]{2,}(?:-\d+)*(?![A-Z\d])")
STANDARD = re.compile(r"(?<![A-Z])GB(?:/T)? ?(\d{3,5})(?:\.\d)?(?:-(?:19|20)\d{2})?(?!\d)")
MODEL = re.compile(r"(?<![A-Z])YSP ?\d{1,3}(?:\.\d)?(?:-II)?(?:/液)?(?:/\d{1,2}(?:\.\d)?)?(?![\d.])")
SERIAL = re.compile(r"(?=[A-Z\d-]*\d{4})[A-Z]{0,3}[\dA-Z-]{3,20}")
NUMBER = r"\d{1,4}(?:[.,]\d{1,3})?"
OF_BRACKETS = ("certificate", "code", "maker", "serial", "made", "scrap")


def read_marks(text: str, on: date) -> StampMarks:
    """Stamps as they stand on the shoulder, in any order, or the content of a QR code or a chip. Years of two
    digits are those up to `on`."""
    rest, marks = _plain(text), StampMarks()
    link, listed = LINK.search(rest), BRACKETED.search(rest)
    if link:
        if (
            not listed
        ):  # behind a list in brackets stands the address of its platform: every bottle has the same
            marks.identifiers["maker_qr"] = link[0]
        rest = rest.replace(link[0], " ")
    if listed:
        _read_list(marks, listed[1], on)
        rest = rest.replace(listed[0], " ")
    elif numbers := _chip_numbers(rest):
        marks.identifiers |= numbers
        return marks
    _read_stamps(marks, rest.upper(), on)
    return marks


def _plain(text: str) -> str:
    """Half width, one blank between words."""
    plain = unicodedata.normalize("NFKC", text).replace("【", "[").replace("】", "]").replace("—", "-")
    return " ".join(plain.replace("、", " ").replace(";", " ").split())


def _chip_numbers(text: str) -> dict[str, str]:
    """The number of a chip or a printed code that holds a number alone: the record of a chip carries the
    maker's unique number in its second place."""
    places = text.split(",")
    if len(places) == 6 and len(places[0]) == 1 and UNIQUE_NO.fullmatch(places[1]):
        return {"unique_no": places[1], "rfid": text}
    if UNIQUE_NO.fullmatch(text):
        return {"unique_no": text}
    return {"cylinder_code": text} if REGISTRATION_CODE.fullmatch(text.upper()) else {}


def _read_list(marks: StampMarks, text: str, on: date) -> None:
    """`[certificate, registration code, maker, serial, made, scrapped]`, as an older platform orders it."""
    values = dict(zip(OF_BRACKETS, (value.strip() for value in text.split(",")), strict=False))
    marks.serial, marks.maker = values.get("serial", ""), values.get("maker", "")
    if values.get("certificate"):
        marks.identifiers["certificate_no"] = values["certificate"]
    code = values.get("code", "").upper()
    if REGISTRATION_CODE.fullmatch(code):
        marks.identifiers["cylinder_code"] = code
        if code[0] in REGISTERED_AS:
            marks.details["variety"] = REGISTERED_AS[code[0]].value
    elif code:
        marks.unread.append(code)
    first, scrap = (_day(DAY.search(values.get(name, "")), on) for name in ("made", "scrap"))
    marks.made_on = first
    if first and scrap:
        _add_life(marks, first, scrap, values["scrap"])
    marks.unread += [value for value in text.split(",")[len(OF_BRACKETS) :] if value.strip()]


def _read_stamps(marks: StampMarks, rest: str, on: date) -> None:
    """Whatever names itself is taken out of the text; of what is left the first long number is the serial."""
    for match in SPAN.finditer(rest):
        first, ends = _day(DAY.search(match[0]), on), _day(list(DAY.finditer(match[0]))[-1], on)
        if first and ends:
            marks.add_made(first, match[0])
            _add_life(marks, first, ends, match[0])
    rest = SPAN.sub(" ", rest)
    for pattern, name in ((LICENCE, "maker_licence"), (STANDARD, "standard"), (MODEL, "model")):
        for match in pattern.finditer(rest):
            marks.add(name, match[0], match[0])
        rest = pattern.sub(" ", rest)
    _note_standard_and_model(marks)
    for name, pattern in _amounts().items():
        for match in pattern.finditer(rest):
            spec = CylinderDetails.field_spec(name)
            number = match["number"].replace(",", ".")
            if name == "porosity_permille" and float(number) <= 1:
                number = f"{float(number) * 100:.1f}"
            try:
                marks.add(name, spec.stored(number), match[0])
            except ValueError:
                marks.unread.append(match[0].strip())
        rest = pattern.sub(" ", rest)
    for match in DAY.finditer(rest):
        if day := _day(match, on):
            marks.add_made(day, match[0])
    rest = DAY.sub(" ", rest)
    for match in LIFE.finditer(rest):
        marks.add("design_life_years", int(match[1]), match[0])
    _read_words(marks, LIFE.sub(" ", rest))


def _read_words(marks: StampMarks, rest: str) -> None:
    """The gas, the serial number, and what is left."""
    for words, name in ((SERIAL_WORDS, "serial"), (MAKER_WORDS, "maker")):
        named = re.search(rf"(?:{'|'.join(map(re.escape, words))})[ :]*([^\s,:]+)", rest)
        if named and not getattr(marks, name):
            setattr(marks, name, named[1])
            rest = rest.replace(named[0], " ")
    gases = _gases()
    for word in (word.strip(":=") for word in rest.replace(",", " ").split()):
        if CERTIFICATE.fullmatch(word):
            marks.identifiers.setdefault("certificate_no", word)
        elif word in gases:
            marks.add("medium", gases[word], word)
        elif not marks.serial and SERIAL.fullmatch(word):
            marks.serial = word
        elif re.search(r"\w", word) and word not in PLAIN_WORDS:
            marks.unread.append(word)
    if marks.details.get("medium") == "C2H2":
        marks.details.setdefault("variety", Variety.ACETYLENE.value)


def _note_standard_and_model(marks: StampMarks) -> None:
    """An LPG bottle tells by its model that it is one, and by its standard how long it lives."""
    standard, model = str(marks.details.get("standard", "")), str(marks.details.get("model", ""))
    editions = {edition.label.replace(" ", ""): edition for edition in Edition}
    if edition := editions.get(standard.replace(" ", "")):
        marks.details["edition"] = edition.value
    if model:
        marks.details["model"] = model.replace(" ", "").removesuffix("/液")
        marks.details |= {"variety": Variety.LPG.value, "medium": "LPG"}
        if "/液" in model:
            marks.details["phase"] = Phase.LIQUID.value


def _add_life(marks: StampMarks, start: date, ends: date, words: str) -> None:
    """The years between two stamped months; anything but whole years is somebody else's date."""
    months = months_between(start, ends)
    if months > 0 and months % 12 == 0:
        marks.add("design_life_years", months // 12, words)
    else:
        marks.unread.append(words.strip())


def _day(match: re.Match[str] | None, on: date) -> date | None:
    """The month of a stamp as its first day; 16.03 is 2016, 98.03 is 1998."""
    if match is None:
        return None
    year = int(match[1])
    if len(match[1]) == 2:
        year += on.year // 100 * 100
        year -= 100 if year > on.year else 0
    return date(year, int(match[2]), 1)


@lru_cache(maxsize=1)
def _amounts() -> dict[str, re.Pattern[str]]:
    """How each amount is written: its letters or any heading, the number, perhaps its unit. A single letter
    before a long number is a serial number, not an amount."""
    patterns = {}
    for spec in CylinderDetails.fields():
        if spec.kind != Kind.INTEGER or not spec.display_unit:
            continue
        words = (*SYMBOLS.get(spec.name, ()), *spec.headings)
        listed = "|".join(re.escape(word.upper()) for word in sorted(set(words), key=len, reverse=True))
        unit = re.escape(spec.display_unit.upper())
        number = rf"(?P<number>{NUMBER}|0?\.\d{{1,3}})"
        patterns[spec.name] = re.compile(rf"(?<![A-Z\d])(?:{listed})[ :=]*{number} ?(?:{unit})?(?![\dA-Z.])")
    return patterns


@lru_cache(maxsize=1)
def _gases() -> dict[str, str]:
    """Every way a gas is named, in capitals, and its code."""
    names = {code.upper(): code for code in GAS_NAMES}
    for code, aliases in GAS_ALIASES.items():
        names |= {alias.upper(): code for alias in aliases}
    return names
