"""The record of a candidate on earlier days, and whether that is enough to show it as a flag.

A record counts each deal once. It is shown as a flag when it tells deals apart: few enough are covered, and those are
lost more often than the others of their stage, beyond chance.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from synthdeal_assets.foundation.statistics.stratified import mantel_haenszel

MIN_DEALS: Final = 100
MAX_COVERED: Final = 0.4
"""Share of the base that a flag may cover. Above it, having it is the rule rather than what sets a deal apart."""
MAX_COVERED_TODAY: Final = 0.5
"""The same for today's deals alone. They are few, and a share of few swings: above half, those without the flag are the
shorter list, however it has done."""
LEVEL: Final = 0.01
"""Two-sided, and the flagged must lose more: with nine candidates at most five worlds in a hundred show one that says
nothing (Bonferroni: 9 x 0.005)."""
SMALLEST_SAID: Final = 0.0001


@dataclass(frozen=True, slots=True)
class Record:
    """How the deals fared that a candidate covered, and the others of its base.

    Attributes:
        base_deals: Deals that have ended, each counted once.
        flagged_deals: Those of them that were covered.
        flagged_lost: Those of the covered that were lost.
        other_lost: Those of the others that were lost.
        covered_today: Open deals that it covers today.
        open_today: Open deals in its base today.
        surplus: Losses among the covered beyond what their stages let expect.
        p_value: Chance of a difference as large within the stages, in either direction, if it said nothing.
    """

    base_deals: int
    flagged_deals: int
    flagged_lost: int
    other_lost: int
    covered_today: int
    open_today: int
    surplus: float
    p_value: float

    @classmethod
    def of(cls, rows: pl.DataFrame, as_of: dt.date) -> Record:
        """Counted from the rows of `flagging.flagged_rows`."""
        today = rows.filter(pl.col("day") == as_of)
        counted = rows.filter("is_counted")
        flagged, lost = counted["is_flagged"], ~counted["is_won"]
        surplus, p_value = mantel_haenszel(
            flagged.to_numpy(), lost.to_numpy(), counted["stage_name"].rank("dense").cast(pl.Int64).to_numpy() - 1
        )
        return cls(
            base_deals=counted.height,
            flagged_deals=int(flagged.sum()),
            flagged_lost=int((flagged & lost).sum()),
            other_lost=int((~flagged & lost).sum()),
            covered_today=int(today["is_flagged"].sum()),
            open_today=today.height,
            surplus=surplus,
            p_value=p_value,
        )

    @property
    def other_deals(self) -> int:
        """Deals of the base that were not covered."""
        return self.base_deals - self.flagged_deals

    @property
    def is_shown(self) -> bool:
        """Whether it tells deals apart: nothing speaks against showing it."""
        return self._objection("") is None

    def explanation(self, base: str) -> str:
        """The record in one sentence, or why it is not shown.

        Args:
            base: The deals of its base, in words after a number.
        """
        objection = self._objection(base)
        if objection is None:
            return f"{self._counts(base)} (p {_p(self.p_value)} within their stages)."
        return f"Not shown: {objection}."

    def _objection(self, base: str) -> str | None:
        if self.base_deals < MIN_DEALS:
            return (
                f"a record takes {MIN_DEALS} {base} whose end is known, and there are {self.base_deals:,} "
                "that could be looked at"
            )
        if self.flagged_deals > MAX_COVERED * self.base_deals:
            return f"it covered {self.flagged_deals:,} of {self.base_deals:,} {base}, more than {MAX_COVERED:.0%}"
        if self.covered_today > MAX_COVERED_TODAY * self.open_today:
            return f"it covers {self.covered_today:,} of today's {self.open_today:,} {base}, more than half"
        if not self._loses_more():
            return f"{_lower(self._counts(base))}: within their stages not more often"
        if self.p_value >= LEVEL:
            return f"{_lower(self._counts(base))}: within their stages that may be chance (p {_p(self.p_value)})"
        return None

    def _loses_more(self) -> bool:
        """Whether the covered lost more often, within their stages and over all of them."""
        return self.surplus > 0 and self.flagged_lost * self.other_deals > self.other_lost * self.flagged_deals

    def _counts(self, base: str) -> str:
        return (
            f"Of {self.flagged_deals:,} {base} that it covered {self.flagged_lost:,} were lost, "
            f"of {self.other_deals:,} others {self.other_lost:,}"
        )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _p(value: float) -> str:
    """A p-value with its sign of comparison."""
    return f"= {value:.2g}" if value >= SMALLEST_SAID else f"< {SMALLEST_SAID:g}"
