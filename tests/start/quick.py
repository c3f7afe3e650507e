"""A pytest plugin: what `bin/test quick` runs of all tests (`-p tests.start.quick`).

Every pure test; of the slices that the commit in hand touches the first row of every test with a database; of each
other file one such test. No browser, and none of the tests below, which take seconds each. They are known by name
alone, so that folders may move. `bin/test` runs everything.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

import pytest

from tests.start.postgres import asks_database

SLOW = {
    # start servers, jobs processes or commands
    "test_setup.py",
    "test_serve.py",
    "test_killed.py",
    "test_results_killed.py",
    "test_process.py",
    "test_full_disk.py",
    "test_steady.py",
    "test_label_command.py",
    "test_rsgi.py",
    "test_a_killed_server_loses_no_acknowledged_scan",
    "test_slow_senders_stop_no_scan",
    "test_the_command_line_does_it_by_the_example",
    "test_two_processes_that_plan_and_deliver_at_once_send_exactly_one",
    "test_the_web_never_imports",
    "test_progress_is_seen_while_the_work_runs_and_cancelling_ends_it",
    # draw or decode papers
    "test_a_month_report_is_one_page_however_many_areas_lie_below",
    "test_the_annual_report_is_drawn_with_its_charts_in_both_languages",
    "test_both_files_are_drawn_once_on_one_page_and_never_again",
    "test_a_print_in_parts_holds_every_label_once_and_is_resumed_where_it_stopped",
    "test_every_code_of_a_printed_list_decodes_with_two_decoders",
    "test_every_label_of_a_sheet_is_read_by_two_decoders",
    "test_a_printed_list_lives_in_black_and_white",
    "test_a_printed_list_says_what_it_must_on_every_sheet",
    "test_a_deep_instance_still_draws_in_children",
    "test_eight_bombs_at_once_leave_this_process_as_it_was_and_keep_few_threads",
    # run whole applications of their own
    "test_category.py",
    "test_slice.py",
    "test_old_database.py",
    # walk all pages, or try very many values
    "test_nobody_reads_or_changes_what_belongs_to_another_county",
    "test_no_device_reads_or_changes_what_belongs_to_another_county",
    "test_no_list_asks_more_because_it_is_longer",
    "test_messages_of_the_described_shapes_are_answered_as_described",
    "test_messages_of_other_shapes_are_refused_as_described",
    "test_it_is_json_with_sorted_keys_no_spaces_and_no_escapes_but_the_needed",
    "test_the_chinese_has_the_places_of_the_english",
    "test_a_text_comes_into_its_slice_goes_when_nobody_says_it_and_comes_back_with_its_chinese",
    "test_any_text_is_read_or_refused",
    "test_an_organisation_is_opened_and_changed_with_every_change_in_the_ledger",
}


def touched_slices(paths: Iterable[str]) -> set[str]:
    """The slices to which files belong: `equipment/hazards/rules.py` and `templates/hazards/list.html` to hazards."""
    parts = (path.split("/") for path in paths)
    return {part[1] for part in parts if len(part) > 2 and part[0] in ("equipment", "templates", "tests")}


def paths_in_hand() -> list[str]:
    """What is not committed yet; else what the last commit changed. Nothing where there is no git."""

    def told(*command: str) -> list[str]:
        run = subprocess.run(["git", *command], capture_output=True, text=True, check=False)
        return run.stdout.split()

    changed = told("diff", "--name-only", "HEAD") + told("ls-files", "--others", "--exclude-standard")
    return changed or told("diff", "--name-only", "HEAD~1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    touched = touched_slices(paths_in_hand())
    seen: set[str] = set()
    chosen, left_out = [], []
    for item in items:
        function = item.nodeid.partition("[")[0]
        is_slow = {item.path.name, function.rpartition("::")[2]} & SLOW or item.get_closest_marker("browser")
        repeats = False
        if not is_slow and asks_database(item):
            once = function if item.path.parent.name in touched else item.path.name
            repeats = once in seen
            seen.add(once)
        (left_out if is_slow or repeats else chosen).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)
