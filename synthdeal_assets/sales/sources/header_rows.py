"""Headers of two rows, as merged cells leave them: group names above the names of the columns, or a name in two parts.

How a header is found belongs in `text_shape.py` and `sales_log.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from synthdeal_assets.sales.column_names import folded
from synthdeal_assets.sales.product_map.names_in_use import IN_USE, spelling_of

Row = Sequence[str]


def with_row_below(header: Row, below: Row, data: Sequence[Row]) -> list[str] | None:
    """The names of the columns when the row below a header is its second one; None when it is data.

    A row of a sales log says a day and figures, and the second row of a header has no digit in it.

    Args:
        header: What was taken for the header.
        below: The next row.
        data: The rows after that.
    """
    words = [cell for cell in below if cell]
    if len(words) < 2 or not all(re.search(r"[^\W\d_]", cell) and not re.search(r"\d", cell) for cell in words):
        return None
    if not data or not all(sum(bool(re.search(r"\d", cell)) for cell in row) >= 2 for row in data):
        return None
    counts = Counter(folded(cell) for cell in below)
    # Alone they would say nothing: No, Name, or Units where several columns are called so.
    says_little = (*IN_USE["identity_word"], *IN_USE["name_word"])
    return _combined(
        header, below, [bool(cell) and (counts[folded(cell)] > 1 or spelling_of(cell) in says_little) for cell in below]
    )


def with_row_above(above: Row, header: Row) -> list[str] | None:
    """The names of the columns when the row above names groups of columns that are called alike; None when it does not.

    Args:
        above: The row above, most of which is blank.
        header: What was taken for the header.
    """
    counts = Counter(folded(cell) for cell in header if cell)
    if sum(bool(cell) for cell in above) < 2 or max(counts.values(), default=0) < 2:
        return None
    return _combined(above, header, [counts[folded(cell)] > 1 for cell in header])


def _combined(above: Row, below: Row, is_grouped: Sequence[bool]) -> list[str]:
    """Names of two parts; a blank cell above goes on with the one to its left, as a merged one does."""
    names, group = [], ""
    for upper, lower, grouped in zip(above, below, is_grouped, strict=True):
        group = upper or (group if lower else "")
        names.append(f"{upper or (group if grouped else '')} {lower}".strip())
    return names
