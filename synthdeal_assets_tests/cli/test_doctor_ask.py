"""`synthdeal doctor --ask` sends one small request and says what it learned; plain `doctor` sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from synthdeal_assets.cli.doctor_ask import ask_endpoint
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.cli.conftest import Synthdeal
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer


def found(settings: Settings) -> dict[str, tuple[bool | None, str]]:
    return {each.subject: (each.fine, each.detail) for each in ask_endpoint(settings)}


def settings_for(url: str, home: Path, **changes: Any) -> Settings:
    return Settings(**{"scorer": "openai", "openai_base_url": url, "openai_model": "demo-llm", "home": home, **changes})


@contextmanager
def endpoint(text: str, *models: dict[str, Any]) -> Iterator[str]:
    """The address of an endpoint that answers with this text and lists these models, if any."""
    server = RawServer()
    server.answer = Raw(body=completion(text))
    if models:
        server.listed = Raw(body={"data": models})
    with server.running():
        yield f"{server.url}/v1"


def completion(text: str) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"model": "m-1", "choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 5}}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_model_that_is_as_it_must_be_is_said_to_be_so_and_the_request_stands_in_the_ledger(
    tmp_path: Path, provider: str
) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    with warehouse.connect():
        pass
    with LlmServer() as server:
        own = {"scorer": provider, "anthropic_base_url": server.anthropic_base_url, "anthropic_model": "demo-llm"}
        findings = found(settings_for(server.base_url, tmp_path, input_price=1, output_price=1, **own))
        assert server.counts().requests == 1
    assert [findings[name][0] for name in ("Address", "Key", "Model", "Schema", "Asked")] == [True] * 5
    assert "demo-llm answers as demo-llm-simulated-by-demo-llm" in findings["Model"][1]
    ((usd, purpose),) = warehouse.read("SELECT cost_usd, purpose FROM scoring.llm_calls").rows()
    assert purpose == "doctor"
    assert f"{usd:.6f} USD" in findings["Asked"][1]


def test_a_wrong_key_an_unknown_model_and_a_closed_port_are_faults_of_their_own(tmp_path: Path) -> None:
    with LlmServer(Behaviour(api_key="right-key-12345")) as server:
        closed = server.base_url
        findings = found(settings_for(server.base_url, tmp_path, openai_api_key="wrong-key-12345"))
        assert (findings["Address"][0], findings["Key"][0]) == (True, False)
        assert "Model" not in findings
    with LlmServer(Behaviour(served_models="demo-llm")) as server:
        findings = found(settings_for(server.base_url, tmp_path, openai_model="nobody"))
        assert (findings["Key"][0], findings["Model"][0]) == (True, False)
        assert "nobody" in findings["Model"][1]
    findings = found(settings_for(closed, tmp_path))
    assert [(name, fine) for name, (fine, _) in findings.items()] == [("Address", False)]


def test_the_list_of_models_says_when_a_model_is_shut_down_and_whether_a_deal_fits_its_context(tmp_path: Path) -> None:
    ends = {"id": "demo-llm", "shutdown_date": "2999-01-31", "context_length": 4096}
    with endpoint('{"colour": "blue"}', ends, {"id": "other"}) as url:
        findings = found(settings_for(url, tmp_path))
    assert "demo-llm is shut down on 2999-01-31, in " in findings["Shut-down"][1]
    assert findings["Context"][0] is None
    assert findings["Context"][1].startswith("4,096 tokens; a deal takes about ")
    large = {"id": "demo-llm", "shutdown_date": None, "meta": {"n_ctx": 32_768}}
    with endpoint('{"colour": "blue"}', large) as url:
        findings = found(settings_for(url, tmp_path))
    assert "Shut-down" not in findings
    assert findings["Context"][0] is True
    assert findings["Asked"] == (None, "40 tokens read and 5 written, at a price that is not known")


@pytest.mark.parametrize("said", ["Blue, of course.", '{"colour": "pink"}', "[]"])
def test_a_model_that_ignores_the_schema_is_named_with_the_setting_that_helps(tmp_path: Path, said: str) -> None:
    with endpoint(said) as url:
        findings = found(settings_for(url, tmp_path))
    assert findings["Schema"][0] is None
    assert "SYNTHDEAL_SCHEMA_MODE=words" in findings["Schema"][1]
    assert findings["Listed"] == (None, "the endpoint gives no list of models")


def test_only_ask_asks(synthdeal: Synthdeal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LlmServer() as server:
        monkeypatch.setenv("SYNTHDEAL_SCORER", "openai")
        monkeypatch.setenv("SYNTHDEAL_OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("SYNTHDEAL_OPENAI_MODEL", "demo-llm")
        assert synthdeal("doctor", "--home", tmp_path / "new").exit_code == 0
        assert server.counts().requests == 0
        asked = synthdeal("doctor", "--ask", "--home", tmp_path / "new")
        assert (asked.exit_code, server.counts().requests) == (0, 1)
        assert not (tmp_path / "new").exists()
    assert synthdeal("doctor", "--ask", "--home", tmp_path / "new").exit_code == 1
