"""Numbers as people write them in three languages, and those that can be read in two ways."""

from fractions import Fraction

import pytest

from synthdeal_assets.datasets.words.languages import language
from synthdeal_assets.datasets.words.numbers import read_numbers
from synthdeal_assets.datasets.words.tokens import tokens_of


def values(name: str, text: str) -> list[Fraction]:
    return [reading.value for reading in read_numbers(tokens_of(text), language(name))]


def others(name: str, text: str) -> list[Fraction | None]:
    return [reading.other for reading in read_numbers(tokens_of(text), language(name))]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("english", "1,000", "1000"),
        ("english", "1 000 000", "1000000"),
        ("english", "1'000", "1000"),
        ("english", "1k", "1000"),
        ("english", "2.5k", "2500"),
        ("english", "10M", "10000000"),
        ("english", "half a million", "500000"),
        ("english", "one and a half million", "1500000"),
        ("english", "one point five million", "1500000"),
        ("english", "two dozen", "24"),
        ("english", "a hundred and fifty", "150"),
        ("english", "twelve thousand five hundred", "12500"),
        ("english", "twenty-five", "25"),
        ("german", "1.000", "1000"),
        ("german", "1,5 Mio.", "1500000"),
        ("german", "zwölftausend", "12000"),
        ("german", "hundertfünfzig", "150"),
        ("german", "eintausendzweihundert", "1200"),
        ("german", "einundzwanzig", "21"),
        ("german", "dreihundertfünfundzwanzigtausendsechshundert", "325600"),
        ("german", "eine halbe Million", "500000"),
        ("german", "anderthalb Millionen", "1500000"),
        ("german", "zweieinhalb Millionen", "2500000"),
        ("german", "ein Dutzend", "12"),
        ("spanish", "quinientos", "500"),
        ("spanish", "mil quinientos", "1500"),
        ("spanish", "10 mil", "10000"),
        ("spanish", "treinta y cinco", "35"),
        ("spanish", "medio millón", "500000"),
        ("spanish", "un millón y medio", "1500000"),
        ("spanish", "un millón doscientos mil", "1200000"),
        ("spanish", "media docena", "6"),
        ("spanish", "1.500,25", "6001/4"),
    ],
)
def test_a_number_is_what_people_mean_by_it(name: str, text: str, wanted: str) -> None:
    assert values(name, text) == [Fraction(wanted)]
    assert others(name, text) == [None]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("english", "5 percent", "1/20"),
        ("english", "half a percent", "1/200"),
        ("english", "one in four", "1/4"),
        ("english", "3 out of 4", "3/4"),
        ("english", "every tenth", "1/10"),
        ("english", "two thirds", "2/3"),
        ("german", "70 %", "7/10"),
        ("german", "die Hälfte", "1/2"),
        ("german", "zwei Drittel", "2/3"),
        ("german", "jeder vierte", "1/4"),
        ("german", "einer von zehn", "1/10"),
        ("spanish", "2 por ciento", "1/50"),
        ("spanish", "la mitad", "1/2"),
        ("spanish", "una cuarta parte", "1/4"),
        ("spanish", "uno de cada cuatro", "1/4"),
    ],
)
def test_a_part_is_a_share(name: str, text: str, wanted: str) -> None:
    (reading,) = read_numbers(tokens_of(text), language(name))
    assert (reading.value, reading.share) == (Fraction(wanted), True)


def test_a_mark_is_read_as_the_other_numbers_of_the_request_have_it() -> None:
    assert values("english", "99.90 and 1.000") == [Fraction("99.9"), 1]
    assert values("german", "1,50 und 1.000") == [Fraction("1.5"), 1000]
    assert values("german", "0.99 und 1,000") == [Fraction("0.99"), 1000]


@pytest.mark.parametrize(
    ("name", "text", "value", "other"),
    [
        ("english", "1.000", 1000, 1),
        ("english", "1.500", Fraction(3, 2), 1500),
        ("german", "1,500", Fraction(3, 2), 1500),
        ("german", "1,000", 1000, 1),
        ("english", "12 500", 12500, 12),
        ("english", "5m", 5_000_000, 5),
    ],
)
def test_what_can_be_read_in_two_ways_keeps_both(name: str, text: str, value: Fraction, other: int) -> None:
    (reading,) = read_numbers(tokens_of(text), language(name))
    assert [reading.value, reading.other] == [value, other]


def test_articles_are_no_numbers_and_lists_are_several() -> None:
    assert values("german", "eine Tabelle für einen Kunden") == []
    assert values("spanish", "una tabla de un cliente") == []
    assert values("english", "5,10,20") == [5, 10, 20]
    assert values("english", "one two three") == [1, 2, 3]
