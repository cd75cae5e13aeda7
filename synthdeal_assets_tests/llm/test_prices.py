"""What a request costs: from the installed list, from the settings, or not known."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from importlib.metadata import version

import pytest

from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets_tests.failure_codes import failing_with

AT = dt.datetime(2026, 11, 20, 12)
OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com"
MILLION = 1_000_000


def listed(endpoint: str = OPENAI, tier: str | None = None) -> Prices:
    return Prices(endpoint=endpoint, input_price=None, output_price=None, service_tier=tier)


def test_cached_tokens_and_those_written_to_a_cache_have_prices_of_their_own() -> None:
    # genai-prices 0.2.3, USD per million: gpt-6-luna 0.1 read, 0.5 written, 0.01 from the cache, 0.125 to the cache.
    usage = TokenUsage(100_000, 10_000, cached_input_tokens=50_000, cache_write_tokens=20_000)
    expected = (30_000 * 0.1 + 50_000 * 0.01 + 20_000 * 0.125 + 10_000 * 0.5) / MILLION
    assert listed().cost("openai", "gpt-6-luna", usage, AT) == pytest.approx(expected)


def test_a_dated_name_of_a_model_has_its_price() -> None:
    usage = TokenUsage(1000, 1000)
    dated = listed().cost("openai", "gpt-6-luna-2026-10-01", usage, AT)
    assert dated == listed().cost("openai", "gpt-6-luna", usage, AT)
    assert dated is not None


def test_anthropics_models_are_on_the_list() -> None:
    # claude-haiku-4-5: 1 read, 5 written, 0.1 from the cache, 1.25 to the cache.
    usage = TokenUsage(3000, 1000, cached_input_tokens=1000, cache_write_tokens=1000)
    expected = (1000 * 1 + 1000 * 0.1 + 1000 * 1.25 + 1000 * 5) / MILLION
    assert listed(ANTHROPIC).cost("anthropic", "claude-haiku-4-5", usage, AT) == pytest.approx(expected)


def test_the_price_of_the_day_is_taken() -> None:
    usage = TokenUsage(100_000, 0)
    assert listed().cost("openai", "gpt-5.6-luna", usage, dt.datetime(2026, 7, 1)) == pytest.approx(0.1)
    assert listed().cost("openai", "gpt-5.6-luna", usage, dt.datetime(2026, 8, 1)) == pytest.approx(0.02)


@pytest.mark.parametrize(
    "model",
    ["demo-llm", "llama3.1:8b", "my-gpt-6-luna-finetune", "gpt-6-luna-ultra", "gpt-99", "whisper-1", "tts-1", ""],
)
def test_a_model_that_is_not_on_the_list_costs_an_unknown_amount_and_not_nothing(model: str) -> None:
    assert listed().cost("openai", model, TokenUsage(1000, 1000), AT) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:11434/v1",
        "https://gateway.example/api.openai.com/v1",
        "https://api.openai.com.example/v1",
        "https://eu.api.openai.com/v1",
        ANTHROPIC,
    ],
)
def test_a_vendors_name_at_another_endpoint_has_no_price(endpoint: str) -> None:
    assert listed(endpoint).cost("openai", "gpt-6-luna", TokenUsage(1000, 1000), AT) is None


def test_a_model_of_another_vendor_has_no_price() -> None:
    usage = TokenUsage(1000, 1000)
    assert listed().cost("openai", "claude-haiku-4-5", usage, AT) is None
    assert listed(ANTHROPIC).cost("anthropic", "gpt-6-luna", usage, AT) is None
    assert listed().cost("litellm", "openai/gpt-6-luna", usage, AT) is None


def test_prices_of_ones_own_hold_for_every_model_and_endpoint() -> None:
    own = Prices(endpoint="http://127.0.0.1:11434/v1", input_price=2.0, output_price=8.0)
    usage = TokenUsage(1000, 500, cached_input_tokens=900)
    assert own.cost("openai", "demo-llm", usage, AT) == pytest.approx((1000 * 2 + 500 * 8) / MILLION)
    assert own.version == "settings"
    free = Prices(endpoint=OPENAI, input_price=0.0, output_price=0.0)
    assert free.cost("openai", "gpt-6-luna", usage, AT) == 0


def test_the_version_of_the_list_is_the_installed_one() -> None:
    assert listed().version == f"genai-prices {version('genai-prices')}"


@pytest.mark.parametrize(("read", "written", "missing"), [(1.0, None, "OUTPUT"), (None, 1.0, "INPUT")])
def test_one_price_alone_is_refused(read: float | None, written: float | None, missing: str) -> None:
    with failing_with("llm.price-incomplete", naming=f"without SYNTHDEAL_{missing}_PRICE") as refused:
        Prices(endpoint=OPENAI, input_price=read, output_price=written)
    assert refused.value.usage


def test_a_dearer_service_tier_is_paid_for() -> None:
    usage = TokenUsage(1000, 1000)
    standard = listed().cost("openai", "gpt-6-luna", usage, AT)
    assert standard is not None
    assert listed(tier="priority").cost("openai", "gpt-6-luna", usage, AT) == pytest.approx(2 * standard)
    assert listed(tier="flex").cost("openai", "gpt-6-luna", usage, AT) == pytest.approx(standard / 2)
    assert listed(tier="default").cost("openai", "gpt-6-luna", usage, AT) == standard


def test_a_tier_without_a_price_of_its_own_is_never_taken_for_cheaper_than_it_is() -> None:
    usage = TokenUsage(1000, 1000)
    standard = listed(ANTHROPIC).cost("anthropic", "claude-haiku-4-5", usage, AT)
    assert listed(ANTHROPIC, "flex").cost("anthropic", "claude-haiku-4-5", usage, AT) == standard
    assert listed(ANTHROPIC, "priority").cost("anthropic", "claude-haiku-4-5", usage, AT) is None


def test_no_thread_and_no_network_is_used_for_prices() -> None:
    program = f"""
import datetime as dt, socket, sys, threading

def refused(*args, **kwargs):
    raise AssertionError("a connection was opened")

socket.socket.connect = refused
from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.prices import Prices
assert "genai_prices" not in sys.modules
prices = Prices(endpoint="{OPENAI}", input_price=None, output_price=None)
assert prices.cost("openai", "gpt-6-luna", TokenUsage(1, 1), dt.datetime(2026, 11, 20)) > 0
assert threading.active_count() == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
