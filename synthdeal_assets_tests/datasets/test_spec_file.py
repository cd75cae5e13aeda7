"""A specification as a person writes it, and every mistake that can be made in it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from synthdeal_assets.datasets.spec.grammar import ChildRows, FieldSpec, json_schema
from synthdeal_assets.datasets.spec.spec_file import LARGEST, load_specification, parse_specification
from synthdeal_assets.errors import SynthDealError

SHOP = """
dataset: shop
seed: 3
as_of: 2026-01-31
tables:
  products: {rows: 400, fields: {product_id: {key: "[A-Z]{2}-[0-9]{4}"}, category: {one_of: {NO: 50%, Toys: rest}}}}
  orders:
    rows: 5_000
    fields:
      order_id: {key: integer}
      email: person.email
      ordered_on: {date: 2025-01-01 .. 2025-12-31}
      shipped_on: {date: ordered_on .. ordered_on + 14 days, missing: 3%}
      net: {sum: order_lines.amount, where: "quantity > 1"}
      smallest: {min: order_lines.amount}
      tax: {formula: "round(net * 0.19, 2)"}
      returned: {flag: 5%}
  order_lines:
    rows: {per: orders, count: {1: 50%, 2: 30%, 5: 20%}, total: 9_000}
    key: [order_id, product_id]
    fields:
      order_id: {refers_to: orders}
      product_id: {refers_to: products, distinct: order_id, popularity: {zipf: 1.1}}
      quantity: {poisson: 1.5, min: 1}
      amount: {lognormal: {median: 60, p90: 300}, min: 1, max: 5_000, decimals: 2}
    rules: [amount >= 1]
