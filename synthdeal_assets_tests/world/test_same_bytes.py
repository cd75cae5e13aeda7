"""The same seed, size and day give the same bytes in every version, until somebody decides otherwise.

`same_bytes.json` holds a hash of every column of the world, the synthetic sales log, the scorer's inputs and the
heuristic's judgements, for three seeds and two days. A change that is meant to alter what is made raises
`GENERATOR_VERSION` (or the rules' version) and writes the file anew:

    python -m synthdeal_assets_tests.world.test_same_bytes
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import create, insert
from synthdeal_assets.sales.synthetic.log import synthetic_log
from synthdeal_assets.scoring.answer import ScorerAnswer
from synthdeal_assets.scoring.inputs import build_inputs, deals_of
from synthdeal_assets.scoring.rubric import bant_score, meddpicc_score, overall_score
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import ACCOUNTS, PRODUCTS, USERS

SEEDS = (42, 7, 1234)
DAYS = (dt.date(2026, 11, 20), dt.date(2026, 11, 21))
OPPORTUNITIES = 60
CUSTOMERS = 60
STORED = Path(__file__).with_name("same_bytes.json")


def made(seed: int, day: dt.date) -> Iterator[tuple[str, str]]:
    """The name of each column, and a hash of its values in the order of its rows."""
    world = generate_world(WorldSpec(seed, OPPORTUNITIES, day))
    for table, frame in world.items():
        for column in frame.columns:
            if table.name != "world" or column in {"seed", "opportunities", "as_of", "generator_version"}:
                yield f"{table.qualified_name}.{column}", hashed(frame[column])
    log = synthetic_log(
        seed=seed,
        as_of=day,
        accounts=world[ACCOUNTS],
        users=world[USERS],
        contracts=world[CONTRACTS],
        products=world[PRODUCTS],
        customers=CUSTOMERS,
    )
    for name, frame in (("sales log", log.frame), ("truth.sales_affinities", log.affinities)):
        for column in frame.columns:
            yield f"{name}.{column}", hashed(frame[column])
    with duckdb.connect() as connection:
        for table, frame in world.items():
            create(connection, table)
            insert(connection, table, frame)
        inputs = build_inputs(connection)
    for column in inputs.columns:
        yield f"scoring.scorer_inputs.{column}", hashed(inputs[column])
    answers = [judge(deal) for deal in deals_of(inputs)]
    levels = [answer.levels() for answer in answers]
    yield "heuristic.answers", hashed(json.dumps(as_first_hashed(answer), default=str) for answer in answers)
    yield "heuristic.scores", hashed(overall_score(each) for each in levels)
    yield "heuristic.meddpicc", hashed(meddpicc_score(each) for each in levels)
    yield "heuristic.bant", hashed(bant_score(each) for each in levels)


def as_first_hashed(answer: ScorerAnswer) -> dict[str, object]:
    """An answer with the fields that it had when the hashes were made, what is gone empty and in its place."""
    fields: dict[str, Any] = dataclasses.asdict(answer)
    for element in fields["elements"]:
        assert element.pop("needs_quote") is False
    last = {name: fields.pop(name) for name in ("judged_by", "instead_of")}
    return {**fields, "usage": None, **last}


def hashed(values: Iterable[object] | pl.Series) -> str:
    """SHA-256 over the values as Python writes them, in their order, to 16 digits."""
    return hashlib.sha256("\x1f".join(map(repr, values)).encode()).hexdigest()[:16]


def write() -> None:
    """Store what is made now."""
    hashes = {f"{seed} {day}": dict(made(seed, day)) for seed in SEEDS for day in DAYS}
    STORED.write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_made_is_what_was_made_before_to_the_byte(seed: int, day: dt.date) -> None:
    before = json.loads(STORED.read_text(encoding="utf-8"))[f"{seed} {day}"]
    now = dict(made(seed, day))

    assert {name: digest for name, digest in now.items() if before.get(name) != digest} == {}
    assert before.keys() == now.keys()


if __name__ == "__main__":
    write()
