"""Questions to the model server with the vendors' own SDKs, and reading what they bring home."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai

from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer, validated
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.rubric import ELEMENTS
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.scoring.small_org import scorer_input

LIST_OF_TEXTS = {"type": "array", "items": {"type": "string"}}


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ELEMENT_FORM = closed_object(
    {
        "level": {"type": "integer"},
        "quote": {"type": ["string", "null"]},
        "gap": {"type": "string"},
        "question": {"type": "string"},
    }
)
SCORE_FORM = closed_object(
    {
        "elements": closed_object({element: ELEMENT_FORM for _, element in ELEMENTS}),
        "win_probability": {"type": "number"},
        "confidence": {"type": "number"},
        "reasoning": {"type": "string"},
        "key_strengths": LIST_OF_TEXTS,
        "areas_for_improvement": LIST_OF_TEXTS,
        "risks": LIST_OF_TEXTS,
        "next_steps": LIST_OF_TEXTS,
    }
)
OTHER_FORM = closed_object({"columns": LIST_OF_TEXTS})


def prompt_of(deal: ScorerInput) -> str:
    fields = "\n".join(
        f'<field name="{name}">{getattr(deal, name)}</field>'
        for name in (*(element for framework, element in ELEMENTS if framework == "MEDDPICC"), "notes")
        if getattr(deal, name)
    )
    return f'<opportunity id="{deal.opportunity_id}">\n{fields}\n</opportunity>'


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
    """The answer as a scorer reads it; raises what a scorer would raise."""
    value = json.loads(text)
    elements = tuple(
        ElementJudgement(framework=framework, element=element, **value["elements"][element])
        for framework, element in ELEMENTS
    )
    lists: dict[str, Any] = {
        name: tuple(value[name]) for name in ("key_strengths", "areas_for_improvement", "risks", "next_steps")
    }
    answer = ScorerAnswer(
        elements=elements,
        win_probability=value["win_probability"],
        confidence=value["confidence"],
        reasoning=value["reasoning"],
        **lists,
    )
    return validated(answer, deal)
