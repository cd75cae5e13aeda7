"""Nights with faults drawn at random lose nothing, pay for nothing twice, and leave books that agree.

CI walks two nights; `make long` walks whole seeds. One that fails says how to repeat it: see `nights.py`.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from synthdeal_assets_tests.soak.bad_endpoint import Oddity
from synthdeal_assets_tests.soak.nights import Walk, killed_at_an_answer, odd_answers, soaking

SEEDS: list[Any] = os.environ.get("SOAK_SEEDS", "").split() or [
    pytest.param("", marks=pytest.mark.skip(reason="SOAK_SEEDS names no seed to walk; make long does"))
]
NIGHTS_OF_A_SEED = 9
SEED_OF_CI = 5

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A home after a night that was killed at an answer, with answers cut inside a character, and a good night."""
    with soaking(tmp_path_factory.mktemp("soak"), SEED_OF_CI) as walk:
        walk.night([killed_at_an_answer, odd_answers(Oddity.HALF_SURROGATE)])
        walk.last_night()
        yield walk


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_agree_after_every_night_and_a_last_one_leaves_nothing_open(tmp_path: Path, seed: str) -> None:
    with soaking(tmp_path, int(seed)) as walk:
        walk.walk(NIGHTS_OF_A_SEED)


def test_a_night_without_a_fault_completes_what_a_killed_one_left(walked: Walk) -> None:
    killed, *_, last = walked.log

    assert "-> -9" in killed
    assert "-> 0" in last


def tampered(statement: str) -> Callable[[Path], object]:
    def harm(home: Path) -> None:
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(statement)

    return harm


def forgotten_everywhere(home: Path) -> None:
    """No answer on record, neither in the ledger nor in the journal that the killed run left to be taken in."""
    tampered("DELETE FROM scoring.llm_calls")(home)
    for journal in (home / "llm_journal").glob("*.jsonl"):
        journal.unlink()


FIRST_CALL = "(SELECT min(call_id) FROM scoring.llm_calls WHERE status = 'success')"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (forgotten_everywhere, "are on no record"),
        (tampered(f"DELETE FROM scoring.llm_calls WHERE call_id = {FIRST_CALL}"), "have changed or gone"),
        (
            tampered(
                "INSERT INTO scoring.llm_calls SELECT * REPLACE ('again' AS call_id) FROM scoring.llm_calls "
                f"WHERE call_id = {FIRST_CALL}"
            ),
            "two paid answers on record",
        ),
        (
            tampered("UPDATE scoring.llm_calls SET output_tokens = output_tokens + 1 WHERE status = 'success'"),
            "more tokens are on record",
        ),
        (
            tampered("UPDATE scoring.llm_calls SET output_tokens = output_tokens - 1 WHERE status = 'success'"),
            "differ from what was sent",
        ),
        (tampered("UPDATE scoring.opportunity_scores SET score = score + 0.1"), "not the sum of its elements"),
        (
            tampered("INSERT INTO scoring.opportunity_scores SELECT * FROM scoring.opportunity_scores LIMIT 1"),
            "scored twice",
        ),
        (tampered("DELETE FROM scoring.score_elements WHERE element = 'champion'"), "has 11 elements"),
        (tampered("DELETE FROM report.executive_reports"), "have changed or gone"),
        (lambda home: (home / "run.lock").chmod(0o644), "is open to others"),
        (lambda home: (home / "published" / ".synthdeal.duckdb.new").touch(0o600), "was left by a run that ended well"),
    ],
)
def test_books_that_are_wrong_are_named(
    walked: Walk, tmp_path: Path, harm: Callable[[Path], object], said: str
) -> None:
    home = Path(shutil.copytree(walked.home, tmp_path / "tampered"))

    def faults() -> list[str]:
        books = copy.deepcopy(walked.books)
        return books.faults(home, walked.endpoint.exchanges, may_miss=0, may_lose=0, ended_well=True)

    missing_by_the_kill = faults()
    harm(home)

    assert any(said in fault for fault in set(faults()) - set(missing_by_the_kill))
