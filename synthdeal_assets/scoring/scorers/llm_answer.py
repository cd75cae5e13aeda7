"""What a model is to answer: the form that it is given, and how its text becomes a `ScorerAnswer`.

The form is one Pydantic class; the JSON schema is made from it, so that both cannot differ. How JSON is found in a text
and checked belongs in `llm/structured_answer.py`, what a valid answer still has to prove (its quotes) in `answer.py`,
asking in `llm_scorer.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, create_model

from synthdeal_assets.llm.structured_answer import StrictAnswer, answer_schema, read_structured, whole
from synthdeal_assets.llm.untrusted import in_one_line, visible
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.rubric import BANT, ELEMENTS, MAX_LEVELS, MEDDPICC

MAX_CHARACTERS: Final = 4_000
MAX_ITEMS: Final = 20
"""An answer is cut beyond these: the prompt asks for far less, and a schema cannot say how long a text is."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
# Not Literal, which takes True for 1.
MeddpiccLevel = Annotated[int, Field(ge=0, le=MAX_LEVELS[MEDDPICC]), BeforeValidator(whole)]
BantLevel = Annotated[int, Field(ge=0, le=MAX_LEVELS[BANT]), BeforeValidator(whole)]


# The quote stands before the level, and the reasons before the estimates: a model writes from left to right, and what
# it has written is all that it can go by.
class _Judgement(StrictAnswer):
    quote: str | None
    level: int
    gap: str
    question: str


class MeddpiccJudgement(_Judgement):
    """A judgement of one element of MEDDPICC."""

    level: MeddpiccLevel


class BantJudgement(_Judgement):
    """A judgement of one element of BANT."""

    level: BantLevel


_ELEMENT_FIELDS: Final[dict[str, Any]] = {
    element: (MeddpiccJudgement if framework == MEDDPICC else BantJudgement, ...) for framework, element in ELEMENTS
}
Judgements: Final[type[StrictAnswer]] = create_model("Judgements", __base__=StrictAnswer, **_ELEMENT_FIELDS)
"""One judgement for each entry of `rubric.ELEMENTS`, by the name of the element."""


class LlmAnswer(StrictAnswer):
    """A model's whole answer on one opportunity."""

    elements: Judgements  # type: ignore[valid-type]  # made from the rubric, at run time
    reasoning: str
    key_strengths: list[str]
    areas_for_improvement: list[str]
    risks: list[str]
    next_steps: list[str]
    win_probability: Share = Field(description="0 to 1")
    confidence: Share = Field(description="0 to 1")


ANSWER_SCHEMA: Final = answer_schema("deal_judgement", LlmAnswer)


def read_answer(text: str) -> ScorerAnswer:
    """A model's text as an answer.

    Its form may differ (a code fence, thoughts or words around the object, line ends within strings), its content may
    not: a key that is missing, unknown or there twice, another type or a number out of range is refused.

    Raises:
        AnswerError: MALFORMED when it is not one JSON object, SCHEMA_VIOLATION when it is not the right one. The
            message says where and what, for the model to correct.
    """
    answer = read_structured(text, LlmAnswer)
    return ScorerAnswer(
        elements=tuple(
            _judgement(framework, element, getattr(answer.elements, element)) for framework, element in ELEMENTS
        ),
        win_probability=answer.win_probability,
        confidence=answer.confidence,
        reasoning=visible(answer.reasoning).strip()[:MAX_CHARACTERS],
        key_strengths=_lines(answer.key_strengths),
        areas_for_improvement=_lines(answer.areas_for_improvement),
        risks=_lines(answer.risks),
        next_steps=_lines(answer.next_steps),
    )


def _judgement(framework: str, element: str, judged: _Judgement) -> ElementJudgement:
    quote = judged.quote[:MAX_CHARACTERS] if judged.quote and judged.quote.strip() else None
    gap, question = _line(judged.gap), _line(judged.question)
    return ElementJudgement(framework, element, judged.level, quote, gap, question, needs_quote=True)


def _lines(texts: list[str]) -> tuple[str, ...]:
    return tuple(line for line in map(_line, texts) if line)[:MAX_ITEMS]


def _line(text: str) -> str:
    return in_one_line(text)[:MAX_CHARACTERS]
