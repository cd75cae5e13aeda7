"""Totals, documents that came to nothing and buyers who are nobody are not counted; what only looks so is."""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.sales.product_map.document_states import SaidOfDocuments, said_of_documents
from synthdeal_assets.sales.product_map.proposed_roles import roles_of_documents
from synthdeal_assets.sales.product_map.sampled_log import sampled_log
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop

HEADER = "Customer ID,Order Date,Invoice,Product,Category,Qty,Amount"
SALES = [
    ("Alpha Ltd", "2024-01-03", "I1", "Drill", "Tools", 2, "10.50"),
    ("Alpha Ltd", "2024-01-09", "I2", "Bolt", "Parts", 1, "4.25"),
    ("Beta & Sons", "2024-02-03", "I3", "Drill", "Tools", 3, "15.75"),
    ("Beta & Sons", "2024-02-11", "I4", "Bolt", "Parts", 7, "29.75"),
    ("Gamma GmbH", "2024-03-03", "I5", "Saw", "Tools", 1, "99.00"),
]
MONEY, UNITS = 159.25, 14


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def log(*rows: tuple[object, ...], header: str = HEADER) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def reasons(shop: Shop) -> Counter[object]:
    return Counter(reason for _, _, reason, *_ in shop.rejected())


def read(shop: Shop, text: str, more: str = "", **values: object) -> Counter[object]:
    """Read a log as it is proposed, or with lines added to a map; returns the reasons of its rejected rows."""
    product_map = None
    if more:
        roles = {"customer_id": "Customer ID", "order_date": "Order Date", "invoice": "Invoice"}
        roles |= {"layout": "long", "product_column": "Product", "money_column": "Amount", "quantity_column": "Qty"}
        product_map = "".join(f"{key}: {name}\n" for key, name in roles.items()) + more
    shop.read({"log.csv": text}, product_map=product_map, **values)
    return reasons(shop)


TOTALS = [
    "Grand Total", "TOTAL", "Subtotal:", "Gesamtsumme", "Summe", "Zwischensumme", "Total général", "Totale", "Suma",
    "RAZEM", "Celkem", "Összesen", "Toplam", "GENEL TOPLAM", "Итого", "Всего:", "Σύνολο", "Yhteensä", "Totaal",
    "ΣΥΝΟΛΟ", "I alt", "Sammanlagt", "Łącznie", "Ukupno", "Kokku", "Iš viso", "Total geral", "Suma total",
    "*** Total ***",
]  # fmt: skip


def test_a_total_at_the_end_is_no_customer_in_any_language(shop: Shop) -> None:
    found = read(shop, log(*SALES, *((word, "2024-03-03", "", "", "", UNITS, MONEY) for word in TOTALS)))
    assert found == {"total of other rows": len(TOTALS)}
    assert sum(float(str(row[3])) for row in shop.facts()) == MONEY
    assert f"{len(TOTALS)} rows are totals of other rows and not counted" in shop.caveats()


def test_subtotals_and_a_total_between_the_lines_are_found_by_name_and_sum(shop: Shop) -> None:
    subtotals = [
        ("Total for Alpha Ltd", "2024-01-31", "", "", "", 3, "14.75"),
        ("Beta & Sons Total", "2024-02-28", "", "", "", 10, "45.50"),
    ]
    rows = [
        *SALES[:2],
        subtotals[0],
        *SALES[2:4],
        subtotals[1],
        SALES[4],
        ("Total", "2024-03-31", "", "", "", UNITS, MONEY),
    ]
    assert read(shop, log(*rows)) == {"total of other rows": 3}
    assert sum(float(str(row[3])) for row in shop.facts()) == MONEY


