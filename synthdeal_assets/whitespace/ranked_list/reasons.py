"""What a model counted for and against a pair, in words with the customer's own numbers.

A model's contributions are log-odds by feature. Features that mean the same stand or fall together, because one may
take back what another gave (orders of 3 months and of 12): their sum decides whether the theme speaks for or against,
and the one of that sign that weighs most is put into words. The words state what is so and what is typical; they claim
no cause. Which pairs get reasons belongs in `listing.py`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, registered
from synthdeal_assets.whitespace.models.matrix import ORDERS_OF
from synthdeal_assets.whitespace.tables import DAYS_OF, FEATURES, FEATURES_OF_A_PAIR

MAX_REASONS_FOR: Final = 3
MAX_REASONS_AGAINST: Final = 1
RECENCY_SCALE_DAYS: Final = 90
"""A decayed recency is exp(-days / this); it is said in days again."""
FAINTEST: Final = 0.05
"""Log-odds below which a theme is left out: it moves the odds by less than a twentieth."""

RECENT: Final = "recent activity"
HISTORY: Final = "earlier purchases"
ORDER_SIZE: Final = "size of orders"
TENURE: Final = "time as a customer"
RETURNS: Final = "returns"
BREADTH: Final = "breadth"
OWNED: Final = "owned divisions"
SEATS: Final = "seats"
SEASON: Final = "season"
SHARE: Final = "share of spending"
DIVISION: Final = "the division itself"
OTHER: Final = "other"


Bought = Mapping[str, tuple[float, float]]
"""What one customer bought: orders of a division, and days since the last one, by the division's name."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a feature is said.

    Attributes:
        theme: What it means; features of one theme are judged together.
        phrase: With {} where the value stands, and {division} where the division does.
        unit: A key of `_UNITS`.
        missing: What is said when there is no value.
    """

    theme: str
    phrase: str
    unit: str
    missing: str = "nothing known"


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature of one pair and what it did to the chance.

    Attributes:
        feature: Its name.
        theme: What it means.
        words: The customer's number and the typical one.
        log_odds: Its contribution; above 0 it raised the chance.
    """

    feature: str
    theme: str
    words: str
    log_odds: float


def _of_a_history(prefix: str, bought: str, of: str) -> dict[str, Wording]:
    """The words of one history: of a pair (`of` names the division) or of a customer."""
    spent = "spent" + of.replace(" of ", " on ")
    months = {span: f"the last {span[:-1]} months" for span in DAYS_OF}
    earlier = {"3m": "the 3 months before the last 3", "12m": "the 12 months before the last 12"}
    before = {"3m": "the 3 months before", "12m": "the 12 months before"}
    theme = {span: RECENT if days <= DAYS_OF["12m"] else HISTORY for span, days in DAYS_OF.items()}
    theme_of_lag = {"3m": RECENT, "12m": HISTORY}
    seldom = f"{bought} less than twice"
    return {
        f"{prefix}recency_days": Wording(RECENT, f"last {bought} {{}}", "ago", f"never {bought}"),
        f"{prefix}tenure_days": Wording(TENURE, f"first {bought} {{}}", "ago", f"never {bought}"),
        f"{prefix}decayed_recency": Wording(RECENT, f"last {bought} {{}}", "decayed"),
        f"{prefix}decayed_orders": Wording(RECENT, f"{bought} {{}}, older purchases counting less", "times"),
        f"{prefix}decayed_amount": Wording(RECENT, f"{spent} {{}}, older purchases counting less", "money"),
        **{
            f"{prefix}orders_{span}": Wording(theme[span], f"{bought} {{}} in {months[span]}", "times")
            for span in months
        },
        f"{prefix}orders_total": Wording(HISTORY, f"{bought} {{}} in all", "times"),
        **{
            f"{prefix}amount_{span}": Wording(theme[span], f"{spent} {{}} in {months[span]}", "money")
            for span in months
        },
        f"{prefix}amount_total": Wording(HISTORY, f"{spent} {{}} in all", "money"),
        **{
            f"{prefix}orders_lag_{span}": Wording(theme_of_lag[span], f"{bought} {{}} in {words}", "times")
            for span, words in earlier.items()
        },
        **{
            f"{prefix}amount_lag_{span}": Wording(theme_of_lag[span], f"{spent} {{}} in {words}", "money")
            for span, words in earlier.items()
        },
        **{
            f"{prefix}orders_delta_{span}": Wording(
                RECENT, f"placed {{}}{of} in {months[span]} than in {before[span]}", "orders more"
            )
            for span in earlier
        },
        **{
            f"{prefix}amount_delta_{span}": Wording(
                RECENT, f"{spent} {{}} in {months[span]} than in {before[span]}", "money more"
            )
            for span in earlier
        },
        f"{prefix}returns_share": Wording(RETURNS, f"returned {{}} of what it bought{of}", "share"),
        f"{prefix}products_12m": Wording(BREADTH, f"bought {{}}{of} in the last 12 months", "products"),
        f"{prefix}products_total": Wording(BREADTH, f"bought {{}}{of} so far", "products"),
        f"{prefix}mean_gap_days": Wording(HISTORY, f"{bought} every {{}} on average", "days", seldom),
        f"{prefix}gap_ratio": Wording(RECENT, f"{{}} its usual gap since it last {bought}", "multiple", seldom),
    }


