"""Where commands write: results to standard output, progress and warnings to standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from synthdeal_assets.foundation.redaction import redact

results = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


class _MessageHandler(logging.Handler):
    """Shows log records as messages, beside a progress bar when there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        messages.print(redact(record.getMessage()), markup=False, style="yellow")


@contextmanager
def warnings_shown() -> Iterator[None]:
    """While the block runs, warnings of this project reach the user, such as what is being waited for."""
    logger, handler = logging.getLogger("synthdeal_assets"), _MessageHandler(level=logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
