"""YAML as people write it: text alone, with the line of everything."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synthdeal_assets.foundation.plain_yaml import NotPlainYamlError, read_plain_yaml

PLAIN = st.recursive(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc: -#'\"", min_size=1), inner, max_size=3),
    max_leaves=12,
)


def refused(text: str, deepest: int = 4) -> tuple[str, int | None]:
    with pytest.raises(NotPlainYamlError) as raised:
        read_plain_yaml(text, deepest=deepest)
    return raised.value.problem, raised.value.line


def test_what_looks_like_a_number_a_day_or_a_truth_stays_text() -> None:
    assert read_plain_yaml("NO: 007\n2021: [yes, ~, 2024-01-01, 1e3]\n", deepest=4).data == {
        "NO": "007",
        "2021": ["yes", "~", "2024-01-01", "1e3"],
    }


def test_everything_has_its_line() -> None:
    written = read_plain_yaml("a: 1\nb:\n  - x\n  - c: 2\n    d:\n      3\n", deepest=4)
    assert {path: line for path, line in written.lines.items() if path} == {
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 5,
    }
    assert written.line_of(("b", 1, "d", "no such")) == 5
    assert written.line_of(("no such",)) is None


@given(PLAIN)
def test_what_was_written_is_read_again(data: object) -> None:
    assert read_plain_yaml(yaml.safe_dump(data, default_style='"', allow_unicode=True), deepest=50).data == data


def test_an_empty_text_says_nothing() -> None:
    assert read_plain_yaml("", deepest=4).data is None
    assert read_plain_yaml("# nothing\n", deepest=4).data is None


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("a: &x 1\nb: *x\n", "`*x` refers to what is written elsewhere", 2),
        ("a: &x {c: 1}\nb:\n  <<: *x\n", "`*x` refers to what is written elsewhere", 3),
        ("a: 1\nb: 2\na: 3\n", "`a` is there twice", 3),
        ("a: 1\n? [x]\n: 2\n", "a key that is no text", 2),
        ("a: 1\n---\nb: 2\n", "a second document begins", 2),
        ("a:\n\t- b\n", "a tab stands where only spaces may", 2),
    ],
)
def test_what_is_more_than_keys_lists_and_texts_is_refused_with_its_line(text: str, problem: str, line: int) -> None:
    assert refused(text) == (problem, line)


def test_an_anchor_that_nothing_refers_to_does_no_harm() -> None:
    assert read_plain_yaml("a: &x 1\n", deepest=4).data == {"a": "1"}


def test_depth_is_refused_before_it_costs_anything() -> None:
    assert read_plain_yaml("a: [[[x]]]", deepest=3).data == {"a": [[["x"]]]}
    assert refused("a: [[[x]]]", deepest=2) == ("lists within lists too deep", 1)
    # The tree of so many would end the process: the parser in C calls itself for each.
    assert refused("[" * 200_000)[0] == "lists within lists too deep"
