"""The texts of deals: what they must hold, how much they may resemble each other, and what they depend on."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from functools import cache

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES
from synthdeal_assets.world.deal_facts import DEAL_TEXTS
from synthdeal_assets.world.language import write_deal_texts
from synthdeal_assets.world.language.instructions import POP_DIRECTION, RIGHT_TO_LEFT_OVERRIDE, ZERO_WIDTH_SPACE
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets_tests.world.language.plausible_facts import PRODUCTS, plausible_facts

ROWS = 5000
WRITTEN = ("name", "notes", "next_step", "closing_note", *MEDDPICC_COLUMNS)
VOWELS = "aeioAEIO"


@cache
def facts() -> pl.DataFrame:
    return plausible_facts(ROWS)


@cache
def texts() -> pl.DataFrame:
    return write_deal_texts(facts())


@cache
def all_texts() -> pl.Series:
    """Every text once, without what was planted."""
    clean = texts().with_columns(notes=pl.coalesce("clean_notes", "notes"))
    return clean.select(pl.concat_list(WRITTEN)).to_series().explode().drop_nulls().unique(maintain_order=True)


def _found(pattern: str) -> list[str]:
    return all_texts().filter(all_texts().str.contains(pattern)).head(3).to_list()


def test_texts_have_their_schema_and_the_rows_of_the_facts_in_order() -> None:
    assert texts().schema == pl.Schema(DEAL_TEXTS)
    assert texts()["opportunity_id"].equals(facts()["opportunity_id"])
    assert texts()["name"].null_count() == texts()["notes"].null_count() == 0
    assert 0 < texts()["next_step"].null_count() < ROWS / 4


def test_no_facts_give_no_texts() -> None:
    assert write_deal_texts(facts().clear()).schema == pl.Schema(DEAL_TEXTS)


@pytest.mark.parametrize("element", MEDDPICC_COLUMNS)
def test_evidence_is_missing_exactly_where_nothing_was_witnessed(element: str) -> None:
    assert texts()[element].is_null().equals(facts()[f"{element}_witness"].is_null())


@pytest.mark.parametrize("rows", [500, ROWS])
def test_no_sentence_stands_in_more_than_two_percent_of_the_deals(rows: int) -> None:
    counts: Counter[str] = Counter()
    for row in texts().head(rows).select("notes", "closing_note", *MEDDPICC_COLUMNS).iter_rows():
        counts.update({part for text in row if text for part in re.split(r"(?<=[.!?])\s+|\n", text)})
    sentence, count = counts.most_common(1)[0]
    assert count <= 0.02 * rows, (sentence, count)


@pytest.mark.parametrize("rows", [500, ROWS])
def test_hardly_any_two_deals_have_the_same_notes(rows: int) -> None:
    assert texts()["notes"].head(rows).n_unique() >= 0.99 * rows


def test_a_text_depends_on_its_own_row_alone() -> None:
    order = np.random.default_rng(3).permutation(ROWS)
    assert_frame_equal(write_deal_texts(facts()[order]), texts()[order])
    parts = [write_deal_texts(facts()[start : start + 700]) for start in range(0, ROWS, 700)]
    assert_frame_equal(pl.concat(parts), texts())


def test_an_element_reads_the_same_whatever_is_written_about_the_others() -> None:
    others = [f"{element}_{fact}" for element in MEDDPICC_COLUMNS[1:] for fact in ("witness", "tone", "date")]
    shuffled = facts().with_columns(facts().select(others).sample(fraction=1.0, shuffle=True, seed=5))
    assert write_deal_texts(shuffled)["metrics"].equals(texts()["metrics"])


def test_a_changed_stage_changes_notes_and_next_step_but_no_evidence() -> None:
    moved = write_deal_texts(facts().with_columns(stage_name=pl.lit("Negotiation/Review")))
    assert (moved["notes"] != texts()["notes"]).sum() > 0.8 * ROWS
    assert_frame_equal(moved.select(MEDDPICC_COLUMNS), texts().select(MEDDPICC_COLUMNS))


def test_every_industry_and_product_family_is_spoken_of() -> None:
    assert set(facts()["industry"]) == set(INDUSTRIES)
    assert set(facts()["product_family"]) == {family for family, _, _ in PRODUCTS.values()}
    by_industry = facts().select("industry").with_columns(texts()["notes"])
    assert by_industry.filter(pl.col("notes").str.contains(r"hospital|clinic|tender"))["industry"].n_unique() > 1
    for industry, word in (("Healthcare", "hospital"), ("Hospitality", "hotel"), ("Insurance", "broker|premium")):
        share = (
            by_industry.with_columns(says=pl.col("notes").str.contains(word))
            .group_by("industry")
            .agg(pl.col("says").mean())
        )
        here = share.filter(pl.col("industry") == industry)["says"].item()
        elsewhere = share.filter(pl.col("industry") != industry)["says"].mean()
        assert isinstance(elsewhere, float)
        assert here > 3 * elsewhere


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an unfilled slot", r"[{}\[\]]"),
        ("a value that is missing", r"\b(?:None|null|nan|NaN)\b"),
        ("two spaces", r"  "),
        ("a space before a stop", r" [.,;:]"),
        ("two stops", r"\.\.|,,|\.,|,\."),
        ("a before a vowel", rf"\b[Aa] [{VOWELS}]"),
        ("an before a consonant", r"\b[Aa]n [bcdfgjklmnpqrstvwxyz]"),
        ("a before a number that begins with a vowel", r"\ba (?:8|11|18)\b"),
        ("a word twice", r"\b(?:the the|the an?|a the|a a|an an|is is|to to|of of|in in|and and|by by)\b"),
        ("a plural of one", r"(?:^|[^.,\d])\b1 (?:seats|partners|sites|customer accounts|days|weeks|months|points)\b"),
        ("an e-mail or web address", r"\S@\S|://|www\.|[a-z0-9]\.[a-z]{2}"),
        ("a phone number", r"\+\d[\d ().-]{6,}\d|\b\d{3}[ .-]\d{3,4}[ .-]\d{4}\b"),
    ],
)
def test_no_text_holds(what: str, pattern: str) -> None:
    assert _found(pattern) == [], what


def test_quantities_and_units_in_texts_are_those_of_the_deal() -> None:
    said = r"(?:Quote for|on the table for|Offer \(\S+,) ([\d,]+ [a-z ]+?)(?: at| went| sent|,|\)| is)"
    offered = (
        facts()["quantity"].cast(pl.String)
        + " "
        + facts()["product_unit"]
        + pl.select(pl.when(facts()["quantity"] == 1).then(pl.lit("")).otherwise(pl.lit("s"))).to_series()
    )
    frame = pl.DataFrame({"said": texts()["notes"].str.extract(said), "offered": offered}).drop_nulls()
    assert frame.height > 50
    assert frame["said"].equals(frame["offered"].rename("said"))


def test_every_full_amount_in_notes_is_the_deals_or_the_price_of_one_unit() -> None:
    frame = facts().select("unit_price", "amount").with_columns(texts()["notes"])
    seen = 0
    for unit_price, amount, notes in frame.iter_rows():
        for said in re.findall(r"\$(\d{1,3}(?:,\d{3})+)", notes):
            assert int(said.replace(",", "")) in {round(amount), round(unit_price)}, notes
            seen += 1
    assert seen > 100


def renewed() -> pl.DataFrame:
    """Facts and texts of the renewals."""
    both = facts().hstack(texts().select(WRITTEN))
    return both.filter(pl.col("type") == RENEWAL)


def test_a_renewal_speaks_of_no_first_purchase() -> None:
    told = renewed().select(pl.concat_str(WRITTEN, separator="\n", ignore_nulls=True)).to_series()
    assert told.len() > 300
    new = r"(?i)\bpilot|proof of concept|kick-?off|\bon board|first (?:order|contract|demo)|website|bought list"
    assert told.filter(told.str.contains(new)).to_list() == []


def test_the_sum_of_a_renewal_is_never_put_to_the_quantity_of_one_of_several_products() -> None:
    several = renewed().filter(pl.col("products") > 1)
    seen = 0
    for quantity, unit, amount, *written in several.select("quantity", "product_unit", "amount", *WRITTEN).iter_rows():
        one_product = f"{quantity:,} {unit}"
        for sentence in re.split(r"(?<=[.!?]) |\n", "\n".join(text for text in written if text)):
            if f"${round(amount):,}" in sentence and one_product in sentence:
                assert "more product" in sentence, sentence
                seen += 1
    assert seen > 5


@pytest.mark.parametrize("element", MEDDPICC_COLUMNS)
def test_what_is_old_in_a_renewal_is_from_the_term_that_ends(element: str) -> None:
    frame = renewed().select(element, "contract_end").drop_nulls()
    seen = 0
    for text, contract_end in frame.iter_rows():
        for year in re.findall(r"\b(?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]+) (20\d\d)\b|FY(20\d\d)", text):
            assert int("".join(year)) >= (contract_end - dt.timedelta(days=364)).year, text
            seen += 1
    assert seen > 10


def test_the_lines_of_a_log_are_in_order_and_tell_nothing_that_happens_later() -> None:
    frame = facts().select("created_date", "last_modified_date").with_columns(texts()["notes"])
    seen = 0
    for created, modified, notes in frame.iter_rows():
        days = re.findall(r"^(\d{1,2} [A-Z][a-z]{2} \d{4}): ", notes, flags=re.MULTILINE)
        dates = [dt.datetime.strptime(day, "%d %b %Y").replace(tzinfo=dt.UTC).date() for day in days]
        assert dates == sorted(dates)
        assert all(created <= date <= modified for date in dates)
        seen += len(dates) > 1
    assert seen > 50


def test_a_slipped_deal_says_so_with_its_present_close_date() -> None:
    frame = facts().select("slips", close=pl.col("close_date").dt.strftime("%-d %b %Y")).with_columns(texts()["notes"])
    slipped = frame.filter(pl.col("slips") > 0)
    says = slipped.select(pl.col("notes").str.contains(r"(?i)moved|slipped|pushed|date went|first date|date number"))
    assert says.to_series().all()
    often = frame.filter(pl.col("slips") > 1)
    assert often.select(pl.col("notes").str.contains(pl.col("close"), literal=True)).to_series().all()


def test_a_name_that_is_a_genitive_already_gets_no_second_ending() -> None:
    written = write_deal_texts(facts().head(400).with_columns(account_name=pl.lit("McDonald's")))
    told = written.select(pl.concat_str(WRITTEN, separator="\n", ignore_nulls=True)).to_series()
    assert told.str.contains("McDonald's", literal=True).all()
    assert not told.str.contains("McDonald's'").any()


@pytest.mark.parametrize("element", ["economic_buyer", "champion"])
def test_notes_and_next_step_name_a_person_only_when_the_seller_knows_of_one(element: str) -> None:
    # Whoever follows a champion who has left is told of with that.
    is_told = facts()[f"{element}_tone"].fill_null("plain") == "departed"
    unknown = ((facts()[f"{element}_witness"].fill_null(0) == 0) & ~is_told).to_numpy()
    people = [f"{person}_name" for person in ("economic_buyer", "champion", "technical", "procurement", "user")]
    names = facts().select(*people, "owner_name")
    alone = (
        pl.Series(unknown)
        & ~names.select(
            pl.any_horizontal(
                pl.col(other) == pl.col(f"{element}_name") for other in names.columns if element not in other
            )
        ).to_series()
    )
    told = texts().select(text=pl.concat_str("notes", pl.col("next_step").fill_null(""), separator=" "))
    named = told.with_columns(names[f"{element}_name"]).filter(alone)
    hits = named.select(pl.col("text").str.contains(pl.col(f"{element}_name"), literal=True)).to_series()
    assert hits.sum() == 0
    assert named.height > 500


@pytest.mark.parametrize("element", ["metrics", "economic_buyer", "champion", "paper_process"])
def test_plain_words_grow_more_specific_with_the_level(element: str) -> None:
    frame = facts().select(pl.col(f"{element}_witness").alias("level"), pl.col(f"{element}_tone").alias("tone"))
    plain = frame.with_columns(texts()[element]).filter(pl.col("tone").is_in(["plain", "vague"]))
    length = plain.group_by("level").agg(pl.col(element).str.len_chars().mean()).drop_nulls().sort("level")[element]
    digits = plain.group_by("level").agg(pl.col(element).str.count_matches(r"\d+").mean()).drop_nulls().sort("level")
    assert length[0] < length[1] < min(length[2], length[3])
    assert digits[element][0] < digits[element][1] < min(digits[element][2], digits[element][3])


def test_an_instruction_is_planted_where_it_is_asked_for_and_can_be_taken_out() -> None:
    carriers = texts().filter(facts()["carries_instruction"])
    assert carriers["planted_instruction"].null_count() == carriers["clean_notes"].null_count() == 0
    others = texts().filter(~facts()["carries_instruction"])
    assert others["planted_instruction"].null_count() == others["clean_notes"].null_count() == others.height
    at_end = 0
    for notes, planted, clean in carriers.select("notes", "planted_instruction", "clean_notes").iter_rows():
        assert notes.count(planted) == 1
        assert clean in {notes.replace(separator + planted, "", 1) for separator in (" ", "\n")}
        at_end += notes.endswith(planted)
    assert 0.2 * carriers.height < at_end < 0.8 * carriers.height


def test_clean_notes_are_those_of_the_same_deal_without_the_instruction() -> None:
    honest = write_deal_texts(facts().with_columns(carries_instruction=pl.lit(value=False)))
    expected = honest["notes"].filter(facts()["carries_instruction"])
    assert texts()["clean_notes"].drop_nulls().equals(expected.rename("clean_notes"))


def test_instructions_come_in_the_open_as_markup_and_hidden_in_unicode() -> None:
    planted = texts()["planted_instruction"].drop_nulls()
    for mark in ("Ignore|Disregard|AI", r"</\w+>", "(?i)system", ZERO_WIDTH_SPACE, RIGHT_TO_LEFT_OVERRIDE):
        assert planted.str.contains(mark).any(), mark
    overridden = planted.filter(planted.str.starts_with(RIGHT_TO_LEFT_OVERRIDE))
    assert overridden.str.ends_with(POP_DIRECTION).all()


def test_an_industry_that_the_language_does_not_know_is_an_error() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        write_deal_texts(facts().head(3).with_columns(industry=pl.lit("Alchemy")))
