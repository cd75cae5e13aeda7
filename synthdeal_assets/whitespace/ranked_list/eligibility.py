"""Who may be called, and for how many of them a rep has time: rules, no estimate.

A rule knows what was known at the cutoff: the present state of the CRM must not leak into a list that judges the
method. How promising a pair is belongs in `listing.py`.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.sales.tables import CUSTOMERS
from synthdeal_assets.world.tables import OPPORTUNITIES, PRODUCTS

MAX_NAMED: Final = 5
"""Open opportunities or unknown customers that are named; the others are counted."""


def read_customers(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> pl.DataFrame:
    """The customers known at the cutoff.

    Returns:
        customer_id, customer_name, account_id, rep (of the latest invoice by the cutoff that names one, else
        unassigned), days_since_purchase (NULL without a purchase), in the order of customer_id.
    """
    return query_frame(connection, statement(__package__, "list_customers.sql"), {"cutoff": cutoff})


def read_open_opportunities(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> pl.DataFrame:
    """Deals of customers' accounts that were open at the end of the cutoff day.

    Returns:
        account_id, opportunity_id, name, family (of the product); no rows without a CRM.
    """
    if not all(table_exists(connection, table) for table in (OPPORTUNITIES, PRODUCTS, CUSTOMERS)):
        return pl.DataFrame(schema=dict.fromkeys(("account_id", "opportunity_id", "name", "family"), pl.String()))
    return query_frame(connection, statement(__package__, "list_open_opportunities.sql"), {"cutoff": cutoff})


def read_families(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The product families of the CRM; none without one."""
    if not table_exists(connection, PRODUCTS):
        return ()
    rows = connection.execute(f"SELECT DISTINCT family FROM {PRODUCTS.qualified_name} ORDER BY family").fetchall()
    return tuple(family for (family,) in rows)


