"""The scorer that asks a language model: from an opportunity to a question, and from what came of it to an answer.

When and how often a request is sent belongs in `llm/client.py`, which endpoint and model in `llm/connect.py`, what a
valid answer looks like in `llm_answer.py`, what the prompt says in `prompts/`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Final

from synthdeal_assets.llm.chat import Message
from synthdeal_assets.llm.connect import Connection
from synthdeal_assets.llm.failures import AnswerError
from synthdeal_assets.llm.ledger.ask_all import LateClient
from synthdeal_assets.llm.ledger.calls import Question, Record, key_of_repeat, question_key
from synthdeal_assets.llm.prompts import PromptSet
from synthdeal_assets.llm.structured_answer import shape_of
from synthdeal_assets.llm.untrusted import RULES_VERSION, neutralise
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import ScorerAnswer, ScoringError
from synthdeal_assets.scoring.inputs import FIELDS, PROMPT_TAGS, ScorerInput
from synthdeal_assets.scoring.scorers.llm_answer import ANSWER_SCHEMA, read_answer

SYSTEM: Final = "system.j2"
OPPORTUNITY: Final = "opportunity.j2"

BOUNDARY_DIGITS: Final = 12

SHOWN: Final = tuple(field for field in FIELDS if field not in {"opportunity_id", "input_hash"})
"""Fields of an opportunity that a prompt is given; the id stands beside them."""


def scoring_prompts(overrides: Path | None = None) -> PromptSet:
    """The prompts of the scorers, with a user's in the place of those of the same name.

    Args:
        overrides: A user's folder, whose folder `scoring` holds them; those at its top count too, as they did when
            scoring was the only room that asked.

    Raises:
        SynthDealError: A prompt of the user's cannot be used.
    """
    prompts = PromptSet(
        "scoring",
        "synthdeal_assets.scoring",
        overrides=overrides,
        variables={SYSTEM: (), OPPORTUNITY: ("opportunity_id", "boundary", "fields")},
        shaped_by=(shape_of(ANSWER_SCHEMA), RULES_VERSION),
        top_folder_too=True,
    )
    # A field that does not exist is found before anything is asked.
    prompts.render(SYSTEM)
    prompts.render(OPPORTUNITY, opportunity_id="-", boundary="-", fields=dict.fromkeys(SHOWN, "-"))
    return prompts


def opportunity_prompt(prompts: PromptSet, deal: ScorerInput) -> str:
    """The message that shows an opportunity.

    The template gets the fields by name, as text that is harmless as data, None where there is nothing. The boundary
    comes from the input's hash: the same input always gives the same text, and nobody who writes in a CRM can know it.
    """
    return prompts.render(
        OPPORTUNITY,
        opportunity_id=re.sub(r"[^A-Za-z0-9._:-]", "_", deal.opportunity_id),
        boundary=hashlib.sha256(deal.input_hash.encode()).hexdigest()[:BOUNDARY_DIGITS],
        fields={name: _shown(getattr(deal, name)) for name in SHOWN},
    )


class LlmScorer:
    """Scores by asking a language model; one object a run, used in one event loop.

    Args:
        connection: The model that is asked; its client is made when the first opportunity is asked about.
        prompts: What it is asked with.
        spent: What the run has spent so far.
        repeat: Above 1, its questions are the same ones asked anew, each with an answer of its own.
    """

    def __init__(self, connection: Connection, prompts: PromptSet, spent: Usage, repeat: int = 1) -> None:
        self.name: Final = connection.provider
        self.model: Final = connection.parameters.model
        self.prompt_version: Final = prompts.version
        self.deadline_s: Final = connection.deadline_s
        self.connection: Final = connection
        self._prompts = prompts
        self._repeat = repeat
        self._system = Message("system", prompts.render(SYSTEM))
        self._client = LateClient(lambda: connection.client(connection.budget(spent)))

    def question_key(self, deal: ScorerInput) -> str:
        """The ledger's key of the question on an opportunity."""
        at = self.connection
        key = question_key(deal.input_hash, self.name, self.prompt_version, at.parameters, at.answers_as)
        return key_of_repeat(key, self._repeat)

    def question(self, deal: ScorerInput) -> Question:
        """What the model is asked about an opportunity."""
        return Question(
            self.question_key(deal),
            deal.opportunity_id,
            self.prompt_version,
            (self._system, Message("user", opportunity_prompt(self._prompts, deal))),
            ANSWER_SCHEMA,
        )

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:  # noqa: ARG002 - the form is the same for all
        """An answer that the ledger holds.

        Raises:
            ScoringError: The text is not a valid answer.
        """
        try:
            return read_answer(text)
        except AnswerError as error:
            raise ScoringError(error.kind.value, str(error)) from error

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        """Judge one opportunity.

        Raises:
            ScoringError: The model gave no valid answer on it.
            StopScoring: The endpoint would answer nothing else either, the budget is used up, or a setting is wrong.
        """
        return await self._client.ask(self.question(deal), read_answer, record)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _shown(value: object) -> str | None:
    """A field as text; None when it says nothing."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.2f}".removesuffix(".00")
    return neutralise(str(value), PROMPT_TAGS).strip() or None if value is not None else None
