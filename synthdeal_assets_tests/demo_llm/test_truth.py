"""Answers come from the truth of the warehouse plus noise, and the warehouse is read shortly and when it changed."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import openai
import polars as pl
import pytest
from scipy.stats import spearmanr

from synthdeal_assets.demo_llm import truth
from synthdeal_assets.demo_llm.answers import Judgement, JudgementNotReady, hashed_judgement
from synthdeal_assets.demo_llm.truth import TruthJudge, bant_levels, with_noise
from synthdeal_assets.evaluation.planted_instructions.twins import twin_id
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.rubric import ELEMENTS, max_level
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth_tables import TRUE_LEVEL_COLUMNS, TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.demo_llm.asking import ask_openai, deal_of, openai_client, read
from synthdeal_assets_tests.fakes.llm_server import LlmServer
from synthdeal_assets_tests.world.worlds import world

TRUTH = world(500)[TRUTH_OPPORTUNITIES]
FIRST = TRUTH.row(0, named=True)
MODEL = "demo-llm"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", lock_timeout=0.3)


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    warehouse = Warehouse.of(settings)
    warehouse.replace({TRUTH_OPPORTUNITIES: TRUTH})
    return warehouse


@pytest.fixture
def read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for wait in ("READ_AFTER_A_PAUSE_OF_S", "READ_FOR_UNKNOWN_AFTER_S", "TRIED_AGAIN_AFTER_S"):
        monkeypatch.setattr(truth, wait, 0.0)


@pytest.fixture
def opened(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each opening of a DuckDB file from now on."""
    found: list[str] = []
    connect = duckdb.connect

    def counted(database: str) -> duckdb.DuckDBPyConnection:
        found.append(database)
        return connect(database)

    monkeypatch.setattr(duckdb, "connect", counted)
    return found


def test_without_noise_the_answer_is_the_truth(settings: Settings, warehouse: Warehouse) -> None:
    judge = TruthJudge(settings, noise=0.0, seed=0)

    async def ask() -> None:
        for row in TRUTH.head(50).iter_rows(named=True):
            judgement = await judge(row["opportunity_id"], MODEL)
            assert [judgement.levels[element] for element in MEDDPICC_COLUMNS] == [
                row[column] for column in TRUE_LEVEL_COLUMNS
            ]
            assert judgement.win_probability == pytest.approx(min(max(row["win_probability"], 0.001), 0.999), abs=1e-4)

    asyncio.run(ask())


def test_the_truth_comes_over_the_wire_and_is_called_a_simulation(settings: Settings, warehouse: Warehouse) -> None:
    deal = deal_of(1, opportunity_id=FIRST["opportunity_id"])
    with LlmServer(judge=TruthJudge(settings, noise=0.0, seed=0)) as server:
        answer = read(ask_openai(openai_client(server), deal).choices[0].message.content, deal)
    assert answer.levels()["champion"] == FIRST["champion_level"]
    assert "Simulated by synthdeal demo-llm" in answer.reasoning
    assert "hidden truth" in answer.reasoning


def test_noise_makes_levels_off_by_one_as_often_as_it_says_and_keeps_the_correlation() -> None:
    noisy: list[int] = []
    true: list[int] = []
    seen_p: list[float] = []
    true_p: list[float] = []
    for row in TRUTH.iter_rows(named=True):
        levels = {element: row[f"{element}_level"] for element in MEDDPICC_COLUMNS}
        judgement = with_noise(levels, row["win_probability"], row["opportunity_id"], MODEL, noise=0.3, seed=5)
        noisy += [judgement.levels[element] for element in MEDDPICC_COLUMNS]
        true += levels.values()
        seen_p.append(judgement.win_probability)
        true_p.append(row["win_probability"])
    errors = [abs(one - other) for one, other in zip(noisy, true, strict=True)]
    assert set(errors) == {0, 1}
    assert sum(errors) / len(errors) == pytest.approx(0.3, abs=0.03)
    assert 0.8 < spearmanr(noisy, true).statistic < 0.98
    assert 0.5 < spearmanr(seen_p, true_p).statistic < 0.999


