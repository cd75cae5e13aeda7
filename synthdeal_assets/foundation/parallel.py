"""Parts of large tables made on all cores there are for it, and handed out in order.

Threads, not processes: what costs time releases the interpreter (NumPy, Polars, Parquet), what is worked out once for
all parts is worked out once, and nothing is left behind when a run is stopped. A second process would start for
0.8 s of processor time, work all that out again, and need 200 MB more.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Made = TypeVar("Made")

MOST_THREADS: Final = 2
"""More than two mostly wait for the interpreter, and each holds a part, such as 65,536 rows of a dataset."""


def usable_cores() -> int:
    """The cores that this process may run on."""
    # macOS and Windows do not tell.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def made_in_order(makers: Sequence[Callable[[], Made]], threads: int | None = None) -> Generator[Made]:
    """What each of some functions gives, in their order, whatever the number of threads.

    The first is called alone, so that what all of them need is worked out and kept once. An error is raised where it is
    its function's turn; after that, and when the iterator is closed, no function is begun any more, and those under way
    are waited for. So they are on Ctrl-C, which takes as long as a part does.

    Args:
        makers: The functions; no more results are held than there are threads, and one.
        threads: How many are made at once; None for the cores there are, up to `MOST_THREADS`.
    """
    threads = min(usable_cores(), MOST_THREADS) if threads is None else threads
    alone = len(makers) if threads == 1 else min(1, len(makers))
    for make in makers[:alone]:
        yield make()
    if alone == len(makers):
        return
    ahead: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="parts")
    try:
        for make in makers[alone:]:
            ahead.append(pool.submit(make))
            if len(ahead) > threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
