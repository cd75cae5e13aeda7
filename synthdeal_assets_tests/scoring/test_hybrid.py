"""The model scores, and the heuristic where the model failed; every score filled in says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from synthdeal_assets.demo_llm.faults import ANY, Behaviour, RequestOutcome
from synthdeal_assets.llm.ledger.calls import LlmCall, Record
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Judge, ScorerAnswer, ScoringError, StopScoring
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer, judge
from synthdeal_assets.scoring.scorers.hybrid import HybridScorer
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer, paid_call
from synthdeal_assets_tests.scoring.small_org import scorer_input

DEAL = scorer_input()
HEURISTIC = HeuristicScorer()
FILLED_IN_BY = Judge(HEURISTIC.name, HEURISTIC.model, HEURISTIC.prompt_version)


def score(scorer: Scorer, calls: list[LlmCall] | None = None) -> ScorerAnswer:
    return asyncio.run(scorer.score(DEAL, (calls if calls is not None else []).append))


def taken(calls: list[LlmCall]) -> Usage:
    return sum((call.usage for call in calls), start=Usage())


class PaidForNothing(ScriptedScorer):
    """Sends a request for each cost, then fails."""

    costs: tuple[float | None, ...] = (0.25, 0.5)

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        for cost in self.costs:
            record(paid_call(status="unusable", cost_usd=cost))
        raise ScoringError("malformed", "Nothing of use came.", retry_after_s=7)


def test_the_models_answer_is_the_models() -> None:
    calls: list[LlmCall] = []
    answer = score(HybridScorer(ScriptedScorer(level=1, pays=True), HEURISTIC), calls)
    assert set(answer.levels().values()) == {1}
    assert (answer.judged_by, answer.instead_of) == (None, None)
    assert len(calls) == 1


def test_the_heuristic_fills_in_says_so_and_says_why() -> None:
    calls: list[LlmCall] = []
    answer = score(HybridScorer(PaidForNothing(), HEURISTIC), calls)
    assert answer.levels() == judge(DEAL).levels()
    assert answer.judged_by == FILLED_IN_BY
    assert answer.instead_of is not None
    assert (answer.instead_of.kind, answer.instead_of.retry_after_s) == ("malformed", 7)
    assert taken(calls) == Usage(2, 2000, 0, 400, 0.75), "what the model's failed requests used is not lost"
    assert len(calls) == 2


def test_a_cost_that_is_not_known_makes_the_sum_unknown() -> None:
    llm = PaidForNothing()
    llm.costs = (0.25, None)
    calls: list[LlmCall] = []
    score(HybridScorer(llm, HEURISTIC), calls)
    assert taken(calls).total_usd is None


def test_a_model_that_hangs_is_given_up_in_time_to_fill_in() -> None:
    llm = ScriptedScorer(latency_s=30, deadline_s=0.05)
    hybrid = HybridScorer(llm, HEURISTIC)
    answer = score(hybrid)
    assert answer.judged_by == FILLED_IN_BY
    assert answer.instead_of is not None
    assert answer.instead_of.kind == "timeout"
    assert hybrid.deadline_s > llm.deadline_s


def test_what_stops_the_model_is_not_filled_in() -> None:
    with pytest.raises(StopScoring):
        score(HybridScorer(ScriptedScorer(stop_after=0), HEURISTIC))


@pytest.mark.parametrize("error", [TimeoutError("of somebody else"), RuntimeError("a mistake")])
def test_a_mistake_in_the_code_is_not_covered_up(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        score(HybridScorer(ScriptedScorer(errors={DEAL.opportunity_id: error}), HEURISTIC))


def test_it_goes_by_the_models_name_and_asks_its_questions() -> None:
    llm = ScriptedScorer(pays=True, model="m", prompt_version="p")
    hybrid = HybridScorer(llm, HEURISTIC)
    assert (hybrid.name, hybrid.model, hybrid.prompt_version) == ("scripted", "m", "p")
    assert hybrid.question_key(DEAL) == llm.question_key(DEAL)
    with pytest.raises(ScoringError):
        hybrid.read(DEAL, "no answer")
    asyncio.run(hybrid.aclose())
    assert llm.closed == 1


def test_over_real_sockets_only_what_failed_is_filled_in() -> None:
    deals = [replace(DEAL, opportunity_id=f"006000{number}") for number in range(6)]
    refused = {deal.opportunity_id: RequestOutcome.REFUSED for deal in deals[:2]}
    with LlmServer(Behaviour(always=refused, script={ANY: [RequestOutcome.SERVER_ERROR]})) as server:
        settings = Settings(scorer="hybrid", openai_base_url=server.base_url, input_price=1, output_price=1)

        calls: dict[str, list[LlmCall]] = {deal.opportunity_id: [] for deal in deals}

        async def all_of_them() -> list[ScorerAnswer]:
            scorer = make_scorer(settings)
            try:
                return await asyncio.gather(*(scorer.score(deal, calls[deal.opportunity_id].append) for deal in deals))
            finally:
                await scorer.aclose()

        answers = asyncio.run(all_of_them())
    assert [answer.judged_by for answer in answers] == [FILLED_IN_BY] * 2 + [None] * 4
    assert all(answer.instead_of and answer.instead_of.kind == "refused" for answer in answers[:2])
    assert all(taken(of_deal).total_usd for of_deal in calls.values()), "a refusal is paid for"
