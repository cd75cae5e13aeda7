"""What an endpoint says that a request used, as endpoints say it, and the cap that holds."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any, Final

import pytest

from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import Parameters, TokenUsage
from synthdeal_assets.llm.client import LlmClient, RetryRules
from synthdeal_assets.llm.failures import LlmError
from synthdeal_assets.llm.ledger.calls import LlmCall, Question
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets_tests.llm.any_json import chat_completion, message_of_anthropic
from synthdeal_assets_tests.llm.asking import MESSAGES, SCHEMA, Line, anthropic_at, openai_at
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

ODD: Final = ["many", "", -1, -1.0, float("nan"), float("inf"), True, [], {"n": 1}]
"""What stands where a number of tokens should, and is none."""


def by_openai(read: Any, written: Any, total: Any = None, **further: Any) -> dict[str, Any]:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": total, **further}


def reasoned(tokens: Any) -> dict[str, Any]:
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


def cached(tokens: Any, to_cache: Any = None) -> dict[str, Any]:
    return {"prompt_tokens_details": {"cached_tokens": tokens, "cache_write_tokens": to_cache}}


@pytest.mark.parametrize(
    ("bill", "usage"),
    [
        # Reasoning beside the tokens written, by the total, or because there is more of it.
        (by_openai(2000, 300, 7300, **reasoned(5000)), TokenUsage(2000, 5300)),
        (by_openai(2000, 300, 2300, **reasoned(5000)), TokenUsage(2000, 5300)),
        (by_openai(2000, 5000, 7300, **reasoned(300)), TokenUsage(2000, 5300)),
        # Reasoning inside them, by the total. Without a total nothing tells, and the dearer way counts.
        (by_openai(2000, 5300, 7300, **reasoned(5000)), TokenUsage(2000, 5300)),
        (by_openai(2000, 5300, **reasoned(5000)), TokenUsage(2000, 10_300)),
        # A total that says more; one that says less says nothing.
        (by_openai(2000, 300, 9000), TokenUsage(2000, 7000)),
        (by_openai(2000, 300, 0), TokenUsage(2000, 300)),
        (by_openai(2000, None, 2300), TokenUsage(2000, 300)),
        (by_openai(None, 300, 2300), TokenUsage(2000, 300)),
        # A cache inside the tokens read, or beside them.
        (by_openai(2000, 300, 2300, **cached(1500, 100)), TokenUsage(2000, 300, 1500, 100)),
        (by_openai(400, 300, 2300, **cached(1500, 100)), TokenUsage(2000, 300, 1500, 100)),
        (by_openai(400, 300, **cached(1500)), TokenUsage(1900, 300, 1500)),
        (by_openai(1500, 300, 3200, **cached(1400)), TokenUsage(2900, 300, 1400)),
        (by_openai(1500, 300, 8200, **cached(1400), **reasoned(5000)), TokenUsage(2900, 5300, 1400)),
        # As a cache and reasoning of the same size can both explain it, it is the dearer one.
        (by_openai(2000, 300, 3300, **cached(1000), **reasoned(1000)), TokenUsage(2000, 1300, 1000)),
        (by_openai(2000, 300, 2300, cache_creation_input_tokens=50), TokenUsage(2000, 300, 0, 50)),
        # The same in two places: the dearer one.
        (by_openai(2000, 300, reasoning_tokens=5000, **reasoned(None)), TokenUsage(2000, 5300)),
        (by_openai(2000, 300, reasoning_tokens=5000, **reasoned(0)), TokenUsage(2000, 5300)),
        (by_openai(2000, 300, reasoning_tokens=40, **reasoned(5000)), TokenUsage(2000, 5300)),
        (by_openai(2000, 300, 2300, cache_creation_input_tokens=900, **cached(None)), TokenUsage(2000, 300, 0, 900)),
        (by_openai(2000, 300, 2300, cache_read_input_tokens=900, **cached(0, 0)), TokenUsage(2000, 300, 900)),
        # Texts and points.
        (by_openai("2000", "300.0", "2300"), TokenUsage(2000, 300)),
        (by_openai(2000.0, 299.5, 2299.5), TokenUsage(2000, 300)),
        # Nothing was counted.
        (by_openai(0, 0, 0), None),
        (by_openai(2000, 0, 2000), None),
        (by_openai(None, None, 2300), None),
        (by_openai(2000, None, 1000), None),
        *[(by_openai(odd, 300, 2300), None) for odd in ODD],
        *[(by_openai(2000, odd, 2300), None) for odd in ODD],
        *[(by_openai(2000, 300, odd), None) for odd in ODD],
        *[(by_openai(2000, 300, 2300, **cached(odd)), None) for odd in ODD],
        *[(by_openai(2000, 300, 2300, **cached(1, odd)), None) for odd in ODD],
        *[(by_openai(2000, 300, 2300, **reasoned(odd)), None) for odd in ODD],
        *[(by_openai(2000, 300, 2300, reasoning_tokens=odd, **reasoned(5)), None) for odd in ODD],
    ],
)
def test_a_bill_of_openais_kind_is_read_in_the_dearer_way_or_not_at_all(
    line: Line, bill: Any, usage: TokenUsage | None
) -> None:
    assert line.answered(openai_at, Raw(200, chat_completion("{}", usage=bill))).usage == usage


def by_anthropic(read: Any, written: Any, **further: Any) -> dict[str, Any]:
    return {"input_tokens": read, "output_tokens": written, **further}


@pytest.mark.parametrize(
    ("bill", "usage"),
    [
        (by_anthropic(50, 300, cache_read_input_tokens=1000), TokenUsage(1050, 300, 1000)),
        (by_anthropic(0, 300, cache_read_input_tokens=1000), TokenUsage(1000, 300, 1000)),
        (by_anthropic(50, 300, cache_creation_input_tokens="1000"), TokenUsage(1050, 300, 0, 1000)),
        (
            by_anthropic(50, 300, cache_creation={"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400}),
            TokenUsage(1050, 300, 0, 1000),
        ),
        (by_anthropic(50, 300, output_tokens_details={"thinking_tokens": 200}), TokenUsage(50, 300)),
        (by_anthropic(50, 300, output_tokens_details={"thinking_tokens": 700}), TokenUsage(50, 1000)),
        # An imitator that has its cache inside, and says so by the total.
        (by_anthropic(1050, 300, cache_read_input_tokens=1000, total_tokens=1350), TokenUsage(1050, 300, 1000)),
        (by_anthropic(0, 0), None),
        (by_anthropic(50, 0), None),
        *[(by_anthropic(50, odd), None) for odd in ODD],
        *[(by_anthropic(50, 300, cache_creation_input_tokens=odd), None) for odd in ODD],
        *[(by_anthropic(50, 300, cache_creation={"ephemeral_5m_input_tokens": odd}), None) for odd in ODD],
    ],
)
def test_a_bill_of_anthropics_kind_is_read_in_the_dearer_way_or_not_at_all(
    line: Line, bill: Any, usage: TokenUsage | None
) -> None:
    assert line.answered(anthropic_at, Raw(200, message_of_anthropic("{}", usage=bill))).usage == usage


READ, WRITTEN, REASONED = 600, 100, 350
USD_A_REQUEST: Final = (READ * 1.0 + (WRITTEN + REASONED) * 10.0) / 1e6
"""What each request truly costs; by the cap's arithmetic one of 500 tokens may cost 0.0068 USD."""

