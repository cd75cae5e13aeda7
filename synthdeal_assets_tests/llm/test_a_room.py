"""Another room than those there are asks each of its questions once, in a form or in free words, over several turns."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

import synthdeal_assets.llm
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.engine import Answer
from synthdeal_assets.llm.ledger.ask_all import Outcome
from synthdeal_assets.llm.ledger.calls import SUCCESS, Question
from synthdeal_assets.llm.ledger.journal import LeftJournal, left_journals
from synthdeal_assets.llm.ledger.spending import spending
from synthdeal_assets_tests.fakes.collecting import Collecting
from synthdeal_assets_tests.llm import a_room
from synthdeal_assets_tests.llm.any_json import chat_completion
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer, Sent

IN_TURNS: Final = {f"text-{number}" for number in range(0, 100, 10)}
"""Questions that the model answers with a question."""

REQUESTS: Final = len(a_room.NAMES) + len(IN_TURNS)

MAX_ROOM: Final = 40

OTHER_ROOMS: Final = re.compile(r"opportunit|\bdeals?\b|\bscor", re.IGNORECASE)


class Model:
    """Says how long a text is: in JSON where a form is asked for, else in words; of some it asks back which one.

    Attributes:
        answered: Questions that were answered, by their first message and how many messages there were.
        enough: Set when so many were answered as `enough_after` says.
    """

    def __init__(self, enough_after: int, latency_s: float) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self.enough = threading.Event()
        self._enough_after = enough_after
        self._latency_s = latency_s
        self._lock = threading.Lock()

    def __call__(self, sent: Sent) -> Raw:
        time.sleep(self._latency_s)
        messages: list[dict[str, Any]] = sent.body["messages"]
        name = messages[0]["content"].removeprefix("How long is ").removesuffix("?")
        if "response_format" in sent.body:
            text = json.dumps({"length": len(name)})
        else:
            text = "Which one?" if name in IN_TURNS and len(messages) == 1 else f"{len(name)} letters"
        with self._lock:
            self.answered[name, len(messages)] += 1
            if self.answered.total() >= self._enough_after:
                self.enough.set()
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return Raw(200, chat_completion(text, usage=usage))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


def asked_again(warehouse: Warehouse, server: RawServer, run_id: str) -> dict[str, str]:
    """What the room reads of the answers, by what it asked about."""
    landed: Collecting[Outcome[Question, str]] = Collecting()
    result = a_room.run(warehouse, f"{server.url}/v1", run_id, landed)
    assert result.stop is None
    assert all(isinstance(outcome, Answer) for outcome in landed.outcomes)
    return {outcome.question.subject_id: outcome.value for outcome in landed.outcomes}


def killed_in_the_middle(warehouse: Warehouse, server: RawServer, model: Model) -> LeftJournal:
    """What a run that was killed had noted and had not stored."""
    command = [sys.executable, "-m", a_room.__name__, warehouse.database, f"{server.url}/v1"]
    run = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    assert model.enough.wait(60)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    (journal,) = left_journals(warehouse.path.parent / "llm_journal")
    return journal


@pytest.mark.slow
def test_a_room_that_is_killed_asks_again_only_what_was_in_flight(warehouse: Warehouse, server: RawServer) -> None:
    model = server.answer_to = Model(enough_after=60, latency_s=0.05)
    journal = killed_in_the_middle(warehouse, server, model)
    noted = {call.key for call in journal.calls if call.status == SUCCESS}
    before = len(server.requests)
    assert 40 <= len(noted) < before < REQUESTS, "it was killed in the middle"

    values = asked_again(warehouse, server, "resumed")

    assert len(server.requests) - before == REQUESTS - len(noted)
    assert before - len(noted) <= 8, "only what was in flight was lost"
    assert values == {name: f"{len(name)}{'' if place % 2 else ' letters'}" for place, name in enumerate(a_room.NAMES)}
    keys = warehouse.read("SELECT key, count(*) FROM scoring.llm_calls WHERE status = 'success' GROUP BY ALL")
    assert (keys.height, set(keys["count_star()"])) == (REQUESTS, {1})
    assert warehouse.read("SELECT count(*) FROM scoring.llm_claims").item() == 0
    asked_so_far = len(server.requests)
    assert asked_again(warehouse, server, "a third time") == values
    assert len(server.requests) == asked_so_far, "everything is in the ledger, each turn too"


def test_each_turn_is_a_request_on_the_same_subject_with_the_whole_conversation(
    warehouse: Warehouse, server: RawServer
) -> None:
    server.answer_to = Model(enough_after=REQUESTS, latency_s=0.0)
    asked_again(warehouse, server, "run")

    (last,) = [sent for sent in server.requests if len(sent.body["messages"]) == 3 and "text-10?" in str(sent.body)]
    assert [(each["role"], each["content"]) for each in last.body["messages"]] == [
        ("user", "How long is text-10?"),
        ("assistant", "Which one?"),
        ("user", "The first."),
    ]
    turns = warehouse.read("SELECT subject_id, count(DISTINCT key) FROM scoring.llm_calls GROUP BY ALL").rows()
    assert dict(turns) == {name: 1 + (name in IN_TURNS) for name in a_room.NAMES}
    with warehouse.connect() as connection:
        (took,) = spending(connection)
    assert (took.purpose, took.answers, took.usage.calls) == ("a_room", REQUESTS, REQUESTS)
    assert took.usage.cost_usd == pytest.approx(REQUESTS * 15 / 1e6)


def test_a_free_question_asks_for_no_form_and_one_with_a_form_does(warehouse: Warehouse, server: RawServer) -> None:
    server.answer_to = Model(enough_after=REQUESTS, latency_s=0.0)
    asked_again(warehouse, server, "run")
    by_form = Counter("response_format" in sent.body for sent in server.requests)
    assert by_form == {True: 50, False: 50 + len(IN_TURNS)}


def test_the_room_is_short_and_imports_nothing_of_ours_but_llm_and_foundation() -> None:
    source = Path(a_room.__file__).read_text(encoding="utf-8")
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module}
    assert {module.split(".")[1] for module in imported if module.startswith("synthdeal")} == {"llm", "foundation"}
    assert sum(bool(line.strip()) for line in source.splitlines()) <= MAX_ROOM


def test_no_file_of_llm_has_a_word_of_what_other_rooms_ask_but_the_name_of_its_tables_schema() -> None:
    folder = Path(synthdeal_assets.llm.__file__).parent
    found = [
        f"{path.relative_to(folder)}: {line.strip()}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".sql", ".j2"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if OTHER_ROOMS.search(line)
    ]
    assert found == ['ledger/tables.py: SCHEMA: Final = "scoring"']