def test_the_subtotal_of_a_single_row_is_found_beside_those_of_several(shop: Shop) -> None:
    def subtotal(customer: object, units: int, money: str) -> tuple[object, ...]:
        return (customer, "2024-03-31", "", "Summe", "", units, money)

    first, second = subtotal(SALES[0][0], 3, "14.75"), subtotal(SALES[2][0], 10, "45.50")
    single = subtotal(SALES[4][0], SALES[4][5], str(SALES[4][6]))
    found = read(shop, log(*SALES[:2], first, *SALES[2:4], second, SALES[4], single))
    assert found == {"total of other rows": 3}
    # A product of that name that only ever comes to the one row above it may be sold.
    once = [
        (SALES[0][0], f"2024-01-0{day}", f"T{day}{product}", product, "Tools", 1, f"{day}.00")
        for day in (1, 2)
        for product in ("Drill", "Summe")
    ]
    assert read(shop, log(*once, *SALES)) == {}


@pytest.mark.parametrize("place", ["product", "invoice", "top"])
def test_a_total_is_found_wherever_it_says_so(shop: Shop, place: str) -> None:
    rows = {
        "product": [*SALES, ("Gamma GmbH", "2024-03-03", "I5", "Subtotal", "", UNITS, MONEY)],
        "invoice": [*SALES, ("Gamma GmbH", "2024-03-03", "Total", "", "", UNITS, MONEY)],
        "top": [("Total", "2024-03-03", "", "", "", UNITS, MONEY), *SALES],
    }[place]
    assert read(shop, log(*rows)) == {"total of other rows": 1}


def test_a_row_without_a_product_that_is_the_sum_of_those_above_it_is_a_total(shop: Shop) -> None:
    sales = SALES * 5
    rows = [(*sale[:2], f"N{place}", *sale[3:]) for place, sale in enumerate(sales)]
    assert read(shop, log(*rows, ("Gamma GmbH", "2024-03-03", "", "", "", 5 * UNITS, 5 * MONEY))) == {
        "total of other rows": 1
    }
    assert read(shop, log(*rows, ("Gamma GmbH", "2024-03-03", "N99", "", "", 5, "5.00"))) == {}


def test_a_customer_whose_name_says_total_buys_as_others_do(shop: Shop) -> None:
    names = ["Total Energies", "Total", "Suma Foods", "Suma", "Sum", "Summe & Co", "Totalé", "Spolu s.r.o."]
    bought = [
        (name, f"2024-03-0{day}", f"T{place}-{day}", "Drill", "Tools", day, f"{day}.{40 + place}")
        for place, name in enumerate(names)
        for day in range(4, 8)
    ]
    assert read(shop, log(*SALES, *bought)) == {}
    assert len(shop.facts()) == len(SALES) + 4 * len(names)


def test_a_product_called_total_is_sold(shop: Shop) -> None:
    sold = [
        ("Alpha Ltd", f"2024-03-0{day}", f"T{day}", "Total", "Tooth Paste", day, f"{day}.40") for day in range(4, 8)
    ]
    assert read(shop, log(*SALES, *sold)) == {}


def test_the_map_counts_totals_that_are_none(shop: Shop) -> None:
    text = log(*SALES, ("Grand Total", "2024-03-03", "", "", "", UNITS, MONEY))
    assert read(shop, text, "total_rows: keep\n") == {}
    with failing_with("product-map.invalid"):
        read(shop, text, "total_rows: perhaps\n")


def states(*values: str, sign: str = "") -> str:
    rows = [
        (*SALES[place % 5][:6], f"{sign if value not in ('Completed', 'Paid') else ''}{place + 1}.50", value)
        for place, value in enumerate(values)
    ]
    return log(*[(*row[:2], f"N{place}", *row[3:]) for place, row in enumerate(rows)], header=f"{HEADER},Order Status")


def test_documents_that_came_to_nothing_are_named_with_their_money(shop: Shop) -> None:
    found = read(shop, states("Completed", "Cancelled", "On Hold", "Quote", "Completed", "Order refunded", "Storniert"))
    assert found == {"document that is no sale": 5}
    assert [row[3] for row in shop.facts()] == [1.5, 5.5]
    said = shop.caveats()
    assert "5 rows are documents" in said
    assert "'Cancelled' (1: 2.50)" in said
    assert "`count_status`" in said


