"""Questions to the model server with the vendors' own SDKs, and reading what they bring home."""

from __future__ import annotations

from functools import cache
from typing import Any

import anthropic
import openai

from synthdeal_assets.llm.prompts import PromptSet
from synthdeal_assets.scoring.answer import ScorerAnswer, validated
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.llm_answer import ANSWER_SCHEMA, read_answer
from synthdeal_assets.scoring.scorers.llm_scorer import opportunity_prompt, scoring_prompts
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scoring.small_org import scorer_input

SCORE_FORM = ANSWER_SCHEMA.json_schema
OTHER_FORM = {
    "type": "object",
    "properties": {"columns": {"type": "array", "items": {"type": "string"}}},
    "required": ["columns"],
    "additionalProperties": False,
}


@cache
def prompts() -> PromptSet:
    return scoring_prompts()


def prompt_of(deal: ScorerInput) -> str:
    return opportunity_prompt(prompts(), deal)


def deal_of(number: int, **changes: Any) -> ScorerInput:
    return scorer_input(**{"opportunity_id": f"006{number:04d}", **changes})


def openai_client(server: LlmServer, key: str = "any", timeout: float = 5.0) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, api_key=key, max_retries=0, timeout=timeout)


def anthropic_client(server: LlmServer, key: str = "any", timeout: float = 5.0) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.anthropic_base_url, api_key=key, max_retries=0, timeout=timeout)


def ask_openai(client: openai.OpenAI, deal: ScorerInput, *, schema: Any = SCORE_FORM, **more: Any) -> Any:
    if schema is not None:
        named = {"name": "score", "strict": True, "schema": schema}
        more["response_format"] = {"type": "json_schema", "json_schema": named}
    messages: Any = [{"role": "system", "content": "Judge."}, {"role": "user", "content": prompt_of(deal)}]
    return client.chat.completions.create(**{"model": "demo-llm", "messages": messages, **more})


def ask_anthropic(client: anthropic.Anthropic, deal: ScorerInput, *, schema: Any = SCORE_FORM, **more: Any) -> Any:
    if schema is not None:
        more["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    messages: Any = [{"role": "user", "content": prompt_of(deal)}]
    return client.messages.create(
        **{"model": "demo-llm", "max_tokens": 6000, "system": "Judge.", "messages": messages, **more}
    )


def read(text: str, deal: ScorerInput) -> ScorerAnswer:
    """The answer as the scorers read it; raises what they would raise."""
    return validated(read_answer(text), deal)
