"""Where commands write: results to standard output, progress and warnings to standard error."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

from synthdeal_assets.foundation.redaction import redact

# What is printed holds names and values of users: a bracket in them is a bracket, never markup.
results = Console(highlight=False, soft_wrap=True, markup=False)
messages = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

SAME_MOMENT_S: Final = 1.0

LINES_APART_S: Final = 10.0
"""Between two lines about what goes on where there is no terminal: often enough to see that it moves."""


def say(line: str) -> None:
    """Print a result that holds texts of users, without the secrets among them."""
    results.print(redact(line))


class _Warnings:
    """Warnings on the terminal, beside a progress bar when there is one.

    The same text twice within a moment is one warning: while a run goes on, a warning of this project comes from its
    logger and, because Dagster keeps those in its history, from Dagster's events too.
    """

    def __init__(self) -> None:
        self._last = ""
        self._shown_at = float("-inf")

    def show(self, text: str) -> None:
        now = time.monotonic()
        if text != self._last or now - self._shown_at > SAME_MOMENT_S:
            self._last, self._shown_at = text, now
            messages.print(redact(text), style="yellow")


warnings = _Warnings()


class _WarningHandler(logging.Handler):
    """Shows log records to the user."""

    def emit(self, record: logging.LogRecord) -> None:
        warnings.show(record.getMessage())


@contextmanager
def warnings_shown() -> Iterator[None]:
    """While the block runs, warnings of this project reach the user, such as what is being waited for."""
    logger, handler = logging.getLogger("synthdeal_assets"), _WarningHandler(level=logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
