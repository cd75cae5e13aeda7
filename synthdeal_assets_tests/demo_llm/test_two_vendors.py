"""The server speaks to OpenAI's and Anthropic's SDKs in their own forms."""

from __future__ import annotations

import anthropic
import openai
import pytest

from synthdeal_assets.demo_llm.wire import tokens
from synthdeal_assets_tests.demo_llm.asking import (
    OTHER_FORM,
    anthropic_client,
    ask_anthropic,
    ask_openai,
    deal_of,
    openai_client,
    prompt_of,
    read,
)
from synthdeal_assets_tests.fakes.llm_server import LlmServer


def test_an_openai_client_gets_a_valid_answer_with_proven_quotes_and_usage(server: LlmServer) -> None:
    deal = deal_of(1)
    completion = ask_openai(openai_client(server), deal, temperature=0.3)
    answer = read(completion.choices[0].message.content, deal)
    assert completion.choices[0].finish_reason == "stop"
    assert any(judgement.quote for judgement in answer.elements)
    assert not any(judgement.quote_rejected for judgement in answer.elements)
    assert completion.usage.completion_tokens == tokens(completion.choices[0].message.content)
    assert completion.usage.prompt_tokens > tokens(prompt_of(deal))


def test_an_anthropic_client_gets_the_same_answer_as_an_openai_client(server: LlmServer) -> None:
    deal = deal_of(1)
    message = ask_anthropic(anthropic_client(server), deal)
    completion = ask_openai(openai_client(server), deal)
    assert message.stop_reason == "end_turn"
    assert message.content[0].text == completion.choices[0].message.content
    assert message.usage.output_tokens == completion.usage.completion_tokens


def test_an_answer_says_that_it_is_simulated(server: LlmServer) -> None:
    completion = ask_openai(openai_client(server), deal_of(1), model="gpt-6-luna")
    assert completion.model == "gpt-6-luna-simulated-by-demo-llm"
    assert read(completion.choices[0].message.content, deal_of(1)).reasoning.startswith(
        "Simulated by synthdeal demo-llm"
    )


@pytest.mark.parametrize("response_format", [{"type": "json_object"}, {"type": "text"}, None])
def test_without_a_schema_the_answer_has_the_same_form(server: LlmServer, response_format: object) -> None:
    more = {} if response_format is None else {"response_format": response_format}
    completion = ask_openai(openai_client(server), deal_of(1), schema=None, **more)
    assert read(completion.choices[0].message.content, deal_of(1))


def test_a_schema_that_is_not_a_score_is_refused_in_words_and_not_as_a_parameter(server: LlmServer) -> None:
    with pytest.raises(openai.BadRequestError, match="can only answer in the form of a deal's score") as refused:
        ask_openai(openai_client(server), deal_of(1), schema=OTHER_FORM)
    assert refused.value.param is None
    with pytest.raises(anthropic.BadRequestError, match="can only answer in the form of a deal's score"):
        ask_anthropic(anthropic_client(server), deal_of(1), schema=OTHER_FORM)


def test_the_models_are_listed_with_a_shutdown_date(server: LlmServer) -> None:
    (model,) = openai_client(server).models.list().data
    assert (model.id, model.to_dict()["shutdown_date"]) == ("demo-llm", None)
    assert openai_client(server).models.retrieve("demo-llm").id == "demo-llm"


def test_any_key_is_taken_unless_one_is_set(server: LlmServer) -> None:
    assert ask_openai(openai_client(server, key="whatever"), deal_of(1))
    server.change(api_key="sk-right")
    assert ask_openai(openai_client(server, key="sk-right"), deal_of(1))
    assert ask_anthropic(anthropic_client(server, key="sk-right"), deal_of(1))


def test_a_wrong_key_is_refused_as_the_vendors_refuse_it(server: LlmServer) -> None:
    server.change(api_key="sk-right")
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided") as refused:
        ask_openai(openai_client(server, key="sk-wrong-and-rather-long"), deal_of(1))
    assert refused.value.code == "invalid_api_key"
    assert "wrong-and-rather" not in str(refused.value)
    with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
        ask_anthropic(anthropic_client(server, key="sk-wrong"), deal_of(1))
    assert server.counts().paid == 0


def test_a_model_that_refuses_temperature_names_it(server: LlmServer) -> None:
    server.change(refused_parameters=frozenset({"temperature"}))
    with pytest.raises(openai.BadRequestError, match=r"'temperature' does not support 0\.3") as refused:
        ask_openai(openai_client(server), deal_of(1), temperature=0.3)
    assert (refused.value.param, refused.value.code) == ("temperature", "unsupported_value")
    assert ask_openai(openai_client(server), deal_of(1))
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        ask_anthropic(anthropic_client(server), deal_of(1), extra_body={"temperature": 0.3})


