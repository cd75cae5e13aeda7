"""The data files in `names/`: company names, territories, titles, products and the like.

Only reading them belongs here; what is made of them is decided by the modules of the organisation.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import polars as pl


@cache
def name_pool(name: str) -> pl.DataFrame:
    """One data file as a frame of text columns, in the order of the file.

    Args:
        name: File name in `names/` without its ending, such as "territories".
    """
    content = resources.files("synthdeal_assets.world").joinpath("names", f"{name}.csv").read_bytes()
    return pl.read_csv(content, infer_schema=False)
