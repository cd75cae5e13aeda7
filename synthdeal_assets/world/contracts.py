"""What customers have from which day to which: contracts, their one end a customer, and the renewals that come of it.

Wins that are no renewals come in, and contracts and renewals go out; who decides on a renewal is handed in. A term is
the time up to the day on which all contracts of a customer end. What a win does to it:

- The first one starts a term of `TERM_DAYS`. A later one runs to the end of the term, or to that of the next one from
  the day on that the renewal of this one is opened.
- An upgrade is a contract beside the others. A replacement or downgrade takes the place of what is held of the product,
  whose contracts end on the day before; of a product that is not held it is an upgrade.
- The renewal is about what is held when it is opened. Won, it makes a contract of each line for the next term; one
  whose product was replaced in the meantime is cancelled before it begins.
- With nothing renewed and nothing won for the next term the account is a customer no more, until another win.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from synthdeal_assets.foundation.drawing.entries import Entries
from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, UInt64Array, choose, mix
from synthdeal_assets.foundation.drawing.row_days import row_days
from synthdeal_assets.world.calendar import NEVER, CreationCalendar, record_start, working_day
from synthdeal_assets.world.contract_tables import ACTIVE, CANCELLED, CONTRACTS, ENDED, FUTURE
from synthdeal_assets.world.customers import Spans
from synthdeal_assets.world.frames import dates
from synthdeal_assets.world.salesforce_picklists import DOWNGRADE, OPPORTUNITY_TYPES, REPLACEMENT
from synthdeal_assets.world.turnover import people_record_start

TERM_DAYS: Final = 365
OPENED_BEFORE_END: Final = (90, 120)
"""Days before the end of a term, at least and at most, on which its renewal is opened."""

_SETTING: Final = (OPPORTUNITY_TYPES.index(REPLACEMENT), OPPORTUNITY_TYPES.index(DOWNGRADE))
"""Kinds of business that say how much is held from then on, and not how much comes to it."""


@dataclass(frozen=True)
class Wins(Entries):
    """Won deals that are no renewals, one entry a deal, in any order.

    Attributes:
        account: Row in the accounts.
        created: Day of creation (days since 1970-01-01).
        index: Number of the deal in that day.
        closed: Day on which it was won.
        type: Position in OPPORTUNITY_TYPES.
        product: Row in the products.
        quantity: Units, at least 1.
        unit_price: Cents for a unit and year.
    """

    account: IntArray
    created: IntArray
    index: IntArray
    closed: IntArray
    type: IntArray
    product: IntArray
    quantity: IntArray
    unit_price: IntArray


@dataclass(frozen=True)
class Renewals(Entries):
    """Renewals, one entry each; in `Contracts.joined` in the order of creation, those of a day in that of the accounts.

    Attributes:
        account: Row in the accounts.
        number: 1 for the account's first renewal, then counting up.
        key: Random key: every choice about the renewal follows from it.
        created: Day on which it is opened, a working day (days since 1970-01-01).
        contract_end: Last day of the contracts that it is about.
        quantity: Shape (renewals, products): units of its lines, 0 where the product is not held.
    """

    account: IntArray
    number: IntArray
    key: UInt64Array
    created: IntArray
    contract_end: IntArray
    quantity: npt.NDArray[np.int32]

    def since(self, day: int) -> Self:
        """Those that are created from a day on."""
        return self.where(slice(int(np.searchsorted(self.created, day)), None))

    def index(self, calendar: CreationCalendar) -> IntArray:
        """Number of each deal in its day, after those that are no renewals."""
        days, first, inverse = np.unique(self.created, return_index=True, return_inverse=True)
        others = np.array([calendar.count(day) for day in days.tolist()], dtype=np.int64)
        return (others - first)[inverse] + np.arange(1, self.created.size + 1)


Decide = Callable[[Renewals], tuple[BoolArray, IntArray, IntArray]]
"""Of some renewals: which are won; on which day after `created` and up to `contract_end` each is won or lost; and the
price of a unit in cents, of shape (renewals, products)."""


@dataclass(frozen=True)
class Contracts:
    """Contracts, and the renewals that are about them. Days are since 1970-01-01, all inclusive.

    Attributes:
        account: Row in the accounts.
        product: Row in the products.
        quantity: Units, at least 1.
        unit_price: Cents for a unit and year.
        start: First day.
        end: Last day that was agreed on.
        cut_end: Last day when another contract took its place, before `start` when it was cancelled; NEVER for others.
        cut_known: Day from which on that is known; NEVER for others.
        signed: Day on which its deal was won.
        created: Day on which its deal was created.
        index: Number of its deal in that day; -1 when that is a renewal.
        renewal: Position of its deal in `renewals`; -1 when that is none, or one of those that `since` leaves out.
        line: Number of its line in the deal, from 1 in the order of the products.
        renewals: The renewals that were opened.
    """

    account: IntArray
    product: IntArray
    quantity: IntArray
    unit_price: IntArray
    start: IntArray
    end: IntArray
    cut_end: IntArray
    cut_known: IntArray
    signed: IntArray
    created: IntArray
    index: IntArray
    renewal: IntArray
    line: IntArray
    renewals: Renewals

    def of(self, accounts: BoolArray) -> Self:
        """The contracts and renewals of the accounts for which a mask by row is true."""
        return self._where(accounts[self.account], accounts[self.renewals.account])

    def since(self, day: int) -> Self:
        """What says who is a customer from a day on, and of what, and who was one before.

        These are the contracts that still ran on the day or began later, and of every account the last one that ran
        before; and the renewals that were opened from two terms before the day on, because no other one can have made
        a contract that still ran on it.
        """
        last_day = self.last_day
        begun = np.where((self.start <= day) & (last_day >= self.start), self.start, -1)
        latest = np.full(self.account.max(initial=-1) + 1, -1)
        np.maximum.at(latest, self.account, begun)
        is_latest = (begun >= 0) & (begun == latest[self.account])
        return self._where((last_day >= day) | is_latest, self.renewals.created >= day - 2 * TERM_DAYS)

    def _where(self, chosen: BoolArray, renewals: BoolArray) -> Self:
        rows = np.flatnonzero(chosen)
        position = np.append(np.where(renewals, np.cumsum(renewals) - 1, -1), -1)
        columns = {name: values[rows] for name, values in self._columns().items()}
        columns["renewal"] = position[columns["renewal"]]
        return replace(self, **columns, renewals=self.renewals.where(renewals))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The contracts of all parts by account and start, and the renewals in the order of creation.

        Args:
            parts: Those of an account are all in one part. What begins on one day stays in the order that it has there.
        """
        opened = Renewals.joined([part.renewals for part in parts])
        in_order = np.lexsort((opened.account, opened.created))
        # The entry behind the last one is that of a contract of no renewal.
        position = np.full(in_order.size + 1, -1)
        position[in_order] = np.arange(in_order.size)
        columns_of = [part._columns() for part in parts]
        columns = {name: np.concatenate([columns[name] for columns in columns_of]) for name in columns_of[0]}
        before = np.cumsum([0, *(part.renewals.account.size for part in parts)])
        first = np.repeat(before[:-1], [part.account.size for part in parts])
        columns["renewal"] = position[np.where(columns["renewal"] >= 0, columns["renewal"] + first, -1)]
        order = np.argsort(row_days(columns["account"], columns["start"]), kind="stable")
        return cls(**{name: columns.pop(name)[order] for name in tuple(columns)}, renewals=opened.where(in_order))

    def _columns(self) -> dict[str, IntArray]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "renewals"}

    @property
    def last_day(self) -> IntArray:
        """Last day on which each contract really ran, before `start` when it was cancelled."""
        return np.minimum(self.end, self.cut_end)

    def spans(self) -> Spans:
        """What really ran: the contracts without those that were cancelled before they began."""
        every = Spans(self.account, self.product, self.quantity, self.start, self.last_day)
        return every.where(every.end >= every.start)

    def seen_on(self, as_of: int, on_record: BoolArray) -> IntArray:
        """The contracts that are on record on a day, from the one whose deal is the oldest on.

        Args:
            as_of: The day, no later than the wins reach.
            on_record: By row of the accounts, whether crm.accounts has it.
        """
        seen = (self.signed <= as_of) & (self._end_on(as_of) >= people_record_start(as_of)) & on_record[self.account]
        rows = np.flatnonzero(seen)
        in_order: IntArray = rows[np.argsort(self.created[rows], kind="stable")]
        return in_order

    def rows_on(
        self,
        as_of: int,
        *,
        rows: IntArray,
        renewal_index: IntArray,
        account_id: pl.Series,
        product_id: pl.Series,
    ) -> pl.DataFrame:
        """Some of crm.contracts as it is seen on a day: from the day it was won, its end as it is known by then.

        Args:
            as_of: The day, no later than the wins reach.
            rows: Which contracts, of those that are seen on the day.
            renewal_index: `index` of the renewals.
            account_id: Identifier by row of the accounts.
            product_id: Identifier by row of the products.
        """
        start, end, renewal = self.start[rows], self._end_on(as_of)[rows], self.renewal[rows]
        # The index behind the last one is that of a deal that is no renewal, and is not taken.
        index = np.where(renewal >= 0, np.append(renewal_index, -1)[renewal], self.index[rows])
        digits = pl.select(
            pl.concat_str(
                dates(self.created[rows]).dt.strftime("%Y%m%d"),
                pl.lit("-"),
                pl.Series(index).cast(pl.String).str.zfill(4),
            )
        ).to_series()
        status = np.select([end < start, start > as_of, end >= as_of], [CANCELLED, FUTURE, ACTIVE], ENDED)
        opportunity = pl.when(pl.Series(self.created[rows] >= record_start(as_of))).then("OPP-" + digits)
        frame = pl.DataFrame(
            {
                "contract_id": "CTR-" + digits + "-" + pl.Series(self.line[rows]).cast(pl.String),
                "account_id": account_id.gather(self.account[rows]),
                "product_id": product_id.gather(self.product[rows]),
                "quantity": self.quantity[rows],
                "unit_price": self.unit_price[rows] / 100,
                "start_date": dates(start),
                "end_date": dates(end),
                "annual_amount": self.quantity[rows] * self.unit_price[rows] / 100,
                "status": status,
                "opportunity_id": pl.select(opportunity).to_series(),
                "signed_date": dates(self.signed[rows]),
            }
        )
        return CONTRACTS.conform(frame.sort("contract_id"))

    def _end_on(self, as_of: int) -> IntArray:
        """Last day of each contract, as far as it is known on a day."""
        return np.where(self.cut_known <= as_of, self.cut_end, self.end)