def test_the_map_says_which_documents_count(shop: Shop) -> None:
    text = states("Completed", "Cancelled", "On Hold", "Shipped")
    assert read(shop, text, "status_column: Order Status\ncount_status: [completed, On Hold]\n") == {
        "document that is no sale": 2
    }
    assert [row[3] for row in shop.facts()] == [1.5, 3.5]
    with failing_with("product-map.invalid"):
        read(shop, text, "count_status: [Completed]\n")


def test_a_state_that_only_sounds_so_counts(shop: Shop) -> None:
    sounding = ("Partially refunded", "Not cancelled", "Credit card", "Shipped", "Quote accepted", "Pending")
    assert read(shop, states("Completed", *sounding)) == {}


def test_credits_that_are_negative_are_returns_and_count(shop: Shop) -> None:
    assert read(shop, states("Completed", "Credit Memo", "Completed", "Refund", sign="-")) == {}
    assert [row[3] for row in shop.facts()] == [1.5, -2.5, 3.5, -4.5]


NO_MORE = "equal_lines: drop\n"
"""What a map says that leaves the state of documents out."""


@pytest.mark.parametrize("column", ["Order Status", "Type of document"])
def test_a_map_that_leaves_the_state_out_counts_no_cancelled_documents(shop: Shop, column: str) -> None:
    text = states("Completed", "Cancelled", "Completed").replace("Order Status", column)
    if column != "Order Status":
        assert read(shop, text, NO_MORE) == {}
        return
    assert read(shop, text, NO_MORE) == {"document that is no sale": 1}
    assert "`count_status` in the product map lists what counts of 'Order Status'" in shop.caveats()
    assert read(shop, text, "status_column:\n") == {}
    # The map that was remembered says so too.
    shop.read(product_map=None)
    assert reasons(shop) == {}


def coded(header: str, *values: str) -> str:
    """A log with a column of its own in which each value stands three times, for 1.00, 2.00 and so on."""
    rows = [
        (f"C{place % 4}", f"2024-01-{1 + place:02}", f"N{place}", "Drill", "Tools", 1, f"{1 + place % len(values)}.00")
        for place in range(3 * len(values))
    ]
    return log(*((*row, values[place % len(values)]) for place, row in enumerate(rows)), header=f"{HEADER},{header}")


CODES = [
    ("VBTYP", ["M", "N", "O", "P"], ["N", "O"]),
    ("FKART", ["F2", "G2", "S1", "F8", "L2"], ["G2", "S1", "F8"]),
    ("AUART", ["TA", "AG", "RE"], ["AG", "RE"]),
    ("Type", ["SI", "SC"], ["SC"]),
    ("Class", ["INV", "CM", "PMT", "DM"], ["CM", "PMT"]),
    ("Belegart", ["RE", "GS", "AN"], ["GS", "AN"]),
    ("Tipo documento", ["TD01", "TD04"], ["TD04"]),
    ("Tipo", ["FT", "NC", "FR"], ["NC"]),
    ("state", ["sale", "draft", "sent", "cancel", "done"], ["draft", "sent", "cancel"]),
    ("status", ["complete", "processing", "closed", "holded"], ["closed", "holded"]),
    ("Status", ["succeeded", "requires_payment_method", "refunded"], ["requires_payment_method", "refunded"]),
    ("status", ["wc-completed", "wc-on-hold", "wc-failed", "wc-processing"], ["wc-on-hold", "wc-failed"]),
    ("Status", ["Paid", "VOIDED", "DELETED", "Awaiting Payment"], ["VOIDED", "DELETED"]),
    ("Financial Status", ["paid", "partially_refunded", "refunded", "voided"], ["refunded", "voided"]),
    ("Transaction Type", ["Invoice", "Payment", "Sales Receipt", "Credit Memo"], ["Payment", "Credit Memo"]),
    ("Doctype", ["Factuur", "Creditfactuur"], ["Creditfactuur"]),
    ("Status", ["Bezahlt", "Abgelehnt", "Rückerstattet", "Zurückerstattet"], ["Abgelehnt", "Zurückerstattet"]),
    ("Statut", ["Payée", "Refusée", "Retournée"], ["Refusée", "Retournée"]),
    ("Estado", ["Pagado", "Rechazado", "Devuelta"], ["Rechazado", "Devuelta"]),
    ("InvoiceTypeCode", ["380", "381", "325"], ["381", "325"]),
    ("Stato", ["Pagato", "Sospeso", "Stornato"], ["Sospeso", "Stornato"]),
    ("Status", ["Pago", "Rascunho", "Estorno"], ["Rascunho", "Estorno"]),
    ("Status dokumentu", ["Zatwierdzony", "Szkic", "Anulowany"], ["Szkic", "Anulowany"]),
    ("Status", ["Betald", "Utkast", "Krediterad"], ["Utkast", "Krediterad"]),
]