WORDINGS: Final[Mapping[str, Wording]] = {
    **_of_a_history("", "bought {division}", " of {division}"),
    **_of_a_history("customer_", "bought", ""),
    "seats_12m": Wording(SEATS, "{} of {division} in the last 12 months", "units"),
    "seats_total": Wording(SEATS, "has {} of {division}", "units"),
    "orders_same_season": Wording(SEASON, "bought {division} {} in the coming season a year ago", "times"),
    "customer_divisions_12m": Wording(BREADTH, "bought from {} in the last 12 months", "divisions"),
    "customer_divisions_total": Wording(BREADTH, "bought from {} so far", "divisions"),
    "customer_mean_order_amount": Wording(ORDER_SIZE, "spent {} an invoice", "money"),
    "customer_orders_same_season": Wording(SEASON, "bought {} in the coming season a year ago", "times"),
    "customer_division_entropy": Wording(BREADTH, "kept to {}", "evenly"),
    "share_of_customer_12m": Wording(SHARE, "{division} was {} of its spending in the last 12 months", "share"),
    "share_of_customer_total": Wording(SHARE, "{division} was {} of its spending so far", "share"),
    "other_recency_days": Wording(
        RECENT, "last bought from another division {}", "ago", "never bought from another division"
    ),
    "cross_lift_max": Wording(OWNED, "owns a division whose owners have {division} {} as often as all", "multiple"),
    "cross_lift_mean": Wording(OWNED, "owners of its divisions have {division} {} as often as all", "multiple"),
    "cross_confidence_max": Wording(OWNED, "owns a division of whose owners {} have {division}", "share"),
    "next_division_share": Wording(
        OWNED, "of the customers of the division that it entered last, {} entered {division} next", "share"
    ),
    "division_owner_share": Wording(DIVISION, "{} of all customers have {division}", "share"),
    "division_buyer_share_12m": Wording(
        DIVISION, "{} of all customers bought {division} in the last 12 months", "share"
    ),
    "division_entrant_share_12m": Wording(
        DIVISION, "{} of all customers entered {division} in the last 12 months", "share"
    ),
    "division_season_index": Wording(DIVISION, "{division} sells {} its mean in the coming season", "multiple"),
}
"""How each feature of `FEATURES_OF_A_PAIR` is said."""


def wording_of(feature: str) -> Wording:
    """How a feature is said; one that has no words of its own is said by its name."""
    if feature.startswith(ORDERS_OF):
        name = feature.removeprefix(ORDERS_OF)
        return Wording(OWNED, f"bought from {name} before ({{}} orders, older ones counting less)", "number")
    return WORDINGS.get(feature) or Wording(OTHER, f"{feature.replace('_', ' ')} {{}}", "index")


def describe(feature: str, value: float | None, division: str, bought: Bought | None = None) -> str:
    """A feature's value in words; orders of another division by what they were, where it is known."""
    wording = wording_of(feature)
    if value is None or math.isnan(value):
        return wording.missing.replace("{division}", division)
    if feature.startswith(ORDERS_OF):
        name = feature.removeprefix(ORDERS_OF)
        if value == 0:
            return f"never bought from {name}"
        if bought and name in bought:
            orders, days = bought[name]
            return f"bought from {name} {in_words(orders, 'times')}, last {in_words(days, 'ago')}"
    before, _, after = wording.phrase.partition("{}")
    return f"{before}{in_words(value, wording.unit)}{after}".replace("{division}", division)


