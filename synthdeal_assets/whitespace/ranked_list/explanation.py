"""Everything that is known of one customer and one division: chance, place, reasons, history, and who may act.

For pairs on the whitespace list and for those that bought before, whose chance is one to buy again. How it is printed
belongs in the command; what the words mean in `reasons.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.whitespace.models.champions import read_champions
from synthdeal_assets.whitespace.models.matrix import read_matrix
from synthdeal_assets.whitespace.ranked_list.eligibility import read_open_opportunities
from synthdeal_assets.whitespace.ranked_list.reasons import Reason, read_bought, reasons_of, typical_values
from synthdeal_assets.whitespace.tables import PREDICTIONS, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import WHITESPACE

MAX_SUGGESTED: Final = 3
LIKE_ENOUGH: Final = 0.6


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a pair.

    Attributes:
        cutoff: Last day that is known.
        window_end: Last day of the window that the chances are about.
        customer_id: The customer.
        customer_name: Its name; None when the log has none.
        division: The division.
        population: whitespace when it never bought from the division, else existing (a chance to buy again).
        learner: What gives the chance: a model or a rule.
        p_icp: The chance, 0 to 1.
        p_challenger: The chance by the second-best model.
        typical_chance: Median chance of the division's pairs of the same population.
        listed: The row of the whitespace list by column; None for existing pairs.
        pairs: Pairs on the list.
        reasons: Every contribution, the strongest first; none for a rule.
        history: division, orders, net_amount, net_quantity, returns, first_purchase, last_purchase of every division
            that the customer has a transaction of.
        opportunities: opportunity_id, name, family of the account's deals that were open at the cutoff.
        caveats: Sentences.
    """

    cutoff: dt.date
    window_end: dt.date
    customer_id: str
    customer_name: str | None
    division: str
    population: str
    learner: str
    p_icp: float
    p_challenger: float
    typical_chance: float
    listed: dict[str, Any] | None
    pairs: int
    reasons: tuple[Reason, ...]
    history: pl.DataFrame
    opportunities: pl.DataFrame
    caveats: tuple[str, ...]


def explain_pair(connection: duckdb.DuckDBPyConnection, customer_id: str, division: str) -> Explanation:
    """What is known of a customer and a division at the cutoff of the present list.

    Args:
        connection: With a whole run in it.
        customer_id: The customer's id, or its name.
        division: The division; capitals do not matter.

    Raises:
        SynthDealError: There is no list yet, no such customer or division, or no chance was worked out for them.
    """
    cutoff = _present_cutoff(connection)
    division = _division(connection, cutoff, division)
    customer_id, name, account_id = _customer(connection, customer_id)
    predicted = query_frame(
        connection,
        "SELECT population, p_icp, p_challenger FROM whitespace.predictions WHERE model_cutoff = $cutoff "
        "AND cutoff_date = $cutoff AND customer_id = $customer_id AND division = $division",
        {"cutoff": cutoff, "customer_id": customer_id, "division": division},
    )
    if predicted.is_empty():
        raise SynthDealError(
            f"There is no prediction for the customer {customer_id} and {division}: it bought nothing by the "
            f"cutoff {cutoff}; choose a later one with --cutoff and run `synthdeal whitespace run`.",
            code="whitespace.pair-not-predicted",
        )
    population, p_icp, p_challenger = predicted.row(0)
    typical_chance, window_end = connection.execute(
        "SELECT median(p_icp), any_value(window_end) FROM whitespace.predictions JOIN whitespace.cutoffs "
        "USING (cutoff_date) WHERE model_cutoff = $cutoff AND cutoff_date = $cutoff AND division = $division "
        "AND population = $population",
        {"cutoff": cutoff, "division": division, "population": population},
    ).fetchall()[0]
    listed = query_frame(
        connection,
        "SELECT *, (SELECT count(*) FROM whitespace.whitespace WHERE cutoff_date = $cutoff) AS pairs "
        "FROM whitespace.whitespace WHERE cutoff_date = $cutoff AND customer_id = $customer_id "
        "AND division = $division",
        {"cutoff": cutoff, "customer_id": customer_id, "division": division},
    )
    champion = read_champions(connection, cutoff, population)[division]
    reasons: list[Reason] = []
    if champion.fitted is not None:
        row = read_matrix(connection, cutoff, division, population, pl.Series([customer_id]))
        features = champion.fitted.features
        values = dict(zip(features, champion.fitted.values(row)[0].tolist(), strict=True))
        typical = typical_values(connection, cutoff, population)[division]
        bought = read_bought(connection, cutoff, row["customer_id"]).get(customer_id)
        reasons = reasons_of(features, values, champion.fitted.contributions(row)[0], typical, division, bought=bought)
    deals = read_open_opportunities(connection, cutoff)
    return Explanation(
        cutoff=cutoff,
        window_end=window_end,
        customer_id=customer_id,
        customer_name=name,
        division=division,
        population=population,
        learner=champion.learner,
        p_icp=p_icp,
        p_challenger=p_challenger,
        typical_chance=typical_chance,
        listed=listed.drop("pairs").row(0, named=True) if population == WHITESPACE and listed.height else None,
        pairs=int(listed["pairs"][0]) if listed.height else 0,
        reasons=tuple(reasons),
        history=query_frame(
            connection,
            statement(__package__, "list_history.sql"),
            {"cutoff": cutoff, "customer_id": customer_id},
        ),
        opportunities=deals.filter(pl.col("account_id").eq_missing(pl.lit(account_id, pl.String))).drop("account_id"),
        caveats=() if champion.caveat is None else (champion.caveat,),
    )


