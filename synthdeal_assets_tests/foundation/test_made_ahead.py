import threading
from collections.abc import Iterator

import pytest

from synthdeal_assets.foundation.made_ahead import made_ahead

WAITED_S = 20


def test_the_items_come_in_their_order_and_each_is_made_while_the_one_before_is_used() -> None:
    begun = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(begun):
            event.set()
            yield number

    used = []
    for number in made_ahead(items()):
        assert all(event.wait(WAITED_S) for event in begun[number : number + 2])
        assert not any(event.is_set() for event in begun[number + 2 :])
        used.append(number)
    assert used == [0, 1, 2, 3]
    assert list(made_ahead([])) == []


def test_an_error_is_raised_where_it_is_its_items_turn() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise RuntimeError("interrupted")

    taken = made_ahead(items())
    assert next(taken) == 1
    with pytest.raises(RuntimeError, match="interrupted"):
        next(taken)


def test_whoever_stops_taking_waits_for_the_item_under_way_and_begins_no_other() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    taken = made_ahead(items())
    assert next(taken) == 0
    taken.close()
    assert made == [0, 1]