def in_words(value: float, unit: str) -> str:
    """A number with its unit."""
    return _UNITS[unit](value)


def typical_values(
    connection: duckdb.DuckDBPyConnection, cutoff: dt.date, population: str
) -> dict[str, dict[str, float | None]]:
    """The median of each feature in each division at a cutoff, what is not known left out.

    Of `FEATURES_OF_A_PAIR` alone: orders in another division are mostly nil, which nobody calls typical.
    """
    medians = ", ".join(f"median({feature}) AS {feature}" for feature in FEATURES_OF_A_PAIR)
    rows = query_frame(
        connection,
        f"SELECT division, {medians} FROM {FEATURES.qualified_name} "
        "WHERE cutoff_date = $cutoff AND population = $population GROUP BY division ORDER BY division",
        {"cutoff": cutoff, "population": population},
    )
    return {row.pop("division"): row for row in rows.iter_rows(named=True)}


def read_bought(
    connection: duckdb.DuckDBPyConnection, cutoff: dt.date, customers: pl.Series
) -> dict[str, dict[str, tuple[float, float]]]:
    """What each of some customers had bought at a cutoff, by customer_id and division."""
    with registered(connection, told_customers=customers.unique().to_frame("customer_id")):
        rows = query_frame(
            connection,
            f"SELECT customer_id, division, orders_total, recency_days FROM {FEATURES.qualified_name} "
            "SEMI JOIN told_customers USING (customer_id) WHERE cutoff_date = $cutoff AND recency_days IS NOT NULL",
            {"cutoff": cutoff},
        )
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for customer, division, orders, days in rows.iter_rows():
        found.setdefault(customer, {})[division] = orders, days
    return found


def reasons_of(
    features: Sequence[str],
    values: Mapping[str, float | None],
    contributions: FloatArray,
    typical: Mapping[str, float | None],
    division: str,
    *,
    bought: Bought | None = None,
) -> list[Reason]:
    """Every feature of one pair that did something to its chance, the strongest first.

    Args:
        features: Names, in the order of the contributions.
        values: The pair's own value of each.
        contributions: Log-odds, shape (features,).
        typical: The usual value of each.
        division: The division.
        bought: What the customer bought, as of `read_bought`.
    """
    order = np.argsort(-np.abs(contributions), kind="stable")
    return [
        Reason(
            features[place],
            wording_of(features[place]).theme,
            _beside_typical(
                features[place], values.get(features[place]), typical.get(features[place]), division, bought
            ),
            float(contributions[place]),
        )
        for place in order
        if contributions[place] != 0
    ]


def reasons_in_words(
    frame: pl.DataFrame,
    features: Sequence[str],
    contributions: FloatArray,
    typical: Mapping[str, float | None],
    division: str,
    *,
    bought: Mapping[str, Bought] | None = None,
) -> list[str]:
    """What speaks most for each pair and most against it, a sentence or two a pair.

    What is the same for all customers of the division is left out: it tells nobody from anybody.

    Args:
        frame: The features, one row a pair.
        features: Names, in the order of the contributions.
        contributions: Log-odds, shape (pairs, features).
        typical: The usual value of each feature.
        division: The division.
        bought: What each customer bought, as of `read_bought`; the frame then has customer_id.
    """
    themes = [wording_of(feature).theme for feature in features]
    told = [theme for theme in dict.fromkeys(themes) if theme != DIVISION]
    if not told or not frame.height:
        return [""] * frame.height
    columns = [np.array([place for place, theme in enumerate(themes) if theme == wanted]) for wanted in told]
    sums = np.column_stack([contributions[:, places].sum(axis=1) for places in columns])
    order = np.argsort(-sums, axis=1, kind="stable")
    values = {
        feature: frame[feature].cast(pl.Float64).to_list() if feature in frame.columns else [0.0] * frame.height
        for feature in features
    }

    own = [bought.get(customer) for customer in frame["customer_id"]] if bought else [None] * frame.height

    def say(row: int, theme: int) -> str:
        """The feature of the theme that moved the chance most its way, one unlike that of most customers if any did."""
        towards = contributions[row, columns[theme]] * np.sign(sums[row, theme])
        ranked = columns[theme][np.argsort(-towards, kind="stable")]
        counted = [features[place] for place in ranked[: int((towards >= FAINTEST).sum())]]
        unlike = (name for name in counted if not _is_typical(name, values[name][row], typical.get(name)))
        feature = next(unlike, features[ranked[0]])
        return _beside_typical(feature, values[feature][row], typical.get(feature), division, own[row])

    sentences = []
    for row in range(frame.height):
        best_first = order[row]
        speaks_for = [say(row, theme) for theme in best_first[:MAX_REASONS_FOR] if sums[row, theme] >= FAINTEST]
        worst_first = best_first[::-1]
        against = [say(row, theme) for theme in worst_first[:MAX_REASONS_AGAINST] if sums[row, theme] <= -FAINTEST]
        parts = [f"For: {'; '.join(speaks_for)}."] if speaks_for else []
        parts += [f"Against: {'; '.join(against)}."] if against else []
        sentences.append(" ".join(parts))
    return sentences


