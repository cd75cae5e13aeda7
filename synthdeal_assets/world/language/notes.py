"""Name, notes and next step of an opportunity.

The notes say why, why now and why this product, and what happened on the way, in the manner of the deal's seller. They
speak of an element only as far as its evidence does: what is not written there is a guess here, and called one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, UInt64Array, choose, uniform
from synthdeal_assets.world.frames import day_numbers, scatter
from synthdeal_assets.world.language.deal_story import INTERNAL, VENDOR, event_days, rival_kinds
from synthdeal_assets.world.language.fact_words import element_date_words, persons_on
from synthdeal_assets.world.language.phrasebook import banks
from synthdeal_assets.world.language.rendering import Words, render
from synthdeal_assets.world.language.sections import RENEWAL_SECTION, is_renewal, of_business, of_kind
from synthdeal_assets.world.salesforce_picklists import NEW_CUSTOMER

NOTES_FILE: Final = "notes.yaml"

_EARLY_STAGES: Final = ("Prospecting", "Qualification")
_LATE_STAGES: Final = ("Proposal/Price Quote", "Negotiation/Review")
_LAYOUTS: Final = (
    *("labels_on_lines",) * 3,
    *("log",) * 2,
    "labels_in_line",
    "paragraph",
    "dashes",
)
"""How notes are laid out; one of these, equally likely, for each deal."""


def write_names(facts: pl.DataFrame, words: Words) -> pl.Series:
    """The names of the opportunities: each says its account and its product, and tells itself from earlier ones.

    A deal about what an earlier one was about says the quarter it was created in, and in that its phase. A name says
    nothing that can change, such as a quantity, because nobody renames a deal.
    """
    frame = facts.select(
        "is_repeat",
        "phase",
        name=_say("name", of_business(facts), words, facts["text_key"].to_numpy()),
        year=words["created_year"],
        quarter=words["created_q"],
    )
    says_year = pl.col("name").str.ends_with(pl.col("year"))
    quarter = pl.when(says_year).then(" " + pl.col("quarter").str.head(2)).otherwise(" - " + pl.col("quarter"))
    phase = pl.when(pl.col("phase") > 1).then(pl.format(", phase {}", "phase")).otherwise(pl.lit(""))
    return frame.select(pl.when("is_repeat").then(pl.concat_str("name", quarter, phase)).otherwise("name")).to_series()


def write_next_steps(facts: pl.DataFrame, words: Words) -> pl.Series:
    """What the seller plans next, NULL where the seller has planned nothing.

    Only persons whom the seller knows are named: a champion or an economic buyer needs a witness of at least 1.
    """
    keys = facts["text_key"].to_numpy()
    person = np.where(
        uniform(keys, "next step/person") < 0.5,
        np.where(_known(facts, "champion"), "champion", "user"),
        np.where(_known(facts, "economic_buyer"), "buyer", np.where(_known(facts, "champion"), "champion", "user")),
    )
    phase = _phases(facts)
    is_planned = uniform(keys, "next step/planned") < np.where(phase == "early", 0.82, 0.92)
    frame = pl.DataFrame({"phase": phase, "person": person, "is_planned": is_planned})
    section = frame.select(pl.when("is_planned").then(pl.concat_str("phase", "person", separator="_"))).to_series()
    return _say("next_step", of_kind(facts, section), words, keys)


def write_notes(facts: pl.DataFrame, words: Words, planted: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The notes as they stand, and without what was planted.

    Args:
        facts: Columns of DEAL_FACTS.
        words: Words of the facts and of the story.
        planted: Instruction of each row, or NULL; it stands in the middle or at the end of the notes.
    """
    keys = facts["text_key"].to_numpy()
    frame = pl.DataFrame(
        {
            **_sentences(facts, words, keys),
            **{name: words[name] for name in ("created", "lately", "mod")},
            "layout": _layouts(facts, keys),
            "style": choose(keys, "label style", 3),
            "planted": planted,
            "in_middle": choose(keys, "instruction/place", 2) == 0,
        }
    )
    missing = pl.lit(None, dtype=pl.String)
    clean = _lay_out(frame.with_columns(middle=missing, end=missing))
    carriers = np.flatnonzero(planted.is_not_null().to_numpy())
    with_instruction = frame[carriers].with_columns(
        middle=pl.when("in_middle").then("planted"), end=pl.when(pl.col("in_middle").not_()).then("planted")
    )
    planted_notes = scatter(_lay_out(with_instruction), carriers, len(keys))
    return pl.select(pl.coalesce(planted_notes, clean)).to_series(), clean


