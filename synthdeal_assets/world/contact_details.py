"""What crm.contacts holds of a person beside name and title: address, superior, and whether e-mails are wanted.

Who is known, and as what, is decided elsewhere; the deals know nothing of what is here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, uniform
from synthdeal_assets.foundation.drawing.row_days import last_begun, row_days
from synthdeal_assets.world.external_ids import external_id
from synthdeal_assets.world.frames import day_numbers, where
from synthdeal_assets.world.seats import CHAMPION, EXECUTIVE, USER

ACCOUNT_COLUMNS: Final = ("region", "billing_city", "billing_country", "billing_country_code")

OPT_OUT_SHARES: Final = {"North America": 0.08, "EMEA": 0.14, "APAC": 0.07, "LATAM": 0.06}
"""Share of the contacts who want no e-mails when they are first asked: invented, highest where the law makes companies
ask."""

_RANKS: Final = {
    6: r"^(Chief Executive|Executive Chair|President|Managing Director|General Manager)",
    5: r"^Chief (Financial|Operating|Revenue|Commercial)",
    4: r"^(Chief|EVP|SVP)\b",
    3: r"\b(VP|Vice President|General Counsel)\b",
    2: r"\b(Director|Head)\b",
    1: r"\b(Manager|Lead)\b",
}
"""What titles of each rank hold; the first one that fits counts, and 0 is the lowest."""


def ranks(titles: pl.Series) -> IntArray:
    """The rank that each title has, 0 to 6; who reports to somebody has a lower one."""
    rank = pl.lit(0)
    for number in sorted(_RANKS):
        rank = pl.when(pl.col("title").str.contains(_RANKS[number])).then(pl.lit(number)).otherwise(rank)
    return titles.rename("title").to_frame().select(rank.cast(pl.Int64)).to_series().to_numpy()


def contact_details(
    contacts: pl.DataFrame,
    of_account: pl.DataFrame,
    *,
    place: IntArray,
    key: UInt64Array,
    last_day: IntArray,
    code: str,
) -> pl.DataFrame:
    """What is told of contacts beside name and title.

    Args:
        contacts: contact_id, account_id, title and created_date; in the order of account, place and
            holder; of an account all that are on record or none.
        of_account: ACCOUNT_COLUMNS of the account of each contact.
        place: Place of each contact in the account.
        key: Its random key.
        last_day: The last day that is told of it: the world's day, or earlier when it has left.
        code: Code of the world.

    Returns:
        mailing_city, mailing_country, mailing_country_code, reports_to_id (NULL where no higher rank is known),
        has_opted_out_of_email and external_id, in the order of the contacts.
    """
    share = of_account["region"].replace_strict(OPT_OUT_SHARES, return_dtype=pl.Float64).to_numpy()
    return of_account.select(
        mailing_city="billing_city",
        mailing_country="billing_country",
        mailing_country_code="billing_country_code",
        reports_to_id=_superiors(contacts, place, last_day),
        has_opted_out_of_email=pl.Series(uniform(key, "opt out") < share),
        external_id=contacts.select(external_id(code, "contact_id")).to_series(),
    )


def _superiors(contacts: pl.DataFrame, place: IntArray, last_day: IntArray) -> pl.Series:
    """contact_id of whom each contact reports to, as far as it was known on its last day.

    Users report to the head of their function, who may become the champion, where that one outranks them; all others to
    the executive.
    """
    account = contacts["account_id"].rle_id().to_numpy().astype(np.int64)
    known_from, rank = day_numbers(contacts["created_date"]), ranks(contacts["title"])

    def above(seat: int) -> IntArray:
        """Row of whoever was known last in the seat by each last day, -1 where that is nobody of higher rank."""
        holders = np.flatnonzero(place == seat)
        holders = holders[np.lexsort((known_from[holders], account[holders]))]
        latest = last_begun(row_days(account[holders], known_from[holders]), account, last_day)
        row = np.append(holders, -1)[latest]
        return np.where((row >= 0) & (account[row] == account) & (rank[row] > rank), row, -1)

    executive, head = above(EXECUTIVE), above(CHAMPION)
    superior = np.where((place >= USER) & (head >= 0), head, executive)
    return where(superior >= 0, contacts["contact_id"].gather(np.maximum(superior, 0)))
