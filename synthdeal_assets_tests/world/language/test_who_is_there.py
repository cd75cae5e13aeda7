"""A text names whoever was there when it was written, not who came later or had left."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.world.deal_facts import DEAL_FACTS, PERSONS
from synthdeal_assets.world.language import write_deal_texts
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets_tests.world.language.plausible_facts import plausible_facts

ROWS = 6_000
BEFORE, NOW = r"Zoe|Ekdal", r"Zed|Nowak"


def with_one_successor(person: str) -> pl.DataFrame:
    """Facts in which only this person has followed somebody, on any day between creation and last change."""
    facts = plausible_facts(ROWS, seed=3)
    days = (facts["last_modified_date"] - facts["created_date"]).dt.total_days().to_numpy()
    since = facts["created_date"].to_physical() + pl.Series(
        1 + np.random.default_rng(4).integers(0, 400, ROWS) % (days + 1)
    )
    nobody = [f"departed_{other}_{part}" for other in PERSONS for part in ("name", "title")]
    return (
        facts.with_columns(
            *(pl.lit(None).alias(name) for name in (*nobody, *(f"{other}_since" for other in PERSONS))),
            champion_tone=pl.col("champion_tone").replace("departed", "vague"),
        )
        .with_columns(
            pl.lit("Zoe Ekdal").alias(f"departed_{person}_name"),
            pl.lit("IT Manager").alias(f"departed_{person}_title"),
            pl.lit("Zed Nowak").alias(f"{person}_name"),
            pl.lit("Senior Buyer").alias(f"{person}_title"),
            since.cast(pl.Date).alias(f"{person}_since"),
        )
        .cast(pl.Schema(DEAL_FACTS))
    )


@pytest.mark.parametrize("person", PERSONS)
def test_evidence_names_whoever_was_there_when_it_was_written(person: str) -> None:
    facts = with_one_successor(person)
    texts = write_deal_texts(facts)
    found = {BEFORE: 0, NOW: 0}
    for element in MEDDPICC_COLUMNS:
        is_before = facts[f"{element}_date"] < facts[f"{person}_since"]
        for name, holds in ((BEFORE, is_before), (NOW, ~is_before)):
            named = texts[element].str.contains(name).fill_null(value=False)
            assert holds.filter(named).all(), (element, name)
            found[name] += int(named.sum())
    assert min(found.values()) > 20


@pytest.mark.parametrize("person", PERSONS)
def test_what_is_planned_and_what_is_written_at_the_end_is_about_whoever_is_there(person: str) -> None:
    facts = with_one_successor(person)
    texts = write_deal_texts(facts)
    is_there = facts[f"{person}_since"] <= facts["last_modified_date"]
    assert 0.9 * ROWS < int(is_there.sum()) < ROWS
    named = {name: texts["next_step"].str.contains(name).fill_null(value=False) for name in (BEFORE, NOW)}
    assert is_there.filter(named[NOW]).all()
    assert not is_there.filter(named[BEFORE]).any()
    assert not texts["closing_note"].str.contains(BEFORE).any()
    assert person == "procurement" or int(named[NOW].sum()) + int(texts["closing_note"].str.contains(NOW).sum()) > 20


def test_the_origin_of_a_deal_is_about_whoever_was_there_at_first() -> None:
    facts = with_one_successor("user").filter(lead_source="Web", type="New Customer")
    notes = write_deal_texts(facts)["notes"]
    assert int(notes.str.contains("Zoe").sum()) > 20
