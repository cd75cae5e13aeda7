"""Templates: their notation, and how rows are filled."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

import synthdeal_assets.world.language
from synthdeal_assets.world.language.phrasebook import compile_bank
from synthdeal_assets.world.language.rendering import Words, render

KEYS = np.arange(1, 4001, dtype=np.uint64)
WORDS = Words({"who": pl.Series(["ana"]).new_from_index(0, len(KEYS))})
FOLDER = Path(synthdeal_assets.world.language.__file__).parent
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))


def _say(template: str) -> set[str]:
    (bank,) = compile_bank("test", {"only": template})
    return set(render(bank, np.zeros(len(KEYS), dtype=np.int64), WORDS, KEYS))


def test_a_slot_takes_the_word_of_the_row_and_a_capital_one_begins_with_a_capital() -> None:
    assert _say("{who} and {Who}") == {"ana and Ana"}


def test_every_way_to_resolve_the_choices_occurs() -> None:
    assert _say("[saw|met] {who} [|today]") == {"saw ana ", "met ana ", "saw ana today", "met ana today"}


def test_numbers_lie_between_their_ends_in_their_steps_with_commas() -> None:
    assert _say("{980-1020/20}") == {"980", "1,000", "1,020"}


def test_all_forms_of_a_template_choose_the_same_template_and_named_number() -> None:
    clause, noun = compile_bank("test", {"only": "{a:1-9} deals || deal {a:1-9}\n{a:1-9} mails || mail {a:1-9}"})
    section = np.zeros(len(KEYS), dtype=np.int64)
    clauses, nouns = render(clause, section, WORDS, KEYS), render(noun, section, WORDS, KEYS)
    swapped = nouns.str.replace(r"^(\w+) (\d)$", "${2} ${1}s")
    assert clauses.equals(swapped)
    assert clauses.n_unique() == 18


def test_a_row_without_a_section_has_no_text() -> None:
    (bank,) = compile_bank("test", {"first": "one", "second": "two"})
    section = bank.codes(pl.Series(["second", None, "first"]))
    assert render(bank, section, Words({}), KEYS[:3]).to_list() == ["two", None, "one"]


def test_a_template_with_another_number_of_forms_is_refused_with_its_words() -> None:
    with pytest.raises(ValueError, match="only one"):
        compile_bank("test", {"only": "a || b\nonly one"})


def test_a_slot_without_words_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        _say("{nobody}")


@pytest.mark.parametrize("file_name", FILES)
def test_no_template_holds_stray_brackets_or_two_spaces(file_name: str) -> None:
    for template in _templates(file_name):
        rest = re.sub(r"\{[A-Za-z_0-9]+\}|\{(?:[a-z]+:)?\d+-\d+(?:/\d+)?\}", "X", template)
        rest = re.sub(r"\[[^\[\]{}]*\|[^\[\]{}]*\]", "X", rest)
        if file_name != "instructions.yaml":
            assert not re.search(r"[{}\[\]]", rest), template
        assert "  " not in template, template


@pytest.mark.parametrize("file_name", [name for name in FILES if name.startswith(("evidence_", "notes"))])
def test_every_sentence_says_something_of_its_own_deal(file_name: str) -> None:
    """A sentence without a slot would stand in many deals, word for word."""
    content: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / file_name).read_text(encoding="utf-8"))
    for sections in content.values():
        for lines in sections.values():
            for template in lines.splitlines():
                ends = [0, *(match.end() for match in re.finditer(r"[.!?](?= )(?![^\[]*\])", template)), len(template)]
                sentences = [template[start:end] for start, end in pairwise(ends)]
                assert all("{" in sentence for sentence in sentences), template


@pytest.mark.parametrize("file_name", [name for name in FILES if name.startswith("evidence_")])
def test_the_economic_buyer_acts_only_in_the_field_that_is_about_the_economic_buyer(file_name: str) -> None:
    """Elsewhere it would tell of somebody whom the seller may not have found yet."""
    if file_name != "evidence_economic_buyer.yaml":
        assert [template for template in _templates(file_name) if re.search(r"\{[Ee]b", template)] == []


def _templates(file_name: str) -> list[str]:
    content: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / file_name).read_text(encoding="utf-8"))
    return [line for sections in content.values() for lines in sections.values() for line in lines.splitlines()]
