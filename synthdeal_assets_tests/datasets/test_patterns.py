"""Regular expressions counted and numbered, and keys of other forms."""

from __future__ import annotations

import re
import uuid
from itertools import product

import numpy as np
import pytest
from scipy import stats

from synthdeal_assets.datasets.engine.patterns import Pattern
from synthdeal_assets.datasets.engine.text_columns import by_template, is_template, uuids
from synthdeal_assets_tests.failure_codes import failing_with


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        (r"[A-Z]{2}-[0-9]{4}", 6_760_000),
        (r"(INV|CRN)-20\d\d-\d{5}", 20_000_000),
        (r"^\+49 1[567]\d \d{7}$", 300_000_000),
        (r"(?:Mr|Mrs|Dr)\. [A-Z]?", 81),
        (r"x?[äöü€😀]{1,2}", 60),
        (r"(?P<year>20[0-2]\d)-(0[1-9]|1[0-2])", 360),
        (r"[a-c]*", sum(3**k for k in range(11))),
        (r"[^ -}]", 1),
        (r"", 1),
        (r"[A-Za-z0-9]{32}", 62**32),
        (r".{3}|[a-z]{40}", 95**3 + 26**40),
    ],
)
def test_a_pattern_is_counted_and_its_strings_match_it(expression: str, size: int) -> None:
    pattern = Pattern(expression)
    assert pattern.size == size
    drawn = pattern.drawn(np.arange(500), "s")
    assert len(drawn) == 500
    assert all(re.fullmatch(expression, text) for text in drawn)


@pytest.mark.parametrize(
    ("expression", "strings"),
    [
        ("[ab][0-2]", {"".join(pair) for pair in product("ab", "012")}),
        ("a{0,2}(b|cd)", {"b", "cd", "ab", "acd", "aab", "aacd"}),
        ("(x|y)?z", {"z", "xz", "yz"}),
        ("é|ü😀?", {"é", "ü", "ü😀"}),
        ("ab|a", {"ab", "a"}),
    ],
)
def test_every_string_has_one_number(expression: str, strings: set[str]) -> None:
    pattern = Pattern(expression)
    assert pattern.size == len(strings)
    assert set(pattern.strings(np.arange(pattern.size))) == strings
    assert set(pattern.unique(np.arange(pattern.size), pattern.size, "s")) == strings


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        (r"(?=.*\d)[a-z\d]{8}", "look-ahead"),
        (r"a(?<!b)", "look-behind"),
        (r"(\w)\1", "back reference"),
        (r"(a)?(?(1)b|c)", "condition"),
        (r"\bfoo\b[0-9A-F]{6}", "anchor"),
        (r"a^b", "anchor"),
        (r"(^a|b)", "anchor"),
        (r"a$b", "anchor"),
        (r"x{1,100000}", "100,000 times"),
        (r"x{1001,}", "1,011 times"),
        (r"(x{1000}){1000}", "4,000 characters"),
        (r"[^\x00-\xff]", "class without"),
        (r"[^ -~]", "class without"),
        (r"(?i)abc", "flag"),
        (r"(?i:a)b", "flag"),
        (r"(?>ab)", "atomic"),
        (r"a++", "possessive"),
        ("|".join(f"{k}a|{k}b" for k in range(1001)), "alternatives"),
        (r"[a-", "no regular expression"),
        (r"x{99999999999999}", "no regular expression"),
    ],
)
def test_what_cannot_be_numbered_is_refused_by_name(expression: str, what: str) -> None:
    with failing_with("datasets.pattern", naming=what):
        Pattern(expression)


@pytest.mark.parametrize("expression", ["a{1000}", r"\$\^[$^]", r"\\b", "[(?=]"])
def test_what_only_looks_like_it_is_written(expression: str) -> None:
    assert re.fullmatch(expression, Pattern(expression).drawn(np.arange(1), "s")[0])


@pytest.mark.parametrize(
    "expression",
    ["(a|a)*b", "(a+)+$", "[a-z]{2,5}[a-z]{1,3}", "(a|ab)(c|bc)", "(a?){30}", "[a-z]*[a-z]*", "([a-z]{2,4}){9}"],
)
def test_an_ambiguous_pattern_is_refused_where_strings_must_be_unique(expression: str) -> None:
    with failing_with("datasets.ambiguous-pattern"):
        Pattern(expression).unique(np.arange(2), 2, "s")


