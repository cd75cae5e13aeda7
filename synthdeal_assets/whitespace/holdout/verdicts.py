"""What the figures of the hold-out say, in sentences: for the checks, the command line, the page and the report.

The figures are measured in `holdout.py`; nothing is computed here. A promise that is not kept is said to be not kept,
and where there is nothing to judge no promise is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from synthdeal_assets.whitespace.holdout.drift import SHARES, alarms
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    BASELINES,
    BOUGHT_IN_WINDOW,
    BOUGHT_LATELY,
    CHALLENGER,
    CHAMPION,
    EXISTING,
    LIST,
    POPULATIONS,
    SPENT_AN_ORDER,
    WHITESPACE,
)

NAME_OF: Final = {EXISTING: "Existing customers", WHITESPACE: "Whitespace"}
GATED: Final = {"auc": "AUC", "lift_at_10": "lift@10", "calibration_error": "calibration error"}
"""The measures with a promise, in the order in which they are said, and what they are called."""
DECIMALS_OF: Final = {"auc": 3, "lift_at_10": 2, "calibration_error": 3, "precision_at_k": 3}
NEVER_NEGATIVE: Final = ("calibration_error",)
MAX_DIVISIONS: Final = 8
"""Divisions that a sentence names; the table has all of them."""

WHOSE: Final = {EXISTING: "customers of a division", WHITESPACE: "those who never bought from a division"}
NOW_AND_THEN: Final = {
    BOUGHT_LATELY: "share that bought within the last 91 days",
    SPENT_AN_ORDER: "what an order of the last 91 days came to",
    BOUGHT_IN_WINDOW: "share that bought from it in the window after that day",
}
WHAT_TO_DO: Final = (
    "Check whether the log is complete there, in one currency and with the same divisions; if it is, rely on the "
    "order of the list more than on its chances until a window after the change has been learnt from."
)

NOT_JUDGED: Final = "nothing was judged, because there is no window after a cutoff that the data cover"
NO_PAIR: Final = "nothing was judged, because there is no such pair at the cutoff"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a promise is kept, and what is to be said of it.

    Attributes:
        kept: False also where there is nothing to judge.
        sentence: What was found, in a sentence or two.
    """

    kept: bool
    sentence: str


def headline(metrics: pl.DataFrame) -> dict[str, str]:
    """For each population how good the champion is and whether it keeps the promises.

    Args:
        metrics: Rows of whitespace.holdout_metrics, of one cutoff.

    Returns:
        A sentence or two for each population, such as "Existing customers: AUC 0.812 (0.790 to 0.834), lift@10 3.10
        (2.87 to 3.43), calibration error 0.014 (0.006 to 0.018): all gates met."
    """
    return {population: gates(metrics, population).sentence for population in POPULATIONS}


def gates(metrics: pl.DataFrame, population: str) -> Verdict:
    """Whether the champion keeps the promises in a population, over all its divisions together.

    Divisions that do not keep them by themselves are named.
    """
    found = metrics.filter(
        pl.col("population") == population, pl.col("ranker") == CHAMPION, pl.col("measure").is_in(list(GATED))
    )
    together = _by_measure(found.filter(pl.col("division") == ALL_DIVISIONS))
    if not together:
        return Verdict(False, f"{NAME_OF[population]}: {NOT_JUDGED if metrics.is_empty() else NO_PAIR}.")
    missed = [_missed(row) for row in together.values() if row["passed"] is False]
    unknown = [row for row in together.values() if row["passed"] is None]
    if unknown:
        judged = f"cannot be judged: {unknown[0]['caveat']}"
    elif missed:
        judged = f"not met: {', '.join(missed)}."
    else:
        judged = "all gates met."
    figures = ", ".join(f"{name} {_figure(together[measure])}" for measure, name in GATED.items())
    unsure = [
        GATED[measure] for measure, row in together.items() if _is_known(row) and row["low"] < row["gate"] < row["high"]
    ]
    doubt = f" The sample cannot tell for {' and '.join(unsure)}." if unsure else ""
    return Verdict(
        not missed and not unknown, f"{NAME_OF[population]}: {figures}: {judged}{doubt}{_divisions_below(found)}"
    )


def against_the_rules(metrics: pl.DataFrame) -> Verdict:
    """Whether the champion outranks each rule by more than chance, in each population that has pairs."""
    if metrics.is_empty():
        return Verdict(False, f"{NOT_JUDGED.capitalize()}.")
    sentences, kept = [], True
    for population in _populations(metrics):
        gaps = {
            rule: _by_measure(_together(metrics, population).filter(pl.col("ranker") == rule)) for rule in BASELINES
        }
        known = {rule: found for rule, found in gaps.items() if _is_known(found.get("auc_behind_champion"))}
        if not known:
            sentences.append(f"{NAME_OF[population]}: cannot be judged, because too few bought.")
            kept = False
            continue
        best = min(known, key=lambda rule: known[rule]["auc_behind_champion"]["value"])
        area, lift = (known[best][f"{measure}_behind_champion"] for measure in ("auc", "lift_at_10"))
        figures = f"AUC {_signed(area)}, lift@10 {_signed(lift)}"
        if area["low"] > 0:
            sentences.append(f"{NAME_OF[population]}: the champion beats the best rule, {best}, by {figures}.")
        elif area["value"] > 0:
            sentences.append(f"{NAME_OF[population]}: chance may explain the lead over the rule {best}: {figures}.")
        else:
            sentences.append(f"{NAME_OF[population]}: the champion does not beat the rule {best}: {figures}.")
        kept = kept and bool(area["low"] > 0)
    return Verdict(kept, " ".join(sentences))


