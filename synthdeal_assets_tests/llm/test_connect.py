"""Settings become a model that can be asked; every provider there is can be named by them."""

from __future__ import annotations

import asyncio
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest

from synthdeal_assets.llm.connect import NO_KEY_NEEDED, PROVIDERS, Connection, connect
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.prices import VENDORS
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.settings import KEY_FIELDS, Settings, every_setting
from synthdeal_assets.settings.groups import ScoringSettings
from synthdeal_assets.settings.kinds import ProviderName
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.llm.asking import BOTH, MESSAGES, SCHEMA
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer


@pytest.fixture(autouse=True)
def no_address_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROVIDERS:
        monkeypatch.delenv(f"{name.upper()}_BASE_URL", raising=False)


def connected(name: str, **values: Any) -> Connection:
    return connect(Settings(**values), name, concurrency=4, prompt_version="letters-1")


def test_settings_can_name_every_provider_and_no_other() -> None:
    assert set(get_args(ProviderName)) == set(PROVIDERS)
    known = {setting.name for setting in every_setting()}
    for name in PROVIDERS:
        assert {f"{name}_model", f"{name}_base_url", f"{name}_api_key"} <= known
        assert f"{name}_api_key" in KEY_FIELDS, "its key is a secret"
        assert name in get_args(ScoringSettings.model_fields["scorer"].annotation)


def test_list_prices_hold_at_the_vendors_own_endpoints() -> None:
    assert {name: urlsplit(provider.own_endpoint).hostname for name, provider in PROVIDERS.items()} == VENDORS


def test_every_provider_is_tested_with_the_failures_of_endpoints() -> None:
    assert {type(at("http://127.0.0.1:9")) for at in BOTH} == set(PROVIDERS.values())


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_vendors_own_endpoint_needs_a_key_and_gets_a_cache_key(name: str) -> None:
    with failing_with("llm.key-missing", naming=rf"^{name.upper()}_API_KEY .* SYNTHDEAL_{name.upper()}_BASE_URL"):
        connected(name)
    connection = connected(name, **{f"{name}_api_key": "sk-nobody-12345678"})
    assert (connection.provider, connection.endpoint) == (name, PROVIDERS[name].own_endpoint)
    assert connection.parameters.prompt_cache_key == "letters-1"


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_endpoint_of_the_users_own_needs_neither(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = connected(name, **{f"{name}_base_url": "http://127.0.0.1:9/v1/"})
    assert (given.endpoint, given.parameters.prompt_cache_key) == ("http://127.0.0.1:9/v1", None)
    monkeypatch.setenv(f"{name.upper()}_BASE_URL", "http://user:word@127.0.0.1:9")
    assert connected(name).endpoint == "http://127.0.0.1:9"


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_client_asks_the_model_and_the_endpoint_that_are_named(name: str, server: RawServer) -> None:
    answer = {"choices": [{"message": {"content": "Hello"}}], "content": [{"type": "text", "text": "Hello"}]}
    server.answer = Raw(200, answer)
    connection = connected(name, **{f"{name}_base_url": f"{server.url}/own", f"{name}_model": "own-model"})
    calls: list[LlmCall] = []

    async def asking() -> str:
        client = connection.client(connection.budget(Usage()))
        try:
            return (await client.ask(Question("key", "letter", "v1", MESSAGES, None), str, calls.append)).value
        finally:
            await client.aclose()

    assert asyncio.run(asking()) == "Hello"
    assert [(call.provider, call.model, call.endpoint) for call in calls] == [(name, "own-model", connection.endpoint)]
    assert (server.last.path, server.last.body["model"]) == (f"/own{PROVIDERS[name].path}", "own-model")
    assert NO_KEY_NEEDED in str(server.last.headers)


def test_a_cap_in_usd_on_a_model_without_a_price_is_refused_before_anything_is_sent() -> None:
    with failing_with("llm.price-unknown", naming="SYNTHDEAL_MAX_COST_USD"):
        connected("openai", openai_base_url="http://127.0.0.1:9", max_cost_usd=1)


@pytest.mark.parametrize(
    ("setting", "form", "words"),
    [
        ("auto", "json_schema", False),
        ("strict", "json_schema", False),
        ("json_object", "json_object", True),
        ("words", None, True),
    ],
)
def test_the_form_is_asked_for_as_the_settings_say(
    server: RawServer, setting: str, form: str | None, words: bool
) -> None:
    server.answer = Raw(200, {"choices": [{"message": {"content": "{}"}}]})
    connection = connected("openai", openai_base_url=server.url, schema_mode=setting)

    async def asking() -> None:
        client = connection.client(connection.budget(Usage()))
        await client.ask(Question("key", "letter", "v1", MESSAGES, SCHEMA), str, lambda _call: None)
        await client.aclose()

    asyncio.run(asking())
    assert server.last.body.get("response_format", {}).get("type") == form
    assert ("additionalProperties" in str(server.last.body["messages"])) == words
    assert connection.parameters.as_json() == connected("openai", openai_base_url=server.url).parameters.as_json(), (
        "what was paid for in one way is not asked again in another"
    )
    assert connection.parameters.schema_mode_fixed == (setting != "auto")


def test_the_budget_has_the_caps_of_the_settings_and_what_was_spent_before() -> None:
    budget = connected("openai", openai_base_url="http://127.0.0.1:9", max_calls=3).budget(Usage(calls=2))
    assert (budget.max_calls, budget.max_cost_usd, budget.spent.calls) == (3, None, 2)


def test_the_deadline_leaves_time_for_every_attempt_and_every_turn() -> None:
    base: dict[str, Any] = {"openai_base_url": "http://127.0.0.1:9", "llm_timeout": 10, "llm_max_attempts": 3}
    assert connected("openai", **base, llm_max_wait=60).deadline_s == 8 * (10 + 1.1 * 60) + 4 * 10
    assert connected("openai", **base, llm_max_wait=60, requests_per_minute=10).deadline_s == 8 * (24 + 76) + 40
