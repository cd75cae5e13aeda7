"""What an endpoint refuses is left out from then on, once, and never in circles."""

from __future__ import annotations

import pytest

from synthdeal_assets.llm.accepted_parameters import AcceptedParameters
from synthdeal_assets.llm.chat import Parameters, TokenLimitField
from synthdeal_assets.llm.failures import FailureKind, LlmError

WANTED = Parameters("small", 500, temperature=0.3)


def refusal(parameter: str | None) -> LlmError:
    return LlmError(FailureKind.PARAMETER_REFUSED, "400: no", refused_parameter=parameter)


def accepted(wanted: Parameters = WANTED) -> AcceptedParameters:
    return AcceptedParameters(wanted, "small at http://127.0.0.1:9", lambda _message: None)


def test_a_refused_parameter_is_left_out_and_named_once() -> None:
    parameters = accepted()
    assert parameters.do_without(refusal("temperature"), WANTED) == "temperature"
    assert parameters.current == Parameters("small", 500)
    assert parameters.do_without(refusal("temperature"), WANTED) is None, "a request that was under way meanwhile"
    assert parameters.dropped == ("temperature",)


def test_a_refused_schema_falls_back_twice_and_then_there_is_no_way() -> None:
    parameters = accepted()
    for mode in ("json_object", "none"):
        assert parameters.do_without(refusal("response_format"), parameters.current) == "response_format"
        assert parameters.current.schema_mode == mode
    with pytest.raises(LlmError, match="refuses the parameter response_format, which requests cannot leave out"):
        parameters.do_without(refusal("response_format"), parameters.current)


def test_the_names_of_the_token_limit_are_not_tried_in_circles() -> None:
    parameters = accepted()
    parameters.do_without(refusal("max_completion_tokens"), parameters.current)
    other: TokenLimitField = "max_tokens"
    assert parameters.current.token_limit_field == other
    with pytest.raises(LlmError) as no_way:
        parameters.do_without(refusal("max_tokens"), parameters.current)
    assert no_way.value.kind is FailureKind.BAD_REQUEST


def test_a_refusal_that_names_nothing_leaves_no_way() -> None:
    with pytest.raises(LlmError, match="the parameter that it does not name"):
        accepted().do_without(refusal(None), WANTED)


MALFORMED = LlmError(FailureKind.MALFORMED, "no JSON")
VIOLATION = LlmError(FailureKind.SCHEMA_VIOLATION, "level is missing")
CUT_OFF = LlmError(FailureKind.TRUNCATED, "cut off")
REFUSED = LlmError(FailureKind.REFUSED, "no")


@pytest.mark.parametrize(
    ("answers", "mode"),
    [
        ([MALFORMED, VIOLATION], "json_schema"),
        ([MALFORMED, VIOLATION, MALFORMED], "json_object"),
        ([MALFORMED] * 9, "json_object"),
        # One in the form shows that the schema is kept to, or at least known.
        ([None, *[VIOLATION] * 9], "json_schema"),
        ([VIOLATION, VIOLATION, None, *[VIOLATION] * 9], "json_schema"),
        # An answer that was cut off, and one that was refused, say nothing about the form.
        ([CUT_OFF, REFUSED, TimeoutError(), VIOLATION, VIOLATION], "json_schema"),
    ],
)
def test_a_schema_that_the_first_answers_ignore_is_put_into_words(
    answers: list[BaseException | None], mode: str
) -> None:
    parameters = accepted()
    for error in answers:
        parameters.answered(error, WANTED)
    assert parameters.current.schema_mode == mode


def test_what_is_fixed_stays_and_the_way_out_is_named() -> None:
    fixed = Parameters("small", 500, schema_mode_fixed=True)
    parameters = accepted(fixed)
    for _ in range(9):
        parameters.answered(VIOLATION, fixed)
    assert parameters.current is fixed
    with pytest.raises(LlmError, match="set SYNTHDEAL_SCHEMA_MODE to auto, or choose another model"):
        parameters.do_without(refusal("response_format"), fixed)


def test_answers_to_words_do_not_count_as_answers_to_a_schema() -> None:
    wanted = Parameters("small", 500, schema_mode="json_object")
    parameters = accepted(wanted)
    for _ in range(9):
        parameters.answered(VIOLATION, wanted)
    assert parameters.current is wanted
