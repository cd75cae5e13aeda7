"""Every failure that the user can act on has a code, in one form, and one code means one thing."""

from __future__ import annotations

import ast
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

import synthdeal_assets
from synthdeal_assets.errors import CODE_FORM, SynthDealError, message_and_code, with_code

MEANT_ALIKE = frozenset(
    {
        "cli.output-is-a-folder",
        "cli.port-in-use",
        "compare.no-world",
        "sales-log.empty-file",
        "settings.unknown",
        "whitespace.no-list",
        "whitespace.no-transactions",
    }
)
"""Codes that several places give, because the same thing is the matter there."""

PACKAGE = Path(synthdeal_assets.__file__).parent


def coded_calls() -> Iterator[tuple[str, ast.expr | None]]:
    """Every place of the code that makes such a failure, and what it gives as code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            place = f"{path.relative_to(PACKAGE)}:{call.lineno}"
            if call.func.id == "SynthDealError":
                yield place, next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
            elif call.func.id == "with_code":
                yield place, call.args[1]


def written_codes() -> Counter[str]:
    return Counter(str(code.value) for _, code in coded_calls() if isinstance(code, ast.Constant))


def test_every_failure_that_is_raised_has_a_code() -> None:
    codes = dict(coded_calls())

    assert len(codes) > 150
    assert [place for place, code in codes.items() if code is None] == []
    # A failure that is raised once more, in other words or by Dagster, keeps the code that it had.
    taken_over = {
        ast.unparse(code) for code in codes.values() if code is not None and not isinstance(code, ast.Constant)
    }
    assert taken_over <= {"code", "error.code"}


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
