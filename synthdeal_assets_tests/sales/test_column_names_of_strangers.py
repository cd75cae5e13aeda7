"""A log may call its columns what the tables of the warehouse call theirs."""

from __future__ import annotations

from pathlib import Path

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets.settings import Settings

HEADER = "customer_id,order_date,invoice,customer_name,rep,raw,source_file,Widgets,Widgets_Qty\n"


def test_columns_may_have_the_names_of_our_own_when_rows_are_rejected(tmp_path: Path) -> None:
    log, later = tmp_path / "log.csv", tmp_path / "later.csv"
    days = [f"2024-01-{day:02d}" for day in range(1, 21)]
    # One row without a customer, one without a day that can be understood, one holdout row of a day of the log.
    log.write_text(
        HEADER
        + "".join(f"{row % 3},{day},I{row},Firm {row % 3},Ann,x,y,{row}.50,1\n" for row, day in enumerate(days))
        + ",2024-01-05,I50,,Ann,x,y,7.00,1\n1,garbage,I51,,Ann,x,y,9.00,1\n"
    )
    later.write_text(HEADER + "1,2024-01-03,I60,Firm 1,Ann,x,y,5.00,1\n1,2024-02-03,I61,Firm 1,Bob,x,y,5.00,1\n")
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    summary = refill_sales(warehouse, Settings(sales_log=str(log), sales_holdout=str(later)))
    assert (summary.transactions, summary.holdout_transactions, summary.customers) == (20, 1, 3)
    with warehouse.connect() as connection:
        reasons = connection.execute("SELECT reason FROM sales.rejected_rows ORDER BY reason").fetchall()
        customers = connection.execute("SELECT DISTINCT name, rep FROM sales.customers ORDER BY name").fetchall()
    assert [reason for (reason,) in reasons] == [
        "date not understood",
        "holdout row not later than the log",
        "no customer id",
    ]
    assert customers == [("Firm 0", "Ann"), ("Firm 1", "Ann"), ("Firm 2", "Ann")]