def chance_in_words() -> pl.Expr:
    """A sentence on p_icp beside the median of its division, over a frame with p_icp and division."""
    percent = (100 * pl.col("p_icp")).round(1)
    return pl.format("Chance {} % (typical for {} {} %).", percent, "division", percent.median().over("division"))


def lift_in_words() -> pl.Expr:
    """A sentence on what the basket says, over a frame with lift, lift_from and division."""
    times = pl.col("lift").round(1)
    return (
        pl.when(pl.col("lift_from").is_null())
        .then(pl.lit("Owns no division."))
        .when(times > 1)
        .then(
            pl.format(
                "Owns {}, whose owners have {} {} times as often as all customers.", "lift_from", "division", times
            )
        )
        .otherwise(pl.format("No division it owns goes together with {}.", "division"))
    )


def _beside_typical(
    feature: str, value: float | None, typical: float | None, division: str, bought: Bought | None
) -> str:
    words = describe(feature, value, division, bought)
    if value is None or math.isnan(value) or typical is None:
        return words
    if _is_typical(feature, value, typical):
        return f"{words} (as is typical)"
    return f"{words} (typical {in_words(typical, wording_of(feature).unit)})"


def _is_typical(feature: str, value: float | None, typical: float | None) -> bool:
    """Whether a value reads like that of most customers."""
    if value is None or math.isnan(value) or typical is None:
        return False
    unit = wording_of(feature).unit
    return in_words(value, unit) == in_words(typical, unit)


def _short(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() or abs(number) >= 100 else f"{number:,.1f}"


def _counted(number: float, several: str) -> str:
    return f"{_short(number)} {several.removesuffix('s') if number == 1 else several}"


def _orders_than_before(number: float) -> str:
    if number == 0:
        return "no more orders"
    return f"{_short(abs(number))} {'more' if number > 0 else 'fewer'} {'order' if abs(number) == 1 else 'orders'}"


def _money_than_before(number: float) -> str:
    return "no more" if number == 0 else f"{abs(number):,.0f} {'more' if number > 0 else 'less'}"


_UNITS: Final[Mapping[str, Callable[[float], str]]] = {
    "days": lambda value: _counted(value, "days"),
    "ago": lambda value: f"{_counted(value, 'days')} ago",
    "decayed": lambda value: "never" if value <= 0 else _UNITS["ago"](round(-RECENCY_SCALE_DAYS * math.log(value))),
    "times": lambda value: "once" if value == 1 else f"{_short(value)} times",
    "orders more": _orders_than_before,
    "money": lambda value: f"{value:,.0f}",
    "money more": _money_than_before,
    "share": lambda value: f"{100 * value:.{1 if 0 < abs(value) < 0.1 else 0}f} %",
    "multiple": lambda value: f"{value:.1f} times",
    "index": lambda value: f"{value:.2f}",
    "number": lambda value: f"{value:.1f}",
    # exp(entropy) is how many divisions bought equally often would be as diverse (Hill 1973).
    "evenly": lambda value: f"about {math.exp(value):.1f} divisions" if value > 0 else "one division at most",
    "products": lambda value: _counted(value, "products"),
    "divisions": lambda value: _counted(value, "divisions"),
    "units": lambda value: _counted(value, "units"),
}
