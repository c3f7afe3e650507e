"""Rule packs: what is in force on a day, and the bureau's rows laid over it."""

from datetime import date
from pathlib import Path

import pytest

from equipment.core.verdict import Confidence
from equipment.regulation.packs import Override, Regulation, UnknownRule

PACK = """
[pack]
name = "sample"
version = "1"
[documents]
old = { number = "TSG 1-2000", name = "旧规程", replaced_by = "TSG 2-2020" }
new = { number = "TSG 2-2020", name = "新规程", since = 2020-01-01 }
[rules]
interval = [
  { since = 2020-01-01, value = 36, cite = "new", clause = "9.1", confidence = "known" },
  { since = 2000-01-01, value = 24, cite = "old", clause = "7.4", confidence = "seen" },
]
repealed = [{ since = 2000-01-01, value = 5, cite = "old", confidence = "seen" }, { since = 2020-01-01, cite = "new", confidence = "seen" }]
[rules.by_gas]
O2 = [{ since = 2000-01-01, value = [{ below_c = 0, kpa = 50 }], cite = "old", confidence = "unsure" }]
"""


@pytest.fixture
def pack(tmp_path: Path) -> Regulation:
    file = tmp_path / "sample.toml"
    file.write_text(PACK, "utf-8")
    return Regulation.load(file)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2000, 1, 1), 24), (date(2019, 12, 31), 24), (date(2020, 1, 1), 36), (date(2030, 1, 1), 36)],
)
def test_the_value_in_force_is_the_latest_that_has_begun(pack: Regulation, on: date, expected: int) -> None:
    assert pack.value("interval", on).value == expected


def test_a_value_names_clause_document_day_confidence_and_pack(pack: Regulation) -> None:
    assert pack.value("interval", date(2026, 1, 1)).citation.as_json() == {
        "document": "TSG 2-2020 新规程",
        "clause": "9.1",
        "since": "2020-01-01",
        "confidence": "known",
        "verified": False,
        "pack": "sample-1",
    }


@pytest.mark.parametrize(
    ("key", "on"),
    [
        pytest.param("interval", date(1999, 12, 31), id="before the first value"),
        pytest.param("repealed", date(2020, 1, 1), id="on the day of the repeal"),
        pytest.param("nonsense", date(2026, 1, 1), id="a key nobody stated"),
    ],
)
def test_without_a_value_in_force_the_rule_is_unknown(pack: Regulation, key: str, on: date) -> None:
    with pytest.raises(UnknownRule):
        pack.value(key, on)


def test_a_repealed_rule_still_holds_for_its_own_time(pack: Regulation) -> None:
    assert pack.value("repealed", date(2019, 12, 31)).value == 5


def test_small_tables_come_as_rows_and_branches_by_the_rest_of_their_key(pack: Regulation) -> None:
    on = date(2026, 1, 1)
    assert pack.value("by_gas.O2", on).rows == ({"below_c": 0, "kpa": 50},)
    assert list(pack.under("by_gas", on)) == ["O2"]


def test_what_nobody_verified_is_listed(pack: Regulation) -> None:
    assert [(value.key, value.since.year) for value in pack.unverified()] == [
        ("by_gas.O2", 2000),
        ("interval", 2020),
    ]
    assert pack.keys() == ("by_gas.O2", "interval", "repealed")


def test_a_confirmation_of_the_bureau_verifies_the_value_and_changes_the_digest(pack: Regulation) -> None:
    on = date(2026, 1, 1)
    confirmed = pack.overlaid(
        [
            Override(
                "interval",
                date(2020, 1, 1),
                None,
                "白市监函〔2026〕1号",
                "7",
                of=pack.value("interval", on).digest,
            )
        ]
    )
    value = confirmed.value("interval", on)
    assert (value.value, value.confidence, value.confirmed_by, value.note) == (
        36,
        Confidence.CONFIRMED,
        "7",
        "[白市监函〔2026〕1号]",
    )
    assert value.citation.document == "TSG 2-2020 新规程"
    assert [each.key for each in confirmed.unverified()] == ["by_gas.O2"]
    assert confirmed.digest != pack.digest
    assert confirmed.pack == value.citation.pack == "sample-1+1"


def test_a_confirmation_lapses_when_an_upgrade_changed_the_value(pack: Regulation) -> None:
    stale = Override(
        "interval", date(2020, 1, 1), None, "白市监函〔2026〕1号", "7", of="digest of another value"
    )
    result = pack.overlaid([stale])
    assert result.stale == (stale,)
    assert result.value("interval", date(2026, 1, 1)).confidence is Confidence.KNOWN
    assert result.digest == pack.digest


def test_a_value_of_the_bureaus_own_begins_on_its_day_and_cites_it(pack: Regulation) -> None:
    own = pack.overlaid([Override("interval", date(2026, 6, 1), 12, "白市监发〔2026〕9号", "7")])
    assert own.value("interval", date(2026, 5, 31)).value == 36
    value = own.value("interval", date(2026, 6, 1))
    assert (value.value, value.citation.document, value.confidence) == (
        12,
        "白市监发〔2026〕9号",
        Confidence.CONFIRMED,
    )


def test_a_value_of_the_bureaus_own_replaces_the_one_of_the_same_day(pack: Regulation) -> None:
    own = pack.overlaid([Override("interval", date(2020, 1, 1), 30, "白市监发〔2026〕9号", "7")])
    assert [value.value for value in own.history("interval")] == [24, 30]


def test_the_digest_is_of_the_content_and_not_of_the_order_of_lines(pack: Regulation, tmp_path: Path) -> None:
    reordered = tmp_path / "reordered.toml"
    lines = PACK.splitlines()
    interval = lines.index("interval = [")
    lines[interval + 1], lines[interval + 2] = lines[interval + 2], lines[interval + 1]
    reordered.write_text("\n".join(lines), "utf-8")
    changed = tmp_path / "changed.toml"
    changed.write_text(PACK.replace("value = 36", "value = 37"), "utf-8")
    assert Regulation.load(reordered).digest == pack.digest
    assert Regulation.load(changed).digest != pack.digest


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param('x = [{ since = 2020-01-01, value = 1, cite = "new" }]', id="without confidence"),
        pytest.param('x = [{ value = 1, cite = "new", confidence = "seen" }]', id="without a day"),
        pytest.param(
            'x = [{ since = 2020-01-01, value = 1, cite = "nowhere", confidence = "seen" }]',
            id="citing no listed document",
        ),
        pytest.param(
            'x = [{ since = 2020-01-01, vaule = 1, cite = "new", confidence = "seen" }]',
            id="with a misspelt word",
        ),
        pytest.param(
            'x = [{ since = 2020-01-01, value = 1, cite = "new", confidence = "sure" }]',
            id="with a confidence we do not know",
        ),
    ],
)
def test_a_pack_with_an_unfinished_entry_does_not_load(tmp_path: Path, entry: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(PACK.replace("[rules.by_gas]", f"{entry}\n[rules.by_gas]"), "utf-8")
    with pytest.raises(ValueError, match=r"x: an entry|not a valid Confidence"):
        Regulation.load(file)