def found_of(header: str, values: list[str]) -> SaidOfDocuments | None:
    """What the column that is taken for the state says; None when the column is taken for none."""
    rows = pl.DataFrame({header: values * 3})
    roles = roles_of_documents(sampled_log([header], rows, {"log": [header]}))
    return said_of_documents(header, values) if [role.role for role in roles] == ["status_column"] else None


@pytest.mark.parametrize(("header", "values", "away"), CODES)
def test_states_of_many_systems_and_languages_are_understood(header: str, values: list[str], away: list[str]) -> None:
    found = found_of(header, values)
    assert found is not None
    assert {*found.no_sale, *found.takes_back} == {*away}


@pytest.mark.parametrize(("header", "values", "away"), [CODES[0], CODES[8]])
def test_documents_are_counted_by_the_codes_of_their_system(
    shop: Shop, header: str, values: list[str], away: list[str]
) -> None:
    assert read(shop, coded(header, *values)) == {"document that is no sale": 3 * len(away)}
    counted = [float(1 + values.index(value)) for value in values if value not in away]
    assert sorted(float(str(row[3])) for row in shop.facts()) == sorted(3 * counted)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Status", ["N", "O", "M"]),
        ("Type", ["A", "B", "C"]),
        ("State", ["SC", "NC", "OR", "IN"]),
        ("Type", ["New customer", "Return customer"]),
        ("Status", ["open", "closed"]),
        ("Transaction Type", ["Cash", "Credit", "Cheque"]),
        ("Transaction Type", ["Payment", "Donation"]),
        ("Status", ["Return requested", "Delivered"]),
        ("Country", ["Hold", "Quote"]),
        ("Reason", ["cancelled", "moved"]),
        ("Status", ["381", "325"]),
    ],
)
def test_values_that_only_look_like_such_states_are_none(header: str, values: list[str]) -> None:
    assert not found_of(header, values)


def test_numbers_of_states_are_named_because_nothing_says_what_they_mean(shop: Shop) -> None:
    assert read(shop, coded("Sales Status", "3", "4")) == {}
    assert "Nothing says what the numbers in 'Sales Status' mean, so that all rows count: '3' (3), '4' (3)" in (
        shop.caveats()
    )


@pytest.mark.parametrize(
    ("header", "values", "away"),
    [
        ("FKSTO", ["", "", "X"], 3),
        ("Annullato", ["No", "Sì"], 3),
        ("is_canceled", ["0", "1"], 3),
        ("Storniert am", ["", "2024-02-03", "00.00.0000"], 3),
        ("Cancelled at", ["", "2024-02-03 10:00:00 +0000"], 3),
        ("Rejection Reason", ["", "Too expensive", "Unreasonable request"], 6),
    ],
)
def test_a_mark_a_day_or_a_reason_says_that_a_document_was_cancelled(
    shop: Shop, header: str, values: list[str], away: int
) -> None:
    text = coded(header, *values)
    assert read(shop, text, NO_MORE) == {"document that is no sale": away}
    assert f"an empty `cancelled_column:` counts what is marked in '{header}'" in shop.caveats()
    assert read(shop, text, "cancelled_column:\n") == {}