def test_noise_depends_on_its_seed_the_opportunity_and_the_model_alone() -> None:
    levels = dict.fromkeys(MEDDPICC_COLUMNS, 2)
    one = with_noise(levels, 0.4, "0061", MODEL, noise=0.5, seed=1)
    assert with_noise(levels, 0.4, "0061", MODEL, noise=0.5, seed=1) == one
    assert with_noise(levels, 0.4, "0062", MODEL, noise=0.5, seed=1) != one
    assert with_noise(levels, 0.4, "0061", MODEL, noise=0.5, seed=2) != one
    assert with_noise(levels, 0.4, "0061", "demo-llm-2", noise=0.5, seed=1) != one


def test_two_models_differ_over_the_wire_and_are_the_same_without_noise(
    settings: Settings, warehouse: Warehouse
) -> None:
    deals = [deal_of(1, opportunity_id=each) for each in TRUTH["opportunity_id"].head(5)]

    def judged(server: LlmServer, model: str) -> list[dict[str, int]]:
        client = openai_client(server)
        completions = [ask_openai(client, deal, model=model) for deal in deals]
        return [
            read(each.choices[0].message.content, deal).levels() for each, deal in zip(completions, deals, strict=True)
        ]

    with LlmServer(judge=TruthJudge(settings, noise=0.3, seed=0)) as server:
        assert judged(server, "demo-llm") == judged(server, "demo-llm")
        assert judged(server, "demo-llm") != judged(server, "demo-llm-2")
    with LlmServer(judge=TruthJudge(settings, noise=0.0, seed=0)) as server:
        assert judged(server, "demo-llm") == judged(server, "demo-llm-2")


def test_a_twin_is_judged_as_its_deal_is_errors_included_and_only_planted_deals_have_one(
    settings: Settings, warehouse: Warehouse
) -> None:
    judge = TruthJudge(settings, noise=0.5, seed=3)
    planted = TRUTH.drop_nulls("planted_instruction")["opportunity_id"]
    others = TRUTH.filter(pl.col("planted_instruction").is_null())["opportunity_id"].head(5)
    assert len(planted) > 5

    async def ask() -> None:
        for opportunity_id in planted:
            assert await judge(twin_id(opportunity_id), MODEL) == await judge(opportunity_id, MODEL)
        for opportunity_id in others:
            assert "no truth on this opportunity" in (await judge(twin_id(opportunity_id), MODEL)).basis

    asyncio.run(ask())


def test_levels_of_bant_go_with_those_of_meddpicc_and_stay_in_range() -> None:
    for level, expected in ((0, 0), (1, 1), (2, 3), (3, 4)):
        assert set(bant_levels(dict.fromkeys(MEDDPICC_COLUMNS, level)).values()) == {expected}
    extreme = with_noise(dict.fromkeys(MEDDPICC_COLUMNS, 3), 1.0, "0061", MODEL, noise=1.0, seed=0)
    assert extreme.levels == {element: max_level(element) - 1 for _, element in ELEMENTS}
    assert 0 < extreme.win_probability < 1


def test_an_unknown_opportunity_gets_levels_from_a_hash_and_the_answer_says_so(
    settings: Settings, warehouse: Warehouse
) -> None:
    judgement = asyncio.run(ask_once(TruthJudge(settings, noise=0.0, seed=0), "006nobody"))
    assert judgement.levels == hashed_judgement("006nobody").levels
    assert "hash" in judgement.basis
    assert "no truth on this opportunity" in judgement.basis


def test_without_a_warehouse_levels_come_from_a_hash_and_no_file_is_made(settings: Settings) -> None:
    judgement = asyncio.run(ask_once(TruthJudge(settings, noise=0.0, seed=0), FIRST["opportunity_id"]))
    assert "hash" in judgement.basis
    assert not settings.storage.warehouse_path.exists()


