"""What a scorer answers: a judgement of each element, an estimate, and words; and what counts as a valid answer.

A scorer gives levels and words, never scores: the arithmetic is the rubric's. How an answer is stored belongs in
`score_store.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from synthdeal_assets.llm.engine import Answer, NoAnswer, QuestionError, StopAsking
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.rubric import ELEMENTS, MAX_LEVELS, counted_level
from synthdeal_assets.scoring.scorers.quotes import find_quote


@dataclass(frozen=True, slots=True)
class ElementJudgement:
    """A judgement of one element.

    Attributes:
        framework: MEDDPICC or BANT.
        element: Name of the element.
        level: 0 to 3 in MEDDPICC, 0 to 4 in BANT.
        quote: Words of the input, to the letter, that the level rests on; None when there are none.
        gap: What is missing; empty when nothing is.
        question: The question to ask next; empty when nothing is missing.
        quote_rejected: Whether the scorer's quote did not stand in the input and was taken out.
        needs_quote: Whether the scorer is asked to quote what every level above 0 rests on, as a model is. A scorer
            that judges without quotes leaves this out, and its levels count in full.
    """

    framework: str
    element: str
    level: int
    quote: str | None
    gap: str
    question: str
    quote_rejected: bool = False
    needs_quote: bool = False

    @property
    def counted_level(self) -> int:
        """What the level counts for in the scores; less than the level when a quote was owed or made up."""
        is_proven = self.quote is not None or not (self.quote_rejected or self.needs_quote)
        return counted_level(self.level, is_proven=is_proven)


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judged: what a score is labelled with."""

    scorer: str
    model: str
    prompt_version: str

    @classmethod
    def each_of(cls, rows: pl.DataFrame) -> list[tuple[Judge, pl.DataFrame]]:
        """Everybody who judged some rows, in order, with theirs as they stand; the columns are those of this class."""
        groups = sorted(rows.group_by(cls.__slots__, maintain_order=True))
        return [(cls(*map(str, names)), group) for names, group in groups]


@dataclass(frozen=True, slots=True)
class ScorerAnswer:
    """A scorer's whole answer on one opportunity.

    Attributes:
        elements: One judgement for each entry of `rubric.ELEMENTS`.
        win_probability: Estimate that the deal will be won, 0 to 1.
        confidence: The scorer's confidence in its own judgement, 0 to 1.
        reasoning: Why, in a few sentences.
        key_strengths: Each a sentence.
        areas_for_improvement: Each a sentence.
        risks: Each a sentence.
        next_steps: Each a sentence.
        judged_by: Who judged, when it was not the scorer that was asked.
        instead_of: Why the scorer that was asked did not judge, when another one stepped in.
    """

    elements: tuple[ElementJudgement, ...]
    win_probability: float
    confidence: float
    reasoning: str
    key_strengths: tuple[str, ...]
    areas_for_improvement: tuple[str, ...]
    risks: tuple[str, ...]
    next_steps: tuple[str, ...]
    judged_by: Judge | None = None
    instead_of: ScoringError | None = None

    def levels(self) -> dict[str, int]:
        """Level by element, as the scorer judged it."""
        return {judgement.element: judgement.level for judgement in self.elements}

    def counted_levels(self) -> dict[str, int]:
        """Level by element, as it counts: what the rubric makes scores of."""
        return {judgement.element: judgement.counted_level for judgement in self.elements}


ScoringError = QuestionError
"""A scorer could not judge an opportunity."""

StopScoring = StopAsking
"""No opportunity would fare better: nothing more is to be asked, and the rest stays pending."""

Scored = Answer[ScorerInput, ScorerAnswer]
"""An opportunity that was judged."""

Failed = NoAnswer[ScorerInput]
"""An opportunity that could not be judged."""

Outcome = Scored | Failed


def validated(answer: ScorerAnswer, deal: ScorerInput) -> ScorerAnswer:
    """The answer in the rubric's order, with every quote as it stands in the input, or taken out and marked.

    A level stays as it is when its quote was taken out, because a level that was corrected here would no longer be the
    scorer's, whose quality is measured; that it counts for less in the scores stands beside it.

    Raises:
        ScoringError: An element is missing, superfluous or judged twice, or a number is out of its range.
    """
    judged = {(judgement.framework, judgement.element): judgement for judgement in answer.elements}
    if len(answer.elements) != len(ELEMENTS) or set(judged) != set(ELEMENTS):
        raise ScoringError(
            "invalid_answer", f"The answer must judge each of the {len(ELEMENTS)} elements exactly once."
        )
    for judgement in answer.elements:
        # A level in between, of which the tables would keep a part, is none either.
        if judgement.level not in range(MAX_LEVELS[judgement.framework] + 1):
            raise ScoringError(
                "invalid_answer",
                f"The level {judgement.level} of {judgement.framework} {judgement.element} is none of the whole "
                f"numbers 0 to {MAX_LEVELS[judgement.framework]}.",
            )
    for name in ("win_probability", "confidence"):
        if not 0 <= getattr(answer, name) <= 1:
            raise ScoringError("invalid_answer", f"The {name} {getattr(answer, name)} is outside 0 to 1.")
    texts = deal.texts()
    return replace(answer, elements=tuple(_with_proven_quote(judged[key], texts) for key in ELEMENTS))


def _with_proven_quote(judgement: ElementJudgement, texts: tuple[str, ...]) -> ElementJudgement:
    if judgement.quote is None:
        return judgement
    passage = find_quote(judgement.quote, texts)
    if passage is None:
        return replace(judgement, quote=None, quote_rejected=True)
    return judgement if passage == judgement.quote else replace(judgement, quote=passage)
