"""Corrections in words change what was said and nothing else, and keep what the person wrote around it."""

import pytest

from synthdeal_assets.datasets.spec.spec_file import parse_specification
from synthdeal_assets.datasets.types.field_names import type_of_name
from synthdeal_assets.datasets.words.corrections import Correction, correct
from synthdeal_assets_tests.datasets.words.judged import AS_OF, plan_of

SHOP = """# my shop
dataset: shop
seed: 7  # lucky
as_of: 2026-11-28
locale: en_US
tables:
  customers:
    rows: 200   # enough
    fields:
      customer_id: {key: integer}
      name: person.full_name   # as in the passport
      mail: {type: person.email, unique: true}
      phone_number: person.phone
      city: place.city
      tier: {one_of: {Gold: 20%, Silver: 30%, Bronze: 50%}}
      age: {type: person.age, min: 18, max: 80}
  orders:
    rows: {per: customers, count: 3}
    fields:
      order_id: {key: integer}
      customer_id: {refers_to: customers}
      net: {uniform: 5 .. 500, decimals: 2}
      tax: {formula: "round(net * 0.19, 2)"}
      status: {one_of: [open, paid]}
"""
TIENDA = """dataset: tienda
tables:
  clientes:
    rows: 200
    fields:
      nombre: person.full_name
      telefono: person.phone
      nivel: {one_of: {Oro: 20%, Plata: rest}}
"""
LADEN = """dataset: laden
tables:
  kunden:
    rows: 200  # erst einmal
    fields:
      name: person.full_name
      telefon: person.phone
      stufe: {one_of: {Gold: 20%, Silber: rest}}
"""


def said(text: str, words: str) -> Correction:
    return correct(text, words, as_of=AS_OF, type_of_name=type_of_name)


@pytest.mark.parametrize(
    ("text", "words", "diff"),
    [
        (
            SHOP,
            "make it 500 rows and drop the phone",
            ["-    rows: 200   # enough", "+    rows: 500   # enough", "-      phone_number: person.phone"],
        ),
        (SHOP, "drop the phone", ["-      phone_number: person.phone"]),
        (SHOP, "seed 42", ["-seed: 7  # lucky", "+seed: 42 # lucky"]),
        (
            SHOP,
            "gold should be 10%",
            [
                "-      tier: {one_of: {Gold: 20%, Silver: 30%, Bronze: 50%}}",
                "+      tier: {one_of: {Gold: 10%, Silver: 33.75%, Bronze: rest}}",
            ],
        ),
        (
            SHOP,
            "paid 80%",
            ["-      status: {one_of: [open, paid]}", "+      status: {one_of: {open: rest, paid: 80%}}"],
        ),
        (SHOP, "add a column birthday to customers", ["+      birthday: person.birth_date"]),
        (
            SHOP,
            "rename mail to email",
            ["-      mail: {type: person.email, unique: true}", "+      email: {type: person.email, unique: true}"],
        ),
        (
            SHOP,
            "net between 10 and 50",
            ["-      net: {uniform: 5 .. 500, decimals: 2}", "+      net: {uniform: 10 .. 50, decimals: 2}"],
        ),
        (
            SHOP,
            "age at least 21",
            ["-      age: {type: person.age, min: 18, max: 80}", "+      age: {type: person.age, min: 21, max: 80}"],
        ),
        (SHOP, "5% of the cities missing", ["-      city: place.city", "+      city: {type: place.city, missing: 5%}"]),
        (
            SHOP,
            "3 to 5 orders per customer",
            ["-    rows: {per: customers, count: 3}", "+    rows: {per: customers, count: {uniform: 3 .. 5}}"],
        ),
        (
            SHOP,
            "rename customers to clients",
            [
                "-  customers:",
                "+  clients:",
                "-    rows: {per: customers, count: 3}",
                "+    rows: {per: clients, count: 3}",
                "-      customer_id: {refers_to: customers}",
                "+      customer_id: {refers_to: clients}",
            ],
        ),
        (
            SHOP,
            "rename net to net_amount",
            [
                "-      net: {uniform: 5 .. 500, decimals: 2}",
                '-      tax: {formula: "round(net * 0.19, 2)"}',
                "+      net_amount: {uniform: 5 .. 500, decimals: 2}",
                '+      tax: {formula: "round(net_amount * 0.19, 2)"}',
            ],
        ),
        (LADEN, "mach 500 Zeilen und lösche das Telefon",
         ["-    rows: 200  # erst einmal", "+    rows: 500  # erst einmal", "-      telefon: person.phone"]),
        (LADEN, "Gold soll 10 % sein",
         ["-      stufe: {one_of: {Gold: 20%, Silber: rest}}", "+      stufe: {one_of: {Gold: 10%, Silber: rest}}"]),
        (LADEN, "füge eine Spalte Geburtsdatum hinzu", ["+      geburtsdatum: person.birth_date"]),
        (LADEN, "benenne telefon in handy um", ["-      telefon: person.phone", "+      handy: person.phone"]),
        (TIENDA, "haz 500 filas y quita el teléfono",
         ["-    rows: 200", "+    rows: 500", "-      telefono: person.phone"]),
        (TIENDA, "oro debe ser 10%",
         ["-      nivel: {one_of: {Oro: 20%, Plata: rest}}", "+      nivel: {one_of: {Oro: 10%, Plata: rest}}"]),
        (TIENDA, "añade una columna edad", ["+      edad: person.age"]),
        (TIENDA, "renombra telefono a movil", ["-      telefono: person.phone", "+      movil: person.phone"]),
    ],
)  # fmt: skip
def test_a_correction_changes_these_lines(text: str, words: str, diff: list[str]) -> None:
    correction = said(text, words)
    assert list(correction.diff) == diff
    assert (correction.not_understood, bool(correction.done)) == ((), True)
    parse_specification(correction.text, "the corrected one")


