"""What a test says of a failure that the user can act on: its code, and of its words only those that hold values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from synthdeal_assets.errors import SynthDealError


@contextmanager
def failing_with(code: str, *, naming: str = "") -> Iterator[pytest.ExceptionInfo[SynthDealError]]:
    """The block must raise a `SynthDealError` with this code.

    Args:
        code: The code.
        naming: Regular expression of the values that the sentence has to name, such as a file and its line.

    Yields:
        What is known of the exception, once the block has ended.
    """
    with pytest.raises(SynthDealError) as caught:
        yield caught
    assert caught.value.code == code, str(caught.value)
    assert re.search(naming, str(caught.value)), str(caught.value)
