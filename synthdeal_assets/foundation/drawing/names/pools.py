"""Data files of names and words that lie in a package."""

from __future__ import annotations

from functools import cache
from importlib import resources

import polars as pl


@cache
def csv_pool(package: str, path: str) -> pl.DataFrame:
    """One data file as a frame of text columns, in the order of the file; lines that begin with # are remarks.

    Args:
        package: Package that holds it, such as "synthdeal_assets.world".
        path: Where it lies in the package, such as "names/territories.csv".
    """
    content = resources.files(package).joinpath(*path.split("/")).read_bytes()
    return pl.read_csv(content, infer_schema=False, comment_prefix="#")
