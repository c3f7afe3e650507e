"""The text of a list, and how a phone makes the newer one from the one it has."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.passes.rules import Pass, applied, base36, difference, digest, line_of, listed, until_of

LPG = Pass(
    "7Q2KD0FHR31M8AB", "LPG", date(2027, 3, 31), 16_500, 31_400, "01-1960", "E5736149", ("620300000123",)
)
OXYGEN = Pass("", "O2", None, None, None, "", "S000002")


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(
            LPG, "7Q2KD0FHR31M8AB\tLPG\t21i\tcqc\to88\t01-1960\tE5736149\t620300000123", id="weighed"
        ),
        pytest.param(OXYGEN, "\tO2\t\t\t\t\tS000002", id="without a label, a day or a weight"),
        pytest.param(
            LPG._replace(own_number="a\tb", others=()),
            "7Q2KD0FHR31M8AB\tLPG\t21i\tcqc\to88\ta b\tE5736149",
            id="a number cannot break its line",
        ),
    ],
)
def test_a_line(one: Pass, line: str) -> None:
    assert one.line() == line
    assert until_of(line) == one.until


def test_every_number_finds_its_line() -> None:
    text = listed([LPG, OXYGEN])
    for number in ("7Q2KD0FHR31M8AB", "01-1960", "E5736149", "620300000123"):
        assert line_of(text, number) == LPG.line()
    assert line_of(text, "S000002") == OXYGEN.line()
    assert line_of(text, "O2") is None
    assert line_of("", "O2") is None


@given(st.integers(min_value=0, max_value=10**9))
def test_numbers_to_the_base_36(number: int) -> None:
    assert int(base36(number), 36) == number


LINES = st.lists(st.text("ABC01\u4e00", min_size=1, max_size=4), max_size=12)


@given(LINES, LINES)
def test_the_difference_makes_the_newer_list(before: list[str], after: list[str]) -> None:
    older, newer = ("\n".join(sorted(set(lines))) for lines in (before, after))
    change = difference(older, newer)
    assert applied(older, change) == newer
    assert digest(applied(older, change)) == digest(newer)
    assert difference(newer, newer) == ([], [])
