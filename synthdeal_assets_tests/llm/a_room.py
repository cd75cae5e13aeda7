"""A room that knows only `llm` and `foundation`: a hundred questions, by turns with a form and in free words."""

import json
import signal
import sys

from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.budget import Budget
from synthdeal_assets.llm.chat import AnswerSchema, Message, Parameters
from synthdeal_assets.llm.client import LlmClient, RetryRules
from synthdeal_assets.llm.ledger.ask_all import AskResult, Continue, Listener, Outcome, ask_all
from synthdeal_assets.llm.ledger.calls import Question, question_key
from synthdeal_assets.llm.ledger.context import LedgerContext, spent_so_far
from synthdeal_assets.llm.limits import Limits
from synthdeal_assets.llm.prices import Prices
from synthdeal_assets.llm.providers.openai import OpenAiProvider

HOW = Parameters("small", 100)
FORM = AnswerSchema("length", {"type": "object", "properties": {"length": {"type": "integer"}}})
NAMES = [f"text-{number}" for number in range(100)]
PRICES = Prices(endpoint="http://127.0.0.1", input_price=1.0, output_price=1.0)


def read_answer(question: Question, text: str) -> str | Continue:
    more = Continue((Message("user", "The first."),))
    return more if text == "Which one?" else str(json.loads(text)["length"]) if question.schema else text


def run(warehouse: Warehouse, url: str, run_id: str, listener: Listener[Outcome[Question, str]]) -> AskResult:
    asked = {name: (Message("user", f"How long is {name}?"),) for name in NAMES}
    forms = [FORM if place % 2 else None for place in range(len(NAMES))]
    keys = [question_key(name, "openai", "1", HOW, "127.0.0.1") for name in NAMES]
    questions = [
        Question(key, name, "1", asked[name], form) for key, name, form in zip(keys, NAMES, forms, strict=True)
    ]
    ledger = LedgerContext(warehouse, "a_room", run_id)

    def connect(budget: Budget) -> LlmClient:
        provider, rules = OpenAiProvider(api_key="none", base_url=url, most_at_once=8), RetryRules(2, 10, 10)
        return LlmClient(provider, HOW, rules=rules, limits=Limits(8), budget=budget, prices=PRICES, now=utc_now)

    budget = Budget(1.0, None, spent_so_far(ledger))
    return ask_all(questions, read_answer, listener, ledger, budget, connect=connect, concurrency=8)


if __name__ == "__main__":
    # Whoever runs the tests in the background of a shell hands down that an interrupt is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run(Warehouse(database=sys.argv[1]), sys.argv[2], "killed", Listener())
