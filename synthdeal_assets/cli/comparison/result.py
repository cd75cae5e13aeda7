"""What a comparison came to, as every form of it is made from: figures, deals, conditions, and what to know besides.

How it is shown belongs in `as_table.py`, `as_markdown.py`, `as_json.py` and `as_junit.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from synthdeal_assets.cli.spending import cost_in_words
from synthdeal_assets.demo_llm.server import DEMO_MODEL
from synthdeal_assets.evaluation.comparison.comparison import Agreement
from synthdeal_assets.evaluation.comparison.conditions import FailIfFinding
from synthdeal_assets.evaluation.comparison.differing_deals import DifferingDeal
from synthdeal_assets.evaluation.comparison.figures import Key
from synthdeal_assets.evaluation.comparison.measures import BY_NAME, COULD_NOT_JUDGE, Measure
from synthdeal_assets.evaluation.comparison.power import deals_to_see, seen_with
from synthdeal_assets.evaluation.comparison.sample import DrawnSample
from synthdeal_assets.evaluation.comparison.sides import Side, called, not_judged_in_words
from synthdeal_assets.evaluation.tables import BETTER, CANNOT_TELL, GUESSED_LEVEL, WORSE
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.scorers.heuristic import NAME as HEURISTIC
from synthdeal_assets.scoring.scorers.heuristic_levels import LABEL

FAILED_BY_A_CONDITION: Final = 3
"""Exit code where a condition of --fail-if holds."""

NO_QUALITY: Final = frozenset(
    {"cost_per_opportunity", "tokens_per_opportunity", "latency", "quote_validity", "changed_when_asked_again"}
)
"""Figures that more deals need not be planned for."""

GUESSES_IN_WORDS: Final = (
    "Guess is what needs no scorer, on the same deals: the last open stage alone for orders and AUC, level "
    f"{GUESSED_LEVEL} for every element, the best single level of each element for levels after a map, the win rate "
    "for the Brier score. A side that does not beat it adds nothing by that figure."
)
MAP_IN_WORDS: Final = (
    "After a map is the level error once more, when each level is replaced by the one that fits best, learnt for each "
    "side and element on the other deals: a side that only judges too high or too low is mended by that, one that "
    "cannot tell deals apart is not."
)
NOISE_IN_WORDS: Final = "Noise of asking the same again: lowest and highest of the repeats"
PAIRED: Final = 2
CHANCE_SHARE: Final = 0.05
"""Of 95 % intervals, so many exclude 0 though there is no difference."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the deals can show by one figure.

    Attributes:
        measure: The figure.
        seen: The smallest difference that they show four times in five, as the figure is shown.
        needed: For each size of a difference how many deals it takes.
    """

    measure: Measure
    seen: float
    needed: Mapping[float, int]


@dataclass(frozen=True, slots=True)
class Result:
    """What a comparison came to.

    Attributes:
        sides: The sides, after they were asked; the others are held against the first.
        sample: The deals.
        figures: Rows of scoring.score_comparisons.
        guesses: The simple guess beside each figure that has one.
        agreements: How far the levels of each side agree with the truth beyond chance; None on too few deals.
        deals: The deals on which the sides differ most.
        findings: Whether the conditions hold.
        sizes: Differences for which it is said how many deals it takes to see them.
    """

    sides: Sequence[Side]
    sample: DrawnSample
    figures: pl.DataFrame
    guesses: Mapping[Key, tuple[str, float | None]]
    agreements: Sequence[Agreement | None]
    deals: Sequence[DifferingDeal]
    findings: Sequence[FailIfFinding]
    sizes: Sequence[float]

    @property
    def comparison_id(self) -> str:
        """Name of the comparison."""
        return str(self.figures["comparison_id"][0])

    @property
    def common(self) -> int:
        """Deals that all sides have judged."""
        return len(set.intersection(*(side.judged for side in self.sides)))

    @property
    def exit_code(self) -> int:
        """3 when a condition holds, else 0."""
        return FAILED_BY_A_CONDITION if any(finding.holds for finding in self.findings) else 0

    @property
    def is_repeated(self) -> bool:
        """Whether some side was asked about each deal several times."""
        return any(len(side.repeats) > 1 for side in self.sides)

    def headings(self) -> list[str]:
        """What the sides are called above their figures."""
        return [name.capitalize() for name, _ in called(self.sides)]

    def rows(self, side: int) -> list[dict[str, Any]]:
        """The figures of a side, from 1 on, without the count of those not judged."""
        return self.figures.filter((pl.col("side") == side) & (pl.col("measure") != COULD_NOT_JUDGE)).to_dicts()

    def guess(self, row: Mapping[str, Any]) -> float | None:
        """The simple guess beside a figure; None where there is none."""
        return self.guesses.get((row["measure"], row["element"]), ("", None))[1]

    def says(self, row: Mapping[str, Any]) -> str:
        """The verdict in words, with a star where it holds after the correction for all figures."""
        verdict = row["verdict"]
        if verdict not in (BETTER, WORSE):
            return str(verdict)
        star = "" if row["verdict_of_many"] == CANNOT_TELL else "*"
        if len(self.sides) != PAIRED:
            return f"{verdict}{star}"
        return f"{'right' if verdict == BETTER else 'left'} better{star}"

    def noise(self) -> list[tuple[str, ...]]:
        """The lowest and the highest of the repeats of each side, a row for each figure over all elements."""
        found = []
        for rows in zip(*(self.rows(side) for side in range(1, len(self.sides) + 1)), strict=True):
            if rows[0]["element"] == "all" and any(row["lowest"] is not None for row in rows):
                ranges = (
                    "" if row["lowest"] is None else f"{number(row['lowest'], row)} to {number(row['highest'], row)}"
                    for row in rows
                )
                found.append((label(rows[0]), *ranges))
        return found

    def reach(self) -> list[Reach]:
        """What the deals can show, by each figure over all elements; where sides vary, by the one that varies most."""
        found = []
        others = self.figures.filter((pl.col("side") > 1) & (pl.col("element") == "all"))
        for (name,), rows in others.group_by(["measure"], maintain_order=True):
            measure, error = BY_NAME[str(name)], rows["standard_error"].max()
            if measure.name in NO_QUALITY or not isinstance(error, float) or error <= 0:
                continue
            needed = {size: deals_to_see(size, error, self.common) for size in self.sizes}
            found.append(Reach(measure, seen_with(error), needed))
        return found

    def usage(self) -> tuple[Usage, int]:
        """What the requests of this comparison took, and how many answers came from the ledger."""
        asked = list({id(each): each for side in self.sides for each in side.asked}.values())
        return sum((each.usage for each in asked), start=Usage()), sum(each.from_ledger for each in asked)

    def remarks(self) -> Iterator[str]:
        """What a reader of the figures has to know besides, a sentence or two each."""
        two = len(self.sides) == PAIRED
        yield (
            f"{'Both' if two else 'All'} sides scored {self.common:,} of the {len(self.sample.inputs):,} deals; the "
            "figures cover these."
        )
        for name, side in called(self.sides):
            if side.failed:
                yield f"{name.capitalize()} could not score {len(side.failed):,}: {not_judged_in_words(side)}."
            if side.substituted:
                yield f"{name.capitalize()}: the heuristic scored {side.substituted:,} in place of the model."
        if any(side.judge.scorer == HEURISTIC or side.substituted for side in self.sides):
            yield f"The heuristic: {LABEL}."
        yield from self._by_chance()
        yield from dict.fromkeys(f"{side.stop.message.rstrip('.')}." for side in self.sides if side.stop is not None)
        yield from self._many()
        demo = any(side.judge.model.startswith(DEMO_MODEL) for side in self.sides)
        if self.sample.landmark is not None and demo:
            yield (
                f"The demo model looks up what is so today, so of {self.sample.landmark} it knows more than anybody "
                "could."
            )
        usage, known = self.usage()
        if usage.calls or known:
            sent = f"{counted(usage.calls, 'request', 'requests')} ({cost_in_words(usage)})"
            yield f"This comparison sent {sent}; answers reused from the ledger: {known:,}."
        else:
            yield "No request was sent: this comparison cost nothing."

    def _by_chance(self) -> Iterator[str]:
        for (name, _), kappa in zip(called(self.sides), self.agreements, strict=True):
            if kappa is not None and kappa.low <= 0:
                yield (
                    f"{name.capitalize()}: its levels agree with the truth no more than chance does (kappa "
                    f"{kappa.value:.3f}, 95% interval {kappa.low:+.3f} to {kappa.high:+.3f})."
                )

    def _many(self) -> Iterator[str]:
        tested = self.figures.filter(pl.col("p_value_of_many").is_not_null())
        if tested.is_empty():
            return
        alone = tested.filter(pl.col("verdict").is_in((BETTER, WORSE)))
        kept = alone.filter(pl.col("verdict_of_many") == pl.col("verdict")).height
        by_chance = max(1, round(tested.height * CHANCE_SHARE))
        do = f"{alone.height or 'none'} {'does' if alone.height < PAIRED else 'do'}"
        says = f"Of {tested.height} intervals about {by_chance} would exclude 0 by chance alone; {do}"
        if alone.height:
            says += f", {kept or 'none'} also after correction for all {tested.height} (*, Holm's method)"
        yield f"{says}."


def number(value: float | None, row: Mapping[str, Any], *, signed: bool = False) -> str:
    """A value of a row as it is shown; empty where there is none."""
    if value is None:
        return ""
    measure = BY_NAME[row["measure"]]
    return f"{value * measure.shown_times:{'+' if signed else ''},.{measure.decimals}f}"


def interval(row: Mapping[str, Any]) -> str:
    """The interval of a difference as it is shown; empty where there is none."""
    if row["low"] is None:
        return ""
    return f"{number(row['low'], row, signed=True)}, {number(row['high'], row, signed=True)}"


def label(row: Mapping[str, Any]) -> str:
    """What a figure is called in a table, with an arrow for what is better; elements are indented below theirs."""
    if row["element"] != "all":
        return f" {row['element'].replace('_', ' ')}"
    return f"{BY_NAME[row['measure']].short} {'↑' if row['better'] == 'more' else '↓'}"
