"""How many threads the linear algebra behind NumPy and SciPy (BLAS) may use. What is computed belongs in the rooms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Keep BLAS to one thread until the block, or the decorated function, ends.

    Its threads wait for each other without sleeping: with matrices of a few hundred columns they gain little, and
    beside other work, another fit among it, they waited up to seventy times longer than they worked. Besides, sums that
    are split among threads differ in their last bits from machine to machine.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
