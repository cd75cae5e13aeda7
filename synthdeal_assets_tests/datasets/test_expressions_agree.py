"""What makes the rows and what recounts them give the same values, for expressions that nobody thought of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets_tests.datasets.expression_frame import both

Texts = st.SearchStrategy[str]

WRITTEN = st.sampled_from(["0", "1", "7", "0.19", "2.5", "100", "0.1", "12", "1_000"])
DAYS = st.sampled_from(["1 day", "30 days", "2 weeks", "3 months", "1 year", "11 months", "interval '5 days'"])
CLOCKS = st.sampled_from(["90 minutes", "5 hours", "40 seconds", "1 day", "1 month"])
LITERALS = st.sampled_from(["'Closed Won'", "'ß'", "''", "' x'", "'it''s'", "'%'", "'日'"])
PATTERNS = st.sampled_from(
    ["'%o%'", "'_'", "'%'", "''", "'100!%' escape '!'", "'a$_b' escape '$'", "'C%n'", "'%\n%'", "'.*'", "'\\'", "'İ%'"]
)
COMPARISON = st.sampled_from(["=", "<>", "<", "<=", ">", ">=", "!="])


def number(depth: int) -> Texts:
    leaves = st.one_of(st.sampled_from(["net", "rate", "quantity", "rank"]), WRITTEN)
    if depth == 0:
        return leaves
    inside = number(depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, inside, st.sampled_from("+-*/%"), inside),
        st.builds("{} - {} / {} * {}".format, inside, inside, inside, inside).map("({})".format),
        st.builds("(- {})".format, inside),
        st.builds("{}({})".format, st.sampled_from(["abs", "floor", "ceil", "round"]), inside),
        st.builds("round({}, {})".format, inside, st.integers(-2, 4)),
        st.builds("{}({}, {})".format, st.sampled_from(["coalesce", "least", "greatest"]), inside, inside),
        st.builds("case when {} then {} else {} end".format, condition(depth - 1), inside, inside),
        st.builds("case {} when {} then {} end".format, inside, inside, inside),
        st.builds("length({})".format, text(depth - 1)),
        st.builds("({} - {})".format, day(depth - 1), day(depth - 1)),
        st.builds("({} - {})".format, time(depth - 1), time(depth - 1)),
        st.builds("date_diff('day', {}, {})".format, time(depth - 1), day(depth - 1)),
        st.builds(
            "{}({})".format,
            st.sampled_from(["year", "month", "day", "quarter", "week", "weekday", "isodow"]),
            st.one_of(day(depth - 1), time(depth - 1)),
        ),
        st.builds("extract({} from {})".format, st.sampled_from(["hour", "minute", "second", "dow"]), time(depth - 1)),
    )


def text(depth: int) -> Texts:
    leaves = st.one_of(st.sampled_from(["stage", "account_id.country"]), LITERALS)
    if depth == 0:
        return leaves
    inside = text(depth - 1)
    return st.one_of(
        leaves,
        st.builds("{}({})".format, st.sampled_from(["lower", "upper", "trim"]), inside),
        st.builds("{}({}, {})".format, st.sampled_from(["concat", "coalesce", "least", "greatest"]), inside, inside),
        st.builds("({} || {} || {})".format, inside, inside, inside),
        st.builds("substring({}, {}, {})".format, inside, st.integers(1, 4), st.integers(0, 4)),
        st.builds("substring({}, {})".format, inside, st.integers(1, 4)),
        st.builds("case when {} then {} else null end".format, condition(depth - 1), inside),
        st.builds("cast({} as text)".format, st.one_of(day(depth - 1), time(depth - 1), st.just("quantity"))),
    )


def day(depth: int) -> Texts:
    leaves = st.sampled_from(["created_on", "close_date", "as_of", "2024-02-29", "date '2023-01-31'"])
    if depth == 0:
        return leaves
    inside = day(depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, inside, st.sampled_from("+-"), DAYS),
        st.builds("({} + {})".format, inside, st.sampled_from(["quantity", "rank", "round(rate)", "rate", "3"])),
        st.builds("{}({}, {})".format, st.sampled_from(["coalesce", "least", "greatest"]), inside, inside),
        st.builds("case when {} then {} else {} end".format, condition(depth - 1), inside, inside),
        st.builds("cast({} as date)".format, time(depth - 1)),
    )


def time(depth: int) -> Texts:
    leaves = st.sampled_from(["at", "deal_id.at", "2024-02-29 12:30"])
    if depth == 0:
        return leaves
    inside = time(depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, inside, st.sampled_from("+-"), CLOCKS),
        st.builds("{}({}, {})".format, st.sampled_from(["coalesce", "least", "greatest"]), inside, day(depth - 1)),
    )


def condition(depth: int) -> Texts:
    leaves = st.sampled_from(["won", "account_id.active", "true", "(stage is null)", "(net > rate)"])
    if depth == 0:
        return leaves
    inside = condition(depth - 1)
    alike = st.one_of(
        *(st.tuples(kind(depth - 1), kind(depth - 1), kind(depth - 1)) for kind in (number, text, day, time)),
        st.tuples(day(depth - 1), time(depth - 1), day(depth - 1)),
    )
    return st.one_of(
        leaves,
        st.tuples(alike, COMPARISON).map(lambda drawn: f"({drawn[0][0]} {drawn[1]} {drawn[0][1]})"),
        alike.map(lambda three: f"({three[0]} between {three[1]} and {three[2]})"),
        alike.map(lambda three: f"({three[0]} is not null)"),
        st.builds("({} {} {})".format, inside, st.sampled_from(["and", "or", "="]), inside),
        st.builds("(not {})".format, inside),
        st.builds("({} is {} {})".format, inside, st.sampled_from(["", "not"]), st.sampled_from(["true", "false"])),
        st.builds("({} {} like {})".format, text(depth - 1), st.sampled_from(["", "not"]), PATTERNS),
        st.builds("({} {} in ('Closed Won', '', 'ß'))".format, text(depth - 1), st.sampled_from(["", "not"])),
        st.builds("({} in (1, -4, 2.5))".format, number(depth - 1)),
        st.builds("({} in (2024-02-29, '2025-06-01', as_of))".format, day(depth - 1)),
    )


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.one_of(number(2), text(2), day(2), time(2), condition(2)))
def test_both_engines_give_the_same_values(expression: str) -> None:
    both(expression)
