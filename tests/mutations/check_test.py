# SPDX-License-Identifier: Apache-2.0
"""Tests of the record that check.py writes."""

import os
import pathlib

from tests.mutations import check

FIRST, SECOND = check.MUTATIONS[:2]


def test_a_new_row_takes_the_place_of_the_old_one():
    old = check.record("", {m.name: check.row(m, ["//old:test"]) for m in (SECOND, FIRST)})
    new = check.record(old, {SECOND.name: check.row(SECOND, [])})
    assert new == check.HEADER + (
        f"| {FIRST.name} | `{FIRST.file}` | `//old:test` |\n"
        f"| {SECOND.name} | `{SECOND.file}` | **nothing** |\n"
    )


def test_what_must_pass_at_first_is_what_the_mutations_run():
    one = check.Mutation("one", "f", "a", "b", ("//x:test", "//y/..."))
    other = check.Mutation("other", "f", "a", "b", ("//y/...", "-//y/z/..."))
    assert check.tests_of([one, other]) == ["//x:test", "//y/...", "-//y/z/..."]


def test_a_mutation_that_is_gone_leaves_no_row():
    assert check.record(f"{check.HEADER}| gone | `f` | `//t` |\n", {}) == check.HEADER


def test_the_record_that_is_checked_in_is_as_the_command_writes_it():
    text = pathlib.Path(os.environ["RECORD"]).read_text()
    assert check.record(text, {}) == text
    # A mutation that nothing caught is a fault of the tests.
    assert "**nothing**" not in text