BOOKED: list[tuple[object, ...]] = [
    # customer, invoice, units, money, billing type of SAP, its mark of what was cancelled
    ("1", "90001", 2, "10.50", "F2", ""),
    ("1", "90002", 1, "40.00", "F2", "X"),
    ("1", "90003", -1, "-40.00", "S1", ""),
    ("2", "90004", 4, "80.00", "F2", ""),
    ("2", "90005", -1, "-20.00", "RE", ""),
    ("2", "90006", 3, "60.00", "F2", "X"),
    ("2", "90007", -3, "-60.00", "S1", ""),
]
"""90.50 were sold and 20.00 of them returned; two invoices were cancelled, and their reversals stand beside them."""


def booked(*columns: str, rows: list[tuple[object, ...]] = BOOKED, **renamed: str) -> str:
    """A log of bookings with these columns besides those of every log; `FKART="Status"` renames one."""
    header = f"Customer ID,Order Date,Invoice,Product,Qty,Amount,{','.join(renamed.get(c, c) for c in columns)}"
    lines = [
        (
            customer,
            f"2024-02-{place + 1:02}",
            invoice,
            "Drill",
            units,
            money,
            *({"FKART": kind, "FKSTO": mark}[c] for c in columns),
        )
        for place, (customer, invoice, units, money, kind, mark) in enumerate(rows)
    ]
    return log(*lines, header=header)


def came_to(shop: Shop) -> float:
    return round(sum(float(str(row[3])) for row in shop.facts()), 2)


@pytest.mark.parametrize("columns", [("FKSTO",), ("FKART", "FKSTO"), ("FKSTO", "FKART")])
def test_what_was_cancelled_and_its_reversal_beside_it_are_not_taken_off_twice(
    shop: Shop, columns: tuple[str, ...]
) -> None:
    assert read(shop, booked(*columns)) == {"document that is no sale": 4}
    assert came_to(shop) == 70.5
    assert "'reversal of what was cancelled' (2: -100.00)" in shop.caveats()


def test_states_in_words_are_not_taken_off_twice_either(shop: Shop) -> None:
    words = {"F2": "Invoice", "S1": "Reversal", "RE": "Return"}
    rows = [(*row[:4], "Cancelled" if row[5] else words[str(row[4])], "") for row in BOOKED]
    assert read(shop, booked("FKART", rows=rows, FKART="Status")) == {"document that is no sale": 4}
    assert came_to(shop) == 70.5


def test_cancelled_documents_without_reversals_leave_returns_as_they_are(shop: Shop) -> None:
    rows = [row for row in BOOKED if row[4] != "S1"]
    assert read(shop, booked("FKART", "FKSTO", rows=rows)) == {"document that is no sale": 2}
    assert came_to(shop) == 70.5


def test_a_return_that_comes_to_as_much_as_one_of_several_cancelled_ones_counts(shop: Shop) -> None:
    again = [("1", f"9010{n}", 5, "55.00", "F2", "X") for n in range(3)]
    rows = [*[row for row in BOOKED if row[4] != "S1"], *again, ("1", "90200", -1, "-40.00", "RE", "")]
    assert read(shop, booked("FKSTO", rows=rows)) == {"document that is no sale": 5}
    assert came_to(shop) == 30.5


def test_reversals_of_documents_that_the_map_counts_are_taken_off(shop: Shop) -> None:
    more = "status_column: FKART\ncount_status: [F2, S1, RE]\ncancelled_column:\n"
    assert read(shop, booked("FKART", "FKSTO"), more) == {}
    assert came_to(shop) == 70.5


@pytest.mark.parametrize(
    ("header", "values"),
    [("Returned", ["2", "5", "0"]), ("Cancelled", ["no", "", "False"]), ("Void", ["A1", "B2"]), ("Open", ["x", ""])],
)
def test_what_is_called_like_a_mark_and_is_none_counts(shop: Shop, header: str, values: list[str]) -> None:
    assert read(shop, coded(header, *values)) == {}


