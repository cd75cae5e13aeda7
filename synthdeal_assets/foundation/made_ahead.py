"""Two steps that take turns on each item, making it and using it, done at the same time for items in a row."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def made_ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The items in their order; while one is used, the next one is made in another thread.

    So two of them are in memory. An error is raised where it is its item's turn. When the generator is closed, an item
    under way is waited for, and no further one is begun.

    Args:
        items: What is made one by one as it is taken; nobody else may take from it meanwhile.
    """
    source = iter(items)

    def make() -> tuple[Item, ...]:
        return tuple(islice(source, 1))

    with ThreadPoolExecutor(1, thread_name_prefix="made-ahead") as maker:
        coming = maker.submit(make)
        while made := coming.result():
            coming = maker.submit(make)
            yield from made