@pytest.mark.parametrize(
    "words",
    [
        "make it blue",
        "gold 60% silver 60%",
        "platinum should be 10%",
        "drop net",
        "remove customers",
        "rename city to age",
        "add iban",
        "age between 90 and 10",
        "twice as many orders",
        "lorem ipsum dolor",
    ],
)
def test_what_is_not_understood_changes_nothing_and_is_said(words: str) -> None:
    correction = said(SHOP, words)
    assert correction.text == SHOP
    assert (correction.diff, correction.done) == ((), ())
    assert [span.text for span in correction.not_understood] == [words]


def test_the_understood_half_of_a_correction_holds() -> None:
    correction = said(SHOP, "drop the city and make it blue")
    assert list(correction.diff) == ["-      city: place.city"]
    assert [span.text for span in correction.not_understood] == ["make it blue"]


@pytest.mark.parametrize("words", ["undo", "rückgängig", "mach das rückgängig", "deshaz", "deshacer"])
def test_undo_is_told_to_who_keeps_the_versions(words: str) -> None:
    correction = said(SHOP, words)
    assert (correction.undo, correction.text) == (True, SHOP)


def test_why_something_is_there_is_told_with_the_words() -> None:
    plan = plan_of("100 customers with name and city")
    text = plan.specification_text()
    for words in ("why is city there?", "warum ist city da?", "¿por qué está city?"):
        correction = correct(text, words, as_of=AS_OF, type_of_name=type_of_name, plan=plan)
        assert "'city'" in correction.answers[0]
    key = correct(text, "why is customer_id there?", as_of=AS_OF, type_of_name=type_of_name, plan=plan)
    assert "nobody said it" in key.answers[0]


def test_a_number_that_can_be_read_in_two_ways_is_said() -> None:
    correction = said(SHOP, "make it 1.500 rows")
    assert "1500" in str(correction.answers) + correction.text
    assert correction.answers


def test_a_table_can_be_added() -> None:
    correction = said(SHOP, "add 50 products with name and price between 5 and 10")
    assert list(correction.diff) == [
        "+  products:",
        "+    rows: 50",
        "+    fields:",
        "+      product_id: {key: integer}",
        "+      name: product.name",
        "+      price: {uniform: 5 .. 10, decimals: 2}",
    ]


@pytest.mark.parametrize(
    ("request_", "question", "answer", "line"),
    [
        ("customers with name and email", "How many rows has customers?", "500", "    rows: 500"),
        ("1.000 customers with name", "Is '1.000' 1000 or 1?", "1", "    rows: 1"),
        ("30 users with stock at least 3", "What is the greatest stock?", "80",
         "      stock: {uniform: 3 .. 80, decimals: 0}"),
        ("30 users, half of them women", "What shall gender be called?", "sex",
         "      sex: {one_of: {female: 50%, male: rest}}"),
        ("30 users, phone nullable", "In which part of the rows is phone missing?", "25%",
         "      phone: {type: person.phone, missing: 25%}"),
    ],
)  # fmt: skip
def test_an_answer_is_a_correction(request_: str, question: str, answer: str, line: str) -> None:
    plan = plan_of(request_)
    asked = next(one for one in plan.questions if one.text == question)
    corrected = said(plan.specification_text(), asked.correction.format(answer=answer))
    assert f"+{line}" in corrected.diff
    assert corrected.not_understood == ()