"""


def one_table(fields: str, rows: str = "10") -> str:
    return f"dataset: d\ntables:\n  t:\n    rows: {rows}\n    fields:\n      {fields}\n"


def refusal(text: str) -> str:
    with pytest.raises(SynthDealError) as raised:
        parse_specification(text, "d.yaml")
    assert raised.value.exit_code == 2
    return str(raised.value)


def field(text: str) -> FieldSpec:
    return parse_specification(one_table(f"f: {text}"), "d.yaml").tables["t"].fields["f"]


def test_a_specification_says_what_was_written() -> None:
    shop = parse_specification(SHOP, "shop.yaml")
    assert (shop.dataset, shop.seed, str(shop.as_of), list(shop.tables)) == (
        "shop", 3, "2026-01-31", ["products", "orders", "order_lines"],
    )  # fmt: skip
    # NO is a country and a value here, not the opposite of yes.
    assert shop.tables["products"].fields["category"].one_of == {"NO": Fraction(1, 2), "Toys": Fraction(1, 2)}
    orders = shop.tables["orders"].fields
    assert orders["email"].type == "person.email"
    assert orders["shipped_on"].date == ("ordered_on", "ordered_on + 14 days")
    assert orders["shipped_on"].missing == Fraction(3, 100)
    lines = shop.tables["order_lines"]
    assert isinstance(lines.rows, ChildRows)
    assert lines.rows.count.numbers == {1: Fraction(1, 2), 2: Fraction(3, 10), 5: Fraction(1, 5)}
    assert lines.key == ("order_id", "product_id")
    assert lines.fields["amount"].max == Decimal(5000)


def test_min_and_max_are_bounds_or_roll_ups() -> None:
    shop = parse_specification(SHOP, "shop.yaml")
    smallest = shop.tables["orders"].fields["smallest"]
    assert smallest.roll_up is not None
    assert (smallest.roll_up.how, smallest.roll_up.of, smallest.min) == ("min", "order_lines.amount", None)
    bounded = field("{poisson: 3, min: 2, max: 4}")
    assert (bounded.made_by, bounded.min, bounded.max) == ("poisson", Decimal(2), Decimal(4))


def test_values_of_a_list_have_equal_shares_that_are_exact() -> None:
    assert field("{one_of: [a, b, c]}").one_of == {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}
    ten = ", ".join(f"v{number}: 10%" for number in range(10))
    assert sum((field(f"{{one_of: {{{ten}}}}}").one_of or {}).values()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("f: {uniform: 500 .. 5}", "line 6: `tables.t.fields.f.uniform` is '500 .. 5', whose first number is above"),
        ("f: {uniform: 5}", "two ends such as 5 .. 500"),
        ("f: {uniform: '1,000 .. 2,000'}", "no commas"),
        ("f: {one_of: {a: 50%, b: 60%}}", "come to 110% together: make them 100%"),
        ("f: {one_of: {a: 50%, b: 40%}}", "come to 90% together: make them 100%, or write `rest`"),
        ("f: {one_of: {a: rest, b: rest}}", "`rest` twice"),
        ("f: {one_of: [a, a]}", "'a' twice"),
        ("f: {one_of: []}", "an empty list"),
        ("f: {flag: 5}", "a share such as 5% is wanted"),
        ("f: {flag: 101%}", "100% at most"),
        ("f: {mising: 5%, flag: 5%}", "`mising` is no part of the field `f`: did you mean `missing`?"),
        ("f: {uniform: 1 .. 2, flag: 5%}", "has `flag` and `uniform`: write one of"),
        ("f: {}", "has nothing that makes it"),
        ("f: [x]", "is a list, but a field is the name of a type or a mapping"),
        ("f: {key: integer, missing: 3%}", "a key is never missing"),
        ("f: {lognormal: {median: 3, sd: 4}}", "one of the two pairs"),
        ("f: {lognormal: {median: 3, p90: 2}}", "p90 is the larger"),
        ("f: {normal: {mean: 3, sd: 0}}", "a standard deviation is above 0"),
        ("f: {flag: 5%, decimals: 2}", "`decimals` does not go with `flag`"),
        (
            "f: {uniform: 1 .. 2, where: x > 1}",
            "`where` does not go with `uniform`: it goes with sum/",
        ),
        ("f: {uniform: 1 .. 2, decimals: 12}", "9 decimals at most"),
        ("f: {uniform: 1 .. 9, min: 5, max: 4}", "change their order"),
        ("f: {date: 2025-01-01}", "two ends"),
        ("2nd: {flag: 5%}", "a name begins with a letter"),
        ("f: ''", "nothing, but a text is wanted"),
    ],
)
def test_a_mistake_in_a_field_is_a_sentence_with_its_line(fields: str, said: str) -> None:
    message = refusal(one_table(fields))
    assert message.startswith("d.yaml, line ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("40o", "`tables.t.rows` is '40o', but a whole number such as 5_000 is wanted"),
        ("10_000_000_000", "1,000,000,000 rows at most"),
        ("-1", "a whole number"),
        ("{per: t, cuont: 3, count: 3}", "`cuont` is no part of `rows`: did you mean `count`?"),
        ("{per: t}", "`count` is missing in `rows`"),
        ("{per: t, count: {1: 50%, 2: 60%}}", "110%"),
        ("{per: t, count: {poisson: 3, geometric: 3}}", "write one of"),
        ("{per: t, count: {poisson: 0}}", "above 0"),
        ("{per: t, count: {poisson: 3, min: 5, max: 4}}", "change their order"),
    ],
)
def test_a_mistake_in_the_rows_is_a_sentence_with_its_line(rows: str, said: str) -> None:
    message = refusal(one_table("f: {flag: 5%}", rows))
    assert message.startswith("d.yaml, line 4: ")
    assert said in message


def test_all_mistakes_are_told_at_once() -> None:
    message = refusal("dataset: 7shop\nsed: 3\ntables:\n  a: {rows: x, feilds: {}}\n")
    assert message.splitlines()[0] == "d.yaml has 5 mistakes:"
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == [
        "d.yaml, line 1", "d.yaml, line 4", "d.yaml, line 4", "d.yaml, line 4", "d.yaml, line 2",
    ]  # fmt: skip
    many = ", ".join(f"f{number}: {{flag: 5}}" for number in range(50))
    assert refusal(f"dataset: d\ntables: {{t: {{rows: 1, fields: {{{many}}}}}}}").splitlines()[-1] == "  and 30 more."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no specification"),
        ("- a\n- b\n", "is no specification"),
        ("dataset: d\n", "`tables` is missing"),
        ("dataset: d\ntables: {}\n", "no table"),
        ("dataset: d\ntables:\n\tt: 1\n", "line 3: this cannot be read"),
        ("dataset: d\ndataset: e\n", "line 2: this cannot be read (`dataset` is there twice)"),
        ("dataset: &a d\nseed: *a\n", "line 2: this cannot be read (`*a` refers to what is written elsewhere)"),
        ("a" * (LARGEST + 1), "more than 1,000,000 characters"),
        ("[" * 100_000, "lists within lists too deep"),
    ],
)
def test_a_text_that_is_no_specification_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("dataset: \xe4".encode("latin-1"))
    refusals = {
        tmp_path / "none.yaml": "There is no file",
        tmp_path / "latin.yaml": "no UTF-8",
        tmp_path: "cannot be read",
    }
    for path, said in refusals.items():
        with pytest.raises(SynthDealError, match=said):
            load_specification(path)


def test_editors_are_told_the_same_grammar() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert "one_of" in yaml.safe_dump(schema)
    assert not validator.is_valid({"dataset": "d", "tables": {"t": {"rows": "x", "fields": {"f": {"flag": "5%"}}}}})
    assert validator.is_valid({"dataset": "d", "tables": {"t": {"rows": 5, "fields": {"f": {"flag": "5%"}}}}})
    assert not validator.is_valid({"dataset": "d", "tables": {"t": {"rows": 5, "fields": {"f": {"flga": "5%"}}}}})
