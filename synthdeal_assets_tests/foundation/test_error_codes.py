"""Every failure that the user can act on has a code, in one form, and one code means one thing."""

from __future__ import annotations

import ast
import traceback
from collections import Counter

import dagster as dg
import pytest

from synthdeal_assets.errors import CODE_FORM, SynthDealError, message_and_code, with_code
from synthdeal_assets_tests.documents.error_codes import coded_failures

MEANT_ALIKE = frozenset(
    {
        "cli.output-is-a-folder",
        "cli.port-in-use",
        "compare.no-world",
        "sales-log.empty-file",
        "sales-log.several-currencies",
        "settings.unknown",
        "whitespace.no-list",
        "whitespace.no-transactions",
    }
)
"""Codes that several places give, because the same thing is the matter there."""


def written_codes() -> Counter[str]:
    return Counter(code for failure in coded_failures() for code in failure.codes)


def test_every_failure_that_is_raised_has_a_code() -> None:
    failures = list(coded_failures())

    assert len(failures) > 150
    assert [failure for failure in failures if failure.code is None] == []
    # A failure that is raised once more, in other words or by Dagster, keeps the code that it had.
    taken_over = {ast.unparse(failure.code) for failure in failures if failure.code is not None and not failure.codes}
    assert taken_over == {"code", "error.code"}


def test_codes_have_one_form() -> None:
    assert [code for code in written_codes() if not CODE_FORM.fullmatch(code)] == []


def test_one_code_means_one_thing() -> None:
    assert {code for code, places in written_codes().items() if places > 1} == MEANT_ALIKE


def test_the_message_is_the_sentence_and_the_traceback_ends_with_the_code() -> None:
    error = SynthDealError("The pond is dry: wait for rain.", code="pond.dry")

    assert str(error) == "The pond is dry: wait for rain."
    assert "".join(traceback.format_exception(error)).endswith(": wait for rain.\nError code: pond.dry\n")


@pytest.mark.parametrize(
    "raised",
    [
        SynthDealError("The pond is dry: wait for rain.", code="pond.dry"),
        with_code(dg.Failure("The pond is dry: wait for rain."), "pond.dry"),
    ],
)
def test_what_dagster_records_has_the_code(raised: Exception) -> None:
    @dg.op
    def failing() -> None:
        raise raised

    @dg.job
    def failing_job() -> None:
        failing()

    event = failing_job.execute_in_process(raise_on_error=False).get_step_failure_events()[0]
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    assert error is not None
    message, code = message_and_code(error.message)
    assert (message.endswith("The pond is dry: wait for rain."), code) == (True, "pond.dry")


def test_a_message_without_a_code_stays_as_it_is() -> None:
    assert message_and_code("ValueError: Error code: 7\n") == ("ValueError: Error code: 7\n", None)
