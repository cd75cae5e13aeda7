"""The tables from signs to levels: what a sign may do to a level, and what a text shows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import yaml

import synthdeal_assets
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS
from synthdeal_assets.scoring.scorers.evidence_signals import name_words, read_sentences
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets.scoring.scorers.heuristic_levels import (
    MARKS,
    SUPPORTS,
    WEAKNESSES,
    LevelTables,
    learnt_tables,
    marks_of,
    speaks_of_the_deal,
)
from synthdeal_assets_tests.scoring.small_org import scorer_input

PEOPLE = name_words(["Dana Roe", "Nora Quist"])


def marks(text: str, newest: dt.date | None = None) -> frozenset[str]:
    return marks_of(read_sentences(text, PEOPLE, name_words(["Brightwater"])), newest)


@pytest.mark.parametrize("element", MEDDPICC_WEIGHTS)
def test_no_sign_of_substance_lowers_a_level_and_no_weakness_raises_one(element: str) -> None:
    table = learnt_tables().elements[element]
    assert set(table.points) == set(MARKS)
    assert all(table.points[mark] >= 0 for mark in SUPPORTS)
    assert all(table.points[mark] <= 0 for mark in WEAKNESSES)
    assert 0 < table.thresholds[0] < table.thresholds[1] < table.thresholds[2]
    weakest, strongest = (table.level(table.shown(frozenset(each))) for each in (WEAKNESSES, SUPPORTS))
    assert (weakest, strongest) in {(0, 3), (1, 3)}


def test_a_quarter_of_the_points_of_a_text_is_what_the_others_show_on_average() -> None:
    tables = learnt_tables()
    strong, weak, plain = frozenset(SUPPORTS), frozenset(WEAKNESSES), frozenset[str]()
    texts = {"metrics": weak, "champion": strong, "competition": plain}
    own = {element: tables.elements[element].shown(each) for element, each in texts.items()}
    others = (own["champion"] + own["competition"]) / 2
    assert tables.points(texts)["metrics"] == math.floor(0.75 * own["metrics"] + 0.25 * others)
    assert tables.points({"metrics": weak}) == {"metrics": own["metrics"]}
    assert tables.points({}) == {}


def test_a_text_counts_for_more_among_good_ones_and_a_blank_one_is_zero_among_any() -> None:
    doubtful = "Dana Roe, perhaps."
    alone = judge(scorer_input(**{**dict.fromkeys(MEDDPICC_WEIGHTS), "economic_buyer": doubtful})).levels()
    among_good = judge(scorer_input(economic_buyer=doubtful, champion=None)).levels()
    assert alone["economic_buyer"] < among_good["economic_buyer"] < judge(scorer_input()).levels()["economic_buyer"]
    assert among_good["champion"] == 0


def test_the_stage_is_no_input_of_the_levels() -> None:
    levels = {stage: judge(scorer_input(stage_name=stage)).levels() for stage in STAGE_MINIMUMS}
    assert all(each == levels["Prospecting"] for each in levels.values())


def test_what_stands_in_a_text_becomes_marks() -> None:
    assert marks("Dana Roe confirmed 14 hours on 2026-05-02.") == {
        "named", "full_name", "confirmed", "figure", "dated", "numbers"
    }  # fmt: skip
    assert marks("Nora asked. Dana said no.") == {
        "named", "full_name", "attributed", "attributed_again", "confirmed", "two_sentences", "absent"
    }  # fmt: skip
    assert marks("I think Brightwater will roughly manage, as before.") == {
        "doubtful", "personal", "intended", "hedged", "past"
    }  # fmt: skip
    assert marks("They also look at Kestrel.") == {"other_name"}
    assert marks("A great fit!") == {"boastful", "boasting"}
    assert marks("Nora, 2025-11-20.", dt.date(2026, 5, 2)) == {"named", "dated", "numbers", "outdated"}


def test_only_a_text_that_names_or_shows_something_speaks_of_the_deal() -> None:
    def speaks(text: str) -> bool:
        return speaks_of_the_deal(read_sentences(text, PEOPLE, name_words(["Brightwater"])))

    assert speaks("Brightwater is keen.")
    assert speaks("They also look at Kestrel.")
    assert not speaks("They are keen.")
    assert not speaks("I'm sure that the CRM is right in May.")


def test_other_tables_give_other_levels() -> None:
    values = learnt_tables().as_values()
    for table in values["elements"].values():
        table["thresholds"] = [1_000, 1_001, 1_002]
    levels = judge(scorer_input(), LevelTables.of_values(values)).levels()
    assert {levels[element] for element in MEDDPICC_WEIGHTS} == {0}


def test_no_sentence_of_the_generator_stands_in_the_data_of_the_heuristic() -> None:
    package = Path(str(resources.files(synthdeal_assets)))
    ours = " ".join(
        (package / "scoring" / "scorers" / name).read_text(encoding="utf-8").lower()
        for name in ("evidence_words.yaml", "heuristic_levels.yaml")
    )
    pieces = {
        piece
        for source in sorted((package / "world" / "language").glob("evidence_*.yaml"))
        for sentence in _texts(yaml.safe_load(source.read_text(encoding="utf-8")))
        for piece in _five_words(sentence)
    }
    assert len(pieces) > 1_000
    assert not [piece for piece in pieces if f" {piece} " in " ".join(ours.split())]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _five_words(sentence: str) -> Iterator[str]:
    words = sentence.lower().split()
    return (" ".join(words[place : place + 5]) for place in range(len(words) - 4))