def run_contracts(wins: Wins, account_key: UInt64Array, products: int, decide: Decide, until: int) -> Contracts:
    """The contracts that follow from what was won, up to a day; `Contracts.joined` puts them in order.

    A later day gives the same contracts and renewals, those that come after besides, and the ends of some.

    Args:
        wins: The wins. Those of an account are complete from its first one on; what closes after `until` is left out.
        account_key: Random key by row of the accounts.
        products: Number of products.
        decide: How renewals end. It is called several times, and each time with others, in no order.
        until: The last day (days since 1970-01-01); what is won with a renewal that was opened by then is there.
    """
    wins = wins.where(wins.closed <= until)
    wins = wins.where(np.lexsort((wins.index, wins.created, wins.closed, wins.account)))
    terms = _Terms(wins, account_key, products, decide)
    terms.run(until)
    return terms.contracts()


class _Terms:
    """The terms of all accounts that ever won something, each one event after the other.

    Args:
        wins: By account, in the order in which they count.
        account_key: Random key by row of the accounts.
        products: Number of products.
        decide: How renewals end.
    """

    def __init__(self, wins: Wins, account_key: UInt64Array, products: int, decide: Decide) -> None:
        self.wins, self.products, self.decide = wins, products, decide
        self.account, self.next_win, count = np.unique(wins.account, return_index=True, return_counts=True)
        self.end_of_wins = self.next_win + count
        self.key = account_key[self.account]
        size = self.account.size
        self.term_end = np.full(size, NEVER)
        self.opens = np.full(size, NEVER)
        self.is_open = np.zeros(size, dtype=bool)
        self.number = np.zeros(size, dtype=np.int64)
        # Units of each product that end with the term, with the next one, and that are renewed for the next one.
        self.held, self.held_next, self.renewed = (np.zeros((size, products), dtype=np.int32) for _ in range(3))
        self.step = 0
        self.renewals: list[Renewals] = [_no_renewals(products)]
        self.of_renewals: list[dict[str, IntArray]] = []
        # By win: when its contract ends, and in which step it came.
        self.end, self.step_of_win = (np.zeros(wins.account.size, dtype=np.int64) for _ in range(2))

    def run(self, until: int) -> None:
        """Let every account take one event after the other, as long as they are not later than a day."""
        rows = np.arange(self.account.size)
        wins_and_sentinel = np.append(self.wins.closed, NEVER)
        while rows.size:
            has_more = self.next_win[rows] < self.end_of_wins[rows]
            win_day = wins_and_sentinel[np.where(has_more, self.next_win[rows], -1)]
            is_open, opens, end = self.is_open[rows], self.opens[rows], self.term_end[rows]
            # What is won on the day a renewal is opened is no part of it; what is won on the last day is in time.
            opening = ~is_open & (opens <= win_day)
            ending = is_open & (end < win_day)
            day = np.where(opening, opens, np.where(ending, end, win_day))
            happens = day <= until
            self._win(rows[happens & ~opening & ~ending])
            self._open(rows[happens & opening])
            self._end(rows[happens & ending])
            self.step += 1
            rows = rows[happens]

    def _win(self, rows: IntArray) -> None:
        win = self.next_win[rows]
        self.next_win[rows] += 1
        day, product, kind = self.wins.closed[win], self.wins.product[win], self.wins.type[win]
        begins = self.term_end[rows] == NEVER
        self._begin_term(rows[begins], day[begins] + TERM_DAYS - 1)
        is_open = self.is_open[rows]
        quantity = self.wins.quantity[win]
        sets = np.isin(kind, _SETTING)
        for held_until, gets in ((self.held, ~is_open), (self.held_next, is_open)):
            before = np.where(sets, 0, held_until[rows, product])
            held_until[rows, product] = before + np.where(gets, quantity, 0)
        self.renewed[rows[sets], product[sets]] = 0
        self.end[win] = self.term_end[rows] + np.where(is_open, TERM_DAYS, 0)
        self.step_of_win[win] = self.step

    def _open(self, rows: IntArray) -> None:
        if rows.size == 0:
            return
        self.number[rows] += 1
        self.is_open[rows] = True
        renewals = Renewals(
            account=self.account[rows],
            number=self.number[rows],
            key=_renewal_key(self.key[rows], self.number[rows]),
            created=self.opens[rows],
            contract_end=self.term_end[rows],
            quantity=self.held[rows],
        )
        won, outcome_day, unit_price = self.decide(renewals)
        self.renewed[rows] = np.where(won[:, None], self.held[rows], 0)
        opened = sum(batch.created.size for batch in self.renewals)
        self.renewals.append(renewals)
        place, product = np.nonzero(self.renewed[rows])
        start = self.term_end[rows[place]] + 1
        self.of_renewals.append(
            {
                "account": renewals.account[place],
                "product": product,
                "quantity": renewals.quantity[place, product].astype(np.int64),
                "unit_price": unit_price[place, product],
                "start": start,
                "end": start + TERM_DAYS - 1,
                "signed": outcome_day[place],
                "created": renewals.created[place],
                "index": np.full(place.size, -1),
                "renewal": opened + place,
                "line": np.arange(1, place.size + 1) - np.searchsorted(place, place),
                "step": np.full(place.size, self.step),
            }
        )

    def _end(self, rows: IntArray) -> None:
        self.held[rows] = self.held_next[rows] + self.renewed[rows]
        self.held_next[rows] = 0
        self.renewed[rows] = 0
        goes_on = self.held[rows].any(axis=1)
        self._begin_term(rows[goes_on], self.term_end[rows[goes_on]] + TERM_DAYS)
        former = rows[~goes_on]
        self.term_end[former], self.opens[former], self.is_open[former] = NEVER, NEVER, False

    def _begin_term(self, rows: IntArray, end: IntArray) -> None:
        self.term_end[rows] = end
        self.is_open[rows] = False
        least, most = OPENED_BEFORE_END
        # A Saturday becomes the Monday after it, two days later, which is not to be too late.
        key = _renewal_key(self.key[rows], self.number[rows] + 1)
        self.opens[rows] = working_day(end - most + choose(key, "opened", most - least - 1))

    def contracts(self) -> Contracts:
        """Everything that was made, in no order."""
        wins, count = self.wins, self.wins.account.size
        parts = {
            "account": wins.account,
            "product": wins.product,
            "quantity": wins.quantity,
            "start": wins.closed,
            "unit_price": wins.unit_price,
            "end": self.end,
            "signed": wins.closed,
            "created": wins.created,
            "index": wins.index,
            "renewal": np.full(count, -1),
            "line": np.ones(count, dtype=np.int64),
            "step": self.step_of_win,
        }
        columns = {
            name: np.concatenate([of_wins, *(batch[name] for batch in self.of_renewals)])
            for name, of_wins in parts.items()
        }
        columns["cut_end"], columns["cut_known"] = self._cuts(columns, columns.pop("step"))
        return Contracts(**columns, renewals=Renewals.joined(self.renewals))

    def _cuts(self, columns: dict[str, IntArray], step: IntArray) -> tuple[IntArray, IntArray]:
        """Last day of each contract whose place another one took, and the day of that; NEVER for others.

        Args:
            columns: The columns of the contracts, those of the wins first and in their order.
            step: The step in which each contract was made: one a step and account.
        """
        steps = self.step + 1
        moment = (columns["account"] * self.products + columns["product"]) * steps + step
        setting = np.flatnonzero(np.isin(self.wins.type, _SETTING))
        setting = setting[np.argsort(moment[setting])]
        of_setting = np.append(moment[setting], -1)
        next_setting = np.searchsorted(of_setting[:-1], moment, side="right")
        day = np.append(self.wins.closed[setting], NEVER)[next_setting]
        is_cut = (of_setting[next_setting] // steps == moment // steps) & (day <= columns["end"])
        cut_end = np.where(is_cut, np.maximum(day - 1, columns["start"] - 1), NEVER)
        return cut_end, np.where(is_cut, day, NEVER)


def _no_renewals(products: int) -> Renewals:
    empty = np.empty(0, dtype=np.int64)
    return Renewals(empty, empty, empty.astype(np.uint64), empty, empty, np.empty((0, products), dtype=np.int32))


def _renewal_key(account_key: UInt64Array, number: IntArray) -> UInt64Array:
    """The random key of some accounts' renewals, by their number."""
    return mix(account_key + number.astype(np.uint64), "renewal")