def _layouts(facts: pl.DataFrame, keys: UInt64Array) -> pl.Series:
    """The layout of each row; a log makes no sense where all happened on one day, or a departure is told."""
    drawn = pl.Series(_LAYOUTS).gather(choose(keys, "layout", len(_LAYOUTS)))
    is_one_day = facts["created_date"] == facts["last_modified_date"]
    has_news = (facts["champion_tone"] == "departed").fill_null(value=False)
    return pl.select(
        pl.when((drawn == "log") & (is_one_day | has_news)).then(pl.lit("paragraph")).otherwise(drawn)
    ).to_series()


def _lay_out(frame: pl.DataFrame) -> pl.Series:
    """Each row's sentences in its layout."""
    layout = frame["layout"]
    rows, texts = [], []
    for name, text in _layout_texts().items():
        of_layout = np.flatnonzero((layout == name).to_numpy())
        rows.append(of_layout)
        texts.append(frame[of_layout].select(text).to_series())
    return pl.concat(texts).gather(np.argsort(np.concatenate(rows)))


def _layout_texts() -> dict[str, pl.Expr]:
    why_label = _label("WHY: ", "Why: ", "WHY - ")
    now_label = _label("WHY NOW: ", "Why now: ", "WHY NOW - ")
    product_label = _label("WHY THIS PRODUCT: ", "Why this product: ", "WHY US - ")
    why, now, product = why_label + pl.col("why"), now_label + pl.col("now"), product_label + pl.col("product_reason")
    rest = _joined(" ", "stage", "slip", "people", "rival", "buyer")
    return {
        "labels_on_lines": _joined("\n", "origin", why, now, "middle", product, rest, "end"),
        "labels_in_line": _joined(" ", why, now, "middle", product, "origin", rest, "end"),
        "paragraph": _joined(" ", "origin", "why", "product_reason", "middle", "now", rest, "end"),
        "dashes": _joined(
            "\n",
            *("- " + pl.col(name) for name in ("why", "now")),
            "middle",
            "- " + pl.col("product_reason"),
            "- " + rest,
            "end",
        ),
        "log": _joined(
            "\n",
            pl.col("created") + ": " + pl.col("origin"),
            pl.col("lately") + ": " + _joined(" ", "stage", "people", "rival", "buyer"),
            "middle",
            _joined(" ", pl.col("mod") + ": " + pl.col("why"), "now", "product_reason", "slip"),
            "end",
        ),
    }


def _label(*styles: str) -> pl.Expr:
    label = pl.lit(styles[-1])
    for number, style in enumerate(styles[:-1]):
        label = pl.when(pl.col("style") == number).then(pl.lit(style)).otherwise(label)
    return label


def _joined(separator: str, *parts: pl.Expr | str) -> pl.Expr:
    return pl.concat_str(*parts, separator=separator, ignore_nulls=True)