@pytest.mark.parametrize(
    ("header", "one", "other"), [("Status", "Active", "On hold"), ("Cancellation Date", "", "2025-01-31")]
)
def test_what_is_the_same_in_all_rows_of_a_customer_is_no_state_of_a_document(
    shop: Shop, header: str, one: str, other: str
) -> None:
    rows = [
        (f"C{place % 12}", f"2024-{1 + place // 12:02}-05", f"N{place}", "Drill", "Tools", 1, "2.00")
        for place in range(36)
    ]
    of_customers = [(*row, other if int(str(row[0])[1:]) % 4 == 0 else one) for row in rows]
    assert read(shop, log(*of_customers, header=f"{HEADER},{header}")) == {}
    assert f"'{header}' says the same in all rows of a customer" in shop.caveats()
    of_documents = [(*row, other if place % 5 == 0 else one) for place, row in enumerate(rows)]
    assert read(shop, log(*of_documents, header=f"{HEADER},{header}")) == {"document that is no sale": 8}


def test_a_buyer_who_is_nobody_is_no_customer(shop: Shop) -> None:
    nobodies = [
        "Cash customer", "CASH SALE", "Walk-in", "Walk In Customer", "Guest", "unknown", "Laufkunde", "???", "N.A.",
        "Público en general", "Розничный покупатель", "--", "Cliente occasionale", "Client occasionnel", "Venda balcão",
        "Gelegenheitskunde",
    ]  # fmt: skip
    bought = [(name, "2024-03-04", f"N{place}", "Drill", "Tools", 1, "7.00") for place, name in enumerate(nobodies)]
    assert read(shop, log(*SALES, *bought)) == {"buyer is nobody": len(nobodies)}
    assert f"{len(nobodies)} rows are of buyers who are nobody and not counted, 112.00 in all" in shop.caveats()


def test_a_customer_0_is_nobody_only_where_no_other_is_that_low(shop: Shop) -> None:
    high = [(str(1000 + place), *sale[1:]) for place, sale in enumerate(SALES)]
    low = [(str(1 + place), *sale[1:]) for place, sale in enumerate(SALES)]
    zero = ("0", "2024-03-04", "I6", "Drill", "Tools", 1, "7.00")
    assert read(shop, log(*high, zero)) == {"buyer is nobody": 1}
    assert read(shop, log(*low, zero)) == {}


def test_a_name_that_says_nobody_is_nobody_whatever_its_id(shop: Shop) -> None:
    header = f"{HEADER},Customer Name"
    named = [(f"C{place}", *sale[1:], sale[0]) for place, sale in enumerate(SALES)]
    cash = ("C9", "2024-03-04", "I6", "Drill", "Tools", 1, "7.00", "Cash Customer")
    assert read(shop, log(*named, cash, header=header)) == {"buyer is nobody": 1}
    # Whose name nobody knows is somebody all the same, and so is Mr Guest.
    known = [(*cash[:7], "Unknown"), ("C8", *cash[1:7], "Guest")]
    assert read(shop, log(*named, *known, header=header)) == {}


def test_a_company_that_only_sounds_like_nobody_is_a_customer(shop: Shop) -> None:
    names = [
        "Cash Converters", "Guest & Sons", "Walk-in Clinic", "Unknown Pleasures Records", "Na Zdorovie",
        "Occasional Table Ltd",
    ]  # fmt: skip
    bought = [(name, "2024-03-04", f"N{place}", "Drill", "Tools", 1, "7.00") for place, name in enumerate(names)]
    assert read(shop, log(*SALES, *bought)) == {}


def test_the_map_lists_nobodies_that_count(shop: Shop) -> None:
    text = log(*SALES, ("Cash Sale", "2024-03-04", "I6", "Drill", "Tools", 1, "7.00"))
    assert read(shop, text, "count_customers: [Cash Sale]\n") == {}