def test_other_parameters_and_forms_can_be_refused_too(server: LlmServer) -> None:
    server.change(refused_parameters=frozenset({"max_completion_tokens"}), refused_values=frozenset({"json_schema"}))
    with pytest.raises(openai.BadRequestError, match="Use 'max_tokens' instead") as by_name:
        ask_openai(openai_client(server), deal_of(1), max_completion_tokens=6000)
    with pytest.raises(openai.BadRequestError) as by_form:
        ask_openai(openai_client(server), deal_of(1), max_tokens=6000)
    assert (by_name.value.param, by_form.value.param) == ("max_completion_tokens", "response_format")
    assert ask_openai(openai_client(server), deal_of(1), schema=None, response_format={"type": "json_object"})


def test_a_model_that_was_shut_down_is_not_found(server: LlmServer) -> None:
    server.change(shut_down_models=frozenset({"gpt-5"}))
    with pytest.raises(openai.NotFoundError) as missing:
        ask_openai(openai_client(server), deal_of(1), model="gpt-5")
    assert missing.value.code == "model_not_found"
    with pytest.raises(anthropic.NotFoundError, match="model: gpt-5"):
        ask_anthropic(anthropic_client(server), deal_of(1), model="gpt-5")


@pytest.mark.parametrize("model", ["gpt-6-luna", "my-demo-llm", "DEMO-LLM"])
def test_a_model_that_is_not_served_is_not_found_in_the_vendors_form_and_says_what_to_set(
    server: LlmServer, model: str
) -> None:
    server.change(served_models="demo-llm")
    with pytest.raises(openai.NotFoundError, match="set SYNTHDEAL_OPENAI_MODEL=demo-llm") as missing:
        ask_openai(openai_client(server), deal_of(1), model=model)
    assert missing.value.code == "model_not_found"
    assert f"`{model}` does not exist" in str(missing.value)
    with pytest.raises(anthropic.NotFoundError, match="set SYNTHDEAL_ANTHROPIC_MODEL=demo-llm") as missing_there:
        ask_anthropic(anthropic_client(server), deal_of(1), model=model)
    assert missing_there.value.body["error"]["type"] == "not_found_error"  # type: ignore[index]
    assert server.counts().paid == 0


@pytest.mark.parametrize("model", ["demo-llm", "demo-llm-2"])
def test_a_model_whose_name_begins_as_it_must_is_served(server: LlmServer, model: str) -> None:
    server.change(served_models="demo-llm")
    assert ask_openai(openai_client(server), deal_of(1), model=model).model == f"{model}-simulated-by-demo-llm"
    assert ask_anthropic(anthropic_client(server), deal_of(1), model=model).model == f"{model}-simulated-by-demo-llm"


def test_a_token_limit_that_is_too_small_truncates_the_answer(server: LlmServer) -> None:
    completion = ask_openai(openai_client(server), deal_of(1), max_completion_tokens=50)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 50
    assert ask_anthropic(anthropic_client(server), deal_of(1), max_tokens=50).stop_reason == "max_tokens"
    assert server.counts().successes == 0


def test_a_long_beginning_is_read_from_the_cache_the_second_time(server: LlmServer) -> None:
    long = "Rubric. " * 1000
    messages = [{"role": "system", "content": long}, {"role": "user", "content": prompt_of(deal_of(1))}]
    cached = [
        ask_openai(openai_client(server), deal_of(1), messages=messages).usage.prompt_tokens_details.cached_tokens
        for _ in range(2)
    ]
    assert cached == [0, 1920]
    system = [{"type": "text", "text": long, "cache_control": {"type": "ephemeral"}}]
    first, second = (
        ask_anthropic(anthropic_client(server), deal_of(1), system=system, model="other").usage for _ in range(2)
    )
    assert (first.cache_creation_input_tokens, first.cache_read_input_tokens) == (1920, 0)
    assert (second.cache_creation_input_tokens, second.cache_read_input_tokens) == (0, 1920)
    assert first.input_tokens == second.input_tokens


def test_a_prompt_without_an_id_counts_under_its_hash(server: LlmServer) -> None:
    ask_openai(openai_client(server), deal_of(1), messages=[{"role": "user", "content": "no id here"}])
    (key,) = server.counts().by_opportunity
    assert key.startswith("prompt-")


def test_a_request_that_is_not_of_the_form_gets_400(server: LlmServer) -> None:
    with pytest.raises(openai.BadRequestError, match="model and messages are required"):
        ask_openai(openai_client(server), deal_of(1), messages=[])
    with pytest.raises(openai.NotFoundError):
        openai_client(server).embeddings.create(model="demo-llm", input="x")