@pytest.mark.parametrize(
    "expression",
    [
        "[A-Z]{2}-[0-9]{4}",
        "[a-z]{2,5}-[0-9]{1,3}",
        "[a-z]{2,5}[0-9]{1,3}",
        "[a-z]{3,8}@(gmail|web)[.]example",
        "(ab){1,9}",
        "[A-Za-z0-9]{32}",
        "[a-z]{1,40}",
        "(INV|CRN|X)[0-9]{6}",
    ],
)
def test_unique_strings_differ_and_stay_when_the_table_grows(expression: str) -> None:
    pattern = Pattern(expression)
    rows = min(3_000, pattern.size)
    strings = pattern.unique(np.arange(rows), rows, "s")
    assert strings.n_unique() == rows
    later = pattern.unique(np.array([rows - 1, 3, 3]), min(pattern.size, 2 * rows), "s")
    assert later.to_list() == [strings[rows - 1], strings[3], strings[3]]


def test_more_unique_strings_than_there_are_is_refused_with_numbers() -> None:
    with failing_with("datasets.too-few-strings", naming="6,760,000 strings.* 10,000,000"):
        Pattern("[A-Z]{2}-[0-9]{4}").unique(np.arange(5), 10_000_000, "s")


@pytest.mark.parametrize("length", [5, 13, 14, 30])
def test_first_and_last_characters_are_equally_likely_in_patterns_of_any_size(length: int) -> None:
    strings = Pattern(f"[a-z]{{{length}}}").drawn(np.arange(20_000), "s")
    for place in (0, -1):
        counts = np.unique(np.array([text[place] for text in strings]), return_counts=True)[1]
        assert counts.size == 26
        assert stats.chisquare(counts).pvalue > 1e-6


def test_a_row_has_its_string_whatever_rows_are_asked_for_with_it() -> None:
    pattern = Pattern("[a-z]{3,8}|[A-Z]{30}")
    drawn = pattern.drawn(np.arange(1_000), "s")
    assert pattern.drawn(np.array([999, 5, 5]), "s").to_list() == [drawn[999], drawn[5], drawn[5]]
    assert pattern.drawn(np.array([], dtype=np.int64), "s").to_list() == []


def test_long_strings_are_made_in_parts() -> None:
    drawn = Pattern("(x{999}[a-z]){4}").drawn(np.arange(1_100), "s")
    assert drawn.str.len_chars().unique().to_list() == [4000]
    assert drawn.n_unique() > 1_000


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ("ACC-{:06d}", ["ACC-000000", "ACC-000007", "ACC-1234567"]),
        ("{}", ["0", "7", "1234567"]),
        ("{{é}}{:d}%", ["{é}0%", "{é}7%", "{é}1234567%"]),
    ],
)
def test_a_template_writes_numbers_as_python_does(template: str, keys: list[str]) -> None:
    numbers = np.array([0, 7, 1_234_567])
    assert is_template(template)
    assert by_template(numbers, template).to_list() == keys == [template.format(number) for number in numbers.tolist()]


@pytest.mark.parametrize(
    "template", ["ACC", "{}-{}", "{:x}", "{:6d}", "{name}", "{0.__class__}", "{:06d", "}{:06d}", "{!r}"]
)
def test_a_template_without_one_plain_place_for_the_number_is_refused(template: str) -> None:
    with failing_with("datasets.template"):
        by_template(np.array([1]), template)


def test_a_pattern_is_no_template() -> None:
    assert not is_template("[A-Z]{2}-[0-9]{4}")
    assert not is_template("uuid")


def test_uuids_are_of_version_four_and_differ() -> None:
    made = uuids(np.arange(100_000), "s")
    assert made.n_unique() == 100_000
    for text in made[:500]:
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert uuids(np.array([99_999, 0]), "s").to_list() == [made[99_999], made[0]]
    bits = np.array([int(text.replace("-", ""), 16) >> 64 for text in made], dtype=np.uint64)
    ones = [int(((bits >> np.uint64(bit)) & np.uint64(1)).sum()) for bit in range(64) if bit not in range(12, 16)]
    assert max(abs(count - 50_000) for count in ones) < 6 * 158
