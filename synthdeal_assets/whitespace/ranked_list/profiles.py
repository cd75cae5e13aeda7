"""The ideal customer of each division: how those who entered it lately differed, beforehand, from those who did not.

A description of one trait at a time, not a model: traits are told by how well each alone tells entrants from others.
What is known of all traits together is in the models; no trait is claimed to be a cause.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl
from scipy.stats import rankdata

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, FloatArray
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.sales.tables import CUSTOMERS
from synthdeal_assets.whitespace.features.basket import Ownership, read_ownership
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.ranked_list.reasons import DIVISION, OWNED, describe, in_words, wording_of
from synthdeal_assets.whitespace.tables import FEATURES_OF_A_PAIR, PROFILES
from synthdeal_assets.world.tables import ACCOUNTS

MIN_ENTRANTS: Final = 20
"""Fewer entrants than these have no profile: a median of a handful is a story about those customers."""
ENOUGH_ENTRANTS: Final = 200
"""Windows are gone through from the latest one back until so many entrants are found: recent ones count most."""
MAX_TRAITS: Final = 8
MAX_OWNED: Final = 3
STANDARD_ERRORS: Final = 3.0
"""How far from telling nothing a trait must be; three, because some seventy traits are tried."""
MAX_ALIKE: Final = 0.7
"""Rank correlation with a trait told before, above which a trait would say the same thing again."""
MAX_OTHERS: Final = 20_000
"""Customers who did not enter that are compared with, evenly taken: more would not move a median anybody reads."""
DECIMALS: Final = 6
NOT_TRAITS: Final = (DIVISION, OWNED)
"""What is the same for all customers, and what only sums up the owned divisions, which are told by their names."""

OWNS: Final = "owns "
SEGMENT: Final = "segment "
INDUSTRY: Final = "industry "
EMPLOYEES: Final = "number_of_employees"


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait of all customers compared.

    Attributes:
        name: Feature, or `owns X`, `segment X`, `industry X`.
        theme: Traits of one theme say much the same; at most one is told, of owned divisions and the CRM's more.
        values: One a customer, NaN when not known; 0 or 1 for what one has or has not.
        is_share: Whether it is had or not.
    """

    name: str
    theme: str
    values: FloatArray
    is_share: bool


def build_profiles(
    connection: duckdb.DuckDBPyConnection, plan: CutoffPlan, cutoff: dt.date, divisions: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """The profile of each division at a cutoff, from windows that had ended by then.

    Args:
        connection: With transactions, features and labels.
        plan: The cutoffs of the run.
        cutoff: Last day that is known.
        divisions: Whose profiles.

    Returns:
        Rows of `PROFILES`, and for each division a sentence on what the profile rests on, or why there is none.
    """
    ownerships: dict[dt.date, Ownership] = {}
    accounts = (
        query_frame(connection, statement(__package__, "list_accounts.sql"))
        if table_exists(connection, ACCOUNTS) and table_exists(connection, CUSTOMERS)
        else None
    )
    rows, notes = [], {}
    for division in divisions:
        compared = []
        for window in _windows_apart(plan.training[cutoff], plan.window_days):
            frame = query_frame(
                connection,
                statement(__package__, "list_entrants.sql"),
                {"cutoff": window, "division": division, "most_others": MAX_OTHERS},
            )
            if window not in ownerships:
                ownerships[window] = read_ownership(connection, window)
            compared.append(frame.join(_owned(ownerships[window]), on="customer_id", maintain_order="left"))
            if sum(int(part["bought"].sum()) for part in compared) >= ENOUGH_ENTRANTS:
                break
        customers = pl.concat(compared, how="diagonal")
        entered = customers["bought"].to_numpy()
        entrants = int(entered.sum())
        windows = f"{len(compared)} window{'' if len(compared) == 1 else 's'} of {plan.window_days} days"
        if entrants < MIN_ENTRANTS:
            notes[division] = (
                f"{entrants} customers entered {division} in {windows}, fewer than the {MIN_ENTRANTS} that a "
                "profile needs."
            )
            continue
        differing = [trait for trait in traits_of(customers, accounts, division) if _differs(trait, entered)]
        told = telling_traits(differing, entered)
        notes[division] = (
            f"{entrants:,} customers entered {division} in {windows}; {len(told)} "
            f"{'trait tells' if len(told) == 1 else 'traits tell'} them apart."
        )
        rows += [
            _row(trait, separation, entered, cutoff=cutoff, division=division, place=place)
            for place, (trait, separation) in enumerate(told, 1)
        ]
    return PROFILES.conform(pl.DataFrame(rows, schema=PROFILES.polars_schema)), notes


def traits_of(customers: pl.DataFrame, accounts: pl.DataFrame | None, division: str) -> list[Trait]:
    """Everything that customers are compared by: features of the customer, owned divisions, and what the CRM says."""
    traits = [
        Trait(
            name, wording_of(name).theme, customers[name].cast(pl.Float64).fill_null(np.nan).to_numpy(), is_share=False
        )
        for name in FEATURES_OF_A_PAIR
        if wording_of(name).theme not in NOT_TRAITS
    ]
    traits += [
        Trait(name, OWNED, customers[name].fill_null(value=False).cast(pl.Float64).to_numpy(), is_share=True)
        for name in customers.columns
        if name.startswith(OWNS) and name != f"{OWNS}{division}"
    ]
    if accounts is None or accounts.is_empty():
        return traits
    linked = customers.select("customer_id", "bought").join(
        accounts, on="customer_id", how="left", maintain_order="left"
    )
    if linked.filter("bought")[EMPLOYEES].count() < MIN_ENTRANTS:
        return traits
    traits.append(Trait(EMPLOYEES, EMPLOYEES, linked[EMPLOYEES].fill_null(np.nan).to_numpy(), is_share=False))
    for prefix in (SEGMENT, INDUSTRY):
        column = linked[prefix.strip()]
        traits += [
            Trait(
                f"{prefix}{value}",
                prefix,
                (column == value).cast(pl.Float64).fill_null(np.nan).to_numpy(),
                is_share=True,
            )
            for value in column.drop_nulls().unique().sort()
        ]
    return traits


def telling_traits(traits: Sequence[Trait], entered: BoolArray) -> list[tuple[Trait, float]]:
    """The traits that tell entrants from others, the most telling first, none of which repeats another.

    Returns:
        Traits with their AUC: the chance that an entrant has more of it than another customer, ties counting half
        (Mann-Whitney), among the customers it is known of; at least `STANDARD_ERRORS` from 0.5 (Hanley and McNeil
        1982).
    """
    measured = [(trait, *found) for trait in traits if (found := _separation(trait.values, entered)) is not None]
    # Of two that tell as much, what entrants have more of comes first.
    measured.sort(key=lambda item: (-round(abs(item[1] - 0.5), DECIMALS), item[1] < 0.5, item[0].name))
    told: list[tuple[Trait, float]] = []
    ranks: list[FloatArray] = []
    of_theme: dict[str, int] = {}
    for trait, separation, error in measured:
        most = MAX_OWNED if trait.is_share else 1
        if abs(separation - 0.5) < STANDARD_ERRORS * error or of_theme.get(trait.theme, 0) >= most:
            continue
        own = _standard_ranks(trait.values)
        if any(abs(float(own @ other)) / own.size > MAX_ALIKE for other in ranks):
            continue
        told.append((trait, separation))
        ranks.append(own)
        of_theme[trait.theme] = of_theme.get(trait.theme, 0) + 1
        if len(told) == MAX_TRAITS:
            break
    return told


def _separation(values: FloatArray, entered: BoolArray) -> tuple[float, float] | None:
    known = ~np.isnan(values)
    buyers, others = values[known & entered], values[known & ~entered]
    if buyers.size < MIN_ENTRANTS or others.size < MIN_ENTRANTS:
        return None
    everybody = np.concatenate([buyers, others])
    if everybody.min() == everybody.max():
        return None
    ranks = rankdata(everybody)[: buyers.size].sum()
    area = (ranks - buyers.size * (buyers.size + 1) / 2) / (buyers.size * others.size)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (buyers.size - 1) * (first - area**2) + (others.size - 1) * (second - area**2)) / (
        buyers.size * others.size
    )
    return float(area), math.sqrt(max(variance, 0.0))