def ways_of_buying(drift: pl.DataFrame) -> Verdict:
    """Whether customers buy as they did at the cutoffs that were learnt from.

    Asked of the cutoff that the method is judged at and of that of the present list.

    Args:
        drift: Rows of whitespace.drift.
    """
    if drift.is_empty():
        return Verdict(False, "Nothing was compared with the training cutoffs.")
    moved = alarms(drift)
    if moved.is_empty():
        return Verdict(True, "How customers buy has not changed since the training cutoffs, beyond chance.")
    groups = moved.group_by("cutoff_date", "population", "feature", maintain_order=True)
    sentences = [
        f"At {cutoff}, {WHOSE[population]}: {NOW_AND_THEN[feature]} "
        f"{_named([_now_and_then(row) for row in rows.to_dicts()])}."
        for (cutoff, population, feature), rows in groups
    ]
    return Verdict(
        False, " ".join(["Customers now buy differently than at every training cutoff.", *sentences, WHAT_TO_DO])
    )


def of_the_list(metrics: pl.DataFrame) -> str:
    """How good the whitespace list is at the pairs that the reps can work on, beside the champion and the challenger.

    Returns:
        A sentence; empty when the list was not judged.
    """
    precision = {
        row["ranker"]: row
        for row in _together(metrics, WHITESPACE).filter(pl.col("measure") == "precision_at_k").to_dicts()
    }
    if not _is_known(precision.get(LIST)):
        return ""
    found = precision[LIST]
    others = ", ".join(
        f"{name} {precision[ranker]['value']:.3f}"
        for ranker, name in ((CHAMPION, "champion alone"), (CHALLENGER, "challenger alone"))
        if _is_known(precision.get(ranker))
    )
    return (
        f"Whitespace list: of its best {found['k']:,} pairs {found['value']:.1%} ({found['low']:.1%} to "
        f"{found['high']:.1%}) bought, of all {found['positives'] / found['pairs']:.1%}; precision of the {others}."
    )


def _divisions_below(found: pl.DataFrame) -> str:
    """The divisions that do not keep a promise by themselves, and those where it cannot be judged."""
    divisions = found.filter(pl.col("division") != ALL_DIVISIONS)
    count = divisions["division"].n_unique()
    missed = [
        f"{division} ({', '.join(GATED[row['measure']] for row in rows if row['passed'] is False)})"
        for division, rows in _by_division(divisions.filter(~pl.col("passed")))
    ]
    unknown = [division for division, _ in _by_division(divisions.filter(pl.col("passed").is_null()))]
    below = f" By themselves, {len(missed)} of {count} divisions miss a gate: {_named(missed)}." if missed else ""
    return below + (f" Too few sales to judge: {_named(unknown)}." if unknown else "")


def _by_division(rows: pl.DataFrame) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    order = {measure: place for place, measure in enumerate(GATED)}
    return [
        (str(division), sorted(group.to_dicts(), key=lambda row: order[row["measure"]]))
        for (division,), group in sorted(rows.group_by("division"))
    ]


def _populations(metrics: pl.DataFrame) -> list[str]:
    """The populations that have pairs: a log of one division has hardly any whitespace."""
    present = set(metrics["population"])
    return [population for population in POPULATIONS if population in present]


def _together(metrics: pl.DataFrame, population: str) -> pl.DataFrame:
    return metrics.filter(pl.col("population") == population, pl.col("division") == ALL_DIVISIONS)


def _by_measure(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["measure"]: row for row in rows.to_dicts()}


def _is_known(row: dict[str, Any] | None) -> bool:
    return row is not None and row["value"] is not None and row["low"] is not None


def _now_and_then(row: dict[str, Any]) -> str:
    shown = "{:.1%}" if row["feature"] in SHARES else "{:,.2f}"
    now, then = (shown.format(row[mean]) for mean in ("mean", "nearest_mean"))
    return f"{row['division']} {now} (most like it was {row['nearest_cutoff']} with {then})"


def _missed(row: dict[str, Any]) -> str:
    bound = "at most" if row["measure"] == "calibration_error" else "at least"
    return f"{GATED[row['measure']]} ({bound} {row['gate']:.2f})"


def _figure(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "not measured"
    decimals = DECIMALS_OF[row["measure"]]
    if row["measure"] in NEVER_NEGATIVE and row["low"] == 0:
        # Chance makes such a measure larger, so that its interval lies to the left: the upper end is what tells.
        return f"{row['value']:.{decimals}f} (at most {row['high']:.{decimals}f}, and chance alone may explain it)"
    ends = "" if row["low"] is None else f" ({row['low']:.{decimals}f} to {row['high']:.{decimals}f})"
    return f"{row['value']:.{decimals}f}{ends}"


def _signed(row: dict[str, Any]) -> str:
    decimals = DECIMALS_OF[row["measure"].removesuffix("_behind_champion")]
    return f"{row['value']:+.{decimals}f} ({row['low']:+.{decimals}f} to {row['high']:+.{decimals}f})"


def _named(names: list[str]) -> str:
    more = len(names) - MAX_DIVISIONS
    return ", ".join(names[:MAX_DIVISIONS]) + (f" and {more} more" if more > 0 else "")
