"""`synthdeal doctor --ask`: what the endpoint says to one small request and in its list of models.

What can be said without asking belongs in `doctor.py`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from synthdeal_assets.cli.finding import Finding
from synthdeal_assets.cli.present_scorer import present_scorer
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.accepted_parameters import WITHOUT_FORM
from synthdeal_assets.llm.chat import AnswerSchema, Message, Parameters
from synthdeal_assets.llm.connect import REMEMBERED_FOR, Connection
from synthdeal_assets.llm.failures import AnswerError, FailureKind, LlmError
from synthdeal_assets.llm.ledger.calls import SUCCESS, LlmCall, Question
from synthdeal_assets.llm.ledger.ledger import prepare_ledger, record_calls
from synthdeal_assets.llm.usage import NOTHING
from synthdeal_assets.scoring.scorers.hybrid import asked_model
from synthdeal_assets.scoring.scorers.llm_scorer import SYSTEM, scoring_prompts
from synthdeal_assets.settings import Settings

PURPOSE: Final = "doctor"

COLOURS: Final = ("blue", "green", "red")
FORM: Final = AnswerSchema(
    "colour",
    {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": list(COLOURS)}},
        "required": ["colour"],
        "additionalProperties": False,
    },
)
MESSAGES: Final = (
    Message("system", "You answer in the form asked for and say nothing else."),
    Message("user", "Which colour has the sky on a clear day: blue, green or red?"),
)

DEAL_TOKENS: Final = 1_000
"""A deal as a question shows it, in tokens; most take less."""
CHARACTERS_PER_TOKEN: Final = 4

CONTEXT_FIELDS: Final = ("n_ctx", "max_model_len", "context_length", "context_window", "max_input_tokens")
"""Tokens of a request and its answer, in the lists of llama.cpp, vLLM, OpenRouter, Groq and Anthropic."""

LIST_WITHIN_S: Final = 30.0

NO_LIST: Final = "the endpoint gives no list of models"

UNREACHED: Final = (FailureKind.CONNECTION, FailureKind.TIMEOUT)


def ask_endpoint(settings: Settings) -> list[Finding]:
    """Send one small request to the model that the scorer asks, and look at the endpoint's list of models.

    The request is a row of the ledger where the home has a warehouse.

    Raises:
        SynthDealError: A setting is missing or does not fit.
    """
    llm = asked_model(present_scorer(settings.changed({"llm_max_attempts": 1})))
    if llm is None:
        return [Finding("Asked", None, f"nothing: the {settings.scoring.scorer} scorer asks no model")]
    connection, calls = llm.connection, list[LlmCall]()
    said, used = asyncio.run(_ask(connection, calls))
    if calls and settings.storage.warehouse_path.exists():
        with Warehouse.of(settings).transaction() as warehouse:
            prepare_ledger(warehouse)
            record_calls(warehouse, calls, run_id=PURPOSE, purpose=PURPOSE)
    if isinstance(said, LlmError) and (said.kind in UNREACHED or not calls):
        return [Finding("Address", False, str(said))]
    listed = asyncio.run(_listed(connection))
    return [
        Finding("Address", True, f"{connection.endpoint} answers after {calls[-1].latency_ms / 1000:.1f} s"),
        *_of_the_answer(said, connection.parameters, used, calls[-1]),
        *_of_the_list(listed, connection, settings),
        _price(calls),
    ]


async def _ask(connection: Connection, calls: list[LlmCall]) -> tuple[str | LlmError, Parameters]:
    """The text of the answer, or why there is none, and the parameters that the endpoint took."""
    question = Question(uuid.uuid4().hex, PURPOSE, PURPOSE, MESSAGES, FORM)
    client = connection.fresh_client(connection.budget(NOTHING))
    try:
        return (await client.ask(question, _in_the_form, calls.append)).text, client.parameters
    except LlmError as error:
        said = calls[-1].answer if calls and error.kind in WITHOUT_FORM else None
        return error if said is None else said, client.parameters
    finally:
        await client.aclose()


def _in_the_form(text: str) -> str:
    """The text; what it is on record as tells the next run whether the endpoint keeps to a schema."""
    try:
        if json.loads(text)["colour"] in COLOURS:
            return text
    except (ValueError, TypeError, KeyError):
        pass
    raise AnswerError(FailureKind.SCHEMA_VIOLATION, "The answer does not have the form.")


async def _listed(connection: Connection) -> Sequence[Mapping[str, Any]]:
    provider = connection.provider_at_endpoint()
    try:
        async with asyncio.timeout(LIST_WITHIN_S):
            return await provider.listed_models()
    except TimeoutError:
        return []
    finally:
        await provider.aclose()


def _of_the_answer(said: str | LlmError, wanted: Parameters, used: Parameters, call: LlmCall) -> Iterator[Finding]:
    kind = said.kind if isinstance(said, LlmError) else None
    if kind is FailureKind.AUTHENTICATION:
        yield Finding("Key", False, str(said))
        return
    yield Finding("Key", True, "the endpoint accepts it, or needs none")
    if isinstance(said, LlmError):
        yield Finding("Model", False, str(said))
        return
    yield Finding("Model", True, f"{wanted.model} answers as {call.response_model or wanted.model}")
    how = {"json_schema": "sent as a schema", "json_object": "asked for as any JSON object", "none": "said in words"}
    form = f"the form of an answer is {how[used.schema_mode]}"
    if used.schema_mode != wanted.schema_mode:
        form += f" because the endpoint refuses the schema, which is remembered for {REMEMBERED_FOR.days} days"
    if call.status == SUCCESS:
        yield Finding("Schema", True, f"{form}, and the answer has it")
    else:
        yield Finding(
            "Schema",
            None,
            f"{form}, but the answer does not have it: {said[:80]!r}; a run that meets this turns to words, which is "
            f"remembered for {REMEMBERED_FOR.days} days, and SYNTHDEAL_SCHEMA_MODE=words does so from the first deal "
            "on",
        )


def _of_the_list(listed: Sequence[Mapping[str, Any]], connection: Connection, settings: Settings) -> Iterator[Finding]:
    model = connection.parameters.model
    # llama.cpp answers whatever name it is asked for, and lists the one model that it serves.
    entry = next((each for each in listed if each.get("id") == model), listed[0] if len(listed) == 1 else None)
    if entry is None:
        yield Finding("Listed", None, f"{model} is not in the endpoint's list of models" if listed else NO_LIST)
        return
    day = _day(entry.get("shutdown_date"))
    if day is not None:
        left = (day - utc_now().date()).days
        ends = f"{model} is shut down on {day}, in {left} days" if left > 0 else f"{model} was shut down on {day}"
        yield Finding("Shut-down", None, f"{ends}: choose another model before then" if left > 0 else ends)
    described = {**entry, **(entry["meta"] if isinstance(entry.get("meta"), Mapping) else {})}
    context = next((each for name in CONTEXT_FIELDS if type(each := described.get(name)) is int and each > 0), None)
    if context is None:
        yield Finding("Context", None, "the endpoint does not say how many tokens a request may have")
        return
    system = scoring_prompts(settings.llm.prompts).render(SYSTEM)
    asks = len(system) // CHARACTERS_PER_TOKEN + DEAL_TOKENS
    answers = connection.parameters.max_output_tokens
    fits = context >= asks + answers
    yield Finding(
        "Context",
        fits or None,
        f"{context:,} tokens; a deal takes about {asks:,} and its answer up to {answers:,}"
        + ("" if fits else ": enlarge the context, or lower SYNTHDEAL_MAX_OUTPUT_TOKENS"),
    )


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _price(calls: Sequence[LlmCall]) -> Finding:
    took = sum((call.usage for call in calls), start=NOTHING)
    tokens = f"{took.input_tokens:,} tokens read and {took.output_tokens:,} written"
    if took.total_usd is None:
        return Finding("Asked", None, f"{tokens}, at a price that is not known")
    return Finding("Asked", True, f"{tokens}, for {took.total_usd:.6f} USD")