def read_do_not_contact(path: Path) -> pl.DataFrame:
    """The customers whom nobody may contact.

    Args:
        path: CSV with a header and a column customer_id, perhaps one named division: a row with a division is about
            that division alone. Commas, semicolons or tabs stand between columns.

    Returns:
        customer_id, division (NULL for all divisions); the ids as the sales log has them.

    Raises:
        SynthDealError: The file cannot be read or has no column customer_id.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SynthDealError(
            f"The do-not-contact file {path} cannot be read ({error.strerror}): correct "
            "SYNTHDEAL_WHITESPACE_DO_NOT_CONTACT or unset it.",
            code="do-not-contact.unreadable",
            usage=True,
        ) from error
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        lines = text.decode("latin-1").splitlines()
    # Excel writes semicolons where the comma is the decimal mark.
    rows = csv.DictReader(lines, delimiter=max(",;\t", key="".join(lines[:1]).count))
    names = {name.strip().casefold(): name for name in rows.fieldnames or ()}
    if "customer_id" not in names:
        raise SynthDealError(
            f"The do-not-contact file {path} has no column customer_id in its first line: add one, with a customer of "
            "the sales log in each row.",
            code="do-not-contact.no-column",
            usage=True,
        )
    found = [
        (
            (row[names["customer_id"]] or "").strip(),
            (row[names["division"]] or "").strip() if "division" in names else "",
        )
        for row in rows
    ]
    return pl.DataFrame(
        [(customer, division or None) for customer, division in found if customer],
        schema={"customer_id": pl.String(), "division": pl.String()},
        orient="row",
    )


def judge_eligibility(
    pairs: pl.DataFrame,
    opportunities: pl.DataFrame,
    do_not_contact: pl.DataFrame | None,
    *,
    divisions: Iterable[str],
    families: Iterable[str],
    recent_purchase_days: int,
) -> pl.DataFrame:
    """Whether somebody may go and sell, and why not.

    Args:
        pairs: customer_id, division, account_id, days_since_purchase and whatever else.
        opportunities: As of `read_open_opportunities`.
        do_not_contact: As of `read_do_not_contact`; None when nobody is excepted.
        divisions: Every division of the log.
        families: Every product family of the CRM. When one is a division of the log by name, a deal is about the
            division of its family alone; when none is, any open deal of the account keeps others away.
        recent_purchase_days: A purchase in as many days that end with the cutoff leaves the customer alone; 0 for none.

    Returns:
        The pairs in their order, with is_eligible, not_eligible_because (NULL when eligible) and open_opportunities
        (NULL when none).
    """
    by_account = opportunities.group_by("account_id", maintain_order=True).agg(
        pl.col("opportunity_id").str.join(", ").alias("open_opportunities"),
        pl.col("opportunity_id").first().alias("_any_deal"),
    )
    by_family = (
        opportunities.with_columns(_division=_same_word(pl.col("family")))
        .group_by("account_id", "_division", maintain_order=True)
        .agg(pl.col("opportunity_id").first().alias("_own_deal"))
    )
    judged = (
        pairs.with_columns(_division=_same_word(pl.col("division")))
        .join(by_account, on="account_id", how="left", maintain_order="left")
        .join(by_family, on=["account_id", "_division"], how="left", maintain_order="left")
    )
    shared = {name.strip().casefold() for name in families} & {name.strip().casefold() for name in divisions}
    deal = "_own_deal" if shared else "_any_deal"
    words = "open opportunity " if deal == "_own_deal" else "open opportunity on the account: "
    blocked = pl.lit(value=False) if do_not_contact is None else _is_excepted(judged, do_not_contact)
    reasons = [
        pl.when(blocked).then(pl.lit("do not contact")),
        pl.when(pl.col(deal).is_not_null()).then(pl.lit(words) + pl.col(deal)),
        pl.when(pl.col("days_since_purchase") < recent_purchase_days).then(
            pl.when(pl.col("days_since_purchase") == 0)
            .then(pl.lit("bought on the cutoff day"))
            .when(pl.col("days_since_purchase") == 1)
            .then(pl.lit("bought 1 day before the cutoff"))
            .otherwise(pl.format("bought {} days before the cutoff", pl.col("days_since_purchase")))
        ),
    ]
    because = pl.concat_str(reasons, separator="; ", ignore_nulls=True)
    return judged.with_columns(
        not_eligible_because=pl.when(because != "").then(because),
        is_eligible=because == "",
    ).drop("_division", "_any_deal", "_own_deal")


def with_capacity(pairs: pl.DataFrame, capacity: int) -> pl.DataFrame:
    """Which of its eligible pairs each rep has time for: the first ones.

    Args:
        pairs: With rep, place and is_eligible.
        capacity: Pairs a rep can work on; a customer counts once for each of its pairs.

    Returns:
        The pairs with place_of_rep (NULL when not eligible) and within_capacity.
    """
    return pairs.with_columns(
        place_of_rep=pl.when("is_eligible").then(
            pl.col("place").rank("ordinal").over("rep", "is_eligible").cast(pl.Int64)
        )
    ).with_columns(within_capacity=(pl.col("place_of_rep") <= capacity).fill_null(value=False))


def recognise(
    do_not_contact: pl.DataFrame, customers: pl.Series, divisions: Iterable[str]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The do-not-contact file with the ids of the log.

    Nobody may be called by mistake. An id that the log does not have as it is written is looked for without zeros in
    front and without the .0 that spreadsheets put behind: when it could be several customers it is all of them. A row
    about a division that the log does not have is about all divisions.

    Args:
        do_not_contact: As of `read_do_not_contact`.
        customers: Ids of the log.
        divisions: Every division of the log.

    Returns:
        customer_id, division; and sentences on the customers and divisions that the log does not have.
    """
    known_divisions = [name.strip().casefold() for name in divisions]
    is_stranger = ~_same_word(pl.col("division")).is_in(known_divisions)
    misnamed = do_not_contact.filter(is_stranger)["division"].unique().sort()
    do_not_contact = do_not_contact.with_columns(division=pl.when(~is_stranger).then("division"))
    known = customers.to_frame("customer_id").with_columns(found=pl.lit(value=True))
    as_written = do_not_contact.join(known, on="customer_id", how="left", maintain_order="left")
    alike = known.select(_bare(pl.col("customer_id")).alias("_bare"), pl.col("customer_id").alias("_alike"))
    others = (
        as_written.filter(pl.col("found").is_null())
        .with_columns(_bare=_bare(pl.col("customer_id")))
        .join(alike, on="_bare", how="left", maintain_order="left")
    )
    found = pl.concat(
        [
            as_written.filter("found").select("customer_id", "division"),
            others.drop_nulls("_alike").select(customer_id="_alike", division="division"),
        ]
    )
    unknown = others.filter(pl.col("_alike").is_null())["customer_id"].unique().sort()
    told = []
    if not unknown.is_empty():
        told.append(
            f"{unknown.len():,} of the do-not-contact customers bought nothing by the cutoff in the "
            f"sales log: {_named(unknown)}."
        )
    if not misnamed.is_empty():
        told.append(
            "The do-not-contact file names divisions that the sales log does not have by the cutoff: "
            f"{_named(misnamed)}; their customers are excluded in all divisions."
        )
    return found, tuple(told)


def _named(names: pl.Series) -> str:
    return f"{', '.join(names.head(MAX_NAMED))}{' and others' if names.len() > MAX_NAMED else ''}"


def _bare(customer_id: pl.Expr) -> pl.Expr:
    return customer_id.str.replace(r"^(\d+)\.0$", "${1}").str.replace(r"^0+(\d)", "${1}")


def _same_word(name: pl.Expr) -> pl.Expr:
    return name.str.strip_chars().str.to_lowercase()


def _is_excepted(pairs: pl.DataFrame, do_not_contact: pl.DataFrame) -> pl.Series:
    everywhere = do_not_contact.filter(pl.col("division").is_null())["customer_id"].unique()
    single = do_not_contact.drop_nulls("division").select(
        "customer_id", _same_word(pl.col("division")).alias("_division"), _named=pl.lit(value=True)
    )
    named = pairs.select("customer_id", "_division").join(
        single.unique(), on=["customer_id", "_division"], how="left", maintain_order="left"
    )["_named"]
    return pairs["customer_id"].is_in(everywhere.implode()) | named.fill_null(value=False)
