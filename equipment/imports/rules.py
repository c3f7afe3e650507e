"""One cell as people write it: days, numbers with units, yes and no. Pure.

Everything here answers a value or raises `Unreadable` with a message for the reader; nothing is guessed.
What a cell cannot tell for sure (2024.1, cut by Excel from 2024.10) is read and marked as doubtful.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from equipment.core.words import N_, Message
from equipment.register.column_rules import UNIT_SIZES
from equipment.regulation.details import FieldSpec

NOT_A_DAY = N_("“%(text)s” is not a date; write it like 2024-03-05 or 2024.03")
NOT_A_NUMBER = N_("“%(text)s” is not a number")
NOT_A_FLAG = N_("“%(text)s” is neither yes nor no")
CUT_NUMBER = N_("Excel has cut the digits of “%(text)s”: format the column as text and enter it again")
UNKNOWN_UNIT = N_("“%(text)s” has a unit that does not fit; expected %(unit)s")
TOO_FINE = N_("“%(text)s” has more decimal places than can be kept")

NOTHING = frozenset(
    {"", "-", "--", "---", "/", "\\", "—", "——", "无", "空", "暂无", "n/a", "na", "none", "null", "nan"}
)
YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "对", "y", "yes", "true", "t", "1"})
NO = frozenset({"否", "无", "没有", "×", "✗", "✘", "错", "n", "no", "false", "f", "0"})
YEARS = range(1900, 2101)
CENTURY_TURNS_AT = 70  # 24.03 is 2024-03, 75.03 is 1975-03: stamps have two digits
EXCEL_DAYS = range(25_569, 73_051)  # 1970 to 2099 as Excel counts days; 20199 is a slip of the hand
EXCEL_EPOCH = date(1899, 12, 30)
EPOCH_1904 = 1_462  # days: a calendar that begins in 1904 counts so many fewer

_DAY = re.compile(
    r"(\d{4}|\d{2})\s*[-./年、]\s*(\d{1,2})\s*[-./月、]\s*(\d{1,2})\s*[日号.]?"
    r"\s*(?:\(?(?:星期|周)[一二三四五六日天]\)?)?"
    r"(?:[ T]?(?:上午|下午)?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$"
)
_PERHAPS_OCTOBER = re.compile(r"\d\d\.1$")
_MONTH = re.compile(r"(\d{4}|\d{2})\s*[-./年、]\s*(\d{1,2})\s*(?:月份?)?[.、]?$")
_YEAR = re.compile(r"(\d{4})\s*年?$")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?$")
_CUT = re.compile(r"(?:\d(?:\.\d+)?E\+\d{2,}|\d\.\d+E\d{2,})$", re.IGNORECASE)
_GUARDED = re.compile(r'="([^"]*)"$')  # what programs write so that Excel leaves digits alone
ERROR_VALUES = frozenset(
    {"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#spill!", "#calc!", "#getting_data"}
)
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)\s*(.*)$", re.DOTALL)
_FEET = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:'|ft\.?|feet)\s*-?\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|''|inch(?:es)?|in\.?)?)?$",
    re.IGNORECASE,
)
_FEET_DASH = re.compile(r"(\d+)-(\d+(?:\.\d+)?)\"?$")
_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile("[\x00\u200b-\u200f\u2060\ufeff\u00ad]")
_QUOTES = str.maketrans({"′": "'", "’": "'", "‘": "'", "″": '"', "”": '"', "“": '"', "　": " "})

IMPERIAL = frozenset(
    {
        "ft",
        "feet",
        "'",
        "英尺",
        "in",
        '"',
        "英寸",
        "lb",
        "lbs",
        "磅",
        "fpm",
        "ft/min",
        "psi",
        "hp",
        "马力",
        "m/min",
        "kgf/cm2",
        "kg/cm2",
        "公斤/平方厘米",
        "公斤/cm2",
    }
)


class Unreadable(Exception):
    """A cell that cannot be read as what its column holds."""

    def __init__(self, msgid: str, text: str, **more: str) -> None:
        super().__init__(msgid, text)
        self.message = Message(msgid, {"text": text[:60], **more})


class Day(NamedTuple):
    """A date, whether only its month was written, and whether the writing leaves room for doubt."""

    on: date
    month_only: bool = False
    doubtful: bool = False


def clean(text: str) -> str:
    """Full width made half width, invisible characters and doubled spaces dropped."""
    if text.isascii() and "  " not in text and text.isprintable():
        return text.strip()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", folded).strip()


def as_written(text: str) -> str:
    """What somebody wrote for people to read: only invisible characters go, and line ends are of one kind."""
    return _INVISIBLE.sub("", "\n".join(map(str.strip, text.splitlines()))).strip()


def is_nothing(text: str) -> bool:
    """A cell in which somebody wrote that there is nothing to write."""
    return text.casefold() in NOTHING


def read_day(text: str, from_1904: bool = False) -> Day:
    """A day, or the first day of a month or of a year; 2024.3, 202403, 2024年3月, 24.03, 2024-03-05, 45356
    (Excel's count of days, which begins in 1904 in some workbooks). A year alone leaves room for doubt."""
    stated = clean(text)
    written = stated.removeprefix("约").rstrip("? ")
    doubtful = written != stated
    if match := _DAY.match(written):
        return Day(_date(text, match[1], match[2], match[3]), doubtful=doubtful)
    if match := _MONTH.match(written):
        return Day(
            _date(text, match[1], match[2], "1"),
            month_only=True,
            doubtful=doubtful or is_perhaps_october(written),
        )
    if written.isdecimal() and len(written) in (6, 8):
        return _run_together(text, written, doubtful)
    if match := _YEAR.match(written):
        return Day(_date(text, match[1], "1", "1"), month_only=True, doubtful=True)
    shift = EPOCH_1904 if from_1904 else 0
    if (match := _SERIAL.match(written)) and int(match[1]) + shift in EXCEL_DAYS:
        return Day(EXCEL_EPOCH + timedelta(days=int(match[1]) + shift), doubtful=doubtful)
    raise Unreadable(NOT_A_DAY, text)


def is_year(text: str) -> bool:
    """Whether a day was written as a year alone."""
    return _YEAR.match(clean(text)) is not None


def is_perhaps_october(text: str) -> bool:
    """Whether a month may have lost its zero: 24.1, or a number of which `plain_number` says so."""
    return text.endswith(".1?") or bool(_PERHAPS_OCTOBER.match(text))


def _run_together(text: str, digits: str, doubtful: bool) -> Day:
    if len(digits) == 8:
        return Day(_date(text, digits[:4], digits[4:6], digits[6:]), doubtful=doubtful)
    if int(digits[:4]) in YEARS:
        return Day(_date(text, digits[:4], digits[4:], "1"), month_only=True, doubtful=doubtful)
    return Day(_date(text, digits[:2], digits[2:4], digits[4:]), doubtful=doubtful)


def _date(text: str, year: str, month: str, day: str) -> date:
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < CENTURY_TURNS_AT else 1900)
    try:
        exact_day = date(full, int(month), int(day))
    except ValueError as error:
        raise Unreadable(NOT_A_DAY, text) from error
    if exact_day.year not in YEARS:
        raise Unreadable(NOT_A_DAY, text)
    return exact_day


