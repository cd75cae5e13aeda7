"""Whatever JSON an endpoint answers with, it is an answer or a failure in a sentence, and can be stored."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdeal_assets.llm.failures import FailureKind, LlmError
from synthdeal_assets.llm.storable import MAX_MESSAGE_LENGTH
from synthdeal_assets_tests.llm.any_json import (
    ANY_JSON,
    changed_somewhere,
    chat_completion,
    message_of_anthropic,
)
from synthdeal_assets_tests.llm.asking import BOTH, EVERYTHING, Line, ProviderAt, anthropic_at, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw

ERROR: Final = {
    "error": {"message": "no", "type": "a", "param": "temperature", "code": "b", "details": [], "status": 4}
}
OFTEN: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answered_or_failed(line: Line, at: ProviderAt, answer: Raw) -> None:
    failed: LlmError | None = None
    try:
        completion = line.answered(at, answer, EVERYTHING)
    except LlmError as error:
        failed = error
    if failed is None:
        assert isinstance(completion.text, str)
        assert isinstance(completion.model, str)
    else:
        message = str(failed)
        assert message.encode().count(b"\x00") == 0
        assert len(message) <= MAX_MESSAGE_LENGTH


@pytest.mark.parametrize("at", BOTH)
@OFTEN
@given(body=ANY_JSON, status=st.sampled_from([200, 400, 404, 422, 429, 500]))
def test_any_json(line: Line, at: ProviderAt, body: Any, status: int) -> None:
    answered_or_failed(line, at, Raw(status, body))


@pytest.mark.parametrize(("at", "whole"), [(openai_at, chat_completion), (anthropic_at, message_of_anthropic)])
@OFTEN
@given(data=st.data())
def test_an_answer_with_anything_anywhere_in_it(line: Line, at: ProviderAt, whole: Any, data: st.DataObject) -> None:
    answered_or_failed(line, at, Raw(200, data.draw(changed_somewhere(whole("{}")))))


@pytest.mark.parametrize("reason", [[], {}, 5, "\ud83d"])
def test_a_reason_for_ending_that_is_no_text_takes_nothing_from_the_answer(line: Line, reason: Any) -> None:
    openai = chat_completion("yes")
    openai["choices"][0]["finish_reason"] = reason
    anthropic = message_of_anthropic("yes", stop_reason=reason)
    for at, body in ((openai_at, openai), (anthropic_at, anthropic)):
        completion = line.answered(at, Raw(200, body))
        assert (completion.text, completion.finish) == ("yes", "complete")


@pytest.mark.parametrize("at", BOTH)
@OFTEN
@given(data=st.data(), status=st.sampled_from([200, 400, 403, 422, 429, 500]))
def test_an_error_with_anything_anywhere_in_it(line: Line, at: ProviderAt, data: st.DataObject, status: int) -> None:
    answered_or_failed(line, at, Raw(status, data.draw(changed_somewhere(ERROR))))


@pytest.mark.parametrize("at", BOTH)
@OFTEN
@given(
    body=st.binary(max_size=60),
    status=st.sampled_from([200, 400, 429]),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "retry-after-ms", "Date", "Content-Type", "x-odd"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
    ),
)
def test_any_bytes_and_any_headers(
    line: Line, at: ProviderAt, body: bytes, status: int, headers: dict[str, str]
) -> None:
    answered_or_failed(line, at, Raw(status, body, headers))


@pytest.mark.parametrize("at", BOTH)
@pytest.mark.parametrize("param", [{}, [], 5, True, "\ud83d"])
def test_a_parameter_that_is_named_by_anything_but_a_text_is_no_crash(line: Line, at: ProviderAt, param: Any) -> None:
    failed = line.failure(at, Raw(400, {"error": {"message": "no \ud83d", "param": param}}), EVERYTHING)
    assert "no \ufffd" in str(failed)


@pytest.mark.parametrize("at", BOTH)
def test_an_error_in_another_character_set_than_its_headers_name_is_a_failure_like_any_other(
    line: Line, at: ProviderAt
) -> None:
    headers = {"Content-Type": "application/json; charset=utf-16"}
    failed = line.failure(at, Raw(500, {"error": {"message": "no"}}, headers), EVERYTHING)
    assert failed.kind is FailureKind.CONNECTION


@pytest.mark.parametrize("at", BOTH)
def test_a_place_that_is_no_list_is_no_crash(line: Line, at: ProviderAt) -> None:
    failed = line.failure(at, Raw(422, {"detail": [{"loc": 5, "msg": "bad"}]}), EVERYTHING)
    assert "bad" in str(failed)


@pytest.mark.parametrize(("at", "whole"), [(openai_at, chat_completion), (anthropic_at, message_of_anthropic)])
def test_an_answer_of_bytes_that_are_no_text_is_taken_all_the_same(line: Line, at: ProviderAt, whole: Any) -> None:
    body = json.dumps(whole("EMOJI")).encode().replace(b"EMOJI", b"cut \xf0\x9f\x98")
    completion = line.answered(at, Raw(200, body))
    assert completion.text == "cut \ufffd"
    assert completion.usage is not None
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (2_000, 800)