def _sentences(facts: pl.DataFrame, words: Words, keys: UInt64Array) -> dict[str, pl.Series]:
    """The sentences that notes are made of; those that a deal goes without are NULL."""
    phase = _phases(facts)
    slips = facts["slips"].to_numpy()
    has_origin = uniform(keys, "origin/told") < 0.65
    about = choose(keys, "about", 3)
    more = (uniform(keys, "about/more") < 0.4) & ~(has_origin & (slips > 0))
    knows_rival, knows_buyer = _known(facts, "competition"), _known(facts, "economic_buyer")
    tells_people = (about == 0) | (more & (about == 1)) | (~knows_rival & (about == 1))
    # That the champion has left is told by everybody.
    tells_people |= (facts["champion_tone"] == "departed").fill_null(value=False).to_numpy()
    tells_rival = knows_rival & ((about == 1) | (more & (about == 2)))
    tells_buyer = ((about == 2) | (more & (about == 0))) & (knows_buyer | (phase != "early"))
    # What nobody has said is guessed at the end; what somebody said stays theirs.
    told_on = _only(_known(facts, "identify_pain"), facts["identify_pain_date"])
    pain_words = words.with_words(
        {**element_date_words(facts, "identify_pain", keys), **persons_on(facts, told_on, words)}
    )
    words_at_first = words.with_words(persons_on(facts, facts["created_date"], words))
    return {
        "why": _say("why", of_kind(facts, _pain_sections(facts)), pain_words, keys),
        "now": _say("now", _now_sections(facts, phase, keys), words, keys),
        "product_reason": _say("product_reason", _product_sections(facts, phase), words, keys),
        "origin": _say("origin", _only(has_origin, _origin_sections(facts)), words_at_first, keys),
        "stage": _say("stage", of_kind(facts, facts["stage_name"]), words, keys),
        "slip": _say("slip", _only(slips > 0, pl.Series(np.where(slips == 1, "once", "often"))), words, keys),
        "people": _say("people", _only(tells_people, _trust_sections(facts, "champion")), words, keys),
        "buyer": _say("buyer", _only(tells_buyer, _trust_sections(facts, "economic_buyer")), words, keys),
        "rival": _say(
            "rival", _only(tells_rival, pl.Series(np.where(rival_kinds(keys), VENDOR, INTERNAL))), words, keys
        ),
    }


def _say(bank_name: str, sections: pl.Series, words: Words, keys: UInt64Array) -> pl.Series:
    (bank,) = banks(NOTES_FILE)[bank_name]
    return render(bank, bank.codes(sections), words, keys)


def _only(condition: BoolArray, sections: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(condition)).then(sections)).to_series()


def _known(facts: pl.DataFrame, element: str) -> BoolArray:
    return (facts[f"{element}_witness"].fill_null(0) >= 1).to_numpy()


def _phases(facts: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    stage = facts["stage_name"]
    early, late = stage.is_in(_EARLY_STAGES).to_numpy(), stage.is_in(_LATE_STAGES).to_numpy()
    return np.where(early, "early", np.where(late, "late", "middle"))


def _pain_sections(facts: pl.DataFrame) -> pl.Series:
    witness, tone = pl.col("identify_pain_witness").fill_null(0), pl.col("identify_pain_tone")
    return facts.select(
        pl.when(witness == 0)
        .then(pl.lit("guessed"))
        .when(tone.is_in(["optimistic", "outdated"]))
        .then(tone)
        .when(witness == 1)
        .then(pl.lit("identified"))
        .otherwise(pl.lit("validated"))
    ).to_series()


def _product_sections(facts: pl.DataFrame, phase: np.ndarray[tuple[int], np.dtype[np.str_]]) -> pl.Series:
    others = np.where(facts["is_customer"].to_numpy(), "installed", np.where(phase == "early", "early", "new"))
    return pl.Series(np.where(is_renewal(facts), RENEWAL_SECTION, others))


def _now_sections(
    facts: pl.DataFrame, phase: np.ndarray[tuple[int], np.dtype[np.str_]], keys: UInt64Array
) -> pl.Series:
    passed = (day_numbers(facts["close_date"]) > event_days(facts)) | (facts["slips"] >= 3).to_numpy()
    unknown = uniform(keys, "now/known") < np.where(phase == "early", 0.4, 0.1)
    others = np.where(unknown, "unknown", np.where(passed, "passed", "ahead"))
    return pl.Series(np.where(is_renewal(facts), RENEWAL_SECTION, others))


def _origin_sections(facts: pl.DataFrame) -> pl.Series:
    is_new = facts["type"] == NEW_CUSTOMER
    return pl.select(pl.when(is_new).then(facts["lead_source"]).otherwise(of_business(facts))).to_series()


def _trust_sections(facts: pl.DataFrame, element: str) -> pl.Series:
    witness, tone = pl.col(f"{element}_witness").fill_null(0), pl.col(f"{element}_tone")
    return facts.select(
        pl.when(tone == "departed")
        .then(pl.lit("departed"))
        .when(witness == 0)
        .then(pl.lit("unknown"))
        .when((witness == 1) | (tone != "plain"))
        .then(pl.lit("named"))
        .otherwise(pl.lit("engaged"))
    ).to_series()