def read_flag(text: str) -> bool:
    """Yes or no in the words and signs people use."""
    word = clean(text).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable(NOT_A_FLAG, text)


def read_number(text: str, spec: FieldSpec, unit: str = "") -> int:
    """The number in the unit that is stored; a cell without unit is in `unit`,
    else in the field's display unit."""
    written = clean(text).translate(_QUOTES)
    plain = (unit or spec.display_unit or spec.unit).casefold()
    if spec.unit == "mm" and (feet := _feet(written, plain)) is not None:
        return int((feet * Decimal("304.8")).to_integral_value(ROUND_HALF_EVEN))
    match = _NUMBER.match(written)
    if match is None or not match[1].strip("+-"):
        raise Unreadable(NOT_A_NUMBER, text)
    suffix = match[2].strip(" ()").casefold() or plain
    size = "1" if suffix == spec.unit.casefold() else UNIT_SIZES.get(spec.unit, {}).get(suffix)
    if size is None:
        raise Unreadable(
            UNKNOWN_UNIT if match[2][:1].isalpha() else NOT_A_NUMBER,
            text,
            unit=spec.display_unit or spec.unit,
        )
    return _stored(text, Decimal(match[1].replace(",", "")) * Decimal(size), suffix)


def _stored(text: str, exact: Decimal, suffix: str) -> int:
    """Converted from foreign units it is rounded; written in ours it must fit as it is."""
    nearest = int(exact.to_integral_value(ROUND_HALF_EVEN))
    if exact != nearest and suffix not in IMPERIAL:
        raise Unreadable(TOO_FINE, text)
    return nearest


def _feet(written: str, plain: str) -> Decimal | None:
    """Feet and inches: 16'4", 16' 4, 16 ft; 16-4 only where the column is in feet."""
    match = _FEET.match(written) or (_FEET_DASH.match(written) if plain in ("ft", "feet") else None)
    if match is None:
        return None
    inches = Decimal(match[2] or 0)
    return Decimal(match[1]) + inches / 12 if inches < 12 else None


def read_number_text(text: str) -> str:
    """A number that names something: kept as written, refused where Excel has cut it."""
    written = clean(text)
    if _CUT.match(written):
        raise Unreadable(CUT_NUMBER, text)
    guarded = _GUARDED.match(written)
    return (guarded[1] if guarded else written).lstrip("'`")


def plain_number(value: float) -> str:
    """A number cell as text: 123.0 is 123, 35.500000000000004 is 35.5;
    a month that lost its zero is marked with "?"."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}" if abs(value) < 1e15 else f"{value:E}"
    return f"{text}?" if re.fullmatch(r"(19|20)\d\d\.1", text) else text
