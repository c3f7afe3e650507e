"""A pytest plugin: what the pass of `bin/test` on PostgreSQL leaves out (`-p tests.start.postgres`). All of it has
run on SQLite just before.

It is what never asks a database (such a test that does connect one fails on either: tests/once.py), of a table of
cases all but the first, and the tests below, known by name alone: the databases differ in how a statement is
understood, not in what is asked for case by case, nor in what is drawn or walked with its rows. Of the ledger
every case runs: there each is a table of its own.
"""

from __future__ import annotations

import pytest

WHOLE = "tests/ledger/"
# Minutes of paper, pages and rows, by statements that shorter tests ask of PostgreSQL too.
LONG = {
    # draw or decode papers
    "test_label_command.py",
    "test_record_papers.py",
    "test_verify_pack.py",
    "test_two_thousand_bottles_are_on_the_list_each_once",
    "test_the_lot_has_its_form_and_its_list_of_thirteen_columns",
    "test_what_ends_keeps_the_reason_that_was_entered_then",
    "test_a_sheet_has_ten_labels_and_a_bay_its_own",
    "test_a_roll_has_one_label_a_page_with_what_a_user_must_know",
    "test_one_tap_prints_the_label_of_one_bottle",
    "test_every_code_of_a_printed_list_decodes_with_two_decoders",
    "test_a_printed_list_says_what_it_must_on_every_sheet",
    "test_a_printed_list_lives_in_black_and_white",
    "test_a_month_report_is_one_page_however_many_areas_lie_below",
    "test_the_annual_report_is_drawn_with_its_charts_in_both_languages",
    "test_two_decoders_read_every_printed_mark_and_all_of_its_text_is_there",
    # enter very many rows, or are killed in the middle like tests/imports/test_killed.py, which runs
    "test_one_bad_line_in_ten_thousand",
    "test_a_lot_of_three_hundred_shares_one_report_and_is_recorded_once",
    "test_the_command_line_does_it_by_the_example",
    "test_the_command_killed_and_typed_again_adds_what_was_left",
    "test_a_killed_print_goes_on_with_no_label_twice_and_none_missing",
    # walk all pages
    "test_every_answer_of_the_city_is_as_before",
    "test_no_list_asks_more_because_it_is_longer",
    "test_messages_of_other_shapes_are_refused_as_described",
    "test_no_page_of_the_firm_shows_a_code_of_the_lift",
}


def asks_database(item: pytest.Item) -> bool:
    """Whether the test has a database: by the fixture that every other one of a database takes, or by its mark."""
    return "settings" in getattr(item, "fixturenames", ()) or any(
        item.get_closest_marker(name) for name in ("sqlite", "postgres")
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seen: set[str] = set()
    chosen, left_out = [], []
    for item in items:
        function = item.nodeid.partition("[")[0]
        runs = asks_database(item) and not {item.path.name, function.rpartition("::")[2]} & LONG
        once = item.nodeid if item.nodeid.startswith(WHOLE) else function
        (chosen if runs and once not in seen else left_out).append(item)
        seen.add(once)
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)