def _standard_ranks(values: FloatArray) -> FloatArray:
    """Ranks with mean 0 and deviation 1; what is not known lies in the middle."""
    known = ~np.isnan(values)
    ranks = np.zeros(values.size)
    found = rankdata(values[known])
    ranks[known] = (found - found.mean()) / (found.std() or 1.0)
    return ranks


def _row(
    trait: Trait, separation: float, entered: BoolArray, *, cutoff: dt.date, division: str, place: int
) -> Mapping[str, object]:
    buyers, others = _middles(trait, entered)
    return {
        "cutoff_date": cutoff,
        "division": division,
        "place": place,
        "trait": trait.name,
        "statement": _statement(trait, division, buyers, others),
        "buyers": int(entered.sum()),
        "buyers_value": round(buyers, DECIMALS),
        "others_value": round(others, DECIMALS),
        "separation": round(separation, DECIMALS),
    }


def _middles(trait: Trait, entered: BoolArray) -> tuple[float, float]:
    """Share, or median, among those who entered and among the others; NaN where it is known of nobody."""
    known = ~np.isnan(trait.values)
    middle = np.mean if trait.is_share else np.median
    sides = [trait.values[known & side] for side in (entered, ~entered)]
    buyers, others = (float(middle(values)) if values.size else math.nan for values in sides)
    return buyers, others


def _differs(trait: Trait, entered: BoolArray) -> bool:
    """Whether both sides differ in what a statement would say: half of all may have nil on either side."""
    buyers, others = _middles(trait, entered)
    if math.isnan(buyers) or math.isnan(others):
        return False
    unit = "share" if trait.is_share else "number" if trait.name == EMPLOYEES else wording_of(trait.name).unit
    return in_words(buyers, unit) != in_words(others, unit)


def _statement(trait: Trait, division: str, buyers: float, others: float) -> str:
    if trait.is_share:
        shares = f"{in_words(buyers, 'share')} of those who entered {division}", in_words(others, "share")
        if trait.name.startswith(OWNS):
            return f"{shares[0]} owned {trait.name.removeprefix(OWNS)} (others {shares[1]})."
        kind, _, value = trait.name.partition(" ")
        return f"{shares[0]} were of the {kind} {value} (others {shares[1]})."
    if trait.name == EMPLOYEES:
        return f"Those who entered {division} had {buyers:,.0f} employees (others {others:,.0f})."
    unit = wording_of(trait.name).unit
    return f"Those who entered {division}: {describe(trait.name, buyers, division)} (others {in_words(others, unit)})."


def _windows_apart(cutoffs: Sequence[dt.date], window_days: int) -> list[dt.date]:
    """The latest cutoffs, newest first, whose windows do not overlap: nobody enters a division twice."""
    apart: list[dt.date] = []
    for cutoff in cutoffs:
        if not apart or (apart[-1] - cutoff).days >= window_days:
            apart.append(cutoff)
    return apart


def _owned(ownership: Ownership) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": pl.Series(ownership.customers, dtype=pl.String),
            **{f"{OWNS}{name}": ownership.owns[:, place] for place, name in enumerate(ownership.divisions)},
        }
    )
