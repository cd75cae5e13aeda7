"""Whatever wrapped a failure on its way up, the user reads its one sentence, without secrets."""

from __future__ import annotations

import errno

import dagster as dg
import pytest

from synthdeal_assets.cli.failures import (
    TerminatedError,
    describe_failure,
    interruption_code,
    is_interruption,
    step_failure,
)
from synthdeal_assets.errors import SynthDealError

KEY = "sk-planted-0123456789abcdef"


def recorded_error(raised: BaseException) -> dg.SerializableErrorInfo:
    """What Dagster records of a step that raises this."""

    @dg.op
    def failing() -> None:
        raise raised

    @dg.job
    def failing_job() -> None:
        failing()

    result = failing_job.execute_in_process(raise_on_error=False)
    error = result.get_step_failure_events()[0].step_failure_data.error
    assert error is not None
    return error


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def test_a_sentence_is_found_under_what_wrapped_it() -> None:
    wrapped = caused(
        RuntimeError("outer"), SynthDealError("The pond is dry: wait for rain.", code="pond.dry", usage=True)
    )

    assert describe_failure(wrapped) == ("The pond is dry: wait for rain.", 2)


def test_a_sentence_raised_in_a_dagster_step_is_told_as_it_is() -> None:
    failure = step_failure(recorded_error(SynthDealError("The pond is dry: wait for rain.", code="pond.dry")))

    assert (str(failure), failure.code) == ("The pond is dry: wait for rain.", "pond.dry")


def test_a_step_failed_on_purpose_is_told_in_its_own_words() -> None:
    failure = step_failure(recorded_error(dg.Failure("More than half failed.")))

    assert (str(failure), failure.code) == ("More than half failed.", "run.failed-on-purpose")


@pytest.mark.parametrize(
    "raised",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("IO Error: Could not write file: No space left on device"),
        RuntimeError("(sqlite3.OperationalError) database or disk is full"),
    ],
)
def test_a_full_disk_is_called_so_wherever_it_strikes(raised: Exception) -> None:
    sentence, code = describe_failure(caused(ValueError("outer"), raised))

    assert sentence.startswith("The disk that holds the home folder is full")
    assert code == 1
    failure = step_failure(recorded_error(raised))
    assert (str(failure), failure.code) == (sentence, "machine.no-room")


def test_an_unexpected_failure_names_its_kind_and_how_to_see_more() -> None:
    for sentence in (
        describe_failure(ZeroDivisionError("division by zero"))[0],
        str(step_failure(recorded_error(ZeroDivisionError("division by zero")))),
    ):
        assert "ZeroDivisionError: division by zero" in sentence
        assert "--verbose" in sentence


def test_no_sentence_holds_a_secret() -> None:
    refused = SynthDealError(f"The key {KEY} is not accepted.", code="pond.no-key")
    for raised in (refused, ValueError(f"refused: {KEY}")):
        assert KEY not in describe_failure(raised)[0]
        assert KEY not in str(step_failure(recorded_error(raised)))


def test_ctrl_c_is_seen_in_whatever_it_was_wrapped() -> None:
    assert is_interruption(recorded_error(caused(ValueError("outer"), RuntimeError("Query interrupted"))))
    assert not is_interruption(recorded_error(ValueError("the query was never interrupted")))


@pytest.mark.parametrize(("ending", "code"), [(None, 130), (KeyboardInterrupt(), 130), (TerminatedError(), 143)])
def test_a_query_that_is_asked_to_end_is_no_failure(ending: BaseException | None, code: int) -> None:
    reported = RuntimeError("Query interrupted")
    reported.__context__ = ending

    assert interruption_code(reported) == code
    assert interruption_code(RuntimeError("the pond is dry")) is None
