"""A scorer of your own: an element counts as identified when the seller wrote anything about it.

.venv/bin/dagster job execute -f docs/examples/own_scorer.py -j refresh
"""

from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.rubric import ELEMENTS
from synthdeal_assets.scoring.scorers.scorer import Scorer

SHOWN_BY = {"budget": "metrics", "authority": "economic_buyer", "need": "identify_pain", "timeline": "decision_process"}


class FilledInScorer:
    name, model, prompt_version, deadline_s = "filled_in", "one-rule", "1", 10.0

    def question_key(self, deal: ScorerInput) -> None:
        """None: no answer is paid for, so the ledger keeps none."""

    def read(self, deal: ScorerInput, text: str) -> ScorerAnswer:
        raise NotImplementedError

    async def score(self, deal: ScorerInput, record: object) -> ScorerAnswer:
        judged = []
        for framework, element in ELEMENTS:
            text = deal.evidence(SHOWN_BY.get(element, element))
            gap, question = ("", "") if text else ("Nothing is written.", f"What do we know about {element}?")
            judged.append(ElementJudgement(framework, element, int(bool(text)), text, gap, question))
        share = sum(each.level for each in judged) / len(judged)
        return ScorerAnswer(tuple(judged), share, 0.5, f"{share:.0%} is written about.", (), (), (), ())

    async def aclose(self) -> None:
        """There is no connection to close."""


scorer: Scorer = FilledInScorer()
defs = build_definitions({"scorer": lambda settings, spent: scorer})
