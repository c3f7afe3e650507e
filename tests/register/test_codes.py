from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.core.config import Settings
from equipment.register.codes import (
    ALPHABET,
    is_checked,
    is_genuine,
    label_url,
    make_code,
    normal,
    parse,
    spelt,
)

KEYS = ["1" * 64, "2" * 64]
FULL_WIDTH = {ord(character): ord(character) + 0xFEE0 for character in map(chr, range(0x21, 0x7F))}
FRENCH_DIGITS = str.maketrans("1234567890", "&é\"'(-è_çà")
FRENCH = FRENCH_DIGITS | str.maketrans("aqzwm", "qawz,")
PLACES = st.integers(0, 10)
CODES = st.builds(make_code, st.just(KEYS))
SETTINGS = Settings(public_url="https://tz.example.gov.cn")

PRESENTATIONS = {
    "as printed": spelt,
    "lower case": str.lower,
    "with the look-alikes people write": lambda code: code.replace("1", "l").replace("0", "O"),
    "capital I for one": lambda code: code.replace("1", "I"),
    "blanks around and CR": lambda code: f"  {code}\r\n",
    "ended by a tab": lambda code: f"{code}\t",
    "full width": lambda code: code.translate(FULL_WIDTH),
    "our address": lambda code: label_url(code, SETTINGS),
    "our address in lower case": lambda code: label_url(code, SETTINGS).lower(),
    "our address, case inverted": lambda code: label_url(code, SETTINGS).swapcase(),
    "our address on another host": lambda code: f"http://10.1.2.3:8000/t/{code}/?from=wechat",
    "our address under a Chinese input method": lambda code: (
        label_url(code, SETTINGS).replace("/", "、").replace(":", "：").replace(".", "。")
    ),
    "our address in full width": lambda code: label_url(code, SETTINGS).translate(FULL_WIDTH),
    "a byte order mark before it": lambda code: "\ufeff" + code,
    "behind the mark of a QR code": lambda code: f"]Q1{code}",
    "behind the mark of Code 128": lambda code: f"]C1{code}",
    "the mark before our address": lambda code: f"]Q3{label_url(code, SETTINGS)}",
    "between the stars of Code 39": lambda code: f"*{code}*",
    "our address in quotes": lambda code: f'"{label_url(code, SETTINGS)}"',
    "read twice in one burst": lambda code: code + code,
    "read twice, a CR between": lambda code: f"{code}\r{code}",
    "our address, encoded": lambda code: quote(label_url(code, SETTINGS), safe=""),
    "the last stroke encoded": lambda code: f"HTTPS://TZ.EXAMPLE.CN/T%2F{code}",
    "behind a function key": lambda code: f"F8{code}",
    "behind a function key of two digits": lambda code: f"F12{code}",
    "at a French keyboard": lambda code: code.lower().translate(FRENCH),
    "a message of WeChat": lambda code: f"【气瓶标签】{label_url(code, SETTINGS)} 请点击查看",
    "a message with the code": lambda code: f"气瓶编码：{spelt(code)}，请查收",
    "as the value of a query": lambda code: f"https://old.example.cn/q?code={code}&x=1",
}


@pytest.mark.parametrize("shown", PRESENTATIONS.values(), ids=PRESENTATIONS.keys())
@given(code=CODES)
def test_a_code_is_read_however_it_is_presented(shown, code: str) -> None:
    parsed = parse(shown(code))
    assert (parsed.code, parsed.checked) == (code, True)


def test_french_digits_between_letters_that_stayed() -> None:
    assert parse("2B2EM98YQ3N6K4".lower().translate(FRENCH_DIGITS)).code == ""  # one short
    code = next(code for code in iter(lambda: make_code(KEYS), "") if not set(code) & set("AQZWM"))
    assert parse(code.lower().translate(FRENCH_DIGITS)).code == code


@given(code=CODES, place=PLACES, other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    assert is_checked(wrong) == (wrong == code)


@given(code=CODES, place=st.integers(0, 9))
def test_swapped_neighbours_are_noticed_but_for_the_one_pair_luhn_cannot_tell(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    blind = {code[place], code[place + 1]} == {ALPHABET[0], ALPHABET[-1]}
    assert is_checked(swapped) == (swapped == code or blind)


@given(code=CODES, place=st.integers(11, 14), other=st.sampled_from(ALPHABET))
def test_a_code_with_another_signature_is_no_genuine_one(code: str, place: int, other: str) -> None:
    forged = code[:place] + other + code[place + 1 :]
    assert is_genuine(forged, KEYS) == (forged == code)


def test_the_newest_key_signs_and_every_key_of_the_ring_verifies() -> None:
    old = make_code(KEYS[:1])
    assert is_genuine(old, KEYS)
    assert is_genuine(make_code(KEYS), KEYS[1:])
    assert not is_genuine(old, KEYS[1:])


@given(text=st.text(max_size=300))
def test_no_text_upsets_the_parser(text: str) -> None:
    parsed = parse(text)
    assert parsed.code == "" or len(parsed.code) == 15
    assert all(value == normal(value) for value in parsed.values)


@given(code=CODES)
def test_what_the_parser_made_of_a_text_it_makes_of_it_again(code: str) -> None:
    assert parse(parse(spelt(code)).code).code == code


FOREIGN = [
    ("plain digits", "132020000001\r", ("132020000001",)),
    ("fifteen digits are somebody else's number", "123456789012345", ("123456789012345",)),
    ("RFID bytes with colons", "04:a3:2B:11:22:80", ("04A32B112280",)),
    (
        "an address with the code in its path",
        "http://qr.maker.cn/b/62012345678",
        ("62012345678", "HTTP://QR.MAKER.CN/B/62012345678"),
    ),
    (
        "an address with the code in its query",
        "http://qr.maker.cn/scan?id=62012345678",
        ("62012345678", "SCAN", "HTTP://QR.MAKER.CN/SCAN?ID=62012345678"),
    ),
    ("a certificate with full-width brackets", "梯11甘D00012（22）", ("梯11甘D00012(22)",)),
    ("a spelt number", "3110 5001 0620-1105 0006", ("31105001062011050006",)),
    ("nothing", " \t\r\n", ()),
]


@pytest.mark.parametrize(
    ("text", "values"), [each[1:] for each in FOREIGN], ids=[each[0] for each in FOREIGN]
)
def test_numbers_of_other_people_become_values_to_look_up(text: str, values: tuple[str, ...]) -> None:
    parsed = parse(text)
    assert (parsed.code, parsed.values) == ("", values)


def test_bracketed_text_gives_its_long_number_first_and_no_months() -> None:
    parsed = parse("[瓶32甘D00007(21),262010000123,YA12,323232,2016年03月,2031年03月]http://old.example.cn")
    assert parsed.values[:4] == ("262010000123", "瓶32甘D00007(21)", "YA12", "323232")
    assert not any(value.endswith("月") for value in parsed.values)


def test_a_label_address_is_upper_case_unless_the_setting_says_otherwise() -> None:
    code = make_code(KEYS)
    assert label_url(code, SETTINGS) == f"HTTPS://TZ.EXAMPLE.GOV.CN/T/{code}"
    assert (
        label_url(code, Settings(public_url="https://tz.example.gov.cn/", lowercase_codes="1"))
        == f"https://tz.example.gov.cn/t/{code.lower()}"
    )