CAP_USD: Final = 0.04

BILLS: Final[dict[str, Any]] = {
    "as OpenAI does": by_openai(READ, WRITTEN + REASONED, READ + WRITTEN + REASONED, **reasoned(REASONED)),
    "reasoning beside": by_openai(READ, WRITTEN, READ + WRITTEN + REASONED, **reasoned(REASONED)),
    "reasoning beside, no total": by_openai(READ, WRITTEN, **reasoned(REASONED)),
    "reasoning in the total alone": by_openai(READ, WRITTEN, READ + WRITTEN + REASONED),
    "cache beside": by_openai(100, WRITTEN + REASONED, READ + WRITTEN + REASONED, **cached(400, 100)),
    "texts": by_openai(str(READ), f"{WRITTEN}.0", str(READ + WRITTEN + REASONED)),
    "no written": by_openai(READ, None, READ + WRITTEN + REASONED),
    "nothing": None,
    "no object": [READ, WRITTEN],
    "null": by_openai(None, None),
    "zeros": by_openai(0, 0, 0),
    "negative": by_openai(-READ, -WRITTEN, -READ - WRITTEN),
    "absurd": by_openai(1e300, 1e300, 1e300),
    "no number": by_openai(READ, WRITTEN, float("nan")),
}


def spend(server: RawServer, bill: Any, *, cap_usd: float, at_once: int) -> tuple[list[LlmCall], int]:
    """Ask 60 questions under a cap; the records, and how many requests the server answered."""
    server.answer = Raw(200, chat_completion("{}", usage=bill))
    calls: list[LlmCall] = []

    async def asking() -> None:
        client = LlmClient(
            openai_at(server.url),
            Parameters("m", 500),
            rules=RetryRules(1, 30, 1),
            limits=Limits(at_once),
            budget=Budget(cap_usd, None),
            prices=Prices(endpoint=server.url, input_price=1.0, output_price=10.0),
            now=lambda: dt.datetime(2026, 11, 20, 12),
        )
        questions = (Question(str(number), str(number), "v1", MESSAGES, SCHEMA) for number in range(60))
        asked = (client.ask(question, lambda _text: 1, calls.append) for question in questions)
        ends = await asyncio.gather(*asked, return_exceptions=True)
        await client.aclose()
        assert all(isinstance(end, LlmError) for end in ends if isinstance(end, BaseException))

    asyncio.run(asking())
    return calls, len(server.requests)


@pytest.mark.parametrize("name", BILLS)
def test_what_was_truly_spent_stays_under_the_cap_whatever_the_bill_looks_like(server: RawServer, name: str) -> None:
    calls, sent = spend(server, BILLS[name], cap_usd=CAP_USD, at_once=4)
    assert 0 < sent * USD_A_REQUEST <= CAP_USD
    unknown = [call for call in calls if call.cost_usd is None]
    assert sum(call.counted_usd or 0 for call in calls) <= CAP_USD + 1e-9
    for call in calls:
        assert call.counted_usd is not None
        assert call.counted_usd >= USD_A_REQUEST - 1e-9
        assert call.cost_usd in {None, call.counted_usd}
    known = {"as OpenAI does", "cache beside", "texts", "no written"}
    assert bool(unknown) == (name not in known and not name.startswith("reasoning"))


def test_an_endpoint_that_counts_beyond_what_a_request_allows_is_reckoned_with_from_its_first_bill(
    server: RawServer,
) -> None:
    calls, sent = spend(server, by_openai(READ, 20_000, READ + 20_000), cap_usd=0.5, at_once=1)
    assert sent == len(calls) == 2
    assert sent * (READ * 1.0 + 20_000 * 10.0) / 1e6 <= 0.5, "without the first bill, a third one would go"