def _present_cutoff(connection: duckdb.DuckDBPyConnection) -> dt.date:
    # The present list's, which is empty when everybody owns everything; chances there are for existing pairs too.
    found = None
    if table_exists(connection, PREDICTIONS):
        found = connection.execute(
            "SELECT max(cutoff_date) FROM whitespace.predictions WHERE cutoff_date = model_cutoff"
        ).fetchone()
    if found is None or not isinstance(found[0], dt.date) or not table_exists(connection, WHITESPACE_LIST):
        raise SynthDealError(
            "There is no whitespace list yet: run `synthdeal whitespace run`.", code="whitespace.no-list"
        )
    return found[0]


def _division(connection: duckdb.DuckDBPyConnection, cutoff: dt.date, wanted: str) -> str:
    names = query_frame(
        connection,
        "SELECT DISTINCT division FROM whitespace.predictions WHERE cutoff_date = $cutoff ORDER BY division",
        {"cutoff": cutoff},
    )["division"].to_list()
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return str(name)
    raise SynthDealError(
        f"There is no division {wanted} among those with chances at the cutoff {cutoff}: {_nearest(wanted, names)}",
        code="whitespace.division-without-chances",
        usage=True,
    )


def _customer(connection: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str | None, str | None]:
    """Id, name and account of the customer with that id, else of the only one with that name."""
    customers = query_frame(
        connection, "SELECT customer_id, name, account_id FROM sales.customers ORDER BY customer_id"
    )
    asked = wanted.strip()
    found = customers.filter(pl.col("customer_id") == asked)
    if found.is_empty():
        found = customers.filter(pl.col("name").str.strip_chars().str.to_lowercase() == asked.lower())
    if found.height == 1:
        customer_id, name, account_id = found.row(0)
        return customer_id, name, account_id
    if found.height:
        ids = ", ".join(found["customer_id"].head(MAX_SUGGESTED))
        raise SynthDealError(
            f"{found.height} customers are called {wanted}: name one by its id, such as {ids}.",
            code="whitespace.ambiguous-customer",
            usage=True,
        )
    known = [*customers["customer_id"], *customers["name"].drop_nulls()]
    raise SynthDealError(
        f"There is no customer {wanted} in the sales log: {_nearest(wanted, known)}",
        code="whitespace.unknown-customer",
        usage=True,
    )


def _nearest(wanted: str, known: Sequence[str]) -> str:
    written = {name.casefold(): name for name in known}
    near = [written[name] for name in get_close_matches(wanted.casefold(), written, MAX_SUGGESTED, LIKE_ENOUGH)]
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known[:MAX_SUGGESTED])} and others."
