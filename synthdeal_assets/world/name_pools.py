"""The data files in `names/`: company names, territories, titles, products and the like.

What is made of them is decided by the modules of the organisation.
"""

from __future__ import annotations

import polars as pl

from synthdeal_assets.foundation.drawing.names.pools import csv_pool


def name_pool(name: str) -> pl.DataFrame:
    """One data file as a frame of text columns, in the order of the file.

    Args:
        name: File name in `names/` without its ending, such as "territories".
    """
    return csv_pool("synthdeal_assets.world", f"names/{name}.csv")
