"""What a query says that counts rows against a promise and names five of them itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthdeal_assets.datasets.certificate.promises import Counted


def counted_against(rows: Sequence[tuple[Any, ...]]) -> Counted:
    """`rows`: one with the rows against it, the keys of five, and what the first of them holds."""
    against, keys, first = rows[0]
    if not against:
        return Counted("none", 0)
    counted = f"{against:,} {'row breaks' if against == 1 else 'rows break'} it"
    return Counted(counted if first is None else f"{counted}, the first {first}", int(against), keys=tuple(keys or ()))
