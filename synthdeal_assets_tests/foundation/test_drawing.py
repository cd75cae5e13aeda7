"""Random numbers by key, and the names that are drawn with them."""

import re

import numpy as np
import pytest

from synthdeal_assets.foundation.drawing.entries import whole_groups
from synthdeal_assets.foundation.drawing.names.companies import INDUSTRIES, invented_companies, invented_stems
from synthdeal_assets.foundation.drawing.names.persons import drawn_person_names
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import choose, choose_by_share, mix, normal, uniform

KEYS = np.arange(100_000, dtype=np.uint64)


def test_a_number_depends_on_its_key_and_salt_and_on_nothing_else() -> None:
    some = KEYS[[70_000, 3, 3]]
    assert mix(some, "age").tolist() == mix(KEYS, "age")[[70_000, 3, 3]].tolist()
    assert (mix(KEYS, "age") != mix(KEYS, "height")).all()


def test_the_numbers_are_those_that_were_drawn_before() -> None:
    # Stored worlds hang on them; a change makes every row of every home another one.
    assert mix(KEYS[:2], "age").tolist() == [8681132466593189835, 1704824715222263313]
    assert choose(KEYS[:6], "age", 10).tolist() == [4, 0, 6, 6, 7, 1]
    assert normal(KEYS[:3], "age").tolist() == [-0.073809, -1.326076, 0.409893]


def test_shares_and_ranges_are_kept_within_chance() -> None:
    # Five standard deviations: fails by chance once in a million salts, and the salt is fixed.
    places = np.bincount(choose_by_share(KEYS, "stage", [0.05, 0.7, 0.25]), minlength=3) / KEYS.size
    assert np.abs(places - [0.05, 0.7, 0.25]).max() < 5 * np.sqrt(0.7 * 0.3 / KEYS.size)
    drawn = uniform(KEYS, "share")
    assert 0 <= drawn.min() < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 5 * np.sqrt(1 / 12 / KEYS.size)
    assert set(choose(KEYS, "one of three", 3).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("groups", "parts"),
    [
        ([], [0]),
        ([4], [1]),
        ([1, 1, 2, 2, 2, 3], [2, 4]),
        ([7, 7, 7, 7, 7, 8], [6]),
        ([0, 1, 2, 3, 4, 5], [2, 2, 2]),
    ],
)
def test_entries_are_parted_between_groups_and_never_within_one(groups: list[int], parts: list[int]) -> None:
    entries = np.arange(len(groups)) + 50
    found = whole_groups(entries, np.array(groups, dtype=np.int64), 2)
    assert [part.size for part in found] == parts
    assert np.concatenate(found).tolist() == entries.tolist()


def test_a_person_bears_a_name_as_people_write_it() -> None:
    locales = ("en_US", "en_IE", "nl_NL", "nl_BE", "de_DE", "zu_ZA", "tr_TR", "es_MX", "pt_BR")
    pools = drawn_person_names(locales, range(len(locales)))
    first, last = set(pools.first), set(pools.last)
    assert {"McDonald", "O'Connor", "MacDonald", "van den Berg", "Van de Velde", "de la Rosa", "da Costa"} <= last
    assert {"Hans-Joachim", "María José", "Ana Luísa"} & first
    for odd in ("Mcdonald", "Oconnor", "Obrien", "Koch II", "VI", "Dussen van", "Bourgondië, van", "auch Schlauchin"):
        assert odd not in last
    for odd in ("SimphiweyiNkosi", "N\N{SMALL TILDE}zamett\N{SMALL TILDE}n", "Hans-J.", "Klaus-D."):
        assert odd not in first
    words = [word for name in first | last for word in name.split()]
    assert [word for word in words if re.search(r"[^\w'\N{RIGHT SINGLE QUOTATION MARK}-]|\d|_", word)] == []
    assert {"Mchunu"} & last
    assert pools.last_ascii.filter(pools.last == "O'Connor").unique().to_list() == ["oconnor"]


def test_a_locale_in_another_script_gives_names_in_latin_letters() -> None:
    pools = drawn_person_names(["ja_JP", "de_DE"], [1, 2])
    assert pools.locales == ("ja_JP", "de_DE")
    assert all(name.isascii() for name in pools.first[: int(pools.first_start[1])])
    alone = drawn_person_names(["de_DE"], [2])
    assert alone.first.to_list() == pools.first[int(pools.first_start[1]) :].to_list()


def test_the_company_with_a_number_is_the_same_whichever_others_are_made() -> None:
    starts = np.arange(len(INDUSTRIES))
    many = invented_companies(np.arange(200_000), starts, "word")
    assert many["name"].is_unique().all()
    some = np.array([170_000, 5])
    assert invented_companies(some, starts, "word").rows() == many[some].rows()
    with pytest.raises(ValueError, match="fictional names"):
        invented_companies(np.array([invented_stems().len() * 1_000 * len(INDUSTRIES)]), starts, "word")


@pytest.mark.parametrize(
    ("text", "expected"), [("Łukasz Größe", "lukasz-grosse"), ("Macy's", "macy-s"), ("Søren & Æ", "soren-ae")]
)
def test_addresses_are_spelled_in_plain_letters(text: str, expected: str) -> None:
    assert slug(text) == expected