def test_a_world_that_is_made_while_the_server_runs_is_known_at_once(settings: Settings) -> None:
    judge = TruthJudge(settings, noise=0.0, seed=0)

    async def ask() -> list[str]:
        before = await judge(FIRST["opportunity_id"], MODEL)
        Warehouse.of(settings).replace({TRUTH_OPPORTUNITIES: TRUTH})
        return [before.basis, (await judge(FIRST["opportunity_id"], MODEL)).basis]

    before, after = asyncio.run(ask())
    assert "hash" in before
    assert "hidden truth" in after


def test_a_truth_that_changed_is_read_again(settings: Settings, warehouse: Warehouse, read_at_once: None) -> None:
    judge = TruthJudge(settings, noise=0.0, seed=0)
    changed = TRUTH.with_columns(champion_level=(pl.col("champion_level") + 1) % 4)

    async def ask() -> list[int]:
        before = await judge(FIRST["opportunity_id"], MODEL)
        warehouse.replace({TRUTH_OPPORTUNITIES: changed})
        after = await judge(FIRST["opportunity_id"], MODEL)
        return [before.levels["champion"], after.levels["champion"]]

    assert asyncio.run(ask()) == [FIRST["champion_level"], (FIRST["champion_level"] + 1) % 4]


def test_a_run_that_writes_while_it_asks_is_not_shut_out_again_and_again(
    settings: Settings, warehouse: Warehouse, opened: list[str]
) -> None:
    judge = TruthJudge(settings, noise=0.0, seed=0)

    async def ask() -> None:
        for number in range(20):
            await judge(FIRST["opportunity_id"], MODEL)
            with warehouse.transaction() as connection:
                connection.execute(f"CREATE TABLE written_{number} AS SELECT {number} AS number")

    asyncio.run(ask())
    assert len(opened) == 20 + 1


def test_many_requests_at_once_read_the_warehouse_once(
    settings: Settings, warehouse: Warehouse, opened: list[str]
) -> None:
    judge = TruthJudge(settings, noise=0.0, seed=0)

    async def ask() -> None:
        await asyncio.gather(*(judge(opportunity_id, MODEL) for opportunity_id in TRUTH["opportunity_id"]))
        await asyncio.gather(*(judge(f"unknown-{number}", MODEL) for number in range(100)))

    asyncio.run(ask())
    assert len(opened) == 1


@pytest.fixture
def held(warehouse: Warehouse) -> Iterator[Event]:
    """Another process holds the warehouse until the event is set."""
    spawn = multiprocessing.get_context("spawn")
    holding, release = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=hold, args=(warehouse.database, holding, release))
    holder.start()
    assert holding.wait(20)
    yield release
    release.set()
    holder.join()


def hold(path: str, holding: Event, release: Event) -> None:
    connection = duckdb.connect(path)
    holding.set()
    release.wait(20)
    connection.close()


@pytest.mark.slow
def test_a_warehouse_that_somebody_holds_makes_a_request_come_again(
    settings: Settings, held: Event, read_at_once: None
) -> None:
    with LlmServer(judge=TruthJudge(settings, noise=0.0, seed=0)) as server:
        deal = deal_of(1, opportunity_id=FIRST["opportunity_id"])
        started = time.monotonic()
        with pytest.raises(openai.InternalServerError, match="is still in use by") as busy:
            ask_openai(openai_client(server), deal)
        assert time.monotonic() - started < 3
        assert (busy.value.status_code, busy.value.response.headers["retry-after"]) == (503, "1")
        held.set()
        time.sleep(0.5)
        assert "hidden truth" in ask_openai(openai_client(server), deal).choices[0].message.content


def test_a_file_that_is_no_warehouse_is_not_answered_from_a_hash(settings: Settings) -> None:
    settings.storage.home.mkdir()
    settings.storage.warehouse_path.write_text("not DuckDB")
    with pytest.raises(JudgementNotReady, match="not a DuckDB file"):
        asyncio.run(ask_once(TruthJudge(settings, noise=0.0, seed=0), "0061"))


async def ask_once(judge: TruthJudge, opportunity_id: str) -> Judgement:
    return await judge(opportunity_id, MODEL)
